"""Histories of deliveries read from CSV (also gzipped) and Parquet files.

Column by column with Arrow: a million rows in about a second. A row that cannot be used is set
aside with a finding that names it; the others are used.
"""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from datecertain.errors import BadMoment, NotFound, UsageError
from datecertain.findings import Finding, Severity
from datecertain.moments import Ints, Mask, format_date, parse_date
from datecertain.planning.columns import FEW, VALUES
from datecertain.planning.histories import NONE, Deliveries, Numbers, Texts

Progress = Callable[[int, int], None]
NEEDED = ("lane", "accepted_on", "delivered_on")
PROMISED = "promised_on"
#: Findings of one kind that are kept with their rows; all are counted.
KEPT = 1000
#: Days that a history may name.
_FIRST, _LAST = parse_date("1990-01-01"), parse_date("2060-01-01")
#: A date, or a date and a time of day, with or without its offset from UTC: the local date counts.
_DATE = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?( ?(Z|UTC|[+-]\d{2}(:?\d{2})?))?)?$"
_BLOCK = 1 << 24


@dataclass(slots=True)
class HistoryRead:
    """A history, and what was wrong with the file's rows."""

    deliveries: Deliveries
    rows: int
    set_aside: int
    counts: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)


def read_history(
    path: Path, as_of: int | None = None, progress: Progress | None = None,
    by: Sequence[str] = (), more: bool = False,
) -> HistoryRead:  # fmt: skip
    """The history in a file. `as_of`: the last day up to which it is known, by default the latest
    date in it. `by`: columns (service, area, weekday) whose values part each lane. `more`: with
    the file's other columns, of texts and numbers, beside the lanes. Raises `NotFound`;
    `UsageError` for a file that cannot be read as a whole, lacks a column or has no row that can
    be used."""
    if not path.is_file():
        raise NotFound(f"{path} is not there: name a CSV (also .csv.gz) or Parquet file")
    with path.open("rb") as stream:
        parquet = stream.read(4) == b"PAR1"
    source = _Parquet(path) if parquet else _Csv(path)
    needed = list(dict.fromkeys([*NEEDED, *by]))
    missing = [name for name in needed if source.names.count(name) != 1]
    if missing:
        raise UsageError(
            f"{path} needs the columns {', '.join(needed)}, each once; it has "
            f"{', '.join(source.names) or 'none'}: {', '.join(missing)} missing or repeated"
        )
    columns = [*needed, *((PROMISED,) if PROMISED in source.names and PROMISED not in by else ())]
    if more:
        columns += [name for name in source.others if name not in columns]
    parts = []
    for table, done, size in source.tables(columns):
        parts.append(table)
        if progress:
            progress(done, size)
    table = pa.concat_tables(parts) if parts else pa.table({name: [] for name in columns})
    return _History(path, source).read(_parted(table, by), as_of)


def _parted(table: pa.Table, by: Sequence[str]) -> pa.Table:
    """The table with lanes parted by more columns: `KR-US / documents`; no lane stays none."""
    if not by:
        return table
    texts = [pc.fill_null(table[name].cast(pa.string()), "") for name in ("lane", *by)]
    whole = pc.binary_join_element_wise(*texts, " / ")
    none = pc.equal(pc.utf8_trim_whitespace(texts[0]), "")
    named = pc.if_else(none, "", whole)
    left = table.drop_columns([name for name in dict.fromkeys(by) if name not in NEEDED])
    return left.set_column(left.column_names.index("lane"), "lane", named)


def known_by(read: HistoryRead, as_of: int | None) -> HistoryRead:
    """The history as it was known at the end of a day (None: as it is). Raises `UsageError` for a
    day before everything."""
    if as_of is None or as_of >= read.deliveries.as_of:
        return read
    known = read.deliveries.known_by(as_of)
    if not len(known):
        raise UsageError(f"nothing was accepted by {format_date(as_of)}: name a later day")
    return replace(read, deliveries=known)


