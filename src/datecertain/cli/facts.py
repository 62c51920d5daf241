"""`datecertain facts`: how the facts stand, and making few files of many."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.options import LOOKS, JsonOption, WorkspaceOption, demand_period
from datecertain.cli.output import progress, say, say_json, say_table
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
