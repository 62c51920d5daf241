"""Standards that a post publishes as a number of days (domain.md 2.4, 2.5, 2.7, 2.9)."""

from __future__ import annotations

import numpy as np

from datecertain.moments import Ints
from datecertain.network import NO_DUE, CompiledNetwork
from datecertain.network.rule_rows import Standard


def published_days(
    compiled: CompiledNetwork, row: Standard, origin: Ints, area: Ints, day: Ints, ready: Ints
) -> Ints:
    """The date that a published standard gives: `day` is the local acceptance date, `ready` the
    moment from which the post holds the item. NO_DUE beyond the horizon."""
    zero = day + (1 if row.day_zero == "day_after" else 0)
    if row.day_zero == "cut_off":
        zero = _cut_off_day(compiled, origin, ready)
    days = np.full(zero.shape, row.days, dtype=np.int64)
    nothing = np.zeros_like(days)
    delivery = compiled.delivery_days
    if row.counts == "delivery":
        return delivery.on_or_after(area, zero, days)
    if row.counts == "origin":
        return delivery.on_or_after(area, delivery.on_or_after(origin, zero, days), nothing)
    return delivery.on_or_after(area, np.where(zero < NO_DUE, zero + row.days, zero), nothing)


def published_day(
    compiled: CompiledNetwork, row: Standard, origin: int, area: int, day: int, ready: int
) -> int:
    """`published_days` for one item."""
    columns = (np.array([number], dtype=np.int64) for number in (origin, area, day, ready))
    return int(published_days(compiled, row, *columns)[0])


def _cut_off_day(compiled: CompiledNetwork, origin: Ints, ready: Ints) -> Ints:
    """The local date of the next cut-off of the origin area's first export link."""
    links = compiled.export_of[origin, 0]
    slot = compiled.export.slot(links, ready)
    by = compiled.export.ready[np.maximum(slot, 0)]
    days = compiled.local_days(compiled.zone_of[origin], by)
    return np.where(slot >= 0, days, NO_DUE)
