"""Bytes to segments, a block at a time, as columns.

One pass marks the service characters, one collects their positions; released ones are taken out.
Everything else is a look-up in these positions: the k-th element of a segment lies between two
of them. No object is made per segment.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt

from datecertain.messages.blocks import Block, Octets, Words
from datecertain.messages.charsets import repertoire
from datecertain.messages.fates import Fate, Kinds
from datecertain.messages.separators import BLANKS
from datecertain.messages.stretches import Dialect, Run, Stretch

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

#: The largest number an element or component is asked for by.
LARGEST_PLACE = 15

COMPONENT, ELEMENT, REPETITION, TERMINATOR, RELEASE = 1, 2, 3, 4, 5
_KINDS = 0x0F
_COMPARED_AT_ONCE = 64
_OUTSIDE_REPERTOIRE = 0x10
#: So many delimiters of no kind are put behind the last one, so that looking a few ahead is safe.
_MARGIN = LARGEST_PLACE + 1


@dataclass(frozen=True)
class Scan:
    """The segments of a part of a block. Positions are those of the block.

    Segment i begins at `start[i]` and runs to `delim[last[i]]`; its delimiters are those from
    `first[i]` to `last[i]`. `word[i]` holds its first eight bytes.
    """

    block: Block
    dialect: Dialect
    low: int  # the scanned bytes are `[low, high)`
    high: int
    octets: Octets
    words: Words
    start: Ints
    first: Ints
    last: Ints
    forced: Mask  # the segment has no terminator: the stretch breaks off with it
    word: npt.NDArray[np.uint64]
    delim: Ints  # ends with a margin of delimiters of no kind
    kind: Kinds
    released: Ints  # release characters that make the next byte text
    superfluous: Ints  # release characters before what needs none: they are text
    outside: Ints  # bytes outside the declared repertoire
    gapless: bool  # each segment begins where the one before it ends
    fate: Kinds  # what became of each segment: a `Fate`, written as it is decided

    def __len__(self) -> int:
        return len(self.start)

    def rows_of(self, stretch: Stretch) -> tuple[int, int]:
        """`[low, high)` of the segments of a stretch, its service string advice left out."""
        low, high = np.searchsorted(self.start, (stretch.body, stretch.end))
        return int(low), int(high)

    def set_aside(self, low: int, high: int) -> None:
        """Mark segments `[low, high)` as set aside; once only, or the accounts don't add up."""
        before = self.fate[low:high]
        self.fate[low:high] = np.where(before == Fate.SET_ASIDE, Fate.TWICE, Fate.SET_ASIDE)

    def end(self, rows: Ints) -> Ints:
        """Position behind each segment, its terminator included."""
        return self.delim[self.last[rows]] + 1

    @cached_property
    def _elements(self) -> tuple[Ints, Ints]:
        """Delimiters that open an element, with a last one behind all segments, and how many
        there are up to each delimiter."""
        opens = self.kind == ELEMENT
        behind = len(self.kind) - _MARGIN
        return np.append(np.flatnonzero(opens), behind), np.cumsum(opens, dtype=np.int64)

    def component(self, rows: Ints, element: int, component: int = 1) -> tuple[Ints, Ints]:
        """`[begin, end)` of a component in each of the segments; empty where there is none.

        Elements and components count from 1; of a repeated element the first is meant. Blanks
        around a value are left out.
        """
        at = self.first[rows]
        there = self.kind[at] == ELEMENT
        if element > 1:
            opens, rank = self._elements
            at = opens[np.minimum(rank[at] + (element - 2), len(opens) - 1)]
            there &= at < self.last[rows]
        for step in range(1, component):
            there &= self.kind[at + step] == COMPONENT
        begin, end = self.delim[at + component - 1] + 1, self.delim[at + component]
        if not there.all():
            begin, end = np.where(there, begin, 0), np.where(there, end, 0)
        return self._trimmed(begin, end)

    def element(self, rows: Ints, element: int) -> tuple[Ints, Ints]:
        """`[begin, end)` of a whole element with its components."""
        opens, rank = self._elements
        begin, _ = self.component(rows, element)
        following = opens[np.minimum(rank[self.first[rows]] + (element - 1), len(opens) - 1)]
        end = self.delim[np.minimum(following, self.last[rows])]
        return begin, np.where(begin > 0, end, 0)

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
            return self.block.data[begin:end]
        low, high = np.searchsorted(self.released, (begin, end))
        kept = np.delete(self.octets[begin:end], self.released[low:high] - begin)
        return kept.tobytes()

    @cached_property
    def unreleased(self) -> Octets:
        """The scanned bytes, from `low` on, without the release characters."""
        return np.delete(self.octets[self.low : self.high], self.released - self.low)

    def _trimmed(self, begin: Ints, end: Ints) -> tuple[Ints, Ints]:
        blank = ord(" ")
        leading = (self.octets[begin] == blank) & (begin < end)
        trailing = (self.octets[end - 1] == blank) & (begin < end)
        rows = np.flatnonzero(leading | trailing)
        if len(rows):
            begin, end = begin.copy(), end.copy()
        for row in rows:
            text = self.block.data[int(begin[row]) : int(end[row])]
            begin[row] += len(text) - len(text.lstrip(b" "))
            end[row] = begin[row] + len(text.strip(b" "))
        return begin, end


