"""The items that a demonstration puts under way: synthetic, cut at the moment, beside its month."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow.compute as pc
import pytest
from month_of_mail import Month
from sqlalchemy import select

from datecertain.moments import DAY, parse_utc
from datecertain.operations.clock import FixedClock
from datecertain.operations.compiled_cache import bundled_ready
from datecertain.operations.demo_under_way import put_under_way, under_way_plan
from datecertain.operations.failed_dispatches import failed_yesterday
from datecertain.operations.interchange_sequences import interchange_sequences
from datecertain.operations.tables import EVENTS_TABLE, ITEMS_TABLE
from datecertain.operations.watch_list import watch_list
from datecertain.operations.workspaces import open_workspace
from datecertain.simulate import References, known_by, simulate
from datecertain.store import Workspace
from datecertain.store.records import interchanges
from datecertain.verdict.live import State

NOW = parse_utc("2026-11-26T06:00Z")


def counted(opened: Workspace) -> References:
    """How far the month's senders have counted."""
    network, references = bundled_ready(), References()
    posts = list(network.posts)
    with opened.reading() as view:
        for row in view.connection.execute(select(interchanges)).all():
            sender, recipient = (
                posts.index(network.post_of_party(party)) for party in (row.sender, row.recipient)
            )
            references.last[sender, recipient] = max(
                references.last.get((sender, recipient), 0), int(row.control_ref)
            )
    return references


def test_a_board_has_something_to_save_and_yesterday_something_to_explain(
    month: Month, workspace: Callable[[Path], Path], tmp_path: Path
) -> None:
    folder = workspace(month.ingested)
    with open_workspace(folder, write=True) as opened:
        references = counted(opened)
        shown = put_under_way(opened, tmp_path, "2026-10", 5000, references, FixedClock(NOW))
        assert shown is not None
        assert shown.open > shown.to_act_on > 0
        found = watch_list(opened, NOW)
        assert {State.AT_RISK, State.ON_COURSE} <= set(found.states)
        assert any(left is not None and left < 0 for left in found.rows["slack_min"].to_pylist())
        assert failed_yesterday(opened, NOW)
        items = opened.facts(ITEMS_TABLE).arrow(months=["2026-11"])
        assert set(pc.utf8_slice_codeunits(items["item_id"], 0, 2).to_pylist()) == {"EM"}
        assert pc.max(items["accepted_at"]).as_py() <= NOW
        assert all(one.startswith("synthetic-") for one in set(items["channel"].to_pylist()))
        events = opened.facts(EVENTS_TABLE).arrow(months=["2026-11"])
        assert pc.max(events["event_at"]).as_py() <= NOW
        assert pc.max(events["transmitted_at"]).as_py() <= NOW
        sequences = interchange_sequences(opened)
        assert (sequences.gaps, sequences.repeats) == ((), ())


@pytest.mark.parametrize(("now", "there"), [
    ("2026-11-26T06:00Z", True), ("2027-06-01T00:00Z", True),
    ("2026-10-20T06:00Z", False), ("2026-11-05T06:00Z", False),  # the month's own are on their way
    ("2027-12-10T00:00Z", False), ("2025-06-01T00:00Z", False),  # no timetable
])  # fmt: skip
def test_only_days_that_the_calendar_holds_are_filled(now: str, there: bool) -> None:
    plan = under_way_plan(bundled_ready(), "2026-10", 20_000, parse_utc(now))
    assert (plan is not None) == there


def test_what_is_known_by_a_moment_is_what_was_recorded_and_sent_by_then() -> None:
    plan = under_way_plan(bundled_ready(), "2026-10", 100, NOW)
    assert plan is not None
    whole = simulate(bundled_ready(), plan)
    for moment in (NOW, NOW - 4 * DAY):
        cut = known_by(whole, moment)
        accepted = [at for at in whole.truth["accepted_at"].to_pylist() if at <= moment]
        assert len(cut.acceptances) == len(cut.accepted_by) == len(accepted)
        assert len(cut.scans) == int((whole.scans.sent_at <= moment).sum()) > 0
        assert (cut.scans.scanned_at <= moment).all()
    assert known_by(whole, whole.plan.closing_at + 99 * DAY).scans.item.tolist() == (
        whole.scans.item.tolist()
    )
