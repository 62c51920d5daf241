"""From the number of an item to its row in a table: many numbers at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.moments import Ints
from datecertain.tracking import scan_kernels
from datecertain.tracking.scan_kernels import NOT_S10

#: With fewer items than this Arrow's own search is fast enough.
_FEW = 1_000


class ItemRows:
    """The first row of each item number of a table.

    A number of the form AA999999999AA is looked up as an integer, any other as a text.
    """

    def __init__(self, numbers: pa.StringArray) -> None:
        self._texts = numbers if len(numbers) < _FEW else None
        self._odd: dict[str, int] = {}
        #: Whether no number is there twice; None: not counted.
        self.distinct: bool | None = None
        if self._texts is not None:
            return
        bits = max(2 * len(numbers) - 1, 1).bit_length()
        self._shift = 64 - bits
        self._slots = np.full(1 << bits, NOT_S10, dtype=np.int64)
        self._of_slot = np.zeros(1 << bits, dtype=np.int64)
        as_numbers = _as_numbers(numbers)
        again = scan_kernels.place_numbers(as_numbers, self._slots, self._of_slot, self._shift)
        odd = np.flatnonzero(as_numbers == NOT_S10).tolist()
        for row in odd:
            self._odd.setdefault(numbers[row].as_py(), row)
        self.distinct = again == 0 and len(odd) == len(self._odd)

    def of(self, numbers: pa.StringArray) -> Ints:
        """The first row of each of these numbers, -1 where the table has none of it."""
        if self._texts is not None:
            found = pc.index_in(numbers, self._texts).fill_null(-1)
            return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.int64)
        as_numbers = _as_numbers(numbers)
        rows = np.empty(len(numbers), dtype=np.int64)
        scan_kernels.find_numbers(as_numbers, self._slots, self._of_slot, self._shift, rows)
        if self._odd:
            for place in np.flatnonzero(as_numbers == NOT_S10).tolist():
                rows[place] = self._odd.get(numbers[place].as_py(), -1)
        return rows


class SomeNumbers:
    """Some item numbers, to be found again among those of many tables."""

    def __init__(self, numbers: pa.StringArray | pa.ChunkedArray) -> None:
        whole = numbers.combine_chunks() if isinstance(numbers, pa.ChunkedArray) else numbers
        self._rows = ItemRows(whole)
        #: In order, as text.
        self.ordered: list[str] = sorted(numbers.to_pylist())

    def of(self, rows: pa.Table) -> pa.Table:
        """The rows of a table whose `item_id`, a plain text, is one of them."""
        some = [rows.slice(0, 0)]
        for batch in rows.to_batches():  # put together they would be copied once more
            there = self._rows.of(batch["item_id"]) >= 0
            some.append(pa.Table.from_batches([batch.filter(pa.array(there))]))
        return pa.concat_tables(some)


def _as_numbers(texts: pa.StringArray) -> Ints:
    _, offsets, octets = texts.buffers()
    begins = np.frombuffer(offsets, dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    told: Any = np.frombuffer(octets, dtype=np.uint8) if octets else np.empty(0, dtype=np.uint8)
    numbers = np.empty(len(texts), dtype=np.int64)
    scan_kernels.s10_numbers(told, begins, numbers)
    return numbers


def repeats(numbers: pa.StringArray) -> bool:
    """Whether any number is there twice."""
    if len(numbers) < _FEW:
        return bool(pc.count_distinct(numbers).as_py() != len(numbers))
    return not ItemRows(numbers).distinct
