"""Where the documents of a month are: ways of the API, and files beside its report (req 63)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from sqlalchemy import select

from datecertain.access import EVERYTHING, Right, Viewer
from datecertain.operations.statements import statement_names, statements_here
from datecertain.quality import Document, DocumentKind, Documents
from datecertain.store import Workspace
from datecertain.store.claim_records import refunds

#: Letters that are listed at once: the first refunded items by number.
LETTERS = 200
#: How a statement is written.
PAPERS = ("pdf", "html", "xlsx", "csv")
_INDEX = "documents.json"


def refunded_items(workspace: Workspace, month: str, viewer: Viewer) -> list[str]:
    """The items of a month that were refunded by a post (or, for the keeper, by any), in order."""
    query = select(refunds.c.item_id).where(refunds.c.month == month).order_by(refunds.c.item_id)
    if viewer.post != EVERYTHING:
        query = query.where(refunds.c.origin == viewer.post)
    with workspace.reading() as view:
        return list(view.connection.execute(query).scalars())


def documents_as_ways(workspace: Workspace, month: str, viewer: Viewer, language: str) -> Documents:
    """The documents of a month that a viewer may have, as ways of the API."""
    found = [Document(DocumentKind.EXPORT, "lanes", "csv", "",
                      f"/v1/reports/months/{month}/report.csv")]  # fmt: skip
    if viewer.may(Right.STATEMENTS):
        for _, one, other in statement_names(workspace, viewer, month):
            pair = f"{one}-{other}"
            way = f"/v1/statements/{month}/{pair}"
            for form in PAPERS:
                paper = f"{way}/paper.{form}?lang={language}"
                found.append(Document(DocumentKind.STATEMENT, pair, form, language, paper))
            found.append(Document(DocumentKind.STATEMENT, pair, "json", "", f"{way}/text"))
    items = refunded_items(workspace, month, viewer) if viewer.may(Right.LETTERS) else []
    found += [Document(DocumentKind.LETTER, item, "html", language,
                       f"/v1/letters/senders/{item}?lang={language}")
              for item in items[:LETTERS]]  # fmt: skip
    return Documents(tuple(found), len(items))


def folder_of(month: str) -> str:
    """The folder of a month's documents, beside its report."""
    return f"documents-{month}"


def note_documents(folder: Path, documents: Documents) -> None:
    """Write down what was written into a folder of documents, so that a later report finds it."""
    text = json.dumps({"refunded": documents.refunded,
                       "files": [asdict(one) for one in documents.files]})  # fmt: skip
    (folder / _INDEX).write_text(text + "\n", encoding="utf-8")


def documents_beside(workspace: Workspace, month: str, reports: Path, table: str) -> Documents:
    """What is there beside a report: its `table` of lanes, and what was written of the month and
    still says what stands now; a statement that was settled anew is left out."""
    lanes = Document(DocumentKind.EXPORT, "lanes", "csv", "", table)
    index = reports / folder_of(month) / _INDEX
    if not index.is_file():
        return Documents((lanes,), 0)
    noted = json.loads(index.read_text(encoding="utf-8"))
    with workspace.reading() as view:
        stand = {one.statement.sha256 for one in statements_here(view.connection, month)}
    files = [Document(**row | {"kind": DocumentKind(row["kind"])}) for row in noted["files"]]
    return Documents((lanes, *_still_there(files, reports, stand)), int(noted["refunded"]))


def _still_there(files: Sequence[Document], reports: Path, stand: set[str]) -> list[Document]:
    return [
        one for one in files
        if (reports / one.address).is_file() and (not one.sha256 or one.sha256 in stand)
    ]  # fmt: skip
