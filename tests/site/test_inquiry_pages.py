"""Inquiries at the desk (req 37-40, 57): sent in two clicks, answered by the other post, persons
only with a reason."""

from __future__ import annotations

import pytest
from site_door import Page, Pages

from datecertain.access import Role, keeper
from datecertain.operations.audit import trail
from datecertain.operations.inquiries import show_inquiry
from datecertain.operations.inquiry_forms import FormSystem, form_fields, pasted
from datecertain.operations.workspaces import open_workspace
from datecertain.store.access_book import AccessBook

CARE, KR, US = Role.CARE, "KR", "US"
NOTE = "The addressee is Ms Example of Nowhere Street."


@pytest.fixture(scope="module")
def inquiry(pages: Pages, late: str) -> str:
    """The address of an inquiry that was sent from its item's page."""
    reader, action = pages.as_(CARE, KR), f"/items/{late}/inquiries"
    page = reader.look(f"/items/{late}?lang=en")
    wrong = reader.send(page, action, kind="change", sender_name="two\nlines")
    assert wrong.answer.status_code == 422
    sent = reader.send(page, action, kind="change", note=NOTE, sender_name="Mr Sample")
    assert "The inquiry is sent." in sent.text
    return str(sent.answer.url.path)


def post(page: Page, pages: Pages, who: str, path: str, **data: str) -> Page:
    token = page.form("/logout").fields["csrf"]
    return Page(pages.as_(CARE, who).client.post(path, data={"csrf": token} | data))


def test_it_stands_first_where_it_waits_and_on_its_item(
    pages: Pages, inquiry: str, late: str
) -> None:
    theirs, ours = pages.as_(CARE, US), pages.as_(CARE, KR)
    assert inquiry in theirs.look("/inquiries").links
    assert inquiry not in ours.look("/inquiries").links
    assert inquiry in ours.look("/inquiries?show=asked").links
    item = ours.look(f"/items/{late}?lang=en")
    assert inquiry in item.links
    assert "Nothing yet: US was asked on" in item.text
    assert "EL000000014KR" in ours.client.get("/inquiries.csv?show=all").text


def test_who_is_no_party_sees_nothing_of_it(pages: Pages, inquiry: str) -> None:
    third = pages.as_(CARE, "JP")
    assert third.look(inquiry).answer.status_code == 404
    assert inquiry not in third.look("/inquiries?show=all").links
    page = third.look("/inquiries")
    for path in ("answer", "acts", "persons"):
        sent = post(page, pages, "JP", f"{inquiry}/{path}", reason="x", reply="changed")
        assert sent.answer.status_code == 404
    assert pages.as_(Role.COUNTER, KR).look(inquiry).answer.status_code == 403


def test_the_forms_are_filled_in_and_name_nobody(pages: Pages, inquiry: str, late: str) -> None:
    ours, theirs = (pages.as_(CARE, post_).look(f"{inquiry}?lang=en") for post_ in (KR, US))
    for told in (f"Item id: {late}", "Request type: L1Q CHANGE", "Weight (kg): 0.500",
                 "Date of posting: 2026-10-21", "Proof of delivery: N"):  # fmt: skip
        assert told in ours.text, told
    assert "Postage paid (SDR): 1" in ours.text  # 30,000 KRW by the rate of that day
    assert "Postage paid (SDR):\n" in theirs.text
    assert "30,000" not in theirs.text
    for page in (ours, theirs):
        assert "Ms Example" not in page.text


def test_a_late_item_is_asked_about_without_value(pages: Pages, late: str) -> None:
    reader, action = pages.as_(CARE, KR), f"/items/{late}/inquiries"
    page = reader.look(f"/items/{late}?lang=en")
    sent = reader.send(page, action, kind="delayed")
    again = reader.send(page, action, kind="delayed")
    assert "This was asked already" in again.text
    assert sent.answer.url == again.answer.url
    name = str(sent.answer.url.path).rpartition("/")[2]
    with open_workspace(pages.api.workspace) as opened:
        text = pasted(form_fields(show_inquiry(opened, name), FormSystem.GCSS))
    assert "DELAYED" in text
    assert "SDR" not in text
    assert reader.send(page, action, kind="gold").answer.status_code == 422


def test_persons_are_shown_once_with_a_reason(pages: Pages, inquiry: str) -> None:
    page = pages.as_(CARE, KR).look(f"{inquiry}?lang=en")
    refused = post(page, pages, KR, f"{inquiry}/persons", reason=" ")
    assert refused.answer.status_code == 422
    assert "Ms Example" not in refused.text
    shown = post(page, pages, KR, f"{inquiry}/persons", reason="sender asks")
    assert NOTE in shown.text
    assert "Mr Sample" in shown.text
    after = pages.as_(CARE, KR).look(f"{inquiry}?lang=en")
    assert "Ms Example" not in after.text
    assert "sender asks" in after.text  # why it was looked at stands in the history
    with AccessBook(pages.api.workspace) as book:
        seen = trail(book, keeper(), limit=10_000)
    name = inquiry.rpartition("/")[2]
    assert ("inquiry.persons", name) in [(one.action, one.subject) for one in seen]
    auditor = pages.as_(Role.AUDITOR, KR)
    token = auditor.look(inquiry).form("/logout").fields["csrf"]
    sent = auditor.client.post(f"{inquiry}/persons", data={"csrf": token, "reason": "x"})
    assert sent.status_code == 403


def test_the_other_post_answers_and_the_desk_reads_it(
    pages: Pages, inquiry: str, late: str
) -> None:
    theirs = pages.as_(CARE, US).look(f"{inquiry}?lang=en")
    act = f"{inquiry}/answer"
    assert post(theirs, pages, US, act, reply="gold").answer.status_code == 422
    half = post(theirs, pages, US, act, reply="too_late", code="EMI")
    assert half.answer.status_code == 422
    ours = pages.as_(CARE, KR).look(inquiry)
    assert post(ours, pages, KR, act, reply="too_late").answer.status_code == 409
    answered = post(theirs, pages, US, act, reply="too_late")
    assert "The answer is sent." in answered.text
    assert post(theirs, pages, US, act, reply="too_late").answer.status_code == 409
    item = pages.as_(CARE, KR).look(f"/items/{late}?lang=en")
    assert "US on " in item.text
    closing = f"{inquiry}/acts"
    assert post(theirs, pages, US, closing, act="close").answer.status_code == 409
    assert post(ours, pages, KR, closing, act="close", resolution="x").answer.status_code == 409
    done = post(ours, pages, KR, closing, act="close", resolution="solved")
    assert "Closed." in done.text
    assert post(ours, pages, KR, closing, act="again").answer.status_code == 409


def test_the_letter_to_the_other_post(pages: Pages, inquiry: str) -> None:
    letter = pages.as_(CARE, KR).look(f"{inquiry}/letter?in=en")
    assert letter.answer.status_code == 200
    assert "Ms Example" not in letter.text
    paper = pages.as_(CARE, KR).client.get(f"{inquiry}/letter.pdf")
    assert paper.content.startswith(b"%PDF")
    assert pages.as_(CARE, US).look(f"{inquiry}/letter").answer.status_code == 404
