"""Messages and data quality for EDI staff (req 16-20, 57)."""

from __future__ import annotations

import csv
import io

import pytest
from site_door import Page, Pages
from small_workspaces import interchange, take_in_files

from datecertain.access import Role

EDI, KR = Role.EDI, "KR"
#: Its check digit is wrong.
WRONG = "EE000000006KR"


@pytest.fixture(scope="module", autouse=True)
def _set_aside(pages: Pages, late: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """An event under a wrong number waits in quarantine."""
    wrong = interchange(("EMC", "202610230200", "KRSELB"), item=WRONG, reference="90")
    mailbox = tmp_path_factory.mktemp("wrong")
    take_in_files(pages.api.workspace, mailbox, {"KR/wrong.edi": wrong})


def test_what_came_from_whom_leads_to_what_waits(pages: Pages) -> None:
    page = pages.as_(EDI, KR).look("/messages?lang=en")
    assert "/messages/quarantine?partner=KR" in page.links
    assert "What came from whom" in page.text
    rows = csv.DictReader(
        io.StringIO(pages.as_(EDI, KR).client.get("/messages.csv?lang=en").text.lstrip("\ufeff"))
    )
    partners = {row["Partner"]: row for row in rows}
    assert int(partners["US"]["Events"]) >= 12
    assert int(partners["KR"]["Set aside"]) >= 1


def test_what_was_set_aside_is_told_with_its_reason_and_read_again(pages: Pages) -> None:
    reader = pages.as_(EDI, KR)
    page = reader.look("/messages/quarantine?partner=KR&lang=en")
    assert WRONG in page.text
    assert "KR/wrong.edi" in page.text
    assert WRONG in reader.client.get("/messages/quarantine.csv").text
    again = reader.send(page, "/messages/quarantine/replay")
    assert "nothing could be used yet" in again.text
    token = page.form("/logout").fields["csrf"]
    none = reader.client.post("/messages/quarantine/replay", data={"csrf": token, "part": "0" * 64})
    assert none.status_code == 404
    assert WRONG not in reader.look("/messages/quarantine?reason=nonsense").text


@pytest.mark.parametrize(("post", "seen"), [("US", True), ("JP", False)])
def test_mail_is_seen_by_who_sent_and_got_it(pages: Pages, post: str, seen: bool) -> None:
    reader = pages.as_(EDI, post)
    assert (WRONG in reader.look("/messages/quarantine").text) == seen
    assert ("KRA" in reader.look("/messages/gaps").text) == seen
    assert (">KR</th>" in reader.look("/messages").text) == seen
    if not seen:
        token = reader.look("/messages").form("/logout").fields["csrf"]
        sent = reader.client.post("/messages/quarantine/replay", data={"csrf": token})
        assert sent.status_code == 404


def test_an_auditor_reads_and_does_not_act(pages: Pages) -> None:
    reader = pages.as_(Role.AUDITOR, KR)
    page = reader.look("/messages/quarantine")
    assert "/messages/quarantine/replay" not in {form.action for form in page.forms}
    token = page.form("/logout").fields["csrf"]
    sent = Page(reader.client.post("/messages/quarantine/replay", data={"csrf": token}))
    assert sent.answer.status_code == 403


def test_interchanges_that_never_came(pages: Pages) -> None:
    page = pages.as_(EDI, KR).look("/messages/gaps?lang=en")
    assert "Interchanges that never came" in page.text
    assert "KRA" in page.text
    assert pages.as_(EDI, KR).client.get("/messages/gaps.xlsx").content.startswith(b"PK")
    assert pages.as_(EDI, KR).client.get("/messages/gaps.doc").status_code == 404
    assert "house-emsevt" in pages.as_(EDI, KR).look("/messages/profiles").text


def test_data_quality_per_partner_and_the_list_to_send(pages: Pages, late: str) -> None:
    reader = pages.as_(EDI, KR)
    page = reader.look("/data-quality?month=2026-10&lang=en")
    assert "/data-quality?month=2026-10&post=US" in [
        one.replace("&amp;", "&") for one in page.links
    ]
    one = reader.look("/data-quality?month=2026-10&post=US&lang=en")
    assert f"/items/{late}" in one.links  # what it told late, or not at all
    assert "What US told" in one.text
    listed = reader.client.get("/data-quality/list.csv?month=2026-10&post=US&lang=en").text
    assert late in listed
    assert reader.client.get("/data-quality.xlsx?month=2026-10").content.startswith(b"PK")


@pytest.mark.parametrize("query", ["month=2019-01", "month=x", "post=%00", "month=2026-10&post=ZZ"])
def test_figures_that_are_not_there_are_told_to_be_so(pages: Pages, query: str) -> None:
    assert pages.as_(EDI, KR).look(f"/data-quality?{query}").answer.status_code == 200


@pytest.mark.parametrize(("role", "post"), [(EDI, "JP"), (Role.CENTRAL_OFFICE, "")])
def test_the_figures_of_a_pair_are_its_own(pages: Pages, late: str, role: Role, post: str) -> None:
    reader = pages.as_(role, post)
    for path in ("/data-quality?month=2026-10", "/data-quality?month=2026-10&post=US"):
        page = reader.look(path)
        assert page.answer.status_code == 200
        assert late not in page.text
        assert "post=US" not in page.text.split("<main")[1].split("</main>")[0]
    assert late not in reader.client.get("/data-quality/list.csv?month=2026-10&post=US").text
