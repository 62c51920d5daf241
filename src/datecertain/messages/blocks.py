"""Files joined into blocks of bytes, so that one large file and a thousand small ones cost alike.

A block holds pieces of one or more sources, back to back. Whatever could not be used of a block
(the beginning of something that goes on in the next) is carried over into the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

Octets = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]

#: Eight bytes are read at any position, so blocks are padded.
_PADDING = bytes(64)


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
    """Bytes to be read at one go."""

    data: bytes  # padded: use only up to `size`
    size: int
    pieces: tuple[Piece, ...]

    @property
    def octets(self) -> Octets:
        """The block byte by byte."""
        return np.frombuffer(self.data, dtype=np.uint8)

    @property
    def words(self) -> Words:
        """The eight bytes from each position on, first byte lowest."""
        return eight_bytes(np.frombuffer(self.data, dtype=np.uint8))[: self.size + 32]


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

    def next(self, carried: bytes = b"") -> Block | None:
        """The next block, beginning with what is carried of the source read last; None at the end
        of all sources."""
        wanted = max(self._block_bytes, 2 * len(carried))
        parts, pieces, begin, size = [carried], [], 0, len(carried)
        while size < wanted:
            if self._open is None:
                following = next(self._sources, None)
                if following is None:
                    break
                self._open, self._read_of_open = following, 0
            shift = self._read_of_open - size
            name, chunk, final = self._chunk(wanted - size)
            parts.append(chunk)
            size += len(chunk)
            pieces.append(Piece(name, begin, size, shift, final))
            begin = size
        if not pieces:
            return None
        return Block(b"".join([*parts, _PADDING]), size, tuple(pieces))

    def _chunk(self, wanted: int) -> tuple[str, bytes, bool]:
        """Up to so many bytes of the open source, and whether it ends with them."""
        assert self._open is not None, "carried bytes belong to a source that has not ended"
        name, stream = self._open
        read: list[bytes] = []
        while wanted > 0:
            chunk = stream.read(wanted)
            if not chunk:
                self._open = None
                return name, b"".join(read), True
            read.append(chunk)
            wanted -= len(chunk)
            self._read_of_open += len(chunk)
        return name, b"".join(read), False
