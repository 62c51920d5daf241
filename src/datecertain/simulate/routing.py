"""Which pair of offices of exchange an item goes through: the one whose standard delivers first,
as the promise chooses it, or now and then another admissible one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from datecertain.errors import UsageError
from datecertain.moments import NEVER, Ints, zone
from datecertain.network import CompiledNetwork
from datecertain.simulate.plan import SimulationPlan
from datecertain.simulate.posting import Postings


@dataclass(frozen=True, slots=True)
class Routes:
    """One row an item: export link, inward office, and whether it is not the promise's choice."""

    link: Ints
    inward: Ints
    other: Ints  # 1 where another pair than the best was taken

    def outward(self, compiled: CompiledNetwork) -> Ints:
        """The outward office of every item."""
        return compiled.export_office[self.link]


def local_day(compiled: CompiledNetwork, areas: Ints, moments: Ints) -> Ints:
    """The local date in each area at each moment; NEVER stays NEVER."""
    days = np.full(len(areas), NEVER, dtype=np.int64)
    names = np.array([area.zone for area in compiled.areas])[areas]
    for name in np.unique(names).tolist():
        rows = np.flatnonzero((names == name) & (moments < NEVER))
        days[rows], _ = zone(name).to_local(moments[rows])
    return days


def inward_choices(compiled: CompiledNetwork) -> Ints:
    """[area, m]: the m-th inward office that serves the area, -1 past the last."""
    served = compiled.import_of >= 0
    width = max(int(served.sum(axis=0).max()), 1)
    table = np.full((len(compiled.areas), width), -1, dtype=np.int64)
    for area in range(len(compiled.areas)):
        offices = np.flatnonzero(served[:, area])
        table[area, : len(offices)] = offices
    return table


def standard_onward(
    compiled: CompiledNetwork, stage: int, outward: Ints, inward: Ints, area: Ints, at: Ints
) -> Ints:
    """When an item that finishes `stage` stages at that moment would be at the delivery office if
    all went to standard through that pair of offices (stages as in docs/reference/network-files).

    `stage` 1: at the outward office … 6: left the inward office. Walks forward, stage by stage:
    the due functions of the product are composed backwards, so the two check each other.
    """
    moment = at
    pair = np.where((outward >= 0) & (inward >= 0), compiled.pair_of[outward, inward], -1)
    steps = (
        (1, compiled.closing, outward), (2, compiled.transport, pair),
        (3, compiled.presentation, inward), (4, compiled.customs, inward),
        (5, compiled.forwarding, inward), (6, compiled.inland, compiled.import_of[inward, area]),
    )  # fmt: skip
    for number, table, key in steps:
        if number >= stage:
            moment = table.at(key, moment)
    return moment


def _candidates(
    compiled: CompiledNetwork, items: Postings
) -> Iterator[tuple[Ints, Ints, Ints, Ints]]:
    """(link, inward, due day, at the delivery office) of every pair of choices, item by item."""
    inwards = inward_choices(compiled)
    for k in range(compiled.export_of.shape[1]):
        link = compiled.export_of[items.origin_area, k]
        outward = np.where(link >= 0, compiled.export_office[np.maximum(link, 0)], -1)
        exported = compiled.export.at(link, items.accepted_at)
        for m in range(inwards.shape[1]):
            inward = inwards[items.destination_area, m]
            there = np.where(
                (link >= 0) & (inward >= 0),
                standard_onward(compiled, 1, outward, inward, items.destination_area, exported),
                NEVER,
            )
            done = compiled.delivery.at(items.destination_area, there)
            done = np.where(done < NEVER, done - 1, NEVER)  # a round that ends at 24:00 is today's
            yield link, inward, local_day(compiled, items.destination_area, done), there


def choose_routes(compiled: CompiledNetwork, items: Postings, plan: SimulationPlan) -> Routes:
    """The pair with the earliest due day, then the earliest at the delivery office, then the first
    of the network's files. Raises `UsageError` if an item has none."""
    count = len(items)
    rng = plan.stream("routes")
    wander = rng.random(count) < plan.chances.other_route
    taste = rng.random(count)
    best = (np.full(count, -1), np.full(count, -1), np.full(count, NEVER), np.full(count, NEVER))
    second_link, second_inward = np.full(count, -1), np.full(count, -1)
    candidates = enumerate(_candidates(compiled, items), start=1)
    for number, (link, inward, due, there) in candidates:
        better = (due < best[2]) | ((due == best[2]) & (there < best[3]))
        # Another admissible route: the best before it was bettered, or one met later on.
        displaced = better & (best[0] >= 0)
        keep = ~better & (due < NEVER) & ((second_link < 0) | (taste < 1 / number))
        second_link = np.where(displaced, best[0], np.where(keep, link, second_link))
        second_inward = np.where(displaced, best[1], np.where(keep, inward, second_inward))
        best = tuple(  # type: ignore[assignment]
            np.where(better, new, old)
            for new, old in zip((link, inward, due, there), best, strict=True)
        )
    if (stuck := np.flatnonzero(best[0] < 0)).size:
        area = compiled.areas[int(items.origin_area[stuck[0]])].area
        other = compiled.areas[int(items.destination_area[stuck[0]])].area
        raise UsageError(
            f"the network has no route from {area} to {other} on the plan's days: "
            "add links and flights, or leave the lane out"
        )
    use = wander & (second_link >= 0)
    return Routes(
        np.where(use, second_link, best[0]).astype(np.int64),
        np.where(use, second_inward, best[1]).astype(np.int64),
        use.astype(np.int64),
    )
