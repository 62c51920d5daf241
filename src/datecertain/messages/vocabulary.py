"""What a layout profile can speak of: the parts of a message, and the values that stand in them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Within(StrEnum):
    """What a segment belongs to: the nearest of these that was opened before it."""

    MESSAGE = "message"
    STATUS = "status"  # what a carrier says happened to receptacles
    LEG = "leg"  # one flight of a consignment
    RECEPTACLE = "receptacle"
    ITEM = "item"
    EVENT = "event"  # what a post says happened to an item
    PIECE = "piece"  # one kind of goods in an item, as its customs declaration lists it


#: What each of them holds besides its own segments: set aside, it takes these with it.
HOLDS: Mapping[Within, frozenset[Within]] = {
    Within.MESSAGE: frozenset(Within),
    Within.STATUS: frozenset({Within.RECEPTACLE, Within.ITEM}),
    Within.LEG: frozenset(),
    Within.RECEPTACLE: frozenset({Within.ITEM}),
    Within.ITEM: frozenset({Within.EVENT, Within.PIECE}),
    Within.EVENT: frozenset(),
    Within.PIECE: frozenset(),
}
#: The value that must stand in the segment that opens it.
OPENED_BY: Mapping[Within, str] = {
    Within.STATUS: "code",
    Within.LEG: "flight",
    Within.RECEPTACLE: "receptacle",
    Within.ITEM: "item_id",
    Within.EVENT: "code",
    Within.PIECE: "hs_code",
}
#: Without these values it cannot be used.
REQUIRED: Mapping[Within, tuple[str, ...]] = {
    Within.STATUS: ("code", "event_time", "place"),
    Within.LEG: ("flight",),
    Within.RECEPTACLE: ("receptacle",),
    Within.ITEM: ("item_id",),
    Within.EVENT: ("code", "event_time", "office"),
    Within.PIECE: ("hs_code",),
}
#: Times, quantities, and everything else, each with what it can belong to.
TIMES: Mapping[str, tuple[Within, ...]] = {
    "prepared": (Within.MESSAGE,),
    "event_time": (Within.EVENT, Within.STATUS),
    "checked": (Within.RECEPTACLE,),  # when the receptacle was looked at
    "planned_departure": (Within.LEG,),
    "planned_arrival": (Within.LEG,),
}
QUANTITIES: Mapping[str, tuple[Within, ...]] = {
    "weight": (Within.RECEPTACLE, Within.ITEM),
    "declared_value": (Within.ITEM,),  # for customs, in a currency
    "postage": (Within.ITEM,),
}
WORDS: Mapping[str, tuple[Within, ...]] = {
    "item_id": (Within.ITEM,),
    "code": (Within.EVENT, Within.STATUS),
    "office": (Within.EVENT,),
    "next_office": (Within.EVENT,),
    "reason": (Within.EVENT,),
    "measure": (Within.EVENT,),
    "dispatch": (Within.EVENT, Within.MESSAGE),
    "receptacle": (Within.EVENT, Within.RECEPTACLE),
    "origin": (Within.MESSAGE,),  # outward office of exchange
    "destination": (Within.MESSAGE,),  # inward office of exchange
    "consignment": (Within.MESSAGE, Within.STATUS),
    "check": (Within.RECEPTACLE,),  # how it was found at the inward office
    "stage": (Within.LEG,),
    "flight": (Within.LEG, Within.STATUS),
    "from_place": (Within.LEG,),
    "to_place": (Within.LEG,),
    "handover_place": (Within.LEG,),
    "place": (Within.STATUS,),
    "nature": (Within.ITEM,),  # of the transaction: sale, gift, documents …
    "destination_country": (Within.ITEM,),
    "postcode": (Within.ITEM,),  # of the destination; names and addresses have no field
    "hs_code": (Within.PIECE,),
}
#: The words of an event, as RAW_EVENTS has them.
TEXTS = ("code", "office", "next_office", "reason", "measure", "dispatch", "receptacle")


def belongs_to(name: str) -> tuple[Within, ...]:
    """What a value can belong to; nothing for a name that means none."""
    return {**TIMES, **QUANTITIES, **WORDS}.get(name, ())
