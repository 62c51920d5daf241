"""Claims, refunds and letters through the API: what each post sees and may do of KR-US items."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from api_door import OURS, Api, api_over
from claim_workspaces import LATE_ITEM, OPEN_ITEM, PERIOD, at, claims_workspace
from hypothesis import given, settings
from hypothesis import strategies as st
from nonsense import ODD, PATHS, demand_refused

from datecertain.access import Role
from datecertain.door.paging import asked, paged
from datecertain.door.problems import Problem
from datecertain.operations.claim_views import show_case
from datecertain.operations.workspaces import open_workspace

NOW = at("2026-11-05T00:00Z")


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Two items from Korea to the United States; one was delivered two days late."""
    yield from api_over(claims_workspace(tmp_path_factory.mktemp("claims") / "w"), NOW)


@pytest.fixture(scope="module")
def case(api: Api) -> str:
    """The claim on the late item, filed through the API by the care desk of Korea."""
    made = {"item_id": LATE_ITEM, "reference": "K-17"}
    answer = api.post("/v1/claims", Role.CARE, "KR", json=made, headers={"Idempotency-Key": "k1"})
    assert (answer.status_code, answer.json()["state"]) == (201, "granted")
    again = api.post("/v1/claims", Role.CARE, "KR", json=made, headers={"Idempotency-Key": "k1"})
    assert again.json() == answer.json()
    return str(answer.json()["case"])


def test_the_api_tells_a_claim_as_the_command_does(api: Api, case: str) -> None:
    with open_workspace(api.workspace) as opened:
        told = show_case(opened, case)
    assert api.get(f"/v1/claims/{LATE_ITEM}", Role.CARE, "KR").json() == told
    assert told["events"][0]["actor"] == "care-kr"


def test_a_claim_is_seen_by_its_two_posts_alone(api: Api, case: str) -> None:
    assert api.seen(f"/v1/claims/{case}") == api.seen(f"/v1/claims/{LATE_ITEM}") == OURS
    there = api.get(f"/v1/claims/{case}", Role.AUDITOR, "JP").json()["detail"]
    nowhere = api.get("/v1/claims/c-000000000000", Role.AUDITOR, "JP").json()["detail"]
    assert there.replace(case, "") == nowhere.replace("c-000000000000", "")


@pytest.mark.parametrize(
    ("path", "part"),
    [("/v1/claims", "items"), (f"/v1/claims/waiting?period={PERIOD}", "items"),
     (f"/v1/refunds/{PERIOD}", "refunds"), (f"/v1/refunds/{PERIOD}/forecast", "lanes")],
)  # fmt: skip
def test_lists_hold_what_a_post_may_see(api: Api, case: str, path: str, part: str) -> None:
    held = {
        post: len(api.get(path, Role.AUDITOR, post).json()[part])
        for post in ("KR", "US", "JP", "")
    }  # fmt: skip
    assert held == {"KR": 1, "US": 1, "JP": 0, "": 0}


def test_only_the_origin_files_and_only_its_own_items(api: Api, case: str) -> None:
    statuses = {
        post: api.post("/v1/claims", Role.CARE, post, json={"item_id": OPEN_ITEM}).status_code
        for post in ("US", "JP")
    }
    assert statuses == {"US": 404, "JP": 404}
    rows = f"item_id\n{OPEN_ITEM}\n".encode()
    for post in ("US", "JP"):
        told = api.post("/v1/claims/bulk", Role.CARE, post, content=rows).json()
        assert (told["filed"], [bad["reason"] for bad in told["bad"]]) == ([], ["unknown_item"])


def test_good_rows_of_a_file_are_done_and_bad_rows_listed(api: Api, case: str) -> None:
    rows = f"item_id,reference\n{LATE_ITEM},K-17\nEE000000028KR,\nnonsense,\n".encode()
    told = api.post("/v1/claims/bulk", Role.CARE, "KR", content=rows).json()
    assert [(row["case_id"], row["again"]) for row in told["filed"]] == [(case, True)]
    assert [bad["reason"] for bad in told["bad"]] == ["unknown_item", "unreadable"]
    wrong = api.post("/v1/claims/bulk", Role.CARE, "KR", content=b"\xff\x00,\x00\n\n")
    assert wrong.status_code == 422
    assert "/" not in wrong.json()["detail"]


