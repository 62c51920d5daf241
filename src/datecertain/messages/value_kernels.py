"""The innermost loops of reading values, from places in a block to columns, as machine code
(decision 0011, and what `kernels` says of itself).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from datecertain.messages.blocks import Octets, Words
from datecertain.messages.compiling import Grid, Grid8, Offsets, Places, Small, compiled
from datecertain.messages.kernels import RELEASE
from datecertain.moments import Ints, Mask

_KINDS = 0x0F
#: In each byte of a word: one, the highest bit, all bits.
_EACH, _HIGH = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_ZERO, _ONE, _SEVEN, _EIGHT = np.uint64(0), np.uint64(1), np.uint64(7), np.uint64(8)
#: An odd number whose product spreads keys over slots.
SPREAD = 0x9E3779B97F4A7C15
_SPREAD = np.uint64(SPREAD)


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
def copy_numbers(
    octets: Octets, words: Words, spots: Places, parts: Ints, column: int,
    weights: Words, check_digits: Octets, wide: Words, right: Mask,
) -> int:  # fmt: skip
    """Item numbers that stand in a column, 13 bytes each and one behind the other, and which are
    `right`: two letters, eight digits, the check digit, two letters. The others are left blank.

    `weights` are those of the first, third, fifth and seventh digit, 16 bits each and the last
    one lowest, and those of the others; the remainder by 11 of the weighted sum says which of the
    `check_digits` it is. Answers how many are right.
    """
    two, five, eleven, thirteen = np.uint64(2), np.uint64(5), np.uint64(11), np.uint64(13)
    lanes = np.uint64(0x00FF00FF00FF00FF)
    n_right = 0
    to = _ZERO
    for n in range(parts.shape[0]):
        part = np.uint64(parts[n])
        at = np.uint64(spots[part, column])
        good = np.uint64(spots[part, column + 1]) - at == thirteen
        if good:
            wide[to] = words[at]
            wide[to + five] = words[at + five]
            for place in (_ZERO, _ONE, eleven, eleven + _ONE):
                octet = octets[at + place]
                good &= octet >= 65 and octet <= 90
            digits = words[at + two] ^ _EACH * np.uint64(0x30)
            good &= (digits | (digits + _EACH * np.uint64(6))) & (_EACH * np.uint64(0xF0)) == 0
            # Four products each, added up in the highest of four lanes.
            total = (digits & lanes) * weights[0] >> np.uint64(48)
            total += (digits >> _EIGHT & lanes) * weights[1] >> np.uint64(48)
            expected = check_digits[total % eleven] + 48
            good &= octets[at + eleven - _ONE] == expected
        if not good:
            wide[to] = wide[to + five] = _EACH * np.uint64(0x20)
        right[n] = good
        n_right += good
        to += thirteen
    return n_right


@compiled
def tally_letters(
    numbers: Octets, usable: Mask, slots: Places, keys: Places, first: Ints, count: Ints
) -> int:
    """The letters of usable item numbers, four bytes as a number: for each kind, in the order in
    which they turn up, its `keys`, the `first` with it and their `count`. Answers how many kinds
    there are. There are more `slots` than items, all of them 0, and a power of two of them."""
    kinds = 0
    last = np.uint64(slots.shape[0] - 1)
    for n in range(usable.shape[0]):
        if not usable[n]:
            continue
        at = np.uint64(13 * n)
        key = np.uint64(0)
        for place in (12, 11, 1, 0):
            key = key << _EIGHT | np.uint64(numbers[at + np.uint64(place)])
        slot = key * _SPREAD >> np.uint64(40) & last
        while slots[slot] != 0 and keys[slots[slot] - 1] != key:
            slot = slot + _ONE & last
        if slots[slot] == 0:
            keys[kinds] = key
            first[kinds] = n
            count[kinds] = 0
            kinds += 1
            slots[slot] = kinds
        count[slots[slot] - 1] += 1
    return kinds


@compiled
def find_unlisted(offsets: Offsets, data: Octets, wide: Words, listed: Words, found: Mask) -> int:
    """Which texts are none of those listed, or longer than seven bytes; how many they are.

    `listed` holds texts as numbers, their length in the highest byte, each at the first free
    place from that of its product with `SPREAD` on; there are more places than texts, a power of
    two. `wide` reads eight bytes of `data` from any position on that has so many.
    """
    many = 0
    last = np.uint64(listed.shape[0] - 1)
    for n in range(found.shape[0]):
        begin, end = np.uint64(offsets[n]), np.uint64(offsets[n + 1])
        found[n] = False
        if begin == end:
            continue
        length = end - begin
        if length > _SEVEN:
            found[n] = True
            many += 1
            continue
        key = _ZERO
        if begin < np.uint64(wide.shape[0]):
            key = wide[begin] & (_ALL >> (_EIGHT * (_EIGHT - length)))
        else:
            for place in range(length):
                key |= np.uint64(data[begin + np.uint64(place)]) << _EIGHT * np.uint64(place)
        key |= length << np.uint64(56)
        slot = key * _SPREAD >> np.uint64(40) & last
        while listed[slot] != 0 and listed[slot] != key:
            slot = slot + _ONE & last
        if listed[slot] == 0:
            found[n] = True
            many += 1
    return many


@compiled
def stand(
    start: Places, row: Ints, behind: Ints, number: Ints, head: Ints, shift: Ints,
    message: Offsets, segment: Offsets, byte_offset: Ints,
) -> None:  # fmt: skip
    """Of rows of messages, those of one message up to its `behind`: ordinal of the message, of
    the segment in it, and where it begins in its source."""
    n = _ZERO
    for one in range(behind.shape[0]):
        while n < np.uint64(behind[one]):
            at = np.uint64(row[n])
            message[n] = number[one]
            segment[n] = row[n] - head[one] + 1
            byte_offset[n] = np.int64(start[at]) + shift[one]
            n += _ONE


@compiled
def _pairs(word: Any, count: Any) -> Any:
    """The first `count` (4, 6 or 8) bytes of a word as pairs of digits: their numbers stand in
    every other byte, the last pair in the seventh. `_ALL` if one of the bytes is no digit."""
    zeros = _EACH * np.uint64(0x30)
    shift = np.uint64(64 - 8 * count)
    digits = np.uint64(word) << shift | (zeros >> np.uint64(8 * count)) * np.uint64(count < 8)
    digits ^= zeros
    if (digits | (digits + _EACH * np.uint64(6))) & (_EACH * np.uint64(0xF0)):
        return _ALL
    return digits * np.uint64(10) + (digits >> _EIGHT)


@compiled
def _pair(pairs: Any, which: Any) -> Any:
    """One of the four numbers of `_pairs`."""
    return np.int64(pairs >> np.uint64(16 * which) & np.uint64(0xFF))


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
    century: Ints, first_year: int, days: npt.NDArray[np.int32], fixed: int,
    form: Small, day: npt.NDArray[np.int32], minute: npt.NDArray[np.int16],
    has_minute: Mask, readable: Mask, told: Mask,
) -> int:  # fmt: skip
    """Local day and minute of times that stand in a column, their format code in the next; it is
    `fixed` where that is not -1. `told` are those that there are, `form` is what each was read as.
    Answers how many a zone may follow.

    `codes` are the three bytes of each format as a word; `shapes` its digits of the year, of the
    time of day, and whether a zone follows. `century[yy]` is the year that two digits mean;
    `days[(year - first_year) * 372 + (month - 1) * 31 + day - 1]` the day number, or -1.
    """
    years = days.shape[0] // 372
    zoned = 0
    for n in range(parts.shape[0]):
        day[n] = minute[n] = 0
        has_minute[n] = readable[n] = False
        form[n] = fixed
        part = np.uint64(parts[n])
        at = np.uint64(spots[part, column])
        length = np.int64(spots[part, column + 1]) - np.int64(at)
        code_at = np.uint64(spots[part, column + 2])
        told[n] = length > 0
        f = fixed
        if fixed < 0 and np.uint64(spots[part, column + 3]) - code_at == 3:
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
        date = _pairs(words[at], year_digits + 4)
        if date == _ALL:
            continue
        year = _pair(date, 0) * 100 + _pair(date, 1)
        month, of_month = _pair(date, 2), _pair(date, 3)
        if year_digits == 2:
            year = century[year]
        year -= first_year
        if year < 0 or year >= years or month < 1 or month > 12 or of_month < 1 or of_month > 31:
            continue
        number = days[year * 372 + (month - 1) * 31 + of_month - 1]
        if number < 0:
            continue
        if clock_digits:
            clock = _pairs(words[at + np.uint64(year_digits + 4)], clock_digits)
            seconds = _pair(clock, 3) if clock_digits == 6 else 0
            last = 2 if clock_digits == 6 else 3
            hours, minutes = _pair(clock, last - 1), _pair(clock, last)
            if clock == _ALL or hours > 23 or minutes > 59 or seconds > 60:
                continue
            minute[n] = hours * 60 + minutes
            has_minute[n] = True
        day[n] = number
        readable[n] = True
        zoned += shapes[f, 2]
    return zoned
