"""The resume board: what a post sees of its lanes, what the central office sees of all, two
signatures."""

from __future__ import annotations

import re

import pytest
from month_of_mail import CLOCK
from site_door import Page, Pages
from test_every_page import demand_whole

from datecertain.access import Role
from datecertain.moments import DAY, format_date
from datecertain.operations.workspaces import open_workspace

_LANE = re.compile(r'class="whole">(?:<a[^>]*>)?(\w\w) → (\w\w)')


def lanes(page: Page) -> set[tuple[str, str]]:
    return set(_LANE.findall(page.text))


def test_a_post_sees_its_lanes_with_both_costs_and_a_plan(month_pages: Pages) -> None:
    reader = month_pages.as_(Role.QUALITY, "KR")
    page = reader.look("/resume?lang=en")
    demand_whole("/resume", page)
    assert lanes(page)
    assert all("KR" in lane for lane in lanes(page))
    assert "Automatic refunds, SDR a year" in page.text
    other = reader.look("/resume?lang=en&target=90&confidence=80&claims=100&budget=500000")
    assert "90\u202f%" in other.text
    assert other.text != page.text
    plan = reader.look("/resume/plan?lang=en&target=90&confidence=80")
    demand_whole("/resume/plan", plan)
    assert all("KR" in lane for lane in lanes(plan))
    text = reader.look("/resume/lanes.csv").text
    assert text.count("KR") >= text.count("\r\n") - 1


def test_sliders_outside_their_range_are_told(month_pages: Pages) -> None:
    reader = month_pages.as_(Role.QUALITY, "KR")
    for query in ("target=1000", "confidence=x", "claims=-5", "budget=nan", "budget=1e99"):
        page = reader.look(f"/resume?lang=en&{query}")
        assert page.answer.status_code == 422, query
        assert "outside its range" in page.text
        demand_whole(query, page)


def test_the_central_office_sees_no_money_of_a_pair_and_no_small_lane(month_pages: Pages) -> None:
    office = month_pages.as_(Role.CENTRAL_OFFICE)
    seen = [office.look("/resume?lang=en"), office.look("/resume?lang=en&budget=5000&claims=100")]
    for page in seen:
        demand_whole("/resume", page)
        assert "SDR" not in page.text
        counts = re.findall(r'<td class="num">([\d,]*)</td>\n<td class="missing"', page.text)
        assert all(int(one.replace(",", "")) >= 10 for one in counts)
    # What the sliders of money would tell is not told: with or without them it is the same.
    assert lanes(seen[0]) == lanes(seen[1])
    assert "did not tell" not in seen[0].text
    head = office.look("/resume/lanes.csv").text.splitlines()[0]
    assert "usdr" not in head
    assert office.look("/resume/plan?budget=5000").answer.status_code == 404
    assert month_pages.as_(Role.SETTLEMENT, "KR").look("/resume").answer.status_code == 403


@pytest.fixture(scope="module")
def closable(month_pages: Pages) -> tuple[str, str]:
    """A lane that is proposed, signed and closed here."""
    with open_workspace(month_pages.api.workspace):
        return "KR", "TH"


def test_a_lane_opens_by_two_signatures_and_is_closed_by_one(
    month_pages: Pages, closable: tuple[str, str]
) -> None:
    one, other = closable
    here, there = (month_pages.as_(Role.NETWORK, post) for post in closable)
    path = "/resume/signatures"
    page = here.look(f"{path}?lang=en")
    demand_whole(path, page)
    first = format_date(CLOCK.now() // DAY + 60)
    fields = {"partner": other, "direction": "out", "from": first, "standard": "network"}
    bad = here.send(page, f"{path}/propose", **(fields | {"from": "soon"}))
    assert bad.answer.status_code == 422
    korean = here.look(f"{path}?lang=ko")
    for wrong, told in ((fields | {"from": "soon"}, "접수 시작일이 날짜가 아닙니다"),
                        (fields | {"from": "2035-01-01"}, "운송망의 접수 기간"),
                        (fields | {"standard": "fast"}, "fast은(는) 송달기준이")):  # fmt: skip
        assert told in here.send(korean, f"{path}/propose", **wrong).text
    here.look("/?lang=en")
    made = here.send(page, f"{path}/propose", **fields)
    assert "opens when both posts have signed" in made.text
    number = re.findall(r"/resume/signatures/(\d+)/sign", made.text)[0]
    third = month_pages.as_(Role.NETWORK, "JP")
    assert f"/{number}/sign" not in third.look(path).text
    token = third.look(path).form("/logout").fields["csrf"]
    stolen = third.client.post(f"{path}/{number}/sign", data={"csrf": token, "digest": "0" * 64})
    assert stolen.status_code == 404
    half = here.send(made, f"{path}/{number}/sign")
    assert "signed by one" in half.text
    assert "network-kr" in half.text
    office = month_pages.as_(Role.CENTRAL_OFFICE)
    assert f"proposal {number}" not in office.look(f"{path}?lang=en").text
    whole = there.send(there.look(f"{path}?lang=en"), f"{path}/{number}/sign")
    assert "agreed, in force" in whole.text
    public = office.look(f"{path}?lang=en").text
    assert f"proposal {number}" in public
    assert "network-kr" not in public
    shut = there.send(whole, f"{path}/close", partner=one, direction="in", reason="strike")
    assert "The lane is closed." in shut.text
    assert "strike" in here.look(path).text
    assert "strike" not in third.look(path).text
