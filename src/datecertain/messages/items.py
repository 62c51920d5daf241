"""The items of an outline: numbers checked and normalised, unusable ones set aside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from datecertain.findings import Severity
from datecertain.identifiers import Defect, ItemNumber, valid_s10
from datecertain.messages.charsets import decode
from datecertain.messages.columns import texts
from datecertain.messages.fates import Fate
from datecertain.messages.log import Log, Place, brief
from datecertain.messages.plan import Outline
from datecertain.messages.profiles import Field
from datecertain.messages.results import Kind
from datecertain.messages.scan import Mask


@dataclass(frozen=True, slots=True)
class Items:
    """The items of an outline, in order."""

    numbers: pa.Array  # text; what stands in unusable rows means nothing
    usable: Mask


def read_items(outline: Outline, received_on: int, log: Log) -> Items:
    """Item numbers; one that is no S10 number is set aside with all its events."""
    field = outline.profile.field("item_id")
    assert field is not None, "profiles without item_id are refused when they are read"
    numbers = texts(outline.found, *outline.values(outline.item_rows, field))
    usable = valid_s10(numbers)
    odd = np.flatnonzero(~usable)
    if len(odd):
        repaired = _normalise(outline, field, odd.tolist(), usable, log)
        if repaired:
            listed = numbers.to_pylist()
            for item, number in repaired.items():
                listed[item] = number
            numbers = pa.array(listed, type=pa.string())
    _report_doubts(outline, Items(numbers, usable), received_on, log)
    _report_without_events(outline, usable, log)
    return Items(numbers, usable)


def _normalise(
    outline: Outline, field: Field, items: list[int], usable: Mask, log: Log
) -> dict[int, str]:
    """Item numbers that are right once normalised, by item; marks them usable."""
    repaired = {}
    found = outline.found
    begins, ends = outline.values(outline.item_rows[items], field)
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
            _set_aside(outline, item, text, number)
    return repaired


def _set_aside(outline: Outline, item: int, text: str, defect: Defect) -> None:
    message = int(outline.item_message[item])
    part = outline.messages.parts[int(outline.messages.owner[message])]
    behind = int(outline.behind_item(np.array([item]))[0])
    part.set_aside(
        Kind.ITEM,
        defect.code,
        _place(outline, item),
        int(outline.item_rows[item]),
        behind,
        defect.detail,
        item=brief(text),
        layout=outline.profile.layout,
        head=int(outline.messages.head[message]),
    )


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
    idle[outline.event_item[outline.event_item >= 0]] = False
    items = np.flatnonzero(idle)
    if not len(items):
        return
    outline.found.fate[outline.item_rows[items]] = Fate.PASSED_OVER
    owner = outline.messages.owner[outline.item_message[items]]
    _, first, count = np.unique(owner, return_index=True, return_counts=True)
    for at, many in zip(first, count, strict=True):
        detail = f"{many} item(s) of the interchange have no event; the first is here"
        log.note("item-without-event", Severity.NOTE, _place(outline, int(items[at])), detail)


def _place(outline: Outline, item: int) -> Place:
    return outline.messages.place(int(outline.item_message[item]), int(outline.item_rows[item]))
