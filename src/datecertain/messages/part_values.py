"""Values that belong to the parts of an outline (its events, receptacles, legs …), a column each.

A value that is told twice for one part: of an optional one the first counts, a required one that
is told differently is a contradiction.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from datecertain.messages.charsets import decode
from datecertain.messages.columns import beyond_ascii, nulls, unknown_values, words
from datecertain.messages.compiling import Places
from datecertain.messages.log import Log, brief
from datecertain.messages.plan import Outline
from datecertain.messages.profiles import Field
from datecertain.messages.scan import Scan
from datecertain.messages.stated_times import StatedTimes, read_times
from datecertain.messages.vocabulary import REQUIRED, Within
from datecertain.moments import Ints, Mask


class PartValues:
    """Reads values of the parts of one kind; all columns have a row for each part."""

    def __init__(self, outline: Outline, part: Within, received_on: int, log: Log) -> None:
        self.outline = outline
        self.part = part
        self.received_on = received_on
        self.log = log
        self.count = len(outline.openers(part))
        #: Parts that tell a required value twice, differently.
        self.contradicts = np.zeros(self.count, dtype=bool)

    def text(self, name: str) -> pa.Array:
        """A word in upper case; null where it is not told."""
        return self.texts([name])[name]

    def texts(self, names: Sequence[str]) -> dict[str, pa.Array]:
        """Words by name, each in upper case; null where it is not told."""
        fields = [self._field(name) for name in names]
        there = [field for field in fields if field and field.name in self.outline.told]
        columns: dict[str, pa.Array] = {name: nulls(self.count) for name in names}
        if not there:
            return columns
        for field in there:
            self._look_for_repeats(field)
        scan, spots, parts = self._where()
        found = words(scan, spots, parts, [self.outline.column(field) for field in there])
        for field, (column, plain) in zip(there, found, strict=True):
            self._report_characters(field, None if plain else column)
            columns[field.name] = column
        return columns

    def unit(self, name: str) -> pa.Array:
        """The unit that stands beside a quantity."""
        field = self._field(name)
        if field is None:
            return nulls(self.count)
        ((column, _),) = words(*self._where(), [self.outline.column(field) + 2])
        return column

    def times(self, name: str) -> tuple[StatedTimes, Mask]:
        """The times of a name, and which parts tell one."""
        field = self._field(name)
        if field is None:
            return StatedTimes.none(self.count), np.zeros(self.count, dtype=bool)
        self._look_for_repeats(field)
        column = self.outline.column(field)
        return read_times(*self._where(), column, self.received_on, field.format)

    def report_unknown(self, name: str, column: pa.Array, kept: Ints) -> None:
        """Say which values of a name its code table does not hold, once for each, with how many;
        `column` has a row for each of the parts `kept`."""
        field = self.outline.profile.field(name)
        if field is None or field.table is None or field.within is not self.part:
            return
        for value, ones in unknown_values(column, field.table).items():
            detail = f"{self._many(len(ones))} have {name} {brief(value)!r}, not in {field.table}"
            code = f"{self.part}-{name}-unknown"
            self.doubt(code, int(kept[ones[0]]), f"{detail}: kept as it is")

    def report_many(self, code: str, which: Ints, detail: str) -> None:
        """Say once what holds of these parts, with how many there are."""
        if len(which):
            self.doubt(code, int(which[0]), f"{self._many(len(which))} {detail}")

    def report_vague(self, times: StatedTimes, which: Ints) -> None:
        """Say which times are dates alone, or name a zone that is no offset."""
        if not times.has_minute.all():
            without = which[~times.has_minute[which]]
            self.report_many(
                f"{self.part}-time-without-clock", without, "tell a date without a time of day"
            )
        if times.odd_zone.any():
            odd = which[times.odd_zone[which]]
            self.report_many(
                f"{self.part}-zone-unknown", odd, "name a zone that is no offset: left out"
            )

    def doubt(self, code: str, one: int, detail: str) -> None:
        """Record a doubt about a part that is used all the same."""
        self.log.doubt(code, self.outline.place(self.part, one), detail)

    def _many(self, count: int) -> str:
        return f"{count} {self.part}(s)"

    def _field(self, name: str) -> Field | None:
        """The field of a name, if it belongs to these parts."""
        field = self.outline.profile.field(name)
        return field if field is not None and field.within is self.part else None

    def _where(self) -> tuple[Scan, Places, Ints]:
        """Where values stand: the scan, the spots, and the rows of these parts in them."""
        return self.outline.found, self.outline.spots, self.outline.openers(self.part)

    def _look_for_repeats(self, field: Field) -> None:
        """Say where a value is told twice for one part."""
        if field.name not in self.outline.repeated:
            return
        found, scan = self.outline.occurrences(field), self.outline.found
        rows, of = found.rows, found.of
        first = np.ones(len(rows), dtype=bool)
        first[1:] = of[1:] != of[:-1]
        original = np.maximum.accumulate(np.where(first, np.arange(len(rows)), 0))
        begin, end = self.outline.values(rows, field)
        differs = ~scan.same(begin, end, begin[original], end[original])
        if field.format_component is not None:
            begin, end = scan.component(rows, field.element, field.format_component)
            differs |= ~scan.same(begin, end, begin[original], end[original])
        parts = np.unique(of[differs])
        if field.name in REQUIRED.get(self.part, ()):
            self.contradicts[parts] = True
        else:
            detail = f"tell {field.name} twice, differently; the first counts"
            self.report_many("field-repeated", parts, detail)

    def _report_characters(self, field: Field, column: pa.Array | None) -> None:
        """Say what is odd about the characters of a column; None: all of it is plain ASCII."""
        found = self.outline.found
        repetition = found.dialect.separators.repetition
        if column is None and repetition is None:
            return
        begin, end = self.outline.spans(field)
        if repetition is not None:
            repeated = np.flatnonzero((end > 0) & (found.octets[end] == repetition))
            detail = f"repeat the element of {field.name}: the first counts"
            self.report_many("element-repeated", repeated, detail)
        for part in np.flatnonzero(beyond_ascii(column)) if column is not None else ():
            raw = found.raw_text(int(begin[part]), int(end[part]))
            fallback = decode(raw, found.dialect.syntax)[1]
            if fallback is not None:
                detail = f"{field.name} is not {found.dialect.syntax}: read as {fallback}"
                self.doubt("charset-fallback", int(part), f"{detail}; the first of its kind")
                break
