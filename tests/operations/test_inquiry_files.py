"""Inquiries as files between two workspaces, KR's and US's: the round trip, and bad rows."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path
from threading import Event

import pytest
from inquiry_cases import ADDRESSEE, LATER, NOTE, REPLY_NOTE, SENDER, ask, late_item
from small_workspaces import small_workspace

from datecertain.errors import UsageError
from datecertain.moments import parse_utc
from datecertain.operations.clock import FixedClock
from datecertain.operations.ingesting import ingest
from datecertain.operations.inquiries import Done, close_inquiry, see_persons, show_inquiry
from datecertain.operations.inquiry_answers import ToldEvent, answer_inquiry
from datecertain.operations.inquiry_exchange import Imported, export_inquiries, import_inquiries
from datecertain.operations.inquiry_files import COLUMNS, decimal, units
from datecertain.operations.inquiry_reminders import remind
from datecertain.operations.quarantine import raw_of, waiting_parts
from datecertain.operations.replaying import replay
from datecertain.operations.timelines import item_timeline
from datecertain.operations.watching import Taken, Watcher, Watching
from datecertain.operations.workspaces import open_workspace
from datecertain.store import Workspace

WHY = Done("desk", "form for the other post")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("exchange")
    return late_item(folder / "kr"), small_workspace(folder / "us")


@pytest.fixture
def korea(made: tuple[Path, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(made[0], tmp_path / "kr"))


@pytest.fixture
def america(made: tuple[Path, Path], tmp_path: Path) -> Path:
    """It knows nothing of the item but what the file tells."""
    return Path(shutil.copytree(made[1], tmp_path / "us"))


def give(workspace: Workspace, persons: Done | None = None) -> bytes:
    return export_inquiries(workspace, "KR", LATER, persons=persons)[0]


def take(workspace: Workspace, data: bytes) -> Imported:
    return import_inquiries(workspace, "file.csv", data, LATER, "import")


def test_there_and_back(korea: Path, america: Path) -> None:
    inquiry_id = ask(korea)
    with open_workspace(korea, write=True) as kr, open_workspace(america, write=True) as us:
        remind(kr, FixedClock(parse_utc("2026-11-03T00:00Z")), "timer")
        first = take(us, give(kr, WHY))
        assert (first.rows, first.new, first.opened, first.findings) == (2, 2, 1, [])
        assert give(us) == give(kr), "both tell the same"
        people = see_persons(us, inquiry_id, "US", WHY, LATER)
        assert (people.sender, people.addressee) == (SENDER, ADDRESSEE)
        assert people.notes == {0: NOTE}
        delivered = ToldEvent("EMI", "2026-10-30T11:05-04:00", "US-NYC")
        answer_inquiry(us, inquiry_id, "delivered", Done("us", "", REPLY_NOTE), LATER, delivered)
        back = take(kr, give(us))
        assert (back.new, back.known, back.events, back.findings) == (2, 2, 1, [])
        assert item_timeline(kr, "EE000000005KR").episodes[-1].scans[-1].code == "EMI"
        again = take(kr, give(us))
        assert (again.new, again.known, again.events) == (0, 4, 0)
        close_inquiry(kr, inquiry_id, Done("kr", "solved"), LATER)
        take(us, give(kr))
        assert give(us) == give(kr)
        stands = show_inquiry(us, inquiry_id).inquiry.standing
        assert (stands.state, stands.resolution) == ("closed", "solved")


def test_what_is_told_of_the_item_are_the_fields_of_the_form(korea: Path) -> None:
    ask(korea)
    with open_workspace(korea, write=True) as kr:
        plain, full = give(kr), give(kr, WHY)
    row = next(csv.DictReader(io.StringIO(plain.decode())))
    assert {name: value for name, value in row.items() if value} == {
        "record": "request", "reference": row["reference"], "form": "L1Q",
        "request_type": "DELAYED", "product": "EMS", "item_id": "EE000000005KR",
        "from_post": "KR", "to_post": "US", "at": "2026-11-02T01:00Z", "destination": "US",
        "destination_postcode": "10001", "content_type": "documents",
        "posting_date": "2026-10-21T10:00", "weight_g": "500", "postage": "30000",
        "postage_currency": "KRW", "indemnity": "15.540016", "indemnity_currency": "SDR",
        "proof_of_delivery": "no", "guaranteed_date": "2026-10-26", "last_event": "EMD",
        "last_event_at": "2026-10-24T13:00", "last_office": "USJFKA", "holder": "US",
    }  # fmt: skip
    told = next(csv.DictReader(io.StringIO(full.decode())))
    assert (told["sender_name"], told["addressee_city"]) == (SENDER.name, ADDRESSEE.city)
    with open_workspace(korea, write=True) as kr, pytest.raises(UsageError, match="say why"):
        give(kr, Done("desk", " "))


#: (column, what stands there now, the finding): one bad row each, beside a good one. The value is
#: somebody's name more often than not.
BAD = [
    ("record", "Hong Gildong", "inquiry-record"),
    ("reference", "Hong Gildong", "inquiry-reference"),
    ("request_type", "Hong Gildong", "inquiry-request-type"),
    ("item_id", "EE000000006KR", "inquiry-item-id"),
    ("from_post", "Hong Gildong", "inquiry-from-post"),
    ("to_post", "KR", "inquiry-to-post"),
    ("at", "Hong Gildong", "inquiry-at"),
    ("at", "2027-01-01T00:00Z", "inquiry-at"),
    ("code", "Hong Gildong", "inquiry-code"),
    ("weight_g", "Hong Gildong", "inquiry-weight-g"),
    ("postage", "1.5", "inquiry-postage"),
    ("guaranteed_date", "Hong Gildong", "inquiry-guaranteed-date"),
    ("destination", "홍길동", "inquiry-destination"),
    ("last_event_at", "Hong Gildong", "inquiry-last-event-at"),
    ("missing_events", "Hong Gildong", "inquiry-missing-events"),
    ("event", "Hong Gildong", "inquiry-event"),
    ("sender_name", "a\nb", "inquiry-sender"),
    ("sender_phone", "5" * 201, "inquiry-sender"),
]


def test_bad_rows_are_listed_and_good_ones_done(korea: Path, america: Path) -> None:
    ask(korea)
    with open_workspace(korea) as kr:
        good = next(csv.DictReader(io.StringIO(give(kr).decode())))
    bad = [good | {name: value} for name, value, _ in BAD]
    with open_workspace(america, write=True) as us:
        found = take(us, _file(*bad, good))
        assert [one.code for one in found.findings] == [code for _, _, code in BAD]
        assert (found.rows, found.new, found.opened) == (len(BAD) + 1, 1, 1)
        assert not any("Hong" in str(one) or "홍" in str(one) for one in found.findings)
        # What contradicts what stands, or cannot follow it.
        at = {"at": "2026-11-04T00:00Z"}
        wrong = [
            good | {"reference": "KR-261102-00000000", "record": "reply", "code": "delivered"} | at,
            good | {"record": "reply", "code": "delivered", "from_post": "JP"} | at,
            good | {"record": "reply_opened"} | at,
        ]
        told = [one.code for one in take(us, _file(*wrong)).findings]
        assert told == ["inquiry-unknown", "inquiry-contradicts", "inquiry-order"]


def test_files_of_inquiries_come_by_the_folder_that_is_watched(
    korea: Path, america: Path, tmp_path: Path
) -> None:
    """Done, put away, harmless when they come again; a row that cannot be used waits."""
    inquiry_id = ask(korea)
    with open_workspace(korea, write=True) as kr:
        data = give(kr, WHY)
    request = next(csv.DictReader(io.StringIO(data.decode())))
    opened = dict.fromkeys(request, "") | {
        "record": "request_opened", "reference": "KR-261102-00000000", "request_type": "DELAYED",
        "item_id": "EE000000005KR", "from_post": "KR", "to_post": "US",
        "at": "2026-11-03T00:00Z", "note": NOTE,
    }  # fmt: skip
    folder = tmp_path / "incoming"
    (folder / "KR").mkdir(parents=True)

    def hand_in(name: str, content: bytes) -> Taken:
        (folder / "KR" / name).write_bytes(content)
        told: list[Taken] = []
        how = Watching(folder, settle_s=0)
        Watcher(america, how, LATER, told.append, pytest.fail).run(Event(), once=True)
        [taken] = told
        return taken

    assert hand_in("a.csv", data).set_aside == 0
    assert hand_in("again.csv", data).known
    assert hand_in("bad.csv", _file(request, opened)).set_aside == 1
    assert hand_in("odd.csv", data.replace(b"record,", b"ssn,record,", 1)).set_aside == 1
    assert sorted(one.name for one in (folder / "archive").rglob("*.csv")) == [
        "a.csv", "again.csv", "bad.csv", "odd.csv",
    ]  # fmt: skip
    with open_workspace(america, write=True) as us:
        assert len(show_inquiry(us, inquiry_id).inquiry.events) == 1, "told twice, there once"
        assert see_persons(us, inquiry_id, "US", WHY, LATER).sender == SENDER
        with us.reading() as view:
            parts = waiting_parts(view.connection)
            raw = raw_of(us, view.connection, parts)
        assert [one.reason for one in parts] == ["inquiry-unknown", "inquiry-file"]
        assert NOTE.encode() not in b"".join(raw.values())
        assert replay(us, LATER).waiting == {"inquiry-unknown": 1, "inquiry-file": 1}
        # The request that it belongs to comes later.
        late = _file(request | {"reference": "KR-261102-00000000"})
        (tmp_path / "late.csv").write_bytes(late)
        report = ingest(us, tmp_path / "late.csv", LATER)
        assert (report.inquiry_rows, report.inquiries, report.clean) == (1, 1, True)
        again = replay(us, LATER)
        assert (again.inquiry_rows, again.waiting) == (1, {"inquiry-file": 1})
        assert len(show_inquiry(us, "KR-261102-00000000").inquiry.events) == 2


def test_an_answer_that_is_handed_in_brings_its_event(
    korea: Path, america: Path, tmp_path: Path
) -> None:
    inquiry_id = ask(korea)
    file = tmp_path / "answer.csv"
    with open_workspace(korea, write=True) as kr, open_workspace(america, write=True) as us:
        take(us, give(kr))
        delivered = ToldEvent("EMI", "2026-10-30T11:05-04:00", "US-NYC")
        answer_inquiry(us, inquiry_id, "delivered", Done("us", "", REPLY_NOTE), LATER, delivered)
        file.write_bytes(give(us))
        report = ingest(kr, file, LATER)
        assert (report.inquiry_rows, report.events, report.clean) == (3, 1, True)
        assert item_timeline(kr, "EE000000005KR").episodes[-1].scans[-1].code == "EMI"
        assert ingest(kr, file, LATER).files_known == 1


@pytest.mark.parametrize(
    "data", [b"", b"a,b\n1,2\n", b"\xff\xfe\n", ",".join((*COLUMNS, "ssn")).encode() + b"\n"]
)
def test_a_file_of_something_else_is_refused(made: tuple[Path, Path], data: bytes) -> None:
    with (
        open_workspace(made[1], write=True) as us,
        pytest.raises(UsageError, match=r"inquiries|CSV"),
    ):
        take(us, data)


@pytest.mark.parametrize(("amount", "digits"), [(0, 0), (30000, 0), (1250, 2), (5, 2), (15, 6)])
def test_amounts_are_written_as_they_are_read(amount: int, digits: int) -> None:
    assert units(decimal(amount, digits), digits) == amount


def _file(*rows: dict[str, str]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
