"""`datecertain volumes forecast`: what may come, with intervals, beside a naive rival."""

from __future__ import annotations

import re
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from datecertain.cli.options import JsonOption, Language, LanguageOption, WorkspaceOption
from datecertain.cli.output import progress, say, say_json, say_table
from datecertain.cli.volume_inputs import FactsOption, FileArgument, volumes_at_hand
from datecertain.wording import Words, words

if TYPE_CHECKING:
    import pyarrow as pa

    from datecertain.findings import Finding
    from datecertain.operations.volume_forecasts import SeriesForecast


def forecast(
    file: FileArgument = None,
    months: Annotated[
        int, typer.Option("--months", min=1, help="Periods ahead: months, or weeks, days, years.")
    ] = 12,
    by: Annotated[
        str, typer.Option("--by", help="group (all added up), lane, or columns: origin,contents.")
    ] = "group",
    time: Annotated[
        str, typer.Option("--time", metavar="COLUMN", help="Default: month, week, date, year.")
    ] = "",
    value: Annotated[
        str, typer.Option("--value", metavar="COLUMN", help="Default: items, value.")
    ] = "",
    coverage: Annotated[
        float, typer.Option("--coverage", help="How often the intervals shall hold.")
    ] = 0.9,
    scale: Annotated[
        str, typer.Option("--scale", help="logs, level, or auto: logs if all values are above 0.")
    ] = "auto",
    multiply: Annotated[
        list[str] | None,
        typer.Option("--multiply", metavar="FIRST:LAST=FACTOR[@SERIES]", help="Scenario: a shock."),
    ] = None,
    reopen: Annotated[
        list[str] | None,
        typer.Option("--reopen", metavar="SERIES=PERIOD:FACTOR", help="Scenario: a lane reopens."),
    ] = None,
    svg: Annotated[
        Path | None,
        typer.Option("--svg", metavar="FOLDER", help="Draw every series, a file each, into here."),
    ] = None,
    facts: FactsOption = False,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Forecasts with intervals, tried on held-back periods beside naive ones; says so when they do
    not beat them, or when a series is too short.

    Any CSV or Parquet with a time and a value will do.
    Example: datecertain volumes forecast ems.csv --by lane --months 12 --json
    """
    from datecertain.operations.telling_volumes import forecast_as_json  # noqa: PLC0415
    from datecertain.operations.volume_forecasts import Asked, forecast_table  # noqa: PLC0415
    from datecertain.planning.scenarios import multiplier, reopening  # noqa: PLC0415

    asked = Asked(
        months, coverage, scale, [multiplier(one) for one in multiply or []],
        [reopening(one) for one in reopen or []],
    )  # fmt: skip
    table, left_out = _table(file, workspace, facts, quiet=json_)
    source = file.name if file else str(workspace)
    with progress("forecasts", json_) as told:
        found, findings = forecast_table(table, source, by, time, value, asked, told, left_out)
    drawn = _draw(found, svg, words(lang)) if svg else []
    if json_:
        say_json({
            "horizon": months, "coverage": coverage, "findings": [str(one) for one in findings],
            "series": [forecast_as_json(one) for one in found],
            "files": [str(path) for path in drawn],
        })  # fmt: skip
        return
    for one in found:
        _show(one, coverage, words(lang))
    say(*map(str, findings), *map(str, drawn))


def _draw(found: list[SeriesForecast], folder: Path, speak: Words) -> list[Path]:
    """A drawing of every series; their paths."""
    from datecertain.web.forecast_charts import Ahead, Legend, forecast_chart  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    paths = list[Path]()
    for one in found:
        made, size = one.forecast, len(one.series.values)
        ahead = [Ahead(point.value, point.low, point.high) for point in made.points]
        scenario = [point.value for point in one.scenario]
        periods = [one.series.period(at) for at in range(size + max(len(ahead), len(scenario)))]
        legend = Legend(
            one.series.key, speak.say(f"volumes.standing.{made.standing}"),
            speak.say("volumes.chart.known"), speak.say("volumes.column.forecast"),
            speak.say("volumes.column.scenario"),
        )  # fmt: skip
        name = re.sub(r"[^\w]+", "-", one.series.key)
        path = folder / f"{name}.svg"
        if path in paths:
            path = folder / f"{name}-{len(paths)}.svg"
        drawing = forecast_chart(one.series.values.tolist(), ahead, scenario, periods, legend)
        path.write_text(drawing, encoding="utf-8")
        paths.append(path)
    return paths


def _table(
    file: Path | None, workspace: Path, facts: bool, quiet: bool
) -> tuple[pa.Table, list[Finding]]:
    from datecertain.operations.volume_sources import read_table  # noqa: PLC0415

    if file is not None and not facts:
        return read_table(file)
    rows, _ = volumes_at_hand(file, workspace, facts, (), quiet)
    return rows, []


def _show(one: SeriesForecast, coverage: float, speak: Words) -> None:
    made, size = one.forecast, len(one.series.values)
    if made.backtest is None:
        say(speak.say("volumes.forecast.not_enough", series=one.series.key, n=made.values,
                      needed=made.needed))  # fmt: skip
    else:
        back = made.backtest
        say(
            speak.say(
                "volumes.forecast.title", series=one.series.key, n=made.values,
                last=one.series.period(size - 1), method=speak.say(f"volumes.method.{made.method}"),
                standing=speak.say(f"volumes.standing.{made.standing}"),
            ),
            speak.say(
                "volumes.forecast.backtest", pairs=speak.count(back.pairs), mase=f"{back.mase:.2f}",
                naive=f"{back.mase_naive:.2f}",
                seasonal="–" if back.mase_seasonal_naive is None
                else f"{back.mase_seasonal_naive:.2f}",
                coverage="–" if back.coverage is None else speak.share(back.coverage),
                intervals=speak.count(back.intervals), wanted=speak.share(coverage, 0),
            ),
        )  # fmt: skip
    if made.points or one.scenario:
        names = ["period", "forecast", "range", *(["scenario"] if one.scenario else [])]
        say_table("", [speak.say(f"volumes.column.{name}") for name in names], _rows(one))


def _rows(one: SeriesForecast) -> list[tuple[str, ...]]:
    size, rows = len(one.series.values), []
    for at in range(max(len(one.forecast.points), len(one.scenario))):
        cells = [one.series.period(size + at)]
        if one.forecast.points:
            point = one.forecast.points[at]
            ends = "–" if point.low is None else f"{_shown(point.low)} – {_shown(point.high)}"
            cells += [_shown(point.value), ends]
        else:
            cells += ["–", "–"]
        if one.scenario:
            cells.append(_shown(one.scenario[at].value))
        rows.append(tuple(cells))
    return rows


def _shown(value: float | None) -> str:
    if value is None or isnan(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:,.4g}"
