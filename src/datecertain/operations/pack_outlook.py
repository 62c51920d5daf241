"""Pages of the meeting pack: volume, and what could be promised (req 34, 56, 64)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

import pyarrow as pa

from datecertain.operations.pack_exposure import exposure_of
from datecertain.operations.pack_queries import JUDGED_TABLES, Questions
from datecertain.operations.volume_forecasts import Asked, SeriesForecast, forecast_table
from datecertain.operations.volumes import show_volumes
from datecertain.planning.meeting import (
    BoardRow,
    Cell,
    Column,
    Figure,
    Page,
    Sheet,
    Subject,
    Unit,
)
from datecertain.planning.published_volumes import (
    GROUP,
    published_figures,
    published_recovery,
    yearly,
)
from datecertain.planning.readiness import BoardLane, Readiness
from datecertain.planning.standards import Status
from datecertain.planning.volume_series import Step
from datecertain.quality import CONFIDENCE
from datecertain.store import request_digest
from datecertain.verdict.outcomes import WHOLE

BASE_YEAR = 2019
#: Months ahead and years back that fit the page.
_HORIZON, _COVERAGE, _YEARS = 6, 0.9, 8


def volume_page(ask: Questions, imported: pa.Table, items: int) -> Page:
    """Published years beside 2019, imported volumes, the `items` of the period, and a forecast
    where a series is long enough for one."""
    texts = [f"{row.key} {row.value} {row.source}" for row in published_figures()]
    published = ask.ask(
        "published_recovery", "datecertain volumes published --json", {"base_year": BASE_YEAR},
        more={"published": hashlib.sha256("\n".join(texts).encode()).hexdigest()},
    )  # fmt: skip
    rows = [one for one in published_recovery(BASE_YEAR) if one.origin == one.destination == GROUP]
    last = rows[-1]
    card = ask.ask(
        "report_cards", f"datecertain report card --by origin {ask.span} --json",
        {"by": "origin", "months": list(ask.months), "confidence": CONFIDENCE},
        JUDGED_TABLES,
    )  # fmt: skip
    sheets = [Sheet(
        "recovery", published,
        _columns(("year", Unit.TEXT), ("items", Unit.COUNT), ("gap", Unit.COUNT),
                 ("index", Unit.SHARE)),
        tuple((one.year, one.items, one.gap, one.index_ppm / WHOLE) for one in rows),
    )]  # fmt: skip
    source = published
    if imported.num_rows:
        source = ask.ask(
            "show_volumes", "datecertain volumes show --step year --json",
            {"by": "group", "step": "year", "base_year": BASE_YEAR},
            more={"imported": _digest(imported)},
        )  # fmt: skip
        sheets.append(_imported(source, imported))
    made = _forecast(imported)
    ahead = ask.ask(
        "forecast_table",
        f"datecertain volumes forecast --by group --months {_HORIZON} --json"
        if imported.num_rows
        else "datecertain volumes published --json",
        {"series": "imported" if imported.num_rows else "published", "horizon": _HORIZON,
         "coverage": _COVERAGE},
        more={"of": _digest(imported) if imported.num_rows else ask.asked[-1].digest},
    )  # fmt: skip
    if made.forecast.points:
        sheets.append(_ahead(ahead, made))
    return Page(
        Subject.VOLUME,
        (
            Figure("volume_now", published, last.items, Unit.COUNT),
            Figure("volume_base", published, last.base_items, Unit.COUNT),
            Figure("volume_index", published, last.index_ppm / WHOLE, Unit.SHARE),
            Figure("volume_period", card, items, Unit.COUNT),
        ),
        tuple(sheets),
        {"year": last.year, "base_year": str(BASE_YEAR), "items": last.items,
         "base_items": last.base_items, "gap": -last.gap, "index": last.index_ppm / WHOLE,
         "standing": str(made.forecast.standing), "values": made.forecast.values,
         "needed": made.forecast.needed, "forecast_query": ahead, "imported": imported.num_rows},
    )  # fmt: skip


def _digest(table: pa.Table) -> str:
    return request_digest({"rows": table.to_pylist()})


def _imported(query: str, imported: pa.Table) -> Sheet:
    points = show_volumes(imported, "group", Step.YEAR, BASE_YEAR)
    return Sheet(
        "imported", query,
        _columns(("year", Unit.TEXT), ("items", Unit.COUNT), ("compared", Unit.COUNT),
                 ("base", Unit.COUNT), ("gap", Unit.COUNT), ("index", Unit.SHARE)),
        tuple(
            (one.period, one.items, one.compared_items, one.base_items, one.gap,
             None if one.index_ppm is None else one.index_ppm / WHOLE)
            for one in points[-_YEARS:]
        ),
    )  # fmt: skip


def _forecast(imported: pa.Table) -> SeriesForecast:
    """The forecast of all lanes by month; of the published years where nothing was imported."""
    asked = Asked(_HORIZON, _COVERAGE, "auto")
    table = imported
    if not imported.num_rows:
        years = yearly(GROUP, GROUP)
        table = pa.table({"year": list(years), "items": list(years.values())})
    found, _ = forecast_table(table, "volumes", "group", "", "items", asked)
    return found[0]


def _ahead(query: str, made: SeriesForecast) -> Sheet:
    size = len(made.series.values)
    return Sheet(
        "forecast", query,
        _columns(("month", Unit.TEXT), ("items", Unit.COUNT), ("low", Unit.COUNT),
                 ("high", Unit.COUNT)),
        tuple(
            (made.series.period(size + at), round(one.value),
             None if one.low is None else round(one.low),
             None if one.high is None else round(one.high))
            for at, one in enumerate(made.forecast.points)
        ),
    )  # fmt: skip


def board_rows(lanes: Sequence[BoardLane]) -> tuple[BoardRow, ...]:
    """Every lane with items, as the resume board has it."""
    return tuple(
        BoardRow(
            one.origin, one.destination, one.days, one.items,
            None if one.standard is None else one.standard.lower, one.readiness,
            one.standard is not None and one.standard.status is Status.ASSURED, exposure_of(one),
        )
        for one in lanes if one.items
    )  # fmt: skip


def resume_page(
    ask: Questions, posts: Sequence[str], rows: Sequence[BoardRow], target: float,
    confidence: float, months: Sequence[str],
) -> Page:  # fmt: skip
    """The board of lanes; whoever makes the rows decides what makes a lane ready."""
    query = ask.ask(
        "board_rows", f"datecertain plan board --from {months[0]} --to {months[-1]} --json",
        {"target": target, "confidence": confidence, "months": list(months)}, JUDGED_TABLES,
        months=months,
    )  # fmt: skip
    counts = Counter(row.readiness for row in rows)
    own = Counter(row.readiness for row in rows if row.own and row.days is not None)
    held = {(row.origin, row.destination): row for row in rows}
    lanes = len(posts) * (len(posts) - 1)
    matrix = []
    for origin in posts:
        cells: list[Cell] = [origin]
        for destination in posts:
            row = held.get((origin, destination))
            cells.append(None if row is None else row.days)
        matrix.append(tuple(cells))
    return Page(
        Subject.RESUME,
        (
            Figure("ready", query, counts[Readiness.READY], Unit.COUNT),
            Figure("ready_longer", query, counts[Readiness.LONGER],
                   Unit.COUNT),
            Figure("not_ready", query, counts[Readiness.NOT_READY], Unit.COUNT),
            Figure("not_enough", query,
                   counts[Readiness.NOT_ENOUGH] + lanes - len(held), Unit.COUNT),
        ),
        (
            Sheet("readiness", query,
                  _columns(("readiness", Unit.READINESS), ("lanes", Unit.COUNT),
                           ("own_items", Unit.COUNT)),
                  tuple((str(one), counts[one] + (lanes - len(held)
                         if one is Readiness.NOT_ENOUGH else 0), own[one])
                        for one in Readiness)),
            Sheet("standards", query,
                  _columns(("post", Unit.POST), *((post, Unit.DPLUS) for post in posts)),
                  tuple(matrix)),
        ),
        {"lanes": lanes, "target": target, "confidence": confidence, "own": sum(own.values()),
         "assured": sum(1 for row in rows if row.days is not None)},
    )  # fmt: skip


def _columns(*pairs: tuple[str, Unit]) -> tuple[Column, ...]:
    return tuple(Column(name, unit) for name, unit in pairs)
