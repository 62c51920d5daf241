"""What happens, by HTTP: the list, the live stream, and webhooks of one's own post."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from api_door import Api, api_over
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_workspaces import small_workspace
from webhook_receiver import receiving

from datecertain.access import Role
from datecertain.operations.accounts import list_keys, revoke_key
from datecertain.operations.webhook_delivery import push
from datecertain.store.happening_book import Found, HappeningBook

ROW: dict[str, Any] = {
    "owner": "KR", "audience": "KR+US", "kind": "late", "subject": "a", "version": "1",
    "at": 29_900_000, "told_at": 29_900_001, "body": {"item": "EE000000005KR", "state": "x"},
}  # fmt: skip


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An API of this module's own, whose webhooks may reach this machine."""
    folder = small_workspace(tmp_path_factory.mktemp("happens") / "w")
    with (folder / "datecertain.toml").open("a") as stream:
        stream.write("[webhooks]\nprivate_addresses = true\n")
    for api in api_over(folder):
        api.app.state.door.live.look_s = 0.05
        api.app.state.door.live.heartbeat_s = 0.5
        yield api


def happen(api: Api, version: str, **more: object) -> int:
    with HappeningBook(api.workspace) as book:
        book.tell(lambda link, marks: Found([ROW | {"version": version} | more]))
        return book.last()


def seen(api: Api, role: Role, post: str, **params: object) -> list[tuple[int, str]]:
    answer = api.client.get("/v1/happenings", headers=api.as_(role, post), params=params)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    return [(one["seq"], one["kind"]) for one in answer.json()["items"]]


def test_a_post_sees_what_names_it_and_nobody_else_does(own: Api) -> None:
    late = happen(own, "scope")
    dispute = happen(own, "scope", kind="dispute")
    for post in ("KR", "US"):
        assert (late, "late") in seen(own, Role.SETTLEMENT, post)
        assert (dispute, "dispute") in seen(own, Role.SETTLEMENT, post)
    assert (dispute, "dispute") not in seen(own, Role.CARE, "KR")  # no right to statements
    for role, post in ((Role.SETTLEMENT, "JP"), (Role.CENTRAL_OFFICE, "")):
        assert not {late, dispute} & {seq for seq, _ in seen(own, role, post)}


def test_the_list_is_read_on_page_by_page(own: Api) -> None:
    first = happen(own, "page-1")
    numbers = [first, happen(own, "page-2"), happen(own, "page-3")]
    headers = own.as_(Role.CARE, "KR")
    page = own.client.get(f"/v1/happenings?after={first - 1}&limit=2", headers=headers).json()
    assert ([one["seq"] for one in page["items"]], page["next"]) == (numbers[:2], str(numbers[1]))
    rest = own.client.get(f"/v1/happenings?after={page['next']}&limit=2", headers=headers).json()
    assert ([one["seq"] for one in rest["items"]], rest["next"]) == (numbers[2:], None)
    assert rest["items"][0]["about"] == ROW["body"]
    assert seen(own, Role.CARE, "KR", kind="inquiry", after=first) == []


def events(lines: Iterator[str], count: int) -> list[dict[str, str]]:
    """So many events of a stream."""
    found: list[dict[str, str]] = []
    one: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if line.startswith(("id: ", "event: ", "data: ")):
            one[name] = value
        elif line == "" and one:
            found.append(one)
            one = {}
            if len(found) == count:
                break
    return found


def test_a_live_stream_tells_at_once_and_resumes(own: Api) -> None:
    headers = own.as_(Role.CARE, "US")
    before = happen(own, "live-0")
    with own.client.stream("GET", "/v1/live", headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        assert next(lines) == "retry: 5000"
        happen(own, "other pair", audience="JP+KR")
        number = happen(own, "live-1")
        (one,) = events(lines, 1)
    assert (one["id"], one["event"]) == (str(number), "late")
    assert json.loads(one["data"])["about"] == ROW["body"]
    resumed = headers | {"Last-Event-ID": str(before - 1)}
    with own.client.stream("GET", "/v1/live?kind=late", headers=resumed) as answer:
        found = events(answer.iter_lines(), 2)
    assert [int(event["id"]) for event in found] == [before, number]


def test_a_silent_stream_says_that_it_is_there(own: Api) -> None:
    with own.client.stream("GET", "/v1/live", headers=own.as_(Role.CARE, "US")) as answer:
        assert ": still here" in iter(answer.iter_lines())


def test_a_stream_ends_with_its_key(own: Api) -> None:
    headers = own.as_(Role.NETWORK, "KR")
    with own.client.stream("GET", "/v1/live", headers=headers) as answer:
        lines = answer.iter_lines()
        next(lines)
        (key,) = [one for one in list_keys(own.workspace) if one.login == "network-kr"]
        revoke_key(own.workspace, key.key_id, int(time.time()))
        happen(own, "after the end")
        assert events(lines, 1) == []


def test_there_are_only_so_many_streams_and_they_are_given_back(own: Api) -> None:
    live, headers = own.app.state.door.live, own.as_(Role.AUDITOR, "KR")
    streams = [own.client.stream("GET", "/v1/live", headers=headers) for _ in range(6)]
    for one in streams:
        assert one.__enter__().status_code == 200
    refused = own.client.get("/v1/live", headers=headers)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "30")
    for one in streams:
        one.__exit__(None, None, None)
    end = time.monotonic() + 10
    while live.open and time.monotonic() < end:
        time.sleep(0.02)
    assert (live.open, live._looking) == (0, None)


