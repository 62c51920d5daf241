"""Item → receptacle → dispatch → flight: what is known of an item by what it travels in.

Posts scan items at their own doors; between them only the receptacle is seen. An item takes over
the movements of the receptacle that a pre-advice (PREDES) puts it in, **marked as inherited**: they
never replace a scan of the item itself. Without a pre-advice its flight is unknown, even if there
was but one that day.

Which message counts: of what the origin's side tells (PREDES, CARDIT) the last about a receptacle
holds, of what the destination's side and carriers tell (RESDES, RESDIT) the first: the rule of one
operator that is known (second-hand). A plan never becomes a fact here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

import pyarrow as pa

from datecertain.messages import Transport

_Row = Mapping[str, Any]


class FlightKnown(StrEnum):
    """How an item's flight is known, from best to worst."""

    FACT = "fact"  # a carrier's status named it as it left or arrived
    PLAN = "plan"  # only the consignment's booking names it
    UNKNOWN = "unknown"  # no pre-advice, no consignment, or neither names a flight


class Via(StrEnum):
    """What a movement was told of."""

    RECEPTACLE = "receptacle"
    CONSIGNMENT = "consignment"  # a carrier's status without receptacles: all of the consignment


#: How an item travels, one row an item asked for. `flights` in the order of the legs.
CARRIED = pa.schema(
    [
        pa.field("item_id", pa.string(), nullable=False),
        pa.field("receptacle", pa.string()),
        pa.field("dispatch", pa.string()),
        pa.field("consignment", pa.string()),
        pa.field("flight_known", pa.string(), nullable=False),
        pa.field("flights", pa.list_(pa.string()), nullable=False),
    ]
)

#: Movements that items take over. `code` is the carrier's, or `taken_over` or `received` of the
#: inward side; `stands_for` the item event it would be, where there is one. `inherited` is always
#: true: it stays with the row wherever rows of several kinds are put together.
INHERITED = pa.schema(
    [
        pa.field("item_id", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),  # RESDIT, RESCON, RESDES
        pa.field("code", pa.string(), nullable=False),
        pa.field("stands_for", pa.string()),
        pa.field("place", pa.string(), nullable=False),
        pa.field("flight", pa.string()),
        pa.field("event_date", pa.int32(), nullable=False),  # local, as stated
        pa.field("event_min", pa.int16()),
        pa.field("stated_offset", pa.int16()),
        pa.field("event_at", pa.int64()),  # the moment, where it was resolved (`transport_facts`)
        pa.field("receptacle", pa.string(), nullable=False),
        pa.field("dispatch", pa.string(), nullable=False),
        pa.field("via", pa.string(), nullable=False),
        pa.field("inherited", pa.bool_(), nullable=False),
        pa.field("sender", pa.string(), nullable=False),
        pa.field("interchange", pa.string(), nullable=False),
        pa.field("message", pa.int32(), nullable=False),
        pa.field("segment", pa.int32(), nullable=False),
    ]
)
#: A receptacle processed at the inward office stands for the arrival of the items in it.
_RECEIVED, _ARRIVES = "received", "EMD"
#: What the destination post took over from the carrier stands for no scan of an item.
_TAKEN_OVER = "taken_over"
#: Kinds of receptacle rows that are checks of its arrival, and the movement that each is.
_CHECKS = {
    _RECEIVED: _RECEIVED, "excess": _RECEIVED, _TAKEN_OVER: _TAKEN_OVER,
    "taken_over_unadvised": _TAKEN_OVER,
}  # fmt: skip
#: The movements that checks are, in order of the way: code, source, what it stands for.
_CHECKED = ((_TAKEN_OVER, "RESCON", None), (_RECEIVED, "RESDES", _ARRIVES))


def carried(items: Iterable[str], told: Transport) -> pa.Table:
    """How each of the items travels (`CARRIED`), in the order asked."""
    nesting = _Nesting(told)
    rows = []
    for item in items:
        inside = nesting.receptacle_of.get(item)
        receptacle = None if inside is None else inside["receptacle"]
        known, flights = nesting.flights(receptacle)
        rows.append(
            {
                "item_id": item,
                "receptacle": receptacle,
                "dispatch": None if inside is None else inside["dispatch"],
                "consignment": nesting.consignment_of.get(receptacle or ""),
                "flight_known": known.value,
                "flights": flights,
            }
        )
    return pa.Table.from_pylist(rows, schema=CARRIED)


def inherited_movements(told: Transport, own_scans: Iterable[tuple[str, str]]) -> pa.Table:
    """The movements (`INHERITED`) that items take over from what they travel in.

    `own_scans` are item numbers and event codes of the items' own scans, in any order: a movement
    that stands for an event which the item has of its own is not taken over.
    """
    nesting = _Nesting(told)
    scanned = set(own_scans)
    rows = []
    for item, inside in nesting.receptacle_of.items():
        for movement in nesting.movements(inside["receptacle"]):
            if (item, movement["stands_for"]) not in scanned:
                rows.append({"item_id": item, "dispatch": inside["dispatch"], **movement})
    return pa.Table.from_pylist(rows, schema=INHERITED)


