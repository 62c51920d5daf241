"""The server seen from outside: health, readiness, counts, a line a request, traces; no item and no
person in any of them."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable

import pytest
from api_door import Api, api_over
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from datecertain.access import Role

ITEM = "EE000000005KR"


def test_it_lives_and_can_work(api: Api) -> None:
    assert api.client.get("/v1/health").json()["status"] == "ok"
    answer = api.client.get("/v1/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert len(answer.json()["network_version"]) >= 12


def until(look: Callable[[], list[str]]) -> list[str]:
    """What is there at the latest two seconds after an answer: it is written down behind it."""
    end = time.monotonic() + 2
    while not (found := look()) and time.monotonic() < end:
        time.sleep(0.01)
    return found


def test_requests_are_counted_by_way_and_not_by_what_stands_in_it(api: Api) -> None:
    sha256 = "ab" * 32
    way = "/v1/interchanges/{sha256}"
    api.client.get(f"/v1/interchanges/{sha256}", headers=api.as_(Role.PARTNER, "KR"))

    def counted(begin: str) -> list[str]:
        told = api.client.get("/v1/metrics", headers=api.as_(Role.ADMINISTRATOR, "KR"))
        assert told.headers["content-type"].startswith("text/plain")
        assert sha256 not in told.text
        return [line for line in told.text.splitlines() if line.startswith(begin) and way in line]

    assert until(lambda: counted('datecertain_requests_total{method="GET",status="404"'))
    assert until(lambda: counted("datecertain_request_seconds_bucket{"))


def test_a_request_is_one_line_of_json(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("datecertain.requests")
    with caplog.at_level(logging.INFO, logger.name):
        answer = api.client.get(
            f"/v1/interchanges/{ITEM}?who=Kim",
            headers=api.as_(Role.PARTNER, "KR") | {"X-Request-Id": "a-1"},
        )
        ours = until(lambda: [one.getMessage() for one in caplog.records if "a-1" in one.msg])
    (line,) = ours
    told = json.loads(line)
    assert (told["id"], told["way"], told["status"]) == ("a-1", "/v1/interchanges/{sha256}", 404)
    assert told["who"] == "partner-kr"
    assert ITEM not in line
    assert "Kim" not in line
    assert answer.headers["x-request-id"] == "a-1"
    assert answer.headers["cache-control"] == "no-store"
    odd = api.client.get("/v1/health", headers={"X-Request-Id": "a\tb" * 40})
    assert len(odd.headers["x-request-id"]) == 16


def test_traces_name_the_way_and_nothing_of_the_request(api: Api) -> None:
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    for app in api_over(api.workspace, telemetry={"tracer_provider": provider}):
        app.client.get(f"/v1/interchanges/{ITEM}?who=Kim", headers=api.as_(Role.PARTNER, "KR"))
    (request,) = [one for one in spans.get_finished_spans() if one.kind is SpanKind.SERVER]
    assert request.name == "GET /v1/interchanges/{sha256}"
    told = str([(one.name, dict(one.attributes or {})) for one in spans.get_finished_spans()])
    assert ITEM not in told
    assert "Kim" not in told
