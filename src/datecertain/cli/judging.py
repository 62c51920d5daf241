"""`datecertain judge` and `datecertain explain`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.options import (
    AsOfOption,
    JsonOption,
    Language,
    LanguageOption,
    WorkspaceOption,
    demand_period,
)
from datecertain.cli.output import progress, say, say_json
from datecertain.errors import UsageError
from datecertain.moments import format_utc, parse_utc
from datecertain.operations.clock import SystemClock
from datecertain.operations.explaining import explain_item
from datecertain.operations.judging import judge_period
from datecertain.operations.workspaces import open_workspace
from datecertain.verdict.explaining import as_json, in_words
from datecertain.wording import words


def judge(
    period: Annotated[
        str | None, typer.Option("--period", help="Month of acceptance.", metavar="YYYY-MM")
    ] = None,
    as_of: AsOfOption = None,
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:
    """Judge every item accepted in a month, on what was known at a moment.

    Example: datecertain judge --period 2026-10 --as-of 2026-11-23T00:00Z
    """
    clock = SystemClock()
    moment = parse_utc(as_of) if as_of else clock.now()
    if period is None:
        raise UsageError("say which month of acceptance to judge: --period 2026-10")
    with open_workspace(workspace, write=True) as opened, progress("judge", quiet=json_) as told:
        report = judge_period(opened, demand_period(period), moment, clock, told)
    if json_:
        say_json(asdict(report) | {"as_of": format_utc(report.as_of)})
    elif report.already_done:
        say(f"{period} was judged before on the same facts as of {format_utc(moment)}.")
    else:
        say(
            f"{report.items} items of {period} judged as of {format_utc(moment)}: "
            f"{report.new} new verdicts, {report.superseding} supersede an earlier one."
        )


def explain(
    item: Annotated[str, typer.Argument(help="S10 item number.")],
    workspace: WorkspaceOption = Path(),
    as_of: AsOfOption = None,
    sender: Annotated[
        bool, typer.Option("--sender", help="The verdict towards the sender instead.")
    ] = False,
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """One item's verdict, step by step: when it was due at each scan, and who held it.

    Example: datecertain explain EE000000005KR --lang ko
    """
    moment = parse_utc(as_of) if as_of else None
    with open_workspace(workspace) as opened:
        told = explain_item(opened, item, moment, SystemClock(), "sender" if sender else "between")
    if json_:
        say_json(as_json(told))
    else:
        say(*in_words(told, words(lang)))
