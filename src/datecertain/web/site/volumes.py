"""Volumes: beside 2019, a change taken apart, the effect of the guarantee, what may come (req 56,
80, 81)."""

from __future__ import annotations

from math import expm1, isnan
from typing import Annotated, Any

import pyarrow as pa
from fastapi import APIRouter, Depends, Request, Response
from markupsafe import Markup

from datecertain.access import Right, Viewer
from datecertain.door import door_of
from datecertain.errors import NotFound, UsageError
from datecertain.kept import Kept
from datecertain.operations.volume_forecasts import Asked, SeriesForecast, forecast_table
from datecertain.operations.volumes import (
    dated_facts,
    explain_change,
    month_range,
    show_volumes,
    told_effect,
)
from datecertain.operations.volumes_seen import volumes_seen
from datecertain.operations.workspaces import open_workspace
from datecertain.planning.guarantee_effect import MeasureEffect
from datecertain.planning.published_volumes import GROUP, published_figures, published_recovery
from datecertain.planning.volume_series import Step, VolumePoint
from datecertain.web.forecast_charts import Ahead, Legend, forecast_chart
from datecertain.web.site.frame import Crumb, Entry, page
from datecertain.web.site.keeping import facts_key, kept_page
from datecertain.web.site.languages import STAFF, language_of, page_words
from datecertain.web.site.listing import asked
from datecertain.web.site.table_files import FileKind, downloads, table_file
from datecertain.web.site.visiting import PageNeeds
from datecertain.wording import Words

PAGES = APIRouter(include_in_schema=False)
ENTRIES = (Entry("nav.volumes", "/volumes", Right.VOLUMES),)
_Reader = Annotated[Viewer, Depends(PageNeeds(Right.VOLUMES))]
#: What series can be of; the first is shown where nothing is asked for.
_BY = ("group", "lane", "origin", "destination")
_SOURCES = ("imported", "facts")
_FORECASTS: Kept[list[SeriesForecast]] = Kept(24)
#: Series that are forecast on a page, and months ahead.
_MOST, _MONTHS, _COVERAGE = 12, 12, 0.9


def _wanted(request: Request) -> dict[str, str]:
    given = asked(request, "source", "by", "step", "before", "after")
    return {
        "source": given["source"] if given["source"] in _SOURCES else "imported",
        "by": given["by"] if given["by"] in _BY else "group",
        "step": given["step"] if given["step"] in tuple(Step) else str(Step.YEAR),
        "before": given["before"] or "2019", "after": given["after"] or "",
    }  # fmt: skip


@PAGES.get("/volumes")
@kept_page()
def volumes(request: Request, who: _Reader) -> Response:
    """The published recovery, and the volumes that a viewer may see."""
    words, want, fault = page_words(language_of(request, STAFF)), _wanted(request), ""
    found: dict[str, Any] = {"points": (), "change": None, "effect": [], "ahead": []}
    with open_workspace(door_of(request).workspace) as opened:
        rows = _rows(opened, who, want)
        data = dated_facts(opened)
        key = (facts_key(opened), who.post, want["source"], want["by"])
    if rows is not None:
        found["points"] = _points(rows, want)
        found["ahead"] = [_ahead(one, words) for one in _forecasts(key, rows, want)]
        try:
            if want["after"]:
                runs = month_range(want["before"]), month_range(want["after"])
                change, _ = explain_change(rows, *runs, data, {})
                found["change"] = change
        except UsageError:
            fault = "volumepage.fault.months"
        try:
            # Money is of a post's own lanes: the central office's rows have none.
            measures = told_effect(rows, None, data, None, 0.95).measures
            found["effect"] = [_effect(one, words) for one in measures]
        except UsageError:
            found["effect"] = []
    return page(
        request, "volumes.html.j2", who, status=422 if fault else 200, want=want, fault=fault,
        found=found, any=rows is not None, recovery=published_recovery(),
        last=next((one for one in reversed(published_recovery())
                   if one.origin == one.destination == GROUP), None),
        figures=published_figures(), parts=_parts(found["change"], words),
        sources=[(one, words.say(f"volumepage.source.{one}")) for one in _SOURCES],
        cuts=[(one, words.say(f"volumepage.by.{one}")) for one in _BY],
        steps=[(str(one), words.say(f"volumepage.step.{one}")) for one in Step],
        files=downloads(request, "/volumes/table"),
        crumbs=(Crumb(words.say("frame.home"), "/"), Crumb(words.say("volumepage.title"))),
    )  # fmt: skip