def test_a_webhook_from_its_registering_to_its_end(own: Api) -> None:
    headers = own.as_(Role.EDI, "KR")
    with receiving() as receiver:
        asked = {"url": receiver.url, "kinds": ["late"]}
        key = headers | {"Idempotency-Key": "one"}
        made = own.client.post("/v1/webhooks", headers=key, json=asked)
        assert made.status_code == 201
        assert made.json()["secret"].startswith("whsec_")
        assert own.client.post("/v1/webhooks", headers=key, json=asked).json() == made.json()
        other = own.client.post("/v1/webhooks", headers=key, json={"url": receiver.url})
        assert other.status_code == 422
        place = made.headers["location"]
        assert own.client.get(place, headers=headers).json() == made.json()["webhook"]
        pinged = own.client.post(f"{place}/ping", headers=headers).json()
        assert pinged == {"delivered": True, "status": 204, "problem": None}
        number = happen(own, "told")
        with HappeningBook(own.workspace) as book:
            push(book)
        assert json.loads(receiver.came[-1][1])["data"]["seq"] == number
        (sent, ping) = own.client.get(f"{place}/deliveries", headers=headers).json()["items"]
        assert (sent["state"], sent["seq"], ping["kind"]) == ("delivered", number, "ping")
        again = own.client.post(f"{place}/deliveries/{sent['id']}/again", headers=headers)
        assert (again.status_code, again.json()["waiting"]) == (202, 1)
        for state in ("paused", "active"):
            answer = own.client.put(f"{place}/state", headers=headers, json={"state": state})
            assert answer.json()["state"] == state
        new = own.client.post(f"{place}/secret", headers=headers).json()["secret"]
        assert new != made.json()["secret"]
    for stranger in (own.as_(Role.EDI, "US"), own.as_(Role.ADMINISTRATOR, "")):
        assert own.client.get("/v1/webhooks", headers=stranger).json()["items"] == []
        for method, way in (
            ("GET", ""), ("DELETE", ""), ("POST", "/ping"), ("POST", "/secret"),
            ("GET", "/deliveries"), ("POST", f"/deliveries/{sent['id']}/again"),
        ):  # fmt: skip
            assert own.client.request(method, place + way, headers=stranger).status_code == 404
    assert own.client.delete(place, headers=headers).status_code == 204
    assert own.client.get(place, headers=headers).status_code == 404


def test_places_that_must_not_be_reached_are_refused(api: Api) -> None:
    headers = api.as_(Role.EDI, "KR")
    for url in ("http://127.0.0.1:1/", "https://10.0.0.1/", "https://[::1]/", "file:///x", "\0"):
        answer = api.client.post("/v1/webhooks", headers=headers, json={"url": url})
        assert (answer.status_code, answer.headers["content-type"]) == (
            422, "application/problem+json",
        )  # fmt: skip


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    url=st.text() | st.integers() | st.none(),
    kinds=st.lists(st.text() | st.integers()) | st.none(),
    after=st.text() | st.integers(), ident=st.text(min_size=1).filter(lambda one: "/" not in one),
)  # fmt: skip
def test_nonsense_is_refused_in_words(
    api: Api, url: object, kinds: object, after: object, ident: str
) -> None:
    edi, care = api.as_(Role.EDI, "KR"), api.as_(Role.CARE, "KR")
    answers = [
        api.client.post(
            "/v1/webhooks", headers=edi | {"content-type": "application/json"},
            content=json.dumps({"url": url, "kinds": kinds}),
        ),
        api.client.get("/v1/happenings", headers=care, params={"after": str(after)}),
        api.client.get(f"/v1/webhooks/{quote(ident, safe='')}", headers=edi),
        api.client.put(f"/v1/webhooks/{quote(ident, safe='')}/state", headers=edi, json=ident),
    ]  # fmt: skip
    assert max(answer.status_code for answer in answers) < 500
    bad = api.client.get("/v1/live", headers=care | {"Last-Event-ID": "x" * 3})
    assert bad.status_code == 422
