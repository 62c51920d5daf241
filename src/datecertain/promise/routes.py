"""Routes: questions without their time, resolved once and asked as often as wanted (req 1, 4-7).

What a postcode, product, channel and address come to does not change with the acceptance; what
the rules say changes only from regime to regime. So a million quotes over a few thousand routes
resolve a few thousand routes, and the rest is look-ups.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import NamedTuple

from datecertain.errors import UsageError
from datecertain.network import LaneState, Network, PlaceStatus
from datecertain.network.conditions import Ruling, Sort
from datecertain.network.postcode_forms import AddressKind
from datecertain.network.postcodes import address_kind, read_postcode
from datecertain.network.rule_rows import ADDRESSES
from datecertain.promise.reasons import CODE, OF_LANE, OF_PLACE, Reason

#: The product that is meant when none is named.
EMS = "EMS"
#: The post holds the item when it is accepted: how records of acceptance are quoted.
IN_HAND = ""
#: A label, reservation or pre-advice: nobody has handed anything over.
LABEL = "label"


class Route(NamedTuple):
    """Everything a quote asks but the time, weight and value."""

    origin: str  # post
    origin_postcode: str
    destination: str  # post
    destination_postcode: str
    product: str = EMS
    contents: str = ""  # documents, merchandise, gift, …; "" where nobody said
    channel: str = IN_HAND  # counter, agency, collection, contract, label; IN_HAND
    address: str = "street"  # street, po_box, poste_restante, military


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a route comes to in a network; reasons are codes, 0 where there is none."""

    origin_area: int  # -1: none
    destination_area: int  # -1: none; a missing postcode takes the slowest of `candidates`
    reason: int  # why it can never be a guarantee, whatever the time
    zone: int  # number of the zone on whose clock the acceptance is told
    channel: int  # key of the channel's schedule; -1: the post holds it at once
    sort: Sort
    candidates: tuple[int, ...]  # areas to take the slowest of


def resolve(network: Network, route: Route) -> Resolved:
    """Resolve a route. Raises `UnknownPlace` for a post that the network does not know and
    `UsageError` for an address kind that does not exist."""
    if route.address not in ADDRESSES:
        raise UsageError(f"address {route.address!r} is not known: use {', '.join(ADDRESSES)}")
    origin_place = network.find_place(route.origin, route.origin_postcode)
    place = network.find_place(route.destination, route.destination_postcode)
    areas = network.data.areas
    origin = network.areas[origin_place.area] if origin_place.area else -1
    area = network.areas[place.area] if place.area else -1
    reason = _first(
        Reason.SAME_POST if route.origin == route.destination else Reason.NONE,
        Reason.ORIGIN_UNKNOWN if origin < 0 else Reason.NONE,
        OF_PLACE[place.status],
        Reason.NOT_IN_POSSESSION if route.channel == LABEL else Reason.NONE,
        Reason.AREA_NOT_GUARANTEED if area >= 0 and areas[area].guarantee == "no" else Reason.NONE,
    )
    channel = -1
    if origin >= 0 and route.channel not in (IN_HAND, LABEL):
        channel = network.channel(route.origin, origin, route.channel)
        if channel == network.NO_CHANNEL:
            reason, channel = _first(reason, Reason.CHANNEL_UNKNOWN), -1
    zone_name = areas[origin].zone if origin >= 0 else network.post(route.origin).zone
    candidates: tuple[int, ...] = ()
    if area < 0 and origin >= 0 and place.status in (PlaceStatus.MISSING, PlaceStatus.INCOMPLETE):
        candidates = network.guaranteed_areas(route.destination)
    return Resolved(
        origin, area, CODE[reason], network.zone_number(zone_name), channel,
        network.conditions.sort(
            Sort(
                route.origin, route.destination, origin_place.area, place.area, route.product,
                route.contents, _address(network, route),
            )
        ),
        candidates,
    )  # fmt: skip


def place_sort(network: Network, post: str, postcode: str) -> Hashable:
    """All that `resolve` looks at of a place: two places of one sort get one answer, in whichever
    end of a route they stand. Raises `UnknownPlace` for a post that the network does not know."""
    row = network.post(post)
    kind = address_kind(row, read_postcode(row, postcode))
    return post, network.find_place(post, postcode), kind


def _address(network: Network, route: Route) -> str:
    """The kind of address: as told, or military where the postcode itself says so."""
    if route.address == "street":
        post = network.post(route.destination)
        kind = address_kind(post, read_postcode(post, route.destination_postcode))
        return "military" if kind is AddressKind.MILITARY else "street"
    return route.address


def _first(*reasons: Reason) -> Reason:
    """The reason that comes first in precedence."""
    found = [reason for reason in reasons if reason is not Reason.NONE]
    return min(found, key=CODE.__getitem__, default=Reason.NONE)


def ruled_out(network: Network, ruling: Ruling) -> int:
    """The code of the reason that a ruling alone gives, 0 where it gives none."""
    if network.data.products and ruling.product is None:
        return CODE[Reason.PRODUCT_UNKNOWN]
    if ruling.lane is not LaneState.OPEN:
        return CODE[OF_LANE[ruling.lane]]
    if ruling.product is not None and ruling.product.guaranteed == "no":
        return CODE[Reason.PRODUCT_NOT_GUARANTEED]
    return 0
