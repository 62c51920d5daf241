"""`datecertain facts`: how the facts stand, few files of many, older versions."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.options import LOOKS, JsonOption, WorkspaceOption, demand_period
from datecertain.cli.output import progress, say, say_json, say_table
from datecertain.moments import format_utc
from datecertain.operations import fact_keeping
from datecertain.operations.clock import SystemClock
from datecertain.operations.workspaces import open_workspace

app = typer.Typer(
    name="facts",
    help="Look after the facts: events, items, verdicts, cases.",
    no_args_is_help=True,
    **LOOKS,
)

TableOption = Annotated[
    str | None, typer.Option("--table", help="events, items, verdicts or cases (default: all).")
]
MonthOption = Annotated[
    str | None, typer.Option("--month", help="One month only.", metavar="YYYY-MM")
]


@app.command("status")
def status(
    table: TableOption = None,
    month: MonthOption = None,
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:
    """Files, rows and bytes of each table and month, and how many files wait to be merged."""
    with open_workspace(workspace) as opened:
        rows = fact_keeping.status(opened, table, month and demand_period(month))
    if json_:
        say_json([asdict(row) for row in rows])
        return
    say_table(
        "Facts",
        ("table", "month", "files", "to merge", "rows", "bytes"),
        [
            (row.table, row.month, f"{row.files:,}", f"{row.due:,}", f"{row.rows:,}",
             f"{row.bytes:,}")
            for row in rows
        ],
    )  # fmt: skip


@app.command("compact")
def compact(
    table: TableOption = None,
    month: MonthOption = None,
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:
    """Merge the small files of daily appends: the same rows, sorted by item, in fewer files.

    Readers go on reading; a writer that waits gets its turn between two batches. Cut off at any
    moment, it can be run again; with nothing to merge it changes nothing.
    """
    with progress("compact", quiet=json_) as told:
        reports = fact_keeping.compact_facts(
            workspace, SystemClock(), table, month and demand_period(month), told
        )
    if json_:
        say_json([asdict(report) for report in reports])
        return
    for report in reports:
        if report.batches:
            say(
                f"{report.table}: {report.files_before} files made {report.files_after}, "
                f"{report.rows:,} rows."
            )
        else:
            say(f"{report.table}: nothing to merge.")


@app.command("versions")
def versions(
    table: Annotated[str, typer.Argument(help="events, items, verdicts or cases.")],
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:
    """The published versions of a facts table: what made each, and when."""
    with open_workspace(workspace) as opened:
        found = fact_keeping.versions(opened, table)
    if json_:
        say_json([asdict(one) | {"at": format_utc(one.at)} for one in found])
        return
    rows = [(str(one.version), one.operation, format_utc(one.at)) for one in found]
    say_table(f"Versions of {table}", ("version", "made by", "at"), rows)


@app.command("restore")
def restore(
    table: Annotated[str, typer.Argument(help="events, items, verdicts or cases.")],
    version: Annotated[int, typer.Option("--version", help="The version to go back to.")],
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:
    """Make the content of an older version of a facts table its newest one.

    Only that table goes back: files taken in since stay known, and are not taken in again.
    """
    with open_workspace(workspace, write=True) as opened:
        new = fact_keeping.restore_facts(opened, table, version, SystemClock())
    if json_:
        say_json({"table": table, "restored": version, "version": new})
        return
    say(f"{table}: version {new} has the content of version {version}.")


@app.command("vacuum")
def vacuum(
    older_than: Annotated[
        int,
        typer.Option(
            "--older-than",
            metavar="DAYS",
            min=0,
            help="Keep every version that was in force in the last so many days.",
        ),
    ],
    table: TableOption = None,
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:
    """Delete files that only older versions need. What is published is never touched.

    Who opened the workspace longer ago than that, or wants to go back further, finds nothing.
    """  # fmt: skip
    with open_workspace(workspace, write=True) as opened:
        done = fact_keeping.vacuum_facts(opened, older_than, SystemClock(), table)
    if json_:
        say_json([asdict(one) for one in done])
        return
    for one in done:
        say(
            f"{one.table}: {one.files} files deleted, {one.bytes / 1e6:.1f} MB; "
            f"versions from {one.readable_from} can be read."
        )
