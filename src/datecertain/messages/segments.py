"""Single segments as values: for looking at a message, for drafts of layouts, for writing.

The bulk reader never makes these; both stand on the same scan.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from datecertain.messages.blocks import Block, BlockReader
from datecertain.messages.charsets import decode
from datecertain.messages.kernels import ELEMENT, REPETITION
from datecertain.messages.scan import Scan, scan
from datecertain.messages.separators import DEFAULT, LONGEST_START, Separators
from datecertain.messages.stretches import Dialect, Run, Stretch, cut, runs
from datecertain.messages.workspace import Workspace
from datecertain.moments import Ints

#: Components of one element, once per repetition; without repetition there is one.
Element = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment with its decoded values and the byte offset of its tag in the source."""

    tag: str
    elements: tuple[Element, ...]
    byte_offset: int = 0

    def value(self, element: int, component: int = 1, repetition: int = 1) -> str:
        """A value, counted from 1; empty where the segment has none."""
        try:
            return self.elements[element - 1][repetition - 1][component - 1]
        except IndexError:
            return ""

    def text(self, separators: Separators = DEFAULT) -> str:
        """The segment as written with those separators, terminator included."""
        component, repetition = chr(separators.component), chr(separators.repetition or 0)
        elements = (
            repetition.join(component.join(map(separators.escape, one)) for one in element)
            for element in self.elements
        )
        return chr(separators.element).join([self.tag, *elements]) + chr(separators.terminator)


def plain(tag: str, *elements: str | tuple[str, ...]) -> Segment:
    """A segment without repetitions: a text is an element of one component."""
    return Segment(tag, tuple(((one,) if isinstance(one, str) else one,) for one in elements))


def iter_segments(stream: BinaryIO, block_bytes: int = 1 << 20) -> Iterator[Segment]:
    """The segments of all interchanges of a file in order, `UNB` to `UNZ`; the service string
    advice, what belongs to no interchange and an unterminated end are passed over."""
    reader = BlockReader([("", stream)], max(block_bytes, 2 * LONGEST_START))
    dialect: Dialect | None = None
    carried, workspace = b"", Workspace()
    while (block := reader.next(carried)) is not None:
        keep = 0
        for run in runs(cut(block), dialect):
            last = run.stretches[-1]
            # The beginning of another interchange may hide in the last bytes.
            limit = last.end if last.ends else last.end - LONGEST_START
            if run.dialect is None:
                dialect, keep = None, max(last.begin, limit)
                continue
            found = scan(block, run, run.dialect, workspace)
            rows = _complete(found, run, limit)
            yield from (segment_at(found, int(row), last.shift) for row in rows)
            done = int(found.end(rows[-1:])[0]) if len(rows) else last.begin
            keep = last.end if last.ends else max(done, last.begin)
            dialect = None if last.ends or keep == last.begin < last.body else run.dialect
        carried = block.raw(keep, block.size)


def segments_in(raw: bytes, dialect: Dialect) -> list[Segment]:
    """The segments of a text without envelope, read in the dialect of the interchange it is of."""
    block = Block(raw + bytes(64), len(raw), ())
    stretch = Stretch("", 0, len(raw), 0, None, True)
    found = scan(block, Run(dialect, (stretch,)), dialect, Workspace())
    return [segment_at(found, row, 0) for row in range(len(found))]


def _complete(found: Scan, run: Run, limit: int) -> Ints:
    ranges = [np.arange(*found.rows_of(stretch), dtype=np.int64) for stretch in run.stretches]
    rows = np.concatenate(ranges)
    return rows[~found.forced[rows] & (found.end(rows) <= limit)]


def segment_at(found: Scan, row: int, shift: int) -> Segment:
    """The segment of a row of a scan; `shift` turns its position into a byte offset."""
    start, first, last = int(found.start[row]), int(found.first[row]), int(found.last[row])
    tag = found.block.raw(start, int(found.delim[first]))
    elements: list[list[list[str]]] = []
    for at in range(first, last):
        begin, end = int(found.delim[at]) + 1, int(found.delim[at + 1])
        value, _ = decode(found.raw_text(begin, end), found.dialect.syntax)
        kind = found.kind[at]
        if kind == ELEMENT or not elements:
            elements.append([[value]])
        elif kind == REPETITION:
            elements[-1].append([value])
        else:
            elements[-1][-1].append(value)
    return Segment(
        tag.decode("ascii", "replace"),
        tuple(tuple(tuple(one) for one in element) for element in elements),
        start + shift,
    )
