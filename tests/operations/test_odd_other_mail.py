"""Mixed mailboxes and odd records by the other doors, over the small world: one case each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from canonical_state import events_of, rows_of
from command_line import say
from mail_bags import Mailbox
from month_of_mail import CLOCK
from small_workspaces import ACCEPTED, ITEM, acceptance_file, interchange, small_workspace

from datecertain.errors import LayoutError, NotFound
from datecertain.operations.ingesting import IngestReport, ingest
from datecertain.operations.workspaces import open_workspace
from datecertain.store import records

LEFT = ("EMC", "202610210900", "KRSELB")
EVENT = {
    "item_id": ITEM, "code": "EMC", "event_time": "2026-10-21T09:00", "office": "KRSELB",
    "sender": "KR", "recipient": "US", "transmitted": "2026-10-22T23:30+09:00",
}  # fmt: skip
MAPPING = """\
name = "seoul"
trust = "illustrative"
source = "illustrative: made up for this test"
[columns]
item_id = "ITEM"
code = "TYPE"
event_time = "AT"
office = "OFFICE"
transmitted = "SENT"
[constants]
sender = "KR"
recipient = "US"
"""
TABLE = f"OFFICE,AT,TYPE,ITEM,SENT\nKRSELB,2026-10-21T09:00,EMC,{ITEM},2026-10-22T23:30\n".encode()
#: Columns that tell where an event stood, and in which run it came.
PLACE = ["source", "interchange", "message", "segment", "byte_offset", "profile", "batch_id"]


class Post:
    """A workspace over the small world, and its mailbox."""

    def __init__(self, top: Path) -> None:
        self.top, self.mailbox = top, top / "mailbox"
        self.workspace = small_workspace(top / "workspace")

    def take_in(self, bag: Mailbox, *mappings: Path) -> IngestReport:
        self.mailbox.mkdir(exist_ok=True)
        for name, data in bag.items():
            (self.mailbox / name).write_bytes(data)
        with open_workspace(self.workspace, write=True) as opened:
            return ingest(opened, self.mailbox, CLOCK, mappings=mappings)

    def events(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = events_of(self.workspace).drop_columns(PLACE).to_pylist()
        return found

    def aside(self) -> list[tuple[str, str, str]]:
        rows = rows_of(self.workspace, records.quarantine)
        return sorted((row["source"], row["position"], row["reason_code"]) for row in rows)

    def mapping(self, folder: Path, name: str = "seoul.toml") -> Path:
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(MAPPING, encoding="utf-8")
        return folder / name


@pytest.fixture
def post(tmp_path: Path) -> Post:
    return Post(tmp_path)


def test_a_mailbox_may_hold_everything_at_once(post: Post) -> None:
    post.mapping(post.workspace / "mappings")
    report = post.take_in(
        {
            "a.edi": interchange(LEFT), "b.json": json.dumps([EVENT, EVENT]).encode(),
            "c.csv": TABLE, "d.csv": acceptance_file(ACCEPTED), "e.bin": b"\x00\x01rubbish",
            "f.jsonl": json.dumps(EVENT | {"time_kind": "planned"}).encode(),
        }
    )  # fmt: skip
    assert (report.files, report.items, report.interchanges) == (6, 1, 1)
    assert (report.records, report.events, report.quarantined) == (4, 4, 2)
    assert post.aside() == [
        ("e.bin", "byte 0", "not-edifact"), ("f.jsonl", "whole file", "event-planned")
    ]  # fmt: skip
    edifact, *others = post.events()
    assert others == [edifact] * 3


def test_a_table_needs_a_mapping_given_or_in_the_workspace(post: Post) -> None:
    assert post.take_in({"a.csv": TABLE}).events == 0
    assert post.aside() == [("a.csv", "byte 0", "not-edifact")]
    given = post.mapping(post.top)
    assert post.take_in({"b.csv": TABLE + b"\n"}, given).events == 1


def test_a_mapping_that_is_not_there_or_not_usable_stops_before_anything_is_taken_in(
    post: Post,
) -> None:
    with pytest.raises(NotFound, match=r"nowhere\.toml"):
        post.take_in({"a.json": json.dumps(EVENT).encode()}, post.top / "nowhere.toml")
    broken = post.mapping(post.workspace / "mappings")
    broken.write_text("name = 1", encoding="utf-8")
    with pytest.raises(LayoutError, match=r"seoul\.toml"):
        post.take_in({})
    broken.unlink()
    assert post.take_in({}).events == 1


#: How the same moment is told → where the offset came from, and what is said about it.
OFFSETS = {
    "2026-10-21T09:00": ("office", []),
    "2026-10-21T09:00+09:00": ("stated", []),
    "2026-10-21T00:00Z": ("stated", []),
    "2026-10-20T20:00-04:00": ("stated", ["offset-not-of-office"]),
}


@pytest.mark.parametrize("told", OFFSETS)
def test_one_moment_is_one_local_time_at_the_office_however_it_is_told(
    told: str, post: Post
) -> None:
    source, findings = OFFSETS[told]
    report = post.take_in(
        {"a.json": json.dumps(EVENT | {"event_time": told}).encode(), "b.edi": interchange(LEFT)}
    )
    event, edifact = sorted(post.events(), key=lambda row: row["offset_source"] != source)
    assert event["offset_source"] == source
    assert event | {"offset_source": "office"} == edifact
    assert [code for code in report.findings if code != "event-zone-of-office"] == findings


@pytest.mark.parametrize("sender", ["KR", "KRA", "J1CKRA"])
def test_a_post_is_named_by_its_code_or_its_operators(sender: str, post: Post) -> None:
    post.take_in({"a.json": json.dumps(EVENT | {"sender": sender}).encode()})
    assert [event["sender"] for event in post.events()] == ["KR"]


ASIDE = {
    "sender-unknown": {"sender": "Seoul"},
    "recipient-unknown": {"recipient": "XX"},
    "office-unplaced": {"office": "ZZSELB"},
    "time-missing": {"event_time": "2026-10-21"},
    "transmission-missing": {"transmitted": None},
    "event-in-future": {"event_time": "2026-10-24T09:00"},
    "test-interchange": {"test": True},
}


@pytest.mark.parametrize("reason", ASIDE)
def test_what_canonicalising_refuses_is_kept_with_its_place_in_the_file(
    reason: str, post: Post
) -> None:
    report = post.take_in({"a.json": json.dumps([EVENT, EVENT | ASIDE[reason]]).encode()})
    assert (report.records, report.events, report.quarantined) == (2, 1, 1)
    assert post.aside() == [("a.json", "/1", reason)]
    (finding,) = [row for row in rows_of(post.workspace, records.findings) if row["code"] == reason]
    assert (finding["position"], finding["item"]) == ("/1", ITEM)


def test_the_hour_that_occurs_twice_is_the_earlier_one_and_goes_out_and_in_as_such(
    post: Post, tmp_path: Path
) -> None:
    twice = EVENT | {
        "event_time": "2026-11-01T01:30", "office": "USJFKA", "sender": "US", "recipient": "KR",
        "transmitted": "2026-11-02T00:00Z",
    }  # fmt: skip
    post.take_in({"a.json": json.dumps(twice).encode()})
    (event,) = post.events()
    assert event["offset_source"] == "ambiguous"
    for form in ("epcis", "csv"):
        out = post.mailbox / f"{form}.out"
        told = say("events", "export", "--item", ITEM, "--format", form, "--out", out,
                   "-w", post.workspace)  # fmt: skip
        assert told.code == 0
        (tmp_path / form).mkdir()
        back = Post(tmp_path / form)
        back.take_in({"a": out.read_bytes()})
        assert back.events() == [event]
        out.unlink()


def test_an_export_is_of_one_item_or_one_month(post: Post) -> None:
    for words in ((), ("--item", ITEM, "--month", "2026-10"), ("--item", "EE000000006KR")):
        told = say("events", "export", "--out", post.top / "x", "-w", post.workspace, *words)
        assert told.code == 1
        assert "Traceback" not in told.err
