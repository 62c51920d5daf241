"""What becomes of the evidence of places whose scans were flagged (req 75).

A flag never convicts: it says that an office's scans differ from its peers' by more than chance.
What a flag does to evidence is agreed and dated: a row of `weakened_evidence.csv` takes it only
from the scans of that place, and only for items accepted while the row is valid.

- `needs_second_scan`: an attempt counts only with a scan at the delivery office before it, or the
  notice of a pick-up point within a day after it;
- `time_of_day_unknown`: a delivery tells its day, not its minute: the last minute of that day;
- `clock_stop_needs_document`: a customs hold stops the clock only with a document;
- `earliest_landing_instead`: an arrival scan is not before the earliest landing by the network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from datecertain.moments import DAY, NEVER, UNKNOWN, Ints, Mask, zone
from datecertain.network import CompiledNetwork, Network, WeakenedEvidence, Weakening
from datecertain.verdict.items import ItemsToJudge
from datecertain.verdict.outcomes import Checkpoint
from datecertain.verdict.replay import Milestones


@dataclass(frozen=True, slots=True)
class Places:
    """Where each item's evidence was made, as indices into one list of names; -1 unknown."""

    names: tuple[str, ...]
    inward: Ints  # where it arrived
    customs: Ints  # where it was kept
    delivery: Ints  # where it was attempted or delivered


def alone(
    network: Network, items: ItemsToJudge, item: Ints, at: Ints, seen: Ints, pickup: Ints
) -> Mask | None:
    """Of some attempts (rows of the items, moments) those at a flagged place that no second scan
    bears out, so that they neither stop the clock nor begin the addressee's own time; None: nothing
    is flagged so. `seen`, `pickup`: per item, at the delivery office and at a pick-up point."""
    day = items.accepted_date
    rows = [row for row in network.data.weakened_evidence if row.weakening == Weakening.SECOND_SCAN]
    if not rows or not len(at):
        return None
    names = tuple(row.area for row in network.compiled.areas)
    area = items.destination_area
    flagged = _flagged(rows, Weakening.SECOND_SCAN, Places(names, area, area, area), day)
    before, waits = seen[item], pickup[item]
    borne_out = (before != UNKNOWN) & (before <= at)
    borne_out |= (waits >= at) & (waits <= at + DAY)
    return np.asarray(flagged[item] & ~borne_out, dtype=bool)


def weakened(network: Network, items: ItemsToJudge, evidence: Milestones) -> Milestones:
    """The evidence of items after what the network's rows take from it; the same object where no
    row applies (`alone` has taken the attempts). A delivery was made in the item's area of
    delivery. Documents of customs are not told by any message: no hold at a flagged office has
    one."""
    day = items.accepted_date
    rows = [
        row for row in network.data.weakened_evidence
        if len(day) and row.valid_from <= day.max() and day.min() <= row.valid_to
    ]  # fmt: skip
    if not rows:
        return evidence
    offices = [row.office for row in network.compiled.offices]
    names = (*offices, *(row.area for row in network.compiled.areas))
    area = items.destination_area
    places = Places(
        names, evidence.office[:, Checkpoint.INWARD_IN], evidence.office[:, Checkpoint.CUSTOMS_IN],
        np.where(area >= 0, area + len(offices), -1),
    )  # fmt: skip
    landing = earliest_landing(
        network.compiled, evidence.office[:, Checkpoint.OUTWARD_OUT], places.inward,
        evidence.at[:, Checkpoint.OUTWARD_OUT],
    )  # fmt: skip
    undocumented = np.zeros(len(day), dtype=bool)
    return downgraded(
        evidence, rows, places, day, undocumented, landing,
        _offsets(network, area, evidence.delivered),
    )  # fmt: skip


def earliest_landing(compiled: CompiledNetwork, outward: Ints, inward: Ints, left: Ints) -> Ints:
    """The earliest landing at each inward office of whatever could have carried what left the
    outward office (indices, -1 unknown) at a moment; UNKNOWN where nothing is known to fly.
    Handed over as late as the plane itself leaves: in favour of who scanned it."""
    lands = np.full(len(left), UNKNOWN, dtype=np.int64)
    known = np.flatnonzero((outward >= 0) & (inward >= 0) & (left > UNKNOWN) & (left < NEVER))
    source, target = outward[known], inward[known]
    tender = np.array([one.tender_min for one in compiled.offices] or [0], dtype=np.int64)
    recovery = np.array([one.recovery_min for one in compiled.offices] or [0], dtype=np.int64)
    done = compiled.transport.at(compiled.pair_of[source, target], left[known] - tender[source])
    lands[known] = np.where(done < NEVER, done - recovery[target], UNKNOWN)
    return lands


def _offsets(network: Network, area: Ints, at: Ints) -> Ints:
    """Minutes east of UTC in each area at a moment; 0 where either is not known."""
    offsets = np.zeros(len(at), dtype=np.int64)
    number = np.where((area >= 0) & (at != UNKNOWN), network.compiled.zone_of[area], -1)
    zones = [row.zone for row in network.compiled.areas]
    for one in np.unique(number[number >= 0]).tolist():
        rows = np.flatnonzero(number == one)
        day, minute = zone(zones[int(area[rows[0]])]).to_local(at[rows])
        offsets[rows] = day * DAY + minute - at[rows]
    return offsets


def downgraded(
    evidence: Milestones, screens: Sequence[WeakenedEvidence], places: Places, accepted_on: Ints,
    documented: Mask, landing: Ints, offset_min: Ints,
) -> Milestones:  # fmt: skip
    """The evidence after what the flags take from it; as it is where none applies.

    `documented`: the hold of the item is proved by a document; `landing`: the earliest by the
    network from the item's departure (UNKNOWN: not known); `offset_min`: minutes east of UTC in the
    area of delivery, by which the local day of a delivery is told.
    """
    flagged = {kind: _flagged(screens, kind, places, accepted_on) for kind in Weakening}
    read, at, delivered = evidence.reasoned, evidence.at, evidence.delivered
    unproven = (flagged[Weakening.DOCUMENT] & ~documented)[:, None]
    local = delivered + offset_min
    end_of_day = local - local % DAY + DAY - 1 - offset_min
    day_only = flagged[Weakening.DAY_ONLY] & (delivered != UNKNOWN)
    scan = at[:, Checkpoint.INWARD_IN]
    early = flagged[Weakening.LANDING] & (scan != UNKNOWN) & (scan < landing)
    if not (unproven.any() or day_only.any() or early.any()):
        return evidence
    at = at.copy()
    at[early, Checkpoint.INWARD_IN] = landing[early]
    reasoned = replace(
        read,
        retained_valid=np.where(unproven, UNKNOWN, read.retained_valid),
        hold_exclusion=np.where(unproven, -1, read.hold_exclusion),
    )
    delivered = np.where(day_only, end_of_day, delivered)
    later = evidence.later.unproven(unproven[:, 0])
    return replace(evidence, at=at, delivered=delivered, reasoned=reasoned, later=later)


def _flagged(
    screens: Sequence[WeakenedEvidence], kind: Weakening, places: Places, accepted_on: Ints
) -> Mask:
    """The items whose evidence of that kind was made at a flagged place, while a rule says so."""
    place = {
        Weakening.LANDING: places.inward, Weakening.DOCUMENT: places.customs,
    }.get(kind, places.delivery)  # fmt: skip
    found = np.zeros(len(place), dtype=bool)
    for one in screens:
        if one.weakening == kind and one.place in places.names:
            dated = (one.valid_from <= accepted_on) & (accepted_on <= one.valid_to)
            found |= dated & (place == places.names.index(one.place))
    return found
