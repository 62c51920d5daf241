"""Workspaces over the small world, and mail written by hand: one damage, one case."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mail_bags import Mailbox, write_bag
from month_of_mail import CLOCK

from datecertain.operations.ingesting import IngestReport, ingest
from datecertain.operations.networks import publish_network
from datecertain.operations.workspaces import open_workspace
from datecertain.promise.acceptance import ACCEPTANCE_FILE
from datecertain.store import Workspace
from datecertain.store.settings import RECORDS
from datecertain.tracking.cases import NOTICE_FILE
from worlds import small_network

ITEM, OTHER_ITEM = "EE000000005KR", "EE000000014KR"

#: Accepted in Seoul on a Wednesday morning, told to be in New York on Monday.
ACCEPTED = dict(
    zip(
        ACCEPTANCE_FILE,
        f"{ITEM},KR,03051,2026-10-21T10:00,counter,US,10001,documents,500,30000,KRW,2026-10-26".split(
            ","
        ),
        strict=True,
    )
)
NOTICE = dict(
    zip(
        NOTICE_FILE,
        [
            "FOG-1",
            "KR",
            "KRSELB",
            "",
            "2026-10-21T00:00Z",
            "2026-10-22T00:00Z",
            "2026-10-21T01:00Z",
            "Fog",
            "안개",
            "test",
        ],
        strict=True,
    )
)


def small_workspace(folder: Path, records: str = RECORDS) -> Path:
    """A new workspace over the small world."""
    Workspace.init(folder, records=records)
    with open_workspace(folder, write=True) as opened:
        publish_network(opened, small_network(), CLOCK)
    return folder


def take_in_files(workspace: Path, mailbox: Path, bag: Mailbox) -> IngestReport:
    """Write the files into a mailbox folder and ingest it."""
    write_bag(mailbox, bag)
    with open_workspace(workspace, write=True) as opened:
        return ingest(opened, mailbox, CLOCK)


def acceptance_file(*rows: Mapping[str, str] | bytes) -> bytes:
    """An acceptance file of these records (or rows as they stand)."""
    return _csv(ACCEPTANCE_FILE, *rows)


def notice_file(*rows: Mapping[str, str] | bytes, more: tuple[str, ...] = ()) -> bytes:
    """A notice file of these notices (or rows as they stand), with `more` columns."""
    return _csv((*NOTICE_FILE, *more), *rows)


def _csv(header: tuple[str, ...], *rows: Mapping[str, str] | bytes) -> bytes:
    lines = [
        row if isinstance(row, bytes) else ",".join(row[name] for name in header).encode()
        for row in rows
    ]
    return b"\n".join([",".join(header).encode(), *lines, b""])


def interchange(
    *events: tuple[str, str, str],
    item: str = ITEM,
    sender: str = "KRA",
    recipient: str = "USA",
    reference: str = "1",
    prepared: str = "202610222330",
    test: bool = False,
) -> bytes:
    """One interchange of one message that tells (code, local time, office) of an item."""
    told = "".join(f"STS+1+{code}'DTM+334:{at}:203'LOC+14+{office}'" for code, at, office in events)
    body = f"BGM+EMS+{reference}-1+9'DTM+137:{prepared}:203'CNI+1+{item}'{told}"
    flag = "++++1" if test else ""
    return (
        f"UNA:+.? 'UNB+UNOA:3+J1C{sender}+J1C{recipient}+{prepared[2:8]}:{prepared[8:]}"
        f"+{reference}++EMSEVT{flag}'UNH+1+EMSEVT:3:0:ZZ:DC1'{body}"
        f"UNT+{body.count(chr(39)) + 2}+1'UNZ+1+{reference}'"
    ).encode("latin-1")
