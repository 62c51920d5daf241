"""Administration of one's own post: accounts, keys, jobs, webhooks, the audit trail (req 58)."""

from __future__ import annotations

import re
import time

import pytest
from command_line import say
from site_door import Page, Pages
from test_every_page import demand_whole

from datecertain.access import Role

ADMIN = Role.ADMINISTRATOR
OWN = ("/admin", "/admin/accounts", "/admin/jobs", "/admin/webhooks", "/admin/audit")


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("post", ["KR", ""])
def test_every_page_is_whole(pages: Pages, post: str, language: str) -> None:
    reader = pages.as_(ADMIN, post)
    for path in (*OWN, "/admin/audit?verify=1", "/admin/audit?who=%00&after=3"):
        page = reader.look(f"{path}{'&' if '?' in path else '?'}lang={language}")
        assert page.answer.status_code == 200, page.text
        demand_whole(path, page)
        assert page.language == language


def test_only_administrators_come_in(pages: Pages) -> None:
    for path in OWN:
        assert pages.anyone().look(path).answer.url.path == "/login"
        for role in (Role.CARE, Role.SETTLEMENT, Role.COUNTER):
            assert pages.as_(role, "KR").look(path).answer.status_code == 403, path


def without_ticks(pages: Pages, login: str, *roles: str) -> Page:
    """A new account with these roles alone."""
    reader = pages.as_(ADMIN, "KR")
    fields = reader.look("/admin/accounts?lang=en").form("/admin/accounts").fields
    plain = {name: value for name, value in fields.items() if not name.startswith("role.")}
    data = plain | {"login": login, "name": login, "kind": "person", "language": "en"}
    data |= {f"role.{role}": "1" for role in roles}
    return Page(reader.client.post("/admin/accounts", data=data))


def test_an_account_its_key_shown_once_revoked_and_closed(pages: Pages) -> None:
    reader, path = pages.as_(ADMIN, "KR"), "/admin/accounts/new-1"
    page = without_ticks(pages, "new-1", "counter")
    assert "Made." in page.text
    shown = reader.send(page, f"{path}/keys", days="30")
    key = re.search(r"dc_[0-9a-f]{12}_[\w-]{43}", shown.text)
    assert key
    assert key[0] not in reader.look(path).text  # shown once
    headers = {"Authorization": f"Bearer {key[0]}"}
    assert pages.api.client.get("/v1/approvals", headers=headers).status_code == 200
    weak = reader.send(reader.look(path), f"{path}/password", password="x")
    assert "This password cannot be used." in weak.text
    word = "a window at Gwanghwamun"
    assert "is set" in reader.send(weak, f"{path}/password", password=word).text
    clerk = pages.anyone()
    clerk.send(clerk.look("/login"), "/login", login="new-1", password=word)
    assert clerk.look("/counter").answer.url.path == "/counter"
    key_id = key[0].split("_")[1]
    assert "Revoked." in reader.send(shown, f"{path}/keys/{key_id}/revoke").text
    time.sleep(1.1)  # a key is looked for anew after a second
    assert pages.api.client.get("/v1/approvals", headers=headers).status_code == 401
    csrf = reader.look(path).form(f"{path}/roles").fields["csrf"]
    for ticked, said in (
        ({"role.settlement": "1"}, "they hold at once"),
        ({}, "cannot be changed so"),
    ):
        changed = reader.client.post(f"{path}/roles", data={"csrf": csrf, **ticked})
        assert said in changed.text
    looked = [clerk.look(page).answer.status_code for page in ("/settlement", "/counter")]
    assert looked == [200, 403]
    closed = reader.send(reader.look(path), f"{path}/state", do="close")
    assert "Closed." in closed.text
    assert clerk.look("/counter").answer.url.path == "/login"
    assert "Open again." in reader.send(closed, f"{path}/state", do="open").text
    assert "Signed out" in reader.send(reader.look(path), f"{path}/state", do="sign_out").text


@pytest.mark.parametrize(
    ("login", "roles", "said"),
    [("Ö", ["counter"], "is no login"), ("new-2", [], "At least one role is needed"),
     ("new-3", ["central_office"], "cannot be had there"),
     ("administrator-kr-person", ["care"], "cannot be made"),
     ("new-4", ["\x00"], "cannot be made")],
)  # fmt: skip
def test_an_account_that_cannot_be_made_is_told(
    pages: Pages, login: str, roles: list[str], said: str
) -> None:
    page = without_ticks(pages, login, *roles)
    assert page.answer.status_code == 422
    assert said in page.text
    demand_whole("accounts", page)


def test_accounts_of_other_posts_are_not_there(pages: Pages) -> None:
    without_ticks(pages, "new-5", "care")
    for post in ("US", ""):
        other = pages.as_(ADMIN, post)
        assert "new-5" not in other.look("/admin/accounts").text
        assert other.look("/admin/accounts/new-5").answer.status_code == 404
        token = {"csrf": other.look("/admin").form("/logout").fields["csrf"], "do": "close"}
        for way in ("state", "keys", "keys/x/revoke", "password"):
            answer = other.client.post(f"/admin/accounts/new-5/{way}", data=token)
            assert answer.status_code == 404, way
    own = pages.as_(ADMIN, "KR")
    page = own.look("/admin/accounts/administrator-kr-person?lang=en")
    data = page.form("/admin/accounts/administrator-kr-person/state").fields | {"do": "close"}
    answer = own.client.post("/admin/accounts/administrator-kr-person/state", data=data)
    assert "cannot close your own" in answer.text


