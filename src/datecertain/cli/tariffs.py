"""`datecertain tariff`: read a tariff file, and try it on past months."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.options import (
    LOOKS,
    JsonOption,
    Language,
    LanguageOption,
    WorkspaceOption,
    demand_period,
)
from datecertain.cli.output import say, say_json
from datecertain.cli.suppositions import suppose
from datecertain.cli.trials import run_trial
from datecertain.settlement import bundled_tariff, load_tariff
from datecertain.wording import words

app = typer.Typer(help="Tariffs between posts.", no_args_is_help=True, **LOOKS)

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="A tariff file (TOML).")]


@app.callback()
def tariff() -> None:
    """Tariffs between posts: read, tried on the past."""


app.command("suppose")(suppose)


@app.command("check")
def check(
    file: FileArgument, lang: LanguageOption = Language.EN, json_: JsonOption = False
) -> None:
    """Read a tariff file; every fault of it is told at once.

    Example: datecertain tariff check agreed-2027.toml
    """
    read = load_tariff(file)
    counts = {
        "performance": len(read.performance), "recourse": len(read.recourse),
        "charge": len(read.charges), "stop_loss": len(read.stop_losses),
        "statements": len(read.statements),
    }  # fmt: skip
    if json_:
        say_json({"name": read.name, "digest": read.digest, "rows": counts})
        return
    speak = words(lang)
    rows = ", ".join(
        speak.say("tariff.row", count=count, table=table) for table, count in counts.items()
    )
    say(speak.say("tariff.checked", name=read.name, rows=rows, digest=read.digest))


@app.command("try")
def try_(
    file: FileArgument,
    month: Annotated[
        list[str],
        typer.Option("--month", metavar="YYYY-MM", help="A month, or several."),
    ],
    against: Annotated[
        Path | None,
        typer.Option("--against", help="The tariff to compare with (default: the bundled one)."),
    ] = None,
    csv_: Annotated[
        Path | None,
        typer.Option("--csv", metavar="FILE", help="Write the items whose amount changes here."),
    ] = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """What each post would have been owed in past months under another tariff; books nothing.

    Example: datecertain tariff try agreed-2027.toml --month 2026-10 --csv items.csv
    """
    new = load_tariff(file)
    old = load_tariff(against) if against else bundled_tariff()
    months = sorted({demand_period(one) for one in month})
    run_trial(workspace, months, new, old, csv_, lang, json_)
