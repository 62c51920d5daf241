"""What the guarantee itself did to the volume of the lanes that resumed it, against those that had
not yet (req 81).

Difference in differences by imputation (K. Borusyak, X. Jaravel, J. Spiess, Rev. Econ. Stud. 91
(2024) 3253-3285): lane and month effects are fitted to log volume where no guarantee was in force,
and the effect is the mean of what the resumed lanes have above them. Unlike the two-way regression
it stays right where lanes resumed at different times and the effect grows.

Intervals come from the design, not from a distribution: the months of resumption are dealt out to
the lanes anew, and a constant effect is held as possible unless the volumes without it would be
among the rarest 1 - confidence of the deals (R. A. Fisher, The Design of Experiments (1935),
section 21). That is exact where the order of resumption had nothing to do with volume. Where it
had, the check of the months before says so, if it can.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import comb

import numpy as np

from datecertain.errors import UsageError
from datecertain.moments import Ints, Mask
from datecertain.planning.two_way import two_way_residual
from datecertain.planning.volume_rows import Floats, Lane, Panel, month_number

#: Deals of the resumption months over the lanes, the true one among them; seeded, so that every run
#: gives the same interval.
DEALS = 999
SEED = 2024
#: Months before its resumption that are looked at for a trend that was there already.
MONTHS_BEFORE = 6
#: Months from resumption on, and before, that are shown one by one.
SHOWN = 12
NEVER_RESUMED = 1 << 30


class EffectTold(StrEnum):
    """Whether the guarantee's effect on a measure can be told."""

    TOLD = "told"  # the interval does not hold zero
    NOT_TOLD_APART = "not_told_apart"  # the interval holds zero
    TRENDS_DIFFERED = "trends_differed"  # resumed lanes went another way before they resumed
    TOO_FEW_LANES = "too_few_lanes"  # not enough ways to deal the resumptions out
    TOO_FEW_MONTHS = "too_few_months"  # no month with both kinds of lanes, or none before
    NOT_STATED = "not_stated"  # the source does not tell this measure of every lane and month


@dataclass(frozen=True, slots=True)
class MeasureEffect:
    """The effect on one measure: `effect`, `low` and `high` on its logarithm; `more` and its ends
    in its own unit, over the resumed lane-months that could be compared. None where not told."""

    measure: str
    told: EffectTold
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    more: int | None = None
    more_low: int | None = None
    more_high: int | None = None
    p: float | None = None  # of no effect at all
    p_before: float | None = None  # of no difference in the months before


@dataclass(frozen=True, slots=True)
class MonthsSince:
    """The mean effect so many months after (negative: before) resumption, and of how many lanes."""

    months: int
    effect: float
    lanes: int


@dataclass(frozen=True, slots=True)
class GuaranteeEffect:
    """What the guarantee did, and what it cost beside it."""

    resumed: tuple[Lane, ...]
    not_resumed: tuple[Lane, ...]
    lane_months: int  # resumed lane-months that could be compared
    measures: tuple[MeasureEffect, ...]
    by_month: tuple[MonthsSince, ...]  # of items
    refunds: int | None  # hundredths, of the compared lane-months; None: not stated


def guarantee_effect(
    panel: Panel, resumed: Mapping[Lane, str], confidence: float = 0.95, deals: int = DEALS
) -> GuaranteeEffect:
    """The effect of the guarantee on items and on revenue. `resumed`: lane → first month (YYYY-MM)
    with the guarantee; lanes without one are not yet resumed.

    Raises `UsageError` for a confidence that is none, or a lane that has no volumes.
    """
    if not 0 < confidence < 1:
        raise UsageError(f"confidence {confidence} must lie between 0 and 1")
    unknown = [">".join(lane) for lane in resumed if lane not in panel.lanes]
    if unknown:
        raise UsageError(f"no volume of {', '.join(unknown)}: give lanes that the source tells")
    begins = np.array(
        [
            month_number(resumed[lane]) - panel.first_month if lane in resumed else NEVER_RESUMED
            for lane in panel.lanes
        ]
    )
    design = _Design(panel.known & (panel.items > 0), begins)
    measures = [_measured("items", panel.items, design, confidence, deals)]
    measures.append(_measured("revenue", panel.revenue, design, confidence, deals))
    compared = design.compared(begins)
    refunds = panel.refunds[compared]
    told = [lane for lane, at in zip(panel.lanes, begins.tolist(), strict=True)
            if at < panel.items.shape[1]]  # fmt: skip
    return GuaranteeEffect(
        tuple(told), tuple(lane for lane in panel.lanes if lane not in told),
        int(compared.sum()), tuple(measures), _by_month(panel, design),
        int(refunds.sum()) if len(refunds) and (refunds >= 0).all() else None,
    )  # fmt: skip


class _Design:
    """Which lane-months are used, and the months of resumption (place of the month)."""

    def __init__(self, used: Mask, begins: Ints) -> None:
        self.used, self.begins = used, begins
        self._months = np.arange(used.shape[1])

    def treated(self, begins: Ints) -> Mask:
        """The used lane-months with a guarantee."""
        return np.asarray(self.used & (self._months >= begins[:, None]))

    def compared(self, begins: Ints) -> Mask:
        """Those of them that have an untreated month of the lane and an untreated lane of the
        month to stand beside."""
        free = np.asarray(self.used & (self._months < begins[:, None]))
        beside = np.logical_and.outer(free.any(axis=1), free.any(axis=0))
        return np.asarray(self.treated(begins) & beside)

    def left(self, values: Floats, begins: Ints) -> Floats:
        """Values [..., lane, month] less the effects of lane and month where no guarantee was."""
        return two_way_residual(values, self.used, self.used & (self._months < begins[:, None]))

    def ways(self) -> int:
        """In how many ways the months of resumption can be dealt out to the lanes."""
        count, left = 1, len(self.begins)
        for size in np.unique(self.begins, return_counts=True)[1].tolist():
            count, left = count * comb(left, size), left - size
        return count