class _Csv:
    """A CSV file in UTF-8, read block by block."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as stream:
            self._packed = stream.read(2) == b"\x1f\x8b"
        try:
            with gzip.open(path) if self._packed else path.open("rb") as stream:
                head = stream.readline(1_000_000).decode("utf-8-sig").rstrip("\r\n")
            self._raw = next(csv.reader([head], strict=True), [])
        except (UnicodeDecodeError, csv.Error, OSError, EOFError) as error:
            raise UsageError(f"{path} has no header in UTF-8 that can be read: {error}") from error
        self.names = [name.strip() for name in self._raw]
        self.broken: list[int] = []

    @property
    def others(self) -> list[str]:
        """The columns that can be read beside those needed."""
        return [name for name in self.names if name and self.names.count(name) == 1]

    def tables(self, columns: list[str]) -> Iterator[tuple[pa.Table, int, int]]:
        """The rows block by block, with bytes read and bytes in all."""
        raw = [self._raw[self.names.index(name)] for name in columns]
        size = self.path.stat().st_size
        try:
            with self.path.open("rb") as file:
                stream = pa.PythonFile(file, mode="r")
                packed = pa.CompressedInputStream(stream, "gzip") if self._packed else stream
                reader = pyarrow.csv.open_csv(
                    packed,
                    # One thread: only so does a row that cannot be read know its number.
                    read_options=pyarrow.csv.ReadOptions(
                        use_threads=False, block_size=_BLOCK, column_names=self._raw, skip_rows=1
                    ),
                    parse_options=pyarrow.csv.ParseOptions(invalid_row_handler=self._broken),
                    convert_options=pyarrow.csv.ConvertOptions(
                        include_columns=raw, column_types=dict.fromkeys(raw, pa.string()),
                        strings_can_be_null=False,
                    ),
                )  # fmt: skip
                for batch in reader:
                    table = pa.Table.from_batches([batch]).rename_columns(columns)
                    yield table, file.tell(), size
        except (pa.ArrowException, OSError, EOFError) as error:
            if "Empty CSV" in str(error):
                return
            raise UsageError(f"{self.path} cannot be read as CSV in UTF-8: {error}") from error

    def _broken(self, row: Any) -> str:
        self.broken.append(int(row.number))
        return "skip"


class _Parquet:
    """A Parquet file, read row group by row group."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = pq.ParquetFile(path)
        except pa.ArrowException as error:
            raise UsageError(f"{path} is not a Parquet file: {error}") from error
        self.names = list(self._file.schema_arrow.names)
        self.broken: list[int] = []

    @property
    def others(self) -> list[str]:
        """The columns that can be read beside those needed: of texts and numbers."""
        return [
            one.name
            for one in self._file.schema_arrow
            if (_is_text(one.type) or _is_number(one.type))
            and one.name.strip()
            and self.names.count(one.name) == 1
        ]

    def tables(self, columns: list[str]) -> Iterator[tuple[pa.Table, int, int]]:
        """The rows part by part, with rows read and rows in all."""
        size, done = self._file.metadata.num_rows, 0
        try:
            with self._file as file:
                for batch in file.iter_batches(batch_size=1 << 20, columns=columns):
                    done += batch.num_rows
                    yield pa.Table.from_batches([batch]).select(columns), done, size
        except (pa.ArrowException, OSError) as error:
            raise UsageError(f"{self.path} is damaged: {error}") from error


