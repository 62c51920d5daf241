"""The items of an outline: numbers checked and normalised, unusable ones set aside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from datecertain.findings import Severity
from datecertain.identifiers import ItemNumber, valid_s10
from datecertain.messages import kernels
from datecertain.messages.blocks import eight_bytes
from datecertain.messages.charsets import decode
from datecertain.messages.columns import texts
from datecertain.messages.fates import Fate
from datecertain.messages.log import Log, Place, brief
from datecertain.messages.plan import Outline
from datecertain.messages.profiles import Field
from datecertain.messages.vocabulary import Within
from datecertain.moments import Ints, Mask


@dataclass(frozen=True, slots=True)
class Items:
    """The items of an outline, in order."""

    numbers: pa.Array  # text; what stands in unusable rows means nothing
    usable: Mask

    def of(self, which: Ints) -> pa.Array:
        """The numbers of some usable items, each as often as it is named."""
        numbers = self.numbers
        if numbers.null_count or not self.usable.all():
            return numbers.take(pa.array(which))
        # Usable numbers are all of one length.
        ends = np.arange(0, 13 * len(which) + 1, 13, dtype=np.int32)
        copied = np.empty(13 * len(which), dtype=np.uint8)
        if len(which):
            begin = np.frombuffer(numbers.buffers()[1], dtype=np.int32)[numbers.offset]
            source = np.frombuffer(numbers.buffers()[2], dtype=np.uint8)[begin:]
            kernels.repeat_numbers(eight_bytes(source), which, eight_bytes(copied))
        buffers = [None, pa.py_buffer(ends), pa.py_buffer(copied)]
        return pa.Array.from_buffers(pa.string(), len(which), buffers, 0)


def read_items(outline: Outline, received_on: int, log: Log, among: Mask | None = None) -> Items:
    """Item numbers; one that is no S10 number is set aside with all its events.

    With `among`, only those items are looked at; the others (kept with what they stand in) are
    not usable, and nothing is said of them.
    """
    field = outline.profile.field("item_id")
    assert field is not None, "profiles without item_id are refused when they are read"
    numbers = texts(outline.found, *outline.spans(field))
    usable = valid_s10(numbers)
    odd = np.flatnonzero(~usable if among is None else ~usable & among)
    if among is not None:
        usable &= among
    if len(odd):
        repaired = _normalise(outline, field, odd.tolist(), usable, log)
        if repaired:
            listed = numbers.to_pylist()
            for item, number in repaired.items():
                listed[item] = number
            numbers = pa.array(listed, type=pa.string())
    _report_doubts(outline, Items(numbers, usable), received_on, log)
    if Within.EVENT in outline.profile.opens:
        _report_without_events(outline, usable, log)
    return Items(numbers, usable)


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
    rows = np.flatnonzero(items.usable)
    if not len(rows):
        return
    whole = items.numbers.take(pa.array(rows))
    letters = np.frombuffer(whole.buffers()[2], dtype=np.uint8).reshape(-1, 13)
    key = np.ascontiguousarray(letters[:, [0, 1, 11, 12]]).view(np.uint32)[:, 0]
    _, first, count = np.unique(key, return_index=True, return_counts=True)
    for place, many in zip(first, count, strict=True):
        number = ItemNumber(whole[int(place)].as_py())
        for defect in number.doubts(received_on):
            detail = f"{defect.detail}; {many} item(s) like it"
            log.doubt(defect.code, _place(outline, int(rows[place])), detail, number.text)


def _report_without_events(outline: Outline, usable: Mask, log: Log) -> None:
    """Say, once for each interchange, that items of it tell no event: nothing is kept of them."""
    idle = usable.copy()
    told = outline.outer(Within.EVENT, Within.ITEM)
    idle[told[told >= 0]] = False
    items = np.flatnonzero(idle)
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
