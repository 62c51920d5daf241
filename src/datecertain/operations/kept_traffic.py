"""Months of items as replays ask for them, kept ready beside the facts (req 47, 65).

Only a cache, in a hidden folder of the workspace, which no backup takes: named after all that a
month was read from, and made again when that is another.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain import __version__
from datecertain.durable import file_beside, folder_beside
from datecertain.moments import Ints
from datecertain.network import Network
from datecertain.operations.evidence import event_months, known_cases
from datecertain.operations.inquired import inquiries_pinned
from datecertain.operations.kept_batches import FILE_ROWS, KEPT_COLUMNS, KeptBatch, write_batch
from datecertain.operations.kept_columns import leading, packed_keys
from datecertain.operations.kept_replays import FOLDER
from datecertain.operations.networks import network_of_version
from datecertain.operations.replayed_items import (
    Batch,
    Told,
    every_row,
    for_days,
    read_batches,
    stretches,
)
from datecertain.operations.tables import (
    CASES_TABLE,
    EVENTS_TABLE,
    ITEMS_TABLE,
    TRANSPORT_TABLES,
)
from datecertain.planning.replays import Standing, lane_standings
from datecertain.promise.acceptance import ITEMS
from datecertain.store import Workspace, request_digest
from datecertain.tracking.cases import ForceMajeureCase
from datecertain.verdict.judging import JUDGED
from datecertain.verdict.outcomes import RULES_VERSION, Outcome

#: Changes with what is kept of a month, and with how it is read from the facts.
_FORMAT = 2
_FILES, _LATE, _LATE_RECORDS = "files.json", "late.arrow", "late_records.arrow"
#: What is kept of acceptance records.
KEPT_RECORDS = pa.schema([ITEMS.field(name) for name in KEPT_COLUMNS])


@dataclass(frozen=True)
class KeptMonth:
    """A month of items. `standing`: how all items of each lane stood."""

    month: str
    folder: Path
    batches: tuple[KeptBatch, ...]
    standing: Mapping[str, Standing]

    @property
    def late(self) -> tuple[pa.Table, pa.Table]:
        """The items that were late towards their senders: verdicts and acceptance records."""
        return read_table(self.folder / _LATE), read_table(self.folder / _LATE_RECORDS)

    def places(self, keys: pa.ChunkedArray) -> Ints | None:
        """Where items stand among all of the month in order of their keys; None where that cannot
        be told."""
        wanted = leading(packed_keys(keys))
        if wanted is None or len(np.unique(wanted)) < len(wanted):
            return None
        order = np.argsort(wanted)
        below, equal = (np.zeros(len(wanted) + 1, dtype=np.int64) for _ in range(2))
        for batch in self.batches:
            every = leading(batch.keys)
            if every is None:
                return None
            place = np.searchsorted(wanted[order], every, side="left")
            below += np.bincount(np.searchsorted(wanted[order], every, side="right"),
                                 minlength=len(wanted) + 1)  # fmt: skip
            there = np.minimum(place, len(wanted) - 1)
            equal += np.bincount(there[wanted[order][there] == every], minlength=len(wanted) + 1)
        if np.any(equal[:-1] != 1):
            return None
        found = np.empty(len(wanted), dtype=np.int64)
        found[order] = np.cumsum(below)[: len(wanted)]
        return found


def kept_traffic(
    workspace: Workspace, months: Sequence[str], as_of: int,
    told: Told = lambda done, total: None,
) -> list[KeptMonth] | None:  # fmt: skip
    """The items of months as they were kept, or are read and kept now; None where they cannot be
    kept (no space, no right): then they must be read each time."""
    missing = [month for month in months if _index(_folder(workspace, month, as_of)) is None]
    if missing:
        try:
            _keep(workspace, missing, as_of, told)
        except OSError:
            return None
    found = [_kept(workspace, month, months, as_of) for month in months]
    return [one for one in found if one is not None] if None not in found else None


def _folder(workspace: Workspace, month: str, as_of: int) -> Path:
    reach = event_months(month)
    files = [f"{name}/{file.path}" for name in (EVENTS_TABLE, ITEMS_TABLE)
             for file in workspace.facts(name).listed(months=reach)]  # fmt: skip
    files += [f"{name}/{file.path}" for name in (CASES_TABLE, *TRANSPORT_TABLES)
              for file in workspace.facts(name).listed()]  # fmt: skip
    digest = request_digest({
        "files": sorted(files), "as_of": as_of, "rules": RULES_VERSION,
        "inquiries": inquiries_pinned(workspace),
    })  # fmt: skip
    return workspace.path / FOLDER / f"{month}-{_FORMAT}.{__version__}.{digest}"


# --- reading ---------------------------------------------------------------------------------


def _index(folder: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads((folder / _FILES).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found


def _kept(workspace: Workspace, month: str, months: Sequence[str], as_of: int) -> KeptMonth | None:
    folder = _folder(workspace, month, as_of)
    index = _index(folder)
    if index is None:
        return None
    files: Sequence[tuple[str, str, int]] = index["files"]
    lanes: Mapping[str, Mapping[str, Any]] = index["lanes"]
    networks: dict[str, tuple[Network, tuple[ForceMajeureCase, ...]]] = {}
    for version in sorted({version for _, version, _ in files}):
        network = network_of_version(workspace, version)
        cases = tuple(known_cases(workspace, network, as_of))
        networks[version] = for_days(network, months, as_of), cases
    batches = tuple(
        KeptBatch(folder / name, *networks[version], as_of, month, count)
        for name, version, count in files
    )
    standing = {name: _standing(row) for name, row in lanes.items()}
    return KeptMonth(month, folder, batches, standing)


def _standing(row: Mapping[str, Any]) -> Standing:
    return Standing(**{**row, "days": tuple(row["days"])})


def read_table(place: Path) -> pa.Table:
    """A table that is kept. Raises `OSError` where it is not."""
    with pa.memory_map(str(place)) as source:
        return pa.ipc.open_file(source).read_all()


def write_table(place: Path, table: pa.Table) -> None:
    """Keep a table. Raises `OSError`."""
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.ipc.new_file(str(place), table.schema, options=options) as writer:
        writer.write_table(table)


def remembered(month: KeptMonth, name: str, reckon: Callable[[], pa.Table]) -> pa.Table:
    """A table that is kept beside a month, or is reckoned now. Written beside and renamed; what
    cannot be written costs time, not correctness."""
    place = month.folder / f"{name}.arrow"
    with contextlib.suppress(OSError, pa.ArrowInvalid):
        return read_table(place)
    table = reckon()
    with contextlib.suppress(OSError), file_beside(place, lasting=False, mode=0o600) as beside:
        write_table(beside, table)
    return table


# --- keeping ---------------------------------------------------------------------------------


@dataclass
class _Written:
    """A month that is being written, into a folder beside its `place`."""

    folder: Path
    place: Path
    files: list[tuple[str, str, int]] = field(default_factory=list)
    lanes: dict[str, Standing] = field(default_factory=dict)
    late: list[pa.Table] = field(default_factory=list)
    records: list[pa.Table] = field(default_factory=list)

    def take(self, batch: Batch, pool: ThreadPoolExecutor) -> None:
        """Write the items of a batch."""
        assert batch.judged is not None
        assert len(batch.odd) == len(batch.rows)  # found out once, not in each thread
        for name, standing in lane_standings(batch.judged).items():
            before = self.lanes.get(name)
            self.lanes[name] = standing if before is None else before.with_(standing)
        late = pc.equal(batch.judged["sender_outcome"], Outcome.LATE_LIABLE.value)
        self.late.append(batch.judged.filter(late))
        self.records.append(batch.rows.select(KEPT_RECORDS.names).filter(late).cast(KEPT_RECORDS))
        named = [(f"{len(self.files) + place:05d}.arrow", rows)
                 for place, rows in enumerate(stretches(len(batch.rows), FILE_ROWS))]  # fmt: skip
        self.files += [
            (name, batch.network.version, rows.stop - rows.start) for name, rows in named
        ]
        list(pool.map(lambda one: write_batch(self.folder / one[0], batch, one[1]), named))

    def finish(self) -> None:
        """Write down what there is of the month, and remove what was kept of it before."""
        for name, schema, parts in (
            (_LATE, JUDGED, self.late), (_LATE_RECORDS, KEPT_RECORDS, self.records)
        ):  # fmt: skip
            write_table(self.folder / name, pa.concat_tables([schema.empty_table(), *parts]))
        index = {"files": self.files,
                 "lanes": {name: asdict(one) for name, one in self.lanes.items()}}  # fmt: skip
        (self.folder / _FILES).write_text(json.dumps(index), "utf-8")
        for old in self.place.parent.glob(f"{self.place.name[:7]}-*"):
            shutil.rmtree(old, ignore_errors=True)


def _keep(workspace: Workspace, months: Sequence[str], as_of: int, told: Told) -> None:
    """Read months and keep them. Written beside and renamed: a reader sees all of a month or
    nothing of it. Raises `OSError`."""
    parent = workspace.path / FOLDER
    parent.mkdir(exist_ok=True)
    with ExitStack() as drafts:
        written = {}
        for month in months:
            place = _folder(workspace, month, as_of)
            beside = drafts.enter_context(folder_beside(place, lasting=False, mode=0o700))
            written[month] = _Written(beside, place)
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            for batch in read_batches(workspace, months, as_of, every_row, told):
                written[batch.rows["month"][0].as_py()].take(batch, pool)
        for one in written.values():
            one.finish()
