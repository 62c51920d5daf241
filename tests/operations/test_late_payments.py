"""The next month: what was conceded of the one before is taken back; a payment made late bears
interest, corrected when the day of payment was told wrongly."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from command_line import say
from month_of_mail import CLOCK, PERIOD, Month

from datecertain.errors import UsageError
from datecertain.moments import parse_date
from datecertain.operations.clock import FixedClock
from datecertain.operations.closing import finalise
from datecertain.operations.correcting import corrections_of
from datecertain.operations.demonstrating import month_plan, write_month
from datecertain.operations.ingesting import ingest
from datecertain.operations.judging import judge_period
from datecertain.operations.late_payments import list_payables, tell_payment
from datecertain.operations.month_inputs import month_inputs
from datecertain.operations.netting import net_round
from datecertain.operations.settling import settle_month
from datecertain.operations.statements import (
    accept,
    find_statement,
    pair_of,
    say_of_statement,
)
from datecertain.operations.workspaces import open_workspace
from datecertain.settlement import Period, bundled_tariff
from datecertain.settlement.life import Act
from datecertain.store.settlement_records import payments_made

Copy = Callable[[Path], Path]
DECEMBER = "2026-12"
PAIR, US = pair_of("JP-KR"), pair_of("KR-US")


def interest_line(folder: Path) -> int:
    with open_workspace(folder) as opened:
        found = find_statement(opened, DECEMBER, PAIR).statement
    (line,) = (one for one in found.lines if one.reason.text == "interest.round-1")
    (told,) = json.loads(found.content)["interest"]
    assert sum(part["amount_usdr"] for part in told["stretches"]) == line.amount_usdr
    return line.amount_usdr


def conceded_is_corrected(folder: Path) -> None:
    """What was conceded of October stands on December's statement, the other way round."""
    with open_workspace(folder, write=True) as opened:
        october = find_statement(opened, PERIOD, US)
        line = october.statement.lines[0]
        (dispute,) = october.standing.disputes
        assert (dispute.state, october.standing.open) == (Act.CORRECTED, ())
        lines = find_statement(opened, DECEMBER, US).statement.lines
        (back,) = (one for one in lines if one.reason.settled == PERIOD)
        assert back.reason.text == f"adjustment.conceded.{line.reason.text}@{PERIOD}"
        assert (back.creditor, back.debtor) == (line.debtor, line.creditor)
        assert back.amount_usdr == line.amount_usdr
        for post in US:
            accept(opened, PERIOD, US, post, False, "", CLOCK)
        due = find_statement(opened, PERIOD, US).standing.due_usdr
        assert due == october.statement.net_usdr  # the line and its correction are both netted


def test_interest_is_booked_once_and_corrected(
    month: Month, workspace: Copy, tmp_path: Path
) -> None:
    folder = workspace(month.settled)
    plan = month_plan(DECEMBER, 40, 7)
    write_month(plan, tmp_path / "next")
    clock = FixedClock(plan.closing_at)
    with open_workspace(folder, write=True) as opened:
        for act, post in ((Act.DISPUTED, "US"), (Act.CONCEDED, "KR")):
            say_of_statement(opened, PERIOD, US, act, post, "your scan", CLOCK, (1,))
        finalise(opened, PERIOD, "agreed", CLOCK)
        for post in PAIR:
            accept(opened, PERIOD, PAIR, post, False, "", CLOCK)
        (payment,) = net_round(opened, CLOCK).round.payments
        assert payment.due_on == parse_date("2026-12-24")
        posts = payment.payer, payment.payee
        ingest(opened, tmp_path / "next" / "mailbox", clock)
        judge_period(opened, DECEMBER, plan.closing_at, clock)
        settle_month(opened, DECEMBER, clock)
    conceded_is_corrected(folder)
    seven_days = payment.amount_usdr * 5 * 7 / 100 / 365
    assert interest_line(folder) == pytest.approx(seven_days, abs=1)

    paid_on = parse_date("2026-12-28")
    with open_workspace(folder, write=True) as opened:
        with pytest.raises(UsageError, match="are open"):
            tell_payment(opened, 1, posts, paid_on, payment.amount_usdr + 1, None, "KR", "", clock)
        tell_payment(opened, 1, posts, paid_on, None, None, "KR", "bank 4711", clock)
        assert settle_month(opened, DECEMBER, clock).version == 2
        assert settle_month(opened, DECEMBER, clock).already_done
        (one,) = list_payables(opened, 1)
        assert one.open_usdr == 0
    assert interest_line(folder) == pytest.approx(seven_days * 4 / 7, abs=1)

    with open_workspace(folder, write=True) as opened:
        finalise(opened, DECEMBER, "agreed", clock)
        tell_payment(opened, 1, posts, paid_on - 10, None, 0, "JP", "value date", clock)
        into = replace(month_inputs(opened, DECEMBER, False), period=Period.month("2027-01"))
        found = corrections_of(opened, [DECEMBER], into, bundled_tariff(), clock.now())
        (lines,) = (one.lines for one in found.adjustments)
        assert set(lines["reason"].to_pylist()) == {f"adjustment.interest.round-1@{DECEMBER}"}
    for change in (payments_made.update().values(paid_on=0), payments_made.delete()):
        with (
            open_workspace(folder, write=True) as opened,
            pytest.raises(Exception, match="never changed or deleted"),
            opened.writing() as connection,
        ):
            connection.execute(change)
    told = say("payment", "list", "--round", "1", "--until", "2027-02-01", "-w", folder, "--json")
    (plain,) = told.json
    assert (plain["interest_usdr"], [one["replaced"] for one in plain["told"]]) == (
        0, [True, False],
    )  # fmt: skip
    assert "corrected since" in say("payment", "list", "-w", folder).out
    assert say("journal", "verify", "-w", folder).code == 0
