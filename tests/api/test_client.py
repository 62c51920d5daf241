"""The Python client against the real API, and against servers that are busy or gone."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from api_door import Api

from datecertain.access import Role
from datecertain.client import Client, Retrying, ServerRefused, ServerUnreachable

AT = "2026-10-21T10:00"


@pytest.fixture
def shop(api: Api) -> Iterator[Client]:
    """A shop of Korea Post's."""
    with client_of(api, Role.SHOP) as client:
        yield client


def client_of(api: Api, role: Role, post: str = "KR") -> Client:
    key = api.as_(role, post)["Authorization"].removeprefix("Bearer ")
    return Client(str(api.client.base_url), key)


def test_from_a_quote_to_a_label(shop: Client) -> None:
    quote = shop.quote("KR:03051", "US:10001", AT, contents="documents", lang="ko")
    assert quote["due_on"] == "2026-10-24"
    first, second = shop.quotes([{"origin": "KR:03051", "destination": "US:10001"}, {
        "origin": "XX:1", "destination": "US:10001"}])  # fmt: skip
    assert (first["destination"], second["status"]) == ("US", "wrong")
    made = shop.record("KR:03051", "US:10001", AT, key="order-77", weight_g=500)
    assert shop.record("KR:03051", "US:10001", AT, key="order-77", weight_g=500) == made
    promise = made["promise_id"]
    assert shop.label(promise).splitlines()[1] == "Sat 24 Oct 2026"
    assert shop.label_fields(promise)["words"]["ko"]["text"] + "\n" == shop.label(promise, "ko")
    assert shop.promise(promise)["binding_on"] == "2026-10-24"
    other = shop.record("KR:03051", "US:10001", AT)
    assert other["promise_id"] != promise  # a key of its own
    assert shop.void(other["promise_id"], "double")["state"] == "voided"
    listed = [row["promise_id"] for row in shop.pages("/v1/promises", limit=1)]
    assert {promise, other["promise_id"]} <= set(listed)
    label = shop.record("KR:03051", "US:10001", AT, key="order-78", channel="label")
    held = shop.possess(label["promise_id"], "2026-10-21T11:00")
    assert (label["state"], held["state"]) == ("estimated", "held")


def test_mail_is_handed_in_and_its_receipt_read(api: Api) -> None:
    event = {"item_id": "EE000000031KR", "code": "EMB", "event_time": "2026-10-21T19:45",
             "office": "KRSELB", "recipient": "US", "transmitted": "2026-10-21T12:00Z"}  # fmt: skip
    with client_of(api, Role.EDI) as edi:
        receipt = edi.events([event])
        assert receipt == edi.events([event])
        assert edi.receipt(receipt["sha256"]) == receipt


def test_a_refusal_says_what_is_wrong(shop: Client) -> None:
    with pytest.raises(ServerRefused) as refused:
        shop.quote("XX:03051", "US:10001", AT)
    assert (refused.value.status, refused.value.kind) == (422, "unknown-place")
    assert "XX" in str(refused.value)
    with pytest.raises(ServerRefused, match="403"):
        shop.item("EE000000005KR")


@contextmanager
def answering(*answers: tuple[int, dict[str, str]]) -> Iterator[tuple[str, list[Any]]]:
    """A server that gives these answers (status, headers) one after the other; what it was sent."""
    left, sent = list(answers), list[Any]()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            sent.append((self.headers["idempotency-key"], json.loads(body)))
            status, headers = left.pop(0)
            self.send_response(status)
            for name, value in {"Content-Length": "2", **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: Any) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", sent
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_busy_server_is_asked_again_when_it_says_and_under_the_same_key() -> None:
    waited: list[float] = []
    busy, often = (503, {"Retry-After": "7"}), (429, {"Retry-After": "4000"})
    with answering(busy, often, (502, {}), (200, {})) as (url, sent):
        retrying = Retrying(sleep=waited.append)
        with Client(url, "key", retrying=retrying) as client:
            client.record("KR:03051", "US:10001", AT)
    assert waited[:2] == [7.0, 60.0]
    assert 1.5 <= waited[2] <= 2.5  # the third time, nothing was said
    assert len(sent) == 4
    assert len({key for key, _ in sent}) == 1
    assert sent[0][0]


def test_a_server_that_stays_busy_and_one_that_is_gone() -> None:
    waited: list[float] = []
    with answering(*[(503, {"Retry-After": "soon"})] * 3) as (url, sent):
        busy = Client(url, "key", retrying=Retrying(tries=3, sleep=waited.append))
        with busy, pytest.raises(ServerRefused, match="503"):
            busy.quote("KR:03051", "US:10001")
        assert (len(sent), len(waited)) == (3, 2)
    gone = Client(url, "key", retrying=Retrying(tries=2, sleep=waited.append))
    with gone, pytest.raises(ServerUnreachable, match="asked 2 times"):
        gone.quote("KR:03051", "US:10001")


def test_a_date_to_come_back_at_is_understood() -> None:
    retrying = Retrying()
    assert retrying.wait_s(1, "Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert retrying.wait_s(1, "Wed, 21 Oct 2099 07:28:00 GMT") == retrying.most_wait_s
