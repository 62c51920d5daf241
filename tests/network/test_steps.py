"""Step tables against the slow and obvious: scan every slot."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from datecertain.moments import NEVER, UNKNOWN
from datecertain.network.steps import StepTable, earliest, stack

Slot = tuple[int, int, int]
KEYS = 3
SLOTS = st.lists(
    st.tuples(st.integers(0, KEYS - 1), st.integers(0, 60), st.integers(0, 90)), max_size=25
)
MOMENTS = st.integers(-5, 70)


def table(slots: list[Slot]) -> StepTable:
    keys, ready, done = zip(*slots, strict=True) if slots else ((), (), ())
    return StepTable.build(KEYS, keys, ready, done, np.arange(len(slots)))


def slow(slots: list[Slot], key: int, moment: int) -> int:
    return min((d for k, r, d in slots if k == key and r >= moment), default=int(NEVER))


@given(SLOTS, st.integers(-1, KEYS - 1), MOMENTS)
def test_a_lookup_finds_the_earliest_done_of_all_slots_not_missed(
    slots: list[Slot], key: int, moment: int
) -> None:
    found = int(table(slots).at(np.array([key]), np.array([moment]))[0])
    assert found == slow(slots, key, max(moment, 0))


@given(SLOTS, st.integers(0, KEYS - 1), MOMENTS)
def test_the_tag_names_a_slot_that_achieves_the_answer(
    slots: list[Slot], key: int, moment: int
) -> None:
    built = table(slots)
    index = int(built.slot(np.array([key]), np.array([moment]))[0])
    if index < 0:
        assert slow(slots, key, moment) == NEVER
        return
    winner = slots[int(built.tag[index])]
    assert winner[0] == key
    assert winner[1] >= moment
    assert winner[2] == slow(slots, key, moment)


@given(SLOTS, SLOTS, st.integers(0, KEYS - 1), st.integers(0, 70))
def test_composition_is_one_after_the_other(
    first: list[Slot], second: list[Slot], key: int, moment: int
) -> None:
    through = [1, 2, 0]
    composed = table(first).after(table(second), through)
    halfway = slow(first, key, moment)
    expected = slow(second, through[key], halfway) if halfway < NEVER else NEVER
    assert composed.at(np.array([key]), np.array([moment]))[0] == expected


@given(SLOTS, st.integers(0, 70))
def test_the_earliest_of_a_group_is_the_minimum(slots: list[Slot], moment: int) -> None:
    both = earliest(2, [0, 1, 0], table(slots))
    expected = min(slow(slots, 0, moment), slow(slots, 2, moment))
    assert both.at(np.array([0, 1]), np.array([moment, moment])).tolist() == [
        expected,
        slow(slots, 1, moment),
    ]


@given(SLOTS, SLOTS, st.integers(0, 2 * KEYS - 1), st.integers(0, 70))
def test_stacked_and_selected_tables_answer_as_their_parts(
    first: list[Slot], second: list[Slot], key: int, moment: int
) -> None:
    both = stack([table(first), table(second)])
    part = (first, second)[key // KEYS]
    expected = slow(part, key % KEYS, moment)
    assert both.at(np.array([key]), np.array([moment]))[0] == expected
    again = both.select([5, key, key])
    assert again.at(np.array([2]), np.array([moment]))[0] == expected


def test_never_stays_never() -> None:
    built = table([(0, 5, 9)])
    assert built.at(np.array([0]), np.array([NEVER]))[0] == NEVER
    assert built.at(np.array([-1]), np.array([0]))[0] == NEVER


@given(SLOTS, st.integers(-1, KEYS - 1), st.integers(-5, 95))
def test_the_latest_readiness_is_in_time_and_a_minute_later_is_not(
    slots: list[Slot], key: int, done: int
) -> None:
    found = int(table(slots).latest(np.array([key]), np.array([done]))[0])
    good = [ready for k, ready, d in slots if k == key and d <= done]
    assert found == max(good, default=int(UNKNOWN))
