"""The ways that lie before an item: over which offices it can go on, when each checkpoint ahead
still keeps the promise, and how early it can be reached (req 22, 68).

Offices that no scan names yet are all that the network admits; the best of them counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from datecertain.moments import NEVER, UNKNOWN, Ints, Mask, zone
from datecertain.network import NO_DUE, CompiledNetwork, Network, Stage
from datecertain.verdict.outcomes import Checkpoint
from datecertain.verdict.replay import Milestones, Replay


@dataclass(frozen=True, slots=True)
class Routes:
    """The ways of n items. Columns of `outward` and `inward` are offices that may carry the item,
    -1 past the last."""

    compiled: CompiledNetwork
    area: Ints  # [n] of the addressee
    last: Ints  # [n] the last credible scan
    at: Ints  # [n] its moment
    outward: Ints  # [n, w] offices of exchange it can leave, or has left
    links: Ints  # [n, w] the export link to each, -1 where it is past that
    inward: Ints  # [n, v]
    known: Mask  # [n] the last scan's place has an onward standard
    held: Mask  # [n] customs reported only the hold

    @classmethod
    def of(
        cls, network: Network, origin: Ints, destination: Ints, milestones: Milestones,
        replayed: Replay, last: Ints,
    ) -> Routes:  # fmt: skip
        """The ways before the items, by their last scan."""
        compiled = network.compiled
        rows = np.arange(len(last))
        at, office = milestones.at[rows, last], milestones.office[rows, last]
        known = replayed.present[rows, last]
        links = compiled.export_of[origin]
        outward = np.where(links >= 0, compiled.export_office.take(np.maximum(links, 0)), -1)
        left = known & ((last == Checkpoint.OUTWARD_IN) | (last == Checkpoint.OUTWARD_OUT))
        outward, links = _only(outward, left, office), np.where(left[:, None], -1, links)
        gone = ~known & (last >= Checkpoint.OUTWARD_IN) & (last < Checkpoint.INWARD_IN)
        links = np.where(gone[:, None], -1, links)
        inward = _only(
            _inward_offices(compiled)[destination],
            known & (last >= Checkpoint.INWARD_IN) & (last < Checkpoint.DELIVERY_OFFICE), office,
        )  # fmt: skip
        held = (last == Checkpoint.CUSTOMS_IN) & (at == milestones.retained_any)
        return cls(compiled, destination, last, at, outward, links, inward, known, held)

    def due(self, stage: Ints, now: Ints) -> Ints:
        """E of a checkpoint ahead if it happened now, by the best office that it may be at."""
        best = np.full(len(self.last), NO_DUE, dtype=np.int64)
        for rows, each, office, _ in self._places(stage):
            due = self._due_from(each, office, rows, now[rows])
            best[rows] = np.minimum(best[rows], due)
        return best

    def saving(self, stage: Ints, promised: Ints, now: Ints) -> tuple[Ints, Ints, Ints]:
        """(checkpoint, office, moment) ahead, from `stage` on, that keeps the promise: the first
        that can still be reached by then, going as fast as the network can; UNKNOWN: none."""
        count = len(self.last)
        which, place = np.full(count, -1, dtype=np.int64), np.full(count, -1, dtype=np.int64)
        moment = np.full(count, UNKNOWN, dtype=np.int64)
        for ahead in range(1, len(Checkpoint)):
            wanted = (stage <= ahead) & (moment == UNKNOWN) & (promised < NO_DUE)
            if ahead == Checkpoint.STOPPED:
                wanted &= stage == ahead
            each = np.where(wanted, ahead, -1)
            for rows, what, office, _ in self._places(each):
                latest = self._latest(what, office, rows, promised[rows])
                earliest = self._earliest(ahead, rows, office, now[rows])
                better = (latest >= earliest) & (latest > moment[rows])
                chosen = rows[better]
                which[chosen], place[chosen] = ahead, office[better]
                moment[chosen] = latest[better]
        return which, place, moment

    def planned(self, last: Ints) -> Ints:
        """When the checkpoint after the last scan is due by standard, over the way that gives the
        earliest due date; UNKNOWN where the scan's place has no onward standard."""
        following = np.where(self.known, last + 1, -1)
        best = np.full(len(last), NO_DUE, dtype=np.int64)
        moment = np.full(len(last), UNKNOWN, dtype=np.int64)
        for rows, each, office, column in self._places(following):
            done = self._standard(rows, office, column)
            due = np.where(done < NEVER, self._due_from(each, office, rows, done), NO_DUE)
            better = (due < best[rows]) | ((due == best[rows]) & (done < moment[rows]))
            better &= due < NO_DUE
            best[rows[better]], moment[rows[better]] = due[better], done[better]
        return moment

    def _places(self, stage: Ints) -> Iterator[tuple[Ints, Ints, Ints, int]]:
        """(rows, checkpoint of each, office, column): every office at which it may happen; -1
        where the checkpoint is at no office of exchange. A stage of -1 is left out."""
        for column in range(self.outward.shape[1]):
            there = (stage >= Checkpoint.OUTWARD_IN) & (stage <= Checkpoint.OUTWARD_OUT)
            rows = np.flatnonzero(there & (self.outward[:, column] >= 0))
            if len(rows):
                yield rows, stage[rows], self.outward[rows, column], column
        for column in range(self.inward.shape[1]):
            there = (stage >= Checkpoint.INWARD_IN) & (stage <= Checkpoint.INWARD_OUT)
            rows = np.flatnonzero(there & (self.inward[:, column] >= 0))
            if len(rows):
                yield rows, stage[rows], self.inward[rows, column], column
        rows = np.flatnonzero(stage >= Checkpoint.DELIVERY_OFFICE)
        if len(rows):
            yield rows, stage[rows], np.full(len(rows), -1, dtype=np.int64), -1

    def _due_from(self, stage: Ints, office: Ints, rows: Ints, moment: Ints) -> Ints:
        compiled, area = self.compiled, self.area[rows]
        stopped = stage == Checkpoint.STOPPED
        usual = np.where(stopped, Stage.DELIVERY_OFFICE, stage)
        due = compiled.due_from(usual, office, area, moment)
        if stopped.any():
            today = compiled.local_days(compiled.zone_of[area], moment)
            due = np.where(stopped, today, due)
        return due

    def _latest(self, stage: Ints, office: Ints, rows: Ints, promised: Ints) -> Ints:
        """The last moment of a checkpoint that keeps the promise; a delivery's is the end of the
        promised day."""
        compiled, area = self.compiled, self.area[rows]
        stopped = stage == Checkpoint.STOPPED
        usual = np.where(stopped, Stage.DELIVERY_OFFICE, stage)
        latest = compiled.latest_from(usual, office, area, promised)
        if stopped.any():
            latest = np.where(stopped, day_ends(compiled, area, promised), latest)
        return latest

    def _standard(self, rows: Ints, office: Ints, column: int) -> Ints:
        """When the next checkpoint is done by standard, from the last scan."""
        compiled, last, at = self.compiled, self.last[rows], self.at[rows]
        done = np.full(len(rows), NEVER, dtype=np.int64)
        inside = {
            Checkpoint.OUTWARD_IN: compiled.closing, Checkpoint.INWARD_IN: compiled.presentation,
            Checkpoint.CUSTOMS_IN: compiled.customs, Checkpoint.CUSTOMS_OUT: compiled.forwarding,
        }  # fmt: skip
        for checkpoint, table in inside.items():
            here = np.flatnonzero(last == checkpoint)
            if len(here):
                done[here] = table.at(office[here], at[here])
        here = np.flatnonzero(last == Checkpoint.ACCEPTED)
        if len(here):
            done[here] = compiled.export.at(self.links[rows[here], column], at[here])
        here = np.flatnonzero(last == Checkpoint.OUTWARD_OUT)
        if len(here):
            done[here] = self._landed(rows[here], office[here], at[here])
        here = np.flatnonzero(last == Checkpoint.INWARD_OUT)
        if len(here):
            from_office = self.inward[rows[here], 0]  # known: the only one
            link = compiled.import_of[from_office, self.area[rows[here]]]
            done[here] = compiled.inland.at(link, at[here])
        here = np.flatnonzero(last == Checkpoint.DELIVERY_OFFICE)
        if len(here):
            done[here] = compiled.delivery.at(self.area[rows[here]], at[here])
        kept = np.flatnonzero(self.held[rows])
        if len(kept):
            sessions = compiled.customs
            ends = sessions.build(sessions.size, sessions.keys, sessions.done, sessions.done)
            done[kept] = ends.at(office[kept], at[kept])
        return done

    def _landed(self, rows: Ints, inward: Ints, left_at: Ints) -> Ints:
        """The earliest arrival at an inward office by any connection."""
        compiled = self.compiled
        best = np.full(len(rows), NEVER, dtype=np.int64)
        for column in range(self.outward.shape[1]):
            outward = self.outward[rows, column]
            pair = np.where(outward >= 0, compiled.pair_of[np.maximum(outward, 0), inward], -1)
            best = np.minimum(best, compiled.transport.at(pair, left_at))
        return best

    def _earliest(self, ahead: int, rows: Ints, office: Ints, now: Ints) -> Ints:
        """How early a checkpoint ahead can be reached: offices pass the item on at once, flights
        and inland departures go by the timetable."""
        if ahead < Checkpoint.INWARD_IN or ahead == Checkpoint.STOPPED:
            return now
        if ahead < Checkpoint.DELIVERY_OFFICE:
            return self._at_inward(rows, office, now)
        compiled, best = self.compiled, np.full(len(rows), NEVER, dtype=np.int64)
        for one in range(self.inward.shape[1]):
            inward = self.inward[rows, one]
            use = np.flatnonzero(inward >= 0)
            link = compiled.import_of[inward[use], self.area[rows[use]]]
            gone = self.known[rows[use]] & (self.last[rows[use]] == Checkpoint.INWARD_OUT)
            left = np.where(
                gone, self.at[rows[use]], self._at_inward(rows[use], inward[use], now[use])
            )
            best[use] = np.minimum(best[use], compiled.inland.at(link, left))
        nowhere = ~self.known[rows] & (self.last[rows] == Checkpoint.INWARD_OUT)
        best = np.where(nowhere, now, best)
        return np.where(best < NEVER, np.maximum(best, now), NEVER)

    def _at_inward(self, rows: Ints, inward: Ints, now: Ints) -> Ints:
        """The earliest moment at an inward office: now, where it is or may be there already."""
        last, flying = self.last[rows], self.last[rows] == Checkpoint.OUTWARD_OUT
        left_at = np.where(flying, self.at[rows], now)
        landed = self._landed(rows, inward, left_at)
        anywhere = (last >= Checkpoint.INWARD_IN) | (flying & ~self.known[rows])
        return np.where(anywhere, now, np.where(landed < NEVER, np.maximum(landed, now), NEVER))


