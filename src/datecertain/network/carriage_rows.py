"""The rows of who carries and hands over: carriage agreements, critical tag times, and how items
that went astray are scored (formats: docs/reference/network-files.md; req 20, 27, 74).

A network without these files has no such rows: then the origin post contracts all carriage, the
item's own arrival scan is the handover, every hour counts, and items that went astray are scored
like any other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import ClassVar

from datecertain.moments import parse_clock
from datecertain.network.rows import Dated, column, filled, one_of, weekdays


class HandoverPoint(IntEnum):
    """Where custody passes to the destination post, in order of the way. What is told of the
    agreed point, or of one behind it, proves that it was reached."""

    LANDING = 1  # the flight has landed
    CARRIER_DELIVERED = 2  # the carrier says that it handed over to the destination post
    TAKEN_OVER = 3  # the destination post says that it took over from the carrier (RESCON)
    RECEIVED = 4  # the inward office received the receptacle (RESDES)
    ARRIVAL_SCAN = 5  # the inward office scanned the item itself (EMD)


class Party(StrEnum):
    """Which of the two posts of a lane."""

    ORIGIN = "origin"
    DESTINATION = "destination"


class Astray(StrEnum):
    """What can become of an item on its way, beside being carried there."""

    MISSENT = "missent"  # sent to a post that is neither origin nor destination of the item
    MISROUTED = "misrouted"  # to the right post, to an office that does not serve the addressee
    RETURNED = "returned"  # left the destination again, or came back to the origin


class Scoring(StrEnum):
    """Whether such an item is in a score."""

    COUNTS = "counts"
    LEFT_OUT = "left_out"
    IF_PROVEN = "left_out_if_proven"  # only if the post that got it told what the rule asks


def _point(value: str) -> HandoverPoint:
    names = {point.name.lower(): point for point in HandoverPoint}
    if value not in names:
        raise ValueError(f"must be one of {', '.join(names)}")
    return names[value]


def _party(value: str) -> Party:
    one_of(*Party)(value)
    return Party(value)


def _astray(value: str) -> Astray:
    one_of(*Astray)(value)
    return Astray(value)


def _scoring(value: str) -> Scoring:
    one_of(*Scoring)(value)
    return Scoring(value)


def _proofs(value: str) -> tuple[frozenset[str], ...]:
    """`EMC EMK`: either; `EMJ+EMK`: both."""
    if value and not re.fullmatch(r"[A-Z]{3}(\+[A-Z]{3})*( [A-Z]{3}(\+[A-Z]{3})*)*", value):
        raise ValueError("must be event codes: `EMC EMK` for either, `EMJ+EMK` for both")
    return tuple(frozenset(group.split("+")) for group in value.split())


@dataclass(frozen=True, slots=True)
class CarriageRow(Dated):
    """Who contracts the carriage of a lane, and where it ends. The most specific row that is valid
    on the acceptance day decides, as with terms."""

    file: ClassVar[str] = "carriage.csv"
    optional: ClassVar[bool] = True
    origin: str = column(filled)
    destination: str = column(filled)
    transport: str = column(_party)  # the Party that contracted the carriage between the offices
    transit: str = column(_party)  # the Party that chose the post through whose hands it goes
    handover: int = column(_point)  # HandoverPoint


@dataclass(frozen=True, slots=True)
class TagTime(Dated):
    """The latest local time by which what is handed over to an inward office counts as of that
    day, on some weekdays. On a day without one, nothing counts before the next day that has one."""

    file: ClassVar[str] = "tag_times.csv"
    optional: ClassVar[bool] = True
    office: str = column(filled)
    days: tuple[bool, ...] = column(weekdays)
    by: int = column(parse_clock)


@dataclass(frozen=True, slots=True)
class JourneyRule(Dated):
    """Whether items that went astray are in a score. `proof`: what the post that got the item must
    have told of it, one of several sets of event codes."""

    file: ClassVar[str] = "journey_rules.csv"
    optional: ClassVar[bool] = True
    origin: str = column(filled)
    destination: str = column(filled)
    fact: str = column(_astray)  # Astray
    scoring: str = column(_scoring)  # Scoring
    proof: tuple[frozenset[str], ...] = column(_proofs)
