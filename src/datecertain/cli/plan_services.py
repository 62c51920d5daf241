"""`datecertain plan service`: a service that is not sold yet, tried on real traffic."""

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
from datecertain.cli.plan_replays import ToOption
from datecertain.wording import Words, words

if TYPE_CHECKING:
    from datecertain.operations.replay_services import ServiceTrial


def service(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="The service as TOML (docs/reference/replays.md)."),
    ],
    period: PeriodOption,
    to: ToOption = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """A new service tried on real items: on-time share, refunds a year, break-even uptake.

    Example: datecertain plan service documents-d3.toml --period 2026-10
    """
    from datecertain.operations.replay_services import read_service, try_service  # noqa: PLC0415
    from datecertain.operations.workspaces import open_workspace  # noqa: PLC0415

    months, described = demand_periods(period, to), read_service(file)
    with open_workspace(workspace) as opened, progress("items", json_) as told:
        found = try_service(opened, months, described, told)
    if json_:
        say_json(found.as_json())
        return
    _show(found, words(lang))


def _show(found: ServiceTrial, speak: Words) -> None:
    one = found.trial
    if one is None:
        say(speak.say("plan.service.none"))
        return
    title = speak.say(
        "plan.service.title", name=found.service.name, items=speak.count(one.items),
        months=", ".join(found.months),
    )  # fmt: skip
    say_table(
        title, [speak.say(f"plan.column.{name}") for name in ("lane", "n", "before", "after")],
        [(lane.name, speak.count(lane.after.items), _share(lane.before.share, speak),
          _share(lane.after.share, speak)) for lane in found.lanes],
    )  # fmt: skip
    span = one.share
    if span is not None:
        before = one.on_time_before / one.judged_before if one.judged_before else None
        say(speak.say(
            "plan.service.on_time", after=_share(one.on_time / one.judged, speak),
            low=_share(span.low, speak), high=_share(span.high, speak),
            before=_share(before, speak),
        ))  # fmt: skip
    refunds = [speak.money(round(amount), "SDR") for amount in one.refunds_year()]
    say(speak.say(
        "plan.service.exposure", refunds=refunds[0], low=refunds[1], high=refunds[2],
        revenue=speak.money(round(one.revenue_year), "SDR"),
    ))  # fmt: skip
    share, low, high = one.break_even()
    if share is None:
        say(speak.say("plan.service.never"))
    else:
        say(speak.say(
            "plan.service.break_even", share=_share(share, speak), low=_share(low, speak),
            high=_share(high, speak),
        ))  # fmt: skip
    say(speak.say("plan.service.method"), speak.say("plan.replay.not_booked"))


def _share(share: float | None, speak: Words) -> str:
    return "–" if share is None else speak.share(share)
