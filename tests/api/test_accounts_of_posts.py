"""Accounts of one's own post, and their roles: what is taken away is gone with the next request."""

from __future__ import annotations

import time

from api_door import Api
from nonsense import demand_refused

from datecertain.access import Role, keeper
from datecertain.operations import accounts, audit
from datecertain.store.access_book import AccessBook

ADMIN = Role.ADMINISTRATOR


def machine(api: Api, login: str, post: str, *roles: str) -> dict[str, str]:
    now = int(time.time())
    accounts.create_account(api.workspace, login, "", post, roles, now, machine=True)
    return {"Authorization": f"Bearer {accounts.create_key(api.workspace, login, now)}"}


def test_roles_are_changed_and_hold_at_once(api: Api) -> None:
    key = machine(api, "changing", "KR", "care")
    headers = api.as_(ADMIN, "KR")
    assert api.client.get("/v1/claims", headers=key).status_code == 200
    way = "/v1/accounts/changing"
    assert api.client.get(way, headers=headers).json()["roles"] == ["care"]
    put = api.client.put(f"{way}/roles", headers=headers, json={"roles": ["quality", "counter"]})
    assert put.json()["roles"] == ["counter", "quality"]
    time.sleep(1.1)  # a key is looked for anew after a second
    assert api.client.get("/v1/claims", headers=key).status_code == 403
    assert api.client.get("/v1/plans/runs", headers=key).status_code == 200
    with AccessBook(api.workspace) as book:
        told = [one for one in audit.trail(book, keeper(), 0, 100_000)
                if (one.action, one.subject) == ("account roles", "changing")]  # fmt: skip
    assert [(one.who, dict(one.details)) for one in told] == [
        ("administrator-kr", {"roles": "counter quality", "before": "care"})
    ]


def test_an_administrator_sees_and_changes_its_own_post_alone(api: Api) -> None:
    machine(api, "of-kr", "KR", "care")
    for post, status in (("KR", 200), ("US", 404), ("JP", 404), ("", 404)):
        assert api.get("/v1/accounts/of-kr", ADMIN, post).status_code == status
        listed = api.get("/v1/accounts?limit=500", ADMIN, post).json()["items"]
        assert {one["post"] for one in listed} == {post or None}
        if status != 200:
            put = api.client.put(
                "/v1/accounts/of-kr/roles",
                headers=api.as_(ADMIN, post),
                json={"roles": ["auditor"]},
            )
            assert put.status_code == 404
    assert api.get("/v1/accounts", Role.CARE, "KR").status_code == 403


def test_roles_that_cannot_be(api: Api) -> None:
    machine(api, "of-kr-2", "KR", "care")
    way, headers = "/v1/accounts/of-kr-2/roles", api.as_(ADMIN, "KR")
    demand_refused([
        api.client.put(way, headers=headers, json=body)
        for body in ({"roles": []}, {"roles": ["central_office"]}, {"roles": ["\x00"]}, {}, [])
    ])  # fmt: skip
    own = api.client.put(
        "/v1/accounts/administrator-kr/roles", headers=headers, json={"roles": ["settlement"]}
    )
    assert own.status_code == 403, "another administrator looks at that"
