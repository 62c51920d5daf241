"""`datecertain report card`: every grouping counts the same items as the month's report."""

from __future__ import annotations

import pytest
from command_line import say
from month_of_mail import CLOCK, PERIOD, Month

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


def test_it_is_told_in_both_languages(month: Month) -> None:
    asked = ("report", "card", "--by", "weekday", "--from", "2026-10", "-w", month.settled)
    assert "Monday" in say(*asked).out
    assert "월요일" in say(*asked, "--lang", "ko").out


def test_days_or_months() -> None:
    assert day_range("2026-10", "2026-11") == day_range("2026-10-01", "2026-11-30")


REFUSED = (
    (("--by", "colour", "--from", "2026-10"), "write one of lane"),
    (("--from", "2025-10"), "was judged here"),
    (("--from", "October"), "is not a date"),
)


@pytest.mark.parametrize(("asked", "message"), REFUSED)
def test_what_cannot_be_asked(month: Month, asked: tuple[str, ...], message: str) -> None:
    answer = say("report", "card", *asked, "-w", month.settled)
    assert answer.code == 1
    assert message in answer.err


def test_the_month_needs_its_month() -> None:
    assert say("report").code == 2
