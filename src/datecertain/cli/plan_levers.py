"""`datecertain plan levers`: many small changes tried on real items, the best first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from datecertain.cli.options import (
    JsonOption,
    Language,
    LanguageOption,
    PeriodOption,
    WorkspaceOption,
    demand_periods,
)
from datecertain.cli.output import progress, say, say_json, say_table
from datecertain.cli.plan_replays import LaneOption, ToOption
from datecertain.wording import Words, words

if TYPE_CHECKING:
    from datecertain.operations.replay_levers import Levers
    from datecertain.planning.levers import Effect


def levers(
    period: PeriodOption,
    to: ToOption = None,
    lane: LaneOption = None,
    places: Annotated[
        int,
        typer.Option(
            "--places", min=1, metavar="COUNT",
            help="Offices, areas, airport pairs and lanes tried: those that most late items pass.",
        ),
    ] = 4,
    kinds: Annotated[
        list[str] | None,
        typer.Option(
            "--kind", metavar="KIND", show_default="all",
            help="Only changes of this kind: cutoff, closing, release, forwarding, flight, "
            "saturday, standard; may be repeated.",
        ),
    ] = None,
    most: Annotated[
        int, typer.Option("--most", min=1, metavar="COUNT", help="How many of the best to show.")
    ] = 10,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Small changes tried on real items, ranked by late days saved per effort.

    An office's hours by one or two, one more flight a week, delivery on Saturdays, one day more in
    the date told. Nothing is written or booked.

    Example: datecertain plan levers --period 2026-10 --lane KR-US
    """
    from datecertain.operations.replay_levers import try_levers  # noqa: PLC0415
    from datecertain.operations.workspaces import open_workspace  # noqa: PLC0415

    months = demand_periods(period, to)
    with open_workspace(workspace) as opened, progress("changes", json_) as told:
        found = try_levers(opened, months, lane, places, told, kinds or ())
    if json_:
        say_json(found.as_json())
        return
    _show(found, most, words(lang))


def _show(found: Levers, most: int, speak: Words) -> None:
    before = _share(found.before.share, speak)
    best = [one for one in found.effects if one.late_days > 0][:most]
    names = ("lever", "on_time_after", "late_days", "refunds_saved", "per_effort")
    title = speak.say(
        "plan.levers.title", levers=speak.count(len(found.effects)), before=before,
        items=speak.count(found.items), months=", ".join(found.months),
    )  # fmt: skip
    if best:
        say_table(
            title, [speak.say(f"plan.column.{name}") for name in names],
            [_row(one, speak) for one in best],
        )  # fmt: skip
        plain = best[0].plain
        say(speak.say(
            "plan.levers.said", what=_what(best[0], speak), before=before,
            after=_share(best[0].after.share, speak), low=_share(plain["low"], speak),
            high=_share(plain["high"], speak),
        ))  # fmt: skip
    else:
        say(title, speak.say("plan.levers.nothing"))
    say(speak.say("plan.levers.effort"))


def _row(one: Effect, speak: Words) -> list[str]:
    return [
        _what(one, speak), _share(one.after.share, speak), f"{one.late_days:,}",
        speak.money(one.refunds_usdr, "SDR"), f"{one.per_effort:.2f}",
    ]  # fmt: skip


def _what(one: Effect, speak: Words) -> str:
    return speak.say(f"plan.lever.{one.lever.kind}", place=one.lever.place, n=one.lever.amount)


def _share(share: float | None, speak: Words) -> str:
    return "–" if share is None else speak.share(share)
