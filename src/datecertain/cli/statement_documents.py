"""`datecertain statement document`, `statement carriers`: statements as paper and workbooks."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from datecertain.cli.options import (
    JsonOption,
    Language,
    PeriodOption,
    WorkspaceOption,
    demand_period,
)
from datecertain.cli.output import Step, progress, say, say_json, say_table
from datecertain.cli.statements import PairOption, VersionOption, app
from datecertain.errors import UsageError
from datecertain.operations.clock import SystemClock
from datecertain.operations.statements import find_statement, pair_of
from datecertain.operations.workspaces import open_workspace
from datecertain.wording import words

if TYPE_CHECKING:
    from datecertain.settlement.stated import Stated

__all__ = ["app"]


class Format(StrEnum):
    """How a statement is written."""

    PDF = "pdf"
    HTML = "html"
    XLSX = "xlsx"
    CSV = "csv"


FormatOption = Annotated[
    Format | None,
    typer.Option("--format", help="How it is written (default: as the file's name ends)."),
]
OutOption = Annotated[Path, typer.Option("--out", metavar="FILE", help="The file to write.")]
LanguageOption = Annotated[
    Language, typer.Option("--language", "--lang", help="Language of the document.")
]


@app.command("document")
def document(
    period: PeriodOption,
    pair: PairOption,
    out: OutOption,
    format_: FormatOption = None,
    version: VersionOption = None,
    language: LanguageOption = Language.EN,
    tariff: Annotated[
        Path | None,
        typer.Option("--tariff", metavar="FILE", help="The tariff that the month was settled under,"
                     " where it is not a bundled one: its rules are then named."),
    ] = None,
    fonts: Annotated[
        Path | None,
        typer.Option("--fonts", metavar="FOLDER", help="More fonts for a PDF."),
    ] = None,
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Write a statement as PDF, HTML, Excel workbook or CSV: its lines, how each amount came about,
    what is contested, what changed, the terms and rates with their sources.

    Amounts are written to the last unit. The workbook has the items behind every line, and its
    totals are formulas. CSV makes two files, of lines and of items.

    Example: datecertain statement document --period 2026-10 --pair KR-US --out KR-US.xlsx
    --language ko
    """
    from datecertain.operations.statement_documents import stated_of  # noqa: PLC0415 - is large
    from datecertain.settlement import load_tariff  # noqa: PLC0415

    kind = format_ or _by_name(out)
    given = load_tariff(tariff) if tariff else None
    if fonts is not None and not fonts.is_dir():
        raise UsageError(f"{fonts} is not a folder: name one with fonts (.otf, .ttf)")
    with open_workspace(workspace) as opened:
        found = find_statement(opened, demand_period(period), pair_of(pair), version)
        stated = stated_of(opened, found, language.value, given)
    with progress("writing", quiet=json_) as told:
        files = write_statement(stated, kind, out, language.value, fonts, told)
    if json_:
        say_json({"statement": stated.statement_id, "sha256": stated.statement.sha256,
                  "format": kind.value, "files": files})  # fmt: skip
    else:
        say(*files)


def _by_name(out: Path) -> Format:
    ending = out.suffix.removeprefix(".").lower()
    if ending not in list(Format):
        raise UsageError(
            f"{out.name} does not say how it is to be written: end it with .pdf, .html, .xlsx or "
            ".csv, or give --format"
        )
    return Format(ending)


def write_statement(
    stated: Stated, kind: Format, out: Path, language: str, fonts: Path | None, told: Step
) -> list[str]:
    """The files written."""
    from datecertain.settlement import items_csv, lines_csv  # noqa: PLC0415
    from datecertain.web import statements as web  # noqa: PLC0415 - the typesetter is large

    now = SystemClock().now()
    if kind is Format.HTML:
        out.write_text(web.statement_html(stated, language), encoding="utf-8")
    elif kind is Format.PDF:
        folders = (fonts.resolve(),) if fonts else ()
        out.write_bytes(web.statement_pdf(stated, language, now, folders))
    elif kind is Format.XLSX:
        from datecertain.web.statement_workbooks import (  # noqa: PLC0415
            write_statement_workbook,
        )

        write_statement_workbook(out, stated, language, now, told=told)
    else:
        tables = {"lines": lines_csv, "items": items_csv}
        files = [out.with_suffix(f".{name}.csv") for name in tables]
        for file, written in zip(files, tables.values(), strict=True):
            file.write_text(written(stated.statement), encoding="utf-8")
        return list(map(str, files))
    return [str(out)]


@app.command("carriers")
def carriers(
    period: PeriodOption,
    carrier: Annotated[
        str, typer.Option("--carrier", metavar="CODE", help="Only this carrier.")
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write the items here (.csv or .xlsx)."),
    ] = None,
    language: LanguageOption = Language.EN,
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:
    """What can be claimed of carriers: the items of a month whose way took too long while a carrier
    had them, by what was told of their receptacles, with the refunds that rest on it.

    Books nothing: what a carrier owes is between it and the post that contracted it.

    Example: datecertain statement carriers --period 2026-10 --out carriers.xlsx
    """
    from datecertain.operations.carrier_lists import carrier_items  # noqa: PLC0415 - is large
    from datecertain.operations.telling_carriers import carriers_as_json  # noqa: PLC0415
    from datecertain.settlement.carrier_claims import (  # noqa: PLC0415
        carrier_totals,
        carriers_csv,
    )

    if out is not None and _by_name(out) not in (Format.CSV, Format.XLSX):
        raise UsageError(f"{out.name}: a list of items is written as .csv or .xlsx")
    with open_workspace(workspace) as opened, progress("carriers", quiet=json_) as told:
        found = carrier_items(opened, demand_period(period), told)
    items = [one for one in found if carrier in ("", one.carrier)]
    totals = carrier_totals(items)
    if out is not None and _by_name(out) is Format.CSV:
        out.write_text(carriers_csv(items), encoding="utf-8")
    elif out is not None:
        from datecertain.web.carrier_workbooks import write_carrier_workbook  # noqa: PLC0415

        write_carrier_workbook(out, period, items, language.value, SystemClock().now())
    speak = words(language)
    if json_:
        say_json(carriers_as_json(period, totals) | {"files": [str(out)] if out else []})
    elif not totals:
        say(speak.say("carriers.none", period=period))
    else:
        head = ("carrier", "claimant", "stretches", "days", "resting")
        rows = [(one.carrier, one.claimant, speak.count(one.stretches), speak.count(one.days),
                 speak.money(one.resting_usdr, "SDR")) for one in totals]  # fmt: skip
        say_table(period, [speak.say(f"workbook.column.{name}") for name in head], rows)
    if out is not None and not json_:
        say(str(out))
