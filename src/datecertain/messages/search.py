"""What to look for in the segments of a layout, as the tables that the compiled walk reads."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from datecertain.messages.blocks import Words
from datecertain.messages.profiles import Field, Pattern, Profile
from datecertain.messages.vocabulary import Within
from datecertain.moments import Ints, Mask

#: What a segment opens, as numbers; 0 opens nothing.
LEVEL = {part: number for number, part in enumerate(Within, start=1)}

_SLOTS = 64
_TRIES = 1_000_000


class Search(NamedTuple):
    """What segments can be, and what stands in each kind: arguments of `kernels.walk` that have
    these names, in its order.

    A *kind* is a tag alone, or a tag with a first value: kind 0 is a segment of no known tag.
    `hashes` holds, by the six highest of 32 bits of tag times `multiplier`, a tag and its number,
    by which stands the kind of the tag alone (`bare`) and the kinds with a first value
    (`[some_from, some_to)`, each with the `text` that such a segment begins with, under `mask`,
    `length` bytes long). By kind: the level it `opens`, or 0; whether it is `passed` over; the
    fields in it, `use_field[uses_from:uses_to]`.
    """

    hashes: Ints
    multiplier: int
    bare: Ints
    some_from: Ints
    some_to: Ints
    text: Words
    mask: Words
    length: Ints
    opens: Ints
    passed: Mask
    uses_from: Ints
    uses_to: Ints
    use_field: Ints
    field_level: Ints
    field_element: Ints
    field_component: Ints
    field_beside: Ints
    field_column: Ints

    def has(self, field: int) -> Mask:
        """By kind, whether a field stands in such segments."""
        found = np.zeros(len(self.opens), dtype=bool)
        uses = np.flatnonzero(self.use_field == field)
        found[np.searchsorted(self.uses_to, uses, side="right")] = True
        return found

    @property
    def columns(self) -> int:
        """So many columns the places of values take: begin and end of each, by part."""
        return int(self.field_column.max(initial=0)) + 4


@lru_cache(maxsize=256)
def _made(
    opens: tuple[tuple[Within, Pattern], ...],
    passed: tuple[Pattern, ...],
    fields: tuple[Field, ...],
    separator: int,
) -> Search:
    known = {*(one for _, one in opens), *passed, *(one.pattern for one in fields)}
    tags = sorted({one.segment for one in known})
    kinds: list[Pattern | None] = [None]
    bare, some = [], []
    for tag in tags:
        bare.append(len(kinds))
        kinds.append(Pattern(tag))
        with_value = sorted(
            (one for one in known if one.segment == tag and one.qualifier is not None), key=str
        )
        some.append((len(kinds), len(kinds) + len(with_value)))
        kinds += with_value
    # A segment with a first value is one of its tag alone as well.
    are = [{one, Pattern(one.segment)} if one is not None else set() for one in kinds]
    levels = {pattern: LEVEL[part] for part, pattern in opens}
    uses = [[n for n, field in enumerate(fields) if field.pattern in also] for also in are]
    behind = np.cumsum([0, *(len(some_of) for some_of in uses)])
    texts = [b"" if one is None else _text(one, separator) for one in kinds]
    numbers = [int.from_bytes(tag.encode("ascii"), "little") for tag in tags]
    multiplier = _multiplier(numbers)
    hashes = np.full((_SLOTS, 2), -1, dtype=np.int64)
    for number, tag_number in enumerate(numbers):
        hashes[_place(tag_number, multiplier)] = tag_number, number
    bounds = np.array(some, dtype=np.int64).reshape(-1, 2)
    return Search(
        hashes=hashes.reshape(-1),
        multiplier=multiplier,
        bare=np.array(bare, dtype=np.int64),
        some_from=bounds[:, 0].copy(),
        some_to=bounds[:, 1].copy(),
        text=np.array([int.from_bytes(one, "little") for one in texts], dtype=np.uint64),
        mask=np.array([(1 << (8 * len(one))) - 1 for one in texts], dtype=np.uint64),
        length=np.array([len(one) for one in texts], dtype=np.int64),
        opens=np.array([max((levels.get(one, 0) for one in also), default=0) for also in are]),
        passed=np.array([not also.isdisjoint(passed) for also in are], dtype=bool),
        uses_from=behind[:-1].astype(np.int64),
        uses_to=behind[1:].astype(np.int64),
        use_field=np.array([place for some_of in uses for place in some_of], dtype=np.int64),
        field_level=np.array([LEVEL[one.within] for one in fields], dtype=np.int64),
        field_element=np.array([one.element for one in fields], dtype=np.int64),
        field_component=np.array([one.component for one in fields], dtype=np.int64),
        field_beside=np.array([one.format_component or 0 for one in fields], dtype=np.int64),
        field_column=_columns(fields),
    )


def search(profile: Profile, separator: int) -> Search:
    """What to look for in messages of a profile whose elements are parted by `separator`."""
    return _made(
        tuple(profile.opens.items()),
        profile.passed_over,
        profile.fields,
        separator,
    )


def _columns(fields: tuple[Field, ...]) -> Ints:
    """The column of each field: two for a value, two more for what stands beside it; the parts of
    each kind count from 0."""
    taken = dict.fromkeys(Within, 0)
    columns = []
    for one in fields:
        columns.append(taken[one.within])
        taken[one.within] += 2 if one.format_component is None else 4
    return np.array(columns, dtype=np.int64)


def _text(pattern: Pattern, separator: int) -> bytes:
    """What a segment of the pattern begins with."""
    tag = pattern.segment.encode("ascii")
    if pattern.qualifier is None:
        return tag
    return tag + bytes([separator]) + pattern.qualifier.encode("ascii")


def _place(tag: int, multiplier: int) -> int:
    return (tag * multiplier & 0xFFFFFFFF) >> 26


def _multiplier(tags: list[int]) -> int:
    """A number by which no two tags share a place; a layout knows a score of tags at most."""
    candidate = 0x9E3779B1
    for _ in range(_TRIES):
        if len({_place(tag, candidate) for tag in tags}) == len(tags):
            return candidate
        candidate = (candidate * 0x2C1B3C6D + 0x297A2D39) & 0xFFFFFFFF | 1
    raise AssertionError(f"no multiplier parts these {len(tags)} tags")
