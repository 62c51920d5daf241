"""What must always hold of a verdict, whatever happened to the item."""

import datetime as dt
from dataclasses import replace
from functools import cache
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from judged_items import (
    AS_OF,
    World,
    calm_items,
    disturbed_items,
    judged,
    named_world,
    rows,
    slow,
    to_judge,
    varied,
    world,
)
from spoken_items import spoken

from datecertain.errors import InvariantBroken
from datecertain.network import Scope
from datecertain.network.terms import TERMS
from datecertain.verdict.invariants import check_shares, check_sum
from datecertain.verdict.outcomes import WHOLE
from datecertain.verdict.sharing import POLICIES
from slow_declared import Case
from slow_replay import Item
from slow_shares import LEGS, custody_nets
from thorough import often

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
SLOW = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow],
        "phases": set(Phase) - {Phase.explain}}  # fmt: skip
#: What a post may add inside its own custody without touching a handover or a hold.
INTERNAL = {"EMB": ("share_export",), "EDB": ("share_import", "share_delivery"),
            "EDC": ("share_import", "share_delivery"), "EMF": ("share_import", "share_delivery"),
            "EMG": ("share_import", "share_delivery")}  # fmt: skip
BEST_FIRST = ("on_time", "late_excused", "late_liable")
DECIDED = {"on_time", "late_excused", "late_liable", "not_guaranteed"}


@settings(max_examples=often(40), **SLOW)
@given(calm_items(), st.sampled_from(sorted(INTERNAL)))
def test_an_internal_scan_never_changes_the_own_share(item: Item, scan: str) -> None:
    assume(scan in item.scans)
    assume(
        item.first("EME") is None or scan in ("EMB", "EMG")
    )  # the others may open or close a hold
    without = replace(item, scans={k: v for k, v in item.scans.items() if k != scan})
    said, unsaid = rows(judged([item, without]))
    own, before = (sum(row[name] for name in INTERNAL[scan]) for row in (said, unsaid))
    assert abs(own - before) <= 1  # one part in a million: where the rounding falls
    assert (said["outcome"], said["days_liable"]) == (unsaid["outcome"], unsaid["days_liable"])


@settings(max_examples=often(26), **SLOW)
@given(disturbed_items(), st.integers(0, 30), st.integers(0, 60))
def test_what_is_decided_stays_decided_when_more_time_has_passed(
    told: tuple[list[Item], list[Case]], wait: int, longer: int
) -> None:
    batch, cases = told
    first = max(item.last_scan for item in batch) + wait * DAY
    early, late = (rows(judged(batch, cases, at)) for at in (first, first + longer * DAY))
    for before, after in zip(early, late, strict=True):
        for side in ("", "sender_"):
            first, then = before[f"{side}outcome"], after[f"{side}outcome"]
            if first in DECIDED:
                assert then == first
                continue
            assert first == "pending" or then != "pending"
            # What is open is decided without a new scan only by a term that ends the waiting, or
            # because an item that an authority stopped has become due.
            ended = after[f"{side}stopped_on"] != before[f"{side}stopped_on"]
            seized = after[f"{side}outcome_reason"] == "stopped_by_authority"
            gap = before[f"{side}outcome_reason"] == "gap"
            assert then not in DECIDED or ended or seized or gap


def standing(row: dict[str, object], outcome: str, liable: str) -> tuple[int, object]:
    return BEST_FIRST.index(str(row[outcome])), row[liable]


@settings(max_examples=often(50), **SLOW)
@given(calm_items(), st.integers(1, 6 * 24))
def test_a_later_delivery_never_makes_the_outcome_better(item: Item, hours: int) -> None:
    assert item.delivered is not None
    later = replace(item, delivered=item.delivered + hours * HOUR)
    first, second = rows(judged([item, later]))
    assume(first["outcome"] != "not_guaranteed")
    for columns in (("outcome", "days_liable"), ("sender_outcome", "sender_days_liable")):
        assert standing(first, *columns) <= standing(second, *columns)


def test_a_delivery_on_sunday_is_no_worse_than_one_on_monday() -> None:
    """Promised for Friday 13 November; these posts let a day pass; no delivery at the weekend."""
    sunday, _, _ = spoken("JP>KR", "EMI=15T15:00")
    monday, _, _ = spoken("JP>KR", "EMI=16T15:00")
    first, second = rows(judged([sunday, monday], where=named_world()))
    assert second["outcome"] == "late_excused"
    assert standing(first, "outcome", "days_liable") <= standing(second, "outcome", "days_liable")


