"""Files of inquiries among what is handed in (req 37, 39): done like `inquiry import`, and what
cannot be used is set aside row by row, to be read again after a fix.

Quarantine keeps a bad row without the columns of persons and of free words; the whole file is in
the sealed archive, from which it is read again.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from datecertain.errors import UsageError
from datecertain.findings import Finding, Severity
from datecertain.operations.clock import Clock
from datecertain.operations.inquiry_exchange import Imported, import_inquiries
from datecertain.operations.inquiry_files import PERSONAL
from datecertain.store import Workspace


@dataclass(frozen=True, slots=True)
class Aside:
    """A row that cannot be used, and what of it is kept beside the file."""

    position: str
    code: str
    raw: bytes
    item: str | None


def take_inquiries(
    workspace: Workspace, name: str, data: bytes, clock: Clock
) -> tuple[Imported, list[Aside]]:
    """What became of the rows of a file that was handed in, and those to set aside. What was done
    before is known again. A file that cannot be read is set aside whole."""
    try:
        done = import_inquiries(workspace, name, data, clock, f"file {name}")
    except UsageError as error:
        place, code = "line 1", "inquiry-file"
        finding = Finding(code, Severity.ERROR, name, place, str(error))
        return Imported(1, findings=[finding]), [Aside(place, code, _header(data), None)]
    rows = _rows(data) if done.findings else {}
    aside = [
        Aside(one.position, one.code, rows.get(one.position, b""), one.item)
        for one in done.findings
    ]
    return done, aside


def _header(data: bytes) -> bytes:
    return data.split(b"\n", 1)[0].rstrip(b"\r")


def _rows(data: bytes) -> dict[str, bytes]:
    """By position the rows of a file, without persons and free words; nothing of a row that has
    not the columns of its header, for anything may stand anywhere in it."""
    reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    found = {}
    for row in reader:
        whole = None not in row and None not in row.values()
        cells = ["" if one in PERSONAL else text for one, text in row.items()] if whole else []
        text = io.StringIO()
        csv.writer(text, lineterminator="").writerow(cells)
        found[f"line {reader.line_num}"] = text.getvalue().encode()
    return found
