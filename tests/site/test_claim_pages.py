"""Claims and refunds at the desk (req 29-35, 57): two clicks from the item, decided by whoever may,
seen by the two posts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from site_door import Page, Pages

from datecertain.access import Role

CARE, KR = Role.CARE, "KR"


@pytest.fixture(scope="module")
def case(pages: Pages, late: str) -> str:
    """The address of a claim that was filed from its item's page."""
    reader = pages.as_(CARE, KR)
    filed = reader.send(reader.look(f"/items/{late}?lang=en"), f"/items/{late}/claims")
    assert filed.answer.status_code == 200, filed.text
    assert "The claim is filed" in filed.text
    return str(filed.answer.url.path)


@contextmanager
def two_pairs_of_eyes(pages: Pages, wanted: str) -> Iterator[None]:
    """Whether a second account has to approve, as the workspace's file says."""
    file = pages.api.workspace / "datecertain.toml"
    before = file.read_text()
    file.write_text(f"{before}\n[approvals]\ndemanded = {wanted}\n")
    yield
    file.write_text(before)


def acts(page: Page) -> set[str]:
    return set(re.findall(r'name="act" value="([a-z_]+)"', page.text))


def act(pages: Pages, page: Page, case: str, name: str, **more: str) -> Page:
    reader = pages.as_(CARE, KR)
    where = "request" if name in ("appeal", "withdraw") else "decision"
    token = page.form("/logout").fields["csrf"]
    data = {"csrf": token, "act": name} | more
    return Page(reader.client.post(f"{case}/{where}", data=data))


def test_a_claim_says_what_happened_by_whom_and_what_comes_next(pages: Pages, case: str) -> None:
    page = pages.as_(CARE, KR).look(f"{case}?lang=en")
    for told in ("claimant, care-kr", "by the terms", "Next step by", "EL000000014KR"):
        assert told in page.text, told
    assert "Fri 20 Nov 2026" not in page.text  # the window is told on the item's page


def test_the_claim_stands_on_the_item_and_in_the_list(pages: Pages, case: str, late: str) -> None:
    reader = pages.as_(CARE, KR)
    item = reader.look(f"/items/{late}?lang=en")
    assert case in item.links
    assert f"/items/{late}/claims" not in {form.action for form in item.forms}
    assert case in reader.look("/claims?show=all").links
    assert reader.client.get("/claims.csv?show=all").text.count("EL000000014KR") == 1
    assert f"/items/{late}" in reader.look("/items?state=claimed").links


@pytest.mark.parametrize(("post", "status"), [("KR", 200), ("US", 200), ("JP", 404)])
def test_a_claim_is_for_its_two_posts(pages: Pages, case: str, post: str, status: int) -> None:
    reader = pages.as_(CARE, post)
    page = reader.look(case)
    assert page.answer.status_code == status
    assert (case in reader.look("/claims?show=all").links) == (status == 200)
    if post != KR:  # money, letter and decisions are the origin's
        assert "KRW" not in page.text
        assert reader.look(f"{case}/letter").answer.status_code == 404
        assert acts(page) <= {"confirm", "deny"}
        token = reader.look("/claims").form("/logout").fields["csrf"]
        sent = reader.client.post(
            f"{case}/decision", data={"csrf": token, "act": "grant", "reason": "x"}
        )
        assert sent.status_code == (404 if post == "JP" else 409)


def test_decisions_follow_the_states_and_need_reasons(pages: Pages, case: str) -> None:
    page = pages.as_(CARE, KR).look(f"{case}?lang=en")
    assert acts(page) == {"appeal", "withdraw", "by_terms"} or "paid" in acts(page)
    assert act(pages, page, case, "uphold", reason="no").answer.status_code == 409
    assert act(pages, page, case, "nonsense").answer.status_code == 409
    again = act(pages, page, case, "by_terms")
    assert "Answered again by the terms" in again.text
    if "appeal" in acts(page):
        assert "A reason is needed" in act(pages, page, case, "appeal").text
        appealed = act(pages, page, case, "appeal", reason="it was asked for in time")
        assert acts(appealed) >= {"grant", "uphold"}
        granted = act(pages, appealed, case, "grant", reason="goodwill")
        assert "Granted." in granted.text
        assert "paid" in acts(granted)


def test_the_letter_is_read_and_taken_away(pages: Pages, case: str) -> None:
    reader = pages.as_(CARE, KR)
    letter = reader.look(f"{case}/letter?in=fr&lang=en")
    assert 'lang="fr"' in letter.text
    assert "EL000000014KR" in letter.text
    paper = reader.client.get(f"{case}/letter.pdf?in=en")
    assert paper.content.startswith(b"%PDF")


def test_refunds_are_looked_at_before_they_are_run(pages: Pages, late: str) -> None:
    reader = pages.as_(Role.SETTLEMENT, KR)
    page = reader.look("/refunds?month=2026-10&lang=en")
    run = "/refunds/2026-10/runs"
    trial = reader.send(page, run)
    assert "What a run would do now; nothing was written" in trial.text
    token = page.form("/logout").fields["csrf"]
    with two_pairs_of_eyes(pages, "true"):
        done = Page(reader.client.post(run, data={"csrf": token}))
        assert "waits for another account" in done.text
    with two_pairs_of_eyes(pages, "false"):
        for said in ("The refunds are run.", "run before on the same verdicts"):
            done = Page(reader.client.post(run, data={"csrf": token}))
            assert said in done.text
    assert reader.client.post("/refunds/2026-99/runs", data={"csrf": token}).status_code == 404
    assert reader.client.get("/refunds.xlsx?month=2026-10").content.startswith(b"PK")
    other = pages.as_(Role.SETTLEMENT, "JP").look("/refunds?month=2026-10&lang=en")
    assert "Nothing was refunded of this month" in other.text
    assert pages.as_(CARE, KR).look("/refunds").answer.status_code == 403


@pytest.mark.parametrize("path", ["/claims/%00", "/inquiries/%00x", "/claims/c-1", "/items/%00"])
def test_odd_names_are_not_there(pages: Pages, path: str) -> None:
    assert pages.as_(CARE, KR).look(path).answer.status_code == 404
