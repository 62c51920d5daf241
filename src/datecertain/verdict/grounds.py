"""What excused an item, or took it out of the guarantee, with the scans that prove it (req 24, 63):
customs holds at either end, and the exclusions of the catalogue. Read from what the rule decided;
nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from datecertain.moments import UNKNOWN
from datecertain.network import NO_DUE, Mode, Network, Scope
from datecertain.network.exclusions import EXCLUSIONS, Evidence
from datecertain.verdict.basis import Basis, ExclusionApplied, MilestoneScan, scan_of
from datecertain.verdict.exclusions import names_of
from datecertain.verdict.marking import OUTCOMES
from datecertain.verdict.outcomes import Outcome
from datecertain.verdict.replay import Milestones
from datecertain.verdict.scan_reasons import CUSTOMS, SIDES
from datecertain.verdict.sides import Side
from datecertain.verdict.stops import StoppedBy


@dataclass(frozen=True, slots=True)
class Hold:
    """A customs hold: `opened` and `closed` by these events, `days` of it excused; one that is not
    `valid` never stopped the clock. `whole`: by the policy of the terms it excuses the whole item,
    and `days` are all of that."""

    valid: bool
    opened: MilestoneScan | None
    closed: MilestoneScan | None
    days: int
    whole: bool = False
    under: str = ""  # the exclusion under which it is excused


@dataclass(frozen=True, slots=True)
class Grounds:
    """One item on one side: what was decided of it, and what is known of it."""

    network: Network
    scope: Scope
    side: Side
    row: int
    milestones: Milestones
    basis: Basis
    posts: tuple[str, str]
    days_excused: int  # of the whole item

    def first_hold(self, closing: Mapping[int, MilestoneScan | None]) -> Hold | None:
        """The hold of import customs, if there was one. `closing`: the scan of each checkpoint."""
        side, row = self.side, self.row
        valid, void = bool(side.holds.valid[row]), bool(side.holds.void[row])
        if not valid and not void:
            return None
        opened = [
            scan for scan in self.basis.scans
            if scan.code == "EME" and scan.sender == self.posts[1]
        ]  # fmt: skip
        if valid:  # an EME before it, with a reason that is not valid, stopped no clock
            opened = [scan for scan in opened if scan.event_at >= side.holds.reasoned[row]]
        first = min(opened, key=lambda scan: (scan.event_at, scan.transmitted_at), default=None)
        by = int(side.holds.closed_by[row])
        days, under = int(side.excuses.days[row, by]) if by >= 0 else 0, ""
        if by >= 0:
            under = EXCLUSIONS[int(self._read("hold_exclusion"))]
        return self._hold(valid, first, closing.get(by) if valid else None, days, under)

    def later_holds(self) -> Iterator[Hold]:
        """The holds of import customs after the item had come back from the first."""
        later = self.side.holds.later.rows(np.array([self.row]))
        for number in range(len(later)):
            under = EXCLUSIONS[int(later.under[number])] if later.excused[number] else ""
            yield self._hold(
                bool(later.valid[number]), self._scan(("EME",), int(later.began[number])),
                self._scan(("EDC", "EMF"), int(later.ended[number])), int(later.days[number]),
                under,
            )  # fmt: skip

    def export_hold(self) -> Hold | None:
        """The hold of export customs or security that stopped the clock, if one did."""
        days, under = int(self.side.excuses.exported[self.row]), int(self._read("hold_exclusion"))
        if days < 0:
            return None
        return self._hold(
            True, self._scan(("EXB",), int(self._read("export_held"))),
            self._scan(("EXC",), int(self.milestones.export_released[self.row])), days,
            EXCLUSIONS[under if under >= 0 else CUSTOMS],
        )  # fmt: skip

    def exclusions(self, holds: Sequence[Hold]) -> Iterator[ExclusionApplied]:
        """The exclusions that applied, in the catalogue's order."""
        found: dict[str, list[MilestoneScan]] = {}
        for name, scan in (*self._excusing(holds), *self._taken_out(), *self._stopping()):
            scans = found.setdefault(name, [])
            if scan is not None and scan not in scans:
                scans.append(scan)
        day = self.basis.accepted.accepted_date
        for name in sorted(found, key=EXCLUSIONS.index):
            row = self.network.exclusions.row(self.scope, name, *self.posts, day)
            if row is not None:
                yield ExclusionApplied(
                    self.scope, name, row.mode, row.evidence, row.origin, row.destination,
                    row.valid_from, row.valid_to, row.source, tuple(found[name]),
                )  # fmt: skip

    # --- exclusions, each with a scan that proves it ------------------------------------------

    def _excusing(self, holds: Sequence[Hold]) -> Iterator[tuple[str, MilestoneScan | None]]:
        """Those that took days, or by a hold the whole item, out of a promise."""
        if self._outcome is Outcome.NOT_GUARANTEED:
            return
        excused = self.side.excuses
        for name in names_of(int(excused.by[self.row])).split():
            yield name, None
            for hold in holds:
                if hold.under == name and (hold.days or hold.whole):
                    yield name, hold.opened
        if excused.attempted[self.row]:
            name = EXCLUSIONS[int(self._read("clipped_by"))]
            yield name, self._proof(name, Mode.CLIPS, "clipped_from")

    def _taken_out(self) -> Iterator[tuple[str, MilestoneScan | None]]:
        """The one that took the guarantee away from an item that had a promise."""
        number = int(self._read("taken_out"))
        if number >= 0 and self.side.promised[self.row] < NO_DUE:
            name = EXCLUSIONS[number]
            yield name, self._proof(name, Mode.NOT_GUARANTEED, "taken_out_at")

    def _stopping(self) -> Iterator[tuple[str, MilestoneScan | None]]:
        """Those by which an authority's stop ended the journey, or an attempt stopped the clock."""
        side, row = self.side, self.row
        mode, moment = Mode.NO, ""
        if side.stopped_by[row] == StoppedBy.ATTEMPT:
            mode, moment = Mode.ATTEMPT, "attempted"
        elif side.reasons[int(side.reason[row])] == "stopped_by_authority":
            mode, moment = Mode.EXCLUDES, "authority"
        for name in EXCLUSIONS if moment else ():
            if (scan := self._proof(name, mode, moment)) is not None:
                yield name, scan

    def _proof(self, name: str, mode: Mode, moment: str) -> MilestoneScan | None:
        """The scan of a moment that the rule read, as the exclusion's evidence names it."""
        day = self.basis.accepted.accepted_date
        lane = self.network.exclusions.of_lane(self.scope, *self.posts, day)
        works, evidence = lane.get(name, (Mode.NO, Evidence(frozenset(), {})))
        reasons = evidence.events
        told = [
            scan for scan in self.basis.scans
            if scan.code in reasons
            and (not reasons[scan.code] or scan.reason in reasons[scan.code])
        ]  # fmt: skip
        if works != mode:
            return None
        return scan_of(told, tuple(reasons), int(self._read(moment)), *self.posts)

    # --- what was decided ---------------------------------------------------------------------

    @property
    def _outcome(self) -> Outcome:
        return OUTCOMES[int(self.side.outcome[self.row])]

    def _read(self, column: str) -> int:
        read = getattr(self.milestones.reasoned, column)
        return int(read[self.row, SIDES.index(self.scope)])

    def _scan(self, codes: tuple[str, ...], at: int) -> MilestoneScan | None:
        return scan_of(self.basis.scans, codes, at, *self.posts) if at != UNKNOWN else None

    def _hold(
        self, valid: bool, opened: MilestoneScan | None, closed: MilestoneScan | None, days: int,
        under: str,
    ) -> Hold:  # fmt: skip
        whole = bool(under) and bool(self.side.excuses.excluded[self.row])
        days = self.days_excused if whole else days
        return Hold(valid, opened, closed, days, whole, under)
