"""Promises through the API: recorded by the origin post, seen by the pair, by nobody else."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_door import Api
from command_line import say
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_workspaces import interchange, take_in_files

from datecertain.access import Role
from datecertain.identifiers import ItemNumber
from datecertain.operations.workspaces import open_workspace

ACCEPTED = {
    "origin": "KR:03051", "destination": "US:10001", "accepted_at": "2026-10-21T10:00",
    "weight_g": 500, "postage_minor": 30000, "currency": "KRW", "office": "SEL-1",
}  # fmt: skip
SERIALS = iter(range(100, 10_000))


def number() -> str:
    """An item's number that no test here has used."""
    return str(ItemNumber.compose("EE", next(SERIALS), "KR"))


def record(api: Api, key: str | None = None, **more: Any) -> httpx.Response:
    headers = api.as_(Role.COUNTER, "KR") | ({} if key is None else {"Idempotency-Key": key})
    return api.client.post("/v1/promises", json=ACCEPTED | more, headers=headers)


def post(
    api: Api, way: str, body: Any, role: Role = Role.COUNTER, who: str = "KR"
) -> httpx.Response:
    return api.client.post(f"/v1/promises/{way}", json=body, headers=api.as_(role, who))


def get(api: Api, way: str, who: str = "KR", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return api.client.get(f"/v1/promises{way}", headers=api.as_(Role.COUNTER, who) | named)


def test_a_promise_is_recorded_once_and_found_by_its_item(api: Api) -> None:
    item = number()
    made = record(api, item=item)
    assert made.status_code == 201, made.text
    told = made.json()
    assert (told["state"], told["binding_on"], told["actor"]) == (
        "held",
        "2026-10-24",
        "counter-kr",
    )
    assert made.headers["location"] == f"/v1/promises/{told['promise_id']}"
    assert record(api, item=item).json() == told
    shown = get(api, f"/{item}").json()
    assert shown == say("promise", "show", item, "-w", api.workspace, "--json").json
    again = record(api, item=item, accepted_at="2026-10-21T11:00")
    assert (again.status_code, again.json()["type"]) == (
        409, "urn:datecertain:problem:promise-refused",
    )  # fmt: skip


@pytest.mark.parametrize("name", ["weight_g", "value_sdr", "postage_minor"])
def test_no_number_of_an_acceptance_is_below_zero(api: Api, name: str) -> None:
    wrong = record(api, item=number(), **{name: -1})
    assert wrong.status_code == 422, wrong.text
    assert name in wrong.text
    assert record(api, item=number(), **{name: None}).status_code == 201
    if name != "value_sdr":
        label = record(api, f"till-{name}", channel="label").json()["promise_id"]
        handed = {"at": "2026-10-21T11:00", name: -1}
        assert post(api, f"{label}/possession", handed).status_code == 422


@pytest.mark.parametrize("currency", ["XXX", "USD"])
def test_postage_in_a_currency_that_the_post_does_not_keep_is_refused(
    api: Api, currency: str
) -> None:
    wrong = record(api, item=number(), currency=currency)
    assert wrong.status_code == 422, wrong.text
    assert f"currency '{currency}': KR keeps KRW" in wrong.text
    label = record(api, f"till-{currency}", channel="label").json()["promise_id"]
    handed = {"at": "2026-10-21T11:00", "postage_minor": 30000, "currency": currency}
    assert post(api, f"{label}/possession", handed).status_code == 422
    told = post(api, f"{label}/possession", handed | {"currency": "krw"}).json()
    assert told["currency"] == "KRW"
    assert record(api, item=number(), currency="krw").json()["currency"] == "KRW"


def test_a_key_tells_one_acceptance_from_the_next(api: Api) -> None:
    first = record(api, '"till-1"')
    assert first.json() == record(api, "till-1").json()
    other = record(api, "till-1", weight_g=501)
    assert (other.status_code, other.json()["title"]) == (
        422, "This Idempotency-Key came with another request",
    )  # fmt: skip
    assert record(api).status_code == 422  # neither key nor item
    # Another till's key of the same words is its own.
    headers = api.as_(Role.SHOP, "KR") | {"Idempotency-Key": "till-1"}
    made = api.client.post("/v1/promises", json=ACCEPTED, headers=headers)
    assert made.status_code == 201
    assert made.json()["promise_id"] != first.json()["promise_id"]


def test_a_post_promises_in_no_other_ones_name(api: Api) -> None:
    assert record(api, "o1", origin="US:10001", destination="KR:03051").status_code == 403
    item = record(api, item=number()).json()["item_id"]
    voided = post(api, f"{item}/void", {"reason": "wrong"}, who="US")
    assert voided.status_code == 403  # the partner sees it, and may not change it
    assert get(api, f"/{item}").json()["state"] == "held"


def test_the_pair_sees_a_promise_and_nobody_else_knows_of_it(api: Api) -> None:
    told = record(api, item=number()).json()
    item, promise = told["item_id"], told["promise_id"]
    partner = get(api, f"/{promise}", "US")
    assert partner.status_code == 200
    for hidden in ("postage_minor", "currency", "actor", "office"):
        assert told[hidden] is not None
        assert partner.json()[hidden] is None
    assert "30000" not in partner.text
    assert "counter-kr" not in partner.text
    unknown = get(api, f"/{number()}", "JP")
    for name in (item, promise):
        for way in (f"/{name}", f"/{name}/label"):
            assert get(api, way, "JP").status_code == 404
        for way in ("possession", "void"):
            body = {"at": "2026-10-21T10:00"} if way == "possession" else {"reason": "x"}
            assert post(api, f"{name}/{way}", body, who="JP").status_code == 404
    strange, absent = get(api, f"/{item}", "JP").json()["detail"], unknown.json()["detail"]
    assert strange.replace(item, "") == absent.replace(absent[:13], "")
    for who, sees in (("KR", True), ("US", True), ("JP", False)):
        rows = get(api, "?limit=500", who).json()["items"]
        assert (promise in [row["promise_id"] for row in rows]) is sees, who
        assert all(who in (row["origin"], row["destination"]) for row in rows)


def test_a_list_goes_on_page_by_page(api: Api) -> None:
    made = [record(api, item=number(), contents="documents").json() for _ in range(5)]
    met: list[str] = []
    after = ""
    while True:
        page = get(api, f"?limit=2&origin=kr&state=held&period=2026-10&after={after}").json()
        assert len(page["items"]) <= 2
        met += [row["promise_id"] for row in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert [name for name in met if name in {one["promise_id"] for one in made}] == [
        one["promise_id"] for one in made
    ]
    assert len(met) == len(set(met))
    assert get(api, "?after=x").status_code == 422
    assert get(api, "?limit=501").status_code == 422


def test_a_label_becomes_an_item(api: Api) -> None:
    item = number()
    label = record(api, item=item, channel="label", postage_minor=None, currency="").json()
    assert (label["state"], label["binding_on"]) == ("estimated", None)
    words = get(api, f"/{item}/label", Accept="text/plain").text
    assert words.startswith("EXPECTED, NOT GUARANTEED\nSat 24 Oct 2026\n")
    got = {"at": "2026-10-23T09:00", "weight_g": 480, "postage_minor": 31000, "currency": "KRW"}
    handed_over = post(api, f"{item}/possession", got)
    assert handed_over.status_code == 200, handed_over.text
    held = handed_over.json()
    assert (held["state"], held["binding_on"]) == ("held", "2026-10-26")
    assert post(api, f"{item}/possession", got).json() == held
    partner = get(api, f"/{item}", "US").text
    assert "31000" not in partner


def test_a_label_says_the_date_and_the_conditions_in_both_languages(api: Api) -> None:
    item = record(api, item=number()).json()["item_id"]
    answer = get(api, f"/{item}/label")
    label = answer.json()
    assert label["guaranteed_on"] == "2026-10-24"
    english, korean = label["words"]["en"], label["words"]["ko"]
    assert (english["heading"], english["date"]) == ("GUARANTEED DELIVERY DATE", "Sat 24 Oct 2026")
    assert (korean["heading"], korean["date"]) == ("배달보장일", "2026년 10월 24일(토)")
    assert len(english["conditions"]) == len(korean["conditions"]) > 3
    for line in (english["heading"], english["date"], *english["lines"], *english["conditions"]):
        assert line in english["text"].splitlines()
    tag = answer.headers["etag"]
    unchanged = get(api, f"/{item}/label", If_None_Match=f'"other", W/{tag}')
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged.headers["etag"] == tag
    assert post(api, f"{item}/void", {"reason": "misread"}).json()["state"] == "voided"
    void = get(api, f"/{item}/label", If_None_Match=tag)
    assert void.status_code == 200
    assert void.json()["words"]["en"]["text"].startswith("VOID\n")
    assert "2026년 10월 24일" not in void.json()["words"]["ko"]["text"].split("접수")[0]


def test_what_was_told_binds_once_the_item_has_left(api: Api, tmp_path: Path) -> None:
    item = record(api, item=number()).json()["item_id"]
    mail = interchange(("EMC", "202610221800", "KRSELB"), item=item, reference="9901")
    take_in_files(api.workspace, tmp_path / "mail", {"left.edi": mail})
    late = post(api, f"{item}/void", {"reason": "misread"})
    assert late.status_code == 409
    assert "the date told binds" in late.json()["detail"]


def test_a_counter_promises_while_somebody_writes(api: Api) -> None:
    with open_workspace(api.workspace, write=True):
        made: list[httpx.Response] = []
        thread = threading.Thread(target=lambda: made.append(record(api, item=number())))
        thread.start()
        thread.join(5)
    assert made
    assert made[0].status_code == 201


ODD = st.one_of(
    st.text(max_size=40), st.sampled_from(["", "KR", "KR:", "\x00", "\ud800", "label", "x" * 300]),
    st.integers(), st.floats(), st.none(), st.lists(st.integers(), max_size=2),
)  # fmt: skip
NAMES = (*ACCEPTED, "item", "told_on", "channel", "contents", "value_sdr", "other")


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.sampled_from(NAMES), ODD, min_size=1, max_size=3))
def test_nonsense_is_refused_in_words(api: Api, odd: dict[str, Any]) -> None:
    content = json.dumps(ACCEPTED | odd).encode()
    headers = api.as_(Role.COUNTER, "KR") | {"Content-Type": "application/json"}
    answer = api.client.post("/v1/promises", content=content, headers=headers)
    assert answer.status_code in (201, 403, 409, 422), answer.text


@pytest.mark.parametrize("name", ["x", "EE000000006KR", "%00", "a%2Fb", "%ED%A0%80", "é" * 60])
def test_names_of_nothing_are_no_failure(api: Api, name: str) -> None:
    for answer in (
        get(api, f"/{name}"), get(api, f"/{name}/label"),
        post(api, f"{name}/void", {"reason": "x\x00"}),
        post(api, f"{name}/possession", {"at": "yesterday"}),
    ):  # fmt: skip
        assert answer.status_code in (404, 405, 422), answer.text
