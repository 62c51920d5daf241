"""`datecertain rulebook`: the terms in force between two posts, printed from what decides."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.options import Language, LanguageOption
from datecertain.cli.output import say
from datecertain.errors import UsageError
from datecertain.operations.clock import SystemClock
from datecertain.wording import words


class Format(StrEnum):
    """How a rule book is written."""

    TEXT = "text"
    HTML = "html"
    PDF = "pdf"
    JSON = "json"


_ENDINGS = {"txt": Format.TEXT, **{str(one): one for one in Format}}


def rulebook(
    pair: Annotated[str, typer.Option("--pair", metavar="A-B", help="The two posts: KR-US.")],
    on: Annotated[
        str | None, typer.Option("--on", metavar="DATE", help="In force then (default: today).")
    ] = None,
    format_: Annotated[
        Format | None,
        typer.Option("--format", help="How it is written (default: as --out ends, else text)."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="The file to write.")
    ] = None,
    network: Annotated[
        str | None,
        typer.Option("--network", help="A network folder, `bundled`, or a version."),
    ] = None,
    tariff: Annotated[
        Path | None,
        typer.Option("--tariff", metavar="FILE", help="Tariff (default: the bundled one)."),
    ] = None,
    workspace: Annotated[
        Path | None,
        typer.Option(
            "--workspace", "-w", envvar="DATECERTAIN_WORKSPACE",
            help="The workspace, with its network and signatures (default: the bundled network).",
        ),
    ] = None,
    lang: LanguageOption = Language.EN,
    json_: Annotated[bool, typer.Option("--json", help="As --format json.")] = False,
) -> None:  # fmt: skip
    """The rule book of two posts: every term in force between them as a sentence, with its dates
    and source, both lanes, signatures and digests.

    Example: datecertain rulebook --pair KR-US --on 2026-11-26 --lang ko --out KR-US.pdf
    """
    from datecertain.operations.rule_books import as_json, rule_book_of  # noqa: PLC0415
    from datecertain.planning.rule_book_paper import rule_book_paper  # noqa: PLC0415
    from datecertain.settlement import load_tariff  # noqa: PLC0415
    from datecertain.wording.documents import as_text  # noqa: PLC0415

    kind = Format.JSON if json_ else format_ or _by_name(out)
    speak, clock = words(lang), SystemClock()
    if kind is Format.PDF and out is None:
        raise UsageError("a PDF needs a file: --out KR-US.pdf")
    book = rule_book_of(
        pair, on, speak, clock, workspace=workspace, network=network,
        tariff=load_tariff(tariff) if tariff else None,
    )  # fmt: skip
    if kind is Format.PDF and out is not None:
        from datecertain.web.documents import pdf  # noqa: PLC0415 - the typesetter is large

        out.write_bytes(pdf(rule_book_paper(book, speak), clock.now()))
        say(str(out))
        return
    if kind is Format.JSON:
        text = json.dumps(as_json(book), ensure_ascii=False, indent=2) + "\n"
    elif kind is Format.HTML:
        from datecertain.web.documents import html  # noqa: PLC0415

        text = html(rule_book_paper(book, speak), _PAGE_PX)
    else:
        text = as_text(rule_book_paper(book, speak))
    if out is None:
        say(text.rstrip("\n"))
    else:
        out.write_text(text, encoding="utf-8")
        say(str(out))


#: A table of rules is wider than a letter.
_PAGE_PX = 920


def _by_name(out: Path | None) -> Format:
    if out is None:
        return Format.TEXT
    ending = out.suffix.removeprefix(".").lower()
    if ending not in _ENDINGS:
        raise UsageError(
            f"{out.name} does not say how it is to be written: end it with .txt, .html, .pdf or "
            ".json, or give --format"
        )
    return _ENDINGS[ending]
