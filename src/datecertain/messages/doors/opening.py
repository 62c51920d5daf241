"""Which door a file comes in by: told by its content, never by its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from datecertain.messages.doors.epcis import is_epcis, read_epcis
from datecertain.messages.doors.json_events import read_json_events, read_json_lines
from datecertain.messages.doors.json_text import load_json
from datecertain.messages.doors.mapped_events import (
    csv_header,
    read_csv_events,
    read_parquet_events,
)
from datecertain.messages.doors.mappings import Form, TableMapping, house_mapping
from datecertain.messages.doors.told import DoorResult, refused_file

_BOM = b"\xef\xbb\xbf"


class Door(StrEnum):
    """The forms beside EDIFACT."""

    JSON = "json"  # EPCIS, or plain JSON events
    PARQUET = "parquet"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class Doors:
    """The doors of a workspace: the partners' mappings, in the order in which they are asked."""

    mappings: tuple[TableMapping, ...] = ()

    def door(self, head: bytes) -> Door | None:
        """The door of a file that begins so; None: not one of these forms. A table is known only
        where a mapping fits its header."""
        if head.startswith((b"UNA", b"UNB")):
            return None
        if head.startswith(b"PAR1"):
            return Door.PARQUET
        begin = head.removeprefix(_BOM).lstrip()[:1024]
        if begin[:1] in (b"{", b"[") and begin[1:].lstrip()[:1] in (b'"', b"{", b"}", b"[", b"]"):
            return Door.JSON
        return Door.CSV if self._csv_mapping(head) is not None else None

    def read(self, door: Door, source: str, data: bytes, received_on: int) -> DoorResult:
        """The events of a file that comes in by a door."""
        if door is Door.PARQUET:
            return read_parquet_events(source, data, self._tables(), received_on)
        if door is Door.JSON:
            return self._read_json(source, data, received_on)
        mapping = self._csv_mapping(data)
        if mapping is None:
            return refused_file(source, data, "mapping-missing", "no mapping fits the header")
        return read_csv_events(source, data, mapping, received_on)

    def _read_json(self, source: str, data: bytes, received_on: int) -> DoorResult:
        try:
            text = data.removeprefix(_BOM).decode("utf-8")
            value = load_json(text)
        except ValueError as error:
            if _is_lines(data):
                return read_json_lines(source, data, received_on)
            return refused_file(source, data, "json-unreadable", str(error))
        if is_epcis(value):
            partners = [one for one in self.mappings if one.form is Form.EPCIS]
            mapping = partners[0] if partners else None
            return read_epcis(source, text, value, received_on, mapping)
        return read_json_events(source, text, value, received_on)

    def _tables(self) -> Sequence[TableMapping]:
        return (*self.mappings, house_mapping())

    def _csv_mapping(self, head: bytes) -> TableMapping | None:
        first = head.split(b"\n", 1)[0]
        fit = [one for one in self._tables() if one.fits(csv_header(first, one))]
        return max(fit, key=lambda one: len(one.columns), default=None)


def _is_lines(data: bytes) -> bool:
    """Whether most lines look like an object each."""
    lines = [line.strip() for line in data.removeprefix(_BOM).split(b"\n") if line.strip()]
    objects = sum(line.startswith(b"{") and line.endswith(b"}") for line in lines)
    return 2 * objects > len(lines)
