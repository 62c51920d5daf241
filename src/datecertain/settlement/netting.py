"""Multilateral netting: the fewest payments that settle what the posts owe each other (req 45).

Every post has a net position, and positions sum to zero. A set of posts whose positions sum to
zero among themselves needs at most one payment fewer than it has posts, and the fewest payments of
all are

    posts with a position  -  the greatest number of zero-sum groups they can be divided into

found exactly over all subsets of up to `EXACT_UP_TO` posts. Beyond that the answer says
`greedy`: it settles everything in fewer payments than posts, but not surely in the fewest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from datecertain.errors import InvariantBroken

#: Subsets are 2 to the power of this: a fraction of a second.
EXACT_UP_TO = 15


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
    exact = len(posts) <= exact_up_to
    amounts = [positions[post] for post in posts]
    groups = _zero_sum_groups(amounts) if exact else _opposite_pairs(amounts)
    payments: list[Payment] = []
    for group in groups:
        payments += _within([(posts[i], positions[posts[i]]) for i in group])
    payments.sort(key=lambda payment: (payment.payer, payment.payee))
    return Netting(tuple(payments), Method.EXACT if exact else Method.GREEDY)


def _zero_sum_groups(amounts: Sequence[int]) -> list[list[int]]:
    """The amounts' indices divided into the greatest number of groups that sum to zero.

    `most[s]` is the greatest number of groups among the subset s, built by adding one post after
    another: whenever the running sum is zero a group is complete.
    """
    count = len(amounts)
    if not count:
        return []
    total, most, last = [0] * (1 << count), [0] * (1 << count), [0] * (1 << count)
    for subset in range(1, 1 << count):
        low = (subset & -subset).bit_length() - 1
        total[subset] = total[subset & (subset - 1)] + amounts[low]
        best, chosen, left = -1, 0, subset
        while left:
            i = (left & -left).bit_length() - 1
            left &= left - 1
            if most[subset ^ (1 << i)] > best:
                best, chosen = most[subset ^ (1 << i)], i
        most[subset] = best + (total[subset] == 0)
        last[subset] = chosen
    return _read_back(total, last, (1 << count) - 1)


def _read_back(total: Sequence[int], last: Sequence[int], subset: int) -> list[list[int]]:
    groups: list[list[int]] = []
    while subset:
        if total[subset] == 0:
            groups.append([])
        groups[-1].append(last[subset])
        subset ^= 1 << last[subset]
    return [sorted(group) for group in reversed(groups)]


def _opposite_pairs(amounts: Sequence[int]) -> list[list[int]]:
    """Groups of two posts whose positions are opposite, and one group of all the others."""
    waiting: dict[int, list[int]] = {}
    pairs: list[list[int]] = []
    for i, amount in enumerate(amounts):
        if waiting.get(-amount):
            pairs.append([waiting[-amount].pop(0), i])
        else:
            waiting.setdefault(amount, []).append(i)
    return [*pairs, sorted(i for rest in waiting.values() for i in rest)]


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
