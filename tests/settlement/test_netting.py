"""The fewest payments: by hand, and against a search that tries every way to pay."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datecertain.errors import InvariantBroken
from datecertain.settlement import Method, Payment, net

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


@settings(deadline=None, max_examples=150)
@given(st.lists(st.integers(-6, 6), min_size=1, max_size=6))
def test_no_way_of_paying_needs_fewer_payments(amounts: list[int]) -> None:
    positions = closed(amounts)
    found = net(positions)
    assert not any(settled(positions, found.payments).values())
    assert len(found.payments) == fewest(list(positions.values()))


@settings(deadline=None, max_examples=25)
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
    assert found.method is (Method.GREEDY if open_ else Method.EXACT)


def test_positions_that_do_not_sum_to_zero_are_our_defect() -> None:
    with pytest.raises(InvariantBroken, match="sum to 1"):
        net({"KR": 5, "US": -4})
