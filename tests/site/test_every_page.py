"""Every page that a role can reach: it answers, it is whole, it loads nothing from elsewhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from api_door import HOLDERS as EVERYONE
from site_door import ITEM, Page, Pages, Reader

from datecertain.access import Role, rights_of
from datecertain.web.site.visiting import PageNeeds

#: Every role once: what pages there are does not hang on the post.
HOLDERS = [
    (role, post)
    for role, post in EVERYONE
    if post in ("KR", "") and (role, post) != (Role.QUALITY, "")
]
#: Pages that no link leads to without something typed first.
TYPED = (
    "/counter?from=KR+03051&to=US+10001", "/counter?from=KR&to=nowhere",
    "/promise?from=KR+03051&to=US+10001", f"/track/{ITEM}", "/track/EE000000014KR", "/nothing",
)  # fmt: skip
#: Links that lead to the same page otherwise, or to a file of it.
_SWITCH = re.compile(r"[?&](lang|theme|file)=")


#: Of pages that differ in a number, a post or the value of a filter alone, so many are looked at.
_ALIKE = 2


def kind_of(path: str) -> tuple[str, ...]:
    """What pages that are alike have in common: the address without its names, and its filters."""
    parts = urlsplit(path)
    plain = re.sub(r"[A-Z0-9][A-Z0-9:.-]*", "#", parts.path)
    names = sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)})
    return plain, *(names if len(names) < 2 else ["several"])


def walk(reader: Reader, *typed: str) -> Iterator[tuple[str, Page]]:
    """The pages of every kind that links lead to from the first one, and what was typed."""
    waiting, seen, alike = ["/", *typed], set[str](), Counter[tuple[str, ...]]()
    while waiting:
        path = waiting.pop()
        if path in seen or (path not in typed and alike[kind_of(path)] == _ALIKE):
            continue
        seen.add(path)
        alike[kind_of(path)] += 1
        page = reader.look(path)
        yield path, page
        waiting += [
            urljoin(path, link) for link in page.links
            if not link.startswith("#") and not _SWITCH.search(link)
        ]  # fmt: skip


def demand_whole(path: str, page: Page) -> None:
    """What every page has to be (req 60; WCAG 2.2)."""
    answer = page.answer
    assert answer.headers["content-type"] == "text/html; charset=utf-8", path
    assert "default-src 'self'" in answer.headers["content-security-policy"], path
    assert "unsafe-inline" not in answer.headers["content-security-policy"], path
    assert (page.counts["h1"], page.counts["main"], page.counts["title"]) == (1, 1, 1), path
    assert not page.open, f"{path}: {page.open} not closed"
    assert len(page.ids) == len(set(page.ids)), f"{path}: {sorted(page.ids)}"
    assert set(page.inputs) <= page.labelled, f"{path}: {page.inputs}"
    assert set(page.points) <= set(page.ids), f"{path}: {page.points}"
    assert page.inline == [], path
    for address in (*page.loads, *page.links, *(form.action for form in page.forms)):
        assert re.match("/(?!/)|#", address), (path, address)


@pytest.mark.parametrize(("role", "post"), [(None, ""), *HOLDERS], ids=str)
def test_every_link_answers_and_every_page_is_whole(
    pages: Pages, role: Role | None, post: str
) -> None:
    reader = pages.anyone() if role is None else pages.as_(role, post)
    expected = {"/nothing": 404, "/track/EE000000014KR": 404, "/counter?from=KR&to=nowhere": 422}
    typed = TYPED if role in (None, Role.COUNTER) else ("/nothing",)
    for path, page in walk(reader, *typed):
        status = expected.get(path, 200)
        if path.startswith("/counter") and role is None:
            assert page.answer.url.path == "/login"
            status = 200
        elif path.startswith("/counter") and "quote" not in rights_of([role]):
            status = 403
        assert page.answer.status_code == status, (path, page.text)
        demand_whole(path, page)


def test_every_page_is_there_in_both_languages(pages: Pages) -> None:
    reader = pages.as_(Role.COUNTER, "KR")
    for path, page in walk(reader, *TYPED):
        if page.answer.url.path == "/login":
            continue
        sign = "&" if "?" in path else "?"
        korean = reader.look(f"{path}{sign}lang=ko")
        assert korean.language == "ko", path
        assert re.search("[가-힣]", korean.text.split("<main")[1].split("</main>")[0]), path
        assert reader.look(f"{path}{sign}lang=en").language == "en"


@pytest.mark.parametrize(("role", "post"), HOLDERS, ids=str)
def test_pages_let_in_whom_the_rights_let_in(pages: Pages, role: Role, post: str) -> None:
    reader, rights = pages.as_(role, post), rights_of([role])
    for route in pages.api.app.state.pages:
        needed = [
            one.call.right for one in route.dependant.dependencies
            if isinstance(one.call, PageNeeds)
        ]  # fmt: skip
        if "GET" not in route.methods or not needed:
            continue
        answer = reader.client.get(route.path.replace("{", "").replace("}", ""))
        assert (answer.status_code == 403) == (needed[0] not in rights), (route.path, role)


def test_whoever_did_not_come_in_is_led_to_the_login_and_back(pages: Pages) -> None:
    reader = pages.anyone()
    page = reader.look("/counter?from=KR+03051&to=US+10001")
    assert page.answer.url.path == "/login"
    login, password = pages.clerk()
    back = reader.send(page, "/login", login=login, password=password)
    assert str(back.answer.url).endswith("/counter?from=KR+03051&to=US+10001")
    assert reader.send(back, "/logout").answer.url.path == "/"
    assert reader.look("/counter").answer.url.path == "/login"


@pytest.mark.parametrize(
    "onward", ["//elsewhere.example", "https://elsewhere.example", "/\\elsewhere.example", "x"]
)
def test_nobody_is_led_away_by_the_login(pages: Pages, onward: str) -> None:
    reader = pages.anyone()
    page = reader.look("/login")
    login, password = pages.clerk()
    back = reader.send(page, "/login", login=login, password=password, next=onward)
    assert (back.answer.url.path, back.answer.url.host) == ("/", "127.0.0.1")


def test_a_wrong_password_opens_nothing(pages: Pages) -> None:
    reader = pages.anyone()
    for login in (pages.clerk()[0], "nobody-of-this-name"):
        page = reader.send(reader.look("/login"), "/login", login=login, password="guessed at last")
        assert page.answer.status_code == 422
        assert "is not right" in page.text
        assert "dc" not in reader.client.cookies


def test_a_form_that_did_not_come_from_our_page_is_refused(pages: Pages) -> None:
    reader = pages.as_(Role.COUNTER, "KR")
    for data in ({}, {"csrf": "x"}, {"csrf": "é"}):
        answer = reader.client.post("/logout", data=data)
        assert answer.status_code == 403
        assert "text/html" in answer.headers["content-type"]
    assert (
        pages.anyone().client.post("/login", data={"login": "x", "password": "y"}).status_code
        == 403
    )
    assert reader.look("/counter").answer.status_code == 200


def test_what_pages_load_is_kept_by_the_browser(pages: Pages) -> None:
    client = pages.anyone().client
    for address in pages.anyone().look("/").loads:
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert "immutable" in answer.headers["cache-control"]
        again = client.get(address, headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    assert client.get("/static/site.css").headers["content-encoding"] == "gzip"
    assert client.get("/static/nothing.css").status_code == 404
    assert client.get("/static/..%2Fsite%2Fframe.py").status_code == 404


def test_the_api_still_answers_with_problems(pages: Pages) -> None:
    answer = pages.anyone().client.get("/v1/nothing")
    assert answer.headers["content-type"] == "application/problem+json"
