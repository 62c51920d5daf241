"""`datecertain acceptances …`."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.options import (
    LOOKS,
    JsonOption,
    PeriodOption,
    WorkspaceOption,
    demand_period,
)
from datecertain.cli.output import say, say_json, say_table
from datecertain.operations.acceptance_lists import records_for_partner, without_record
from datecertain.operations.workspaces import open_workspace

app = typer.Typer(
    help="Acceptance records: what is missing, what a partner needs.", no_args_is_help=True, **LOOKS
)


@app.command("missing")
def missing(
    period: PeriodOption,
    post: Annotated[str, typer.Option("--post", help="Only of this origin post.")] = "",
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:
    """Items that were scanned in a month but have no acceptance record: no guarantee.

    Example: datecertain acceptances missing --period 2026-10 --post KR
    """
    with open_workspace(workspace) as opened:
        found = without_record(opened, demand_period(period))
    rows = [row for row in found if not post or row.origin == post]
    if json_:
        say_json([asdict(row) for row in rows])
        return
    columns = ("item", "origin", "first scan", "events")
    shown = [(row.item_id, row.origin, row.first_scan, str(row.events)) for row in rows]
    if shown:
        say_table(f"Without an acceptance record, {period}", columns, shown)
    counts = Counter(row.origin or "?" for row in rows)
    by_post = ", ".join(f"{name} {number}" for name, number in sorted(counts.items()))
    say(f"{len(rows)} items without an acceptance record{': ' + by_post if by_post else ''}.")


@app.command("export")
def export(
    period: PeriodOption,
    origin: Annotated[str, typer.Option("--from", help="The origin post, KR.")],
    to: Annotated[str, typer.Option("--to", help="The post of destination, US.")],
    out: Annotated[Path | None, typer.Option("--out", help="A file (default: the screen).")] = None,
    workspace: WorkspaceOption = Path(),
) -> None:
    """A month's records for the partner at the other end: what a verdict needs, never names.

    Example: datecertain acceptances export --period 2026-10 --from KR --to US --out kr-us.csv
    """
    with open_workspace(workspace) as opened:
        data = records_for_partner(opened, demand_period(period), origin, to)
    if out is None:
        sys.stdout.write(data.decode())
    else:
        out.write_bytes(data)
        say(f"{data.count(10) - 1} records in {out}.")
