"""Real items read once, and run again under another network as often as asked (req 65)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.errors import NotFound, UsageError
from datecertain.moments import DAY, Ints, Mask, parse_date
from datecertain.network import NO_DUE, Network
from datecertain.network.compiling import compile_network, compiled_from
from datecertain.operations.evidence import (
    EVERY_NUMBER,
    JUDGED_COLUMNS,
    NumberRange,
    current_items,
    event_months,
    event_parts,
    known_cases,
    scans,
    to_judge,
)
from datecertain.operations.judging_units import PART_ROWS, judging_units, number_ranges
from datecertain.operations.lanes_seen import EVERY_LANE, LanesSeen
from datecertain.operations.networks import network_of_version
from datecertain.operations.replay_routes import routes_of
from datecertain.operations.tables import VERDICTS_TABLE
from datecertain.planning.moved_journeys import renumbered
from datecertain.planning.network_changes import narrowed
from datecertain.planning.reach import Reach, Seen, reach_of, reads_otherwise
from datecertain.planning.replays import Replayed, promised_otherwise, replay_items, together
from datecertain.promise.bulk import Asked as Questions
from datecertain.promise.bulk import answer_in_parts
from datecertain.promise.reasons import REASONS, STATUS_OF, STATUSES
from datecertain.store import Workspace
from datecertain.tracking.cases import ForceMajeureCase
from datecertain.verdict.items import ItemsToJudge
from datecertain.verdict.judging import judge
from datecertain.verdict.replay import Milestones, beside

Told = Callable[[int, int], None]
Remake = Callable[[Network], Network]
#: Which acceptance records are replayed.
Only = Callable[[pa.Table], pa.ChunkedArray]
#: Columns of an acceptance record that a new quote needs, beside those of judging.
_QUOTED = ("origin_postcode", "destination_postcode", "accepted_min", "weight_g", "address")
#: Columns that money needs.
_PAID = ("postage_minor", "tariff_minor", "currency")
#: All of an acceptance record that a replay asks.
REPLAYED_COLUMNS = (*JUDGED_COLUMNS, *_QUOTED, *_PAID)
#: Days after the data-closing that a replay's networks cover, and before the first acceptance.
_AHEAD, _BEFORE = 100, 14


class Replayable(Protocol):
    """Items of one network version, of one month."""

    @property
    def network(self) -> Network:
        """That of their promises, for the days that matter."""

    @property
    def seen(self) -> Seen:
        """Where they were seen."""

    @property
    def odd(self) -> Mask:
        """Of which the very network of the promise would promise otherwise than was told."""

    def some(self, index: Ints) -> Batch:
        """Some of them, as they are judged."""


@dataclass(frozen=True)
class Batch:
    """Items of one network version, read and ready to be judged."""

    network: Network  # of the promises, for the days that matter
    rows: pa.Table  # acceptance records
    items: ItemsToJudge
    milestones: Milestones
    cases: Sequence[ForceMajeureCase]
    as_of: int
    judged: pa.Table | None  # their verdicts (schema JUDGED), where they were given before
    read_again: Callable[[Network, ItemsToJudge, pa.Table], Milestones]

    @property
    def seen(self) -> Seen:
        """Where the items were seen."""
        origin, destination = self.items.lane_posts(tuple(self.network.posts))
        return Seen(
            origin, destination, self.items.origin_area, self.items.destination_area,
            self.milestones.office.T,
        )  # fmt: skip

    @cached_property
    def odd(self) -> Mask:
        """Of which the very network of the promise would promise otherwise than was told."""
        return promised_otherwise(self.items, items_after(self, self.network, recomputed=True))

    def some(self, index: Ints) -> Batch:
        """Some of the items."""
        chosen = pa.array(index)
        return replace(
            self, rows=self.rows.take(chosen), items=self.items.some(index),
            milestones=self.milestones.rows(index),
            judged=None if self.judged is None else self.judged.take(chosen),
        )  # fmt: skip

    def part(self, rows: slice) -> Batch:
        """A stretch of the items; nothing is copied."""
        count = len(range(*rows.indices(len(self.rows))))
        return replace(
            self, rows=self.rows.slice(rows.start, count), items=self.items.rows(rows),
            milestones=self.milestones.rows(rows),
            judged=None if self.judged is None else self.judged.slice(rows.start, count),
        )  # fmt: skip

    def joined(self, others: Sequence[Batch]) -> Batch:
        """These items and then others of the same network."""
        if not others:
            return self
        every = [self, *others]
        judged = [one.judged for one in every if one.judged is not None]
        items = self.items
        for one in others:
            items = items.beside(one.items)
        return replace(
            self, rows=pa.concat_tables([one.rows for one in every]), items=items,
            milestones=beside([one.milestones for one in every]),
            judged=pa.concat_tables(judged) if len(judged) == len(every) else None,
        )  # fmt: skip

    @property
    def given(self) -> pa.Table:
        """Their verdicts, all of them."""
        return self.verdicts(np.arange(len(self.rows))) if self.judged is None else self.judged

    def verdicts(self, index: Ints) -> pa.Table:
        """The verdicts of some of the items, before any change."""
        if self.judged is not None:
            return self.judged.take(pa.array(index))
        return judge(
            self.network, self.items.some(index), self.milestones.rows(index), self.cases,
            self.as_of,
        ).table  # fmt: skip


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

    @property
    def judged(self) -> pa.Table:
        """Their verdicts, in order of reading."""
        return pa.concat_tables([batch.given for batch in self.batches])


# --- reading ---------------------------------------------------------------------------------


def read_traffic(
    workspace: Workspace, months: Sequence[str], lane: str | None = None,
    as_of: int | None = None, told: Told = lambda done, total: None, only: Only | None = None,
    seen: LanesSeen = EVERY_LANE,
) -> Traffic:  # fmt: skip
    """The items of months, of one lane (`KR-US`) or all, or `only` those of which a rule says so,
    and of them those of the lanes that count,
    by what was known when they were last judged. Raises `NotFound` when nothing was judged,
    `UsageError` for a lane that is none."""
    pair = posts_of(lane)
    closing = closing_of(workspace, months) if as_of is None else as_of
    wanted = _both(only or _of_lane(pair), seen)
    batches = tuple(read_batches(workspace, months, closing, wanted, told))
    if not batches and only is None:
        raise NotFound(f"no item {f'of {lane} ' if lane else ''}was accepted in {months[0]} here")
    return Traffic(tuple(months), closing, batches)


def _both(only: Only, seen: LanesSeen) -> Only:
    return lambda rows: pc.and_(only(rows), seen.mask(rows))


def posts_of(lane: str | None) -> tuple[str, str] | None:
    """The two posts of `KR-US`. Raises `UsageError`."""
    if lane is None:
        return None
    origin, _, destination = lane.partition("-")
    if not (origin and destination):
        raise UsageError(f"{lane!r} is not a lane: write the two posts, KR-US")
    return origin, destination


def every_row(rows: pa.Table) -> pa.ChunkedArray:
    """All acceptance records."""
    return pa.chunked_array([pa.repeat(True, len(rows))])


def _of_lane(pair: tuple[str, str] | None) -> Only:
    if pair is None:
        return every_row

    def of_lane(rows: pa.Table) -> pa.ChunkedArray:
        return pc.and_(pc.equal(rows["origin"], pair[0]), pc.equal(rows["destination"], pair[1]))

    return of_lane


def closing_of(workspace: Workspace, months: Sequence[str]) -> int:
    """The latest data-closing at which any of the months was judged. Raises `NotFound`."""
    latest: list[int] = []
    for part in workspace.facts(VERDICTS_TABLE).parts(["judged_as_of"], months=months):
        found = pc.max(part()["judged_as_of"]).as_py()
        latest += [] if found is None else [int(found)]
    if not latest:
        raise NotFound(f"no item of {months[0]} was judged here: run `datecertain judge` first")
    return max(latest)


def read_batches(
    workspace: Workspace, months: Sequence[str], as_of: int, only: Only,
    told: Told = lambda done, total: None,
) -> Iterator[Batch]:  # fmt: skip
    """The items of months as batches of one month and one network version each. The months are
    read together, bucket by bucket: the events of one are looked for in those of the next."""
    parts = [(unit, between) for unit in judging_units(workspace, months)
             for between in number_ranges(workspace, months, unit)]  # fmt: skip
    for done, (unit, between) in enumerate(parts):
        told(done, len(parts))
        yield from _batches(workspace, months, unit, between, only, as_of)
    told(len(parts), len(parts))


def _batches(
    workspace: Workspace, months: Sequence[str], unit: Sequence[int], between: NumberRange,
    only: Only, as_of: int,
) -> Iterator[Batch]:  # fmt: skip
    reach = sorted({other for month in months for other in event_months(month)})
    rows = current_items(workspace, unit, columns=REPLAYED_COLUMNS, months=reach, between=between)
    rows = rows.filter(pc.is_in(rows["month"], pa.array(list(months))))
    rows = rows.filter(only(rows))
    for version in sorted(pc.unique(rows["network_version"]).to_pylist()):
        network = network_of_version(workspace, version)
        mine = rows.filter(pc.equal(rows["network_version"], version)).combine_chunks()

        def read(
            by: Network, asked: ItemsToJudge, some: pa.Table, within: NumberRange = EVERY_NUMBER
        ) -> Milestones:
            numbers = _few(some)
            events = event_parts(workspace, reach, unit, within if numbers is None else
                                 EVERY_NUMBER, numbers=numbers)  # fmt: skip
            return scans(workspace, by, some, asked, events, as_of)

        asked = to_judge(network, mine)
        found, cases = read(network, asked, mine, between), known_cases(workspace, network, as_of)
        whole = Batch(network, mine, asked, found, cases, as_of,
                      _judged(network, asked, found, cases, as_of), read)  # fmt: skip
        yield from _by_month(whole, months)


def _by_month(whole: Batch, months: Sequence[str]) -> Iterator[Batch]:
    """The items month by month, under the network for the days that any of them can meet."""
    column = whole.rows["month"]
    for month in months:
        rows = np.flatnonzero(pc.equal(column, month).to_numpy())
        if len(rows):
            part = whole if len(rows) == len(column) else whole.some(rows)
            yield replace(part, network=for_days(whole.network, months, whole.as_of))


def _judged(
    network: Network, items: ItemsToJudge, found: Milestones, cases: Sequence[ForceMajeureCase],
    as_of: int,
) -> pa.Table:  # fmt: skip
    assert network.compiled is not None  # compiled before the threads ask for it

    def one(rows: slice) -> pa.Table:
        return judge(network, items.rows(rows), found.rows(rows), cases, as_of).table

    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return pa.concat_tables(pool.map(one, stretches(len(items.item_id))))


def stretches(count: int, rows: int = PART_ROWS) -> list[slice]:
    """So many items in parts of so many rows."""
    return [slice(first, min(first + rows, count)) for first in range(0, count, rows)]


def _few(rows: pa.Table) -> pa.Array | None:
    return rows["item_id"].combine_chunks() if len(rows) <= 100 else None


def for_days(network: Network, months: Sequence[str], as_of: int) -> Network:
    """The network for the days that acceptances of some months can meet."""
    first = parse_date(f"{min(months)}-01") - _BEFORE
    key = (first, as_of)
    kept: dict[Any, Network] = network.__dict__.setdefault("_for_days", {})
    if key not in kept:
        kept[key] = Network(narrowed(network.data, first, as_of // DAY + _AHEAD))
    return kept[key]


# --- promises --------------------------------------------------------------------------------


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
    routes, route = routes_of(network).of(rows)
    number, given, _, _, origin, destination, _ = answer_in_parts(network, routes, Questions(
        route, asked.accepted_date, rows["accepted_min"].to_numpy().astype(np.int64),
        rows["weight_g"].to_numpy().astype(np.int64), value,
    ))  # fmt: skip
    due = np.where((given >= 0) & (given < NO_DUE), given, NO_DUE)
    code = pa.array(number)
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
    return replace(
        as_told, told_on=new, standard_on=due, quote_status=status, quote_reason=reason,
        origin_area=np.where(as_told.origin_area < 0, origin, as_told.origin_area),
        destination_area=np.where(
            as_told.destination_area < 0, destination, as_told.destination_area
        ),
    )  # fmt: skip


def _promised_again(batch: Batch, network: Network, rows: Mask) -> ItemsToJudge:
    """The items by the numbers of another network, some with the dates that it gives."""
    index = np.flatnonzero(rows)
    if len(index) == len(rows):
        return items_after(batch, network, recomputed=True)
    told = items_after(batch, network, recomputed=False)
    if not len(index):
        return told
    some = items_after(batch.some(index), network, recomputed=True)
    place = np.arange(len(rows))
    place[index] = len(rows) + np.arange(len(index))
    return told.beside(some).some(place)


# --- running again ---------------------------------------------------------------------------


def replay_traffic(
    traffic: Traffic, remake: Remake, *, recomputed: bool = True, everything: bool = True,
    told: Told = lambda done, total: None,
) -> Replayed:  # fmt: skip
    """All items under what `remake` makes of the network of their promises, in order of reading;
    not `everything`: those only of which anything is another that a verdict asks for.

    Raises `UsageError`, `NetworkError` when the change cannot be made.
    """
    parts: list[Replayed] = []
    made = Remade(remake)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for done, batch in enumerate(traffic.batches):
            told(done, len(traffic.batches))
            parts += replay_batch(batch, made, pool, recomputed=recomputed, everything=everything)
    told(len(traffic.batches), len(traffic.batches))
    return together(parts)


class Remade:
    """The networks after, each made once, for the same days as those before."""

    def __init__(self, remake: Remake) -> None:
        self._remake = remake
        self._others: dict[str, Network] = {}
        self._made: dict[tuple[str, int], tuple[Network, Reach, bool]] = {}

    def of(self, network: Network) -> tuple[Network, Reach, bool]:
        """What comes of a network, what that touches, and whether scans are read otherwise under
        it. Raises `UsageError`, `NetworkError`."""
        days = network.data.first_day, network.data.last_day
        key = network.version, days[0]
        if key not in self._made:
            other = self._remake(network)
            if (other.data.first_day, other.data.last_day) != days:
                other = Network(narrowed(other.data, *days))
            _compile(network, other)
            self._made[key] = other, reach_of(network, other), reads_otherwise(network, other)
        return self._made[key]


def _compile(network: Network, other: Network) -> None:
    """Compile both, at the same time; what says the same is compiled once."""
    wanted = [one for one in (network, other) if "compiled" not in one.__dict__]
    if compiled_from(other.data) == compiled_from(network.data):
        other.__dict__["compiled"] = network.compiled  # the cached_property's own place
        return
    with ThreadPoolExecutor(max_workers=len(wanted) or 1) as pool:
        made = pool.map(compile_network, [one.data for one in wanted])
        for one, compiled in zip(wanted, made, strict=True):
            one.__dict__["compiled"] = compiled


def replay_batch(
    batch: Replayable, made: Remade, pool: ThreadPoolExecutor, *, recomputed: bool,
    everything: bool = True,
) -> list[Replayed]:  # fmt: skip
    """The items of a batch under another network, part by part; not `everything`: those only of
    which anything is another that a verdict asks for."""
    some, quoted, _ = touched(batch, made, recomputed=recomputed, everything=everything)
    found = some.milestones
    if made.of(batch.network)[2]:
        found = read_anew(some, quoted, made)
    return list(pool.map(
        lambda rows: replay_part(
            some.part(rows), found.rows(rows), quoted[rows], made, everything=everything
        ),
        stretches(len(quoted)),
    ))  # fmt: skip


def touched(
    batch: Replayable, made: Remade, *, recomputed: bool, everything: bool = False,
    among: Mask | None = None,
) -> tuple[Batch, Mask, Ints]:  # fmt: skip
    """The items that a change may touch (`among` some), which of them are to be promised anew, and
    which of the batch they are."""
    after, reach, _ = made.of(batch.network)
    assert batch.network.compiled is not None  # compiled before the threads ask for them
    assert after.compiled is not None
    seen = batch.seen
    count = len(seen.origin)
    rows, quoted = np.ones(count, dtype=bool), np.full(count, recomputed)
    if not everything:
        quoted = reach.promises(seen) | batch.odd if recomputed else quoted
        rows = reach.journeys(seen) | quoted
    index = np.flatnonzero(rows if among is None else rows & among)
    return batch.some(index), quoted[index], index


def read_anew(some: Batch, quoted: Mask, made: Remade) -> Milestones:
    """The scans as the network after reads them, offices by the numbers before."""
    after = made.of(some.network)[0]
    read = some.read_again(after, _promised_again(some, after, quoted), some.rows)
    return replace(read, office=renumbered(after.offices, some.network.offices)[read.office])


def replay_part(
    part: Batch, found: Milestones, quoted: Mask, made: Remade, *, everything: bool = False
) -> Replayed:
    """Items under another network, of which some are promised anew. `found`: their scans as that
    network reads them."""
    before = part.network
    after, reach, _ = made.of(before)
    items = _promised_again(part, after, quoted)
    return replay_items(
        before, after, (part.items, items), found, part.verdicts, part.cases, part.as_of,
        everything=everything, otherwise=reach.judged_otherwise(part.seen),
    )  # fmt: skip
