"""CSV files of questions and answers, a chunk of rows at a time.

One line is one row: a quoted cell may hold commas and doubled quotation marks, but no line break.
So a quotation mark that somebody forgot spoils its own row and no other.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from datecertain.errors import UsageError
from datecertain.promise.batch_reading import Problem, Trouble, Troubles

#: Rows read, answered and written together; two parts of promise/bulk.py.
CHUNK_ROWS = 65_536
_LONGEST_LINE = 1_000_000
_LONGEST_CELL = 10_000


class CsvChunk:
    """Some rows of a CSV file, with the troubles that reading them met."""

    def __init__(self, names: list[str], rows: list[list[str]], troubles: Troubles) -> None:
        self.names = names
        self.count = len(rows)
        self.troubles = troubles
        self.cells = [list(column) for column in zip(*rows, strict=True)]

    def texts(self, name: str) -> list[str]:
        """A column as text."""
        return self.cells[self.names.index(name)]

    def carried(self) -> Mapping[str, Any]:
        """All columns, to be carried through."""
        return dict(zip(self.names, self.cells, strict=True))


class CsvQuestions:
    """A CSV file to be read in chunks. `read_bytes` of `size` were read so far.

    Raises `UsageError` when there is no header that can be read.
    """

    def __init__(self, path: Path) -> None:
        self.size = path.stat().st_size
        self._path = path
        with path.open("rb") as stream:
            first = stream.readline(_LONGEST_LINE)
        self.read_bytes = len(first)
        try:
            line = first.decode("utf-8-sig").rstrip("\r\n")
            header = next(csv.reader([line], strict=True), [])
        except (UnicodeDecodeError, csv.Error) as error:
            raise UsageError(
                f"{path.name} has no header in UTF-8 that can be read: {error}"
            ) from error
        self.names = [name.strip() for name in header]

    def chunks(self) -> Iterator[CsvChunk]:
        """The rows in order; lines without anything on them are none."""
        rows: list[list[str]] = []
        troubles: Troubles = {}
        width = len(self.names)
        with self._path.open("rb") as stream:
            stream.seek(self.read_bytes)
            while raw := stream.readline(_LONGEST_LINE):
                self.read_bytes += len(raw)
                cells, trouble = _cells(raw)
                if not cells:
                    continue
                if trouble is None and len(cells) != width:
                    found = f"{len(cells)} ≠ {width}"
                    trouble = Trouble.of(Problem.COLUMNS, found)
                if trouble is not None:
                    troubles[len(rows)] = trouble
                    cells = (cells + [""] * width)[:width]
                rows.append(cells)
                if len(rows) == CHUNK_ROWS:
                    yield CsvChunk(self.names, rows, troubles)
                    rows, troubles = [], {}
        if rows:
            yield CsvChunk(self.names, rows, troubles)


def _cells(raw: bytes) -> tuple[list[str], Trouble | None]:
    """The cells of a line, none for an empty one."""
    try:
        line = raw.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        line = raw.decode(errors="replace").rstrip("\r\n")
        return _anyhow(line), Trouble.of(Problem.NOT_UTF8, line)
    if "\r" in line or len(raw) >= _LONGEST_LINE:
        return _anyhow(line), Trouble.of(Problem.LINE, line)
    if '"' not in line:
        return (line.split(","), None) if line.strip() else ([], None)
    try:
        return next(csv.reader([line], strict=True)), None
    except csv.Error:
        return _anyhow(line), Trouble.of(Problem.LINE, line)


def _anyhow(line: str) -> list[str]:
    """Cells of a line that is not sound, for whoever looks for it in the answers."""
    return line[:_LONGEST_CELL].replace("\r", " ").split(",")


class CsvAnswers:
    """Writes answers as CSV to a text stream."""

    def __init__(self, stream: IO[str]) -> None:
        self._writer = csv.writer(stream, lineterminator="\n")
        self._begun = False

    def write(self, carried: Mapping[str, Any], answer: Mapping[str, list[str]]) -> None:
        """One chunk: what was asked, and the answer's columns after it."""
        texts = {name: _texts(column) for name, column in carried.items()} | dict(answer)
        if not self._begun:
            self._writer.writerow(texts)
            self._begun = True
        self._writer.writerows(zip(*texts.values(), strict=True))

    def close(self) -> None:
        """Nothing is kept back."""


def _texts(column: Any) -> list[Any]:
    """A column's values; one that comes from Parquet is read out of it."""
    return column if isinstance(column, list) else list(column.to_pylist())
