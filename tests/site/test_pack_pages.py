"""Meeting packs and their register, in the pages and the API: made by the central office from what
may be published, read by every post; actions done by their own posts."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import pytest
from api_door import Api
from hypothesis import given, settings
from hypothesis import strategies as st
from month_of_mail import PERIOD
from nonsense import ODD, PATHS, demand_refused
from site_door import Pages
from test_every_page import demand_whole

from datecertain.access import Role
from datecertain.errors import UsageError

WHO = ("KR", "US", "JP", "")
DECISION = {"title_en": "Resume what is ready", "title_ko": "준비 구간 재개",
            "text_en": "With the assured standard.", "text_ko": "산출 보장일로 재개"}  # fmt: skip
ACTION = {"meeting": "2026-09-30", "due": "2026-11-15", "owner": "US", "title_en": "Scan all",
          "title_ko": "모두 스캔", "figure": "complete:US", "period": PERIOD}  # fmt: skip


@dataclass(frozen=True)
class Made:
    """A pack that was made by the form, with an action that rests on it."""

    name: str
    run: str
    action: int


@pytest.fixture(scope="module")
def made(month_pages: Pages) -> Made:
    api = month_pages.api
    key = {"Idempotency-Key": "a"}
    told = api.post("/v1/actions", Role.CENTRAL_OFFICE, "", json=ACTION, headers=key)
    assert told.status_code == 201, told.text
    assert api.post("/v1/actions", Role.CENTRAL_OFFICE, "", json=ACTION, headers=key).json() == (
        told.json()
    )
    office = month_pages.as_(Role.CENTRAL_OFFICE)
    page = office.look("/packs?lang=en")
    demand_whole("/packs", page)
    asked = {"period": PERIOD, "to": "", **{f"{one}_1": text for one, text in DECISION.items()}}
    lacking = office.send(page, "/packs/runs", **asked | {"title_ko_1": ""})
    assert (lacking.answer.status_code, "both in English" in lacking.text) == (422, True)
    assert DECISION["text_ko"] in lacking.text  # what was typed is kept
    more = office.send(page, "/packs/runs", **asked, act="more")
    assert 'name="title_en_2"' in more.text
    begun = office.send(page, "/packs/runs", **asked)
    run = begun.answer.url.path
    done = office.ended(run)
    demand_whole(run, done)
    (path,) = [one for one in done.links if re.match(r"/packs/2", one)]
    return Made(path.rpartition("/")[2], run.rpartition("/")[2], told.json()["action"])


def test_every_post_reads_the_same_pack(month_pages: Pages, made: Made) -> None:
    api, way = month_pages.api, f"/v1/packs/{made.name}"
    told = api.get(way, Role.QUALITY, "KR").json()
    assert (told["by"], told["published"], told["months"]) == (
        "central_office-group-person", True, [PERIOD],
    )  # fmt: skip
    names = {one["name"] for one in told["files"]}
    assert names == {
        "pack.json",
        *(
            f"meeting-pack.{language}.{kind}"
            for language in ("en", "ko")
            for kind in ("html", "pdf")
        ),
    }
    for post in WHO:
        assert api.get(way, Role.AUDITOR, post).json() == told
        assert [
            one["name"] for one in api.get("/v1/packs", Role.QUALITY, post).json()["items"]
        ] == [made.name]
    for name, begins in (("meeting-pack.ko.pdf", b"%PDF-"), ("pack.json", b"{")):
        answer = api.get(f"{way}/files/{name}", Role.QUALITY, "JP")
        assert answer.content.startswith(begins)
        headers = api.as_(Role.QUALITY, "US") | {"If-None-Match": answer.headers["etag"]}
        again = api.client.get(f"{way}/files/{name}", headers=headers)
        assert (again.status_code, again.content) == (304, b"")
    headers = api.as_(Role.QUALITY, "US") | {"If-None-Match": f'"{told["digest"]}"'}
    assert api.client.get(way, headers=headers).status_code == 304
    assert api.get(f"{way}/files/manifest.json", Role.QUALITY, "KR").status_code == 404


def test_only_the_central_office_makes_one_and_a_key_once(month_pages: Pages, made: Made) -> None:
    api, office = month_pages.api, month_pages.as_(Role.CENTRAL_OFFICE)
    told = api.get(f"/v1/packs/runs/{made.run}", Role.CENTRAL_OFFICE).json()
    assert (told["result"]["name"], told["result"]["new"]) == (made.name, True)
    assert api.get(f"/v1/packs/runs/{made.run}", Role.QUALITY, "KR").status_code == 403
    body, key = {"period": "2020-01", "decisions": [DECISION]}, {"Idempotency-Key": "once"}
    assert api.post("/v1/packs/runs", Role.QUALITY, "KR", json=body).status_code == 403
    runs = [api.post("/v1/packs/runs", Role.CENTRAL_OFFICE, "", json=one, headers=key)
            for one in (body, body, body | {"period": "2020-02"})]  # fmt: skip
    assert [one.status_code for one in runs] == [202, 202, 422]
    assert runs[0].json()["run_id"] == runs[1].json()["run_id"]
    path = f"/packs/runs/{runs[0].json()['run_id']}"
    assert "was judged here" in office.ended(path).text
    assert month_pages.as_(Role.QUALITY, "KR").look(path).answer.status_code == 403
    assert "/plans/runs/" not in office.look("/plans").text  # it is no plan


def test_why_a_pack_was_not_made_is_told_in_korean(
    month_pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise UsageError("told in English alone")

    monkeypatch.setattr("datecertain.web.pack.keep_published_pack", fail)
    office = month_pages.as_(Role.CENTRAL_OFFICE)
    begun = office.send(office.look("/packs?lang=ko"), "/packs/runs", period=PERIOD, to="")
    path = begun.answer.url.path
    done = office.ended(path)
    demand_whole(path, done)
    assert "자료를 작성하지 못했습니다." in done.text
    assert '<span lang="en">told in English alone</span>' in done.text


def test_a_pack_is_read_in_the_frame_and_its_figures_lead_on(
    month_pages: Pages, made: Made
) -> None:
    office = month_pages.as_(Role.CENTRAL_OFFICE)
    page = office.look(f"/packs/{made.name}?lang=en")
    demand_whole(made.name, page)
    assert "As the group publishes it" in page.text
    assert DECISION["title_en"] in page.text
    assert "Actions that rest on this pack" in page.text
    told = page.text.split("<main")[1]
    for path in ("report-cards", "data-quality", "volumes", "resume", "netting", "actions"):
        assert f'href="/{path}' in told
    for link in {one for one in page.links if one.startswith(("/report", "/net", "/actions"))}:
        assert office.look(link).answer.status_code == 200, link
    assert f"/packs/{made.name}/files/meeting-pack.ko.pdf" in page.files
    csv = office.look(f"/packs/{made.name}?file=by_origin.csv&lang=en").text
    plain = json.loads(office.look(f"/packs/{made.name}/files/pack.json").text)
    rows = plain["pages"][0]["tables"][1]["rows"]
    assert csv.count("\r\n") == 1 + len(rows)
    assert str(rows[0]["post"]) in csv
    korean = month_pages.as_(Role.QUALITY, "JP").look(f"/packs/{made.name}?lang=ko")
    assert "지연 발생 단계" in korean.text
    assert "/netting" not in korean.text.split("<main")[1]  # not for a quality manager
    assert month_pages.as_(Role.CARE, "KR").look("/packs").answer.status_code == 403


def test_an_action_is_done_by_its_own_post(month_pages: Pages, made: Made) -> None:
    api: Api = month_pages.api
    reader = month_pages.as_(Role.QUALITY, "US")
    page = reader.look("/actions?lang=en&state=overdue&owner=US&meeting=2026-09-30")
    demand_whole("/actions", page)
    assert "Scan all" in page.text
    assert page.text.count("events told by US") == 1
    assert "No action fits" in reader.look("/actions?state=done&owner=US&lang=en").text
    assert "Scan all" in reader.look("/actions?file=actions.csv&lang=en").text
    other = month_pages.as_(Role.QUALITY, "KR").look("/actions?lang=en")
    assert "Scan all" in other.text  # every post reads the register
    assert "/actions/done" not in other.text
    way = f"/v1/actions/{made.action}"
    assert {
        post: api.get(way, Role.QUALITY, post).json()["owner"] for post in WHO
    } == dict.fromkeys(WHO, "US")
    assert api.post(f"{way}/done", Role.QUALITY, "KR", json={}).status_code == 403
    assert api.post(f"{way}/done", Role.AUDITOR, "US", json={}).status_code == 403
    done = reader.send(page, "/actions/done", number=str(made.action), note="in force")
    assert "The action is done" in done.text
    told = api.get("/v1/actions?state=done", Role.QUALITY, "KR").json()["items"]
    assert [(one["action"], one["note"]) for one in told] == [(made.action, "in force")]


def test_a_figure_of_a_few_is_told_to_its_own_posts_alone(month_pages: Pages) -> None:
    api = month_pages.api
    cards = api.get(f"/v1/reports/cards?by=lane&first={PERIOD}&scope=own", Role.QUALITY, "KR")
    small = next(one["name"] for one in cards.json()["cards"] if one["judged"] < 10)
    body = ACTION | {"title_en": "Small", "figure": f"on_time:{small}"}
    assert api.post("/v1/actions", Role.CENTRAL_OFFICE, "", json=body).status_code == 404
    office = month_pages.as_(Role.CENTRAL_OFFICE)
    given = {"en": "Small", "ko": "작음", "figure": f"on_time:{small}"}
    refused = office.send(
        office.look("/actions?lang=en"), "/actions/add", meeting="2026-09-30", due="2026-12-01",
        owner="KR", period=PERIOD, **given,
    )  # fmt: skip
    assert (refused.answer.status_code, "too few" in refused.text) == (422, True)


FIELDS = ["period", "to", "decisions", "services", "meeting", "owner", "figure", "title_en", "note"]


@settings(max_examples=2, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), ODD, min_size=1), PATHS)
def test_nonsense_is_refused_in_words(
    month_pages: Pages, body: dict[str, object], path: str
) -> None:
    api = month_pages.api
    demand_refused([
        api.post("/v1/packs/runs", Role.CENTRAL_OFFICE, "", json=body),
        api.post("/v1/packs/runs", Role.CENTRAL_OFFICE, "",
                 json={"period": PERIOD, "services": [f"lanes = {json.dumps(path)}"]}),
        api.get(f"/v1/packs/{path}", Role.QUALITY, "KR"),
        api.get(f"/v1/packs/2026-10-0123456789ab/files/{path}", Role.QUALITY, "KR"),
        api.post("/v1/actions", Role.CENTRAL_OFFICE, "", json=body),
        api.get(f"/v1/actions/{10**30}", Role.QUALITY, "KR"),
        api.post(f"/v1/actions/{10**30}/done", Role.CENTRAL_OFFICE, "", json={}),
        api.get(f"/v1/actions?period={path}", Role.QUALITY, "KR"),
        api.get("/v1/actions?meeting=9999-99-99&period=2026-99", Role.QUALITY, "KR"),
    ])  # fmt: skip
    reader = month_pages.as_(Role.QUALITY, "KR")
    for address in (f"/packs/{path}", f"/packs/{path}/files/{path}"):
        assert reader.client.get(address).status_code == 404, address
    assert reader.client.get(f"/actions?period={path}&state={path}&owner={path}").status_code == 200
