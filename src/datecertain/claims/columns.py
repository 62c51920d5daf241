"""Columns of the tables that claims and settlement read, whatever chunks they come in."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.errors import InvariantBroken
from datecertain.moments import Ints

#: Of so many octets a whole number is made.
_OCTETS = 8


def texts(table: pa.Table, name: str) -> pa.StringArray:
    """A text column as one string array."""
    return _whole(table[name].cast(pa.string()))


def numbers(table: pa.Table, name: str, missing: int | None = None) -> Ints:
    """A whole-number column as int64; nulls become `missing`, which must be given if there are."""
    column = table[name].cast(pa.int64())
    if missing is not None:
        column = pc.fill_null(column, missing)
    return np.asarray(_whole(column).to_numpy(zero_copy_only=False), dtype=np.int64)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    combined = column.combine_chunks()
    if isinstance(combined, pa.ChunkedArray):  # more text than one array holds, or none at all
        chunks = combined.chunks
        combined = pa.concat_arrays(chunks) if chunks else pa.array([], column.type)
    return combined


def codes(column: pa.StringArray | pa.DictionaryArray) -> tuple[tuple[str, ...], Ints]:
    """The distinct texts in order of the alphabet, and for each row its index among them."""
    encoded = column.dictionary_encode()
    texts = encoded.dictionary.to_pylist()
    index = np.asarray(encoded.indices.to_numpy(zero_copy_only=False))
    there = np.flatnonzero(np.bincount(index, minlength=len(texts))).tolist()
    found = sorted({texts[i] for i in there})
    number = {text: place for place, text in enumerate(found)}
    numbers = np.array([number.get(text, -1) for text in texts], dtype=np.int64)
    return tuple(found), numbers[index]


def coded(table: pa.Table, name: str) -> tuple[tuple[str, ...], Ints]:
    """The `codes` of a text column, which may hold codes already."""
    return codes(_whole(table[name]))


def spelt_out(table: pa.Table) -> pa.Table:
    """The table with texts where it holds codes of them."""
    fields = [
        field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))


def rows_in(keys: pa.StringArray, among: pa.StringArray) -> Ints:
    """The row of each key among other keys; -1 where it is not there. Both are unique."""
    if keys.equals(among):
        return np.arange(len(keys), dtype=np.int64)
    if len(keys) >= len(among):
        found = pc.fill_null(pc.index_in(keys, value_set=among), -1)
        return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.int64)
    # The shorter side is the one to build a table of.
    place = pc.fill_null(pc.index_in(among, value_set=keys), -1).to_numpy(zero_copy_only=False)
    rows = np.full(len(keys), -1, dtype=np.int64)
    there = np.flatnonzero(place >= 0)
    rows[place[there]] = there
    return rows


class KeyOrder:
    """Puts rows in order of their keys. Keys of one length are put in order by their first eight
    octets as one number, which is several times faster; as texts only those that begin alike."""

    def __init__(self, keys: pa.StringArray) -> None:
        self._keys = keys
        self._first = _first_octets(keys)

    def of(self, rows: Ints) -> Ints:
        """The places of some rows in order of their keys."""
        if self._first is None:
            return _by_text(self._keys.take(pa.array(rows)))
        first = self._first[rows]
        order = np.asarray(np.argsort(first), dtype=np.int64)
        same = np.diff(first[order]) == 0
        alike = np.flatnonzero(np.append(same, False) | np.append(False, same))
        if len(alike):
            keys = self._keys.take(pa.array(rows[order[alike]]))
            order[alike] = order[alike][_by_text(keys)]
        return order


def _by_text(keys: pa.StringArray) -> Ints:
    return np.asarray(pc.array_sort_indices(keys).to_numpy(), dtype=np.int64)


def _first_octets(keys: pa.StringArray) -> npt.NDArray[np.uint64] | None:
    _, offsets, octets = keys.buffers()
    if not len(keys) or keys.null_count or octets is None:
        return None
    begins = np.frombuffer(offsets, dtype=np.int32)[keys.offset : keys.offset + len(keys) + 1]
    length = int(begins[1] - begins[0])
    if length < _OCTETS or np.any(np.diff(begins) != length):
        return None
    whole = np.frombuffer(octets, dtype=np.uint8)[begins[0] : begins[-1]].reshape(-1, length)
    return whole[:, :_OCTETS].copy().view(">u8").ravel().astype(np.uint64)


def refuse_doubles(keys: pa.StringArray, what: str, checked: pa.StringArray | None = None) -> None:
    """Raises `InvariantBroken` when an item stands twice: it would be paid twice. `checked`: keys
    that were looked at before; the same need no second look."""
    if checked is not None and keys.equals(checked):
        return
    first = _first_octets(keys)
    if first is not None:  # only what begins alike can be the same
        ordered = np.sort(first)
        alike = ordered[1:][np.diff(ordered) == 0]
        keys = keys.filter(pa.array(np.isin(first, alike))) if len(alike) else keys.slice(0, 0)
    if len(keys) != len(pc.unique(keys)):
        doubles = [key for key in pc.value_counts(keys).to_pylist() if key["counts"] > 1]
        first = min(entry["values"] for entry in doubles)
        raise InvariantBroken(
            f"{what}: {len(doubles)} items stand more than once, the first {first}; "
            "pass the current row of each item only"
        )


def take_texts(values: tuple[str, ...], index: Ints) -> pa.StringArray:
    """One of the values per row."""
    return pa.array(values, pa.string()).take(pa.array(index, pa.int64()))
