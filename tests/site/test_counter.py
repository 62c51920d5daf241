"""The counter, as a clerk uses it (req 1, 7, 8, 10, 72)."""

from __future__ import annotations

import pytest
from site_door import ITEM, Page, Pages, Reader

from datecertain.access import Role
from datecertain.identifiers import ItemNumber

NUMBERS = iter(range(500))


def new_item() -> str:
    return str(ItemNumber.compose("EF", next(NUMBERS), "KR"))


def quoted(reader: Reader, to: str = "US 10001", **more: str) -> Page:
    page = reader.look("/counter?lang=en")
    return reader.send(page, "/counter", **{"from": "KR 03051", "to": to} | more)


def test_a_date_in_two_fields(pages: Pages) -> None:
    page = quoted(pages.as_(Role.COUNTER, "KR"), at="2026-10-21T10:00")
    assert "Guaranteed delivery date" in page.text
    assert '<time datetime="2026-10-24">Sat 24 Oct 2026</time>' in page.text
    assert "Accepted in" in page.text


@pytest.mark.parametrize("to", ["us10001", "US:10001", "USPS 10001", " us - 10001 "])
def test_the_place_is_read_as_people_type_it(pages: Pages, to: str) -> None:
    page = quoted(pages.as_(Role.COUNTER, "KR"), to=to, at="2026-10-21T10:00")
    assert '<time datetime="2026-10-24">' in page.text


def test_where_the_clerk_quotes_from_is_kept(pages: Pages) -> None:
    reader = pages.as_(Role.COUNTER, "KR")
    quoted(reader)
    assert reader.look("/counter").form("/counter").fields["from"] == "KR 03051"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("to", "XX 1", "No such place"), ("to", "10001", "No such place"),
        ("at", "yesterday", "cannot be read"), ("weight", "two", "whole number"),
        ("contents", "gold", "Choose one"), ("value", "9" * 61, "too long"),
        ("to", "US \x00", "too long"), ("to", "US \u202e\U0001f4ee", "not guaranteed|No date"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_told_at_its_field(
    pages: Pages, field: str, value: str, said: str
) -> None:
    page = quoted(pages.as_(Role.COUNTER, "KR"), **{field: value})
    assert page.answer.status_code in (200, 422)
    assert any(one in page.text for one in said.split("|")), page.text


def test_a_promise_is_recorded_once_and_its_slip_says_what_was_told(pages: Pages) -> None:
    reader, item = pages.as_(Role.COUNTER, "KR"), new_item()
    answer = quoted(reader)
    fields = {"item": item, "postage": "30,000", "weight": "500"}
    slip = reader.send(answer, "/counter/promises", **fields)
    again = reader.send(answer, "/counter/promises", **fields)  # clicked twice
    assert slip.answer.url == again.answer.url
    assert "Recorded." in slip.text
    for told in (item, "KR 03051", "US 10001", "30,000 KRW", "Deliver by"):
        assert told in slip.text
    assert "Recorded." not in reader.look(str(slip.answer.url.path)).text  # said once


def test_a_wrong_quote_is_voided_with_a_reason(pages: Pages) -> None:
    reader = pages.as_(Role.COUNTER, "KR")
    slip = reader.send(quoted(reader), "/counter/promises", item=new_item())
    action = f"{slip.answer.url.path}/void"
    assert "A reason is needed" in reader.send(slip, action, reason=" ").text
    voided = reader.send(slip, action, reason="wrong country")
    assert "Voided by counter-kr-person: wrong country" in voided.text
    assert "Deliver by" not in voided.text
    again = reader.send(slip, action, reason="once more")
    assert again.answer.status_code == 409
    assert "cannot be voided" in again.text


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [("item", "EE1", "no item number"), ("item", "", "number"), ("postage", "3.5", "amount"),
     ("item", ITEM, "Recorded.")],
)  # fmt: skip
def test_a_record_that_cannot_be_made_says_why(
    pages: Pages, field: str, value: str, said: str
) -> None:
    reader = pages.as_(Role.COUNTER, "KR")
    page = reader.send(quoted(reader), "/counter/promises", **{"item": new_item(), field: value})
    assert said in page.text


def test_a_promise_is_for_the_eyes_of_its_own_post(pages: Pages) -> None:
    reader = pages.as_(Role.COUNTER, "KR")
    path = reader.send(quoted(reader), "/counter/promises", item=new_item()).answer.url.path
    for post in ("US", "JP"):
        other = pages.as_(Role.COUNTER, post)
        assert other.look(path).answer.status_code == 404
        token = other.look("/counter").form("/logout").fields["csrf"]
        void = other.client.post(f"{path}/void", data={"csrf": token, "reason": "not mine"})
        assert void.status_code == 404
    assert pages.as_(Role.CARE, "KR").look(path).answer.status_code == 403


def test_nobody_records_for_another_post(pages: Pages) -> None:
    other = pages.as_(Role.COUNTER, "US")
    page = quoted(other)
    assert "/counter/promises" not in {form.action for form in page.forms}
    sent = {"csrf": page.form("/logout").fields["csrf"], "from": "KR 03051", "to": "US 10001",
            "item": new_item(), "key": "k"}  # fmt: skip
    answer = other.client.post("/counter/promises", data=sent)
    assert answer.status_code == 422
    assert "your own post only" in answer.text
