"""Signing in by password: the cookie, the token that goes with changes, and the audit trail."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest
from api_door import Api
from argon2 import PasswordHasher
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datecertain.access import Role, keeper
from datecertain.door.limiting import Refusals
from datecertain.operations import accounts, audit, passwords
from datecertain.operations.passwords import set_password
from datecertain.store.access_book import AccessBook

GOOD = "four small words here"
QUESTION = {"origin": "KR:03051", "destination": "US:10001"}


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    """Passwords cost next to nothing here: what they cost is not what is tested."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "HASHER", PasswordHasher(1, 8, 1))
        yield


@pytest.fixture(scope="module")
def person(api: Api, quick: None) -> str:
    now = int(time.time())
    accounts.create_account(api.workspace, "kim", "Kim Ji-woo", "KR", ["care"], now, language="ko")
    set_password(api.workspace, "kim", GOOD, now)
    return "kim"


@pytest.fixture
def browser(api: Api) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=api.client.base_url) as client:
        yield client


def sign_in(browser: httpx.Client, login: str, **headers: str) -> httpx.Response:
    return browser.post("/v1/visits", json={"login": login, "password": GOOD}, headers=headers)


def entries(api: Api) -> list[audit.Told]:
    with AccessBook(api.workspace) as book:
        return list(audit.trail(book, keeper(), 0, 100_000))


def test_a_person_signs_in_and_out(browser: httpx.Client, person: str) -> None:
    answer = sign_in(browser, person)
    me = answer.json()
    assert (answer.status_code, me["login"], me["post"], me["language"]) == (201, "kim", "KR", "ko")
    assert (me["name"], me["roles"], "persons" in me["rights"]) == ("Kim Ji-woo", ["care"], True)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("dc=")
    for said in ("HttpOnly", "SameSite=lax", "Path=/"):
        assert said in cookie
    assert "Domain" not in cookie
    assert "Secure" not in cookie
    assert browser.get("/v1/me").json() == me
    assert browser.delete("/v1/visits/current").status_code == 403, "without the token"
    gone = browser.delete("/v1/visits/current", headers={"X-CSRF-Token": me["csrf"]})
    assert (gone.status_code, browser.get("/v1/me").status_code) == (204, 401)
    browser.cookies.set("dc", cookie.partition(";")[0][3:])
    assert browser.get("/v1/me").status_code == 401, "the old cookie opens nothing"


def test_over_tls_the_cookie_is_bound_to_this_very_host(browser: httpx.Client, person: str) -> None:
    tls = {"X-Forwarded-Proto": "https"}  # as a proxy on this machine says it
    answer = sign_in(browser, person, **tls)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-dc=")
    assert "Secure" in cookie
    value = cookie.partition(";")[0].partition("=")[2]
    as_told = httpx.Client(base_url=browser.base_url, headers=tls)
    with as_told:
        assert as_told.get("/v1/me", headers={"Cookie": f"__Host-dc={value}"}).status_code == 200
        assert as_told.get("/v1/me", headers={"Cookie": f"dc={value}"}).status_code == 401


def test_a_change_by_a_cookie_needs_the_visits_token(browser: httpx.Client, person: str) -> None:
    csrf = sign_in(browser, person).json()["csrf"]
    for headers, status in (
        ({}, 403),
        ({"X-CSRF-Token": "wrong"}, 403),
        ({"X-CSRF-Token": csrf}, 200),
    ):
        answer = browser.post("/v1/quotes", json=QUESTION, headers=headers)
        assert answer.status_code == status, answer.text
    form = browser.post("/v1/quotes", data={"csrf": csrf})
    assert form.status_code == 422, "a form may bring it too; it is no question, though"
    assert browser.post("/v1/quotes", data={"csrf": "x"}).status_code == 403
    by_key = {"Authorization": "Bearer nonsense", "X-CSRF-Token": csrf}
    assert browser.get("/v1/me", headers=by_key).status_code == 401, "a wrong key is no visit"


