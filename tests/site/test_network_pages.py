"""The network editor: a change is looked at, asked for, approved by another, undone (req 9, 58)."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from site_door import Page, Pages, Reader, site_over
from test_every_page import demand_whole

from datecertain.access import Role
from datecertain.operations.accounts import create_account
from datecertain.operations.network_versions import version_history
from datecertain.operations.visits import begin_as
from datecertain.store.access_book import AccessBook

HOLIDAY = {
    "calendar": "KR",
    "date": "2026-12-01",
    "name": "Temporary holiday",
    "source": "decision",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """A site of its own: networks are put in force here."""
    yield from site_over(tmp_path_factory.mktemp("network"))


@pytest.fixture(scope="module")
def second(site: Pages) -> Reader:
    """Another planner of KR."""
    now = int(time.time())
    account = create_account(site.api.workspace, "network2-kr", "Second", "KR", [Role.NETWORK], now)
    reader = site.anyone()
    with AccessBook(site.api.workspace) as book:
        reader.client.cookies.set("dc", begin_as(book, account, "password", now))
    return reader


def done(reader: Reader, page: Page) -> Page:
    """The preview when it has been worked out."""
    path = page.answer.url.path
    for _ in range(200):
        page = reader.look(path)
        if "hx-trigger" not in page.text:
            return page
        time.sleep(0.1)
    raise AssertionError("the preview does not end")


def previewed(reader: Reader, kind: str, **filled: str) -> Page:
    page = reader.look(f"/network/change?kind={kind}&lang=en")
    return done(reader, reader.send(page, "/network/change", **filled))


def ask(reader: Reader, page: Page) -> str:
    """Ask for what was previewed: the address of what waits."""
    path = page.answer.url.path
    asked = reader.send(page, f"{path}/ask", why="please look")
    assert "it waits for another account" in asked.text
    return str(asked.answer.url.path)


def versions(site: Pages) -> int:
    return len(version_history(site.api.workspace))


def test_a_holiday_is_previewed_asked_approved_and_undone(site: Pages, second: Reader) -> None:
    first = site.as_(Role.NETWORK, "KR")
    shown = previewed(first, "holiday", **HOLIDAY)
    demand_whole("preview", shown)
    assert "pairs of areas get other dates" in shown.text
    assert re.search(r"KR-US", shown.text)
    assert "Tue 1 Dec 2026" in shown.text
    assert versions(site) == 1  # nothing is published by looking
    path = ask(first, shown)
    own = first.look(path)
    demand_whole(path, own)
    assert f"{path}/approve" not in {form.action for form in own.forms}
    token = {"csrf": own.form("/logout").fields["csrf"], "digest": "x"}
    assert first.client.post(f"{path}/approve", data=token).status_code == 409
    assert versions(site) == 1
    approved = second.send(second.look(f"{path}?lang=en"), f"{path}/approve")
    assert "Approved, and done." in approved.text
    assert versions(site) == 2
    time.sleep(1.1)  # the server looks for another network once a second
    assert "Temporary holiday" in first.look("/network").text
    back = next(link for link in first.look("/network").links if "kind=undo" in link)
    undo = previewed(second, "undo", version=back.rpartition("=")[2])
    path = ask(second, undo)
    assert "Approved, and done." in first.send(first.look(path), f"{path}/approve").text
    assert versions(site) == 3
    time.sleep(1.1)
    assert "Temporary holiday" not in first.look("/network").text


def test_a_suspension_is_refused_with_a_reason(site: Pages, second: Reader) -> None:
    first = site.as_(Role.NETWORK, "KR")
    told = {"name": "goods", "origin": "KR", "destination": "US", "effect": "refuse",
            "contents": "non-documents", "source": "notice 12", "text_en": "No goods.",
            "text_ko": "비서류 중지"}  # fmt: skip
    path = ask(first, previewed(first, "suspend", **told))
    page = second.look(f"{path}?lang=en")
    assert "A reason is needed" in second.send(page, f"{path}/refuse", why=" ").text
    assert "Refused." in second.send(page, f"{path}/refuse", why="not yet").text
    again = second.client.post(f"{path}/approve", data=page.form(f"{path}/approve").fields)
    assert again.status_code == 409
    assert "not yet" in first.look(path).text


@pytest.mark.parametrize(
    ("kind", "filled", "said"),
    [
        ("holiday", HOLIDAY | {"calendar": "US"}, "own calendars"),
        ("holiday", HOLIDAY | {"source": ""}, "This is wanted"),
        ("holiday", HOLIDAY | {"calendar": "\u202e"}, "no calendar"),
        ("suspend", {"name": "x", "origin": "US", "destination": "JP", "source": "s"}, "own cal"),
        ("end", {"name": "nothing", "source": "s"}, "no condition"),
        ("closure", {"office": "USJFKA", "from": "2026-12-01", "source": "s"}, "own calendars"),
    ],
)  # fmt: skip
def test_what_is_not_ones_own_or_not_whole_is_told(
    site: Pages, kind: str, filled: dict[str, str], said: str
) -> None:
    reader = site.as_(Role.NETWORK, "KR")
    page = reader.look(f"/network/change?kind={kind}&lang=en")
    answer = reader.send(page, "/network/change", **filled)
    assert answer.answer.status_code == 422
    assert said in answer.text
    demand_whole(kind, answer)


def test_what_cannot_stand_is_told_by_the_preview(site: Pages) -> None:
    reader = site.as_(Role.NETWORK, "KR")
    shown = previewed(reader, "holiday", **(HOLIDAY | {"date": "never"}))
    assert "The network cannot stand so." in shown.text
    assert "/ask" not in "".join(form.action for form in shown.forms)


def test_what_a_post_asks_for_stays_in_it(site: Pages) -> None:
    reader = site.as_(Role.NETWORK, "KR")
    path = ask(reader, previewed(reader, "holiday", **(HOLIDAY | {"date": "2026-12-02"})))
    preview = reader.look("/approvals")
    assert path in preview.links
    for role, post in ((Role.NETWORK, "US"), (Role.ADMINISTRATOR, "US"), (Role.ADMINISTRATOR, "")):
        other = site.as_(role, post)
        assert other.look(path).answer.status_code == 404
        assert path not in other.look("/approvals").links
    assert site.as_(Role.CARE, "KR").look("/network").answer.status_code == 403


@pytest.mark.parametrize("language", ["en", "ko"])
def test_pages_of_the_network_are_whole(site: Pages, language: str) -> None:
    reader = site.as_(Role.NETWORK, "KR")
    kinds = ("holiday", "suspend", "tolerance", "closure", "end", "undo", "none")
    changes = [f"/network/change?kind={kind}" for kind in kinds]
    for path in ("/network", "/network?past=1&calendar=US", "/approvals", *changes):
        page = reader.look(f"{path}{'&' if '?' in path else '?'}lang={language}")
        assert page.answer.status_code == 200, path
        demand_whole(path, page)
        assert page.language == language
    assert reader.client.get("/network?file=holidays.csv&past=1").text.count("\n") > 1


def test_why_a_preview_failed_is_told_in_korean(site: Pages) -> None:
    reader = site.as_(Role.NETWORK, "KR")
    shown = previewed(reader, "holiday", **HOLIDAY | {"date": "2026-13-01"})
    path = shown.answer.url.path
    assert "is not a date" in reader.look(f"{path}?lang=en").text
    korean = reader.look(f"{path}?lang=ko").text
    assert "“2026-13-01”은(는) 날짜가 아닙니다. YYYY-MM-DD 형식으로 쓰십시오." in korean
    assert not re.search(r'<(?:span|p)[^>]* lang="en"', korean)
