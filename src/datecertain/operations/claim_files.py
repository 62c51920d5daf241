"""Many claims in one CSV file, as a large sender files them: good rows are done, bad rows listed
with their reason (req 29-33).

A file taken in again files nothing twice: each row is known by item, claimant and reference.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datecertain.errors import BadMoment, ClaimRefused, UsageError
from datecertain.identifiers import Defect, ItemNumber
from datecertain.moments import parse_date, parse_utc
from datecertain.network.claim_terms import Claimant, Heading, Remedy
from datecertain.operations.batch_csv import CsvChunk, CsvQuestions
from datecertain.operations.claim_items import look_up
from datecertain.operations.claim_rows import case_of_key
from datecertain.operations.claiming import Filing, TakesFor, every_post, file_found
from datecertain.operations.clock import Clock
from datecertain.operations.inquiry_rules import ask_for_claims
from datecertain.operations.judging import Progress
from datecertain.operations.networks import current_network
from datecertain.store import Workspace

#: Columns of the file; only the first must be there.
COLUMNS = (
    "item_id", "claimant", "received", "remedy", "currency", "asks", "waiver", "reference",
    "accepted_on",
)  # fmt: skip
#: Claims filed in one transaction.
CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class FiledRow:
    """A row that was filed, now or when the file was taken in before."""

    row: int
    item_id: str
    case_id: str
    state: str
    reason: str
    amount_minor: int
    again: bool


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was not filed, and why: one word and a sentence."""

    row: int
    item_id: str
    reason: str
    detail: str


@dataclass(slots=True)
class FileReport:
    """What became of a file: rows in = filed + bad."""

    rows: int = 0
    filed: list[FiledRow] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)


def file_claims(
    workspace: Workspace, path: Path, clock: Clock, actor: str = "",
    progress: Progress | None = None, takes: TakesFor = every_post,
) -> FileReport:  # fmt: skip
    """File the claims of a CSV file; an item of an origin for which none are taken is not known.
    Raises `UsageError` for a file without a usable header,
    `NotFound` for none."""
    if not path.is_file():
        raise UsageError(f"{path.name} is not a file: give a CSV file with the column item_id")
    questions = CsvQuestions(path)
    unknown = [name for name in questions.names if name not in COLUMNS]
    if "item_id" not in questions.names or unknown:
        raise UsageError(
            f"{path.name}: columns {', '.join(questions.names)}; expected item_id and any of "
            f"{', '.join(COLUMNS[1:])}"
        )
    report = FileReport()
    for chunk in questions.chunks():
        rows = list(_filings(chunk, report, actor))
        for first in range(0, len(rows), CHUNK):
            _file(workspace, rows[first : first + CHUNK], clock, report, takes)
        if progress:
            progress(questions.read_bytes, questions.size)
    report.bad.sort(key=lambda bad: bad.row)
    ask_for_claims(workspace, clock)
    return report


def _filings(chunk: CsvChunk, report: FileReport, actor: str) -> Iterator[tuple[int, Filing]]:
    """The rows of a chunk that can be read, numbered from 1 over the whole file."""
    for place in range(chunk.count):
        report.rows += 1
        cells = {name: chunk.texts(name)[place].strip() for name in chunk.names}
        trouble = chunk.troubles.get(place)
        try:
            if trouble is not None:
                raise UsageError(f"the line cannot be read: {trouble.problem}, {trouble.found}")
            yield report.rows, _filing(cells, actor)
        except (UsageError, ValueError) as error:
            report.bad.append(
                BadRow(report.rows, cells.get("item_id", ""), "unreadable", str(error))
            )


def _filing(cells: dict[str, str], actor: str) -> Filing:
    parsed = ItemNumber.parse(cells["item_id"])
    if isinstance(parsed, Defect):
        raise UsageError(f"{cells['item_id']!r} is no item number: {parsed.detail}")

    def text(name: str, default: str = "") -> str:
        return cells.get(name, "") or default

    def one_of(kind: Any, name: str, value: str) -> Any:
        try:
            return kind(value)
        except ValueError as error:
            allowed = ", ".join(kind)
            raise UsageError(f"{name} {value!r}: expected one of {allowed}") from error

    try:
        received = parse_utc(text("received")) if text("received") else None
        accepted = parse_date(text("accepted_on")) if text("accepted_on") else None
    except BadMoment as error:
        raise UsageError(str(error)) from error
    if text("waiver", "no") not in ("yes", "no"):
        raise UsageError(f"waiver {text('waiver')!r}: expected yes or no")
    asks = frozenset(one_of(Heading, "asks", one) for one in text("asks", Heading.POSTAGE).split())
    return Filing(
        str(parsed), one_of(Claimant, "claimant", text("claimant", "sender")), actor, received,
        one_of(Remedy, "remedy", text("remedy")) if text("remedy") else None, text("currency"),
        asks, text("waiver") == "yes", text("reference"), accepted,
    )  # fmt: skip


def _file(
    workspace: Workspace, rows: list[tuple[int, Filing]], clock: Clock, report: FileReport,
    takes: TakesFor,
) -> None:  # fmt: skip
    """File some rows in one transaction."""
    network = current_network(workspace)
    found = look_up(workspace, network, {filing.item_id for _, filing in rows}, clock.now())
    with workspace.writing() as connection:
        for number, filing in rows:
            items = [one for one in found.get(filing.item_id, []) if takes(one.record["origin"])]
            again = any(
                case_of_key(connection, filing.key(one.record["item_key"])) for one in items
            )
            try:
                case = file_found(connection, network, filing, items, clock)
            except ClaimRefused as refused:
                report.bad.append(BadRow(number, filing.item_id, refused.reason, str(refused)))
                continue
            now = case.now
            report.filed.append(
                FiledRow(
                    number, case.item_id, case.case_id, str(case.state), now.reason,
                    now.amount_minor, again,
                )
            )  # fmt: skip
