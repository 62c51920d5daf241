"""A network whose flights come from a published timetable."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

from datecertain.errors import NetworkError, NotFound, UsageError
from datecertain.findings import Finding
from datecertain.moments import parse_date
from datecertain.network import NetworkData, bundled_folder, read_network, read_texts
from datecertain.network.flight_changes import PublishedDepartures
from datecertain.network.importing import (
    Replace,
    TimetableKind,
    import_timetable,
    superseded,
)
from datecertain.network.timetable_rows import ImportedTimetable
from datecertain.operations.network_checks import check_folder


@dataclass(frozen=True, slots=True)
class TimetableReport:
    """What became of a timetable's rows; the fates add up to the rows. `replaced` flights of the
    network gave way, and with them `changes_dropped` rows of flight_changes.csv."""

    rows: int
    flights: int
    replaced: int
    changes_dropped: int
    fates: dict[str, int]
    findings: tuple[Finding, ...]
    version: str
    usable: bool


def timetable_network(
    timetable: Path, kind: str, folder: Path | None, to: Path, period: tuple[str, str],
    known_from: str | None, replace: str | None = None,
) -> TimetableReport:  # fmt: skip
    """Write a network whose flights are those of a timetable where it has them.

    All other files and flights are those of `folder` (None: the bundled network). `replace` is a
    `Replace`; by default an airport's own timetable replaces all flights there, any other those
    between the same airports. Raises `NotFound`, `UsageError` (also when `to` is a network already
    or the file is not of the kind).
    """
    if not timetable.is_file():
        raise NotFound(f"{timetable} is not there: give a timetable file")
    if (to / "network.toml").exists():
        raise UsageError(f"{to} is a network already: choose another folder")
    if replace is not None and replace not in list(Replace):
        raise UsageError(f"nothing to replace is called {replace!r}: {', '.join(Replace)}")
    texts = read_texts(folder or bundled_folder())
    data, findings = read_network(texts)
    if data is None:
        raise NetworkError("the network that is to be kept cannot be read", tuple(findings))
    first, last = (parse_date(text) for text in period)
    made = import_timetable(
        _text(timetable, kind), kind, data, source=timetable.name, first_day=first, last_day=last,
        known_from=parse_date(known_from) if known_from else first, directions=("DEP", "ARR"),
    )  # fmt: skip
    default = Replace.HUB if kind == TimetableKind.ICN else Replace.PAIRS
    gone = superseded(data.flights, made.flights, Replace(replace) if replace else default)
    texts["flights.csv"] = _with_timetable(texts["flights.csv"], gone, made)
    dropped = _changes_without_flight(data, gone, made)
    if dropped:
        texts["flight_changes.csv"] = _without(texts["flight_changes.csv"], dropped)
    to.mkdir(parents=True, exist_ok=True)
    for name, content in texts.items():
        (to / name).write_text(content, encoding="utf-8")
    checked = check_folder(to)
    return TimetableReport(
        sum(made.fates.values()), len(made.flights), len(gone), len(dropped),
        {str(fate): number for fate, number in made.fates.items()},
        (*made.findings, *checked.findings), checked.version, checked.usable,
    )  # fmt: skip


def _text(timetable: Path, kind: str) -> str:
    """The file's text. SSIM counts in bytes, so that each of its bytes is one character."""
    raw = timetable.read_bytes()
    raw = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    if kind == TimetableKind.SSIM:
        return raw.removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{timetable} is not UTF-8 (byte {error.start}): save it as UTF-8"
        ) from error


def _without(text: str, lines: set[int]) -> str:
    """A file without some of its lines, and without comments."""
    kept = [
        line
        for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1)
        if number not in lines and line.strip() and not line.lstrip().startswith("#")
    ]
    return "\n".join(kept) + "\n"


def _with_timetable(flights: str, gone: set[int], made: ImportedTimetable) -> str:
    kept = _without(flights, gone)
    header, _, rows = made.text.partition("\n")
    if not kept.startswith(header + "\n"):
        raise UsageError("flights.csv of the network has its columns in another order")
    return kept + rows


def _changes_without_flight(data: NetworkData, gone: set[int], made: ImportedTimetable) -> set[int]:
    """The lines of changes whose departure gave way to the timetable and is not in it."""
    flown = [row for row in data.flights if row.line not in gone]
    before, after = PublishedDepartures(data.flights), PublishedDepartures([*flown, *made.flights])
    return {
        change.line
        for change in data.flight_changes
        if change.change != "added" and before.named(change) and not after.named(change)
    }
