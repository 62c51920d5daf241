"""What drags a period: of some report cards the group that costs most, and all of them together
(req 49, 50)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from datecertain.quality.cards import Card, Cards
from datecertain.quality.figures import Standing, standing_of
from datecertain.quality.intervals import Interval, clopper_pearson
from datecertain.verdict.outcomes import WHOLE


@dataclass(frozen=True, slots=True)
class Together:
    """All groups of some cards as one; `interval` and `bounds` as in a card."""

    items: int
    judged: int
    good: int
    unresolved: int
    interval: Interval
    bounds: Interval
    confidence: float

    @property
    def share(self) -> float | None:
        """On time of judged."""
        return self.good / self.judged if self.judged else None

    def standing(self, target: float) -> Standing:
        """How the share stands to a target, or to any other share."""
        return standing_of(self.good, self.judged, target, self.confidence)


def together(cards: Sequence[Card], confidence: float) -> Together:
    """Groups of which each item is in one, as one."""
    items, judged, good, unresolved = (
        sum(getattr(one, name) for one in cards)
        for name in ("items", "judged", "good", "unresolved")
    )
    whole = judged + unresolved
    return Together(
        items, judged, good, unresolved, clopper_pearson(good, judged, confidence),
        Interval(good / whole, (good + unresolved) / whole) if whole else Interval(0.0, 1.0),
        confidence,
    )  # fmt: skip


def beyond_target(card: Card, target_ppm: int) -> float:
    """How many items more were late than the target lets be; negative: fewer."""
    return card.judged * target_ppm / WHOLE - card.good


def drags(cards: Cards) -> list[Card]:
    """The groups whose whole interval lies below the target, the one that costs most items first;
    groups that chance could have put there are none."""
    target = cards.asked.target_ppm
    below = [one for one in cards.cards if one.standing is Standing.BELOW and one.name]
    return sorted(below, key=lambda one: (-beyond_target(one, target), one.name))
