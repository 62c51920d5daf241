"""Inquiries that rules open: of items without a final event, and of claims that wait for the other
post, whose answer or silence decides the claim (req 35, 80). The small world; all made up."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from claim_workspaces import LATE_ITEM, OPEN_ITEM, PERIOD, at, claim, claims_workspace, story
from command_line import say

from datecertain.claims.cases import State
from datecertain.claims.confirming import said
from datecertain.claims.inquiries import Act, Happened
from datecertain.moments import parse_date
from datecertain.operations.claim_deadlines import advance
from datecertain.operations.claim_rows import StoredCase, find_case
from datecertain.operations.inquiries import Done, Question, close_inquiry, open_inquiry
from datecertain.operations.inquiry_answers import answer_inquiry
from datecertain.operations.inquiry_exchange import import_inquiries
from datecertain.operations.inquiry_rows import Inquiry, find_inquiries
from datecertain.operations.inquiry_rules import RuleReport, ask_by_rule
from datecertain.operations.inquiry_sending import send_inquiries
from datecertain.operations.workspaces import open_workspace

#: Three working days of the United States from Monday 9 November, without Veterans Day.
ASKED, SILENT = "2026-11-09T12:00Z", "2026-11-14T05:00Z"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    terms = ("confirmation,before", "confirmation_days,3")
    return claims_workspace(tmp_path_factory.mktemp("asked") / "w", *terms)


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "w"))


def run(folder: Path, moment: str, *, preview: bool = False) -> RuleReport:
    with open_workspace(folder, write=not preview) as opened:
        return ask_by_rule(opened, at(moment), [PERIOD], preview=preview)


def inquiries(folder: Path) -> list[Inquiry]:
    with open_workspace(folder) as opened, opened.reading() as view:
        return find_inquiries(view.connection)


def by_terms(folder: Path, moment: str) -> StoredCase:
    with open_workspace(folder, write=True) as opened:
        advance(opened, at(moment))
        advance(opened, at(moment))  # once more: nothing is done twice
        with opened.reading() as view:
            return find_case(view.connection, LATE_ITEM)


def acts(inquiry: Inquiry) -> list[str]:
    return [f"{one.act} {one.reason} {one.actor}".replace("  ", " ") for one in inquiry.events]


def test_an_item_without_a_final_event_is_asked_about_once(folder: Path) -> None:
    # Told for 26 October, asked about after five days: from 1 November on in Seoul.
    assert run(folder, "2026-10-31T14:59Z").needed == 0
    seen = run(folder, "2026-10-31T15:00Z", preview=True)
    assert [(one.item_id, one.asked) for one in seen.made] == [(OPEN_ITEM, "US")]
    assert inquiries(folder) == []
    made = run(folder, "2026-10-31T15:00Z")
    assert (made.opened, made.known, made.trouble) == (1, 0, [])
    (one,) = inquiries(folder)
    # Nothing was ever scanned of it: only the other post can say that it came without a scan.
    assert (one.item_id, one.asking, one.asked, acts(one)) == (
        OPEN_ITEM, "KR", "US", ["opened rule"],
    )  # fmt: skip
    assert one.facts["promised_on"] == "2026-10-26"
    again = run(folder, "2026-11-05T00:00Z")
    assert (again.needed, again.known, again.made) == (1, 1, [])
    with open_workspace(folder, write=True) as opened:
        close_inquiry(opened, one.inquiry_id, Done("desk", "presumed"), at("2026-11-12T00:00Z"))
    assert run(folder, "2026-11-16T15:00Z").known == 1


def test_an_inquiry_of_a_desk_does_for_it(folder: Path) -> None:
    question = Question(OPEN_ITEM, "update", "desk-2", asked="US")  # type: ignore[arg-type]
    with open_workspace(folder, write=True) as opened:
        open_inquiry(opened, question, at("2026-10-30T00:00Z"))
    made = run(folder, "2026-11-01T00:00Z")
    assert (made.opened, len(made.made), len(inquiries(folder))) == (0, 1, 1)
    assert run(folder, "2026-11-02T00:00Z").known == 1


def test_the_other_posts_answer_decides_a_claim(folder: Path, template: Path) -> None:
    """There and back as files: the answer of America's workspace grants the claim in Korea's."""
    america = Path(shutil.copytree(template, folder.parent / "us"))
    case = claim(folder, ASKED)
    (one,) = inquiries(folder)
    assert (one.item_id, one.asked, str(one.kind)) == (LATE_ITEM, "US", "delayed")
    with open_workspace(folder, write=True) as opened:
        (sent,) = send_inquiries(opened, (), at(ASKED))
        assert send_inquiries(opened, ["US"], at(ASKED)) == []  # nothing moved since
    assert (sent.post, sent.rows, sent.file.startswith("outgoing/US/")) == ("US", 1, True)
    _answered_in(america, (folder / sent.file).read_bytes(), one.inquiry_id)
    (back,) = sorted((america / "outgoing" / "KR").iterdir())
    with open_workspace(folder, write=True) as opened:
        taken = import_inquiries(opened, back.name, back.read_bytes(), _NOW, "desk-kr")
    assert (taken.new, taken.findings) == (2, [])
    assert by_terms(folder, "2026-11-10T09:00Z").state is State.GRANTED
    with open_workspace(folder) as opened, opened.reading() as view:
        assert story(find_case(view.connection, case.case_id))[1:] == [
            "confirmation_asked confirmation_asked 30000", "confirmed confirmed_late 30000",
        ]  # fmt: skip
    assert acts(inquiries(folder)[0])[2:] == [
        "answered confirmed_late desk-kr", "reply_read rule", "closed solved rule",
    ]  # fmt: skip
    shown = say("claim", "show", case.case_id, "-w", str(folder), "--json").json
    assert shown["confirmation"] == {
        "inquiry_id": one.inquiry_id, "asked": "US", "state": "closed", "reply": "confirmed_late",
    }  # fmt: skip
    told = say("inquiry", "show", one.inquiry_id, "-w", str(folder)).out
    assert f"Asked by rule: claim {case.case_id}" in told


_NOW = at("2026-11-10T08:00Z")


def _answered_in(america: Path, file: bytes, inquiry_id: str) -> None:
    with open_workspace(america, write=True) as opened:
        import_inquiries(opened, "from-korea.csv", file, _NOW, "desk-us")
        answer_inquiry(opened, inquiry_id, "confirmed_late", Done("desk-us"), _NOW)
        send_inquiries(opened, ["KR"], _NOW)


def test_silence_is_read_by_rule_and_ends_the_inquiry(folder: Path) -> None:
    claim(folder, ASKED)
    assert by_terms(folder, "2026-11-14T04:59Z").state is State.CONFIRMING
    assert inquiries(folder)[0].standing.state.open
    assert story(by_terms(folder, SILENT))[2:] == ["presumed guarantee 30000"]
    assert acts(inquiries(folder)[0]) == ["opened rule", "closed presumed rule"]


def test_an_answer_that_comes_too_late_or_says_nothing_of_the_date(folder: Path) -> None:
    claim(folder, ASKED)
    name = inquiries(folder)[0].inquiry_id
    with open_workspace(folder, write=True) as opened:
        answer_inquiry(opened, name, "not_arrived", Done("desk-us"), at("2026-11-12T00:00Z"))
    assert by_terms(folder, "2026-11-13T00:00Z").state is State.CONFIRMING
    assert story(by_terms(folder, SILENT))[2:] == ["presumed guarantee 30000"]
    assert acts(inquiries(folder)[0])[-1] == "closed unsolved rule"


def test_cut_off_before_it_asked_the_next_run_asks(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("datecertain.operations.inquiry_rules.ask_for_claims", cut_off)
        with pytest.raises(KeyboardInterrupt):
            claim(folder, ASKED)
    assert inquiries(folder) == []
    made = say("inquiry", "run", "--now", ASKED, "-w", str(folder), "--json").json
    assert [(one["ground"], one["item_id"]) for one in made["asked"]] == [
        ("waiting", OPEN_ITEM), ("claim", LATE_ITEM),
    ]  # fmt: skip
    assert len(inquiries(folder)) == 2


#: the reply | the event that it tells | what it says of a date told for 26 October
ANSWERS = """
confirmed_late |                  | confirmed
in_time        |                  | denied
delivered      | 2026-10-27T00:01 | confirmed
delivered      | 2026-10-26T23:59 | denied
attempted      | 2026-10-26T18:00 | denied
delivered      |                  | nothing
not_arrived    |                  | nothing
on_its_way     |                  | nothing
"""


@pytest.mark.parametrize("case", ANSWERS.strip().splitlines())
def test_what_an_answer_says_of_the_date(case: str) -> None:
    reply, local, wanted = (cell.strip() for cell in case.split("|"))
    details = {"event": {"code": "EMI", "local": local, "office": "US-NYC"}} if local else {}
    told = [Happened(Act.ANSWERED, 0, 0, "desk", "US", reply, details)]
    found = said(told, parse_date("2026-10-26"))
    assert ("nothing" if found is None else str(found[0])) == wanted
