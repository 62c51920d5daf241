"""What can be claimed of carriers, as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from datecertain.moments import format_utc
from datecertain.settlement.carrier_claims import CarrierItem, CarrierTotal


def carriers_as_json(period: str, totals: Sequence[CarrierTotal]) -> dict[str, Any]:
    """The carriers of a month, with what rests on them; money in micro-SDR."""
    return {"period": period, "carriers": [asdict(one) for one in totals]}


def stretch_as_json(one: CarrierItem) -> dict[str, Any]:
    """A stretch of an item's way on which a carrier burned days."""
    moments = {"taken_at": format_utc(one.taken_at), "given_at": format_utc(one.given_at)}
    return asdict(one) | moments
