"""The lanes of a month as a table for export: whole numbers only, shares in parts per million."""

from __future__ import annotations

import pyarrow as pa

from datecertain.moments import date_of
from datecertain.quality.figures import OUTCOMES, LaneFigures, MonthFigures
from datecertain.verdict.outcomes import WHOLE, Leg

LANE_ROWS = pa.schema(
    [
        pa.field("first_day", pa.date32(), nullable=False),
        pa.field("last_day", pa.date32(), nullable=False),
        pa.field("origin", pa.string(), nullable=False),
        pa.field("destination", pa.string(), nullable=False),
        pa.field("items", pa.int64(), nullable=False),
        *(pa.field(outcome.value, pa.int64(), nullable=False) for outcome in OUTCOMES),
        pa.field("left_out", pa.int64(), nullable=False),  # of the score, by a rule
        pa.field("judged", pa.int64(), nullable=False),
        # Null where nothing was judged.
        pa.field("on_time_ppm", pa.int64()),
        pa.field("interval_low_ppm", pa.int64()),
        pa.field("interval_high_ppm", pa.int64()),
        # If all unresolved items were late, and if all were on time.
        pa.field("bound_low_ppm", pa.int64()),
        pa.field("bound_high_ppm", pa.int64()),
        pa.field("standing", pa.string(), nullable=False),
        # Best and worst place among the lanes; lanes that do not differ share them.
        pa.field("place_best", pa.int64()),
        pa.field("place_worst", pa.int64()),
        pa.field("days_liable", pa.int64(), nullable=False),
        *(pa.field(f"liable_{leg.name.lower()}_ppm", pa.int64(), nullable=False) for leg in Leg),
    ]
)


def month_rows(figures: MonthFigures) -> pa.Table:
    """One row a lane with items, schema `LANE_ROWS`."""
    rows = [_lane_row(figures, lane) for lane in figures.lanes]
    return pa.Table.from_pylist(rows, schema=LANE_ROWS)


def _lane_row(figures: MonthFigures, lane: LaneFigures) -> dict[str, object]:
    tally = lane.tally
    row: dict[str, object] = {
        "first_day": date_of(figures.first_day),
        "last_day": date_of(figures.last_day),
        "origin": lane.origin,
        "destination": lane.destination,
        "items": tally.items,
        "left_out": tally.left_out,
        "judged": tally.judged,
        "standing": figures.standing(tally).value,
        "days_liable": lane.days_liable,
    }
    row |= {outcome.value: tally.of(outcome) for outcome in OUTCOMES}
    row |= {f"liable_{leg.name.lower()}_ppm": lane.liable_ppm[leg] for leg in Leg}
    if tally.judged:
        interval = tally.interval(figures.confidence)
        row |= {
            "on_time_ppm": _ppm(tally.share),
            "interval_low_ppm": _ppm(interval.low),
            "interval_high_ppm": _ppm(interval.high),
        }
    if tally.judged + tally.unresolved:
        row |= {
            "bound_low_ppm": _ppm(tally.bounds.low),
            "bound_high_ppm": _ppm(tally.bounds.high),
        }
    if lane.places:
        row |= {"place_best": lane.places[0], "place_worst": lane.places[1]}
    return row


def _ppm(share: float) -> int:
    return round(share * WHOLE)
