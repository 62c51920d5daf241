"""What a flagged office's scans are still worth, from messages to verdict by command, before
and from the day on that the posts agreed. (All messages are invented.)"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from command_line import say
from month_of_mail import CLOCK
from small_workspaces import ACCEPTED, ITEM, acceptance_file, take_in_files

from datecertain.network import Network
from datecertain.operations.judging import current_verdicts
from datecertain.operations.networks import publish_network
from datecertain.operations.workspaces import open_workspace
from datecertain.store import Workspace
from worlds import texts

HEADER = "place,weakening,valid_from,valid_to,source\n"
#: Left Seoul on Wednesday night, flown on Friday morning; New York has it on Friday afternoon.
OUT = "EMB 202610212030 KRSELB, EMC 202610212300 KRSELB"
IN = "EMD 202610231500 USJFKA, EDB 202610231600 USJFKA, EDC 202610231900 USJFKA, "
IN += "EMF 202610232200 USJFKA"
AT_DOOR = "EMG 202610240700 US-NYC"
TRIED = "EMH/1/A 202610241100 US-NYC"
HELD = "EMD 202610231500 USJFKA, EME/54/- 202610231600 USJFKA, EDC 202610281900 USJFKA, "
HELD += "EMF 202610282200 USJFKA"
PASSED = "EMD 202610231500 USJFKA, EDB 202610231600 USJFKA, EDC 202610231900 USJFKA"
EARLY = "EMD 202610220500 USJFKA, EDB 202610231600 USJFKA, EDC 202610231900 USJFKA"
LATE = "EMI 202610301000 US-NYC"


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag, what New York told, and what changes in the verdict from Korea's item of that day."""

    place: str
    weakening: str
    told: str
    without: dict[str, Any]
    with_it: dict[str, Any] = field(default_factory=dict)


CASES = {
    "an attempt alone does not stop the clock": Flag(
        "US-NYC", "needs_second_scan", f"{IN}, {TRIED}, {LATE}",
        {"outcome": "on_time", "sender_outcome": "on_time", "stopped_by": "attempt"},
        {"outcome": "late_liable", "sender_outcome": "late_liable", "stopped_by": "delivery"},
    ),
    "an attempt after a scan at the delivery office stops it": Flag(
        "US-NYC", "needs_second_scan", f"{IN}, {AT_DOOR}, {TRIED}, {LATE}",
        {"outcome": "on_time", "sender_outcome": "on_time", "stopped_by": "attempt"},
    ),
    "a hold without a document does not stop the clock": Flag(
        "USJFKA", "clock_stop_needs_document", f"{HELD}, {LATE}",
        {"clock_stops": 1, "clock_stops_void": 0, "days_excused": 4, "days_import": 0},
        {"clock_stops": 0, "clock_stops_void": 1, "days_excused": 0, "days_import": 4},
    ),
    "a delivery at ten does not outweigh that it left the inward office at noon": Flag(
        "US-NYC", "time_of_day_unknown", f"{PASSED}, EMF 202610301200 USJFKA, {LATE}",
        {"share_import": 0, "share_delivery": 1_000_000},
        {"share_import": 1_000_000, "share_delivery": 0},
    ),
    "an arrival is not before the landing": Flag(
        "USJFKA", "earliest_landing_instead", f"{EARLY}, {LATE}",
        {"days_transport": -1, "days_import": 1}, {"days_transport": 0, "days_import": 0},
    ),
}  # fmt: skip


def interchange(told: str, sender: str, reference: str, prepared: str) -> bytes:
    """One interchange that tells of the item: `CODE[/reason/measure] time place`, in order."""
    body = f"BGM+EMS+{reference}-1+9'DTM+137:{prepared}:203'CNI+1+{ITEM}'"
    for one in told.split(", "):
        code, at, place = one.split()
        code, *why = code.split("/")
        body += f"STS+1+{code}'DTM+334:{at}:203'LOC+14+{place}'"
        body += "".join(f"STS+{n}+{word}'" for n, word in zip((2, 3), why, strict=False)
                        if word != "-")  # fmt: skip
    ends = ("KRA", "USA") if sender == "KRA" else ("USA", "KRA")
    return (
        f"UNA:+.? 'UNB+UNOA:3+J1C{ends[0]}+J1C{ends[1]}+{prepared[2:8]}:{prepared[8:]}"
        f"+{reference}++EMSEVT'UNH+1+EMSEVT:3:0:ZZ:DC1'{body}"
        f"UNT+{body.count(chr(39)) + 2}+1'UNZ+1+{reference}'"
    ).encode("latin-1")


def verdict(folder: Path, told: str, rows: str) -> dict[str, Any]:
    """The item's verdict after `datecertain judge`."""
    changes = {"weakened_evidence.csv": HEADER + rows} if rows else {}
    Workspace.init(folder / "w")
    with open_workspace(folder / "w", write=True) as opened:
        publish_network(opened, Network.from_texts(texts(changes), "the small world"), CLOCK)
    take_in_files(
        folder / "w", folder / "mail",
        {"a.csv": acceptance_file(ACCEPTED),
         "kr.edi": interchange(OUT, "KRA", "1", "202610220900"),
         "us.edi": interchange(told, "USA", "2", "202610310900")},
    )  # fmt: skip
    judged = say("judge", "--period", "2026-10", "--as-of", "2026-11-20T00:00Z", "-w", folder / "w")
    assert judged.code == 0, judged.err
    with open_workspace(folder / "w") as opened:
        (row,) = current_verdicts(opened, ["2026-10"]).to_pylist()
    return dict(row)


@pytest.mark.parametrize("name", CASES)
def test_a_flagged_place(name: str, tmp_path: Path) -> None:
    """Before the day, and elsewhere, the flag changes nothing; then it takes its part."""
    case = CASES[name]
    other = {"US-NYC": "US-CAL", "USJFKA": "USLAXA"}[case.place]
    row = f"{case.place},{case.weakening},{{}},,test\n"
    for number, (rows, expected) in enumerate(
        (
            ("", case.without),
            (row.format("2026-10-22") + f"{other},{case.weakening},,,test\n", case.without),
            (row.format("2026-10-21"), case.with_it or case.without),
        )
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        found = verdict(folder, case.told, rows)
        assert {key: found[key] for key in expected} == expected