def _only(offices: Ints, known: Mask, office: Ints) -> Ints:
    """The office of the scan where it is known, else all of them."""
    alone = np.full(offices.shape, -1, dtype=np.int64)
    alone[:, 0] = office
    return np.where(known[:, None], alone, offices)


def _inward_offices(compiled: CompiledNetwork) -> Ints:
    """[area, k]: the inward offices that serve an area, -1 past the last."""
    serves = compiled.import_of.T >= 0
    width = max(int(serves.sum(axis=1).max(initial=0)), 1)
    order = np.argsort(~serves, axis=1, kind="stable")[:, :width]
    return np.where(np.take_along_axis(serves, order, axis=1), order, -1).astype(np.int64)


def day_ends(compiled: CompiledNetwork, area: Ints, day: Ints) -> Ints:
    """The last minute of a local date in each area."""
    ends = np.full(len(area), UNKNOWN, dtype=np.int64)
    for number in np.unique(area).tolist():
        rows = np.flatnonzero(area == number)
        ends[rows] = zone(compiled.areas[number].zone).to_utc(day[rows] + 1, 0 * rows)[0] - 1
    return ends


def flights_caught(
    network: Network, area: int, office: int, left_at: int, promised: int
) -> tuple[str, ...]:
    """The flights, in order, that leaving an outward office at a moment catches and that keep the
    promise; empty where there is none."""
    compiled = network.compiled
    table = compiled.transport
    for inward in np.flatnonzero(compiled.import_of[:, area] >= 0).tolist():
        slot = int(table.slot(compiled.pair_of[office, inward], left_at))
        if slot < 0:
            continue
        due = compiled.due_from(Stage.INWARD_IN, inward, area, table.done[slot])
        if int(due) <= promised:
            legs = compiled.timetable.legs(int(table.tag[slot]))
            return tuple(flight.flight for flight, _, _ in legs)
    return ()