class _History:
    """Columns of text or dates made into deliveries; what cannot be used is found and told."""

    def __init__(self, path: Path, source: _Csv | _Parquet) -> None:
        self._name = path.name
        self._path = path
        self._broken = np.array(sorted(source.broken), dtype=np.int64)
        self._bad: Mask = np.zeros(0, dtype=bool)
        self._counts: Counter[str] = Counter()
        self._findings: list[Finding] = []

    def read(self, table: pa.Table, as_of: int | None) -> HistoryRead:
        self._bad = np.zeros(len(table), dtype=bool)
        for number in self._broken:
            self._tell(
                "row-columns", Severity.ERROR, int(number), "not as many cells as the header"
            )
        lanes, lane = _labels(table["lane"])
        self._refuse("lane-missing", lane < 0, "no lane")
        accepted, unreadable = self._days(table["accepted_on"])
        self._refuse("accepted-unreadable", unreadable | (accepted == NONE), "accepted_on", table)
        delivered, unreadable = self._days(table["delivered_on"])
        self._refuse("delivered-unreadable", unreadable, "delivered_on", table)
        given = delivered != NONE
        self._refuse(
            "delivered-before-accepted", given & (delivered < accepted), "delivered_on", table
        )
        promised = np.full(len(table), NONE, dtype=np.int64)
        if PROMISED in table.column_names:
            promised, unreadable = self._days(table[PROMISED])
            wrong = unreadable | ((promised != NONE) & (promised < accepted))
            self._refuse(
                "promised-unreadable", wrong & ~self._bad, PROMISED, table, set_aside=False
            )
            promised = np.where(wrong, NONE, promised)
        more = [
            _more(name, table[name])
            for name in table.column_names
            if name not in (*NEEDED, PROMISED)
        ]
        return self._put_together(lanes, lane, accepted, delivered, promised, more, as_of)

    def _put_together(
        self, lanes: tuple[str, ...], lane: Ints, accepted: Ints, delivered: Ints, promised: Ints,
        more: list[Texts | Numbers | None], as_of: int | None,
    ) -> HistoryRead:  # fmt: skip
        good = ~self._bad
        rows = len(good) + len(self._broken)
        if not good.any():
            told = ", ".join(f"{code} {count}" for code, count in self._counts.items())
            raise UsageError(f"{self._path}: none of {rows} rows can be used ({told or 'no rows'})")
        last = int(max(accepted[good].max(), delivered[good].max()))
        day = last if as_of is None else as_of
        lane, accepted, delivered, promised = (
            column[good] for column in (lane, accepted, delivered, promised)
        )
        used = np.unique(lane)
        order = np.argsort(accepted, kind="stable")
        deliveries = Deliveries(
            tuple(lanes[number] for number in used.tolist()),
            np.searchsorted(used, lane)[order], accepted[order],
            np.where(delivered == NONE, NONE, delivered - accepted)[order],
            np.where(promised == NONE, NONE, promised - accepted)[order], max(last, day),
            tuple(one.take(good).take(order) for one in more if one is not None),
        )  # fmt: skip
        read = HistoryRead(
            deliveries, rows, int(self._bad.sum()) + len(self._broken), self._counts,
            self._findings,
        )  # fmt: skip
        return known_by(read, day)

    def _days(self, column: pa.ChunkedArray) -> tuple[Ints, Mask]:
        """(day numbers, NONE where nothing is said; where something is said that is no date)."""
        kind = column.type
        if pa.types.is_dictionary(kind):
            column = column.cast(kind.value_type)
            kind = column.type
        if pa.types.is_null(kind):
            return np.full(len(column), NONE, dtype=np.int64), np.zeros(len(column), dtype=bool)
        if pa.types.is_timestamp(kind) and kind.tz is not None:
            column = pc.local_timestamp(column)
        elif not (pa.types.is_date(kind) or pa.types.is_timestamp(kind)):
            return _days_of_text(_text(column, self._path))
        days = pc.fill_null(column.cast(pa.timestamp("s"), safe=False).cast(pa.int64()), -1)
        seconds = days.to_numpy().astype(np.int64)
        said = pc.is_valid(column).to_numpy()
        found = seconds // 86_400
        wrong = said & ((found < _FIRST) | (found >= _LAST))
        return np.where(said & ~wrong, found, NONE), wrong

    def _refuse(
        self, code: str, where: Mask, column: str, table: pa.Table | None = None,
        set_aside: bool = True,
    ) -> None:  # fmt: skip
        where = where & ~self._bad
        rows = np.flatnonzero(where)
        severity = Severity.ERROR if set_aside else Severity.WARNING
        for row in rows[:KEPT].tolist():
            detail = column
            if table is not None:
                seen = {name: table[name][row].as_py() for name in table.column_names}
                detail = f"{column} {seen[column]!s:.40} (accepted_on {seen['accepted_on']!s:.40})"
            self._tell(code, severity, self._number(row), detail)
        self._counts[code] += max(len(rows) - KEPT, 0)
        if not self._counts[code]:
            del self._counts[code]
        if set_aside:
            self._bad |= where

    def _number(self, row: int) -> int:
        """The row's number in the file, the header being row 1."""
        number = row + 2
        for broken in self._broken.tolist():
            if broken > number:
                break
            number += 1
        return number

    def _tell(self, code: str, severity: Severity, row: int, detail: str) -> None:
        self._counts[code] += 1
        if self._counts[code] <= KEPT:
            self._findings.append(Finding(code, severity, self._name, f"row {row}", detail))


