"""The rows of a network's files, read from text (formats: docs/reference/network-files.md).

Reading is forgiving in one way only: a row that cannot be read becomes a finding with its file
and row, and the next row is read all the same.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, TypeVar

from datecertain.errors import BadMoment
from datecertain.findings import Finding, Severity
from datecertain.moments import parse_clock, parse_date

#: Unbounded ends of a validity, as day numbers.
ALWAYS_FROM, ALWAYS_TO = -(10**6), 10**6

Parser = Callable[[str], Any]


def filled(value: str) -> str:
    """A value that must be there."""
    if not value:
        raise ValueError("must not be empty")
    return value


def maybe_empty(value: str) -> str:
    """A value that may be empty."""
    return value


def _whole(value: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,6}", value):
        raise ValueError("must be a whole number of at most six digits")
    return int(value)


def counted(value: str) -> int:
    """A whole number, not below zero."""
    number = _whole(value)
    if number < 0:
        raise ValueError("must not be below zero")
    return number


def _pattern(value: str) -> str:
    try:
        re.compile(value, re.ASCII)
    except re.error as error:
        raise ValueError(f"is not a regular expression: {error}") from error
    return value


def _day_from(value: str) -> int:
    return parse_date(value) if value else ALWAYS_FROM


def _day_to(value: str) -> int:
    return parse_date(value) if value else ALWAYS_TO


def _clock_if_any(value: str) -> int | None:
    return parse_clock(value) if value else None


def _whole_if_any(value: str) -> int | None:
    return _whole(value) if value else None


@lru_cache(maxsize=256)
def weekdays(value: str) -> tuple[bool, ...]:
    """Weekdays as digits in order: Monday is 1."""
    if not re.fullmatch(r"1?2?3?4?5?6?7?", value) or not value:
        raise ValueError("weekdays are digits 1 (Monday) to 7 (Sunday), in order, such as 12345")
    return tuple(str(day) in value for day in range(1, 8))


def one_of(*allowed: str) -> Parser:
    """One of these values."""

    def parse(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return value

    return parse


def _decimal_micro(value: str) -> int:
    whole, _, fraction = value.partition(".")
    if not (whole + fraction).isdigit() or len(fraction) > 6:
        raise ValueError("must be a decimal number with at most six places")
    return int(whole) * 10**6 + int((fraction + "000000")[:6])


def column(parse: Parser, name: str | None = None) -> Any:
    """A dataclass field that is read from the column of its own name (or `name`)."""
    return dataclasses.field(metadata={"parse": parse, "column": name})


@dataclass(frozen=True, slots=True)
class Row:
    """What every row has: where it stands, and where it comes from. A network may lack the file of
    an `optional` class: it has no such rows then."""

    file: ClassVar[str]
    optional: ClassVar[bool] = False
    line: int
    source: str = column(filled)

    @property
    def illustrative(self) -> bool:
        """Whether the true figure is not public and this one only shows the shape."""
        return self.source.startswith("illustrative:")

    def finding(self, code: str, detail: str, severity: Severity = Severity.ERROR) -> Finding:
        return Finding(code, severity, self.file, f"row {self.line}", detail)


@dataclass(frozen=True, slots=True)
class Post(Row):
    file: ClassVar[str] = "posts.csv"
    post: str = column(filled)
    operator: str = column(filled)
    name_en: str = column(filled)
    name_ko: str = column(filled)
    country: str = column(filled)
    currency: str = column(filled)
    zone: str = column(filled)
    postcode_form: str = column(_pattern)
    postcode_key: int = column(counted)
    joined_on: int = column(_day_from)
    left_on: int = column(_day_to)

    def member_on(self, day: int) -> bool:
        """Whether the post belonged to the group on that local date (req 12)."""
        return self.joined_on <= day < self.left_on


@dataclass(frozen=True, slots=True)
class Airport(Row):
    file: ClassVar[str] = "airports.csv"
    airport: str = column(filled)
    zone: str = column(filled)
    connection_min: int = column(counted)


@dataclass(frozen=True, slots=True)
class Dated(Row):
    valid_from: int = column(_day_from)
    valid_to: int = column(_day_to)


@dataclass(frozen=True, slots=True)
class Office(Dated):
    file: ClassVar[str] = "offices.csv"
    office: str = column(filled)
    post: str = column(filled)
    name: str = column(filled)
    airport: str = column(filled)
    zone: str = column(filled)
    direction: str = column(one_of("outward", "inward", "both"))
    closing: str = column(maybe_empty)
    presentation: str = column(maybe_empty)
    customs: str = column(maybe_empty)
    forwarding: str = column(maybe_empty)
    tender_min: int = column(counted)
    recovery_min: int = column(counted)

    @property
    def outward(self) -> bool:
        return self.direction in ("outward", "both")

    @property
    def inward(self) -> bool:
        return self.direction in ("inward", "both")


@dataclass(frozen=True, slots=True)
class Area(Dated):
    file: ClassVar[str] = "areas.csv"
    area: str = column(filled)
    post: str = column(filled)
    name_en: str = column(filled)
    name_ko: str = column(filled)
    zone: str = column(filled)
    delivery: str = column(filled)
    guarantee: str = column(one_of("yes", "no"))
    reason: str = column(maybe_empty)


@dataclass(frozen=True, slots=True)
class AreaLink(Dated):
    file: ClassVar[str] = "area_links.csv"
    area: str = column(filled)
    office: str = column(filled)
    direction: str = column(one_of("export", "import"))
    schedule: str = column(filled)


@dataclass(frozen=True, slots=True)
class PostcodeRange(Row):
    file: ClassVar[str] = "postcodes.csv"
    post: str = column(filled)
    first: str = column(maybe_empty)
    last: str = column(maybe_empty)
    area: str = column(maybe_empty)
    reason: str = column(maybe_empty)


@dataclass(frozen=True, slots=True)
class ScheduleSlot(Dated):
    file: ClassVar[str] = "schedules.csv"
    schedule: str = column(filled)
    days: tuple[bool, ...] = column(weekdays)
    calendar: str = column(maybe_empty)
    by: int = column(parse_clock)
    at: int = column(parse_clock)
    plus_days: int = column(_whole)
    counting: str = column(one_of("days", "open"))


@dataclass(frozen=True, slots=True)
class Calendar(Row):
    file: ClassVar[str] = "calendars.csv"
    calendar: str = column(filled)
    name: str = column(filled)
    includes: str = column(maybe_empty)


@dataclass(frozen=True, slots=True)
class Holiday(Row):
    file: ClassVar[str] = "holidays.csv"
    calendar: str = column(filled)
    date: int = column(parse_date)
    kind: str = column(one_of("closed", "open"))
    name_en: str = column(filled)
    name_local: str = column(filled)
    known_from: int = column(_day_from)


@dataclass(frozen=True, slots=True)
class Flight(Dated):
    file: ClassVar[str] = "flights.csv"
    flight: str = column(filled)
    origin: str = column(filled, "from")
    destination: str = column(filled, "to")
    days: tuple[bool, ...] = column(weekdays)
    departs: int = column(parse_clock)
    arrives: int = column(parse_clock)
    plus_days: int = column(_whole)
    known_from: int = column(_day_from)


@dataclass(frozen=True, slots=True)
class FlightChange(Row):
    """One departure of one local date that is cancelled, added or retimed.

    `destination` may be empty unless the departure is added; times are those that hold, None
    for a cancelled departure.
    """

    file: ClassVar[str] = "flight_changes.csv"
    optional: ClassVar[bool] = True
    flight: str = column(filled)
    origin: str = column(filled, "from")
    destination: str = column(maybe_empty, "to")
    date: int = column(parse_date)
    change: str = column(one_of("cancelled", "added", "retimed"))
    departs: int | None = column(_clock_if_any)
    arrives: int | None = column(_clock_if_any)
    plus_days: int | None = column(_whole_if_any)
    known_from: int = column(_day_from)


@dataclass(frozen=True, slots=True)
class LaneEvent(Row):
    file: ClassVar[str] = "lanes.csv"
    origin: str = column(filled)
    destination: str = column(filled)
    event: str = column(one_of("opened", "suspended", "resumed", "closed"))
    on: int = column(parse_date)
    note_en: str = column(maybe_empty)
    note_ko: str = column(maybe_empty)


@dataclass(frozen=True, slots=True)
class LaneTerm(Dated):
    file: ClassVar[str] = "lane_terms.csv"
    origin: str = column(filled)
    destination: str = column(filled)
    buffer_days: int = column(counted)


@dataclass(frozen=True, slots=True)
class TermRow(Dated):
    file: ClassVar[str] = "terms.csv"
    scope: str = column(one_of("sender", "relation"))
    origin: str = column(filled)
    destination: str = column(filled)
    term: str = column(filled)
    value: str = column(filled)


@dataclass(frozen=True, slots=True)
class Rate(Row):
    file: ClassVar[str] = "rates.csv"
    on: int = column(parse_date)
    currency: str = column(filled)
    per_sdr: int = column(_decimal_micro)  # millionths of a unit of currency per SDR


R = TypeVar("R", bound=Row)


def table_lines(text: str) -> list[tuple[int, str]]:
    """The lines of a file that are its header and rows, with their numbers; each is read by
    itself."""
    return [
        (number, line)
        for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]


def read_rows(
    row_class: type[R], text: str, given: Mapping[str, str] | None = None
) -> tuple[list[R], list[Finding]]:
    """All readable rows of one file, and a finding for each row or column that is not.

    `given`: columns that the file need not have, with the value that its rows then get.
    """
    fields = [f for f in dataclasses.fields(row_class) if "parse" in f.metadata]
    columns = [f.metadata["column"] or f.name for f in fields]
    numbered = table_lines(text)
    findings: list[Finding] = []

    def finding(line: int, code: str, detail: str) -> None:
        findings.append(Finding(code, Severity.ERROR, row_class.file, f"row {line}", detail))

    if not numbered:
        finding(0, "file-empty", f"has no header row; expected {','.join(columns)}")
        return [], findings
    header = [name.strip() for name in next(csv.reader([numbered[0][1]]))]
    supplied = {name: value for name, value in (given or {}).items() if name not in header}
    if missing := [name for name in columns if name not in header and name not in supplied]:
        finding(numbered[0][0], "column-missing", f"{', '.join(missing)} not in the header row")
        return [], findings
    if extra := [name for name in header if name not in columns]:
        finding(
            numbered[0][0], "column-unknown", f"{', '.join(extra)} is not a column of this file"
        )
    readers = [
        (field.name, name, [*header, *supplied].index(name), field.metadata["parse"])
        for field, name in zip(fields, columns, strict=True)
    ]
    rows: list[R] = []
    for line, text_line in numbered[1:]:
        values = next(csv.reader([text_line]))
        if len(values) != len(header):
            finding(line, "row-length", f"{len(values)} values for {len(header)} columns")
            continue
        parsed, bad = _parse(readers, [*values, *supplied.values()])
        for name, problem in bad:
            finding(line, "value-unreadable", f"{name}={problem}")
        if not bad:
            rows.append(row_class(line=line, **parsed))
    return rows, findings


def _parse(
    readers: list[tuple[str, str, int, Parser]], values: list[str]
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The fields of one row by name; the columns that cannot be read, with value and problem."""
    parsed: dict[str, Any] = {}
    bad: list[tuple[str, str]] = []
    for field, name, position, parse in readers:
        value = values[position].strip()
        try:
            parsed[field] = parse(value)
        except (ValueError, BadMoment) as error:
            bad.append((name, f"{value!r}: {error}"))
    return parsed, bad


@lru_cache(maxsize=64)  # the files of two networks, hashed whenever one is named
def canonical_text(text: str) -> str:
    """The rows alone, in order, without comments and blank lines: what a version hashes."""
    lines = (line.strip() for line in io.StringIO(text.lstrip("\ufeff")))
    return "\n".join(line for line in lines if line and not line.startswith("#")) + "\n"
