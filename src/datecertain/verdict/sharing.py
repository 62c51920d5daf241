"""How liable days are shared between those who lost them: policies as small pure functions.

A policy gets the unexcused nets of liable items and returns parts of a million by leg; for every
item they sum to a million exactly. Which one decides is a term (`sharing`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from datecertain.moments import Ints
from datecertain.verdict.outcomes import WHOLE

#: [n, custodies, legs] twice the net unexcused days → [n, legs] parts of a million. Custodies stand
#: in order of time, except that the last is the promise's own. At least one net is positive.
Policy = Callable[[Ints], Ints]


def proportional(nets: Ints) -> Ints:
    """Custodies by their positive nets; inside a custody its legs by their positive parts."""
    custody = np.maximum(nets.sum(axis=2), 0)
    inside = np.maximum(nets, 0)
    total = custody.sum(axis=1)
    inside_total = inside.sum(axis=2)
    # share of (custody, leg) = custody/total * inside/inside_total, in one exact integer division
    above = custody[:, :, None] * inside * WHOLE
    below = np.maximum(total[:, None, None] * inside_total[:, :, None], 1)
    parts = above // below
    rest = (above - parts * below) / below
    # By leg; remainders only rank, and equal ones must not differ by how they were summed.
    remainder = np.round(rest.sum(axis=1), 9)
    whole = np.floor(remainder).astype(np.int64)
    remainder -= whole
    share = parts.sum(axis=1) + whole
    missing = np.where(total > 0, WHOLE - share.sum(axis=1), 0)
    order = np.argsort(-remainder, axis=1, kind="stable")
    rank = np.argsort(order, axis=1, kind="stable")
    return np.asarray(share + (rank < missing[:, None]), dtype=np.int64)


def last_holder(nets: Ints) -> Ints:
    """The last custody that lost days bears all of them: who had the item last could still have
    won them back. The promise comes first in time."""
    count, custodies, _ = nets.shape
    in_time = np.concatenate([nets[:, -1:], nets[:, :-1]], axis=1)
    lost = in_time.sum(axis=2) > 0
    last = custodies - 1 - np.argmax(lost[:, ::-1], axis=1)
    only = np.zeros_like(in_time)
    rows = np.arange(count)
    only[rows, last] = np.where(lost.any(axis=1)[:, None], in_time[rows, last], 0)
    return proportional(only)


POLICIES: Mapping[str, Policy] = {"proportional": proportional, "last_holder": last_holder}


def shares(nets: Ints, policy: Ints | None = None) -> Ints:
    """Each item's shares by its own policy (index into POLICIES; None: proportional)."""
    if policy is None:
        return proportional(nets)
    share = np.zeros((len(nets), nets.shape[2]), dtype=np.int64)
    for number, rule in enumerate(POLICIES.values()):
        rows = np.flatnonzero(policy == number)
        if len(rows):
            share[rows] = rule(nets[rows])
    return share
