"""Many small changes tried on the same real items, the best first (req 65). Nothing is written."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.errors import UsageError
from datecertain.moments import Ints, parse_date
from datecertain.network import Network
from datecertain.operations.lanes_seen import EVERY_LANE, LanesSeen
from datecertain.operations.networks import current_network
from datecertain.operations.replayed_items import (
    Remade,
    Told,
    Traffic,
    read_traffic,
    replay_batch,
)
from datecertain.operations.replays import refunds_of
from datecertain.planning.levers import Effect, Lever, effort_of, efforts, levers_of, ranked
from datecertain.planning.network_changes import changed_texts
from datecertain.planning.replays import Replayed, Standing, together, whole_change
from datecertain.settlement.money import Rates
from datecertain.store import Workspace

#: Places of each kind that are tried: those with the most items.
_PLACES = 8


@dataclass(frozen=True)
class Levers:
    """What was tried, the best first. `before`: how the items stood."""

    months: tuple[str, ...]
    items: int
    before: Standing
    effects: tuple[Effect, ...]

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "months": list(self.months), "items": self.items, "before": self.before.plain,
            "levers": [one.plain for one in self.effects],
        }  # fmt: skip


def try_levers(
    workspace: Workspace, months: Sequence[str], lane: str | None = None,
    places: int = _PLACES, told: Told = lambda done, total: None, kinds: Collection[str] = (),
    seen: LanesSeen = EVERY_LANE,
) -> Levers:  # fmt: skip
    """Try small changes, of some `kinds` or of all, on months of real items, at the `places` of
    each kind that most late items pass. A change of hours, flights or rounds leaves the dates told
    as they were; one day more in the date moves the dates. Raises `NotFound`, `UsageError`."""
    traffic = read_traffic(workspace, months, lane, seen=seen)
    network = current_network(workspace)
    if strange := sorted({*kinds} - {row.kind for row in efforts()}):
        raise UsageError(
            f"no kind of change {', '.join(strange)}: {', '.join(row.kind for row in efforts())}"
        )
    levers = [one for one in _worth_trying(traffic, network, places)
              if not kinds or one.kind in kinds]  # fmt: skip
    before = whole_change(_as_judged(traffic.judged)).before
    day = parse_date(f"{months[0]}-01")
    effects: list[Effect] = []
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for done, lever in enumerate(levers):
            told(done, len(levers))
            found = _replayed(traffic, lever, pool)
            effects.append(_effect(lever, before, found, network, traffic, day))
    told(len(levers), len(levers))
    return Levers(traffic.months, traffic.items, before, tuple(ranked(effects)))


def _as_judged(verdicts: pa.Table) -> Replayed:
    nothing = np.zeros(len(verdicts), dtype=np.int64)
    return Replayed(verdicts, verdicts, nothing - 1, nothing, 0, nothing)


def _worth_trying(traffic: Traffic, network: Network, places: int) -> list[Lever]:
    """The changes where the most of the items that were late pass."""
    offices, areas = Counter[str](), Counter[str]()
    lanes, pairs = Counter[str](), Counter[tuple[str, str]]()
    airports = {row.office: row.airport for row in network.data.offices}
    for batch in traffic.batches:
        verdicts = batch.given
        late = np.flatnonzero(verdicts["days_late"].to_numpy() > 0)
        names = [*batch.network.offices]
        inward = _named(batch.milestones.office[late, 3], names)
        outward = _named(batch.milestones.office[late, 2], names)
        offices.update(name for name in (*inward, *outward) if name)
        pairs.update(
            (airports[out], airports[into]) for out, into in zip(outward, inward, strict=True)
            if out in airports and into in airports
        )  # fmt: skip
        rows = verdicts.take(pa.array(late))
        areas.update(name for name in rows["destination_area"].to_pylist() if name)
        lanes.update(
            f"{one}-{other}" for one, other in
            zip(rows["origin"].to_pylist(), rows["destination"].to_pylist(), strict=True)
        )  # fmt: skip
    return levers_of(
        network.data, _first(offices, places), _first(lanes, places), _first(areas, places),
        _first(pairs, places),
    )  # fmt: skip


def _first(counted: Counter[Any], count: int) -> list[Any]:
    return sorted(counted, key=lambda name: (-counted[name], str(name)))[:count]


def _named(index: Ints, names: Sequence[str]) -> list[str]:
    return [names[i] if i >= 0 else "" for i in index.tolist()]


def _replayed(traffic: Traffic, lever: Lever, pool: ThreadPoolExecutor) -> Replayed:
    made = Remade(_by(lever))
    parts: list[Replayed] = []
    for batch in traffic.batches:
        parts += replay_batch(
            batch, made, pool, recomputed=lever.promise, everything=False,
        )  # fmt: skip
    return together(parts)


def _by(lever: Lever) -> Callable[[Network], Network]:
    def remake(network: Network) -> Network:
        texts = changed_texts(network.data.texts, lever.change)
        return Network.as_published(texts, f"{network.version} {lever.change}")

    return remake


def _effect(
    lever: Lever, before: Standing, found: Replayed, network: Network, traffic: Traffic, day: int
) -> Effect:  # fmt: skip
    change = whole_change(found) if len(found.before) else None
    after = before if change is None else before.changed(change.before, change.after)
    early = pc.subtract(found.before["stopped_on"], found.after["stopped_on"]).fill_null(0)
    late = [np.maximum(table["days_late"].to_numpy(), 0) for table in (found.before, found.after)]
    return Effect(
        lever, before, after, _moved(found), int(early.to_numpy().sum()),
        int((late[0] - late[1]).sum()), _refunds_saved(found, network, traffic, day),
        effort_of(lever, day),
    )  # fmt: skip


def _moved(found: Replayed) -> int:
    """The items of which the journey or a date is another."""
    rows = found.first >= 0
    for name in ("promised_on", "sender_promised_on"):
        days = [side[name].fill_null(-1).to_numpy() for side in (found.before, found.after)]
        rows = rows | (days[0] != days[1])
    return int(np.count_nonzero(rows))


def _refunds_saved(found: Replayed, network: Network, traffic: Traffic, day: int) -> int:
    """What senders may claim less than before, in micro-SDR at the rate of the first day."""
    keys = found.before["item_key"].combine_chunks()
    records = pa.concat_tables(
        [batch.rows.filter(pc.is_in(batch.rows["item_key"], keys)) for batch in traffic.batches]
    )
    saved = 0
    for sign, verdicts in ((1, found.before), (-1, found.after)):
        for row in refunds_of(network, records, verdicts, "").to_pylist() if len(records) else ():
            amount = np.array([row["owed_minor"]], dtype=np.int64)
            at = np.array([day], dtype=np.int64)
            usdr, _, _ = Rates(network).convert(
                amount, (row["currency"],), np.zeros(1, dtype=np.int64), at
            )
            saved += sign * int(usdr[0])
    return saved
