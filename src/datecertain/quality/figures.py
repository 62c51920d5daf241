"""The figures of a month: what a report card says, as values (req 49, 50).

Two readings of a share, never mixed: *judged* items are those whose date was kept or missed
(`on_time`, `late_excused`, `late_liable`); *unresolved* ones (`undetermined`, `pending`) stand
beside them as bounds. Lost items have left the guarantee (req 28); items without a promise were
never in it. What a rule leaves out of the score (`quality.astray`) is in no share, interval or
bound; its days stand with the legs all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from datecertain.quality.astray import AstrayCount
from datecertain.quality.intervals import CONFIDENCE, Interval, clopper_pearson
from datecertain.verdict.outcomes import WHOLE, Leg, Outcome

OUTCOMES = tuple(Outcome)
JUDGED = (Outcome.ON_TIME, Outcome.LATE_EXCUSED, Outcome.LATE_LIABLE)
UNRESOLVED = (Outcome.UNDETERMINED, Outcome.PENDING)
#: The group's goal of 2016, in parts per million: 96 % (blog.bestmadeinkorea.com); the floor before
#: it was 95 % (postandparcel.info, about 2012). Another target is an argument, not an edit.
TARGET_PPM = 960_000


class Standing(StrEnum):
    """How a group's on-time share stands to the target."""

    BELOW = "below"  # the whole interval lies below the target
    NOT_TOLD_APART = "not_told_apart"  # the interval holds the target: nothing can be claimed
    ABOVE = "above"  # the whole interval lies above the target
    NO_ITEMS = "no_items"  # nothing was judged


def standing_of(good: int, n: int, target: float, confidence: float = CONFIDENCE) -> Standing:
    """How `good` out of `n` stands to a target share, by the exact interval (req 49)."""
    if not n:
        return Standing.NO_ITEMS
    interval = clopper_pearson(good, n, confidence)
    if interval.high < target:
        return Standing.BELOW
    return Standing.ABOVE if interval.low > target else Standing.NOT_TOLD_APART


@dataclass(frozen=True, slots=True)
class Tally:
    """How many items of a group have each outcome between the posts, in the order of `Outcome`;
    beside them those that a rule leaves out of the score, whatever their outcome."""

    counts: tuple[int, ...]
    left_out: int = 0

    def of(self, *outcomes: Outcome) -> int:
        """How many items have one of these outcomes."""
        return sum(self.counts[OUTCOMES.index(outcome)] for outcome in outcomes)

    @property
    def items(self) -> int:
        """All items of the group."""
        return self.scored + self.left_out

    @property
    def scored(self) -> int:
        """Items that no rule leaves out of the score."""
        return sum(self.counts)

    @property
    def on_time(self) -> int:
        """Items whose date was kept."""
        return self.of(Outcome.ON_TIME)

    @property
    def judged(self) -> int:
        """Items whose date was kept or missed: what the share is taken of."""
        return self.of(*JUDGED)

    @property
    def unresolved(self) -> int:
        """Items whose outcome is not known, or not yet."""
        return self.of(*UNRESOLVED)

    @property
    def share(self) -> float:
        """On time of judged; not a number when nothing was judged."""
        return self.on_time / self.judged if self.judged else float("nan")

    @property
    def share_unexcused(self) -> float:
        """On time of judged, excused items left out of both; not a number when there is none."""
        whole = self.of(Outcome.ON_TIME, Outcome.LATE_LIABLE)
        return self.on_time / whole if whole else float("nan")

    def interval(self, confidence: float = CONFIDENCE) -> Interval:
        """The exact interval of the share at a confidence."""
        return clopper_pearson(self.on_time, self.judged, confidence)

    @property
    def bounds(self) -> Interval:
        """The share if all unresolved items were late, and if all were on time."""
        whole = self.judged + self.unresolved
        if not whole:
            return Interval(0.0, 1.0)
        return Interval(self.on_time / whole, (self.on_time + self.unresolved) / whole)

    def standing(self, target_ppm: int, confidence: float = CONFIDENCE) -> Standing:
        """How the share stands to a target of so many parts per million (req 49)."""
        return standing_of(self.on_time, self.judged, target_ppm / WHOLE, confidence)


