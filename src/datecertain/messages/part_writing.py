"""The parts of messages as text: a profile's templates, filled from rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from datecertain.errors import LayoutError, UsageError
from datecertain.messages.charsets import encode
from datecertain.messages.profiles import Profile
from datecertain.messages.vocabulary import OPENED_BY, Within, belongs_to
from datecertain.messages.writing import (
    MOST_SEGMENTS,
    PLACEHOLDER,
    Composer,
    Envelope,
    Written,
    clock,
    zone,
)
from datecertain.moments import date_of

Row = Mapping[str, Any]
#: Names of times in the tables where they are not those of the profile.
TIME_COLUMNS = {"event_time": ("event_date", "event_min", "stated_offset")}


class PartWriter:
    """Writes parts of one profile's messages.

    A row holds a quantity as a pair of texts, in the order in which they stand in the segment.
    """

    def __init__(self, profile: Profile, envelope: Envelope) -> None:
        self.profile = profile
        self.composer = Composer(envelope)
        separators = envelope.separators
        self._service = str.maketrans("+:", chr(separators.element) + chr(separators.component))
        self._component = chr(separators.component)
        self._terminator = chr(separators.terminator)

    def write(self, messages: Iterable[Iterable[str]]) -> Written:
        """The interchange of messages, each its segments without UNH and UNT. Raises `UsageError`
        when there is none, or one is too long."""
        composer, layout = self.composer, self.profile.layout
        texts = [composer.header(layout.split(":")[0])]
        number = 0
        for number, message in enumerate(messages, start=1):
            segments = list(message)
            if len(segments) + 2 > MOST_SEGMENTS:
                raise UsageError(
                    f"message {number}: a UNT counts no more than {MOST_SEGMENTS} segments"
                )
            texts.append(composer.message_header(str(number), layout))
            texts += segments
            texts.append(composer.message_trailer(len(segments) + 2, str(number)))
        if not number:
            raise UsageError(f"there is nothing to write that {self.profile.name} has a place for")
        texts.append(composer.trailer(number))
        return Written(encode("".join(texts), composer.envelope.syntax), composer.findings)

    def part(self, part: Within, row: Row) -> Iterator[str]:
        """The segments of one part. One that names a value which is absent is left out, except
        the one that opens it: there the value is left empty."""
        assert self.profile.writing is not None
        templates: Iterable[str] = getattr(self.profile.writing, part.value)
        for template in templates:
            pieces = PLACEHOLDER.split(template)
            names = pieces[1::2]
            values = [self._value(name, row, template) for name in names]
            opens = OPENED_BY.get(part) in names
            if None in values and not opens:
                continue
            pieces[0::2] = [piece.translate(self._service) for piece in pieces[0::2]]
            pieces[1::2] = [value or "" for value in values]
            yield "".join(pieces) + self._terminator

    def prepared(self, row: Row) -> Row:
        """The preparation time of a message: its first row's, else the envelope's."""
        own = self.composer.envelope
        stated = row.get("prepared_date") is not None
        return {
            "prepared_date": row["prepared_date"] if stated else own.prepared_date,
            "prepared_min": row.get("prepared_min") if stated else own.prepared_min,
        }

    def _value(self, name: str, row: Row, template: str) -> str | None:
        """A value as it stands in a segment."""
        value = self.composer.value
        columns = TIME_COLUMNS.get(name, (f"{name}_date", f"{name}_min", f"{name}_offset"))
        if columns[0] in row:
            day, minute, offset = (row.get(column) for column in columns)
            if day is None:
                return None
            text, form = f"{date_of(day):%Y%m%d}", "102"
            if minute is not None:
                text, form = text + clock(minute), "203"
                if offset is not None:
                    text, form = text + zone(offset), "303"
            return f"{value(text)}{self._component}{form}"
        told = row.get(name)
        if isinstance(told, tuple):
            return self._component.join(map(value, told))
        if name not in row and not belongs_to(name):
            where = f"layout profile {self.profile.name!r}, template {template!r}"
            raise LayoutError(f"{where}: there is no value {name!r} there")
        return None if told is None or told == "" else value(str(told))
