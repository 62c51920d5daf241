"""The fates of the bytes of a run, from what was decided about its segments and around them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datecertain.messages.envelope import OpenInterchange
from datecertain.messages.fates import Fate, Kinds, Passage, Spans
from datecertain.messages.scan import Scan
from datecertain.messages.stretches import Run
from datecertain.moments import Ints

_FATES = len(Fate)


@dataclass(frozen=True, slots=True)
class Portion:
    """`[begin, end)` of a block that belongs to an interchange."""

    interchange: OpenInterchange
    begin: int
    end: int


def account(
    run: Run, found: Scan | None, passages: list[Passage], portions: list[Portion], keep: int
) -> Spans:
    """The fates of a run's bytes up to `keep`; adds them up for each interchange."""
    begin, end, fate = _decided(found, passages, keep)
    stretches = run.stretches
    starts = np.array([stretch.begin for stretch in stretches], dtype=np.int64)
    bounds = [bound for one in portions for bound in (one.begin, one.end)]
    cuts = np.array([*bounds, keep], dtype=np.int64)
    edges = np.sort(np.concatenate([begin, end, starts, cuts]), kind="stable")
    edges = edges[np.append(True, edges[1:] != edges[:-1])]
    edges = edges[edges <= keep]
    low, high = edges[:-1], edges[1:]
    fates = _fates(low, begin, end, fate)
    _add_up(portions, low, high, fates)
    of = np.searchsorted(starts, low, side="right") - 1
    shift = np.array([stretch.shift for stretch in stretches], dtype=np.int64)[of]
    return Spans(
        tuple(stretch.source for stretch in stretches), of, low + shift, high + shift, fates
    )


def _decided(found: Scan | None, passages: list[Passage], keep: int) -> tuple[Ints, Ints, Kinds]:
    """What was decided, in order and without overlap: neighbours of one fate are joined."""
    told = sorted(passages, key=lambda one: one.begin)
    begin = np.array([one.begin for one in told], dtype=np.int64)
    end = np.array([one.end for one in told], dtype=np.int64)
    fate = np.array([one.fate for one in told], dtype=np.uint8)
    if found is None or not len(found):
        return begin, end, fate
    rows = _segments(found, begin, end, keep)
    if not told:
        return rows
    begin = np.concatenate([rows[0], begin])
    end = np.concatenate([rows[1], end])
    fate = np.concatenate([rows[2], fate])
    order = np.argsort(begin, kind="stable")
    return begin[order], end[order], fate[order]


def _segments(found: Scan, taken_from: Ints, taken_to: Ints, keep: int) -> tuple[Ints, Ints, Kinds]:
    """Segments before `keep` and outside of the passages, joined where they touch."""
    low = 0
    # Passages hold whole segments: what is left are the rows between them.
    taken = np.stack([taken_from, taken_to], axis=1).astype(np.uint32)
    holes = np.searchsorted(found.start, taken)
    begins, ends, fates = [], [], []
    last = int(np.searchsorted(found.start, np.uint32(keep)))
    for hole_low, hole_high in [*holes.tolist(), (last, last)]:
        if low < min(hole_low, last):
            rows = _joints(found, low, min(hole_low, last))
            begins.append(found.start[rows[:-1]].astype(np.int64))
            ends.append(found.end(rows[1:] - 1))
            fates.append(found.fate[rows[:-1]])
        low = max(low, hole_high)
    if not begins:
        none = np.zeros(0, dtype=np.int64)
        return none, none, np.zeros(0, dtype=np.uint8)
    return np.concatenate(begins), np.concatenate(ends), np.concatenate(fates)


def _joints(found: Scan, low: int, high: int) -> Ints:
    """The rows among `[low, high)` at which something else begins, and `high`."""
    fate = found.fate[low:high]
    other = fate[1:] != fate[:-1]
    if not found.gapless:
        behind = found.delim[found.last[low : high - 1]] + 1
        other |= found.start[low + 1 : high] != behind
    return np.concatenate([[low], np.flatnonzero(other) + (low + 1), [high]])


def _fates(low: Ints, begin: Ints, end: Ints, fate: Kinds) -> Kinds:
    """The fate of bytes from each position on; what nothing was decided about lies between
    segments, where only blanks can be."""
    fates = np.full(len(low), Fate.BLANK, dtype=np.uint8)
    if len(begin):
        slot = np.searchsorted(begin, low, side="right") - 1
        decided = (slot >= 0) & (low < end[slot])
        fates[decided] = fate[slot[decided]]
    return fates


def _add_up(portions: list[Portion], low: Ints, high: Ints, fates: Kinds) -> None:
    if not portions:
        return
    begin = np.array([one.begin for one in portions], dtype=np.int64)
    end = np.array([one.end for one in portions], dtype=np.int64)
    owner = np.searchsorted(begin, low, side="right") - 1
    owned = (owner >= 0) & (low < end[owner])
    kinds = owner[owned] * _FATES + fates[owned]
    weights = (high - low)[owned].astype(np.float64)
    sums = np.bincount(kinds, weights=weights, minlength=len(portions) * _FATES)
    by_portion = sums.astype(np.int64).reshape(-1, _FATES)
    for portion, counts in zip(portions, by_portion, strict=True):
        portion.interchange.accounted += counts
