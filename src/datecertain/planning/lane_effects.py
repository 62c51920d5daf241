"""What dated influences did to the volume of the lanes they touched, told from the lanes they did
not touch: a regression of log volume on the influences with an effect for each lane and each month.

    log(items[l, m] / days[l, m]) = lane[l] + month[m] + sum over k of effect[k] * exposure[k, l, m]

Whatever moves all lanes alike is taken by the months and cannot be told: an influence that touched
every lane in the same way has no effect here, it has none that can be known. Intervals allow for
months of one lane that hang together: variance by cluster of lanes (Liang and Zeger, Biometrika 73
(1986) 13-22) with the small-sample factor of Stata, Student's t with lanes - 1 degrees of freedom.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from datecertain.errors import UsageError
from datecertain.moments import Mask
from datecertain.planning.two_way import two_way_residual
from datecertain.planning.volume_rows import Floats

#: Lanes that an influence must have touched more, and less, than on average.
LEAST_LANES = 3
#: What of an influence must be left after lanes, months and earlier influences, as a share.
_LEAST_LEFT = 1e-6


class Told(StrEnum):
    """Whether the effect of an influence can be told from the volumes."""

    TOLD = "told"  # its interval does not hold zero
    NOT_TOLD_APART = "not_told_apart"  # its interval holds zero
    TOO_FEW_LANES = "too_few_lanes"  # too few lanes were touched, or too few were not
    ALL_ALIKE = "all_alike"  # it touched all lanes alike, or as another influence did
    UNKNOWN = "unknown"  # where it touched is not known of every lane and month
    GIVEN = "given"  # the asker stated it


@dataclass(frozen=True, slots=True)
class LaneEffect:
    """One influence: its effect on log volume at full exposure, with its interval."""

    name: str
    told: Told
    effect: float
    low: float
    high: float
    lanes: int  # that it touched


def lane_effects(
    log_volume: Floats, used: Mask, exposures: Mapping[str, Floats], confidence: float = 0.95
) -> tuple[LaneEffect, ...]:
    """The effect of each influence, in their order. Arrays are [lane, month]; an exposure is a
    share of the month, not a number where it is not known.

    The intervals of all influences hold together at the confidence (Bonferroni). Raises
    `UsageError` when the confidence is none.
    """
    if not 0 < confidence < 1:
        raise UsageError(f"confidence {confidence} must lie between 0 and 1")
    found = {name: _refused(name, used, exposure) for name, exposure in exposures.items()}
    columns, names = list[Floats](), list[str]()
    for name, exposure in exposures.items():
        if found[name] is not None:
            continue
        left = two_way_residual(exposure, used, used)
        own = left - _explained(left, columns)
        if float((own**2).sum()) <= _LEAST_LEFT * max(float((exposure[used] ** 2).sum()), 1e-12):
            found[name] = _untold(name, Told.ALL_ALIKE, exposure, used)
        else:
            columns.append(left)
            names.append(name)
    if columns:
        fitted = _fit(two_way_residual(np.where(used, log_volume, 0.0), used, used), columns, used)
        each = 1 - (1 - confidence) / len(columns)
        for name, (effect, error) in zip(names, fitted, strict=True):
            found[name] = _with_interval(
                name, effect, error, _touched(exposures[name], used), used, each
            )
    return tuple(one for one in found.values() if one is not None)


def _refused(name: str, used: Mask, exposure: Floats) -> LaneEffect | None:
    if not np.isfinite(exposure[used]).all():
        return _untold(name, Told.UNKNOWN, np.nan_to_num(exposure), used)
    mean = np.array([row[mine].mean() if mine.any() else np.nan
                     for row, mine in zip(exposure, used, strict=True)])  # fmt: skip
    mean = mean[np.isfinite(mean)]
    middle = float(mean.mean()) if len(mean) else 0.0
    more, less = int((mean > middle + 1e-12).sum()), int((mean < middle - 1e-12).sum())
    if more == less == 0:
        return _untold(name, Told.ALL_ALIKE, exposure, used)
    if min(more, less) < LEAST_LANES:
        return _untold(name, Told.TOO_FEW_LANES, exposure, used)
    return None


def _touched(exposure: Floats, used: Mask) -> int:
    return int((np.where(used, exposure, 0.0) > 0).any(axis=1).sum())


def _untold(name: str, told: Told, exposure: Floats, used: Mask) -> LaneEffect:
    nothing = float("nan")
    return LaneEffect(name, told, 0.0, nothing, nothing, _touched(exposure, used))


def _explained(left: Floats, columns: list[Floats]) -> Floats:
    if not columns:
        return np.zeros_like(left)
    design = np.stack([one.ravel() for one in columns], axis=1)
    weights = np.linalg.lstsq(design, left.ravel(), rcond=None)[0]
    return np.asarray((design @ weights).reshape(left.shape), dtype=np.float64)


def _fit(outcome: Floats, columns: list[Floats], used: Mask) -> list[tuple[float, float]]:
    """(effect, standard error) of each column; both sides without lane and month effects."""
    lanes = used.shape[0]
    design = np.stack(columns, axis=-1)  # [lane, month, k]
    flat = design.reshape(-1, len(columns))
    bread = np.linalg.inv(flat.T @ flat)
    effects = bread @ (flat.T @ outcome.ravel())
    errors = outcome - design @ effects
    scores = np.einsum("lmk,lm->lk", design, errors)
    n, clusters = int(used.sum()), int(used.any(axis=1).sum())
    free = max(1, n - lanes - used.shape[1] + 1 - len(columns))
    factor = clusters / max(1, clusters - 1) * (n - 1) / free
    variance = bread @ (scores.T @ scores) @ bread * factor
    return [
        (float(one), float(error))
        for one, error in zip(effects, np.sqrt(np.diag(variance)), strict=True)
    ]


def _with_interval(
    name: str, effect: float, error: float, lanes: int, used: Mask, confidence: float
) -> LaneEffect:
    from scipy.special import stdtrit  # noqa: PLC0415 - slow to load (decision 17)

    clusters = int(used.any(axis=1).sum())
    reach = float(stdtrit(max(1, clusters - 1), (1 + confidence) / 2)) * error
    low, high = effect - reach, effect + reach
    told = Told.NOT_TOLD_APART if low <= 0 <= high else Told.TOLD
    return LaneEffect(name, told, effect, low, high, lanes)
