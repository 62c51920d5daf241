"""The replay: the network that was frozen with the promise, asked again at every credible scan
(req 62; design.md, the staircase).

At each checkpoint: had everything from here on gone to standard, when would the item have been
due now? The answers are the staircase; its steps belong to whoever held the item between scans.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from datecertain.moments import NEVER, UNKNOWN, Ints, Mask
from datecertain.network import NO_DUE, Burden, CompiledNetwork, Network, Stage
from datecertain.network.steps import LAST_READY, SPAN_BITS
from datecertain.rowwise import any_in, least_from_here
from datecertain.verdict import replay_kernels
from datecertain.verdict.later_holds import LaterHolds
from datecertain.verdict.outcomes import Checkpoint, Leg
from datecertain.verdict.replay_kernels import PLAIN_CLIMB
from datecertain.verdict.scan_reasons import Reasoned
from datecertain.verdict.staircase import FEW_ITEMS

CHECKPOINTS = len(Checkpoint)
#: The leg that a step ending at each checkpoint belongs to when no handover scan is missing.
LEG_OF = np.array(
    [Leg.EXPORT, Leg.EXPORT, Leg.EXPORT, Leg.TRANSPORT, Leg.IMPORT, Leg.IMPORT, Leg.IMPORT,
     Leg.DELIVERY, Leg.DELIVERY], dtype=np.int64
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Milestones:
    """First scan of each kind per item, as columns; moments are UNKNOWN where there is none.

    `at` and `office` are [n, 8]: Checkpoint.ACCEPTED … DELIVERY_OFFICE; offices are indices into
    the network's offices, -1 where unknown.
    """

    at: Ints
    office: Ints
    retained_any: Ints  # [n] first EME of any kind, not after an EDC: kept by import customs
    export_released: Ints  # [n] first EXC: back from export customs or security
    pickup: Ints  # [n] first EDH
    delivered: Ints  # [n] first EMI
    last_scan: Ints  # [n] latest event of any kind
    reasoned: Reasoned  # what the events with reasons came to, on either side
    #: [n] from when the handover at INWARD_IN counts (`handover`); UNKNOWN: from its own moment.
    #: None: no item's handover is known but by its scan.
    counts_from: Ints | None = None
    later: LaterHolds = field(default_factory=LaterHolds.none)  # what customs kept after an EDC

    def rows(self, index: Ints | slice) -> Milestones:
        """The milestones of some items (of a stretch of them: nothing is copied)."""
        columns = {name: getattr(self, name)[index] for name in self.__slots__[:-3]}
        counts = None if self.counts_from is None else self.counts_from[index]
        return Milestones(
            **columns, reasoned=self.reasoned.rows(index), counts_from=counts,
            later=self.later.rows(index),
        )  # fmt: skip


def beside(parts: Sequence[Milestones]) -> Milestones:
    """The milestones of some items and then those of others."""
    first = np.cumsum([0, *(len(part.delivered) for part in parts)])
    columns = {name: np.concatenate([getattr(part, name) for part in parts])
               for name in Milestones.__slots__[:-3]}  # fmt: skip
    counts = None
    if any(part.counts_from is not None for part in parts):
        counts = np.concatenate([
            np.full(len(part.delivered), UNKNOWN) if part.counts_from is None else part.counts_from
            for part in parts
        ])  # fmt: skip
    later = LaterHolds(*(
        np.concatenate([
            getattr(part.later, name) + (start if name == "item" else 0)
            for part, start in zip(parts, first, strict=False)
        ])
        for name in LaterHolds.__slots__
    ))  # fmt: skip
    reasoned = Reasoned(*(
        np.concatenate([getattr(part.reasoned, name) for part in parts])
        for name in Reasoned.__slots__
    ))  # fmt: skip
    return Milestones(**columns, reasoned=reasoned, counts_from=counts, later=later)


@dataclass(frozen=True, slots=True)
class Replay:
    """Due days at the credible checkpoints. Columns are `Checkpoint`; STOPPED is the last."""

    at: Ints  # [n, 9] moments; UNKNOWN where there is no credible scan
    due: Ints  # [n, 9] E(k); carried forward from the checkpoint before where there is none
    present: Mask  # [n, 9]
    office: Ints  # [n, 9]
    previous: Ints  # [n, 9] the credible checkpoint before k (-1 for the first)

    def rows(self, index: Ints) -> Replay:
        """A copy of some items' rows."""
        return Replay(*(getattr(self, name)[index] for name in self.__slots__))


def credible(at: Ints, stopped: Ints) -> Mask:
    """Which scans can be true together: none before the acceptance, none after a later handover.

    A later checkpoint outweighs an earlier one (a departure stamped after the arrival scan is the
    departure's mistake), and where the clock stopped outweighs all.
    """
    moments = np.concatenate([at, stopped[:, None]], axis=1)
    known = (moments != UNKNOWN) & (moments >= moments[:, :1])
    upper = np.where(known, moments, NEVER)
    later = least_from_here(upper)
    return np.asarray(known & (moments <= later), dtype=bool)


