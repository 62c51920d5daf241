"""What a post can claim of its carriers: the refunds that rest on days which a carrier held the
item (req 44). Posts settle by legs and name carriers; what a carrier owes is between it and the
post that contracted it, by their own contract: this lists the grounds, and books nothing.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from datecertain.claims.money import split
from datecertain.moments import Ints, format_utc


@dataclass(frozen=True, slots=True)
class CarrierItem:
    """A stretch of an item's way on which a carrier burned days. Moments in UTC minutes."""

    carrier: str  # its code, as flights or messages name it
    claimant: str  # the post that contracted the carriage, and answers for it between the posts
    item_id: str
    item_key: str
    origin: str
    destination: str
    receptacle: str
    flights: str  # in order of time, as facts named them
    taken_at: int
    given_at: int
    days: int  # delivery days of the addressee's area
    refund_usdr: int  # of the whole item
    resting_usdr: int  # of it, on this stretch


@dataclass(frozen=True, slots=True)
class CarrierTotal:
    """A carrier's stretches together."""

    carrier: str
    claimant: str
    stretches: int
    days: int
    resting_usdr: int


def resting(item: Ints, step: Ints, leg_usdr: Ints) -> Ints:
    """What of each item's refund rests on each part of its transport step, in micro-SDR.

    `item`, `step`: per part (items in order) the row of its item and its delivery days; `leg_usdr`:
    per item what rests on the transport leg. As between legs, the amount goes over the parts that
    burned days; parts that won some back bear nothing. The parts of an item sum to its amount; an
    item without any part that burned days has nothing to rest on.
    """
    found = np.zeros(len(item), dtype=np.int64)
    if not len(item):
        return found
    burned = np.maximum(step, 0)
    starts = np.flatnonzero(np.diff(item, prepend=-1))
    for start, end in zip(starts, [*starts[1:], len(item)], strict=True):
        weights = burned[start:end].tolist()
        amount = int(leg_usdr[item[start]])
        if amount and sum(weights):
            found[start:end] = split(amount, weights)
    return found


def carrier_totals(items: Sequence[CarrierItem]) -> tuple[CarrierTotal, ...]:
    """Per carrier and post that contracted it, in order of both."""
    totals: dict[tuple[str, str], CarrierTotal] = {}
    for one in items:
        key = one.carrier, one.claimant
        old = totals.get(key, CarrierTotal(*key, 0, 0, 0))
        totals[key] = CarrierTotal(
            *key, old.stretches + 1, old.days + one.days, old.resting_usdr + one.resting_usdr
        )
    return tuple(totals[key] for key in sorted(totals))


#: The columns of the file, one row a stretch.
COLUMNS = (
    "carrier", "claimant", "item_id", "item_key", "origin", "destination", "receptacle", "flights",
    "taken_at", "given_at", "days", "refund_usdr", "resting_usdr",
)  # fmt: skip
#: What a spreadsheet takes for the begin of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def carriers_csv(items: Sequence[CarrierItem]) -> str:
    """The stretches as CSV: amounts in micro-SDR, moments in UTC. Names that came with messages are
    kept from being read as formulas by an apostrophe before them."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in items:
        given = {name: getattr(one, name) for name in COLUMNS}
        given |= {name: format_utc(given[name]) for name in ("taken_at", "given_at")}
        writer.writerow(
            f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
            for value in given.values()
        )
    return text.getvalue()
