"""Real items of a workspace run again under another network, other terms or another tariff
(req 47, 65). Nothing is written or booked."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.claims.entitlements import entitlements
from datecertain.errors import NotFound
from datecertain.moments import Mask
from datecertain.network import Network
from datecertain.operations.judging_units import PART_ROWS
from datecertain.operations.kept_batches import KeptBatch
from datecertain.operations.kept_traffic import (
    KEPT_RECORDS,
    KeptMonth,
    kept_traffic,
    remembered,
)
from datecertain.operations.lanes_seen import EVERY_LANE, LanesSeen
from datecertain.operations.networks import current_network
from datecertain.operations.replayed_items import (
    Batch,
    Remade,
    Remake,
    Told,
    closing_of,
    posts_of,
    read_traffic,
    replay_batch,
    replay_part,
    touched,
)
from datecertain.operations.replayed_money import judged_at_once, owed_from_kept, owed_in_month
from datecertain.planning.network_changes import changed_texts
from datecertain.planning.reach import refunds_otherwise
from datecertain.planning.replays import (
    GroupChange,
    LaneStandings,
    Replayed,
    changed_items,
    lane_changes,
    lane_standings,
    post_changes,
    summed,
    together,
)
from datecertain.settlement import OWED, PostChange, Tariff, changes_per_post
from datecertain.store import Workspace
from datecertain.verdict.outcomes import Outcome


def under(network: Network) -> Remake:
    """Every item under this network, whatever gave its promise."""
    return lambda _: network


def with_changes(changes: Sequence[str]) -> Remake:
    """Every item under the network of its own promise, with some changes (`planning.
    network_changes`). Raises `UsageError`, `NetworkError` when it is asked for."""

    made: dict[str, Network] = {}

    def remake(network: Network) -> Network:
        if network.version not in made:
            texts = dict(network.data.texts)
            for change in changes:
                texts = changed_texts(texts, change)
            made[network.version] = Network.from_texts(texts, "the network with these changes")
        return made[network.version]

    return remake


# --- money -----------------------------------------------------------------------------------

#: What senders may claim, and what is paid unasked, by lane; amounts in minor units.
REFUNDED = pa.schema(
    [("lane", pa.string()), ("currency", pa.string()), ("side", pa.string()),
     ("owed", pa.int64()), ("owed_minor", pa.int64()), ("automatic", pa.int64()),
     ("automatic_minor", pa.int64())]
)  # fmt: skip


def refunds_of(network: Network, records: pa.Table, verdicts: pa.Table, side: str) -> pa.Table:
    """What is owed to senders of late and liable items, by lane (schema REFUNDED)."""
    late = verdicts.filter(pc.equal(verdicts["sender_outcome"], Outcome.LATE_LIABLE.value))
    owed, _ = entitlements(network, late, records, 0)
    owed = owed.filter(pc.greater(owed["amount_minor"], 0))
    lane = pc.binary_join_element_wise(owed["origin"], owed["destination"], "-")
    unasked = pc.equal(owed["mode"], "automatic").cast(pa.int64())
    rows = pa.table({
        "lane": lane, "currency": owed["currency"], "amount": owed["amount_minor"],
        "unasked": unasked, "paid": pc.multiply(owed["amount_minor"], unasked),
    })  # fmt: skip
    sums = rows.group_by(["lane", "currency"]).aggregate(
        [("amount", "count"), ("amount", "sum"), ("unasked", "sum"), ("paid", "sum")]
    )
    return pa.table(
        [sums["lane"], sums["currency"], pa.repeat(side, len(sums)), sums["amount_count"],
         sums["amount_sum"], sums["unasked_sum"], sums["paid_sum"]], schema=REFUNDED,
    ).sort_by([("lane", "ascending"), ("currency", "ascending")])  # fmt: skip


@dataclass(frozen=True)
class WhatIf:
    """A replay, ready to be shown. `unplanned`: items of which a custody has no plan."""

    months: tuple[str, ...]
    change: str
    promises: str  # recomputed, kept
    whole: GroupChange
    lanes: tuple[GroupChange, ...]
    posts: tuple[GroupChange, ...]
    refunds: pa.Table  # schema REFUNDED
    settlement: tuple[PostChange, ...]
    changed: pa.Table  # schema CHANGED
    unplanned: int

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "months": list(self.months), "change": self.change, "promises": self.promises,
            "total": _plain(self.whole), "lanes": [_plain(one) for one in self.lanes],
            "posts": [_plain(one) for one in self.posts], "refunds": self.refunds.to_pylist(),
            "settlement": [asdict(one) | {"change_usdr": one.change_usdr}
                           for one in self.settlement],
            "items_changed": len(self.changed), "items_unplanned": self.unplanned,
        }  # fmt: skip


def _plain(one: GroupChange) -> dict[str, Any]:
    return {"name": one.name, "before": one.before.plain, "after": one.after.plain,
            "outcomes_changed": one.changed}  # fmt: skip


@dataclass(frozen=True)
class _Month:
    """A month run again. `replayed`: the items that were judged again; `records`: those of them
    that were late towards their senders, before or after; `kept`: where the others stand, None:
    all were judged again."""

    month: str
    replayed: Replayed
    standing: LaneStandings
    records: pa.Table
    unplanned: int
    kept: KeptMonth | None = None


@dataclass(frozen=True)
class _Asked:
    """What is asked of each month."""

    workspace: Workspace
    months: tuple[str, ...]
    made: Remade
    recomputed: bool
    pair: tuple[str, str] | None
    seen: LanesSeen
    as_of: int
    told: Told

    def counts(self, lane: str) -> bool:
        """Whether a lane counts."""
        posts = lane.partition("-")[::2]
        return self.pair in (None, posts) and self.seen.shows(*posts)


def what_if(
    workspace: Workspace, months: Sequence[str], change: tuple[str, Remake], *,
    lane: str | None = None, recomputed: bool = True, tariffs: tuple[Tariff, Tariff],
    told: Told = lambda done, total: None, seen: LanesSeen = EVERY_LANE,
) -> WhatIf:  # fmt: skip
    """Replay months of real items under a change (its name, and how networks are remade).

    Refunds and settlement go by the terms of the network in force, and of the same with the change.
    Raises `NotFound`, `UsageError`, `NetworkError`.
    """
    network = current_network(workspace)
    after = change[1](network)  # which says at once what is wrong with the change
    pair, closing = posts_of(lane), closing_of(workspace, months)
    asked = _Asked(
        workspace, tuple(months), Remade(change[1]), recomputed, pair, seen, closing, told
    )
    ask = partial(_came_to, asked, tariffs, network, after)
    found = list(_two_at_once(_months(asked), ask))
    lanes: dict[str, list[GroupChange]] = {}
    for change_of in (one for month in found for one in month.lanes):
        lanes.setdefault(change_of.name, []).append(change_of)
    if not lanes:
        raise NotFound(f"no item {f'of {lane} ' if lane else ''}was accepted in {months[0]} here")
    by_lane = [summed(name, lanes[name]) for name in sorted(lanes)]
    return WhatIf(
        asked.months, change[0], "recomputed" if recomputed else "kept",
        summed("*", by_lane), tuple(by_lane), tuple(post_changes(by_lane)),
        _summed_refunds([table for month in found for table in month.refunds]),
        changes_per_post(*(
            pa.concat_tables([OWED.empty_table(), *(month.owed[side] for month in found)])
            for side in range(2)
        )),
        pa.concat_tables([month.changed for month in found]).sort_by(
            [("lane", "ascending"), ("item_id", "ascending")]
        ),
        sum(month.unplanned for month in found),
    )  # fmt: skip


@dataclass(frozen=True)
class _CameTo:
    """What a month came to."""

    lanes: Sequence[GroupChange]
    refunds: Sequence[pa.Table]
    owed: tuple[pa.Table, pa.Table]
    changed: pa.Table
    unplanned: int


def _came_to(
    asked: _Asked, tariffs: tuple[Tariff, Tariff], network: Network, after: Network, one: _Month
) -> _CameTo:
    return _CameTo(
        lane_changes(one.replayed, one.standing), _refunds(asked, one, network, after),
        _owed(asked, one, tariffs, network, after), changed_items(one.replayed), one.unplanned,
    )  # fmt: skip


def _two_at_once(months: Iterator[_Month], ask: Callable[[_Month], _CameTo]) -> Iterator[_CameTo]:
    """What each month came to, in order; while two are reckoned the next is run again, and no more
    than these are in memory."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        begun = deque[Future[_CameTo]]()
        for month in months:
            if len(begun) == 2:
                yield begun.popleft().result()
            begun.append(pool.submit(ask, month))
        yield from (future.result() for future in begun)


