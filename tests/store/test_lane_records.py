"""Proposals, signatures and closures of lanes on SQLite and on PostgreSQL: the same answers, and
rows that the database lets nobody change."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import delete, update

from datecertain.moments import parse_utc
from datecertain.operations.clock import FixedClock
from datecertain.operations.lane_openings import close, find_proposals, propose, sign
from datecertain.operations.networks import publish_network
from datecertain.operations.workspaces import open_workspace
from datecertain.store.lane_records import lane_acts, lane_proposals
from worlds import small_network

CLOCK = FixedClock(parse_utc("2026-11-01T00:00Z"))


def test_what_was_proposed_signed_and_closed_stands(folder: Path) -> None:
    with open_workspace(folder, write=True) as opened:
        publish_network(opened, small_network(), CLOCK)
    made = propose(folder, "KR-JP", "KR", "Kim", "2026-11-10", CLOCK, standard="D+5")
    sign(folder, 1, made.sha256, "KR", "Kim", CLOCK)
    sign(folder, 1, made.sha256, "JP", "Sato", CLOCK)
    close(folder, "KR-JP", "JP", "Sato", "fire", CLOCK)
    (known,), done = find_proposals(folder, "KR-JP")
    assert known.content == made.content
    assert [(str(one.act), one.post, one.actor) for one in done] == [
        ("signed", "KR", "Kim"), ("signed", "JP", "Sato"), ("published", "JP", "Sato"),
        ("closed", "JP", "Sato"),
    ]  # fmt: skip
    for change in (
        update(lane_proposals).values(sha256="0"), delete(lane_proposals),
        update(lane_acts).values(actor="nobody"), delete(lane_acts),
    ):  # fmt: skip
        with (
            open_workspace(folder, write=True) as opened,
            pytest.raises(Exception, match="never changed or deleted"),
            opened.writing() as connection,
        ):
            connection.execute(change)
