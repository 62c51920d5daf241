"""The promise again, walked day by day from the text of the network's files: the slow and obvious
reading that the compiled network must equal (docs/reference/network-files.md).

No step table, no composition, no column: from each place every slot of every day is tried until
no later one could be better. Answers of the walk are remembered per (stage, place, moment), so that
a million questions can be asked.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

Row = Mapping[str, str]
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
NO_DAY = 10**9
Spans = tuple[tuple[int, int], ...]


def minutes(moment: dt.datetime) -> int:
    return int((moment - EPOCH).total_seconds() // 60)


@cache
def zone_of(name: str) -> ZoneInfo:
    """From the pinned zone data: the machine's own may be older."""
    with files("tzdata.zoneinfo").joinpath(*name.split("/")).open("rb") as stream:
        return ZoneInfo.from_file(stream, key=name)


@cache
def utc_of(day: int, clock: str, zone: str) -> int:
    """The moment of a local clock time (24:00 allowed); a skipped one is moved forward."""
    hours, minute = map(int, clock.split(":"))
    date = dt.date(1970, 1, 1) + dt.timedelta(days=day + hours // 24)
    local = dt.datetime.combine(date, dt.time(hours % 24, minute), zone_of(zone))
    return minutes(local)


def local_day(moment: int, zone: str) -> int:
    date = (EPOCH + dt.timedelta(minutes=moment)).astimezone(zone_of(zone)).date()
    return (date - dt.date(1970, 1, 1)).days


@cache
def day_number(text: str) -> int:
    return (dt.date.fromisoformat(text) - dt.date(1970, 1, 1)).days


class DayWalk:
    """A network's files, read again."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.tables: dict[str, list[Row]] = {}
        for name, text in texts.items():
            lines = [line for line in text.splitlines() if line.strip() and line.strip()[0] != "#"]
            if name.endswith(".csv"):
                self.tables[name] = list(csv.DictReader([line.strip() for line in lines]))
        header = dict(
            (part.strip() for part in line.split("=", 1))
            for line in texts["network.toml"].splitlines()
            if "=" in line and not line.strip().startswith("#")
        )
        self.first = day_number(header["first_day"])
        self.last = day_number(header["last_day"])
        self.areas = {row["area"]: row for row in self.tables["areas.csv"]}
        self.offices = {row["office"]: row for row in self.tables["offices.csv"]}
        self.airports = {row["airport"]: row for row in self.tables["airports.csv"]}
        self.includes = {row["calendar"]: row["includes"] for row in self.tables["calendars.csv"]}
        self.kinds = {
            (row["calendar"], day_number(row["date"])): row["kind"]
            for row in self.tables["holidays.csv"]
        }
        self.slots_of: dict[str, list[Row]] = {}
        for row in self.tables["schedules.csv"]:
            self.slots_of.setdefault(row["schedule"], []).append(row)
        self.flights_of: dict[tuple[str, str], list[Row]] = {}
        for row in self.tables["flights.csv"]:
            self.flights_of.setdefault((row["from"], row["to"]), []).append(row)
        self._memory: dict[object, int] = {}
        self._days: dict[object, list[tuple[int, int]]] = {}
        self._rounds: dict[str, list[int]] = {}
        self._flown: dict[tuple[str, str, int], list[tuple[int, int]]] = {}
        self._links: dict[tuple[str, str], list[Row]] = {}

    def once(self, key: object, work: Callable[[], int]) -> int:
        if key not in self._memory:
            self._memory[key] = work()
        return self._memory[key]

    # --- calendars and schedules

    def worked(self, row: Row, day: int) -> bool:
        name = row["calendar"]
        while name:
            if (name, day) in self.kinds:
                return self.kinds[name, day] == "open"
            name = self.includes[name]
        return str((day + 3) % 7 + 1) in row["days"]

    def slots_on(self, schedule: str, zone: str, day: int) -> list[tuple[int, int]]:
        """(by, done) of the slots whose `by` lies on a local date."""
        key = (schedule, zone, day)
        if key not in self._days:
            self._days[key] = list(self._slots_on(schedule, zone, day))
        return self._days[key]

    def _slots_on(self, schedule: str, zone: str, day: int) -> Iterator[tuple[int, int]]:
        for row in self.slots_of.get(schedule, []):
            if not self.first <= day <= self.last or not valid(row, day):
                continue
            if not self.worked(row, day):
                continue
            end, left = day, int(row["plus_days"])
            while left and end <= self.last:
                end += 1
                if row["counting"] == "days" or self.worked(row, end):
                    left -= 1
            if end <= self.last:
                yield utc_of(day, row["by"], zone), utc_of(end, row["at"], zone)

    def done(self, schedule: str, zone: str, ready: int, closed: Spans = ()) -> int | None:
        """The earliest end of a slot that is still to come; none on days between `closed`."""
        found = self.once(
            ("done", schedule, zone, ready, closed),
            lambda: self._done(schedule, zone, ready, closed) or NO_DAY,
        )
        return found if found < NO_DAY else None

    def _done(self, schedule: str, zone: str, ready: int, closed: Spans) -> int | None:
        best: int | None = None
        day = max(local_day(ready, zone) - 1, self.first)
        while day <= self.last:
            shut = any(first <= day <= last for first, last in closed)
            for by, at in () if shut else self.slots_on(schedule, zone, day):
                if by >= ready and (best is None or at < best):
                    best = at
            # A later day's slots end after they begin.
            if best is not None and utc_of(day + 1, "00:00", zone) > best:
                break
            day += 1
        return best

    # --- offices and flights

    def closed(self, office: str, direction: str) -> Spans:
        return tuple(
            (day_number(row["closed_from"]), day_number(row["closed_to"]))
            for row in self.tables.get("closures.csv", [])
            if row["office"] == office and row["direction"] in (direction, "both")
        )

    def operating(self, origin: str, target: str, day: int) -> list[tuple[int, int]]:
        """(departs, arrives) of the flights of a local date at the origin's airport."""
        key = (origin, target, day)
        if key not in self._flown:
            self._flown[key] = list(self._operating(origin, target, day))
        return self._flown[key]

    def _operating(self, origin: str, target: str, day: int) -> Iterator[tuple[int, int]]:
        here, there = self.airports[origin]["zone"], self.airports[target]["zone"]

        def times(row: Row) -> tuple[int, int]:
            landing = day + int(row["plus_days"] or 0)
            return utc_of(day, row["departs"], here), utc_of(landing, row["arrives"], there)

        changed = [
            row for row in self.tables.get("flight_changes.csv", [])
            if row["from"] == origin and day_number(row["date"]) == day
            and row["to"] in ("", target)
        ]  # fmt: skip
        for row in self.flights_of.get((origin, target), []):
            if str((day + 3) % 7 + 1) in row["days"] and valid(row, day):
                mine = [one for one in changed if one["flight"] == row["flight"]]
                if not mine:
                    yield times(row)
                elif mine[0]["change"] == "retimed":
                    yield times(mine[0])
        for row in changed:
            if row["change"] == "added" and row["to"] == target:
                yield times(row)

    def flown(self, origin: str, target: str, ready: int) -> int | None:
        """The earliest landing of a direct flight that leaves at or after a moment."""

        def search() -> int:
            best = NO_DAY
            zone = self.airports[origin]["zone"]
            day = max(local_day(ready, zone) - 1, self.first)
            while day <= self.last:
                for departs, lands in self.operating(origin, target, day):
                    if departs >= ready:
                        best = min(best, lands)
                if best < NO_DAY and utc_of(day + 1, "00:00", zone) > best:
                    break
                day += 1
            return best

        if (origin, target) not in self.flights_of:
            return None
        found = self.once(("flown", origin, target, ready), search)
        return found if found < NO_DAY else None

    def transported(self, out: Row, into: Row, ready: int) -> int | None:
        """At the inward office, by the earliest way: direct, or with one change."""

        def search() -> int:
            leaves = ready + int(out["tender_min"])
            origin, target = out["airport"], into["airport"]
            ends = [self.flown(origin, target, leaves)]
            for change, row in self.airports.items():
                if change in (origin, target) or (origin, change) not in self.flights_of:
                    continue
                if (change, target) in self.flights_of:
                    landed = self.flown(origin, change, leaves)
                    if landed is not None:
                        wait = int(row["connection_min"])
                        ends.append(self.flown(change, target, landed + wait))
            landed_at = min((end for end in ends if end is not None), default=NO_DAY)
            return landed_at + int(into["recovery_min"]) if landed_at < NO_DAY else NO_DAY

        found = self.once(("transported", out["office"], into["office"], ready), search)
        return found if found < NO_DAY else None

    # --- the journey

    def due(self, origin: str, destination: str, accepted: int) -> int | None:
        """The local date of the round that delivers first, over every pair of offices."""
        best = NO_DAY
        zone = self.areas[origin]["zone"]
        for link in self.links(origin, "export"):
            ready = self.done(link["schedule"], zone, accepted)
            if ready is not None:
                best = min(best, self.due_from(link["office"], destination, ready))
        return best if best < NO_DAY else None

    def links(self, area: str, direction: str) -> list[Row]:
        if (area, direction) not in self._links:
            self._links[area, direction] = [
                row
                for row in self.tables["area_links.csv"]
                if (row["area"], row["direction"]) == (area, direction)
            ]
        return self._links[area, direction]

    def due_from(self, office: str, destination: str, ready: int) -> int:
        return self.once(
            ("due", office, destination, ready),
            lambda: self._due_from(self.offices[office], destination, ready),
        )

    def _due_from(self, out: Row, destination: str, ready: int) -> int:
        best = NO_DAY
        leaves = self.done(
            out["closing"], out["zone"], ready, self.closed(out["office"], "outward")
        )
        for link in self.links(destination, "import") if leaves is not None else ():
            into = self.offices[link["office"]]
            if into["post"] == out["post"] or into["direction"] == "outward":
                continue
            arrived = self.transported(out, into, leaves or 0)
            if arrived is not None:
                best = min(best, self.once(
                    ("inland", into["office"], link["schedule"], destination, arrived),
                    lambda into=into, link=link, arrived=arrived:
                    self._inland(into, link, destination, arrived),
                ))  # fmt: skip
        return best

    def _inland(self, into: Row, link: Row, destination: str, arrived: int) -> int:
        area = self.areas[destination]
        now: int | None = arrived
        shut = self.closed(into["office"], "inward")
        for stage in ("presentation", "customs", "forwarding"):
            if now is not None:
                days = shut if stage == "presentation" else ()
                now = self.done(into[stage], into["zone"], now, days)
        if now is not None:
            now = self.done(link["schedule"], into["zone"], now)
        if now is not None:
            now = self.done(area["delivery"], area["zone"], now)
        return NO_DAY if now is None else local_day(now - 1, area["zone"])

    def delivery_days(self, area: str) -> list[int]:
        """The local dates on which a round of the area ends, in order."""
        if area not in self._rounds:
            row = self.areas[area]
            self._rounds[area] = sorted(
                {
                    local_day(at - 1, row["zone"])
                    for day in range(self.first, self.last + 1)
                    for _, at in self.slots_on(row["delivery"], row["zone"], day)
                }
            )
        return self._rounds[area]

    def delivery_day(self, area: str, day: int, count: int) -> int | None:
        """The `count`-th delivery day after a date; with 0 the date itself or the next one."""
        later = [one for one in self.delivery_days(area) if (one > day if count else one >= day)]
        place = max(count - 1, 0)
        return later[place] if place < len(later) else None


def valid(row: Row, day: int) -> bool:
    """Whether a dated row holds on a local date; both ends belong to it."""
    if row["valid_from"] and day < day_number(row["valid_from"]):
        return False
    return not (row["valid_to"] and day > day_number(row["valid_to"]))
