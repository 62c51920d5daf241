"""The innermost loops of reading, compiled to machine code (decision 0011).

Each is a plain loop over arrays: no rule lives here that a table or a profile could state. They
trust what they are given: positions lie within the arrays, eight bytes can be read from any of
them, and every segment ends in a terminator that stands in `kind`; who calls them sees to it.
Compiled when first called, and kept on disk.

Bytes are `uint8`, positions, rows and ordinals `int64`, counted from the beginning of the block.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt

from datecertain.messages.blocks import Octets, Words
from datecertain.messages.fates import Kinds
from datecertain.moments import Ints, Mask

Function = TypeVar("Function", bound=Callable[..., Any])

#: Rows of integers; patterns of segments; positions of values.
Grid = npt.NDArray[np.int64]
Small = npt.NDArray[np.int8]
Places = npt.NDArray[np.uint32]
Offsets = npt.NDArray[np.int32]
Count = np.uint64
Grid8 = npt.NDArray[np.uint8]

#: What a byte is, by the table of its dialect.
COMPONENT, ELEMENT, REPETITION, TERMINATOR, RELEASE = 1, 2, 3, 4, 5
OUTSIDE = 0x10
_KINDS = 0x0F
_BLANK = 0x20
#: In each byte of a word: one, the highest bit, all bits.
_EACH, _HIGH = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
#: The letters UN, in the first two bytes of a word.
_TWO_BYTES, _UN = np.uint64(0xFFFF), np.uint64(0x4E55)
_U, _N, _B = 0x55, 0x4E, 0x42
#: Places are unsigned: a signed one would be tested for being negative at every look-up.
_ZERO, _ONE, _SEVEN, _EIGHT = np.uint64(0), np.uint64(1), np.uint64(7), np.uint64(8)
_AT_ONCE = 1024


_plain: list[Callable[..., Any]] = []


def compiled(function: Function) -> Function:
    """The function as machine code. The compiler is loaded when the first one is called: most
    commands read no message."""
    _plain.append(function)

    @wraps(function)
    def first_call(*arguments: Any) -> Any:
        _compile_all()
        return globals()[function.__name__](*arguments)

    return cast(Function, first_call)


def _compile_all() -> None:
    import numba  # noqa: PLC0415

    for function in _plain:
        try:
            machine_code = numba.njit(cache=True, nogil=True)(function)
        except RuntimeError:  # no place to keep it: each process compiles anew
            machine_code = numba.njit(nogil=True)(function)
        globals()[function.__name__] = machine_code


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
def walk(
    octets: Octets, words: Words, delim: Places, kind: Kinds, start: Places, first: Places,
    last: Places, head: Places, tail: Places,
    multiplier: np.uint64, keys: Words, kind_of: Places, opens: Places, passed: Mask,
    uses_from: Places, uses_to: Places, use_field: Places, field_level: Places,
    field_element: Places, field_component: Places, field_beside: Places, field_column: Places,
    fate: Kinds, sort: Small, opened_row: Places, opened_level: Places,
    opened_message: Places, strangers: Places, spots: Places, repeated: Mask,
) -> tuple[Count, Count]:  # fmt: skip
    """One walk through the segments of messages: what opens, what stands where, what is strange.

    What to look for stands in a `search.Search`. A field stands in parts of `field_level`, in an
    element and component, and takes two columns of `spots`; where `field_beside` is not 0, that
    component of the same element takes the next two.

    Writes for each segment its `fate` (1 used, 2 passed over, left alone: a stranger) and its
    `sort` (the kind of `Search`); for each opener its row, level and message, and in `spots`
    `[begin, end)` of each field of the part it opens, without blanks around it, 0 where there is
    none; `repeated` says of which fields a part has several: the first of them counts. Level 1 is
    the message. Answers how many openers and how many strangers there are.
    """
    n_opened = n_strange = current = _ZERO
    columns = spots.shape[1]
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
                place = key * multiplier >> np.uint64(57)
                if keys[place] == key:
                    own = kind_of[place]
            if own == 0 and delim[at] - begin == 3:
                key = eight & np.uint64(0xFFFFFF)
                place = key * multiplier >> np.uint64(57)
                if keys[place] == key:
                    own = kind_of[place]
            sort[row] = own
            opening = opens[own] if level else np.uint32(1)  # the first is the message's
            if opening:
                current = n_opened
                opened_row[current] = row
                opened_level[current] = opening
                opened_message[current] = message
                for column in range(columns):
                    spots[current, column] = 0
                n_opened += _ONE
                level = opening
            used = opening > 0
            for use in range(uses_from[own], uses_to[own]):
                field = use_field[use]
                if field_level[field] != level:
                    continue
                used = True
                column = field_column[field]
                if spots[current, column] != 0:
                    repeated[field] = True
                    continue
                # An element that is not there is told as well: at the end of its segment.
                spots[current, column] = spots[current, column + 1] = delim[stop]
                there = kind[at] == ELEMENT
                left = field_element[field] - 1
                element = at
                while there and left > 0:
                    element += _ONE
                    if element >= stop:
                        there = False
                    elif kind[element] == ELEMENT:
                        left -= 1
                if not there:
                    continue
                for beside in range(2 if field_beside[field] else 1):
                    component = np.uint64(field_beside[field] if beside else field_component[field])
                    step = element + _ONE
                    while step < element + component and kind[step] == COMPONENT:
                        step += _ONE
                    if step < element + component:
                        continue
                    low = np.uint64(delim[step - _ONE]) + _ONE
                    high = np.uint64(delim[step])
                    while low < high and octets[low] == _BLANK:
                        low += _ONE
                    while high > low and octets[high - _ONE] == _BLANK:
                        high -= _ONE
                    spots[current, column + 2 * beside] = low
                    spots[current, column + 2 * beside + 1] = high
            if used or passed[own]:
                fate[row] = 1 if used else 2
            else:
                strangers[n_strange] = row
                n_strange += _ONE
            row += _ONE
        fate[row] = 1
    return n_opened, n_strange


@compiled
def within(level: Places, part: int, around: int, ends: Mask, found: Ints) -> int:
    """For each opener of level `part`, the ordinal of the part of level `around` that it lies in,
    -1 where there is none: `ends[level]` says which levels end it."""
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
            n += 1
    return n


@compiled
def copy_texts(
    octets: Octets, words: Words, classes: Octets, release: int, spots: Places, parts: Ints,
    columns: Places, offsets: Offsets, validity: Grid8, data: Octets, wide: Words, room: int,
    sizes: Ints, nulls: Ints, plain: Mask,
) -> None:  # fmt: skip
    """The values of some parts in some `columns` of `spots` as the buffers of Arrow columns of
    text, in upper case and without release characters. Empty values are null.

    Each column has `room` bytes of `data`; `wide` reads these eight bytes from any position on,
    and each column has room for eight more than its values. `sizes`, `nulls` and whether all is
    ASCII (`plain`) are told of each; of one that is not, what was written is of no use.
    """
    every_release = np.uint64(release) * _EACH
    for n in range(parts.shape[0]):
        part = np.uint64(parts[n])
        for c in range(columns.shape[0]):
            offsets[c, n] = sizes[c]
            column = columns[c]
            i, stop = np.uint64(spots[part, column]), np.uint64(spots[part, column + 1])
            if i >= stop:
                nulls[c] += 1
                continue
            validity[c, n >> 3] |= np.uint8(1 << (n & 7))
            at = np.uint64(c * room) + np.uint64(sizes[c])
            if stop - i <= _EIGHT:  # most are: all at once, if nothing is lower case or released
                eight = words[i] & (_ALL >> (_EIGHT * (_EIGHT - (stop - i))))
                odd = eight ^ every_release
                odd = (odd - _EACH) & ~odd | eight | (eight + _EACH * np.uint64(0x1F))
                if odd & _HIGH == 0:
                    wide[at] = eight
                    sizes[c] += np.int64(stop - i)
                    continue
            begin = at
            while i < stop:
                octet = octets[i]
                if (
                    classes[octet] == RELEASE
                    and i + _ONE < stop
                    and classes[octets[i + _ONE]] & _KINDS
                ):
                    i += _ONE
                    octet = octets[i]
                if octet >= 128:
                    plain[c] = False
                if octet >= 97 and octet <= 122:
                    octet -= np.uint8(32)
                data[at] = octet
                at += _ONE
                i += _ONE
            sizes[c] += np.int64(at - begin)
    for c in range(columns.shape[0]):
        offsets[c, parts.shape[0]] = sizes[c]


@compiled
def repeat_numbers(words: Words, of: Ints, wide: Words) -> None:
    """Item numbers, 13 bytes each and one behind the other, each as often as `of` names it;
    `words` and `wide` read eight bytes from any position on."""
    thirteen, five = np.uint64(13), np.uint64(5)
    to = _ZERO
    for n in range(of.shape[0]):
        at = thirteen * np.uint64(of[n])
        wide[to] = words[at]
        wide[to + five] = words[at + five]
        to += thirteen


@compiled
def _number(word: Any, count: Any) -> Any:
    """The number in the first `count` (1 to 8) bytes of a word, -1 if one of them is no digit:
    pairs, fours and eights of digits are joined by three multiplications."""
    zeros = _EACH * np.uint64(0x30)
    shift = np.uint64(64 - 8 * count)
    digits = np.uint64(word) << shift | (zeros >> np.uint64(8 * count)) * np.uint64(count < 8)
    digits ^= zeros
    if (digits | (digits + _EACH * np.uint64(6))) & (_EACH * np.uint64(0xF0)):
        return -1
    digits = digits * np.uint64(10) + (digits >> np.uint64(8))
    odd = (digits & np.uint64(0x000000FF000000FF)) * np.uint64(0x000F424000000064)
    even = (digits >> np.uint64(16) & np.uint64(0x000000FF000000FF)) * np.uint64(0x0000271000000001)
    return np.int64(odd + even >> np.uint64(32))


@compiled
def read_numbers(words: Words, begin: Ints, end: Ints, number: Ints) -> None:
    """The numbers that texts of one to eight digits stand for, -1 for others."""
    for n in range(begin.shape[0]):
        length = end[n] - begin[n]
        number[n] = _number(words[begin[n]], length) if length >= 1 and length <= 8 else -1


@compiled
def read_clocks(
    words: Words, spots: Places, parts: Ints, column: int, codes: Words, shapes: Grid,
    century: Ints, first_year: int, days: npt.NDArray[np.int32], fixed: bool,
    form: npt.NDArray[np.int8], day: npt.NDArray[np.int32], minute: npt.NDArray[np.int16],
    has_minute: Mask, readable: Mask,
) -> None:  # fmt: skip
    """Local day and minute of times that stand in a column, their format code in the next; where
    it is `fixed`, `form` says it.

    `codes` are the three bytes of each format as a word; `shapes` its digits of the year, of the
    time of day, and whether a zone follows. `century[yy]` is the year that two digits mean;
    `days[(year - first_year) * 372 + (month - 1) * 31 + day - 1]` the day number, or -1.
    """
    years = days.shape[0] // 372
    for n in range(parts.shape[0]):
        part = np.uint64(parts[n])
        at = np.uint64(spots[part, column])
        length = np.int64(spots[part, column + 1]) - np.int64(at)
        code_at = np.uint64(spots[part, column + 2])
        f = form[n]
        if not fixed and np.uint64(spots[part, column + 3]) - code_at == 3:
            code = words[code_at] & np.uint64(0xFFFFFF)
            for place in range(codes.shape[0]):
                if codes[place] == code:
                    form[n] = f = place
                    break
        if f < 0:
            continue
        year_digits, clock_digits = shapes[f, 0], shapes[f, 1]
        digits = year_digits + 4 + clock_digits
        if length != digits and not (shapes[f, 2] and length > digits):
            continue
        date = _number(words[at], year_digits + 4)
        if date < 0:
            continue
        year, month, of_month = date // 10_000, date // 100 % 100, date % 100
        if year_digits == 2:
            year = century[year]
        year -= first_year
        if year < 0 or year >= years or month < 1 or month > 12 or of_month < 1 or of_month > 31:
            continue
        number = days[year * 372 + (month - 1) * 31 + of_month - 1]
        if number < 0:
            continue
        if clock_digits:
            clock = _number(words[at + np.uint64(year_digits + 4)], clock_digits)
            seconds = clock % 100 if clock_digits == 6 else 0
            clock = clock // 100 if clock_digits == 6 else clock
            if clock < 0 or clock >= 2400 or clock % 100 > 59 or seconds > 60:
                continue
            minute[n] = clock // 100 * 60 + clock % 100
            has_minute[n] = True
        day[n] = number
        readable[n] = True
