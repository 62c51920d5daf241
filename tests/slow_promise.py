"""The promise again, slow and obvious: `datetime`, `zoneinfo`, every slot tried, no step table.

An independent reading of docs/reference/network-files.md for the tests to compare with.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, str]
DAY = dt.timedelta(days=1)


class SlowNetwork:
    def __init__(self, texts: dict[str, str]) -> None:
        self.found: dict[tuple[Any, ...], list[Row]] = {}
        self.tables = {
            name: list(csv.DictReader(text.splitlines()))
            for name, text in texts.items()
            if name.endswith(".csv")
        }
        header = dict(
            (part.strip() for part in line.split("=", 1))
            for line in texts["network.toml"].splitlines()
            if "=" in line
        )
        self.first = dt.date.fromisoformat(header["first_day"])
        self.last = dt.date.fromisoformat(header["last_day"])

    def rows(self, file: str, **where: str) -> list[Row]:
        key = (file, *where.items())
        if key not in self.found:  # a network is asked the same a million times
            some = self.tables[file]
            self.found[key] = [r for r in some if all(r[k] == v for k, v in where.items())]
        return self.found[key]

    def open_on(self, row: Row, day: dt.date) -> bool:
        kind = ""
        name = row["calendar"]
        while name and not kind:
            for holiday in self.rows("holidays.csv", calendar=name, date=day.isoformat()):
                kind = holiday["kind"]
            name = self.rows("calendars.csv", calendar=name)[0]["includes"]
        if kind:
            return kind == "open"
        return str(day.isoweekday()) in row["days"]

    def slots(self, schedule: str, zone: str) -> Iterator[tuple[dt.datetime, dt.datetime]]:
        for row in self.rows("schedules.csv", schedule=schedule):
            day = self.first
            while day <= self.last:
                valid = (row["valid_from"] or "0001") <= day.isoformat() <= (row["valid_to"] or "9")
                if valid and self.open_on(row, day):
                    end, left = day, int(row["plus_days"])
                    while left:
                        end += DAY
                        if row["counting"] == "days" or self.open_on(row, end):
                            left -= 1
                    if end <= self.last:
                        yield at(day, row["by"], zone), at(end, row["at"], zone)
                day += DAY

    def flights(self, origin: str, target: str) -> Iterator[tuple[dt.datetime, dt.datetime]]:
        zones = {r["airport"]: r["zone"] for r in self.tables["airports.csv"]}
        for day, row in self.departures(origin, target):
            landing = day + DAY * int(row["plus_days"])
            yield (
                at(day, row["departs"], zones[origin]),
                at(landing, row["arrives"], zones[target]),
            )

    def departures(self, origin: str, target: str) -> Iterator[tuple[dt.date, Row]]:
        """Every departure with the row that has its times: published or changed on that date."""
        changes = self.tables.get("flight_changes.csv", [])
        for row in self.rows("flights.csv", **{"from": origin, "to": target}):
            day = self.first
            while day <= self.last:
                valid = (row["valid_from"] or "0001") <= day.isoformat() <= (row["valid_to"] or "9")
                if valid and str(day.isoweekday()) in row["days"]:
                    kind, now = "", row
                    for change in changes:
                        name = (change["flight"], change["from"], change["date"])
                        if (
                            name == (row["flight"], origin, day.isoformat())
                            and change["to"] in ("", target)
                            and change["change"] != "added"
                        ):
                            kind, now = change["change"], change
                    if kind != "cancelled":
                        yield day, now
                day += DAY
        for change in changes:
            if (change["change"], change["from"], change["to"]) == ("added", origin, target):
                day = dt.date.fromisoformat(change["date"])
                if self.first <= day <= self.last:
                    yield day, change

    def transport(self, out: Row, into: Row, ready: dt.datetime) -> Iterator[dt.datetime]:
        """Every arrival at the inward office that can still be caught."""
        tender = dt.timedelta(minutes=int(out["tender_min"]))
        recovery = dt.timedelta(minutes=int(into["recovery_min"]))
        for departs, lands in self.flights(out["airport"], into["airport"]):
            if departs - tender >= ready:
                yield lands + recovery
        for change in self.tables["airports.csv"]:
            if change["airport"] in (out["airport"], into["airport"]):
                continue
            wait = dt.timedelta(minutes=int(change["connection_min"]))
            onward = list(self.flights(change["airport"], into["airport"]))
            for departs, lands in self.flights(out["airport"], change["airport"]):
                if departs - tender >= ready:
                    for second, arrives in onward:
                        if second >= lands + wait:
                            yield arrives + recovery

    def stage(self, schedule: str, zone: str, ready: dt.datetime | None) -> dt.datetime | None:
        if ready is None:
            return None
        return min((d for by, d in self.slots(schedule, zone) if by >= ready), default=None)

    def due(self, origin: str, destination: str, accepted: dt.datetime) -> dt.date | None:
        """The local date of the round that delivers first, over every pair of offices."""
        area = self.rows("areas.csv", area=destination)[0]
        from_area = self.rows("areas.csv", area=origin)[0]
        best: dt.date | None = None
        for link in self.rows("area_links.csv", area=origin, direction="export"):
            out = self.rows("offices.csv", office=link["office"])[0]
            ready = self.stage(link["schedule"], from_area["zone"], accepted)
            ready = self.stage(out["closing"], out["zone"], ready)
            for last in self.rows("area_links.csv", area=destination, direction="import"):
                into = self.rows("offices.csv", office=last["office"])[0]
                if ready is None or into["post"] == out["post"]:
                    continue
                now = min(self.transport(out, into, ready), default=None)
                for name in ("presentation", "customs", "forwarding"):
                    now = self.stage(into[name], into["zone"], now)
                now = self.stage(last["schedule"], into["zone"], now)
                now = self.stage(area["delivery"], area["zone"], now)
                if now is not None:
                    day = now.astimezone(ZoneInfo(area["zone"])).date()
                    best = day if best is None else min(best, day)
        return best


def at(day: dt.date, clock: str, zone: str) -> dt.datetime:
    hours, minutes = map(int, clock.split(":"))
    midnight = dt.datetime.combine(day, dt.time(), ZoneInfo(zone))
    wall_clock = midnight + dt.timedelta(hours=hours, minutes=minutes)  # keeps the local clock
    return wall_clock.astimezone(dt.UTC)
