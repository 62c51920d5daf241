"""Plans: standards of one's own lanes, tried; a replay in the background, seen by its post."""

from __future__ import annotations

import re

from month_of_mail import PERIOD
from site_door import Page, Pages
from test_every_page import demand_whole

from datecertain.access import Role

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
