"""Reading schedule files of IATA's Standard Schedules Information Manual, chapter 7.

A file is lines of 200 bytes. A header (record type 1) is followed by one block per carrier: a
carrier record (2) that says whether times are local or UTC, flight legs (3), each with its segment
data (4), and a trailer (5); lines of zeros may stand between. Whatever is wrong with a line is a
finding with the line and the bytes; the next line is read all the same.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass, field

from datecertain.errors import UsageError
from datecertain.findings import Finding, Severity
from datecertain.network import ssim_layout as layout
from datecertain.network.ssim_layout import LAYOUT, RECORD_BYTES, TITLE, BadField, Record
from datecertain.network.timetable_rows import RowFate, Weekdays

#: Segment data that name the flight numbers of one aircraft: on its operating leg those that others
#: sell (10), on their leg the operating one (50).
SOLD_AS, OPERATED_AS = "010", "050"


@dataclass(frozen=True, slots=True)
class Carrier:
    """Record type 2: how the legs after it are read. Days are None where they are open."""

    line: int
    airline: str
    utc: bool
    valid_from: int | None
    valid_to: int | None
    season: str
    created: str
    title: str


@dataclass(frozen=True, slots=True)
class Leg:
    """Record type 3: a flight leg. Dates, weekdays and times are in the carrier's time mode; dates
    are those of the aircraft's departure. None: open, as the carrier's validity."""

    line: int
    carrier: Carrier
    flight: str
    variation: int
    service: str
    first: int | None
    last: int | None
    days: Weekdays
    fortnightly: bool
    origin: str
    departs: int
    departure_offset: int  # minutes east of UTC, as stated
    destination: str
    arrives: int
    arrival_offset: int
    shift: int  # days from the flight's first departure to this one
    plus_days: int  # days from this departure to its arrival
    duplicate: bool  # sold on another carrier's aircraft, says the leg itself
    restricted: bool  # some traffic restriction is stated


@dataclass(frozen=True, slots=True)
class Marker:
    """Record type 4 that names other flight numbers of a leg's aircraft."""

    flight: str
    variation: int
    origin: str
    destination: str
    element: str
    flights: tuple[str, ...]


@dataclass(slots=True)
class ScheduleFile:
    """What a file holds. `fates` has every line, but the legs that could be read."""

    legs: list[Leg] = field(default_factory=list)
    markers: list[Marker] = field(default_factory=list)
    fates: dict[int, RowFate] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


#: Bytes stay where they are: only the letters of ASCII have another case here.
_UPPER = str.maketrans(string.ascii_lowercase, string.ascii_uppercase)


def read_ssim(text: str, name: str = "timetable") -> ScheduleFile:
    """The legs of a schedule file; `name` stands in the findings. Upper and lower case are one.

    Raises `UsageError` if no line of it is a record of 200 bytes.
    """
    lines = re.split(r"\r\n|\r|\n", text.translate(_UPPER))
    if lines and not lines[-1]:
        lines.pop()
    if not any(len(line) == RECORD_BYTES and line[0] in LAYOUT for line in lines):
        raise UsageError(
            "this is no SSIM chapter 7 file: no line is a record of 200 bytes that begins with "
            "1 to 5"
        )
    reader = _Reader(name)
    for number, line in enumerate(lines, start=1):
        reader.read(number, line)
    reader.finish(len(lines))
    return reader.file


