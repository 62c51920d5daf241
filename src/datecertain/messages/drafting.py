"""A draft of a layout profile from messages of an unknown layout: for a person to confirm.

The draft holds places, qualifiers and counts, never a value of a message beyond the qualifiers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from datecertain.messages.inference_layout import Group, Guess, Seen, Sheet, Unread, guess
from datecertain.messages.inference_values import Known
from datecertain.messages.profiles import Pattern
from datecertain.messages.scan import LARGEST_PLACE
from datecertain.messages.vocabulary import REQUIRED, Within
from datecertain.wording import Said, said

#: Segments of UN/EDIFACT that tell nothing of an event: name and number of the document, free
#: text, names and contacts (personal data: dropped at the door), totals, section marks.
PASSED_OVER = frozenset({"BGM", "FTX", "NAD", "CTA", "COM", "CNT", "UNS"})
#: Fields in the order of a profile.
_ORDER = ("prepared", "item_id", "code", "event_time", "office", "next_office", "reason",
          "measure", "dispatch", "receptacle")  # fmt: skip
_SURE = 0.95


@dataclass(frozen=True, slots=True)
class FoundField:
    """A field of the draft: where it stands, in how many of all, and what is in doubt."""

    name: str
    within: Within
    seen: Seen

    @property
    def certain(self) -> bool:
        """Whether nothing speaks against it. A field that an event need not have is certain
        wherever it stands; one that it must have, if it stands in nearly all."""
        must = self.name in REQUIRED[Within.EVENT] or self.name == "item_id"
        return not self.seen.doubt and (not must or self.seen.share >= _SURE)


@dataclass(frozen=True, slots=True)
class UnknownSegment:
    """Segments that the draft has no meaning for: how many, in how many messages, where first."""

    pattern: Pattern
    count: int
    messages: int
    first: str
    passed_over: bool  # of a kind that tells nothing of an event


@dataclass(frozen=True, slots=True)
class UnusedValues:
    """Values beside the fields of segments that the draft reads: in how many segments, where
    first."""

    pattern: Pattern
    element: int
    count: int
    first: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A drafted layout. `lacking` names what an event must have and was not found: without it the
    draft is no profile yet. `remarks` say what the profile cannot say, or what to look at."""

    layout: str
    senders: tuple[str, ...]
    messages: int
    items: int
    events: int
    opens: Mapping[Within, Pattern]
    fields: tuple[FoundField, ...]
    unknown: tuple[UnknownSegment, ...]
    unused: tuple[UnusedValues, ...]
    lacking: tuple[str, ...]
    remarks: tuple[Said, ...]
    guess: Guess

    def field(self, name: str) -> FoundField | None:
        """The field of a name."""
        return next((one for one in self.fields if one.name == name), None)


def draft(messages: Sequence[Unread], known: Known) -> Draft:
    """The draft of the layout that messages of one UNH S009 and sender seem to have."""
    found = guess(messages, known)
    fields = _fields(found)
    have = {one.name for one in fields}
    needed = (*REQUIRED[Within.ITEM], *REQUIRED[Within.EVENT])
    lacking = tuple(name for name in needed if name not in have)
    opens: dict[Within, Pattern] = {}
    if found.item is not None and found.opener is not None:
        opens = {Within.ITEM: found.item.spot.pattern, Within.EVENT: found.opener}
    return Draft(
        layout=messages[0].layout if messages else "",
        senders=tuple(sorted({one.sender for one in messages})),
        messages=len(messages),
        items=0 if found.item is None else found.item.count,
        events=len(found.groups),
        opens=opens,
        fields=fields,
        unknown=_unknown(found, fields),
        unused=_unused(found, fields, opens),
        lacking=lacking,
        remarks=tuple(_remarks(found, opens)),
        guess=found,
    )


def place_of(sheet: Sheet, row: int) -> str:
    """File, interchange, message, segment and byte of a segment."""
    message = sheet.message
    return (
        f"{message.source}, interchange {message.interchange}, message {message.message}, "
        f"segment {row + 1}, byte {message.segments[row].byte_offset}"
    )


def _fields(found: Guess) -> tuple[FoundField, ...]:
    seen: dict[str, Seen] = dict(found.fields)
    if found.item is not None:
        seen["item_id"] = found.item
    if found.code is not None:
        seen["code"] = found.code
    within = {"prepared": Within.MESSAGE, "item_id": Within.ITEM}
    return tuple(
        FoundField(name, within.get(name, Within.EVENT), seen[name])
        for name in _ORDER
        if name in seen
    )


