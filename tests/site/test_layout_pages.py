"""From a file that nobody can read to a layout in use, by pages alone (req 16, 17). Partner and
files are synthetic; their layout was made up for these tests."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from api_door import api_over
from month_of_mail import CLOCK
from site_door import Page, Pages, Reader
from small_workspaces import small_workspace

from datecertain.access import Role
from datecertain.operations.mail_room import take_in
from partner_layouts import HOUSE, ITEMS, PARTNERS, file

EDI, KR = Role.EDI, "KR"
DRAFT = "/messages/profiles/draft?partner=KR"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """Pages of this module's own: the tests follow one another."""
    for api in api_over(small_workspace(tmp_path_factory.mktemp("layouts") / "w"), clock=CLOCK):
        site = Pages(api)
        yield site
        site.close()


def token(reader: Reader) -> str:
    return reader.look("/messages").form("/logout").fields["csrf"]


def upload(reader: Reader, data: bytes, csrf: str | None = None, name: str = "a.edi") -> Page:
    fields = {"csrf": token(reader) if csrf is None else csrf}
    answer = reader.client.post("/messages/received", data=fields, files={"file": (name, data)})
    return Page(answer)


def text_of(page: Page) -> str:
    """What stands in the page's textarea."""
    found = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page.text, re.DOTALL)
    assert found
    return html.unescape(found[1])


def read(pages: Pages) -> None:
    complaints: list[str] = []
    take_in(pages.api.workspace, CLOCK, lambda taken: None, complaints.append)
    assert complaints == []


def test_a_file_handed_in_by_a_page_comes_byte_for_byte(own: Pages) -> None:
    reader, data = own.as_(EDI, KR), file(HOUSE, reference="1") + b"\r\n--odd\x00\xff"
    page = upload(reader, data)
    sha256 = hashlib.sha256(data).hexdigest()
    assert page.answer.url.path == f"/messages/received/{sha256}"
    assert 'hx-trigger="every 3s"' in page.text
    read(own)
    page = reader.look(f"/messages/received/{sha256}?lang=en")
    assert "<dt>Events</dt><dd>9</dd>" in page.text
    assert "hx-trigger" not in page.text
    assert own.as_(EDI, "US").look(f"/messages/received/{sha256}").answer.status_code == 404


def test_only_a_form_of_the_own_visit_hands_in(own: Pages) -> None:
    reader, small = own.as_(EDI, KR), b"UNB+"
    reader.look("/messages?lang=ko")
    guessed = upload(reader, small, csrf="guessed")
    assert guessed.answer.status_code == 403
    assert "화면을 다시 불러오십시오." in guessed.text
    reader.look("/messages?lang=en")
    auditor = own.as_(Role.AUDITOR, KR)
    assert upload(auditor, small).answer.status_code == 403
    assert 'action="/messages/received"' not in auditor.look("/messages").text
    assert "No file was chosen" in upload(reader, b"").text
    headers = {"content-type": "multipart/form-data; boundary=x"}
    for body in (b"", b"--x\r\n", b"--x\r\nodd\r\n--x--", b"--x--"):
        sent = reader.client.post("/messages/received", content=body, headers=headers)
        assert sent.status_code in (403, 422), body


def test_a_file_has_the_bounds_of_what_is_handed_in(own: Pages) -> None:
    door = own.api.app.state.door
    before = door.how
    door.how = replace(before, most_bytes=1_000)
    try:
        reader = own.as_(EDI, KR)
        assert upload(reader, b"x" * 1_001).answer.status_code == 413
        assert upload(reader, b"x" * 100_000).answer.status_code == 413
    finally:
        door.how = before


