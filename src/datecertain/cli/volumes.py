"""`datecertain volumes`: published figures, series beside a base year, a change taken apart."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from datecertain.cli.options import (
    LOOKS,
    ActorOption,
    JsonOption,
    Language,
    LanguageOption,
    WorkspaceOption,
)
from datecertain.cli.output import say, say_json, say_table
from datecertain.cli.volume_effects import effect
from datecertain.cli.volume_forecasts import forecast
from datecertain.cli.volume_inputs import (
    FactsOption,
    FileArgument,
    OnlyOption,
    dated_network,
    volumes_at_hand,
)
from datecertain.errors import UsageError
from datecertain.moments import format_date
from datecertain.wording import Words, words

if TYPE_CHECKING:
    from datecertain.planning.published_volumes import Shock
    from datecertain.planning.volume_change import Part, VolumeChange

app = typer.Typer(help="Volumes: published, imported, counted; what changed them.",
                  no_args_is_help=True, **LOOKS)  # fmt: skip


app.command("effect")(effect)
app.command("forecast")(forecast)


@app.callback()
def volumes() -> None:
    """Volumes of lanes: what was published, what is known, what changed it, what may come."""


@app.command("published")
def published(lang: LanguageOption = Language.EN, json_: JsonOption = False) -> None:
    """The figures that were published, each with its source, and the recovery against 2019.

    Two sources that disagree both stand.

    Example: datecertain volumes published --lang ko
    """
    from datecertain.operations.telling_volumes import published_as_json  # noqa: PLC0415
    from datecertain.planning.published_volumes import (  # noqa: PLC0415
        published_figures,
        published_recovery,
    )

    rows, recovery = published_figures(), published_recovery()
    if json_:
        say_json(published_as_json())
        return
    speak = words(lang)
    heads = [speak.say(f"volumes.column.{name}")
             for name in ("series", "period", "value", "unit", "source")]  # fmt: skip
    say_table("", heads, [
        (f"{row.origin}>{row.destination}", row.year or f"{row.first_month}:{row.last_month}",
         speak.count(row.value), _unit(row.measure, row.unit, speak), row.source)
        for row in rows
    ])  # fmt: skip
    for row in rows:
        if row.disagrees_with > row.key:
            say(speak.say("volumes.disagrees", one=row.key, other=row.disagrees_with))
    heads = [speak.say(f"volumes.column.{name}")
             for name in ("series", "period", "items", "gap", "index")]  # fmt: skip
    say_table("", heads, [
        (f"{one.origin}>{one.destination}", one.year, speak.count(one.items),
         speak.count(one.gap), speak.share(one.index_ppm / 1_000_000))
        for one in recovery
    ])  # fmt: skip


def _unit(measure: str, unit: str, speak: Words) -> str:
    said = speak.say(f"volumes.measure.{measure}")
    return said if unit == "items" else f"{unit} ({said})"


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV or Parquet.")],
    workspace: WorkspaceOption = Path(),
    actor: ActorOption = "cli",
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Keep monthly volumes: month, origin, destination, items; and if supplied revenue, currency,
    refunds, judged, on_time, customer, weight_step, contents, product, segment.

    A later file replaces what earlier ones told of the same month and lane.
    Example: datecertain volumes import ems-2019-2026.csv -w group
    """
    from datecertain.operations.clock import SystemClock  # noqa: PLC0415
    from datecertain.operations.volume_sources import import_volumes  # noqa: PLC0415
    from datecertain.operations.workspaces import open_workspace  # noqa: PLC0415

    with open_workspace(workspace, write=True) as opened:
        found = import_volumes(opened, file, SystemClock(), actor)
    if json_:
        plain = asdict(found) | {"findings": [str(one) for one in found.findings]}
        say_json(plain)
        return
    speak = words(lang)
    key = "volumes.imported_before" if found.already_there else "volumes.imported"
    say(speak.say(key, rows=speak.count(found.rows), aside=speak.count(found.set_aside)))
    say(*map(str, found.findings))


