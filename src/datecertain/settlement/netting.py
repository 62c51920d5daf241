"""Multilateral netting: the fewest payments that settle what the posts owe each other (req 45).

Every post has a net position, and positions sum to zero. A set of posts whose positions sum to
zero among themselves needs at most one payment fewer than it has posts, and the fewest payments of
all are

    posts with a position  -  the greatest number of zero-sum groups they can be divided into

Two opposite positions always make a group of the best division: they are taken first. What is left
is divided exactly over all subsets of up to `EXACT_UP_TO` posts. Beyond that groups of up to six
posts are taken, smallest first, and the answer says `greedy`: it settles everything in fewer
payments than posts, but not surely in the fewest. Debtors only pay and creditors only receive, so
what is paid is the sum of what debtors owe, and no way of paying moves less.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

import numpy as np

from datecertain.errors import InvariantBroken
from datecertain.moments import Ints

#: Subsets are 2 to the power of this: a fraction of a second.
EXACT_UP_TO = 18
#: Of sets with one and the same sum, so many are tried.
_LOOKED_AT = 50


class Method(StrEnum):
    """How the payments were found."""

    EXACT = "exact"  # no smaller number of payments settles the positions
    GREEDY = "greedy"  # too many posts to prove that; at most one payment fewer than posts


@dataclass(frozen=True, slots=True)
class Payment:
    """One transfer, in micro-SDR, always positive."""

    payer: str
    payee: str
    amount_usdr: int


@dataclass(frozen=True, slots=True)
class Netting:
    """The payments in order of payer and payee, and how they were found."""

    payments: tuple[Payment, ...]
    method: Method


def net(positions: Mapping[str, int], exact_up_to: int = EXACT_UP_TO) -> Netting:
    """Payments after which every position (micro-SDR owed to the post) is zero.

    Deterministic: posts are taken in order of the alphabet. Raises `InvariantBroken` when the
    positions do not sum to zero.
    """
    if sum(positions.values()):
        raise InvariantBroken(
            f"positions sum to {sum(positions.values())} micro-SDR, not to zero: {dict(positions)}"
        )
    posts = sorted(post for post, amount in positions.items() if amount)
    amounts = [positions[post] for post in posts]
    groups, rest = _opposite_pairs(amounts)
    exact = len(rest) <= exact_up_to
    if not exact:
        small, rest = _small_groups(amounts, rest)
        groups += small
        # Without opposite pairs no group is smaller than three.
        exact = len(small) + bool(rest) >= (len(rest) + sum(map(len, small))) // 3
    if len(rest) <= exact_up_to:
        groups += [
            [rest[i] for i in group] for group in _zero_sum_groups([amounts[i] for i in rest])
        ]
    else:
        groups.append(rest)
    payments: list[Payment] = []
    for group in groups:
        payments += _within([(posts[i], positions[posts[i]]) for i in group])
    payments.sort(key=lambda payment: (payment.payer, payment.payee))
    return Netting(tuple(payments), Method.EXACT if exact else Method.GREEDY)


def _opposite_pairs(amounts: Sequence[int]) -> tuple[list[list[int]], list[int]]:
    """Groups of two whose amounts are opposite, and all the others.

    Some best division has them: were the two in different groups, or in one with others, parting
    them off leaves at least as many groups.
    """
    waiting: dict[int, list[int]] = {}
    pairs: list[list[int]] = []
    for i, amount in enumerate(amounts):
        if waiting.get(-amount):
            pairs.append([waiting[-amount].pop(0), i])
        else:
            waiting.setdefault(amount, []).append(i)
    return pairs, sorted(i for rest in waiting.values() for i in rest)


def _zero_sum_groups(amounts: Sequence[int]) -> list[list[int]]:
    """The amounts' indices divided into the greatest number of groups that sum to zero.

    `most[s]` is the greatest number of groups among the subset s, built by adding one post after
    another: whenever the running sum is zero a group is complete.
    """
    count = len(amounts)
    if not count:
        return []
    total = np.zeros(1, dtype=np.int64)
    size = np.zeros(1, dtype=np.int64)
    for amount in amounts:
        total = np.concatenate([total, total + amount])
        size = np.concatenate([size, size + 1])
    most = np.full(1 << count, -1, dtype=np.int8)
    last = np.zeros(1 << count, dtype=np.int8)
    most[0] = 0
    by_size = np.argsort(size, kind="stable")
    ends = np.cumsum(np.bincount(size))
    for smaller, larger in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True):
        subsets = by_size[smaller:larger]
        for i in range(count):
            with_i = subsets[(subsets >> i) & 1 == 1]
            before = most[with_i ^ (1 << i)]
            better = before > most[with_i]
            most[with_i[better]] = before[better]
            last[with_i[better]] = i
        most[subsets] += total[subsets] == 0
    return _read_back(total, last, (1 << count) - 1)


def _read_back(total: Ints, last: np.ndarray, subset: int) -> list[list[int]]:
    groups: list[list[int]] = []
    while subset:
        if total[subset] == 0:
            groups.append([])
        groups[-1].append(int(last[subset]))
        subset ^= 1 << int(last[subset])
    return [sorted(group) for group in reversed(groups)]


def _small_groups(amounts: Sequence[int], rest: list[int]) -> tuple[list[list[int]], list[int]]:
    """Zero-sum groups of three to six, smallest first, and what is left: a group is two sets of up
    to three posts whose sums are opposite."""
    groups: list[list[int]] = []
    for half, other in ((1, 2), (2, 2), (2, 3), (3, 3)):
        while len(rest) > half + other:
            found = _opposite_sets(np.array([amounts[i] for i in rest], np.int64), half, other)
            if not found:
                break
            taken = {i for group in found for i in group}
            groups += [[rest[i] for i in group] for group in found]
            rest = [one for i, one in enumerate(rest) if i not in taken]
    return groups, rest


def _opposite_sets(amounts: Ints, half: int, other: int) -> list[list[int]]:
    """Groups that do not share a post, each of `half` posts and `other` posts of opposite sums."""
    ones, others = (_sets(len(amounts), size) for size in (half, other))
    sums, against = amounts[ones].sum(axis=1), -amounts[others].sum(axis=1)
    looked_for, there = np.sort(sums), np.sort(against)
    place = np.minimum(np.searchsorted(there, looked_for), len(there) - 1)
    both = looked_for[there[place] == looked_for]
    if not len(both):
        return []
    opposite: dict[int, list[list[int]]] = {}
    for row in np.flatnonzero(np.isin(against, both)).tolist():
        known = opposite.setdefault(int(against[row]), [])
        if len(known) < _LOOKED_AT:
            known.append(others[row].tolist())
    taken = np.zeros(len(amounts), dtype=bool)
    groups = []
    for row in np.flatnonzero(np.isin(sums, both)).tolist():
        mine = ones[row].tolist()
        if taken[mine].any():
            continue
        for more in opposite[int(sums[row])]:
            group = sorted({*mine, *more})
            if len(group) == half + other and not taken[group].any():
                taken[group] = True
                groups.append(group)
                break
    return groups


def _sets(count: int, size: int) -> Ints:
    """All sets of so many indices, one a row."""
    if size == 3:
        i, j = np.triu_indices(count, 1)
        start = np.repeat(np.arange(len(i)), count - 1 - j)
        k = np.arange(len(start)) - np.repeat(
            np.cumsum(count - 1 - j) - (count - 1 - j), count - 1 - j
        )
        return np.stack([i[start], j[start], j[start] + 1 + k], axis=1)
    return np.array(list(combinations(range(count), size)), dtype=np.int64).reshape(-1, size)


def _within(group: Sequence[tuple[str, int]]) -> list[Payment]:
    """At most one payment fewer than posts: the first debtor pays the first creditor until one of
    the two is settled."""
    debtors = [(post, -amount) for post, amount in group if amount < 0]
    creditors = [(post, amount) for post, amount in group if amount > 0]
    payments: list[Payment] = []
    while debtors:
        (payer, owes), (payee, due) = debtors.pop(0), creditors.pop(0)
        amount = min(owes, due)
        payments.append(Payment(payer, payee, amount))
        if owes > amount:
            debtors.insert(0, (payer, owes - amount))
        if due > amount:
            creditors.insert(0, (payee, due - amount))
    return payments
