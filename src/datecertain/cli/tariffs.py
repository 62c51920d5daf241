"""`datecertain tariff`: read a tariff file, and try it on past months."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from pyarrow import csv

from datecertain.cli.options import (
    LOOKS,
    JsonOption,
    Language,
    LanguageOption,
    WorkspaceOption,
    demand_period,
)
from datecertain.cli.output import progress, say, say_json, say_table
from datecertain.operations.trying import Trial, try_tariff
from datecertain.operations.workspaces import open_workspace
from datecertain.settlement import bundled_tariff, load_tariff
from datecertain.wording import words

app = typer.Typer(help="Tariffs between posts.", no_args_is_help=True, **LOOKS)

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="A tariff file (TOML).")]


@app.callback()
def tariff() -> None:
    """Tariffs between posts: read, tried on the past."""


@app.command("check")
def check(file: FileArgument, json_: JsonOption = False) -> None:
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
    rows = ", ".join(f"{count} {name}" for name, count in counts.items())
    say(f"{read.name}: {rows} rows; SHA-256 {read.digest}.")


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
    with open_workspace(workspace) as opened, progress("months", json_) as told:
        found = try_tariff(opened, months, new, old, csv_ is not None, told)
    if csv_ is not None:
        csv.write_csv(found.items, csv_)
    if json_:
        plain = {"months": found.months, "tariff": found.tariff, "against": found.against}
        posts = [asdict(one) | {"change_usdr": one.change_usdr} for one in found.posts]
        say_json(plain | {"posts": posts, "findings": found.findings})
    else:
        _show(found, lang)
        if csv_ is not None:
            say(f"{len(found.items)} items whose amount changes: {csv_}")


def _show(found: Trial, lang: Language) -> None:
    speak = words(lang)
    say_table(
        f"{', '.join(found.months)}: {found.tariff} against {found.against}, net in SDR",
        ("post", "before", "after", "change"),
        [(one.post, *(speak.money(amount, "SDR")
                      for amount in (one.before_usdr, one.after_usdr, one.change_usdr)))
         for one in found.posts],
    )  # fmt: skip
    for one in found.posts:
        for kind, before, after in one.by_kind:
            if before != after:
                say(f"{one.post}  {speak.say(f'settlement.kind.{kind}')}: "
                    f"{speak.money(before, 'SDR')} → {speak.money(after, 'SDR')}")  # fmt: skip
    say(*found.findings, "Nothing was booked.")
