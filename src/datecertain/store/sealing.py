"""Sealing: bytes become bytes that only the holder of a key can read, or change unnoticed.

An *object* is compressed (zlib), cut into chunks and encrypted chunk by chunk with AES-256-GCM
under a key of its own (the STREAM construction). The nonce is the number of the chunk and a mark
on the last one, so that chunks cannot be left out, put in another order or cut off at the end
without being noticed; a nonce is never used twice, since no key seals two objects. What the object
is said to be is authenticated with every chunk, so that one object cannot stand in for another.

A *note* is a few bytes under a key that seals many: keys, and parts in quarantine. Its nonce is
random, 96 bits; a key is good for some 2^32 notes.

Nothing here touches a disk. Layout and threat model: docs/reference/archive.md.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from datecertain.errors import StoreDamaged

#: Bytes of a key.
KEY_BYTES = 32
#: Bytes of a chunk before it is sealed; fixed by the format.
CHUNK_BYTES = 1 << 16
_TAG_BYTES = 16
_NONCE_BYTES = 12
_READ_BYTES = 1 << 20
#: Fast rather than tight: messages shrink to a fifth at this level already.
_LEVEL = 1


class Writes(Protocol):
    """What takes sealed bytes."""

    def write(self, data: bytes, /) -> object: ...


class Reads(Protocol):
    """What gives sealed bytes."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class SealedObject:
    """What was sealed: hash and size of the plain bytes, and how many bytes were written."""

    sha256: str
    size: int
    length: int


def new_key() -> bytes:
    """A key that nobody has."""
    return os.urandom(KEY_BYTES)


def seal(source: BinaryIO, target: Writes, key: bytes, about: bytes) -> SealedObject:
    """Seal all that `source` gives under a key that seals nothing else, at bounded memory."""
    cipher, packer, digest = AESGCM(key), zlib.compressobj(_LEVEL), hashlib.sha256()
    waiting = bytearray()
    number = size = length = 0
    while block := source.read(_READ_BYTES):
        digest.update(block)
        size += len(block)
        waiting += packer.compress(block)
        while len(waiting) > CHUNK_BYTES:  # one byte at least is left for the last chunk
            sealed = cipher.encrypt(_nonce(number, False), bytes(waiting[:CHUNK_BYTES]), about)
            target.write(sealed)
            del waiting[:CHUNK_BYTES]
            number, length = number + 1, length + len(sealed)
    waiting += packer.flush()
    while waiting:
        last = len(waiting) <= CHUNK_BYTES
        sealed = cipher.encrypt(_nonce(number, last), bytes(waiting[:CHUNK_BYTES]), about)
        target.write(sealed)
        del waiting[:CHUNK_BYTES]
        number, length = number + 1, length + len(sealed)
    return SealedObject(digest.hexdigest(), size, length)


def unseal(source: Reads, length: int, key: bytes, about: bytes) -> Iterator[bytes]:
    """The plain bytes of an object of `length` sealed bytes, in blocks, at bounded memory.

    Raises `StoreDamaged` when the bytes are not those that were sealed under this key as `about`:
    blocks given before it are good, but not the whole.
    """
    cipher, unpacker = AESGCM(key), zlib.decompressobj()
    number, left = 0, length
    while True:
        chunk = source.read(min(left, CHUNK_BYTES + _TAG_BYTES))
        left -= len(chunk)
        last = left == 0 or not chunk
        try:
            packed = cipher.decrypt(_nonce(number, last), chunk, about)
            while packed:  # a small chunk may unpack to much: never all at once
                if block := unpacker.decompress(packed, _READ_BYTES):
                    yield block
                packed = unpacker.unconsumed_tail
        except (InvalidTag, zlib.error) as error:
            raise StoreDamaged(
                "sealed bytes do not open: changed, cut off, exchanged, or sealed under another key"
            ) from error
        number += 1
        if last:
            break
    if rest := unpacker.flush():
        yield rest
    if not unpacker.eof:
        raise StoreDamaged("sealed bytes end too early")


def seal_note(plain: bytes, key: bytes, about: bytes) -> bytes:
    """Seal a few bytes under a key that seals many such."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, about)


def unseal_note(sealed: bytes, key: bytes, about: bytes) -> bytes:
    """The bytes that were sealed. Raises `StoreDamaged`."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about)
    except (InvalidTag, ValueError) as error:
        raise StoreDamaged(
            "a sealed note does not open: changed, exchanged, or sealed under another key"
        ) from error


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(_NONCE_BYTES - 1, "big") + (b"\1" if last else b"\0")
