"""`datecertain plan`: what can be promised, found in history and tried on what came later."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from datecertain.cli import plan_levers, plan_replays, plan_services
from datecertain.cli.options import (
    LOOKS,
    JsonOption,
    Language,
    LanguageOption,
    WorkspaceOption,
    demand_period,
)
from datecertain.cli.output import progress, say, say_json, say_table
from datecertain.cli.plan_board import board
from datecertain.cli.plan_stages import stages
from datecertain.errors import UsageError
from datecertain.moments import format_date, parse_date
from datecertain.wording import Words, words

if TYPE_CHECKING:
    from datecertain.operations.history_files import HistoryRead
    from datecertain.operations.planning_standards import Found, Tried
    from datecertain.planning.parted import Parted
    from datecertain.planning.standards import Standard, Standards

app = typer.Typer(help="What to promise.", no_args_is_help=True, **LOOKS)
app.command("replay")(plan_replays.replay)
app.command("levers")(plan_levers.levers)
app.command("service")(plan_services.service)

HistoryOption = Annotated[
    Path | None,
    typer.Option(
        "--history", metavar="FILE", show_default="the workspace's judged items",
        help="CSV (also .csv.gz) or Parquet: lane, accepted_on, delivered_on, promised_on.",
    ),
]  # fmt: skip
MonthsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--period", metavar="YYYY-MM", show_default="all that were judged",
        help="Without --history: month of acceptance; may be given more than once.",
    ),
]  # fmt: skip
ByOption = Annotated[
    list[str] | None,
    typer.Option(
        "--by", metavar="COLUMN", show_default="lanes as they are",
        help="Part each lane by this column of the file too, such as service; may be repeated.",
    ),
]  # fmt: skip
WholeOption = Annotated[
    bool,
    typer.Option(
        "--whole-lanes", help="Leave lanes whole, whatever the file's other columns tell."
    ),
]  # fmt: skip
TargetOption = Annotated[
    float, typer.Option("--target", metavar="SHARE", help="Share to be on time, such as 0.96.")
]
ConfidenceOption = Annotated[
    float, typer.Option("--confidence", metavar="SHARE", help="How sure to be of it.")
]
FindingsOption = Annotated[
    Path | None,
    typer.Option("--findings", metavar="FILE", help="Write the rows not used, and why, as CSV."),
]


app.command("board")(board)
app.command("stages")(stages)


@app.callback()
def plan() -> None:
    """What to promise: standards from history, tried on what came later."""


@app.command("standard")
def standard(
    history: HistoryOption = None,
    target: TargetOption = 0.96,
    confidence: ConfidenceOption = 0.95,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of", metavar="DATE", show_default="the latest date in the file",
            help="Use what was known at the end of this day.",
        ),
    ] = None,
    findings: FindingsOption = None,
    by: ByOption = None,
    whole_lanes: WholeOption = False,
    workspace: WorkspaceOption = Path(),
    period: MonthsOption = None,
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Per lane the smallest D+n that keeps a target share on time at a stated confidence.

    Example: datecertain plan standard --history items.csv --target 0.96 --confidence 0.95
    """
    from datecertain.operations.planning_standards import (  # noqa: PLC0415
        standards_of,
        write_findings,
    )

    day = parse_date(as_of) if as_of else None
    read = _history(history, by, whole_lanes, workspace, period, day, json_)
    found = standards_of(read, target, confidence)
    if findings is not None:
        write_findings(found.history, findings)
    if json_:
        say_json(found.as_json())
        return
    _show_standards(found, words(lang))


