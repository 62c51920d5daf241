"""What becomes of the evidence of offices whose scans were flagged (req 75).

A flag never convicts: it says that an office's scans differ from its peers' by more than chance.
What a flag does to evidence is agreed and dated: only from the day on from which a rule says so
(`Downgrade.from_day`, local acceptance date of the item), and only to the scans of that office.

- `needs_second_scan`: an attempt counts only with a scan at the delivery office before it, or the
  notice of a pick-up point within a day after it;
- `time_of_day_unknown`: a delivery tells its day, not its minute: the last minute of that day;
- `clock_stop_needs_document`: a customs hold stops the clock only with a document;
- `earliest_landing_instead`: an arrival scan is not before the earliest landing by the network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from datecertain.moments import DAY, UNKNOWN, Ints, Mask
from datecertain.verdict.outcomes import Checkpoint
from datecertain.verdict.replay import Milestones


class Weakening(StrEnum):
    """What a flag does to the evidence of an office, by the names of quality/screens.toml."""

    SECOND_SCAN = "needs_second_scan"
    DAY_ONLY = "time_of_day_unknown"
    DOCUMENT = "clock_stop_needs_document"
    LANDING = "earliest_landing_instead"


@dataclass(frozen=True, slots=True)
class Downgrade:
    """A flagged place whose evidence weakens for items accepted from a day on to another."""

    place: str  # office of exchange, or area of delivery
    weakening: Weakening
    from_day: int
    to_day: int


@dataclass(frozen=True, slots=True)
class Places:
    """Where each item's evidence was made, as indices into one list of names; -1 unknown."""

    names: tuple[str, ...]
    inward: Ints  # where it arrived
    customs: Ints  # where it was kept
    delivery: Ints  # where it was attempted or delivered


def downgraded(
    evidence: Milestones, screens: Sequence[Downgrade], places: Places, accepted_on: Ints,
    documented: Mask, earliest_landing: Ints, offset_min: Ints,
) -> Milestones:  # fmt: skip
    """The evidence after what the flags take from it; as it is where none applies.

    `documented`: the hold of the item is proved by a document; `earliest_landing`: by the network
    from the item's departure (UNKNOWN: not known); `offset_min`: minutes east of UTC in the area of
    delivery, by which the local day of a delivery is told.
    """
    flagged = {kind: _flagged(screens, kind, places, accepted_on) for kind in Weakening}
    read, at, delivered = evidence.reasoned, evidence.at, evidence.delivered
    seen, pickup = at[:, Checkpoint.DELIVERY_OFFICE][:, None], evidence.pickup[:, None]
    second = (seen != UNKNOWN) & (seen <= read.attempted)
    second |= (pickup >= read.attempted) & (pickup <= read.attempted + DAY)
    alone = flagged[Weakening.SECOND_SCAN][:, None] & ~second
    unproven = (flagged[Weakening.DOCUMENT] & ~documented)[:, None]
    local = delivered + offset_min
    end_of_day = local - local % DAY + DAY - 1 - offset_min
    day_only = flagged[Weakening.DAY_ONLY] & (delivered != UNKNOWN)
    scan = at[:, Checkpoint.INWARD_IN]
    early = flagged[Weakening.LANDING] & (scan != UNKNOWN) & (scan < earliest_landing)
    if not (alone.any() or unproven.any() or day_only.any() or early.any()):
        return evidence
    at = at.copy()
    at[early, Checkpoint.INWARD_IN] = earliest_landing[early]
    reasoned = replace(
        read,
        attempted=np.where(alone, UNKNOWN, read.attempted),
        retained_valid=np.where(unproven, UNKNOWN, read.retained_valid),
    )
    delivered = np.where(day_only, end_of_day, delivered)
    return replace(evidence, at=at, delivered=delivered, reasoned=reasoned)


def _flagged(
    screens: Sequence[Downgrade], kind: Weakening, places: Places, accepted_on: Ints
) -> Mask:
    """The items whose evidence of that kind was made at a flagged place, while a rule says so."""
    place = {
        Weakening.LANDING: places.inward, Weakening.DOCUMENT: places.customs,
    }.get(kind, places.delivery)  # fmt: skip
    found = np.zeros(len(place), dtype=bool)
    for one in screens:
        if one.weakening is kind and one.place in places.names:
            dated = (one.from_day <= accepted_on) & (accepted_on <= one.to_day)
            found |= dated & (place == places.names.index(one.place))
    return found
