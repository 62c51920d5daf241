"""What a verdict on one item rests on: its acceptance, its scans and the messages that told them,
the declared cases and the terms (req 27, 63). Plain values; what decides is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from datecertain.network import Network, Scope
from datecertain.network.claim_terms import CLAIM_TERMS
from datecertain.network.exclusions import Evidence
from datecertain.network.terms import TERMS
from datecertain.tracking.cases import ForceMajeureCase
from datecertain.tracking.milestones import ORIGIN_CODES
from datecertain.verdict.after_inquiry import TERM as AFTER_INQUIRY_TERM
from datecertain.verdict.case_rules import CASE_TERMS
from datecertain.verdict.judging import Judgement
from datecertain.verdict.outcomes import Checkpoint

#: The event codes that can prove a checkpoint, the usual one first.
CODES: Mapping[Checkpoint, tuple[str, ...]] = {
    Checkpoint.ACCEPTED: ("EMA",),
    Checkpoint.OUTWARD_IN: ("EMB",),
    Checkpoint.OUTWARD_OUT: ("EMC",),
    Checkpoint.INWARD_IN: ("EMD",),
    Checkpoint.CUSTOMS_IN: ("EDB", "EME"),
    Checkpoint.CUSTOMS_OUT: ("EDC",),
    Checkpoint.INWARD_OUT: ("EMF",),
    Checkpoint.DELIVERY_OFFICE: ("EMG",),
    Checkpoint.STOPPED: ("EMI", "EMH", "EDH"),
}


@dataclass(frozen=True, slots=True)
class AcceptanceFact:
    """The acceptance record: its local day and minute, and the file that holds it."""

    accepted_at: int
    accepted_date: int
    accepted_min: int
    origin_area: str | None
    destination_area: str | None
    promised_on: int | None  # the date told
    standard_on: int | None  # the date that the network gives
    source: str
    line: int

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> AcceptanceFact:
        """The fact in a row of acceptance records."""
        return cls(**{field.name: row[field.name] for field in fields(cls)})


@dataclass(frozen=True, slots=True)
class MilestoneScan:
    """One event of an item and the message that told it; moments are UTC minutes, `event_date` and
    `event_min` the local day and minute."""

    code: str
    event_at: int
    event_date: int
    event_min: int
    offset_source: str
    office: str
    reason: str | None
    measure: str | None
    sender: str
    recipient: str
    transmitted_at: int
    received_at: int
    source: str
    interchange: str
    message: int
    segment: int
    byte_offset: int


@dataclass(frozen=True, slots=True)
class CaseExcuse:
    """A declared case, and how many days it alone takes from this item."""

    case: ForceMajeureCase
    days: int


@dataclass(frozen=True, slots=True)
class TermApplied:
    """A term that bears on the verdict: the row that decided it."""

    scope: Scope
    term: str
    value: str
    origin: str  # `*`: any
    destination: str
    valid_from: int
    valid_to: int
    source: str


@dataclass(frozen=True, slots=True)
class ExclusionApplied:
    """An exclusion that applied: the row of the catalogue that decided it, and the scans that prove
    it (none: it is no matter of scans)."""

    scope: Scope
    exclusion: str
    mode: str
    evidence: str
    origin: str  # `*`: any
    destination: str
    valid_from: int
    valid_to: int
    source: str
    scans: tuple[MilestoneScan, ...]

    @property
    def by_events(self) -> bool:
        """Whether the row names events; what other rows name is told as a hold, case or term."""
        return bool(Evidence.read(self.evidence).events)


@dataclass(frozen=True, slots=True)
class Basis:
    """What is known of the item at `as_of`: the scans of its episode in any order, the cases that
    excuse some of it, and the days of the number's other acceptances."""

    as_of: int
    accepted: AcceptanceFact
    scans: tuple[MilestoneScan, ...]
    cases: tuple[CaseExcuse, ...]
    other_acceptances: tuple[int, ...]
    inquired_at: int | None = None  # when somebody first asked for it, as far as that matters


def scan_of(
    scans: Sequence[MilestoneScan], codes: Sequence[str], at: int, origin: str, destination: str
) -> MilestoneScan | None:
    """The scan that a milestone was taken from: of those of its moment, told by the post that holds
    the item there, the one that was told first. None: nobody told it (the record did, or the terms
    say that the clock stopped)."""
    told = [
        scan for scan in scans
        if scan.event_at == at and scan.code in codes
        and scan.sender == (origin if scan.code in ORIGIN_CODES else destination)
    ]  # fmt: skip
    return min(told, key=lambda one: (codes.index(one.code), *_told_order(one)), default=None)


