"""One item's verdict, taken apart from the very rows that decided it (req 63).

What is shown of it, in words, as JSON or as a picture, is the business of `telling` and of the web.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from datecertain.moments import format_local
from datecertain.network import NO_DUE, Network, Scope
from datecertain.network.rows import Area
from datecertain.tracking.milestones import CODES as MILESTONE_CODES
from datecertain.verdict.after_inquiry import ANY
from datecertain.verdict.after_inquiry import TERM as AFTER_INQUIRY_TERM
from datecertain.verdict.basis import (
    CODES,
    Basis,
    CaseExcuse,
    ExclusionApplied,
    MilestoneScan,
    TermApplied,
    scan_of,
    terms_applied,
)
from datecertain.verdict.carried import Carried
from datecertain.verdict.grounds import Grounds, Hold
from datecertain.verdict.items import ItemsToJudge
from datecertain.verdict.judging import Judgement, Side
from datecertain.verdict.liable import liable_posts
from datecertain.verdict.marking import OUTCOMES
from datecertain.verdict.outcomes import Checkpoint, Leg, Outcome
from datecertain.verdict.replay import Milestones
from datecertain.verdict.stops import StoppedBy


@dataclass(frozen=True, slots=True)
class Stair:
    """One step of the staircase: since the checkpoint before, `holder` held the item on `leg`, and
    at this checkpoint it was due on `due_on`, `days` later (negative: won back) than before."""

    checkpoint: Checkpoint
    code: str
    place: str
    at: str  # local date and time there
    holder: str
    leg: Leg
    other_leg: Leg | None
    due_on: int
    days: int
    excused: int
    proof: MilestoneScan | None  # the event that says so; None: no message does


@dataclass(frozen=True, slots=True)
class Place:
    """An area or office with its names, where the network knows it."""

    code: str
    name_en: str
    name_ko: str


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the liable days, in parts per million."""

    post: str
    leg: Leg
    ppm: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """One item's verdict on one side, ready to be shown. Days are day numbers, None unknown."""

    item_id: str
    origin: str
    destination: str
    outcome: Outcome
    reason: str
    promised_on: int | None
    standard_due: int | None  # due on acceptance, by the network alone
    stopped_on: int | None
    delivered_on: int | None
    margin: int
    stairs: tuple[Stair, ...]
    days_late: int
    days_excused: int
    days_liable: int
    shares: tuple[Share, ...]
    void_hold: bool  # a customs hold that never stopped the clock
    sender_outcome: Outcome
    network_version: str
    towards: str  # `between` the posts, or the `sender`
    accepted_in: Place
    addressed_to: Place
    stopped_at: str | None  # local date and time on which the clock stopped
    stopped_by: StoppedBy
    sharing: str  # the policy by which liable days are shared
    hold: Hold | None
    later_holds: tuple[Hold, ...]  # after it had come back from customs
    export_hold: Hold | None  # of export customs or security, with a clock-stop
    exclusions: tuple[ExclusionApplied, ...]
    cases: tuple[CaseExcuse, ...]
    terms: tuple[TermApplied, ...]
    basis: Basis
    after_inquiry: tuple[MilestoneScan, ...] = ()  # first sent then, and proving nothing
    carried: Carried | None = None  # None: nothing is told of receptacles, or of third posts

    @property
    def holds(self) -> tuple[Hold, ...]:
        """Every customs hold, in order of time."""
        first = (one for one in (self.export_hold, self.hold) if one is not None)
        return (*first, *self.later_holds)

    @property
    def proofs(self) -> tuple[MilestoneScan, ...]:
        """The scans that prove a checkpoint, a hold or an exclusion, in order of time."""
        found = [stair.proof for stair in self.stairs]
        found += [scan for hold in self.holds for scan in (hold.opened, hold.closed)]
        found += [scan for one in self.exclusions for scan in one.scans]
        proving = (scan for scan in dict.fromkeys(found) if scan is not None)
        return tuple(sorted(proving, key=lambda scan: scan.event_at))

    @property
    def unused(self) -> tuple[MilestoneScan, ...]:
        """The scans that prove nothing of all that."""
        used = set(self.proofs)
        return tuple(scan for scan in self.basis.scans if scan not in used)