def _months(asked: _Asked) -> Iterator[_Month]:
    """The months one after another, from what is kept of them, or read anew where they cannot be
    kept or their scans are read otherwise after the change."""
    kept = kept_traffic(asked.workspace, asked.months, asked.as_of, asked.told)
    if kept is not None and not any(asked.made.of(one)[2] for one in _networks(kept)):
        yield from _from_kept(asked, kept)
        return
    for name in asked.months:
        yield _read_anew(asked, name)


def _networks(kept: Sequence[KeptMonth]) -> list[Network]:
    """The networks of the promises, each once."""
    return list({batch.network.version: batch.network
                 for month in kept for batch in month.batches}.values())  # fmt: skip


def _read_anew(asked: _Asked, month: str) -> _Month:
    """A month read from the facts, everything of it judged again."""
    traffic = read_traffic(
        asked.workspace, [month], as_of=asked.as_of, told=asked.told, seen=asked.seen,
        lane=None if asked.pair is None else "-".join(asked.pair),
    )  # fmt: skip
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        parts = [
            part
            for batch in traffic.batches
            for part in replay_batch(batch, asked.made, pool, recomputed=asked.recomputed)
        ]
    replayed = together(parts)
    records = pa.concat_tables([batch.rows for batch in traffic.batches])
    return _Month(month, replayed, lane_standings(replayed.before), records, replayed.unplanned)