@app.command("backtest")
def backtest(
    until: Annotated[
        str,
        typer.Option(
            "--train-until", metavar="DATE", help="Fit on what was known at the end of this day."
        ),
    ],
    history: HistoryOption = None,
    target: TargetOption = 0.96,
    confidence: ConfidenceOption = 0.95,
    review_every: Annotated[
        int,
        typer.Option(
            "--review-every", metavar="DAYS", min=0, show_default="never",
            help="Try besides a standard that is fitted again every so many days.",
        ),
    ] = 0,
    findings: FindingsOption = None,
    by: ByOption = None,
    whole_lanes: WholeOption = False,
    workspace: WorkspaceOption = Path(),
    period: MonthsOption = None,
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Assured standards tried on later items, beside what else could have been promised.

    Example: datecertain plan backtest --history items.csv --train-until 2026-06-30
    """
    from datecertain.operations.planning_standards import (  # noqa: PLC0415
        backtest_of,
        write_findings,
    )

    day = parse_date(until)
    read = _history(history, by, whole_lanes, workspace, period, None, json_)
    tried = backtest_of(read, day, target, confidence, review_every)
    if findings is not None:
        write_findings(tried.history, findings)
    if json_:
        say_json(tried.as_json())
        return
    _show_backtest(tried, words(lang))


def _history(
    file: Path | None,
    by: list[str] | None,
    whole: bool,
    workspace: Path,
    period: list[str] | None,
    as_of: int | None,
    quiet: bool,
) -> HistoryRead:
    """The history of a file, or of a workspace's judged items."""
    from datecertain.operations.history_files import known_by, read_history  # noqa: PLC0415

    if file is not None:
        if period:
            raise UsageError("--period is for a workspace's items: a --history file has its own")
        with progress("history", quiet) as told:
            return read_history(file, as_of, told, by or (), more=not by and not whole)
    if by:
        raise UsageError("--by names a column of a --history file: name the file too")
    from datecertain.operations.verdict_histories import history_of_workspace  # noqa: PLC0415
    from datecertain.operations.workspaces import open_workspace  # noqa: PLC0415

    months = [demand_period(month) for month in period] if period else None
    with open_workspace(workspace) as opened, progress("history", quiet) as told:
        return known_by(history_of_workspace(opened, months, told), as_of)


def _show_standards(found: Found, speak: Words) -> None:
    standards = found.standards
    seasons, parts = standards.by_lane(), found.parted.by_lane()
    after, means = found.moved.days(), found.moved.mean_days()
    names = (
        "lane",
        "days",
        "n",
        "expected",
        "lower",
        "status",
        *(("after_given",) if after else ()),
    )
    rows = []
    for row in standards.rows:
        cells = _cells(row, row.lane, _days(seasons[row.lane]), speak)
        if after:
            moved = after.get(row.lane)
            cells.append("–" if moved is None else f"{moved:+d} (D+{means[row.lane]:.1f})")
        rows.append(cells)
        for part, standard in parts.get(row.lane, []):
            name = " / ".join(
                speak.say("plan.others") if one is None else one for one in part.values
            )
            cells = _cells(standard, f"  {name}", _days([standard]), speak)
            rows.append([*cells, *([""] if after else [])])
    say_table(
        speak.say(
            "plan.standard.title", target=speak.share_asked(standards.target),
            confidence=speak.share_asked(standards.confidence),
            as_of=format_date(found.history.deliveries.as_of),
        ),
        [speak.say(f"plan.column.{name}") for name in names], rows,
    )  # fmt: skip
    say(speak.say("plan.needed", n=speak.count(standards.needed)))
    _show_columns(found.history, found.parted, speak)
    if after:
        kept = found.kept_last_year
        say(speak.say("plan.after_given.kept", share=speak.share(kept)) if kept is not None
            else speak.say("plan.after_given.not_kept"))  # fmt: skip
    _show_changes(standards, speak)
    _show_findings(found.history, speak)


def _show_backtest(tried: Tried, speak: Words) -> None:
    found = tried.result
    names = ("method", "n", "on_time", "mean_days", "lanes", "below", "clearly", "equal")
    rows = []
    for name, one in found.results.items():
        equal = found.equal.get(name)
        rows.append([
            speak.say(f"plan.method.{name}"), speak.count(one.items),
            "–" if one.share is None else speak.share(one.share),
            "–" if one.mean_days is None else f"{one.mean_days:.1f}",
            speak.count(len(one.lanes)), speak.count(one.below), speak.count(one.clearly_below),
            _equal(equal.by, equal.mean_days, speak) if equal else "",
        ])  # fmt: skip
    say_table(
        speak.say(
            "plan.backtest.title", until=format_date(tried.until),
            train=speak.count(found.train), test=speak.count(found.test),
            target=speak.share_asked(found.standards.target),
            confidence=speak.share_asked(found.standards.confidence),
        ),
        [speak.say(f"plan.column.{name}") for name in names], rows,
    )  # fmt: skip
    _show_columns(tried.history, found.parted, speak)
    _show_changes(found.standards, speak)
    failing = found.failing
    if failing.on is not None:
        say(speak.say("plan.drift.after", on=format_date(failing.on)))
    else:
        say(speak.say("plan.drift.holds"))
    _show_findings(tried.history, speak)


def _cells(row: Standard, name: str, days: str, speak: Words) -> list[str]:
    return [
        name, days, speak.count(row.items),
        "–" if row.expected is None else speak.share(row.expected),
        "–" if row.lower is None else speak.share(row.lower),
        speak.say(f"plan.status.{row.status}"),
    ]  # fmt: skip


def _show_columns(read: HistoryRead, parted: Parted, speak: Words) -> None:
    """Which further columns of the file part lanes, and which do not."""
    by = [one.cut.name for one in parted.by]
    left = [one.name for one in read.deliveries.columns if one.name not in by]
    if by:
        say(speak.say("plan.parted_by", columns=", ".join(by)))
    if left:
        say(speak.say("plan.not_parted_by", columns=", ".join(left)))


def _show_changes(standards: Standards, speak: Words) -> None:
    if standards.seasons.months:
        say(speak.say("plan.peak", months=", ".join(map(str, standards.seasons.months))))
    for change in standards.changes:
        say(speak.say(
            "plan.drift.history", lane=change.lane or speak.say("plan.all_lanes"),
            since=format_date(change.since), p=f"{change.p:.2g}",
        ))  # fmt: skip
    if not standards.changes:
        say(speak.say("plan.drift.none"))


def _days(parts: list[Standard]) -> str:
    """A lane's standard; off the peak and in it where it has two."""
    return " / ".join("–" if part.days is None else f"D+{part.days}" for part in parts)


def _equal(by: float | None, mean_days: float | None, speak: Words) -> str:
    if by is None or mean_days is None:
        return speak.say("plan.never")
    return f"{mean_days:.1f}"


def _show_findings(read: HistoryRead, speak: Words) -> None:
    if not read.counts:
        return
    told = ", ".join(f"{code} {count:,}" for code, count in read.counts.items())
    say(speak.say(
        "plan.findings", rows=speak.count(read.rows), n=speak.count(read.set_aside), told=told
    ))  # fmt: skip
