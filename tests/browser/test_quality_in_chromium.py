"""A quality manager's and the central office's pages in a real browser: sliders that answer, the
map by the keyboard, narrow and dark."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from api_door import api_over
from chromium import Browser
from month_of_mail import CLOCK, Month
from site_door import Pages
from stories import base, visit
from workspace_copies import copied

from datecertain.access import Role


@pytest.fixture(scope="module")
def month_pages(month: Month, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """A site over a settled month of the ten posts."""
    folder = copied(month.settled, tmp_path_factory.mktemp("month") / "w")
    for api in api_over(folder, clock=CLOCK):
        site = Pages(api)
        yield site
        site.close()


def come_in(chromium: Browser, pages: Pages, role: Role, post: str, width: int, dark: bool) -> None:
    """Be somebody who came in."""
    chromium.forget()
    chromium.complaints.clear()
    chromium.look(width, dark=dark)
    chromium.remember("dc", pages.as_(role, post).client.cookies["dc"], base(pages))
    chromium.go(f"{base(pages)}/?lang=en")


def test_a_quality_manager_finds_what_drags_and_moves_the_sliders(
    chromium: Browser, month_pages: Pages
) -> None:
    come_in(chromium, month_pages, Role.QUALITY, "KR", 360, dark=True)
    for path in ("/quality", "/quality/by/gateway?lane=KR%3EJP", "/resume"):
        visit(chromium, month_pages, path, 360)
    chromium.run("document.querySelector('#target').focus()")
    before = chromium.run("document.querySelector('.pills').innerText")
    chromium.run(
        "const one = document.querySelector('#target'); one.value = 91;"
        "one.dispatchEvent(new Event('input', {bubbles: true}))"
    )
    until = time.monotonic() + 10
    while chromium.run("document.querySelector('.pills').innerText") == before:
        assert time.monotonic() < until, "the slider is not answered"
        time.sleep(0.05)
    assert "91" in chromium.run("document.querySelector('.pills').innerText")
    assert "target=91" in chromium.run("location.search")
    assert chromium.run("document.activeElement.id") == "target"  # the hand stays on the slider
    assert chromium.complaints == []


def test_the_central_office_reads_on_a_wide_screen(chromium: Browser, month_pages: Pages) -> None:
    come_in(chromium, month_pages, Role.CENTRAL_OFFICE, "", 1280, dark=False)
    for path in ("/quality", "/report-cards?by=destination", "/volumes", "/packs", "/actions"):
        visit(chromium, month_pages, path, 1280)
