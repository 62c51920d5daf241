"""Acceptance records and events through the API: by the door of all mail, of one's own post."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_door import Api, api_over
from command_line import say
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from month_of_mail import CLOCK
from small_workspaces import ITEM, OTHER_ITEM, small_workspace

from datecertain.access import Role
from datecertain.operations.mail_room import take_in

RECORD = {
    "item_id": ITEM, "origin": "KR", "origin_postcode": "03051",
    "accepted_local": "2026-10-21T10:00", "channel": "counter", "destination": "US",
    "destination_postcode": "10001", "contents": "documents, with a comma", "weight_g": 500,
    "postage_minor": 30000, "currency": "KRW", "date_told": "2026-10-24", "payer_ref": "P-1",
}  # fmt: skip
EVENT = {
    "item_id": ITEM, "code": "EMC", "event_time": "2026-10-21T19:45", "office": "KRSELB",
    "recipient": "US", "transmitted": "2026-10-21T12:00Z",
}  # fmt: skip
OTHERS = {**EVENT, "item_id": OTHER_ITEM}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An API of this module's own: the tests follow one another."""
    yield from api_over(small_workspace(tmp_path_factory.mktemp("handed") / "w"))


def send(api: Api, way: str, body: Any, post: str = "KR", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return api.client.post(way, json=body, headers=api.as_(Role.EDI, post) | named)


def ask(api: Api, way: str, post: str = "KR", **headers: str) -> httpx.Response:
    return api.client.get(way, headers=api.as_(Role.EDI, post) | headers)


def read(api: Api) -> None:
    """What was handed in is taken in."""
    complaints: list[str] = []
    take_in(api.workspace, CLOCK, lambda taken: None, complaints.append)
    assert complaints == []


def test_records_handed_in_are_taken_in_like_a_file(api: Api) -> None:
    answer = send(api, "/v1/acceptances", {"records": [RECORD]}, Idempotency_Key="day-1")
    assert answer.status_code == 202, answer.text
    told = answer.json()
    assert told["state"] == "received"
    again = send(api, "/v1/acceptances", {"records": [RECORD]}, Idempotency_Key="day-1")
    assert again.json() == told
    other = {"records": [RECORD | {"weight_g": 1}]}
    assert send(api, "/v1/acceptances", other, Idempotency_Key="day-1").status_code == 422
    read(api)
    receipt = ask(api, answer.headers["location"]).json()
    assert (receipt["state"], receipt["counts"]["items"]) == ("read", 1)
    shown = say("item", ITEM, "-w", api.workspace, "--json").json
    assert shown["episodes"][0]["accepted"]["contents"] == "documents, with a comma"
    assert ask(api, answer.headers["location"], "US").status_code == 404


def test_no_post_hands_in_for_another(api: Api) -> None:
    assert send(api, "/v1/acceptances", {"records": [RECORD]}, "US").status_code == 403
    own = {"records": [RECORD | {"origin": "US", "destination": "KR"}]}
    assert send(api, "/v1/acceptances", own).status_code == 403
    assert send(api, "/v1/events", {"events": [EVENT | {"sender": "KR"}]}, "US").status_code == 403
    assert send(api, "/v1/epcis", {"a": 1}, "US").status_code == 422


def test_events_handed_in_become_facts_and_items_without_a_record_are_told(api: Api) -> None:
    answer = send(api, "/v1/events", {"events": [EVENT, OTHERS | {"sender": "KRA"}]})
    assert answer.status_code == 202, answer.text
    assert send(api, "/v1/events", {"events": [EVENT, OTHERS | {"sender": "KRA"}]}).json() == (
        answer.json()
    )
    read(api)
    receipt = ask(api, answer.headers["location"]).json()
    assert (receipt["state"], receipt["counts"]["events"]) == ("read", 2)
    missing = ask(api, "/v1/acceptances/missing?period=2026-10").json()
    assert [row["item_id"] for row in missing["items"]] == [OTHER_ITEM]
    command = say("acceptances", "missing", "--period", "2026-10", "-w", api.workspace, "--json")
    assert missing["items"] == command.json
    for post in ("US", "JP"):  # the origin post is told, nobody else
        assert ask(api, "/v1/acceptances/missing?period=2026-10", post).json()["items"] == []


def test_epcis_is_taken_of_ones_own_events(api: Api, tmp_path: Path) -> None:
    file = tmp_path / "item.json"
    made = say("events", "export", "--item", ITEM, "--format", "epcis", "--out", file, "-w",
               api.workspace)  # fmt: skip
    assert made.code == 0, made.err
    document = json.loads(file.read_bytes())
    for one in document["epcisBody"]["eventList"]:
        one["epcList"] = ["urn:datecertain:s10:EE000000028KR"]
    headers = api.as_(Role.EDI, "KR")
    body = json.dumps(document).encode()
    answer = api.client.post("/v1/epcis", content=body, headers=headers)
    assert answer.status_code == 202, answer.text
    assert answer.json()["sha256"] == hashlib.sha256(body).hexdigest()
    read(api)
    assert ask(api, answer.headers["location"]).json()["counts"]["events"] == 1
    foreign = api.client.post("/v1/epcis", content=body, headers=api.as_(Role.EDI, "US"))
    assert foreign.status_code == 403
    assert foreign.json()["type"].endswith("not-allowed")
    assert not list((api.workspace / "incoming" / "US").glob("*"))


def test_a_partner_gets_what_a_verdict_needs_and_never_postage(api: Api) -> None:
    way = "/v1/acceptances/for-partner?period=2026-10&origin=KR&destination=us"
    for post in ("KR", "US"):
        answer = ask(api, way, post)
        assert [row["item_id"] for row in answer.json()["items"]] == [ITEM]
        assert "30000" not in answer.text
        assert "P-1" not in answer.text
    out = say("acceptances", "export", "--period", "2026-10", "--from", "KR", "--to", "US", "-w",
              api.workspace).out  # fmt: skip
    rows = [
        {name: str(value) for name, value in row.items()} for row in ask(api, way).json()["items"]
    ]
    assert rows == list(csv.DictReader(io.StringIO(out)))
    assert ask(api, way, "JP").status_code == 404
    assert ask(api, way.replace("origin=KR", "origin=JP"), "US").json()["items"] == []


ODD = st.one_of(
    st.text(max_size=30), st.sampled_from(["", "KR", "a\nb", "\x00", "\ud800", '"', "x" * 90]),
    st.integers(), st.none(), st.floats(), st.lists(st.integers(), max_size=2),
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_nonsense_is_refused_or_set_aside(api: Api, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["acceptances", "events", "epcis"]))
    whole = {"acceptances": RECORD, "events": EVENT, "epcis": {"@context": [], "type": "x"}}[kind]
    names = st.sampled_from([*whole, "epcisBody", "other"])
    row = whole | data.draw(st.dictionaries(names, ODD, max_size=3))
    name = {"acceptances": "records", "events": "events"}.get(kind)
    body = json.dumps(row if name is None else {name: [row]}).encode()
    headers = api.as_(Role.EDI, "KR") | {"Content-Type": "application/json"}
    answer = api.client.post(f"/v1/{kind}", content=body, headers=headers)
    assert answer.status_code in (202, 403, 422), answer.text


def test_whatever_was_handed_in_can_be_taken_in(api: Api) -> None:
    read(api)
    waiting = say("inbox", "quarantine", "-w", api.workspace, "--json")
    assert waiting.code == 0
