"""Histories for tests: written as a postal officer would, or drawn from a known distribution."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from datecertain.planning.histories import NONE, Deliveries


def lane_of(days: Sequence[int | None], lane: str = "KR-US", as_of: int = 1000) -> Deliveries:
    """One lane, one item accepted a day from day 0 on; None: not delivered."""
    n = len(days)
    found = np.array([NONE if one is None else one for one in days], dtype=np.int64)
    return Deliveries(
        (lane,), np.zeros(n, dtype=np.int64), np.arange(n, dtype=np.int64), found,
        np.full(n, NONE, dtype=np.int64), as_of,
    )  # fmt: skip


def drawn(
    seed: int, items: int, span: int, typical: npt.ArrayLike, sigma: float = 0.25,
    slower: float = 0.0, from_share: float = 1.0, known: bool = False,
) -> Deliveries:  # fmt: skip
    """Synthetic items on lanes with these typical days, accepted evenly over a span of days.

    Days are a lognormal with the lane's typical days as its median, rounded up. `slower` days are
    added from a share of the span on. `known`: what was known when the last item was accepted.
    """
    rng = np.random.default_rng(seed)
    medians = np.atleast_1d(np.asarray(typical, dtype=np.float64))
    lane = rng.integers(0, len(medians), items)
    accepted = np.sort(rng.integers(0, span, items))
    took = medians[lane] * np.exp(sigma * rng.standard_normal(items))
    days = np.ceil(took + slower * (accepted >= from_share * span)).astype(np.int64)
    made = Deliveries(
        tuple(f"{number:03d}" for number in range(len(medians))), lane, accepted, days,
        np.full(items, NONE, dtype=np.int64), span + 400,
    )  # fmt: skip
    return made.known_by(span - 1) if known else made


def share_within(
    days: npt.ArrayLike, typical: npt.ArrayLike, sigma: float = 0.25
) -> npt.NDArray[np.float64]:
    """The true share of such a lane's items that is delivered within so many whole days."""
    from scipy.special import ndtr

    found = ndtr(np.log(np.asarray(days, dtype=np.float64) / np.asarray(typical)) / sigma)
    return np.asarray(found, dtype=np.float64)