def replay(
    network: Network, origin: Ints, destination: Ints, milestones: Milestones, stopped: Ints,
    stopped_on: Ints,
) -> Replay:  # fmt: skip
    """The staircase of each item up to where its clock stopped (UNKNOWN: it has not), on that local
    date.

    `origin` and `destination` are area indices of that network. Where the network has no onward
    standard from a scan's place, the place is no checkpoint and its step joins the next. A handover
    after the critical tag time, or at the airport, counts later than it happened; an item of which
    only the hold (EME) was reported is due as if released when that session of customs ends.
    """
    shape = (len(origin), CHECKPOINTS)
    at, due, office, previous = (np.empty(shape, dtype=np.int64) for _ in range(4))
    present, none = np.empty(shape, dtype=bool), np.empty(0, dtype=np.int64)
    counts = none if milestones.counts_from is None else milestones.counts_from
    compiled = network.compiled
    classes = int(compiled.class_of.max(initial=-1)) + 1
    limits = np.array([UNKNOWN, NO_DUE, LAST_READY, SPAN_BITS, classes], dtype=np.int64)
    export, onward = compiled.export, compiled.due
    ranks = onward.ranks_for(7 * len(origin))
    near = none if ranks is None else np.array([ranks.lowest, ranks.shift, ranks.width], np.int64)
    climb = replay_kernels.climb if len(origin) > FEW_ITEMS else PLAIN_CLIMB
    climb(
        milestones.at, milestones.office, stopped, stopped_on, milestones.retained_any, counts,
        np.stack([origin, destination]), compiled.import_of, compiled.export_of,
        compiled.export_office, compiled.class_of, compiled.due_base, limits, export.words,
        export.done, export.start, onward.words, onward.done, onward.start,
        np.empty(0, np.int32) if ranks is None else ranks.grid, near, at, due, present, office,
        previous,
    )  # fmt: skip
    return Replay(at, due, present, office, previous)


def stage_of(checkpoint: int, milestones: Milestones) -> Ints:
    """The network's stage at a checkpoint. Where customs reported only the hold (EME), the item
    had been shown before: it is due as if released when that session ends."""
    stage = np.full(len(milestones.at), checkpoint, dtype=np.int64)
    if checkpoint == Checkpoint.CUSTOMS_IN:
        held = milestones.at[:, checkpoint] == milestones.retained_any
        stage[held] = Stage.CUSTOMS_HELD
    return stage


def counting(checkpoint: int, milestones: Milestones, at: Ints) -> Ints:
    """From which moment on the standard onward is asked of items that lie at a checkpoint at `at`:
    a handover after the critical tag time, or at the airport, counts later than it happened."""
    if checkpoint != Checkpoint.INWARD_IN or milestones.counts_from is None:
        return at
    return np.maximum(at, milestones.counts_from)


def local_days(compiled: CompiledNetwork, area: Ints, moments: Ints) -> Ints:
    """The local date of each moment on the clocks of its area (req 14)."""
    return compiled.local_days(compiled.zone_of[area], moments)


@dataclass(frozen=True, slots=True)
class Holders:
    """Whose each step is; the second holder is -1 unless two parties owe a scan each."""

    leg: Ints  # [n, 9]
    other_leg: Ints  # [n, 9]

    def rows(self, index: Ints) -> Holders:
        """A copy of some items' rows."""
        return Holders(self.leg[index], self.other_leg[index])


#: The leg that begins at each checkpoint: in whose hands an item is that was last scanned there.
LEG_AFTER = np.array(
    [Leg.EXPORT, Leg.EXPORT, Leg.TRANSPORT, Leg.IMPORT, Leg.IMPORT, Leg.IMPORT, Leg.DELIVERY,
     Leg.DELIVERY, Leg.DELIVERY], dtype=np.int64
)  # fmt: skip
#: The ways in which the time of a gap can be charged, in the order of `burden` below.
BURDENS = (Burden.OWED_SCAN, Burden.LAST_SCANNED, Burden.NEXT_SCANNED, Burden.BOTH)


def gaps(replayed: Replay) -> Mask:
    """[n, 9] the steps in which the scan of a handover (EMC, EMD) is missing."""
    step = np.arange(CHECKPOINTS)[None, :]
    before = replayed.previous
    return np.asarray(
        replayed.present
        & (
            ((before < Checkpoint.OUTWARD_OUT) & (step > Checkpoint.OUTWARD_OUT))
            | ((before < Checkpoint.INWARD_IN) & (step > Checkpoint.INWARD_IN))
        ),
        dtype=bool,
    )


def holders(replayed: Replay, burden: Ints) -> Holders:
    """The leg that each step belongs to.

    Where the scan of a handover is missing the step spans two custodies, and the terms say whose
    it is (`burden`: index into BURDENS, per item). The party that owed the missing scan is the
    origin's export leg for leaving the outward office (EMC), the destination's import leg for
    arrival at the inward office (EMD); where both are missing, both.
    """
    step = np.arange(CHECKPOINTS)[None, :]
    before = replayed.previous
    no_departure = (before < Checkpoint.OUTWARD_OUT) & (step > Checkpoint.OUTWARD_OUT)
    no_arrival = (before < Checkpoint.INWARD_IN) & (step > Checkpoint.INWARD_IN)
    leg = np.broadcast_to(LEG_OF, before.shape).copy()
    leg[no_departure] = Leg.EXPORT
    leg[no_arrival & ~no_departure] = Leg.IMPORT
    other = np.where(no_departure & no_arrival, Leg.IMPORT, -1).astype(np.int64)
    rows = np.flatnonzero((burden > 0) & any_in(no_departure | no_arrival))
    if len(rows):
        gap, how = (no_departure | no_arrival)[rows], burden[rows][:, None]
        last = LEG_AFTER[np.maximum(before[rows], 0)]
        following = np.broadcast_to(LEG_OF, gap.shape)
        both = gap & (how == BURDENS.index(Burden.BOTH))
        as_next = gap & (how == BURDENS.index(Burden.NEXT_SCANNED))
        leg[rows] = np.where(as_next, following, np.where(gap, last, leg[rows]))
        other[rows] = np.where(both & (last != following), following, -1)
    return Holders(leg, other)
