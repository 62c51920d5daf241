"""The verdict again, slow and obvious: one item at a time, `datetime` and `Fraction`, no columns.

An independent reading of the rules for the tests to compare with: design.md ("The staircase,
exactly", "Outcomes"), req 19-28, 62, 73, docs/reference/terms.md and what the verdict package
declares in its docstrings. Due dates are those of the slow promise: every slot tried.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from slow_declared import Case, days_taken
from slow_replay import ORDER, Item, PatientNetwork, Point, Scan
from slow_shares import shares

#: The leg of a step that ends at a checkpoint, when no handover scan is missing.
LEG_ENDING_AT = {
    "EMB": "export", "EMC": "export", "EMD": "transport", "EDB": "import", "EDC": "import",
    "EMF": "import", "EMG": "delivery", "stop": "delivery",
}  # fmt: skip
CUSTODY = {"export": "origin", "transport": "carrier", "import": "inward", "delivery": "inward"}


@dataclass(frozen=True, slots=True)
class Step:
    """What happened to the due date between two checkpoints."""

    ends_at: str
    legs: tuple[str, ...]  # two when each party owes a scan
    days: int
    excused_by_customs: int
    excused_by_case: int
    is_hold: bool  # a customs hold with a valid clock-stop
    after_hold: bool

    @property
    def excused(self) -> int:
        return max(self.excused_by_customs, self.excused_by_case)  # none is counted twice


@dataclass(frozen=True, slots=True)
class Side:
    """One verdict of the two, with what it rests on."""

    outcome: str
    reason: str = ""
    stopped_on: dt.date | None = None
    margin: int = 0
    steps: tuple[Step, ...] = ()
    late: int = 0
    excused: int = 0
    liable: int = 0
    net: Mapping[tuple[str, str], Fraction] = field(default_factory=dict)  # (custody, leg)
    share: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    between: Side
    sender: Side
    clock_stop: bool
    void_stop: bool


class SlowJudge:
    """The rules of the verdict, one after the other."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.network = PatientNetwork(texts)

    def knows(self, area: str) -> bool:
        return self.network.one("areas.csv", area=area) is not None

    def judge(self, item: Item, cases: Sequence[Case], as_of: dt.datetime) -> Verdict:
        if not (self.knows(item.origin) and self.knows(item.destination)):
            nobody = Side("not_guaranteed", item.quote_reason or "no_date_told")
            return Verdict(nobody, Side("not_guaranteed", "no_date_told"), False, False)
        points = self.checkpoints(item)
        closed_by = self.hold_closed_by(item, points)
        # Without an acceptance record that says which date was told: no guarantee (req 72).
        promised = item.standard if item.told and item.quote_status == "guaranteed" else None
        between = self.side(item, "relation", promised, points, closed_by, cases, as_of)
        sender = self.side(item, "sender", item.told, points, closed_by, cases, as_of)
        held = item.retained is not None
        return Verdict(between, sender, bool(closed_by), held and not closed_by)

    def stop(self, item: Item, scope: str) -> dt.datetime | None:
        """Delivery, or what the terms let count as one (req 21), whichever came first. A moment
        before the acceptance is not credible and stops nothing."""
        moments = [item.delivered]
        if self.network.term(scope, "attempt_stops", item) == "yes":
            moments.append(item.attempted)
        if self.network.term(scope, "pickup_stops", item) == "yes":
            moments.append(item.pickup)
        return min((m for m in moments if m is not None and m >= item.accepted), default=None)

    def credible(self, item: Item) -> list[Scan]:
        """Scans that can be true together: none before the acceptance, none after a later
        handover, none after the clock stopped."""
        stop = self.stop(item, "relation")
        scans = [scan for scan in item.handed_on() if scan.at >= item.accepted]
        return [
            scan
            for number, scan in enumerate(scans)
            if all(scan.at <= later.at for later in scans[number + 1 :])
            and (stop is None or scan.at <= stop)
        ]

    def checkpoints(self, item: Item) -> list[Point]:
        """The credible scans whose place has an onward standard."""
        dues = [(scan, self.network.due_at(scan, item, scan.at)) for scan in self.credible(item)]
        return [
            Point(scan.code, scan.at, scan.office, scan.stage, due)
            for scan, due in dues
            if due is not None
        ]

    def hold_closed_by(self, item: Item, points: Sequence[Point]) -> str:
        """The checkpoint that closed a customs hold with a valid clock-stop; `` without one.

        A valid reason *and* the closing event that the agreement names (req 19); what lies before
        the hold cannot close it.
        """
        at = {point.code: point.at for point in points}
        if item.retained_valid is None or "EDB" not in at:
            return ""
        closing = [c for c in ("EDC", "EMF") if c in at and at[c] >= item.retained_valid]
        needed = 2 if self.network.term("relation", "clock_stop_closing", item) == "both" else 1
        return closing[0] if len(closing) >= needed else ""

    def side(
        self, item: Item, scope: str, promised: dt.date | None, points: Sequence[Point],
        closed_by: str, cases: Sequence[Case], as_of: dt.datetime,
    ) -> Side:  # fmt: skip
        """One verdict: its promise, its stop and its terms on the shared checkpoints."""
        stop = self.stop(item, scope)
        stopped_on = None if stop is None else self.network.date(item.destination, stop)
        if promised is None:
            why = item.quote_reason if scope == "relation" else ""
            return Side("not_guaranteed", why or "no_date_told", stopped_on)
        chain = list(points)
        if stop is not None and stopped_on is not None:
            chain.append(Point("stop", stop, "", "stop", stopped_on))
        margin, steps = self.staircase(item, scope, promised, chain, closed_by, cases)
        if stop is None or stopped_on is None:
            return self.still_open(item, promised, as_of, margin, steps)
        return self.stopped(item, scope, promised, stopped_on, margin, steps, bool(closed_by))

    def staircase(
        self, item: Item, scope: str, promised: dt.date, chain: Sequence[Point], closed_by: str,
        cases: Sequence[Case],
    ) -> tuple[int, tuple[Step, ...]]:  # fmt: skip
        """The margin and the steps, in delivery days of the addressee's area; a stop after the
        promised date on a day without delivery counts as one on the next delivery day."""
        area = item.destination

        def count(first: dt.date, second: dt.date) -> int:
            idle = second > promised and second not in self.network.delivery_days(area)
            return self.network.days_between(area, first, second) + idle

        offices = named_offices(chain)
        before: Point | None = None
        margin, steps = 0, []
        for point in chain:
            if point.code == "EMA":
                margin = count(promised, point.due)
            else:
                days = count(promised if before is None else before.due, point.due)
                taken = 0
                if before is not None:
                    leg = whose(before.code, point.code)[0]
                    taken = days_taken(
                        self.network, item, cases, before, point, leg, offices, count, scope
                    )
                steps.append(self.step(item, scope, before, point, days, closed_by, taken))
            before = point
        return margin, tuple(steps)

    def step(
        self, item: Item, scope: str, before: Point | None, point: Point, days: int,
        closed_by: str, taken: int,
    ) -> Step:  # fmt: skip
        legs = whose(before.code if before else "EMA", point.code)
        is_hold = point.code == closed_by
        policy = self.network.term(scope, "customs", item)
        customs = 0
        if is_hold and before is not None:
            customs = max(0, days)
            if policy == "subtract":
                opened, released = (
                    self.network.date(item.destination, p.at) for p in (before, point)
                )
                customs = max(0, self.network.days_between(item.destination, opened, released))
        after_hold = bool(closed_by) and ORDER.index(point.code) > ORDER.index(closed_by)
        declared = min(taken, max(0, days))
        return Step(point.code, legs, days, customs, declared, is_hold, after_hold)

    def stopped(
        self, item: Item, scope: str, promised: dt.date, stopped_on: dt.date, margin: int,
        steps: tuple[Step, ...], held: bool,
    ) -> Side:  # fmt: skip
        late = margin + sum(step.days for step in steps)
        tolerance = int(self.network.term(scope, "tolerance_days", item))
        excluded = held and self.network.term(scope, "customs", item) == "exclude"
        excusable = sum(step.excused for step in steps) + tolerance
        if excluded:
            excusable = max(excusable, late)  # everything
        excused = min(excusable, late) if late > 0 else 0
        liable = max(0, late - excusable)
        net = nets(margin, steps)
        known = Side("", "", stopped_on, margin, steps, late, excused, 0, net)
        if stopped_on <= promised:
            return replace(known, outcome="on_time")
        if liable:
            return replace(known, outcome="late_liable", liable=liable, share=shares(net))
        customs = excluded or any(step.excused_by_customs for step in steps)
        declared = any(step.excused_by_case > step.excused_by_customs for step in steps)
        reason = " ".join(["customs"] * customs + ["force_majeure"] * declared)
        return replace(known, outcome="late_excused", reason=reason or "tolerance")

    def still_open(
        self, item: Item, promised: dt.date, as_of: dt.datetime, margin: int,
        steps: tuple[Step, ...],
    ) -> Side:  # fmt: skip
        """Nothing stopped the clock: docs/reference/terms.md, `unresolved_after_days` and
        `lost_after_days`."""
        today = self.network.date(item.destination, as_of)
        silent = (today - self.network.date(item.destination, item.last_scan)).days
        unresolved = int(self.network.term("relation", "unresolved_after_days", item))
        lost = int(self.network.term("relation", "lost_after_days", item))
        outcome, reason = "pending", ""
        if (today - promised).days > unresolved:
            if any(scan.code == "EMG" for scan in self.credible(item)):
                outcome, reason = "undetermined", "final_scan_missing"
            elif silent > lost:
                outcome, reason = "lost", "no_scan"
        if item.authority is not None:
            outcome, reason = "late_excused", "stopped_by_authority"
        return Side(outcome, reason, None, margin, steps)


