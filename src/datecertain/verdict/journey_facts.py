"""What became of an item on its way: missent, misrouted, returned; transit offices (req 20, 27).

These are facts of the journey, not outcomes. An item that went astray is judged like any other and
its days go to whoever caused them; whether it is in a score is decided by a dated rule
(`journey_rules.csv`), which can ask for proof by the post that got it.

Inferred from who told what, for no event code of its own says any of it:

- *missent*: a post that is neither origin nor destination scanned it at an inward office (EMD) or
  sent it on from there as if it were its own (EMC);
- *transit*: such a post told only EMJ and EMK. Open transit: the item went through its hands, and
  its offices are checkpoints. In closed transit the receptacle passes unopened: no scan of the
  item, and nothing here;
- *misrouted*: scanned into one office of the destination and later into another;
- *returned*: the destination sent it off again (EMC), or the origin scanned it in (EMD).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from datecertain.moments import NEVER, UNKNOWN, Ints, Mask
from datecertain.network import Astray, Network

CODES = ("EMC", "EMD", "EMJ", "EMK")
_LEFT, _ARRIVED, _INTO_TRANSIT, _FROM_TRANSIT = range(4)


@dataclass(frozen=True, slots=True)
class WayScans:
    """The scans of CODES, of any post, one row a scan and item, in any order."""

    item: Ints  # row of the item
    code: Ints  # place in CODES
    at: Ints
    post: Ints  # post that told it (index)
    office: Ints  # office of exchange (index); -1


@dataclass(frozen=True, slots=True)
class JourneyFacts:
    """Per item what became of it, and in whose hands."""

    missent: Mask
    misrouted: Mask
    returned: Mask
    got_by: Ints  # the third post that first got it, missent, else in transit (index); -1
    transit: Mask  # it went through the hands of a transit post

    def of(self, fact: Astray) -> Mask:
        """The items of which that is true."""
        return np.asarray(getattr(self, fact.value), dtype=bool)


@dataclass(frozen=True, slots=True)
class TransitStays:
    """Stays of items in the hands of third posts, one row each, in order of item and time. Either
    end may be UNKNOWN: a stay of which only one scan was told."""

    item: Ints
    post: Ints
    office: Ints
    arrived: Ints
    left: Ints
    missent: Mask  # the post got what was not meant for it; else transit


def journey_facts(origin: Ints, destination: Ints, scans: WayScans) -> JourneyFacts:
    """What became of the items whose posts (indices) these are."""
    count = len(origin)
    third = _third(origin, destination, scans)
    own = np.isin(scans.code, (_LEFT, _ARRIVED))

    def some(rows: Mask) -> Mask:
        return np.bincount(scans.item[rows], minlength=count)[:count] > 0

    at_destination = scans.post == destination[scans.item]
    at_origin = scans.post == origin[scans.item]
    missent = some(third & own)
    into = at_destination & (scans.code == _ARRIVED) & (scans.office >= 0)
    low, high = np.full(count, NEVER), np.full(count, -1, dtype=np.int64)
    np.minimum.at(low, scans.item[into], scans.office[into])
    np.maximum.at(high, scans.item[into], scans.office[into])
    back = (at_destination & (scans.code == _LEFT)) | (at_origin & (scans.code == _ARRIVED))
    return JourneyFacts(
        missent=missent,
        misrouted=np.asarray(high > low, dtype=bool),
        returned=some(back),
        got_by=np.where(missent, _first_post(scans, third & own, count),
                        _first_post(scans, third, count)),
        transit=some(third & ~own) & ~missent,
    )  # fmt: skip


def _third(origin: Ints, destination: Ints, scans: WayScans) -> Mask:
    """Scans of posts that are neither origin nor destination of the item."""
    return np.asarray(
        (scans.post >= 0)
        & (scans.post != origin[scans.item])
        & (scans.post != destination[scans.item]),
        dtype=bool,
    )


def _first_post(scans: WayScans, third: Mask, count: int) -> Ints:
    rows = np.flatnonzero(third)
    rows = rows[np.lexsort((scans.post[rows], scans.at[rows], scans.item[rows]))]
    items, first = np.unique(scans.item[rows], return_index=True)
    got = np.full(count, -1, dtype=np.int64)
    got[items] = scans.post[rows[first]]
    return got


def transit_stays(origin: Ints, destination: Ints, scans: WayScans) -> TransitStays:
    """The stays with third posts: per item and post the first arrival (EMJ, EMD) and the last
    departure (EMK, EMC); repeats of a scan change nothing."""
    third = np.flatnonzero(_third(origin, destination, scans))
    item, post, code, at = (getattr(scans, name)[third] for name in ("item", "post", "code", "at"))
    width = int(post.max()) + 1 if len(post) else 1
    keys, stay = np.unique(item * width + post, return_inverse=True)
    arriving = np.isin(code, (_ARRIVED, _INTO_TRANSIT))
    arrived, left = np.full(len(keys), NEVER), np.full(len(keys), UNKNOWN)
    np.minimum.at(arrived, stay[arriving], at[arriving])
    np.maximum.at(left, stay[~arriving], at[~arriving])
    office, missent = np.full(len(keys), -1, dtype=np.int64), np.zeros(len(keys), dtype=bool)
    np.maximum.at(office, stay, scans.office[third])
    missent[stay[np.isin(code, (_LEFT, _ARRIVED))]] = True
    arrived = np.where(arrived < NEVER, arrived, UNKNOWN)
    left = np.where(left >= arrived, left, UNKNOWN)
    begins = np.where(arrived == UNKNOWN, left, arrived)
    order = np.lexsort((keys % width, begins, keys // width))
    return TransitStays(
        (keys // width)[order], (keys % width)[order], office[order], arrived[order], left[order],
        missent[order],
    )  # fmt: skip


def scored(
    network: Network, facts: JourneyFacts, scans: WayScans, origin: pa.StringArray,
    destination: pa.StringArray, day: Ints,
) -> Mask:  # fmt: skip
    """Whether each item is in a score, by the rules valid on its acceptance day. What the post that
    got the item told of it is the proof that a rule can ask for."""
    out = left_out_by(network, facts, scans, origin, destination, day)
    return np.asarray(~np.any([out[fact] for fact in Astray], axis=0), dtype=bool)


def left_out_by(
    network: Network, facts: JourneyFacts, scans: WayScans, origin: pa.StringArray,
    destination: pa.StringArray, day: Ints,
) -> dict[Astray, Mask]:  # fmt: skip
    """For each fact, the items that the rule about it leaves out of a score."""
    out = {fact: np.zeros(len(day), dtype=bool) for fact in Astray}
    for fact in Astray:
        for row in np.flatnonzero(facts.of(fact)).tolist():  # few items go astray
            told = (scans.item == row) & (scans.post == facts.got_by[row])
            codes = {CODES[code] for code in np.unique(scans.code[told]).tolist()}
            out[fact][row] = not network.journey_rules.scored(
                fact, codes, origin[row].as_py(), destination[row].as_py(), int(day[row])
            )
    return out
