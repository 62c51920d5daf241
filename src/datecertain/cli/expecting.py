"""`datecertain expected`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.options import AsOfOption, JsonOption, WorkspaceOption, demand_period
from datecertain.cli.output import progress, say, say_json
from datecertain.errors import UsageError
from datecertain.moments import parse_utc
from datecertain.operations.clock import SystemClock
from datecertain.operations.expecting import make_history, write_history
from datecertain.operations.on_the_way import count_on_the_way, write_on_the_way
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
    on_the_way: Annotated[
        bool,
        typer.Option(
            "--on-the-way",
            help="Count instead what items did from each scan on, for `watch` (needs --period).",
        ),
    ] = False,
    as_of: AsOfOption = None,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """What judged items did, counted per lane and area, so that quotes can tell an expected date.

    Example: datecertain expected -w october
    """
    if on_the_way:
        counted = [demand_period(month) for month in period or []]
        moment = parse_utc(as_of) if as_of else SystemClock().now()
        _count_on_the_way(workspace, counted, moment, minimum, json_)
        return
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


def _count_on_the_way(
    workspace: Path, months: list[str], as_of: int, minimum: int, json_: bool
) -> None:
    if not months:
        raise UsageError("--on-the-way needs the months whose items are counted: --period 2026-10")
    with open_workspace(workspace) as opened, progress("expected", quiet=json_) as told:
        histories = count_on_the_way(opened, months, as_of, minimum, told)
    to = write_on_the_way(histories, workspace)
    sums = {
        one.name.lower(): sum(row.items for row in history.shifts)
        for one, history in histories.items()
    }
    if json_:
        say_json({"folder": str(to), "items": sums, "minimum_items": minimum})
        return
    counted = ", ".join(f"{name} {items:,}" for name, items in sums.items())
    say(f"Items by scan, counted in {to}: {counted}.")
