"""The fewest payments: by hand, and against a search that tries every way to pay."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datecertain.errors import InvariantBroken
from datecertain.settlement import Method, Payment, net
from thorough import often

# positions (what each post is owed) -> payments
CASES = """
-> none
KR 0 JP 0 -> none
KR 5 US -5 -> US KR 5
KR 5 JP 3 US -8 -> US JP 3, US KR 5
AU 4 CA -4 KR 7 US -7 -> CA AU 4, US KR 7
AU 3 CA -2 JP -1 KR 9 US -9 -> CA AU 2, JP AU 1, US KR 9
AU 5 CA 5 JP -4 KR -3 US -3 -> JP AU 4, KR AU 1, KR CA 2, US CA 3
"""


@pytest.mark.parametrize("case", CASES.strip().splitlines())
def test_named_cases(case: str) -> None:
    given_, expected = case.split("->")
    words = given_.split()
    positions = dict(zip(words[::2], map(int, words[1::2]), strict=True))
    found = net(positions)
    told = ", ".join(f"{p.payer} {p.payee} {p.amount_usdr}" for p in found.payments)
    assert (told or "none") == expected.strip()
    assert found.method is Method.EXACT


def fewest(amounts: list[int]) -> int:
    """Slow and obvious: the first open position is settled with each opposite one in turn."""
    open_ = [amount for amount in amounts if amount]
    if not open_:
        return 0
    first, rest = open_[0], open_[1:]
    return 1 + min(
        fewest([*rest[:i], rest[i] + first, *rest[i + 1 :]])
        for i in range(len(rest))
        if first * rest[i] < 0
    )


def settled(positions: dict[str, int], payments: tuple[Payment, ...]) -> dict[str, int]:
    left = dict(positions)
    for payment in payments:
        assert payment.amount_usdr > 0
        left[payment.payer] += payment.amount_usdr
        left[payment.payee] -= payment.amount_usdr
    return left


def closed(amounts: list[int]) -> dict[str, int]:
    """Positions of posts a, b, c …, the last of which closes the sum."""
    return dict(zip("abcdefghijklmnopqrstuvwxyz", [*amounts, -sum(amounts)], strict=False))


@settings(deadline=None, max_examples=often(50))
@given(st.lists(st.integers(-6, 6), min_size=1, max_size=6))
def test_no_way_of_paying_needs_fewer_payments(amounts: list[int]) -> None:
    positions = closed(amounts)
    found = net(positions)
    assert not any(settled(positions, found.payments).values())
    assert len(found.payments) == fewest(list(positions.values()))


@settings(deadline=None, max_examples=often(20))
@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=9))
def test_positions_of_a_whole_group_are_settled_in_fewer_payments_than_posts(
    amounts: list[int],
) -> None:
    positions = closed(amounts)
    found = net(positions)
    assert not any(settled(positions, found.payments).values())
    assert len(found.payments) <= max(0, sum(1 for p in positions.values() if p) - 1)
    assert found == net(dict(reversed(positions.items())))


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=24))
def test_beyond_the_exact_search_everything_is_settled_and_it_says_so(amounts: list[int]) -> None:
    positions = closed(amounts)
    found = net(positions, exact_up_to=0)
    open_ = sum(1 for amount in positions.values() if amount)
    assert not any(settled(positions, found.payments).values())
    assert len(found.payments) <= max(0, open_ - 1)
    if found.method is Method.EXACT and open_ <= 7:
        assert len(found.payments) == fewest([amount for amount in positions.values() if amount])


def market(chance: Random) -> tuple[dict[str, int], int]:
    """Positions of 3 to 60 posts that were made of groups of two to six, each summing to zero, and
    the number of groups: amounts so large that no other group sums to zero."""
    posts, groups, positions = chance.randint(3, 60), 0, list[int]()
    while len(positions) < posts:
        size = min(chance.randint(2, 6), posts - len(positions))
        if size == 1:
            break
        amounts = [chance.choice((-1, 1)) * chance.randint(1, 10**13) for _ in range(size - 1)]
        positions += [*amounts, -sum(amounts)]
        groups += 1
    chance.shuffle(positions)
    return {f"p{number:02d}": amount for number, amount in enumerate(positions)}, groups


@pytest.mark.parametrize("seed", range(10))
def test_a_hundred_random_markets_are_settled_in_the_fewest_and_smallest_payments(
    seed: int,
) -> None:
    """A thousand in all. How few payments there can be is known from how the market was made."""
    chance = Random(seed)
    for _ in range(100):
        positions, groups = market(chance)
        found = net(positions)
        assert not any(settled(positions, found.payments).values())
        assert len(found.payments) == len(positions) - groups
        paid = sum(payment.amount_usdr for payment in found.payments)
        assert paid == sum(amount for amount in positions.values() if amount > 0)


@settings(deadline=None, max_examples=often(20))
@given(st.lists(st.integers(-9, 9), min_size=1, max_size=7))
def test_without_the_search_over_all_subsets_it_says_when_it_is_still_the_fewest(
    amounts: list[int],
) -> None:
    positions = closed(amounts)
    found = net(positions, exact_up_to=0)
    if found.method is Method.EXACT:
        assert len(found.payments) == fewest(list(positions.values()))


def test_positions_that_do_not_sum_to_zero_are_our_defect() -> None:
    with pytest.raises(InvariantBroken, match="sum to 1"):
        net({"KR": 5, "US": -4})