def _from_kept(asked: _Asked, kept: Sequence[KeptMonth]) -> Iterator[_Month]:
    """Months from what is kept of them: only what the change touches is looked at more closely. The
    next month is begun before what came of one is reckoned."""
    total, done = sum(len(month.batches) for month in kept), 0
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:

        def begin(month: KeptMonth) -> list[Future[_Part]]:
            everything = not judged_at_once(asked.workspace, month.month, asked.as_of)
            return [pool.submit(_again, asked, some, everything) for some in _groups(month)]

        begun = deque([begin(kept[0])])
        for place, month in enumerate(kept):
            if place + 1 < len(kept):
                begun.append(begin(kept[place + 1]))
            parts = []
            for future in begun.popleft():
                parts.append(future.result())
                done += parts[-1].files
                asked.told(done, total)
            yield _run_again(asked, month, parts)


#: So many items are looked at by one thread at a time.
_GROUP_ROWS = 260_000


def _groups(month: KeptMonth) -> Iterator[list[KeptBatch]]:
    """The files of a month that one thread looks at: of one network, and about so many items."""
    group: list[KeptBatch] = []
    for batch in month.batches:
        rows = sum(one.count for one in group)
        if group and (rows >= _GROUP_ROWS or group[-1].network is not batch.network):
            yield group
            group = []
        group.append(batch)
    if group:
        yield group


@dataclass
class _Part:
    """Some files run again: items with a custody without a plan, what was judged again, and the
    acceptance records of those of it that were late towards their senders before or after."""

    files: int
    unplanned: int = 0
    replayed: list[Replayed] = field(default_factory=list)
    records: list[pa.Table] = field(default_factory=list)


def _again(asked: _Asked, batches: Sequence[KeptBatch], everything: bool) -> _Part:
    part = _Part(len(batches))
    waiting: list[tuple[Batch, Mask]] = []
    for batch in map(replace, batches):  # what is read of a file is let go with it
        among = None
        if asked.pair is not None or asked.seen is not EVERY_LANE:
            among = batch.counting(asked.seen, asked.pair)
        some, quoted, index = touched(
            batch, asked.made, recomputed=asked.recomputed, everything=everything, among=among
        )
        known = batch.unplanned if among is None else batch.unplanned & among
        part.unplanned += int(np.count_nonzero(known)) - int(np.count_nonzero(known[index]))
        if len(index):
            waiting.append((some, quoted))
        if sum(len(mask) for _, mask in waiting) >= PART_ROWS:
            _replay(asked, waiting, part, everything)
            waiting = []
    _replay(asked, waiting, part, everything)
    return part


def _replay(
    asked: _Asked, some: Sequence[tuple[Batch, Mask]], part: _Part, everything: bool
) -> None:
    """Run items of several files again, together: few at a time would cost as much as many."""
    if not some:
        return
    batch = some[0][0].joined([one for one, _ in some[1:]])
    quoted = np.concatenate([mask for _, mask in some])
    found = replay_part(batch, batch.milestones, quoted, asked.made, everything=everything)
    part.unplanned += found.unplanned
    late = pc.or_(*(
        pc.equal(side["sender_outcome"], Outcome.LATE_LIABLE.value)
        for side in (found.before, found.after)
    ))  # fmt: skip
    rows = found.rows[late.to_numpy()] if len(found.rows) else found.rows
    part.replayed.append(found)
    part.records.append(batch.rows.take(pa.array(rows)).select(KEPT_RECORDS.names))


