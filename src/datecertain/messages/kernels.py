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
Spots = npt.NDArray[np.int32]
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
    delim: Spots, kind: Kinds, released: Ints, superfluous: Ints, outside: Ints,
    start: Spots, first: Spots, last: Spots, forced: Mask, service: Spots,
) -> tuple[int, int, int, int, int, int, bool]:  # fmt: skip
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
    n = n_released = n_superfluous = n_outside = n_segments = n_service = 0
    gapless = True
    begin = low
    opens = 0
    i = low
    for piece in range(cuts.shape[0] + 1):
        stop = cuts[piece] + 1 if piece < cuts.shape[0] else high
        while i < stop:
            while i < stop and classes[octets[i]] == 0:
                i += 1
            if i >= stop:
                break
            c = classes[octets[i]]
            if c <= REPETITION:
                delim[n] = i
                kind[n] = c
                n += 1
                i += 1
                continue
            if c == RELEASE:
                if i + 1 < high and classes[octets[i + 1]] & _KINDS:
                    released[n_released] = i
                    n_released += 1
                    i += 2
                else:
                    superfluous[n_superfluous] = i
                    n_superfluous += 1
                    i += 1
                continue
            if c == OUTSIDE:
                outside[n_outside] = i
                n_outside += 1
                i += 1
                continue
            delim[n] = i
            kind[n] = c
            n += 1
            i += 1
            if c == TERMINATOR:
                end = i - 1
                behind = begin
                while begin < end and blank[octets[begin]]:
                    begin += 1
                gapless &= begin == behind and begin < end
                start[n_segments] = begin
                first[n_segments] = opens
                last[n_segments] = n - 1
                forced[n_segments] = False
                service[n_service] = n_segments
                n_service += begin < end and words[begin] & _TWO_BYTES == _UN
                n_segments += begin < end
                opens = n
                begin = i
        if piece == cuts.shape[0] or begin > cuts[piece]:
            continue
        end = cuts[piece]
        if n == opens or delim[n - 1] != end:
            delim[n] = end
            n += 1
        kind[n - 1] = TERMINATOR
        behind = begin
        while begin < end and blank[octets[begin]]:
            begin += 1
        there = begin < end or not blank[octets[end]]
        gapless &= begin == behind and there
        start[n_segments] = begin
        first[n_segments] = opens
        last[n_segments] = n - 1
        forced[n_segments] = True
        service[n_service] = n_segments
        n_service += there and words[begin] & _TWO_BYTES == _UN
        n_segments += there
        opens = n
        begin = end + 1
    return n, n_released, n_superfluous, n_outside, n_segments, n_service, gapless


@compiled
def locate(
    octets: Octets, delim: Spots, kind: Kinds, first: Spots, last: Spots,
    rows: Ints, element: int, component: int, whole: bool, begin: Ints, end: Ints,
) -> None:  # fmt: skip
    """`[begin, end)` of a component in each of the segments `rows`, blanks around it left out;
    both 0 where there is none. Of a repeated element the first is meant. The `whole` element
    ends where the next one begins."""
    for n in range(rows.shape[0]):
        row = rows[n]
        at = np.int64(first[row])
        stop = np.int64(last[row])
        there = kind[at] == ELEMENT
        left = element - 1
        while there and left > 0:
            at += 1
            if at >= stop:
                there = False
            elif kind[at] == ELEMENT:
                left -= 1
        left = component - 1
        while there and left > 0:
            at += 1
            there = kind[at] == COMPONENT
            left -= 1
        if not there:
            begin[n] = 0
            end[n] = 0
            continue
        low = delim[at] + 1
        high = delim[at + 1]
        while low < high and octets[low] == _BLANK:
            low += 1
        while high > low and octets[high - 1] == _BLANK:
            high -= 1
        if whole:
            at += 1
            while at < stop and kind[at] != ELEMENT:
                at += 1
            high = delim[at]
        begin[n] = low
        end[n] = high


