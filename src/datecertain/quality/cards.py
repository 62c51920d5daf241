"""Report cards of any kind of group (lanes, gateways, areas, weekdays …) from counts by day
(req 49-52, 54): share with intervals, bounds, years pooled where a group is thin, places that only
tests give, trend and change point.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datecertain.errors import UsageError
from datecertain.moments import Ints, date_of, day_of
from datecertain.quality.awards import AwardStanding, award_standings
from datecertain.quality.changes import Change, Slope, change_point, orders, slope
from datecertain.quality.figures import Standing, standing_of
from datecertain.quality.intervals import (
    Interval,
    clopper_pearson,
    differ,
    differing,
    places_of,
    tiers,
    wilson,
)
from datecertain.verdict.outcomes import WHOLE

#: More groups than this are not ranked: every pair is a question, and none would be answered.
MOST_RANKED = 200
#: EN 13850 pools one, two or three years of a thin flow (Annex D); how thin is for its user to say.
MOST_YEARS = 3


@dataclass(frozen=True, slots=True)
class DayCounts:
    """Items of groups by day of acceptance, [group, day] from `first_day` on.

    `judged`: date kept or missed; `good` of them kept; `unresolved`: not known, or not yet;
    `items`: all that is scored. `inquiries` [group]: of the period alone.
    """

    names: tuple[str, ...]
    first_day: int
    items: Ints
    judged: Ints
    good: Ints
    unresolved: Ints
    inquiries: Ints


@dataclass(frozen=True, slots=True)
class Asked:
    """What a card is asked for; shares of one, days inclusive."""

    first_day: int
    last_day: int
    target_ppm: int
    confidence: float
    accuracy: float  # half the width from which on an interval is thin


@dataclass(frozen=True, slots=True)
class Pooled:
    """The years up to the last day that a thin group needs; `thin`: three are not enough.
    `differs`: the years before differ from the period by more than chance, so the pooled share is
    no figure of the period."""

    years: int
    good: int
    n: int
    interval: Interval
    thin: bool
    differs: bool


@dataclass(frozen=True, slots=True)
class Card:
    """One group. `places`: best and worst place; `tier`: 1 for the groups that none outside does
    better than; groups of one tier are not ranked. None where nothing was judged, or too many
    groups were asked for."""

    name: str
    items: int
    judged: int
    good: int
    unresolved: int
    exact: Interval
    wilson: Interval
    bounds: Interval
    standing: Standing
    places: tuple[int, int] | None
    tier: int | None
    pooled: Pooled | None
    trend: Slope | None  # per week
    change: Change | None
    change_on: int | None  # first day of the week of the change
    inquiries: int
    per_thousand: float | None
    per_thousand_interval: Interval | None
    awards: tuple[AwardStanding, ...]

    @property
    def share(self) -> float | None:
        """On time of judged."""
        return self.good / self.judged if self.judged else None


@dataclass(frozen=True, slots=True)
class Cards:
    """The cards of a period. `change_p`: below this p a trend or change is called one; all such
    calls together are false in at most 1 - confidence of all periods without change."""

    asked: Asked
    cards: tuple[Card, ...]
    change_p: float
    ranked: bool


def make_cards(counts: DayCounts, asked: Asked) -> Cards:
    """The cards of all groups with items in the period, in order of their names.

    Raises `UsageError` when nothing lies in it, or a figure that was asked with cannot be.
    """
    check_asked(asked)
    period = _days(counts, asked.first_day, asked.last_day)
    held = [at for at in range(len(counts.names)) if counts.items[at, period].any()]
    if not held:
        raise UsageError("no item was accepted in this period: choose another")
    shares = [(int(counts.good[at, period].sum()), int(counts.judged[at, period].sum()))
              for at in held]  # fmt: skip
    ranked = len(held) <= MOST_RANKED
    pairs = differing(shares, asked.confidence) if ranked else set()
    places = places_of(shares, pairs) if ranked else [None] * len(held)
    tier = tiers(shares, pairs) if ranked else [None] * len(held)
    # Trend and change of every group are as many tests; enough orders to answer all of them.
    each = (1 - asked.confidence) / (2 * len(held))
    dealt = orders(-(-(asked.last_day - asked.first_day + 1) // 7), each)
    cards = [
        _card(counts, asked, at, period, dealt, place, level)
        for at, place, level in zip(held, places, tier, strict=True)
    ]
    return Cards(asked, tuple(cards), each, ranked)


def check_asked(asked: Asked) -> None:
    """Raise `UsageError` for what cannot be asked."""
    if asked.last_day < asked.first_day:
        raise UsageError("the last day lies before the first: give the first day first")
    if not 0 < asked.confidence < 1:
        raise UsageError(f"confidence {asked.confidence} must lie between 0 and 1")
    if not 0 < asked.accuracy < 1:
        raise UsageError(f"accuracy {asked.accuracy} must lie between 0 and 1: 0.02 is 2 points")
    if not 0 < asked.target_ppm < WHOLE:
        raise UsageError(f"target {asked.target_ppm / WHOLE} must lie between 0 and 1")


def _days(counts: DayCounts, first: int, last: int) -> slice:
    size = counts.items.shape[1]
    begin = min(max(first - counts.first_day, 0), size)
    return slice(begin, min(max(last - counts.first_day + 1, begin), size))


def _card(
    counts: DayCounts, asked: Asked, at: int, period: slice, dealt: Ints,
    places: tuple[int, int] | None, tier: int | None,
) -> Card:  # fmt: skip
    items, judged, good, unresolved = (
        int(values[at, period].sum())
        for values in (counts.items, counts.judged, counts.good, counts.unresolved)
    )
    whole = judged + unresolved
    week_good, week_judged = (
        _weekly(values[at], counts.first_day, asked) for values in (counts.good, counts.judged)
    )
    change = change_point(week_good, week_judged, dealt)
    inquiries = int(counts.inquiries[at])
    rate = _poisson(inquiries, asked.confidence)
    thousands = items / 1_000
    return Card(
        counts.names[at], items, judged, good, unresolved,
        clopper_pearson(good, judged, asked.confidence), wilson(good, judged, asked.confidence),
        Interval(good / whole, (good + unresolved) / whole) if whole else Interval(0.0, 1.0),
        standing_of(good, judged, asked.target_ppm / WHOLE, asked.confidence), places, tier,
        _pooled(counts, asked, at, (good, judged)), slope(week_good, week_judged, dealt), change,
        None if change is None else asked.first_day + 7 * change.at, inquiries,
        inquiries / thousands, Interval(rate.low / thousands, rate.high / thousands),
        award_standings(asked.last_day, (good, judged), (judged, whole), asked.confidence),
    )  # fmt: skip


def _weekly(values: Ints, first_day: int, asked: Asked) -> Ints:
    """Sums by week of the period, counted from its first day."""
    weeks = -(-(asked.last_day - asked.first_day + 1) // 7)
    day = first_day + np.arange(len(values)) - asked.first_day
    mine = (day >= 0) & (day <= asked.last_day - asked.first_day)
    sums = np.zeros(weeks, dtype=np.int64)
    np.add.at(sums, day[mine] // 7, values[mine])
    return sums


def _poisson(count: int, confidence: float) -> Interval:
    """The exact interval of a mean of which `count` were seen (F. Garwood, Biometrika 28 (1936)
    437-442)."""
    from scipy.special import gammaincinv  # noqa: PLC0415 - slow to load (decision 17)

    tail = (1 - confidence) / 2
    low = float(gammaincinv(count, tail)) if count else 0.0
    return Interval(low, float(gammaincinv(count + 1, 1 - tail)))


def years_before(day: int, years: int) -> int:
    """The day after the same date so many years before (28 February for 29)."""
    date = date_of(day)
    leap = (date.month, date.day) == (2, 29)
    return day_of(date.replace(year=date.year - years, day=28 if leap else date.day)) + 1


def _pooled(counts: DayCounts, asked: Asked, at: int, own: tuple[int, int]) -> Pooled | None:
    """The fewest whole years up to the last day that are accurate enough; None: the period is."""
    if _accurate(clopper_pearson(*own, asked.confidence), asked):
        return None
    found = None
    for years in range(1, MOST_YEARS + 1):
        first = min(years_before(asked.last_day, years), asked.first_day)
        days = _days(counts, first, asked.last_day)
        good, n = int(counts.good[at, days].sum()), int(counts.judged[at, days].sum())
        interval = clopper_pearson(good, n, asked.confidence)
        thin = not _accurate(interval, asked)
        differs = differ(*own, good - own[0], n - own[1], asked.confidence)
        found = Pooled(years, good, n, interval, thin, differs)
        if not thin:
            break
    return found


def _accurate(interval: Interval, asked: Asked) -> bool:
    return (interval.high - interval.low) / 2 <= asked.accuracy
