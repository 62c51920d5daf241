"""How the values of terms are written (`ValueError`: not readable)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from datecertain.errors import BadMoment
from datecertain.moments import parse_clock
from datecertain.network.rows import weekdays


def yes_no(value: str) -> bool:
    """`yes` or `no`."""
    if value not in ("yes", "no"):
        raise ValueError("must be yes or no")
    return value == "yes"


def whole_number(value: str) -> int:
    """A whole number, not below zero."""
    if not re.fullmatch(r"[0-9]{1,6}", value):
        raise ValueError("must be a whole number, not below zero")
    return int(value)


def percent(value: str) -> int:
    """A whole number from 0 to 100."""
    if whole_number(value) > 100:
        raise ValueError("must be a whole number from 0 to 100")
    return int(value)


def codes(value: str) -> frozenset[str]:
    """Codes; `none`: no code at all. (`*` among measures: any, none stated included.)"""
    return frozenset() if value == "none" else frozenset(value.split())


def one_of(*allowed: str) -> Callable[[str], str]:
    """One of these values."""

    def parse(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return value

    return parse


def some_of(*allowed: str) -> Callable[[str], frozenset[str]]:
    """Any of these values, with blanks between them; `none`: none of them."""

    def parse(value: str) -> frozenset[str]:
        found = codes(value)
        if not value or found - set(allowed):
            raise ValueError(f"must be none, or some of {', '.join(allowed)}")
        return found

    return parse


def clock(value: str) -> int:
    """Minutes after midnight, up to 24:00."""
    if value == "24:00":
        return 24 * 60
    try:
        return parse_clock(value)
    except BadMoment as error:
        raise ValueError("must be a time of day such as 17:00, at most 24:00") from error


class Count(StrEnum):
    """What a span of time counts."""

    DAYS = "days"  # days of the calendar
    BUSINESS_DAYS = "business_days"  # Mondays to Fridays that the post's calendar leaves open
    MONTHS = "months"  # to the day of the same number, or the last of a shorter month


@dataclass(frozen=True, slots=True)
class Span:
    """A number of days or months after a day."""

    number: int
    counts: Count


def span(value: str) -> Span:
    """A span such as `30 days`, `30 business_days`, `4 months`."""
    number, _, counts = value.partition(" ")
    try:
        return Span(whole_number(number), Count(counts))
    except ValueError as error:
        raise ValueError("must be a number of days, business_days or months") from error


AnyParser = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Desk:
    """When a post's inquiry desk works: weekdays (Monday first), from minute to minute of the local
    day, by a calendar of the network (`*`: the one named after the post)."""

    days: tuple[bool, ...]
    opens: int
    closes: int
    calendar: str


def inquiry_desk(value: str) -> Desk:
    """`12345 09:00-18:00 *`: weekdays, hours, calendar."""
    match = re.fullmatch(r"(\S+) (\d\d:\d\d)-(\d\d:\d\d) (\S+)", value)
    if match is None:
        raise ValueError("must be weekdays, hours and a calendar, such as 12345 09:00-18:00 *")
    days, opens, closes, calendar = match.groups()
    try:
        desk = Desk(weekdays(days), parse_clock(opens), parse_clock(closes), calendar)
    except BadMoment as error:
        raise ValueError(str(error)) from error
    if desk.opens >= desk.closes:
        raise ValueError(f"closes at {closes}, not after it opens at {opens}")
    return desk
