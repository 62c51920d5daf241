"""What became of each byte of a source: used, passed over, noted, set aside, blank; never lost.

The reader marks every segment with its fate as it decides it, and afterwards counts the bytes: the
spans of a source lie back to back and cover it from its first byte to its last. A byte that
nothing was decided about would come out as `LOST`, one that was set aside twice as `TWICE`; both
are defects of the reader, and the fuzzing looks for them (requirement 15: nothing lost in silence).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from datecertain.moments import Ints

Kinds = npt.NDArray[np.uint8]


class Fate(IntEnum):
    """What became of bytes."""

    LOST = 0  # nothing was decided: a defect of the reader
    USED = 1  # in an event, or in the envelope of what was read
    PASSED_OVER = 2  # known and of no use: the layout says so, or the item tells no event
    NOTED = 3  # of no use and not known: a finding says so
    SET_ASIDE = 4  # in quarantine, with a finding
    BLANK = 5  # between segments and interchanges: line breaks, blanks, empty segments, padding
    TWICE = 6  # set aside twice: a defect of the reader


@dataclass(frozen=True, slots=True)
class ByteCounts:
    """So many bytes of each fate."""

    lost: int = 0
    used: int = 0
    passed_over: int = 0
    noted: int = 0
    set_aside: int = 0
    blank: int = 0
    twice: int = 0

    @classmethod
    def of(cls, counts: npt.NDArray[np.int64]) -> ByteCounts:
        """From counts in the order of `Fate`."""
        return cls(*(int(count) for count in counts))

    @property
    def total(self) -> int:
        """All of them."""
        return (
            self.lost
            + self.used
            + self.passed_over
            + self.noted
            + self.set_aside
            + self.blank
            + self.twice
        )


@dataclass(frozen=True, slots=True)
class Passage:
    """`[begin, end)` of a block that was decided about without looking at its segments."""

    begin: int
    end: int
    fate: Fate


@dataclass(frozen=True, slots=True)
class Spans:
    """Bytes `[begin, end)` of sources, in order of reading, each span of one fate."""

    sources: tuple[str, ...]
    source: Ints  # position in `sources`
    begin: Ints  # byte offsets in the source
    end: Ints
    fate: Kinds

    def __len__(self) -> int:
        return len(self.begin)

    def counts(self) -> ByteCounts:
        """Bytes by fate."""
        weights = (self.end - self.begin).astype(np.float64)
        counted = np.bincount(self.fate, weights=weights, minlength=len(Fate))
        return ByteCounts.of(counted.astype(np.int64))


def no_spans() -> Spans:
    """Nothing read, nothing to account for."""
    none = np.zeros(0, dtype=np.int64)
    return Spans((), none, none, none, np.zeros(0, dtype=np.uint8))


def all_spans(parts: Sequence[Spans]) -> Spans:
    """The spans of all parts, in order."""
    if not parts:
        return no_spans()
    shifts = np.cumsum([0, *(len(part.sources) for part in parts[:-1])])
    return Spans(
        tuple(source for part in parts for source in part.sources),
        np.concatenate([part.source + shift for part, shift in zip(parts, shifts, strict=True)]),
        np.concatenate([part.begin for part in parts]),
        np.concatenate([part.end for part in parts]),
        np.concatenate([part.fate for part in parts]),
    )
