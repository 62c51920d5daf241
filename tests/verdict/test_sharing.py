"""Sharing the liable days, in any numbers of custodies and legs, against exact fractions."""

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from datecertain.verdict.outcomes import WHOLE
from datecertain.verdict.staircase import Settled, Steps, settle
from slow_shares import LEGS, custody_nets, exact_shares

CUSTODIES = 4
PROMISE = 0


@dataclass(frozen=True)
class Told:
    """One step: days, whose, and what of it is excused."""

    days: int
    custody: int
    leg: int
    other: tuple[int, int] | None
    excused: int
    removed: bool


@st.composite
def told_steps(draw: st.DrawFn) -> Told:
    days = draw(st.integers(-5, 9))
    removed = draw(st.booleans())
    custody, leg = draw(st.integers(0, CUSTODIES - 1)), draw(st.integers(1, len(LEGS) - 1))
    others = st.tuples(st.integers(0, CUSTODIES - 1), st.integers(1, len(LEGS) - 1))
    return Told(
        days, custody, leg, draw(st.none() | others.filter(lambda o: o != (custody, leg))),
        draw(st.integers(0, max(days, 0) + 2)), removed,
    )  # fmt: skip


STAIRCASES = st.lists(
    st.tuples(st.integers(-3, 3), st.lists(told_steps(), min_size=1, max_size=6)), max_size=4
)


def settled(staircases: list[tuple[int, list[Told]]], tolerance: int = 0) -> Settled:
    width = max((len(steps) for _, steps in staircases), default=1)
    blank = Told(0, 0, 1, None, 0, False)
    grid = [[*steps, *[blank] * (width - len(steps))] for _, steps in staircases]

    def column(value: object) -> np.ndarray:  # type: ignore[type-arg]
        listed = [[value(step) for step in row] for row in grid]  # type: ignore[operator]
        return np.array(listed).reshape(len(grid), width)

    steps = Steps(
        margin=np.array([margin for margin, _ in staircases], dtype=np.int64),
        step=column(lambda s: s.days).astype(np.int64),
        custody=column(lambda s: s.custody).astype(np.int64),
        leg=column(lambda s: s.leg).astype(np.int64),
        other_custody=column(lambda s: s.other[0] if s.other else -1).astype(np.int64),
        other_leg=column(lambda s: s.other[1] if s.other else -1).astype(np.int64),
        excused=column(lambda s: s.excused).astype(np.int64),
        removed=column(lambda s: s.removed).astype(bool),
    )
    allowed = np.full(len(staircases), tolerance, dtype=np.int64)
    return settle(steps, allowed, CUSTODIES, len(LEGS), PROMISE)


def slow_nets(margin: int, steps: list[Told]) -> dict[tuple[str, str], Fraction]:
    net: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    net["promise", LEGS[PROMISE]] += max(margin, 0)
    for step in steps:
        owners = [(step.custody, step.leg), *([step.other] if step.other else [])]
        kept = step.days - min(step.excused, max(0, step.days))
        kept = max(0, kept) if step.removed else kept
        for custody, leg in owners:
            net[str(custody), LEGS[leg]] += Fraction(kept, len(owners))
    return dict(net)


@settings(deadline=None)
@given(STAIRCASES, st.integers(0, 2))
def test_what_remains_is_shared_over_the_positive_nets(
    staircases: list[tuple[int, list[Told]]], tolerance: int
) -> None:
    found = settled(staircases, tolerance)
    for row, (margin, steps) in enumerate(staircases):
        late = margin + sum(step.days for step in steps)
        excusable = sum(step.excused for step in steps) + tolerance
        assert found.late[row] == late
        assert found.liable[row] == max(0, late - excusable)
        assert found.excused[row] == max(0, min(late, excusable))
        net = slow_nets(margin, steps)
        shares = dict(zip(LEGS, found.share[row].tolist(), strict=True))
        if not found.liable[row]:
            assert set(shares.values()) == {0}
            continue
        assert sum(shares.values()) == WHOLE
        for leg, exact in exact_shares(net).items():
            assert abs(shares[leg] - exact * WHOLE) < 1, (leg, shares, exact)
            assert shares[leg] == 0 or exact > 0, (leg, shares, exact)


@settings(deadline=None)
@given(STAIRCASES)
def test_liable_days_always_find_a_party(staircases: list[tuple[int, list[Told]]]) -> None:
    found = settled(staircases)
    for row, (margin, steps) in enumerate(staircases):
        if found.liable[row]:
            assert max(custody_nets(slow_nets(margin, steps)).values()) > 0


def test_net_days_by_leg_say_where_the_days_were_lost() -> None:
    lost = [Told(2, 0, 1, None, 0, False), Told(-1, 1, 2, None, 0, False)]
    assert settled([(0, lost)]).net.tolist() == [[0, 2, -1, 0, 0]]
    assert settled([(-1, lost)]).net.tolist() == [[0, 2, -1, 0, 0]]
    # Told a day tighter than the network carries: that day was lost by the promise.
    assert settled([(1, lost)]).net.tolist() == [[1, 2, -1, 0, 0]]


def test_sevenths_are_rounded_by_the_largest_remainder() -> None:
    sevenths = [
        Told(days, custody, custody + 1, None, 0, False) for custody, days in enumerate((1, 2, 4))
    ]
    assert settled([(0, sevenths)]).share.tolist() == [[0, 142_857, 285_714, 571_429, 0]]


def test_rounding_gives_nobody_a_share_without_days() -> None:
    """Three custodies, one leg: what is rounded off returns to that leg."""
    alike = [Told(days, custody, 3, None, 0, False) for custody, days in enumerate((4, 1, 1))]
    assert settled([(0, alike)]).share.tolist() == [[0, 0, 0, WHOLE, 0]]
