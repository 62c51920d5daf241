"""Looking at networks: checking a folder, putting one in force, how far it covers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from datecertain.findings import Finding, Severity
from datecertain.moments import parse_utc
from datecertain.network import (
    Network,
    PlaceStatus,
    bundled_folder,
    check_network,
    read_network,
    read_texts,
)
from datecertain.network.monotone_checks import lanes_not_flown
from datecertain.operations.clock import Clock
from datecertain.operations.compiled_cache import ready
from datecertain.operations.networks import publish_network
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


def put_in_force(workspace: Path, folder: Path, clock: Clock, since: str | None = None) -> str:
    """Make a network the one in force for new promises of a workspace; its version. `since`: the
    past moment (`2026-06-01T00:00Z`) from which it was in force, for records still to come.

    Raises `NetworkError` with all findings when it has errors, `BadMoment`, `UsageError`.
    """
    network = ready(Network.from_folder(folder))
    moment = None if since is None else parse_utc(since)
    with open_workspace(workspace, write=True) as opened:
        return publish_network(opened, network, clock, moment)


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
