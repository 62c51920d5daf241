"""The simple timetable, and which flights of a network give way to an imported one."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
import ssim_writer as ssim
from typer.testing import CliRunner

from datecertain.cli.app import app
from datecertain.errors import UsageError
from datecertain.moments import parse_date
from datecertain.network import Network, read_network
from datecertain.network.importing import import_timetable
from datecertain.network.timetable_rows import ImportedTimetable, RowFate
from datecertain.operations.timetables import TimetableReport, timetable_network
from worlds import SMALL, texts

HEADER = "flight,from,to,days,departs,arrives,plus_days,valid_from,valid_to"
PERIOD = ("2026-10-19", "2026-12-13")


def imported(text: str) -> ImportedTimetable:
    data, _ = read_network(texts())
    assert data is not None
    first, last = map(parse_date, PERIOD)
    return import_timetable(
        text, "csv", data, source="timetable of 1 October", first_day=first, last_day=last,
        known_from=parse_date("2026-10-01"),
    )  # fmt: skip


def rows(result: ImportedTimetable) -> list[str]:
    return result.text.splitlines()[1:]


def test_known_from_and_source_are_those_of_the_whole_timetable() -> None:
    result = imported(f"{HEADER}\n# XA's night flight\nXA11,ICN,NRT,135,23:10,01:40,1,,\n")
    assert rows(result) == [
        "XA11,ICN,NRT,135,23:10,01:40,1,2026-10-19,2026-12-11,2026-10-01,timetable of 1 October"
    ]
    assert result.fates == {RowFate.KEPT: 1}
    own = imported(f"{HEADER},source\nXA11,ICN,NRT,135,23:10,01:40,1,2026-11-02,,letter of XA\n")
    assert rows(own) == [
        "XA11,ICN,NRT,135,23:10,01:40,1,2026-11-02,2026-12-11,2026-10-01,letter of XA"
    ]


# row -> fate, finding
FATES = """
XA11,ICN,NRT,135,23:10,01:40,1,,          -> kept -
XA11,ICN,NRT,531,23:10,01:40,1,,          -> value-unreadable value-unreadable
XA11,ICN,NRT,135,23:10,25:40,1,,          -> value-unreadable value-unreadable
XA11,ICN,NRT,135,23:10,01:40              -> value-unreadable row-length
XA11,ICN,NRT,135,23:10,01:40,0,,          -> value-unreadable value-unreadable
XA11,ICN,ICN,135,23:10,01:40,1,,          -> value-unreadable value-unreadable
XA11,ICN,NRT,135,23:10,01:40,1,2026-12-01,2026-11-01 -> value-unreadable value-unreadable
XA11,ICN,SYD,135,23:10,09:40,1,,          -> airport-unknown airport-unknown
XA11,ICN,NRT,135,23:10,01:40,1,,2026-10-18 -> outside-period outside-period
XB1,ICN,NRT,123,08:00,10:30,0,2026-11-02, -> row-twice row-twice
"""


@pytest.mark.parametrize("case", FATES.strip().splitlines())
def test_every_row_has_one_fate(case: str) -> None:
    row, expected = (part.strip() for part in case.split("->"))
    fate, code = expected.split()
    result = imported(f"{HEADER}\nXB1,ICN,NRT,1234567,08:00,10:30,0,,\n{row}\n")
    assert sum(result.fates.values()) == 2
    assert result.fates[RowFate(fate)] == (2 if fate == "kept" else 1)
    assert [f.code for f in result.findings] == ([] if code == "-" else [code])


def test_a_column_that_is_missing_is_misuse_and_one_too_many_is_told() -> None:
    with pytest.raises(UsageError, match="plus_days"):
        imported(HEADER.replace("plus_days,", "") + "\n")
    with pytest.raises(UsageError, match="header"):
        imported("")
    more = imported(f"{HEADER},aircraft\nXA11,ICN,NRT,135,23:10,01:40,1,,,77W\n")
    assert more.fates == {RowFate.KEPT: 1}
    assert [(f.code, str(f.severity)) for f in more.findings] == [("column-unknown", "note")]


def test_a_networks_own_flights_are_such_a_timetable() -> None:
    result = imported(texts()["flights.csv"])
    network = Network.from_texts({**texts(), "flights.csv": result.text})
    before = Network.from_texts(texts())

    def instances(one: Network) -> set[tuple[int, ...]]:
        flown = one.compiled.timetable.instances
        columns = (flown.origin, flown.destination, flown.departs, flown.arrives)
        return set(zip(*(c.tolist() for c in columns), strict=True))

    assert instances(network) == instances(before)


# --- A network with the timetable in it.


def network_folder(folder: Path, changes: str = "") -> Path:
    folder.mkdir()
    files = {**texts(), **({"flight_changes.csv": changes} if changes else {})}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def made(tmp_path: Path, text: str, kind: str = "csv", **more: str) -> tuple[TimetableReport, Path]:
    (tmp_path / "given").write_text(text, encoding="utf-8")
    base = network_folder(tmp_path / "base", more.pop("changes", ""))
    to = tmp_path / "made"
    return timetable_network(tmp_path / "given", kind, base, to, PERIOD, None, **more), to


def numbers(folder: Path) -> list[str]:
    lines = (folder / "flights.csv").read_text(encoding="utf-8").splitlines()[1:]
    return sorted({line.split(",")[0] for line in lines})


ALL = ["XA101", "XA103", "XA201", "XA203", "XB201", "XC301", "XC305", "XC307"]
TIMETABLE = f"{HEADER}\nXA105,ICN,NRT,1234567,08:00,10:30,0,,\nXA106,NRT,JFK,2,11:00,09:45,0,,\n"

# what gives way -> what does
REPLACED = {
    "pairs": {"XA101", "XA103", "XC307"},  # ICN to NRT, NRT to JFK
    "carriers": {"XA101", "XA103", "XA201", "XA203"},
    "hub": {"XA101", "XA103", "XB201", "XC301", "XC307"},  # NRT is in both
    "nothing": set[str](),
}


@pytest.mark.parametrize("what", REPLACED)
def test_what_gives_way(what: str, tmp_path: Path) -> None:
    report, to = made(tmp_path, TIMETABLE, replace=what)
    assert numbers(to) == sorted({*ALL, "XA105", "XA106"} - REPLACED[what])
    assert report.usable
    lines = SMALL["flights.csv"].strip().splitlines()
    assert report.replaced == sum(line.strip().split(",")[0] in REPLACED[what] for line in lines)


def test_pairs_give_way_if_nothing_is_said_and_a_hub_must_be_one(tmp_path: Path) -> None:
    _, to = made(tmp_path, TIMETABLE)
    assert numbers(to) == sorted({*ALL, "XA105", "XA106"} - REPLACED["pairs"])
    apart = TIMETABLE.replace("NRT,JFK,2,11:00,09:45", "LAX,JFK,2,11:00,19:45")
    for number, (what, why) in enumerate([("hub", "in common"), ("some", "'some'")]):
        folder = tmp_path / str(number)
        folder.mkdir()
        with pytest.raises(UsageError, match=why):
            made(folder, apart, replace=what)


def test_changes_of_flights_that_gave_way_are_dropped(tmp_path: Path) -> None:
    changes = """flight,from,to,date,change,departs,arrives,plus_days,known_from,source
