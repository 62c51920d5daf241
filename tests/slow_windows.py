"""When a claim may be made, worked out the slow and obvious way: the rows of terms.csv and
holidays.csv as they stand, one day after the other, the standard library's clocks."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Mapping
from functools import lru_cache
from zoneinfo import ZoneInfo

Day = dt.date


def rows(text: str) -> list[dict[str, str]]:
    """The rows of a file of the network."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return list(csv.DictReader(lines))


class SlowWindows:
    """The windows of a network's files."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.terms = [row for row in rows(texts["terms.csv"]) if row["scope"] == "sender"]
        self.zones = {row["post"]: ZoneInfo(row["zone"]) for row in rows(texts["posts.csv"])}
        self.holidays = {
            (row["calendar"], Day.fromisoformat(row["date"])): row["kind"]
            for row in rows(texts["holidays.csv"])
        }

    @lru_cache(maxsize=4096)  # noqa: B019 - one per test
    def term(self, name: str, origin: str, destination: str, on: Day) -> str:
        """What the most specific row in force says."""
        found = ("", "", "")
        for row in self.terms:
            if row["term"] != name or row["origin"] not in (origin, "*"):
                continue
            if row["destination"] not in (destination, "*"):
                continue
            begin, end = row["valid_from"] or "0001-01-01", row["valid_to"] or "9999-12-31"
            if begin <= on.isoformat() <= end:
                rank = f"{row['origin'] != '*':d}{row['destination'] != '*':d}"
                found = max(found, (rank, begin, row["value"]), key=lambda one: one[:2])
        return found[2]

    def works(self, post: str, on: Day) -> bool:
        """Whether a post works on a day."""
        kind = self.holidays.get((post, on), "")
        return kind == "open" or (on.weekday() < 5 and kind != "closed")

    def window(
        self, origin: str, destination: str, accepted: Day, told: Day, delivered: Day | None
    ) -> tuple[dt.datetime | None, dt.datetime | None]:
        """(from, until) as moments; None: not known."""

        def term(name: str) -> str:
            return self.term(name, origin, destination, accepted)

        bases = {"posting": accepted, "due": told, "delivery": delivered,
                 "late": told + dt.timedelta(days=1)}  # fmt: skip
        start = bases[term("claim_opens_from")]
        if start is not None:
            start += dt.timedelta(days=int(term("claim_opens_days")))
        last, left = bases[term("claim_window_from")], int(term("claim_window_days"))
        while last is not None and left:
            last += dt.timedelta(days=1)
            if term("claim_window_counts") == "days" or self.works(origin, last):
                left -= 1
        zone = self.zones[origin]
        midnight = None if last is None else last + dt.timedelta(days=1)
        return _moment(start, zone), _moment(midnight, zone)


def _moment(day: Day | None, zone: ZoneInfo) -> dt.datetime | None:
    if day is None:
        return None
    return dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC)
