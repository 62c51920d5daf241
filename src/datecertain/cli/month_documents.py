"""The documents of a month written beside its report (`report --documents`)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from datecertain.access import keeper
from datecertain.cli.options import Language
from datecertain.cli.output import progress
from datecertain.errors import NotFound, UsageError
from datecertain.operations.clock import Clock
from datecertain.operations.month_documents import (
    LETTERS,
    PAPERS,
    folder_of,
    note_documents,
    refunded_items,
)
from datecertain.operations.statements import Standee, statements_here
from datecertain.quality import Document, DocumentKind, Documents
from datecertain.store import Workspace
from datecertain.wording import LANGUAGES

_LETTERS = "letters"


def forms_of(text: str) -> tuple[str, ...]:
    """`pdf,xlsx,letters`, or `all`. Raises `UsageError`."""
    known = (*PAPERS, _LETTERS)
    forms = known if text == "all" else tuple(text.lower().replace(" ", "").split(","))
    if wrong := sorted(set(forms) - set(known)):
        raise UsageError(f"--documents {', '.join(wrong)}: write all, or of {', '.join(known)}")
    return forms


def write_documents(
    workspace: Workspace, month: str, reports: Path, forms: tuple[str, ...], lang: Language,
    clock: Clock, quiet: bool,
) -> None:  # fmt: skip
    """Write the statements of a month in each language, with their frozen text, and the letters
    about its refunds in one, into the folder of its documents."""
    folder = reports / folder_of(month)
    folder.mkdir(parents=True, exist_ok=True)
    with workspace.reading() as view:
        stated = statements_here(view.connection, month)
    items = refunded_items(workspace, month, keeper()) if _LETTERS in forms else []
    work: list[Callable[[], Iterator[Document]]] = [
        *(partial(_statement, workspace, one, folder, forms) for one in stated),
        *(partial(_letter, workspace, item, folder, lang, clock) for item in items[:LETTERS]),
    ]
    written: list[Document] = []
    with progress("documents", quiet) as told:
        for number, write in enumerate(work):
            told(number, len(work))
            written += write()
        told(len(work), len(work))
    note_documents(folder, Documents(tuple(written), len(items)))


def _statement(
    workspace: Workspace, one: Standee, folder: Path, forms: tuple[str, ...]
) -> Iterator[Document]:
    from datecertain.cli.statement_documents import Format, write_statement  # noqa: PLC0415
    from datecertain.operations.statement_documents import stated_of  # noqa: PLC0415

    pair, name = "-".join(one.pair), f"statement.{'-'.join(one.pair)}.v{one.version}"

    def document(file: Path, form: str, language: str = "") -> Document:
        address = f"{folder.name}/{file.name}"
        return Document(
            DocumentKind.STATEMENT, pair, form, language, address, one.statement.sha256
        )  # fmt: skip

    frozen = folder / f"{name}.json"
    frozen.write_bytes(one.statement.content)
    papers = [Format(form) for form in PAPERS if form in forms]
    for language in LANGUAGES if papers else ():
        stated = stated_of(workspace, one, language)
        for form in papers:
            if form is Format.CSV and language != LANGUAGES[0]:
                continue  # the same in every language
            out = folder / f"{name}.{language}.{form.value}"
            if form is Format.CSV:
                out = folder / f"{name}.csv"
            for file in write_statement(stated, form, out, language, None, _nobody):
                end = file.removeprefix(str(folder / name)).lstrip(".")
                kind = end if form is Format.CSV else form.value
                yield document(Path(file), kind, "" if form is Format.CSV else language)
    yield document(frozen, "json")


def _nobody(done: int, total: int, /) -> None:
    """Nobody is told how far one paper is."""


def _letter(
    workspace: Workspace, item: str, folder: Path, lang: Language, clock: Clock
) -> Iterator[Document]:
    from datecertain.operations.letters import sender_letter  # noqa: PLC0415
    from datecertain.web import letters  # noqa: PLC0415 - is large
    from datecertain.wording.prepared import letter_words  # noqa: PLC0415

    try:
        made: Any = sender_letter(workspace, item, letter_words(lang.value), clock)
    except (UsageError, NotFound):
        return  # nothing can be told of it now: its claim is not decided
    file = folder / f"letter.{item}.{lang.value}.html"
    # As every letter: for its owner alone.
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(letters.write(made.document).html.encode())
    yield Document(DocumentKind.LETTER, item, "html", lang.value, f"{folder.name}/{file.name}")