def whose(before: str, after: str) -> tuple[str, ...]:
    """A step over a missing handover belongs to who owed the scan: EMC the origin's export leg,
    EMD the destination's import leg; both missing: to both."""
    since, until = ORDER.index(before), ORDER.index(after)
    owed = []
    for code, leg in (("EMC", "export"), ("EMD", "import")):
        if since < ORDER.index(code) < until:
            owed.append(leg)
    return tuple(owed) or (LEG_ENDING_AT[after],)


def named_offices(chain: Sequence[Point]) -> tuple[str, str]:
    """The outward and the inward office that the checkpoints name; `` where none does."""
    outward, inward = (
        next((point.office for point in chain if point.code in codes), "")
        for codes in (("EMB", "EMC"), ("EMD", "EDB", "EDC", "EMF"))
    )
    return outward, inward


def nets(margin: int, steps: Sequence[Step]) -> dict[tuple[str, str], Fraction]:
    """Unexcused days by custody and leg. A customs hold ends one custody and begins another; a
    positive margin is a custody of its own, a negative one belongs to nobody."""
    net: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    net["promise", "promise"] += max(margin, 0)
    for step in steps:
        kept = step.days - step.excused
        if step.is_hold:  # time won back in customs is nobody's either
            kept = max(0, kept)
        for leg in step.legs:
            custody = CUSTODY[leg] + (" after the hold" if step.after_hold else "")
            net[custody, leg] += Fraction(kept, len(step.legs))
    return dict(net)
