"""Dispatches: what was advised, handed to a carrier, and found at the inward office (req 43).

A dispatch is advised by PREDES and answered by RESDES. What is between the two is the carrier's:
CARDIT consigns its receptacles, RESDIT tells where they are. A receptacle that was missing first
and received later is received. What is only a plan counts nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from datecertain.messages import Transport
from datecertain.moments import DAY

_Row = Mapping[str, Any]
#: Kinds of RESDES, and those among them by which a receptacle is there.
_ANSWERS, _THERE = ("received", "missing", "excess"), ("received", "excess")


@dataclass(frozen=True, slots=True)
class Status:
    """A carrier's status. `date` is local at the place; `at` its moment, None where not known."""

    code: str
    place: str
    flight: str | None
    date: int
    at: int | None
    receptacle: str | None


@dataclass(slots=True)
class Dispatch:
    """What is told of one dispatch; its receptacles by number, each set in the order of numbers.

    `advised_at` and `answered_at` are the moments of the first PREDES and RESDES, None where none
    came (or it states no time); `first_day` is the local date of the first word about it, a
    PREDES's where there is one; `items` how many items PREDES puts into it; `last_status` the
    latest that a carrier told of any of its receptacles.
    """

    number: str
    advised: set[str] = field(default_factory=set)
    consigned: set[str] = field(default_factory=set)
    received: set[str] = field(default_factory=set)
    excess: set[str] = field(default_factory=set)
    reported_missing: set[str] = field(default_factory=set)
    carried: set[str] = field(default_factory=set)
    items: int = 0
    answered: bool = False
    advised_at: int | None = None
    answered_at: int | None = None
    first_day: int | None = None
    last_status: Status | None = None

    @property
    def origin(self) -> str:
        """Outward office of exchange (S8)."""
        return self.number[:6]

    @property
    def destination(self) -> str:
        """Inward office of exchange (S8)."""
        return self.number[6:12]

    @property
    def there(self) -> set[str]:
        """The receptacles found at the inward office, advised or not."""
        return self.received | self.excess

    @property
    def missing(self) -> set[str]:
        """Those reported missing that were not received since."""
        return self.reported_missing - self.there

    @property
    def unadvised(self) -> set[str]:
        """Those that a RESDES, a CARDIT or a RESDIT names and no PREDES does."""
        return (self.there | self.consigned | self.carried) - self.advised

    @property
    def unanswered(self) -> set[str]:
        """Those advised of which no RESDES says anything."""
        return self.advised - self.there - self.reported_missing

    def overdue(self, as_of: int, days: int) -> bool:
        """Whether it was advised at least so many days ago and no RESDES came."""
        waits = bool(self.advised) and not self.answered
        return waits and self.advised_at is not None and as_of - self.advised_at >= days * DAY


def dispatches(told: Transport, items: Mapping[str, int] | None = None) -> list[Dispatch]:
    """The dispatches that rows of facts tell of, by number. `items` are the numbers of items by
    dispatch where they were counted elsewhere; else `told.contained` is counted."""
    found: dict[str, Dispatch] = {}

    def one(number: str) -> Dispatch:
        return found.setdefault(number, Dispatch(number))

    for row in told.receptacles.to_pylist():
        _take(one(row["dispatch"]), row)
    of_consignment = _consigned(told.receptacles.to_pylist())
    for row in told.carrier_events.to_pylist():
        named = row["receptacle"]
        bags = [named] if named is not None else of_consignment.get(row["consignment"], [])
        for bag in bags:
            dispatch = one(bag[:20])
            dispatch.carried.add(bag)
            _first(dispatch, row["event_date"], only_if_none=True)
            status = Status(row["code"], row["place"], row["flight"], row["event_date"],
                            row["event_at"], named)  # fmt: skip
            dispatch.last_status = _later(dispatch.last_status, status)
    for number, count in (_items(told) if items is None else items).items():
        one(number).items = count
    return [found[number] for number in sorted(found)]


def _take(dispatch: Dispatch, row: _Row) -> None:
    kind, bag, at = row["kind"], row["receptacle"], row["transmitted_at"]
    if kind == "advised":
        first = not dispatch.advised
        dispatch.advised.add(bag)
        dispatch.advised_at = _earlier(dispatch.advised_at, at)
        if first:
            dispatch.first_day = None  # from now on a PREDES says when
        _first(dispatch, row["prepared_date"])
    elif kind == "consigned":
        dispatch.consigned.add(bag)
        _first(dispatch, row["prepared_date"], only_if_none=True)
    elif kind in _ANSWERS or kind is None:  # None: a RESDES whose check code nobody knows
        dispatch.answered = True
        dispatch.answered_at = _earlier(dispatch.answered_at, at)
        _first(dispatch, row["prepared_date"], only_if_none=True)
        if kind in _THERE:
            (dispatch.received if kind == "received" else dispatch.excess).add(bag)
        elif kind == "missing":
            dispatch.reported_missing.add(bag)


def _first(dispatch: Dispatch, day: int | None, only_if_none: bool = False) -> None:
    """Keep the earliest date: of PREDES where there is one."""
    if day is None or (only_if_none and dispatch.advised and dispatch.first_day is not None):
        return
    dispatch.first_day = day if dispatch.first_day is None else min(dispatch.first_day, day)


def _earlier(one: int | None, other: int | None) -> int | None:
    known = [moment for moment in (one, other) if moment is not None]
    return min(known) if known else None


def _later(one: Status | None, other: Status) -> Status:
    """The later of two statuses: by moments where both have one, else by local dates."""
    if one is None:
        return other
    if one.at is not None and other.at is not None:
        return other if other.at > one.at else one
    return other if other.date > one.date else one


def _consigned(receptacles: Iterable[_Row]) -> dict[str, list[str]]:
    bags: dict[str, list[str]] = {}
    for row in receptacles:
        if row["kind"] == "consigned" and row["consignment"] is not None:
            bags.setdefault(row["consignment"], []).append(row["receptacle"])
    return bags


def _items(told: Transport) -> dict[str, int]:
    inside: dict[str, set[str]] = {}
    for row in told.contained.to_pylist():
        if row["kind"] == "advised":
            inside.setdefault(row["dispatch"], set()).add(row["item_id"])
    return {dispatch: len(items) for dispatch, items in inside.items()}
