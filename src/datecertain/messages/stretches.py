"""A block cut into stretches: what belongs to one interchange, and what to none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from datecertain.messages.blocks import Block
from datecertain.messages.separators import Separators, Start, find_starts


@dataclass(frozen=True, slots=True)
class Stretch:
    """`[begin, end)` of a block: one interchange from its start, or what lies before the first
    start of a piece: the rest of an interchange begun in an earlier block, or nothing of use."""

    source: str
    begin: int
    end: int
    shift: int  # byte offset in the source = position in the block + shift
    start: Start | None
    ends: bool  # the source ends here, or the next interchange starts

    @property
    def body(self) -> int:
        """Position of the first segment: behind the service string advice."""
        return self.begin if self.start is None else self.start.header


@dataclass(frozen=True, slots=True)
class Dialect:
    """What the bytes of an interchange must be read with."""

    separators: Separators
    syntax: str


@dataclass(frozen=True, slots=True)
class Run:
    """Stretches back to back that are read at one go; without dialect they are no EDIFACT."""

    dialect: Dialect | None
    stretches: tuple[Stretch, ...]


def cut(block: Block) -> list[Stretch]:
    """The stretches of a block. Each piece begins with one without start, perhaps empty."""
    stretches = []
    for piece in block.pieces:
        starts = find_starts(block.data, piece.begin, piece.end)
        begins = [piece.begin, *(start.position for start in starts)]
        ends = [*begins[1:], piece.end]
        for begin, end, start in zip(begins, ends, [None, *starts], strict=True):
            last = end == piece.end and (start is None) == (not starts)
            last = last and (not starts or start is starts[-1])
            stretches.append(
                Stretch(piece.source, begin, end, piece.shift, start, piece.final or not last)
            )
    return stretches


def runs(stretches: list[Stretch], open_dialect: Dialect | None) -> Iterator[Run]:
    """The stretches in order, those of one dialect together.

    `open_dialect` is that of the interchange which the first stretch goes on with, if any.
    """
    together: list[Stretch] = []
    dialect: Dialect | None = None
    for place, stretch in enumerate(stretches):
        if stretch.start is None:
            own = open_dialect if place == 0 else None
            if own is None and stretch.begin == stretch.end:
                continue
        else:
            own = Dialect(stretch.start.separators, stretch.start.syntax)
        if together and own != dialect:
            yield Run(dialect, tuple(together))
            together = []
        dialect = own
        together.append(stretch)
    if together:
        yield Run(dialect, tuple(together))
