"""Bytes to segments, a block at a time, as columns.

One pass collects the positions of the service characters, without the released ones; one cuts the
segments. Everything else is a look-up in these positions: the k-th element of a segment lies
between two of them. No object is made per segment.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from datecertain.messages import kernels
from datecertain.messages.blocks import Block, Octets, Words
from datecertain.messages.charsets import repertoire
from datecertain.messages.compiling import Places
from datecertain.messages.fates import Fate, Kinds
from datecertain.messages.kernels import COMPONENT, ELEMENT, RELEASE, REPETITION, TERMINATOR
from datecertain.messages.separators import BLANKS
from datecertain.messages.stretches import Dialect, Run, Stretch
from datecertain.messages.workspace import Workspace
from datecertain.moments import Ints, Mask

#: The largest number an element or component is asked for by.
LARGEST_PLACE = 15

_COMPARED_AT_ONCE = 64
#: So many delimiters of no kind are put behind the last one, so that looking a few ahead is safe.
_MARGIN = LARGEST_PLACE + 1


@dataclass(frozen=True)
class Scan:
    """The segments of a part of a block. Positions are those of the block.

    Segment i begins at `start[i]` and runs to `delim[last[i]]`; its delimiters are those from
    `first[i]` to `last[i]`.
    """

    block: Block
    dialect: Dialect
    low: int  # the scanned bytes are `[low, high)`
    high: int
    octets: Octets
    words: Words
    start: Places
    first: Places
    last: Places
    forced: Mask  # the segment has no terminator: the stretch breaks off with it
    service: Ints  # rows of the segments whose tag begins with UN
    delim: Places  # ends with a margin of delimiters of no kind
    kind: Kinds
    released: Ints  # release characters that make the next byte text
    superfluous: Ints  # release characters before what needs none: they are text
    outside: Ints  # bytes outside the declared repertoire
    gapless: bool  # each segment begins where the one before it ends
    classes: Octets  # what each byte value is
    fate: Kinds  # what became of each segment: a `Fate`, written as it is decided
    workspace: Workspace  # where these arrays are kept

    def __len__(self) -> int:
        return len(self.start)

    def rows_of(self, stretch: Stretch) -> tuple[int, int]:
        """`[low, high)` of the segments of a stretch, its service string advice left out."""
        bounds = np.array((stretch.body, stretch.end), dtype=np.uint32)
        low, high = np.searchsorted(self.start, bounds)
        return int(low), int(high)

    def set_aside(self, low: int, high: int) -> None:
        """Mark segments `[low, high)` as set aside; once only, or the accounts don't add up."""
        before = self.fate[low:high]
        self.fate[low:high] = np.where(before == Fate.SET_ASIDE, Fate.TWICE, Fate.SET_ASIDE)

    def end(self, rows: Ints) -> Ints:
        """Position behind each segment, its terminator included."""
        return self.delim[self.last[rows]].astype(np.int64) + 1

    def component(self, rows: Ints, element: int, component: int = 1) -> tuple[Ints, Ints]:
        """`[begin, end)` of a component in each of the segments; empty where there is none.

        Elements and components count from 1; of a repeated element the first is meant. Blanks
        around a value are left out.
        """
        return self._located(rows, element, component, whole=False)

    def element(self, rows: Ints, element: int) -> tuple[Ints, Ints]:
        """`[begin, end)` of a whole element with its components."""
        return self._located(rows, element, 1, whole=True)

    def _located(
        self, rows: Ints, element: int, component: int, *, whole: bool
    ) -> tuple[Ints, Ints]:
        begin, end = np.empty((2, len(rows)), dtype=np.int64)
        kernels.locate(
            self.octets, self.delim, self.kind, self.first, self.last, rows, element, component,
            whole, begin, end,
        )  # fmt: skip
        return begin, end

    def same(self, begin: Ints, end: Ints, other_begin: Ints, other_end: Ints) -> Mask:
        """Where two texts are equal, byte by byte or, failing that, once released."""
        length = end - begin
        equal: Mask = length == other_end - other_begin
        behind = len(self.words) - 1
        for step in range(0, min(int(length.max(initial=0)), _COMPARED_AT_ONCE), 8):
            mask = LOW_BYTES[np.clip(length - step, 0, 8)]
            # Behind the end of a shorter value anything may stand, even nothing: it is masked.
            here = self.words[np.minimum(begin + step, behind)]
            there = self.words[np.minimum(other_begin + step, behind)]
            equal &= (here ^ there) & mask == 0
        doubtful = equal & (length > _COMPARED_AT_ONCE)
        if len(self.released):
            doubtful |= ~equal
        for row in np.flatnonzero(doubtful):
            one = self.raw_text(int(begin[row]), int(end[row]))
            equal[row] = one == self.raw_text(int(other_begin[row]), int(other_end[row]))
        return equal

    def raw_text(self, begin: int, end: int) -> bytes:
        """The bytes of a value without its release characters."""
        if not len(self.released):
            return self.block.raw(begin, end)
        low, high = np.searchsorted(self.released, (begin, end))
        kept = np.delete(self.octets[begin:end], self.released[low:high] - begin)
        return kept.tobytes()

    @cached_property
    def unreleased(self) -> Octets:
        """The scanned bytes, from `low` on, without the release characters."""
        return np.delete(self.octets[self.low : self.high], self.released - self.low)


