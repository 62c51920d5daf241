"""Departures that are cancelled, added or retimed on one date: by hand, and beside the slow network
of the tests, which reads docs/reference/network-files.md for itself."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datecertain.errors import NetworkError
from datecertain.moments import date_of, format_date, parse_date, parse_utc
from datecertain.network import NO_DUE, Network, version_of
from datecertain.network.flight_changes import flights_flown
from datecertain.network.timetable import flight_instances
from datecertain.operations.networks import ready
from datecertain.promise.journey import standard_journey
from slow_promise import DAY, SlowNetwork
from worlds import texts

HEADER = "flight,from,to,date,change,departs,arrives,plus_days,known_from,source"


def changed(*rows: str) -> dict[str, str]:
    """The small world with these rows of `flight_changes.csv`."""
    return texts({"flight_changes.csv": "\n".join([HEADER, *rows])})


def due(world: Network, origin: str, destination: str, accepted: int) -> str:
    areas = world.areas
    found = world.compiled.due_at_acceptance(
        np.array([areas[origin]]), np.array([areas[destination]]), np.array([accepted])
    )[0]
    return format_date(int(found)) if found < NO_DUE else "-"


# Accepted in Seoul on Tuesday 3 November at 16:00 for Tokyo: it leaves the office at 23:00, three
# hours before departure are needed, and XA101 takes it on Wednesday 09:30-12:00; two and a half
# hours after landing it is at the office, where customs is shown what is there by 15:00.
# changes -> due
CASES = """
-                                                                                 -> 2026-11-05
XA101,ICN,NRT,2026-11-04,cancelled,,,                                             -> 2026-11-06
XA101,ICN,,2026-11-04,cancelled,,,                                                -> 2026-11-06
XA101,ICN,NRT,2026-11-05,cancelled,,,                                             -> 2026-11-05
XA101,ICN,NRT,2026-11-04,retimed,10:00,12:30,0                                    -> 2026-11-05
XA101,ICN,NRT,2026-11-04,retimed,10:00,12:31,0                                    -> 2026-11-06
XA101,ICN,NRT,2026-11-04,retimed,01:59,04:29,0                                    -> 2026-11-06
XA101,ICN,NRT,2026-11-04,retimed,02:00,04:30,0                                    -> 2026-11-05
XA101,ICN,NRT,2026-11-04,cancelled,,, + XA109,ICN,NRT,2026-11-04,added,10:00,12:30,0 -> 2026-11-05
XA101,ICN,NRT,2026-11-04,cancelled,,, + XA109,ICN,NRT,2026-11-05,added,10:00,12:30,0 -> 2026-11-06
XA101,ICN,NRT,2026-11-04,cancelled,,, + XA103,ICN,NRT,2026-11-04,cancelled,,,      -> 2026-11-06
"""


@pytest.mark.parametrize("case", CASES.strip().splitlines())
def test_named_cases(case: str) -> None:
    rows, expected = (part.strip() for part in case.split("->"))
    given_rows = [] if rows == "-" else [f"{r.strip()},2026-11-01,test" for r in rows.split("+")]
    world = Network.from_texts(changed(*given_rows))
    assert due(world, "KR-SEL", "JP-TYO", parse_utc("2026-11-03T07:00Z")) == expected


def test_the_journey_names_the_flight_that_is_flown_also_from_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATECERTAIN_CACHE", str(tmp_path))
    rows = ("XA101,ICN,NRT,2026-11-04,cancelled,,,,2026-11-01,test",
            "XA109,ICN,NRT,2026-11-04,added,10:00,12:30,0,2026-11-01,test")  # fmt: skip
    for _ in range(2):  # compiled, then read
        world = ready(Network.from_texts(changed(*rows)))
        areas = world.areas
        journey = standard_journey(
            world, areas["KR-SEL"], areas["JP-TYO"], parse_utc("2026-11-03T07:00Z")
        )
        assert journey is not None
        assert [step.flight for step in journey.steps if step.kind == "flight"] == ["XA109"]


# row -> finding
DEFECTS = """
XA101,ICN,NRT,2026-11-04,cancelled,09:30,,               -> change-columns
XA101,ICN,NRT,2026-11-04,retimed,09:30,,0                -> change-columns
XA109,ICN,,2026-11-04,added,10:00,12:30,0                -> change-columns
XA199,ICN,NRT,2026-11-04,cancelled,,,                    -> departure-unknown
XA101,NRT,ICN,2026-11-04,cancelled,,,                    -> departure-unknown
XA103,ICN,NRT,2026-11-07,cancelled,,,                    -> departure-unknown
XA201,ICN,JFK,2026-11-03,retimed,11:00,10:50,0           -> departure-unknown
XA101,ICN,NRT,2026-11-04,added,09:30,12:00,0             -> departure-there
XA109,ICN,ICN,2026-11-04,added,10:00,12:30,0             -> flight-nowhere
XA101,ICN,,2026-11-04,retimed,10:00,09:30,0              -> flight-block
XA109,ICN,SYD,2026-11-04,added,10:00,20:30,0             -> reference-unknown
XA101,ICN,NRT,2026-11-04,postponed,,,                    -> value-unreadable
XA101,ICN,NRT,2026-11-31,cancelled,,,                    -> value-unreadable
"""


@pytest.mark.parametrize("case", DEFECTS.strip().splitlines())
def test_a_change_that_cannot_be_is_told_with_its_row(case: str) -> None:
    row, code = (part.strip() for part in case.split("->"))
    with pytest.raises(NetworkError) as refused:
        Network.from_texts(changed(f"{row},2026-11-01,test"))
    told = [
        f for f in refused.value.findings if f.code != "term-missing"
    ]  # the small world's terms
    found = [(f.code, f.source, f.position) for f in told]
    assert found == [(code, "flight_changes.csv", "row 2")]


def test_a_departure_is_changed_once_and_named_without_doubt() -> None:
    cancelled = "XA101,ICN,NRT,2026-11-04,cancelled,,,,2026-11-01,test"
    later = "XA101,ICN,,2026-11-04,retimed,11:00,13:30,0,2026-11-02,test"
    with pytest.raises(NetworkError, match="row 3: error row-twice"):
        Network.from_texts(changed(cancelled, later))
    world = changed("XA101,ICN,,2026-11-04,cancelled,,,,2026-11-01,test")
    world["flights.csv"] += "XA101,ICN,LAX,3,11:00,04:30,0,,,2026-01-01,test\n"
    with pytest.raises(NetworkError, match=r"departure-ambiguous: .* rows 2, 12: say `to`"):
        Network.from_texts(world)
    world["flight_changes.csv"] = changed(cancelled)["flight_changes.csv"]
    Network.from_texts(world)


def test_a_network_may_lack_the_file() -> None:
    assert "flight_changes.csv" not in texts()
    world = Network.from_texts(texts())
    assert world.data.flight_changes == ()
    assert {found.code for found in world.findings} <= {"term-missing"}  # the later terms
    assert version_of(changed()) != version_of(texts())


FIRST, LAST = dt.date(2026, 10, 19), dt.date(2026, 12, 13)
SMALL_FLIGHTS = SlowNetwork(texts()).tables["flights.csv"]


def shifted(clock: str, days: int, minutes: int) -> tuple[str, int]:
    hours, minute = map(int, clock.split(":"))
    total = hours * 60 + minute + minutes
    return f"{total // 60 % 24:02d}:{total % 60:02d}", days + total // 1440


@st.composite
def change_rows(draw: st.DrawFn) -> list[str]:
    """Up to five changes: departures of the small world cancelled or moved within their day, and
    flights of its pairs added, also over the date line."""
    rows: dict[tuple[str, ...], str] = {}
    for number in range(draw(st.integers(0, 5))):
        row = draw(st.sampled_from(SMALL_FLIGHTS))
        kind = draw(st.sampled_from(["cancelled", "retimed", "added"]))
        first = dt.date.fromisoformat(row["valid_from"] or FIRST.isoformat())
        last = dt.date.fromisoformat(row["valid_to"] or LAST.isoformat())
        days = [
            day for n in range(56)
            if max(first, FIRST) <= (day := FIRST + n * DAY) <= last
            and (kind == "added" or str(day.isoweekday()) in row["days"])
        ]  # fmt: skip
        day = draw(st.sampled_from(days)).isoformat()
        leaves = int(row["departs"][:2]) * 60 + int(row["departs"][3:])
        by = draw(st.integers(-leaves, 1439 - leaves))
        departs, _ = shifted(row["departs"], 0, by)
        arrives, plus = shifted(row["arrives"], int(row["plus_days"]), by)
        times = ",," if kind == "cancelled" else f"{departs},{arrives},{plus}"
        name = f"XZ{number}" if kind == "added" else row["flight"]
        to = row["to"] if kind == "added" else draw(st.sampled_from([row["to"], ""]))
        key = (name, row["from"], day)
        rows[key] = f"{name},{row['from']},{to},{day},{kind},{times},2026-01-01,test"
    return list(rows.values())


@settings(deadline=None, max_examples=60)
@given(change_rows())
def test_what_is_flown_is_what_a_day_by_day_reading_finds(rows: list[str]) -> None:
    files = changed(*rows)
    data = Network.from_texts(files).data
    slow = SlowNetwork(files)
    names = [row.airport for row in data.airports]
    flown = flight_instances(
        flights_flown(data.flights, data.flight_changes), {n: i for i, n in enumerate(names)},
        [row.zone for row in data.airports],
        parse_date(FIRST.isoformat()), parse_date(LAST.isoformat()),
    )  # fmt: skip
    columns = (flown.origin, flown.destination, flown.departs, flown.arrives)
    found = sorted(zip(*(c.tolist() for c in columns), strict=True))
    expected = [
        (i, j, int(leaves.timestamp()) // 60, int(lands.timestamp()) // 60)
        for i, origin in enumerate(names)
        for j, target in enumerate(names)
        for leaves, lands in slow.flights(origin, target)
    ]
    assert found == sorted(expected)


AREAS = ("KR-SEL", "KR-ULL", "JP-TYO", "US-NYC", "US-CAL")
START = parse_utc("2026-10-19T00:00Z")


@settings(deadline=None, max_examples=25)
@given(change_rows(), st.lists(st.tuples(st.permutations(AREAS), st.integers(0, 54 * 1440)),
                               min_size=1, max_size=3))  # fmt: skip
def test_the_due_date_is_the_slow_networks(
    rows: list[str], asked: list[tuple[list[str], int]]
) -> None:
    files = changed(*rows)
    world, slow = Network.from_texts(files), SlowNetwork(files)
    for order, minutes in asked:
        origin = order[0]
        target = next(area for area in order if area[:2] != origin[:2])
        moment = START + minutes
        found = world.compiled.due_at_acceptance(
            np.array([world.areas[origin]]), np.array([world.areas[target]]), np.array([moment])
        )[0]
        expected = slow.due(origin, target, dt.datetime.fromtimestamp(moment * 60, tz=dt.UTC))
        assert (date_of(int(found)) if found < NO_DUE else None) == expected
