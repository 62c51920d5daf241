"""Step functions of time: arrival as a function of readiness, many at once.

A step function is a list of slots (ready, done): whoever is ready by `ready` is done at `done`;
waiting for a later slot is always allowed, so the function is monotone. A `StepTable` holds one
function per key in flat arrays; a lookup is a binary search over one sorted array, or, for many
(key, moment) pairs at once, a step into a grid over it. Functions compose by lookup, and the
composition has the slots of the inner function. (Design: the network compiles to step functions.)
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from datecertain.moments import NEVER, UNKNOWN, Ints
from datecertain.ranks import Ranks

if TYPE_CHECKING:
    import numpy.typing as npt  # of no use at run time, and slow to load

SPAN_BITS = 26  # 2**26 minutes are 127 years: moments from 1970 to 2097 share a word with a key
LAST_READY = (1 << SPAN_BITS) - 1
#: From as many lookups at once a table makes itself a grid; fewer would not repay it.
_MANY = 20_000


def _word(keys: Ints, moments: Ints) -> Ints:
    clipped = np.minimum(np.maximum(moments, 0), LAST_READY)
    clipped += keys << SPAN_BITS
    return clipped


@dataclass(frozen=True)
class StepTable:
    """One step function per key 0 … n-1.

    `words` is key and ready moment in one sorted int64; `done` the moment (or the due day, for
    the last stage) at the same index; `start[k]:start[k + 1]` are the slots of key k; `tag` says
    what carried the slot (a flight instance, an itinerary), -1 where nothing needs saying.
    """

    words: Ints
    done: Ints
    start: Ints
    tag: Ints

    @classmethod
    def build(
        cls,
        size: int,
        keys: npt.ArrayLike,
        ready: npt.ArrayLike,
        done: npt.ArrayLike,
        tag: npt.ArrayLike | None = None,
    ) -> StepTable:
        """The table of `size` functions from raw slots in any order.

        Repairs what is not monotone (a later slot that is done earlier serves earlier readiness
        too: waiting is allowed) and drops slots that never win. Slots done NEVER are dropped.
        """
        keys = np.asarray(keys, dtype=np.int64)
        ready = np.asarray(ready, dtype=np.int64)
        done = np.asarray(done, dtype=np.int64)
        tags = np.full(len(keys), -1, np.int64) if tag is None else np.asarray(tag, dtype=np.int64)
        useful = done < NEVER
        keys, done, tags = keys[useful], done[useful], tags[useful]
        words = _word(keys, ready[useful])
        if np.any(words[1:] <= words[:-1]):
            order = np.lexsort((done, words))  # stable: of equal slots the first given comes first
            words, done, tags, keys = words[order], done[order], tags[order], keys[order]
            first = np.ones(len(words), dtype=bool)
            first[1:] = words[1:] != words[:-1]
            words, done, tags, keys = words[first], done[first], tags[first], keys[first]
        # Running minimum from the end within each key: lower keys have lower sums, so it resets.
        backwards = ((keys << SPAN_BITS) + done)[::-1]
        running = np.minimum.accumulate(backwards)
        fresh = np.ones(len(running), dtype=bool)
        fresh[1:] = backwards[1:] < running[:-1]
        # Of equal arrivals the last slot wins: the others say nothing more.
        keep = fresh[::-1]
        words, done, tags, keys = words[keep], done[keep], tags[keep], keys[keep]
        start = np.searchsorted(keys, np.arange(size + 1))
        return cls(words, done, start.astype(np.int64), tags)

    def compact(self) -> StepTable:
        """The same functions in less memory: no tags, and `done` in 32 bits where it fits."""
        small: Any = self.done.astype(np.int32) if np.all(self.done < 2**31) else self.done
        untagged = np.broadcast_to(np.int64(-1), self.done.shape)
        return StepTable(self.words, small, self.start, untagged)

    @property
    def size(self) -> int:
        """How many functions the table holds."""
        return len(self.start) - 1

    @property
    def ready(self) -> Ints:
        """The ready moment of every slot."""
        return self.words & LAST_READY

    @property
    def keys(self) -> Ints:
        """The key of every slot."""
        return self.words >> SPAN_BITS

    def slot(self, keys: npt.ArrayLike, moments: npt.ArrayLike) -> Ints:
        """Index of the first slot with ready ≥ moment, per (key, moment); -1 where there is none.

        A negative key (no such function) and a moment NEVER have no slot.
        """
        index, found = self._found(keys, moments)
        return np.asarray(np.where(found, index, -1), dtype=np.int64)

    def _found(self, keys: npt.ArrayLike, moments: npt.ArrayLike) -> tuple[Ints, Any]:
        """(index of a slot, whether there is one) per (key, moment)."""
        key = np.asarray(keys, dtype=np.int64)
        moment = np.asarray(moments, dtype=np.int64)
        ranks = self.ranks_for(moment.size)
        if ranks is not None and key.shape == moment.shape:
            index = ranks.near(key, np.minimum(moment, LAST_READY))
        else:
            index = np.searchsorted(self.words, _word(key, moment), side="left")
        found = index < self.start.take(key + 1, mode="clip")
        found &= key >= 0
        found &= moment <= LAST_READY
        return index, found

    def at_one(self, key: int, moment: int) -> int:
        """`at` for one (key, moment) that is not negative; NEVER without a slot."""
        index = self.slot_one(key, moment)
        return self.dones[index] if index >= 0 else int(NEVER)

    def slot_one(self, key: int, moment: int) -> int:
        """`slot` for one (key, moment) that is not negative; -1 without a slot."""
        start, end = self.bounds(key)
        index = bisect_left(
            self.flat_words, (key << SPAN_BITS) + min(moment, LAST_READY), start, end
        )
        return index if index < end and moment <= LAST_READY else -1

    def bounds(self, key: int) -> tuple[int, int]:
        """The slots of a function: first index and the one after its last."""
        return self.starts[key], self.starts[key + 1]

    def ready_between(self, key: int, first: int, last: int) -> Ints:
        """The ready moments of a function's slots from `first` to `last`, both included."""
        start, end = self.bounds(key)
        mine = self.words[start:end]
        low, high = np.searchsorted(mine, _word(np.array([key, key]), np.array([first, last + 1])))
        return mine[low:high] & LAST_READY

    @cached_property
    def flat_words(self) -> Sequence[int]:
        """`words` for one look-up at a time: plain numbers, read where they lie."""
        return _flat(self.words)

    @cached_property
    def moments(self) -> Sequence[int]:
        """`ready` for one look-up at a time."""
        return _flat(self.ready)

    @cached_property
    def dones(self) -> Sequence[int]:
        """`done` for one look-up at a time."""
        return _flat(self.done)

    @cached_property
    def starts(self) -> Sequence[int]:
        """`start` for one look-up at a time."""
        return _flat(self.start)

    def ranks_for(self, count: int) -> Ranks | None:
        """`ranks` for so many lookups at once; None where they would not repay the making."""
        return self.ranks if count >= _MANY or "ranks" in self.__dict__ else None

    @cached_property
    def ranks(self) -> Ranks:
        """The ready moments of each function as a grid, for many lookups at once."""
        return Ranks.of(self.ready, self.start)

    def at(self, keys: npt.ArrayLike, moments: npt.ArrayLike) -> Ints:
        """When it is done if ready at that moment, per (key, moment); NEVER without a slot."""
        index, found = self._found(keys, moments)
        if len(self.done) == 0:
            return np.full(index.shape, NEVER, dtype=np.int64)
        return np.where(found, self.done.take(index, mode="clip"), NEVER)

    def latest(self, keys: npt.ArrayLike, done: npt.ArrayLike) -> Ints:
        """The last moment at which one may be ready and still be done by `done`, per (key, done):
        a minute later it is done later, or never. UNKNOWN where nothing is done by then."""
        key = np.asarray(keys, dtype=np.int64)
        wanted = np.asarray(done, dtype=np.int64)
        if len(self.done) == 0:
            return np.full(key.shape, UNKNOWN, dtype=np.int64)
        first = self.start.take(np.maximum(key, 0))
        low, high = first.copy(), np.where(key < 0, first, self.start.take(key + 1, mode="clip"))
        while np.any(open_ := low < high):
            middle = (low + high) >> 1
            enough = self.done.take(middle, mode="clip") <= wanted
            low = np.where(open_ & enough, middle + 1, low)
            high = np.where(open_ & ~enough, middle, high)
        return np.where(low > first, self.ready_at(low - 1), UNKNOWN)

    def ready_at(self, index: Ints) -> Ints:
        """The ready moment of some slots."""
        return np.asarray(self.words.take(index, mode="clip") & LAST_READY, dtype=np.int64)

    def after(self, outer: StepTable, outer_keys: npt.ArrayLike) -> StepTable:
        """`outer ∘ self`: key k is function k of self, then function outer_keys[k] of outer."""
        keys = self.keys
        through = np.asarray(outer_keys, dtype=np.int64)[keys]
        return StepTable.build(self.size, keys, self.ready, outer.at(through, self.done), self.tag)

    def select(self, keys: npt.ArrayLike) -> StepTable:
        """The table whose function i is function keys[i] of this one (repeats allowed)."""
        chosen = np.asarray(keys, dtype=np.int64)
        counts = self.start[chosen + 1] - self.start[chosen]
        new_keys = np.repeat(np.arange(len(chosen)), counts)
        offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        index = np.repeat(self.start[chosen], counts) + offsets
        return StepTable(
            _word(new_keys, self.ready[index]),
            self.done[index],
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            self.tag[index],
        )


def _flat(numbers: Any) -> Sequence[int]:
    """An array as plain numbers, read where they lie."""
    view: Any = memoryview(numbers)
    return view  # type: ignore[no-any-return]


def earliest(size: int, groups: npt.ArrayLike, table: StepTable) -> StepTable:
    """Per group the earliest of its functions: groups[k] is the group of function k."""
    group = np.asarray(groups, dtype=np.int64)[table.keys]
    return StepTable.build(size, group, table.ready, table.done, table.tag)


def stack(tables: Sequence[StepTable]) -> StepTable:
    """All functions of the tables one after another: keys shift by the sizes before."""
    shifts = np.cumsum([0, *(table.size for table in tables)])
    slots = np.cumsum([0, *(len(table.done) for table in tables)])
    return StepTable(
        np.concatenate(
            [t.words + (int(s) << SPAN_BITS) for t, s in zip(tables, shifts, strict=False)]
        ),
        np.concatenate([t.done for t in tables]),
        np.concatenate(
            [t.start[:-1] + int(s) for t, s in zip(tables, slots, strict=False)]
            + [np.array([slots[-1]], dtype=np.int64)]
        ),
        np.concatenate([t.tag for t in tables]),
    )