@app.command("show")
def show(
    file: FileArgument = None,
    by: Annotated[
        str,
        typer.Option(
            "--by", help="lane, origin, destination, group, customer, weight_step, contents, "
            "product or segment.",
        ),
    ] = "group",
    step: Annotated[str, typer.Option("--step", help="month or year.")] = "year",
    base_year: Annotated[int, typer.Option("--base-year", help="Compared with this year.")] = 2019,
    only: OnlyOption = None,
    facts: FactsOption = False,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Volumes by month or year, how far they are from the base year, and the gap in items.

    A lane counts in a month only where both years know it: compared, base year, gap and index.
    Example: datecertain volumes show ems.csv --by lane --only origin=KR
    """
    from datecertain.operations.telling_volumes import points_as_json  # noqa: PLC0415
    from datecertain.operations.volumes import show_volumes  # noqa: PLC0415
    from datecertain.planning.volume_series import Step  # noqa: PLC0415

    if step not in tuple(Step):
        raise UsageError(f"--step {step!r}: write month or year")
    rows, findings = volumes_at_hand(file, workspace, facts, only or (), quiet=json_)
    points = show_volumes(rows, by, Step(step), base_year)
    if json_:
        say_json({
            "base_year": base_year, "findings": [str(one) for one in findings],
            "points": points_as_json(points),
        })  # fmt: skip
        return
    speak = words(lang)
    names = ("series", "period", "items", "compared", "base", "gap", "index")
    heads = [speak.say(f"volumes.column.{name}") for name in names]
    say_table("", heads, [
        (one.key, one.period, speak.count(one.items), speak.count(one.compared_items),
         *("–" if value is None else speak.count(value) for value in (one.base_items, one.gap)),
         "–" if one.index_ppm is None else speak.share(one.index_ppm / 1_000_000))
        for one in points
    ])  # fmt: skip
    say(*map(str, findings))


@app.command("change")
def change(
    file: FileArgument = None,
    before: Annotated[
        str, typer.Option("--before", help="2019, 2019-03 or 2019-03:2019-08.")
    ] = "2019",
    after: Annotated[str, typer.Option("--after", help="The same, later.")] = "2023",
    factor: Annotated[
        list[str] | None,
        typer.Option(
            "--factor", metavar="NAME=FACTOR",
            help="State what an influence leaves of the volume (suspension=0.9) instead of having "
            "it told from the lanes.",
        ),
    ] = None,
    only: OnlyOption = None,
    facts: FactsOption = False,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """A change of volume taken apart into working days, suspensions, shocks, dates kept, the spread
    over lanes, and what none of these explains; in whole items that add up.

    Example: datecertain volumes change ems.csv --before 2019 --after 2023
    """
    from datecertain.operations.volumes import explain_change, month_range  # noqa: PLC0415

    rows, findings = volumes_at_hand(file, workspace, facts, only or (), quiet=json_)
    data = dated_network(file, workspace)
    found, touching = explain_change(
        rows, month_range(before), month_range(after), data, _factors(factor or [])
    )
    if json_:
        say_json(_change_json(found, touching) | {"findings": [str(one) for one in findings]})
    else:
        _show_change(found, touching, f"{before} → {after}", words(lang))
        say(*map(str, findings))


def _factors(texts: list[str]) -> dict[str, float]:
    found = {}
    for text in texts:
        name, _, value = text.partition("=")
        try:
            found[name] = float(value)
        except ValueError as error:
            raise UsageError(f"--factor {text!r}: write NAME=FACTOR, suspension=0.9") from error
    return found


def _change_json(found: VolumeChange, touching: tuple[Shock, ...]) -> dict[str, Any]:
    return {
        "items_before": found.items_before, "items_after": found.items_after,
        "change": found.change, "parts": [_part(one) for one in found.parts],
        "lanes": len(found.lanes), "not_compared": [">".join(lane) for lane in found.not_compared],
        "shocks": [asdict(one) | {"first_day": format_date(one.first_day),
                                  "last_day": format_date(one.last_day)} for one in touching],
    }  # fmt: skip


def _part(one: Part) -> dict[str, Any]:
    effect = one.effect
    factor = None
    if effect is not None and one.told in ("told", "not_told_apart", "given"):
        factor = [_factor(value) for value in (effect.effect, effect.low, effect.high)]
    return {
        "name": one.name, "items": one.items, "low": one.low, "high": one.high,
        "told": one.told or "counted", "factor": factor,
    }  # fmt: skip


def _factor(effect: float) -> float | None:
    from math import exp, isfinite  # noqa: PLC0415

    return round(exp(effect), 4) if isfinite(effect) else None


def _show_change(
    found: VolumeChange, touching: tuple[Shock, ...], title: str, speak: Words
) -> None:
    before, _, after = title.partition(" → ")
    say(speak.say(
        "volumes.change.title", before=before, after=after,
        items_before=speak.count(found.items_before), items_after=speak.count(found.items_after),
        change=f"{found.change:+,}",
    ))  # fmt: skip
    heads = [speak.say(f"volumes.column.{name}") for name in ("part", "items", "range", "told")]
    say_table("", heads, [
        (speak.label(f"volumes.part.{one.name}", one.name), f"{one.items:+,}",
         "" if one.low is None else f"{one.low:+,} – {one.high:+,}",
         speak.say(f"volumes.told.{one.told or 'counted'}"))
        for one in found.parts
    ])  # fmt: skip
    if found.not_compared:
        say(speak.say(
            "volumes.change.not_compared", n=len(found.not_compared),
            lanes=", ".join(">".join(lane) for lane in found.not_compared),
        ))  # fmt: skip
    say(*(
        speak.say("volumes.change.shock", name=one.shock, origin=one.origin,
                  destination=one.destination, first=format_date(one.first_day),
                  text=one.texts[speak.language])
        for one in touching
    ))  # fmt: skip