#: By number of bytes: a word of which only so many, from the first on, are set.
LOW_BYTES = np.array([(1 << (8 * count)) - 1 for count in range(9)], dtype=np.uint64)


@cache
def _classes(dialect: Dialect) -> Octets:
    """What each byte value is."""
    held = repertoire(dialect.syntax)
    table = np.array([0 if value in held else kernels.OUTSIDE for value in range(256)], np.uint8)
    separators = dialect.separators
    table[separators.component] = COMPONENT
    table[separators.element] = ELEMENT
    table[separators.terminator] = TERMINATOR
    if separators.repetition is not None:
        table[separators.repetition] = REPETITION
    if separators.release is not None:
        table[separators.release] = RELEASE
    return table


_BLANK = np.isin(np.arange(256), np.frombuffer(BLANKS, dtype=np.uint8))


def scan(block: Block, run: Run, dialect: Dialect, workspace: Workspace) -> Scan:
    """The segments of a run of stretches; good until another scan is made in the workspace."""
    low, high = run.stretches[0].body, run.stretches[-1].end
    # Where something else begins, a segment ends whether it has a terminator or not.
    cuts = [stretch.begin - 1 for stretch in run.stretches[1:]]
    cuts += [stretch.body - 1 for stretch in run.stretches[1:] if stretch.body > stretch.begin]
    if run.stretches[-1].ends and high > low:
        cuts.append(high - 1)
    octets, words, classes = block.octets, block.words, _classes(dialect)
    # Room for the worst case: pages that nothing is written to cost nothing.
    most = high - low + _MARGIN
    released, superfluous, outside = (
        workspace.array(name, most, np.int64) for name in ("released", "superfluous", "outside")
    )
    delim, start, first, last, service = (
        workspace.array(name, most, np.uint32)
        for name in ("delim", "start", "first", "last", "service")
    )
    kind, forced = workspace.array("kind", most, np.uint8), workspace.array("forced", most, bool)
    *counts, count, services, gapless = kernels.mark(
        octets, words, low, high, np.array(sorted(cuts), dtype=np.int64), classes, _BLANK,
        delim, kind, released, superfluous, outside, start, first, last, forced, service,
    )  # fmt: skip
    delim, kind = delim[: counts[0] + _MARGIN], kind[: counts[0] + _MARGIN]
    delim[counts[0] :], kind[counts[0] :] = block.size, 0
    return Scan(
        block=block,
        dialect=dialect,
        low=low,
        high=high,
        octets=octets,
        words=words,
        start=start[:count],
        first=first[:count],
        last=last[:count],
        forced=forced[:count],
        service=service[:services].astype(np.int64),
        delim=delim,
        kind=kind,
        released=released[: counts[1]],
        superfluous=superfluous[: counts[2]],
        outside=outside[: counts[3]],
        gapless=gapless,
        classes=classes,
        fate=np.zeros(count, dtype=np.uint8),
        workspace=workspace,
    )
