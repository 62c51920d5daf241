"""Letters on a page, block by block in its own style, and as a PDF (req 29, 63)."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response

from datecertain.door import door_of
from datecertain.operations.letters import Letter
from datecertain.wording.documents import Document, Picture
from datecertain.wording.prepared import LETTER_LANGUAGES


def letter_language(request: Request, otherwise: str) -> str:
    """The language in which a letter is wanted: of its address, else of the page."""
    wanted = request.query_params.get("in", "")
    return wanted if wanted in LETTER_LANGUAGES else otherwise


def blocks_of(document: Document) -> list[tuple[str, Any]]:
    """The blocks of a document with their kinds; of a picture the table that says the same."""
    return [
        ("table", block.instead) if isinstance(block, Picture)
        else (type(block).__name__.lower(), block)
        for block in document.blocks
    ]  # fmt: skip


def pdf_of(request: Request, letter: Letter, name: str) -> Response:
    """A letter as a file."""
    from datecertain.web.letters import letter_pdf  # noqa: PLC0415 - the typesetter is large

    door = door_of(request)
    folder = door.workspace / "fonts"
    fonts = (folder.resolve(),) if folder.is_dir() else ()
    content = letter_pdf(letter.document, letter.told, door.how.clock.now(), fonts)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.pdf"', "Cache-Control": "no-store",
        "Content-Language": letter.document.language, "X-Content-Type-Options": "nosniff",
    }  # fmt: skip
    return Response(content, media_type="application/pdf", headers=headers)
