"""`datecertain volumes effect`: what the guarantee itself did to volume and revenue."""

from __future__ import annotations

from dataclasses import asdict
from math import expm1
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from datecertain.cli.options import JsonOption, Language, LanguageOption, WorkspaceOption
from datecertain.cli.output import say, say_json, say_table
from datecertain.cli.volume_inputs import (
    FactsOption,
    FileArgument,
    OnlyOption,
    dated_network,
    volumes_at_hand,
)
from datecertain.wording import Words, words

if TYPE_CHECKING:
    from datecertain.planning.guarantee_effect import GuaranteeEffect, MeasureEffect


def effect(
    file: FileArgument = None,
    resumed: Annotated[
        Path | None,
        typer.Option(
            "--resumed", metavar="FILE",
            help="CSV with origin, destination, month: when lanes resumed the guarantee (default: "
            "the network's lane histories).",
        ),
    ] = None,
    first: Annotated[
        str | None,
        typer.Option("--from", metavar="YYYY-MM", help="Leave out what lies before this month."),
    ] = None,
    confidence: Annotated[float, typer.Option("--confidence", help="Of the intervals.")] = 0.95,
    only: OnlyOption = None,
    facts: FactsOption = False,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """What the guarantee itself did: lanes that resumed it against lanes that had not yet, with the
    interval, the months before, and the refunds beside it; or that it cannot be told.

    Example: datecertain volumes effect ems.csv --resumed resumed.csv
    """
    from datecertain.operations.volumes import resumed_lanes, told_effect  # noqa: PLC0415

    rows, findings = volumes_at_hand(file, workspace, facts, only or (), quiet=json_)
    lanes = resumed_lanes(resumed) if resumed else None
    found = told_effect(rows, lanes, dated_network(file, workspace), first, confidence)
    if json_:
        say_json(_as_json(found) | {"confidence": confidence,
                                    "findings": [str(one) for one in findings]})  # fmt: skip
        return
    _show(found, words(lang))
    say(*map(str, findings))


def _as_json(found: GuaranteeEffect) -> dict[str, Any]:
    return {
        "resumed": [">".join(lane) for lane in found.resumed],
        "not_resumed": [">".join(lane) for lane in found.not_resumed],
        "lane_months": found.lane_months,
        "measures": [
            asdict(one) | {name: _change(getattr(one, name)) for name in ("effect", "low", "high")}
            for one in found.measures
        ],
        "by_month": [
            {"months": one.months, "effect": _change(one.effect), "lanes": one.lanes}
            for one in found.by_month
        ],
        "refunds": found.refunds,
    }


def _change(log: float | None) -> float | None:
    """A share more (or less), from an effect on the logarithm."""
    return None if log is None else round(expm1(log), 6)


def _show(found: GuaranteeEffect, speak: Words) -> None:
    say(speak.say(
        "volumes.effect.title", resumed=len(found.resumed), other=len(found.not_resumed),
        months=speak.count(found.lane_months),
    ))  # fmt: skip
    for one in found.measures:
        _show_measure(one, speak)
    if found.refunds is None:
        say(speak.say("volumes.effect.refunds_unknown"))
    else:
        say(speak.say("volumes.effect.refunds", amount=_money(found.refunds)))
    if found.by_month:
        heads = [speak.say(f"volumes.column.{name}")
                 for name in ("months_since", "effect", "lanes")]  # fmt: skip
        say_table("", heads, [
            (f"{one.months:+d}", f"{expm1(one.effect):+.1%}", speak.count(one.lanes))
            for one in found.by_month
        ])  # fmt: skip


def _money(hundredths: int) -> str:
    return f"{hundredths / 100:,.2f}"


def _show_measure(one: MeasureEffect, speak: Words) -> None:
    measure = speak.say(f"volumes.measure.{one.measure}")
    if one.effect is None:
        say(f"{measure}: {speak.say(f'volumes.effect.{one.told}')}")
        return
    amounts = [
        "–" if value is None else f"{value:+,}" if one.measure == "items" else _money(value)
        for value in (one.more, one.more_low, one.more_high)
    ]
    ends = ["–" if value is None else f"{expm1(value):+.1%}"
            for value in (one.effect, one.low, one.high)]  # fmt: skip
    say(
        speak.say(
            "volumes.effect.measure", measure=measure, effect=ends[0], low=ends[1], high=ends[2],
            more=amounts[0], more_low=amounts[1], more_high=amounts[2],
        ),
        f"  {speak.say(f'volumes.effect.{one.told}')}",
        speak.say(
            "volumes.effect.p", p="–" if one.p is None else f"{one.p:.1%}",
            before="–" if one.p_before is None else f"{one.p_before:.1%}",
        ),
    )  # fmt: skip
