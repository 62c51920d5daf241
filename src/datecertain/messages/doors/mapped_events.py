"""Events of tables, CSV or Parquet, by a declared mapping (`mappings`)."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from datecertain.findings import Finding, Severity
from datecertain.messages.csv_rows import csv_rows
from datecertain.messages.doors.clocks import read_clock_text, read_offset, write_offset
from datecertain.messages.doors.mappings import (
    COLUMN,
    OFFICE,
    SENDER,
    STATED,
    TableMapping,
    fitting,
)
from datecertain.messages.doors.told import DoorResult, Told, read_told, refused_file
from datecertain.messages.log import brief

_BOM = b"\xef\xbb\xbf"
_ROWS = 65_536  # of a Parquet file at a time


def csv_header(first_line: bytes, mapping: TableMapping) -> list[str]:
    """The column names in the first line of a file, as a mapping would read it; none if it can't
    be read so."""
    try:
        text = first_line.removeprefix(_BOM).rstrip(b"\r\n").decode(mapping.encoding)
        return [name.strip() for name in next(csv.reader([text], delimiter=mapping.delimiter))]
    except (UnicodeError, csv.Error, StopIteration):
        return []


def read_csv_events(
    source: str, data: bytes, mapping: TableMapping, received_on: int
) -> DoorResult:
    """The events of a CSV file whose header the mapping fits. One row a line: a value cannot hold a
    line break."""
    header = csv_header(data.split(b"\n", 1)[0], mapping)
    return _read(source, _csv_rows(data, header, mapping), mapping, received_on)


def read_parquet_events(
    source: str, data: bytes, mappings: Sequence[TableMapping], received_on: int
) -> DoorResult:
    """The events of a Parquet file, by the mapping that fits its columns."""
    try:
        file = pq.ParquetFile(io.BytesIO(data))
        names = file.schema_arrow.names
        mapping = fitting(mappings, names)
        if mapping is None:
            detail = f"no mapping fits the columns {brief(', '.join(names), 200)}"
            return refused_file(source, data, "mapping-missing", detail)
        records = list(_parquet_rows(file, mapping))
    except (pa.ArrowException, ValueError, OSError, OverflowError) as error:
        return refused_file(source, data, "parquet-unreadable", brief(str(error), 200))
    return _read(source, records, mapping, received_on)


def _csv_rows(data: bytes, header: Sequence[str], mapping: TableMapping) -> Iterator[Told]:
    rows = csv_rows(data, len(header), mapping.delimiter, mapping.encoding)
    for ordinal, row in enumerate(rows, start=1):
        why = None if row.problem is None else ("row-malformed", row.problem)
        values = {} if row.problem else dict(zip(header, row.cells, strict=True))
        yield Told(f"line {row.line}", ordinal, row.byte_offset, row.raw, values, why)


def _parquet_rows(file: pq.ParquetFile, mapping: TableMapping) -> Iterator[Told]:
    wanted = list(dict.fromkeys(mapping.columns.values()))
    ordinal = 0
    for batch in file.iter_batches(_ROWS, columns=wanted):
        for row in pa.Table.from_batches([batch]).cast(_without_nanoseconds(batch.schema),
                                                       safe=False).to_pylist():  # fmt: skip
            ordinal += 1
            values = {name: _cell(row[name]) for name in wanted}
            raw = json.dumps(values, ensure_ascii=False).encode("utf-8", "surrogatepass")
            yield Told(f"row {ordinal}", ordinal, 0, raw, values)


def _without_nanoseconds(schema: pa.Schema) -> pa.Schema:
    return pa.schema(
        [
            pa.field(one.name, pa.timestamp("us", one.type.tz))
            if pa.types.is_timestamp(one.type) else one
            for one in schema
        ]
    )  # fmt: skip


def _cell(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return str(value)


def _read(
    source: str, rows: Iterator[Told] | list[Told], mapping: TableMapping, received_on: int
) -> DoorResult:
    reading = _MappedReading(mapping)
    records = [row if row.problem else reading.told(row) for row in rows]
    notes = []
    if reading.zones_left_out:
        detail = (
            f"{reading.zones_left_out} event time(s) have an offset; the mapping says that they "
            "stand on the office's clock"
        )
        notes.append(Finding("event-zone-left-out", Severity.WARNING, source, "whole file", detail))
    return read_told(source, f"table:{mapping.name}", records, received_on, notes)


class _MappedReading:
    """Rows by column on their way to records by field."""

    def __init__(self, mapping: TableMapping) -> None:
        self.mapping = mapping
        self.zones_left_out = 0

    def told(self, row: Told) -> Told:
        """The record that a row is by the mapping."""
        mapping = self.mapping
        values: dict[str, str | None] = dict(mapping.constants)
        for name, column in mapping.columns.items():
            values[name] = (row.values[column] or "").strip() or None
        code, kind = values.get("code"), values.get("time_kind")
        values["code"] = None if code is None else mapping.codes.get(code, code)
        values["time_kind"] = None if kind is None else mapping.time_kinds.get(kind, kind)
        try:
            self._set_times(values)
        except ValueError as error:
            problem = ("event-time-unreadable", str(error))
            return Told(row.position, row.ordinal, row.byte_offset, row.raw, values, problem)
        return Told(row.position, row.ordinal, row.byte_offset, row.raw, values)

    def _set_times(self, values: dict[str, str | None]) -> None:
        mapping = self.mapping
        event, sent = values.get("event_time"), values.get("transmitted")
        if event is not None:
            event = _iso(event, mapping.event_format)
            if mapping.zone == OFFICE and _without_offset(event) != event:
                self.zones_left_out += 1
                event = _without_offset(event)
            elif mapping.zone not in (STATED, OFFICE, COLUMN):
                values["offset"] = write_offset(read_offset(mapping.zone))
            values["event_time"] = event
        if sent is not None:
            sent = _iso(sent, mapping.transmitted_format)
            if mapping.transmitted_zone != SENDER and _without_offset(sent) == sent:
                sent += write_offset(read_offset(mapping.transmitted_zone))
            values["transmitted"] = sent


def _iso(text: str, form: str | None) -> str:
    if form is None:
        return text
    try:
        moment = dt.datetime.strptime(text, form)  # noqa: DTZ007 - a local time, resolved later
    except ValueError as error:
        raise ValueError(f"{brief(text)!r} is not written as {form!r}") from error
    return moment.isoformat()


def _without_offset(text: str) -> str:
    """The clock of an ISO text, without its offset. What can't be read is left as it is."""
    try:
        if read_clock_text(text).offset is None:
            return text
        return dt.datetime.fromisoformat(text).replace(tzinfo=None).isoformat()
    except ValueError:
        return text


def mapped(values: Mapping[str, str | None], mapping: TableMapping) -> dict[str, str | None]:
    """A record of an EPCIS document, completed by a partner's mapping: constants where nothing is
    told, and the code that a business step stands for there."""
    told = {name: one for name, one in values.items() if one is not None}
    done: dict[str, str | None] = {**mapping.constants, **told}
    code = told.get("code")
    return done | {"code": None if code is None else mapping.codes.get(code, code)}
