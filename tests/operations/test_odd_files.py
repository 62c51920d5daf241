"""Files that are no mail, mail that contradicts itself, rows with bad values: one case each, over
the small world."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from canonical_state import events_of, rows_of
from mail_bags import Mailbox
from month_of_mail import CLOCK
from small_workspaces import (
    ACCEPTED,
    NOTICE,
    OTHER_ITEM,
    acceptance_file,
    interchange,
    notice_file,
    small_workspace,
    take_in_files,
)

from datecertain.operations.ingesting import IngestReport, ingest
from datecertain.operations.tables import CASES_TABLE, ITEMS_TABLE
from datecertain.operations.workspaces import open_workspace
from datecertain.store import records

LEFT = ("EMC", "202610210900", "KRSELB")
CAME = ("EMB", "202610210800", "KRSELB")


class Case:
    """One mailbox taken in by a new workspace over the small world."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.workspace = small_workspace(top / "workspace")

    def take_in(self, bag: Mailbox) -> IngestReport:
        return take_in_files(self.workspace, self.top / "mailbox", bag)

    def quarantine(self) -> list[tuple[Any, ...]]:
        rows = rows_of(self.workspace, records.quarantine)
        names = ("source", "position", "reason_code", "raw")
        return sorted(tuple(row[name] for name in names) for row in rows)

    def facts(self, table: str) -> list[dict[str, Any]]:
        with open_workspace(self.workspace) as opened:
            found: list[dict[str, Any]] = opened.facts(table).arrow().to_pylist()
        return found

    def codes(self) -> list[str]:
        return sorted(events_of(self.workspace)["code"].to_pylist())


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def test_an_empty_file_is_taken_in_and_counted(case: Case) -> None:
    report = case.take_in({"a.edi": b"", "b.edi": interchange(LEFT)})
    assert (report.files, report.bytes, report.events) == (2, len(interchange(LEFT)), 1)
    assert report.clean


def test_a_file_that_is_no_mail_is_kept_whole(case: Case) -> None:
    rubbish = bytes(range(256)) * 40
    report = case.take_in({"a.bin": rubbish, "b.edi": interchange(LEFT)})
    assert not report.clean
    assert report.events == 1
    assert case.quarantine() == [("a.bin", "byte 0", "not-edifact", rubbish)]


def test_a_file_name_need_not_be_utf8(case: Case) -> None:
    mailbox = case.top / "mailbox"
    mailbox.mkdir()
    name = os.fsencode(mailbox) + b"/" + "우편.edi".encode("euc-kr")
    Path(os.fsdecode(name)).write_bytes(interchange(LEFT) + b"RUBBISH")
    with open_workspace(case.workspace, write=True) as opened:
        report = ingest(opened, mailbox, CLOCK)
    assert report.events == 1
    ((source, *_),) = case.quarantine()
    assert source == r"\xbf\xec\xc6\xed.edi"


def test_an_interchange_without_its_end_is_used_but_not_passed_over(case: Case) -> None:
    whole = interchange(LEFT)
    report = case.take_in({"a.edi": whole[: whole.index(b"UNZ")]})
    assert (report.events, report.quarantined) == (1, 0)
    assert report.findings == {"interchange-truncated": 1}
    assert not report.clean


def test_the_same_reference_with_other_bytes_is_kept_whole_each_time(case: Case) -> None:
    one, two, three = interchange(LEFT), interchange(CAME), interchange(LEFT, CAME)
    report = case.take_in({"a.edi": one + two + three})
    assert case.codes() == ["EMC"]
    assert report.findings["interchange-conflict"] == 2
    assert case.quarantine() == [
        ("a.edi", f"byte {len(one)}, interchange 1", "interchange-conflict", two),
        ("a.edi", f"byte {len(one + two)}, interchange 1", "interchange-conflict", three),
    ]


def test_references_are_counted_anew_by_each_pair_and_each_year(case: Case) -> None:
    later = interchange(CAME, prepared="202611222330")
    other = interchange(CAME, recipient="JPA")
    assert case.take_in({"a.edi": interchange(LEFT) + later + other}).clean
    assert case.codes() == ["EMB", "EMB", "EMC"]


def test_a_test_interchange_is_counted_but_never_used(case: Case) -> None:
    report = case.take_in({"a.edi": interchange(LEFT, test=True)})
    assert (report.events, report.quarantined) == (0, 1)
    assert report.findings["interchange-test"] == 1
    assert case.codes() == []


def test_an_event_is_set_aside_once(case: Case) -> None:
    report = case.take_in({"a.edi": interchange(LEFT, sender="XXX")})
    assert report.quarantined == 1
    assert report.findings == {"sender-unknown": 1}


def test_an_office_nobody_knows_in_a_known_country_is_used_with_a_doubt(case: Case) -> None:
    report = case.take_in({"a.edi": interchange(("EMC", "202610210900", "KRXXXA"))})
    assert report.findings == {"office-unknown": 1}
    assert report.clean
    assert events_of(case.workspace)["offset_source"].to_pylist() == ["country"]


