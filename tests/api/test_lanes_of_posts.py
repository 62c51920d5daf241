"""Lanes and rule books through the API: what two posts agree is theirs alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from api_door import Api, api_over
from hypothesis import given, settings
from hypothesis import strategies as st
from nonsense import ODD, PATHS, demand_refused

from datecertain.access import Role
from datecertain.moments import parse_utc
from datecertain.operations.clock import FixedClock
from datecertain.operations.workspaces import make_workspace
from worlds import texts

EARLY = FixedClock(parse_utc("2026-11-01T00:00Z"))
LANES = """
    origin,destination,event,on,note_en,note_ko,source
    *,*,opened,2005-05-16,,,test
    US,JP,suspended,2020-02-10,Test suspension,시험 중지,test
"""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The small world; US to Japan is suspended."""
    folder: Path = tmp_path_factory.mktemp("lanes")
    (folder / "network").mkdir()
    for name, text in texts({"lanes.csv": LANES}).items():
        (folder / "network" / name).write_text(text, encoding="utf-8")
    make_workspace(folder / "w", EARLY, folder / "network")
    yield from api_over(folder / "w", EARLY)


def test_a_lane_opens_by_two_signatures_that_no_third_sees(api: Api) -> None:
    made = {"lane": "US-JP", "first": "2026-11-10"}
    assert api.post("/v1/lanes/proposals", Role.NETWORK, "KR", json=made).status_code == 404
    key = {"Idempotency-Key": "a"}
    told = api.post("/v1/lanes/proposals", Role.NETWORK, "JP", json=made, headers=key)
    again = api.post("/v1/lanes/proposals", Role.NETWORK, "JP", json=made, headers=key)
    assert (told.status_code, again.json()) == (201, told.json())
    assert (told.json()["actor"], told.json()["number"]) == ("network-jp", 1)
    way = "/v1/lanes/proposals/1"
    seen = {"KR": 404, "US": 200, "JP": 200, "": 404}
    assert api.seen(way) == seen
    held = {
        post: len(api.get("/v1/lanes", Role.AUDITOR, post).json()["proposals"]) for post in seen
    }
    assert held == {"KR": 0, "US": 1, "JP": 1, "": 0}
    digest = {"digest": told.json()["sha256"]}

    def sign(post: str) -> tuple[int, str]:
        answer = api.post(f"{way}/signature", Role.NETWORK, post, json=digest)
        return answer.status_code, answer.json().get("state", "")

    assert sign("KR") == (404, "")
    assert sign("US") == (200, "signed_by_one")
    assert sign("JP") == (200, "agreed")
    assert api.post(f"{way}/withdrawal", Role.NETWORK, "KR", json={}).status_code == 404
    assert api.post(f"{way}/withdrawal", Role.NETWORK, "US", json={}).status_code == 422
    why = {"reason": "airport closed"}
    assert api.post("/v1/lanes/US-JP/closing", Role.NETWORK, "KR", json=why).status_code == 404
    closed = api.post("/v1/lanes/US-JP/closing", Role.NETWORK, "US", json=why)
    assert (closed.status_code, closed.json()["act"]) == (200, "closed")
    assert len(api.get("/v1/lanes", Role.AUDITOR, "JP").json()["closures"]) == 1
    assert api.get("/v1/lanes", Role.AUDITOR, "KR").json() == {"proposals": [], "closures": []}


def test_a_rule_book_is_of_its_two_posts(api: Api) -> None:
    assert api.seen("/v1/rulebooks/KR-US") == {"KR": 200, "US": 200, "JP": 404, "": 404}
    assert api.get("/v1/rulebooks/KR-US", Role.CENTRAL_OFFICE).status_code == 404
    assert api.get("/v1/rulebooks/KR-US", Role.CARE, "KR").json()["pair"] == "KR-US"
    forms = {}
    for accept in ("text/plain", "text/html", "application/pdf"):
        headers = api.as_(Role.CARE, "KR") | {"Accept": accept}
        answer = api.client.get("/v1/rulebooks/KR-US?lang=ko", headers=headers)
        forms[answer.headers["content-type"].partition(";")[0]] = len(answer.content) > 500
    assert forms == {"text/plain": True, "text/html": True, "application/pdf": True}


FIELDS = ["lane", "first", "standard", "refunds", "product", "digest"]


@settings(max_examples=8, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), ODD), PATHS)
def test_nonsense_is_refused_in_words(api: Api, body: dict[str, object], path: str) -> None:
    usual = {"lane": "US-JP", "first": "2026-11-10", "standard": "D+x"}
    demand_refused([
        api.post("/v1/lanes/proposals", Role.NETWORK, "US", json=usual | body),
        api.post("/v1/lanes/proposals/1/signature", Role.NETWORK, "US", json=body),
        api.get(f"/v1/lanes/proposals/{path}", Role.NETWORK, "US"),
        api.get(f"/v1/lanes/proposals/{10**30}", Role.NETWORK, "US"),
        api.post(f"/v1/lanes/{path}/closing", Role.NETWORK, "US", json={"reason": "x"}),
        api.get(f"/v1/rulebooks/{path}", Role.CARE, "KR"),
        api.get(f"/v1/rulebooks/KR-US?on={path}", Role.CARE, "KR"),
    ])  # fmt: skip
