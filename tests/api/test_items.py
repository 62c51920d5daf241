"""Items through the API: what the commands tell, to the two posts of each, and to nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest
from api_door import Api, api_over
from command_line import say
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from month_of_mail import CLOCK
from small_workspaces import (
    ACCEPTED,
    ITEM,
    OTHER_ITEM,
    acceptance_file,
    interchange,
    small_workspace,
    take_in_files,
)

from datecertain.access import Role
from datecertain.operations.clock import FixedClock
from datecertain.operations.judging import judge_period
from datecertain.operations.workspaces import open_workspace

#: Accepted for New York in October and, a year's number early, for Tokyo in December.
AGAIN = {
    **ACCEPTED, "accepted_local": "2026-12-02T10:00", "destination": "JP",
    "destination_postcode": "1000001", "date_told": "2026-12-04", "postage_minor": "22222",
}  # fmt: skip
#: Of this one nothing but a scan is known, told to Japan.
SCANNED = "EE000000028KR"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A number with two acceptances, the first judged twice; and an item without a record."""
    folder = tmp_path_factory.mktemp("items")
    workspace = small_workspace(folder / "w")
    out, late = ("EMC", "202610222000", "KRSELB"), ("EMI", "202610281200", "USJFKA")
    take_in_files(workspace, folder / "mail", {
        "acc.csv": acceptance_file(ACCEPTED, AGAIN),
        "out.edi": interchange(out),
        "alone.edi": interchange(("EMC", "202610222000", "KRSELB"), item=SCANNED, reference="7",
                                 recipient="JPA"),
    })  # fmt: skip
    with open_workspace(workspace, write=True) as opened:
        judge_period(opened, "2026-10", CLOCK.now() - 20 * 1440, FixedClock(CLOCK.now()))
    mail = interchange(late, sender="USA", recipient="KRA", reference="3", prepared="202610282330")
    take_in_files(workspace, folder / "more", {"late.edi": mail})
    with open_workspace(workspace, write=True) as opened:
        judge_period(opened, "2026-10", CLOCK.now(), FixedClock(CLOCK.now()))
    yield from api_over(workspace)


def get(
    api: Api, way: str, post: str = "KR", accept: str = "*/*", **headers: str
) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    role = Role.QUALITY if not post else Role.CARE
    headers_ = api.as_(role, post) | {"Accept": accept} | named
    return api.client.get(f"/v1/items/{way}", headers=headers_)


def test_the_origin_reads_what_the_command_tells(api: Api) -> None:
    told = get(api, f"{ITEM}?at=2026-10-23T00:00Z").json()
    command = say("item", ITEM, "-w", api.workspace, "--at", "2026-10-23T00:00Z", "--json")
    assert told == command.json
    assert len(told["episodes"]) == 2
    plain = get(api, f"{ITEM}/timeline?lang=ko", accept="text/plain").text
    assert plain.rstrip("\n") in say("item", ITEM, "-w", api.workspace, "--lang", "ko").out
    without_live = {name: value for name, value in told.items() if name != "live"}
    assert get(api, f"{ITEM}/timeline").json() == without_live


def test_each_partner_sees_its_own_acceptance_of_a_number_used_again(api: Api) -> None:
    for post, days in (("US", ["2026-10-21"]), ("JP", ["2026-12-02"])):
        answer = get(api, ITEM, post)
        episodes = answer.json()["episodes"]
        assert [one["accepted"]["accepted_local"][:10] for one in episodes] == days
        assert "30000" not in answer.text
        assert "22222" not in answer.text
        told = get(api, f"{ITEM}/verdict", post).json()
        assert (told["accepted"]["local"][:10], told["other_acceptances"]) == (days[0], [])
    assert get(api, f"{ITEM}/verdict?accepted=2026-12-02", "US").status_code == 404
    assert get(api, f"{ITEM}/verdict?accepted=2026-10-21", "JP").status_code == 404
    assert get(api, f"{ITEM}/verdict").json()["other_acceptances"] == ["2026-10-21"]
    assert get(api, f"{ITEM}/verdicts", "JP").json() == []


