"""Row by row what NumPy says along the second axis."""

from __future__ import annotations

import numpy as np
import pytest

from datecertain.rowwise import any_in, distinct, least_from_here, sums

CHANCE = np.random.default_rng(9)


@pytest.mark.parametrize("shape", [(0, 9), (1, 9), (200, 9), (200, 1), (5, 0)])
def test_as_numpy_along_rows(shape: tuple[int, int]) -> None:
    rows = CHANCE.integers(-1, 2, shape)
    assert any_in(rows).tolist() == rows.any(axis=1).tolist()
    assert any_in(rows > 0).tolist() == (rows > 0).any(axis=1).tolist()
    assert sums(rows).tolist() == rows.sum(axis=1).tolist()
    wide = CHANCE.integers(-(2**40), 2**40, shape)
    back = np.minimum.accumulate(wide[:, ::-1], axis=1)[:, ::-1]
    assert least_from_here(wide).tolist() == back.tolist()


@pytest.mark.parametrize("high", [1, 300, 2**60])
@pytest.mark.parametrize("count", [0, 1, 1_000])
def test_distinct_as_numpy(count: int, high: int) -> None:
    values = CHANCE.integers(-high, high, count)
    expected = np.unique(values, return_index=True, return_inverse=True)
    for mine, numpys in zip(distinct(values), expected, strict=True):
        assert mine.tolist() == numpys.tolist()
