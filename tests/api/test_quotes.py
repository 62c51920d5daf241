"""Quotes through the API: the same answers as the command's, and nonsense never breaks it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from api_door import Api
from command_line import say
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_workspaces import small_workspace

from datecertain.access import Role
from datecertain.door import NetworkInForce
from datecertain.door.known_keys import HOLDS_S, KnownKeys
from datecertain.operations.accounts import create_account, create_key, list_keys, revoke_key
from datecertain.promise.expected import Shift, history_text
from datecertain.store.access_book import AccessBook

ASKED = {"origin": "KR:03051", "destination": "US:10001", "accepted_at": "2026-10-21T10:00"}
WORDS = ["quote", "--from", ASKED["origin"], "--to", ASKED["destination"], "--at",
         ASKED["accepted_at"], "--json"]  # fmt: skip


def ask(api: Api, way: str = "") -> Any:
    headers = api.as_(Role.COUNTER, "KR")
    answer = api.client.post(f"/v1/quotes{way}", json=ASKED, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_quote_is_what_the_command_tells(api: Api) -> None:
    told = ask(api)
    assert (told["status"], told["due_on"]) == ("guaranteed", "2026-10-24")
    assert told == say(*WORDS, "-w", api.workspace).json


@pytest.mark.parametrize(
    ("way", "options"),
    [("/week", ["--week"]), ("/latest?by=2026-10-28", ["--by", "2026-10-28"]),
     ("/alternatives", ["--alternatives"])],
)  # fmt: skip
def test_other_questions_are_answered_as_the_command_does(
    api: Api, way: str, options: list[str]
) -> None:
    assert ask(api, way) == say(*WORDS, *options, "-w", api.workspace).json


@pytest.mark.parametrize("name", ["weight_g", "value_sdr"])
def test_a_number_is_not_below_zero_or_not_given(api: Api, name: str) -> None:
    headers = api.as_(Role.COUNTER, "KR")
    for way in ("", "/week", "/alternatives", "/latest?by=2026-10-28"):
        told = api.client.post(f"/v1/quotes{way}", json=ASKED | {name: -1}, headers=headers)
        assert told.status_code == 422, told.text
        assert name in told.text
    none = api.client.post("/v1/quotes", json=ASKED | {name: None}, headers=headers)
    assert none.json() == ask(api)


def test_a_class_of_contents_is_one_however_it_is_written(api: Api) -> None:
    headers = api.as_(Role.COUNTER, "KR")
    told = [
        api.client.post("/v1/quotes", json=ASKED | {"contents": one}, headers=headers).json()
        for one in ("merchandise", " Merchandise")
    ]
    assert told[0] == told[1]
    assert told[0]["contents"] == "merchandise"
    command = say(*WORDS, "--contents", "MERCHANDISE", "-w", api.workspace).json
    assert command == told[0]


def test_a_week_at_the_end_of_all_dates_is_a_shorter_one(api: Api) -> None:
    asked = ASKED | {"accepted_at": "9999-12-28T10:00"}
    told = api.client.post("/v1/quotes/week", json=asked, headers=api.as_(Role.COUNTER, "KR"))
    assert told.status_code == 200, told.text
    assert told.json()["days"][-1]["accepted_on"] == "9999-12-31"


def test_many_are_answered_in_order_and_a_wrong_one_spoils_none(api: Api) -> None:
    wrong = ASKED | {"origin": "XX:1"}
    headers = api.as_(Role.SHOP, "US")
    told = api.client.post("/v1/quotes/batch", json={"questions": [wrong, ASKED]}, headers=headers)
    first, second = told.json()["answers"]
    assert first["status"] == "wrong"
    assert "XX" in first["detail"]
    assert second["due_on"] == "2026-10-24"


def test_what_past_items_did_is_told_once_the_history_is_there(tmp_path: Path) -> None:
    workspace = small_workspace(tmp_path / "w")
    network = NetworkInForce(workspace)
    network.now()
    assert network.history() is None
    file = workspace / "expected.csv"
    file.write_text(history_text([Shift("KR", "US", "US-NYC", 0, 60, 20742, 20749, "test")]))
    network._look()
    history = network.history()
    assert history is not None
    assert history.items_to("KR", "US") == 60
    file.write_text("nonsense\n")  # the dates do not rest on it
    network._look()
    assert network.history() is None


def test_a_revoked_key_is_refused_a_second_later(tmp_path: Path) -> None:
    workspace = small_workspace(tmp_path / "w")
    create_account(workspace, "till", "Till", "KR", ["counter"], 0, machine=True)
    key, now = create_key(workspace, "till", 0), [0.0]
    with AccessBook(workspace) as book:
        keys = KnownKeys(book, lambda: now[0])

        def known() -> bool:
            return asyncio.run(keys.viewer(key, 1)) is not None

        assert known()
        revoke_key(workspace, list_keys(workspace)[0].key_id, 1)
        now[0] = HOLDS_S + 0.001
        assert not known()
        now[0] = 0.0  # and is not remembered as good
        assert not known()


ODD = st.one_of(
    st.text(max_size=60), st.sampled_from(["", "KR", "KR:", ":03051", "kr:03051\x00", "HK:\ud800"]),
    st.integers(), st.floats(), st.none(), st.lists(st.integers(), max_size=2),
)  # fmt: skip
NAMES = ("origin", "destination", "accepted_at", "product", "contents", "channel", "address",
         "weight_g", "value_sdr", "lang", "by")  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.sampled_from(NAMES), ODD, max_size=4), st.sampled_from(
    ["", "/week", "/latest?by=2026-10-28", "/latest?by=%00", "/alternatives", "/batch"]
))  # fmt: skip
def test_nonsense_is_refused_in_words(api: Api, odd: dict[str, Any], way: str) -> None:
    body = ASKED | odd
    content = json.dumps({"questions": [body]} if way == "/batch" else body)
    answer = api.client.post(
        f"/v1/quotes{way}", content=content.encode(),
        headers=api.as_(Role.COUNTER, "KR") | {"Content-Type": "application/json"},
    )  # fmt: skip
    assert answer.status_code in (200, 422), answer.text
