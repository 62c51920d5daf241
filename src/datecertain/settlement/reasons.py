"""Why a line of the journal exists, as one text that every statement and view reads alike.

refund.money   refund.credit   for_sender.money   fallback.money   goodwill.money
recourse.import   recourse.delivery   recourse.by_rule   performance.KR-US
charge.received.KR-US   interest.round-3
adjustment.recourse.import@2026-10      a correction of what was settled for October
adjustment.conceded.recourse.import@2026-10      the same, for a post conceded it in a dispute
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from datecertain.errors import StoreDamaged


class Kind(StrEnum):
    """What a journal entry is about, in the order in which a statement lists it."""

    REFUND = "refund"  # the origin post gives its sender the postage back
    FOR_SENDER = "for_sender"  # the same, for nobody can say what became of the item
    FALLBACK = "fallback"  # the ordinary remedy for delay, where no date was guaranteed
    GOODWILL = "goodwill"  # what an officer granted beyond the terms
    RECOURSE = "recourse"  # the origin post charges a refund on to the destination post
    PERFORMANCE = "performance"  # the origin post pays the destination post for its performance
    CHARGE = "charge"  # what a tariff charges per item that counts (`tariffs.Counted`)
    INTEREST = "interest"  # on what a post paid late of a round of netting
    ACCRUAL = "accrual"  # what is open at a month's end, and its reversal; on no statement


_ADJUSTMENT = "adjustment."
_CONCEDED = "conceded."


@dataclass(frozen=True, slots=True)
class Reason:
    """A parsed reason. `detail` is the remedy, the leg, the relation, what
    is counted and the relation, or the round; `settled` names the period
    that an adjustment corrects, empty for an entry of its own period;
    `conceded`: the adjustment takes back what was conceded in a dispute."""

    kind: Kind
    detail: str
    settled: str = ""
    conceded: bool = False

    @property
    def plain(self) -> str:
        """The reason that a corrected entry had in its own period."""
        return f"{self.kind.value}.{self.detail}"

    @property
    def text(self) -> str:
        if not self.settled:
            return self.plain
        return f"{_ADJUSTMENT}{_CONCEDED if self.conceded else ''}{self.plain}@{self.settled}"

    @classmethod
    def of(cls, text: str) -> Reason:
        """Raises `StoreDamaged` for a text that no entry of ours can have."""
        plain, _, settled = text.removeprefix(_ADJUSTMENT).partition("@")
        conceded = bool(settled) and plain.startswith(_CONCEDED)
        kind, _, detail = plain.removeprefix(_CONCEDED if conceded else "").partition(".")
        known = [member.value for member in Kind]
        if kind not in known or not detail or text.startswith(_ADJUSTMENT) != bool(settled):
            raise StoreDamaged(f"journal: {text!r} is not the reason of an entry")
        return cls(Kind(kind), detail, settled, conceded)

    @property
    def order(self) -> tuple[int, int, str, str, bool]:
        """Own entries before adjustments, kinds in their order."""
        place = list(Kind).index(self.kind)
        return (int(bool(self.settled)), place, self.detail, self.settled, self.conceded)