class _Nesting:
    """The links that count, by what they lead from."""

    def __init__(self, told: Transport) -> None:
        advised = (row for row in told.contained.to_pylist() if row["kind"] == "advised")
        self.receptacle_of = {row["item_id"]: row for row in sorted(advised, key=_told_at)}
        receptacles = sorted(told.receptacles.to_pylist(), key=_told_at)
        self.consignment_of: dict[str, str] = {
            row["receptacle"]: row["consignment"]
            for row in receptacles
            if row["kind"] == "consigned" and row["consignment"] is not None
        }
        # Of each kind of check the first that tells of a receptacle.
        self._checked: dict[str, dict[str, _Row]] = {_RECEIVED: {}, _TAKEN_OVER: {}}
        for row in receptacles:
            if row["kind"] in _CHECKS and row["checked_date"] is not None:
                self._checked[_CHECKS[row["kind"]]].setdefault(row["receptacle"], row)
        self._planned = _last_message(told.legs.to_pylist())
        self._flown: dict[str, list[_Row]] = {}
        for row in sorted(told.legs.to_pylist(), key=_told_at):
            key = row["receptacle"] or row["consignment"]
            if row["basis"] == FlightKnown.FACT and key is not None:
                self._flown.setdefault(key, []).append(row)
        self._statuses: dict[str, dict[tuple[Any, ...], _Row]] = {}
        for row in sorted(told.carrier_events.to_pylist(), key=_told_at):
            key = row["receptacle"] or row["consignment"]
            # The first to tell a status of a flight at a place holds; other legs have their own.
            first = self._statuses.setdefault(key, {})
            first.setdefault((row["code"], row["place"], row["flight"]), row)

    def flights(self, receptacle: str | None) -> tuple[FlightKnown, list[str]]:
        """How the flights of a receptacle are known, and which they are."""
        if receptacle is None:
            return FlightKnown.UNKNOWN, []
        consignment = self.consignment_of.get(receptacle, "")
        flown = self._flown.get(receptacle, []) + self._flown.get(consignment, [])
        if flown:
            return FlightKnown.FACT, list(dict.fromkeys(row["flight"] for row in flown))
        planned = [row["flight"] for row in self._planned.get(consignment, [])]
        return (FlightKnown.PLAN if planned else FlightKnown.UNKNOWN), planned

    def movements(self, receptacle: str) -> list[dict[str, Any]]:
        """What happened to a receptacle, as INHERITED has it, in the order of the local clocks'
        dates (places differ: the order within a day is as told)."""
        consignment = self.consignment_of.get(receptacle)
        rows = []
        for via, key in ((Via.RECEPTACLE, receptacle), (Via.CONSIGNMENT, consignment)):
            for row in self._statuses.get(key or "", {}).values():
                rows.append(_movement(row, receptacle, via, "RESDIT", row["code"], row["place"]))
        for code, source, stands_for in _CHECKED:
            checked = self._checked[code].get(receptacle)
            if checked is not None:
                place = checked["destination"]
                row = _movement(checked, receptacle, Via.RECEPTACLE, source, code, place)
                row["stands_for"] = stands_for
                row["event_date"], row["event_min"] = (
                    checked["checked_date"],
                    checked["checked_min"],
                )
                row["stated_offset"] = checked["checked_offset"]
                row["event_at"] = checked.get("checked_at")
                rows.append(row)
        return sorted(rows, key=lambda row: int(row["event_date"]))


def _movement(
    row: _Row, receptacle: str, via: Via, source: str, code: str, place: str
) -> dict[str, Any]:
    names = ("event_date", "event_min", "stated_offset", "event_at", "flight")
    said = ("sender", "interchange", "message", "segment")
    return {
        **{name: row.get(name) for name in (*names, *said)},
        "receptacle": receptacle,
        "via": via.value,
        "source": source,
        "code": code,
        "place": place,
        "stands_for": None,
        "inherited": True,
    }


def _last_message(legs: list[_Row]) -> dict[str, list[_Row]]:
    """By consignment the planned legs of the last message about it."""
    last: dict[str, list[_Row]] = {}
    plans = (row for row in legs if row["basis"] == FlightKnown.PLAN and row["consignment"])
    for row in sorted(plans, key=lambda row: (_told_at(row), row["leg"] or 0)):
        known = last.get(row["consignment"])
        if known is None or _message(known[0]) != _message(row):
            known = last[row["consignment"]] = []
        known.append(row)
    return last


def _message(row: _Row) -> tuple[Any, ...]:
    return row["sender"], row["interchange"], row["message"]


def _told_at(row: _Row) -> tuple[Any, ...]:
    """When it was told: by preparation, then transmission, then the sender's own order. What has
    no time at all counts as told first."""
    times = ("prepared_date", "prepared_min", "transmitted_date", "transmitted_min")
    stated = tuple(-1 if row[name] is None else row[name] for name in times)
    return (*stated, row["interchange"], row["message"], row["segment"])
