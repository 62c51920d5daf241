"""From an outline to columns of events, and what of it can't be used.

An event is usable when its item number is right (S10 check digit) and code, time and office are
there. The others are set aside, each with its reason. An optional value that is told twice keeps
the first; a required one that is told twice, differently, is a contradiction.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.messages.charsets import decode
from datecertain.messages.code_tables import code_table
from datecertain.messages.columns import beyond_ascii, texts, upper_case
from datecertain.messages.items import Items, read_items
from datecertain.messages.log import Log, brief
from datecertain.messages.plan import Outline
from datecertain.messages.profiles import REQUIRED, TEXTS, Field
from datecertain.messages.results import Kind
from datecertain.messages.scan import Ints, Mask
from datecertain.messages.stated_times import StatedTimes, read_times

#: Why an event is set aside, by precedence.
_WHY_NOT = {
    "event-without-item": "the event stands before any item of its message",
    "item-unusable": "reported and kept with its item",
    "event-contradicts": "code, time or office are told twice, differently",
    "event-code-missing": "the event has no code",
    "event-time-missing": "the event has no time",
    "event-time-unreadable": "the event's time can't be read",
    "event-office-missing": "the event has no office",
}


class EventReader:
    """Reads the events of one outline."""

    def __init__(self, outline: Outline, received_on: int, log: Log) -> None:
        self.outline = outline
        self.received_on = received_on
        self.log = log
        self.count = len(outline.event_rows)
        self._defect = np.zeros(self.count, dtype=np.int8)
        self._contradicts = np.zeros(self.count, dtype=bool)

    def read(self) -> tuple[dict[str, pa.Array], Ints]:
        """Columns of the usable events, and which of the outline's events they are."""
        self.outline.report_strangers(self.log)
        items = read_items(self.outline, self.received_on, self.log)
        columns: dict[str, pa.Array] = {}
        for name in TEXTS:
            field = self.outline.profile.field(name)
            columns[name] = (
                pa.nulls(self.count, pa.string()) if field is None else self._text(field)
            )
        times, told = self._times()
        self._judge(items, columns, times, told)
        kept = np.flatnonzero(self._defect == 0)
        self._set_aside(items)
        columns["event_date"] = pa.array(times.day)
        columns["event_min"] = pa.array(times.minute, mask=~times.has_minute)
        columns["stated_offset"] = pa.array(times.offset, mask=~times.has_offset)
        self._report_times(times, kept)
        if len(kept) < self.count:
            columns = {name: column.take(pa.array(kept)) for name, column in columns.items()}
        columns["item_id"] = items.numbers.take(pa.array(self.outline.event_item[kept]))
        for name in TEXTS:
            self._report_unknown(name, columns[name], kept)
        return columns, kept

    def _values(self, field: Field) -> tuple[Ints, Ints, Ints]:
        """Rows of a field, each event's first only, and by event the place in them, or -1."""
        found = self.outline.occurrences(field)
        rows, of = found.rows, found.of
        first = np.ones(len(rows), dtype=bool)
        first[1:] = of[1:] != of[:-1]
        if not first.all():
            self._repeated(field, rows, of, first)
            rows, of = rows[first], of[first]
        slots = np.full(self.count, -1, dtype=np.int64)
        slots[of] = np.arange(len(of))
        return rows, of, slots

    def _repeated(self, field: Field, rows: Ints, of: Ints, first: Mask) -> None:
        scan = self.outline.found
        original = np.maximum.accumulate(np.where(first, np.arange(len(rows)), 0))
        begin, end = self.outline.values(rows, field)
        differs = ~scan.same(begin, end, begin[original], end[original])
        if field.format_component is not None:
            begin, end = scan.component(rows, field.element, field.format_component)
            differs |= ~scan.same(begin, end, begin[original], end[original])
        events = np.unique(of[differs])
        if field.name in REQUIRED:
            self._contradicts[events] = True
        elif len(events):
            detail = (
                f"{len(events)} event(s) tell {field.name} twice, differently; the first counts"
            )
            self._doubt("field-repeated", int(events[0]), detail)

    def _text(self, field: Field) -> pa.Array:
        rows, of, slots = self._values(field)
        begin, end = self.outline.values(rows, field)
        column = texts(self.outline.found, begin, end, slots=slots)
        self._report_characters(field, column, of, begin, end)
        return upper_case(column)

    def _times(self) -> tuple[StatedTimes, Mask]:
        """The events' times, and which events tell one."""
        field = self.outline.profile.field("event_time")
        assert field is not None, "profiles without event_time are refused when they are read"
        rows, _, slots = self._values(field)
        begin, end = self.outline.values(rows, field)
        formats = self.outline.found.component(rows, field.element, field.format_component or 1)
        times = read_times(self.outline.found, (begin, end), formats, self.received_on)
        told = slots >= 0
        told[told] = (end > begin)[slots[told]]
        return times.spread(slots), told

    def _judge(
        self, items: Items, columns: dict[str, pa.Array], times: StatedTimes, told: Mask
    ) -> None:
        of = self.outline.event_item
        usable = items.usable[of] if len(items.usable) else np.zeros(self.count, dtype=bool)
        wrong = {
            "event-without-item": of < 0,
            "item-unusable": ~usable,
            "event-contradicts": self._contradicts,
            "event-code-missing": _null(columns["code"]),
            "event-time-missing": ~told,
            "event-time-unreadable": ~times.readable,
            "event-office-missing": _null(columns["office"]),
        }
        for number, code in enumerate(_WHY_NOT, start=1):
            self._defect[(self._defect == 0) & wrong[code]] = number

    def _set_aside(self, items: Items) -> None:
        outline = self.outline
        reported_with_item = list(_WHY_NOT).index("item-unusable") + 1
        for event in np.flatnonzero((self._defect > 0) & (self._defect != reported_with_item)):
            message, row = int(outline.event_message[event]), int(outline.event_rows[event])
            item = int(outline.event_item[event])
            behind = int(outline.behind(outline.event_openers[event : event + 1])[0])
            code = list(_WHY_NOT)[int(self._defect[event]) - 1]
            part = outline.messages.parts[int(outline.messages.owner[message])]
            part.set_aside(
                Kind.EVENT,
                code,
                outline.messages.place(message, row),
                row,
                behind,
                _WHY_NOT[code],
                item=items.numbers[item].as_py() if item >= 0 else None,
                layout=outline.profile.layout,
                head=int(outline.messages.head[message]),
            )

    def _report_times(self, times: StatedTimes, kept: Ints) -> None:
        dates_only = kept[~times.has_minute[kept]]
        if len(dates_only):
            detail = f"{len(dates_only)} event(s) tell a date without a time of day"
            self._doubt("event-time-without-clock", int(dates_only[0]), detail)
        odd = kept[times.odd_zone[kept]]
        if len(odd):
            detail = f"{len(odd)} event(s) name a zone that is no offset: left out"
            self._doubt("event-zone-unknown", int(odd[0]), detail)

    def _report_unknown(self, name: str, column: pa.Array, kept: Ints) -> None:
        field = self.outline.profile.field(name)
        if field is None or field.table is None:
            return
        known = pa.array(code_table(field.table).codes(), type=pa.string())
        unknown = pc.and_(pc.is_valid(column), pc.invert(pc.is_in(column, known)))
        rows = np.flatnonzero(np.asarray(unknown))
        like: dict[str, list[int]] = {}
        for row, value in zip(rows, column.take(pa.array(rows)).to_pylist(), strict=True):
            like.setdefault(value, []).append(int(row))
        for value, events in like.items():
            detail = f"{len(events)} event(s) have {name} {brief(value)!r}, not in {field.table}"
            self._doubt(f"event-{name}-unknown", int(kept[events[0]]), f"{detail}: kept as it is")

    def _report_characters(
        self, field: Field, column: pa.Array, of: Ints, begin: Ints, end: Ints
    ) -> None:
        found = self.outline.found
        separators = found.dialect.separators
        if separators.repetition is not None:
            repeated = np.flatnonzero(found.octets[end] == separators.repetition)
            if len(repeated):
                detail = (
                    f"{len(repeated)} event(s) repeat the element of {field.name}: the first counts"
                )
                self._doubt("element-repeated", int(of[repeated[0]]), detail)
        if not len(of):
            return
        strange = np.flatnonzero(beyond_ascii(column)[of])
        for value in strange:
            raw = found.raw_text(int(begin[value]), int(end[value]))
            fallback = decode(raw, found.dialect.syntax)[1]
            if fallback is not None:
                detail = f"{field.name} is not {found.dialect.syntax}: read as {fallback}"
                self._doubt("charset-fallback", int(of[value]), f"{detail}; the first of its kind")
                break

    def _doubt(self, code: str, event: int, detail: str) -> None:
        outline = self.outline
        message = int(outline.event_message[event])
        place = outline.messages.place(message, int(outline.event_rows[event]))
        self.log.doubt(code, place, detail)


def _null(column: pa.Array) -> Mask:
    return np.asarray(pc.is_null(column), dtype=bool)
