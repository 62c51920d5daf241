"""Sealed bytes: they come back as they were, and whatever is changed in them is noticed."""

from __future__ import annotations

import hashlib
import io
import os
import tracemalloc
import zlib

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import example, given
from hypothesis import strategies as st

from datecertain.errors import StoreDamaged
from datecertain.store.sealing import (
    CHUNK_BYTES,
    new_key,
    seal,
    seal_note,
    unseal,
    unseal_note,
)

KEY, ABOUT = bytes(range(32)), b"the message of a test"
#: Sealed bytes of a whole chunk.
WHOLE = CHUNK_BYTES + 16
#: Does not shrink, so that it fills several chunks.
LONG = os.urandom(3 * CHUNK_BYTES)


def sealed(plain: bytes, key: bytes = KEY, about: bytes = ABOUT) -> bytes:
    target = io.BytesIO()
    told = seal(io.BytesIO(plain), target, key, about)
    assert told.sha256 == hashlib.sha256(plain).hexdigest()
    assert (told.size, told.length) == (len(plain), len(target.getvalue()))
    return target.getvalue()


def opened(data: bytes, key: bytes = KEY, about: bytes = ABOUT) -> bytes:
    return b"".join(unseal(io.BytesIO(data), len(data), key, about))


def opened_by_the_page(data: bytes) -> bytes:
    """As docs/reference/archive.md says it, with nothing of the package's own code."""
    chunks = [data[at : at + 65_552] for at in range(0, len(data), 65_552)]
    packed = b""
    for number, chunk in enumerate(chunks):
        last = number == len(chunks) - 1
        nonce = number.to_bytes(11, "big") + bytes([last])
        packed += AESGCM(KEY).decrypt(nonce, chunk, ABOUT)
    return zlib.decompress(packed)


@given(st.integers(0, len(LONG)))
@example(0)
@example(len(LONG))
def test_what_is_sealed_comes_back(size: int) -> None:
    plain = LONG[:size]
    data = sealed(plain)
    assert opened(data) == plain
    assert opened_by_the_page(data) == plain


def test_one_small_chunk_that_opens_to_many_megabytes() -> None:
    data = sealed(bytes(40 << 20))
    assert len(data) < 400_000
    blocks = list(unseal(io.BytesIO(data), len(data), KEY, ABOUT))
    assert max(map(len, blocks)) <= 1 << 20
    assert sum(map(len, blocks)) == 40 << 20


@given(st.data())
def test_one_changed_bit_anywhere_is_noticed(data: st.DataObject) -> None:
    good = bytearray(sealed(LONG))
    at = data.draw(st.integers(0, len(good) - 1))
    good[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(StoreDamaged):
        opened(bytes(good))


@given(st.integers(0, 4 * WHOLE))
@example(WHOLE)
@example(2 * WHOLE)
def test_cut_off_anywhere_is_noticed(left: int) -> None:
    good = sealed(LONG)
    if left < len(good):
        with pytest.raises(StoreDamaged):
            opened(good[:left])
        with pytest.raises(StoreDamaged):  # also when the records still say how long it was
            list(unseal(io.BytesIO(good[:left]), len(good), KEY, ABOUT))


def test_chunks_in_another_order_left_out_or_twice_are_noticed() -> None:
    good = sealed(LONG)
    chunks = [good[at : at + WHOLE] for at in range(0, len(good), WHOLE)]
    assert len(chunks) == 4
    for order in ([1, 0, 2, 3], [0, 2, 3], [0, 1, 1, 2, 3], [0, 1, 3], [3], [0, 1, 2]):
        with pytest.raises(StoreDamaged):
            opened(b"".join(chunks[number] for number in order))


def test_another_key_or_another_name_does_not_open_it() -> None:
    good = sealed(b"EE000000005KR")
    for key, about in ((new_key(), ABOUT), (KEY, b"another message")):
        with pytest.raises(StoreDamaged, match="do not open"):
            opened(good, key, about)


def test_notes() -> None:
    one, two = seal_note(b"a part", KEY, ABOUT), seal_note(b"a part", KEY, ABOUT)
    assert one != two
    assert unseal_note(one, KEY, ABOUT) == unseal_note(two, KEY, ABOUT) == b"a part"
    for wrong in (one[:-1], one[:5], b"", bytes([one[0] ^ 1]) + one[1:]):
        with pytest.raises(StoreDamaged):
            unseal_note(wrong, KEY, ABOUT)
    with pytest.raises(StoreDamaged):
        unseal_note(one, KEY, b"another part")


class Endless:
    """Gives so many bytes that hardly shrink, a block at a time."""

    def __init__(self, size: int) -> None:
        self.left = size
        self.block = os.urandom(1 << 20)

    def read(self, size: int, /) -> bytes:
        block = self.block[: min(size, self.left)]
        self.left -= len(block)
        return block


class Nowhere:
    """Takes bytes and keeps none."""

    def write(self, data: bytes, /) -> object:
        return len(data)


@pytest.mark.slow
def test_memory_is_flat_in_the_size() -> None:
    tracemalloc.start()
    told = seal(Endless(64 << 20), Nowhere(), KEY, ABOUT)  # type: ignore[arg-type]
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert told.size == 64 << 20
    assert most < 12 << 20