@settings(max_examples=often(40), **SLOW)
@given(disturbed_items())
def test_no_share_without_a_positive_net(told: tuple[list[Item], list[Case]]) -> None:
    batch, cases = told
    for item, row in zip(batch, rows(judged(batch, cases)), strict=True):
        net = slow().judge(item, cases, AS_OF).between.net
        custody = custody_nets(net)
        for leg in LEGS:
            own = [days for (c, whose), days in net.items() if whose == leg and custody[c] > 0]
            assert row[f"share_{leg}"] == 0 or max(own, default=0) > 0


@settings(max_examples=often(20), **SLOW)
@given(disturbed_items())
def test_shares_are_of_the_liable_days_and_of_nothing_else(
    told: tuple[list[Item], list[Case]],
) -> None:
    judgement = judged(*told)
    for side in (judgement.between, judgement.sender):
        whole = side.settled.share.sum(axis=1)
        assert set(whole.tolist()) <= {0, WHOLE}
        assert ((whole == WHOLE) == (side.settled.liable > 0)).all()


@cache
def without_excuses() -> World:
    """The varied world in which the catalogue excuses nothing."""
    head = varied()["exclusions.csv"].splitlines()[0]
    nothing = f"{head}\nrelation,*,*,tolerance,no,,,,test\n"
    return World.of({**varied(), "exclusions.csv": nothing})


@settings(max_examples=often(50), **SLOW)
@given(disturbed_items())
def test_an_excuse_never_makes_an_item_later(told: tuple[list[Item], list[Case]]) -> None:
    """With declared cases and the catalogue, nobody has more liable days than without either."""
    batch, cases = told
    bare = rows(judged(batch, (), where=without_excuses()))
    cased = rows(judged(batch, cases))
    uncased = rows(judged(batch))
    for plain, before, after in zip(bare, uncased, cased, strict=True):
        for column in ("days_liable", "sender_days_liable"):
            assert after[column] <= before[column]
        if plain["stopped_on"] == before["stopped_on"] and before["outcome_reason"] != "gap":
            assert before["days_liable"] <= plain["days_liable"] or plain["outcome_reason"] == "gap"
        for outcome in ("outcome", "sender_outcome"):
            if before[outcome] in BEST_FIRST[:2]:
                assert after[outcome] in BEST_FIRST[:2]


@settings(max_examples=often(50), **SLOW)
@given(calm_items(), st.sampled_from(["EMC", "EMD"]), st.integers(1, 30))
def test_an_earlier_handover_never_raises_the_own_share(
    item: Item, handover: str, hours: int
) -> None:
    """The other scans stay. EMC ends the origin's export, EMD the carriage that it contracted."""
    assume(not item.events and {"EMC", "EMD"} <= set(item.scans))
    at, office = item.scans[handover]
    others = [item.accepted, *(t for code, (t, _) in item.scans.items() if code < handover)]
    earlier = max(at - hours * HOUR, *(t for t in others if t <= at))
    assume(earlier < at)
    soon = replace(item, scans={**item.scans, handover: (earlier, office)})
    first, second = rows(judged([soon, item]))
    assume(first["outcome"] == second["outcome"] == "late_liable")
    own = ("share_export",) if handover == "EMC" else ("share_export", "share_transport")
    assert sum(first[n] for n in own) <= sum(second[n] for n in own) + 1


@settings(max_examples=often(20), **SLOW)
@given(disturbed_items(), st.randoms(use_true_random=False))
def test_the_order_of_messages_changes_nothing(
    told: tuple[list[Item], list[Case]], rng: Random
) -> None:
    batch, cases = told

    def shuffled(item: Item) -> Item:
        events = list(item.events)
        rng.shuffle(events)
        return replace(item, events=tuple(events), scans=dict(reversed(item.scans.items())))

    assert rows(judged([shuffled(item) for item in batch], cases)) == rows(judged(batch, cases))


def test_a_broken_sum_stops_judging_and_names_the_items() -> None:
    item, _, _ = spoken("KR>JP", "EMD..+1d")
    asked, found = to_judge([item], world()), judged([item])
    days = world().network.compiled
    area = np.array([world().network.areas["JP-TYO"]])
    side = found.between
    with pytest.raises(InvariantBroken, match=r"relation: margin and steps.* on EE000000000KR"):
        check_sum(
            days, area, side.promised, side.stopped_on, side.margin + 1, side.step,
            Scope.RELATION, asked.item_id,
        )  # fmt: skip
    settled = replace(side.settled, share=side.settled.share // 2)
    with pytest.raises(InvariantBroken, match="shares are not of the liable days"):
        check_shares(settled, side.outcome, Scope.RELATION, asked.item_id)


def test_the_terms_name_the_policies_of_sharing_that_there_are() -> None:
    for name in POLICIES:
        assert TERMS["sharing"].parse(name) == name
    with pytest.raises(ValueError, match="proportional, last_holder"):
        TERMS["sharing"].parse("by_weight")
