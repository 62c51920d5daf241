"""A month of group traffic from a network and a plan: records, scans, notices, and the truth."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from datecertain.moments import format_clock, format_date
from datecertain.network import Network
from datecertain.promise.acceptance import ACCEPTANCE_FILE
from datecertain.simulate.closures import closures_and_notices
from datecertain.simulate.disturbances import draw_trips
from datecertain.simulate.movement import walk
from datecertain.simulate.plan import SimulationPlan
from datecertain.simulate.posting import CHANNELS, Postings, post_items
from datecertain.simulate.routing import choose_routes
from datecertain.simulate.scans import stamp_items
from datecertain.simulate.transmission import Scans, transmit
from datecertain.simulate.truth import tell_truth
from datecertain.tracking.cases import ForceMajeureCase


@dataclass(frozen=True, slots=True)
class Simulation:
    """What the posts record and send, and what really happened.

    `acceptances` has the columns of an acceptance file, all as text, and `truth` the schema
    `datecertain.simulate.truth.TRUTH`; both have one row an item, in order of acceptance.
    """

    plan: SimulationPlan
    network_version: str
    posts: tuple[str, ...]  # of the network: scans and `accepted_by` are indices into these
    operators: tuple[str, ...]
    zones: tuple[str, ...]
    acceptances: pa.Table
    accepted_day: np.ndarray[tuple[int], np.dtype[np.int64]]  # local, per acceptance
    accepted_by: np.ndarray[tuple[int], np.dtype[np.int64]]  # post, per acceptance
    scans: Scans
    notices: tuple[ForceMajeureCase, ...]
    truth: pa.Table


def simulate(network: Network, plan: SimulationPlan) -> Simulation:
    """Simulate a plan over a network: the same plan and network give the same answer, bit by bit.

    Raises `UsageError` if no lane is open on the plan's first day, or an item has no route.
    """
    compiled = network.compiled
    items = post_items(network, plan)
    routes = choose_routes(compiled, items, plan)
    trips = draw_trips(compiled, items, routes, plan)
    closures, notices = closures_and_notices(compiled, plan)
    moved = walk(compiled, trips, closures)
    sheet = stamp_items(network, items, trips, moved, plan)
    scans, defects = transmit(network, sheet, len(items), plan)
    return Simulation(
        plan=plan,
        network_version=network.version,
        posts=tuple(post.post for post in network.data.posts),
        operators=tuple(post.operator for post in network.data.posts),
        zones=tuple(post.zone for post in network.data.posts),
        acceptances=_acceptances(network, items),
        accepted_day=items.day,
        accepted_by=items.origin,
        scans=scans,
        notices=notices,
        truth=tell_truth(network, items, trips, moved, defects, closures, plan),
    )


def known_by(simulation: Simulation, moment: int) -> Simulation:
    """What the posts had recorded and sent by a moment; the truth stays whole."""
    accepted = simulation.truth["accepted_at"].to_numpy()
    count = int(np.searchsorted(accepted, moment, side="right"))
    return replace(
        simulation, acceptances=simulation.acceptances.slice(0, count),
        accepted_day=simulation.accepted_day[:count], accepted_by=simulation.accepted_by[:count],
        scans=simulation.scans.sent_by(moment),
        notices=tuple(one for one in simulation.notices if one.published_at <= moment),
    )  # fmt: skip


def _acceptances(network: Network, items: Postings) -> pa.Table:
    posts = network.data.posts
    names = np.array([post.post for post in posts], dtype=object)
    currencies = np.array([post.currency for post in posts], dtype=object)
    # Marked in the data themselves: no report can take generated mail for real.
    channels = np.array([f"synthetic-{name}" for name, _ in CHANNELS], dtype=object)
    days = {day: format_date(day) for day in np.unique(np.append(items.day, items.told)).tolist()}
    days[-1] = ""
    clocks = [format_clock(minute) for minute in range(24 * 60)]
    local = [
        f"{days[day]}T{clocks[minute]}"
        for day, minute in zip(items.day.tolist(), items.minute.tolist(), strict=True)
    ]
    columns = {
        "item_id": items.item_id,
        "origin": names[items.origin],
        "origin_postcode": items.origin_postcode,
        "accepted_local": local,
        "channel": channels[items.channel],
        "destination": names[items.destination],
        "destination_postcode": items.destination_postcode,
        "contents": np.where(items.documents, "documents", "merchandise"),
        "weight_g": [str(weight) for weight in items.weight_g.tolist()],
        "postage_minor": [str(postage) for postage in items.postage_minor.tolist()],
        "currency": currencies[items.origin],
        "date_told": [days[day] for day in items.told.tolist()],
    }
    return pa.table({name: pa.array(columns[name], pa.string()) for name in ACCEPTANCE_FILE})
