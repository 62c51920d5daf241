"""Short rows, many of them: what NumPy does along the rows of a tall table, column by column.

A reduction along rows of nine is a loop of its own for every row. Column by column it is nine
passes over the table, 4 to 9 times as fast (measured with 34,000 rows), and the same answer.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_Array = np.ndarray[tuple[Any, ...], np.dtype[Any]]


def any_in(rows: _Array) -> Any:
    """Whether anything is true, or not 0, in each row."""
    if not rows.shape[1]:
        return np.zeros(len(rows), dtype=bool)
    found = rows[:, 0] != 0
    for column in range(1, rows.shape[1]):
        found |= rows[:, column] != 0
    return found


def sums(rows: _Array) -> Any:
    """The sum of each row."""
    return np.einsum("ij->i", rows)


def least_from_here(rows: _Array) -> Any:
    """Each number, or a smaller one after it in its row."""
    found = rows.copy()
    for column in range(rows.shape[1] - 2, -1, -1):
        np.minimum(found[:, column], found[:, column + 1], out=found[:, column])
    return found


def distinct(values: _Array) -> tuple[Any, Any, Any]:
    """As `np.unique`: the values there are, in order, where each is found first, and the number of
    each value among them. Numbers that lie near each other are counted instead of sorted."""
    low = int(values.min()) if len(values) else 0
    span = int(values.max()) - low + 1 if len(values) else 0
    if span > 4 * len(values) + 1024:
        return np.unique(values, return_index=True, return_inverse=True)
    place = values - low
    first = np.full(span, -1, dtype=np.int64)
    first[place[::-1]] = np.arange(len(values) - 1, -1, -1)
    there = np.flatnonzero(first >= 0)
    number = np.zeros(span, dtype=np.int64)
    number[there] = np.arange(len(there))
    return there + low, first[there], number[place]
