"""The pages of quality: what drags a month, down to the items, and whose items they are."""

from __future__ import annotations

import csv
import io
import re
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import Request
from month_of_mail import PERIOD
from site_door import Page, Pages
from test_every_page import demand_whole

from datecertain.access import Role
from datecertain.operations.judging import current_verdicts
from datecertain.operations.looking import AnyLook
from datecertain.operations.report_cards import Group
from datecertain.operations.workspaces import open_workspace
from datecertain.store import Workspace
from datecertain.web.site.keeping import look_at

Lane = tuple[str, str]


@pytest.fixture(scope="module")
def lanes(month_pages: Pages) -> dict[Lane, list[str]]:
    """Lane → outcomes of its items, from the verdicts themselves."""
    found: dict[Lane, list[str]] = {}
    with open_workspace(month_pages.api.workspace) as opened:
        for row in current_verdicts(opened, [PERIOD]).to_pylist():
            found.setdefault((row["origin"], row["destination"]), []).append(row["outcome"])
    return found


def cells(page: Page) -> dict[Lane, int]:
    """Lane of the matrix → how many were judged."""
    found = re.findall(r'id="lane-(\w\w)-(\w\w)">(.*?)</td>', page.text, re.DOTALL)
    counts = {}
    for one, other, inside in found:
        n = re.search(r"n ([\d,]+)", inside)
        counts[one, other] = int(n[1].replace(",", "")) if n else 0
    return counts


def judged(outcomes: list[str]) -> int:
    return sum(one in ("on_time", "late_liable", "late_excused") for one in outcomes)


def test_a_post_sees_its_own_lanes_and_what_drags_them(
    month_pages: Pages, lanes: dict[Lane, list[str]]
) -> None:
    page = month_pages.as_(Role.QUALITY, "KR").look("/quality?lang=en")
    demand_whole("/quality", page)
    shown = cells(page)
    assert set(shown) == {lane for lane in lanes if "KR" in lane}
    for lane, n in shown.items():
        assert judged(lanes[lane]) - 2 <= n <= judged(lanes[lane])  # those astray are left out
    assert "judged items were on time" in page.text
    assert "Leg: " in page.text
    for lane in shown:  # every lane is on the map too, to be reached by the keyboard
        assert f'aria-label="{lane[0]} → {lane[1]}: ' in page.text


def test_whether_a_share_differs_is_told_in_words(month_pages: Pages) -> None:
    reader = month_pages.as_(Role.QUALITY, "KR")
    page = reader.look("/quality?lang=en&floor=50")
    assert "That is above 50\u202f%, by more than chance." in page.text
    share = re.search(r"([\d.]+)\u202f% of [\d,]+ judged items", page.text)
    assert share
    same = f"{min(float(share[1]), 99.9):g}"
    near = reader.look(f"/quality?lang=en&target={same}")
    assert f"It cannot be told apart from {same}\u202f%." in near.text
    for wrong in ("120", "x", "nan", "９６%"):
        bad = reader.look(f"/quality?lang=en&target={quote(wrong)}")
        assert bad.answer.status_code == 422
        assert "A number from 50 to 99.9" in bad.text


@pytest.mark.parametrize("by", Group)
def test_every_cut_leads_to_items_that_are_as_many_as_its_figures(
    month_pages: Pages, by: Group
) -> None:
    reader = month_pages.as_(Role.QUALITY, "KR")
    page = reader.look(f"/quality/by/{by}?lang=en")
    demand_whole(str(by), page)
    late = re.findall(r'href="(/quality/items\?[^"]+)">([\d,]+)</a>', page.text)
    for path, number in late[:2]:
        items = reader.look(path.replace("&amp;", "&"))
        demand_whole(path, items)
        rows = items.text.count('<th scope="row" class="mono">')
        # Of a leg it is what lost a day there and was late; some won the day back elsewhere.
        assert rows == int(number) if by is not Group.LEG else rows <= int(number)


def test_a_lane_is_narrowed_step_by_step_and_everything_stands_in_the_address(
    month_pages: Pages,
) -> None:
    reader = month_pages.as_(Role.QUALITY, "KR")
    first = reader.look("/quality?lang=en")
    into = next(one for one in first.links if "lane=KR%3EJP" in one)
    legs = reader.look(into)
    assert "Lane: KR → JP" in legs.text
    gateway = next(one for one in legs.links if one.startswith("/quality/by/gateway"))
    assert "lane=KR%3EJP" in gateway
    rows = list(csv.DictReader(io.StringIO(reader.look(gateway.replace("/gateway", "/lane.csv"))
                                           .answer.content.decode("utf-8-sig"))))  # fmt: skip
    assert [row["group"] for row in rows] == ["KR>JP"]
    book = reader.look("/quality/by/lane.xlsx").answer
    assert book.content[:2] == b"PK"


