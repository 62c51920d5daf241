"""Events as the other doors tell them, and the one step from there to columns of raw events.

Whatever the form of a file, a door answers `Told`: texts by field, with the place they stand at.
This step checks the item number, reads the times and says what cannot be used; zones, posts,
offices and event codes are judged later, in the same place for every door and for EDIFACT alike
(`tracking.canonical`). A planned or estimated time is never evidence of a fact: it is set aside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import pyarrow as pa

from datecertain.findings import Finding, Severity
from datecertain.identifiers import Defect, ItemNumber
from datecertain.messages.columns import unknown_values
from datecertain.messages.doors.clocks import read_clock_text
from datecertain.messages.log import brief
from datecertain.messages.raw_events import RAW_EVENTS
from datecertain.messages.vocabulary import TEXTS

#: What a record may tell, each as text. `event_time` and `transmitted` are ISO 8601, with or
#: without offset; `offset` is that of the event's clock; `offset_source` says whether somebody
#: stated that offset (`stated`) or it was worked out from the office, which is done anew;
#: `reference` is the sender's own for what it sent; `test` is `true` for what must never settle.
FIELDS = (
    "item_id", "code", "event_time", "offset", "offset_source", "office", "next_office", "reason",
    "measure", "dispatch", "receptacle", "sender", "recipient", "transmitted", "reference",
    "time_kind", "test",
)  # fmt: skip
#: A record without one of these cannot be used.
REQUIRED = ("item_id", "code", "event_time", "office", "sender", "recipient")

#: The code list that events are held against; a code that it does not hold is kept as it is.
CODE_TABLE = "emsevt_events"

#: RAW_EVENTS and what the other doors know beside it: the offset of the preparation time, where it
#: is stated, and the place of the record in the words of its form.
DOOR_EVENTS = pa.schema(
    [*RAW_EVENTS, pa.field("prepared_offset", pa.int16()), pa.field("position", pa.string())]
)


class TimeKind(StrEnum):
    """What an event time is."""

    ACTUAL = "actual"  # it happened then
    PLANNED = "planned"  # it should happen then
    ESTIMATED = "estimated"  # it is thought to happen, or to have happened, then


@dataclass(frozen=True, slots=True)
class Told:
    """One record of a file, as its door read it."""

    position: str  # `line 3`, `row 7`, or a JSON pointer
    ordinal: int  # in its file, from 1
    byte_offset: int
    raw: bytes  # as received
    values: Mapping[str, str | None]
    problem: tuple[str, str] | None = None  # why the door cannot use it: code, detail


@dataclass(frozen=True, slots=True)
class SetAside:
    """A record, or a file, that cannot be used, whole and as received."""

    position: str
    reason: str
    raw: bytes
    item: str | None = None


@dataclass(frozen=True, slots=True)
class DoorResult:
    """What a file gave. `records` is the number of rows of `events` and of what was set aside."""

    events: pa.Table  # schema DOOR_EVENTS
    findings: list[Finding]
    set_aside: list[SetAside]

    @property
    def records(self) -> int:
        """Records of the file, used or not."""
        return int(self.events.num_rows) + len(self.set_aside)


def refused_file(source: str, data: bytes, code: str, detail: str) -> DoorResult:
    """A file of which nothing can be used."""
    finding = Finding(code, Severity.ERROR, source, "whole file", detail)
    return DoorResult(DOOR_EVENTS.empty_table(), [finding], [SetAside("whole file", code, data)])


def read_told(
    source: str, profile: str, records: Iterable[Told], received_on: int,
    notes: Iterable[Finding] = (),
) -> DoorResult:  # fmt: skip
    """The raw events of the records, in their order. `profile` names how they were read;
    `received_on` is the day whose assignments item numbers are held against."""
    reading = _Reading(source, profile)
    for told in records:
        reading.take(told)
    reading.say_doubts(received_on)
    return DoorResult(reading.table(), [*notes, *reading.findings], reading.set_aside)


@dataclass(slots=True)
class _Reading:
    source: str
    profile: str
    rows: list[dict[str, object]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)

    def take(self, told: Told) -> None:
        """Read one record, or set it aside."""
        values = {name: _clean(told.values.get(name)) for name in FIELDS}
        problem = told.problem or _missing(values) or _not_a_fact(values)
        item: ItemNumber | Defect | None = None
        if problem is None:
            item = ItemNumber.parse((values["item_id"] or "")[:64])
            if isinstance(item, Defect):
                problem = item.code, item.detail
        times, unreadable = ({}, None) if problem else _times(values)
        problem = problem or unreadable
        if problem is not None or not isinstance(item, ItemNumber):
            code, detail = problem or ("item-shape", "no item number")
            shown = brief(values["item_id"]) if values["item_id"] else None
            self._say(code, Severity.ERROR, told.position, detail, shown)
            self.set_aside.append(SetAside(told.position, code, told.raw, shown))
            return
        if item.text != values["item_id"]:
            detail = f"{values['item_id']!r} read as {item}"
            self._say("item-normalised", Severity.NOTE, told.position, detail, item.text)
        self.rows.append(
            {name: _upper(values[name]) for name in TEXTS}
            | times
            | {
                "item_id": item.text, "sender": values["sender"], "recipient": values["recipient"],
                "interchange": values["reference"] or "", "interchange_index": 0,
                "message": told.ordinal, "segment": 1, "byte_offset": told.byte_offset,
                "profile": self.profile, "position": told.position,
                "test": (values["test"] or "").lower() in ("true", "1"),
            }
        )  # fmt: skip

    def table(self) -> pa.Table:
        """The rows so far, schema DOOR_EVENTS."""
        columns = [
            pa.array([row[entry.name] for row in self.rows], entry.type) for entry in DOOR_EVENTS
        ]
        return pa.Table.from_arrays(columns, schema=DOOR_EVENTS)

    def say_doubts(self, received_on: int) -> None:
        """Say once per kind what is odd about records that are used all the same."""
        prefixes: dict[str, list[int]] = {}
        for number, row in enumerate(self.rows):
            item = str(row["item_id"])
            prefixes.setdefault(item[:2] + item[11:], []).append(number)
        for rows in prefixes.values():
            item = str(self.rows[rows[0]]["item_id"])
            for defect in ItemNumber(item).doubts(received_on):
                detail = f"{defect.detail}; {len(rows)} event(s) like it"
                self._doubt(defect.code, rows[0], detail, item)
        codes = pa.array([row["code"] for row in self.rows], pa.string())
        for value, rows in unknown_values(codes, CODE_TABLE).items():
            detail = f"{len(rows)} event(s) have code {brief(value)!r}, not in {CODE_TABLE}"
            self._doubt("event-code-unknown", rows[0], f"{detail}: kept as it is")
        zoneless = [n for n, row in enumerate(self.rows) if row["stated_offset"] is None]
        if zoneless:
            detail = f"{len(zoneless)} event(s) tell a local time without offset: the office's zone"
            position = str(self.rows[zoneless[0]]["position"])
            self._say("event-zone-of-office", Severity.NOTE, position, detail)

    def _doubt(self, code: str, row: int, detail: str, item: str | None = None) -> None:
        self._say(code, Severity.WARNING, str(self.rows[row]["position"]), detail, item)

    def _say(
        self, code: str, severity: Severity, position: str, detail: str, item: str | None = None
    ) -> None:
        self.findings.append(Finding(code, severity, self.source, position, detail, item))


def _clean(text: str | None) -> str | None:
    """A text without blanks around it; empty is none. What no file can hold is shown escaped."""
    if text is None:
        return None
    if not text.isascii():
        text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return text.strip() or None


def _upper(text: str | None) -> str | None:
    return None if text is None else text.upper()


def _missing(values: Mapping[str, str | None]) -> tuple[str, str] | None:
    for name in REQUIRED:
        if values[name] is None:
            code = f"event-{name.removesuffix('_id').removeprefix('event_')}-missing"
            return code, f"the record has no {name}"
    return None


def _not_a_fact(values: Mapping[str, str | None]) -> tuple[str, str] | None:
    kind = (values["time_kind"] or TimeKind.ACTUAL).lower()
    if kind == TimeKind.ACTUAL:
        return None
    if kind in (TimeKind.PLANNED, TimeKind.ESTIMATED):
        return f"event-{kind}", f"the time is {kind}: no evidence that it happened"
    known = ", ".join(TimeKind)
    return "event-time-kind-unknown", f"time_kind {brief(kind)!r} is none of {known}: not used"


def _times(
    values: Mapping[str, str | None],
) -> tuple[dict[str, object], tuple[str, str] | None]:
    stated = (values["offset_source"] or "stated").lower() == "stated"
    try:
        event = read_clock_text(values["event_time"] or "", values["offset"])
    except ValueError as error:
        return {}, ("event-time-unreadable", str(error))
    try:
        sent = read_clock_text(values["transmitted"]) if values["transmitted"] else None
    except ValueError as error:
        return {}, ("transmission-unreadable", str(error))
    return {
        "event_date": event.day,
        "event_min": event.minute,
        "stated_offset": event.offset if stated else None,
        "prepared_date": None if sent is None else sent.day,
        "prepared_min": None if sent is None else sent.minute,
        "prepared_offset": None if sent is None else sent.offset,
    }, None