def _run_again(asked: _Asked, month: KeptMonth, parts: Sequence[_Part]) -> _Month:
    counted = {name: one for name, one in month.standing.items() if asked.counts(name)}
    records = [one for part in parts for one in part.records]
    return _Month(
        month.month, together([one for part in parts for one in part.replayed]), counted,
        pa.concat_tables([KEPT_RECORDS.empty_table(), *records]),
        sum(part.unplanned for part in parts), month,
    )  # fmt: skip


def _refunds(asked: _Asked, one: _Month, network: Network, after: Network) -> list[pa.Table]:
    """The refunds of a month, before and after (schema REFUNDED)."""
    before, now = one.replayed.before, one.replayed.after
    if one.kept is None:
        return [refunds_of(network, one.records, before, "before"),
                refunds_of(after, one.records, now, "after")]  # fmt: skip
    if not refunds_otherwise(network, after):
        return _refunds_moved(asked, one, one.kept, network)
    late, records = one.kept.late
    others = pc.invert(pc.is_in(late["item_key"], before["item_key"].combine_chunks()))
    others = pc.and_(others, _is_of(asked, pc.binary_join_element_wise(
        late["origin"], late["destination"], "-"
    )))  # fmt: skip
    every = pa.concat_tables([records.filter(others), one.records])
    return [
        refunds_of(rules, every, pa.concat_tables([late.filter(others), verdicts]), side)
        for rules, verdicts, side in ((network, before, "before"), (after, now, "after"))
    ]


def _refunds_moved(asked: _Asked, one: _Month, kept: KeptMonth, network: Network) -> list[pa.Table]:
    """The same, where only verdicts are others: what all items came to is reckoned once."""

    def reckon() -> pa.Table:
        late, records = kept.late
        return refunds_of(network, records, late, "before")

    stood = remembered(kept, f"refunds-{network.version}", reckon)
    stood = stood.filter(_is_of(asked, stood["lane"]))
    was, now = (refunds_of(network, one.records, side, "after")
                for side in (one.replayed.before, one.replayed.after))  # fmt: skip
    sums = [name for name in REFUNDED.names if pa.types.is_integer(REFUNDED.field(name).type)]
    for name in sums:
        place = was.schema.get_field_index(name)
        was = was.set_column(place, REFUNDED.field(name), pc.negate(was[name]))
    same = stood.set_column(
        REFUNDED.get_field_index("side"), "side", pa.array(["after"] * len(stood), pa.string())
    )
    moved = _summed_refunds([same, was, now])
    return [stood, moved.filter(pc.greater(moved["owed"], 0))]


def _owed(
    asked: _Asked, one: _Month, tariffs: tuple[Tariff, Tariff], network: Network, after: Network
) -> tuple[pa.Table, pa.Table]:
    """What posts owe each other for a month, before and after (schema OWED)."""
    whole = asked.pair is None and asked.seen is EVERY_LANE
    stored = whole and one.kept is not None and not refunds_otherwise(network, after)
    if stored and judged_at_once(asked.workspace, one.month, asked.as_of):
        assert one.kept is not None
        found = owed_from_kept(asked.workspace, one.kept, one.replayed, one.records, tariffs)
        if found is not None:
            return found
    return owed_in_month(
        asked.workspace, one.month, asked.as_of, one.replayed, tariffs, after,
        None if whole else asked.counts,
    )  # fmt: skip


def _is_of(asked: _Asked, lanes: pa.ChunkedArray) -> pa.ChunkedArray:
    shown = [name for name in pc.unique(lanes).to_pylist() if asked.counts(name)]
    return pc.is_in(lanes, pa.array(shown, pa.string()))


def _summed_refunds(tables: Sequence[pa.Table]) -> pa.Table:
    """The refunds of some months as of one."""
    keys = ["side", "lane", "currency"]
    names = [name for name in REFUNDED.names if name not in keys]
    sums = pa.concat_tables(tables).group_by(keys).aggregate([(name, "sum") for name in names])
    columns = [sums[name if name in keys else f"{name}_sum"] for name in REFUNDED.names]
    table = pa.table(columns, names=REFUNDED.names)
    order = [("side", "descending"), ("lane", "ascending"), ("currency", "ascending")]
    return table.cast(REFUNDED).sort_by(order)


def changed_for_csv(changed: pa.Table) -> pa.Table:
    """The items that changed, dates as dates."""
    for place, name in enumerate(changed.column_names):
        if name.partition("_on_")[1]:
            dates = changed[name].cast(pa.date32())
            changed = changed.set_column(place, name, dates)
    return changed
