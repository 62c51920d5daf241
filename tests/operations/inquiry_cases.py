"""One item from Seoul to New York, late, and inquiries about it; all of it made up.

Its events are told by KR and US; it was promised for Monday 26 October 2026 and is still at the
inward office. The people are nobody.
"""

from __future__ import annotations

from pathlib import Path

from small_workspaces import ACCEPTED, acceptance_file, interchange, small_workspace, take_in_files

from datecertain.claims.inquiries import Kind
from datecertain.moments import parse_utc
from datecertain.operations.case_persons import Person
from datecertain.operations.clock import FixedClock
from datecertain.operations.inquiries import Question, open_inquiry
from datecertain.operations.workspaces import open_workspace

#: Every name and word of a person in these tests: none may be found in anything that is written.
SENDER = Person("홍길동", "종로 1가 99", "03051", "서울특별시", "+82-2-555-0101", "hong@kr.example")
ADDRESSEE = Person("Jane Roe", "5 Elm Street", "10001", "Gotham", "+1-212-555-0199", "j@us.example")
NOTE = "손님 홍길동 님이 세 번째로 전화"
REPLY_NOTE = "left with Mr Doe at the door"
SECRETS = (
    *(text for person in (SENDER, ADDRESSEE)
      for text in (person.name, person.street, person.city, person.phone, person.email)),
    NOTE, REPLY_NOTE,
)  # fmt: skip

ASKED_AT = parse_utc("2026-11-02T10:00+09:00")
LATER = FixedClock(parse_utc("2026-12-01T00:00Z"))


def late_item(folder: Path) -> Path:
    """A workspace in which the item stands at the inward office."""
    workspace = small_workspace(folder)
    bag = {
        "acceptance.csv": acceptance_file(ACCEPTED | {"item_id": "EE000000005KR"}),
        "kr.edi": interchange(
            ("EMB", "202610211930", "KRSELB"), ("EMC", "202610222200", "KRSELB")
        ),
        "us.edi": interchange(
            ("EMD", "202610241300", "USJFKA"), sender="USA", recipient="KRA", reference="2",
            prepared="202610251000",
        ),
    }  # fmt: skip
    take_in_files(workspace, folder.parent / f"mail-{folder.name}", bag)
    return workspace


def ask(workspace: Path, kind: Kind = Kind.DELAYED, **more: object) -> str:
    """Open an inquiry about the item on Monday 2 November, 10:00 in Seoul; its id."""
    values = {"at": ASKED_AT, "sender": SENDER, "addressee": ADDRESSEE, "note": NOTE} | more
    question = Question("EE000000005KR", kind, "desk-2", **values)  # type: ignore[arg-type]
    with open_workspace(workspace, write=True) as opened:
        shown, _ = open_inquiry(opened, question, LATER)
    return shown.inquiry.inquiry_id
