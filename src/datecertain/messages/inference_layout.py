"""What the segments of an unknown layout seem to mean, judged by many of its messages together.

The item is where right S10 numbers stand, the code where known event codes do; an event begins
with the segment that leaves the most events with one code, a time and a known office each. What
else stands in an event is told by what its values look like. All of it is a guess.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from datecertain.messages.inference_values import Known, Looks, Sighting, sightings
from datecertain.messages.profiles import QUALIFIER, Pattern, is_data_tag
from datecertain.messages.segments import Segment
from datecertain.wording import Said, said

#: A tag with more first values than this has values there, not qualifiers.
_MOST_QUALIFIERS = 20
#: Stands for what is no tag of a segment; it is never shown.
NO_TAG = "???"
#: Free text and contacts: their values are never shown, nor are they told apart by them.
PERSONAL = frozenset({"CTA", "COM", "FTX"})
#: Events that come with a reason, and those with a measure too (upu-messages 1.4).
REASONED = frozenset({"EXB", "EXD", "EXX", "EDA", "EME", "EDF", "EMH", "EDX"})
_MEASURED = frozenset({"EMH"})
#: Qualifiers of LOC (UN/EDIFACT 3227) that name where something goes: discharge, delivery,
#: destination, next port of call.
_ONWARD = frozenset({"11", "7", "8", "61"})


@dataclass(frozen=True, slots=True)
class Unread:
    """A message that no profile reads, from UNH to UNT."""

    source: str
    sender: str
    recipient: str
    interchange: str
    interchange_index: int
    message: int
    layout: str  # UNH S009
    prepared: tuple[int | None, int | None]  # day and minute of the header, on the sender's clock
    segments: tuple[Segment, ...]

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands in its file."""
        return self.interchange_index, self.message


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a value stands."""

    pattern: Pattern
    element: int
    component: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """A message with the pattern of each of its segments, and what their values look like."""

    message: Unread
    patterns: tuple[Pattern, ...]
    seen: tuple[tuple[Sighting, ...], ...]

    def spots(self, low: int, high: int, looks: Looks) -> Iterator[tuple[int, Spot, Sighting]]:
        """The values between two segments that look like something."""
        for row in range(low, high):
            for one in self.seen[row]:
                if one.looks is looks:
                    yield row, Spot(self.patterns[row], one.element, one.component), one

    def value(self, row: int, spot: Spot) -> str:
        """The value at a spot of a segment, trimmed and in upper case."""
        return self.message.segments[row].value(spot.element, spot.component).strip().upper()

    def rows(self, pattern: Pattern, low: int = 0, high: int | None = None) -> list[int]:
        """The segments of a pattern, of the whole message or between two of them."""
        high = len(self.patterns) if high is None else high
        return [row for row in range(low, high) if self.patterns[row] == pattern]


@dataclass(frozen=True, slots=True)
class Group:
    """The segments of one event: `[low, high)`, and the segment that opens its item."""

    sheet: Sheet
    item: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Seen:
    """How often a spot was used: in so many of all; the first time there; its format, of a time."""

    spot: Spot
    count: int
    of: int
    first: tuple[Sheet, int]
    format: str = ""
    format_component: int | None = None
    doubt: Said | None = None

    @property
    def share(self) -> float:
        """The part of all that have it."""
        return self.count / self.of if self.of else 0.0


@dataclass(frozen=True, slots=True)
class Guess:
    """A layout as it seems to be; None where nothing was found."""

    sheets: tuple[Sheet, ...]
    item: Seen | None
    code: Seen | None
    opener: Pattern | None  # opens an event
    groups: tuple[Group, ...]
    fields: Mapping[str, Seen]  # of events, by the names of RAW_EVENTS; and `prepared`


def guess(messages: Sequence[Unread], known: Known) -> Guess:
    """The layout that these messages, all of one UNH and sender, seem to have."""
    sheets = _sheets(messages, known)
    item = _most(sheets, Looks.ITEM)
    code = _most(sheets, Looks.CODE)
    if item is None or code is None or item.spot.pattern == code.spot.pattern:
        return Guess(sheets, item, code, None, (), {})
    opener, groups = _events(sheets, item.spot, code.spot)
    fields = _fields(groups, code.spot) | _prepared(sheets, item.spot)
    return Guess(sheets, item, code, opener, tuple(groups), fields)


def _sheets(messages: Sequence[Unread], known: Known) -> tuple[Sheet, ...]:
    seen = [
        [tuple(sightings(one, known)) if is_data_tag(one.tag) else () for one in message.segments]
        for message in messages
    ]
    qualified = _qualified(messages, seen)
    return tuple(
        Sheet(
            message,
            tuple(
                Pattern(
                    one.tag if is_data_tag(one.tag) else NO_TAG,
                    one.value(1) if one.tag in qualified else None,
                )
                for one in message.segments
            ),
            tuple(rows),
        )
        for message, rows in zip(messages, seen, strict=True)
    )


def _qualified(
    messages: Sequence[Unread], seen: Sequence[Sequence[tuple[Sighting, ...]]]
) -> frozenset[str]:
    """The tags whose first value tells their segments apart: short, few, and no mere counter."""
    firsts: dict[str, list[tuple[int, str]]] = defaultdict(list)
    kinds: dict[str, set[frozenset[tuple[Looks, int, int]]]] = defaultdict(set)
    for number, (message, rows) in enumerate(zip(messages, seen, strict=True)):
        for segment, sights in zip(message.segments, rows, strict=True):
            firsts[segment.tag].append((number, segment.value(1)))
            kinds[segment.tag].add(frozenset((s.looks, s.element, s.component) for s in sights))
    found = set()
    for tag, values in firsts.items():
        words = {value for _, value in values}
        short = all(QUALIFIER.fullmatch(word) for word in words)
        known = is_data_tag(tag) and tag not in PERSONAL
        if not short or len(words) > _MOST_QUALIFIERS or not known:
            continue
        everything = {one for kind in kinds[tag] for one in kind}
        code_first = any(looks is Looks.CODE and element == 1 for looks, element, _ in everything)
        # A wrong item number looks like nothing: items that are counted through are items all.
        items = any(looks is Looks.ITEM for looks, _, _ in everything) and _counts(values, True)
        alike = len(words) > 1 and len(kinds[tag]) == 1
        if code_first or items or (alike and _counts(values)):
            continue
        found.add(tag)
    return frozenset(found)


def _counts(values: Iterable[tuple[int, str]], through: bool = False) -> bool:
    """Whether first values count 1, 2, 3 … within their message, beginning anew at times; or
    `through` to its end."""
    last: dict[int, int] = {}
    for message, text in values:
        number = int(text) if text.isascii() and text.isdecimal() else 0
        if (through or number != 1) and number != last.get(message, 0) + 1:
            return False
        last[message] = number
    return True


def _most(sheets: Iterable[Sheet], looks: Looks) -> Seen | None:
    """The spot that shows such values in the most messages, then the most often."""
    messages: Counter[Spot] = Counter()
    total: Counter[Spot] = Counter()
    first: dict[Spot, tuple[Sheet, int]] = {}
    for sheet in sheets:
        spots = list(sheet.spots(0, len(sheet.patterns), looks))
        messages.update({spot for _, spot, _ in spots})
        total.update(spot for _, spot, _ in spots)
        for row, spot, _ in spots:
            first.setdefault(spot, (sheet, row))
    if not total:
        return None
    best = max(total, key=lambda spot: (messages[spot], total[spot]))
    of = sum(len(sheet.rows(best.pattern)) for sheet in sheets)
    return Seen(best, total[best], of, first[best])


def _events(
    sheets: Sequence[Sheet], item: Spot, code: Spot
) -> tuple[Pattern, list[Group]]:  # fmt: skip
    """What opens an event, and the events it makes."""
    order: dict[Pattern, None] = {code.pattern: None}  # it, unless another does better
    for sheet in sheets:
        begins = sheet.rows(item.pattern)
        inside = sheet.patterns[begins[0] + 1 : -1] if begins else ()
        order |= dict.fromkeys(one for one in inside if one != item.pattern)
    best, best_groups, most = code.pattern, list[Group](), -1
    there = Counter(pattern for sheet in sheets for pattern in sheet.patterns)
    for opener in order:
        if there[opener] <= most:
            continue  # it cannot leave more events whole
        groups = list(_groups(sheets, item, opener))
        complete = sum(_complete(one, code) for one in groups)
        if complete > most:
            best, best_groups, most = opener, groups, complete
    return best, best_groups


def _groups(sheets: Iterable[Sheet], item: Spot, opener: Pattern) -> Iterator[Group]:
    for sheet in sheets:
        items = sheet.rows(item.pattern)
        tail = len(sheet.patterns) - 1  # UNT
        for begin, end in zip(items, [*items[1:], tail], strict=True):
            events = sheet.rows(opener, begin + 1, end)
            for low, high in zip(events, [*events[1:], end], strict=False):
                yield Group(sheet, begin, low, high)


def _complete(group: Group, code: Spot) -> bool:
    codes = group.sheet.rows(code.pattern, group.low, group.high)
    return (
        len(codes) == 1
        and bool(group.sheet.value(codes[0], code))
        and any(group.sheet.spots(group.low, group.high, Looks.TIME))
        and any(group.sheet.spots(group.low, group.high, Looks.OFFICE))
    )


def _fields(groups: Sequence[Group], code: Spot) -> dict[str, Seen]:
    found: dict[str, Seen] = {}
    if times := _ranked(groups, code, Looks.TIME):
        doubt = _rival(times, "time")
        found["event_time"] = _with_doubt(times[0], doubt)
    if offices := _ranked(groups, code, Looks.OFFICE):
        offices.sort(key=lambda one: (-one.count, one.spot.pattern.qualifier in _ONWARD))
        found["office"] = _with_doubt(offices[0], _rival(offices, "office"))
        if len(offices) > 1:
            found["next_office"] = offices[1]
    for name, looks in (("dispatch", Looks.DISPATCH), ("receptacle", Looks.RECEPTACLE)):
        if ranked := _ranked(groups, code, looks):
            found[name] = ranked[0]
    taken = {one.spot for one in found.values()} | {code}
    return found | _reasons(groups, code, taken)


def _ranked(groups: Sequence[Group], code: Spot, looks: Looks) -> list[Seen]:
    """The spots in events that look like something: the most frequent first, then those whose
    format is stated, then the nearest to the code."""
    count: Counter[Spot] = Counter()
    away: Counter[Spot] = Counter()
    first: dict[Spot, tuple[Sheet, int, Sighting]] = {}
    for group in groups:
        codes = group.sheet.rows(code.pattern, group.low, group.high) or [group.low]
        own: dict[Spot, int] = {}
        for row, spot, one in group.sheet.spots(group.low, group.high, looks):
            own.setdefault(spot, row)
            first.setdefault(spot, (group.sheet, row, one))
        count.update(own.keys())
        away.update({spot: abs(row - codes[0]) for spot, row in own.items()})
    found = [
        Seen(
            spot, many, len(groups), first[spot][:2], first[spot][2].format,
            first[spot][2].format_component,
        )
        for spot, many in count.items()
    ]  # fmt: skip
    return sorted(
        found,
        key=lambda one: (-one.count, one.format_component is None, away[one.spot] / one.count),
    )


def _rival(ranked: Sequence[Seen], what: str) -> Said | None:
    """What to say where a second spot stands as often."""
    if len(ranked) > 1 and ranked[1].count == ranked[0].count:
        return said(f"profile.doubt.{what}", pattern=ranked[1].spot.pattern)
    return None


def _with_doubt(one: Seen, doubt: Said | None) -> Seen:
    return Seen(one.spot, one.count, one.of, one.first, one.format, one.format_component, doubt)


def _reasons(groups: Sequence[Group], code: Spot, taken: set[Spot]) -> dict[str, Seen]:
    """Short values that stand only in events that come with a reason, or with a measure."""
    values: dict[Spot, list[tuple[str, str, Group, int]]] = defaultdict(list)
    for group in groups:
        codes = group.sheet.rows(code.pattern, group.low, group.high)
        event = group.sheet.value(codes[0], code) if codes else ""
        for row in range(group.low, group.high):
            pattern = group.sheet.patterns[row]
            if pattern.segment in PERSONAL | {"NAD", NO_TAG}:
                continue
            for spot in _short(group.sheet, row, pattern):
                if spot not in taken:
                    text = group.sheet.value(row, spot)
                    values[spot].append((text, event, group, row))
    found: dict[str, Seen] = {}
    for spot, ones in sorted(values.items(), key=lambda one: -len(one[1])):
        events = {event for _, event, _, _ in ones}
        letters = all(text.isalpha() and len(text) == 1 for text, _, _, _ in ones)
        name = "measure" if letters and events <= _MEASURED else "reason"
        if events <= REASONED and name not in found:
            _, _, group, row = ones[0]
            of = sum(_code(one, code) in REASONED for one in groups)
            found[name] = Seen(spot, len(ones), of, (group.sheet, row))
    return found


def _code(group: Group, code: Spot) -> str:
    rows = group.sheet.rows(code.pattern, group.low, group.high)
    return group.sheet.value(rows[0], code) if rows else ""


def _short(sheet: Sheet, row: int, pattern: Pattern) -> Iterator[Spot]:
    """The spots of a segment with a value of one to three characters that looks like nothing."""
    seen = {(one.element, one.component) for one in sheet.seen[row]}
    seen |= {(one.element, one.format_component or 0) for one in sheet.seen[row]}
    for element, repeats in enumerate(sheet.message.segments[row].elements, start=1):
        for component, text in enumerate(repeats[0] if repeats else (), start=1):
            is_qualifier = pattern.qualifier is not None and (element, component) == (1, 1)
            word = text.strip().upper()
            if QUALIFIER.fullmatch(word) and not is_qualifier and (element, component) not in seen:
                yield Spot(pattern, element, component)


def _prepared(sheets: Sequence[Sheet], item: Spot) -> dict[str, Seen]:
    """The time before a message's first item that most messages have; DTM+137 before others."""
    heads = [
        Group(sheet, 0, 0, (sheet.rows(item.pattern) or [len(sheet.patterns)])[0])
        for sheet in sheets
    ]
    ranked = _ranked(heads, item, Looks.TIME)
    ranked = [one for one in ranked if one.format_component is not None]
    ranked.sort(key=lambda one: (one.spot.pattern != Pattern("DTM", "137"), -one.count))
    if not ranked:
        return {}
    usual = ranked[0].spot.pattern == Pattern("DTM", "137")
    doubt = None if usual else said("profile.doubt.prepared")
    return {"prepared": _with_doubt(ranked[0], doubt)}
