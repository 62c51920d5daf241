"""A slow, obvious reader of house EMSEVT, to compare with: one byte, one segment at a time.

It knows the layout by heart, keeps everything in memory and shares no code with the product except
the meaning of an item number and of a decoded value.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field

from datecertain.identifiers import ItemNumber
from datecertain.messages.charsets import decode

HOUSE = "EMSEVT:3:0:ZZ:DC1"
SERVICE = {"UNB", "UNG", "UNH", "UNT", "UNE", "UNZ"}
BLANKS = b"\r\n\t "
PADDING = b" \t\r\n\x00\x1a\xef\xbb\xbf"
EPOCH = dt.date(1970, 1, 1)


@dataclass
class Slow:
    """What the slow reader found: events as dicts, quarantine as (kind, reason, offset, bytes)."""

    events: list[dict] = field(default_factory=list)
    quarantined: list[tuple[str, str, int, bytes]] = field(default_factory=list)


@dataclass
class Seg:
    begin: int
    end: int  # behind the terminator
    raw: bytes
    whole: bool  # has a terminator
    elements: list[list[str]]  # first repetition, released, blanks around values removed
    tag: str
    first: str  # first value as it stands
    second_raw: str  # second element whole


def find_starts(data):
    """(begin, header, separators, version, syntax) of each interchange."""
    starts = []
    for match in re.finditer(rb"UNB", data):
        at = match.start()
        head = re.match(
            rb"UNB([^0-9A-Za-z \t\r\n])(UN[A-Z]{2})([^0-9A-Za-z \t\r\n])([1-9])(?:\3|\1)",
            data[at : at + 16],
            re.DOTALL,
        )
        if head is None:
            continue
        element, component, version = head[1], head[3], int(head[4])
        syntax = head[2].decode()
        before = data[max(0, at - 25) : at]
        advice_at = before.rfind(b"UNA")
        advice = before[advice_at + 3 : advice_at + 9] if advice_at >= 0 else b""
        begin = at
        if advice_at >= 0 and len(advice) == 6 and not before[advice_at + 9 :].strip(BLANKS):
            begin = at - len(before) + advice_at
            c, e, _, r, p, t = (bytes([one]) for one in advice)
            release = None if r == b" " else r
            repetition = p if version >= 4 and p != b" " else None
            used = [one for one in (c, e, t, release, repetition) if one]
            good = len(set(used)) == len(used)
            good = good and not any(one.decode("latin-1").isalnum() or one == b" " for one in used)
            if good and (c, e) == (component, element):
                starts.append((begin, at, (c, e, release, repetition, t), version, syntax))
                continue
        default = b"*" if version >= 4 else None
        if (component, element) == (b":", b"+"):
            starts.append((begin, at, (b":", b"+", b"?", default, b"'"), version, syntax))
        elif (component, element) == (b"\x1f", b"\x1d"):
            starts.append((begin, at, (b"\x1f", b"\x1d", None, default, b"\x1c"), version, syntax))
    return starts


def segments(data, begin, end, separators, syntax):
    """The segments in data[begin:end]."""
    component, element, release, repetition, terminator = separators
    service = {one for one in separators if one}
    found = []
    at = begin
    while at < end:
        while at < end and data[at] in BLANKS and data[at : at + 1] != terminator:
            at += 1
        if at >= end:
            break
        start = at
        # Tokens: (kind, bytes)
        value, values = b"", []
        whole = False
        while at < end:
            one, after = data[at : at + 1], data[at + 1 : at + 2]
            if one == release and after in service and at + 1 < end:
                value += after
                at += 2
                continue
            at += 1
            if one == terminator:
                whole = True
                break
            if one in (component, element) or (repetition and one == repetition):
                values.append((value, one))
                value = b""
            else:
                value += one
        values.append((value, b""))
        if whole and at - start == 1:
            continue
        found.append(_segment(data, start, at, whole, values, separators, syntax))
    return found


def _segment(data, start, end, whole, values, separators, syntax):
    component, element, _, repetition, _ = separators
    tag = values[0][0].decode("latin-1")
    elements, repeated = [], False
    before = values[0][1]
    raw_elements = []
    for value, after in values[1:]:
        text = decode(value.strip(b" "), syntax)[0]
        if before == element:
            elements.append([text])
            raw_elements.append(value.decode("latin-1"))
            repeated = False
        elif elements:
            raw_elements[-1] += (":" if before == component else "*") + value.decode("latin-1")
            if before == component and not repeated:
                elements[-1].append(text)
            elif before == repetition:
                repeated = True
        before = after
    opens = values[0][1] == element
    first = values[1][0].decode("latin-1") if opens and len(values) > 1 else ""
    second = raw_elements[1] if opens and len(raw_elements) > 1 else ""
    return Seg(start, end, data[start:end], whole, elements if opens else [], tag, first, second)


def value(segment, element, component=1):
    try:
        return segment.elements[element - 1][component - 1]
    except IndexError:
        return ""


def read(data, received_on):
    """Read a whole file."""
    out = Slow()
    starts = find_starts(data)
    bounds = [start[0] for start in starts] + [len(data)]
    _foreign(out, data, 0, bounds[0], "not-edifact")
    index = 0
    for start, end in zip(starts, bounds[1:], strict=True):
        index += _interchange(out, data, start, end, index, received_on)
    return out


def _foreign(out, data, begin, end, reason):
    if data[begin:end].strip(PADDING):
        out.quarantined.append(("foreign", reason, begin, data[begin:end]))


def _interchange(out, data, start, end, index, received_on):
    """Read one interchange; answers how many it was (1, or 0 if its header can't be read)."""
    begin, header_at, separators, _, syntax = start
    found = segments(data, header_at, end, separators, syntax)
    header = found[0] if found and found[0].whole and found[0].tag == "UNB" else None
    if header is not None:
        sender, recipient, control = _party(header, 2), _party(header, 3), value(header, 5)
    if header is None or not (sender and recipient and control):
        _foreign(out, data, begin, end, "interchange-header-unreadable")
        return 0
    shared = {
        "sender": sender,
        "recipient": recipient,
        "interchange": control,
        "interchange_index": index,
        "test": value(header, 11) == "1",
    }
    prepared = _header_time(value(header, 4), value(header, 4, 2), received_on)
    walk = Walk(out, data, shared, prepared, received_on)
    for segment in found[1:]:
        if not walk.step(segment):
            reason = "not-edifact" if segment.tag == "UNZ" else "interchange-header-unreadable"
            _foreign(out, data, walk.foreign_from, end, reason)
            return 1
    walk.set_aside()
    return 1


@dataclass
class Walk:
    """Segment by segment through an interchange."""

    out: Slow
    data: bytes
    shared: dict
    prepared: tuple | None
    received_on: int
    message: list | None = None  # the segments of the message that is open
    stray: list = field(default_factory=list)
    messages: int = 0
    groups: int = 0
    group: tuple | None = None  # reference, messages before it
    foreign_from: int = 0

    def step(self, segment):
        """One segment; False when it ends the interchange."""
        tag = segment.tag if segment.whole and segment.tag in SERVICE else ""
        if not tag:
            (self.stray if self.message is None else self.message).append(segment)
        elif tag == "UNT" and self.message is not None:
            self.message.append(segment)
            _message(self)
            self.message = None
        else:
            self.set_aside()
            self.between(tag, segment)
        return tag not in ("UNZ", "UNB")

    def between(self, tag, segment):
        """A service segment that closes no message."""
        if tag == "UNT":
            self.stray.append(segment)
        elif tag == "UNH":
            self.messages, self.message = self.messages + 1, [segment]
        elif tag == "UNG":
            self.groups, self.group = self.groups + 1, (value(segment, 5), self.messages)
        elif tag == "UNE" and self.group is None:
            entry = ("envelope", "group-not-open", segment.begin, segment.raw)
            self.out.quarantined.append(entry)
        elif tag == "UNE":
            reference, before = self.group
            _trailer(self.out, segment, self.messages - before, reference, "group-trailer")
            self.group = None
        elif tag == "UNZ":
            counted = self.groups or self.messages
            reference = self.shared["interchange"]
            _trailer(self.out, segment, counted, reference, "interchange-trailer")
            self.foreign_from = segment.end
        else:
            self.foreign_from = segment.begin

    def set_aside(self):
        """Whatever is open and can't be closed any more."""
        for kind, reason, group in (
            ("message", "message-not-closed", self.message),
            ("envelope", "segment-outside-message", self.stray),
        ):
            if group:
                raw = _raw(self.data, group)
                self.out.quarantined.append((kind, reason, group[0].begin, raw))
        self.message, self.stray = None, []


def _trailer(out, segment, counted, reference, reason):
    count = value(segment, 1)
    if count.lstrip("0") != str(counted or "") or value(segment, 2) != reference:
        out.quarantined.append(("envelope", reason, segment.begin, segment.raw))


def _party(header, element):
    name, qualifier = value(header, element), value(header, element, 2)
    return f"{name}:{qualifier}" if name and qualifier else name


def _message(walk):
    out, data, message = walk.out, walk.data, walk.message
    head, tail = message[0], message[-1]
    count = value(tail, 1)
    reason = None
    if not (re.fullmatch("[0-9]{1,8}", count) and int(count) == len(message)):
        reason = "segment-count"
    elif not value(head, 1) or value(head, 1) != value(tail, 2):
        reason = "message-reference"
    elif head.second_raw.lstrip(" ").rstrip(":") != HOUSE:
        reason = "layout-unknown"
    if reason is not None:
        out.quarantined.append(("message", reason, head.begin, _raw(data, message)))
        return
    items = _items(message)
    prepared = walk.prepared
    for segment in reversed(items["head"]):
        if segment.tag == "DTM" and segment.first == "137":
            stated = read_time(value(segment, 1, 2), value(segment, 1, 3), walk.received_on)
            prepared = stated[:2] if stated is not None else prepared
    for event in items["orphans"]:
        entry = ("event", "event-without-item", event[0].begin, _raw(data, event))
        out.quarantined.append(entry)
    for item, events in items["items"]:
        parsed = ItemNumber.parse(value(item[0], 2)[:64])
        if not isinstance(parsed, ItemNumber):
            everything = [*item, *(segment for event in events for segment in event)]
            entry = ("item", parsed.code, item[0].begin, _raw(data, everything))
            out.quarantined.append(entry)
            continue
        for event in events:
            told = {"item_id": parsed.text, "message": walk.messages} | walk.shared
            _event(out, data, event, message, told, prepared, walk.received_on)


def _items(message):
    """Segments by what they belong to."""
    found = {"head": [], "orphans": [], "items": []}
    here = found["head"]
    for segment in message[1:-1]:
        if segment.tag == "CNI":
            here = [segment]
            found["items"].append((here, []))
        elif segment.tag == "STS" and segment.first == "1":
            here = [segment]
            (found["items"][-1][1] if found["items"] else found["orphans"]).append(here)
        else:
            here.append(segment)
    return found


def _raw(data, group):
    return data[group[0].begin : group[-1].end]


PLACES = {
    "office": ("LOC", "14", 2, 1),
    "next_office": ("LOC", "8", 2, 1),
    "reason": ("STS", "2", 2, 1),
    "measure": ("STS", "3", 2, 1),
    "dispatch": ("RFF", "AAS", 1, 2),
    "receptacle": ("RFF", "S9", 1, 2),
}


def _event(out, data, event, message, told_before, prepared, received_on):
    row = told_before | {"code": value(event[0], 2).upper() or None}
    contradicts = False
    for name, (tag, qualifier, element, component) in PLACES.items():
        told = [
            value(segment, element, component)
            for segment in event[1:]
            if segment.tag == tag and segment.first == qualifier
        ]
        row[name] = (told[0].upper() or None) if told else None
        contradicts |= name == "office" and len(set(told)) > 1
    times = [
        (value(segment, 1, 2), value(segment, 1, 3))
        for segment in event[1:]
        if segment.tag == "DTM" and segment.first == "334"
    ]
    contradicts |= len(set(times)) > 1
    time = read_time(*times[0], received_on) if times else None
    reason = None
    if contradicts:
        reason = "event-contradicts"
    elif row["code"] is None:
        reason = "event-code-missing"
    elif not times or not times[0][0]:
        reason = "event-time-missing"
    elif time is None:
        reason = "event-time-unreadable"
    elif row["office"] is None:
        reason = "event-office-missing"
    if reason is not None:
        out.quarantined.append(("event", reason, event[0].begin, _raw(data, event)))
        return
    day, minute, offset = time
    date, clock = prepared if prepared is not None else (None, None)
    out.events.append(
        row
        | {
            "event_date": day,
            "event_min": minute,
            "stated_offset": offset,
            "prepared_date": date,
            "prepared_min": clock,
            "segment": message.index(event[0]) + 1,
            "byte_offset": event[0].begin,
            "profile": "house-emsevt",
        }
    )


def _header_time(date, clock, received_on):
    if not re.fullmatch("[0-9]{6}|[0-9]{8}", date) or not re.fullmatch("[0-9]{4}", clock):
        return None
    form = "201" if len(date) == 6 else "203"
    time = read_time(date + clock, form, received_on, any_year=True)
    return time[:2] if time is not None else None


def read_time(text, form, received_on, any_year=False):
    """(day, minute, offset) or None."""
    shapes = {"101": "y", "102": "Y", "201": "yc", "202": "ycs", "203": "Yc", "204": "Ycs"}
    shape = shapes.get(form) or {f"3{n[1:]}": s + "z" for n, s in shapes.items() if "c" in s}.get(
        form
    )
    if shape is None:
        return None
    parts = {"y": "([0-9]{2})", "Y": "([0-9]{4})"}
    pattern = parts[shape[0]] + "([0-9]{2})([0-9]{2})"
    pattern += "([0-9]{2})([0-9]{2})" if "c" in shape else "()()"
    pattern += "([0-9]{2})" if "s" in shape else "()"
    pattern += "(.+)" if "z" in shape else "()"
    match = re.fullmatch(pattern, text, re.DOTALL)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(one) if one else 0 for one in match.groups()[:6])
    if shape[0] == "y":
        received = (EPOCH + dt.timedelta(days=received_on)).year
        year = min((c + year for c in range(1000, 4000, 100)), key=lambda y: (abs(y - received), y))
    if not (any_year or 1970 <= year <= 2099) or hour > 23 or minute > 59 or second > 60:
        return None
    try:
        date = dt.date(year, month, day)
    except ValueError:
        return None
    clock = hour * 60 + minute if "c" in shape else None
    offset = None
    zone = re.fullmatch("([+-])([0-9]{2}):?([0-9]{2})?", match[7].strip())
    if match[7].strip().upper() in ("UTC", "GMT", "Z"):
        offset = 0
    elif zone and int(zone[3] or 0) < 60 and int(zone[2]) * 60 + int(zone[3] or 0) <= 840:
        offset = int(zone[2]) * 60 + int(zone[3] or 0)
        offset = -offset if zone[1] == "-" else offset
    return (date - EPOCH).days, clock, offset
