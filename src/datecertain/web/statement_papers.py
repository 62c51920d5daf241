"""A statement in the forms that its readers want."""

from __future__ import annotations

import tempfile
from pathlib import Path

from datecertain.door.papers import Form
from datecertain.operations.statement_documents import stated_of
from datecertain.operations.statements import Standee
from datecertain.settlement import lines_csv
from datecertain.store import Workspace


def statement_paper(
    workspace: Workspace, found: Standee, form: Form, language: str, made_at: int
) -> bytes | str:
    """The statement as HTML, PDF, workbook, or its lines as CSV."""
    if form is Form.CSV:
        return lines_csv(found.statement)
    from datecertain.web import statements as web  # noqa: PLC0415 - the typesetter is large

    stated = stated_of(workspace, found, language)
    if form is Form.HTML:
        return web.statement_html(stated, language)
    if form is Form.PDF:
        folder = workspace.path / "fonts"
        fonts = (folder.resolve(),) if folder.is_dir() else ()
        return web.statement_pdf(stated, language, made_at, fonts)
    from datecertain.web.statement_workbooks import write_statement_workbook  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="statement-") as folder_name:
        path = Path(folder_name) / "statement.xlsx"
        write_statement_workbook(path, stated, language, made_at)
        return path.read_bytes()
