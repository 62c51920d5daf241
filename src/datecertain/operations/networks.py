"""Which network a workspace works with, and its compiled form kept ready on disk.

Every version that was ever in force stays in the records, as text, so that a promise is replayed
by exactly the network that gave it (req 9). The compiled arrays are only a cache: they are named
after the version, checked when read, and made again when they are not there.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import shutil
import tempfile
import zipfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import insert, select

from datecertain.errors import NotFound
from datecertain.network import CompiledNetwork, Network, bundled_folder, read_texts
from datecertain.network.compiling import DeliveryDays, area_zones
from datecertain.network.flight_changes import flights_flown
from datecertain.network.steps import StepTable
from datecertain.network.timetable import FlightInstances, Timetable
from datecertain.operations.clock import Clock
from datecertain.store import Workspace
from datecertain.store.records import network_versions, settings

_CURRENT = "network_version"
#: Changes with the layout of the cached arrays.
CACHE_FORMAT = "2"


def publish_network(workspace: Workspace, network: Network, clock: Clock) -> str:
    """Make a network the one in force for new promises; its version. Old versions stay."""
    content = gzip.compress(json.dumps(dict(network.data.texts)).encode(), mtime=0)
    with workspace.writing() as connection:
        known = connection.execute(
            select(network_versions.c.version).where(network_versions.c.version == network.version)
        ).scalar()
        if known is None:
            connection.execute(
                insert(network_versions).values(
                    version=network.version, name=network.data.name, published_at=clock.now(),
                    known_at=clock.now(), content=content,
                )
            )  # fmt: skip
        connection.execute(settings.delete().where(settings.c.key == _CURRENT))
        connection.execute(insert(settings).values(key=_CURRENT, value=network.version))
    return network.version


def current_version(workspace: Workspace) -> str | None:
    """The version of the network in force in a workspace; None when none was published."""
    with workspace.reading() as view:
        found = view.connection.execute(
            select(settings.c.value).where(settings.c.key == _CURRENT)
        ).scalar()
    return None if found is None else str(found)


def current_network(workspace: Workspace) -> Network:
    """The network in force in a workspace. Raises `NotFound` when none was published."""
    version = current_version(workspace)
    if version is None:
        raise NotFound(f"{workspace.path} has no network yet: run `datecertain network publish`")
    return network_of_version(workspace, version)


def network_of_version(workspace: Workspace, version: str) -> Network:
    """A network version from the records, compiled arrays from the cache if they are there.

    Raises `NotFound` for a version that was never in force here.
    """
    with workspace.reading() as view:
        content = view.connection.execute(
            select(network_versions.c.content).where(network_versions.c.version == version)
        ).scalar()
    if content is None:
        raise NotFound(f"network version {version} was never in force in {workspace.path}")
    return ready(Network.as_published(json.loads(gzip.decompress(content)), version))


def bundled_ready() -> Network:
    """The bundled network, its compiled form from the cache."""
    return ready(Network.from_texts(read_texts(bundled_folder()), "the bundled network"))


def cache_folder() -> Path:
    """Where compiled networks are kept: DATECERTAIN_CACHE, or the user's cache folder."""
    given = os.environ.get("DATECERTAIN_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(given) if given else Path(base) / "datecertain"


def ready(network: Network) -> Network:
    """The network with its compiled form taken from the cache, or compiled and put there."""
    folder = cache_folder() / f"compiled-{network.version}-{CACHE_FORMAT}"
    compiled = _read_compiled(network, folder)
    if compiled is None:
        compiled = network.compiled
        _write_compiled(compiled, folder)
    else:
        network.__dict__["compiled"] = compiled  # the cached_property's own place
    return network


_TABLES = (
    "export", "closing", "transport", "presentation", "customs", "forwarding", "inland", "delivery",
    "due",
)  # fmt: skip
_ARRAYS = ("export_of", "export_office", "pair_of", "import_of", "class_of", "due_base")


def _write_compiled(compiled: CompiledNetwork, folder: Path) -> None:
    """Written beside and renamed: a reader sees a whole folder or none. A cache that cannot be
    written (no space, no right) costs time, not correctness."""
    arrays: dict[str, Any] = {name: getattr(compiled, name) for name in _ARRAYS}
    tables = {name: getattr(compiled, name) for name in _TABLES}
    tables |= {"pairs": compiled.timetable.pairs, "days": compiled.delivery_days.table}
    for name, table in tables.items():
        for part in ("words", "done", "start"):
            arrays[f"{name}.{part}"] = getattr(table, part)
        if table.tag.strides != (0,):
            arrays[f"{name}.tag"] = table.tag
    for field in fields(FlightInstances):
        arrays[f"instances.{field.name}"] = getattr(compiled.timetable.instances, field.name)
    arrays |= {"first": compiled.timetable.first, "second": compiled.timetable.second}
    with contextlib.suppress(OSError):
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".compiled-", dir=folder.parent))
        try:
            for name, array in arrays.items():
                with (beside / f"{name}.npy").open("wb") as stream:
                    np.save(stream, array, allow_pickle=False)
                    stream.flush()
                    os.fsync(stream.fileno())  # else a power cut could leave zeros that load
            beside.rename(folder)
        except OSError:
            shutil.rmtree(beside, ignore_errors=True)
            raise


def _read_compiled(network: Network, folder: Path) -> CompiledNetwork | None:
    def load(name: str) -> Any:
        # A plain view of the mapped file: the subclass costs time at every index.
        return np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False))

    def table(name: str) -> StepTable:
        done = load(f"{name}.done")
        tagged = (folder / f"{name}.tag.npy").is_file()
        tag = load(f"{name}.tag") if tagged else np.broadcast_to(np.int64(-1), done.shape)
        return StepTable(load(f"{name}.words"), done, load(f"{name}.start"), tag)

    try:
        timetable = Timetable(
            tuple(row.airport for row in network.data.airports),
            flights_flown(network.data.flights, network.data.flight_changes),
            FlightInstances(*(load(f"instances.{f.name}") for f in fields(FlightInstances))),
            table("pairs"), load("first"), load("second"),
        )  # fmt: skip
        tables: dict[str, Any] = {name: table(name) for name in _TABLES}
        arrays: dict[str, Any] = {name: load(name) for name in _ARRAYS}
        return CompiledNetwork(
            data=network.data, areas=network.data.areas, offices=network.data.offices,
            timetable=timetable, delivery_days=DeliveryDays(table("days")),
            **tables, **arrays, **area_zones(network.data),
        )  # fmt: skip
    except (OSError, ValueError, zipfile.BadZipFile):
        return None