@dataclass(frozen=True, slots=True)
class PostName:
    """A post's code and its names."""

    post: str
    en: str
    ko: str

    def name(self, language: str) -> str:
        """The name in a language; English stands in where there is none."""
        return {"en": self.en, "ko": self.ko}.get(language) or self.en


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """One group of items (a weekday, a kind of contents, an office, an area, a day)."""

    key: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class LaneFigures:
    """One direction between two posts.

    `liable_ppm`: millionths of a day attributable to each leg, in the order of `Leg`; together
    they are `days_liable` whole days. `places`: best and worst place among the lanes, a range
    because lanes that do not differ are not ranked; None without judged items.
    """

    origin: str
    destination: str
    tally: Tally
    days_liable: int
    liable_ppm: tuple[int, ...]
    places: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class LegFigures:
    """The days of one leg at the post that answers for it.

    `liable_ppm`: millionths of a day attributable, by share; `items`: late items with a share;
    `days_lost` and `days_won`: unexcused days lost and won back by all judged items, each netted
    per item, whether or not the date was kept in the end.
    """

    post: str
    leg: Leg
    items: int
    liable_ppm: int
    days_lost: int
    days_won: int


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How many items have an outcome for a reason."""

    outcome: Outcome
    reason: str
    items: int


@dataclass(frozen=True, slots=True)
class ClockStops:
    """Customs holds that stopped the clock, and those that did not (req 19)."""

    valid: int
    void: int
    items_valid: int
    items_void: int


@dataclass(frozen=True, slots=True)
class FindingCount:
    """How often a finding was made."""

    code: str
    severity: str
    number: int


@dataclass(frozen=True, slots=True)
class MissingScans:
    """How many of the scans that a post should have made are not there."""

    post: str
    expected: int
    missing: int


@dataclass(frozen=True, slots=True)
class DaysLate:
    """How many delivered items stopped the clock so many days after the promised date."""

    days: int
    items: int


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """A month of items by local acceptance date, counted once. Day numbers are inclusive.

    `items_without_verdict` and `verdicts_without_item` are 0 when what came in is what was judged.
    """

    first_day: int
    last_day: int
    target_ppm: int
    confidence: float
    posts: tuple[PostName, ...]
    total: Tally
    total_sender: Tally  # the same items by their outcome towards the sender
    items_without_verdict: int
    verdicts_without_item: int
    lanes: tuple[LaneFigures, ...]  # only lanes with items, in the order of the posts
    by_origin: tuple[GroupFigures, ...]
    by_destination: tuple[GroupFigures, ...]
    by_day: tuple[GroupFigures, ...]  # key: day number as text; every day of the period
    by_weekday: tuple[GroupFigures, ...]  # key: 0 (Monday) to 6 (Sunday)
    by_contents: tuple[GroupFigures, ...]
    by_inward_office: tuple[GroupFigures, ...]
    by_destination_area: tuple[GroupFigures, ...]
    legs: tuple[LegFigures, ...]  # by post, then leg; only where something happened
    reasons: tuple[ReasonCount, ...]  # most frequent first within an outcome
    lateness: tuple[DaysLate, ...]
    clock_stops: ClockStops
    findings: tuple[FindingCount, ...]
    missing_scans: tuple[MissingScans, ...]
    #: Which items went astray; None: not known, the events that told it were erased.
    astray: tuple[AstrayCount, ...] | None = ()

    @property
    def days_liable(self) -> int:
        """Whole days attributable to posts and legs."""
        return sum(lane.days_liable for lane in self.lanes)

    def lane(self, origin: str, destination: str) -> LaneFigures | None:
        """The figures of a lane, None when it had no items."""
        for lane in self.lanes:
            if (lane.origin, lane.destination) == (origin, destination):
                return lane
        return None

    def standing(self, tally: Tally) -> Standing:
        """How a group stands to the month's target."""
        return tally.standing(self.target_ppm, self.confidence)

    def because(self, outcome: Outcome) -> tuple[ReasonCount, ...]:
        """The reasons of one outcome."""
        return tuple(row for row in self.reasons if row.outcome is outcome)

    def leg_days(self, legs: Sequence[Leg] = tuple(Leg)) -> int:
        """Millionths of a day attributable to these legs."""
        return sum(row.liable_ppm for row in self.legs if row.leg in legs)