XA101,ICN,NRT,2026-11-04,cancelled,,,,2026-11-01,test
XB201,NRT,ICN,2026-11-04,cancelled,,,,2026-11-01,test
XA109,ICN,NRT,2026-11-04,added,10:00,12:30,0,2026-11-01,test
"""
    report, to = made(tmp_path, TIMETABLE, changes=changes)
    assert (report.changes_dropped, report.usable) == (1, True)
    kept = (to / "flight_changes.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert [line[:5] for line in kept] == ["XB201", "XA109"]


def test_the_command_reads_ssim_and_shows_every_finding(tmp_path: Path) -> None:
    text = ssim.text(
        [ssim.carrier("XA"), ssim.leg("XA 11", "ICN NRT", "0800+0900 1030+0900 00"),
         ssim.leg("XA 13", "ICN XXX", "0800+0900 1030+0900 00")],
    )  # fmt: skip
    (tmp_path / "w26.ssim.gz").write_bytes(gzip.compress(text.encode("latin-1")))
    base = network_folder(tmp_path / "base")

    def run(to: str, *more: str) -> str:
        command = ["network", "import-timetable", str(tmp_path / "w26.ssim.gz"), "--kind", "ssim",
                   "--from", PERIOD[0], "--until", PERIOD[1], "--network", str(base),
                   "--to", str(tmp_path / to), *more]  # fmt: skip
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 0, done.output
        return done.output

    assert "airport-unknown: 1 rows: not an airport of the network" in run("one", "--findings")
    told = json.loads(run("two", "--json"))
    assert told["fates"] == {
        "kept": 1, "airport-unknown": 1, "header": 1, "carrier": 1, "trailer": 1,
    }  # fmt: skip
    assert (told["rows"], told["flights"], told["replaced"], told["usable"]) == (5, 1, 2, True)
    assert numbers(tmp_path / "two") == sorted({*ALL, "XA011"} - {"XA101", "XA103"})
