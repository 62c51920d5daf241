"""Scores of a post and how they moved: the figures of all its partners together, month beside
month (req 50). No single mark is made of them: a post that sends everything late and one that sends
half of it in time need different letters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from datecertain.quality.checks import Kind, QualityLine
from datecertain.quality.intervals import CONFIDENCE, Interval, differ, wilson


class Trend(StrEnum):
    """How a score stands to the month before."""

    BETTER = "better"
    WORSE = "worse"
    NOT_TOLD_APART = "not_told_apart"  # the two months do not differ by more than chance
    NEW = "new"  # nothing to compare with


@dataclass(frozen=True, slots=True)
class Score:
    """So many wrong of so many, of one kind; of timeliness by rule, of holds by why."""

    post: str
    kind: Kind
    name: str
    of: int
    bad: int

    @property
    def good_share(self) -> float:
        """What is as it should be; not a number when there was nothing to look at."""
        return 1 - self.bad / self.of if self.of else float("nan")

    def interval(self, confidence: float = CONFIDENCE) -> Interval:
        """Wilson's interval of the good share."""
        return wilson(self.of - self.bad, self.of, confidence)


#: Kinds whose figures are told apart by name; of the others all names are one score.
_BY_NAME = (Kind.LATE, Kind.VOID_HOLD)


def scores(lines: Iterable[QualityLine]) -> tuple[Score, ...]:
    """The scores of every post, in order of post, kind and name."""
    sums: dict[tuple[str, Kind, str], list[int]] = {}
    for line in lines:
        key = (line.post, line.kind, line.name if line.kind in _BY_NAME else "")
        counts = sums.setdefault(key, [0, 0])
        counts[0] += line.of
        counts[1] += line.bad
    order = list(Kind)
    return tuple(
        Score(*key, *counts)
        for key, counts in sorted(
            sums.items(), key=lambda pair: (pair[0][0], order.index(pair[0][1]), pair[0][2])
        )
    )


def trends(
    before: Iterable[Score], now: Iterable[Score], confidence: float = CONFIDENCE
) -> tuple[Trend, ...]:
    """How each score of `now` stands to the same one of the month before. All answers hold
    together at the confidence (Bonferroni)."""
    earlier = {(one.post, one.kind, one.name): one for one in before}
    scored = list(now)
    known = [earlier.get((one.post, one.kind, one.name)) for one in scored]
    tests = max(1, sum(one is not None for one in known))
    return tuple(
        _trend(old, new, confidence, tests) for old, new in zip(known, scored, strict=True)
    )


def _trend(old: Score | None, new: Score, confidence: float, tests: int) -> Trend:
    if old is None or not old.of or not new.of:
        return Trend.NEW
    if not differ(old.bad, old.of, new.bad, new.of, confidence, tests):
        return Trend.NOT_TOLD_APART
    return Trend.BETTER if new.bad * old.of < old.bad * new.of else Trend.WORSE
