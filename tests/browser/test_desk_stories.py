"""A whole story of the settlement officer, the network planner and the administrator, by keyboard,
in a real browser."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from api_door import api_over
from chromium import Browser
from month_of_mail import CLOCK, PERIOD, Month
from site_door import Pages
from stories import base, demand_good, visit
from test_in_chromium import leave, tab_to
from workspace_copies import copied

from datecertain.access import Role
from datecertain.operations.accounts import create_account, list_accounts
from datecertain.operations.passwords import set_password


@pytest.fixture(scope="module")
def settled(month: Month, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """The pages over a settled month."""
    folder = copied(month.settled, tmp_path_factory.mktemp("settled") / "w")
    for api in api_over(folder, CLOCK):
        site = Pages(api)
        yield site
        site.close()


def come_in_as(chromium: Browser, pages: Pages, role: Role, width: int, language: str) -> None:
    leave(chromium)
    chromium.look(width, dark=language == "ko")
    chromium.go(f"{base(pages)}/login?lang={language}")
    login, word, now = f"desk-{role}", "a window at Gwanghwamun", int(time.time())
    if login not in {one.login for one in list_accounts(pages.api.workspace)}:
        create_account(pages.api.workspace, login, login, "KR", [role], now)
        set_password(pages.api.workspace, login, word, now)
    chromium.wait_for_focus("login")
    chromium.type(login)
    chromium.press("Tab")
    chromium.type(word)
    chromium.press("Enter", leads_on=True)


@pytest.mark.parametrize(("language", "width"), [("ko", 360), ("en", 1280)])
def test_an_officer_goes_from_the_balance_to_the_item_and_contests(
    chromium: Browser, settled: Pages, language: str, width: int
) -> None:
    come_in_as(chromium, settled, Role.SETTLEMENT, width, language)
    paths = ("/settlement", f"/statements/{PERIOD}-JP-KR", f"/statements/{PERIOD}-JP-KR/lines/1")
    for path in (*paths[:2], "/reconciliation") if width == 360 else paths[1:2]:
        visit(chromium, settled, path, width)
    line = {"ko": 1, "en": 2}[language]
    chromium.go(f"{base(settled)}{paths[1]}?line={line}")  # as the link of a line leads there
    tab_to(chromium, "contest-reason")
    chromium.type("our scan")
    chromium.press("Enter", leads_on=True)
    assert "our scan" in chromium.text()
    assert chromium.complaints == []


def test_a_planner_looks_at_a_holiday_before_asking_for_it(chromium: Browser, pages: Pages) -> None:
    come_in_as(chromium, pages, Role.NETWORK, 360, "ko")
    for path in ("/network", "/rules?partner=US&search=KR"):
        visit(chromium, pages, path, 360)
    visit(chromium, pages, "/network/change?kind=holiday&date=2026-12-03&calendar=KR", 360)
    for name, text in (("name", "Temporary holiday"), ("source", "Gazette 12/2026")):
        tab_to(chromium, name)
        chromium.type(text)
    chromium.press("Enter", leads_on=True)
    end = time.monotonic() + 20
    while not chromium.run("document.querySelector('#why') !== null"):  # it looks again by itself
        assert time.monotonic() < end
        time.sleep(0.1)
    demand_good(chromium, "the preview", 360)
    tab_to(chromium, "why")
    chromium.press("Enter", leads_on=True)
    assert chromium.run("location.pathname").startswith("/approvals/")
    assert "Temporary holiday" in chromium.text()
    assert chromium.complaints == []


def test_an_administrator_makes_a_key_that_is_shown_once(chromium: Browser, pages: Pages) -> None:
    come_in_as(chromium, pages, Role.ADMINISTRATOR, 360, "en")
    for path in ("/admin", "/admin/accounts", "/admin/webhooks"):
        visit(chromium, pages, path, 360)
    chromium.go(f"{base(pages)}/admin/accounts/desk-administrator")
    tab_to(chromium, "days")
    chromium.type("7")
    chromium.press("Enter", leads_on=True)
    assert "dc_" in chromium.text()
    demand_good(chromium, "the key", 360)
    assert chromium.complaints == []
