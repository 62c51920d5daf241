"""What only a real browser can tell: reading, keyboard, width, colours, paper, what is loaded."""

from __future__ import annotations

import itertools

import pytest
from chromium import Browser
from site_door import ITEM, Pages
from stories import base, demand_good, visit

from datecertain.identifiers import ItemNumber

NUMBERS = itertools.count(900)
QUOTE = "from=KR+03051&to=US+10001"
PUBLIC = ("/", "/login", f"/promise?{QUOTE}", "/promise?from=KR&to=XX", f"/track/{ITEM}", "/none")
STAFF = ("/", "/counter", f"/counter?{QUOTE}&contents=documents", "/counter?from=KR&to=XX")


def leave(chromium: Browser) -> None:
    """Nobody's browser again, without a cookie."""
    chromium.forget()
    chromium.asked.clear()
    chromium.complaints.clear()


def come_in(chromium: Browser, pages: Pages, language: str) -> None:
    """Log in as a clerk by the keyboard alone."""
    chromium.go(f"{base(pages)}/login?lang={language}")
    login, password = pages.clerk()
    chromium.wait_for_focus("login")
    chromium.type(login)
    chromium.press("Tab")
    chromium.type(password)
    chromium.press("Enter", leads_on=True)
    assert chromium.run("location.pathname") == "/"


@pytest.mark.parametrize(("language", "width", "dark"), [("ko", 360, True), ("en", 1280, False)])
def test_public_pages_are_accessible_and_fit(
    chromium: Browser, pages: Pages, language: str, width: int, dark: bool
) -> None:
    leave(chromium)
    chromium.look(width, dark=dark)
    chromium.go(f"{base(pages)}/?lang={language}")
    for path in PUBLIC if dark else PUBLIC[2:4]:
        visit(chromium, pages, path, width)


@pytest.mark.parametrize(("language", "width", "dark"), [("ko", 360, False), ("en", 768, True)])
def test_pages_of_the_counter_are_accessible_and_fit(
    chromium: Browser, pages: Pages, language: str, width: int, dark: bool
) -> None:
    leave(chromium)
    chromium.look(width, dark=dark)
    come_in(chromium, pages, language)
    for path in STAFF if dark else STAFF[2:3]:
        visit(chromium, pages, path, width)


@pytest.mark.parametrize(
    ("language", "told"), [("en", "Guaranteed delivery date"), ("ko", "배달보장일")]
)
def test_a_clerk_quotes_records_and_voids_by_the_keyboard_alone(
    chromium: Browser, pages: Pages, language: str, told: str
) -> None:
    leave(chromium)
    chromium.look(360)
    come_in(chromium, pages, language)
    chromium.go(f"{base(pages)}/counter?from=KR+03051")
    chromium.wait_for_focus("to")
    chromium.type("US 10001")
    chromium.press("Enter", leads_on=True)
    assert told in chromium.text()
    tab_to(chromium, "item")
    item = str(ItemNumber.compose("EG", next(NUMBERS), "KR"))
    chromium.type(item)
    chromium.press("Enter", leads_on=True)
    assert item in chromium.text()
    assert chromium.run("!document.querySelector('[data-print]').hidden")
    demand_good(chromium, "the slip", 360)
    assert chromium.printed().startswith(b"%PDF")
    chromium.run("document.querySelector('details.void').open = true")
    tab_to(chromium, "reason")
    chromium.type("wrong country")
    chromium.press("Enter", leads_on=True)
    assert "wrong country" in chromium.text()


def tab_to(chromium: Browser, name: str) -> None:
    """Press Tab until the focus is on a field; it can be seen on the way."""
    for _ in range(40):
        chromium.press("Tab")
        if chromium.run("document.activeElement.id") == name:
            return
        outline = chromium.run("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", chromium.run("document.activeElement.outerHTML")
    raise AssertionError(f"Tab does not lead to {name}")


def test_pages_are_used_without_scripts(chromium: Browser, pages: Pages) -> None:
    leave(chromium)
    chromium.look(1280, script=False)
    chromium.go(f"{base(pages)}/promise?lang=en&{QUOTE}")
    chromium.look(1280)
    assert "Guaranteed delivery date" in chromium.text()


def test_light_and_dark_are_chosen_and_kept(chromium: Browser, pages: Pages) -> None:
    leave(chromium)
    grounds = []
    for theme, dark in (("light", True), ("dark", False), ("auto", False), ("auto", True)):
        chromium.look(768, dark=dark)
        chromium.go(f"{base(pages)}/?theme={theme}")
        chromium.go(f"{base(pages)}/track")
        grounds.append(chromium.run("getComputedStyle(document.body).backgroundColor"))
    light, night = grounds[0], grounds[1]
    assert light != night
    assert grounds[2:] == [light, night]


def test_no_request_leaves_the_machine_and_nothing_is_blocked(
    chromium: Browser, pages: Pages
) -> None:
    leave(chromium)
    chromium.look(1280)
    chromium.go(f"{base(pages)}/?lang=ko")
    chromium.go(f"{base(pages)}/promise?{QUOTE}")
    assert chromium.run("document.fonts.ready.then(() => typeof htmx)") == "object"
    assert any("pretendard" in one for one in chromium.asked)
    assert [one for one in chromium.asked if not one.startswith((base(pages), "data:"))] == []
    assert chromium.complaints == []
