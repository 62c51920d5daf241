"""The dispatches that items travel in: one a closing and pair of offices, numbered S8."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from datecertain.moments import Ints, date_of, zone
from datecertain.network import CompiledNetwork
from datecertain.simulate.disturbances import Trips
from datecertain.simulate.movement import Movement

#: Dispatches made up for missent items sent on begin here, so that they meet no other number.
_SENT_ON = 9000


@dataclass(frozen=True, slots=True)
class Dispatches:
    """`names[first[item]]` is the dispatch an item left its outward office in; `onward` that in
    which a missent one was sent on. -1: none."""

    names: pa.Array
    first: Ints
    onward: Ints


def dispatches_of(
    compiled: CompiledNetwork, trips: Trips, moved: Movement, first_serial: int = 1
) -> Dispatches:
    """Number the dispatches of each pair of offices in order of their closing."""
    target = np.where(trips.wrong_office >= 0, trips.wrong_office, trips.inward)
    slot = moved.closing_slot
    rows = np.flatnonzero(slot >= 0)
    count = len(compiled.offices)
    pair = trips.outward[rows] * count + target[rows]
    keys, which = np.unique(pair * len(compiled.closing.done) + slot[rows], return_inverse=True)
    first = np.full(len(slot), -1, dtype=np.int64)
    first[rows] = which
    pairs, slots = np.divmod(keys, max(len(compiled.closing.done), 1))
    _, begins, sizes = np.unique(pairs, return_index=True, return_counts=True)
    serials = np.arange(len(keys)) - np.repeat(begins, sizes) + first_serial
    closed = compiled.closing.done[slots]
    names = [
        _name(compiled, *divmod(int(p), count), int(at), int(serial))
        for p, at, serial in zip(pairs, closed, serials, strict=True)
    ]
    onward = np.full(len(slot), -1, dtype=np.int64)
    for row in np.flatnonzero(moved.wrong_in < moved.wrong_out).tolist():
        wrong, right = int(trips.wrong_office[row]), int(trips.inward[row])
        onward[row] = len(names)
        serial = _SENT_ON + row % 1000
        names.append(_name(compiled, wrong, right, int(moved.wrong_out[row]), serial))
    return Dispatches(pa.array(names, pa.string()), first, onward)


def _name(compiled: CompiledNetwork, outward: int, inward: int, at: int, serial: int) -> str:
    office = compiled.offices[outward]
    day, _ = zone(office.zone).to_local(np.int64(at))
    year = date_of(int(day)).year % 10
    return f"{office.office}{compiled.offices[inward].office}AEN{year}{serial % 10_000:04d}"
