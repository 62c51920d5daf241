"""Messages whose trailer agrees with what is there; the others are set aside."""

from __future__ import annotations

import numpy as np

from datecertain.messages.columns import texts
from datecertain.messages.envelope import REFERENCES_REMEMBERED
from datecertain.messages.log import Log, brief
from datecertain.messages.parts import Messages
from datecertain.messages.results import Kind
from datecertain.messages.scan import Scan
from datecertain.messages.stated_times import whole_numbers
from datecertain.moments import Ints


def verified(found: Scan, messages: Messages) -> Messages:
    """The messages whose UNT counts their segments, UNH and UNT included, and repeats their
    reference (ISO 9735). The others are set aside whole."""
    if not len(messages):
        return messages
    stated, readable = whole_numbers(found, *found.component(messages.tail, 1))
    counted = messages.tail - messages.head + 1
    count_right = readable & (stated == counted)
    opened, closed = found.component(messages.head, 1), found.component(messages.tail, 2)
    named = opened[1] > opened[0]
    reference_right = named & found.same(*opened, *closed)
    right = count_right & reference_right
    for message in np.flatnonzero(~right):
        row = int(messages.head[message])
        part = messages.parts[int(messages.owner[message])]
        if not count_right[message]:
            code = "segment-count"
            told = _text(found, *found.component(messages.tail[message : message + 1], 1))
            detail = f"UNT counts {told!r} segments, there are {counted[message]}"
        else:
            code = "message-reference"
            one = _text(found, opened[0][message : message + 1], opened[1][message : message + 1])
            other = _text(found, closed[0][message : message + 1], closed[1][message : message + 1])
            detail = f"UNH has reference {one!r}, UNT {other!r}"
        place, behind = messages.place(int(message), row), int(messages.tail[message]) + 1
        part.set_aside(Kind.MESSAGE, code, place, row, behind, detail)
    return messages.take(right)


def without_tests(messages: Messages) -> Messages:
    """The messages of interchanges that are no tests (0035): a test is never evidence. Those of
    tests are set aside whole; the finding stands with the interchange."""
    if not any(part.interchange.test for part in messages.parts):
        return messages
    tests = np.array([part.interchange.test for part in messages.parts])[messages.owner]
    for message in np.flatnonzero(tests):
        row, behind = int(messages.head[message]), int(messages.tail[message]) + 1
        part, place = (
            messages.parts[int(messages.owner[message])],
            messages.place(int(message), row),
        )
        part.set_aside(Kind.MESSAGE, "interchange-test", place, row, behind, None)
    return messages.take(~tests)


def report_repeated_references(found: Scan, messages: Messages, log: Log) -> None:
    """Say where messages of a group or interchange share reference and type: they should not, but
    both are read (an event that is told twice counts once in any case)."""
    begin, _ = found.component(messages.head, 1)
    names = texts(found, begin, found.end(messages.head) - 1, binary=True).to_pylist()
    if messages.group.any():
        groups = messages.group.tolist()
        names = [b"%d %b" % pair for pair in zip(groups, names, strict=True)]
    bounds = np.searchsorted(messages.owner, np.arange(len(messages.parts) + 1))
    for place, part in enumerate(messages.parts):
        low, high = int(bounds[place]), int(bounds[place + 1])
        known = part.interchange.references
        fresh = set(names[low:high])
        if len(fresh) < high - low or not known.isdisjoint(fresh):
            _report(messages, names, low, high, known, log)
        if len(known) < REFERENCES_REMEMBERED:
            known |= fresh


def _report(
    messages: Messages, names: list[bytes], low: int, high: int, known: set[bytes], log: Log
) -> None:
    seen = set(known)
    for message in range(low, high):
        if names[message] in seen:
            place = messages.place(message, int(messages.head[message]))
            reference = brief(names[message].decode("latin-1"))
            detail = f"another message of the interchange has reference and type {reference!r}"
            log.doubt("message-reference-repeated", place, detail)
        seen.add(names[message])


def _text(found: Scan, begin: Ints, end: Ints) -> str:
    return brief(found.raw_text(int(begin[0]), int(end[0])).decode("latin-1"))
