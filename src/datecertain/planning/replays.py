"""Real items run again under another network, terms or dates told, beside how they were judged
(req 47, 65). Both sides are verdicts of the one rule; nothing is estimated but the journey."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.moments import Ints, Mask
from datecertain.network import Network
from datecertain.planning.moved_journeys import moved_journeys
from datecertain.quality.intervals import clopper_pearson
from datecertain.tracking.cases import ForceMajeureCase
from datecertain.verdict.items import ItemsToJudge
from datecertain.verdict.judging import judge
from datecertain.verdict.outcomes import DAYS_COLUMNS, Checkpoint, Leg, Outcome
from datecertain.verdict.replay import Milestones

#: Outcomes whose date was kept or missed: what a share is taken of.
_JUDGED = (Outcome.ON_TIME.value, Outcome.LATE_EXCUSED.value, Outcome.LATE_LIABLE.value)
#: What of a verdict is another when an item changes.
_COMPARED = ("outcome", "sender_outcome", "promised_on", "stopped_on", "days_liable",
             "sender_days_liable")  # fmt: skip

#: The items that changed, before and after. `why`: `promise` (another date), `journey` (it came at
#: another time), `terms` (neither: the same journey is judged otherwise); `where`: the scan to
#: which it first came at another time.
CHANGED = pa.schema(
    [("item_id", pa.string()), ("item_key", pa.string()), ("lane", pa.string()),
     *((f"{name}_{side}", pa.string() if "outcome" in name else pa.int32())
       for name in _COMPARED for side in ("before", "after")),
     ("why", pa.string()), ("where", pa.string()), ("minutes", pa.int64())]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Replayed:
    """Verdicts of the same items, row for row (schema JUDGED), and what became of the journeys."""

    before: pa.Table
    after: pa.Table
    first: Ints  # checkpoint to which it first came at another time; -1
    shift: Ints  # minutes by which it came to the addressee later
    unplanned: Mask  # a custody without a plan: it took as long as it did

    def where(self, rows: Mask) -> Replayed:
        """Some of the items."""
        chosen = pa.array(rows)
        return Replayed(
            self.before.filter(chosen), self.after.filter(chosen), self.first[rows],
            self.shift[rows], self.unplanned[rows],
        )  # fmt: skip


def replay_items(
    before: Network, after: Network, items: tuple[ItemsToJudge, ItemsToJudge],
    milestones: Milestones, judged: pa.Table, cases: Sequence[ForceMajeureCase], as_of: int, *,
    everything: bool = True,
) -> Replayed:  # fmt: skip
    """The items as they would have been under another network, beside how they were `judged`.

    `items`: by the network before, with the dates told; and by the network after, with those that
    would be told. `milestones`: the scans as the terms after read them, offices by the numbers
    before; the journeys are moved here. Not `everything`: only items whose promise or journey is
    another come back; of the others the same date was kept or missed.
    """
    areas = items[0].origin_area, items[0].destination_area
    moved = moved_journeys(before, after, areas, milestones)
    found, now, first, shift, unplanned = (
        moved.milestones, items[1], moved.first, moved.shift, moved.unplanned
    )  # fmt: skip
    if not everything:
        rows = moved.moved | (items[0].standard_on != now.standard_on)
        rows |= items[0].told_on != now.told_on
        index = np.flatnonzero(rows)
        found, now, judged = found.rows(index), now.some(index), judged.take(pa.array(index))
        first, shift, unplanned = first[index], shift[index], unplanned[index]
    return Replayed(judged, judge(after, now, found, cases, as_of).table, first, shift, unplanned)


def together(parts: Sequence[Replayed]) -> Replayed:
    """The parts of a month or a year as one."""
    return Replayed(
        pa.concat_tables([part.before for part in parts]),
        pa.concat_tables([part.after for part in parts]),
        *(np.concatenate([getattr(part, name) for part in parts])
          for name in ("first", "shift", "unplanned")),
    )  # fmt: skip


def lanes_of(table: pa.Table) -> pa.DictionaryArray:
    """The lane of each item: `KR-US`."""
    text = pc.binary_join_element_wise(table["origin"], table["destination"], "-")
    return text.combine_chunks().dictionary_encode()


def changed_items(replayed: Replayed) -> pa.Table:
    """The items of which anything that counts is another (schema CHANGED), in order of lane and
    number."""
    before, after = replayed.before, replayed.after
    rows = np.zeros(len(before), dtype=bool)
    for name in _COMPARED:
        rows |= _differs(before[name], after[name])
    some = replayed.where(rows)
    promise = _differs(some.before["promised_on"], some.after["promised_on"])
    promise |= _differs(some.before["sender_promised_on"], some.after["sender_promised_on"])
    moved = some.first >= 0
    reasons = np.where(promise & moved, 3, np.where(promise, 0, np.where(moved, 1, 2)))
    why = pa.array(["promise", "journey", "terms", "promise journey"]).take(pa.array(reasons))
    names = pa.array([one.name.lower() for one in Checkpoint])
    where = names.take(pa.array(np.where(moved, some.first, 0)))
    columns: dict[str, Any] = {
        "item_id": some.before["item_id"], "item_key": some.before["item_key"],
        "lane": lanes_of(some.before).cast(pa.string()), "why": why,
        "where": pc.if_else(pa.array(moved), where, ""), "minutes": pa.array(some.shift),
    }  # fmt: skip
    for name in _COMPARED:
        columns[f"{name}_before"], columns[f"{name}_after"] = some.before[name], some.after[name]
    table = pa.table([columns[field.name] for field in CHANGED], schema=CHANGED)
    return table.sort_by([("lane", "ascending"), ("item_id", "ascending")])


def _differs(one: pa.ChunkedArray, other: pa.ChunkedArray) -> Mask:
    same = pc.equal(one, other).fill_null(False)
    both = pc.and_(pc.is_null(one), pc.is_null(other))
    return np.asarray(pc.invert(pc.or_(same, both)).to_numpy(), dtype=bool)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a group of items stood: `days` are net days lost by each `Leg`, won back ones not
    counted."""

    items: int
    judged: int
    on_time: int
    liable: int
    days: tuple[int, ...]

    @property
    def share(self) -> float | None:
        """On time of judged; None when nothing was."""
        return self.on_time / self.judged if self.judged else None

    @property
    def plain(self) -> dict[str, Any]:
        """For programs; the interval is the exact one of 95 %."""
        span = clopper_pearson(self.on_time, self.judged) if self.judged else None
        return {
            "items": self.items, "judged": self.judged, "on_time": self.on_time,
            "share": self.share, "low": span.low if span else None,
            "high": span.high if span else None, "late_liable": self.liable,
            "days_lost": {leg.name.lower(): self.days[leg] for leg in Leg},
        }  # fmt: skip

    def changed(self, was: Standing, now: Standing) -> Standing:
        """This, some items of which stood as `was` and stand as `now`."""
        return Standing(
            self.items + now.items - was.items, self.judged + now.judged - was.judged,
            self.on_time + now.on_time - was.on_time, self.liable + now.liable - was.liable,
            tuple(mine + new - old for mine, old, new in
                  zip(self.days, was.days, now.days, strict=True)),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class GroupChange:
    """A lane or a post before and after; of a post the days that it answers for."""

    name: str
    before: Standing
    after: Standing
    changed: int  # items whose outcome between the posts is another


def whole_change(replayed: Replayed) -> GroupChange:
    """All items as one group."""
    count = len(replayed.before)
    (found,) = _by(replayed, np.zeros(count, dtype=np.int64), ["*"])
    return found


def lane_changes(replayed: Replayed) -> list[GroupChange]:
    """Each lane before and after, in order."""
    lanes = lanes_of(replayed.before)
    found = _by(replayed, lanes.indices.to_numpy().astype(np.int64), lanes.dictionary.to_pylist())
    return sorted(found, key=lambda one: one.name)


def post_changes(replayed: Replayed) -> list[GroupChange]:
    """Each post before and after: the items from it and to it, and the days of its own legs (as
    origin the promise, export and transport; as destination import and delivery)."""
    sums: dict[str, list[GroupChange]] = {}
    for one in lane_changes(replayed):
        for place, post in enumerate(one.name.split("-")):
            legs = [leg for leg in Leg if (leg >= Leg.IMPORT) == bool(place)]
            sums.setdefault(post, []).append(
                GroupChange(post, _only(one.before, legs), _only(one.after, legs), one.changed)
            )
    return [_sum(post, sums[post]) for post in sorted(sums)]


def _only(standing: Standing, legs: Sequence[Leg]) -> Standing:
    days = tuple(count if leg in legs else 0 for leg, count in zip(Leg, standing.days, strict=True))
    return Standing(standing.items, standing.judged, standing.on_time, standing.liable, days)


def _sum(name: str, parts: Sequence[GroupChange]) -> GroupChange:
    def one(standings: Sequence[Standing]) -> Standing:
        days = tuple(map(sum, zip(*(each.days for each in standings), strict=True)))
        items, judged, on_time, liable = (
            sum(getattr(each, field) for each in standings)
            for field in ("items", "judged", "on_time", "liable")
        )
        return Standing(items, judged, on_time, liable, days)

    return GroupChange(
        name, one([part.before for part in parts]), one([part.after for part in parts]),
        sum(part.changed for part in parts),
    )  # fmt: skip


def _by(replayed: Replayed, group: Ints, names: Sequence[str]) -> list[GroupChange]:
    sides = [_standings(table, group, len(names)) for table in (replayed.before, replayed.after)]
    other = _differs(replayed.before["outcome"], replayed.after["outcome"])
    changed = np.bincount(group[other], minlength=len(names)).tolist()
    return [GroupChange(*one) for one in zip(names, *sides, changed, strict=True)]


def _standings(table: pa.Table, group: Ints, count: int) -> list[Standing]:
    def counted(*outcomes: str) -> list[int]:
        its = pc.is_in(table["outcome"], pa.array(outcomes)).to_numpy()
        return [int(n) for n in np.bincount(group[its], minlength=count)]

    judged = pc.is_in(table["outcome"], pa.array(_JUDGED)).to_numpy()
    days = []
    for name in DAYS_COLUMNS:
        lost = np.where(judged, np.maximum(table[name].to_numpy(), 0), 0)
        days.append([int(n) for n in np.bincount(group, weights=lost, minlength=count)])
    items = [int(n) for n in np.bincount(group, minlength=count)]
    return [
        Standing(n, judged_n, on_time, liable, tuple(lost))
        for n, judged_n, on_time, liable, *lost in zip(
            items, counted(*_JUDGED), counted(Outcome.ON_TIME.value),
            counted(Outcome.LATE_LIABLE.value), *days, strict=True,
        )
    ]  # fmt: skip