def _text(column: pa.ChunkedArray, path: Path) -> pa.ChunkedArray:
    try:
        return pc.utf8_trim_whitespace(pc.fill_null(column.cast(pa.string()), ""))
    except pa.ArrowException as error:
        raise UsageError(f"{path}: a column is {column.type}, not text or a date") from error


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_boolean(kind)
    )


def _is_number(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )


def _more(name: str, column: pa.ChunkedArray) -> Texts | Numbers | None:
    """A further column: numbers where it holds nothing else and more of them than a text has values
    that count, such as weight steps; None where it holds dates. A text that few items have is
    none."""
    text = pc.utf8_trim_whitespace(column.cast(pa.string()))
    said = pc.if_else(pc.equal(text, ""), None, text)
    numbers = _numbers(said)
    if numbers is not None and len(pc.unique(numbers)) > VALUES:
        found = np.asarray(pc.fill_null(numbers, np.nan).to_numpy(), dtype=np.float64)
        return Numbers(name, np.where(np.isfinite(found), found, np.nan))
    if pc.all(pc.match_substring_regex(said, _DATE)).as_py() in (True, None):
        return None
    counted = pc.value_counts(said)
    often = counted.field("values").filter(pc.greater_equal(counted.field("counts"), FEW))
    labels = sorted(often.drop_null().to_pylist())
    values = pc.fill_null(pc.index_in(said, pa.array(labels, pa.string())), NONE)
    return Texts(name, values.to_numpy().astype(np.int64), tuple(labels))


def _numbers(said: pa.ChunkedArray) -> pa.ChunkedArray | None:
    try:
        return said.cast(pa.float64())
    except pa.ArrowInvalid:
        return None


def _labels(column: pa.ChunkedArray) -> tuple[tuple[str, ...], Ints]:
    """(the lanes in order, per row the number of its lane, -1 where none is named)."""
    text = pc.utf8_trim_whitespace(pc.fill_null(column.cast(pa.string()), ""))
    coded = text.combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    names = coded.dictionary.to_pylist()
    order = sorted(range(len(names)), key=names.__getitem__)
    place = np.full(len(names) + 1, NONE, dtype=np.int64)
    kept = [number for number in order if names[number]]
    place[kept] = np.arange(len(kept))
    return tuple(names[number] for number in kept), place[coded.indices.to_numpy()]


def _days_of_text(text: pa.ChunkedArray) -> tuple[Ints, Mask]:
    said = pc.not_equal(text, "").to_numpy()
    shaped = pc.match_substring_regex(text, _DATE).to_numpy()
    dates = pc.utf8_slice_codeunits(text, 0, 10).combine_chunks().dictionary_encode()
    if isinstance(dates, pa.ChunkedArray):
        dates = dates.combine_chunks()
    numbers = np.array(
        [_day(one) for one in dates.dictionary.to_pylist()] or [NONE], dtype=np.int64
    )
    found = numbers[dates.indices.to_numpy()] if len(text) else np.zeros(0, dtype=np.int64)
    found = np.where(shaped, found, NONE)
    return found, said & (found == NONE)


def _day(text: str) -> int:
    """The day number of a date, NONE of what is none or lies outside of 1990 to 2059."""
    try:
        day = parse_date(text)
    except BadMoment:
        return NONE
    return day if _FIRST <= day < _LAST else NONE
