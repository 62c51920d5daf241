"""The action register in either database: rows are added, never changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import insert, select

from datecertain.errors import StoreError
from datecertain.store import Workspace, batch_id
from datecertain.store.meeting_records import meeting_actions

ROW = {
    "action": 1, "seq": 0, "owner": "US", "audience": "*", "event": "added", "meeting_on": 20_000,
    "due_on": 20_100, "title_en": "Scan at hand-over", "title_ko": "인계 시 스캔", "figure": "",
    "measured": "", "good": None, "n": None, "digest": "", "note": "", "actor": "test", "at": 1,
}  # fmt: skip


def test_the_register_is_never_changed(folder: Path) -> None:
    with Workspace.open(folder, write=True) as workspace:
        batch = batch_id("meeting_action", "1")
        with workspace.commit("meeting_action", batch, now=1) as commit:
            commit.records(
                lambda link: link.execute(insert(meeting_actions), [ROW | {"batch_id": batch}])
            )
        for change in (
            meeting_actions.update().values(due_on=20_200),
            meeting_actions.delete(),
            insert(meeting_actions).values(**ROW | {"seq": 1, "good": 2, "n": 1}, batch_id=batch),
        ):
            with pytest.raises(StoreError), workspace.writing() as connection:
                connection.execute(change)
        with workspace.reading() as view:
            rows = view.connection.execute(select(meeting_actions)).mappings().all()
    assert [dict(row) for row in rows] == [ROW | {"batch_id": batch}]
