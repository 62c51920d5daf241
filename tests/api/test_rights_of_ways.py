"""Every way through the API × every role: who is let in and who is refused (req 40, 57, 58)."""

from __future__ import annotations

import pytest
from api_door import HOLDERS, Api

from datecertain.access import Role, rights_of
from datecertain.door.asking import needs_of, right_of, ways

#: Ways that are open to everyone, on purpose.
OPEN = {"/v1/health", "/v1/ready", "/v1/visits", "/v1/login/oidc", "/v1/login/oidc/callback"}
#: Ways that are open to whoever is known.
KNOWN = {
    "/v1/me", "/v1/me/password", "/v1/visits/current", "/v1/approvals", "/v1/approvals/{number}",
    "/v1/approvals/{number}/approve", "/v1/approvals/{number}/refuse",
}  # fmt: skip
#: Ways that are asked by POST and change nothing.
QUESTIONS = {f"/v1/quotes{more}" for more in ("", "/week", "/latest", "/alternatives", "/batch")}


def test_every_way_names_the_right_it_needs(api: Api) -> None:
    needs = {way.path: needs_of(way) for way in ways(api.app)}
    assert {path for path, one in needs.items() if one is None} == OPEN
    assert {path for path, one in needs.items() if one is not None and one.right is None} == KNOWN
    assert {path for path, one in needs.items() if one is not None and one.question} == QUESTIONS


@pytest.mark.parametrize(("role", "post"), HOLDERS, ids=str)
def test_a_role_is_refused_everything_it_has_no_right_to(api: Api, role: Role, post: str) -> None:
    headers = api.as_(role, post)
    for way in ways(api.app):
        right = right_of(way)
        path = way.path.replace("{", "").replace("}", "")
        for method in way.methods or ():
            with api.client.stream(method, path, headers=headers) as answer:  # some never end
                refused = answer.status_code == 403
            assert refused == (right is not None and right not in rights_of([role])), (
                method, path, answer.status_code,
            )  # fmt: skip


def test_without_a_key_every_way_is_shut(api: Api) -> None:
    for way in ways(api.app):
        if way.path in OPEN:
            continue
        for method in way.methods or ():
            answer = api.client.request(method, way.path.replace("{", "").replace("}", ""))
            assert (answer.status_code, answer.headers["content-type"]) == (
                401, "application/problem+json",
            )  # fmt: skip
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["content-security-policy"].startswith("default-src 'none'")
