"""Force majeure cases through the API: one post declares, the others and the group have a word."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from api_door import Api, api_over
from claim_workspaces import PERIOD, at, claims_workspace
from hypothesis import given, settings
from hypothesis import strategies as st
from nonsense import ODD, PATHS, demand_refused

from datecertain.access import Role


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Two items from Korea to the United States; one was delivered two days late."""
    folder = claims_workspace(tmp_path_factory.mktemp("cases") / "w", "refund_mode,automatic")
    yield from api_over(folder, at("2026-11-05T00:00Z"))


@pytest.fixture(scope="module")
def fog(api: Api) -> str:
    """Fog in New York while the late item waited for its delivery."""
    made = {"case_id": "FOG-1", "from_utc": "2026-10-23T00:00Z", "to_utc": "2026-10-29T00:00Z",
            "text_en": "Airport closed by fog", "office": "USJFKA"}  # fmt: skip
    told = api.post("/v1/cases", Role.QUALITY, "US", json=made)
    assert (told.status_code, told.json()["post"]) == (201, "US")
    assert api.post("/v1/cases", Role.QUALITY, "US", json=made).status_code == 422  # it is there
    return "/v1/cases/US/FOG-1"


def test_a_case_is_notified_to_the_whole_group(api: Api, fog: str) -> None:
    assert api.seen(fog) == dict.fromkeys(("KR", "US", "JP", ""), 200)
    assert [one["case_id"] for one in api.get("/v1/cases", Role.QUALITY, "JP").json()["items"]] == [
        "FOG-1"
    ]


def test_a_preview_counts_what_is_seen(api: Api, fog: str) -> None:
    way = f"{fog}/preview?period={PERIOD}&supposed=accepted"
    told = {post: api.get(way, Role.QUALITY, post).json() for post in ("KR", "US", "JP", "")}
    assert [told[post]["items"] for post in told] == [2, 2, 0, 0]
    assert told["KR"]["before"] == told["US"]["before"] != []
    assert told["JP"]["before"] == told[""]["before"] == []


def test_who_says_what(api: Api, fog: str) -> None:
    def do(post: str, act: str, **made: object) -> int:
        return api.post(f"{fog}/{act}", Role.QUALITY, post, json=made).status_code

    assert [do("KR", "notices", text_en="no fog"), do("", "closing", at="2026-10-29T00:00Z")] == [
        403, 403,
    ]  # fmt: skip
    assert do("KR", "words", word="contest") == 422  # without a reason
    assert do("KR", "words", word="contest", reason="it was clear") == 200
    assert do("", "words", word="accept") == 200
    told = api.get(fog, Role.QUALITY, "JP").json()
    assert told["words"]["*"] == "accept"
    assert ("KR", "quality-kr") in [(one["by"], one["actor"]) for one in told["transitions"]]
    assert do("US", "notices", to_utc="2026-11-30T00:00Z") == 200
    assert do("US", "closing", at="2026-10-29T00:00Z") == 200
    made = {"case_id": "X", "from_utc": "2026-10-23T00:00Z", "text_en": "x"}
    assert api.post("/v1/cases", Role.QUALITY, "", json=made).status_code == 403


FIELDS = ["case_id", "from_utc", "to_utc", "text_en", "kind", "area", "standard", "value_from_sdr",
          "published_utc", "post"]  # fmt: skip


@settings(max_examples=8, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), ODD), PATHS)
def test_nonsense_is_refused_in_words(api: Api, body: dict[str, object], path: str) -> None:
    usual = {"case_id": "Y", "from_utc": "2026-10-23T00:00Z", "text_en": "x", "post": "KR"}
    demand_refused([
        api.post("/v1/cases", Role.QUALITY, "US", json=usual | body | {"post": "KR"}),
        api.get(f"/v1/cases/US/{path}", Role.QUALITY, "US"),
        api.post(f"/v1/cases/US/{path}/words", Role.QUALITY, "KR", json={"word": "accept"}),
        api.get(f"/v1/cases/US/FOG-1/preview?period={path}", Role.QUALITY, "US"),
    ])  # fmt: skip


@settings(max_examples=8, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS[1:]), ODD))
def test_nonsense_in_a_case_never_fails_the_server(api: Api, body: dict[str, object]) -> None:
    usual = {"case_id": "Y", "from_utc": "2026-10-23T00:00Z", "text_en": "x", "office": "nowhere"}
    demand_refused([api.post("/v1/cases", Role.QUALITY, "US", json=usual | body)])