def test_a_job_is_paused_and_goes_on(pages: Pages) -> None:
    reader = pages.as_(ADMIN, "KR")
    page = reader.look("/admin/jobs?lang=en")
    paused = reader.send(page, "/admin/jobs", job="watch", do="pause")
    assert "Paused." in paused.text
    assert "It goes on." in reader.send(paused, "/admin/jobs", job="watch", do="resume").text
    for wrong in ({"job": "none", "do": "run"}, {"job": "watch", "do": "burn"}):
        assert reader.send(page, "/admin/jobs", **wrong).answer.status_code == 422
    done = say("jobs", "run", "watch", "-w", pages.api.workspace)
    assert done.code in (0, 1), done.err
    runs = reader.look("/admin/jobs?lang=ko")
    assert "완료" in runs.text or "확인 필요" in runs.text
    demand_whole("/admin/jobs", runs)
    backup = reader.send(page, "/admin/jobs", job="backup", do="resume")
    assert backup.answer.status_code == 422  # it has no place to go to


def test_no_place_of_the_machine_is_told(pages: Pages) -> None:
    text = pages.as_(ADMIN, "KR").look("/admin?lang=en").text
    assert str(pages.api.workspace) not in text
    assert "sqlite" not in text


def test_a_webhook_is_registered_with_a_secret_shown_once(pages: Pages) -> None:
    reader = pages.as_(ADMIN, "KR")
    page = reader.look("/admin/webhooks?lang=en")
    assert "cannot be registered" in reader.send(page, "/admin/webhooks", url="ftp://x").text
    fields = page.form("/admin/webhooks").fields
    plain = {name: value for name, value in fields.items() if not name.startswith("kind.")}
    data = plain | {"url": "https://example.org/hook"}
    shown = Page(reader.client.post("/admin/webhooks", data=data))
    secret = re.search(r"whsec_[\w+/=]+", shown.text)
    assert secret
    path = next(link for link in shown.links if link.startswith("/admin/webhooks/wh_"))
    one = reader.look(path)
    assert secret[0] not in one.text
    assert pages.as_(ADMIN, "US").look(path).answer.status_code == 404
    paused = reader.send(one, path, do="pause")
    assert "Paused." in paused.text
    assert "It goes on." in reader.send(paused, path, do="resume").text
    assert "whsec_" in reader.send(one, path, do="secret").text
    assert "Ended." in reader.send(one, path, do="remove").text


def test_the_trail_is_filtered_verified_and_of_ones_own_post(pages: Pages) -> None:
    without_ticks(pages, "new-6", "care")
    reader = pages.as_(ADMIN, "KR")
    page = reader.look("/admin/audit?lang=en&action=account&subject=new-6")
    assert "new-6" in page.text
    nothing = reader.look("/admin/audit?lang=en&action=key&subject=new-6")
    assert "No entry fits" in nothing.text
    assert "The chain is whole" in reader.look("/admin/audit?lang=en&verify=1").text
    for role, post in ((ADMIN, "US"), (ADMIN, ""), (Role.AUDITOR, "US")):
        rows = pages.as_(role, post).client.get("/admin/audit?file=trail.csv")
        assert "new-6" not in rows.text


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_rule_book_is_searched_and_held_against_another_day(
    pages: Pages, language: str
) -> None:
    reader = pages.as_(Role.NETWORK, "KR")
    page = reader.look(f"/rules?lang={language}&partner=US")
    demand_whole("/rules", page)
    rows = page.text.count("<tr>")
    fewer = reader.look("/rules?partner=US&search=refund+환불").text.count("<tr>")
    assert rows > 10
    assert fewer < rows
    same = reader.look("/rules?partner=US&on=2026-11-02&against=2026-11-03")
    demand_whole("/rules", same)
    assert same.answer.status_code == 200
    for wrong in ("on=never", "on=1999-01-01", "against=2999-01-01"):
        bad = reader.look(f"/rules?partner=US&{wrong}")
        assert bad.answer.status_code == 422
        demand_whole(wrong, bad)
    assert reader.client.get("/rules?partner=US&file=rulebook.pdf").content.startswith(b"%PDF")


def test_what_two_posts_agreed_is_shown_to_them(pages: Pages) -> None:
    assert "No rule book" in pages.as_(Role.CENTRAL_OFFICE, "").look("/rules?lang=en").text
    for path in ("/rules?partner=US", "/rules?partner=US&file=rulebook.pdf"):
        assert pages.as_(ADMIN, "").look(path).answer.status_code == 404
    assert pages.as_(Role.NETWORK, "KR").look("/rules?partner=KR").answer.status_code == 404
