"""`datecertain net`: accepted statements only, contested lines carried, a post carved out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command_line import say
from month_of_mail import CLOCK, PERIOD, Month

from datecertain.errors import NotFound
from datecertain.operations.clock import FixedClock
from datecertain.operations.closing import finalise
from datecertain.operations.netting import list_rounds, net_round
from datecertain.operations.statements import (
    accept,
    list_statements,
    pair_of,
    say_of_statement,
)
from datecertain.operations.workspaces import open_workspace
from datecertain.settlement.life import Act, State

Copy = Callable[[Path], Path]
DAY = 1440
LATER = FixedClock(CLOCK.now() + 60 * DAY)


@pytest.fixture
def final(month: Month, workspace: Copy) -> Path:
    """A settled month whose statements are final; on KR-US a line is contested."""
    folder = workspace(month.settled)
    with open_workspace(folder, write=True) as opened:
        say_of_statement(
            opened, PERIOD, pair_of("KR-US"), Act.DISPUTED, "US", "our scan", CLOCK, (1,)
        )
        finalise(opened, PERIOD, "agreed", CLOCK)
    return folder


def check(plain: dict[str, Any]) -> None:
    """An independent look at a round: before = after for every post, debtors only pay."""
    owed = dict.fromkeys(plain["positions"], 0)
    for due in plain["dues"]:
        owed[due["one"]] += due["amount_usdr"]
        owed[due["other"]] -= due["amount_usdr"]
    assert owed == plain["positions"]
    for payment in plain["payments"]:
        assert payment["amount_usdr"] > 0
        assert plain["positions"][payment["payer"]] < 0 < plain["positions"][payment["payee"]]
        owed[payment["payer"]] += payment["amount_usdr"]
        owed[payment["payee"]] -= payment["amount_usdr"]
    assert not any(owed.values())


def test_only_what_both_accepted_is_netted(final: Path) -> None:
    with open_workspace(final, write=True) as opened:
        with pytest.raises(NotFound, match="accepted by both"):
            net_round(opened, CLOCK)
        for post in ("JP", "KR"):
            accept(opened, PERIOD, pair_of("KR-JP"), post, False, "", CLOCK)
        found = net_round(opened, CLOCK)
        assert [due.statement_id for due in found.round.dues] == [f"{PERIOD}-JP-KR-v1"]
        with pytest.raises(NotFound, match="accepted by both"):
            net_round(opened, CLOCK)
        (kept,) = list_rounds(opened)
    check(json.loads(json.dumps(kept)))
    (payment,) = kept["payments"]
    assert payment["due_on"] == CLOCK.now() // DAY + 30


def test_silence_accepts_and_what_is_contested_is_carried_until_it_is_withdrawn(
    final: Path,
) -> None:
    with open_workspace(final, write=True) as opened:
        count = len(list_statements(opened, PERIOD))
        found = net_round(opened, LATER)
        assert len(found.round.dues) == count
        assert len(found.silent) == 2 * count
        by_pair = {one.pair: one for one in list_statements(opened, PERIOD)}
        assert {one.standing.state for one in by_pair.values()} == {State.SETTLED}
        contested = by_pair["KR", "US"]
        (dispute,) = contested.standing.open
        sign = 1 if contested.statement.lines[0].creditor == "KR" else -1
        assert contested.standing.netted_usdr == (
            contested.statement.net_usdr - sign * dispute.amount_usdr
        )
        say_of_statement(
            opened, PERIOD, pair_of("KR-US"), Act.WITHDRAWN, "US", "the scan was wrong", LATER, (1,)
        )
        second = net_round(opened, LATER)
        assert [due.amount_usdr for due in second.round.dues] == [sign * dispute.amount_usdr]
        (last,) = (one for one in list_statements(opened, PERIOD) if one.pair == ("KR", "US"))
        assert last.standing.netted_usdr == last.statement.net_usdr
        rounds = list_rounds(opened)
    assert [one["number"] for one in rounds] == [1, 2]
    for one in rounds:
        check(json.loads(json.dumps(one)))


def test_a_post_that_does_not_pay_is_carved_out_and_the_rest_goes_on(final: Path) -> None:
    with open_workspace(final, write=True) as opened:
        everything = net_round(opened, LATER, dry=True)
        assert everything.number == 0
        found = net_round(opened, LATER, without=("TH",))
        assert "TH" not in found.round.positions
        left = [one for one in list_statements(opened, PERIOD) if "TH" in one.pair]
        assert len(found.round.left_out) == len(left) > 0
        assert {one.standing.state for one in left} <= {State.ACCEPTED, State.ACCEPTED_IN_PART}
        after = net_round(opened, LATER)
        assert set(after.round.positions) >= {"TH"}
    check(found.round.plain)
    check(after.round.plain)


def test_the_command_says_who_pays_whom_in_which_currency_until_when(final: Path) -> None:
    nothing = say("net", "-w", final)
    assert (nothing.code, nothing.out) == (1, "")
    for post in ("JP", "KR"):
        say("statement", "accept", "--period", PERIOD, "--pair", "JP-KR", "--by", post, "-w", final)
    dry = say("net", "--dry", "-w", final, "--json").json
    check(dry)
    told = say("net", "-w", final)
    assert told.code == 0
    assert "Round 1: 1 statements, 1 payments (exact)." in told.out
    wrong = say("net", "--without", "XX", "-w", final)
    assert "not of the network" in wrong.err
