"""The items that may still be open, kept from one look at the watch to the next (req 22, 68).

Nearly all that was accepted in the last weeks has arrived, and an item whose clock has stopped
stays so while nothing more is known of it. Of each part of the facts that was looked at once, only
the items are kept that were open; at the next look they are judged again as of its moment. What
came in since, or had been told for later than the look, is read again: of the items that it names,
not of all. The answer is that of a look at everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from threading import Lock
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.access import SeesFlow
from datecertain.moments import UNKNOWN, Mask
from datecertain.network import NO_DUE
from datecertain.operations.evidence import event_months
from datecertain.operations.inquired import asked_for, inquiries_pinned
from datecertain.operations.judging_units import judging_units
from datecertain.operations.tables import EVENTS_TABLE, ITEMS_TABLE, TRANSPORT_MOMENTS
from datecertain.operations.touched_by_transport import items_in_touched_receptacles
from datecertain.operations.watch_looks import (
    PART_ROWS,
    KnownItems,
    Look,
    accepted_by,
    known_items,
    months_that_count,
    months_until,
    rows_seen,
)
from datecertain.store import FactFile, Workspace
from datecertain.tracking.canonical import buckets
from datecertain.tracking.item_rows import SomeNumbers
from datecertain.verdict.items import ItemsToJudge
from datecertain.verdict.marking import OUTCOMES
from datecertain.verdict.outcomes import Outcome
from datecertain.verdict.replay import beside

#: Where more than one in so many items of a part is named anew, all of it is read again.
_MANY = 4
_LATER = pa.schema([pa.field("item_id", pa.string()), pa.field("at", pa.int64())])
#: How many items, by the two posts of their lane.
LaneCounts: TypeAlias = Mapping[tuple[str, str], int]
#: Buckets that are read together.
_Unit: TypeAlias = tuple[int, ...]


def is_open(look: Look) -> Mask:
    """Which items are promised, not delivered and not given up."""
    sender = look.judgement.sender
    pending = sender.outcome == OUTCOMES.index(Outcome.PENDING)
    promised = look.journeys.promised < NO_DUE
    return np.asarray(pending & promised & (look.journeys.stopped == UNKNOWN), dtype=bool)


@dataclass(frozen=True, slots=True)
class _Files:
    """What a part was read from: files that only ever come anew. `asked`: of so many numbers, in
    the order in which that was noticed, somebody had asked for the item."""

    events: frozenset[FactFile]
    items: frozenset[FactFile]
    transport: frozenset[tuple[str, FactFile]]
    asked: int

    def new_since(self, before: _Files) -> _Files | None:
        """What came in since, `asked`: from where on; None where more than that happened."""
        if not (before.events <= self.events and before.items <= self.items):
            return None
        if not before.transport <= self.transport:
            return None
        return _Files(
            self.events - before.events, self.items - before.items,
            self.transport - before.transport, before.asked,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Part:
    """A month's items of some buckets as they were looked at. `later` (schema _LATER): numbers of
    which more is told than could be known then, and from when on it counts."""

    now: int
    files: _Files
    open: tuple[KnownItems, ...]  # one of each network version
    later: pa.Table
    accepted: LaneCounts


class OpenItems:
    """What is kept of one workspace. Several may look at once: one waits for the other."""

    def __init__(self) -> None:
        self._path = ""
        self._cut: dict[str, list[_Unit]] = {}
        self._parts: dict[tuple[str, _Unit], _Part] = {}
        self._pairs: set[tuple[str, int]] = set()
        self._asked: list[str] = []
        self._pins: object = None
        self._lock = Lock()

    def looks(
        self, workspace: Workspace, now: int, sees_flow: SeesFlow | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Iterator[Look]:  # fmt: skip
        """The items that may be open at a moment, of those that may be seen (None: all)."""
        with self._lock:
            work = self._work(workspace, months_until(now))
            self._hear(workspace)
            turn = _Turn(workspace, now, self._asked, _transport(workspace))
            for done, key in enumerate(work):
                part = self._parts[key] = turn.part(*key, self._parts.get(key))
                for known in part.open:
                    seen = rows_seen(known.items, sees_flow or _everything)
                    rows = np.flatnonzero(seen.to_numpy(zero_copy_only=False))
                    if len(rows):
                        yield known.some(rows).look(now)
                if progress:
                    progress(done + 1, len(work))

    def accepted(self, sees_flow: SeesFlow | None = None) -> int:
        """How many items the last look was at, open or not, of those that may be seen."""
        sees = sees_flow or _everything
        counts = [part.accepted for part in self._parts.values()]
        return sum(rows for of_lane in counts for lane, rows in of_lane.items() if sees(*lane))

    def _work(self, workspace: Workspace, months: Sequence[str]) -> list[tuple[str, _Unit]]:
        """The parts of the months, as they were cut at first; of new buckets new parts."""
        path = str(workspace.path.resolve())
        if path != self._path:
            self._path, self._cut, self._parts = path, {}, {}
            self._pairs, self._asked, self._pins = set(), [], None
        before, self._cut = self._cut, {}
        for month in months:
            cut = before.get(month, [])
            known = {bucket for unit in cut for bucket in unit}
            fresh = [tuple(bucket for bucket in unit if bucket not in known)
                     for unit in judging_units(workspace, month)]  # fmt: skip
            self._cut[month] = [*cut, *(unit for unit in fresh if unit)]
        work = [(month, unit) for month, units in self._cut.items() for unit in units]
        self._parts = {key: self._parts[key] for key in work if key in self._parts}
        return work

    def _hear(self, workspace: Workspace) -> None:
        """Note of which items somebody asked since."""
        pins = inquiries_pinned(workspace)
        if pins != self._pins:
            told = asked_for(workspace)
            pairs = set(zip(*(told[name].to_pylist() for name in told.column_names), strict=True))
            self._asked += sorted({number for number, _ in pairs ^ self._pairs})
            self._pairs, self._pins = pairs, pins


def _everything(origin: str, destination: str) -> bool:
    return True


# --- one part --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Turn:
    """One look at all parts."""

    workspace: Workspace
    now: int
    asked: Sequence[str]
    transport: frozenset[tuple[str, FactFile]]
    _moved: dict[tuple[str, int, frozenset[str]], pa.Array] = field(default_factory=dict)
    _told: dict[int, bool] = field(default_factory=dict)

    def part(self, month: str, unit: _Unit, before: _Part | None) -> _Part:
        """A part as of now, from what was kept of it where that serves."""
        files = self._files(month, unit)
        new = None if before is None or before.now > self.now else files.new_since(before.files)
        if before is None or new is None:
            return self._read(month, unit, files)
        named = self._named(month, unit, before, new)
        if len(named) * _MANY > sum(before.accepted.values()):
            return self._read(month, unit, files)
        return self._with_named(month, unit, files, before, new, named)

    def _files(self, month: str, unit: _Unit) -> _Files:
        def of(table: str, months: Sequence[str]) -> frozenset[FactFile]:
            listed = self.workspace.facts(table).listed(months=months)
            return frozenset(file for file in listed if file.bucket in unit)

        return _Files(
            of(EVENTS_TABLE, event_months(month)),
            of(ITEMS_TABLE, months_that_count(month, self.now)), self.transport, len(self.asked),
        )  # fmt: skip

    def _read(self, month: str, unit: _Unit, files: _Files) -> _Part:
        """A part read whole."""
        items = accepted_by(self.workspace, month, unit, self.now)
        known = known_items(self.workspace, items, month, unit, self.now)
        later = _later(self.workspace, month, files, files, self.now)
        return _Part(self.now, files, tuple(_open_ones(known, self.now)), later, _by_lane(items))

    def _with_named(
        self, month: str, unit: _Unit, files: _Files, before: _Part, new: _Files, named: pa.Array
    ) -> _Part:
        """A part of which only some items, by their numbers, are read again."""
        # Of items that were not known then, what came before may tell as well.
        later = _later(self.workspace, month, files, files if new.items else new, self.now)
        if not new.items:
            still = before.later.filter(pc.greater(before.later["at"], self.now))
            later = pa.concat_tables([still, later])
        if not len(named):
            return replace(before, now=self.now, files=files, later=later)
        items = accepted_by(self.workspace, month, unit, self.now, named)
        found = [_without(known, named) for known in before.open]
        again = known_items(self.workspace, items, month, unit, self.now, named)
        found += _open_ones(again, self.now)
        accepted = before.accepted
        if new.items or len(before.later):  # of a part nothing else can be accepted since
            accepted = _by_lane(accepted_by(self.workspace, month, unit, self.now))
        return _Part(self.now, files, tuple(_of_each_version(found)), later, accepted)

    def _named(self, month: str, unit: _Unit, before: _Part, new: _Files) -> pa.Array:
        """The numbers of which something came in, or came to be known."""
        due = before.later.filter(pc.less_equal(before.later["at"], self.now))
        asked = pa.array(self.asked[new.asked :], pa.string())
        anywhere = pa.chunked_array([asked, self._carried(month, before, new)], pa.string())
        here = pc.is_in(buckets(anywhere), pa.array(unit, pa.int32()))
        found = [due["item_id"], anywhere.filter(here)]
        for name, files in ((EVENTS_TABLE, new.events), (ITEMS_TABLE, new.items)):
            found.append(self.workspace.facts(name).of_files(sorted(files), ["item_id"])["item_id"])
        texts = [chunk for column in found for chunk in column.cast(pa.string()).chunks]
        return pc.unique(pa.chunked_array(texts, pa.string()))

    def _carried(self, month: str, before: _Part, new: _Files) -> pa.Array:
        """The numbers of items about whose receptacles that is so, in whatever part they are."""
        fresh = frozenset(file.batch for _, file in new.transport)
        since = self.now if self._all_told(before.now) else before.now
        if not fresh and since == self.now:
            return pa.array([], pa.string())
        key = (month, since, fresh)
        if key not in self._moved:
            self._moved[key] = items_in_touched_receptacles(
                self.workspace, month, since, self.now, fresh
            )
        return self._moved[key]

    def _all_told(self, moment: int) -> bool:
        """Whether all that is known of receptacles was known by a moment."""
        if moment not in self._told:
            facts = ((self.workspace.facts(name), moments)
                     for name, moments in TRANSPORT_MOMENTS.items())  # fmt: skip
            self._told[moment] = not any(
                one.told_after(moment, moments, one.listed()) for one, moments in facts
            )
        return self._told[moment]


def _transport(workspace: Workspace) -> frozenset[tuple[str, FactFile]]:
    """The files that tell of receptacles, of all months: no part has its own."""
    return frozenset((name, file) for name in TRANSPORT_MOMENTS
                     for file in workspace.facts(name).listed())  # fmt: skip


def _open_ones(every: Iterable[KnownItems], now: int) -> Iterator[KnownItems]:
    """Of items those that are open at a moment."""
    for known in every:
        parts = [known.stretch(slice(first, first + PART_ROWS))
                 for first in range(0, len(known.items), PART_ROWS)]  # fmt: skip
        if parts:
            mask = np.concatenate([is_open(part.look(now)) for part in parts])
            yield known.some(np.flatnonzero(mask))


def _without(known: KnownItems, named: pa.Array) -> KnownItems:
    here = pc.is_in(known.items["item_id"], named).to_numpy(zero_copy_only=False)
    return known.some(np.flatnonzero(~here))


def _of_each_version(found: Sequence[KnownItems]) -> Iterator[KnownItems]:
    versions = {known.network.version: known.network for known in found}
    for version, network in sorted(versions.items()):
        mine = [known for known in found if known.network.version == version]
        if len(mine) == 1:
            yield mine[0]
            continue
        items = pa.concat_tables([known.items for known in mine]).combine_chunks()
        asked = reduce(ItemsToJudge.beside, [known.asked for known in mine])
        yield KnownItems(network, items, asked, beside([known.scans for known in mine]))


# --- what came in, and what is told of later ------------------------------------------------


def _later(workspace: Workspace, month: str, files: _Files, some: _Files, now: int) -> pa.Table:
    """What some of the files tell of a month's items that could not be known by a moment (schema
    _LATER): normally nothing, and by their footers."""
    found = [_LATER.empty_table()]
    mine: SomeNumbers | None = None
    for name, listed, moments in (
        (ITEMS_TABLE, some.items, ("accepted_at",)),
        (EVENTS_TABLE, some.events, ("event_at", "transmitted_at")),
    ):  # fmt: skip
        facts = workspace.facts(name)
        if not (told := facts.told_after(now, moments, sorted(listed))):
            continue
        if mine is None:
            records = sorted(file for file in files.items if file.month == month)
            ours = workspace.facts(ITEMS_TABLE).of_files(records, ["item_id"])["item_id"]
            mine = SomeNumbers(ours.cast(pa.string()))
        rows = facts.of_files(told, ["item_id", *moments])
        at = pc.max_element_wise(*(rows[one] for one in moments))
        rows = pa.table([rows["item_id"], at], names=_LATER.names).cast(_LATER)
        found.append(mine.of(rows.filter(pc.greater(rows["at"], now))))
    return pa.concat_tables(found)


def _by_lane(items: pa.Table) -> LaneCounts:
    counted = items.group_by(["origin", "destination"]).aggregate([([], "count_all")])
    return {(row["origin"], row["destination"]): row["count_all"] for row in counted.to_pylist()}
