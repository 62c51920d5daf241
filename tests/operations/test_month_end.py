"""The end of a month: what is open is accrued once, taken back on the first of the next month, and
changes with what is open; what is unsettled has an age."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command_line import say
from month_of_mail import CLOCK, PERIOD, Month

from datecertain.moments import DAY, format_date, parse_date
from datecertain.operations.clock import FixedClock
from datecertain.operations.closing import finalise
from datecertain.operations.judging import judge_period
from datecertain.operations.month_end import accrue_month, ageing
from datecertain.operations.netting import net_round
from datecertain.operations.settling import settle_month
from datecertain.operations.statements import accept, find_statement, pair_of, say_of_statement
from datecertain.operations.workspaces import open_workspace
from datecertain.settlement.accruals import Accrual
from datecertain.settlement.life import Act
from datecertain.settlement.statements import items_behind

Copy = Callable[[Path], Path]
PAIR = pair_of("JP-KR")


@pytest.fixture
def early(month: Month, workspace: Copy) -> Path:
    """The month judged and settled on its last day: much of it is still on its way."""
    folder = workspace(month.ingested)
    with open_workspace(folder, write=True) as opened:
        judge_period(opened, PERIOD, parse_date("2026-11-01") * DAY, CLOCK)
        settle_month(opened, PERIOD, CLOCK)
    return folder


def accrued(folder: Path, on: str) -> dict[str, int]:
    """What stands on the accounts of accruals by a day of value."""
    answer = say("journal", "balance", "--value-on", on, "-w", folder, "--json")
    assert answer.code == 0
    found: dict[str, int] = {}
    for row in answer.json["rows"]:
        if row["account"] in ("senders.accrued", "contested.provision"):
            found[row["account"]] = found.get(row["account"], 0) - row["amount"]
    return found


def test_open_items_and_contested_lines_are_accrued_and_taken_back(early: Path) -> None:
    with open_workspace(early, write=True) as opened:
        stands = say_of_statement(opened, PERIOD, PAIR, Act.DISPUTED, "JP", "our scan", CLOCK, (1,))
        contested = stands.statement.lines[0].amount_usdr
        tried = accrue_month(opened, PERIOD, CLOCK, dry=True)
        first = accrue_month(opened, PERIOD, CLOCK)
        assert (tried.accruals, tried.lines) == (first.accruals, first.lines)
        assert accrue_month(opened, PERIOD, CLOCK).lines == 0
    of_items = [one for one in first.accruals if one.detail.startswith("refund.pending.")]
    assert of_items
    for one in first.accruals:  # the illustrative row accrues the half of the high bound
        assert (one.low, abs(2 * one.booked - one.high) <= 1) == (0, True)
    last = accrued(early, "2026-10-31")
    assert last["contested.provision"] == contested // 2
    assert last["senders.accrued"] == sum(one.booked for one in first.accruals) - contested // 2
    assert accrued(early, "2026-11-01") == {}

    with open_workspace(early, write=True) as opened:
        say_of_statement(opened, PERIOD, PAIR, Act.WITHDRAWN, "JP", "found it", CLOCK, (1,))
        assert accrue_month(opened, PERIOD, CLOCK).lines == 4  # and its reversal
        # It is no part of what the posts settle: settled again nothing is taken for a correction.
        judge_period(opened, PERIOD, parse_date("2026-11-23") * DAY, CLOCK)
        again = settle_month(opened, PERIOD, CLOCK)
        assert not again.already_done
    assert "contested.provision" not in accrued(early, "2026-10-31")
    reasons = {row["reason"] for row in say("journal", "show", "--period", PERIOD, "-w", early,
                                            "--json").json}  # fmt: skip
    assert not any(reason.startswith("adjustment.accrual") for reason in reasons)
    assert say("journal", "verify", "-w", early).code == 0


def test_of_a_contested_line_its_contested_items_count(month: Month, workspace: Copy) -> None:
    folder = workspace(month.settled)
    with open_workspace(folder, write=True) as opened:
        stated = find_statement(opened, PERIOD, PAIR).statement
        number = next(i for i, line in enumerate(stated.lines, 1) if line.items > 2)
        rows = items_behind(stated, number).to_pylist()[:2]

        def said(act: Act, by: str, item: str) -> Accrual:
            say_of_statement(opened, PERIOD, PAIR, act, by, "our scan", CLOCK, (number,), item)
            found = accrue_month(opened, PERIOD, CLOCK, dry=True).accruals
            return next(one for one in found if one.detail.startswith("contested."))

        of_one = said(Act.DISPUTED, "JP", rows[0]["item_id"])
        assert (of_one.items, of_one.low, of_one.high) == (1, 0, rows[0]["amount_usdr"])
        # What was conceded is lost for certain: all of it is accrued, and of the other the half.
        conceded = said(Act.CONCEDED, "KR", rows[0]["item_id"])
        assert conceded.items == 1
        assert conceded.low == conceded.high == conceded.booked == rows[0]["amount_usdr"]
        both = said(Act.DISPUTED, "JP", rows[1]["item_id"])
        assert (both.items, both.low) == (2, rows[0]["amount_usdr"])
        assert both.high == both.low + rows[1]["amount_usdr"]
        assert abs(2 * (both.booked - both.low) - rows[1]["amount_usdr"]) <= 1


def test_what_is_not_settled_has_an_age(month: Month, workspace: Copy) -> None:
    folder = workspace(month.settled)
    written = CLOCK.now() // DAY
    with open_workspace(folder, write=True) as opened:
        say_of_statement(opened, PERIOD, PAIR, Act.DISPUTED, "JP", "our scan", CLOCK, (1,))
        finalise(opened, PERIOD, "agreed", FixedClock(CLOCK.now() + DAY))
        for post in PAIR:
            accept(opened, PERIOD, PAIR, post, True, "", FixedClock(CLOCK.now() + DAY))
        net_round(opened, CLOCK)
        told = {(one.what, one.name): one for one in ageing(opened, written + 70)}
    payment = told["payment", "round 1"]
    assert (payment.age, payment.bucket) == (40, "31-60")
    line = told["contested", f"{PERIOD} JP-KR line 1"]
    assert (line.age, line.bucket, line.gross_usdr == line.net_usdr) == (70, "61-90", True)
    other: Any = next(one for one in told.values() if one.what == "final")
    assert (other.age, other.bucket, other.gross_usdr >= other.net_usdr) == (69, "61-90", True)
    assert ("final", f"{PERIOD} JP-KR") not in told
    shown = say("journal", "ageing", "--on", format_date(written + 10), "-w", folder).out
    assert "not due" in shown
