"""The resume board for programs: JSON, and a table of its lanes."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pyarrow as pa

from datecertain.moments import format_date, format_utc
from datecertain.operations.resume_board import Board
from datecertain.planning.board_telling import dial_of
from datecertain.planning.readiness import BoardLane, Criterion, Readiness
from datecertain.planning.refund_exposure import Cost, Dial
from datecertain.quality.intervals import Interval

#: Standards beyond the assured one whose cost is told.
_BEYOND = 3


def board_json(board: Board, only: BoardLane | None = None) -> dict[str, Any]:
    """The board, or one lane of it. Shares of one; amounts in micro-SDR a year."""
    asked = board.asked
    lanes = board.lanes if only is None else (only,)
    counts = Counter(lane.readiness for lane in lanes)
    return {
        "from": format_date(asked.first_day), "to": format_date(asked.last_day),
        "target": asked.target, "confidence": asked.confidence, "items_needed": board.needed,
        "as_of": format_utc(board.as_of), "events_of": board.event_month or None,
        "network_version": board.network_version, "tariff": board.tariff,
        "claim_rates": {
            post: {"claimed": rate.claimed, "owed": rate.owed}
            for post, rate in sorted(board.claims.items())
        } if asked.claim_rate is None else asked.claim_rate,
        "readiness": {str(one): counts[one] for one in Readiness},
        "lanes": [_lane(lane) for lane in lanes],
    }  # fmt: skip


def _lane(lane: BoardLane) -> dict[str, Any]:
    standard, present = lane.standard, lane.present
    return {
        "lane": lane.lane, "origin": lane.origin, "destination": lane.destination,
        "readiness": str(lane.readiness), "days": lane.days, "state": lane.state,
        "items": lane.items, "items_per_year": lane.yearly, "busiest_week": lane.busiest_week,
        "standard": None if standard is None else {
            "days": standard.days, "n": standard.items, "status": str(standard.status),
            "expected_on_time": _round(standard.expected), "lower_bound": _round(standard.lower),
        },
        "present": None if present is None else {
            "judged": present.judged, "on_time": present.on_time,
            "unresolved": present.unresolved, "share": _round(present.share),
            "interval": _ends(present.interval), "bounds": _ends(present.bounds),
            "lower_bound": _round(present.lower), "mean_days": round(present.mean_days, 2),
        },
        "on_time_by_days": [
            {"days": one.days, "on_time": one.good, "n": one.n, "share": _round(one.good / one.n),
             "interval": _ends(one.interval), "bounds": _ends(one.bounds)}
            for one in lane.shares
        ],
        "events": [
            {"post": one.post, "complete": _counts(one.complete), "in_time": _counts(one.in_time)}
            for one in lane.told
        ],
        "open_cases": list(lane.cases), "rates_changed": lane.rates_changed,
        "capacity": {
            "flights_per_week": lane.flights_per_week, "items_per_week": lane.items_per_week,
        },
        "refunds": [_dial(one) for one in _shown(lane)],
        "worst_case": {
            "gross_usdr": lane.worst.gross_usdr, "charged_on_usdr": lane.worst.charged_on_usdr,
            "kept_usdr": lane.worst.kept_usdr,
        },
        "criteria": [_criterion(one) for one in lane.criteria],
        "missing": [f"{one.name} {one.post}".strip() for one in lane.missed],
        "would_mend": {
            "legs": [
                {"post": one.post, "leg": one.leg.name.lower(), "days_lost": one.days,
                 "on_time_without": _round(one.would_be)}
                for one in lane.losses
            ],
            "scans": [
                {"post": one.post, "code": one.code, "missing": one.missing, "of": one.of}
                for one in lane.gaps
            ],
        },
    }  # fmt: skip


def _shown(lane: BoardLane) -> list[Dial]:
    """The present promise, and the standards from the assured one on, or all that can be told."""
    first = lane.days
    if first is None:
        days = [one.days for one in lane.shares]
    else:
        days = list(range(first, first + _BEYOND + 1))
    wanted: list[int | None] = [None, *days]
    return [lane.dials[one] for one in wanted if one in lane.dials]


def _dial(dial: Dial) -> dict[str, Any]:
    return {
        "days": dial.days, "automatic": _cost(dial.automatic),
        "claim_driven": _cost(dial.claim_driven),
    }  # fmt: skip


def _cost(cost: Cost) -> dict[str, Any]:
    return {
        "expected_usdr": cost.expected_usdr,
        "low_usdr": cost.low_usdr,
        "high_usdr": cost.high_usdr,
    }


def _criterion(one: Criterion) -> dict[str, Any]:
    return {
        "name": one.name, "post": one.post or None, "value": _round(one.value),
        "at_most" if one.at_most else "at_least": one.threshold, "met": one.met,
        "source": one.source,
    }  # fmt: skip


def _counts(counts: tuple[int, int]) -> dict[str, Any]:
    good, n = counts
    return {"good": good, "of": n, "share": _round(good / n) if n else None}


def _ends(interval: Interval) -> list[float]:
    return [round(interval.low, 6), round(interval.high, 6)]


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


#: A lane of the board for a spreadsheet: whole numbers, shares in parts per million.
BOARD_ROWS = pa.schema(
    [
        *((name, pa.string()) for name in ("lane", "readiness", "state", "standard_status")),
        *((name, pa.int64()) for name in (
            "assured_days", "items", "items_per_year", "judged", "on_time", "unresolved",
            "on_time_ppm", "interval_low_ppm", "interval_high_ppm", "bound_low_ppm",
            "bound_high_ppm", "flights_per_week", "items_per_week_capacity", "open_cases",
            "automatic_usdr", "automatic_low_usdr", "automatic_high_usdr", "claim_driven_usdr",
            "claim_driven_low_usdr", "claim_driven_high_usdr", "worst_gross_usdr",
            "worst_charged_on_usdr",
        )),
        ("missing", pa.string()),
    ]
)  # fmt: skip


def board_table(board: Board) -> pa.Table:
    """One row a lane (schema `BOARD_ROWS`); refunds at the assured standard, of lanes that are
    ready as they promise now, as promised."""
    return pa.Table.from_pylist([_row(lane) for lane in board.lanes], schema=BOARD_ROWS)


def _row(lane: BoardLane) -> dict[str, Any]:
    present, dial = lane.present, dial_of(lane)
    row: dict[str, Any] = {
        "lane": lane.lane, "readiness": str(lane.readiness), "state": lane.state,
        "standard_status": None if lane.standard is None else str(lane.standard.status),
        "assured_days": lane.days, "items": lane.items, "items_per_year": lane.yearly,
        "flights_per_week": lane.flights_per_week, "items_per_week_capacity": lane.items_per_week,
        "open_cases": len(lane.cases), "worst_gross_usdr": lane.worst.gross_usdr,
        "worst_charged_on_usdr": lane.worst.charged_on_usdr,
        "missing": "; ".join(f"{one.name} {one.post}".strip() for one in lane.missed),
    }  # fmt: skip
    if present is not None:
        row |= {
            "judged": present.judged, "on_time": present.on_time,
            "unresolved": present.unresolved, "on_time_ppm": _ppm(present.share),
            "interval_low_ppm": _ppm(present.interval.low),
            "interval_high_ppm": _ppm(present.interval.high),
            "bound_low_ppm": _ppm(present.bounds.low), "bound_high_ppm": _ppm(present.bounds.high),
        }  # fmt: skip
    for name, cost in (
        ("automatic", None if dial is None else dial.automatic),
        ("claim_driven", None if dial is None else dial.claim_driven),
    ):
        if cost is not None:
            row |= {
                f"{name}_usdr": cost.expected_usdr, f"{name}_low_usdr": cost.low_usdr,
                f"{name}_high_usdr": cost.high_usdr,
            }  # fmt: skip
    return row


def _ppm(share: float) -> int:
    return round(share * 1_000_000)
