"""The picture of the staircase shows the item that its page explains."""

from __future__ import annotations

from staircase_picture import PICTURE, drawn, told


def test_the_picture_is_drawn_from_the_words_of_the_page() -> None:
    assert PICTURE.read_text(encoding="utf-8") == drawn(told())


def test_the_example_has_slack_time_won_back_and_two_parties_that_lost_time() -> None:
    story = told()
    moves = [
        (after.due - before.due).days
        for before, after in zip(story.stairs, story.stairs[1:], strict=False)
    ]
    assert story.stairs[0].due < story.promised
    assert min(moves) < 0
    assert len({stair.holder for stair in story.stairs if stair.holder}) == 2