def explain(
    network: Network, items: ItemsToJudge, milestones: Milestones, judgement: Judgement, row: int,
    basis: Basis, towards: str = "between", carried: Carried | None = None,
) -> Explanation:  # fmt: skip
    """The explanation of one row, `between` the posts or towards the `sender`. `milestones`: what
    it was judged by."""
    side: Side = judgement.sender if towards == "sender" else judgement.between
    told = judgement.table.slice(row, 1).to_pylist()[0]
    origin, destination = told["origin"], told["destination"]
    promised, stopped_on = _known(side.promised[row]), _known(side.stopped_on[row])
    counted = promised is not None and stopped_on is not None
    answering = _answering(network, origin, destination, basis.accepted.accepted_date)
    posts = origin, destination
    clocks = tuple(network.data.areas[int(one[row])] for one in judgement.clocks)
    stairs = tuple(_stairs(network, items, side, row, posts, clocks, answering, basis))
    excused = int(side.settled.excused[row]) if counted else 0
    scope = Scope.SENDER if towards == "sender" else Scope.RELATION
    grounds = Grounds(
        network, scope, side, row, milestones, basis, posts, excused
    )  # fmt: skip
    hold = grounds.first_hold({stair.checkpoint: stair.proof for stair in stairs})
    later, exported = tuple(grounds.later_holds()), grounds.export_hold()
    every = [one for one in (exported, hold, *later) if one is not None]
    terms = terms_applied(
        network, basis, scope, posts, held=hold is not None or bool(later),
        exported=exported is not None, stopped=stopped_on is not None,
        late=counted and int(side.settled.late[row]) > 0, gap=bool(told["gap_days"]),
    )  # fmt: skip
    area = clocks[1]
    return Explanation(
        item_id=told["item_id"], origin=origin, destination=destination,
        outcome=OUTCOMES[int(side.outcome[row])], reason=side.reasons[int(side.reason[row])],
        promised_on=promised, standard_due=_known(side.replay.due[row, 0]),
        stopped_on=stopped_on, delivered_on=told["delivered_on"],
        margin=int(side.margin[row]) if promised is not None else 0, stairs=stairs,
        days_late=int(side.settled.late[row]) if counted else 0,
        days_excused=excused,
        days_liable=int(side.settled.liable[row]) if counted else 0,
        shares=tuple(
            Share(answering[leg], leg, int(side.settled.share[row, leg]))
            for leg in Leg if side.settled.share[row, leg]
        ),
        void_hold=bool(side.holds.void[row]) or not all(one.valid for one in later),
        sender_outcome=OUTCOMES[int(judgement.sender.outcome[row])],
        network_version=network.version, towards=towards,
        accepted_in=_place(network, basis.accepted.origin_area, origin),
        addressed_to=_place(network, basis.accepted.destination_area, destination),
        stopped_at=None if stopped_on is None else format_local(int(side.stopped[row]), area.zone),
        stopped_by=StoppedBy(int(side.stopped_by[row])),
        sharing=network.terms.value(
            Scope.RELATION, "sharing", origin, destination, basis.accepted.accepted_date
        ),
        hold=hold, later_holds=later, export_hold=exported,
        exclusions=tuple(grounds.exclusions(every)), cases=basis.cases, terms=tuple(terms),
        basis=basis, carried=carried,
        after_inquiry=tuple(_after_inquiry(network, basis, origin, destination)),
    )  # fmt: skip


def _answering(network: Network, origin: str, destination: str, day: int) -> dict[Leg, str]:
    """The post that answers for each leg: for the carriage the one that contracted it."""
    return dict(zip(Leg, liable_posts(network.carriage, origin, destination, day), strict=True))


def _after_inquiry(
    network: Network, basis: Basis, origin: str, destination: str
) -> Iterator[MilestoneScan]:
    if basis.inquired_at is None:
        return
    day = basis.accepted.accepted_date
    proving = network.terms.value(Scope.RELATION, AFTER_INQUIRY_TERM, origin, destination, day)
    for scan in basis.scans:
        late = scan.transmitted_at > basis.inquired_at and scan.code in MILESTONE_CODES
        if late and not proving & {scan.code, ANY}:
            yield scan


def _known(day: int) -> int | None:
    return int(day) if day < NO_DUE else None


def _place(network: Network, area: str | None, post: str) -> Place:
    if area is None or area not in network.areas:
        return Place(post, "", "")
    found = network.area(area)
    return Place(area, found.name_en, found.name_ko)


def _stairs(
    network: Network, items: ItemsToJudge, side: Side, row: int,
    posts: tuple[str, str], clocks: Sequence[Area], answering: Mapping[Leg, str], basis: Basis,
) -> Iterator[Stair]:  # fmt: skip
    replayed, held = side.replay, side.holders
    from_area, area = clocks
    addressed = area.area if items.destination_area[row] >= 0 else area.post
    accepted = from_area.area if items.origin_area[row] >= 0 else from_area.post
    for checkpoint in Checkpoint:
        moment = int(replayed.at[row, checkpoint])
        if checkpoint is Checkpoint.STOPPED:
            moment = int(side.stopped[row])
            if side.stopped_on[row] >= NO_DUE:
                continue
        elif not replayed.present[row, checkpoint]:
            continue
        place, clock = addressed, area.zone
        if checkpoint is Checkpoint.ACCEPTED:
            place, clock = accepted, from_area.zone
        elif int(replayed.office[row, checkpoint]) >= 0 and checkpoint < Checkpoint.DELIVERY_OFFICE:
            office = network.data.offices[int(replayed.office[row, checkpoint])]
            place, clock = office.office, office.zone
        leg = Leg(int(held.leg[row, checkpoint]))
        other = int(held.other_leg[row, checkpoint])
        due = int(replayed.due[row, checkpoint])
        if checkpoint is Checkpoint.STOPPED:
            due = int(side.stopped_on[row])
        proof = scan_of(basis.scans, CODES[checkpoint], moment, *posts)
        yield Stair(
            checkpoint, proof.code if proof else CODES[checkpoint][0], place,
            format_local(moment, clock), answering[leg], leg,
            Leg(other) if other >= 0 else None, due, int(side.step[row, checkpoint]),
            int(side.excuses.days[row, checkpoint]), proof,
        )  # fmt: skip
