"""A drafted layout as the text of a profile, with the evidence as comments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from statistics import mean

from datecertain.messages.drafting import Draft, FoundField, UnknownSegment, UnusedValues, place_of
from datecertain.messages.inference_layout import Group
from datecertain.messages.profiles import Pattern
from datecertain.messages.vocabulary import REQUIRED, Within
from datecertain.wording import said, words

_ODD = re.compile(r"[^\w ,.:;?'/+()-]")


def profile_text(found: Draft, name: str, source: str) -> str:
    """The TOML text of a draft. Where `lacking` is not empty it is not a profile yet."""
    lines = [
        *_head(found, name, source),
        *_opens(found),
        *(line for one in found.fields for line in _field(one)),
        *(line for one in found.lacking for line in _lacking(one)),
        *_unused(found.unused),
        *_segments(found.unknown),
        *_write(found),
    ]
    return "\n".join(lines) + "\n"


def _head(found: Draft, name: str, source: str) -> Iterator[str]:
    yield "# A DRAFT, inferred from files. It is nobody's layout until a person has confirmed it:"
    yield "# read every comment, ask the partner where in doubt, then `datecertain profile check`."
    yield "#"
    yield f"# Looked at: {found.messages} messages with {found.items} items, {found.events} events."
    for remark in found.remarks:
        yield f"# LOOK: {_safe(remark.text(words('en')))}"
    yield f"name = {_quoted(name)}"
    yield 'status = "inferred"'
    yield f"source = {_quoted(source)}"
    yield ""
    yield "[applies]"
    yield f"layout = {_quoted(found.layout)}"
    yield f"senders = [{', '.join(map(_quoted, found.senders))}]"
    yield ""


def _opens(found: Draft) -> Iterator[str]:
    yield "[opens]"
    for within in (Within.ITEM, Within.EVENT):
        if within in found.opens:
            yield f"{within} = {{ {', '.join(_pattern(found.opens[within]))} }}"
        else:
            yield f'# {within} = {{ segment = "?" }}'
    yield ""


def _field(one: FoundField) -> Iterator[str]:
    seen = one.seen
    if not one.certain:
        doubt = seen.doubt or said("profile.doubt.not_all")
        yield f"# NOT CERTAIN: {_safe(doubt.text(words('en')))}"
    among = _AMONG.get(one.name, f"{one.within}s")
    yield f"# {seen.count} of {seen.of} {among} ({seen.share:.0%}); first: {_place(one)}."
    yield "[[fields]]"
    yield f'field = "{one.name}"'
    yield f'within = "{one.within}"'
    yield from _pattern(seen.spot.pattern)
    yield f"element = {seen.spot.element}"
    if seen.spot.component > 1 or seen.format_component:
        yield f"component = {seen.spot.component}"
    if seen.format_component is not None:
        yield f"format_component = {seen.format_component}"
    elif seen.format:
        yield f'format = "{seen.format}"'
    if one.name == "code":
        yield 'table = "emsevt_events"'
    yield ""


_AMONG = {
    "item_id": "segments that open an item",
    "code": "segments of this kind",
    "prepared": "messages",
    "reason": "events that can have a reason",
    "measure": "events that can have a reason",
}


def _lacking(name: str) -> Iterator[str]:
    yield f"# NOT FOUND: {name}. Without it no message can be read."
    yield "# [[fields]]"
    yield f'# field = "{name}"'
    yield f'# within = "{Within.ITEM if name in REQUIRED[Within.ITEM] else Within.EVENT}"'
    yield '# segment = "?"'
    yield "# element = 1"
    yield ""


def _unused(unused: Sequence[UnusedValues]) -> Iterator[str]:
    if unused:
        yield "# VALUES BESIDE THE FIELDS, taken to be of no use. Ask the partner what they mean."
    for one in unused:
        yield f"# In {one.count} segments; first: {_safe(one.first)}."
        yield "[[unused]]"
        yield from _pattern(one.pattern)
        yield f"element = {one.element}"
        yield ""


def _segments(unknown: Sequence[UnknownSegment]) -> Iterator[str]:
    passed = [one for one in unknown if one.passed_over]
    if passed:
        yield "# Document name, free text, names, totals: nothing of an event, and passed over."
    for one in passed:
        yield f"# {_seen(one)}"
        yield "[[passed_over]]"
        yield from _pattern(one.pattern)
        yield ""
    left = [one for one in unknown if not one.passed_over]
    if left:
        yield "# UNKNOWN, and the check fails while a segment is. Ask the partner what it means;"
        yield "# what is of no use to us is passed over: take the marks `#` away."
    for one in left:
        yield f"# {_seen(one)}"
        yield "# [[passed_over]]"
        yield from (f"# {line}" for line in _pattern(one.pattern))
        yield ""


def _seen(one: UnknownSegment) -> str:
    return f"{one.count} in {one.messages} messages; first: {_safe(one.first)}."


def _write(found: Draft) -> Iterator[str]:
    if found.lacking or not found.opens:
        return
    yield "# How it is written, so that what was read can be written and read again."
    yield "[write]"
    for within in (Within.MESSAGE, Within.ITEM, Within.EVENT):
        fields = [one for one in found.fields if one.within is within]
        templates = ", ".join(map(_quoted, _templates(found, within, fields)))
        yield f"{within} = [{templates}]"


def _templates(found: Draft, within: Within, fields: Sequence[FoundField]) -> Iterator[str]:
    """The segments of a part in the order in which they mostly stand."""
    patterns = {one.seen.spot.pattern for one in fields}
    opener = found.opens.get(within)
    order = _order(found, patterns | ({opener} if opener else set()))
    for pattern in sorted(order, key=lambda one: (one != opener, order[one], str(one))):
        own = [one for one in fields if one.seen.spot.pattern == pattern]
        yield _template(pattern, own, within is Within.ITEM and pattern == opener)


def _order(found: Draft, patterns: set[Pattern]) -> dict[Pattern, float]:
    rows: dict[Pattern, list[int]] = {one: [] for one in patterns}
    for group in found.guess.groups:
        for pattern in patterns & set(group.sheet.patterns[group.low : group.high]):
            rows[pattern].append(_first(group, pattern) - group.low)
    return {one: mean(at) if at else 0.0 for one, at in rows.items()}


def _first(group: Group, pattern: Pattern) -> int:
    return group.sheet.rows(pattern, group.low, group.high)[0]


def _template(pattern: Pattern, fields: Sequence[FoundField], numbered: bool) -> str:
    """A segment with its values. One that need not be there is optional beside others."""
    places: dict[tuple[int, int], str] = {}
    for one in fields:
        optional = one.name not in (*REQUIRED[Within.EVENT], "item_id", "prepared")
        mark = "?" if optional and len(fields) > 1 else ""
        places[one.seen.spot.element, one.seen.spot.component] = f"{{{one.name}{mark}}}"
    if pattern.qualifier is not None:
        places[1, 1] = pattern.qualifier
    elif numbered:
        places.setdefault((1, 1), "{item_number}")
    elements = []
    for element in range(1, max((place[0] for place in places), default=0) + 1):
        last = max((place[1] for place in places if place[0] == element), default=1)
        elements.append(":".join(places.get((element, n), "") for n in range(1, last + 1)))
    return "+".join([pattern.segment, *elements])


def _pattern(pattern: Pattern) -> list[str]:
    lines = [f'segment = "{pattern.segment}"']
    if pattern.qualifier is not None:
        lines.append(f'qualifier = "{pattern.qualifier}"')
    return lines


def _place(one: FoundField) -> str:
    return _safe(place_of(*one.seen.first))


def _safe(text: str) -> str:
    """A text as a comment bears it: file names and references hold anything."""
    return _ODD.sub("_", text)


def _quoted(text: str) -> str:
    """A TOML string."""
    escaped = "".join(
        one if one.isprintable() and one not in '"\\' else f"\\U{ord(one):08x}" for one in text
    )
    return f'"{escaped}"'