#: By number of bytes: a word of which only so many, from the first on, are set.
LOW_BYTES = np.array([(1 << (8 * count)) - 1 for count in range(9)], dtype=np.uint64)


@cache
def _classes(dialect: Dialect) -> bytes:
    """What each byte value is: a table for `bytes.translate`."""
    held = repertoire(dialect.syntax)
    table = bytearray(0 if value in held else _OUTSIDE_REPERTOIRE for value in range(256))
    separators = dialect.separators
    table[separators.component] = COMPONENT
    table[separators.element] = ELEMENT
    table[separators.terminator] = TERMINATOR
    if separators.repetition is not None:
        table[separators.repetition] = REPETITION
    if separators.release is not None:
        table[separators.release] = RELEASE
    return bytes(table)


def scan(block: Block, run: Run, dialect: Dialect) -> Scan:
    """The segments of a run of stretches."""
    low, high = run.stretches[0].body, run.stretches[-1].end
    # Where something else begins, a segment ends whether it has a terminator or not.
    cuts = [stretch.begin - 1 for stretch in run.stretches[1:]]
    cuts += [stretch.body - 1 for stretch in run.stretches[1:] if stretch.body > stretch.begin]
    if run.stretches[-1].ends and high > low:
        cuts.append(high - 1)
    classes = np.frombuffer(block.data[low:high].translate(_classes(dialect)), dtype=np.uint8)
    outside = np.flatnonzero(classes & _OUTSIDE_REPERTOIRE)
    kinds: Kinds = classes & np.uint8(_KINDS) if len(outside) else classes
    delim = np.flatnonzero(kinds != 0).astype(np.int64, copy=False)
    kind = kinds[delim]
    delim += low
    released = superfluous = np.zeros(0, dtype=np.int64)
    if (kind == RELEASE).any():
        delim, kind, released, superfluous = _release(delim, kind)
    delim, kind, forced_at = _force(delim, kind, np.array(sorted(cuts), dtype=np.int64))
    parts = _Delimiters(delim, kind, forced_at, released, superfluous, outside + low)
    return _segments(block, low, high, dialect, parts)


@dataclass(frozen=True, slots=True)
class _Delimiters:
    """What the marking of service characters found."""

    delim: Ints
    kind: Kinds
    forced_at: Ints
    released: Ints
    superfluous: Ints
    outside: Ints


