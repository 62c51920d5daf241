"""The innermost loops from events to the first scans of items, as machine code (decision 0020).

Few events are read sooner by the same functions as they stand here than a compiler is loaded; what
is compiled and what is not are the same lines.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from datecertain.messages.compiling import compiled
from datecertain.moments import Ints, Mask

Indices = npt.NDArray[np.int32]
Octets = npt.NDArray[np.uint8]
#: Slots of the table of numbers, as the next of a full one: an odd number spreads them.
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
#: No number: the text is not thirteen signs of the form AA999999999AA.
NOT_S10 = -1


@compiled
def s10_numbers(octets: Octets, offsets: Indices, numbers: Ints) -> None:
    """Each text of the form AA999999999AA as one number, others as NOT_S10."""
    for n in range(numbers.shape[0]):
        begin = offsets[n]
        numbers[n] = NOT_S10
        if offsets[n + 1] - begin != 13:
            continue
        number, odd = np.int64(0), np.int64(0)
        for i in range(13):
            octet = np.int64(octets[begin + i])
            if i < 2 or i > 10:
                odd += octet < 65 or octet > 90
                number = number * 26 + (octet - 65)
            else:
                odd += octet < 48 or octet > 57
                number = number * 10 + (octet - 48)
        if odd == 0:
            numbers[n] = number


@compiled
def place_numbers(numbers: Ints, slots: Ints, rows: Ints, shift: int) -> int:
    """Put the row of each number into a table of 2^(64 - shift) slots (NOT_S10: empty), more than
    there are numbers; of a number that comes again the first row stands. How many came again."""
    last, again = slots.shape[0] - 1, 0
    for n in range(numbers.shape[0]):
        number = numbers[n]
        if number < 0:
            continue
        slot = np.int64((np.uint64(number) * _SPREAD) >> np.uint64(shift))
        while slots[slot] >= 0 and slots[slot] != number:
            slot = (slot + 1) & last
        if slots[slot] < 0:
            slots[slot] = number
            rows[slot] = n
        else:
            again += 1
    return again


@compiled
def find_numbers(numbers: Ints, slots: Ints, rows: Ints, shift: int, found: Ints) -> None:
    """The row of each number in the table, -1 where it is not there."""
    last = slots.shape[0] - 1
    for n in range(numbers.shape[0]):
        number = numbers[n]
        found[n] = -1
        if number < 0:
            continue
        slot = np.int64((np.uint64(number) * _SPREAD) >> np.uint64(shift))
        while slots[slot] >= 0:
            if slots[slot] == number:
                found[n] = rows[slot]
                break
            slot = (slot + 1) & last


@compiled
def attach_scans(  # noqa: PLR0912 - one loop, for there is no call in it
    item: Indices, row_of: Ints, told: Ints, text: Indices, number_of: Ints, begins: Ints,
    episode: Ints, again: Mask, kind_of: Ints, listed: Ints, inquired: Ints, asked: Ints,
    proves: Mask, as_of: int, day: int, longest: int, shifts: Ints, first: Ints, latest: Ints,
    of_kind: Ints,
) -> int:  # fmt: skip
    """Put each event to the item in whose episode it falls; how many of `of_kind` were filled.

    Events: `item`, an index into `row_of` (the item's first row, -1: none); `told` [2, events] when
    it was and when it was said; `text` [5, events] indices of code, office, reason, measure and
    sender into `number_of`, each behind the ones before from `begins` on.
    Items: `episode` [4, items]: number of origin and destination, when it was accepted and when the
    number is next; `again`: the next row is the same number, accepted later.
    `kind_of` [2, codes]: the kind of a code when the origin or the destination sent it, -1 none;
    `listed`: kinds of which `of_kind` [3, events] tells (row, kind, packed) every scan (1), or
    every one but the smallest (2). What was sent after `inquired` (empty: nobody asked for any
    item) is of no kind unless the item's row of `proves`, `asked`, says so. `first` [kinds + 1,
    items] keeps the smallest packed scan, `latest` the latest moment: of the kinds from -1 on.
    """
    place, why, how, none = shifts[0], shifts[1], shifts[2], shifts[3]
    count = 0
    for n in range(item.shape[0]):
        row = row_of[item[n]]
        at = told[0, n]
        if row < 0 or at > as_of or told[1, n] > as_of:
            continue
        while True:
            accepted = episode[2, row]
            if accepted - day <= at < min(episode[3, row] - day, accepted + longest * day):
                break
            if not again[row]:
                row = -1
                break
            row += 1
        if row < 0:
            continue
        kind = np.int64(-1)
        code = number_of[begins[0] + text[0, n]]
        sender = number_of[begins[4] + text[4, n]]
        if code >= 0 and sender >= 0:
            if sender == episode[1, row]:
                kind = kind_of[1, code]
            elif sender == episode[0, row]:
                kind = kind_of[0, code]
        late = kind >= 0 and inquired.shape[0] > 0 and told[1, n] > inquired[row]
        if late and not proves[asked[row], kind]:
            kind = np.int64(-1)
        packed = (
            (at << place)
            + (number_of[begins[1] + text[1, n]] << why)
            + (number_of[begins[2] + text[2, n]] << how)
            + number_of[begins[3] + text[3, n]]
        )
        before = first[kind + 1, row]
        first[kind + 1, row] = min(before, packed)
        latest[row] = max(latest[row], at)
        if kind < 0 or listed[kind] == 0:
            continue
        if listed[kind] == 2:
            if before in (none, packed):
                continue
            packed = max(before, packed)
        of_kind[0, count] = row
        of_kind[1, count] = kind
        of_kind[2, count] = packed
        count += 1
    return count


@compiled
def lay_out(
    first: Ints, accepted: Ints, kinds: Ints, shifts: Ints, unknown: int, at: Ints, office: Ints,
    beside: Ints,
) -> None:  # fmt: skip
    """The first scans as columns of checkpoints: `at` and `office` [items, 8], and `beside`
    [4, items] when first kept by customs, back from export customs, to be called for, delivered.

    `kinds` [12]: rows of `first` for EMB, EMC, EMD, EDB, EDC, EMF, EMG, EME, EXC, EDH, EMI, and of
    how many signs a place is. Customs had the item from EDB on, or from EME where that came first;
    an EME after EDC is of a later hold.
    """
    place, none, eme = shifts[1], shifts[3], kinds[7]
    mask = (np.int64(1) << kinds[11]) - 1
    for n in range(accepted.shape[0]):
        at[n, 0] = accepted[n]
        office[n, 0] = -1
        for column in range(1, 8):
            packed = first[kinds[column - 1], n]
            at[n, column] = unknown if packed == none else packed >> shifts[0]
            office[n, column] = -1 if packed == none else ((packed >> place) & mask) - 1
        for column in range(4):
            packed = first[kinds[7 + column], n]
            beside[column, n] = unknown if packed == none else packed >> shifts[0]
        kept, back = beside[0, n], at[n, 5]
        if back != unknown and kept > back:
            kept = unknown
            beside[0, n] = unknown
        if kept != unknown and (at[n, 4] == unknown or kept < at[n, 4]):
            at[n, 4] = kept
            office[n, 4] = ((first[eme, n] >> place) & mask) - 1


@compiled
def first_times(
    item: Indices, row_of: Ints, told: Ints, code: Indices, kind_of: Ints, sender: Indices,
    post_of: Ints, episode: Ints, again: Mask, as_of: int, day: int, longest: int, first: Ints,
) -> None:  # fmt: skip
    """Put the times of each event to the item in whose episode it falls, if they are its first.

    Events: `item`, an index into `row_of` (the item's first row, -1: none); `told` [4, events] when
    it was, when it was said, its local date and minute; `code` and `sender` indices into `kind_of`
    (-1: not asked for; 0: sent by the origin; others: by the destination) and `post_of`.
    Items: `episode` and `again` as in `attach_scans`. `first` [1 + 3 kinds, items]: the least
    moment of kind 0, then moment, local minute and moment of transmission of the others.
    """
    for n in range(item.shape[0]):
        kind = kind_of[code[n]]
        row = row_of[item[n]]
        at, said = told[0, n], told[1, n]
        if kind < 0 or row < 0 or at > as_of or said > as_of:
            continue
        while True:
            accepted = episode[2, row]
            if accepted - day <= at < min(episode[3, row] - day, accepted + longest * day):
                break
            if not again[row]:
                row = -1
                break
            row += 1
        if row < 0:
            continue
        if kind == 0:
            if post_of[sender[n]] == episode[0, row]:
                first[0, row] = min(first[0, row], at)
        elif post_of[sender[n]] == episode[1, row]:
            place = 3 * kind - 2
            first[place, row] = min(first[place, row], at)
            local = told[2, n] * day + told[3, n]
            first[place + 1, row] = min(first[place + 1, row], local)
            first[place + 2, row] = min(first[place + 2, row], said)


#: The same functions as they stand above, not compiled.
PLAIN_LAY_OUT = lay_out.__wrapped__  # type: ignore[attr-defined]
PLAIN_ATTACH = attach_scans.__wrapped__  # type: ignore[attr-defined]
PLAIN_FIRST_TIMES = first_times.__wrapped__  # type: ignore[attr-defined]
