"""Real items run again under another network, terms or dates told, beside how they were judged
(req 47, 65). Both sides are verdicts of the one rule; nothing is estimated but the journey."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.moments import UNKNOWN, Ints, Mask
from datecertain.network import Network
from datecertain.planning.moved_journeys import moved_journeys
from datecertain.quality.intervals import clopper_pearson
from datecertain.rowwise import any_in
from datecertain.tracking.cases import ForceMajeureCase
from datecertain.verdict.items import ItemsToJudge
from datecertain.verdict.judging import JUDGED, judge
from datecertain.verdict.outcomes import DAYS_COLUMNS, Checkpoint, Leg, Outcome
from datecertain.verdict.places import clocks_of
from datecertain.verdict.replay import Milestones, Replay, local_days, replay

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
    unplanned: int  # of all items that were moved: with a custody without a plan
    rows: Ints  # which of the items that were given they are

    def where(self, rows: Mask) -> Replayed:
        """Some of the items."""
        chosen = pa.array(rows)
        return Replayed(
            self.before.filter(chosen), self.after.filter(chosen), self.first[rows],
            self.shift[rows], self.unplanned, self.rows[rows],
        )  # fmt: skip


#: The verdicts before of some rows (schema JUDGED).
Before = Callable[[Ints], pa.Table]


def replay_items(
    before: Network, after: Network, items: tuple[ItemsToJudge, ItemsToJudge],
    milestones: Milestones, judged: Before, cases: Sequence[ForceMajeureCase], as_of: int, *,
    everything: bool = True, otherwise: Mask | None = None,
) -> Replayed:  # fmt: skip
    """The items as they would have been under another network, beside how they were `judged`.

    `items`: by the network before, with the dates told; and by the network after, with those that
    would be told. `milestones`: the scans as the terms after read them, offices by the numbers
    before; the journeys are moved here. Not `everything`: only items come back of which anything
    is another that a verdict asks for, and those that are judged `otherwise` though it is not (by
    the terms; None: all); all others keep the verdict that they have.
    """
    areas = items[0].origin_area, items[0].destination_area
    moved = moved_journeys(before, after, areas, milestones)
    found, now, unplanned = moved.milestones, items[1], int(np.count_nonzero(moved.unplanned))
    if everything or otherwise is None:
        index = np.arange(len(moved.moved))
        verdicts = judge(after, now, found, cases, as_of).table
    else:
        rows = moved.moved | otherwise | promised_otherwise(*items)
        rest = np.flatnonzero(~rows)
        rows[rest] = _asks_otherwise(
            (before, items[0].some(rest), milestones.rows(rest)),
            (after, now.some(rest), found.rows(rest)), cases,
        )  # fmt: skip
        index = np.flatnonzero(rows)
        verdicts = judge(after, now.some(index), found.rows(index), cases, as_of).table
    return Replayed(
        judged(index), verdicts, moved.first[index], moved.shift[index], unplanned, index
    )


def promised_otherwise(before: ItemsToJudge, now: ItemsToJudge) -> Mask:
    """Where anything of a promise is another."""
    rows = (before.standard_on != now.standard_on) | (before.told_on != now.told_on)
    for name in ("quote_status", "quote_reason"):
        same = pc.equal(getattr(before, name), getattr(now, name))
        rows |= ~same.fill_null(False).to_numpy(zero_copy_only=False)
    # An area that the record did not tell, and the quote does.
    for name in ("origin_area", "destination_area"):
        rows |= (getattr(before, name) < 0) != (getattr(now, name) < 0)
    return np.asarray(rows, dtype=bool)


_Asked = tuple[Network, ItemsToJudge, Milestones]


def _asks_otherwise(one: _Asked, other: _Asked, cases: Sequence[ForceMajeureCase]) -> Mask:
    """Of items with the same promise and journey, those of which a verdict asks the step functions
    for something that is another: the staircase at its scans, or what stands in no staircase (a
    hold, a declared case, an item that is still under way), which is judged again in any case."""
    if one[0].compiled is other[0].compiled:
        return np.zeros(len(one[1].accepted_at), dtype=bool)
    climbs = [_climbed(*each) for each in (one, other)]
    rows = any_in(climbs[0].due != climbs[1].due) | any_in(climbs[0].present != climbs[1].present)
    found = one[2]
    read, accepted = found.reasoned, found.at[:, Checkpoint.ACCEPTED]
    rows |= (found.delivered == UNKNOWN) | (found.delivered < accepted)
    rows |= (found.retained_any != UNKNOWN) | any_in(read.taken_out >= 0)
    for held in (read.retained_valid, read.export_held, read.clipped_from, read.authority):
        rows |= any_in(held != UNKNOWN)
    rows[found.later.item] = True
    if cases:
        rows |= any_in(np.diff(climbs[0].due, axis=1) > 0)
        last = local_days(one[0].compiled, clocks_of(*one)[1], found.delivered)
        rows |= last > climbs[0].due[:, Checkpoint.DELIVERY_OFFICE]
    return np.asarray(rows, dtype=bool)


def _climbed(network: Network, items: ItemsToJudge, milestones: Milestones) -> Replay:
    """The staircase of all scans, wherever a clock stopped."""
    never = np.full(len(items.accepted_at), UNKNOWN, dtype=np.int64)
    return replay(network, *clocks_of(network, items, milestones), milestones, never, never)


def together(parts: Sequence[Replayed]) -> Replayed:
    """The parts of a month or a year as one."""
    return Replayed(
        pa.concat_tables([JUDGED.empty_table(), *(part.before for part in parts)]),
        pa.concat_tables([JUDGED.empty_table(), *(part.after for part in parts)]),
        _joined([part.first for part in parts]), _joined([part.shift for part in parts]),
        sum(part.unplanned for part in parts), _joined([part.rows for part in parts]),
    )  # fmt: skip


def _joined(columns: Sequence[Ints]) -> Ints:
    return np.concatenate([np.zeros(0, dtype=np.int64), *columns])


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
        rows |= differs(before[name], after[name])
    some = replayed.where(rows)
    promise = differs(some.before["promised_on"], some.after["promised_on"])
    promise |= differs(some.before["sender_promised_on"], some.after["sender_promised_on"])
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


def differs(one: pa.ChunkedArray, other: pa.ChunkedArray) -> Mask:
    """Where two columns say something else."""
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

    def with_(self, other: Standing) -> Standing:
        """These items and others."""
        nothing = Standing(0, 0, 0, 0, (0,) * len(self.days))
        return self.changed(nothing, other)

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


#: How all items of each lane stood, whether they were judged again or not.
LaneStandings = Mapping[str, Standing]


def lane_standings(verdicts: pa.Table) -> dict[str, Standing]:
    """How the items of each lane stand by their verdicts."""
    lanes = lanes_of(verdicts)
    names = lanes.dictionary.to_pylist()
    group = lanes.indices.to_numpy().astype(np.int64)
    return dict(zip(names, _standings(verdicts, group, len(names)), strict=True))


def whole_change(replayed: Replayed) -> GroupChange:
    """All items as one group."""
    count = len(replayed.before)
    (found,) = _by(replayed, np.zeros(count, dtype=np.int64), ["*"])
    return found


def lane_changes(replayed: Replayed, standing: LaneStandings | None = None) -> list[GroupChange]:
    """Each lane before and after, in order. `standing`: how all items of each lane stood, where
    only some were judged again."""
    lanes = lanes_of(replayed.before)
    found = _by(replayed, lanes.indices.to_numpy().astype(np.int64), lanes.dictionary.to_pylist())
    if standing is not None:
        found = of_all(found, standing)
    return sorted(found, key=lambda one: one.name)


def of_all(some: Sequence[GroupChange], standing: LaneStandings) -> list[GroupChange]:
    """Changes of all items of each lane, from those of the items that were judged again."""
    by = {one.name: one for one in some}
    return [
        GroupChange(name, was, was, 0) if name not in by else
        GroupChange(name, was, was.changed(by[name].before, by[name].after), by[name].changed)
        for name, was in sorted(standing.items())
    ]  # fmt: skip


def post_changes(lanes: Sequence[GroupChange]) -> list[GroupChange]:
    """Each post before and after, from its lanes: the items from it and to it, and the days of its
    own legs (as origin the promise, export and transport; as destination import and delivery)."""
    sums: dict[str, list[GroupChange]] = {}
    for one in lanes:
        for place, post in enumerate(one.name.split("-")):
            legs = [leg for leg in Leg if (leg >= Leg.IMPORT) == bool(place)]
            sums.setdefault(post, []).append(
                GroupChange(post, _only(one.before, legs), _only(one.after, legs), one.changed)
            )
    return [summed(post, sums[post]) for post in sorted(sums)]


def _only(standing: Standing, legs: Sequence[Leg]) -> Standing:
    days = tuple(count if leg in legs else 0 for leg, count in zip(Leg, standing.days, strict=True))
    return Standing(standing.items, standing.judged, standing.on_time, standing.liable, days)


def summed(name: str, parts: Sequence[GroupChange]) -> GroupChange:
    """Some groups as one."""

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
    other = differs(replayed.before["outcome"], replayed.after["outcome"])
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