def _release(delim: Ints, kind: Kinds) -> tuple[Ints, Kinds, Ints, Ints]:
    """Take out what is released, and the release characters themselves.

    In a run of release characters every other one, from the first, is active. An active one
    before a service character makes that one text; before anything else it is text itself.
    """
    marks = np.flatnonzero(kind == RELEASE)
    position = delim[marks]
    begins = np.ones(len(marks), dtype=bool)
    begins[1:] = position[1:] != position[:-1] + 1
    run_start = np.maximum.accumulate(np.where(begins, np.arange(len(marks)), 0))
    active = marks[(np.arange(len(marks)) - run_start) % 2 == 0]
    following = np.minimum(active + 1, len(delim) - 1)
    releases = (delim[following] == delim[active] + 1) & (following > active)
    keep = kind != RELEASE
    keep[following[releases]] = False
    return delim[keep], kind[keep], delim[active[releases]], delim[active[~releases]]


def _force(delim: Ints, kind: Kinds, cuts: Ints) -> tuple[Ints, Kinds, Ints]:
    """End a segment at each cut; answers the cuts at which there was no terminator."""
    if not len(cuts):
        return delim, kind, cuts
    place = np.searchsorted(delim, cuts)
    clipped = np.minimum(place, max(len(delim) - 1, 0))
    present = (delim[clipped] == cuts) if len(delim) else np.zeros(len(cuts), dtype=bool)
    ended = present.copy()
    ended[present] = kind[place[present]] == TERMINATOR
    kind = kind.copy()
    kind[place[present]] = TERMINATOR
    added = cuts[~present]
    delim = np.insert(delim, place[~present], added)
    kind = np.insert(kind, place[~present], np.uint8(TERMINATOR))
    return delim, kind, cuts[~ended]


def _segments(block: Block, low: int, high: int, dialect: Dialect, marks: _Delimiters) -> Scan:
    delim, kind, forced_at = marks.delim, marks.kind, marks.forced_at
    octets, words = block.octets, block.words
    last = np.flatnonzero(kind == TERMINATOR)
    end = delim[last]
    first = np.zeros_like(last)
    first[1:] = last[:-1] + 1
    start = np.full(len(last), low, dtype=np.int64)
    start[1:] = end[:-1] + 1
    behind, start = start, _without_blanks(block, octets, start, end)
    forced = np.isin(end, forced_at) if len(forced_at) else np.zeros(len(end), dtype=bool)
    # The byte at a forced end is part of the segment.
    empty = start >= end
    if forced.any():
        empty &= ~forced | np.isin(octets[end], np.frombuffer(BLANKS, dtype=np.uint8))
    if empty.any():
        kept = ~empty
        start, first, last, forced = start[kept], first[kept], last[kept], forced[kept]
    return Scan(
        block=block,
        dialect=dialect,
        low=low,
        high=high,
        octets=octets,
        words=words,
        start=start,
        first=first,
        last=last,
        forced=forced,
        word=words[start],
        delim=np.append(delim, np.full(_MARGIN, block.size)),
        kind=np.append(kind, np.zeros(_MARGIN, dtype=np.uint8)),
        released=marks.released,
        superfluous=marks.superfluous,
        outside=marks.outside,
        gapless=start is behind,
        fate=np.zeros(len(start), dtype=np.uint8),
    )


def _without_blanks(block: Block, octets: Octets, start: Ints, end: Ints) -> Ints:
    """Segment starts behind line breaks and blanks."""
    blanks = np.frombuffer(BLANKS, dtype=np.uint8)
    for _ in range(4):
        begins = octets[start]
        if not (begins <= blanks.max()).any():
            return start
        leading = np.isin(begins, blanks) & (start < end)
        if not leading.any():
            return start
        start = start + leading
    # Long rows of blanks: rare, so segment by segment.
    for row in np.flatnonzero(np.isin(octets[start], blanks) & (start < end)):
        text = block.data[int(start[row]) : int(end[row])]
        start[row] += len(text) - len(text.lstrip(BLANKS))
    return start