def in_order(scans: Sequence[MilestoneScan]) -> list[MilestoneScan]:
    """Scans by when they were, then by when they were told."""
    return sorted(scans, key=lambda one: (one.event_at, one.code, *_told_order(one)))


def _told_order(scan: MilestoneScan) -> tuple[int, str, str, int, int]:
    return scan.transmitted_at, scan.source, scan.interchange, scan.message, scan.segment


def cases_that_excuse(
    cases: Sequence[ForceMajeureCase],
    judge_with: Callable[[Sequence[ForceMajeureCase]], Judgement], towards: str,
) -> Iterator[CaseExcuse]:  # fmt: skip
    """Of some cases those that excuse something: the one item judged with each alone and with
    none. Where cases overlap, their days together are fewer than the sum."""
    if not cases:
        return

    def excused(some: Sequence[ForceMajeureCase]) -> int:
        judgement = judge_with(some)
        side = judgement.sender if towards == "sender" else judgement.between
        return int(side.excuses.days[0].sum())

    without = excused(())
    for case in cases:
        days = excused((case,)) - without
        if days:
            yield CaseExcuse(case, days)


#: When a term bears on an item: with a customs hold, after an event of a code, while the clock has
#: not stopped, or when it came late. A term that is not here bears on every item.
_WITH_HOLD = frozenset({
    "customs", "customs_ends", "customs_days", "clock_stop_closing", "retention_reasons",
})  # fmt: skip
#: Of these what bears on a hold at the export end: only EXC closes one.
_WITH_EXPORT_HOLD = _WITH_HOLD - {"clock_stop_closing"}
_WITH_CODE = {
    "attempt_stops": "EMH", "attempt_reasons": "EMH", "attempt_measures": "EMH",
    "notification_stops": "EMH", "notification_measures": "EMH", "pickup_stops": "EDH",
}  # fmt: skip
_WHILE_OPEN = frozenset({
    "unresolved_after_days", "lost_after_days", "undetermined_ends_as",
    "undetermined_ends_after_days",
})  # fmt: skip
_WHEN_LATE = frozenset({"tolerance_days", "sharing"})
_WITH_GAP = frozenset({"burden_of_proof", "gap_decided_by", "gap_decided_after_days"})
#: Read for the post that declares a case.
_OF_DECLARING = frozenset({"case_notice_hours"})
_WITH_CASE = _OF_DECLARING | frozenset(CASE_TERMS)
#: Terms of claims, labels, reminders, openings and the watch list: no verdict asks for them.
_ELSEWHERE = frozenset({
    "case_stale_hours", "watch_report_hours", "watch_slack_percent", "watch_chance_percent",
    "refund_percent", "refund_remedy", "claim_window_days", "claim_window_from",
    "claim_window_counts", "label_expires_days", "lane_lead_days", *CLAIM_TERMS,
})  # fmt: skip
#: Terms of inquiries between the posts: no verdict asks for them either.
_OF_INQUIRIES = frozenset(term for term in TERMS if term.startswith("inquiry_"))


def terms_applied(
    network: Network, basis: Basis, scope: Scope, lane: tuple[str, str],
    *, held: bool, exported: bool, stopped: bool, late: bool, gap: bool,
) -> Iterator[TermApplied]:  # fmt: skip
    """The terms that bear on an item, each as the row that decided it. What only the posts agree on
    is read from their agreement on either side. `held` by import customs, `exported`: held by
    export customs or security, with a clock-stop."""
    codes = {scan.code for scan in basis.scans}
    for term in TERMS:
        bears = term not in _ELSEWHERE | _OF_INQUIRIES
        bears &= held or term not in _WITH_HOLD or (exported and term in _WITH_EXPORT_HOLD)
        bears &= late or term not in _WHEN_LATE
        bears &= gap or term not in _WITH_GAP
        bears &= not stopped or term not in _WHILE_OPEN
        bears &= basis.inquired_at is not None or term != AFTER_INQUIRY_TERM
        bears &= bool(basis.cases) or term not in _WITH_CASE
        bears &= term not in _WITH_CODE or _WITH_CODE[term] in codes
        if not bears:
            continue
        own = scope if scope in _scopes(term) else Scope.RELATION
        of = (basis.cases[0].case.post, "*") if term in _OF_DECLARING else lane
        row = network.terms.row(own, term, *of, basis.accepted.accepted_date)
        yield TermApplied(
            own, term, row.value, row.origin, row.destination, row.valid_from, row.valid_to,
            row.source,
        )  # fmt: skip


def _scopes(term: str) -> frozenset[Scope]:
    return TERMS[term].scopes
