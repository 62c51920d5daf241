"""Claim lists of carriers: the items of a month whose way took too long while a carrier had them,
by what was told of their receptacles, and the refunds that rest on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.claims.refunds import refunds_due
from datecertain.errors import NotFound
from datecertain.moments import NEVER, UNKNOWN, Ints
from datecertain.network import Network
from datecertain.operations.evidence import (
    current_items,
    event_months,
    event_parts,
    known_cases,
    own_scans,
    to_judge,
)
from datecertain.operations.judging import current_verdicts
from datecertain.operations.ledger_refunds import granted_refunds
from datecertain.operations.movements import Proven, handover_of, way_scans
from datecertain.operations.networks import current_network, network_of_version
from datecertain.operations.tables import EVENTS_TABLE
from datecertain.settlement import Period
from datecertain.settlement.carrier_claims import CarrierItem, resting
from datecertain.settlement.recourse import refund_by_legs
from datecertain.store import Workspace
from datecertain.tracking.events import BUCKETS
from datecertain.verdict.carried import last_told, scheduled_departure
from datecertain.verdict.handover import CARRIER, Movement, with_handover
from datecertain.verdict.journey_facts import transit_stays
from datecertain.verdict.judging import judge
from datecertain.verdict.liable import destination_liable
from datecertain.verdict.on_the_way import Halt, WaySteps, way_steps
from datecertain.verdict.outcomes import Leg

Told = Callable[[int, int], None]


def carrier_items(
    workspace: Workspace, month: str, told: Told = lambda done, total: None
) -> tuple[CarrierItem, ...]:
    """The stretches on which carriers burned days, of items accepted in a month, in order of
    carrier, item and time.

    Only what a carrier had from an uplift on, and only carriers that a fact names: what lies before
    an uplift may have been the post's own ground time. Raises `NotFound` when nothing was judged.
    """
    verdicts = current_verdicts(workspace, [month])
    if not len(verdicts):
        raise NotFound(f"no item of {month} was judged here: run `datecertain judge` first")
    as_of = int(pc.max(verdicts["judged_as_of"]).as_py())
    late = verdicts.filter(pc.greater(verdicts["days_transport"], 0))
    found: list[CarrierItem] = []
    for bucket in range(BUCKETS):
        told(bucket, BUCKETS)
        items = current_items(workspace, [bucket], months=[month])
        items = items.filter(pc.is_in(items["item_key"], late["item_key"].combine_chunks()))
        for version in sorted(pc.unique(items["network_version"]).to_pylist()):
            mine = items.filter(pc.equal(items["network_version"], version))
            found += _stretches(workspace, month, version, mine, late, as_of)
    return tuple(sorted(found, key=lambda one: (one.carrier, one.item_id, one.taken_at)))


def _stretches(
    workspace: Workspace, month: str, version: str, items: pa.Table, late: pa.Table, as_of: int
) -> Iterator[CarrierItem]:
    """The stretches of items that were promised on one network version."""
    network = network_of_version(workspace, version)
    bucket = [int(items["bucket"][0].as_py())]
    events = workspace.scan(EVENTS_TABLE, months=event_months(month), buckets=bucket)
    asked = to_judge(network, items)
    parts = event_parts(workspace, event_months(month), bucket)
    own = own_scans(workspace, network, items, asked, parts, as_of)
    proven = handover_of(workspace, network, items, asked, own, as_of)
    if proven is None:
        return
    judgement = judge(
        network, asked, with_handover(own, proven[0]), known_cases(workspace, network, as_of), as_of
    )
    posts = asked.lane_posts(tuple(network.posts))
    steps = way_steps(
        network, judgement.replay, posts[0], judgement.clocks[1], proven[1],
        _scheduled(network, proven), transit_stays(*posts, way_scans(workspace, network, items,
                                                                     events, as_of)),
    )  # fmt: skip
    refunds = _refunds(workspace, month, items, late)
    on_leg = np.array([refunds.get(key, (0, 0))[1] for key in items["item_key"].to_pylist()])
    amounts = resting(steps.item, steps.step, on_leg.astype(np.int64))
    yield from _told_by_carriers(network, items, proven, steps, amounts, refunds)


def _scheduled(network: Network, proven: Proven) -> Ints:
    """The departure that the timetable has for each uplift; one flight carries many items."""
    _, movements, rows = proven
    known: dict[tuple[str, str, int], int] = {}
    found = np.full(len(movements), UNKNOWN, dtype=np.int64)
    flights, places = rows["flight"].to_pylist(), rows["place"].to_pylist()
    for row in np.flatnonzero(movements.kind == Movement.UPLIFTED).tolist():
        key = flights[row] or "", places[row], int(movements.at[row])
        if key not in known:
            known[key] = scheduled_departure(network, *key)
        found[row] = known[key]
    return found


def _refunds(
    workspace: Workspace, month: str, items: pa.Table, late: pa.Table
) -> Mapping[str, tuple[int, int]]:
    """By item key the refund and what of it rests on the transport leg, in micro-SDR: the rules of
    refunds and recourse before any limit that two posts agreed."""
    network = current_network(workspace)
    mine = late.filter(pc.is_in(late["item_key"], items["item_key"].combine_chunks()))
    granted = granted_refunds(workspace, network, month)
    refunds, _ = refunds_due(network, mine, items, granted.keys)
    found: dict[str, tuple[int, int]] = {}
    for row in refund_by_legs(network, refunds, mine, Period.month(month)).to_pylist():
        leg = row["amount_usdr"] if row["part"] == Leg.TRANSPORT.name.lower() else 0
        found[row["item_key"]] = row["refund_usdr"], found.get(row["item_key"], (0, 0))[1] + leg
    return found


@dataclass(frozen=True, slots=True)
class _Way:
    """What facts tell of the way of one item."""

    receptacle: str
    flights: str


def _ways(proven: Proven, wanted: Sequence[int]) -> Mapping[int, _Way]:
    """By row of the item its receptacle, and its flights in order of time."""
    _, movements, rows = proven
    asked = set(wanted)
    order = np.lexsort((movements.at, movements.item)).tolist()
    flights, receptacles = rows["flight"].to_pylist(), rows["receptacle"].to_pylist()
    named: dict[int, dict[str, None]] = {}
    inside: dict[int, str] = {}
    for row in order:
        item = int(movements.item[row])
        if item in asked:
            inside.setdefault(item, receptacles[row])
            if flights[row]:
                named.setdefault(item, {})[flights[row]] = None
    return {item: _Way(inside[item], " ".join(named.get(item, ()))) for item in inside}


def _told_by_carriers(
    network: Network, items: pa.Table, proven: Proven, steps: WaySteps, amounts: Ints,
    refunds: Mapping[str, tuple[int, int]],
) -> Iterator[CarrierItem]:  # fmt: skip
    movements = proven[1]
    lifted = steps.halt == Halt.UPLIFT
    uplift = np.full(len(items), NEVER, dtype=np.int64)
    uplift[steps.item[lifted]] = steps.at[lifted]
    before = np.r_[UNKNOWN, steps.at[:-1]]  # of the part before; of the same item after its uplift
    after = (np.r_[-1, steps.item[:-1]] == steps.item) & (before >= uplift[steps.item])
    burned = (steps.holder == CARRIER) & (steps.step > 0) & after
    rows = np.flatnonzero(burned)
    teller = last_told(movements, steps.item[rows], steps.at[rows])
    ways, listed = _ways(proven, steps.item[rows].tolist()), items.to_pylist()
    contracted = destination_liable(
        network.carriage, items["origin"], items["destination"],
        items["accepted_date"].to_numpy().astype(np.int64),
    )[:, Leg.TRANSPORT]  # fmt: skip
    for row, told in zip(rows.tolist(), teller.tolist(), strict=True):
        if told < 0:
            continue
        number = int(steps.item[row])
        item, way = listed[number], ways[number]
        yield CarrierItem(
            movements.carriers[int(movements.carrier[told])],
            item["destination" if contracted[number] else "origin"], item["item_id"],
            item["item_key"], item["origin"], item["destination"], way.receptacle, way.flights,
            int(steps.at[row - 1]), int(steps.at[row]), int(steps.step[row]),
            refunds.get(item["item_key"], (0, 0))[0], int(amounts[row]),
        )  # fmt: skip
