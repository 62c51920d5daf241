"""Statements, books, netting and tariffs through the API: what is between KR and JP stays there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from api_door import Api, api_over
from hypothesis import given, settings
from hypothesis import strategies as st
from month_of_mail import CLOCK, PERIOD, Month
from nonsense import ODD, PATHS, demand_refused
from workspace_copies import copied

from datecertain.access import Role, keeper
from datecertain.operations.closing import finalise
from datecertain.operations.statements import find_statement, list_statements
from datecertain.operations.telling_statements import statement_as_json
from datecertain.operations.workspaces import open_workspace

WAY = f"/v1/statements/{PERIOD}/JP-KR"
#: Of what is between KR and JP: who sees it, and who is told that it is not there.
OURS = {"KR": 200, "US": 404, "JP": 200, "": 404}


@pytest.fixture(scope="module")
def api(month: Month, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A settled month of the ten posts."""
    folder = copied(month.settled, tmp_path_factory.mktemp("settled") / "w")
    yield from api_over(folder, CLOCK)


def test_a_statement_is_told_as_the_command_does_and_to_its_posts_alone(api: Api) -> None:
    with open_workspace(api.workspace) as opened:
        found = find_statement(opened, PERIOD, ("JP", "KR"))
    assert api.get(WAY, Role.SETTLEMENT, "KR").json() == json.loads(
        json.dumps(statement_as_json(found, keeper()))
    )
    for way in (WAY, f"{WAY}/text", f"{WAY}/lines/1/items", f"{WAY}/paper.csv"):
        assert api.seen(way) == OURS, way
    frozen = api.get(f"{WAY}/text", Role.SETTLEMENT, "JP").content
    assert hashlib.sha256(frozen).hexdigest() == found.statement.sha256


def test_lists_hold_the_posts_own_pairs(api: Api) -> None:
    with open_workspace(api.workspace) as opened:
        pairs = [list(one.pair) for one in list_statements(opened, PERIOD)]
    for post in ("KR", "JP", "US", ""):
        told, after = [], ""
        while after is not None:
            more = f"&after={after}" if after else ""
            page = api.get(f"/v1/statements?limit=4{more}", Role.AUDITOR, post).json()
            told += [one["pair"] for one in page["items"]]
            after = page["next"]
        assert told == [pair for pair in pairs if post in pair]


def test_the_items_behind_a_line_sum_to_it(api: Api) -> None:
    line = api.get(WAY, Role.SETTLEMENT, "KR").json()["lines"][0]
    told: list[dict[str, Any]] = []
    after = ""
    while after is not None:
        more = f"&after={after}" if after else ""
        page = api.get(f"{WAY}/lines/1/items?limit=1{more}", Role.SETTLEMENT, "KR").json()
        told += page["items"]
        after = page["next"]
    assert (len(told), sum(one["amount_usdr"] for one in told)) == (
        line["items"], line["amount_usdr"],
    )  # fmt: skip


def test_who_has_it_already_is_answered_so(api: Api) -> None:
    for way in (WAY, f"{WAY}/text", f"{WAY}/paper.html"):
        tag = api.get(way, Role.SETTLEMENT, "KR").headers["etag"]
        known = api.as_(Role.SETTLEMENT, "KR") | {"If-None-Match": f'"other", {tag}'}
        answer = api.client.get(way, headers=known)
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)


def test_papers_in_every_form(api: Api) -> None:
    begins = {"html": b"<!DOCTYPE html>", "pdf": b"%PDF-", "xlsx": b"PK", "csv": b"line,"}
    for ending, begin in begins.items():
        answer = api.get(f"{WAY}/paper.{ending}?lang=ko", Role.SETTLEMENT, "KR")
        assert answer.content[:40].lower().startswith(begin.lower()), (ending, answer.content[:40])
    assert api.get(f"{WAY}/paper.exe", Role.SETTLEMENT, "KR").status_code == 404


