"""Columns of keys: put in order as texts are, whatever they begin with."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datecertain.claims.columns import order_of

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
    ordered = keys.take(pa.array(order_of(keys), pa.int64())).to_pylist()
    assert ordered == sorted(texts[skipped:], key=str.encode)
