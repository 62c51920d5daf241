"""Making flights of Incheon's schedule: codeshares, other clocks, and what is not usable."""

import csv

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datecertain.errors import UsageError
from datecertain.moments import parse_date
from datecertain.network import Network, read_network
from datecertain.network.icn_timetable import (
    Direction,
    Service,
    collapse_codeshares,
)
from datecertain.network.importing import (
    NetworkData,
    block_minutes_of,
    import_timetable,
    read_block_times,
)
from datecertain.network.timetable_rows import ImportedTimetable, RowFate
from worlds import texts

HEADER = "direction,origin,destination,flight,local_time,days_of_operation,valid_from,valid_to"
PERIOD = (parse_date("2026-10-19"), parse_date("2026-12-13"))


def small() -> NetworkData:
    data, findings = read_network(texts())
    assert data is not None
    assert not findings
    return data


def imported(rows: str, sides: tuple[str, ...] = ("DEP",), blocks: str = "") -> ImportedTimetable:
    """The rows, read over the small world, whose own flights give the block times."""
    lines = [line.strip() for line in rows.strip().splitlines()]
    return import_timetable(
        "\n".join([HEADER, *lines]), "icn", small(), source="test schedule",
        first_day=PERIOD[0], last_day=PERIOD[1], known_from=PERIOD[0], directions=sides,
        block_times_csv=blocks,
    )  # fmt: skip


def shown(result: ImportedTimetable) -> list[str]:
    columns = ("flight", "from", "to", "days", "departs", "arrives", "plus_days", "valid_from",
               "valid_to")  # fmt: skip
    return [
        " ".join(row[name] for name in columns) for row in csv.DictReader(result.text.splitlines())
    ]


def test_one_aircraft_under_three_numbers_is_one_flight() -> None:
    result = imported("""
        DEP,ICN,NRT,XY4001,09:00,1234567,2026-10-19,2026-12-13
        DEP,ICN,NRT,XA101,09:00,1234567,2026-10-19,2026-12-13
        DEP,ICN,NRT,XB7001,09:00,1.3.5..,2026-11-02,2026-11-30
    """)
    assert shown(result) == ["XA101 ICN NRT 1234567 09:00 11:30 0 2026-10-19 2026-12-13"]
    assert result.fates == {RowFate.KEPT: 1, RowFate.CODESHARE: 2}
    assert result.flights[0].source == (
        "test schedule; arrival derived from a block time of 150 min; also XB7001 XY4001"
    )


def test_numbers_that_share_only_some_days_fill_what_the_other_leaves() -> None:
    # XB55 has most dates and stays whole; XA105 and XC9 keep the days on which it does not fly.
    result = imported("""
        DEP,ICN,NRT,XA105,20:00,1234567,2026-10-19,2026-10-31
        DEP,ICN,NRT,XB55,20:00,12.456.,2026-10-26,2026-11-15
        DEP,ICN,NRT,XC9,20:00,..3.56.,2026-11-02,2026-11-08
    """)
    assert shown(result) == [
        "XA105 ICN NRT 1234567 20:00 22:30 0 2026-10-19 2026-10-25",
        "XB55 ICN NRT 12456 20:00 22:30 0 2026-10-26 2026-11-14",
        "XA105 ICN NRT 3 20:00 22:30 0 2026-10-28 2026-10-28",
        "XC9 ICN NRT 3 20:00 22:30 0 2026-11-04 2026-11-04",
    ]


def test_arrivals_follow_the_clocks_of_the_other_end() -> None:
    # New York goes back an hour on 2026-11-01; Seoul does not.
    result = imported("DEP,ICN,JFK,XA201,10:00,1.3.5..,2026-10-19,2026-11-13")
    assert shown(result) == [
        "XA201 ICN JFK 135 10:00 10:50 0 2026-10-19 2026-10-30",
        "XA201 ICN JFK 135 10:00 09:50 0 2026-11-02 2026-11-13",
    ]


def test_an_arrival_left_the_other_end_days_before() -> None:
    # Lands in Seoul on Tuesday 05:30 (Monday 20:30 UTC), 13:30 after Sunday 23:00 in Los Angeles;
    # and on Saturday after Thursday 23:00.
    result = imported(
        """
        ARR,LAX,ICN,XC305,05:30,.2...6.,2026-11-02,2026-11-30
        DEP,ICN,LAX,XC306,20:00,1......,2026-11-02,2026-11-30
        """,
        ("ARR",),
    )
    assert block_minutes_of(small())["LAX", "ICN"] == 13 * 60 + 30
    assert shown(result) == ["XC305 LAX ICN 47 23:00 05:30 2 2026-11-01 2026-11-26"]
    assert result.fates == {RowFate.KEPT: 1, RowFate.OTHER_DIRECTION: 1}
    assert "departure derived" in result.flights[0].source