class _Reader:
    """What has to be remembered from line to line: the carrier, and the last serial number."""

    def __init__(self, name: str) -> None:
        self.file = ScheduleFile()
        self._name = name
        self._carrier: Carrier | None = None
        self._serial: int | None = 0  # None: not known, the record could not be read
        self._before: int | None = None  # that of the record before
        self._began = False  # a header was there
        self._open = 0  # line of the carrier record whose trailer is awaited
        self._ended = False  # a trailer said that nothing follows

    def read(self, number: int, line: str) -> None:
        """One line: its fate, and what it holds."""
        if not line.strip(" 0"):
            self.file.fates[number] = RowFate.PADDING
            return
        kind = line[0]
        if kind == "2":
            self._carrier = None  # whatever follows is not the carrier's before
        if len(line) != RECORD_BYTES or kind not in LAYOUT:
            self._serial = None
            what = f"{len(line)} bytes" if kind in LAYOUT else f"record type {kind!r}"
            self._unreadable(number, "1", f"{what}: a record has 200 bytes and a type 1 to 5")
            return
        record = Record(kind, line)
        if self._ended:
            self._doubt("record-after-end", number, "194", "the trailer before ends the file")
            self._ended = False
        if not self._began and kind != "1":
            self._doubt("header-missing", number, "1", "the file does not begin with record type 1")
        self._began = True
        self._check_serial(number, record)
        try:
            {
                "1": self._header, "2": self._carrier_record, "3": self._leg, "4": self._segment,
                "5": self._trailer,
            }[kind](number, record)  # fmt: skip
        except BadField as error:
            self._unreadable(number, error.position, str(error))

    def finish(self, last: int) -> None:
        """The end of the file."""
        if self._open or not self._ended:
            self._doubt(
                "trailer-missing", last, "", "no trailer ends the file: it may have been cut off"
            )

    def _doubt(self, code: str, number: int, bytes_: str, detail: str) -> None:
        where = f"line {number}, {bytes_}" if bytes_ else f"line {number}"
        self.file.findings.append(Finding(code, Severity.WARNING, self._name, where, detail))

    def _unreadable(self, number: int, bytes_: str, detail: str) -> None:
        self.file.fates[number] = RowFate.UNREADABLE
        where = f"line {number}, {bytes_}"
        self.file.findings.append(
            Finding(RowFate.UNREADABLE, Severity.ERROR, self._name, where, detail)
        )

    def _check_serial(self, number: int, record: Record) -> None:
        self._before = self._serial
        text, expected = record.raw("serial"), None
        if self._serial is not None:  # after 999999 comes 000002: 000001 is the header's alone
            expected = 2 if self._serial == 999_999 else self._serial + 1
        if not text.isdigit():
            self._doubt("serial-number", number, record.bytes("serial"), f"{text!r} is no number")
            self._serial = expected
            return
        if expected is not None and int(text) != expected:
            self._doubt(
                "serial-number", number, record.bytes("serial"),
                f"{text} where {expected:06d} follows: records are missing, or out of order",
            )  # fmt: skip
        self._serial = int(text)

    def _header(self, number: int, record: Record) -> None:
        self.file.fates[number] = RowFate.HEADER
        if record.text("title") != TITLE:
            self._doubt("header-title", number, record.bytes("title"), f"is not {TITLE!r}")

    def _carrier_record(self, number: int, record: Record) -> None:
        if self._open:
            self._doubt(
                "trailer-missing", number, "1", f"the block from line {self._open} has no trailer"
            )
        self._open = number
        self._carrier = Carrier(
            number, record.read("airline", layout.airline),
            record.read("time_mode", layout.one_of("UL", "U (UTC) or L (local)")) == "U",
            record.read("valid_from", layout.date_or_open),
            record.read("valid_to", layout.date_or_open),
            record.text("season"), record.text("created"), record.text("title"),
        )  # fmt: skip
        self.file.fates[number] = RowFate.CARRIER

    def _leg(self, number: int, record: Record) -> None:
        if self._carrier is None:
            raise BadField("1", "no carrier record before it says whether its times are UTC")
        self.file.legs.append(_leg_of(number, record, self._carrier))

    def _segment(self, number: int, record: Record) -> None:
        self.file.fates[number] = RowFate.KEPT_ASIDE
        element = record.raw("element")
        if element not in (SOLD_AS, OPERATED_AS):
            return
        flights = record.read("data", layout.flight_numbers)
        self.file.markers.append(
            Marker(
                _designator(record), _variation(record), record.read("board", layout.station),
                record.read("off", layout.station), element, flights,
            )
        )  # fmt: skip
        self.file.fates[number] = RowFate.CODESHARE_MARKER

    def _trailer(self, number: int, record: Record) -> None:
        self.file.fates[number] = RowFate.TRAILER
        if not self._open:
            self._doubt("trailer-alone", number, "1", "no carrier record before it")
        elif self._carrier and record.text("airline") != self._carrier.airline:
            self._doubt(
                "trailer-carrier", number, record.bytes("airline"),
                f"{record.text('airline')!r} ends the block of {self._carrier.airline}",
            )  # fmt: skip
        check = record.raw("check")
        if self._before is not None and check != f"{self._before:06d}":
            self._doubt(
                "trailer-check", number, record.bytes("check"),
                f"{check!r} where the record before has {self._before:06d}: records may be missing",
            )  # fmt: skip
        end = record.raw("end")
        if end not in ("C", "E"):
            self._doubt("trailer-end", number, record.bytes("end"), f"{end!r} is not C or E")
        self._carrier, self._open, self._ended = None, 0, end == "E"


def _leg_of(number: int, record: Record, carrier: Carrier) -> Leg:
    first, last = record.read("from", layout.date_or_open), record.read("to", layout.date_or_open)
    fortnightly = record.read("frequency", layout.one_of(" 12", "blank, 1 or 2")) == "2"
    if fortnightly and (first is None or last is None):
        raise BadField(record.bytes("from"), "a fortnightly leg has its first and last date")
    if first is not None and last is not None and last < first:
        raise BadField(record.bytes("to"), "the period ends before it begins")
    shift = record.read("departure_date", layout.date_variation)
    return Leg(
        line=number, carrier=carrier, flight=_designator(record), variation=_variation(record),
        service=record.read("service", layout.letter), first=first, last=last,
        days=record.read("days", layout.weekdays), fortnightly=fortnightly,
        origin=record.read("departure", layout.station),
        departs=record.read("departs", layout.departure_clock),
        departure_offset=record.read("departure_offset", layout.utc_offset),
        destination=record.read("arrival", layout.station),
        arrives=record.read("arrives", layout.clock),
        arrival_offset=record.read("arrival_offset", layout.utc_offset), shift=shift,
        plus_days=record.read("arrival_date", layout.date_variation) - shift,
        duplicate=record.raw("disclosure") in ("L", "Z"),
        restricted=bool(record.text("restriction")),
    )  # fmt: skip


def _designator(record: Record) -> str:
    """`KE001`: leading zeros make no other number, so that every number has three digits."""
    number = record.read("number", layout.number)
    return f"{record.read('airline', layout.airline)}{number:03d}{record.text('suffix')}"


def _variation(record: Record) -> int:
    hundreds = record.read("variation_hundreds", layout.one_of(" 0123456789", "a digit or blank"))
    return record.read("variation", layout.number) + 100 * int(hundreds.strip() or 0)
