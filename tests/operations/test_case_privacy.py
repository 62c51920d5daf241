"""Names, addresses and words of a case are found in nothing that is written (req 40, 59): every
byte of the workspace, every answer of a command, every error; and after their time nowhere."""

from __future__ import annotations

import io
import json
import logging
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from command_line import Answer, say
from inquiry_cases import ADDRESSEE, NOTE, REPLY_NOTE, SECRETS, SENDER, late_item

from datecertain.moments import DAY, parse_utc
from datecertain.operations.clock import FixedClock
from datecertain.operations.erasing import erase
from datecertain.operations.inquiries import show_inquiry
from datecertain.operations.retention import read_rules
from datecertain.operations.workspaces import open_workspace
from datecertain.store import migrations
from datecertain.store.archive_records import erasures
from datecertain.store.case_records import case_persons


def found_in(data: bytes) -> list[str]:
    """The secrets that stand in bytes, in any of the ways a text is written."""
    ways = ("utf-8", "utf-16-le", "euc-kr")
    hits = []
    for text in SECRETS:
        escaped = json.dumps(text)[1:-1].encode()
        if escaped in data or any(
            text.encode(way, "ignore") in data for way in ways if text.encode(way, "ignore")
        ):
            hits.append(text)
    return hits


def everything_below(folder: Path) -> dict[Path, list[str]]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path: hits for path in files if (hits := found_in(path.read_bytes()))}


@dataclass(frozen=True, slots=True)
class Gone:
    """A workspace over which an inquiry went through every command, what they said and logged."""

    workspace: Path
    exported: Path
    answers: list[Answer]
    log: str


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Gone:
    tmp_path = tmp_path_factory.mktemp("privacy")
    logged, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(logged), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    migrations._SAID.clear()  # so that they run, and log it
    try:
        workspace, answers = through_every_command(tmp_path)
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    return Gone(workspace, tmp_path / "plain.csv", answers, logged.getvalue())


@pytest.fixture
def told(once: Gone, tmp_path: Path) -> tuple[Path, list[Answer]]:
    return Path(shutil.copytree(once.workspace, tmp_path / "kr")), once.answers


def through_every_command(tmp_path: Path) -> tuple[Path, list[Answer]]:
    workspace = late_item(tmp_path / "kr")
    outside = tmp_path / "outside"
    outside.mkdir()
    for name, person in (("sender", SENDER), ("addressee", ADDRESSEE)):
        values = {field: getattr(person, field) for field in person.__slots__}
        (outside / f"{name}.json").write_text(json.dumps(values, ensure_ascii=False))
    (outside / "broken.json").write_text(f'{{"name": "{SENDER.name}", "age": 7}}')
    by = ("--actor", "desk", "-w", workspace)
    opened = say("inquiry", "open", "EE000000005KR", "--type", "update", "--sender",
                 outside / "sender.json", "--addressee", outside / "addressee.json", "--note",
                 NOTE, "--at", "2026-11-02T01:00Z", "--json", *by)  # fmt: skip
    one = opened.json["inquiry_id"]
    answers = [
        opened,
        say("inquiry", "open", "EE000000005KR", "--type", "proof_of_delivery", "--sender",
            outside / "broken.json", *by),
        say("inquiry", "remind", "--as-of", "2026-11-02T02:00Z", "--json", *by),
        say("inquiry", "answer", one, "--reply", "delivered", "--event", "EMI", "--event-at",
            "2026-10-30T11:05", "--office", "US-NYC", "--note", REPLY_NOTE, "--json", *by),
        say("inquiry", "close", one, "--as", "solved", "--note", NOTE, "--json", *by),
        say("inquiry", "withdraw", one, "--note", NOTE, *by),
        *(say("inquiry", *words, "-w", workspace) for words in (
            ("show", one), ("show", one, "--json"), ("show", one, "--lang", "ko"),
            ("list", "--all"), ("list", "--all", "--json"), ("figures", "--json"),
            ("export", "--with", "US", "--out", tmp_path / "plain.csv"),
        )),
        *(say(*words, "-w", workspace) for words in (
            ("item", "EE000000005KR", "--json"), ("inbox", "status", "--json"),
            ("archive", "status", "--json"),
        )),
    ]  # fmt: skip
    assert [answer.code for answer in answers] == [0, 1, 0, 0, 0, 1, *[0] * 10]
    return workspace, answers


