"""`datecertain report card`: every grouping counts the same items as the month's report."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import say
from month_of_mail import CLOCK, PERIOD, Month
from small_workspaces import take_in_files
from test_proven_handovers import AS_OF, MAIL
from test_proven_handovers import workspace as judged_workspace
from test_transport_mail import BAG

from datecertain.operations.evidence import current_items
from datecertain.operations.judging import judge_period
from datecertain.operations.movements import movement_rows
from datecertain.operations.report_cards import Group, day_range
from datecertain.operations.reporting import month_report
from datecertain.operations.workspaces import open_workspace
from datecertain.quality import MonthFigures


@pytest.fixture(scope="module")
def figures(month: Month) -> MonthFigures:
    with open_workspace(month.settled) as opened:
        return month_report(opened, PERIOD, CLOCK).figures


@pytest.mark.parametrize("by", [Group.LANE, Group.WEEKDAY, Group.LEG, Group.FLIGHT])
def test_every_grouping_counts_the_items_of_the_report(
    month: Month, figures: MonthFigures, by: Group
) -> None:
    asked = ("report", "card", "--by", by, "--from", PERIOD, "-w", month.settled)
    told = say(*asked, "--json").json
    legs = 5 if by is Group.LEG else 1
    assert sum(one["items"] for one in told["cards"]) == legs * figures.total.scored
    assert sum(one["judged"] for one in told["cards"]) == legs * figures.total.judged
    if by is not Group.LEG:
        assert sum(one["on_time"] for one in told["cards"]) == figures.total.on_time
    if by is Group.LANE:
        lanes = {f"{one.origin}>{one.destination}": one for one in figures.lanes}
        assert {one["name"] for one in told["cards"]} == set(lanes)
        for one in told["cards"]:
            interval = lanes[one["name"]].tally.interval()
            assert (one["exact"]["low"], one["exact"]["high"]) == (interval.low, interval.high)
            assert one["places"] == (list(lanes[one["name"]].places or ()) or None)
    if by is Group.WEEKDAY:
        wanted = {one.key: one.tally.on_time for one in figures.by_weekday if one.tally.items}
        assert {one["name"]: one["on_time"] for one in told["cards"]} == wanted


def test_it_is_told_in_korean(month: Month) -> None:
    asked = ("report", "card", "--by", "weekday", "--from", "2026-10", "-w", month.settled)
    assert "월요일" in say(*asked, "--lang", "ko").out


def test_days_or_months() -> None:
    assert day_range("2026-10", "2026-11") == day_range("2026-10-01", "2026-11-30")


REFUSED = (
    (("--by", "colour", "--from", "2026-10"), "write one of lane"),
    (("--from", "2025-10"), "was judged here"),
    (("--from", "October"), "is not a date"),
    (("--from", "2026-10-01", "--to", "2026-09-01"), "the last day lies before the first"),
)


@pytest.mark.parametrize(("asked", "message"), REFUSED)
def test_what_cannot_be_asked(month: Month, asked: tuple[str, ...], message: str) -> None:
    answer = say("report", "card", *asked, "-w", month.settled)
    assert answer.code == 1
    assert message in answer.err


def test_the_month_needs_its_month() -> None:
    assert say("report").code == 2


def test_the_flight_is_the_one_a_carrier_told_of_the_item_s_bag(tmp_path: Path) -> None:
    folder = judged_workspace(tmp_path / "w")
    take_in_files(folder, tmp_path / "mail", MAIL | BAG)
    with open_workspace(folder, write=True) as opened:
        judge_period(opened, "2026-11", AS_OF, CLOCK)
        rows = movement_rows(opened, current_items(opened, None), AS_OF).to_pylist()
    # It went by way of Hong Kong: the flight that it left Korea on counts.
    (left,) = [row["flight"] for row in rows if (row["code"], row["place"]) == ("24", "ICN")]
    told = say("report", "card", "--by", "flight", "--from", "2026-11", "-w", folder, "--json").json
    assert [(one["name"], one["judged"]) for one in told["cards"]] == [(left, 1)]