DEFECTS = """
DEP,ICN,NRT,XA101,09:00,1234567,2026-10-19,2026-12-13 = kept
DEP,ICN,NRT,XA1 1,09:00,1234567,2026-10-19,2026-12-13 = value-unreadable
DEP,ICN,NRT,XA101,24:00,1234567,2026-10-19,2026-12-13 = value-unreadable
DEP,ICN,NRT,XA101,9 Uhr,1234567,2026-10-19,2026-12-13 = value-unreadable
DEP,ICN,NRT,XA101,09:00,134567,2026-10-19,2026-12-13 = value-unreadable
DEP,ICN,NRT,XA101,09:00,.......,2026-10-19,2026-12-13 = value-unreadable
DEP,ICN,NRT,XA101,09:00,1234567,2026-12-13,2026-10-19 = value-unreadable
DEP,ICN,NRT,XA101,09:00,1234567,19/10/2026,2026-12-13 = value-unreadable
DEP,GMP,NRT,XA101,09:00,1234567,2026-10-19,2026-12-13 = value-unreadable
TRANSIT,ICN,NRT,XA101,09:00,1234567,2026-10-19,2026-12-13 = value-unreadable
DEP,ICN,NRT = value-unreadable
ARR,NRT,ICN,XA102,09:00,1234567,2026-10-19,2026-12-13 = other-direction
DEP,ICN,CDG,XA501,09:00,1234567,2026-10-19,2026-12-13 = airport-unknown
DEP,ICN,NRT,XA101,09:00,1234567,2026-03-01,2026-10-18 = outside-period
DEP,ICN,NRT,XA101,09:00,1......,2026-12-08,2026-12-31 = outside-period
"""


@pytest.mark.parametrize("case", DEFECTS.strip().splitlines())
def test_every_row_has_a_fate_and_every_loss_a_finding(case: str) -> None:
    row, fate = case.split(" = ")
    result = imported(row)
    assert result.fates[RowFate(fate)] == 1
    assert sum(result.fates.values()) == 1
    assert [f.code for f in result.findings] == ([] if fate == "kept" else [fate])
    assert len(result.flights) == (fate == "kept")


def test_block_times_come_from_the_network_unless_they_are_given() -> None:
    no_flights = {**texts(), "flights.csv": texts()["flights.csv"].splitlines()[0]}
    data, _ = read_network(no_flights)
    assert data is not None
    row = f"{HEADER}\nDEP,ICN,NRT,XA101,09:00,1234567,2026-10-19,2026-12-13"
    common = {"source": "test", "first_day": PERIOD[0], "last_day": PERIOD[1],
              "known_from": PERIOD[0]}  # fmt: skip
    without = import_timetable(row, "icn", data, **common)  # type: ignore[arg-type]
    assert [(f.code, f.position) for f in without.findings] == [("block-time-unknown", "NRT")]
    table = "from,to,block_min,source\n# measured\nICN,NRT,135,test\n"
    given_it = import_timetable(row, "icn", data, block_times_csv=table, **common)  # type: ignore[arg-type]
    assert shown(given_it) == ["XA101 ICN NRT 1234567 09:00 11:15 0 2026-10-19 2026-12-13"]
    for wrong in ("ICN,NRT,soon,test", "ICN,NRT,5,test", "ICN,NRT,135,"):
        with pytest.raises(UsageError, match="ICN to NRT"):
            read_block_times(f"from,to,block_min,source\n{wrong}")


def test_what_cannot_be_asked_is_misuse() -> None:
    ask = {"source": "test", "first_day": PERIOD[0], "last_day": PERIOD[1], "known_from": PERIOD[0]}
    with pytest.raises(UsageError, match="gmp"):
        import_timetable(HEADER, "gmp", small(), **ask)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="local_time"):
        import_timetable("flight,from,to\n", "icn", small(), **ask)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="sideways"):
        imported("", ("sideways",))
    with pytest.raises(UsageError, match="published"):
        import_timetable(HEADER, "icn", small(), **{**ask, "source": " "})  # type: ignore[arg-type]


def test_imported_flights_are_a_network_that_loads() -> None:
    rows = """
        DEP,ICN,NRT,XA105,20:00,1234567,2026-10-19,2026-10-31
        DEP,ICN,NRT,XB55,20:00,12.456.,2026-10-26,2026-11-15
        DEP,ICN,JFK,XA201,10:00,1.3.5..,2026-10-19,2026-11-13
        ARR,LAX,ICN,XC305,05:30,.2...6.,2026-11-02,2026-11-30
    """
    result = imported(rows, ("DEP", "ARR"))
    network = Network.from_texts({**texts(), "flights.csv": result.text})
    assert len(network.data.flights) == len(result.flights) == 6


@st.composite
def services(draw: st.DrawFn) -> Service:
    first = PERIOD[0] + draw(st.integers(0, 30))
    return Service(
        Direction.DEPARTURES, draw(st.sampled_from(["NRT", "JFK"])),
        f"X{draw(st.sampled_from('ABC'))}{draw(st.integers(1, 2000))}",
        draw(st.sampled_from([540, 600])), frozenset(draw(st.sets(st.integers(0, 6), min_size=1))),
        first, first + draw(st.integers(0, 40)),
    )  # fmt: skip


@settings(deadline=None)
@given(st.lists(services(), max_size=7), st.randoms(use_true_random=False))
def test_collapsing_keeps_every_departure_once_whatever_the_order(
    many: list[Service], random: object
) -> None:
    aircraft, merged = collapse_codeshares(many)

    def departures(found: list[Service]) -> list[tuple[str, int, int]]:
        return [(s.other, s.at, int(day)) for s in found for day in s.dates()]

    kept = departures([one.service for one in aircraft])
    assert len(kept) == len(set(kept)), "no departure twice"
    assert set(kept) == set(departures(many))
    assert 0 <= merged <= len(many)
    backwards, _ = collapse_codeshares(many[::-1])
    assert backwards == aircraft
    assert all(np.diff(one.service.dates()).min(initial=1) > 0 for one in aircraft)