def test_no_name_is_found_in_anything_that_is_written(once: Gone) -> None:
    assert everything_below(once.workspace) == {}
    assert found_in(once.exported.read_bytes()) == []
    for answer in once.answers:
        assert found_in(answer.out.encode()) == found_in(answer.err.encode()) == []
    assert "Running upgrade" in once.log
    assert found_in(once.log.encode()) == []
    assert repr(SENDER) == "Person(…)"


def test_a_name_is_there_for_whoever_says_why(
    told: tuple[Path, list[Answer]], tmp_path: Path
) -> None:
    """The search above would find it; and the file with names is for its owner alone."""
    workspace, answers = told
    one = answers[0].json["inquiry_id"]
    seen = say("inquiry", "persons", one, "--reason", "call 17", "--actor", "d", "-w", workspace)
    assert set(found_in(seen.out.encode())) == set(SECRETS)
    out = tmp_path / "full.csv"
    say("inquiry", "export", "--with", "US", "--out", out, "--persons", "form", "--actor", "d",
        "-w", workspace)  # fmt: skip
    assert set(found_in(out.read_bytes())) == set(SECRETS)
    assert out.stat().st_mode & 0o077 == 0
    events = say("inquiry", "show", one, "--json", "-w", workspace).json["events"]
    assert [event["reason"] for event in events if event["act"] == "persons_seen"] == [
        "call 17", "form",
    ]  # fmt: skip


def test_persons_are_erased_by_rule_and_the_facts_stay(told: tuple[Path, list[Answer]]) -> None:
    workspace, answers = told
    one = answers[0].json["inquiry_id"]
    with open_workspace(workspace, write=True) as opened:
        with opened.reading() as view:
            stored = view.connection.execute(case_persons.select()).all()
        assert {row.part for row in stored} == {"sender", "addressee", "note-0", "note-2", "note-4"}
        before = show_inquiry(opened, one).inquiry
        rules, kept_until = read_rules(workspace), stored[0].stored_at // DAY + 191
        erase(opened, rules, kept_until * DAY - 1, FixedClock(kept_until * DAY - 1), do=True)
        assert show_inquiry(opened, one).erased == ()
        report = erase(opened, rules, kept_until * DAY, FixedClock(kept_until * DAY), do=True)
        assert report.rules["persons-190-days"][0] == 5
        after = show_inquiry(opened, one)
        assert after.inquiry == before
        assert (after.kept, len(after.erased)) == ((), 5)
        with opened.reading() as view:
            assert all(not row.sealed for row in view.connection.execute(case_persons.select()))
            gone = view.connection.execute(erasures.select().where(erasures.c.kind == "person"))
            assert all(row.sha256 == "" for row in gone), "a hash of a name could be guessed back"
    later = say("inquiry", "persons", one, "--reason", "late", "--actor", "d", "-w", workspace)
    assert (found_in(later.out.encode()), later.out.count("erased by rule")) == ([], 5)


def test_a_key_that_seals_persons_is_not_destroyed_before_them(
    told: tuple[Path, list[Answer]],
) -> None:
    """Messages lapse after a rule of their own; the same key of post and month seals both."""
    workspace, answers = told
    (workspace / "retention.toml").write_text(
        '[[rule]]\nname = "short"\nkind = "message"\npost = "*"\nvalid_from = 2026-01-01\n'
        'keep_days = 1\nsource = "test"\n'
    )
    moment = parse_utc("2027-02-01T00:00Z")
    with open_workspace(workspace, write=True) as opened:
        erase(opened, read_rules(workspace), moment, FixedClock(moment), do=True)
    seen = say("inquiry", "persons", answers[0].json["inquiry_id"], "--reason", "call", "--actor",
               "d", "-w", workspace)  # fmt: skip
    assert seen.code == 0
    assert SENDER.name in seen.out
