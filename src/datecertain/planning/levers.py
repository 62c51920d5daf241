"""Small changes to a network, each tried on real items, ranked by the days that they save for what
they take (req 65).

The effort of each kind of change is dated data (`efforts.csv`): what an hour of an office, a flight
or a round takes is known to the posts and not public.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from datecertain.moments import parse_date
from datecertain.network.loading import NetworkData
from datecertain.planning.replays import Standing
from datecertain.quality.intervals import clopper_pearson

#: Hours by which an office's times are moved.
_HOURS = (1, 2)
#: Airport pairs, and lanes, that are tried at most: those with the most items.
_SATURDAY = "6"


@dataclass(frozen=True, slots=True)
class Lever:
    """A change to be tried. `kind`: a kind of `efforts.csv`; `promise`: it changes the date told
    and not the journey."""

    kind: str
    place: str  # office, area, airport pair, lane
    change: str  # as `planning.network_changes` reads it
    amount: int  # hours, or days
    promise: bool = False


@dataclass(frozen=True, slots=True)
class Effort:
    """What one hour (flight, round, day) of a kind of change takes, in points a year."""

    kind: str
    points: int
    valid_from: int
    source: str


@dataclass(frozen=True, slots=True)
class Effect:
    """What a lever would have changed. `days`: delivery days that items came earlier, those that
    came later taken off; `late_days`: liable days less; refunds in micro-SDR."""

    lever: Lever
    before: Standing
    after: Standing
    moved: int  # items of which the journey or the date is another
    days: int
    late_days: int
    refunds_usdr: int  # less than before: positive
    effort: int

    @property
    def per_effort(self) -> float:
        """Liable and other late days saved per point of effort."""
        return self.late_days / self.effort if self.effort else 0.0

    @property
    def plain(self) -> dict[str, Any]:
        """For programs."""
        span = clopper_pearson(self.after.on_time, self.after.judged) if self.after.judged else None
        return {
            "kind": self.lever.kind, "place": self.lever.place, "change": self.lever.change,
            "on_time_before": self.before.share, "on_time_after": self.after.share,
            "low": span.low if span else None, "high": span.high if span else None,
            "items_moved": self.moved, "days_earlier": self.days,
            "late_days_saved": self.late_days, "refunds_saved_usdr": self.refunds_usdr,
            "effort": self.effort, "late_days_saved_per_effort": self.per_effort,
        }  # fmt: skip


def levers_of(
    data: NetworkData, offices: Sequence[str], lanes: Sequence[str], areas: Sequence[str],
    pairs: Sequence[tuple[str, str]],
) -> list[Lever]:  # fmt: skip
    """The changes worth trying where the traffic goes: each of these offices' cut-off later and
    closing, customs release and departures earlier; one more flight a week on these airport pairs,
    on the day that flies least; a round on Saturdays in these areas; a day more on these lanes."""
    found: list[Lever] = []
    for row in data.offices:
        if row.office not in offices:
            continue
        for hours in _HOURS:
            ways = [("cutoff", "cutoff +"), ("closing", "closing.at -")] if row.outward else []
            if row.inward:
                ways += [("release", "release -"), ("forwarding", "forwarding.at -")]
            for kind, way in ways:
                found.append(Lever(kind, row.office, f"{row.office}.{way}0{hours}:00", hours))
    for begin, end in pairs:
        if day := _quietest(data, begin, end):
            found.append(Lever("flight", f"{begin}-{end}", f"{begin}-{end}.flights +{day}", 1))
    rounds = {row.schedule: row for row in data.schedules}
    for area in data.areas:
        slot = rounds.get(area.delivery)
        if area.area in areas and slot is not None and not slot.days[5]:
            found.append(Lever("saturday", area.area, f"{area.area}.delivery.days +{_SATURDAY}", 1))
    for lane in lanes:
        found.append(Lever("standard", lane, f"{lane}.buffer +1", 1, promise=True))
    return found


def _quietest(data: NetworkData, begin: str, end: str) -> int | None:
    """The weekday with the fewest flights of a pair that one of its flights does not fly on."""
    rows = [row for row in data.flights if (row.origin, row.destination) == (begin, end)]
    counts = [sum(row.days[day] for row in rows) for day in range(7)]
    if not rows or min(counts) == len(rows):
        return None
    return counts.index(min(counts)) + 1


@lru_cache(maxsize=1)
def efforts() -> tuple[Effort, ...]:
    """The efforts of each kind of change, as bundled."""
    text = (files("datecertain.planning") / "efforts.csv").read_text("utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return tuple(
        Effort(row["kind"], int(row["points"]), parse_date(row["valid_from"]), row["source"])
        for row in csv.DictReader(io.StringIO("\n".join(lines)))
    )


def effort_of(lever: Lever, day: int) -> int:
    """What a lever takes on a day: the row in force that began last. Raises `LookupError` for a
    kind without a row."""
    rows = [row for row in efforts() if row.kind == lever.kind and row.valid_from <= day]
    if not rows:
        raise LookupError(f"efforts.csv has no row for {lever.kind}")
    return max(rows, key=lambda row: row.valid_from).points * lever.amount


def ranked(effects: Sequence[Effect]) -> list[Effect]:
    """Most late days saved per effort first; of equals the one with the higher on-time share."""
    return sorted(
        effects,
        key=lambda one: (-one.per_effort, -(one.after.share or 0.0), one.effort, one.lever.change),
    )
