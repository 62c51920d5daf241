"""What to look for in the segments of a layout, as the tables that the compiled walk reads."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from datecertain.errors import LayoutError
from datecertain.messages.blocks import Words
from datecertain.messages.compiling import Places
from datecertain.messages.profiles import Field, Pattern, Profile, Unused
from datecertain.messages.scan import LARGEST_PLACE
from datecertain.messages.vocabulary import OPENED_BY, Within
from datecertain.messages.writing import PLACEHOLDER
from datecertain.moments import Mask

#: What a segment opens, as numbers; 0 opens nothing.
LEVEL = {part: number for number, part in enumerate(Within, start=1)}

#: The walk remembers which are taken in the bits of a word.
_MOST_COLUMNS = 64
_SLOTS = 128
_WHOLE = np.uint64(0xFFFFFFFFFFFFFFFF)
_TRIES = 1_000_000


class Search(NamedTuple):
    """What segments can be, and what stands in each kind: arguments of `kernels.walk` that have
    these names, in its order.

    A *kind* is a tag alone, or a tag with a first value: kind 0 is a segment of no known tag.
    What such a segment begins with, at most seven bytes as a number, has its place by the seven
    highest bits of its product with `multiplier`: there `keys` repeats it, and `kind_of` names
    the kind. By kind: the level it `opens`, or 0; whether it is `passed` over; the fields in it,
    `use_field[uses_from:uses_to]`. `named` holds by kind and element, the last one for all that
    follow, a bit for each component that the layout names; all bits where it names all.
    """

    multiplier: np.uint64
    keys: Words
    kind_of: Places
    opens: Places
    passed: Mask
    uses_from: Places
    uses_to: Places
    use_field: Places
    field_level: Places
    field_element: Places
    field_component: Places
    field_beside: Places
    field_column: Places
    named: Words

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
    unused: tuple[Unused, ...],
    templates: tuple[str, ...],
    separator: int,
) -> Search:
    known = {*(one for _, one in opens), *passed, *(one.pattern for one in fields)}
    known |= {one.pattern for one in unused}
    kinds = sorted(known | {Pattern(one.segment) for one in known}, key=str)
    # A segment with a first value is one of its tag alone as well.
    are: list[set[Pattern]] = [set(), *({one, Pattern(one.segment)} for one in kinds)]
    levels = {pattern: LEVEL[part] for part, pattern in opens}
    opening = [max((levels.get(one, 0) for one in also), default=0) for also in are]
    uses = [[n for n, field in enumerate(fields) if field.pattern in also] for also in are]
    behind = np.cumsum([0, *(len(some_of) for some_of in uses)])
    begins = [int.from_bytes(_text(one, separator), "little") for one in kinds]
    multiplier = _multiplier(begins)
    keys, kind_of = np.zeros(_SLOTS, dtype=np.uint64), np.zeros(_SLOTS, dtype=np.uint32)
    for number, key in enumerate(begins, start=1):
        keys[_place(key, multiplier)], kind_of[_place(key, multiplier)] = key, number
    return Search(
        multiplier=multiplier,
        keys=keys,
        kind_of=kind_of,
        opens=np.array(opening, dtype=np.uint32),
        passed=np.array([not also.isdisjoint(passed) for also in are], dtype=bool),
        uses_from=behind[:-1].astype(np.uint32),
        uses_to=behind[1:].astype(np.uint32),
        use_field=np.array([place for some_of in uses for place in some_of], dtype=np.uint32),
        field_level=np.array([LEVEL[one.within] for one in fields], dtype=np.uint32),
        field_element=np.array([one.element for one in fields], dtype=np.uint32),
        field_component=np.array([one.component for one in fields], dtype=np.uint32),
        field_beside=np.array([one.format_component or 0 for one in fields], dtype=np.uint32),
        field_column=_columns(fields),
        named=_named(are, fields, unused, templates),
    )


def search(profile: Profile, separator: int) -> Search:
    """What to look for in messages of a profile whose elements are parted by `separator`."""
    return _made(
        tuple(profile.opens.items()),
        profile.passed_over,
        profile.fields,
        profile.unused,
        () if profile.writing is None else profile.writing.templates,
        separator,
    )


def _named(
    are: list[set[Pattern]],
    fields: tuple[Field, ...],
    unused: tuple[Unused, ...],
    templates: tuple[str, ...],
) -> Words:
    """What a layout names in each kind of segment: qualifiers, fields with what stands beside
    them, what it writes itself, and what it says is of no use."""
    bits = {one: np.zeros(LARGEST_PLACE + 2, dtype=np.uint64) for some in are for one in some}
    for pattern, row in bits.items():
        if pattern.qualifier is not None:
            row[1] |= _bit(1)
    for one in fields:
        row = bits[one.pattern]
        row[one.element] |= _bit(one.component) | _bit(one.format_component or one.component)
        if OPENED_BY.get(one.within) == one.name == "receptacle":  # one segment names several
            row[one.element] = _WHOLE
    for template in templates:
        tag, *elements = PLACEHOLDER.sub("x", template).split("+")
        own = Pattern(tag, elements[0].split(":")[0] if elements else None)
        row = bits.get(own, bits.get(Pattern(tag), np.zeros(LARGEST_PLACE + 2, dtype=np.uint64)))
        for element, text in enumerate(elements[: LARGEST_PLACE + 1], start=1):
            for component, value in enumerate(text.split(":"), start=1):
                row[element] |= _bit(component) if value else _bit(0)
    for known in unused:
        row = bits[known.pattern]
        row[slice(None) if known.element is None else known.element] = _WHOLE
    made = np.zeros((len(are), LARGEST_PLACE + 2), dtype=np.uint64)
    for kind, some in enumerate(are):
        for pattern in some:
            made[kind] |= bits[pattern]
    return made


def _bit(component: int) -> np.uint64:
    """The bit of a component, from 1; none for 0."""
    return np.uint64(1 << component >> 1)


def _columns(fields: tuple[Field, ...]) -> Places:
    """The column of each field: two for a value, two more for what stands beside it; the parts of
    each kind count from 0."""
    taken = dict.fromkeys(Within, 0)
    columns = []
    for one in fields:
        columns.append(taken[one.within])
        taken[one.within] += 2 if one.format_component is None else 4
    assert max(taken.values()) <= _MOST_COLUMNS, "no part has so many values"
    return np.array(columns, dtype=np.uint32)


def _text(pattern: Pattern, separator: int) -> bytes:
    """What a segment of the pattern begins with."""
    tag = pattern.segment.encode("ascii")
    if pattern.qualifier is None:
        return tag
    return tag + bytes([separator]) + pattern.qualifier.encode("ascii")


def _place(key: int, multiplier: int | np.uint64) -> int:
    return (key * int(multiplier) & (2**64 - 1)) >> 57


def _multiplier(keys: list[int]) -> np.uint64:
    """A number by which no two keys share a place; a layout has a few dozen at most."""
    candidate = 0x9E3779B97F4A7C15
    for _ in range(_TRIES):
        if len({_place(key, candidate) for key in keys}) == len(keys):
            return np.uint64(candidate)
        candidate = (candidate * 0x2C1B3C6D2C1B3C6D + 0x297A2D39) & (2**64 - 1) | 1
    raise LayoutError(f"{len(keys)} kinds of segments are more than a profile can tell apart")
