"""`datecertain events …`: events in other forms than EDIFACT."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.options import LOOKS, JsonOption, WorkspaceOption, demand_period
from datecertain.cli.output import say, say_json
from datecertain.messages.doors import EXAMPLE, bundled_text
from datecertain.operations.clock import SystemClock
from datecertain.operations.event_doors import Form, export_events
from datecertain.operations.workspaces import open_workspace

app = typer.Typer(help="Item events as EPCIS, JSON, CSV or Parquet.", no_args_is_help=True, **LOOKS)


@app.command()
def export(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The file to write.")],
    form: Annotated[Form, typer.Option("--format", help="The form to write.")] = Form.EPCIS,
    item: Annotated[
        str | None, typer.Option("--item", metavar="S10", help="The events of this item.")
    ] = None,
    month: Annotated[
        str | None,
        typer.Option("--month", metavar="YYYY-MM", help="Those whose local date lies in a month."),
    ] = None,
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:
    """Write the events of an item or a month; `datecertain ingest` reads what is written.

    Example: datecertain events export --month 2026-10 --format epcis --out october.json
    """
    wanted = None if month is None else demand_period(month)
    with open_workspace(workspace) as opened:
        data, told = export_events(opened, form, SystemClock(), item, wanted)
    out.write_bytes(data)
    if json_:
        say_json({"file": str(out), "format": str(form)} | asdict(told))
        return
    say(f"{told.events} events of {told.items} items written to {out}.")


@app.command("mapping-example")
def mapping_example() -> None:
    """Print a mapping to begin with: a table exported from IPS, by event numbers.

    Example: datecertain events mapping-example > mappings/korea.toml
    """
    say(bundled_text(EXAMPLE).rstrip("\n"))
