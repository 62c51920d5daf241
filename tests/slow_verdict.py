"""The verdict again, slow and obvious: one item at a time, `datetime` and `Fraction`, no columns.

An independent reading of the rules for the tests to compare with: design.md ("The staircase,
exactly", "Outcomes"), req 19-28, 62, 73, 80, docs/reference/terms.md and what the verdict package
declares in its docstrings. Due dates are those of the slow promise: every slot tried. Either side
has a staircase of its own, cut where its own clock stopped.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from zoneinfo import ZoneInfo

from slow_customs import Later, SlowCustoms, named_offices
from slow_declared import Case, days_taken
from slow_evidence import CATALOGUE, proves
from slow_replay import ORDER, Item, Point, Scan
from slow_shares import Step, shares

CUSTODY = {"export": "origin", "transport": "carrier", "import": "inward", "delivery": "inward"}
DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Side:
    """One verdict of the two, with what it rests on."""

    outcome: str
    reason: str = ""
    stopped_on: dt.date | None = None
    stopped_by: str | None = None
    margin: int = 0
    steps: tuple[Step, ...] = ()
    late: int = 0
    excused: int = 0
    liable: int = 0
    exclusions: str = ""
    net: Mapping[tuple[str, str], Fraction] = field(default_factory=dict)  # (custody, leg)
    share: Mapping[str, int] = field(default_factory=dict)
    late_bounds: tuple[int, int] | None = None
    origin_bounds: tuple[int, int] | None = None
    gap_days: int = 0
    clock_stops: int = 0
    void_stops: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    between: Side
    sender: Side


@dataclass(frozen=True, slots=True)
class Chain:
    """The staircase of one side."""

    item: Item
    scope: str
    promised: dt.date
    stop: tuple[dt.datetime, str] | None  # when, by what
    points: tuple[Point, ...]  # the last one is the stop, if the clock has stopped
    closed_by: str  # the checkpoint that closed an excused customs hold; `` without one
    exclusions: Mapping[str, tuple[str, str]]


class SlowJudge(SlowCustoms):
    """The rules of the verdict, one after the other."""

    def judge(self, item: Item, cases: Sequence[Case], as_of: dt.datetime) -> Verdict:
        item = self.believed(item)
        if not (self.knows(item.origin) and self.knows(item.destination)):
            nobody = Side("not_guaranteed", item.quote_reason or "no_date_told")
            placed = self.placed(item)
            return Verdict(nobody, self.side(placed, "sender", item.told, cases, as_of))
        # Without an acceptance record that says which date was told: no guarantee (req 72).
        promised = item.standard if item.told and item.quote_status == "guaranteed" else None
        return Verdict(
            self.side(item, "relation", promised, cases, as_of),
            self.side(item, "sender", item.told, cases, as_of),
        )

    def placed(self, item: Item) -> Item:
        """The item in an area of its post whose clock is that of the office that it left or came
        to."""
        return replace(
            item, origin=self.place(item, item.origin, ("EMC", "EMB")),
            destination=self.place(item, item.destination, ("EMF", "EMD")),
        )  # fmt: skip

    def place(self, item: Item, area: str, codes: tuple[str, ...]) -> str:
        if self.knows(area):
            return area
        own = self.network.rows("areas.csv", post=area[:2])
        for code in codes:
            office = self.network.one("offices.csv", office=item.scans.get(code, (None, ""))[1])
            if office is not None and office["post"] == area[:2]:
                for row in own:
                    if row["zone"] == office["zone"]:
                        return row["area"]
        clocks = Counter(row["zone"] for row in own)
        usual = min(clocks, key=lambda zone: (-clocks[zone], zone))
        return next(row["area"] for row in own if row["zone"] == usual)

    def deadline(
        self, item: Item, scope: str, promised: dt.date, as_of: dt.datetime
    ) -> tuple[dt.datetime, str] | None:
        """Nobody waits for ever for a final scan: the clock stops on the last day of waiting."""
        last = promised + DAY * int(self.term(scope, "undetermined_ends_after_days", item))
        unresolved = promised + DAY * int(self.term(scope, "unresolved_after_days", item))
        today = self.network.date(item.destination, as_of)
        waited = today > last and today > unresolved and self.at_office(item)
        if self.term(scope, "undetermined_ends_as", item) != "late" or not waited:
            return None
        if self.fate(item, scope):
            return None
        area = self.network.one("areas.csv", area=item.destination)
        assert area is not None
        midnight = dt.datetime.combine(last + DAY, dt.time(), ZoneInfo(area["zone"]))
        return midnight.astimezone(dt.UTC) - dt.timedelta(minutes=1), "deadline"

    def at_office(self, item: Item) -> bool:
        return any(scan.code == "EMG" for scan in self.credible(item, None))

    def fate(self, item: Item, scope: str) -> bool:
        """Whether an authority stopped it for good, and no later scan shows it moving on."""
        found = self.network.exclusions(scope, item).values()
        stops = [
            e.at
            for e in item.events
            if e.code in ("EXX", "EDX")
            and any(m == "excludes" and proves(by, e) for m, by in found)
        ]
        later = [scan.at for scan in item.handed_on()]
        return bool(stops) and all(at <= min(stops) for at in later)

    # --- the staircase ----------------------------------------------------------------------

    def credible(self, item: Item, stop: dt.datetime | None) -> list[Scan]:
        """Scans that can be true together: none before the acceptance, none after a later
        handover, none after the clock stopped."""
        scans = [scan for scan in item.handed_on() if scan.at >= item.accepted]
        return [
            scan
            for number, scan in enumerate(scans)
            if all(scan.at <= later.at for later in scans[number + 1 :])
            and (stop is None or scan.at <= stop)
        ]

    def checkpoints(self, item: Item, stop: dt.datetime | None) -> list[Point]:
        """The credible scans whose place has an onward standard."""
        scans = self.credible(item, stop)
        dues = [(scan, self.network.due_at(scan, item, scan.at)) for scan in scans]
        return [
            Point(scan.code, scan.at, scan.office, scan.stage, due)
            for scan, due in dues
            if due is not None
        ]

    def hold_closed_by(self, item: Item, scope: str, points: Sequence[Point]) -> str:
        """The checkpoint that closed a customs hold with a valid clock-stop; `` without one.

        A valid reason *and* the closing event that the terms name (req 19); what lies before the
        hold cannot close it.
        """
        at = {point.code: point.at for point in points}
        kept = self.valid(item, scope, "EME")
        if kept is None or "EDB" not in at:
            return ""
        closing = [c for c in ("EDC", "EMF") if c in at and at[c] >= kept.at]
        needed = 2 if self.term(scope, "clock_stop_closing", item) == "both" else 1
        return closing[0] if len(closing) >= needed else ""

    def count(self, item: Item, promised: dt.date, first: dt.date, second: dt.date) -> int:
        """Delivery days of the addressee's area; a late day without delivery is the next one."""
        area = item.destination
        idle = second > promised and second not in self.network.delivery_days(area)
        return self.network.days_between(area, first, second) + idle

    def side(
        self, item: Item, scope: str, promised: dt.date | None, cases: Sequence[Case],
        as_of: dt.datetime,
    ) -> Side:  # fmt: skip
        """One verdict: its promise, its stop and its terms on a staircase of its own."""
        stop = self.stop(item, scope)
        if stop is None and promised is not None:
            stop = self.deadline(item, scope, promised, as_of)
        stopped_on = None if stop is None else self.network.date(item.destination, stop[0])
        points = self.checkpoints(item, stop and stop[0])
        closing = self.hold_closed_by(item, scope, points)
        kept, later = self.valid(item, scope, "EME"), self.later_holds(item, scope, stop)
        deemed = stop is not None and kept is not None and stop == (kept.at, "hold")
        stops = [closing or deemed] * bool(item.holds()[0]) + [hold.valid for hold in later]
        known = Side(
            "", "", stopped_on, stop[1] if stop else None,
            clock_stops=sum(map(bool, stops)), void_stops=sum(not one for one in stops),
        )  # fmt: skip
        if promised is None:
            why = item.quote_reason if scope == "relation" else ""
            return replace(known, outcome="not_guaranteed", reason=why or "no_date_told")
        if stop is not None and stopped_on is not None:
            points = [*points, Point("stop", stop[0], "", "stop", stopped_on)]
        import_end = self.term(scope, "customs_ends", item) != "export"
        excused = import_end and bool(self.hold_named(item, scope)) and not deemed
        chain = Chain(
            item, scope, promised, stop, tuple(points), closing if excused else "",
            self.network.exclusions(scope, item),
        )  # fmt: skip
        margin, steps = self.staircase(chain, cases)
        known = replace(known, margin=margin, steps=steps)
        if stopped_on is None:
            known = self.still_open(chain, known, as_of)
        else:
            known = self.stopped(chain, known, stopped_on, cases, as_of)
        taken = self.taken_out(item, scope)
        return replace(out_of_guarantee(known), reason=taken) if taken else known

    def taken_out(self, item: Item, scope: str) -> str:
        """The exclusion that takes the guarantee away; `` where none does."""
        found = self.network.exclusions(scope, item)
        for name in CATALOGUE:
            mode, by = found.get(name, ("no", ""))
            if mode == "not_guaranteed" and any(proves(by, event) for event in item.events):
                return name
        return ""

    def staircase(self, chain: Chain, cases: Sequence[Case]) -> tuple[int, tuple[Step, ...]]:
        """The margin and the steps, in delivery days of the addressee's area."""
        item, before = chain.item, None
        margin, steps = 0, []
        for point in chain.points:
            if point.code == "EMA":
                margin = self.count(item, chain.promised, chain.promised, point.due)
            else:
                start = chain.promised if before is None else before.due
                days = self.count(item, chain.promised, start, point.due)
                steps.append(self.step(chain, before, point, days, cases))
            before = point
        return margin, tuple(steps)

    def step(
        self, chain: Chain, before: Point | None, point: Point, days: int, cases: Sequence[Case]
    ) -> Step:
        since = before.code if before else "EMA"
        after = bool(chain.closed_by) and ORDER.index(point.code) > ORDER.index(chain.closed_by)
        is_hold = point.code == chain.closed_by
        plain = Step(since, point.code, days, 0, 0, 0, is_hold, after)
        if before is None:
            return plain
        customs = self.at_import(chain, before, point, days) if is_hold else 0
        customs = max(customs, self.at_export(chain, before, point, days))
        leg = self.legs(chain.item, plain)[0]
        case = self.by_cases(chain, before, point, leg, self.excusing(chain, cases))
        tried = self.after_attempt(chain, before, point)
        later = self.by_later(chain, before, point, replace(plain, by_customs=customs))
        return replace(
            plain, by_customs=customs, by_later=later.days, by_attempt=min(tried, max(0, days)),
            by_case=min(case, max(0, days)),
        )  # fmt: skip

    def legs(self, item: Item, step: Step) -> list[str]:
        burden = self.term("relation", "burden_of_proof", item)
        if burden == "undetermined":
            burden = self.term("relation", "gap_decided_by", item)
        return step.legs(burden)

    # --- what is excused --------------------------------------------------------------------

    def after_attempt(self, chain: Chain, before: Point, point: Point) -> int:
        """Delivery days from a failed attempt for a customer's reason to the stop."""
        first = self.failed_for_customer(chain)
        if point.code != "stop" or first is None or not first[0] < point.at:
            return 0
        tried_on = self.network.date(chain.item.destination, max(first[0], before.at))
        idle = point.due > tried_on and point.due not in self.network.delivery_days(
            chain.item.destination
        )
        return self.network.days_between(chain.item.destination, tried_on, point.due) + idle

    def failed_for_customer(self, chain: Chain) -> tuple[dt.datetime, str] | None:
        """(first attempt after which time is clipped, the exclusion it proves)."""
        found = [
            (event.at, CATALOGUE.index(name))
            for event in chain.item.events
            for name, (mode, by) in chain.exclusions.items()
            if event.code == "EMH" and not event.alone
            if mode == "clips" and proves(by, event)
        ]
        if not found or min(found)[0] < chain.item.accepted:
            return None
        return min(found)[0], CATALOGUE[min(found)[1]]

    def excusing(self, chain: Chain, cases: Sequence[Case]) -> list[Case]:
        words = {word for _, by in chain.exclusions.values() for word in by.split()}
        kinds = {True: "case/transport", False: "case"}
        return [case for case in cases if kinds[case.leg == "transport"] in words]

    def by_cases(
        self, chain: Chain, before: Point, point: Point, leg: str, cases: Sequence[Case]
    ) -> int:
        def count(first: dt.date, second: dt.date) -> int:
            return self.network.days_between(chain.item.destination, first, second)

        return days_taken(
            self.network,
            chain.item,
            cases,
            before,
            point,
            leg,
            named_offices(chain.points, before),
            count,
            chain.scope,
        )

    # --- what remains -----------------------------------------------------------------------

    def stopped(
        self, chain: Chain, known: Side, stopped_on: dt.date, cases: Sequence[Case],
        as_of: dt.datetime,
    ) -> Side:  # fmt: skip
        item, scope, steps = chain.item, chain.scope, known.steps
        late = known.margin + sum(step.days for step in steps)
        mode, by = chain.exclusions.get("tolerance", ("no", ""))
        tolerance = int(self.term(scope, "tolerance_days", item))
        tolerance *= mode == "clips" and "claim" in by.split()
        later = self.later_of(chain, steps)
        excluded = self.excluded(chain) or any(one.excluded for one in later)
        excusable = sum(step.excused for step in steps) + tolerance
        if excluded:
            excusable = max(excusable, late)  # everything
        excused = min(excusable, late) if late > 0 else 0
        liable = max(0, late - excusable)
        named = self.named(chain, steps, later, cases)
        if not excluded and excused > sum(step.excused for step in steps):
            names = {*named.split(), "tolerance"}
            named = " ".join(name for name in CATALOGUE if name in names)
        net = self.nets(item, known.margin, steps)
        known = replace(known, late=late, excused=excused, exclusions=named, net=net)
        if stopped_on <= chain.promised:
            return replace(known, outcome="on_time")
        if not liable:
            return replace(known, outcome="late_excused", reason=named)
        policy = self.term("relation", "sharing", item)
        known = replace(known, outcome="late_liable", liable=liable, share=shares(net, policy))
        return self.with_gap(chain, known, as_of) if scope == "relation" else known

    def later_of(self, chain: Chain, steps: Sequence[Step]) -> list[Later]:
        """What the later holds took from each step."""
        by_end = {step.ends_at: step for step in steps}
        return [
            self.by_later(chain, before, point, by_end[point.code])
            for before, point in zip(chain.points, chain.points[1:], strict=False)
        ]

    def excluded(self, chain: Chain) -> bool:
        """Whether the first hold, or one at the export end, takes the item out by policy."""
        if self.term(chain.scope, "customs", chain.item) != "exclude":
            return False
        kept, back = self.export_hold(chain), chain.item.export_back
        if kept is None or back is None:
            return bool(chain.closed_by)
        codes = [p.code for p in chain.points if p.code != "EMA" and p.at >= back]
        before = [
            p.at for p in chain.points if codes and ORDER.index(p.code) < ORDER.index(codes[0])
        ]
        exported = bool(codes and before) and codes[0] in ("EMB", "EMC", "EMD")
        return bool(chain.closed_by) or (exported and max(kept.at, before[-1]) < back)

    def named(
        self, chain: Chain, steps: Sequence[Step], later: Sequence[Later], cases: Sequence[Case]
    ) -> str:
        """The exclusions that took something out; each only where it adds to those before it."""
        names = {name for one in later for name in one.names}
        if self.excluded(chain) or any(step.by_customs for step in steps):
            names.add(self.hold_named(chain.item, chain.scope) or "customs")
        tried = self.failed_for_customer(chain)
        held = [max(step.by_customs, step.by_later) for step in steps]
        if tried and any(step.by_attempt > days for step, days in zip(steps, held, strict=True)):
            names.add(tried[1])
        if any(
            step.by_case > max(days, step.by_attempt)
            for step, days in zip(steps, held, strict=True)
        ):
            names.add("transport_interruption" if self.carried(chain, cases) else "force_majeure")
        return " ".join(name for name in CATALOGUE if name in names)

    def carried(self, chain: Chain, cases: Sequence[Case]) -> bool:
        """Whether cases of carriage alone excused it, under an exclusion of their own."""
        _, by = chain.exclusions.get("transport_interruption", ("no", ""))
        if "case/transport" not in by.split():
            return False
        others = [case for case in self.excusing(chain, cases) if case.leg != "transport"]
        before = None
        for point in chain.points:
            if before is not None:
                step = Step(before.code, point.code, 0, 0, 0, 0, False, False)
                leg = self.legs(chain.item, step)[0]
                if self.by_cases(chain, before, point, leg, others) > 0:
                    return False
            before = point
        return any(case.leg == "transport" for case in cases)

    def nets(
        self, item: Item, margin: int, steps: Sequence[Step], burden: str = ""
    ) -> dict[tuple[str, str], Fraction]:
        """Unexcused days by custody and leg. An excused hold ends one custody and begins another;
        a positive margin is a custody of its own, a negative one belongs to nobody."""
        net: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
        net["promise", "promise"] += max(margin, 0)
        for step in steps:
            kept = step.days - min(step.excused, max(0, step.days))
            if step.is_hold:  # time won back in customs is nobody's either
                kept = max(0, kept)
            legs = step.legs(burden) if burden else self.legs(item, step)
            for leg in legs:
                custody = CUSTODY[leg]
                if custody == "inward" and step.after_hold:
                    custody += " after the hold"
                net[custody, leg] += Fraction(kept, len(legs))
        return dict(net)

    def legs_of_origin(self, item: Item) -> list[str]:
        """The legs for which the origin answers: the carriage too, unless the destination
        contracted it."""
        told = self.network.tables.get("carriage.csv")
        agreed = self.network.deciding("carriage.csv", item) if told else None
        contracted = "origin" if agreed is None else agreed["transport"]
        return ["promise", "export", *(["transport"] if contracted == "origin" else [])]

    def with_gap(self, chain: Chain, known: Side, as_of: dt.datetime) -> Side:
        """Bounds of the origin's share where days were lost over a missing handover; where the
        posts left the proof open, nobody answers until the day of decision."""
        item = chain.item
        gap = sum(step.days for step in known.steps if step.owed and step.days > 0)
        if not gap:
            return known
        readings = []
        for burden in ("last_scanned", "next_scanned"):
            share = shares(
                self.nets(item, known.margin, known.steps, burden),
                self.term("relation", "sharing", item),
            )
            readings.append(sum(share[leg] for leg in self.legs_of_origin(item)))
        low, high = min(readings), max(readings)
        known = replace(known, origin_bounds=(low, high), gap_days=gap)
        waited = (self.network.date(item.destination, as_of) - chain.promised).days
        if (
            self.term("relation", "burden_of_proof", item) == "undetermined"
            and waited <= int(self.term("relation", "gap_decided_after_days", item))
            and low < high
        ):
            return replace(
                known, outcome="undetermined", reason="gap", liable=0, share={},
                late_bounds=(known.liable, known.liable),
            )  # fmt: skip
        return known

    def still_open(self, chain: Chain, known: Side, as_of: dt.datetime) -> Side:
        """Nothing stopped the clock: docs/reference/terms.md, `unresolved_after_days`,
        `lost_after_days` and `undetermined_ends_as`."""
        item, scope = chain.item, chain.scope
        today = self.network.date(item.destination, as_of)
        waited = (today - chain.promised).days
        silent = (today - self.network.date(item.destination, item.last_scan)).days
        outcome, reason, bounds = "pending", "", None
        if waited > int(self.term(scope, "unresolved_after_days", item)):
            if self.at_office(item):
                outcome, reason = "undetermined", "final_scan_missing"
                bounds = self.late_bounds(chain, today)
                if self.term(scope, "undetermined_ends_as", item) == "lost" and waited > int(
                    self.term(scope, "undetermined_ends_after_days", item)
                ):
                    outcome, reason, bounds = "lost", "deadline", None
            elif silent > int(self.term(scope, "lost_after_days", item)):
                outcome, reason = "lost", "no_scan"
        if waited > 0 and self.fate(item, scope):
            outcome, reason, bounds = "late_excused", "stopped_by_authority", None
        return replace(known, outcome=outcome, reason=reason, late_bounds=bounds)

    def late_bounds(self, chain: Chain, today: dt.date) -> tuple[int, int]:
        """Days late if it was delivered right after the last credible scan, and if today."""
        last = max(self.network.date(chain.item.destination, p.at) for p in chain.points)
        low, high = (
            max(0, self.count(chain.item, chain.promised, chain.promised, day))
            for day in (last, max(last, today))
        )
        return low, high


def out_of_guarantee(known: Side) -> Side:
    """An item that an exclusion takes out has no days, late or otherwise."""
    return replace(
        known, outcome="not_guaranteed", late=0, excused=0, liable=0, net={}, share={},
        late_bounds=None, origin_bounds=None, gap_days=0,
    )  # fmt: skip
