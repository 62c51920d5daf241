"""The watch board (req 22, 68): what can still be saved, by when, in whose hands; seen by the two
posts of each item."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from site_door import Pages

from datecertain.access import Role
from datecertain.moments import parse_utc
from datecertain.operations.clock import FixedClock
from datecertain.web.burn_down import Day, burn_down

CARE, KR = Role.CARE, "KR"


@pytest.fixture(scope="module", autouse=True)
def _flying(pages: Pages, late: str) -> Iterator[None]:
    """It is the morning on which the late item had left Seoul, and nothing else was known."""
    door = pages.api.app.state.door
    before = door.how
    door.how = replace(before, clock=FixedClock(parse_utc("2026-10-21T20:00Z")))
    yield
    door.how = before


def test_the_board_says_by_when_somebody_must_act(pages: Pages, late: str) -> None:
    page = pages.as_(CARE, KR).look("/watch?lang=en")
    assert f"/items/{late}" in page.links
    for told in ("Act by", "still inside", "losing time", "Items in flight by the day promised"):
        assert told in page.text, told
    assert 'class="burn"' in page.text
    assert page.counts["h1"] == 1


@pytest.mark.parametrize(
    ("query", "there"),
    [("lane=KR-US", True), ("lane=US-KR", False), ("post=KR", True), ("post=US", False),
     ("office=NONE", False), ("lane=x%00", True), ("state=late_already", False), ("state=x", True),
     ("after=50", False), ("after=-1", True)],
)  # fmt: skip
def test_every_filter_stands_in_the_address(
    pages: Pages, late: str, query: str, there: bool
) -> None:
    page = pages.as_(CARE, KR).look(f"/watch?{query}")
    assert page.answer.status_code == 200
    assert (f"/items/{late}" in page.links) == there


def test_only_the_board_is_asked_for_again(pages: Pages, late: str) -> None:
    reader = pages.as_(CARE, KR)
    page = reader.look("/watch?lane=KR-US")
    assert 'hx-get="/watch?lane=KR-US"' in page.text
    part = reader.client.get("/watch?lane=KR-US", headers={"HX-Request": "true"}).text
    assert part.strip().startswith('<div id="board"')
    assert late in part
    assert "<html" not in part


@pytest.mark.parametrize(("post", "seen"), [("US", True), ("JP", False)])
def test_the_board_is_cut_to_ones_own_flows(pages: Pages, late: str, post: str, seen: bool) -> None:
    reader = pages.as_(CARE, post)
    assert (late in reader.look("/watch").text) == seen
    assert (late in reader.client.get("/watch.csv").text) == seen
    assert pages.as_(Role.QUALITY, "").look("/watch").text.count("/items/E") == 0


def test_how_it_stands_is_told_on_the_item_too(pages: Pages, late: str) -> None:
    page = pages.as_(CARE, KR).look(f"/items/{late}?lang=en")
    assert page.answer.status_code == 200
    assert "Promised for Mon 26 Oct 2026" in page.text


def test_failed_dispatches_of_yesterday(pages: Pages) -> None:
    reader = pages.as_(CARE, KR)
    page = reader.look("/watch/failed?lang=en")
    assert page.answer.status_code == 200
    assert "Failed dispatches of yesterday" in page.text
    assert reader.client.get("/watch/failed.csv").status_code == 200
    assert reader.client.get("/watch/failed.pdf").status_code == 404


def test_the_picture_tells_its_numbers_without_colour() -> None:
    drawn = str(burn_down([Day("Mon", {"inside": 3, "losing": 2, "gone": 1})], "Title", "Told"))
    assert "3 / 2 / 1" in drawn
    assert "<title>Title</title>" in drawn
    assert str(burn_down([], "Title", "Told")).startswith("<svg")
