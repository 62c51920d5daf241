"""`datecertain verdicts changes`: which verdicts came out otherwise, and why."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from datecertain.cli.options import (
    LOOKS,
    JsonOption,
    PeriodOption,
    WorkspaceOption,
    demand_period,
)
from datecertain.cli.output import say, say_json
from datecertain.moments import format_date, format_utc
from datecertain.operations.verdict_changes import SHOWN, Cause, VerdictChange, verdict_changes
from datecertain.operations.workspaces import open_workspace

app = typer.Typer(help="What became of verdicts.", no_args_is_help=True, **LOOKS)

_DATES = ("promised_on", "stopped_on", "delivered_on")
CsvOption = Annotated[
    Path | None,
    typer.Option("--csv", metavar="FILE", help="Write the changes here, one row each."),
]


@app.callback()
def verdicts() -> None:
    """What became of verdicts."""


@app.command("changes")
def changes(
    period: PeriodOption,
    run: Annotated[
        str | None,
        typer.Option("--run", metavar="BATCH", help="Only the changes of this judging."),
    ] = None,
    csv_: CsvOption = None,
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:
    """The verdicts of a month that superseded another, from what to what, and the cause.

    Example: datecertain verdicts changes --period 2026-10 --csv changes.csv
    """
    with open_workspace(workspace) as opened:
        found = verdict_changes(opened, demand_period(period), run)
    if csv_ is not None:
        write_csv(csv_, found)
    if json_:
        say_json([as_json(one) for one in found])
    else:
        say(*(in_words(one) for one in found), f"{len(found)} verdicts of {period} changed.")


def as_json(change: VerdictChange) -> dict[str, Any]:
    """A change with dates and moments written out."""
    return {
        "item_id": change.item_id,
        "item_key": change.item_key,
        "origin": change.origin,
        "destination": change.destination,
        "accepted_date": format_date(change.accepted_date),
        "batch_id": change.batch_id,
        "as_of_before": format_utc(change.as_of_before),
        "as_of": format_utc(change.as_of),
        "causes": {str(cause): list(detail) for cause, detail in change.causes.items()},
        "was": _shown(change.was),
        "now": _shown(change.now),
    }


def in_words(change: VerdictChange) -> str:
    """A change in one line."""
    was, now = _shown(change.was), _shown(change.now)
    moves = ", ".join(f"{name} {_word(was[name])} -> {_word(now[name])}" for name in was)
    return (
        f"{change.item_id} {change.origin}-{change.destination}: {moves}; "
        f"because of {_causes(change.causes)}"
    )


def write_csv(path: Path, found: Sequence[VerdictChange]) -> None:
    """One row a change: what it is of, the causes, and each field before and after; a field that
    did not change is empty on both sides."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        fields = [f"{name}_{side}" for name in SHOWN for side in ("was", "now")]
        table.writerow(
            ["item_id", "item_key", "origin", "destination", "accepted_date", "batch_id",
             "as_of_before", "as_of", "causes", *fields]
        )  # fmt: skip
        for one in found:
            row = as_json(one)
            named = [row[name] for name in list(row)[:8]]
            values = [row[side].get(name) for name in SHOWN for side in ("was", "now")]
            table.writerow([*named, _causes(one.causes), *values])


def _shown(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: format_date(value) if name in _DATES and value is not None else value
        for name, value in fields.items()
    }


def _word(value: object) -> str:
    return "none" if value in (None, "") else str(value)


def _causes(causes: Mapping[Cause, tuple[str, ...]]) -> str:
    told = []
    for cause, detail in causes.items():
        between = " -> " if cause in (Cause.RULES, Cause.NETWORK) else " "
        told.append(" ".join([str(cause), between.join(detail)]).strip())
    return "; ".join(told)
