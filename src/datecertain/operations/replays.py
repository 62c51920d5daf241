"""Real items of a workspace run again under another network, other terms or another tariff
(req 47, 65). Nothing is written or booked."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.claims.entitlements import entitlements
from datecertain.errors import NotFound, UsageError
from datecertain.moments import DAY, Ints, Mask
from datecertain.network import NO_DUE, Network
from datecertain.network.compiling import compiled_from
from datecertain.operations.evidence import (
    JUDGED_COLUMNS,
    current_items,
    event_months,
    event_parts,
    known_cases,
    scans,
    to_judge,
)
from datecertain.operations.judging_units import PART_ROWS, judging_units
from datecertain.operations.lanes_seen import EVERY_LANE, LanesSeen
from datecertain.operations.networks import current_network, network_of_version
from datecertain.operations.replayed_money import settlement_change
from datecertain.operations.tables import VERDICTS_TABLE
from datecertain.planning.moved_journeys import renumbered
from datecertain.planning.network_changes import changed_texts, narrowed
from datecertain.planning.replays import (
    GroupChange,
    Replayed,
    changed_items,
    lane_changes,
    post_changes,
    replay_items,
    together,
    whole_change,
)
from datecertain.promise.bulk import Asked as Questions
from datecertain.promise.quoting import Route, quoter_of
from datecertain.promise.reasons import REASONS, STATUS_OF, STATUSES
from datecertain.promise.routes import EMS
from datecertain.settlement import PostChange, Tariff
from datecertain.store import Workspace
from datecertain.tracking.cases import ForceMajeureCase
from datecertain.verdict.items import ItemsToJudge
from datecertain.verdict.judging import judge
from datecertain.verdict.outcomes import Outcome
from datecertain.verdict.replay import Milestones

Told = Callable[[int, int], None]
#: Columns of an acceptance record that a new quote needs, beside those of judging.
_QUOTED = ("origin_postcode", "destination_postcode", "accepted_min", "weight_g", "address")
#: Columns that money needs.
_PAID = ("postage_minor", "tariff_minor", "currency")
#: Files by which scans are read, not only judged: with others they are read again.
_READ_BY = ("terms.csv", "exclusions.csv", "weakened_evidence.csv", "tag_times.csv",
            "carriage.csv")  # fmt: skip
#: Days after the data-closing that a replay's networks cover, and before the first acceptance.
_AHEAD, _BEFORE = 100, 14
Remake = Callable[[Network], Network]
#: Which acceptance records are replayed.
Only = Callable[[pa.Table], pa.ChunkedArray]


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


@dataclass(frozen=True)
class Batch:
    """Items of one network version, read once and replayed as often as asked."""

    network: Network  # of the promises, for the days that matter
    rows: pa.Table  # acceptance records
    items: ItemsToJudge
    milestones: Milestones
    cases: Sequence[ForceMajeureCase]
    judged: pa.Table  # their verdicts (schema JUDGED)
    read_again: Callable[[Network, ItemsToJudge], Milestones]
    routes: tuple[Route, ...]
    route: Ints  # [n] of `routes`


@dataclass(frozen=True)
class Traffic:
    """The items of some months, read."""

    months: tuple[str, ...]
    as_of: int
    batches: tuple[Batch, ...]

    @property
    def items(self) -> int:
        """How many."""
        return sum(len(batch.rows) for batch in self.batches)


def read_traffic(
    workspace: Workspace, months: Sequence[str], lane: str | None = None,
    as_of: int | None = None, told: Told = lambda done, total: None, only: Only | None = None,
    seen: LanesSeen = EVERY_LANE,
) -> Traffic:  # fmt: skip
    """The items of months, of one lane (`KR-US`) or all, or `only` those of which a rule says so,
    and of them those of the lanes that count,
    by what was known when they were last judged. Raises `NotFound` when nothing was judged,
    `UsageError` for a lane that is none."""
    pair = _pair(lane)
    closing = _closing(workspace, months) if as_of is None else as_of
    units = [(month, unit) for month in months for unit in judging_units(workspace, month)]
    batches: list[Batch] = []
    for done, (month, unit) in enumerate(units):
        told(done, len(units))
        batches += _batches(workspace, month, unit, _both(only or _of_lane(pair), seen), closing)
    told(len(units), len(units))
    if not batches and only is None:
        raise NotFound(f"no item {f'of {lane} ' if lane else ''}was accepted in {months[0]} here")
    return Traffic(tuple(months), closing, tuple(batches))


def _both(only: Only, seen: LanesSeen) -> Only:
    return lambda rows: pc.and_(only(rows), seen.mask(rows))


def _pair(lane: str | None) -> tuple[str, str] | None:
    if lane is None:
        return None
    origin, _, destination = lane.partition("-")
    if not (origin and destination):
        raise UsageError(f"{lane!r} is not a lane: write the two posts, KR-US")
    return origin, destination


def _of_lane(pair: tuple[str, str] | None) -> Only:
    def of_lane(rows: pa.Table) -> pa.ChunkedArray:
        if pair is None:
            return pa.chunked_array([pa.repeat(True, len(rows))])
        return pc.and_(pc.equal(rows["origin"], pair[0]), pc.equal(rows["destination"], pair[1]))

    return of_lane


def _closing(workspace: Workspace, months: Sequence[str]) -> int:
    """The latest data-closing at which any of the months was judged."""
    found = workspace.facts(VERDICTS_TABLE).arrow(columns=["judged_as_of"], months=months)
    if not len(found):
        raise NotFound(f"no item of {months[0]} was judged here: run `datecertain judge` first")
    return int(pc.max(found["judged_as_of"]).as_py())


def _batches(
    workspace: Workspace, month: str, unit: Sequence[int], only: Only, as_of: int
) -> Iterator[Batch]:
    reach = event_months(month)
    columns = (*JUDGED_COLUMNS, *_QUOTED, *_PAID)
    rows = current_items(workspace, unit, columns=columns, months=reach)
    rows = rows.filter(pc.equal(rows["month"], month))
    rows = rows.filter(only(rows))
    for version in sorted(pc.unique(rows["network_version"]).to_pylist()):
        network = for_days(network_of_version(workspace, version), month, as_of)
        mine = rows.filter(pc.equal(rows["network_version"], version)).combine_chunks()
        events = event_parts(workspace, reach, unit, numbers=_few(mine))

        def read(
            by: Network, asked: ItemsToJudge, mine: pa.Table = mine, events: Any = events
        ) -> Milestones:
            return scans(workspace, by, mine, asked, events, as_of)

        asked = to_judge(network, mine)
        found, cases = read(network, asked), known_cases(workspace, network, as_of)
        judged = _judged(network, asked, found, cases, as_of)
        yield Batch(network, mine, asked, found, cases, judged, read, *_routes(mine))


def _judged(
    network: Network, items: ItemsToJudge, found: Milestones, cases: Sequence[ForceMajeureCase],
    as_of: int,
) -> pa.Table:  # fmt: skip
    assert network.compiled is not None  # compiled before the threads ask for it

    def one(rows: slice) -> pa.Table:
        return judge(network, items.rows(rows), found.rows(rows), cases, as_of).table

    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return pa.concat_tables(pool.map(one, _stretches(len(items.item_id))))


def _stretches(count: int) -> list[slice]:
    return [slice(first, first + PART_ROWS) for first in range(0, count, PART_ROWS)]


def _few(rows: pa.Table) -> pa.Array | None:
    return rows["item_id"].combine_chunks() if len(rows) <= 100 else None


def for_days(network: Network, month: str, as_of: int) -> Network:
    """The network for the days that a month of acceptances can meet."""
    first = int(np.datetime64(f"{month}-01").astype("datetime64[D]").astype(np.int64)) - _BEFORE
    key = (first, as_of)
    kept: dict[Any, Network] = network.__dict__.setdefault("_for_days", {})
    if key not in kept:
        kept[key] = Network(narrowed(network.data, first, as_of // DAY + _AHEAD))
    return kept[key]


def _routes(rows: pa.Table) -> tuple[tuple[Route, ...], Ints]:
    """The distinct routes, and which each row takes."""
    names = ["origin", "origin_postcode", "destination", "destination_postcode", "product",
             "contents", "address"]  # fmt: skip
    texts = [rows[name].fill_null("") for name in names]
    joined = pc.binary_join_element_wise(*texts, "\x1f").combine_chunks().dictionary_encode()
    routes = []
    for text in joined.dictionary.to_pylist():
        origin, sent_from, destination, sent_to, product, contents, kind = text.split("\x1f")
        routes.append(Route(
            origin, sent_from, destination, sent_to, product or EMS, contents,
            address=kind or "street",
        ))  # fmt: skip
    return tuple(routes), joined.indices.to_numpy().astype(np.int64)


#: What each reason code of a quote is called, and the status that it gives.
_REASONS = pa.array([str(reason) for reason in REASONS])
_STATUSES = pa.array([str(STATUSES[code]) for code in STATUS_OF])


def items_after(batch: Batch, network: Network, *, recomputed: bool) -> ItemsToJudge:
    """The items by the numbers of another network; with the dates that it gives, or as told. Where
    it gives the same, what was told stands, misquoted or not; where it gives another, what was told
    moves by as much."""
    as_told = to_judge(network, batch.rows)
    if not recomputed:
        return as_told
    asked, rows = batch.items, batch.rows
    value = None if asked.asked is None else asked.asked.value_usdr
    quotes = quoter_of(network).many(batch.routes, Questions(
        batch.route, asked.accepted_date, rows["accepted_min"].to_numpy().astype(np.int64),
        rows["weight_g"].to_numpy().astype(np.int64), value,
    ))  # fmt: skip
    due = np.where((quotes.due_day >= 0) & (quotes.due_day < NO_DUE), quotes.due_day, NO_DUE)
    code = pa.array(quotes.reason_code)
    status, reason = _STATUSES.take(code), _REASONS.take(code)
    was, told = asked.standard_on, asked.told_on
    both = (was < NO_DUE) & (due < NO_DUE) & (told < NO_DUE)
    # Without a date told there is no guarantee, whatever the network gives.
    untold = (told >= NO_DUE) & pc.equal(asked.quote_status, "guaranteed").to_numpy(
        zero_copy_only=False
    )
    moved = np.where(both, told + due - was, np.where(untold, NO_DUE, due))
    same: Mask = np.asarray(
        (was == due) & pc.equal(status, asked.quote_status).to_numpy(zero_copy_only=False)
    )
    new = np.where(same, told, moved)
    origin, destination = quotes.origin_area, quotes.destination_area
    return replace(
        as_told, told_on=new, standard_on=due, quote_status=status, quote_reason=reason,
        origin_area=np.where(as_told.origin_area < 0, origin, as_told.origin_area),
        destination_area=np.where(
            as_told.destination_area < 0, destination, as_told.destination_area
        ),
    )  # fmt: skip


def replay_traffic(
    traffic: Traffic, remake: Remake, *, recomputed: bool = True, everything: bool = True,
    told: Told = lambda done, total: None,
) -> Replayed:  # fmt: skip
    """All items under what `remake` makes of the network of their promises, in order of reading;
    not `everything`: those only whose promise or journey is another.

    Raises `UsageError`, `NetworkError` when the change cannot be made.
    """
    parts: list[Replayed] = []
    made = Remade(remake)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for done, batch in enumerate(traffic.batches):
            told(done, len(traffic.batches))
            parts += replay_batch(
                batch, made.of(batch.network), traffic.as_of, pool, recomputed=recomputed,
                everything=everything,
            )  # fmt: skip
    told(len(traffic.batches), len(traffic.batches))
    return together(parts)


class Remade:
    """The networks after, each made once, for the same days as those before."""

    def __init__(self, remake: Remake) -> None:
        self._remake = remake
        self._made: dict[tuple[str, int], Network] = {}

    def of(self, network: Network) -> Network:
        """What comes of a network. Raises `UsageError`, `NetworkError`."""
        days = network.data.first_day, network.data.last_day
        key = network.version, days[0]
        if key not in self._made:
            other = self._remake(network)
            if (other.data.first_day, other.data.last_day) != days:
                other = Network(narrowed(other.data, *days))
            if compiled_from(other.data) == compiled_from(network.data):
                other.__dict__["compiled"] = network.compiled  # the cached_property's own place
            self._made[key] = other
        return self._made[key]


def replay_batch(
    batch: Batch, after: Network, as_of: int, pool: ThreadPoolExecutor, *, recomputed: bool,
    everything: bool = True,
) -> list[Replayed]:  # fmt: skip
    """The items of a batch under another network, part by part; not `everything`: those only whose
    promise or journey is another."""
    before = batch.network
    assert before.compiled is not None  # compiled before the threads ask for them
    assert after.compiled is not None
    items = items_after(batch, after, recomputed=recomputed)
    read = batch.milestones
    if _reads_otherwise(before, after):
        read = batch.read_again(after, items)
        read = replace(read, office=renumbered(after.offices, before.offices)[read.office])

    def one(rows: slice) -> Replayed:
        return replay_items(
            before, after, (batch.items.rows(rows), items.rows(rows)), read.rows(rows),
            batch.judged[rows], batch.cases, as_of, everything=everything,
        )  # fmt: skip

    return list(pool.map(one, _stretches(len(batch.rows))))


def _reads_otherwise(before: Network, after: Network) -> bool:
    return any(before.data.texts.get(name) != after.data.texts.get(name) for name in _READ_BY)


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


def refund_change(
    traffic: Traffic, replayed: Replayed, before: Network, after: Network
) -> pa.Table:
    """Refunds by lane before and after, by the terms of either network (schema REFUNDED)."""
    records = pa.concat_tables([batch.rows for batch in traffic.batches])
    return pa.concat_tables([
        refunds_of(before, records, replayed.before, "before"),
        refunds_of(after, records, replayed.after, "after"),
    ])  # fmt: skip


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
    traffic = read_traffic(workspace, months, lane, told=told, seen=seen)
    replayed = replay_traffic(traffic, change[1], recomputed=recomputed)
    return WhatIf(
        traffic.months, change[0], "recomputed" if recomputed else "kept",
        whole_change(replayed), tuple(lane_changes(replayed)), tuple(post_changes(replayed)),
        refund_change(traffic, replayed, network, after),
        settlement_change(workspace, traffic.months, traffic.as_of, replayed, tariffs, after),
        changed_items(replayed), int(replayed.unplanned.sum()),
    )  # fmt: skip


def changed_for_csv(changed: pa.Table) -> pa.Table:
    """The items that changed, dates as dates."""
    for place, field in enumerate(changed.schema):
        if field.name.partition("_on_")[1]:
            dates = changed[field.name].cast(pa.date32())
            changed = changed.set_column(place, field.name, dates)
    return changed
