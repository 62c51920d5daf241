"""Whether the terms and the exclusions of a network can be read, and can hold together.

Terms contradict each other in two ways: two rows of one scope say different things of the same
lanes and days without one being more specific, or two terms of a lane cannot both be followed. Both
are found when a network is loaded, not when the first item is judged by them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any, TypeVar

from datecertain.errors import NetworkError
from datecertain.findings import Finding, Severity
from datecertain.network.claim_term_checks import claim_conflicts
from datecertain.network.claim_terms import CLAIM_TERMS
from datecertain.network.exclusions import EXCLUSIONS, Catalogue, Evidence, Mode
from datecertain.network.loading import NetworkData
from datecertain.network.rows import ALWAYS_TO, TermRow
from datecertain.network.rule_rows import ExclusionRow
from datecertain.network.terms import (
    TERMS,
    Burden,
    CustomsEnds,
    CustomsPolicy,
    Ending,
    Scope,
    Terms,
)

Lane = tuple[Scope, str, str, int]
#: Two rows of terms.csv (0: none, or a row of another file) that cannot both be followed, and why.
Conflict = tuple[int, int, str]
R = TypeVar("R", TermRow, ExclusionRow)


def check_terms(data: NetworkData) -> Iterator[Finding]:
    """Terms exist, can be read, and every scope has each of its terms for every lane."""
    everywhere: set[tuple[str, str]] = set()
    for row in data.terms:
        if row.term not in TERMS or row.scope not in TERMS[row.term].scopes:
            yield row.finding("term-unknown", f"there is no {row.scope} term {row.term!r}")
            continue
        try:
            TERMS[row.term].parse(row.value)
        except ValueError as error:
            yield row.finding("term-unreadable", f"{row.term}={row.value!r}: {error}")
        standing = row.valid_from <= data.first_day and row.valid_to == ALWAYS_TO
        if standing and (row.origin, row.destination) == ("*", "*"):
            everywhere.add((row.scope, row.term))
    later = []
    for term, kind in TERMS.items():
        for scope in sorted(kind.scopes - {Scope(s) for s, t in everywhere if t == term}):
            if term in CLAIM_TERMS:
                later.append(f"{term} {kind.before}")
            else:
                yield _missing(scope, term)
    if later:
        detail = (
            "sender terms of claims without a row for * to * from the first day on without end; "
            "until there is one, this holds, as before the terms existed: " + ", ".join(later)
        )
        yield Finding("term-missing", Severity.WARNING, "terms.csv", "", detail)


def _missing(scope: Scope, term: str) -> Finding:
    kind = TERMS[term]
    severity = Severity.ERROR
    detail = f"{scope} term {term!r} needs a row for * to * from the first day on without end"
    if kind.falls_back and scope == Scope.SENDER:
        severity = Severity.NOTE
        detail = f"sender term {term!r} has no row for * to *: senders are judged by the relation's"
    elif kind.before is not None:
        severity = Severity.WARNING
        detail += f"; until there is one, {kind.before!r} holds, as before the term existed"
    return Finding("term-missing", severity, "terms.csv", "", detail)


def check_exclusions(data: NetworkData) -> Iterator[Finding]:
    """Exclusions are of the catalogue, and their evidence can be read and fits how they work."""
    for row in data.exclusions:
        if row.exclusion not in EXCLUSIONS:
            yield row.finding("exclusion-unknown", f"there is no exclusion {row.exclusion!r}")
            continue
        try:
            evidence = Evidence.read(row.evidence)
        except ValueError as error:
            yield row.finding("exclusion-evidence", str(error))
            continue
        if not evidence.allows(Mode(row.mode)):
            yield row.finding(
                "exclusion-evidence",
                f"{row.exclusion} cannot work as {row.mode!r} by the evidence {row.evidence!r}",
            )


def check_overlaps(data: NetworkData) -> Iterator[Finding]:
    """No two rows of one scope and equal lanes say different things of the same days."""
    terms: dict[object, list[TermRow]] = {}
    for term in data.terms:
        key = (term.scope, term.term, term.origin, term.destination)
        terms.setdefault(key, []).append(term)
    exclusions: dict[object, list[ExclusionRow]] = {}
    for row in data.exclusions:
        key = (row.scope, row.exclusion, row.origin, row.destination)
        exclusions.setdefault(key, []).append(row)
    for group in terms.values():
        for first, second in _contradicting(group, [(row.value,) for row in group]):
            yield second.finding(
                "terms-contradict",
                f"{second.scope} {second.term} for {second.origin} to {second.destination} is "
                f"{second.value!r} here and {first.value!r} in row {first.line} from the same day "
                "on: end one of them",
            )
    for rows in exclusions.values():
        for one, other in _contradicting(rows, [(row.mode, row.evidence) for row in rows]):
            yield other.finding(
                "terms-contradict",
                f"{other.scope} exclusion {other.exclusion} for {other.origin} to "
                f"{other.destination} stands otherwise in row {one.line} from the same day on: "
                "end one of them",
            )


def _contradicting(rows: Sequence[R], said: Sequence[tuple[str, ...]]) -> Iterator[tuple[R, R]]:
    """Pairs of rows that begin together and say different things. A later row takes over from an
    earlier one: that is how terms change, and no contradiction."""
    for (one, first), (other, second) in combinations(zip(rows, said, strict=True), 2):
        if one.valid_from == other.valid_from and first != second:
            yield one, other


def check_together(data: NetworkData) -> Iterator[Finding]:
    """The terms that decide for a lane on a day can all be followed."""
    try:
        book = _Book(data)
    except ValueError:
        return  # what cannot be read has its own finding
    told: set[str] = set()  # what senders fall back to is told once
    for lane in book.lanes():
        for first, second, why in book.conflicts(lane):
            beside = f" (with row {second})" if second else ""
            if (key := f"{first}{why}{beside}") not in told:
                told.add(key)
                detail = f"{lane[0]} terms of {lane[1]} to {lane[2]}: {why}{beside}"
                yield Finding("terms-conflict", Severity.ERROR, "terms.csv", f"row {first}", detail)


class _Book:
    """The terms of a network, lane by lane."""

    def __init__(self, data: NetworkData) -> None:
        readable = [row for row in data.terms if _reads(row)]
        self.data, self.terms = data, Terms(readable)
        self.catalogue = Catalogue(data.exclusions)

    def lanes(self) -> Iterator[Lane]:
        """One lane and day for every combination of rows that can decide: posts that no row names
        are alike."""
        rows: list[TermRow | ExclusionRow] = [*self.data.terms, *self.data.exclusions]
        named = sorted({row.origin for row in rows} | {row.destination for row in rows} | {"*"})
        days = {max(row.valid_from, self.data.first_day) for row in rows}
        for scope in Scope:
            for origin in named:
                for destination in named:
                    if origin != destination or origin == "*":
                        yield from ((scope, origin, destination, day) for day in sorted(days))

    def row(self, lane: Lane, term: str) -> tuple[int, Any]:
        row = self.terms.row(lane[0], term, *lane[1:])
        return row.line, TERMS[term].parse(row.value)

    def conflicts(self, lane: Lane) -> Iterator[Conflict]:
        """(row, row, why) of each pair of terms that cannot be followed together."""
        try:
            yield from self._of_customs(lane)
            yield from self._of_stops(lane)
            yield from self._of_waiting(lane)
            if lane[0] == Scope.SENDER:
                yield from claim_conflicts(lambda term: self.row(lane, term))
        except NetworkError:
            return  # a term without a row has its own finding

    def _of_customs(self, lane: Lane) -> Iterator[Conflict]:
        policy_row, policy = self.row(lane, "customs")
        days_row, days = self.row(lane, "customs_days")
        ends_row, ends = self.row(lane, "customs_ends")
        if policy == CustomsPolicy.EXTEND and not days:
            why = "customs=extend needs customs_days above 0: without a count it extends nothing"
            yield policy_row, days_row, why
        if policy == CustomsPolicy.DEEMED_DELIVERED and ends != CustomsEnds.IMPORT:
            why = "customs=deemed_delivered holds at the import end only: set customs_ends=import"
            yield policy_row, ends_row, why
        if policy == CustomsPolicy.DEEMED_DELIVERED and not self.row(lane, "retention_reasons")[1]:
            yield policy_row, 0, "customs=deemed_delivered needs retention_reasons"

    def _of_stops(self, lane: Lane) -> Iterator[Conflict]:
        attempt_row, attempts = self.row(lane, "attempt_stops")
        reasons_row, reasons = self.row(lane, "attempt_reasons")
        notice_row, notices = self.row(lane, "notification_stops")
        measures_row, measures = self.row(lane, "notification_measures")
        if notices and not measures:
            why = "notification_stops=yes needs notification_measures: no event would be one"
            yield notice_row, measures_row, why
        found = self.catalogue.of_lane(*lane)
        adding = any(mode == Mode.ATTEMPT for mode, _ in found.values())
        if attempts and not reasons and not adding:
            why = "attempt_stops=yes needs attempt_reasons, or an exclusion of mode attempt"
            yield attempt_row, reasons_row, why
        for name, (mode, evidence) in found.items():
            both = ", ".join(sorted(reasons & evidence.events.get("EMH", frozenset())))
            if attempts and mode == Mode.CLIPS and both:
                why = f"attempts for reason {both} stop the clock: exclusion {name} clips nothing"
                yield reasons_row, 0, why

    def _of_waiting(self, lane: Lane) -> Iterator[Conflict]:
        _, ends_as = self.row(lane, "undetermined_ends_as")
        wait_row, wait = self.row(lane, "undetermined_ends_after_days")
        open_row, unresolved = self.row(lane, "unresolved_after_days")
        if ends_as != Ending.NEVER and wait < max(unresolved, 1):
            why = (
                f"undetermined_ends_after_days={wait} comes before "
                f"unresolved_after_days={unresolved}: an item would end before it is undetermined"
            )
            yield wait_row, open_row, why
        if lane[0] == Scope.RELATION:
            proof_row, burden = self.row(lane, "burden_of_proof")
            days_row, days = self.row(lane, "gap_decided_after_days")
            if burden == Burden.UNDETERMINED and not days:
                why = "burden_of_proof=undetermined needs gap_decided_after_days above 0"
                yield proof_row, days_row, why


def _reads(row: TermRow) -> bool:
    try:
        TERMS[row.term].parse(row.value)
    except (KeyError, ValueError):
        return False
    return row.scope in TERMS[row.term].scopes


TERM_CHECKS = (check_terms, check_exclusions, check_overlaps, check_together)
