"""Approvals through the API: asked for by one, seen by the post, approved by another."""

from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from api_door import Api, api_over
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_workspaces import small_workspace

from datecertain.access import Role, Viewer
from datecertain.operations import approvals
from datecertain.operations.clock import SystemClock
from datecertain.store.access_book import AccessBook
from datecertain.store.approval_rows import change_approval

SUSPEND = {
    "kind": "network.rule",
    "request": {
        "table": "condition",
        "cells": {
            "condition": "by-http", "kind": "no_guarantee", "origin": "KR", "destination": "US",
            "text_en": "No guarantee.", "text_ko": "보장 없음.", "source": "illustrative: a test",
            "valid_from": "2099-01-01",
        },
    },
}  # fmt: skip


def test_two_accounts_of_a_post_put_a_rule_in_force(api: Api) -> None:
    asker, other = api.as_(Role.NETWORK, "KR"), api.as_(Role.ADMINISTRATOR, "KR")
    asked = api.client.post("/v1/approvals?lang=ko", json=SUSPEND, headers=asker)
    one = asked.json()
    assert (asked.status_code, one["state"], one["post"]) == (201, "pending", "KR")
    assert one["preview"].startswith("운송망에 규칙을")
    place = f"/v1/approvals/{one['number']}"
    for who, status in (
        (other, 200),
        (api.as_(Role.CARE, "KR"), 404),
        (api.as_(Role.ADMINISTRATOR, "US"), 404),
        (api.as_(Role.ADMINISTRATOR, "JP"), 404),
        (api.as_(Role.ADMINISTRATOR, ""), 404),
    ):
        assert api.client.get(place, headers=who).status_code == status
        listed = api.client.get("/v1/approvals", headers=who).json()["items"]
        assert (one["number"] in [each["number"] for each in listed]) == (status == 200)
        if status == 404:
            for way, body in (("approve", {"digest": one["digest"]}), ("refuse", {"reason": "x"})):
                answer = api.client.post(f"{place}/{way}", json=body, headers=who)
                assert answer.status_code == 404
    approving = {"digest": one["digest"]}
    assert api.client.post(f"{place}/approve", json=approving, headers=asker).status_code == 403
    done = api.client.post(f"{place}/approve", json=approving, headers=other)
    assert (done.status_code, done.json()["state"]) == (200, "done"), done.text
    assert done.json()["decided_by"] == "administrator-kr"
    late = api.client.post(f"{place}/refuse", json={"reason": "late"}, headers=other)
    assert late.status_code == 422


def test_without_the_right_nothing_is_asked_for(api: Api) -> None:
    answer = api.client.post("/v1/approvals", json=SUSPEND, headers=api.as_(Role.CARE, "KR"))
    assert (answer.status_code, answer.json()["title"]) == (403, "You may not do this")


def test_pages_of_approvals(api: Api) -> None:
    headers = api.as_(Role.NETWORK, "US")
    wanted = [
        api.client.post("/v1/approvals", json=SUSPEND, headers=headers).json()["number"]
        for _ in range(3)
    ]
    seen, after = [], "0"
    while after:
        params = {"after": after, "limit": "2"}
        page = api.client.get("/v1/approvals", params=params, headers=headers).json()
        seen += [one["number"] for one in page["items"]]
        after = page["next"]
    assert seen == wanted
    gone = api.client.post(f"/v1/approvals/{wanted[0]}/refuse", json={}, headers=headers)
    assert gone.json()["state"] == "withdrawn"


def test_the_server_takes_up_at_its_start_what_was_cut_off(tmp_path: Path) -> None:
    workspace, now = small_workspace(tmp_path / "w"), int(time.time())
    kim = Viewer("kim", "KR", (Role.NETWORK,))
    with AccessBook(workspace) as book:
        asked = approvals.ask(
            book, workspace, kim, "network.rule", SUSPEND["request"], now, SystemClock()
        )  # type: ignore[arg-type]
        with book.writing() as link:  # approved, and then the machine stopped
            change_approval(link, asked.number, "pending", state="approved", decided_by="lee")
        with contextmanager(api_over)(workspace):
            found = approvals.find(book, kim, asked.number, now)
        assert (found.state, found.result["file"]) == ("done", "conditions.csv")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@pytest.mark.parametrize("kind", ["network.rule", "claims.goodwill"])
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12, deadline=None
)
@given(given=st.dictionaries(st.sampled_from(["table", "cells", "before", "files", "claim",
                                              "reason"]), JSON))  # fmt: skip
def test_nonsense_is_refused(api: Api, kind: str, given: object) -> None:
    for role in (Role.NETWORK, Role.CARE):
        answer = api.client.post(
            "/v1/approvals", json={"kind": kind, "request": given}, headers=api.as_(role, "JP")
        )
        assert answer.status_code in (403, 404, 422), answer.text