def _unknown(found: Guess, fields: Sequence[FoundField]) -> tuple[UnknownSegment, ...]:
    """The segments that no field and no opener of the draft accounts for where they stand."""
    used = {(one.within, one.seen.spot.pattern) for one in fields}
    if found.item is not None:
        used.add((Within.ITEM, found.item.spot.pattern))
    if found.opener is not None:
        used.add((Within.EVENT, found.opener))
    whole = PASSED_OVER - {pattern.segment for _, pattern in used}  # whatever their first value
    count: Counter[Pattern] = Counter()
    messages: Counter[Pattern] = Counter()
    first: dict[Pattern, str] = {}
    for sheet in found.sheets:
        own = set()
        for row, within in _levels(sheet, found):
            pattern = sheet.patterns[row]
            if (within, pattern) not in used:
                if pattern.segment in whole:
                    pattern = Pattern(pattern.segment)
                count[pattern] += 1
                own.add(pattern)
                first.setdefault(pattern, place_of(sheet, row))
        messages.update(own)
    return tuple(
        UnknownSegment(
            one, count[one], messages[one], first[one],
            one.segment in whole,
        )
        for one in sorted(count, key=lambda pattern: (-count[pattern], str(pattern)))
    )  # fmt: skip


def _unused(
    found: Guess, fields: Sequence[FoundField], opens: Mapping[Within, Pattern]
) -> tuple[UnusedValues, ...]:
    """The elements of the draft's segments in which something stands that it does not name."""
    named: dict[Pattern, set[tuple[int, int]]] = {one: set() for one in opens.values()}
    for one in fields:
        spot = one.seen.spot
        places = named.setdefault(spot.pattern, set())
        places |= {(spot.element, spot.component)}
        if one.seen.format_component is not None:
            places.add((spot.element, one.seen.format_component))
    count: Counter[tuple[Pattern, int]] = Counter()
    first: dict[tuple[Pattern, int], str] = {}
    for sheet in found.sheets:
        for row, pattern in enumerate(sheet.patterns):
            if pattern not in named:
                continue
            known = named[pattern] | ({(1, 1)} if pattern.qualifier is not None else set())
            for element, repeats in enumerate(sheet.message.segments[row].elements, start=1):
                filled = {
                    (element, component)
                    for repeat in repeats
                    for component, value in enumerate(repeat, start=1)
                    if value.strip()
                }
                if not filled <= known:
                    count[pattern, element] += 1
                    first.setdefault((pattern, element), place_of(sheet, row))
    return tuple(
        UnusedValues(*key, count[key], first[key])
        for key in sorted(count, key=lambda key: (str(key[0]), key[1]))
        if key[1] <= LARGEST_PLACE
    )


def _levels(sheet: Sheet, found: Guess) -> list[tuple[int, Within]]:
    """Each segment between UNH and UNT with the part of the message that it belongs to."""
    item = found.item.spot.pattern if found.item is not None else None
    level = Within.MESSAGE
    levels = []
    for row in range(1, len(sheet.patterns) - 1):
        pattern = sheet.patterns[row]
        if pattern == item:
            level = Within.ITEM
        elif pattern == found.opener:  # what stands before any item is set aside by the reader
            level = Within.EVENT
        levels.append((row, level))
    return levels


def _remarks(found: Guess, opens: Mapping[Within, Pattern]) -> list[Said]:
    remarks = []
    if found.item is None:
        remarks.append(said("profile.remark.no_item"))
    if found.code is None:
        remarks.append(said("profile.remark.no_event"))
    if found.item and found.code and not opens:
        both = found.item.spot.pattern
        remarks.append(said("profile.remark.both", pattern=both))
    lone = sum(_before_items(sheet, found) for sheet in found.sheets)
    if opens and lone:
        remarks.append(said("profile.remark.before_items", events=lone))
    outside = [group for group in found.groups if _codes(group, found) != 1]
    if outside:
        remarks.append(said("profile.remark.codes", events=len(outside)))
    if (time := found.fields.get("event_time")) and time.format_component is None:
        remarks.append(said("profile.remark.no_format", format=time.format))
    return remarks


def _before_items(sheet: Sheet, found: Guess) -> int:
    if found.item is None or found.opener is None:
        return 0
    items = sheet.rows(found.item.spot.pattern)
    return len(sheet.rows(found.opener, 0, items[0] if items else None))


def _codes(group: Group, found: Guess) -> int:
    if found.code is None:
        return 0
    return len(group.sheet.rows(found.code.spot.pattern, group.low, group.high))