def test_nobody_sees_items_of_others(month_pages: Pages, lanes: dict[Lane, list[str]]) -> None:
    other = month_pages.as_(Role.QUALITY, "JP")
    for path in ("/quality/items", "/quality/items?lane=KR>US", "/quality/items.csv"):
        text = other.look(path).text
        rows = re.findall(r"(\w\w) → (\w\w)</td>", text)
        assert all("JP" in row for row in rows), path
    assert not re.search(r"(\w\w) → (\w\w)</td>", other.look("/quality/items?lane=KR>US").text)
    assert set(cells(other.look("/quality?lang=en"))) == {lane for lane in lanes if "JP" in lane}
    assert "Nothing is to be seen" in other.look("/quality/by/leg?lane=KR>US&lang=en").text


def test_the_central_office_sees_what_may_be_published_and_no_items(
    month_pages: Pages, lanes: dict[Lane, list[str]]
) -> None:
    office = month_pages.as_(Role.CENTRAL_OFFICE)
    small = {lane for lane, outcomes in lanes.items() if judged(outcomes) < 10}
    assert small
    for path in ("/quality", "/quality?scope=own", "/quality?lane=KR>US&contents=documents"):
        page = office.look(path + ("&" if "?" in path else "?") + "lang=en")
        demand_whole(path, page)
        assert not small & set(cells(page))
        assert all(n >= 10 for n in cells(page).values())
        assert "/quality/items" not in page.text
    for by in (Group.LANE, Group.DESTINATION, Group.LEG, Group.WEEKDAY):
        page = office.look(f"/quality/by/{by}?lane=KR>US&lang=en")
        assert "/quality/items" not in page.text
        counts = re.findall(r'class="num">([\d,]+)</td>\n<td class="num">[\d,]+</td>', page.text)
        assert all(int(one.replace(",", "")) >= 10 for one in counts)
    assert office.look("/quality/by/flight").text.count('<th scope="row">') == 0
    assert office.look("/quality/items").answer.status_code == 403
    auditor = month_pages.as_(Role.AUDITOR)  # of the group: has the right to items, but sees none
    assert auditor.look("/quality/items").answer.status_code == 404
    same = month_pages.as_(Role.QUALITY, "KR").look("/quality?scope=group&lang=en")
    assert cells(same) == cells(office.look("/quality?lang=en"))


def test_a_page_asks_once_for_the_cards_of_a_kind_of_group(
    month_pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def counted(request: Request, opened: Workspace, look: AnyLook, *given: Any) -> Any:
        asked.append((look.name, *given))
        return look_at(request, opened, look, *given)

    monkeypatch.setattr("datecertain.web.site.quality.look_at", counted)
    for role, post in ((Role.QUALITY, "KR"), (Role.CENTRAL_OFFICE, "")):
        reader = month_pages.as_(role, post)
        for path in ("/quality?target=95", "/quality/by/lane?target=95"):
            asked.clear()
            assert reader.look(path).answer.status_code == 200
            assert asked
            assert len(asked) == len(set(asked)), path


def test_odd_addresses_are_answered_in_words(month_pages: Pages) -> None:
    reader = month_pages.as_(Role.QUALITY, "KR")
    for path, status in (
        ("/quality?month=2031-01", 200), ("/quality?month=x%00", 200), ("/quality/by/nothing", 404),
        ("/quality/by/leg?leg=none", 422), ("/quality/items?after=-1", 200),
        ("/quality/items?after=9999999999999999999999", 200), ("/quality/items?month=x", 404),
        ("/quality/items?outcome=%F0%9F%93%AE", 200), ("/quality/by/lane.exe", 404),
        ("/quality/items.exe", 404), ("/quality/by/gateway?gateway=" + "A" * 200, 200),
    ):  # fmt: skip
        page = reader.look(path)
        assert page.answer.status_code == status, path
        demand_whole(path, page)


def test_korean_pages_say_the_same(month_pages: Pages) -> None:
    reader = month_pages.as_(Role.QUALITY, "KR")
    for path in ("/quality", "/quality/by/area", "/quality/items"):
        page = reader.look(f"{path}?lang=ko")
        assert page.language == "ko"
        assert re.search("[가-힣]", page.text.split("<main")[1].split("</main>")[0])
