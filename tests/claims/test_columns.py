"""Columns of keys: put in order as texts are, whatever they begin with."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datecertain.claims.columns import KeyOrder, coded, codes, spelt_out

_TEXTS = {
    "of one length, many alike": st.text("ab", min_size=10, max_size=10),
    "of any length": st.text("abé한", max_size=12),
    "of a digest": st.text("0123456789abcdef", min_size=32, max_size=32),
}


@pytest.mark.parametrize("kind", list(_TEXTS))
@given(data=st.data())
def test_keys_are_in_the_order_of_texts(kind: str, data: st.DataObject) -> None:
    texts = data.draw(st.lists(_TEXTS[kind], unique=True, max_size=40))
    skipped = data.draw(st.integers(0, len(texts)))
    keys = pa.array(texts, pa.string()).slice(skipped)
    order = KeyOrder(keys)
    for few in (np.arange(len(keys)), np.arange(len(keys))[::-2]):
        ordered = keys.take(pa.array(few[order.of(few)], pa.int64())).to_pylist()
        assert ordered == sorted((keys[row].as_py() for row in few.tolist()), key=str.encode)


@given(
    texts=st.lists(st.sampled_from(["", "KR", "US", "한"]), max_size=12), skipped=st.integers(0, 3)
)
def test_codes_of_texts_are_those_of_texts_that_came_as_codes(
    texts: list[str], skipped: int
) -> None:
    plain = pa.array(texts, pa.string())
    parts = [plain[skipped:].dictionary_encode(), plain[:skipped].dictionary_encode()[1:]]
    table = pa.table({"post": pa.chunked_array(parts, parts[0].type)})
    left = texts[skipped:] + texts[:skipped][1:]
    names, places = coded(table, "post")
    assert (list(names), [names[place] for place in places.tolist()]) == (sorted({*left}), left)
    assert spelt_out(table).equals(pa.table({"post": pa.array(left, pa.string())}))
    again, others = codes(pa.array(left, pa.string()))
    assert (again, others.tolist()) == (names, places.tolist())
