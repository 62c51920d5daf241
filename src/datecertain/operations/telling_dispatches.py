"""Dispatches as programs read them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, cast

from typing_extensions import TypedDict

from datecertain.moments import format_date, format_utc
from datecertain.operations.dispatches import DispatchList, PairDispatch, as_row
from datecertain.tracking.dispatches import Status


class DispatchTold(TypedDict):
    """A dispatch, and the receptacles of each kind: advised (PREDES), handed to a carrier
    (CARDIT), received, missing and in excess (RESDES), without PREDES, without RESDES."""

    dispatch: str
    origin: str
    destination: str
    month: str | None
    items: int
    advised: list[str]
    consigned: list[str]
    received: list[str]
    missing: list[str]
    excess: list[str]
    unadvised: list[str]
    unanswered: list[str]
    advised_at: str | None
    answered_at: str | None
    last_status: dict[str, Any] | None


def dispatch_told(row: PairDispatch) -> DispatchTold:
    """One dispatch."""
    moments = {
        name: None if (at := getattr(row.told, name)) is None else format_utc(at)
        for name in ("advised_at", "answered_at")
    }
    told = as_row(row) | moments | {"last_status": _status(row.told.last_status)}
    return cast(DispatchTold, told)


def _status(status: Status | None) -> dict[str, Any] | None:
    if status is None:
        return None
    at = None if status.at is None else format_utc(status.at)
    return asdict(status) | {"date": format_date(status.date), "at": at}


def list_as_json(found: DispatchList) -> dict[str, Any]:
    """A list of dispatches as one document."""
    return {
        "as_of": format_utc(found.as_of), "days": found.days,
        "dispatches": [dispatch_told(row) for row in found.dispatches],
        "without_resdes": [row.told.number for row in found.overdue],
        "without_predes": [row.told.number for row in found.unadvised],
    }  # fmt: skip
