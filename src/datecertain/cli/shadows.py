"""`datecertain lane shadow`: a lane judged without money, beside the figures a post has."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from datecertain.cli.lanes import LaneOption, app
from datecertain.cli.options import (
    AsOfOption,
    JsonOption,
    Language,
    LanguageOption,
    PeriodOption,
    WorkspaceOption,
    demand_period,
)
from datecertain.cli.output import progress, say, say_json, say_table
from datecertain.errors import UsageError
from datecertain.moments import parse_utc
from datecertain.operations.clock import SystemClock
from datecertain.operations.workspaces import open_workspace
from datecertain.wording import Words, words

if TYPE_CHECKING:
    from datecertain.operations.shadow_runs import ShadowRun

__all__ = ["app"]


@app.command("shadow")
def shadow(
    lane: LaneOption,
    period: PeriodOption,
    figures: Annotated[
        Path | None,
        typer.Option(
            "--figures", metavar="FILE",
            help="CSV: item_id, then on_time, days_late or outcome; cause if there is one.",
        ),
    ] = None,
    proposal: Annotated[
        int | None, typer.Option("--proposal", metavar="NUMBER", help="Under this proposal.")
    ] = None,
    network: Annotated[
        str | None,
        typer.Option("--network", help="Under a network folder, `bundled`, or a version."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Every item as CSV.")
    ] = None,
    top: Annotated[
        int, typer.Option("--top", min=0, help="How many differences are told; 0: all.")
    ] = 20,
    as_of: AsOfOption = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Judge a lane's month as if its guarantee were open; nothing is booked or published.

    Beside the figures of --figures each item agrees, differs (with why we say so), or is only on
    one side.

    Example: datecertain lane shadow --lane KR-US --period 2026-10 --figures ours.csv --out all.csv
    """
    from datecertain.operations.shadow_runs import shadow_run  # noqa: PLC0415 - reads the facts
    from datecertain.operations.telling_shadows import (  # noqa: PLC0415
        differences,
        shadow_as_json,
    )

    if figures is not None and out is not None and figures.resolve() == out.resolve():
        raise UsageError(f"--out {out} is the file of figures: it would be lost")
    moment = parse_utc(as_of) if as_of else SystemClock().now()
    with open_workspace(workspace) as opened, progress("judging", quiet=json_) as told:
        run = shadow_run(
            opened, lane, demand_period(period), moment, figures=figures, proposal=proposal,
            network=network, told=told,
        )  # fmt: skip
    speak = words(lang)
    if out is not None:
        _write(run, out, speak)
    differing = differences(run)
    shown = differing[: top or None]
    if json_:
        say_json(shadow_as_json(run, shown, speak) | ({"file": str(out)} if out else {}))
    else:
        _tell(run, shown, len(differing) - len(shown), speak)


def _write(run: ShadowRun, out: Path, speak: Words) -> None:
    from datecertain.operations.telling_shadows import plain_row, why  # noqa: PLC0415

    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*run.rows.column_names, "why"])
        for row in run.rows.to_pylist():
            told = why(row, speak) if row["outcome"] else ""
            cells = ["" if value is None else value for value in plain_row(row).values()]
            writer.writerow([*(str(cell).lower() if isinstance(cell, bool) else cell
                               for cell in cells), told])  # fmt: skip


def _tell(run: ShadowRun, shown: list[dict[str, Any]], more: int, speak: Words) -> None:
    from datecertain.operations.telling_shadows import why  # noqa: PLC0415

    totals = run.totals
    for finding in run.findings[:20]:
        say(str(finding))
    nothing = float("nan")
    say(speak.say(
        "shadow.head", lane=run.lane, period=run.period, terms=run.terms,
        items=speak.count(totals.items),
        share=speak.share(nothing if totals.on_time_share is None else totals.on_time_share),
    ))  # fmt: skip
    say_table(
        "", [speak.say("shadow.column.outcome"), speak.say("shadow.column.items")],
        [(speak.say(f"outcome.{name}"), speak.count(count))
         for name, count in totals.outcomes.items() if count],
    )  # fmt: skip
    if not totals.figures:
        return
    theirs = totals.their_on_time_share
    agree = totals.agree_share
    say(speak.say(
        "shadow.figures", items=speak.count(totals.figures),
        share=speak.share(nothing if theirs is None else theirs),
        agree=speak.share(nothing if agree is None else agree),
    ))  # fmt: skip
    say_table(
        "", [speak.say("shadow.column.compared"), speak.say("shadow.column.items")],
        [(speak.say(f"shadow.compared.{name}"), speak.count(count))
         for name, count in totals.compared.items()],
    )  # fmt: skip
    for row in shown:
        theirs_say = row["their_outcome"] or ("on_time" if row["their_on_time"] else "late")
        say(speak.say(
            "shadow.differs", item=row["item_id"], why=why(row, speak),
            theirs=speak.label(f"outcome.{theirs_say}", speak.say(f"shadow.{theirs_say}")
                               if theirs_say == "late" else theirs_say),
            days="" if row["their_days_late"] is None else f" ({row['their_days_late']:+d})",
            cause=f", {row['their_cause']}" if row["their_cause"] else "",
        ))  # fmt: skip
    if more > 0:
        say(speak.say("shadow.more", count=speak.count(more)))
