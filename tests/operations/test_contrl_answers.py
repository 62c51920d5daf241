"""Answers to interchanges (CONTRL): written once to those who want them, under references without
gap; and what partners answer to ours (synthetic mail)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from canonical_state import rows_of
from command_line import say
from month_of_mail import CLOCK
from small_workspaces import interchange, small_workspace, take_in_files
from test_replaying import put_right, without_america

from datecertain.errors import UsageError
from datecertain.messages import (
    Action,
    Answer,
    Envelope,
    MessageAnswer,
    ReceivedAnswers,
    Where,
    read_contrl,
    write_contrl,
)
from datecertain.moments import parse_date
from datecertain.operations import contrl_answering
from datecertain.operations.agreements import FILE, Answering, read_answering
from datecertain.operations.contrl_answering import AnswerReport, answer_interchanges
from datecertain.operations.inbox import Partner, inbox_status
from datecertain.operations.workspaces import open_workspace
from datecertain.store import records
from worlds import small_network

SCAN = ("EMB", "202610211945", "KRSELB")
WANTED = '[[contrl]]\npost = "KR"\nanswers = "{}"\nvalid_from = 2026-10-01\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_workspace(tmp_path / "w")


def asking(reference: str, sender: str = "KRA") -> bytes:
    """An interchange whose sender asks for an answer (0031)."""
    data = interchange(SCAN, reference=reference, sender=sender)
    return data.replace(b"++EMSEVT'", b"++EMSEVT++1'")


def broken(reference: str) -> bytes:
    """One whose message counts its segments wrongly: the message is refused."""
    return interchange(SCAN, reference=reference).replace(b"UNT+8+", b"UNT+9+")


def want(folder: Path, answers: str = "asked") -> None:
    (folder / FILE).write_text(WANTED.format(answers))


def answered(folder: Path, to: Path) -> AnswerReport:
    with open_workspace(folder, write=True) as opened:
        return answer_interchanges(opened, CLOCK, to)


def read(path: Path) -> ReceivedAnswers:
    with path.open("rb") as stream:
        return read_contrl(stream, path.name)


def test_nobody_is_answered_unless_an_agreement_says_so(folder: Path, tmp_path: Path) -> None:
    take_in_files(folder, tmp_path / "mail", {"a.edi": asking("1"), "b.edi": broken("2")})
    done = answered(folder, tmp_path / "out")
    assert (done.files, done.answers, done.unwanted) == ([], 0, 2)
    assert not (tmp_path / "out").exists()


def test_asked_for_or_refused(folder: Path, tmp_path: Path) -> None:
    """Of three interchanges one asks, one is refused in part, one is well and asks nothing."""
    want(folder)
    bag = {"a.edi": asking("1"), "b.edi": broken("2"), "c.edi": interchange(SCAN, reference="3"),
           "jp.edi": asking("1", "JPA")}  # fmt: skip
    take_in_files(folder, tmp_path / "mail", bag)
    done = answered(folder, tmp_path / "out")
    assert (done.answers, done.accepted, done.refused, done.unwanted) == (2, 1, 1, 1)
    (file,) = done.files
    assert (file.sender, file.recipient, file.control_ref) == ("J1CUSA", "J1CKRA", "0000000001")
    told = read(Path(file.path))
    assert told.findings == []
    first, second = (one.answer for one in told.answers)
    assert (first.control_ref, first.accepted) == ("1", True)
    assert (second.control_ref, second.action) == ("2", Action.ACCEPTED)
    assert [one.action for one in second.messages] == [Action.REFUSED]

    again = answered(folder, tmp_path / "out")
    assert (again.files, again.answers, again.unwanted) == ([], 0, 1)
    assert len(list((tmp_path / "out").iterdir())) == 1


def test_a_sender_that_the_network_learns_is_answered(tmp_path: Path) -> None:
    folder = without_america(tmp_path / "w")
    (folder / FILE).write_text(WANTED.format("all").replace("KR", "US"))
    data = interchange(("EMD", "202610211945", "USJFKA"), sender="USA", recipient="KRA")
    take_in_files(folder, tmp_path / "mail", {"a.edi": data})
    assert answered(folder, tmp_path / "out").answers == 0
    assert answered(put_right(folder), tmp_path / "out").accepted == 1


def test_every_interchange_where_that_is_agreed(folder: Path, tmp_path: Path) -> None:
    want(folder, "all")
    take_in_files(folder, tmp_path / "mail", {"c.edi": interchange(SCAN, reference="3")})
    assert answered(folder, tmp_path / "out").accepted == 1


def test_a_repeat_is_not_answered_and_a_conflict_is_refused(folder: Path, tmp_path: Path) -> None:
    want(folder)
    take_in_files(folder, tmp_path / "one", {"a.edi": asking("1")})
    answered(folder, tmp_path / "out")
    other = asking("1").replace(b"EMB", b"EMC")
    take_in_files(folder, tmp_path / "two", {"b.edi": asking("1") + asking("2"), "c.edi": other})
    done = answered(folder, tmp_path / "out")
    (file,) = done.files
    assert file.control_ref == "0000000002"
    told = [one.answer for one in read(Path(file.path)).answers]
    assert sorted((one.control_ref, str(one.action)) for one in told) == [
        ("1", Action.REFUSED), ("2", Action.ACCEPTED),
    ]  # fmt: skip
    (refused,) = [one for one in told if one.control_ref == "1"]
    assert refused.error == "26"  # duplicate


def test_what_broke_off_is_answered_once(folder: Path, tmp_path: Path) -> None:
    want(folder)
    half = asking("1")[:-15]
    take_in_files(folder, tmp_path / "one", {"a.edi": half})
    take_in_files(folder, tmp_path / "two", {"b.edi": b"\n" + half})
    done = answered(folder, tmp_path / "out")
    assert (done.answers, done.refused) == (1, 1)
    numbers = [row["control_ref"] for row in rows_of(folder, records.sent_interchanges)]
    assert numbers == ["0000000001"]


def test_references_have_no_gap_and_partners_are_counted_apart(
    folder: Path, tmp_path: Path
) -> None:
    (folder / FILE).write_text(WANTED.format("asked") + WANTED.format("asked").replace("KR", "JP"))
    for number in range(1, 4):
        bag = {"k.edi": asking(str(number)), "j.edi": asking(str(number), "JPA")}
        take_in_files(folder, tmp_path / f"mail-{number}", bag)
        assert len(answered(folder, tmp_path / "out").files) == 2
    sent = [(row["recipient"], row["number"]) for row in rows_of(folder, records.sent_interchanges)]
    assert sorted(sent) == [(f"J1C{post}A", n) for post in ("JP", "KR") for n in (1, 2, 3)]
    assert len(list((tmp_path / "out").iterdir())) == 6


class _Cut(Exception):
    """The process ends here."""


@pytest.mark.parametrize("when", ["before the file", "behind the file"])
def test_cut_off_at_the_file(
    when: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No reference is lost and none stands for two contents, wherever the run was cut off."""
    want(folder)
    take_in_files(folder, tmp_path / "one", {"a.edi": asking("1")})
    written = contrl_answering.write_durably

    def cut(path: Path, content: bytes) -> None:
        if when == "behind the file":
            written(path, content)
        raise _Cut

    with monkeypatch.context() as patch:
        patch.setattr(contrl_answering, "write_durably", cut)
        with pytest.raises(_Cut):
            answered(folder, tmp_path / "out")
    (kept,) = rows_of(folder, records.sent_interchanges)
    take_in_files(folder, tmp_path / "two", {"b.edi": asking("2")})
    done = answered(folder, tmp_path / "out")
    assert [one.control_ref for one in done.files] == ["0000000001", "0000000002"]
    first, second = (Path(one.path) for one in done.files)
    assert first.read_bytes() == kept["content"]
    assert [one.answer.control_ref for one in read(second).answers] == ["2"]
    assert sorted((tmp_path / "out").iterdir()) == [first, second]
    assert answered(folder, tmp_path / "out").files == []


