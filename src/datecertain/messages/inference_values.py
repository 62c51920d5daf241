"""What a single value of an unknown layout may be, judged by itself: an item, an event code, an
office, a dispatch, a receptacle, a time.

Everything here is a guess by shape and by known lists; nothing of it is a fact
(upu-messages section 8, point 3).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from datecertain.identifiers import Defect, Dispatch, ItemNumber, Receptacle
from datecertain.messages.segments import Segment
from datecertain.messages.stated_times import (
    FIRST_YEAR,
    FORMATS,
    LAST_YEAR,
    read_clock,
    zone_offset,
)
from datecertain.moments import date_of

#: A number without a format code is a time only if it lies so near to the receipt, in days.
_BEFORE, _AFTER = 400, 30
_UNSTATED = re.compile(
    r"(\d{6}|\d{8}|\d{10}|\d{12}|\d{14})([+-]\d{2}:?(?:\d{2})?|UTC|GMT|Z)?", re.A
)
#: Formats by the number of digits, without zone; twelve digits may be either.
_BY_DIGITS = {6: ("101",), 8: ("102",), 10: ("201",), 12: ("203", "202"), 14: ("204",)}


class Looks(StrEnum):
    """What a value looks like."""

    ITEM = "item"
    CODE = "code"
    OFFICE = "office"
    DISPATCH = "dispatch"
    RECEPTACLE = "receptacle"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the file: offices of exchange, event codes, the day of receipt."""

    offices: frozenset[str]
    codes: frozenset[str]
    received_on: int


@dataclass(frozen=True, slots=True)
class Clock:
    """A time as stated: local day, minute of day, minutes east of UTC; None where not stated."""

    day: int
    minute: int | None
    offset: int | None


@dataclass(frozen=True, slots=True)
class Sighting:
    """A value that looks like something, and where in its segment it stands (from 1)."""

    looks: Looks
    element: int
    component: int
    format: str = ""  # of a time
    format_component: int | None = None  # None: the format is not stated, but told by the shape


def sightings(segment: Segment, known: Known) -> Iterator[Sighting]:
    """All that a segment's values look like; of repeated elements the first counts."""
    for element, repeats in enumerate(segment.elements, start=1):
        components = repeats[0] if repeats else ()
        for component, text in enumerate(components, start=1):
            if looks := _word(text, known):
                yield Sighting(looks, element, component)
            elif time := _time(segment.tag, components, component, known):
                yield Sighting(Looks.TIME, element, component, *time)


def stated(text: str, code: str, received_on: int) -> Clock | None:
    """The time that a text of a format (code list 2379) states; None if it states none."""
    form = FORMATS[code]
    digits, zone = text[: form.digits], text[form.digits :]
    if len(digits) < form.digits or bool(zone) != form.zone or not digits.isdecimal():
        return None
    behind = form.year + 4
    read = read_clock(digits[:behind], digits[behind : behind + 4] or "0000", received_on)
    if read is None or not FIRST_YEAR <= date_of(read[0]).year <= LAST_YEAR:
        return None
    if form.clock == 6 and int(digits[behind + 4 :]) > 60:
        return None
    offset = zone_offset(zone.strip()) if form.zone else None
    return Clock(read[0], read[1] if form.clock else None, offset)


def unstated(text: str, received_on: int) -> tuple[str, Clock] | None:
    """The format, and the time, of digits that stand without a format code; None for digits that
    make no time near to the receipt."""
    match = _UNSTATED.fullmatch(text)
    if match is None:
        return None
    for base in _BY_DIGITS[len(match[1])]:
        code = f"3{base[1:]}" if match[2] else base
        found = stated(text, code, received_on) if code in FORMATS else None
        if found and -_BEFORE <= found.day - received_on <= _AFTER:
            return code, found
    return None


def _word(text: str, known: Known) -> Looks | None:
    word = text.strip().upper()
    if not word.isascii():
        return None
    is_one = {
        Looks.CODE: len(word) == 3 and word in known.codes,
        Looks.OFFICE: len(word) == 6 and word in known.offices,
        Looks.DISPATCH: len(word) == 20 and _between_offices(Dispatch.parse(word), known),
        Looks.RECEPTACLE: len(word) == 29 and _between_offices(_dispatch(word), known),
        Looks.ITEM: 13 <= len(word) <= 20 and isinstance(ItemNumber.parse(word), ItemNumber),
    }
    return next((looks for looks, holds in is_one.items() if holds), None)


def _dispatch(word: str) -> Dispatch | Defect:
    found = Receptacle.parse(word)
    return found if isinstance(found, Defect) else found.dispatch


def _between_offices(found: Dispatch | Defect, known: Known) -> bool:
    if isinstance(found, Defect):
        return False
    return found.origin in known.offices and found.destination in known.offices


def _time(
    tag: str, components: tuple[str, ...], component: int, known: Known
) -> tuple[str, int | None] | None:
    """Format, and the component that states it, of a time at a component."""
    text = components[component - 1]
    code = components[component] if len(components) > component else ""
    if code in FORMATS:
        return (code, component + 1) if stated(text, code, known.received_on) else None
    found = unstated(text, known.received_on) if tag == "DTM" else None
    return (found[0], None) if found else None