@compiled
def walk(
    octets: Octets, words: Words, delim: Spots, kind: Kinds, start: Spots, first: Spots,
    last: Spots,
    head: Ints, tail: Ints,
    multiplier: np.uint64, keys: Words, kind_of: Ints, opens: Ints, passed: Mask,
    uses_from: Ints, uses_to: Ints, use_field: Ints, field_level: Ints, field_element: Ints,
    field_component: Ints, field_beside: Ints, field_column: Ints,
    fate: Kinds, sort: Small, opened_row: Ints, opened_level: Ints,
    opened_message: Ints, strangers: Ints, spots: Spots, repeated: Mask,
) -> tuple[int, int]:  # fmt: skip
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
    n_opened = n_strange = 0
    columns = spots.shape[1]
    for message in range(head.shape[0]):
        level = 0
        for row in range(head[message], tail[message]):
            begin, at, stop = np.int64(start[row]), np.int64(first[row]), np.int64(last[row])
            if row < 0 or begin < 0 or at < 0:  # never: it spares a test at each look-up
                continue
            # What stands before the second service character, if it is short, else the tag.
            own = 0
            eight = words[begin]
            length = delim[min(at + 1, stop)] - begin
            if length <= 7:
                key = eight & (_ALL >> np.uint64(64 - 8 * length))
                place = np.int64(key * multiplier >> np.uint64(57))
                if keys[place] == key and place >= 0:
                    own = kind_of[place]
            if own == 0 and delim[at] - begin == 3:
                key = eight & np.uint64(0xFFFFFF)
                place = np.int64(key * multiplier >> np.uint64(57))
                if keys[place] == key and place >= 0:
                    own = kind_of[place]
            sort[row] = own
            opening = opens[own] if level else 1  # the first is the message's
            if opening:
                opened_row[n_opened] = row
                opened_level[n_opened] = opening
                opened_message[n_opened] = message
                for column in range(columns):
                    spots[n_opened, column] = 0
                n_opened += 1
                level = opening
            used = opening > 0
            for use in range(uses_from[own], uses_to[own]):
                field = use_field[use]
                if field_level[field] != level:
                    continue
                used = True
                column = field_column[field]
                if spots[n_opened - 1, column] != 0:
                    repeated[field] = True
                    continue
                # An element that is not there is told as well: at the end of its segment.
                spots[n_opened - 1, column] = spots[n_opened - 1, column + 1] = delim[stop]
                there = kind[at] == ELEMENT
                left = field_element[field] - 1
                opens_at = at
                while there and left > 0:
                    opens_at += 1
                    if opens_at >= stop:
                        there = False
                    elif kind[opens_at] == ELEMENT:
                        left -= 1
                if not there:
                    continue
                for beside in range(2):
                    component = field_beside[field] if beside else field_component[field]
                    there = component > 0
                    for step in range(1, component):
                        there &= kind[opens_at + step] == COMPONENT
                    if not there:
                        continue
                    low = delim[opens_at + component - 1] + 1
                    high = delim[opens_at + component]
                    while low < high and octets[low] == _BLANK:
                        low += 1
                    while high > low and octets[high - 1] == _BLANK:
                        high -= 1
                    spots[n_opened - 1, column + 2 * beside] = low
                    spots[n_opened - 1, column + 2 * beside + 1] = high
            if used or passed[own]:
                fate[row] = 1 if used else 2
            else:
                strangers[n_strange] = row
                n_strange += 1
        fate[tail[message]] = 1
    return n_opened, n_strange


@compiled
def within(level: Ints, part: int, around: int, ends: Mask, found: Ints) -> int:
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
    octets: Octets, words: Words, classes: Octets, release: int, spots: Spots, parts: Ints,
    columns: Ints, offsets: Spots, validity: Grid8, data: Octets, wide: Words, room: int,
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
        part = parts[n]
        for c in range(columns.shape[0]):
            offsets[c, n] = sizes[c]
            i, stop = int(spots[part, columns[c]]), int(spots[part, columns[c] + 1])
            if i >= stop:
                nulls[c] += 1
                continue
            validity[c, n >> 3] |= np.uint8(1 << (n & 7))
            at = c * room + sizes[c]
            if stop - i <= 8:  # most are: all at once, if nothing is lower case or released
                eight = words[i] & (_ALL >> np.uint64(8 * (8 - (stop - i))))
                odd = eight ^ every_release
                odd = (odd - _EACH) & ~odd | eight | (eight + _EACH * np.uint64(0x1F))
                if odd & _HIGH == 0:
                    wide[at] = eight
                    sizes[c] += stop - i
                    continue
            begin = at
            while i < stop:
                octet = octets[i]
                if classes[octet] == RELEASE and i + 1 < stop and classes[octets[i + 1]] & _KINDS:
                    i += 1
                    octet = octets[i]
                if octet >= 128:
                    plain[c] = False
                if octet >= 97 and octet <= 122:
                    octet -= 32
                data[at] = octet
                at += 1
                i += 1
            sizes[c] += at - begin
    for c in range(columns.shape[0]):
        offsets[c, parts.shape[0]] = sizes[c]


@compiled
def repeat_numbers(words: Words, of: Ints, wide: Words) -> None:
    """Item numbers, 13 bytes each and one behind the other, each as often as `of` names it;
    `words` and `wide` read eight bytes from any position on."""
    for n in range(of.shape[0]):
        wide[13 * n] = words[13 * of[n]]
        wide[13 * n + 5] = words[13 * of[n] + 5]


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
    words: Words, spots: Spots, parts: Ints, column: int, codes: Words, shapes: Grid,
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
        part = parts[n]
        at, length = np.int64(spots[part, column]), spots[part, column + 1] - spots[part, column]
        code_at = np.int64(spots[part, column + 2])
        f = form[n]
        if not fixed and spots[part, column + 3] - code_at == 3:
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
            clock = _number(words[at + year_digits + 4], clock_digits)
            seconds = clock % 100 if clock_digits == 6 else 0
            clock = clock // 100 if clock_digits == 6 else clock
            if clock < 0 or clock >= 2400 or clock % 100 > 59 or seconds > 60:
                continue
            minute[n] = clock // 100 * 60 + clock % 100
            has_minute[n] = True
        day[n] = number
        readable[n] = True