def test_a_layout_is_drafted_checked_and_accepted_on_what_waits(own: Pages) -> None:
    reader = own.as_(EDI, KR)
    assert "No message of this partner" in reader.look(f"{DRAFT}&lang=en").text
    for number in ("11", "12", "13"):
        upload(reader, file(PARTNERS["cni"], ITEMS, reference=number))
    of_us = {"sender": "J1CUSA", "recipient": "J1CKRA"}
    upload(reader, file(PARTNERS["gid"], ITEMS, reference="21", **of_us))
    read(own)
    # Who handed a file in sees what of it waits, whoever sent it; another post does not.
    assert "EMSEVT:2:8:XP" in reader.look("/messages/profiles/draft?partner=US").text
    others = own.as_(EDI, "JP").look("/messages/profiles/draft?partner=US&lang=en")
    assert "No message of this partner" in others.text
    assert DRAFT in reader.look("/messages/profiles").links
    page = reader.look(DRAFT)
    assert "EMSEVT:3:1:XP:CNI1" in page.text
    text = text_of(page)
    nobody = text.replace('senders = ["J1CKRA"]', "senders = []")
    checked = reader.send(page, "/messages/profiles/check", text=nobody)
    assert "it cannot be accepted" in checked.text
    assert "/messages/profiles/accept" not in {form.action for form in checked.forms}
    checked = reader.send(page, "/messages/profiles/check", text=text)
    assert "All conditions hold" in checked.text
    refused = reader.send(checked, "/messages/profiles/accept", items="1", events="1")
    assert refused.answer.status_code == 409  # the partner counts otherwise
    done = reader.send(checked, "/messages/profiles/accept")
    assert done.answer.url.path == "/messages/quarantine"
    assert "The layout is accepted" in done.text
    again = reader.send(done, "/messages/quarantine/replay")
    assert "/messages/quarantine/replay" not in {form.action for form in again.forms}
    assert "kr-emsevt" in reader.look("/messages/profiles").text


@pytest.mark.parametrize(("form", "status"), [
    ({"text": "nonsense"}, 422), ({"text": "name = 1"}, 422), ({"partner": "ZZ"}, 404),
    ({"text": "x", "items": "a", "events": "1"}, 422),
])  # fmt: skip
def test_what_is_no_layout_is_told_beside_it(own: Pages, form: dict[str, str], status: int) -> None:
    reader = own.as_(EDI, KR)
    data = {"csrf": token(reader), "partner": "KR", **form}
    for step in ("check", "accept"):
        sent = Page(reader.client.post(f"/messages/profiles/{step}", data=data))
        assert sent.answer.status_code == status, sent.text


#: A sentence that stands in English: what pages mark so, but for words, files and languages.
ENGLISH = re.compile(r'<(?:span|p|td)[^>]* lang="en"[^>]*>[^<]*[a-z] [a-z]')


@pytest.mark.parametrize(("text", "told"), [
    ("nonsense", "레이아웃이 올바른 TOML이 아닙니다. 이름 뒤에는 “=”이 있어야 합니다. 1행 9열."),
    ("name = 1", "레이아웃 “1”: “fields”이(가) 없습니다."),
    ('name = "x"\nfields = [{field = "code", within = "all"}]', "레이아웃 “x”: within “all”:"),
])  # fmt: skip
def test_what_is_wrong_with_a_layout_is_told_in_korean(own: Pages, text: str, told: str) -> None:
    reader = own.as_(EDI, KR)
    data = {"csrf": token(reader), "partner": "KR", "text": text}
    sent = Page(reader.client.post("/messages/profiles/check?lang=ko", data=data))
    assert sent.answer.status_code == 422
    assert told in html.unescape(sent.text)
    assert not ENGLISH.search(sent.text)


def test_what_was_found_in_a_file_is_told_in_korean(own: Pages) -> None:
    reader = own.as_(EDI, KR)
    wrong = file(HOUSE, reference="81").replace(b"EE", b"E1", 1) + b"\r\n--odd\x00\xff"
    page = upload(reader, wrong)
    read(own)
    page = reader.look(f"{page.answer.url.path}?lang=ko")
    rows = re.findall(r"<tr>.*?</tr>", page.text.partition('id="findings"')[2], re.DOTALL)[1:]
    assert rows
    for row in rows:
        _, position, _, detail = re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL)
        assert re.search("[가-힣]", position), row
        assert re.search("[가-힣]", detail), row
    assert not ENGLISH.search(page.text)
    assert "바이트가 어느 전문에도 속하지 않습니다." in page.text
    english = reader.look(f"{page.answer.url.path}?lang=en").text
    assert "bytes belong to no interchange" in english
