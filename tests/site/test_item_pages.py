"""Items at the desk of customer care (req 14, 37, 57, 63): found, told, claimed, asked about."""

from __future__ import annotations

import csv
import io

import pytest
from care_world import LATE, UNTOUCHED
from site_door import ITEM, Pages, Reader

from datecertain.access import Role

CARE, KR = Role.CARE, "KR"
pytestmark = pytest.mark.usefixtures("late")


def found(reader: Reader, **filters: str) -> list[str]:
    page = reader.look("/items?" + "&".join(f"{name}={one}" for name, one in filters.items()))
    assert page.answer.status_code == 200
    return [link for link in page.links if link.startswith("/items/")]


@pytest.mark.parametrize(
    ("filters", "there"),
    [
        ({}, True), ({"number": "L0000"}, True), ({"number": "999"}, False),
        ({"from": "KR", "to": "US"}, True), ({"from": "US"}, False),
        ({"first": "2026-10-21", "last": "2026-10-21"}, True), ({"first": "2026-10-22"}, False),
        ({"last": "2026-09-30"}, False), ({"outcome": "late_liable"}, True),
        ({"outcome": "lost"}, False), ({"state": "delivered"}, True),
        ({"state": "on_the_way"}, False), ({"office": "USJFKA"}, True), ({"office": "XX"}, False),
        ({"first": "nonsense", "outcome": "x", "state": "%00"}, True),
    ],
)  # fmt: skip
def test_an_item_is_found_by_what_is_known_of_it(
    pages: Pages, filters: dict[str, str], there: bool
) -> None:
    assert (f"/items/{LATE}" in found(pages.as_(CARE, KR), **filters)) == there


def test_a_whole_number_leads_to_the_item(pages: Pages) -> None:
    page = pages.as_(CARE, KR).look(f"/items?number={ITEM[:2]}+{ITEM[2:].lower()}")
    assert page.answer.url.path == f"/items/{ITEM}"


def test_the_four_questions_are_answered_in_a_line_each(pages: Pages) -> None:
    page = pages.as_(CARE, KR).look(f"/items/{UNTOUCHED}?lang=en")
    for told in (
        "Is it late?",
        "Yes, by 2 days. Promised for Mon 26 Oct 2026, delivered on Wed 28 Oct 2026.",
        "Whose fault is it?", "US (import) answers for the 3 days",  # an earlier date binds them
        "Claimable until when?", "30,000 KRW",  # owed, or paid by a run of refunds
        "What did the other post answer?", "Nobody was asked.",
    ):  # fmt: skip
        assert told in page.text, told


def test_the_timeline_says_who_told_what_and_when_it_came(pages: Pages) -> None:
    page = pages.as_(CARE, KR).look(f"/items/{LATE}?lang=en")
    assert "Left the outward office of exchange" in page.text
    assert "Said by KR, sent 2026-10-21 18:00 UTC, 12 h 0 min after it" in page.text
    assert "Said by US, sent 2026-10-29 05:00 UTC" in page.text
    assert "30,000 KRW" in page.text
    assert 'class="staircase"' in page.text


@pytest.mark.parametrize(("post", "status"), [("KR", 200), ("US", 200), ("JP", 404)])
def test_an_item_is_there_for_its_two_posts_alone(pages: Pages, post: str, status: int) -> None:
    reader = pages.as_(CARE, post)
    page = reader.look(f"/items/{ITEM}")
    assert page.answer.status_code == status
    assert (f"/items/{ITEM}" in found(reader)) == (status == 200)
    if post == "US":  # what the sender paid stays at its post; the claim too
        assert "30,000" not in page.text
        assert f"/items/{ITEM}/claims" not in {form.action for form in page.forms}
        token = page.form("/logout").fields["csrf"]
        sent = reader.client.post(f"/items/{ITEM}/claims", data={"csrf": token})
        assert sent.status_code == 404


def test_the_group_finds_no_items(pages: Pages) -> None:
    group = pages.as_(Role.QUALITY, "")
    assert found(group) == []
    assert group.look(f"/items/{ITEM}").answer.status_code == 404
    assert pages.as_(Role.CENTRAL_OFFICE, "").look("/items").answer.status_code == 403


@pytest.mark.parametrize("number", ["EE000000014KR", "x", "EE00000000%00", "é" * 30])
def test_what_is_no_item_is_not_there(pages: Pages, number: str) -> None:
    page = pages.as_(CARE, KR).look(f"/items/{number}")
    assert page.answer.status_code == 404
    assert "text/html" in page.answer.headers["content-type"]


@pytest.mark.parametrize("after", ["x", "2026-10", "2026-10_x_y", "9999-99__", "_" * 90])
def test_a_place_in_the_list_that_no_page_gave_begins_anew(pages: Pages, after: str) -> None:
    assert f"/items/{ITEM}" in found(pages.as_(CARE, KR), after=after)


def test_the_same_rows_come_as_files(pages: Pages) -> None:
    client = pages.as_(CARE, KR).client
    answer = client.get("/items.csv?from=KR&lang=en")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert (ITEM, "2026-10-26") in [(row["Item"], row["Promised"]) for row in rows]
    assert client.get("/items.xlsx").content.startswith(b"PK")
    assert client.get("/items.exe").status_code == 404
    assert ITEM not in pages.as_(CARE, "JP").client.get("/items.csv").text


def test_the_letter_about_an_item_is_of_its_own_post(pages: Pages) -> None:
    letter = pages.as_(CARE, KR).look(f"/items/{UNTOUCHED}/letter?in=ko&lang=en")
    assert letter.answer.status_code == 200
    assert UNTOUCHED in letter.text
    for post in ("US", "JP"):
        reader = pages.as_(CARE, post)
        for path in ("letter", "letter.pdf"):
            assert reader.client.get(f"/items/{UNTOUCHED}/{path}").status_code == 404
