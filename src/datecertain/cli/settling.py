"""`datecertain settle`, `datecertain verify`, and the month of `datecertain report`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.month_documents import forms_of, write_documents
from datecertain.cli.options import (
    JsonOption,
    Language,
    LanguageOption,
    PeriodOption,
    WorkspaceOption,
    demand_period,
)
from datecertain.cli.output import say, say_json, say_table
from datecertain.operations.clock import SystemClock
from datecertain.operations.month_documents import documents_beside
from datecertain.operations.reporting import MonthReport, month_report
from datecertain.operations.settling import settle_month
from datecertain.operations.telling_reports import lanes_csv
from datecertain.operations.verifying import verify_month
from datecertain.operations.workspaces import open_workspace
from datecertain.quality import Document, DocumentKind, Documents, summary_lines
from datecertain.settlement import load_tariff
from datecertain.web import render_month, report_name
from datecertain.wording import LANGUAGES, Words, words


def settle(
    period: PeriodOption,
    workspace: WorkspaceOption = Path(),
    tariff: Annotated[
        Path | None,
        typer.Option("--tariff", help="A tariff file (default: the bundled illustrative one)."),
    ] = None,
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Refund, charge on, pay for performance, state and net a month that was judged.

    Example: datecertain settle --period 2026-10
    """
    given = load_tariff(tariff) if tariff else None
    with open_workspace(workspace, write=True) as opened:
        report = settle_month(opened, demand_period(period), SystemClock(), given)
    if json_:
        say_json(asdict(report))
        return
    speak, money = words(lang), report.money
    if report.already_done:
        say(speak.say("settling.before", period=period))
    else:
        said = "settlement.settled" if report.statements else "settlement.settled.as_before"
        say(speak.say(
            said, lines=speak.count(report.journal_lines), statements=speak.count(report.statements)
        ))  # fmt: skip
    say_table(
        f"{period}", ("", "SDR"),
        [
            (speak.say("settling.gross"), speak.money(money.gross_usdr, "SDR")),
            (speak.say("settling.balances"), speak.money(money.balances_usdr, "SDR")),
            (speak.say("settling.net", count=len(money.payments)),
             speak.money(money.net_usdr, "SDR")),
            *((f"  {speak.say('netting.pays', payer=one.payer, payee=one.payee)}",
               speak.money(one.usdr, "SDR")) for one in money.payments),
        ],
    )  # fmt: skip


def report_month(
    period: str, workspace: Path, to: Path | None, lang: Language, json_: bool,
    documents: str | None = None,
) -> None:  # fmt: skip
    """The month as an HTML page in every language, a CSV of its lanes, and a summary here; with the
    documents of the month that are asked for."""
    forms = forms_of(documents) if documents else ()
    folder, clock = to or workspace / "reports", SystemClock()
    with open_workspace(workspace) as opened:
        told = month_report(opened, demand_period(period), clock)
        if forms:
            write_documents(opened, period, folder, forms, lang, clock, json_)
        found = documents_beside(opened, period, folder, table_name(told))
    pages = write_report(told, folder, found)
    speak = words(lang)
    if json_:
        say_json(
            {
                "pages": {language: str(path) for language, path in pages.items()},
                "summary": summary_lines(told.figures, told.money, speak),
                "documents": documents_json(found, folder),
            }
        )
        return
    show_summary(told, speak)
    say("", *(f"{language}: {path}" for language, path in pages.items()))


def show_summary(told: MonthReport, speak: Words) -> None:
    """The month in a few lines."""
    say_table("", ("", ""), summary_lines(told.figures, told.money, speak))


def documents_json(found: Documents, folder: Path) -> list[dict[str, str]]:
    """The documents as plain data, each with its path."""
    return [
        {"kind": str(one.kind), "about": one.about, "form": one.form, "language": one.language,
         "path": str(folder / one.address)}
        for one in found.files
    ]  # fmt: skip


def table_name(told: MonthReport) -> str:
    """The file of a report's lanes."""
    return report_name(told.figures, "en").replace(".en.html", ".lanes.csv")


def write_report(
    told: MonthReport, folder: Path, documents: Documents | None = None
) -> dict[str, Path]:
    """The page of each language, and `lanes.csv` beside them; the path of each."""
    found = documents or Documents(
        (Document(DocumentKind.EXPORT, "lanes", "csv", "", table_name(told)),)
    )
    folder.mkdir(parents=True, exist_ok=True)
    pages = {}
    for language in LANGUAGES:
        path = folder / report_name(told.figures, language)
        page = render_month(told.figures, told.money, told.basis, language, found)
        path.write_text(page, encoding="utf-8")
        pages[language] = path
    path = folder / table_name(told)
    path.write_text(lanes_csv(told.figures), encoding="utf-8")
    return pages | {"csv": path}


#: Something does not agree with itself.
NOT_WHOLE = 4


def verify(
    period: PeriodOption,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Prove a month: the journal's chain, the statements' hashes, the verdicts by judging again.

    Exit code 4 when something differs. Example: datecertain verify --period 2026-10
    """
    with open_workspace(workspace) as opened:
        found = verify_month(opened, demand_period(period))
    if json_:
        say_json(asdict(found) | {"whole": found.whole})
    else:
        speak = words(lang)
        say(
            speak.say("verifying.journal", lines=found.journal_lines,
                      digest=found.journal_digest[:16]),
            speak.say("verifying.statements", period=period, count=found.statements,
                      broken=len(found.statements_broken)),
            speak.say("verifying.erased", period=period, by=found.erased_by)
            if found.erased_by
            else speak.say(
                "verifying.differ" if found.differing else "verifying.verdicts", period=period,
                count=found.verdicts, differing=len(found.differing),
                items=" ".join(found.differing[:10]),
            ),
        )  # fmt: skip
    if not found.whole:
        raise typer.Exit(NOT_WHOLE)
