"""HEAD: the head of what GET answers, and no body."""

from __future__ import annotations

import pytest
from api_door import Api

from datecertain.access import Role


@pytest.mark.parametrize(
    "path", ["/v1/health", "/v1/accounts", "/v1/nothing", "/static/site.css", "/login", "/counter"]
)
def test_the_head_of_what_get_answers(api: Api, path: str) -> None:
    headers = api.as_(Role.ADMINISTRATOR, "KR")
    got, head = (api.client.request(method, path, headers=headers) for method in ("GET", "HEAD"))
    assert (head.status_code, head.content) == (got.status_code, b"")
    for name in ("content-type", "content-length", "etag", "cache-control"):
        assert head.headers.get(name) == got.headers.get(name), name


def test_the_head_of_a_stream_ends(api: Api) -> None:
    headers = api.as_(Role.CARE, "KR")
    head = api.client.head("/v1/live", headers=headers)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"].startswith("text/event-stream")
