"""How sure a share is: exact and score intervals, and whether two shares differ (req 49).

Counts come in as integers, bounds go out as floats: an interval is shown, it never decides money.

Marks on lanes use the exact interval. Wilson's is shorter, but on thin lanes near the target it
marks too often: a lane of 50 items whose true share is 96 % would be called below 96 % in 4.9 % of
all months (45 of 50 or fewer), where 2.5 % was promised. The exact one never exceeds what it says.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from datecertain.errors import UsageError

Floats = npt.NDArray[np.float64]

CONFIDENCE = 0.95
#: Bisection halves the bracket this often: bounds are good to better than 10^-12.
_HALVINGS = 42


@dataclass(frozen=True, slots=True)
class Interval:
    """A range of shares of one, both ends included."""

    low: float
    high: float

    def holds(self, share: float) -> bool:
        """Whether a share lies inside."""
        return self.low <= share <= self.high


def wilson(good: int, n: int, confidence: float = CONFIDENCE) -> Interval:
    """Wilson's score interval of `good` out of `n`; the whole range when there are no items.

    Source: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209-212. Raises `UsageError` for counts
    that cannot be.
    """
    _refuse(good, n, confidence)
    if n == 0:
        return Interval(0.0, 1.0)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    spread = z * math.sqrt(z * z + 4 * good * (n - good) / n)
    centre, whole = 2 * good + z * z, 2 * (n + z * z)
    low = 0.0 if good == 0 else (centre - spread) / whole
    high = 1.0 if good == n else (centre + spread) / whole
    return Interval(low, high)


@lru_cache(maxsize=4096)
def clopper_pearson(good: int, n: int, confidence: float = CONFIDENCE) -> Interval:
    """The exact interval of `good` out of `n`: it covers at least as often as it says.

    Found by bisection on the binomial tail of the rarer kind, so that a lane of a million items
    with few late ones costs as many terms as it has late ones. Source: C. J. Clopper,
    E. S. Pearson, Biometrika 26 (1934) 404-413. Raises `UsageError` for counts that cannot be.
    """
    _refuse(good, n, confidence)
    if n == 0:
        return Interval(0.0, 1.0)
    if 2 * good > n:
        mirrored = clopper_pearson(n - good, n, confidence)
        return Interval(1 - mirrored.high, 1 - mirrored.low)
    tail = (1 - confidence) / 2
    low = 0.0 if good == 0 else _share_where_tail_is(good - 1, n, 1 - tail)
    return Interval(low, _share_where_tail_is(good, n, tail))


def clopper_pearsons(
    good: npt.NDArray[np.int64], n: npt.NDArray[np.int64], confidence: float = CONFIDENCE
) -> tuple[Floats, Floats]:
    """(low, high) ends of `clopper_pearson` for many shares at once, by the incomplete beta
    function's inverse; equal to it within 10^-9."""
    from scipy.special import betaincinv  # noqa: PLC0415 - slow to load (decision 17)

    tail = (1 - confidence) / 2
    low = np.where(good > 0, betaincinv(np.maximum(good, 1), n - good + 1, tail), 0.0)
    high = np.where(good < n, betaincinv(good + 1, np.maximum(n - good, 1), 1 - tail), 1.0)
    return low, high


def fisher_p(good_1: int, n_1: int, good_2: int, n_2: int) -> float:
    """Fisher's exact two-sided p: how often two groups with one common share would come out at
    least as unlike as these. 1.0 when a group is empty.

    Source: R. A. Fisher, The Design of Experiments (1935), section 21; two-sided by adding up the
    outcomes that are no likelier than the observed one. Raises `UsageError` for counts that
    cannot be.
    """
    _refuse(good_1, n_1, CONFIDENCE)
    _refuse(good_2, n_2, CONFIDENCE)
    if n_1 == 0 or n_2 == 0:
        return 1.0
    # Count the rarer kind: fewer outcomes, the same answer.
    if 2 * (good_1 + good_2) > n_1 + n_2:
        good_1, good_2 = n_1 - good_1, n_2 - good_2
    both = good_1 + good_2
    first, last = max(0, both - n_2), min(both, n_1)
    x = np.arange(first, last, dtype=np.float64)
    ratios = np.log((both - x) * (n_1 - x)) - np.log((x + 1) * (n_2 - both + x + 1))
    logs = np.concatenate(([0.0], np.cumsum(ratios)))
    chances = np.exp(logs - logs.max())
    chances /= chances.sum()
    # Ties are equal on paper only: a little room for rounding, as every statistics package takes.
    as_rare = chances <= chances[good_1 - first] * (1 + 1e-7)
    return min(1.0, float(chances[as_rare].sum()))


