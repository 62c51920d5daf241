"""Items that were read for a replay, in files that are read in a moment (req 65)."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.errors import InvariantBroken
from datecertain.moments import DAY, Ints, Mask
from datecertain.network import NO_DUE, Network
from datecertain.operations.evidence import to_judge
from datecertain.operations.kept_columns import (
    large,
    listed,
    packed_keys,
    small,
    told,
    unpacked_keys,
)
from datecertain.operations.lanes_seen import LanesSeen
from datecertain.operations.replayed_items import REPLAYED_COLUMNS, Batch
from datecertain.planning.moved_journeys import moved_journeys
from datecertain.planning.reach import Seen
from datecertain.promise.acceptance import ITEMS
from datecertain.tracking.cases import ForceMajeureCase
from datecertain.verdict.items import ItemsToJudge
from datecertain.verdict.later_holds import LaterHolds
from datecertain.verdict.replay import Milestones
from datecertain.verdict.scan_reasons import Reasoned

#: What is kept of acceptance records.
KEPT_COLUMNS = tuple(name for name in REPLAYED_COLUMNS if name != "bucket")
#: So many items are in a file: enough to make opening it cheap, few enough to be judged at once.
FILE_ROWS = 65_536
_TEXTS = ("origin", "destination", "origin_area", "destination_area", "quote_status",
          "quote_reason", "product", "contents", "declared_currency", "origin_postcode",
          "destination_postcode", "address", "currency")  # fmt: skip
_DATES = ("promised_on", "standard_on")  # nullable, as days after the acceptance
_NUMBERS = ("accepted_min", "weight_g", "postage_minor", "tariff_minor", "declared_minor")
_MOMENTS = ("retained_any", "export_released", "pickup", "delivered", "last_scan")
_REASONED_MOMENTS = ("retained_valid", "export_held", "attempted", "notified", "clipped_from",
                     "taken_out_at", "authority")  # fmt: skip
_STAGES = range(1, 8)
_LATER = ("item", "kept", "valid", "exclusion", "released", "left")
#: What says whether a change touches an item: the first columns that are read.
_SEEN = ("origin", "destination", "origin_area", "destination_area", "odd", "unplanned",
         *(f"office_{stage}" for stage in _STAGES))  # fmt: skip


def write_batch(place: Path, batch: Batch, rows: slice) -> None:
    """Keep a stretch of a batch in a file."""
    part = replace(batch.part(rows), judged=None)
    records, found, accepted = part.rows, part.milestones, part.items.accepted_at
    day, unplanned = part.items.accepted_date, _unplanned(part)
    columns: dict[str, pa.Array] = {
        "item_id": records["item_id"].combine_chunks(),
        "item_key": packed_keys(records["item_key"]),
        "accepted_at": small(accepted), "accepted_date": small(day, accepted // DAY),
        "odd": pa.array(batch.odd[rows]), "unplanned": pa.array(unplanned),
    }  # fmt: skip
    columns |= {name: listed(records[name]) for name in _TEXTS}
    for name in _DATES:
        days = records[name].cast(pa.int64()).fill_null(int(NO_DUE)).to_numpy()
        columns[name] = small(days, day)
    columns |= {name: _narrow(records[name].combine_chunks()) for name in _NUMBERS}
    for stage in range(8):
        columns[f"at_{stage}"] = small(found.at[:, stage], accepted)
        columns[f"office_{stage}"] = small(found.office[:, stage])
    columns |= {name: small(getattr(found, name), accepted) for name in _MOMENTS}
    for name in Reasoned.__slots__:
        base = accepted if name in _REASONED_MOMENTS else 0
        for side, column in enumerate(getattr(found.reasoned, name).T):
            columns[f"{name}_{side}"] = small(column, base)
    if found.counts_from is not None:
        columns["counts_from"] = small(found.counts_from, accepted)
    later = [getattr(found.later, name).ravel().tolist() for name in _LATER]
    said = {"version": part.network.version, "later": json.dumps(later) if len(found.later) else ""}
    table = pa.table(columns).combine_chunks().replace_schema_metadata(said)
    options = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
    with pa.ipc.new_file(str(place), table.schema, options=options) as writer:
        writer.write_table(table)


def _narrow(column: pa.Array) -> pa.Array:
    span = pc.min_max(column).as_py()
    for kind, most in ((pa.int8(), 2**7), (pa.int16(), 2**15), (pa.int32(), 2**31)):
        if span["min"] is None or (-most <= span["min"] and span["max"] < most):
            return column.cast(kind)
    return column.cast(pa.int64())


def _unplanned(part: Batch) -> Mask:
    """The items with a custody for which the network of their promise has no plan."""
    areas = part.items.origin_area, part.items.destination_area
    return moved_journeys(part.network, part.network, areas, part.milestones).unplanned


@dataclass(frozen=True)
class KeptBatch:
    """Items in a file: what a change asks first is read at once, the others for those that it
    touches."""

    place: Path
    network: Network
    cases: tuple[ForceMajeureCase, ...]
    as_of: int
    month: str
    count: int

    def _read(self, names: tuple[str, ...] | None) -> pa.RecordBatch:
        with pa.memory_map(str(self.place)) as source:
            fields = None
            if names is not None:
                schema = pa.ipc.open_file(source).schema
                fields = [schema.get_field_index(name) for name in names]
            options = pa.ipc.IpcReadOptions(included_fields=fields, use_threads=False)
            return pa.ipc.open_file(source, options=options).get_batch(0)

    @cached_property
    def _first(self) -> pa.RecordBatch:
        return self._read(_SEEN)

    @cached_property
    def _all(self) -> pa.RecordBatch:
        return self._read(None)

    @property
    def keys(self) -> pa.Array:
        """The keys of the items, packed."""
        return self._read(("item_key",))["item_key"]

    @property
    def odd(self) -> Mask:
        """Of which the very network of the promise would promise otherwise than was told."""
        return np.asarray(self._first["odd"].to_numpy(zero_copy_only=False), dtype=bool)

    @property
    def unplanned(self) -> Mask:
        """Of which a custody has no plan in the network of the promise."""
        return np.asarray(self._first["unplanned"].to_numpy(zero_copy_only=False), dtype=bool)

    @property
    def seen(self) -> Seen:
        """Where the items were seen."""
        first, posts, areas = self._first, [*self.network.posts], [*self.network.areas]
        office = {stage: first[f"office_{stage}"].to_numpy() for stage in _STAGES}
        return Seen(
            _numbers(first["origin"], posts), _numbers(first["destination"], posts),
            _numbers(first["origin_area"], areas), _numbers(first["destination_area"], areas),
            office,
        )  # fmt: skip

    def counting(self, seen: LanesSeen, pair: tuple[str, str] | None) -> Mask:
        """The items of the lanes that count, or of one."""
        sides = [self._first[name] for name in ("origin", "destination")]
        names = [side.dictionary.to_pylist() for side in sides]
        table = np.array([
            [seen.shows(one, other) and pair in (None, (one, other)) for other in names[1]]
            for one in names[0]
        ], dtype=bool).reshape(len(names[0]), len(names[1]))  # fmt: skip
        return np.asarray(table[tuple(side.indices.to_numpy() for side in sides)], dtype=bool)

    def some(self, index: Ints) -> Batch:
        """Some of the items, as they are judged."""
        rows = self._records(index)
        items = to_judge(self.network, rows)
        return Batch(
            self.network, rows, items, self._milestones(index, items), self.cases, self.as_of,
            None, _unread,
        )  # fmt: skip

    def _records(self, index: Ints) -> pa.Table:
        kept = self._all
        accepted = large(kept["accepted_at"], index)
        day = large(kept["accepted_date"], index, accepted // DAY)
        columns: dict[str, Any] = {
            "item_id": kept["item_id"].take(pa.array(index)),
            "item_key": unpacked_keys(kept["item_key"], index),
            "accepted_at": accepted, "accepted_date": day,
            "network_version": pa.repeat(self.network.version, len(index)),
            "month": pa.repeat(self.month, len(index)),
        }  # fmt: skip
        columns |= {name: told(kept[name], index) for name in (*_TEXTS, *_NUMBERS)}
        for name in _DATES:
            days = large(kept[name], index, day)
            columns[name] = pa.array(days, mask=days >= NO_DUE)
        given = (columns[name] for name in KEPT_COLUMNS)
        arrays = [one if isinstance(one, pa.Array) else pa.array(one) for one in given]
        fields = [ITEMS.field(name) for name in KEPT_COLUMNS]
        cast = [one.cast(field.type) for one, field in zip(arrays, fields, strict=True)]
        return pa.table(cast, schema=pa.schema(fields))

    def _milestones(self, index: Ints, items: ItemsToJudge) -> Milestones:
        kept, accepted = self._all, items.accepted_at

        def moments(name: str) -> Ints:
            return large(kept[name], index, accepted)

        reasoned = Reasoned(*(
            np.stack([
                large(kept[f"{name}_{side}"], index, accepted if name in _REASONED_MOMENTS else 0)
                for side in range(2)
            ], axis=1)
            for name in Reasoned.__slots__
        ))  # fmt: skip
        counts = moments("counts_from") if "counts_from" in kept.schema.names else None
        return Milestones(
            at=np.stack([moments(f"at_{stage}") for stage in range(8)], axis=1),
            office=np.stack([large(kept[f"office_{s}"], index) for s in range(8)], axis=1),
            **{name: moments(name) for name in _MOMENTS}, reasoned=reasoned, counts_from=counts,
            later=self._later().rows(index),
        )  # fmt: skip

    def _later(self) -> LaterHolds:
        held = (self._all.schema.metadata or {}).get(b"later", b"").decode()
        if not held:
            return LaterHolds.none()
        columns = [np.array(one, dtype=np.int64) for one in json.loads(held)]
        sided = ("valid", "exclusion", "left")
        return LaterHolds(*(
            column.reshape(-1, 2) if name in sided else column
            for name, column in zip(_LATER, columns, strict=True)
        ))  # fmt: skip


def _numbers(column: pa.DictionaryArray, names: list[str]) -> Ints:
    """The place of each text among some names; -1 where it is not there, or nothing is told."""
    found = pc.index_in(column.dictionary, pa.array(names, pa.string())).fill_null(-1)
    table = np.append(found.to_numpy(zero_copy_only=False), -1).astype(np.int64)
    places = column.indices.cast(pa.int64()).fill_null(len(column.dictionary))
    return np.asarray(table[places.to_numpy(zero_copy_only=False)], dtype=np.int64)


def _unread(network: Network, items: ItemsToJudge, rows: pa.Table) -> Milestones:
    raise InvariantBroken("kept items know nothing of their scans but how they were read")
