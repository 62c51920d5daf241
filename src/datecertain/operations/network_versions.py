"""Network versions side by side: which one is meant, comparing, showing, compiling, history."""

from __future__ import annotations

import time
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import select

from datecertain.errors import NotFound, UsageError
from datecertain.moments import DAY, parse_date
from datecertain.network import Network, bundled_folder, read_texts
from datecertain.network.comparing import NetworkDifference, compare
from datecertain.network.showing import area_view, header_view, lane_view, office_view
from datecertain.network.steps import StepTable
from datecertain.operations.clock import Clock
from datecertain.operations.compiled_cache import bundled_ready, ready
from datecertain.operations.networks import (
    current_network,
    network_of_version,
    publications,
)
from datecertain.operations.workspaces import open_workspace
from datecertain.store.records import network_versions

#: A difference looks at so many days unless it is told otherwise: two months.
WINDOW_DAYS = 61


def find_network(name: str, workspace: Path) -> Network:
    """The network meant by `bundled`, `current` (in force in the workspace), a network folder, or
    a version that was ever in force in the workspace; with its compiled form.

    Raises `NotFound`, `NetworkError`.
    """
    if name == "bundled":
        return bundled_ready()
    if Path(name).is_dir():
        return ready(Network.from_texts(read_texts(Path(name)), name))
    try:
        with open_workspace(workspace) as opened:
            if name == "current":
                return current_network(opened)
            return network_of_version(opened, name)
    except NotFound as error:
        raise NotFound(
            f"no network {name!r}: give a network folder, `bundled`, or, with -w WORKSPACE, "
            f"`current` or a version of `datecertain network history` ({error})"
        ) from error


def compare_networks(
    old: str, new: str, days: tuple[str | None, str | None], lane: str | None, workspace: Path,
    clock: Clock,
) -> NetworkDifference:  # fmt: skip
    """Two networks side by side for acceptances from the first to the last local date; without
    dates two months from today on, or from the first day that both cover.

    Raises `NotFound`, `NetworkError`, `BadMoment`, `UnknownPlace`, `UsageError`.
    """
    posts = None if lane is None else _lane(lane)
    was, now = find_network(old, workspace), find_network(new, workspace)
    earliest = max(was.data.first_day, now.data.first_day)
    latest = min(was.data.last_day, now.data.last_day)
    today = clock.now() // DAY
    if days[0] is not None:
        first = parse_date(days[0])
    else:
        first = today if earliest <= today <= latest else earliest
    last = first + WINDOW_DAYS - 1 if days[1] is None else parse_date(days[1])
    return compare(was, now, first, last, posts)


def _lane(text: str) -> tuple[str, str]:
    origin, _, destination = text.partition("-")
    if not (origin and destination):
        raise UsageError(f"{text!r} is not a lane: write the two posts, KR-US")
    return origin, destination


def show_network(
    network: Network, area: str | None, office: str | None, lane: str | None, on: str | None,
    clock: Clock,
) -> tuple[str, dict[str, Any]]:  # fmt: skip
    """(`area`, `office`, `lane` or `network`, its view) on a local date (default: today, brought
    into the horizon). Raises `UnknownPlace`, `BadMoment`, `UsageError`."""
    if sum(one is not None for one in (area, office, lane)) > 1:
        raise UsageError("show one thing at a time: --area, --office or --lane")
    data = network.data
    today = min(max(clock.now() // DAY, data.first_day), data.last_day)
    day = today if on is None else parse_date(on)
    if area is not None:
        return "area", area_view(network, area, day)
    if office is not None:
        return "office", office_view(network, office, day)
    if lane is not None:
        return "lane", lane_view(network, *_lane(lane), day)
    return "network", header_view(network)


@dataclass(frozen=True, slots=True)
class CompiledReport:
    """What compiling a network came to. `folder` is None where nothing could be stored."""

    name: str
    version: str
    known: bool  # its compiled form was there already
    seconds: float  # to compile and store, or to load what was there
    load_seconds: float  # to load the stored form, memory-mapped
    functions: int
    slots: int
    bytes: int
    folder: Path | None


def compile_folder(folder: Path | None) -> CompiledReport:
    """Compile a network folder (None: the bundled network) and store its compiled form, which is
    named after what it is made from. Raises `NotFound`, `NetworkError`."""
    network = Network.from_texts(
        read_texts(folder or bundled_folder()), str(folder or "the bundled network")
    )
    begun = time.perf_counter()
    compiled = ready(network).compiled
    seconds = time.perf_counter() - begun
    known = mapped_folder(compiled.due.words) is not None
    begun = time.perf_counter()
    again = ready(Network(network.data)).compiled
    load_seconds = time.perf_counter() - begun
    where = mapped_folder(again.due.words)
    parts = [getattr(again, field.name) for field in fields(again)]
    tables = [part for part in parts if isinstance(part, StepTable)]
    return CompiledReport(
        network.data.name, network.version, known, seconds, load_seconds,
        sum(table.size for table in tables), sum(len(table.done) for table in tables),
        0 if where is None else sum(file.stat().st_size for file in where.iterdir()), where,
    )  # fmt: skip


def mapped_folder(array: Any) -> Path | None:
    """The folder of the file that an array is mapped from; None for an array in memory."""
    while array is not None:
        if isinstance(array, np.memmap):
            return Path(str(array.filename)).parent
        array = getattr(array, "base", None)
    return None


@dataclass(frozen=True, slots=True)
class VersionInForce:
    """A network version, and when it was put in force in a workspace."""

    version: str
    name: str
    published_at: int
    current: bool


def version_history(workspace: Path) -> list[VersionInForce]:
    """Every time that a network was put in force, in order; the last is current. Raises
    `NotFound`."""
    with open_workspace(workspace) as opened, opened.reading() as view:
        times = publications(view.connection)
        found = view.connection.execute(select(network_versions.c.version, network_versions.c.name))
        names = {row.version: row.name for row in found}
    last = len(times) - 1
    return [
        VersionInForce(one.version, names[one.version], one.at, number == last)
        for number, one in enumerate(times)
    ]
