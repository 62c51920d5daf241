"""The stories of customer care and EDI in a real browser: by the keyboard, at the width of a
telephone, in the dark, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from care_world import LATE, late_items
from chromium import Browser
from site_door import Pages
from stories import base, demand_good, visit

from datecertain.access import Role
from datecertain.moments import parse_utc
from datecertain.operations.clock import FixedClock


@pytest.fixture(scope="module", autouse=True)
def _late(pages: Pages, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder: Path = tmp_path_factory.mktemp("late")
    late_items(pages.api.workspace, folder)


@pytest.fixture
def flying(pages: Pages) -> Iterator[None]:
    """It is the morning on which the late item had left Seoul."""
    door = pages.api.app.state.door
    before = door.how
    door.how = replace(before, clock=FixedClock(parse_utc("2026-10-21T20:00Z")))
    yield
    door.how = before


def come_in(chromium: Browser, pages: Pages, role: Role, language: str) -> None:
    """Be somebody who came in, in a language."""
    chromium.forget()
    chromium.complaints.clear()
    visit = pages.as_(role, "KR").client.cookies["dc"]
    chromium.remember("dc", visit, base(pages))
    chromium.go(f"{base(pages)}/?lang={language}")


def open_and_focus(chromium: Browser, details: str) -> None:
    """Open what is folded up, and stand on its button."""
    chromium.run(
        f"document.querySelector('{details}').open = true;"
        f"document.querySelector('{details} button[type=submit]').focus()"
    )


@pytest.mark.parametrize(
    ("language", "width", "dark", "asked"),
    [("en", 1280, False, "The inquiry is sent."), ("ko", 360, True, "이미 문의한 건입니다")],
    ids=("en", "ko"),
)
def test_an_agent_finds_an_item_answers_claims_and_asks(
    chromium: Browser, pages: Pages, language: str, width: int, dark: bool, asked: str
) -> None:
    chromium.look(width, dark=dark)
    come_in(chromium, pages, Role.CARE, language)
    chromium.go(f"{base(pages)}/items")
    chromium.run("document.querySelector('#number').focus()")
    chromium.type(LATE[2:6])
    chromium.press("Enter", leads_on=True)
    demand_good(chromium, "the items found", width)
    chromium.run(f"document.querySelector('a[href=\"/items/{LATE}\"]').focus()")
    chromium.press("Enter", leads_on=True)
    assert chromium.run("document.querySelectorAll('.answers dd').length") == 4
    demand_good(chromium, "the item", width)
    if language == "en":  # the second time it is claimed already
        open_and_focus(chromium, "#claim")
        chromium.press("Enter", leads_on=True)
        assert chromium.run("location.pathname").startswith("/claims/c-")
        demand_good(chromium, "the claim", width)
        chromium.go(f"{base(pages)}/items/{LATE}")
    open_and_focus(chromium, "#ask")
    chromium.press("Enter", leads_on=True)
    assert asked in chromium.text()
    demand_good(chromium, "the inquiry", width)


@pytest.mark.usefixtures("flying")
def test_the_watch_board_is_asked_for_again_by_itself(chromium: Browser, pages: Pages) -> None:
    chromium.look(360, dark=True)
    come_in(chromium, pages, Role.CARE, "ko")
    visit(chromium, pages, "/watch", 360)
    chromium.run(
        "new Promise(done => { document.body.addEventListener('htmx:afterSettle', done);"
        "htmx.ajax('GET', '/watch', {target: '#board', swap: 'outerHTML'}) }).then(() => 1)"
    )
    assert chromium.run("document.querySelectorAll('#board').length") == 1
    assert LATE in chromium.text()
    assert chromium.complaints == []


def test_edi_staff_see_what_came_and_hand_a_file_in(chromium: Browser, pages: Pages) -> None:
    chromium.look(360)
    come_in(chromium, pages, Role.EDI, "ko")
    for path in ("/messages/gaps", "/messages/profiles/draft?partner=US",
                 "/data-quality?month=2026-10&post=US", "/messages"):  # fmt: skip
        visit(chromium, pages, path, 360)
    chromium.run(
        "const held = new DataTransfer(); held.items.add(new File(['UNB+UNOA'], 'a.edi'));"
        "const field = document.querySelector('#file'); field.files = held.files; field.focus()"
    )
    chromium.run("document.querySelector('form[action=\"/messages/received\"] button').focus()")
    chromium.press("Enter", leads_on=True)
    assert "8바이트" in chromium.text()
    demand_good(chromium, "a file handed in", 360)
