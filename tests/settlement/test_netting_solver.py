"""Netting against another solver: HiGHS, by scipy.optimize, on random markets of 3 to 60 posts.

The least that can be moved is a linear program. The fewest payments are a mixed-integer program on
small markets; on those of up to eleven posts the posts less the most groups that sum to zero, by a
search over all subsets; larger markets are put together from pairs and threes that sum to zero, and
no division into more groups can be: a group of two is a pair of opposites, any other has three.

DATECERTAIN_MARKETS: how many markets (default: few enough for a run of all tests; 1000 to prove).
"""

from __future__ import annotations

import os
from random import Random

import numpy as np
import pytest
from scipy.optimize import LinearConstraint, linprog, milp

from datecertain.settlement import Netting, net

MARKETS = int(os.environ.get("DATECERTAIN_MARKETS", "60"))


def paid_and_settled(positions: dict[str, int], found: Netting) -> int:
    """What is moved in all; the positions are zero after."""
    left = dict(positions)
    for one in found.payments:
        assert one.amount_usdr > 0
        left[one.payer] += one.amount_usdr
        left[one.payee] -= one.amount_usdr
    assert not any(left.values())
    return sum(one.amount_usdr for one in found.payments)


def flows(count: int) -> tuple[list[tuple[int, int]], np.ndarray]:
    """Every way from one post to another, and what a unit on each does to the positions."""
    ways = [(a, b) for a in range(count) for b in range(count) if a != b]
    moves = np.zeros((count, len(ways)))
    for number, (payer, payee) in enumerate(ways):
        moves[payer, number], moves[payee, number] = 1, -1
    return ways, moves


def least_moved(amounts: list[int]) -> float:
    """By the linear program: flows that settle all positions, least in sum."""
    ways, moves = flows(len(amounts))
    found = linprog(np.ones(len(ways)), A_eq=moves, b_eq=[-amount for amount in amounts])
    assert found.status == 0
    return float(found.fun)


def fewest_by_program(amounts: list[int]) -> int:
    """By the mixed-integer program: debtors pay creditors, each payment used or not."""
    debtors = [i for i, amount in enumerate(amounts) if amount < 0]
    creditors = [i for i, amount in enumerate(amounts) if amount > 0]
    ways = [(a, b) for a in debtors for b in creditors]
    if not ways:
        return 0
    count = len(ways)
    settles = np.zeros((len(amounts), 2 * count))
    within = np.zeros((count, 2 * count))
    for number, (payer, payee) in enumerate(ways):
        settles[payer, number], settles[payee, number] = 1, -1
        within[number, number] = 1
        within[number, count + number] = -min(-amounts[payer], amounts[payee])
    owed = np.array([-amount for amount in amounts], dtype=float)
    found = milp(
        np.concatenate([np.zeros(count), np.ones(count)]),
        constraints=[LinearConstraint(settles, owed, owed), LinearConstraint(within, ub=0)],
        integrality=np.concatenate([np.zeros(count), np.ones(count)]),
        bounds=(0, np.concatenate([np.full(count, np.inf), np.ones(count)])),
    )
    assert found.status == 0
    return round(found.fun)


def most_groups(amounts: list[int]) -> int:
    """The most groups that sum to zero into which amounts divide: best[set] by its subsets, each
    group the one that holds the first of the set."""
    open_ = [amount for amount in amounts if amount]
    sums = [0] * (1 << len(open_))
    for chosen in range(1, len(sums)):
        low = chosen & -chosen
        sums[chosen] = sums[chosen ^ low] + open_[low.bit_length() - 1]
    best = [0] * len(sums)
    for chosen in range(1, len(sums)):
        best[chosen] = max(
            best[chosen ^ (1 << bit)] + (sums[chosen] == 0)
            for bit in range(len(open_))
            if chosen >> bit & 1
        )
    return best[-1]


def market(chance: Random, posts: int, most: int) -> list[int]:
    amounts = [chance.randint(-most, most) for _ in range(posts - 1)]
    return [*amounts, -sum(amounts)]


def named(amounts: list[int]) -> dict[str, int]:
    return {f"p{number:02d}": amount for number, amount in enumerate(amounts)}


def test_no_way_of_paying_moves_less_money() -> None:
    chance = Random(7)
    for number in range(MARKETS):
        # The program has a way for each two posts: the large markets are few.
        posts = chance.randint(3, 60) if number % 10 == 0 else chance.randint(3, 14)
        amounts = market(chance, posts, 10**9)
        found = net(named(amounts))
        assert paid_and_settled(named(amounts), found) == pytest.approx(least_moved(amounts))


def test_as_few_payments_as_the_program_finds_on_small_markets() -> None:
    chance = Random(8)
    for _ in range(max(10, MARKETS // 4)):
        amounts = market(chance, chance.randint(3, 8), 6)
        found = net(named(amounts))
        paid_and_settled(named(amounts), found)
        assert len(found.payments) == fewest_by_program(amounts)


def test_posts_less_the_most_groups_that_sum_to_zero() -> None:
    chance = Random(9)
    for _ in range(max(10, MARKETS // 3)):
        amounts = market(chance, chance.randint(3, 11), chance.choice([4, 9, 30]))
        found = net(named(amounts))
        paid_and_settled(named(amounts), found)
        posts = sum(1 for amount in amounts if amount)
        assert len(found.payments) == posts - most_groups(amounts)


def test_large_markets_of_which_the_fewest_payments_are_known() -> None:
    """n posts in g groups need n - g payments. With P pairs of opposites there are at most P groups
    of two, and of the rest at most one for each three posts."""
    chance = Random(10)
    for _ in range(MARKETS):
        amounts: list[int] = []
        wanted, groups = chance.randint(12, 60), 0
        while len(amounts) + 3 <= wanted:
            one, other = (chance.choice([-1, 1]) * chance.randint(1, 10**12) for _ in range(2))
            amounts += [one, other, -one - other] if chance.random() < 0.6 else [one, -one]
            groups += 1
        chance.shuffle(amounts)
        pairs = sum(-amount in amounts for amount in amounts) // 2
        assert len(set(amounts)) == len(amounts)
        assert groups == pairs + (len(amounts) - 2 * pairs) // 3  # nothing better can be
        found = net(named(amounts))
        paid_and_settled(named(amounts), found)
        assert len(found.payments) == len(amounts) - groups
