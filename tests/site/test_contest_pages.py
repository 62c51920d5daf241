"""An attribution contested item by item, and answered: by the two posts of the item alone."""

from __future__ import annotations

import pytest
from site_door import Pages
from test_every_page import demand_whole

from datecertain.access import Role
from datecertain.operations.statements import statements_here
from datecertain.operations.workspaces import open_workspace
from datecertain.settlement import items_behind
from datecertain.settlement.reasons import Kind


@pytest.fixture(scope="module")
def charged(month_pages: Pages) -> tuple[str, str, str]:
    """(item, the post that is charged for it, the other)."""
    with open_workspace(month_pages.api.workspace) as opened, opened.reading() as view:
        for one in statements_here(view.connection):
            for line in one.statement.lines:
                if line.reason.kind is Kind.RECOURSE:
                    item = items_behind(one.statement, line.number)["item_id"][0].as_py()
                    return item, line.debtor, line.creditor
    raise AssertionError("nobody is charged for anything")


def test_an_item_is_contested_answered_and_seen_by_its_posts_alone(
    month_pages: Pages, charged: tuple[str, str, str]
) -> None:
    item, debtor, creditor = charged
    reader = month_pages.as_(Role.QUALITY, debtor)
    page = reader.look(f"/contest/{item}?lang=en")
    demand_whole("contest", page)
    assert "provisional" in page.text
    assert "SDR" not in page.text.split("<dl")[1]  # the quality manager has no right to money
    bare = reader.send(page, f"/contest/{item}", reason=" ")
    assert bare.answer.status_code == 422
    assert "A reason is needed" in bare.text
    done = reader.send(page, f"/contest/{item}", reason="handed over <on> the 21st")
    assert "The other post sees it" in done.text
    assert "handed over &lt;on&gt; the 21st" in done.text
    assert "This cannot be said now" in reader.send(page, f"/contest/{item}", reason="again").text
    listed = reader.look("/contested")
    demand_whole("contested", listed)
    assert item in listed.text
    other = month_pages.as_(Role.SETTLEMENT, creditor)
    before = other.look("/contested?lang=en")
    assert "SDR" in before.text
    said = other.send(before, "/contested/answer", act="maintain", reason="our scan says the 22nd")
    assert "our scan says the 22nd" in said.text
    assert "our scan says the 22nd" in reader.look(f"/contest/{item}").text
    gone = reader.send(reader.look("/contested"), "/contested/withdraw")
    assert "It is contested no longer" in gone.text
    for role, post in ((Role.QUALITY, "AU" if "AU" not in charged else "TH"), (Role.QUALITY, "")):
        third = month_pages.as_(role, post)
        assert third.look(f"/contest/{item}").answer.status_code == 404
        assert item not in third.look("/contested").text
        token = third.look("/contested").form("/logout").fields["csrf"]
        sent = {"csrf": token, "reason": "x", "period": "2026-10", "line": "1"}
        assert third.client.post(f"/contest/{item}", data=sent).status_code == 404
        key = f"2026-10/{'-'.join(sorted((debtor, creditor)))}/1/{item}"
        back = third.client.post("/contested/withdraw", data={"csrf": token, "key": key})
        assert back.status_code == 404
    assert month_pages.as_(Role.CENTRAL_OFFICE).look("/contested").answer.status_code == 403


def test_odd_things_are_refused_in_words(month_pages: Pages, charged: tuple[str, str, str]) -> None:
    item, debtor, _ = charged
    reader = month_pages.as_(Role.SETTLEMENT, debtor)
    assert reader.look("/contest/nothing").answer.status_code == 404
    assert reader.look("/contest/%00").answer.status_code == 404
    token = reader.look("/contested").form("/logout").fields["csrf"]
    for path, fields in (
        (f"/contest/{item}", {"reason": "x", "period": "2026-10", "line": "９"}),
        (f"/contest/{item}", {"reason": "x", "period": "\x00", "line": "1"}),
        ("/contested/answer", {"key": "a/b/c/d", "act": "concede", "reason": "x"}),
        ("/contested/answer", {"key": "2026-10/KR-US/1/-", "act": "x", "reason": "x"}),
    ):
        answer = reader.client.post(path, data={"csrf": token} | fields)
        assert answer.status_code == 404, (path, fields)
