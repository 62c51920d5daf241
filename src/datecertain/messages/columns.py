"""Values of a scan as Arrow columns, without touching them one by one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.messages import value_kernels
from datecertain.messages.blocks import Words, eight_bytes
from datecertain.messages.charsets import decode
from datecertain.messages.code_tables import code_table
from datecertain.messages.compiling import Places
from datecertain.messages.scan import Scan
from datecertain.moments import Ints, Mask

#: Codes of so many bytes are looked up at once.
_SHORT = 7
#: Of so many places in a table one is taken: few codes then share one.
_SPARSE = 16
#: Columns of one value, the last few that were made.
_CONSTANTS = 8
_constants: dict[str | None, pa.Array] = {}
_A_LOW, _Z_LOW = np.uint8(ord("a")), np.uint8(ord("z"))


def texts(
    found: Scan, begin: Ints, end: Ints, *, binary: bool = False, slots: Ints | None = None
) -> pa.Array:
    """The values `[begin, end)`, ascending and without overlap, as one Arrow column.

    With `slots` the column has a row per slot, which names the value it takes, -1 for null;
    without, a row per value. Empty values are null in a text column.
    """
    if not len(begin):
        return pa.nulls(0 if slots is None else len(slots), pa.binary() if binary else pa.string())
    source: npt.NDArray[np.uint8] = found.octets
    if len(found.released):
        source = found.unreleased
        absent = end == begin
        begin = begin - found.low - np.searchsorted(found.released, begin)
        end = end - found.low - np.searchsorted(found.released, end)
        begin[absent] = end[absent] = 0
    # One array over the whole block whose even entries are the values, and whose odd ones what
    # lies between; taking the even ones copies the values and nothing else.
    offsets = np.empty(2 * len(begin) + 1, dtype=np.int32)
    offsets[0:-1:2], offsets[1::2], offsets[-1] = begin, end, end[-1]
    if len(empty := np.flatnonzero(end == begin)):
        offsets = np.maximum.accumulate(offsets)  # absent values, at 0, become empty in place
    whole = pa.BinaryArray.from_buffers(
        pa.binary(), 2 * len(begin), [None, pa.py_buffer(offsets), pa.py_buffer(source)]
    )
    if slots is None:
        wanted = pa.array(np.arange(0, 2 * len(begin), 2))
        if not binary and len(empty):
            wanted = pa.array(np.arange(0, 2 * len(begin), 2), mask=end == begin)
    else:
        null = slots < 0
        if len(empty):
            null |= (end == begin)[slots]
        wanted = pa.array(2 * slots, mask=null) if null.any() else pa.array(2 * slots)
    values = whole.take(wanted)
    return values if binary else _decoded(values, found.dialect.syntax)


def words(
    found: Scan, spots: Places, parts: Ints, columns: Sequence[int]
) -> list[tuple[pa.Array, bool]]:
    """The values of some parts that stand in columns of `spots`: each as text in upper case, and
    whether they all are plain ASCII. Empty values are null."""
    count, many = len(parts), len(columns)
    offsets = np.empty((many, count + 1), dtype=np.int32)
    validity = np.zeros((many, (count + 7) // 8), dtype=np.uint8)
    room = found.high - found.low + 8  # they stand in the scanned bytes, each once
    data = found.workspace.array("words", many * room, np.uint8)
    sizes, nulls, plain = np.zeros(many, np.int64), np.zeros(many, np.int64), np.ones(many, bool)
    release = found.dialect.separators.release
    value_kernels.copy_texts(
        found.octets, found.words, found.classes, 0 if release is None else release, spots, parts,
        np.array(columns, dtype=np.uint32), offsets, validity, data, eight_bytes(data), room, sizes,
        nulls, plain,
    )  # fmt: skip
    made = []
    for place, column in enumerate(columns):
        if not plain[place]:
            made.append((_beyond_ascii(found, spots, parts, column), False))
            continue
        text = data[place * room : place * room + int(sizes[place])].copy()
        there = pa.py_buffer(validity[place]) if nulls[place] else None
        buffers = [there, pa.py_buffer(offsets[place]), pa.py_buffer(text)]
        made.append((pa.Array.from_buffers(pa.string(), count, buffers, int(nulls[place])), True))
    return made


def _beyond_ascii(found: Scan, spots: Places, parts: Ints, column: int) -> pa.Array:
    begin, end = spots[parts, column : column + 2].T.astype(np.int64)
    there = end > begin
    slots = np.where(there, np.cumsum(there) - 1, -1)
    return upper_case(texts(found, begin[there], end[there], slots=slots))


def of_runs(values: Sequence[str], counts: Sequence[int]) -> pa.Array:
    """A text column of each value so many times, one behind the other."""
    if len(set(values)) == 1:
        return _constant(values[0], sum(counts))
    encoded = [value.encode("utf-8") for value in values]
    offsets = np.empty(sum(counts) + 1, dtype=np.int32)
    row = end = offsets[0] = 0
    for one, count in zip(encoded, counts, strict=True):
        if one:
            behind = end + count * len(one) + 1
            ends = np.arange(end + len(one), behind, len(one), dtype=np.int32)
            offsets[row + 1 : row + count + 1] = ends
        else:
            offsets[row + 1 : row + count + 1] = end
        row, end = row + count, end + count * len(one)
    data = b"".join(one * count for one, count in zip(encoded, counts, strict=True))
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.string(), len(offsets) - 1, buffers, 0)


def nulls(count: int) -> pa.Array:
    """A text column without any value."""
    return _constant(None, count)


def _constant(value: str | None, count: int) -> pa.Array:
    """One value so many times; columns of one value share their memory."""
    kept = _constants.get(value)
    if kept is None or len(kept) < count:
        if len(_constants) >= _CONSTANTS:
            _constants.clear()
        _constants[value] = kept = pa.repeat(pa.scalar(value, pa.string()), count)
    return kept.slice(0, count)


def where(there: Mask | None, values: npt.NDArray[Any]) -> pa.Array:
    """The values, null where there is none; without a mask there are all."""
    column = pa.array(values)
    nulls = 0 if there is None else len(there) - int(np.count_nonzero(there))
    if there is None or not nulls:
        return column
    buffers = [_bits(there), column.buffers()[1]]
    return pa.Array.from_buffers(column.type, len(column), buffers, nulls)


def those(values: Ints, which: Ints) -> Ints:
    """Some of the values, ascending and each once: mostly all."""
    return values if len(which) == len(values) else values[which]


def truths(values: Mask) -> pa.Array:
    """A column of yes and no."""
    return pa.Array.from_buffers(pa.bool_(), len(values), [None, _bits(values)], 0)


def _bits(values: Mask) -> pa.Buffer:
    return pa.py_buffer(np.packbits(values, bitorder="little"))


def upper_case(column: pa.Array) -> pa.Array:
    """A text column in upper case."""
    data = column.buffers()[2]
    if data is None:
        return column
    octets = np.frombuffer(data, dtype=np.uint8)
    lower = ((octets >= _A_LOW) & (octets <= _Z_LOW)) | (octets >= 128)
    return pc.utf8_upper(column) if lower.any() else column


def beyond_ascii(column: pa.Array) -> Mask:
    """Which values of a text column are not plain ASCII."""
    return np.asarray(pc.fill_null(pc.invert(pc.string_is_ascii(column)), False), dtype=bool)


def _decoded(values: pa.Array, syntax: str) -> pa.Array:
    validity, offsets, data = values.buffers()
    if data is None or np.frombuffer(data, dtype=np.uint8).max(initial=0) < 128:
        return pa.StringArray.from_buffers(len(values), offsets, data, validity, values.null_count)
    return pa.array(
        [None if one is None else decode(one, syntax)[0] for one in values.to_pylist()],
        type=pa.string(),
    )


def unknown_values(column: pa.Array, table: str) -> dict[str, list[int]]:
    """The values of a column that a bundled code list does not hold, each with its rows."""
    _, offsets, data = column.buffers()
    if column.null_count == len(column) or data is None:
        return {}
    listed = _listed(table)
    doubtful = np.empty(len(column), dtype=bool)
    begins = np.frombuffer(offsets, dtype=np.int32)[column.offset :]
    octets = np.frombuffer(data, dtype=np.uint8)
    if not value_kernels.find_unlisted(begins, octets, eight_bytes(octets), listed, doubtful):
        return {}
    rows, known = np.flatnonzero(doubtful), frozenset(code_table(table).codes())
    like: dict[str, list[int]] = {}
    for row, value in zip(rows.tolist(), column.take(pa.array(rows)).to_pylist(), strict=True):
        if value not in known:
            like.setdefault(value, []).append(row)
    return like


@cache
def _listed(table: str) -> Words:
    """The codes of a list as `value_kernels.find_unlisted` looks them up."""
    codes = [one.encode("utf-8") for one in code_table(table).codes()]
    places = 1 << (_SPARSE * len(codes)).bit_length()
    listed = np.zeros(places, dtype=np.uint64)
    for code in codes:
        if 0 < len(code) <= _SHORT:
            key = int.from_bytes(code, "little") | len(code) << 56
            place = ((key * value_kernels.SPREAD & (1 << 64) - 1) >> 40) % places
            while listed[place]:
                place = (place + 1) % places
            listed[place] = key
    return listed
