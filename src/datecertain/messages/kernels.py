"""The innermost loops of reading, compiled to machine code (decision 0011).

Each is a plain loop over arrays: no rule lives here that a table or a profile could state. They
trust what they are given: positions lie within the arrays, eight bytes can be read from any of
them, and every segment ends in a terminator that stands in `kind`; who calls them sees to it.
Compiled when first called, and kept on disk.

Bytes are `uint8`, positions, rows and ordinals `int64`, counted from the beginning of the block.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from datecertain.messages.blocks import Octets, Words
from datecertain.messages.compiling import Count, Places, Small, compiled
from datecertain.messages.fates import Kinds
from datecertain.moments import Ints, Mask

#: What a byte is, by the table of its dialect.
COMPONENT, ELEMENT, REPETITION, TERMINATOR, RELEASE = 1, 2, 3, 4, 5
OUTSIDE = 0x10
_KINDS = 0x0F
_BLANK = 0x20
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
#: The letters UN, in the first two bytes of a word.
_TWO_BYTES, _UN = np.uint64(0xFFFF), np.uint64(0x4E55)
_U, _N, _B = 0x55, 0x4E, 0x42
#: Places are unsigned: a signed one would be tested for being negative at every look-up.
_ZERO, _ONE, _TWO, _THREE = np.uint64(0), np.uint64(1), np.uint64(2), np.uint64(3)
#: Columns of a walk's table of uses: the shape of the last segment, where values stood in it, and
#: whether there is room for values that nothing names.
_LIKE, _PLACE, _BESIDE, _ROOM = np.uint64(3), np.uint64(4), np.uint64(5), np.uint64(6)
_SEVEN, _EIGHT, _SIXTY_THREE = np.uint64(7), np.uint64(8), np.uint64(63)
_AT_ONCE = 1024


@compiled
def find_unb(octets: Octets, begin: int, end: int, found: Ints) -> int:
    """Positions of the letters UNB in `[begin, end)`; at most as many as `found` has room for.
    Answers how many there are."""
    count = 0
    at = begin
    last = end - 2
    while at < last:
        stop = min(at + _AT_ONCE, last)
        u, n, b = octets[at:stop], octets[at + 1 : stop + 1], octets[at + 2 : stop + 2]
        hit = False
        for i in range(u.shape[0]):  # without a branch: many bytes at once
            hit |= (u[i] == _U) & (n[i] == _N) & (b[i] == _B)
        if hit:
            for i in range(at, stop):
                if octets[i] == _U and octets[i + 1] == _N and octets[i + 2] == _B:
                    if count < found.shape[0]:
                        found[count] = i
                    count += 1
        at = stop
    return count


@compiled
def mark(
    octets: Octets, words: Words, low: int, high: int, cuts: Ints, classes: Octets, blank: Mask,
    delim: Places, kind: Kinds, released: Ints, superfluous: Ints, outside: Ints,
    start: Places, first: Places, last: Places, forced: Mask, service: Places,
) -> tuple[Count, Count, Count, Count, Count, Count, bool]:  # fmt: skip
    """Service characters and segments of `[low, high)`.

    In a row of release characters every other one, from the first, is active. An active one
    before a service character makes that one text; before anything else it is text itself.
    At each of the `cuts`, ascending positions, a segment ends whether there is a terminator or
    not: where there is none the end is `forced`, and the byte there belongs to the segment.
    Blanks before a segment are left out, and segments of nothing else. `service` takes those whose
    tag begins with UN.

    Answers how many there are of each: (delimiters, released, superfluous, outside, segments,
    service), and whether each segment begins where the one before it ends.
    """
    n = n_released = n_superfluous = n_outside = n_segments = n_service = opens = _ZERO
    gapless = True
    i = begin = np.uint64(low)
    top = np.uint64(high)
    for piece in range(cuts.shape[0] + 1):
        stop = np.uint64(cuts[piece] + 1) if piece < cuts.shape[0] else top
        while i < stop:
            while i < stop and classes[octets[i]] == 0:
                i += _ONE
            if i >= stop:
                break
            c = classes[octets[i]]
            if c <= REPETITION:
                delim[n] = i
                kind[n] = c
                n += _ONE
                i += _ONE
                continue
            if c == RELEASE:
                if i + _ONE < top and classes[octets[i + _ONE]] & _KINDS:
                    released[n_released] = i
                    n_released += _ONE
                    i += _ONE
                else:
                    superfluous[n_superfluous] = i
                    n_superfluous += _ONE
                i += _ONE
                continue
            if c == OUTSIDE:
                outside[n_outside] = i
                n_outside += _ONE
                i += _ONE
                continue
            behind = begin
            while begin < i and blank[octets[begin]]:
                begin += _ONE
            there = bool(begin < i)
            gapless &= bool(begin == behind and there)
            delim[n] = i
            kind[n] = c
            start[n_segments] = begin
            first[n_segments] = opens
            last[n_segments] = n
            forced[n_segments] = False
            service[n_service] = n_segments
            n_service += np.uint64(there and words[begin] & _TWO_BYTES == _UN)
            n_segments += np.uint64(there)
            n += _ONE
            opens = n
            i += _ONE
            begin = i
        if piece == cuts.shape[0] or begin > np.uint64(cuts[piece]):
            continue
        end = np.uint64(cuts[piece])
        if n == opens or delim[n - _ONE] != end:
            delim[n] = end
            n += _ONE
        kind[n - _ONE] = TERMINATOR
        behind = begin
        while begin < end and blank[octets[begin]]:
            begin += _ONE
        there = bool(begin < end or not blank[octets[end]])
        gapless &= bool(begin == behind and there)
        start[n_segments] = begin
        first[n_segments] = opens
        last[n_segments] = n - _ONE
        forced[n_segments] = True
        service[n_service] = n_segments
        n_service += np.uint64(there and words[begin] & _TWO_BYTES == _UN)
        n_segments += np.uint64(there)
        opens = n
        begin = end + _ONE
    return n, n_released, n_superfluous, n_outside, n_segments, n_service, gapless


@compiled
def locate(
    octets: Octets, delim: Places, kind: Kinds, first: Places, last: Places,
    rows: Ints, element: int, component: int, whole: bool, begin: Ints, end: Ints,
) -> None:  # fmt: skip
    """`[begin, end)` of a component in each of the segments `rows`, blanks around it left out;
    both 0 where there is none. Of a repeated element the first is meant. The `whole` element
    ends where the next one begins."""
    for n in range(rows.shape[0]):
        row = np.uint64(rows[n])
        at = np.uint64(first[row])
        stop = np.uint64(last[row])
        there = kind[at] == ELEMENT
        left = element - 1
        while there and left > 0:
            at += _ONE
            if at >= stop:
                there = False
            elif kind[at] == ELEMENT:
                left -= 1
        left = component - 1
        while there and left > 0:
            at += _ONE
            there = kind[at] == COMPONENT
            left -= 1
        if not there:
            begin[n] = 0
            end[n] = 0
            continue
        low = np.uint64(delim[at]) + _ONE
        high = np.uint64(delim[at + _ONE])
        while low < high and octets[low] == _BLANK:
            low += _ONE
        while high > low and octets[high - _ONE] == _BLANK:
            high -= _ONE
        if whole:
            at += _ONE
            while at < stop and kind[at] != ELEMENT:
                at += _ONE
            high = np.uint64(delim[at])
        begin[n] = low
        end[n] = high


@compiled
def _unnamed(
    octets: Octets, delim: Places, kind: Kinds, at: Any, stop: Any, named: Any, own: Any, any_: bool
) -> bool:  # fmt: skip
    """Whether a segment has a value, or with `any_` room for one, where none is `named` (see
    `search.Search`) for its kind. Repeats of an element are like the first of it."""
    element = component = _ZERO
    last = np.uint64(named.shape[1] - 1)
    i = at
    while i < stop:
        if kind[i] == COMPONENT:
            component += _ONE
        else:
            component = _ZERO
            element += np.uint64(kind[i] == ELEMENT)
        known = named[own, min(element, last)]
        i += _ONE
        if known == _ALL or (component < _SIXTY_THREE and known >> component & _ONE):
            continue
        if any_:
            return True
        for place in range(np.uint64(delim[i - _ONE]) + _ONE, np.uint64(delim[i])):
            if octets[place] != _BLANK:
                return True
    return False


@compiled
def walk(
    octets: Octets, words: Words, delim: Places, kind: Kinds, kinds: Words,
    start: Places, first: Places, last: Places, head: Places, tail: Places,
    multiplier: np.uint64, keys: Words, kind_of: Places, opens: Places, passed: Mask,
    uses_from: Places, uses_to: Places, use_field: Places, field_level: Places,
    field_element: Places, field_component: Places, field_beside: Places, field_column: Places,
    named: Words, fate: Kinds, sort: Small, opened_row: Ints, opened_level: Places,
    opened_message: Ints, strangers: Ints, surplus: Ints, spots: Places, told: Mask,
    repeated: Mask,
) -> tuple[Count, Count, Count]:  # fmt: skip
    """One walk through the segments of messages: what opens, what stands where, what is strange.

    `kinds` reads eight of `kind` from any place on. What to look for stands in a `search.Search`:
    a field stands in parts of `field_level`, in an element and component, and takes two columns of
    `spots`; where `field_beside` is not 0, that component of the same element takes the next two.

    Writes for each segment its `fate` (1 used, 2 passed over, left alone: a stranger) and its
    `sort` (the kind of `Search`); for each opener its row, level and message, and in `spots`
    `[begin, end)` of each field of the part it opens, without blanks around it, 0 where there is
    none; `told` says which fields there are, `repeated` of which a part has several: the first of
    them counts. Level 1 is the message. `surplus` are used segments with values that are not
    `named`. Answers how many openers, strangers and such segments there are.
    """
    n_opened = n_strange = n_surplus = current = taken = _ZERO
    columns = spots.shape[1]
    # What belongs together stands together: many arrays are more than there are registers.
    kinds_of = np.zeros((opens.shape[0], 4), dtype=np.uint32)
    for one in range(opens.shape[0]):
        kinds_of[one, 0], kinds_of[one, 1] = opens[one], passed[one]
        kinds_of[one, 2], kinds_of[one, 3] = uses_from[one], uses_to[one]
    uses = np.zeros((use_field.shape[0], 7), dtype=np.uint64)
    for one in range(use_field.shape[0]):
        uses[one, 0] = field_level[use_field[one]]
        uses[one, 1] = field_column[use_field[one]]
        uses[one, 2] = use_field[one]
    for message in range(head.shape[0]):
        level = np.uint32(0)
        row = np.uint64(head[message])
        while row < tail[message]:
            begin, at, stop = np.uint64(start[row]), np.uint64(first[row]), np.uint64(last[row])
            eight = words[begin]
            # What stands before the second service character, if it is short, else the tag.
            own = np.uint32(0)
            length = np.uint64(delim[min(at + _ONE, stop)]) - begin
            if length <= _SEVEN:
                key = eight & (_ALL >> (_EIGHT * (_EIGHT - length)))
                slot = key * multiplier >> np.uint64(57)
                if keys[slot] == key:
                    own = kind_of[slot]
            if own == 0 and delim[at] - begin == 3:
                key = eight & np.uint64(0xFFFFFF)
                slot = key * multiplier >> np.uint64(57)
                if keys[slot] == key:
                    own = kind_of[slot]
            sort[row] = own
            opening = kinds_of[own, _ZERO] if level else np.uint32(1)  # the first is the message's
            if opening:
                current = n_opened
                taken = _ZERO
                opened_row[current] = row
                opened_level[current] = opening
                opened_message[current] = message
                for spot in range(columns):
                    spots[current, spot] = 0
                n_opened += _ONE
                level = opening
            used = opening > 0
            room = _ZERO  # for values that are not named
            if used and kinds_of[own, _TWO] == kinds_of[own, _THREE]:
                room = _ONE
            for use in range(np.uint64(kinds_of[own, _TWO]), np.uint64(kinds_of[own, _THREE])):
                if uses[use, _ZERO] != level:
                    continue
                column, field = uses[use, _ONE], uses[use, _TWO]
                used = told[field] = True
                if taken >> column & _ONE:
                    repeated[field] = True
                    room = _ONE
                    continue
                taken |= _ONE << column
                # Segments of like shape, no longer than a word, have it in like places.
                shape = _ZERO
                if stop - at < _EIGHT:
                    shape = kinds[at] & (_ALL >> (_EIGHT * (_SEVEN - (stop - at))))
                if shape == 0 or shape != uses[use, _LIKE]:
                    uses[use, _LIKE] = shape
                    beyond = _unnamed(octets, delim, kind, at, stop, named, own, True)
                    uses[use, _ROOM] = np.uint64(beyond)
                    uses[use, _PLACE] = uses[use, _BESIDE] = 0
                    there = kind[at] == ELEMENT
                    left = field_element[field] - 1
                    element = at
                    while there and left > 0:
                        element += _ONE
                        if element >= stop:
                            there = False
                        elif kind[element] == ELEMENT:
                            left -= 1
                    if there:
                        most = max(field_component[field], field_beside[field])
                        step = element
                        for component in range(1, most + 1):
                            if component > 1 and kind[step] != COMPONENT:
                                break
                            step += _ONE
                            if component == field_component[field]:
                                uses[use, _PLACE] = step - at
                            if component == field_beside[field]:
                                uses[use, _BESIDE] = step - at
                room |= uses[use, _ROOM]
                # An element that is not there is told as well: at the end of its segment.
                low = high = np.uint64(delim[stop])
                if uses[use, _PLACE]:
                    low = np.uint64(delim[at + uses[use, _PLACE] - _ONE]) + _ONE
                    high = np.uint64(delim[at + uses[use, _PLACE]])
                    while low < high and octets[low] == _BLANK:
                        low += _ONE
                    while high > low and octets[high - _ONE] == _BLANK:
                        high -= _ONE
                spots[current, column] = low
                spots[current, column + _ONE] = high
                if uses[use, _BESIDE]:
                    low = np.uint64(delim[at + uses[use, _BESIDE] - _ONE]) + _ONE
                    high = np.uint64(delim[at + uses[use, _BESIDE]])
                    while low < high and octets[low] == _BLANK:
                        low += _ONE
                    while high > low and octets[high - _ONE] == _BLANK:
                        high -= _ONE
                    spots[current, column + _TWO] = low
                    spots[current, column + _THREE] = high
            if (
                room
                and row > head[message]  # that one is the envelope's
                and _unnamed(octets, delim, kind, at, stop, named, own, False)
            ):
                surplus[n_surplus] = row
                n_surplus += _ONE
            if used or kinds_of[own, _ONE]:
                fate[row] = 1 if used else 2
            else:
                strangers[n_strange] = row
                n_strange += _ONE
            row += _ONE
        fate[row] = 1
    return n_opened, n_strange, n_surplus


@compiled
def parts_of(
    level: Places, rows: Ints, message: Ints, part: int, at: Ints, row: Ints, of: Ints
) -> int:
    """The openers of level `part`: where each stands among all openers, its row and its message.
    Answers how many there are."""
    n = 0
    for opener in range(level.shape[0]):
        if level[opener] == part:
            at[n] = opener
            row[n] = rows[opener]
            of[n] = message[opener]
            n += 1
    return n


@compiled
def within(level: Places, part: int, around: int, ends: Mask, found: Ints, holds: Mask) -> int:
    """For each opener of level `part`, the ordinal of the part of level `around` that it lies in,
    -1 where there is none, and which of these hold one; `ends[level]` says which levels end it."""
    n = 0
    ordinal = -1
    current = -1
    for at in range(level.shape[0]):
        here = level[at]
        if here == around:
            ordinal += 1
            current = ordinal
        elif ends[here]:
            current = -1
        if here == part:
            found[n] = current
            if current >= 0:
                holds[current] = True
            n += 1
    return n
