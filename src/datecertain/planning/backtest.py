"""Standards tried on what came later: fitted on what was known by a day, judged on the items
accepted after it, beside what else could have been promised (req 64).

The rivals: the promise that was given; the plain percentile of each lane's deliveries known by
then; one D+n for all, the same percentile of all of them. An item that was not delivered by then
is not among them: nobody knew how long it would take.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from datecertain.errors import UsageError
from datecertain.moments import Ints, format_date
from datecertain.planning.drift import Failing, watch
from datecertain.planning.histories import NONE, Deliveries
from datecertain.planning.moved import kept_last_year, moved_promises, promise_by_lane
from datecertain.planning.parted import Parted, find_parted
from datecertain.planning.results import Result, judge, told
from datecertain.planning.standards import Standards, last_years

#: Percentile levels tried to bring a rival to the same share.
_LEVELS = 400


@dataclass(frozen=True, slots=True)
class Equal:
    """What a rival would have had to promise, known afterwards, to be on time as often."""

    by: float | None  # percentile, days, or days added; None where no choice of it is enough
    on_time: float | None
    mean_days: float | None


@dataclass(frozen=True, slots=True)
class Backtest:
    """A standard and its rivals on what came later. Results are over the same items: those with an
    assured standard (all, where none has one); `everywhere` has each way over all it promises."""

    train: int
    test: int
    parted: Parted
    results: dict[str, Result]
    everywhere: dict[str, Result]
    equal: dict[str, Equal]
    failing: Failing

    @property
    def standards(self) -> Standards:
        """Of whole lanes."""
        return self.parted.whole


def backtest(
    history: Deliveries, until: int, target: float, confidence: float, review_days: int = 0
) -> Backtest:
    """Fit on what was known at the end of a day, judge on what was accepted after it.

    `review_days`: tried besides as `assured_reviewed`, the standard fitted again every so many days
    on what was known then, for the items accepted until the next time. Raises `UsageError` for
    shares that are none, and for a day without items on either side.
    """
    known = history.known_by(until)
    later = history.take(history.accepted > until)
    if not len(known) or not len(later):
        raise UsageError(
            f"{len(known)} items were accepted by {format_date(until)} and {len(later)} after it: "
            "name a day that has items on both sides"
        )
    recent = last_years(known)
    parted = find_parted(recent, target, confidence)
    ways = _promises(parted, recent, later)
    if review_days > 0:
        ways["assured_reviewed"] = _reviewed(history, later, until, parted.whole, review_days)
    if (later.promised != NONE).any():
        ways["given"] = later.promised
    done = known.take(~known.open)
    ways["percentile"] = promise_by_lane(_percentiles(done, target), later)
    ways["fixed"] = np.full(len(later), _rank(np.sort(done.days), target), dtype=np.int64)
    same = ways["assured"] != NONE
    everywhere = {name: judge(later, days, target) for name, days in ways.items()}
    shared = {
        name: judge(later, np.where(same, days, NONE), target) if same.any() else everywhere[name]
        for name, days in ways.items()
    }
    some = later.take(same) if same.any() else later
    worths = [part.worth for part in parted.whole.parts if part.days is not None]
    return Backtest(
        len(known), len(later), parted, shared, everywhere,
        _equal(some, done, shared["assured"].share),
        _failing(later, ways["assured"], 1 - target, float(np.mean(worths)) if worths else 1.0),
    )  # fmt: skip


def _promises(parted: Parted, known: Deliveries, later: Deliveries) -> dict[str, Ints]:
    """The assured standard, counted in days, and beside it that of whole lanes where columns part
    them; and where dates were given also what is made of them. The standard is then, per lane, the
    form that promised fewer days on the items known, where both are assured and moving dates kept
    the target in the last year."""
    in_days = parted.promise(later)
    lanes = {"assured_lanes": parted.whole.promise(later)} if parted.by else {}
    if not (later.promised != NONE).any():
        return {"assured": in_days} | lanes
    target, confidence = parted.whole.target, parted.whole.confidence
    moved = moved_promises(known, target, confidence)
    after = moved.promise(later)
    shorter = moved.shorter_than(parted.mean_days(known))
    use = (after != NONE) & ((in_days == NONE) | shorter[later.lane])
    if not kept_last_year(known, target, confidence):
        use = np.zeros(len(later), dtype=bool)
    return {
        "assured": np.where(use, after, in_days), "assured_days": in_days, **lanes,
        "assured_after_given": after,
    }  # fmt: skip


def _reviewed(
    history: Deliveries, later: Deliveries, until: int, first: Standards, every: int
) -> Ints:
    promised = np.full(len(later), NONE, dtype=np.int64)
    for day in range(until, int(later.accepted.max()), every):
        mine = (later.accepted > day) & (later.accepted <= day + every)
        recent = last_years(history.known_by(day))
        if mine.any() and len(recent):
            parted = find_parted(recent, first.target, first.confidence)
            promised[mine] = _promises(parted, recent, later.take(mine))["assured"]
    return promised


def _rank(days: Ints, share: float) -> int:
    """The nearest rank: the smallest of sorted days within which the share lies; NONE of none."""
    return int(days[max(int(np.ceil(share * len(days) - 1e-9)), 1) - 1]) if len(days) else NONE


def _percentiles(done: Deliveries, share: float) -> dict[str, int]:
    return {
        lane: _rank(np.sort(done.days[group]), share)
        for lane, group in zip(done.lanes, done.by_lane(), strict=True)
        if len(group)
    }


def _equal(later: Deliveries, done: Deliveries, share: float | None) -> dict[str, Equal]:
    if share is None:
        return {}
    found = {}
    if (later.promised != NONE).any():
        late = np.sort((later.days - later.promised)[(later.promised != NONE) & ~later.open])
        first = int(late[0]) if len(late) else 0
        found["given"] = _least(
            later, share, range(first, int(late[-1]) + 1 if len(late) else 1),
            lambda days: np.where(
                later.promised == NONE, NONE, np.maximum(later.promised + int(days), 0)
            ),
        )  # fmt: skip
    sorted_ = {
        lane: np.sort(done.days[group])
        for lane, group in zip(done.lanes, done.by_lane(), strict=True)
        if len(group)
    }
    found["percentile"] = _least(
        later, share, np.linspace(1 / _LEVELS, 1, _LEVELS),
        lambda level: promise_by_lane(
            {one: _rank(days, level) for one, days in sorted_.items()}, later
        ),
    )  # fmt: skip
    longest = int(later.seen.max())
    found["fixed"] = _least(
        later, share, range(longest + 1),
        lambda days: np.full(len(later), int(days), dtype=np.int64),
    )  # fmt: skip
    return found


def _least(
    later: Deliveries, share: float, choices: npt.ArrayLike, promise: Callable[[float], Ints]
) -> Equal:
    """The smallest of rising choices that is on time as often (found by halving)."""
    rising = np.asarray(choices)
    low, high = 0, len(rising)
    while low < high:
        middle = (low + high) // 2
        got = _share(later, promise(float(rising[middle])))
        low, high = (
            (low, middle) if got is not None and got[0] >= share - 1e-12 else (middle + 1, high)
        )
    if low == len(rising):
        best = _share(later, promise(float(rising[-1]))) if len(rising) else None
        return Equal(None, best[0] if best else None, best[1] if best else None)
    got = _share(later, promise(float(rising[low])))
    return Equal(float(rising[low]), got[0] if got else None, got[1] if got else None)


def _share(later: Deliveries, promised: Ints) -> tuple[float, float] | None:
    known = told(later, promised)
    if not known.any():
        return None
    good = (later.days != NONE) & (later.days <= promised)
    return float(good[known].mean()), float(promised[known].mean())


def _failing(later: Deliveries, promised: Ints, may_be_late: float, worth: float) -> Failing:
    known = told(later, promised)
    late = (later.days == NONE) | (later.days > promised)
    # At the promised date, for those that came sooner too: else the last weeks were all late.
    due = later.accepted + promised
    return watch(due[known], late[known], may_be_late, worth)
