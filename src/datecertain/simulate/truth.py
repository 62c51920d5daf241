"""What really happened to every item, for checking the product: it never reads any of this."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from datecertain.moments import NEVER, Ints
from datecertain.network import Network
from datecertain.simulate.disturbances import CAUSES, STEPS, Attempt, Cause, Hold, Step, Trips
from datecertain.simulate.lateness import DAYS, OUTCOMES, find_lateness
from datecertain.simulate.movement import Closure, Movement
from datecertain.simulate.plan import SimulationPlan
from datecertain.simulate.posting import Postings
from datecertain.simulate.routing import local_day
from datecertain.simulate.scans import CODES
from datecertain.simulate.transmission import ScanDefects

_STEP_NAMES = tuple(step.name.lower() for step in Step)
#: True moments, named for the checkpoint; null where it never came to that.
MOMENTS = (
    "accepted_at", "outward_in_at", "outward_out_at", "inward_in_at", "customs_in_at",
    "customs_out_at", "inward_out_at", "delivery_office_at", "delivered_at",
)  # fmt: skip

TRUTH = pa.schema(
    [
        pa.field("item_id", pa.string(), nullable=False),
        pa.field("origin", pa.string(), nullable=False),
        pa.field("destination", pa.string(), nullable=False),
        pa.field("accepted_date", pa.int32(), nullable=False),  # local
        pa.field("origin_area", pa.string(), nullable=False),
        pa.field("destination_area", pa.string(), nullable=False),
        pa.field("outward_office", pa.string(), nullable=False),
        pa.field("inward_office", pa.string(), nullable=False),
        pa.field("wrong_office", pa.string()),  # where a missent item landed first
        pa.field("promised_on", pa.int32()),  # between the posts: the date that the network gives
        pa.field("date_told", pa.int32()),  # towards the sender
        pa.field("told_off", pa.int32(), nullable=False),  # days by which it was misquoted
        # Moments: UTC minutes.
        *(pa.field(name, pa.int64()) for name in MOMENTS),
        pa.field("held_at", pa.int64()),  # kept by customs
        pa.field("first_attempt_at", pa.int64()),  # first failed attempt
        pa.field("at_pickup_at", pa.int64()),
        pa.field("stopped_at", pa.int64()),  # what stops the clock between the posts
        pa.field("stopped_on", pa.int32()),  # its local date in the destination area
        pa.field("delivered_on", pa.int32()),
        # What happened, and why: tokens `step:cause`, in order of the journey.
        pa.field("causes", pa.string(), nullable=False),
        pa.field("customs_hold", pa.string(), nullable=False),  # none, told, no_reason, …
        pa.field("clock_stop", pa.bool_(), nullable=False),  # a hold that the scans make valid
        pa.field("failed_attempts", pa.int32(), nullable=False),
        pa.field("attempt_by", pa.string(), nullable=False),  # none, addressee, post, no_reason
        pa.field("closure", pa.bool_(), nullable=False),  # waited for an office or airport
        pa.field("closure_published", pa.bool_(), nullable=False),
        # Codes, blank between them.
        pa.field("missing_scans", pa.string(), nullable=False),
        pa.field("late_scans", pa.string(), nullable=False),  # transmitted days later
        pa.field("repeated_scans", pa.string(), nullable=False),
        pa.field("stamped_late", pa.string(), nullable=False),
        # Minutes that each step took beyond its standard; negative: done before it.
        *(pa.field(f"{name}_over_min", pa.int32()) for name in _STEP_NAMES),
        # The outcomes between the posts and towards the sender. `plain` is false where an
        # excusable delay and another one ran into each other: see `lateness`.
        pa.field("outcome", pa.string(), nullable=False),
        pa.field("plain", pa.bool_(), nullable=False),
        pa.field("sender_outcome", pa.string(), nullable=False),
        pa.field("sender_plain", pa.bool_(), nullable=False),
        pa.field("sender_days_late", pa.int32()),
        # For items late between the posts: margin and steps, in calendar days, that add up to the
        # days late.
        pa.field("days_late", pa.int32()),
        *(pa.field(name, pa.int32()) for name in DAYS),
    ]
)


def tell_truth(
    network: Network, items: Postings, trips: Trips, moved: Movement, defects: ScanDefects,
    closures: tuple[Closure, ...], plan: SimulationPlan,
) -> pa.Table:  # fmt: skip
    """The truth, one row an item in order of acceptance (schema `TRUTH`)."""
    found = find_lateness(network, items, trips, moved, defects, closures, plan)
    posts = pa.array([post.post for post in network.data.posts])
    areas = pa.array([area.area for area in network.data.areas])
    offices = pa.array([office.office for office in network.data.offices])
    outcomes = pa.array([str(name) for name in OUTCOMES])
    over = moved.reached[1:] - moved.standard
    over[(moved.reached[1:] >= NEVER) | (moved.standard >= NEVER)] = NEVER
    columns: dict[str, pa.Array] = {
        "item_id": items.item_id, "origin": _named(posts, items.origin),
        "destination": _named(posts, items.destination), "accepted_date": _whole(items.day),
        "origin_area": _named(areas, items.origin_area),
        "destination_area": _named(areas, items.destination_area),
        "outward_office": _named(offices, trips.outward),
        "inward_office": _named(offices, trips.inward),
        "wrong_office": _named(offices, trips.wrong_office),
        "promised_on": _whole(found.between.promised_on),
        "date_told": _whole(np.where(items.told >= 0, items.told, NEVER)),
        "told_off": _whole(items.told_off),
        **{name: _moments(moved.reached[k]) for k, name in enumerate(MOMENTS)},
        "held_at": _moments(moved.held_at), "first_attempt_at": _moments(moved.attempts[0]),
        "at_pickup_at": _moments(moved.at_pickup), "stopped_at": _moments(found.between.stopped_at),
        "stopped_on": _whole(found.between.stopped_on),
        "delivered_on": _whole(local_day(network.compiled, trips.area, moved.reached[STEPS])),
        "causes": _causes(trips, moved),
        "customs_hold": _named(
            pa.array([kind.name.lower() for kind in Hold]),
            np.where(moved.held_at < NEVER, trips.hold, 0),
        ),
        "clock_stop": pa.array(found.clock_stop),
        "failed_attempts": _whole((moved.attempts < NEVER).sum(axis=0)),
        "attempt_by": _named(
            pa.array([kind.name.lower() for kind in Attempt]),
            np.where(moved.attempts[0] < NEVER, trips.attempt, 0),
        ),
        "closure": pa.array(np.asarray(moved.stormed.any(axis=0))),
        "closure_published": pa.array(found.published),
        "missing_scans": _codes(defects.missing), "late_scans": _codes(defects.sent_late),
        "repeated_scans": _codes(defects.sent_twice), "stamped_late": _codes(defects.stamped_late),
        **{f"{name}_over_min": _whole(over[k]) for k, name in enumerate(_STEP_NAMES)},
        "outcome": _named(outcomes, found.between.outcome),
        "plain": pa.array(found.between.plain),
        "sender_outcome": _named(outcomes, found.sender.outcome),
        "sender_plain": pa.array(found.sender.plain),
        "sender_days_late": _whole(found.sender.days_late),
        "days_late": _whole(found.between.days_late),
        **{name: _whole(column) for name, column in found.days.items()},
    }  # fmt: skip
    return pa.table([columns[name] for name in TRUTH.names], schema=TRUTH)


def _causes(trips: Trips, moved: Movement) -> pa.Array:
    """Tokens `step:cause` of every item, by way of one word of bits an item and step."""
    closed = np.int32(1 << CAUSES.index(Cause.CLOSURE))
    texts = np.full(len(trips.area), "", dtype=object)
    for step in Step:
        bits = trips.causes[step] | np.where(moved.stormed[step], closed, 0)
        bits = np.where(moved.reached[step] < NEVER, bits, 0)
        for word in np.unique(bits[bits > 0]).tolist():
            tokens = "".join(
                f" {step.name.lower()}:{cause}"
                for number, cause in enumerate(CAUSES)
                if word >> number & 1
            )
            texts[bits == word] += tokens
    return pa.array([text[1:] for text in texts.tolist()], pa.string())


def _codes(masks: Ints) -> pa.Array:
    """Masks of event codes as codes with blanks between them."""
    words, which = np.unique(masks, return_inverse=True)
    texts = [
        " ".join(code for k, code in enumerate(CODES) if word >> k & 1) for word in words.tolist()
    ]
    return _named(pa.array(texts, pa.string()), which)


def _named(names: pa.Array, index: Ints) -> pa.Array:
    return names.take(pa.array(index, mask=index < 0))


def _whole(values: Ints) -> pa.Array:
    """A column of int32, null at NEVER."""
    known = values < NEVER
    return pa.array(np.where(known, values, 0).astype(np.int32), mask=~known)


def _moments(values: Ints) -> pa.Array:
    return pa.array(values, pa.int64(), mask=values >= NEVER)
