"""From an outline to columns of events, and what of it can't be used.

An event is usable when its item number is right (S10 check digit) and code, time and office are
there. The others are set aside, each with its reason.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.messages.columns import those, where
from datecertain.messages.items import Items, read_items
from datecertain.messages.log import Log
from datecertain.messages.part_values import PartValues
from datecertain.messages.plan import Outline
from datecertain.messages.stated_times import StatedTimes
from datecertain.messages.vocabulary import TEXTS, Within
from datecertain.moments import Ints, Mask

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
        self.values = PartValues(outline, Within.EVENT, received_on, log)
        self.item = outline.outer(Within.EVENT, Within.ITEM)
        self._defect = np.zeros(self.values.count, dtype=np.int8)

    def read(self) -> tuple[dict[str, pa.Array], Ints]:
        """Columns of the usable events, and which of the outline's events they are."""
        self.outline.report_strangers(self.log)
        items = read_items(self.outline, self.received_on, self.log)
        values = self.values
        columns = values.texts(TEXTS)
        times, told = values.times("event_time")
        self._judge(items, columns, times, told)
        kept = np.flatnonzero(self._defect == 0)
        if len(kept) < values.count:
            self._set_aside(items)
        columns["event_date"] = pa.array(times.day)
        columns["event_min"] = where(times.has_minute, times.minute)
        columns["stated_offset"] = where(times.has_offset, times.offset)
        values.report_vague(times, kept)
        if len(kept) < values.count:
            columns = {name: column.take(pa.array(kept)) for name, column in columns.items()}
        columns["item_id"] = items.of(those(self.item, kept))
        for name in TEXTS:
            values.report_unknown(name, columns[name], kept)
        return columns, kept

    def _judge(
        self, items: Items, columns: dict[str, pa.Array], times: StatedTimes, told: Mask
    ) -> None:
        of = self.item
        # One that lies in no item looks for the last: it is said before.
        usable = np.append(items.usable, False)
        wrong: dict[str, Mask | None] = {
            "event-without-item": of < 0,
            "item-unusable": None if items.usable.all() else ~usable.take(of, mode="wrap"),
            "event-contradicts": self.values.contradicts,
            "event-code-missing": _null(columns["code"]),
            "event-time-missing": _not(told),
            "event-time-unreadable": _not(times.readable),
            "event-office-missing": _null(columns["office"]),
        }
        for number, code in enumerate(_WHY_NOT, start=1):
            which = wrong[code]
            if which is not None and which.any():
                self._defect[(self._defect == 0) & which] = number

    def _set_aside(self, items: Items) -> None:
        outline = self.outline
        reported_with_item = list(_WHY_NOT).index("item-unusable") + 1
        for event in np.flatnonzero((self._defect > 0) & (self._defect != reported_with_item)):
            item = int(self.item[event])
            code = list(_WHY_NOT)[int(self._defect[event]) - 1]
            outline.set_aside(
                Within.EVENT,
                int(event),
                code,
                _WHY_NOT[code],
                item=items.numbers[item].as_py() if item >= 0 else None,
            )


def _null(column: pa.Array) -> Mask | None:
    return np.asarray(pc.is_null(column), dtype=bool) if column.null_count else None


def _not(which: Mask) -> Mask | None:
    return None if which.all() else ~which
