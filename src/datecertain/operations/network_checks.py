"""Looking at networks: checking a folder, putting one in force, how far it covers."""

from __future__ import annotations

import gzip
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from datecertain.errors import NetworkError, NotFound, UsageError
from datecertain.findings import Finding, Severity
from datecertain.moments import parse_date
from datecertain.network import (
    Network,
    PlaceStatus,
    bundled_folder,
    check_network,
    read_network,
    read_texts,
)
from datecertain.network.importing import import_timetable
from datecertain.network.monotone_checks import lanes_not_flown
from datecertain.operations.clock import Clock
from datecertain.operations.networks import publish_network, ready
from datecertain.operations.workspaces import open_workspace


@dataclass(frozen=True, slots=True)
class NetworkReport:
    """What a network holds, and all findings of reading and checking it."""

    name: str
    version: str
    rows: dict[str, int]
    illustrative: dict[str, int]
    findings: tuple[Finding, ...]

    @property
    def usable(self) -> bool:
        """Whether promises can be given over it."""
        return all(one.severity is not Severity.ERROR for one in self.findings)


def check_folder(folder: Path | None) -> NetworkReport:
    """Read and check a network folder (None: the bundled network); all findings at once. One
    without errors is compiled, to see whether its open lanes can be flown."""
    data, findings = read_network(read_texts(folder or bundled_folder()))
    if data is None:
        return NetworkReport("", "", {}, {}, tuple(findings))
    found = [*findings, *check_network(data)]
    if all(one.severity is not Severity.ERROR for one in found):
        found += lanes_not_flown(ready(Network(data)).compiled)
    tables = data.tables()
    return NetworkReport(
        data.name, data.version,
        {file: len(rows) for file, rows in tables.items()},
        {file: sum(row.illustrative for row in rows) for file, rows in tables.items()},
        tuple(found),
    )  # fmt: skip


def put_in_force(workspace: Path, folder: Path, clock: Clock) -> str:
    """Make a network the one in force for new promises of a workspace; its version.

    Raises `NetworkError` with all findings when it has errors.
    """
    network = ready(Network.from_folder(folder))
    with open_workspace(workspace, write=True) as opened:
        return publish_network(opened, network, clock)


def coverage(network: Network, post: str, postcodes: list[str]) -> Counter[str]:
    """How many of a post's postcodes are guaranteed, served without guarantee, or not covered and
    why: `guaranteed`, `estimate: island`, `not covered: military`, `postcode_unknown` …"""
    counts: Counter[str] = Counter()
    for postcode in postcodes:
        place = network.find_place(post, postcode)
        if place.status is PlaceStatus.AREA:
            area = network.area(place.area)
            counts["guaranteed" if area.guarantee == "yes" else f"estimate: {area.reason}"] += 1
        elif place.status is PlaceStatus.NOT_COVERED:
            counts[f"not covered: {place.reason}"] += 1
        else:
            counts[str(place.status)] += 1
    return counts


@dataclass(frozen=True, slots=True)
class TimetableReport:
    """What became of a timetable's rows; the fates add up to the rows."""

    rows: int
    flights: int
    fates: dict[str, int]
    findings: int
    version: str
    usable: bool


def timetable_network(
    timetable: Path, kind: str, folder: Path | None, to: Path, period: tuple[str, str],
    known_from: str | None,
) -> TimetableReport:  # fmt: skip
    """Write a network whose flights at the timetable's airport are the timetable's, both ways.

    All other files and flights are those of `folder` (None: the bundled network). Raises
    `NotFound`, `UsageError` (also when `to` is a network already).
    """
    if not timetable.is_file():
        raise NotFound(f"{timetable} is not there: give a timetable file")
    if (to / "network.toml").exists():
        raise UsageError(f"{to} is a network already: choose another folder")
    texts = read_texts(folder or bundled_folder())
    data, findings = read_network(texts)
    if data is None:
        raise NetworkError("the network that is to be kept cannot be read", tuple(findings))
    first, last = (parse_date(text) for text in period)
    raw = timetable.read_bytes()
    text = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8-sig")
    made = import_timetable(
        text, kind, data, source=timetable.name, first_day=first, last_day=last,
        known_from=parse_date(known_from) if known_from else first, directions=("DEP", "ARR"),
    )  # fmt: skip
    # The timetable's own airport is an end of every flight in it.
    ends = [{row.origin, row.destination} for row in made.flights]
    hub = set.intersection(*ends) if ends else set()
    header, *rows = [
        line for line in texts["flights.csv"].splitlines()
        if line.strip() and not line.startswith("#")
    ]  # fmt: skip
    kept = [line for line in rows if not hub & set(line.split(",")[1:3])]
    new = [line for line in made.text.splitlines() if line.strip() and not line.startswith("#")]
    if new[0] != header:
        raise UsageError("flights.csv of the network has its columns in another order")
    texts["flights.csv"] = "\n".join([header, *kept, *new[1:]]) + "\n"
    to.mkdir(parents=True, exist_ok=True)
    for name, content in texts.items():
        (to / name).write_text(content, encoding="utf-8")
    checked = check_folder(to)
    return TimetableReport(
        sum(made.fates.values()), len(made.flights),
        {str(fate): number for fate, number in made.fates.items()},
        len(made.findings) + len(checked.findings), checked.version, checked.usable,
    )  # fmt: skip
