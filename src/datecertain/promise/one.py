"""One quote, by plain numbers: the rule of promise/bulk.py on a single item (req 1, 9)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from datecertain.moments import NEVER, Resolution, Zone, zone
from datecertain.network import NO_DUE, Network
from datecertain.network.conditions import Ruling
from datecertain.network.rule_rows import Condition
from datecertain.promise.reasons import CODE, REASONS, QuoteStatus, Reason
from datecertain.promise.routes import Resolved, ruled_out
from datecertain.promise.standards import published_day

_NO_DUE, _NEVER = int(NO_DUE), int(NEVER)
_MISSING_TIME, _AMBIGUOUS = CODE[Reason.TIME_MISSING], CODE[Reason.TIME_AMBIGUOUS]
_TOO_HEAVY, _NOT_ACCEPTED = CODE[Reason.TOO_HEAVY], CODE[Reason.NOT_ACCEPTED]
_CONDITION, _DETAILS = CODE[Reason.CONDITION], CODE[Reason.DETAILS_NEEDED]
_HORIZON = CODE[Reason.BEYOND_HORIZON]
_NONE_YET = len(REASONS)


@dataclass(frozen=True, slots=True)
class Quote:
    """One answer. Days, moments and areas are -1 where there is none."""

    reason: Reason
    due_day: int  # the date told: local date at the destination
    standard_day: int  # what the network carries
    accepted_at: int  # moment
    possession_at: int  # from when the post holds it; later than accepted_at with some channels
    origin_area: int
    destination_area: int
    condition: Condition | None  # what took the guarantee away, or changed the date
    margin_days: int  # delivery days added by the lane and by tolerances

    @property
    def status(self) -> QuoteStatus:
        """Guaranteed, estimate or refused."""
        return self.reason.status


@lru_cache(maxsize=64)
def _zone(name: str) -> Zone:
    return zone(name)


def quote_route(
    network: Network, route: Resolved, day: int, minute: int, later: bool | None,
    weight_g: int, value_usdr: int,
) -> Quote:  # fmt: skip
    """The quote of a resolved route for a local acceptance at the origin."""
    earlier_at, later_at, resolution = _zone(network.zone_names[route.zone]).moment(day, minute)
    at = later_at if later else earlier_at
    found = _at(network, route, day, at, weight_g, value_usdr)
    if resolution is Resolution.MISSING:
        return _because(found, _MISSING_TIME)
    if resolution is Resolution.AMBIGUOUS and later is None:
        other = _at(network, route, day, later_at, weight_g, value_usdr)
        if other.due_day != found.due_day or other.reason is not found.reason:
            return _because(found, _AMBIGUOUS)
    return found


def _because(quote: Quote, code: int) -> Quote:
    """The quote refused for a reason, unless one that comes first refuses it already."""
    known = CODE[quote.reason]
    reason = REASONS[min(known, code) if known else code]
    return Quote(
        reason, -1, -1, quote.accepted_at, quote.possession_at, quote.origin_area,
        quote.destination_area, quote.condition, quote.margin_days,
    )  # fmt: skip


def _at(
    network: Network, route: Resolved, day: int, at: int, weight_g: int, value_usdr: int
) -> Quote:
    conditions = network.conditions
    ruling = conditions.ruling(route.sort, conditions.regime(day))
    code = min(route.reason or _NONE_YET, ruled_out(network, ruling) or _NONE_YET)
    product = ruling.product
    if product is not None and 0 <= product.max_weight_g < weight_g:
        code = min(code, _TOO_HEAVY)
    margin, tolerance = ruling.margin_days if ruling.standard is None else 0, 0
    because = None
    for case in ruling.cases:
        if not case.applies(day, at, weight_g, value_usdr):
            continue
        row, doubt = case.row, case.doubt(value_usdr)
        if row.kind == "tolerance" and not doubt:
            if row.days > tolerance:
                tolerance, because = row.days, because or row
            continue
        why = _DETAILS if doubt else _NOT_ACCEPTED if row.kind == "refuse" else _CONDITION
        if why < code:
            code, because = why, row
    ready = at
    if route.channel >= 0:
        ready = network.compiled.channel.at_one(route.channel, at)
    standard, due = _due(network, route, ruling, day, ready, margin + tolerance)
    if due >= _NO_DUE or day < network.data.first_day:
        code = min(code, _HORIZON)
    reason = REASONS[code] if code < _NONE_YET else Reason.NONE
    refused = reason.status is QuoteStatus.REFUSED
    return Quote(
        reason, -1 if refused else due, -1 if refused else standard, at,
        -1 if ready >= _NEVER else ready, route.origin_area, route.destination_area, because,
        margin + tolerance,
    )  # fmt: skip


def _due(
    network: Network, route: Resolved, ruling: Ruling, day: int, ready: int, more: int
) -> tuple[int, int]:
    """(what the network carries, the date told): of several areas the slowest."""
    compiled = network.compiled
    worst = (-1, -1)
    origin = route.origin_area
    areas = (route.destination_area,) if route.destination_area >= 0 else route.candidates
    if origin < 0 or not areas:
        return _NO_DUE, _NO_DUE
    for area in areas:
        standard = base = compiled.due_at_acceptance_one(origin, area, ready)
        if ruling.standard is not None and standard < _NO_DUE:
            base = published_day(compiled, ruling.standard, origin, area, day, ready)
        due = _NO_DUE if base >= _NO_DUE else compiled.delivery_days.add_one(area, base, more)
        if due > worst[1]:
            worst = standard, due
    return worst