def test_wrong_passwords_are_refused_alike_and_then_shut(api: Api, browser: httpx.Client) -> None:
    now = int(time.time())
    accounts.create_account(api.workspace, "park", "Park", "KR", ["care"], now)
    set_password(api.workspace, "park", GOOD, now)
    said = []
    for login in ("park", "nobody-here"):
        given = {"login": login, "password": "something else"}
        answers = [browser.post("/v1/visits", json=given) for _ in range(6)]
        assert [one.status_code for one in answers] == [401] * 5 + [429]
        assert int(answers[-1].headers["retry-after"]) in range(20, 31)
        said.append((answers[0].json(), answers[-1].json()["title"]))
    assert said[0] == said[1]
    assert sign_in(browser, "park").status_code == 429


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None
)
@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=20),
        lambda inner: st.dictionaries(st.sampled_from(["login", "password", "x"]), inner),
        max_leaves=4,
    )
)
def test_nonsense_is_refused(api: Api, given: object) -> None:
    answer = api.client.post("/v1/visits", json=given)
    assert answer.status_code in (401, 422, 429)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_person_changes_its_password(api: Api, browser: httpx.Client) -> None:
    now = int(time.time())
    accounts.create_account(api.workspace, "choi", "Choi", "KR", ["care"], now)
    set_password(api.workspace, "choi", GOOD, now)
    headers = {"X-CSRF-Token": sign_in(browser, "choi").json()["csrf"]}
    for current, new, status in (
        ("wrong", "blue tram under oak", 401),
        (GOOD, "password1234", 422),
        (GOOD, "blue tram under oak", 204),
    ):
        given = {"current": current, "new": new}
        answer = browser.post("/v1/me/password", json=given, headers=headers)
        assert answer.status_code == status, answer.text
        assert new not in answer.text
    assert browser.get("/v1/me").status_code == 401, "all visits ended"
    assert sign_in(browser, "choi").status_code == 401
    given = {"login": "choi", "password": "blue tram under oak"}
    assert browser.post("/v1/visits", json=given).status_code == 201


def test_a_key_can_ask_who_it_is_and_has_no_visit(api: Api) -> None:
    headers = api.as_(Role.CARE, "US")
    me = api.client.get("/v1/me", headers=headers).json()
    assert (me["login"], me["kind"], me["csrf"]) == ("care-us", "key", None)
    assert api.client.delete("/v1/visits/current", headers=headers).status_code == 404


def test_every_change_that_is_let_in_is_told_with_its_outcome(api: Api) -> None:
    before = len(entries(api))
    headers = api.as_(Role.PARTNER, "KR")
    made = len(entries(api)) - before
    content = {"Idempotency-Key": "trail-1"}
    done = api.client.post("/v1/interchanges", content=b"UNA:+.? '", headers=headers | content)
    bad = api.client.post("/v1/interchanges", content=b"", headers=headers)
    asked = api.client.post("/v1/quotes", json=QUESTION, headers=api.as_(Role.COUNTER, "KR"))
    assert (done.status_code, bad.status_code, asked.status_code) == (202, 422, 200)
    way = "POST /v1/interchanges"
    told = [one for one in entries(api)[before + made :] if not one.action.startswith("account")]
    told = [one for one in told if not one.action.startswith("key")]
    assert [(one.phase, one.who, one.post, one.action, one.details) for one in told] == [
        ("intent", "partner-kr", "KR", way, {}),
        ("done", "partner-kr", "KR", way, {"status": 202}),
        ("intent", "partner-kr", "KR", way, {}),
        ("failed", "partner-kr", "KR", way, {"status": 422}),
    ]
    assert [one.of for one in told] == [None, told[0].seq, None, told[2].seq]
    assert audit.verify(api.workspace).entries == len(entries(api))


def test_refusals_are_told_but_not_each_of_them(api: Api) -> None:
    headers = api.as_(Role.SHOP, "US")
    api.app.state.door.refusals = Refusals()
    before = len(entries(api))
    for _ in range(5):
        assert api.client.get("/v1/audit", headers=headers).status_code == 403
    told = [one for one in entries(api)[before:] if one.who == "shop-us"]
    assert [(one.phase, one.action, one.details["status"]) for one in told] == [
        ("refused", "GET /v1/audit", 403)
    ]


def test_refusals_that_were_not_told_are_counted() -> None:
    clock = [0.0]
    refusals = Refusals(clock=lambda: clock[0])
    assert [refusals.untold("kim", "a") for _ in range(4)] == [0, None, None, None]
    assert refusals.untold("lee", "a") == 3
    assert [refusals.untold(f"n{n}", "a") for n in range(40)].count(None) == 12
    clock[0] += 60
    assert refusals.untold("kim", "a") == 12


@pytest.mark.parametrize("post", ["KR", "US", ""])
def test_a_post_reads_what_its_own_accounts_did(api: Api, person: str, post: str) -> None:
    for holder in ("KR", "US"):
        api.client.post("/v1/interchanges", content=b"", headers=api.as_(Role.PARTNER, holder))
    headers, seen, after = api.as_(Role.AUDITOR, post), [], "0"
    while after:
        params = {"after": after, "limit": "7"}
        page = api.client.get("/v1/audit", headers=headers, params=params).json()
        seen += page["items"]
        after = page["next"]
    assert {one["post"] for one in seen} <= {post or None}
    assert seen or post == ""
    own = [one.seq for one in entries(api) if one.post == post and one.kind != "nobody"]
    assert [one["seq"] for one in seen] == own[: len(seen)]
