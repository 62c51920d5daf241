"""Terms: what the posts publish and agree, as dated values with their source (req 19-25, 28-33,
38, 80).

Two scopes. `sender`: what the origin post tells its customers; `relation`: what a pair of posts
agreed between them. The most specific row valid on the acceptance day decides. Where an origin
post publishes no rule of its own on something that the posts agreed, the relation's row decides,
and checking says so. A term without a row is a defect of the network, never a default in code;
only a network that was in force before a term existed is judged by what held then (`Term.before`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from datecertain.errors import NetworkError
from datecertain.network.claim_terms import CLAIM_TERMS, Remedy
from datecertain.network.deciding import deciding_row
from datecertain.network.rows import ALWAYS_FROM, ALWAYS_TO, TermRow
from datecertain.network.term_values import (
    Count,
    codes,
    inquiry_desk,
    one_of,
    percent,
    whole_number,
    yes_no,
)


class Scope(StrEnum):
    """Towards whom a term holds."""

    SENDER = "sender"  # the origin post's published terms
    RELATION = "relation"  # the agreement between the two posts


class CustomsPolicy(StrEnum):
    """What a customs hold with a valid clock-stop does to the days (req 25)."""

    STEP = "step"  # the step of due dates that the hold caused is excused
    SUBTRACT = "subtract"  # the delivery days between hold and release are taken off
    EXCLUDE = "exclude"  # any valid hold takes the item out of the guarantee
    EXTEND = "extend"  # a business day more for each day in customs, at most `customs_days`
    DEEMED_DELIVERED = "deemed_delivered"  # the clock stops when the hold begins


class CustomsEnds(StrEnum):
    """At which end of the journey the customs policy applies."""

    IMPORT = "import"
    EXPORT = "export"
    BOTH = "both"


class Closing(StrEnum):
    """Which events close a customs hold (the published text says `and` once and `or` once)."""

    EITHER = "either"
    BOTH = "both"


class Burden(StrEnum):
    """Who is charged for the time between two scans where the scan of a handover is missing."""

    OWED_SCAN = "owed_scan"  # the party that owed the missing scan; both, where both owed one
    LAST_SCANNED = "last_scanned"  # the party that held it at the scan before
    NEXT_SCANNED = "next_scanned"  # the party in whose hands it is seen next
    BOTH = "both"  # half to each of these two
    UNDETERMINED = "undetermined"  # nobody, until `gap_decided_after_days` have passed


class Ending(StrEnum):
    """How an item ends whose final scan never came (req 80)."""

    NEVER = "never"  # it stays undetermined
    LOST = "lost"  # it leaves the guarantee for the indemnity route
    LATE = "late"  # the clock stops on the last day of waiting


@dataclass(frozen=True, slots=True)
class Term:
    """A term that exists: whose it can be, how its value is read (`ValueError`: not readable)."""

    scopes: frozenset[Scope]
    parse: Callable[[str], Any]
    #: What held before the term existed; None: it always had to be there.
    before: str | None = None
    #: Senders are judged by the relation's row where the origin post publishes none.
    falls_back: bool = False


_SENDER, _RELATION, _BOTH = (
    frozenset({Scope.SENDER}), frozenset({Scope.RELATION}), frozenset(Scope),
)  # fmt: skip
_SHARINGS = ("proportional", "last_holder")
_DECIDED = tuple(one for one in Burden if one is not Burden.UNDETERMINED)

#: Every term that exists. Meanings: docs/reference/terms.md.
TERMS: dict[str, Term] = {
    "attempt_stops": Term(_BOTH, yes_no),
    "notification_stops": Term(_BOTH, yes_no, "no"),
    "pickup_stops": Term(_BOTH, yes_no),
    "customs": Term(_BOTH, CustomsPolicy),
    "customs_ends": Term(_BOTH, CustomsEnds, "import"),
    "customs_days": Term(_BOTH, whole_number, "0"),
    "tolerance_days": Term(_BOTH, whole_number),
    "clock_stop_closing": Term(_BOTH, Closing, falls_back=True),
    "retention_reasons": Term(_BOTH, codes, falls_back=True),
    "attempt_reasons": Term(_BOTH, codes, falls_back=True),
    "attempt_measures": Term(_BOTH, codes, "*", falls_back=True),
    "notification_measures": Term(_BOTH, codes, "none", falls_back=True),
    "unresolved_after_days": Term(_BOTH, whole_number, falls_back=True),
    "lost_after_days": Term(_BOTH, whole_number, falls_back=True),
    "undetermined_ends_as": Term(_BOTH, Ending, "never", falls_back=True),
    "undetermined_ends_after_days": Term(_BOTH, whole_number, "0", falls_back=True),
    "burden_of_proof": Term(_RELATION, Burden, "owed_scan"),
    "gap_decided_by": Term(_RELATION, one_of(*_DECIDED), "owed_scan"),
    "gap_decided_after_days": Term(_RELATION, whole_number, "0"),
    "events_after_inquiry": Term(_RELATION, codes, "*"),
    "sharing": Term(_RELATION, one_of(*_SHARINGS), "proportional"),
    "case_notice_hours": Term(_RELATION, whole_number),
    "case_late_notice": Term(_BOTH, one_of("nothing", "from_notice"), "nothing"),
    "case_kinds": Term(_BOTH, codes, "event strike closure"),
    "case_kinds_after_acceptance": Term(_BOTH, codes, "event strike closure"),
    "case_counts_when": Term(_BOTH, one_of("notified", "uncontested", "accepted"), "notified"),
    "case_stale_hours": Term(_RELATION, whole_number, "72"),
    "lane_lead_days": Term(_RELATION, whole_number, "0"),
    "watch_report_hours": Term(_RELATION, whole_number, "24"),
    "watch_slack_percent": Term(_RELATION, percent, "50"),
    "watch_chance_percent": Term(_RELATION, percent, "80"),
    "refund_percent": Term(_SENDER, whole_number),
    "refund_remedy": Term(_SENDER, Remedy),
    "claim_window_days": Term(_SENDER, whole_number),
    "claim_window_from": Term(_SENDER, one_of("posting", "due", "delivery")),
    "claim_window_counts": Term(_SENDER, Count),
    "label_expires_days": Term(_SENDER, whole_number),
    **{name: Term(_SENDER, parse, before) for name, (parse, before) in CLAIM_TERMS.items()},
    # Inquiries between posts: read for the post that asks (origin) and the one that is asked.
    "inquiry_desk": Term(_RELATION, inquiry_desk, "12345 09:00-18:00 *"),
    "inquiry_open_hours": Term(_RELATION, whole_number, "3"),
    "inquiry_reply_days": Term(_RELATION, whole_number, "5"),
    "inquiry_escalate_days": Term(_RELATION, whole_number, "3"),
    "inquiry_levels": Term(_RELATION, whole_number, "2"),
    "inquiry_close_days": Term(_RELATION, whole_number, "15"),
    "inquiry_on_time_percent": Term(_RELATION, percent, "98"),
    "inquiry_first_level_percent": Term(_RELATION, percent, "70"),
    "inquiry_closed_percent": Term(_RELATION, percent, "90"),
}


class Terms:
    """The terms of a network, by scope, lane and day."""

    def __init__(self, rows: Iterable[TermRow]) -> None:
        self._rows: dict[tuple[str, str], list[TermRow]] = {}
        for row in rows:
            self._rows.setdefault((row.scope, row.term), []).append(row)
        self._answers: dict[tuple[Scope, str, str, str, int], Any] = {}

    def changes(self) -> list[int]:
        """The days from which any term may have another value, in order."""
        rows = [row for rows in self._rows.values() for row in rows]
        days = {row.valid_from for row in rows} | {row.valid_to + 1 for row in rows}
        return sorted(days)

    def row(self, scope: Scope, term: str, origin: str, destination: str, day: int) -> TermRow:
        """The row that decides a term for a lane on an acceptance day (local date at the origin).

        A sender's term without a row is the relation's where the term falls back; a network older
        than the term is judged by what held before, a row of its own. Raises `NetworkError` if
        there is none.
        """
        row = self._row(scope, term, origin, destination, day)
        kind = TERMS.get(term)
        if row is None and kind and kind.falls_back and scope == Scope.SENDER:
            row = self._row(Scope.RELATION, term, origin, destination, day)
        if row is None and kind and kind.before is not None:
            row = TermRow(
                0, "what held before the term existed", ALWAYS_FROM, ALWAYS_TO, str(scope), "*",
                "*", term, kind.before,
            )  # fmt: skip
        if row is None:
            raise NetworkError(
                f"terms.csv has no {scope} term {term!r} for {origin}-{destination}, day {day}"
            )
        return row

    def _row(
        self, scope: Scope, term: str, origin: str, destination: str, day: int
    ) -> TermRow | None:
        return deciding_row(self._rows.get((scope, term), ()), origin, destination, day)

    def value(self, scope: Scope, term: str, origin: str, destination: str, day: int) -> Any:
        """The parsed value of a term (see `TERMS` for its kind)."""
        key = (scope, term, origin, destination, day)
        if key not in self._answers:
            row = self.row(scope, term, origin, destination, day)
            self._answers[key] = TERMS[term].parse(row.value)
        return self._answers[key]
