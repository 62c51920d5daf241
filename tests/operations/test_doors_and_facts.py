"""The same events through EMSEVT, EPCIS, JSON, CSV and Parquet end in equal facts and verdicts."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from canonical_state import events_of, verdicts_of
from command_line import say
from month_of_mail import PERIOD, Month, judge_month, take_in

from datecertain.operations.acceptances import csv_kind

#: Where an event stands differs from form to form; when we got it, from run to run.
PLACE = ["source", "interchange", "message", "segment", "byte_offset", "profile", "batch_id",
         "received_at"]  # fmt: skip


def facts_of(folder: Path) -> list[str]:
    rows = events_of(folder).drop_columns(PLACE).to_pylist()
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


def other_mail(month: Month, folder: Path) -> Path:
    """The mailbox without its interchanges: acceptance files and notices."""
    for path in sorted(month.mailbox.rglob("*")):
        if path.is_file() and csv_kind(path.read_bytes()[:4096]):
            to = folder / path.relative_to(month.mailbox)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, to)
    return folder


def months_of(folder: Path) -> list[str]:
    return sorted(set(events_of(folder)["month"].to_pylist()))


@pytest.mark.parametrize("form", ["epcis", "json", "csv", "parquet"])
def test_the_same_month_through_another_door_ends_in_equal_facts(
    form: str, month: Month, tmp_path: Path, workspace: Callable[[Path], Path]
) -> None:
    mailbox = other_mail(month, tmp_path / "mailbox")
    for name in months_of(month.ingested):
        told = say("events", "export", "--format", form, "--month", name,
                   "--out", mailbox / f"{name}.events", "-w", month.ingested, "--json")  # fmt: skip
        assert told.code == 0, told.err
    copy = workspace(month.made)
    report = take_in(copy, mailbox)
    events = events_of(month.ingested).num_rows
    assert (report.records, report.events, report.quarantined) == (events, events, 0)
    assert facts_of(copy) == facts_of(month.ingested)
    judge_month(copy)
    assert verdicts_of(copy) == verdicts_of(month.judged)


def test_a_month_is_written_whole_and_an_item_alone(month: Month, tmp_path: Path) -> None:
    facts = events_of(month.ingested)
    item = facts["item_id"][0].as_py()
    out = tmp_path / "item.jsonl"
    told = say("events", "export", "--format", "json", "--item", item, "--out", out,
               "-w", month.ingested, "--json")  # fmt: skip
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert told.json["events"] == len(lines) == facts["item_id"].to_pylist().count(item)
    assert {line["item_id"] for line in lines} == {item}
    assert PERIOD in {line["event_time"][:7] for line in lines}


def test_what_was_taken_in_is_known_by_its_content(
    month: Month, tmp_path: Path, workspace: Callable[[Path], Path]
) -> None:
    mailbox = tmp_path / "mailbox"
    mailbox.mkdir()
    say("events", "export", "--month", PERIOD, "--out", mailbox / "a.json", "-w", month.ingested)
    copy = workspace(month.made)
    first = take_in(copy, mailbox)
    (mailbox / "a.json").rename(mailbox / "another name")
    again = take_in(copy, mailbox)
    assert (again.files, again.files_known, again.events) == (0, 1, 0)
    assert events_of(copy).num_rows == first.events
