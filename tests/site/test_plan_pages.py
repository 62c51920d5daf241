"""Plans: standards of one's own lanes, tried; a replay in the background, seen by its post."""

from __future__ import annotations

import re

import pytest
from month_of_mail import PERIOD
from site_door import Page, Pages
from test_every_page import demand_whole

from datecertain.access import Role
from datecertain.errors import UsageError

_LANE = re.compile(r'class="whole">(\w\w) → (\w\w)')


def lanes(page: Page) -> set[tuple[str, str]]:
    return set(_LANE.findall(page.text))


def test_standards_are_of_ones_own_lanes_and_tried(month_pages: Pages) -> None:
    reader = month_pages.as_(Role.QUALITY, "KR")
    page = reader.look("/plans?lang=en&until=2026-10-20")
    demand_whole("/plans", page)
    assert lanes(page)
    assert all("KR" in lane for lane in lanes(page))
    assert "percentile" in page.text
    for query in ("target=9", "confidence=x", "until=soon", "until=1999-01-01"):
        assert reader.look(f"/plans?{query}").answer.status_code == 422, query
    assert "KR" in reader.look("/plans/standards.csv").text


def test_a_replay_runs_in_the_background_and_is_shown_to_its_post(month_pages: Pages) -> None:
    reader = month_pages.as_(Role.QUALITY, "KR")
    page = reader.look("/plans?lang=en")
    bad = reader.send(page, "/plans/runs", kind="replay", period=PERIOD, changes="")
    assert bad.answer.status_code == 422
    assert "cannot be run" in bad.text
    asked = {"kind": "replay", "period": PERIOD, "lane": "", "changes": "KR-US.buffer 1"}
    begun = reader.send(page, "/plans/runs", **asked)
    path = begun.answer.url.path
    done = reader.ended(path)
    demand_whole(path, done)
    assert "Under KR-US.buffer 1" in done.text
    assert all("KR" in lane for lane in lanes(done))
    for role, post in ((Role.QUALITY, "US"), (Role.CENTRAL_OFFICE, "")):
        other = month_pages.as_(role, post)
        assert other.look(path).answer.status_code == 404
        assert path not in other.look("/plans").text
        token = other.look("/plans").form("/logout").fields["csrf"]
        assert other.client.post(f"{path}/cancel", data={"csrf": token}).status_code == 404


def test_the_central_office_plans_without_money_and_small_lanes(month_pages: Pages) -> None:
    office = month_pages.as_(Role.CENTRAL_OFFICE)
    page = office.look("/plans?lang=en")
    demand_whole("/plans", page)
    assert "SDR" not in page.text
    if "standards" in page.ids:  # what may be shown rests on enough items
        counts = re.findall(r'class="num strong">[^<]*</td><td class="num">([\d,]+)', page.text)
        assert all(int(one.replace(",", "")) >= 10 for one in counts)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (UsageError(f"no item of {PERIOD} was judged here: run `datecertain judge` first"),
         f'<p class="small">{PERIOD}에 판정한 우편물이 없습니다. 먼저 판정하십시오.</p>'),
        (UsageError("told in English alone"),
         '<p class="small"><span lang="en">told in English alone</span></p>'),
        (UsageError(""), '<p class="small">이렇게 요청할 수 없습니다.</p>'),
    ],
)  # fmt: skip
def test_why_a_run_failed_is_told_in_korean(
    month_pages: Pages, monkeypatch: pytest.MonkeyPatch, error: UsageError, said: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("datecertain.api.plan_work._done", fail)
    reader = month_pages.as_(Role.QUALITY, "KR")
    asked = {"kind": "replay", "period": PERIOD, "lane": "", "changes": "KR-US.buffer 1"}
    begun = reader.send(reader.look("/plans?lang=ko"), "/plans/runs", **asked)
    path = begun.answer.url.path
    done = reader.ended(path)
    demand_whole(path, done)
    assert "실패했습니다." in done.text
    assert said in done.text