def test_scans_without_a_record_are_seen_by_whom_they_were_told(api: Api) -> None:
    for post in ("KR", "JP"):
        (episode,) = get(api, SCANNED, post).json()["episodes"]
        assert [scan["code"] for scan in episode["scans"]] == ["EMC"]
    assert get(api, SCANNED, "US").status_code == 404


@pytest.mark.parametrize("way", ["", "/timeline", "/verdict", "/explanation", "/verdicts"])
def test_nobody_else_knows_of_an_item(api: Api, way: str) -> None:
    number = SCANNED if way in ("", "/timeline") else ITEM
    for post in ("US", "") if number == SCANNED else ("",):
        hidden = get(api, number + way, post)
        absent = get(api, OTHER_ITEM + way, post)
        assert (hidden.status_code, absent.status_code) == (404, 404)
        assert hidden.json()["detail"].replace(number, OTHER_ITEM) == absent.json()["detail"]


def test_a_verdict_is_what_the_command_explains(api: Api) -> None:
    when = f"{ITEM}/verdict?accepted=2026-10-21"
    words = ["explain", ITEM, "--accepted", "2026-10-21", "-w", api.workspace]
    posts, sender = get(api, when, "US").json(), get(api, f"{when}&towards=sender").json()
    assert posts["outcome"] == "late_liable"
    assert sum(share["share"] for share in posts["liability"]) == 1
    assert get(api, when).json() == say(*words, "--json").json
    assert sender == say(*words, "--sender", "--json").json
    text = get(api, f"{ITEM}/explanation?accepted=2026-10-21&lang=ko").text
    assert text == say(*words, "--lang", "ko").out


def test_why_comes_in_the_form_that_is_wanted(api: Api) -> None:
    way = f"{ITEM}/explanation?accepted=2026-10-21"
    for accept, begin in (
        ("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "<!"), ("image/svg+xml", "<?xml"),
        ("text/html;q=0.1,text/*;q=0.5", "EE"),
    ):  # fmt: skip
        answer = get(api, way, accept=accept)
        assert answer.text.lstrip().startswith(begin), answer.text[:40]
        policy = answer.headers.get("content-security-policy", "sandbox" if begin == "EE" else "")
        assert policy.endswith("sandbox")
    assert get(api, way, accept="application/pdf").status_code == 406
    tag = get(api, way).headers["etag"]
    assert get(api, way, If_None_Match=tag).status_code == 304
    assert get(api, way, "US", If_None_Match=tag).status_code == 200  # not told of the other one
    assert get(api, way, accept="text/html", If_None_Match=tag).status_code == 200


def test_every_verdict_that_was_given_is_told(api: Api) -> None:
    for post in ("KR", "US"):
        first, second = get(api, f"{ITEM}/verdicts", post).json()
        assert (first["outcome"], first["stands"]) == ("pending", False)
        assert (second["outcome"], second["stands"]) == ("late_liable", True)


ODD = st.one_of(
    st.text(max_size=30), st.sampled_from([ITEM, "EE000000006KR", "2026-13-01", "\x00", "x" * 50])
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(ODD, st.dictionaries(st.sampled_from(["at", "as_of", "accepted", "towards", "lang"]), ODD),
       st.sampled_from(["", "/timeline", "/verdict", "/explanation", "/verdicts"]))  # fmt: skip
def test_nonsense_is_refused_in_words(
    api: Api, number: str, asked: dict[str, str], way: str
) -> None:
    named = quote(number.encode("utf-8", "surrogatepass"), safe="")
    answer = api.client.get(
        f"/v1/items/{named}{way}", params=asked, headers=api.as_(Role.CARE, "KR")
    )
    assert answer.status_code in (200, 404, 405, 422), answer.text
