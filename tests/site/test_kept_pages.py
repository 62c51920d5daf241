"""Pages that are kept as long as what they rest on is the same: never stale, never another's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from care_world import LATE, UNTOUCHED
from month_of_mail import CLOCK
from site_door import ITEM, Page, Pages, Reader

from datecertain.access import Role
from datecertain.operations.accounts import set_roles
from datecertain.operations.clock import FixedClock

CARE, KR = Role.CARE, "KR"


@contextmanager
def at(pages: Pages, clock: object) -> Iterator[None]:
    """The server's clock is another."""
    door = pages.api.app.state.door
    before = door.how
    door.how = replace(before, clock=clock)
    try:
        yield
    finally:
        door.how = before


def plain(page: Page) -> str:
    """A page without the token of its forms."""
    tokens = {form.fields["csrf"] for form in page.forms if "csrf" in form.fields}
    (token,) = tokens
    return page.text.replace(token, "")


def test_it_is_the_same_page_with_the_token_of_each_visit(pages: Pages, late: str) -> None:
    path = f"/items/{UNTOUCHED}?lang=en"
    one, two = (Reader(str(pages.api.client.base_url)) for _ in range(2))
    for reader in (one, two):
        reader.client.cookies = pages.as_(CARE, KR).client.cookies
    first, again = one.look(path), two.look(path)
    assert plain(first) == plain(again)
    by_key = Page(pages.api.get(path, CARE, KR))  # another account, known by a key
    assert by_key.form("/logout").fields["csrf"] != first.form("/logout").fields["csrf"]
    for reader in (one, two):
        reader.client.close()


def test_what_was_done_stands_on_the_page_at_once(pages: Pages, late: str) -> None:
    reader, other = pages.as_(CARE, KR), pages.as_(CARE, "US")
    path = f"/items/{ITEM}?lang=en"
    for one in (reader, other):
        one.look(path)
        assert "Nobody was asked." in one.look(path).text
    asked = reader.send(reader.look(path), f"/items/{ITEM}/inquiries", kind="update")
    assert asked.answer.status_code == 200
    for one in (reader, other):
        assert "Nobody was asked." not in one.look(path).text


def test_a_page_is_of_one_language_and_one_theme(pages: Pages, late: str) -> None:
    reader = pages.as_(CARE, KR)
    for language in ("en", "ko", "en"):
        for theme in ("dark", "light"):
            page = reader.look(f"/items/{LATE}?lang={language}&theme={theme}")
            assert page.language == language
            assert f'data-theme="{theme}"' in page.text
    assert reader.client.cookies["dc_lang"] == "en"


def test_a_page_is_of_one_reader(pages: Pages, late: str) -> None:
    path = f"/items/{UNTOUCHED}?lang=en"
    assert "30,000 KRW" in pages.as_(CARE, KR).look(path).text
    assert "30,000" not in pages.as_(CARE, "US").look(path).text
    assert pages.as_(CARE, "JP").look(path).answer.status_code == 404
    assert "Claimable until when?" in pages.as_(CARE, KR).look(path).text
    quality = pages.as_(Role.QUALITY, KR).look(path)
    assert "Claimable until when?" not in quality.text


def test_roles_that_are_taken_away_count_at_once(pages: Pages, late: str) -> None:
    reader = pages.as_(CARE, "US")
    assert reader.look("/claims").answer.status_code == 200
    login = "care-us-person"
    set_roles(pages.api.workspace, login, 0, roles=[Role.EDI])
    assert reader.look("/claims").answer.status_code == 403
    set_roles(pages.api.workspace, login, 0, roles=[CARE])
    assert reader.look("/claims").answer.status_code == 200


def test_a_minute_later_it_is_another_page(pages: Pages, late: str) -> None:
    reader, path, now = pages.as_(CARE, KR), "/watch?lang=en", CLOCK.now()
    with at(pages, FixedClock(now)):
        early = reader.look(path)
        assert plain(reader.look(path)) == plain(early)
    with at(pages, FixedClock(now + 1)):
        assert plain(reader.look(path)) != plain(early)


class _NoClock:
    """Nobody may ask it."""

    def now(self) -> int:
        raise AssertionError("this page is kept for longer than a minute")


@pytest.mark.parametrize(
    ("role", "path"),
    [
        (CARE, "/items?outcome=late_liable"), (Role.QUALITY, "/quality"),
        (Role.QUALITY, "/quality/by/gateway"), (Role.QUALITY, "/quality/items?outcome=late"),
        (Role.QUALITY, "/report-cards"), (Role.QUALITY, "/resume"), (Role.QUALITY, "/resume/plan"),
        (Role.SETTLEMENT, "/contested"), (Role.SETTLEMENT, "/settlement"),
        (Role.SETTLEMENT, "/statements/2026-10-KR-US"),
        (Role.SETTLEMENT, "/statements/2026-10-KR-US/lines/1"),
    ],
)  # fmt: skip
def test_pages_that_are_kept_for_longer_ask_no_clock(
    month_pages: Pages, role: Role, path: str
) -> None:
    with at(month_pages, _NoClock()):
        unseen = f"{path}{'&' if '?' in path else '?'}unseen=yes"
        assert month_pages.as_(role, KR).look(unseen).answer.status_code == 200
