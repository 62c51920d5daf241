"""`datecertain dispatches`."""

from __future__ import annotations

from collections.abc import Sequence
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
from datecertain.cli.output import say, say_json, say_table
from datecertain.moments import format_utc, parse_utc
from datecertain.operations.clock import SystemClock
from datecertain.operations.dispatches import (
    DAYS,
    DispatchList,
    PairDispatch,
    list_dispatches,
)
from datecertain.operations.telling_dispatches import list_as_json
from datecertain.operations.workspaces import open_workspace
from datecertain.tracking.dispatches import Status
from datecertain.wording import Words, words

_COUNTED = ("advised", "consigned", "received", "missing", "excess")


def dispatches(
    workspace: WorkspaceOption = Path(),
    pair: Annotated[
        str, typer.Option("--pair", metavar="POST-POST", help="Only from one post to another.")
    ] = "",
    period: Annotated[
        str, typer.Option("--period", metavar="YYYY-MM", help="Only those advised in this month.")
    ] = "",
    days: Annotated[
        int, typer.Option("--days", min=0, help="Days within which a RESDES should come.")
    ] = DAYS,
    as_of: AsOfOption = None,
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Dispatches: receptacles advised (PREDES), handed to a carrier (CARDIT), received, missing and
    in excess (RESDES), the carrier's last word (RESDIT); those never received, or never advised.

    Example: datecertain dispatches --pair CN-ES --period 2026-10 -w october
    """
    month = demand_period(period) if period else ""
    moment = parse_utc(as_of) if as_of else SystemClock().now()
    with open_workspace(workspace) as opened:
        found = list_dispatches(opened, moment, pair.upper(), month, days)
    if json_:
        say_json(list_as_json(found))
    else:
        _say(found, words(lang))


def _say(found: DispatchList, speak: Words) -> None:
    columns = ("pair", "dispatch", "items", *_COUNTED, "status")
    say_table(
        speak.say("dispatches.title", as_of=format_utc(found.as_of)),
        [speak.say(f"dispatches.{name}") for name in columns],
        [
            (
                f"{row.origin}-{row.destination}", row.told.number, speak.count(row.told.items),
                *(speak.count(len(getattr(row.told, name))) for name in _COUNTED),
                _status(row.told.last_status),
            )
            for row in found.dispatches
        ],
    )  # fmt: skip
    _say_list(found.overdue, speak.say("dispatches.overdue", days=found.days), speak, "unanswered")
    _say_list(found.unadvised, speak.say("dispatches.unadvised"), speak, "unadvised")


def _status(status: Status | None) -> str:
    return "–" if status is None else f"{status.code} {status.place}"


def _say_list(rows: Sequence[PairDispatch], title: str, speak: Words, which: str) -> None:
    if not rows:
        return
    say(title)
    for row in rows:
        advised = row.told.advised_at
        say(
            speak.say(
                "dispatches.one", pair=f"{row.origin}-{row.destination}", dispatch=row.told.number,
                advised="–" if advised is None else format_utc(advised),
                receptacles=", ".join(one[20:23] for one in sorted(getattr(row.told, which))),
            )
        )  # fmt: skip
