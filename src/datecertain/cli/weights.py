"""`datecertain weight`: weights that a post verified."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.options import LOOKS, JsonOption, WorkspaceOption
from datecertain.cli.output import say, say_json
from datecertain.errors import UsageError
from datecertain.moments import parse_date
from datecertain.operations.clock import SystemClock
from datecertain.operations.weights import Note, note_weights, read_notes
from datecertain.operations.workspaces import open_workspace

app = typer.Typer(help="Weights that posts verified.", no_args_is_help=True, **LOOKS)


@app.callback()
def weight() -> None:
    """Weights that posts verified, beside those as accepted and of receptacles."""


@app.command("note")
def note(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="CSV: item_id,weight_g,note,verified_on,by."),
    ] = None,
    item: Annotated[str | None, typer.Option("--item", help="One item, without a file.")] = None,
    grams: Annotated[
        int | None,
        typer.Option("--grams", help="What it weighs; leave out to take an earlier note back."),
    ] = None,
    name: Annotated[str, typer.Option("--note", help="The number of the note.")] = "",
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="When it was.")] = None,
    by: Annotated[str, typer.Option("--by", metavar="POST", help="Who weighed it.")] = "",
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:
    """Write down the verification notes of a post, from a file or one by hand.

    The last note of an item holds; one without grams takes it back. Which weight binds is said by
    the tariff (`weights`).

    Example: datecertain weight note --item EE000000005KR --grams 1250 --note VN-17 --on 2026-10-09
    --by US
    """
    if (file is None) is (item is None):
        raise UsageError("give a file of notes, or one item by --item")
    if file is not None:
        notes = read_notes(file)
    elif on is None or not by:
        raise UsageError("a note needs the day (--on) and the post (--by)")
    else:
        notes = [Note(item or "", grams, name, parse_date(on), by.upper())]
    with open_workspace(workspace, write=True) as opened:
        count = note_weights(opened, notes, SystemClock())
    if json_:
        say_json({"read": len(notes), "new": count})
    else:
        say(f"{count} of {len(notes)} notes were new.")
