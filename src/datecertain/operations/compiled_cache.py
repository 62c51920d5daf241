"""Compiled networks kept ready on disk, in arrays that a reader maps instead of reading.

Only a cache: its folders are named after what was compiled, and are made again when they are not
there. Quoting needs nothing else: no store, no engine.
"""

from __future__ import annotations

import contextlib
import os
import zipfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from datecertain.durable import folder_beside
from datecertain.network import (
    CompiledNetwork,
    Network,
    bundled_folder,
    read_texts,
    version_of,
)
from datecertain.network.compiling import DeliveryDays, area_zones, compiled_from
from datecertain.network.flight_changes import flights_flown
from datecertain.network.steps import StepTable
from datecertain.network.timetable import FlightInstances, Timetable

#: Changes with the layout of the cached arrays.
CACHE_FORMAT = "3"


def bundled_ready() -> Network:
    """The bundled network, its compiled form from the cache. It is not checked each time: a
    release is, by its tests, and `datecertain network check` does."""
    texts = read_texts(bundled_folder())
    return ready(Network.as_published(texts, version_of(texts)))


def cache_folder() -> Path:
    """Where compiled networks are kept: DATECERTAIN_CACHE, or the user's cache folder."""
    given = os.environ.get("DATECERTAIN_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(given) if given else Path(base) / "datecertain"


def ready(network: Network) -> Network:
    """The network with its compiled form taken from the cache, or compiled and put there."""
    folder = cache_folder() / f"compiled-{compiled_from(network.data)}-{CACHE_FORMAT}"
    compiled = _read_compiled(network, folder)
    if compiled is None:
        compiled = network.compiled
        _write_compiled(compiled, folder)
    else:
        network.__dict__["compiled"] = compiled  # the cached_property's own place
    return network


_TABLES = (
    "export", "closing", "transport", "presentation", "customs", "forwarding", "inland", "delivery",
    "due", "channel",
)  # fmt: skip
_ARRAYS = (
    "export_of", "export_office", "pair_of", "import_of", "class_of", "due_base", "channel_of",
)  # fmt: skip


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
        with folder_beside(folder, lasting=False, mode=0o700) as beside:
            for name, array in arrays.items():
                np.save(beside / f"{name}.npy", array, allow_pickle=False)


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
