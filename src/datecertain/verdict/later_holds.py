"""Import holds that begin after the item had come back from customs: each a hold of its own
(req 19).

The first hold has checkpoints: where the item was shown, and where it came back. What customs do
with an item after its first EDC has none, so these holds are rows beside the items: few items have
one. A hold ends with the next EDC, and the next EME begins another.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from datecertain.moments import NEVER, UNKNOWN, Ints, Mask
from datecertain.verdict.lane_terms import LaneTerms
from datecertain.verdict.scan_reasons import SIDES, ReasonedScans, read_reasons

#: A row and a moment in one number, in order of both.
_ROW_SHIFT = 32


@dataclass(frozen=True, slots=True)
class LaterHolds:
    """The holds of items that customs called back, one row each, in order of item and time.
    `[m, 2]`: between the posts, towards the sender; moments are UNKNOWN where there is none."""

    item: Ints  # [m] row of the item
    kept: Ints  # [m] its first EME of any kind
    valid: Ints  # [m, 2] its first EME with a reason that is valid for a clock-stop
    exclusion: Ints  # [m, 2] the exclusion under which it is excused; -1
    released: Ints  # [m] the EDC that ends it
    left: Ints  # [m, 2] the first EMF at or after `valid`

    @classmethod
    def none(cls) -> LaterHolds:
        """No item was called back."""
        nothing, sides = np.zeros(0, dtype=np.int64), np.zeros((0, len(SIDES)), dtype=np.int64)
        return cls(nothing, nothing, sides, sides, nothing, sides)

    def __len__(self) -> int:
        return len(self.item)

    def rows(self, index: Ints | slice) -> LaterHolds:
        """The holds of some items (or of a stretch of them)."""
        if not len(self.item):
            return self
        chosen, item = chosen_rows(self.item, index)
        return LaterHolds(
            item, self.kept[chosen], self.valid[chosen], self.exclusion[chosen],
            self.released[chosen], self.left[chosen],
        )  # fmt: skip

    def unproven(self, items: Mask) -> LaterHolds:
        """The same, the reasons of some items' holds worth nothing."""
        if not len(self.item):
            return self
        here = items[self.item][:, None]
        return replace(
            self, valid=np.where(here, UNKNOWN, self.valid),
            exclusion=np.where(here, -1, self.exclusion),
        )  # fmt: skip

    def differ(self) -> Ints:
        """The items of which a hold is not the same on both sides."""
        columns = (self.valid, self.exclusion, self.left)
        return self.item[np.logical_or.reduce([one[:, 0] != one[:, 1] for one in columns])]


def chosen_rows(item: Ints, index: Ints | slice) -> tuple[Ints, Ints]:
    """(which of these rows are of some items, the item's place among them)."""
    if isinstance(index, slice):
        first, end = index.start or 0, NEVER if index.stop is None else index.stop
        chosen = np.flatnonzero((item >= first) & (item < end))
        return chosen, item[chosen] - first
    order = np.argsort(index, kind="stable")
    known = index[order]
    place = np.searchsorted(known, item)
    there = place < len(known)
    there[there] = known[place[there]] == item[there]
    chosen = np.flatnonzero(there)
    moved = order[place[chosen]]
    again = np.argsort(moved, kind="stable")
    return chosen[again], moved[again]


def called_back(scans: ReasonedScans, first_back: Ints) -> Mask:
    """Per scan whether it is an EME after the item's first EDC. `first_back`: per item; UNKNOWN."""
    back = first_back[scans.item]
    is_hold = scans.code == scans.codes.index("EME")
    return np.asarray(is_hold & (back != UNKNOWN) & (scans.at > back), dtype=bool)


def later_holds(
    scans: ReasonedScans, terms: LaneTerms, back: tuple[Ints, Ints], left: tuple[Ints, Ints]
) -> LaterHolds:
    """The later holds by the scans that `called_back` says are of them (`scans.again`). `back` and
    `left`: all EDC and EMF of these items, as (rows of the items, moments), in any order."""
    rows = np.flatnonzero(scans.again) if scans.again is not None else np.zeros(0, dtype=np.int64)
    if not len(rows):
        return LaterHolds.none()
    item, at = scans.item[rows], scans.at[rows]
    hold_of, item_of, released = by_hold(item, at, back)
    told = ReasonedScans(
        hold_of, scans.code[rows], at, scans.reason[rows], scans.measure[rows], scans.codes,
        scans.reasons, scans.measures,
    )  # fmt: skip
    read = read_reasons(told, terms.rows(item_of), len(item_of))
    kept = np.full(len(item_of), NEVER, dtype=np.int64)
    np.minimum.at(kept, hold_of, at)
    valid = read.retained_valid
    after = [next_of(item_of, valid[:, side], left) for side in range(len(SIDES))]
    return LaterHolds(
        item_of, kept, valid, read.hold_exclusion, released,
        np.where(valid == UNKNOWN, UNKNOWN, np.stack(after, axis=1)),
    )  # fmt: skip


def by_hold(item: Ints, at: Ints, back: tuple[Ints, Ints]) -> tuple[Ints, Ints, Ints]:
    """The EME of items by hold: (the hold of each, each hold's item, the EDC that ends it or
    UNKNOWN). Between two EDC is one hold; the EDC in the minute of an EME ends it."""
    ends = np.unique(_keyed(*back))
    following = np.searchsorted(ends, _keyed(item, at))
    holds, hold_of = np.unique(item * (len(ends) + 1) + following, return_inverse=True)
    item_of = holds // (len(ends) + 1)
    return hold_of, item_of, _of_item(ends, holds % (len(ends) + 1), item_of)


def next_of(item: Ints, at: Ints, scans: tuple[Ints, Ints]) -> Ints:
    """The first of some scans (items, moments) of each item at or after a moment; UNKNOWN."""
    keys = np.unique(_keyed(*scans))
    return _of_item(keys, np.searchsorted(keys, _keyed(item, at)), item)


def _keyed(item: Ints, at: Ints) -> Ints:
    return (item << _ROW_SHIFT) + at


def _of_item(keys: Ints, place: Ints, item: Ints) -> Ints:
    """The moments at these places of the keys, UNKNOWN where that is another item's, or none."""
    if not len(keys):
        return np.full(len(item), UNKNOWN, dtype=np.int64)
    key = keys[np.minimum(place, len(keys) - 1)]
    mine = (place < len(keys)) & (key >> _ROW_SHIFT == item)
    return np.where(mine, key - (item << _ROW_SHIFT), UNKNOWN)
