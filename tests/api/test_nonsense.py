"""Every way through the API, asked nonsense: refused in words, never a failure."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

from api_door import Api
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datecertain.access import POST_ROLES, roles_with
from datecertain.door.asking import right_of, ways

TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from([
        "", "KR", "KR-US", "EE000000005KR", "2026-10", "2026-10-21", "2026-10-21T10:00Z", "0", "-1",
        "9" * 30, "2026-99-99", "null", "\x00", "%", "../..", "1;DROP TABLE promises", "true",
    ]),
)  # fmt: skip
VALUES = st.recursive(
    st.one_of(TEXTS, st.integers(), st.floats(), st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_way_fails(api: Api, data: st.DataObject) -> None:
    way = data.draw(st.sampled_from(ways(api.app)), label="way")
    method = data.draw(st.sampled_from(sorted(way.methods or ())), label="method")
    right = right_of(way)
    roles = [role for role in POST_ROLES if right is None or role in roles_with(right)]
    if not roles:  # of the central office alone
        return
    headers = api.as_(roles[0], "KR") | {"Content-Type": "application/json"}
    path = re.sub(
        r"\{\w+\}", lambda _: quote(data.draw(TEXTS).encode("utf-8", "replace"), safe=""), way.path
    )
    names = [one.name for one in way.dependant.query_params] or ["x"]
    asked: dict[str, Any] = data.draw(st.dictionaries(st.sampled_from(names), TEXTS, max_size=3))
    body = data.draw(st.one_of(VALUES.map(json.dumps), TEXTS)) if method != "GET" else ""
    # A stream has no end of its own: it is left as soon as it has begun.
    with api.client.stream(
        method, path, params=asked, headers=headers, content=body.encode("utf-8", "replace")
    ) as answer:
        if answer.status_code < 400:
            return
        answer.read()
    assert answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code
