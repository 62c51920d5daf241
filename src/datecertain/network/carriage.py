"""Who contracted the carriage of a lane, where it ends, from when a handover counts, and whether
items that went astray are scored: answers from dated rows (req 20, 27, 74)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from datecertain.moments import DAY, Ints, zone
from datecertain.network.carriage_rows import (
    Astray,
    CarriageRow,
    HandoverPoint,
    JourneyRule,
    Party,
    Scoring,
    TagTime,
)
from datecertain.network.deciding import deciding_row

if TYPE_CHECKING:
    from datecertain.network.loading import NetworkData

#: A lane on an acceptance day (local date at the origin).
LaneDay = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Agreed:
    """What two posts agreed about a lane's carriage. `row`: where it says so, None: nowhere."""

    transport: Party
    transit: Party
    handover: HandoverPoint
    row: CarriageRow | None


#: Without a row: the origin contracts all carriage, and the item's own scan is the handover.
NOTHING_AGREED = Agreed(Party.ORIGIN, Party.ORIGIN, HandoverPoint.ARRIVAL_SCAN, None)


class CarriageAgreements:
    """The rows of `carriage.csv`."""

    def __init__(self, rows: Sequence[CarriageRow]) -> None:
        self._rows = rows
        self._answers: dict[LaneDay, Agreed] = {}

    def changes(self) -> list[int]:
        """The days from which another row may decide, in order."""
        return sorted({day for row in self._rows for day in (row.valid_from, row.valid_to + 1)})

    def on(self, origin: str, destination: str, day: int) -> Agreed:
        """What holds for items of a lane accepted on a day."""
        lane = (origin, destination, day)
        if lane not in self._answers:
            row = deciding_row(self._rows, *lane)
            self._answers[lane] = (
                NOTHING_AGREED if row is None
                else Agreed(
                    Party(row.transport), Party(row.transit), HandoverPoint(row.handover), row
                )
            )  # fmt: skip
        return self._answers[lane]

    def of_items(
        self, origin: Ints, destination: Ints, day: Ints, posts: Sequence[str]
    ) -> tuple[list[Agreed], Ints]:
        """The agreements that hold for some items, and for each item the place of its own among
        them. Posts are indices in `posts` (-1: not of the network, nothing is agreed), days those
        of acceptance; each lane is looked up once for the days on which nothing changes."""
        epoch = np.searchsorted(np.array(self.changes(), dtype=np.int64), day, side="right")
        known = (origin >= 0) & (destination >= 0)
        packed = (((origin + 1) * (len(posts) + 1) + destination + 1) << 32) | epoch
        _, first, place = np.unique(packed, return_index=True, return_inverse=True)
        found = [
            self.on(posts[origin[row]], posts[destination[row]], int(day[row]))
            if known[row] else NOTHING_AGREED
            for row in first.tolist()
        ]  # fmt: skip
        return found, place.ravel()


class JourneyRules:
    """The rows of `journey_rules.csv`."""

    def __init__(self, rows: Sequence[JourneyRule]) -> None:
        self._rows = rows

    def on(self, fact: Astray, origin: str, destination: str, day: int) -> JourneyRule | None:
        """The row that decides how such items of a lane are scored; None: like any other."""
        about = (row for row in self._rows if row.fact == fact)
        return deciding_row(about, origin, destination, day)

    def scored(
        self, fact: Astray, told: Iterable[str], origin: str, destination: str, day: int
    ) -> bool:
        """Whether an item is in the score though that became of it; `told`: the event codes that
        the post which got it sent."""
        rule = self.on(fact, origin, destination, day)
        if rule is None or rule.scoring == Scoring.COUNTS:
            return True
        codes = set(told)
        proven = not rule.proof or any(group <= codes for group in rule.proof)
        return rule.scoring == Scoring.IF_PROVEN and not proven


#: No office counts nothing for longer than this.
_AHEAD_DAYS = 31


class TagTimes:
    """The critical tag times of a network's offices (`tag_times.csv`)."""

    def __init__(self, data: NetworkData) -> None:
        self._zones = [row.zone for row in data.offices]
        number = {row.office: index for index, row in enumerate(data.offices)}
        self._rows: dict[int, list[TagTime]] = {}
        for row in sorted(data.tag_times, key=lambda row: (row.valid_from, row.line)):
            self._rows.setdefault(number[row.office], []).append(row)

    def counts_from(self, office: Ints, at: Ints) -> Ints:
        """From which moment on a handover counts: its own up to the day's tag time, after that the
        beginning of the next day that has one, on the office's clock. Never earlier than `at`, and
        never earlier for a later one; an office (index) without tag times counts at once."""
        counts = at.copy()
        for number, rows in self._rows.items():
            here = np.flatnonzero(office == number)
            if len(here):
                counts[here] = _counts_from(rows, self._zones[number], at[here])
        return counts


def _counts_from(rows: Sequence[TagTime], zone_name: str, at: Ints) -> Ints:
    clock = zone(zone_name)
    day, minute = clock.to_local(at)
    first, last = int(day.min()), int(day.max()) + _AHEAD_DAYS
    days = np.arange(first, last + 1, dtype=np.int64)
    latest = np.full(len(days), -1, dtype=np.int64)  # -1: no tag time on that day
    inside = np.zeros(len(days), dtype=bool)
    for row in rows:  # the row that began last decides
        valid = (row.valid_from <= days) & (days <= row.valid_to)
        inside |= valid
        latest[valid & np.array(row.days)[np.mod(days + 3, 7)]] = row.by
    latest[~inside] = DAY  # before there were tag times every hour counted
    following = np.where(latest >= 0, days, last)
    following = np.minimum.accumulate(following[::-1])[::-1]
    in_time = minute <= latest[day - first]
    begins, _ = clock.to_utc(following[day - first + 1], np.zeros(len(at), dtype=np.int64))
    return np.asarray(np.where(in_time, at, begins), dtype=np.int64)
