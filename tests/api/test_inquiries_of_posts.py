"""Inquiries through the API: asked by Korea about an item to the United States, and answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import pytest
from api_door import OURS, Api, api_over
from hypothesis import given, settings
from hypothesis import strategies as st
from inquiry_cases import ADDRESSEE, NOTE, SECRETS, SENDER, late_item
from nonsense import ODD, PATHS, demand_refused

from datecertain.access import Role
from datecertain.moments import parse_utc
from datecertain.operations.clock import FixedClock

NOW = FixedClock(parse_utc("2026-12-01T00:00Z"))
ITEM = "EE000000005KR"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An item that stands at the inward office since October."""
    yield from api_over(late_item(tmp_path_factory.mktemp("inquiries") / "w"), NOW)


@pytest.fixture(scope="module")
def inquiry(api: Api) -> str:
    """Korea asks the United States, with names."""
    made = {
        "item_id": ITEM, "kind": "delayed", "note": NOTE, "sender": asdict(SENDER),
        "addressee": asdict(ADDRESSEE),
    }  # fmt: skip
    told = api.post("/v1/inquiries", Role.CARE, "KR", json=made)
    assert (told.status_code, told.json()["new"], told.json()["asked"]) == (201, True, "US")
    assert api.post("/v1/inquiries", Role.CARE, "KR", json=made).json()["new"] is False
    return str(told.json()["inquiry_id"])


def test_an_inquiry_is_seen_by_its_two_posts_alone(api: Api, inquiry: str) -> None:
    assert api.seen(f"/v1/inquiries/{inquiry}") == OURS
    assert api.seen(f"/v1/inquiries/{inquiry[:-1]}") == dict.fromkeys(OURS, 404)  # the whole id
    held = {
        post: [
            one["inquiry_id"]
            for one in api.get("/v1/inquiries", Role.AUDITOR, post).json()["items"]
        ]
        for post in OURS
    }
    assert held == {"KR": [inquiry], "US": [inquiry], "JP": [], "": []}


def test_figures_are_counted_of_what_is_seen(api: Api, inquiry: str) -> None:
    told = {
        post: [
            (row["post"], row["received"])
            for row in api.get("/v1/inquiries/figures", Role.AUDITOR, post).json()["figures"]
        ]
        for post in OURS
    }
    assert told["KR"] == told["US"] != []
    assert told["JP"] == told[""] == []


def test_names_are_shown_to_the_two_posts_with_a_reason_and_that_is_kept(
    api: Api, inquiry: str
) -> None:
    way, why = f"/v1/inquiries/{inquiry}/persons", {"reason": "call 17"}
    statuses = [
        api.post(way, role, post, json=why).status_code
        for role, post in ((Role.CARE, "US"), (Role.CARE, "JP"), (Role.QUALITY, "KR"))
    ]
    assert statuses == [200, 404, 403]
    assert api.post(way, Role.CARE, "KR", json={"reason": " "}).status_code == 422
    told = api.post(way, Role.CARE, "KR", json=why).json()
    assert (told["sender"], told["notes"]) == (asdict(SENDER), {"0": NOTE})
    seen = [
        (one["act"], one["post"], one["actor"], one["reason"])
        for one in api.get(f"/v1/inquiries/{inquiry}", Role.CARE, "KR").json()["events"]
        if one["act"] == "persons_seen"
    ]
    assert seen == [
        ("persons_seen", "US", "care-us", "call 17"), ("persons_seen", "KR", "care-kr", "call 17"),
    ]  # fmt: skip


def test_no_name_stands_anywhere_else(api: Api, inquiry: str) -> None:
    ways = ("/v1/inquiries", f"/v1/inquiries/{inquiry}", f"/v1/letters/posts/{inquiry}",
            f"/v1/claims/{ITEM}", "/v1/inquiries/figures")  # fmt: skip
    told = "".join(api.get(way, Role.CARE, "KR").text for way in ways)
    assert [secret for secret in SECRETS if secret in told] == []
    letter = api.post(f"/v1/letters/posts/{inquiry}", Role.CARE, "KR", json={"reason": "by post"})
    assert SENDER.name in letter.text
    way, why = f"/v1/letters/posts/{inquiry}", {"reason": "by post"}
    assert api.post(way, Role.CARE, "US", json=why).status_code == 403  # it is Korea's letter
    assert api.post(way, Role.CARE, "JP", json=why).status_code == 404


def test_each_post_does_what_is_its_own(api: Api, inquiry: str) -> None:
    def do(post: str, act: str, **made: object) -> tuple[int, str]:
        answer = api.post(f"/v1/inquiries/{inquiry}/{act}", Role.CARE, post, json=made)
        return answer.status_code, answer.json().get("state", "")

    assert do("JP", "read")[0] == 404
    assert do("KR", "read")[0] == 403
    assert do("KR", "answer", reply="delivered")[0] == 403
    assert do("US", "closing", resolution="solved")[0] == 403
    event = {"code": "EMI", "local": "2026-11-28T10:00", "office": "USJFKA"}
    answer = api.post(
        f"/v1/inquiries/{inquiry}/answer", Role.CARE, "US",
        json={"reply": "delivered", "event": event},
    ).json()  # fmt: skip
    assert (answer["state"], answer["event"]) == ("answered", "taken")
    assert do("KR", "closing", resolution="solved") == (200, "closed")
    assert do("KR", "withdrawal")[0] == 422  # it is closed


def test_reminders_are_of_ones_own_inquiries(api: Api) -> None:
    made = {"item_id": ITEM, "kind": "proof_of_delivery"}
    asked = api.post("/v1/inquiries", Role.CARE, "KR", json=made)
    assert asked.status_code == 201, asked.text
    told = [
        api.post("/v1/inquiries/reminders", Role.CARE, post, json={}).json()["open"]
        for post in ("JP", "US", "KR")
    ]
    assert told == [0, 0, 1]
    made = {"item_id": ITEM, "kind": "update"}
    assert api.post("/v1/inquiries", Role.CARE, "JP", json=made).status_code == 404


FIELDS = ["item_id", "kind", "asked", "note", "sender", "addressee", "strange"]


@settings(max_examples=8, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), ODD), PATHS)
def test_nonsense_is_refused_in_words(api: Api, body: dict[str, object], path: str) -> None:
    demand_refused([
        api.post("/v1/inquiries", Role.CARE, "KR", json=body),
        api.post(f"/v1/inquiries/{path}/answer", Role.CARE, "KR", json={"reply": "delivered"}),
        api.post(f"/v1/inquiries/{path}/persons", Role.CARE, "KR", json=body),
        api.get(f"/v1/inquiries/{path}", Role.CARE, "KR"),
        api.get(f"/v1/inquiries/figures?month={path}", Role.CARE, "KR"),
        api.get(f"/v1/letters/posts/{path}", Role.CARE, "KR"),
    ])  # fmt: skip
