"""Every way through the API × every role: who is let in and who is refused (req 40, 57, 58)."""

from __future__ import annotations

import pytest
from api_door import HOLDERS, Api

from datecertain.access import Role, rights_of
from datecertain.door.asking import right_of, ways

#: Ways that are open to everyone, on purpose.
OPEN = {"/v1/health", "/v1/ready"}


def test_every_way_names_the_right_it_needs(api: Api) -> None:
    without = {way.path for way in ways(api.app) if right_of(way) is None}
    assert without == OPEN


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
