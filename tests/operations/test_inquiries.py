"""Inquiries over a whole workspace: filled in, answered, reminded, never edited."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from inquiry_cases import ASKED_AT, LATER, NOTE, SENDER, ask, late_item
from sqlalchemy import func, select

from datecertain.claims.inquiries import Act, Kind
from datecertain.errors import NotFound, UsageError
from datecertain.moments import parse_utc
from datecertain.operations.clock import FixedClock
from datecertain.operations.inquiries import (
    Done,
    Question,
    act_on,
    ask_again,
    close_inquiry,
    list_inquiries,
    open_inquiry,
    see_persons,
    show_inquiry,
)
from datecertain.operations.inquiry_answers import ToldEvent, answer_inquiry
from datecertain.operations.inquiry_performance import inquiry_figures
from datecertain.operations.inquiry_reminders import remind
from datecertain.operations.telling_inquiries import as_json, in_words
from datecertain.operations.timelines import item_timeline
from datecertain.operations.workspaces import open_workspace
from datecertain.store.case_records import inquiry_events
from datecertain.wording import LANGUAGES, words

DELIVERED = ToldEvent("EMI", "2026-10-30T11:05", "US-NYC")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return late_item(tmp_path_factory.mktemp("inquiries") / "kr")


@pytest.fixture
def workspace(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "kr"))


def test_an_inquiry_is_filled_in_and_goes_to_who_holds_the_item(workspace: Path) -> None:
    inquiry_id = ask(workspace)
    with open_workspace(workspace) as opened:
        one = show_inquiry(opened, inquiry_id).inquiry
    assert (one.asking, one.asked) == ("KR", "US")
    facts = dict(one.facts)
    assert facts["last_scan"] == {
        "code": "EMD", "local": "2026-10-24T13:00", "office": "USJFKA", "reason": None,
    }  # fmt: skip
    assert (facts["holder"], facts["leg"], facts["missing"]) == ("US", "import", [])
    assert (facts["promised_on"], facts["postage_minor"], facts["weight_g"]) == (
        "2026-10-26", 30000, 500,
    )  # fmt: skip
    # 30,000 won at 1,930.5 won an SDR is 15.540015…: half even to a micro-SDR.
    assert facts["postage_usdr"] == facts["indemnity_usdr"] == 15_540_016


def test_the_same_question_is_asked_once(workspace: Path) -> None:
    first = ask(workspace)
    assert ask(workspace) == first
    assert ask(workspace, at=ASKED_AT + 60) == first
    assert ask(workspace, Kind.PROOF) != first
    with open_workspace(workspace) as opened:
        assert len(list_inquiries(opened, post="US")) == 2
        assert list_inquiries(opened, post="JP") == []


#: A question that cannot be asked, and why.
REFUSED = [
    (Question("EE000000005KR", Kind.DELAYED, "d", asking="US"), "US itself by its last scan"),
    (Question("EE000000005KR", Kind.DELAYED, "d", asked="KR"), "cannot ask itself"),
    (Question("EE000000005KR", Kind.DELAYED, "d", asked="XX"), "'XX' is not a post"),
    (Question("EE000000014KR", Kind.DELAYED, "d"), "nothing is known of EE000000014KR"),
    (Question("EE000000006KR", Kind.DELAYED, "d"), "is no item number"),
    (Question("EE000000005KR", Kind.DELAYED, "d", at=LATER.moment + 1), "has not come yet"),
]


def test_what_cannot_be_asked(made: Path) -> None:
    with open_workspace(made, write=True) as opened:
        for question, why in REFUSED:
            with pytest.raises((UsageError, NotFound), match=why):
                open_inquiry(opened, question, LATER)
        assert list_inquiries(opened) == []


def test_an_answer_with_an_event_goes_through_the_door_of_every_event(workspace: Path) -> None:
    inquiry_id = ask(workspace)
    at = parse_utc("2026-11-03T15:00Z")
    with open_workspace(workspace, write=True) as opened:
        done = answer_inquiry(
            opened, inquiry_id, "delivered", Done("us-1", at=at), LATER, DELIVERED
        )
        assert done.event == "taken"
        scan = item_timeline(opened, "EE000000005KR").episodes[-1].scans[-1]
        assert (scan.code, scan.place.code, scan.told.sender) == ("EMI", "US-NYC", "US")
        assert scan.told.source == f"inquiry-{inquiry_id}.jsonl"
        assert scan.told.transmitted_at == at
        standing = done.shown.inquiry.standing
        assert (standing.state, standing.read_at, standing.answered_at) == ("answered", at, at)
        # A second, later answer of the next level that corrects it stands beside the first.
        ask_again(opened, inquiry_id, Done("kr-1"), LATER)
        other = ToldEvent("EMI", "2026-10-31T09:00-04:00", "US-NYC")
        answer_inquiry(opened, inquiry_id, "delivered", Done("us-2"), LATER, other)
        scans = item_timeline(opened, "EE000000005KR").episodes[-1].scans
        assert [scan.code for scan in scans].count("EMI") == 2
        with pytest.raises(UsageError, match="level 2, the highest, was asked already"):
            ask_again(opened, inquiry_id, Done("kr-1"), LATER)


def test_an_answer_cut_off_after_its_event_is_finished_by_the_next_try(workspace: Path) -> None:
    from datecertain.operations.inquiry_answers import take_event
    from datecertain.operations.inquiry_rows import inquiry_of

    inquiry_id, at = ask(workspace), parse_utc("2026-11-03T15:00Z")
    with open_workspace(workspace, write=True) as opened:
        with opened.reading() as view:
            inquiry = inquiry_of(view.connection, inquiry_id)
        take_event(opened, inquiry, DELIVERED, at, LATER)  # and here the power went off
        done = answer_inquiry(opened, inquiry_id, "delivered", Done("us", at=at), LATER, DELIVERED)
        assert done.event == "known"
        scans = item_timeline(opened, "EE000000005KR").episodes[-1].scans
        assert [scan.code for scan in scans] == ["EMB", "EMC", "EMD", "EMI"]


def test_an_event_that_cannot_be_used_is_set_aside_and_said(workspace: Path) -> None:
    inquiry_id = ask(workspace)
    bad = ToldEvent("EMI", "yesterday", "US-NYC")
    with open_workspace(workspace, write=True) as opened:
        done = answer_inquiry(opened, inquiry_id, "delivered", Done("us"), LATER, bad)
        assert (done.event, len(done.findings)) == ("set_aside", 1)
        assert len(item_timeline(opened, "EE000000005KR").episodes[-1].scans) == 3


def test_an_answer_that_answers_nothing_takes_nothing_in(workspace: Path) -> None:
    inquiry_id = ask(workspace)
    with open_workspace(workspace, write=True) as opened:
        for reply in ("changed", "nonsense"):
            with pytest.raises(UsageError, match="does not answer delayed"):
                answer_inquiry(opened, inquiry_id, reply, Done("us"), LATER, DELIVERED)
        close_inquiry(opened, inquiry_id, Done("kr", "presumed"), LATER)
        with pytest.raises(UsageError, match="closed cannot be"):
            answer_inquiry(opened, inquiry_id, "delivered", Done("us"), LATER, DELIVERED)
        assert len(item_timeline(opened, "EE000000005KR").episodes[-1].scans) == 3


def test_closing_says_how_it_ended(workspace: Path) -> None:
    inquiry_id = ask(workspace)
    with open_workspace(workspace, write=True) as opened:
        for reason, words_ in (("solved", "no answer came"), ("fine", "no resolution")):
            with pytest.raises(UsageError, match=words_):
                close_inquiry(opened, inquiry_id, Done("kr", reason), LATER)
        answer_inquiry(opened, inquiry_id, "on_its_way", Done("us"), LATER)
        with pytest.raises(UsageError, match="solved or unsolved"):
            close_inquiry(opened, inquiry_id, Done("kr", "presumed"), LATER)
        shown = close_inquiry(opened, inquiry_id, Done("kr", "solved"), LATER)
    assert [str(event.act) for event in shown.inquiry.events] == [
        "opened", "read", "answered", "reply_read", "closed",
    ]  # fmt: skip
    assert shown.due == ()


def test_reminders_are_made_once(workspace: Path) -> None:
    """Seen on Friday the 6th after six in the evening in New York; then daily for two weeks."""
    inquiry_id = ask(workspace)
    made = []
    for day in (3, 5, 6, 11, 12, 13, 15):
        moment = parse_utc(f"2026-11-{day:02d}T23:30Z")
        for _ in range(2):
            with open_workspace(workspace, write=True) as opened:
                report = remind(opened, FixedClock(moment), "timer")
            made += [(day, str(owed.act), str(owed.due.limit)) for _, owed in report.made]
    assert made == [
        (3, "reminded", "open"), (6, "reminded", "reply"), (12, "escalated", "escalate"),
        (13, "reminded", "open"),
    ]  # fmt: skip
    with open_workspace(workspace) as opened:
        standing = show_inquiry(opened, inquiry_id).inquiry.standing
        assert (standing.level, standing.reminders) == (2, 3)
    with (
        open_workspace(workspace, write=True) as opened,
        pytest.raises(UsageError, match="has not come yet"),
    ):
        remind(opened, FixedClock(ASKED_AT), "timer", ASKED_AT + 1)


def test_reading_what_is_open_or_of_a_month_is_reading_all_of_it(workspace: Path) -> None:
    """One inquiry is withdrawn, one of the first minutes of December in Seoul is open."""
    for kind, moment in ((Kind.UPDATE, ASKED_AT), (Kind.DELAYED, parse_utc("2026-11-30T15:01Z"))):
        last = ask(workspace, kind, at=moment)
    first = ask(workspace, Kind.UPDATE)  # the one that stands
    later = FixedClock(parse_utc("2026-12-20T00:00Z"))
    with open_workspace(workspace, write=True) as opened:
        act_on(opened, first, [Act.WITHDRAWN], Done("kr"), later)
        still = [one.inquiry.inquiry_id for one in list_inquiries(opened, still_open=True)]
        assert still == [last]
        assert remind(opened, later, "timer").open == 1
        every = inquiry_figures(opened, later.moment)
        assert {row.month for row in every} == {"2026-11", "2026-12"}
        for month in ("2026-10", "2026-11", "2026-12"):
            told = [row for row in every if row.month == month]
            assert inquiry_figures(opened, later.moment, month) == told


def test_persons_are_shown_only_for_a_reason_that_stays(workspace: Path) -> None:
    inquiry_id = ask(workspace)
    with open_workspace(workspace, write=True) as opened:
        with pytest.raises(UsageError, match="say why"):
            see_persons(opened, inquiry_id, "", Done("desk", " "), LATER)
        with pytest.raises(UsageError, match="KR or US to do, not for JP"):
            see_persons(opened, inquiry_id, "JP", Done("desk", "call 17"), LATER)
        found = see_persons(opened, inquiry_id, "", Done("desk", "call 17"), LATER)
        assert (found.sender, found.notes) == (SENDER, {0: NOTE})
        last = show_inquiry(opened, inquiry_id).inquiry.events[-1]
        assert (last.act, last.actor, last.reason) == (Act.PERSONS_SEEN, "desk", "call 17")


def test_nothing_is_done_before_what_was_done_last(workspace: Path) -> None:
    inquiry_id = ask(workspace)
    with open_workspace(workspace, write=True) as opened:
        with pytest.raises(UsageError, match="lies before what happened last"):
            act_on(opened, inquiry_id, [Act.READ], Done("us", at=ASKED_AT - 1), LATER)
        with pytest.raises(NotFound, match="no inquiry has the id"):
            act_on(opened, "KR-000000", [Act.READ], Done("us"), LATER)
        with opened.reading() as view:
            assert view.connection.scalar(select(func.count()).select_from(inquiry_events)) == 1


def test_every_kind_and_answer_can_be_told_in_both_languages(workspace: Path) -> None:
    inquiry_id = ask(workspace)
    with open_workspace(workspace, write=True) as opened:
        answer_inquiry(opened, inquiry_id, "held_by_customs", Done("us"), LATER,
                       ToldEvent("EME", "2026-10-25T09:00", "USJFKA", "57"))  # fmt: skip
        shown = show_inquiry(opened, inquiry_id)
        assert [row.post for row in inquiry_figures(opened, LATER.moment)] == ["KR", "US"]
    english, korean = (
        "\n".join(in_words(shown, LATER.moment, words(language))) for language in LANGUAGES
    )
    assert "Customs keeps the item. Kept by import customs: 2026-10-25 09:00 at USJFKA." in english
    assert "이 우편물은 통관 보류 중입니다. 통관 보류: 2026-10-25 09:00, USJFKA." in korean
    assert as_json(shown, LATER.moment)["sealed"] == ["addressee", "note-0", "sender"]
