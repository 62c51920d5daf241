"""Tolerant reading: events of messages whose layout no profile reads, for people to look at.

What comes out is marked `layout_inferred` and is no table of RAW_EVENTS but a type of its own:
nothing that makes canonical events, verdicts or bills takes it (upu-messages section 8, point 3).
A layout becomes one that is read when its profile was drafted, checked against real files and
accepted (`datecertain profile`).
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from datecertain.identifiers import ItemNumber
from datecertain.messages.code_tables import code_table
from datecertain.messages.inference_layout import Group, Guess, Seen, Spot, Unread, guess
from datecertain.messages.inference_values import Clock, Known, Looks, stated, unstated
from datecertain.messages.profiles import Profiles
from datecertain.messages.reading import read_interchanges
from datecertain.messages.results import InterchangeSummary, Kind, Quarantined
from datecertain.messages.segments import Segment, segments_in
from datecertain.messages.stated_times import FORMATS
from datecertain.messages.stretches import Dialect


@dataclass(frozen=True, slots=True)
class InferredEvent:
    """What an event seems to say: the columns of RAW_EVENTS, None where nothing was found."""

    item_id: str
    code: str
    event_date: int | None
    event_min: int | None
    stated_offset: int | None
    office: str | None
    next_office: str | None
    reason: str | None
    measure: str | None
    dispatch: str | None
    receptacle: str | None
    sender: str
    recipient: str
    prepared_date: int | None
    prepared_min: int | None
    interchange: str
    interchange_index: int
    message: int
    segment: int
    byte_offset: int
    layout: str  # UNH S009: there is no profile to name
    test: bool = False  # tests are not read at all
    layout_inferred: Literal[True] = field(default=True, init=False)


@dataclass(frozen=True, slots=True)
class Inferred:
    """What tolerant reading found in messages that no profile reads. Their dates are local."""

    messages: int
    events: tuple[InferredEvent, ...]
    items_unusable: int  # where an item should begin, but no right item number stands
    layouts: tuple[tuple[str, str], ...]  # UNH S009 and sender of what was looked at


def known_codes() -> frozenset[str]:
    """The item event codes that are public."""
    return frozenset(code_table("emsevt_events").codes())


def read_tolerantly(
    data: bytes, source: str, profiles: Profiles, *, offices: frozenset[str], received_on: int
) -> Inferred:
    """What the messages of a file that none of the profiles reads seem to say.

    `offices` are the offices of exchange that are known. Whatever the bytes are, it does not
    raise; messages whose envelope is broken are not looked at.
    """
    known = Known(offices, known_codes(), received_on)
    unread = unread_messages(data, source, profiles, received_on)
    events: list[InferredEvent] = []
    unusable = 0
    layouts = by_layout(unread)
    for ones in layouts.values():
        layout = guess(ones, known)
        found, odd = _events(layout, received_on)
        events += found
        unusable += odd
    events.sort(key=lambda one: one.byte_offset)
    return Inferred(len(unread), tuple(events), unusable, tuple(layouts))


def unread_messages(
    data: bytes, source: str, profiles: Profiles, received_on: int
) -> list[Unread]:  # fmt: skip
    """The messages of a file that are whole and that none of the profiles reads, each once."""
    read = read_interchanges(io.BytesIO(data), source, profiles, received_on=received_on)
    summaries = {one.index: one for one in read.interchanges}
    found = []
    for aside in read.quarantined:
        index = aside.interchange_index
        summary = None if index is None else summaries.get(index)
        if aside.kind is not Kind.MESSAGE or aside.reason != "layout-unknown" or summary is None:
            continue
        if summary.repeat_of is None:
            found.append(_unread(aside, summary))
    return found


def _unread(aside: Quarantined, summary: InterchangeSummary) -> Unread:
    dialect = Dialect(summary.separators, summary.syntax)
    segments = tuple(
        Segment(one.tag, one.elements, one.byte_offset + aside.byte_offset)
        for one in segments_in(aside.raw, dialect)
    )
    return Unread(
        aside.source, summary.sender, summary.recipient, summary.control_ref, summary.index,
        aside.message or 0, aside.layout or "", (summary.prepared_date, summary.prepared_min),
        segments,
    )  # fmt: skip


def by_layout(messages: Sequence[Unread]) -> dict[tuple[str, str], list[Unread]]:
    """The messages of each UNH S009 and sender, in order."""
    found: dict[tuple[str, str], list[Unread]] = defaultdict(list)
    for one in messages:
        found[one.layout, one.sender].append(one)
    return dict(found)


def _events(layout: Guess, received_on: int) -> tuple[list[InferredEvent], int]:
    """The events of a guessed layout, and how many items have no right number."""
    if layout.item is None or layout.code is None:
        return [], 0
    spot = layout.item.spot
    numbers: dict[tuple[int, int, int], str | None] = {}
    for sheet in layout.sheets:
        for row in sheet.rows(spot.pattern):
            parsed = ItemNumber.parse(sheet.value(row, spot))
            number = parsed.text if isinstance(parsed, ItemNumber) else None
            numbers[*sheet.message.place, row] = number
    events = []
    for group in layout.groups:
        item = numbers[*group.sheet.message.place, group.item]
        code = _first(group, layout.code.spot)
        if item is not None and code:
            events.append(_event(group, item, code, layout, received_on))
    return events, sum(item is None for item in numbers.values())


def _event(
    group: Group, item: str, code: str, layout: Guess, received_on: int
) -> InferredEvent:  # fmt: skip
    message = group.sheet.message

    def word(name: str) -> str | None:
        return _first(group, layout.fields[name].spot) if name in layout.fields else None

    time = _time(group, layout.fields.get("event_time"), received_on)
    day, minute = message.prepared
    if "prepared" in layout.fields:
        head = Group(group.sheet, 0, 0, group.item)
        if own := _time(head, layout.fields["prepared"], received_on):
            day, minute = own.day, own.minute
    return InferredEvent(
        item_id=item, code=code, event_date=time.day if time else None,
        event_min=time.minute if time else None, stated_offset=time.offset if time else None,
        office=word("office"), next_office=word("next_office"), reason=word("reason"),
        measure=word("measure"), dispatch=word("dispatch"), receptacle=word("receptacle"),
        sender=message.sender, recipient=message.recipient, prepared_date=day,
        prepared_min=minute, interchange=message.interchange,
        interchange_index=message.interchange_index, message=message.message,
        segment=group.low + 1, byte_offset=message.segments[group.low].byte_offset,
        layout=message.layout,
    )  # fmt: skip


def _first(group: Group, spot: Spot) -> str | None:
    """The first value at a spot of an event."""
    rows = group.sheet.rows(spot.pattern, group.low, group.high)
    return next(filter(None, (group.sheet.value(row, spot) for row in rows)), None)


def _time(group: Group, seen: Seen | None, received_on: int) -> Clock | None:
    """The time at its spot; else the nearest other that the event has."""
    return next(_times(group, seen, received_on), None)


def _times(group: Group, seen: Seen | None, received_on: int) -> Iterator[Clock]:
    spots = list(group.sheet.spots(group.low, group.high, Looks.TIME))
    spots.sort(key=lambda one: seen is None or one[1] != seen.spot)
    for row, spot, one in spots:
        text = group.sheet.message.segments[row].value(spot.element, spot.component)
        if one.format_component is None:
            found = unstated(text, received_on)
            if found:
                yield found[1]
        elif one.format in FORMATS and (clock := stated(text, one.format, received_on)):
            yield clock