def test_a_file_that_stands_there_already_is_left_alone(folder: Path, tmp_path: Path) -> None:
    want(folder)
    take_in_files(folder, tmp_path / "one", {"a.edi": asking("1")})
    other = tmp_path / "out" / "J1CUSA-J1CKRA-0000000001.edi"
    other.parent.mkdir()
    other.write_bytes(b"another system's")
    (file,) = answered(folder, tmp_path / "out").files
    assert other.read_bytes() == b"another system's"
    assert Path(file.path).read_bytes() != b"another system's"


def contrl(*answers: Answer, reference: str = "C1") -> bytes:
    """Korea's answers to America."""
    day = parse_date("2026-10-23")
    return write_contrl(answers, Envelope("J1CKRA", "J1CUSA", reference, day, 600)).data


OURS = Answer("77", "J1CUSA", "J1CKRA", Action.ACCEPTED)
REFUSED = replace(OURS, control_ref="78", action=Action.REFUSED, error="29", where=Where("UNZ"))
IN_PART = replace(
    OURS, control_ref="79",
    messages=(MessageAnswer("1", "EMSEVT:3:0:ZZ:DC1", Action.REFUSED, "29", Where("UNT")),),
)  # fmt: skip
ARRIVED = replace(OURS, control_ref="80", action=Action.RECEIVED)


def korea(folder: Path) -> Partner:
    with open_workspace(folder) as opened:
        return {one.post: one for one in inbox_status(opened, CLOCK.now()).partners}["KR"]