def _rows(opened: Any, who: Viewer, want: dict[str, str]) -> pa.Table | None:
    try:
        return volumes_seen(opened, who, facts=want["source"] == "facts")
    except NotFound:
        return None


def _points(rows: pa.Table, want: dict[str, str]) -> tuple[VolumePoint, ...]:
    try:
        return show_volumes(rows, want["by"], Step(want["step"]), 2019)
    except UsageError:
        return ()


def _forecasts(key: Any, rows: pa.Table, want: dict[str, str]) -> list[SeriesForecast]:
    def make() -> list[SeriesForecast]:
        wanted = Asked(_MONTHS, _COVERAGE, "auto")
        try:
            return forecast_table(rows, want["source"], want["by"], "", "", wanted)[0]
        except UsageError:
            return []

    return _FORECASTS.get(key, make)[:_MOST]


def _ahead(one: SeriesForecast, words: Words) -> dict[str, Any]:
    made, size = one.forecast, len(one.series.values)
    back = made.backtest
    if back is None:
        text = words.say("volumes.forecast.not_enough", series=one.series.key, n=made.values,
                         needed=made.needed)  # fmt: skip
        return {"key": one.series.key, "told": [text], "picture": "", "rows": []}
    told = [
        words.say(
            "volumes.forecast.title", series=one.series.key, n=made.values,
            last=one.series.period(size - 1), method=words.say(f"volumes.method.{made.method}"),
            standing=words.say(f"volumes.standing.{made.standing}"),
        ),
        words.say(
            "volumes.forecast.backtest", pairs=words.count(back.pairs), mase=f"{back.mase:.2f}",
            naive=f"{back.mase_naive:.2f}",
            seasonal="–" if back.mase_seasonal_naive is None else f"{back.mase_seasonal_naive:.2f}",
            coverage="–" if back.coverage is None else words.share(back.coverage),
            intervals=words.count(back.intervals), wanted=words.share(_COVERAGE, 0),
        ).strip(),
    ]  # fmt: skip
    rows = [
        (one.series.period(size + at), _number(point.value),
         "–" if point.low is None else f"{_number(point.low)} – {_number(point.high)}")
        for at, point in enumerate(made.points)
    ]  # fmt: skip
    return {"key": one.series.key, "told": told, "rows": rows, "picture": _picture(one, words)}


def _picture(one: SeriesForecast, words: Words) -> Markup:
    points = [Ahead(point.value, point.low, point.high) for point in one.forecast.points]
    size = len(one.series.values)
    legend = Legend(
        one.series.key, "", words.say("volumes.chart.known"), words.say("volumes.column.forecast"),
        "",
    )  # fmt: skip
    periods = [one.series.period(at) for at in range(size + len(points))]
    return Markup(forecast_chart(one.series.values.tolist(), points, (), periods, legend))


def _number(value: float | None) -> str:
    if value is None or isnan(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:,.4g}"


def _effect(one: MeasureEffect, words: Words) -> list[str]:
    measure = words.say(f"volumes.measure.{one.measure}")
    if one.effect is None:
        return [f"{measure}: {words.say(f'volumes.effect.{one.told}')}"]
    ends = ["–" if value is None else f"{expm1(value):+.1%}"
            for value in (one.effect, one.low, one.high)]  # fmt: skip
    text = words.say("volumepage.effect", measure=measure, effect=ends[0], low=ends[1],
                     high=ends[2])  # fmt: skip
    return [text, words.say(f"volumes.effect.{one.told}")]


def _parts(change: Any, words: Words) -> list[tuple[str, str, str, str]]:
    if change is None:
        return []
    return [
        (words.label(f"volumes.part.{one.name}", one.name), f"{one.items:+,}",
         "–" if one.low is None else f"{one.low:+,} – {one.high:+,}",
         words.say(f"volumes.told.{one.told or 'counted'}"))
        for one in change.parts
    ]  # fmt: skip


@PAGES.get("/volumes/table.{kind}")
def file(request: Request, who: _Reader, kind: FileKind) -> Response:
    """The series as a file."""
    want = _wanted(request)
    with open_workspace(door_of(request).workspace) as opened:
        rows = _rows(opened, who, want)
    if rows is None:
        raise NotFound("no volume is to be seen here")
    heads = ("series", "period", "items", "compared_items", "base_items", "gap")
    return table_file(request, "volumes", kind, heads, [
        (one.key, one.period, one.items, one.compared_items, one.base_items, one.gap)
        for one in _points(rows, want)
    ])  # fmt: skip
