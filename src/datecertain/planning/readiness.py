"""May a lane resume, with which date, and if not, what is missing and at whose hands (req 55).

Every criterion is a number beside its dated threshold (`resumption.csv`). A criterion of which
nothing is known stands in the answer as such and forbids nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from datecertain.planning.lane_days import DayShare
from datecertain.planning.refund_exposure import Dial, Worst
from datecertain.planning.resumption_rules import rule_on
from datecertain.planning.standards import Standard, Status
from datecertain.quality.intervals import Interval, clopper_pearson
from datecertain.verdict.outcomes import Leg


class Readiness(StrEnum):
    """What the board says of a lane."""

    READY = "ready"  # with the dates that it promises now
    LONGER = "ready_with_longer_standard"  # with the assured D+n
    NOT_READY = "not_ready"  # a criterion is missed
    NOT_ENOUGH = "not_enough_items"  # nothing can be assured: too few items


@dataclass(frozen=True, slots=True)
class Criterion:
    """A number beside its threshold. `post`: at whose hands it is, empty: at nobody's; `met` None:
    the number is not known."""

    name: str
    post: str
    value: float | None
    threshold: float
    at_most: bool
    source: str

    @property
    def met(self) -> bool | None:
        """Whether the threshold is kept."""
        if self.value is None:
            return None
        return self.value <= self.threshold if self.at_most else self.value >= self.threshold


@dataclass(frozen=True, slots=True)
class Present:
    """What came of the promise as it is given now. `lower`: the bound at the confidence below
    which the share is not, from this side alone, as for a standard."""

    judged: int
    on_time: int
    unresolved: int
    interval: Interval
    bounds: Interval
    lower: float
    mean_days: float

    @property
    def share(self) -> float:
        """On time of judged."""
        return self.on_time / self.judged


@dataclass(frozen=True, slots=True)
class LegLoss:
    """The unexcused days that a leg lost on late items; `would_be`: the share on time if it had
    lost none of them."""

    post: str
    leg: Leg
    days: int
    would_be: float


@dataclass(frozen=True, slots=True)
class EventGap:
    """Scans of one kind that a post did not tell."""

    post: str
    code: str
    missing: int
    of: int


@dataclass(frozen=True, slots=True)
class Told:
    """What one post told of a lane's items: (as it should be, of) events there, events in time."""

    post: str
    complete: tuple[int, int]
    in_time: tuple[int, int]


@dataclass(frozen=True, slots=True)
class BoardLane:
    """A lane on the board. `yearly`: items of a year; `state`: of its guarantee on the last day."""

    origin: str
    destination: str
    state: str
    items: int
    yearly: int
    busiest_week: int
    present: Present | None
    shares: tuple[DayShare, ...]
    standard: Standard | None
    told: tuple[Told, ...]
    cases: tuple[str, ...]  # force majeure cases open at the end of the period
    flights_per_week: int | None  # direct; None: the timetable does not tell that week
    items_per_week: int | None  # the capacity that was stated
    dials: dict[int | None, Dial]
    worst: Worst
    losses: tuple[LegLoss, ...]
    gaps: tuple[EventGap, ...]
    criteria: tuple[Criterion, ...]
    readiness: Readiness
    days: int | None  # the assured D+n
    #: So many rates read otherwise than what both posts signed; None: none were signed.
    rates_changed: int | None = None

    @property
    def lane(self) -> str:
        """`KR-US`."""
        return f"{self.origin}-{self.destination}"

    @property
    def missed(self) -> tuple[Criterion, ...]:
        """The criteria that are not met."""
        return tuple(one for one in self.criteria if one.met is False)

    @property
    def may_open(self) -> bool:
        """Whether nothing stands against a guarantee with the assured standard."""
        return self.days is not None and not self.missed


def criteria(
    day: int, present: Present | None, told: Sequence[Told], cases: int, flights: int | None,
    load: float | None,
) -> tuple[Criterion, ...]:  # fmt: skip
    """The criteria of a lane on a day, beside its standard."""

    def one(name: str, value: float | None, post: str = "", at_most: bool = False) -> Criterion:
        rule = rule_on(name, day)
        return Criterion(name, post, value, rule.value, at_most, rule.source)

    decided = None if present is None else present.judged / (present.judged + present.unresolved)
    found = [one("decided", decided)]
    for by in told:
        found.append(one("events_complete", _share(by.complete), by.post))
        found.append(one("events_in_time", _share(by.in_time), by.post))
    found.append(one("open_cases", cases, at_most=True))
    found.append(one("flights_per_week", flights))
    found.append(one("load_share", load, at_most=True))
    return tuple(found)


def readiness(
    missed: Iterable[Criterion], standard: Standard | None, present: Present | None, target: float
) -> Readiness:
    """The answer for a lane: first whether anything can be assured, then what is missing, then
    whether the dates promised now are assured or a longer standard is."""
    status = Status.NOT_ENOUGH_ITEMS if standard is None else standard.status
    if status is Status.NOT_ENOUGH_ITEMS:
        return Readiness.NOT_ENOUGH
    if status is Status.NOT_REACHED or any(True for _ in missed):
        return Readiness.NOT_READY
    if present is None or present.lower >= target:
        return Readiness.READY
    return Readiness.LONGER


def lower_bound(good: int, n: int, worth: float, confidence: float) -> float:
    """The one-sided exact bound of a share, where one item is worth so many independent ones (as
    standards are bounded: `planning.assured`)."""
    from scipy.special import betaincinv  # noqa: PLC0415 - slow to load (decision 17)

    if not good:
        return 0.0
    return float(betaincinv(good * worth, (n - good) * worth + 1, 1 - confidence))


def present_of(
    counts: tuple[int, int, int], days: int, worth: float, confidence: float
) -> Present | None:
    """The present promise from (on time, judged, unresolved) items and the days promised them
    together; None where none was judged."""
    good, n, unknown = counts
    if not n:
        return None
    whole = n + unknown
    return Present(
        n, good, unknown, clopper_pearson(good, n, confidence),
        Interval(good / whole, (good + unknown) / whole),
        lower_bound(good, n, worth, confidence), days / whole,
    )  # fmt: skip


def _share(counts: tuple[int, int]) -> float | None:
    good, n = counts
    return good / n if n else None
