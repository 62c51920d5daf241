"""An ITMATT in the mailbox: nothing of sender and addressee is in records or facts afterwards.

The file itself is kept in the archive like any of which a part was set aside: that folder is not
looked at here."""

from __future__ import annotations

from pathlib import Path

from canonical_state import rows_of
from command_line import say
from small_workspaces import small_workspace

from datecertain.store import records
from declared_cases import BODY, PERSONS, interchange

EVENTS = (
    b"UNB+UNOA:3+KR+US+261120:0240+REF0000000001++EMSEVT'UNH+1+EMSEVT:3:0:ZZ:DC1'"
    b"CNI+1+EE000000005KR'STS+1+EMA'DTM+334:202611200112:203'LOC+14+KRSELB'UNT+6+1'"
    b"UNZ+1+REF0000000001'"
)


def test_what_is_kept_of_a_declaration_names_nobody(tmp_path: Path) -> None:
    workspace = small_workspace(tmp_path / "kr")
    mailbox = tmp_path / "mailbox"
    mailbox.mkdir()
    (mailbox / "1.edi").write_bytes(EVENTS)
    # The same reference again, for something else: the whole interchange is set aside as well.
    declared = interchange(BODY).replace(b"J1CKRA+J1CAUA", b"KR+US").replace(b"UNOC", b"UNOA")
    (mailbox / "2.edi").write_bytes(declared)
    (mailbox / "3.edi").write_bytes(declared.replace(b"REF0000000001", b"REF0000000002"))
    unknown = declared.replace(b"REF0000000001", b"REF0000000003").replace(b":DC1", b":DC9")
    (mailbox / "4.edi").write_bytes(unknown)
    answer = say("ingest", mailbox, "-w", workspace, "--json")
    rows = rows_of(workspace, records.quarantine)
    reasons = {row["reason_code"] for row in rows}
    assert {"layout-unknown", "interchange-conflict"} <= reasons
    assert answer.json["item_attributes"] == 2
    for row in rows:
        assert not [name for name in PERSONS if name.encode() in row["raw"]]
    kept = [
        path.read_bytes()
        for path in workspace.rglob("*")
        if path.is_file() and "archive" not in path.relative_to(workspace).parts
    ]
    assert sum(b"REF0000000001" in data for data in kept)
    told = [answer.out.encode(), answer.err.encode(), *kept]
    assert [name for name in PERSONS if any(name.encode() in data for data in told)] == []
