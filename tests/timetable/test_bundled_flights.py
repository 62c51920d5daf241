"""The bundled network's flights at Incheon beside the real timetable: are they plausible?

The bundled timetable is illustrative. What can be checked of it is how often it flies and how long
its flights take; the schedule gives only times at Incheon, so times are checked over rotations:
an aircraft leaves Incheon under one number and is back under the next.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pytest
from icn_world import (
    DAY,
    FIRST,
    LAST,
    Row,
    airports,
    kilometres,
    needs_timetable,
    other_end,
    raw_rows,
    times_at_incheon,
)

from datecertain.moments import day_of
from datecertain.network import bundled_network
from datecertain.network.importing import block_minutes_of

pytestmark = needs_timetable
PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "timetable-check.md"
WEEKS = ((LAST - FIRST).days + 1) / 7
TURN = 45  # minutes on the ground, at least


@dataclass(frozen=True)
class Check:
    airport: str
    mean: float  # departures a week in the real schedule
    busiest: int  # in its busiest week
    bundled: float  # departures a week in the bundled network, outbound
    rotations: tuple[int, ...]  # minutes from leaving Incheon to being back, sorted
    blocks: int  # bundled block minutes there and back

    @property
    def median(self) -> int:
        return self.rotations[(len(self.rotations) - 1) // 2]

    @property
    def line(self) -> str:
        known = bool(self.rotations)
        shortest = f"{self.rotations[0]:,}" if known else "–"
        median = f"{self.median:,}" if known else "–"
        return (
            f"| {self.airport} | {self.mean:.1f} | {self.busiest} | {self.bundled:.1f} "
            f"| {len(self.rotations)} | {shortest} | {median} | {self.blocks:,} |"
        )


@lru_cache(maxsize=1)
def checks() -> list[Check]:
    """One line per airport to which the bundled network flies directly from Incheon and back."""
    data = bundled_network().data
    blocks = block_minutes_of(data)
    found = []
    for name in sorted(to for origin, to in blocks if origin == "ICN" and (to, "ICN") in blocks):
        real = times_at_incheon("DEP", name)
        weeks = Counter((moment.date() - FIRST).days // 7 for moment in real)
        flown = sum(
            row.valid_from <= day <= row.valid_to and row.days[(day + 3) % 7]
            for row in data.flights
            if (row.origin, row.destination) == ("ICN", name)
            for day in range(day_of(FIRST), day_of(LAST) + 1)
        )
        found.append(
            Check(
                name, len(real) / WEEKS, max(weeks.values(), default=0), flown / WEEKS,
                tuple(sorted(rotations(name))), blocks["ICN", name] + blocks[name, "ICN"],
            )
        )  # fmt: skip
    return found


def rotations(airport: str) -> Iterator[int]:
    """Minutes from departure to return of each pair of numbers that follow each other.

    Each pair of clock times counts once, however many numbers are sold on it. A return before the
    aircraft can be back is one of the next day: 870 km/h over the great circle, half an hour of
    taxi, climb and approach each way, and an hour on the ground.
    """
    if airport not in airports():
        return
    least = 2 * (kilometres(airport) / 870 * 60 + 30) + 60
    seen = set()
    for out in rows("DEP", airport):
        for back in rows("ARR", airport):
            pair = (out["local_time"], back["local_time"])
            if follows(out["flight"], back["flight"]) and overlap(out, back) and pair not in seen:
                seen.add(pair)
                minutes = clock(back) - clock(out)
                while minutes < least:
                    minutes += 1440
                yield minutes


def rows(direction: str, airport: str) -> list[Row]:
    return [r for r in raw_rows() if r["direction"] == direction and other_end(r) == airport]


def follows(out: str, back: str) -> bool:
    first, second = (re.fullmatch(r"([A-Z0-9]{2})(\d+)", number) for number in (out, back))
    if first is None or second is None or first[1] != second[1]:
        return False
    return int(second[2]) == int(first[2]) + 1


def overlap(out: Row, back: Row) -> bool:
    return out["valid_from"] <= back["valid_to"] and back["valid_from"] <= out["valid_to"]


def clock(row: Row) -> int:
    time = dt.time.fromisoformat(row["local_time"])
    return time.hour * 60 + time.minute


def test_the_bundled_network_flies_no_more_often_than_the_busiest_real_week() -> None:
    """One departure or a quarter more is allowed: freighters, not in the schedule, carry mail."""
    too_many = [
        check.line for check in checks()
        if check.bundled > max(check.busiest + 1, 1.25 * check.busiest)
    ]  # fmt: skip
    assert len(checks()) > 15
    assert not too_many


def test_bundled_block_times_fit_into_the_real_rotations() -> None:
    """There and back fit into the shortest rotation, and with a turn into the usual one."""
    judged = [check for check in checks() if check.rotations]
    assert len(judged) > 12
    for check in judged:
        assert check.blocks < check.rotations[0], check.line
        assert check.blocks + TURN <= check.median < check.blocks + TURN + 1440, check.line


def test_no_bundled_flight_is_faster_than_an_airliner() -> None:
    for check in checks():
        if check.airport in airports():
            assert check.blocks >= 2 * (kilometres(check.airport) / 950 * 60 + 20), check.line


def test_the_documented_figures_are_these() -> None:
    page = PAGE.read_text(encoding="utf-8")
    missing = [check.line for check in checks() if check.line not in page]
    if missing:
        pytest.fail(f"{PAGE.name} must say:\n" + "\n".join(check.line for check in checks()))
    assert f"{(LAST - FIRST + DAY).days} days" in page