BAD_ACCEPTANCES: Mapping[str, tuple[dict[str, str] | bytes, str]] = {
    "check digit": (ACCEPTED | {"item_id": "EE000000006KR"}, "item-check-digit"),
    "no item number": (ACCEPTED | {"item_id": ""}, "item-shape"),
    "post": (ACCEPTED | {"destination": "ZZ"}, "post-unknown"),
    "no such day": (ACCEPTED | {"accepted_local": "2026-02-30T10:00"}, "value-unreadable"),
    "with an offset": (ACCEPTED | {"accepted_local": "2026-10-21T10:00+09:00"}, "value-unreadable"),
    "date told": (ACCEPTED | {"date_told": "soon"}, "value-unreadable"),
    "told before posting": (ACCEPTED | {"date_told": "2026-10-01"}, "date-told-early"),
    "weight": (ACCEPTED | {"weight_g": "heavy"}, "value-unreadable"),
    "no weight": (ACCEPTED | {"weight_g": ""}, "value-unreadable"),
    "weight below zero": (ACCEPTED | {"weight_g": "-5"}, "value-unreadable"),
    "weight beyond reason": (ACCEPTED | {"weight_g": "9" * 30}, "value-unreadable"),
    "postage in words": (ACCEPTED | {"postage_minor": "3e4"}, "value-unreadable"),
    "postage with blanks": (ACCEPTED | {"postage_minor": "30_000"}, "value-unreadable"),
    "postage beyond reason": (ACCEPTED | {"postage_minor": "9" * 18}, "value-unreadable"),
    "too few values": (b"EE000000005KR,KR,03051", "row-malformed"),
    "too many values": (",".join([*ACCEPTED.values(), "x"]).encode(), "row-malformed"),
    "an open quotation mark": (ACCEPTED | {"channel": '"counter'}, "row-malformed"),
    "a lone carriage return": (ACCEPTED | {"channel": "coun\rter"}, "row-malformed"),
    "a value without end": (ACCEPTED | {"contents": "x" * 200_000}, "row-malformed"),
    "another character set": (
        ",".join((ACCEPTED | {"channel": "우체국"}).values()).encode("euc-kr"), "row-malformed"
    ),
    "binary rubbish": (bytes(n for n in range(256) if n != 10), "row-malformed"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_ACCEPTANCES)
def test_an_acceptance_row_with_a_bad_value_is_kept_as_it_came(name: str, case: Case) -> None:
    row, reason = BAD_ACCEPTANCES[name]
    raw = row if isinstance(row, bytes) else ",".join(row.values()).encode()
    good = ACCEPTED | {"item_id": OTHER_ITEM}
    report = case.take_in({"a.csv": acceptance_file(row, good)})
    assert (report.items, report.quarantined, report.findings[reason]) == (1, 1, 1)
    assert case.quarantine() == [("a.csv", "line 2", reason, raw)]
    assert [(item["item_id"], item["line"]) for item in case.facts(ITEMS_TABLE)] == [
        (OTHER_ITEM, 3)
    ]


BAD_NOTICES: Mapping[str, dict[str, str]] = {
    "post": NOTICE | {"post": "ZZ"},
    "office": NOTICE | {"office": "KRXXXA"},
    "leg": NOTICE | {"leg": "moon"},
    "ends before it begins": NOTICE | {"to_utc": "2026-10-01T00:00Z"},
    "no offset": NOTICE | {"from_utc": "2026-10-21T00:00"},
    "not published": NOTICE | {"published_utc": ""},
    "before time": NOTICE | {"from_utc": "0001-01-01T00:00+09:00"},
}


@pytest.mark.parametrize("name", BAD_NOTICES)
def test_a_notice_with_a_bad_value_is_kept_as_it_came(name: str, case: Case) -> None:
    row = BAD_NOTICES[name]
    report = case.take_in({"a.csv": notice_file(row, NOTICE)})
    assert (report.notices, report.quarantined) == (1, 1)
    raw = ",".join(row.values()).encode()
    assert case.quarantine() == [("a.csv", "line 2", "notice-unreadable", raw)]
    assert [found["case_id"] for found in case.facts(CASES_TABLE)] == ["FOG-1"]


def test_a_table_with_another_header_is_kept_whole(case: Case) -> None:
    data = acceptance_file(ACCEPTED).replace(b"item_id", b"number")
    report = case.take_in({"a.csv": data})
    assert (report.items, report.quarantined) == (0, 1)
    assert case.quarantine() == [("a.csv", "byte 0", "header-unknown", data)]


def test_a_row_told_twice_is_one_item(case: Case) -> None:
    report = case.take_in(
        {"a.csv": acceptance_file(ACCEPTED, ACCEPTED), "b.csv": acceptance_file(ACCEPTED)}
    )
    assert report.clean
    assert {item["item_key"] for item in case.facts(ITEMS_TABLE)} == {
        case.facts(ITEMS_TABLE)[0]["item_key"]
    }


def test_no_text_in_the_records_holds_a_nul(case: Case) -> None:
    """PostgreSQL refuses them: one damaged value must not stop a mailbox."""
    bag = {
        "office.edi": interchange(("EMC", "202610210900", "KRS\x00LB")),
        "item.edi": interchange(LEFT, item="EE\x00000005KR", reference="2"),
        "reference.edi": interchange(LEFT, reference="3\x00"),
        "again.edi": interchange(LEFT, reference="3\x00") + b"\n",
        "row.csv": acceptance_file(ACCEPTED | {"item_id": "EE\x00"}),
    }
    report = case.take_in(bag)
    assert report.interchanges_repeated == 1
    assert report.quarantined == 2
    for table in (records.findings, records.quarantine, records.interchanges, records.input_files):
        for row in rows_of(case.workspace, table):
            assert not [value for value in row.values() if isinstance(value, str) and "\0" in value]
