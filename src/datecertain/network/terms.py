"""Terms: what the posts publish and agree, as dated values with their source (req 19-25, 28-33).

Two scopes. `sender`: what the origin post tells its customers; `relation`: what a pair of posts
agreed between them. The most specific row valid on the acceptance day decides; a term without a
row is a defect of the network, never a default in code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from datecertain.errors import NetworkError
from datecertain.network.rows import TermRow


class Scope(StrEnum):
    """Towards whom a term holds."""

    SENDER = "sender"  # the origin post's published terms
    RELATION = "relation"  # the agreement between the two posts


class CustomsPolicy(StrEnum):
    """What a customs hold with a valid clock-stop does to the days (req 25)."""

    STEP = "step"  # the step of due dates that the hold caused is excused
    SUBTRACT = "subtract"  # the delivery days between hold and release are taken off
    EXCLUDE = "exclude"  # any valid hold takes the item out of the guarantee


class Closing(StrEnum):
    """Which events close a customs hold (the published text says `and` once and `or` once)."""

    EITHER = "either"
    BOTH = "both"


def _yes_no(value: str) -> bool:
    if value not in ("yes", "no"):
        raise ValueError("must be yes or no")
    return value == "yes"


def _count(value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", value):
        raise ValueError("must be a whole number, not below zero")
    return int(value)


def _codes(value: str) -> frozenset[str]:
    return frozenset(value.split())


def _one_of(*allowed: str) -> Any:
    def parse(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return value

    return parse


#: Every term that exists: (scopes, how its value is read). Meanings: docs/reference/terms.md.
TERMS: dict[str, tuple[frozenset[Scope], Any]] = {
    "attempt_stops": (frozenset(Scope), _yes_no),
    "pickup_stops": (frozenset(Scope), _yes_no),
    "customs": (frozenset(Scope), CustomsPolicy),
    "tolerance_days": (frozenset(Scope), _count),
    "clock_stop_closing": (frozenset({Scope.RELATION}), Closing),
    "retention_reasons": (frozenset({Scope.RELATION}), _codes),
    "attempt_reasons": (frozenset({Scope.RELATION}), _codes),
    "unresolved_after_days": (frozenset({Scope.RELATION}), _count),
    "lost_after_days": (frozenset({Scope.RELATION}), _count),
    "case_notice_hours": (frozenset({Scope.RELATION}), _count),
    "case_late_notice": (frozenset(Scope), _one_of("nothing", "from_notice")),
    "case_kinds": (frozenset(Scope), _codes),
    "case_kinds_after_acceptance": (frozenset(Scope), _codes),
    "case_counts_when": (frozenset(Scope), _one_of("notified", "uncontested", "accepted")),
    "case_stale_hours": (frozenset({Scope.RELATION}), _count),
    "refund_percent": (frozenset({Scope.SENDER}), _count),
    "refund_remedy": (frozenset({Scope.SENDER}), _one_of("money", "credit")),
    "claim_window_days": (frozenset({Scope.SENDER}), _count),
    "claim_window_from": (frozenset({Scope.SENDER}), _one_of("posting", "due", "delivery")),
    "claim_window_counts": (frozenset({Scope.SENDER}), _one_of("days", "business_days")),
    "label_expires_days": (frozenset({Scope.SENDER}), _count),
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

        Raises `NetworkError` if there is none.
        """
        candidates = [
            row
            for row in self._rows.get((scope, term), [])
            if row.origin in (origin, "*")
            and row.destination in (destination, "*")
            and row.valid_from <= day <= row.valid_to
        ]
        if not candidates:
            raise NetworkError(
                f"terms.csv has no {scope} term {term!r} for {origin}-{destination}, day {day}"
            )
        return max(
            candidates,
            key=lambda row: (row.origin != "*", row.destination != "*", row.valid_from, row.line),
        )

    def value(self, scope: Scope, term: str, origin: str, destination: str, day: int) -> Any:
        """The parsed value of a term (see `TERMS` for its kind)."""
        key = (scope, term, origin, destination, day)
        if key not in self._answers:
            row = self.row(scope, term, origin, destination, day)
            self._answers[key] = TERMS[term][1](row.value)
        return self._answers[key]