def test_who_decides_what(api: Api, case: str) -> None:
    def decide(post: str, what: str) -> int:
        made = {"decision": what, "reason": "so"}
        return api.post(f"/v1/claims/{case}/decision", Role.CARE, post, json=made).status_code

    assert [decide("JP", "paid"), decide("US", "paid"), decide("KR", "confirm")] == [404, 403, 403]
    assert decide("KR", "paid") == 200
    assert decide("KR", "paid") == 422  # it was paid already
    said = {"reason": "it came on the 9th"}
    assert api.post(f"/v1/claims/{case}/appeal", Role.CARE, "US", json=said).status_code == 403
    assert api.post(f"/v1/claims/{case}/appeal", Role.CARE, "KR", json=said).status_code == 422


def test_a_run_of_refunds_is_of_ones_own_items(api: Api) -> None:
    def run(post: str, **more: object) -> dict[str, int]:
        way = f"/v1/refunds/{PERIOD}/runs"
        return dict(api.post(way, Role.SETTLEMENT, post, json=more).json())

    assert (run("KR", dry_run=True)["told"], run("US", dry_run=True)["told"]) == (
        {"waiting": 1},
        {},
    )
    assert run("US")["told"] == {}
    assert (run("KR")["told"], run("KR")["already_done"]) == ({"waiting": 1}, True)


def test_letters_in_every_form(api: Api, case: str) -> None:
    def letter(post: str, accept: str, lang: str = "en") -> tuple[int, str, bytes]:
        headers = api.as_(Role.CARE, post) | {"Accept": accept}
        way = f"/v1/letters/senders/{LATE_ITEM}?lang={lang}"
        answer = api.client.get(way, headers=headers)
        return answer.status_code, answer.headers["content-type"].partition(";")[0], answer.content

    assert letter("KR", "text/plain")[:2] == (200, "text/plain")
    assert letter("KR", "image/*;q=1, text/html;q=0.5")[1] == "text/html"
    assert "우정사업본부" in letter("KR", "*/*", "ko")[2].decode()
    assert letter("KR", "application/pdf")[2][:5] == b"%PDF-"
    assert letter("KR", "image/png")[0] == 406
    assert letter("KR", "*/*", "tlh")[0] == 422
    assert (letter("US", "*/*")[0], letter("JP", "*/*")[0]) == (403, 404)


def test_the_same_key_with_another_request_is_refused(api: Api, case: str) -> None:
    other = {"item_id": OPEN_ITEM, "reference": "K-18"}
    answer = api.post("/v1/claims", Role.CARE, "KR", json=other, headers={"Idempotency-Key": "k1"})
    assert (answer.status_code, answer.json()["type"]) == (
        422, "urn:datecertain:problem:idempotency-key-reused",
    )  # fmt: skip


FIELDS = ["item_id", "claimant", "received", "remedy", "currency", "asks", "waived", "reference",
          "accepted_on", "strange"]  # fmt: skip


@settings(max_examples=8, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), ODD), PATHS)
def test_nonsense_is_refused_in_words(api: Api, body: dict[str, object], path: str) -> None:
    answers = [
        api.post("/v1/claims", Role.CARE, "KR", json=body),
        api.get(f"/v1/claims/{path}", Role.CARE, "KR"),
        api.get(f"/v1/claims?after={path}&state={path}", Role.CARE, "KR"),
        api.get(f"/v1/claims/waiting?period={path}", Role.CARE, "KR"),
        api.get(f"/v1/refunds/{path}", Role.SETTLEMENT, "KR"),
        api.get(f"/v1/letters/senders/{path}", Role.CARE, "KR"),
    ]
    demand_refused(answers)


@given(st.lists(st.tuples(st.integers(), st.text()), unique=True), st.integers(1, 5))
def test_pages_together_are_the_list(rows: list[tuple[int, str]], limit: int) -> None:
    told, after = list[tuple[int, str]](), None
    while True:
        page = paged(rows, lambda row: row, asked(after, limit))
        told += page["items"]
        after = page["next"]
        if after is None:
            break
    assert told == sorted(rows)


@pytest.mark.parametrize("text", ["", "x", "W10", "W251bGxd", "e30", "WzEuNV0", "\x00", "é" * 9])
def test_a_cursor_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Problem, match="cursor"):
        asked(text, 1)
