"""Files joined into blocks of bytes, so that one large file and a thousand small ones cost alike.

A block holds pieces of one or more sources, back to back. Whatever could not be used of a block
(the beginning of something that goes on in the next) is carried over into the next one.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

Octets = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]

#: Eight bytes are read at any position, so blocks are padded.
_PADDING = bytes(64)
#: Sources that can't write into a block are read in pieces that a processor's cache can hold.
_PIECE_BYTES = 1 << 18


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of one source within a block: `[begin, end)` of the block."""

    source: str
    begin: int
    end: int
    shift: int  # byte offset in the source = position in the block + shift
    final: bool  # the source ends here


@dataclass(frozen=True, slots=True)
class Block:
    """Bytes to be read at one go; good until the next block is."""

    data: bytes | bytearray  # padded: use only up to `size`
    size: int
    pieces: tuple[Piece, ...]

    @property
    def octets(self) -> Octets:
        """The block byte by byte."""
        return np.frombuffer(self.data, dtype=np.uint8, count=self.size + len(_PADDING))

    def raw(self, begin: int, end: int) -> bytes:
        """A copy of some of the bytes."""
        return bytes(memoryview(self.data)[begin:end])

    @property
    def words(self) -> Words:
        """The eight bytes from each position on, first byte lowest."""
        return eight_bytes(self.octets)[: self.size + 32]


def eight_bytes(octets: Octets) -> Words:
    """The eight bytes from each position on, first byte lowest, in the same memory."""
    return np.ndarray(
        shape=(max(len(octets) - 7, 0),), dtype="<u8", buffer=octets.data, strides=(1,)
    )


class BlockReader:
    """Reads sources in order into blocks of about `block_bytes`.

    The bytes from a position of the last block on can be carried over; a block grows, to twice
    what was carried, when nothing of the last one could be used.
    """

    def __init__(self, sources: Iterable[tuple[str, BinaryIO]], block_bytes: int) -> None:
        self._sources: Iterator[tuple[str, BinaryIO]] = iter(sources)
        self._block_bytes = block_bytes
        self._open: tuple[str, BinaryIO] | None = None
        self._read_of_open = 0
        self._buffer = bytearray()

    def next(self, carried: bytes = b"") -> Block | None:
        """The next block, beginning with what is carried of the source read last; None at the end
        of all sources."""
        wanted = max(self._block_bytes, 2 * len(carried))
        if len(self._buffer) < wanted + len(_PADDING):
            self._buffer = bytearray(wanted + len(_PADDING))
        self._buffer[: len(carried)] = carried
        pieces, begin, size = [], 0, len(carried)
        while size < wanted:
            if self._open is None:
                following = next(self._sources, None)
                if following is None:
                    break
                self._open, self._read_of_open = following, 0
            shift = self._read_of_open - size
            name, size, final = self._fill(size, wanted)
            pieces.append(Piece(name, begin, size, shift, final))
            begin = size
        if not pieces:
            return None
        self._buffer[size : size + len(_PADDING)] = _PADDING
        return Block(self._buffer, size, tuple(pieces))

    def _fill(self, size: int, wanted: int) -> tuple[str, int, bool]:
        """Fill the block from `size` to at most `wanted` with bytes of the open source; answers
        its name, the size then, and whether it ends with them."""
        assert self._open is not None, "carried bytes belong to a source that has not ended"
        name, stream = self._open
        room = memoryview(self._buffer)[:wanted]
        while size < wanted:
            if isinstance(stream, io.BytesIO | io.BufferedReader):
                count = stream.readinto(room[size:])
            else:
                chunk = stream.read(min(wanted - size, _PIECE_BYTES))
                count = len(chunk)
                room[size : size + count] = chunk
            if not count:
                self._open = None
                return name, size, True
            size += count
            self._read_of_open += count
        return name, size, False