def test_what_a_partner_answers_is_recorded_once(folder: Path, tmp_path: Path) -> None:
    want(folder, "all")
    data = contrl(OURS, REFUSED, IN_PART, ARRIVED)
    report = take_in_files(folder, tmp_path / "one", {"c.edi": data})
    assert (report.answers, report.messages, report.quarantined) == (4, 4, 0)
    assert report.findings == {}
    again = take_in_files(folder, tmp_path / "two", {"d.edi": data + b"\n"})
    assert (again.answers, again.interchanges_repeated) == (0, 1)
    found = korea(folder)
    assert found.answered == {"accepted": 1, "refused": 1, "in-part": 1, "received": 1}
    assert [(one.control_ref, one.outcome, one.error) for one in found.refused] == [
        ("78", "refused", "29"), ("79", "in-part", ""),
    ]  # fmt: skip
    told = say("inbox", "status", "-w", folder).out
    assert "KR answered 4 interchange(s): 1 accepted, 1 in part, 1 refused, 1 received" in told
    assert "KR refused 78 of J1CUSA: refused, error 29" in told
    # A CONTRL is never answered, whatever was agreed.
    assert answered(folder, tmp_path / "out").answers == 0


def test_an_answer_that_names_nothing_is_set_aside(folder: Path, tmp_path: Path) -> None:
    data = contrl(OURS).replace(b"UCI+77+", b"UCX+77+")
    report = take_in_files(folder, tmp_path / "one", {"c.edi": data})
    assert (report.answers, report.quarantined) == (0, 1)
    assert report.findings == {"layout-unknown": 1, "contrl-without-interchange": 1}


def test_answers_beside_events_in_one_interchange(folder: Path, tmp_path: Path) -> None:
    """The events count, the answer is recorded, and nothing waits."""
    mixed = interchange(SCAN, reference="5")
    message = contrl(OURS).split(b"UNH", 1)[1].split(b"UNZ")[0].replace(b"+1+CONTRL", b"+2+CONTRL")
    message = message.replace(b"+1'", b"+2'")
    mixed = mixed.replace(b"UNZ+1+", b"UNH" + message + b"UNZ+2+")
    report = take_in_files(folder, tmp_path / "one", {"m.edi": mixed})
    assert (report.events, report.answers, report.quarantined) == (1, 1, 0)
    assert [row["messages"] for row in rows_of(folder, records.interchanges)] == [2]


def test_the_command(folder: Path, tmp_path: Path) -> None:
    want(folder)
    take_in_files(folder, tmp_path / "mail", {"a.edi": asking("1"), "j.edi": asking("1", "JPA")})
    assert "KR: 1 interchange(s) wait for an answer" in say("inbox", "status", "-w", folder).out
    told = say("inbox", "answer", "-w", folder)
    assert (told.code, told.err) == (0, "")
    assert "1 interchange(s) answered (1 accepted, 0 refused" in told.out
    assert "1 more have an answer that their sender does not want" in told.out
    assert [path.name for path in (folder / "outbox").iterdir()] == [
        "J1CUSA-J1CKRA-0000000001.edi"
    ]  # fmt: skip
    assert say("inbox", "answer", "--json", "-w", folder).json == {
        "files": [], "answers": 0, "accepted": 0, "refused": 0, "unwanted": 1,
    }  # fmt: skip
    assert "회신" in say("inbox", "answer", "--lang", "ko", "-w", folder).out


def test_agreements_about_answers(tmp_path: Path) -> None:
    network = small_network()
    assert read_answering(tmp_path, network) == ()
    (tmp_path / FILE).write_text(WANTED.format("all"))
    assert read_answering(tmp_path, network) == (
        Answering("KR", "all", parse_date("2026-10-01"), None),
    )  # fmt: skip
    for wrong, problem in [("KR", "XX"), ("all", "some"), ("valid_from", "from"),
                           ("[[contrl]]", "[[control]]")]:  # fmt: skip
        (tmp_path / FILE).write_text(WANTED.format("all").replace(wrong, problem))
        with pytest.raises(UsageError, match=FILE):
            read_answering(tmp_path, network)


def test_before_and_after_an_agreement_nothing_is_answered(folder: Path, tmp_path: Path) -> None:
    """It holds for what was received while it was in force, by the partner's calendar."""
    take_in_files(folder, tmp_path / "mail", {"a.edi": asking("1")})
    (folder / FILE).write_text(WANTED.format("asked").replace("2026-10-01", "2026-11-25"))
    assert answered(folder, tmp_path / "out").unwanted == 1
    (folder / FILE).write_text(WANTED.format("asked") + "valid_to = 2026-11-24\n")
    assert answered(folder, tmp_path / "out").answers == 1
