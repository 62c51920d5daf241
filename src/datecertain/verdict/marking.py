"""Outcomes and reasons as numbers while columns are judged, so that no row is a Python object."""

from __future__ import annotations

import numpy as np

from datecertain.moments import Ints, Mask
from datecertain.network import Scope
from datecertain.verdict.items import ItemsToJudge
from datecertain.verdict.outcomes import Outcome

OUTCOMES = tuple(Outcome)
REASONS = (
    "", "no_date_told", "tolerance", "final_scan_missing", "no_scan", "stopped_by_authority",
    "deadline", "gap",
)  # fmt: skip


class Marks:
    """Outcome and reason per item as numbers; a later mark overrides an earlier one."""

    def __init__(self, reasons: tuple[str, ...], count: int) -> None:
        self._reasons = reasons
        self.outcome: Ints = np.zeros(count, dtype=np.int64)
        self.reason: Ints = np.zeros(count, dtype=np.int64)

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reasons, by number."""
        return self._reasons

    def name(self, text: str) -> int:
        """The number of a reason, new or known."""
        if text not in self._reasons:
            self._reasons = (*self._reasons, text)
        return self._reasons.index(text)

    def mark(self, rows: Mask | Ints, what: Outcome, why: str | Ints = "") -> None:
        self.outcome[rows] = OUTCOMES.index(what)
        self.reason[rows] = self._reasons.index(why) if isinstance(why, str) else why[rows]


def reasons_of(items: ItemsToJudge) -> tuple[tuple[str, ...], dict[Scope, Ints]]:
    """All reasons that can occur, and per side why an item has no promise."""
    quoted = items.quote_reason.dictionary_encode()
    known = (*REASONS, *(text for text in quoted.dictionary.to_pylist() if text not in REASONS))
    number = np.array([known.index(text) for text in quoted.dictionary.to_pylist()] or [0])
    none_told = known.index("no_date_told")
    if len(quoted):
        by_quote = number[quoted.indices.to_numpy(zero_copy_only=False)]
    else:
        by_quote = np.empty(0, dtype=np.int64)
    by_quote = np.where(by_quote == known.index(""), none_told, by_quote)
    return known, {Scope.RELATION: by_quote, Scope.SENDER: np.full(len(by_quote), none_told)}