def test_contested_answered_accepted_and_netted(api: Api) -> None:
    def do(post: str, act: str, role: Role = Role.SETTLEMENT, **made: object) -> int:
        return api.post(f"{WAY}/{act}", role, post, json=made).status_code

    assert do("US", "disputes", line=1, reason="ours") == 404
    assert do("JP", "disputes", line=1, reason=" ") == 422
    assert do("JP", "disputes", Role.QUALITY, line=1, reason="our scan") == 200
    assert do("JP", "disputes/answer", line=1, concede=False, reason="x") == 422  # its own
    assert do("KR", "disputes/answer", line=1, concede=False, reason="ours too") == 200
    assert do("KR", "acceptance") == 422  # a body is wanted
    assert api.post(f"{WAY}/acceptance", Role.SETTLEMENT, "KR", json={}).status_code == 422
    with open_workspace(api.workspace, write=True) as opened:
        finalise(opened, PERIOD, "agreed", CLOCK)
    assert do("US", "acceptance", in_part=True) == 404
    assert do("KR", "acceptance", in_part=True) == do("JP", "acceptance", in_part=True) == 200
    told = api.get(WAY, Role.AUDITOR, "KR").json()
    assert (told["state"], told["accepted_by"]) == ("accepted_in_part", ["KR", "JP"])
    hands = [(one["by"], one["act"], one["account"]) for one in told["said"]]
    assert hands == [  # one's own post is told whose hand it was, the other post is not
        ("JP", "disputed", None), ("KR", "maintained", "settlement-kr"), ("", "finalised", None),
        ("KR", "accepted", "settlement-kr"), ("JP", "accepted", None),
    ]  # fmt: skip
    theirs = {one["account"] for one in api.get(WAY, Role.AUDITOR, "JP").json()["said"]}
    assert theirs == {None, "quality-jp", "settlement-jp"}

    tried = api.post("/v1/netting/rounds", Role.CENTRAL_OFFICE, "", json={"dry_run": True}).json()
    done = api.post("/v1/netting/rounds", Role.CENTRAL_OFFICE, "", json={}).json()
    assert (tried["number"], done["number"], done["statements"]) == (0, 1, 1)
    assert "dues" not in done
    shown = api.get("/v1/netting/rounds", Role.CENTRAL_OFFICE).json()["items"]
    assert shown == [done]
    own = {
        post: api.get("/v1/netting/own", Role.AUDITOR, post).json()["items"]
        for post in ("KR", "JP", "US", "")
    }
    assert own["US"] == own[""] == []
    net = told["net_usdr"] - sum(
        line["amount_usdr"] * (1 if line["creditor"] == "JP" else -1)
        for line in told["lines"] if line["line"] == 1
    )  # fmt: skip
    positions = {post: own[post][0]["position_usdr"] for post in told["pair"]}
    assert positions == {"JP": net, "KR": -net}
    assert [due["amount_usdr"] for due in own["KR"][0]["dues"]] == [net]


def test_books_are_a_posts_own(api: Api) -> None:
    for post in ("KR", "JP", "US"):
        rows = api.get("/v1/balances", Role.SETTLEMENT, post).json()["rows"]
        assert {row["owner"] for row in rows} == {post}
        with_jp = api.get("/v1/balances?partner=JP", Role.SETTLEMENT, post).json()["rows"]
        assert {row["counterparty"] for row in with_jp} <= {"JP"}
    assert api.get("/v1/balances", Role.AUDITOR, "").json()["rows"] == []


def test_gaps_are_of_ones_own_items(api: Api) -> None:
    way = f"/v1/reconciliation/{PERIOD}"
    told = {
        post: api.get(way, Role.AUDITOR, post).json()["gaps"] for post in ("KR", "HK", "US", "JP")
    }
    for post, gaps in told.items():
        assert all(post in (gap["origin"], gap["destination"]) for gap in gaps)
    assert api.get(way, Role.AUDITOR, "").status_code == 404
    others = [gap for gap in told["HK"] if "KR" not in (gap["origin"], gap["destination"])]
    made = {"names": [others[0]["name"]], "reason": "test items"}
    refused = api.post(f"{way}/acceptance", Role.SETTLEMENT, "KR", json=made)
    assert refused.status_code == 404
    done = api.post(f"{way}/acceptance", Role.SETTLEMENT, "HK", json=made).json()["gaps"]
    assert [gap["accepted"] for gap in done if gap["name"] == others[0]["name"]] == [
        "HK: test items"
    ]


def test_bilateral_rates_stay_bilateral(api: Api) -> None:
    for post in ("KR", "JP"):
        rules = api.get("/v1/tariffs", Role.SETTLEMENT, post).json()["rules"]
        assert rules
        assert all(post in (rule["origin"], rule["destination"]) for rule in rules)
        assert {rule["row"]["valid_to"] for rule in rules} == {None}
    assert api.get("/v1/tariffs", Role.AUDITOR, "").json()["rules"] == []
    assert api.get("/v1/tariffs?partner=JP", Role.SETTLEMENT, "KR").json()["rules"] != []
    assert api.get("/v1/tariffs?on=9999-99-99", Role.SETTLEMENT, "KR").status_code == 422


FIELDS = ["line", "item", "reason", "concede", "in_part", "names", "strange"]


@settings(max_examples=10, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), ODD, min_size=1), PATHS)
def test_nonsense_is_refused_in_words(api: Api, body: dict[str, object], path: str) -> None:
    demand_refused([
        api.get(f"/v1/statements/{PERIOD}/{path}", Role.SETTLEMENT, "KR"),
        api.get(f"/v1/statements/{path}/JP-KR", Role.SETTLEMENT, "KR"),
        api.get(f"{WAY}/lines/{path}/items", Role.SETTLEMENT, "KR"),
        api.get(f"{WAY}/lines/{10**30}/items", Role.SETTLEMENT, "KR"),
        api.get(f"{WAY}/paper.{path}", Role.SETTLEMENT, "KR"),
        api.get(f"{WAY}?version=-1", Role.SETTLEMENT, "KR"),
        api.post(f"{WAY}/disputes/answer", Role.SETTLEMENT, "KR", json=body),
        api.post(f"/v1/reconciliation/{PERIOD}/acceptance", Role.SETTLEMENT, "KR", json=body),
        api.get(f"/v1/balances?at={path}", Role.SETTLEMENT, "KR"),
        api.get(f"/v1/tariffs?on={path}", Role.SETTLEMENT, "KR"),
    ])  # fmt: skip
