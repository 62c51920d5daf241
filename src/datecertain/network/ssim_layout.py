"""The layout of IATA's schedule files (SSIM chapter 7): where a field stands, and what it says."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from datecertain.moments import DAY, day_of
from datecertain.network.timetable_rows import Weekdays

T = TypeVar("T")

RECORD_BYTES = 200
TITLE = "AIRLINE STANDARD SCHEDULE DATA SET"

#: Where the layout comes from. The manual is sold, not published: the positions are those that two
#: public readers of it state alike, github.com/skhrvg/iata-ssim (docs/sds/field-reference.md) and
#: github.com/Schiphol-Hub/ssim (regexes); only what is used here stands in the table.
LAYOUT_REFERENCE = "IATA SSIM, chapter 7.5.1 to 7.5.5, editions of March 2011 to March 2013"
LAYOUT_VALID_FROM = dt.date(2011, 3, 1)

#: Record type → field → first and last byte, counted from 1.
LAYOUT: Mapping[str, Mapping[str, tuple[int, int]]] = {
    "1": {"title": (2, 35), "serial": (195, 200)},
    "2": {
        "time_mode": (2, 2), "airline": (3, 5), "season": (11, 13), "valid_from": (15, 21),
        "valid_to": (22, 28), "created": (29, 35), "title": (36, 64), "status": (72, 72),
        "serial": (195, 200),
    },
    "3": {
        "suffix": (2, 2), "airline": (3, 5), "number": (6, 9), "variation": (10, 11),
        "leg": (12, 13), "service": (14, 14), "from": (15, 21), "to": (22, 28), "days": (29, 35),
        "frequency": (36, 36), "departure": (37, 39), "passenger_departs": (40, 43),
        "departs": (44, 47), "departure_offset": (48, 52), "departure_terminal": (53, 54),
        "arrival": (55, 57), "arrives": (58, 61), "passenger_arrives": (62, 65),
        "arrival_offset": (66, 70), "arrival_terminal": (71, 72), "aircraft": (73, 75),
        "variation_hundreds": (128, 128), "operator": (129, 131), "disclosure": (149, 149),
        "restriction": (150, 160), "departure_date": (193, 193), "arrival_date": (194, 194),
        "serial": (195, 200),
    },
    "4": {
        "suffix": (2, 2), "airline": (3, 5), "number": (6, 9), "variation": (10, 11),
        "variation_hundreds": (28, 28), "element": (31, 33), "board": (34, 36), "off": (37, 39),
        "data": (40, 194), "serial": (195, 200),
    },
    "5": {"airline": (3, 5), "check": (188, 193), "end": (194, 194), "serial": (195, 200)},
}  # fmt: skip

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_OPEN = "00XXX00"
_FLIGHT = re.compile(r"([A-Z0-9]{2}[A-Z]?) *([0-9]{1,4}) *([A-Z]?)")


class BadField(ValueError):
    """A field that is not what the layout says."""

    def __init__(self, position: str, detail: str) -> None:
        super().__init__(detail)
        self.position = position


@dataclass(frozen=True, slots=True)
class Record:
    """One line of 200 bytes, by the layout of its type."""

    kind: str
    line: str

    def bytes(self, name: str) -> str:
        first, last = LAYOUT[self.kind][name]
        return f"{first}-{last}" if last > first else str(first)

    def raw(self, name: str) -> str:
        first, last = LAYOUT[self.kind][name]
        return self.line[first - 1 : last]

    def text(self, name: str) -> str:
        return self.raw(name).strip()

    def read(self, name: str, parse: Callable[[str], T]) -> T:
        """A field's value. Raises `BadField` with the bytes."""
        try:
            return parse(self.raw(name))
        except ValueError as error:
            raise BadField(self.bytes(name), f"{name} {self.raw(name)!r}: {error}") from error


def _matching(pattern: str, expected: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"expected {expected}")
        return value.strip()

    return parse


def one_of(letters: str, expected: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value not in letters:
            raise ValueError(f"expected {expected}")
        return value

    return parse


airline = _matching(r"[A-Z0-9]{2}[A-Z ]", "an airline's designator")
station = _matching(r"[A-Z]{3}", "an airport's three letters")
letter = _matching(r"[A-Z]", "a letter")


def number(value: str) -> int:
    return int(_matching(r" *[0-9]+", "a number, right-justified")(value))


def date_or_open(value: str) -> int | None:
    """`29MAR26`; `00XXX00` is open."""
    if value == _OPEN:
        return None
    found = re.fullmatch(r"([0-9]{2})([A-Z]{3})([0-9]{2})", value)
    if found is None or found[2] not in _MONTHS:
        raise ValueError(f"expected a date such as 29MAR26, or {_OPEN}")
    return day_of(dt.date(2000 + int(found[3]), _MONTHS.index(found[2]) + 1, int(found[1])))


def weekdays(value: str) -> Weekdays:
    """Seven places, Monday first: the digit of the day, or blank (or 0) where it does not fly."""
    days = frozenset(n for n, mark in enumerate(value) if mark == str(n + 1))
    if not days or any(mark not in (str(n + 1), " ", "0") for n, mark in enumerate(value)):
        raise ValueError("expected seven places such as 1 34567")
    return days


def clock(value: str) -> int:
    """Minutes of the day; an arrival at midnight is 2400 of the day that ends."""
    found = re.fullmatch(r"([01][0-9]|2[0-3])([0-5][0-9])|2400", value)
    if found is None:
        raise ValueError("expected a time such as 0930")
    return DAY if value == "2400" else int(found[1]) * 60 + int(found[2])


def departure_clock(value: str) -> int:
    if value == "2400":
        raise ValueError("a departure at midnight is 0000 of the day that begins")
    return clock(value)


def utc_offset(value: str) -> int:
    found = re.fullmatch(r"([+-])(0[0-9]|1[0-5])([0-5][0-9])", value)
    if found is None:
        raise ValueError("expected hours and minutes from UTC such as +0900")
    return (int(found[2]) * 60 + int(found[3])) * (-1 if found[1] == "-" else 1)


def date_variation(value: str) -> int:
    """Days after the flight's first departure; A (some files: J) is the day before."""
    if value in ("A", "J"):
        return -1
    return int(one_of(" 01234567", "0 to 7, or A for the day before")(value).strip() or 0)


def flight_numbers(value: str) -> tuple[str, ...]:
    """`XB 7001 /XC   55`: one flight designator or more."""
    return tuple(_each_flight(value.strip()))


def _each_flight(value: str) -> Iterator[str]:
    for part in value.split("/"):
        found = _FLIGHT.fullmatch(part.strip())
        if found is None:
            raise ValueError("expected flight designators such as XB 7001, with / between them")
        yield f"{found[1]}{int(found[2]):03d}{found[3]}"
