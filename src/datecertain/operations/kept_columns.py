"""Columns of items that are kept for replays, as small as their values allow.

A moment is kept as minutes after the acceptance, a date as days after it, in the smallest whole
number that holds them all; what is not known, or never comes, is the smallest number and the next.
Texts are numbers into a list of those that there are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from datecertain.moments import NEVER, UNKNOWN, Ints

_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
_KEY = 32  # hex digits of an item key
_SIZES = (np.int8, np.int16, np.int32, np.int64)


def small(values: Ints, base: Ints | int = 0) -> pa.Array:
    """Whole numbers, less `base` where they are known."""
    unknown, never = values == UNKNOWN, values == NEVER
    less = np.where(unknown | never, 0, values - base)
    low, high = int(less.min(initial=0)), int(less.max(initial=0))
    kind: Any = next(
        size for size in _SIZES if np.iinfo(size).min + 2 <= low and high <= np.iinfo(size).max
    )
    least = np.iinfo(kind).min
    found = np.where(unknown, least, np.where(never, least + 1, less))
    return pa.array(found.astype(kind))


def large(column: pa.Array, index: Ints | None = None, base: Ints | int = 0) -> Ints:
    """The numbers again, of some rows; `base`: of these rows."""
    values = column.to_numpy(zero_copy_only=False)
    values = values if index is None else values[index]
    least = np.iinfo(values.dtype).min
    wide = values.astype(np.int64)
    return np.where(
        wide == least, UNKNOWN, np.where(wide == least + 1, NEVER, wide + base)
    )  # fmt: skip


def listed(texts: pa.ChunkedArray) -> pa.DictionaryArray:
    """Texts as small numbers into a list."""
    column = texts.combine_chunks().dictionary_encode()
    kind = pa.int8() if len(column.dictionary) < 128 else pa.int16()
    if len(column.dictionary) >= 2**15:
        kind = pa.int32()
    return pa.DictionaryArray.from_arrays(column.indices.cast(kind), column.dictionary)


def told(column: pa.Array, index: Ints) -> pa.Array:
    """Some rows of a column as they were, texts as texts."""
    some = column.take(pa.array(index))
    return some.dictionary_decode() if pa.types.is_dictionary(some.type) else some


def packed_keys(keys: pa.ChunkedArray) -> pa.Array:
    """Item keys in half of their length; as they are, where any is not 32 hex digits."""
    column = keys.combine_chunks()
    lengths = np.diff(
        np.frombuffer(column.buffers()[1], np.int32)[column.offset :][: len(column) + 1]
    )
    if not len(column) or np.any(lengths != _KEY) or column.null_count:
        return column
    first = np.frombuffer(column.buffers()[1], np.int32)[column.offset]
    digits = np.frombuffer(column.buffers()[2], np.uint8)[first : first + _KEY * len(column)]
    values = np.where(digits >= ord("a"), digits - (ord("a") - 10), digits - ord("0"))
    if np.any(_HEX[values & 15] != digits):
        return column
    halves = (values[0::2] << 4) | values[1::2]
    return pa.Array.from_buffers(
        pa.binary(_KEY // 2), len(column), [None, pa.py_buffer(halves.astype(np.uint8))]
    )


def unpacked_keys(column: pa.Array, index: Ints) -> pa.StringArray:
    """Some of the item keys."""
    some = column.take(pa.array(index))
    if not pa.types.is_fixed_size_binary(some.type):
        return some
    raw = np.frombuffer(some.buffers()[1], np.uint8)
    raw = raw[some.offset * _KEY // 2 :][: len(some) * _KEY // 2]
    digits = np.empty(2 * len(raw), dtype=np.uint8)
    digits[0::2], digits[1::2] = _HEX[raw >> 4], _HEX[raw & 15]
    offsets = np.arange(0, _KEY * (len(some) + 1), _KEY, dtype=np.int32)
    return pa.StringArray.from_buffers(len(some), pa.py_buffer(offsets), pa.py_buffer(digits))


def leading(column: pa.Array) -> Any:
    """The first half of each packed key as a number, in the order of the keys; None where they are
    not packed."""
    if not pa.types.is_fixed_size_binary(column.type):
        return None
    words = np.frombuffer(column.buffers()[1], ">u8")[2 * column.offset :][: 2 * len(column)]
    return words[0::2].astype(np.uint64)