def differ(
    good_1: int, n_1: int, good_2: int, n_2: int, confidence: float = CONFIDENCE, tests: int = 1
) -> bool:
    """Whether two shares differ at the stated confidence.

    `tests`: how many such questions are asked at once; each is then asked that much more strictly
    (Bonferroni), so that all answers together hold at the confidence.
    """
    return fisher_p(good_1, n_1, good_2, n_2) < (1 - confidence) / tests


def differing(
    groups: Sequence[tuple[int, int]], confidence: float = CONFIDENCE
) -> set[tuple[int, int]]:
    """The pairs (better, worse) of groups of (good, n) that differ, all together at the confidence
    (Bonferroni over all pairs of groups with items)."""
    held = [index for index, (_, n) in enumerate(groups) if n > 0]
    pairs = max(1, len(held) * (len(held) - 1) // 2)
    found = set()
    for position, one in enumerate(held):
        for other in held[position + 1 :]:
            if differ(*groups[one], *groups[other], confidence, pairs):
                ahead = _ahead(groups, one, other)
                found.add((one, other) if ahead else (other, one))
    return found


def place_ranges(
    groups: Sequence[tuple[int, int]], confidence: float = CONFIDENCE
) -> list[tuple[int, int] | None]:
    """The best and the worst place that each group of (good, n) may hold; None for an empty one.

    A place is given up only to a group that clearly does better: groups that do not differ share
    their range, and nobody is ranked by chance (req 49). All ranges hold together at the
    confidence.
    """
    return places_of(groups, differing(groups, confidence))


def places_of(
    groups: Sequence[tuple[int, int]], pairs: set[tuple[int, int]]
) -> list[tuple[int, int] | None]:
    """`place_ranges` where the pairs that differ are known (`differing`)."""
    held = sum(n > 0 for _, n in groups)
    better, worse = [0] * len(groups), [0] * len(groups)
    for ahead, behind in pairs:
        worse[ahead] += 1
        better[behind] += 1
    return [
        (better[index] + 1, held - worse[index]) if n > 0 else None
        for index, (_, n) in enumerate(groups)
    ]


def tiers(groups: Sequence[tuple[int, int]], pairs: set[tuple[int, int]]) -> list[int | None]:
    """The tier of each group of (good, n), 1 the best; None for an empty one. Between two tiers
    every group above differs from every group below: whoever cannot be told from somebody above
    belongs there too."""
    held = [index for index, (_, n) in enumerate(groups) if n > 0]
    order = sorted(held, key=lambda index: (-groups[index][0] / groups[index][1], index))
    found: list[int | None] = [None] * len(groups)
    tier = 1
    for place, index in enumerate(order):
        above, below = order[:place], order[place:]
        if above and all((one, other) in pairs for one in above for other in below):
            tier += 1
        found[index] = tier
    return found


def _ahead(groups: Sequence[tuple[int, int]], one: int, other: int) -> bool:
    return groups[one][0] * groups[other][1] > groups[other][0] * groups[one][1]


def _share_where_tail_is(most: int, n: int, chance: float) -> float:
    """The share p at which P(X ≤ most) of n equals a chance; it falls as p grows."""
    x = np.arange(0, most, dtype=np.float64)
    choose = np.concatenate(([0.0], np.cumsum(np.log(n - x) - np.log(x + 1))))
    counts = np.arange(0, most + 1, dtype=np.float64)
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        p = (low + high) / 2
        logs: Floats = choose + counts * math.log(p) + (n - counts) * math.log1p(-p)
        if float(np.exp(logs).sum()) > chance:
            low = p
        else:
            high = p
    return (low + high) / 2


def _refuse(good: int, n: int, confidence: float) -> None:
    if not 0 <= good <= n:
        raise UsageError(f"{good} of {n} is no share: give 0 ≤ good ≤ n")
    if not 0 < confidence < 1:
        raise UsageError(f"confidence {confidence} must lie between 0 and 1")
