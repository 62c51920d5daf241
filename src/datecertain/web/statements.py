"""Statements written out as PDF and as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from datecertain.settlement.stated import Stated
from datecertain.settlement.statement_papers import statement_paper
from datecertain.web import documents
from datecertain.wording.exact import exact_words

#: A table of amounts is wider than a letter.
PAGE_PX = 920


def statement_html(stated: Stated, language: str) -> str:
    """The statement as one HTML file: nothing to load, no script."""
    return documents.html(statement_paper(stated, exact_words(language)), PAGE_PX)


def statement_pdf(stated: Stated, language: str, made_at: int, fonts: Sequence[Path] = ()) -> bytes:
    """The statement as PDF. `made_at` (UTC minutes) is written into it.

    Raises `UsageError` where a reason that a post gave has a sign that no font shows.
    """
    return documents.pdf(statement_paper(stated, exact_words(language)), made_at, fonts=fonts)
