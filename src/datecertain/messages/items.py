"""The items of an outline: numbers checked and normalised, unusable ones set aside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from datecertain.findings import Severity
from datecertain.identifiers import ItemNumber
from datecertain.identifiers.s10 import DIGIT_OF_REMAINDER, LENGTH, WEIGHTS
from datecertain.messages import value_kernels
from datecertain.messages.blocks import Octets, eight_bytes
from datecertain.messages.charsets import decode
from datecertain.messages.fates import Fate
from datecertain.messages.log import Log, Place, brief
from datecertain.messages.plan import Outline
from datecertain.messages.profiles import Field
from datecertain.messages.vocabulary import Within
from datecertain.moments import Ints, Mask

#: Of every other digit, as `value_kernels.copy_numbers` multiplies by them.
_WEIGHTS = np.array(
    [
        sum(weight << 16 * place for place, weight in enumerate(reversed(WEIGHTS[begin::2])))
        for begin in (0, 1)
    ],
    dtype=np.uint64,
)


@dataclass(frozen=True, slots=True)
class Items:
    """The items of an outline, in order."""

    octets: Octets  # the numbers, 13 bytes each; those that are not usable are blank
    usable: Mask

    def of(self, which: Ints) -> pa.Array:
        """The numbers of some usable items, each as often as it is named."""
        copied = np.empty(LENGTH * len(which), dtype=np.uint8)
        value_kernels.repeat_numbers(eight_bytes(self.octets), which, eight_bytes(copied))
        return _texts(copied)

    @property
    def numbers(self) -> pa.Array:
        """The numbers as text; what stands in unusable rows means nothing."""
        return _texts(self.octets)


def read_items(outline: Outline, received_on: int, log: Log, among: Mask | None = None) -> Items:
    """Item numbers; one that is no S10 number is set aside with all its events.

    With `among`, only those items are looked at; the others (kept with what they stand in) are
    not usable, and nothing is said of them.
    """
    field = outline.profile.field("item_id")
    assert field is not None, "profiles without item_id are refused when they are read"
    octets, usable = _copied(outline, field)
    odd = np.flatnonzero(~usable if among is None else ~usable & among)
    if among is not None:
        usable &= among
    if len(odd):
        repaired = _normalise(outline, field, odd.tolist(), usable, log)
        for item, number in repaired.items():
            text = np.frombuffer(number.encode("ascii"), dtype=np.uint8)
            octets[LENGTH * item : LENGTH * (item + 1)] = text
    items = Items(octets, usable)
    _report_doubts(outline, items, received_on, log)
    if Within.EVENT in outline.profile.opens:
        _report_without_events(outline, usable, log)
    return items


def _copied(outline: Outline, field: Field) -> tuple[Octets, Mask]:
    """The numbers as they stand, one behind the other, and which are right."""
    parts, found = outline.openers(Within.ITEM), outline.found
    octets = np.empty(LENGTH * len(parts), dtype=np.uint8)
    right = np.empty(len(parts), dtype=bool)
    value_kernels.copy_numbers(
        found.octets, found.words, outline.spots, parts, outline.column(field),
        _WEIGHTS, DIGIT_OF_REMAINDER, eight_bytes(octets), right,
    )  # fmt: skip
    return octets, right


def _texts(octets: Octets) -> pa.Array:
    ends = np.arange(0, len(octets) + 1, LENGTH, dtype=np.int32)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(octets)]
    return pa.Array.from_buffers(pa.string(), len(ends) - 1, buffers, 0)


def _normalise(
    outline: Outline, field: Field, items: list[int], usable: Mask, log: Log
) -> dict[int, str]:
    """Item numbers that are right once normalised, by item; marks them usable."""
    repaired = {}
    found = outline.found
    begins, ends = outline.values(outline.rows_of(Within.ITEM)[items], field)
    for item, begin, end in zip(items, begins, ends, strict=True):
        raw = found.raw_text(int(begin), int(end))
        text, _ = decode(raw, found.dialect.syntax)
        number = ItemNumber.parse(text[:64])
        place = _place(outline, item)
        if isinstance(number, ItemNumber):
            repaired[item] = number.text
            usable[item] = True
            detail = f"{text!r} read as {number}"
            log.note("item-normalised", Severity.NOTE, place, detail, number.text)
        else:
            code, detail = number.code, number.detail
            outline.set_aside(Within.ITEM, item, code, detail, item=brief(text))
    return repaired


def _report_doubts(outline: Outline, items: Items, received_on: int, log: Log) -> None:
    """Say which prefixes and countries are odd, once for each: such items are used."""
    many = len(items.usable)
    slots = np.zeros(1 << (2 * many).bit_length(), dtype=np.uint32)
    first, count = np.empty((2, many), dtype=np.int64)
    keys = np.empty(many, dtype=np.uint32)
    kinds = value_kernels.tally_letters(items.octets, items.usable, slots, keys, first, count)
    for kind in np.argsort(keys[:kinds]).tolist():
        item = int(first[kind])
        number = ItemNumber(
            items.octets[LENGTH * item : LENGTH * (item + 1)].tobytes().decode("ascii")
        )
        for defect in number.doubts(received_on):
            detail = f"{defect.detail}; {count[kind]} item(s) like it"
            log.doubt(defect.code, _place(outline, item), detail, number.text)


def _report_without_events(outline: Outline, usable: Mask, log: Log) -> None:
    """Say, once for each interchange, that items of it tell no event: nothing is kept of them."""
    items = np.flatnonzero(usable & ~outline.holding(Within.ITEM, Within.EVENT))
    if not len(items):
        return
    outline.found.fate[outline.rows_of(Within.ITEM)[items]] = Fate.PASSED_OVER
    owner = outline.messages.owner[outline.message_of(Within.ITEM)[items]]
    _, first, count = np.unique(owner, return_index=True, return_counts=True)
    for at, many in zip(first, count, strict=True):
        detail = f"{many} item(s) of the interchange have no event; the first is here"
        log.note("item-without-event", Severity.NOTE, _place(outline, int(items[at])), detail)


def _place(outline: Outline, item: int) -> Place:
    return outline.place(Within.ITEM, item)