def _measured(
    name: str, amounts: Ints, design: _Design, confidence: float, deals: int
) -> MeasureEffect:
    stated = amounts > 0
    if not stated[design.used].any() or (amounts[design.used] < 0).any():
        return MeasureEffect(name, EffectTold.NOT_STATED)
    own = _Design(design.used & stated, design.begins)
    compared = own.compared(own.begins)
    if not compared.any():
        return MeasureEffect(name, EffectTold.TOO_FEW_MONTHS)
    if own.ways() * (1 - confidence) < 1:
        return MeasureEffect(name, EffectTold.TOO_FEW_LANES)
    log = np.where(own.used, np.log(np.maximum(amounts, 1)), 0.0)
    dealt = _dealt(own, min(deals, 20 * own.ways()))
    effect, low, high, p = _interval(own, log, dealt, confidence)
    p_before = _before(own, log, dealt)
    told = EffectTold.NOT_TOLD_APART if low <= 0 <= high else EffectTold.TOLD
    if p_before is not None and p_before < 1 - confidence:
        told = EffectTold.TRENDS_DIFFERED
    total = float(amounts[compared].sum())
    more = [_more(total, one) for one in (effect, low, high)]
    return MeasureEffect(
        name, told, effect, _finite(low), _finite(high), more[0], more[1], more[2], p, p_before
    )  # fmt: skip


def _more(total: float, effect: float) -> int | None:
    """What of a total there would not be without an effect on the logarithm."""
    return round(total * (1 - float(np.exp(-effect)))) if np.isfinite(effect) else None


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _dealt(design: _Design, deals: int) -> list[Ints]:
    """The true months of resumption, and as many other deals of them."""
    rng = np.random.default_rng(SEED)
    return [design.begins, *(rng.permutation(design.begins) for _ in range(deals))]


def _interval(
    design: _Design, log: Floats, dealt: list[Ints], confidence: float
) -> tuple[float, float, float, float]:
    """(effect, low, high, p of none).

    With a constant effect e, volumes without it are log - e * treated; what a deal makes of them is
    linear in e, so that one pass over the deals gives every e its p.
    """
    treated = design.treated(design.begins).astype(np.float64)
    both = np.stack([log, treated])
    means = np.full((len(dealt), 2), np.nan)
    for at, begins in enumerate(dealt):
        compared = design.compared(begins)
        if compared.any():
            means[at] = design.left(both, begins)[:, compared].mean(axis=1)
    means = means[np.isfinite(means[:, 0])]
    effect = float(means[0, 0])

    def p(tried: float) -> float:
        left = np.abs(means[:, 0] - tried * means[:, 1])
        return float((left >= abs(effect - tried) - 1e-12).mean())

    alpha = 1 - confidence
    reach = 4 * float(np.quantile(np.abs(means[1:, 0] - effect * means[1:, 1]), 0.99)) + 1e-9
    low = _edge(p, effect, effect - reach, alpha)
    high = _edge(p, effect, effect + reach, alpha)
    return effect, low, high, p(0.0)


def _edge(p: Callable[[float], float], inside: float, outside: float, alpha: float) -> float:
    """The last effect on the way out that is still held as possible; infinite if all are."""
    for _ in range(6):
        if p(outside) <= alpha:
            break
        outside = inside + 2 * (outside - inside)
    else:
        return float("inf") if outside > inside else float("-inf")
    for _ in range(40):
        middle = (inside + outside) / 2
        if p(middle) > alpha:
            inside = middle
        else:
            outside = middle
    return outside


def _before(design: _Design, log: Floats, dealt: list[Ints]) -> float | None:
    """p of no difference in the months before resumption: they are taken as if resumed already,
    and what came after is left out. None where lanes have no such months."""
    means = list[float]()
    for begins in dealt:
        early = np.where(begins == NEVER_RESUMED, begins, begins - MONTHS_BEFORE)
        used = design.used & (np.arange(log.shape[1]) < begins[:, None])
        placebo = _Design(used, early)
        compared = placebo.compared(early)
        if compared.any():
            means.append(float(placebo.left(log, early)[compared].mean()))
        elif not means:
            return None
    return float((np.abs(means) >= abs(means[0]) - 1e-12).mean())


def _by_month(panel: Panel, design: _Design) -> tuple[MonthsSince, ...]:
    """The mean effect on items by months since resumption; before it, against the months that
    are further back."""
    log = np.where(design.used, np.log(np.maximum(panel.items, 1)), 0.0)
    early = np.where(design.begins == NEVER_RESUMED, design.begins, design.begins - MONTHS_BEFORE)
    since = np.arange(log.shape[1]) - design.begins[:, None]
    after = design.left(log, design.begins), design.compared(design.begins)
    before = design.left(log, early), design.compared(early)
    found = []
    for months in range(-MONTHS_BEFORE, SHOWN):
        left, compared = after if months >= 0 else before
        cells = compared & (since == months)
        if cells.any():
            found.append(MonthsSince(months, float(left[cells].mean()), int(cells.sum())))
    return tuple(found)
