"""`datecertain plan stages`: which lanes open when, under a yearly budget."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from datecertain.cli.options import JsonOption, Language, LanguageOption, WorkspaceOption
from datecertain.cli.output import progress, say, say_json, say_table
from datecertain.cli.plan_board import (
    CapacityOption,
    ClaimRateOption,
    ConfidenceOption,
    FromOption,
    PeriodOption,
    TariffOption,
    ToOption,
    asked_for,
)
from datecertain.wording import Words, words

if TYPE_CHECKING:
    from datecertain.operations.staged_plans import StagedPlans
    from datecertain.planning.staging import Choice, NextStep


def stages(
    budget: Annotated[
        float, typer.Option("--budget", metavar="SDR", help="Refunds of a year, in SDR.")
    ],
    floor: Annotated[
        float, typer.Option("--floor", metavar="SHARE", help="Least share on time on any lane.")
    ] = 0.96,
    waves: Annotated[int, typer.Option("--waves", help="In how many waves lanes open.")] = 4,
    at_most: Annotated[
        int | None,
        typer.Option("--at-most", metavar="LANES", show_default="no limit", help="Per wave."),
    ] = None,
    per_post: Annotated[
        int | None,
        typer.Option(
            "--per-post", metavar="LANES", show_default="the dated rule's",
            help="Lanes that one post opens in a wave as origin, and as many as destination.",
        ),
    ] = None,
    prudent: Annotated[
        bool,
        typer.Option("--prudent", help="The budget holds the upper ends, not what is expected."),
    ] = False,
    period: PeriodOption = None,
    first: FromOption = None,
    last: ToOption = None,
    confidence: ConfidenceOption = 0.95,
    claim_rate: ClaimRateOption = None,
    capacity: CapacityOption = None,
    tariff: TariffOption = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """A staged plan for the whole group: per lane a standard, a mode of refunds and a wave, with
    the most covered under the budget; alternatives beside it, and what the next money would do.

    Example: datecertain plan stages --budget 50000 --floor 0.96 --waves 4 --at-most 25 --json
    """
    from datecertain.operations.staged_plans import StagesAsked, staged_plans  # noqa: PLC0415
    from datecertain.operations.telling_stages import staged_as_json  # noqa: PLC0415
    from datecertain.operations.workspaces import open_workspace  # noqa: PLC0415

    with open_workspace(workspace) as opened, progress("months", json_) as told:
        board = asked_for(
            opened, period, first, last, floor, confidence, claim_rate, capacity, tariff
        )
        asked = StagesAsked(board, round(budget * 10**6), waves, at_most, per_post, prudent)
        found = staged_plans(opened, asked, told)
    if json_:
        say_json(staged_as_json(found))
    else:
        _show(found, words(lang))


def _show(found: StagedPlans, speak: Words) -> None:
    from datecertain.operations.staged_plans import sdr  # noqa: PLC0415
    from datecertain.planning.board_telling import cost_words  # noqa: PLC0415

    plan, floor = found.plan, found.asked.board.target
    heads = ("wave", "lane", "standard", "mode", "items", "cost")
    say_table(
        speak.say("stages.title", budget=speak.count(sdr(plan.limits.budget_usdr)),
                  floor=speak.share(floor), waves=plan.limits.waves),
        [speak.say(f"stages.column.{name}") for name in heads],
        [(str(one.wave), "-".join(one.choice.lane), _standard(one.choice, speak),
          speak.say(f"stages.mode.{one.choice.mode}"), speak.count(one.choice.items),
          cost_words(one.choice.cost, speak)) for one in plan.openings],
    )  # fmt: skip
    say(speak.say(
        "stages.total", lanes=len(plan.openings), items=speak.count(plan.items),
        charged=speak.count(sdr(plan.charged_usdr)),
    ))  # fmt: skip
    if not plan.optimal:
        say(speak.say("stages.not_optimal"))
    heads = ("plan", "budget", "floor", "lanes", "items", "covered")
    every = {"plan": plan, **found.alternatives}
    say_table(
        speak.say("stages.alternatives"), [speak.say(f"stages.column.{name}") for name in heads],
        [(speak.say(f"stages.plan.{name}"), speak.count(sdr(one.limits.budget_usdr)),
          speak.share(found.floors.get(name, floor)), speak.count(len(one.openings)),
          speak.count(one.items), speak.count(round(one.worth))) for name, one in every.items()],
    )  # fmt: skip
    _show_next(found, speak)


def _show_next(found: StagedPlans, speak: Words) -> None:
    lane, upgrade = found.next_lane, found.next_upgrade
    if lane is not None:
        say(speak.say("stages.next_lane", **_step(lane, speak)))
    else:
        say(speak.say("stages.no_next"))
    if upgrade is not None and upgrade.instead_of is not None:
        before = upgrade.instead_of
        told = f"{_standard(before, speak)} ({speak.say(f'stages.mode.{before.mode}')})"
        say(speak.say("stages.next_upgrade", before=told, **_step(upgrade, speak)))
    if found.blocked:
        say(speak.say(
            "stages.blocked", n=len(found.blocked),
            lanes=", ".join(lane.lane for lane in found.blocked),
        ))  # fmt: skip


def _step(step: NextStep, speak: Words) -> dict[str, str]:
    return {
        "extra": speak.count(-(-step.extra_usdr // 10**6)), "lane": "-".join(step.choice.lane),
        "standard": _standard(step.choice, speak),
        "mode": speak.say(f"stages.mode.{step.choice.mode}"),
    }  # fmt: skip


def _standard(one: Choice, speak: Words) -> str:
    return speak.say("stages.as_now") if one.days is None else f"D+{one.days}"
