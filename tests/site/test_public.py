"""What anyone sees: a date before posting, an item on its way, and no more (req 40, 59)."""

from __future__ import annotations

import re

import pytest
from site_door import ITEM, Pages

from datecertain.operations.public_tracking import SHOWN, PublicState
from datecertain.web.site.languages import SENDERS
from datecertain.wording import LANGUAGES, glossary


def test_anyone_gets_a_date(pages: Pages) -> None:
    reader = pages.anyone()
    page = reader.send(
        reader.look("/promise?lang=en"), "/promise", **{"from": "KR 03051", "to": "US 10001"}
    )
    assert page.answer.status_code == 200
    assert "Guaranteed delivery date" in page.text
    assert "/counter/promises" not in page.text


def test_an_item_is_told_without_offices_money_and_blame(pages: Pages) -> None:
    page = pages.anyone().look(f"/track/{ITEM}?lang=en")
    told = page.text.split("<main")[1]
    assert "Delivered in time" in told
    assert "Guaranteed delivery date: Mon 26 Oct 2026." in told
    assert "Sun 25 Oct 2026 15:00" in told
    for hidden in ("KRSELB", "USJFKA", "03051", "10001", "30000", "KRW", "liable"):
        assert hidden not in told, hidden


def test_a_number_that_is_none_and_one_that_nobody_saw_are_told_alike(pages: Pages) -> None:
    texts = set()
    for number in ("EE000000014KR", "EE000000019KR", "%00", "%F0%9F%93%AE"):
        page = pages.anyone().look(f"/track/{number}?lang=en")
        assert page.answer.status_code == 404
        shown = re.sub(r'value="[^"]*"', "", page.text.split("<main")[1])
        texts.add(shown.split("<footer")[0])
    assert len(texts) == 1


def test_the_form_leads_to_the_number(pages: Pages) -> None:
    reader = pages.anyone()
    page = reader.send(reader.look("/track"), "/track", item="ee 000 000 005 kr")
    assert page.answer.url.path == f"/track/{ITEM}"


def test_an_address_may_ask_only_so_often(pages: Pages) -> None:
    limiter = pages.api.app.state.site.public
    limiter.per_minute, kept = 2, limiter.per_minute
    limiter._left.clear()
    try:
        statuses = [pages.anyone().client.get("/promise").status_code for _ in range(4)]
    finally:
        limiter.per_minute = kept
        limiter._left.clear()
    assert statuses == [200, 200, 429, 429]


@pytest.mark.parametrize(
    ("browser", "language"),
    [("ko-KR,ko;q=0.9,en;q=0.8", "ko"), ("de,en;q=0.5", "en"), ("de", "en"), ("", "en"),
     ("en;q=0.3, ko;q=0.7", "ko"), ("*;q=x,,;q=", "en")],
)  # fmt: skip
def test_the_browser_says_the_language_until_it_is_chosen(
    pages: Pages, browser: str, language: str
) -> None:
    reader = pages.anyone()
    reader.client.headers["accept-language"] = browser
    assert reader.look("/track").language == language
    chosen = "en" if language == "ko" else "ko"
    reader.look(f"/track?lang={chosen}")
    assert reader.look("/promise").language == chosen


def test_every_state_and_scan_that_is_shown_has_its_words() -> None:
    keys = [f"public.scan.{code}" for code in SHOWN]
    keys += [f"public.state.{state}" for state in PublicState]
    assert all(set(glossary()[key]) >= set(LANGUAGES) for key in keys)
    assert set(LANGUAGES) <= set(SENDERS)
