"""The real Incheon timetable, read again by hand, and a small network over it."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import math
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from datecertain.moments import parse_date
from datecertain.network import Network, NetworkData, read_network
from datecertain.network.importing import ImportedTimetable, import_timetable
from datecertain.network.rule_rows import RULE_ROWS
from worlds import SMALL, texts

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
TIMETABLE, AIRPORTS = SHARED / "timetable_icn_w25.csv.gz", SHARED / "airports_ten.csv.gz"
needs_timetable = pytest.mark.skipif(
    not (TIMETABLE.is_file() and AIRPORTS.is_file()),
    reason="the Incheon timetable is not in the folder `shared` beside this checkout",
)

FIRST, LAST = dt.date(2026, 2, 16), dt.date(2026, 3, 28)
SEOUL = ZoneInfo("Asia/Seoul")
DAY = dt.timedelta(days=1)
Row = dict[str, str]

#: Where the small network has offices of exchange beside Incheon.
OFFICES = {
    "JP": ("NRT", "KIX", "FUK", "CTS"), "US": ("JFK", "LAX", "SFO", "SEA", "HNL", "ORD"),
    "CN": ("PEK", "PVG", "CAN"), "AU": ("SYD", "BNE", "MEL"), "HK": ("HKG",), "ES": ("MAD", "BCN"),
    "FR": ("CDG",), "TH": ("BKK", "CNX", "HKT"), "CA": ("YVR", "YYZ"),
}  # fmt: skip
CURRENCY = {"KR": "KRW", "JP": "JPY", "HK": "HKD", "US": "USD", "ES": "EUR", "FR": "EUR"}
TENDER, RECOVERY, SLOT = 180, 120, 30  # minutes; everything but flights happens each half hour


@lru_cache(maxsize=1)
def raw_text() -> str:
    return gzip.decompress(TIMETABLE.read_bytes()).decode("utf-8-sig")


@lru_cache(maxsize=1)
def raw_rows() -> list[Row]:
    return list(csv.DictReader(raw_text().splitlines()))


@lru_cache(maxsize=1)
def airports() -> dict[str, Row]:
    """The airports of the ten countries: coordinates and zones."""
    text = gzip.decompress(AIRPORTS.read_bytes()).decode()
    return {row["iata"]: row for row in csv.DictReader(text.splitlines())}


def kilometres(airport: str) -> float:
    """The great circle from Incheon."""
    (a, b), (c, d) = (
        [math.radians(float(airports()[name][key])) for key in ("lat", "lon")]
        for name in ("ICN", airport)
    )
    return 6371 * math.acos(math.sin(a) * math.sin(c) + math.cos(a) * math.cos(c) * math.cos(b - d))


def block_min(airport: str) -> int:
    """Minutes between Incheon and an airport, over the great circle; 240 where we know no place."""
    if airport not in airports():
        return 240
    return 30 + 5 * round(kilometres(airport) / 13.5 / 5)


def block_times_csv() -> str:
    names = sorted({other_end(row) for row in raw_rows()})
    lines = [
        f"{a},{b},{block_min(n)},illustrative: great circle"
        for n in names
        for a, b in (("ICN", n), (n, "ICN"))
    ]
    return "\n".join(["from,to,block_min,source", *lines])


def other_end(row: Row) -> str:
    return row["destination"] if row["direction"] == "DEP" else row["origin"]


def times_at_incheon(direction: str, airport: str) -> list[dt.datetime]:
    """Every departure to (arrival from) an airport in the period: each raw row, day by day."""
    return sorted(set(_times(direction, airport)))


def _times(direction: str, airport: str) -> Iterator[dt.datetime]:
    for row in raw_rows():
        if row["direction"] != direction or other_end(row) != airport:
            continue
        day = FIRST
        while day <= LAST:
            valid = row["valid_from"] <= day.isoformat() <= row["valid_to"]
            if valid and str(day.isoweekday()) in row["days_of_operation"]:
                clock = dt.time.fromisoformat(row["local_time"])
                yield dt.datetime.combine(day, clock, SEOUL).astimezone(dt.UTC)
            day += DAY


def world_texts(every_airport: bool) -> dict[str, str]:
    """The network's files: offices at Incheon and in OFFICES, an area at each; no flights yet.

    `every_airport`: airports.csv knows all of the timetable; the clock of one outside the ten
    countries is not known here and stands as UTC, which no departure from Incheon depends on.
    """
    served = [("KR", "ICN"), *((post, name) for post, names in OFFICES.items() for name in names)]
    names = [name for _, name in served]
    if every_airport:
        names += sorted({other_end(row) for row in raw_rows()} - set(names))
    zones = {n: airports()[n]["tz"] if n in airports() else "UTC" for n in names}
    posts = ["KR", *OFFICES]
    halves = [f"{h:02d}:{m:02d}" for h in range(24) for m in (0, 30)]
    files = {
        "network.toml": f"""
            name = "incheon"
            title = "The real timetable of Incheon"
            first_day = {FIRST}
            last_day = {LAST}
            illustrative_resumption = true
        """,
        "posts.csv": [
            f"{p},{p}A,{p},{p},{p},{CURRENCY.get(p, 'USD')},"
            f"{zones[next(n for post, n in served if post == p)]},[0-9]{{2}},2,2002-06-01,,test"
            for p in posts
        ],
        "airports.csv": [f"{n},{zones[n]},120,test" for n in names],
        "offices.csv": [
            f"{p}{n}A,{p},{n},{n},{zones[n]},both,any,any,any,any,{TENDER},{RECOVERY},,,test"
            for p, n in served
        ],
        "areas.csv": [f"{p}-{n},{p},{n},{n},{zones[n]},any,yes,,,,test" for p, n in served],
        "area_links.csv": [
            f"{p}-{n},{p}{n}A,{side},any,,,test" for p, n in served for side in ("export", "import")
        ],
        "postcodes.csv": [
            f"{p},{i:02d},{i:02d},{p}-{n},,test" for i, (p, n) in enumerate(served, start=10)
        ],
        "schedules.csv": [f"any,1234567,,{half},{half},0,days,,,test" for half in halves],
        "calendars.csv": [], "holidays.csv": [], "flights.csv": [], "lane_terms.csv": [],
        "lanes.csv": ["*,*,opened,2005-05-16,,,test"],
        **{row_class.file: [] for row_class in RULE_ROWS},
        "rates.csv": [f"2026-01-01,{c},1,test" for c in sorted({"USD", *CURRENCY.values()})],
    }  # fmt: skip
    changes = {
        name: body if isinstance(body, str) else "\n".join([_header(name), *body])
        for name, body in files.items()
    }
    return texts(changes)


def _header(file: str) -> str:
    return SMALL[file].strip().splitlines()[0].strip()


@lru_cache(maxsize=4)
def imported(every_airport: bool, directions: tuple[str, ...] = ("DEP",)) -> ImportedTimetable:
    data, findings = read_network(world_texts(every_airport))
    assert data is not None
    assert not findings
    return import_into(data, raw_text(), directions)


def import_into(
    data: NetworkData, text: str, directions: tuple[str, ...] = ("DEP",)
) -> ImportedTimetable:
    return import_timetable(
        text, "icn", data, source="Incheon Airport W25 (data.go.kr 15095059)",
        first_day=parse_date(FIRST.isoformat()), last_day=parse_date(LAST.isoformat()),
        known_from=parse_date(FIRST.isoformat()), block_times_csv=block_times_csv(),
        directions=directions,
    )  # fmt: skip


@lru_cache(maxsize=4)
def network(every_airport: bool, directions: tuple[str, ...] = ("DEP",)) -> Network:
    files = world_texts(every_airport)
    flights = imported(every_airport, directions).text
    return Network.from_texts({**files, "flights.csv": flights}, "the Incheon network")
