"""`datecertain expected`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.options import JsonOption, WorkspaceOption, demand_period
from datecertain.cli.output import progress, say, say_json
from datecertain.operations.expecting import make_history, write_history
from datecertain.operations.quoting import HISTORY_FILE
from datecertain.operations.workspaces import open_workspace
from datecertain.promise.expected import MINIMUM_ITEMS


def expected(
    workspace: WorkspaceOption = Path(),
    period: Annotated[
        list[str] | None,
        typer.Option(
            "--period", metavar="YYYY-MM", show_default="all that were judged",
            help="Month of acceptance; may be given more than once.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", show_default=f"{HISTORY_FILE} in the workspace",
            help="Where the history goes.",
        ),
    ] = None,
    minimum: Annotated[
        int,
        typer.Option("--minimum", min=1, help="Items from which on a percentile is told."),
    ] = MINIMUM_ITEMS,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """What judged items did, counted per lane and area, so that quotes can tell an expected date.

    Example: datecertain expected -w october
    """
    months = [demand_period(month) for month in period] if period else None
    to = out or workspace / HISTORY_FILE
    with open_workspace(workspace) as opened, progress("expected", quiet=json_) as told:
        history = make_history(opened, months, minimum, told)
    write_history(history, to)
    items = sum(row.items for row in history.shifts)
    missing = sum(row.items for row in history.shifts if row.days is None)
    lanes = len({(row.origin, row.destination) for row in history.shifts})
    if json_:
        say_json(
            {"history": str(to), "items": items, "not_delivered": missing, "lanes": lanes,
             "minimum_items": history.minimum_items}
        )  # fmt: skip
        return
    say(f"{items:,} items on {lanes} lanes ({missing:,} not delivered) counted in {to}.")
