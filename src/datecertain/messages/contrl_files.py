"""CONTRL messages as bytes: written strictly, read liberally.

Written as syntax version 3 of agency UN: `CONTRL:D:3:UN`, one message an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from datecertain.errors import UsageError
from datecertain.findings import Finding, Severity
from datecertain.messages.code_tables import code_table
from datecertain.messages.contrl import (
    Answer,
    ElementError,
    GroupAnswer,
    MessageAnswer,
    SegmentError,
    Where,
)
from datecertain.messages.envelope import party
from datecertain.messages.segments import Segment, iter_segments, plain
from datecertain.messages.writing import Envelope, Written, party_components, write_messages

LAYOUT = "CONTRL:D:3:UN"

_Element = str | tuple[str, ...]


def write_contrl(answers: Sequence[Answer], envelope: Envelope) -> Written:
    """An interchange of CONTRL messages, from the recipient of the interchanges to their sender.

    Raises `UsageError` when an answer is meant for somebody else, when an action or error code is
    in no table, or when there is nothing to answer. It never asks for an answer itself.
    """
    if envelope.acknowledge:
        raise UsageError("a CONTRL asks for no acknowledgement: no CONTRL answers a CONTRL")
    for one in answers:
        if (one.recipient, one.sender) != (envelope.sender, envelope.recipient):
            raise UsageError(
                f"the answer to {one.control_ref} goes from {one.recipient} to {one.sender}, "
                f"the envelope from {envelope.sender} to {envelope.recipient}"
            )
    messages = [(LAYOUT, _segments(one, envelope.prepared_date)) for one in answers]
    return write_messages(replace(envelope, application="CONTRL"), messages)


def _segments(one: Answer, on: int) -> list[Segment]:
    parties = (_components(one.sender), _components(one.recipient))
    segments = [
        _plain("UCI", one.control_ref, *parties, *_outcome(one.action, one.error, one.where, on))
    ]
    for message in one.messages:
        segments += _message(message, on)
    for group in one.groups:
        parties = (_components(group.sender), _components(group.recipient))
        outcome = _outcome(group.action, group.error, group.where, on)
        segments.append(_plain("UCF", group.reference, *parties, *outcome))
        for message in group.messages:
            segments += _message(message, on)
    return segments


def _message(one: MessageAnswer, on: int) -> list[Segment]:
    layout = tuple(one.layout.split(":"))
    outcome = _outcome(one.action, one.error, one.where, on)
    segments = [_plain("UCM", one.reference, layout, *outcome)]
    for wrong in one.segments:
        error = _known("syntax_errors", wrong.error, on) if wrong.error else ""
        segments.append(_plain("UCS", str(wrong.segment), error))
        for element in wrong.elements:
            place = _place(element.element, element.component)
            segments.append(_plain("UCD", _known("syntax_errors", element.error, on), place))
    return segments


def _outcome(action: str, error: str, where: Where, on: int) -> tuple[_Element, ...]:
    told = _known("syntax_errors", error, on) if error else ""
    place = _place(where.element, where.component)
    return _known("syntax_actions", action, on), told, where.segment, place


def _known(table: str, code: str, on: int) -> str:
    if code_table(table).find(code, on) is None:
        raise UsageError(f"{code!r} is not in the table {table}: a partner could not read it")
    return str(code)


def _place(element: int | None, component: int | None) -> _Element:
    if element is None:
        return ""
    return str(element) if component is None else (str(element), str(component))


def _components(party_name: str) -> _Element:
    return tuple(party_components(party_name))


def _plain(tag: str, *elements: _Element) -> Segment:
    """A segment without empty elements at its end."""
    kept = list(elements)
    while kept and kept[-1] in ("", ("",)):
        kept.pop()
    return plain(tag, *kept)


@dataclass(frozen=True, slots=True)
class Received:
    """An answer of a partner to an interchange of ours, and the interchange it came in."""

    answer: Answer
    by: str  # UNB sender of the CONTRL
    interchange: str  # its control reference


@dataclass(slots=True)
class ReceivedAnswers:
    """What a file of CONTRL messages says."""

    answers: list[Received] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def read_contrl(stream: BinaryIO, source_name: str) -> ReceivedAnswers:
    """The answers in a file. Messages of other types are passed over; a CONTRL whose count is
    wrong, that names no interchange or does not begin with UCI is not used and gets a finding;
    codes that no table holds are kept as they are and get one, too."""
    found = ReceivedAnswers()
    sender, reference = "", ""
    message: list[Segment] = []
    for segment in iter_segments(stream):
        if segment.tag == "UNB":
            sender, reference = party(segment, 2), segment.value(5).strip(" ")
            message = []
        elif segment.tag == "UNH":
            message = [segment]
        elif message:
            message.append(segment)
            if segment.tag == "UNT":
                _take(message, source_name, sender, reference, found)
                message = []
    return found


def _take(
    message: list[Segment], source: str, sender: str, reference: str, found: ReceivedAnswers
) -> None:
    header, *body, trailer = message
    if header.value(2) != "CONTRL":
        return

    def note(code: str, severity: Severity, detail: str) -> None:
        where = f"interchange {reference}, byte {header.byte_offset}"
        found.findings.append(Finding(code, severity, source, where, detail))

    if trailer.value(1).strip(" ").lstrip("0") != str(len(message)):
        detail = f"UNT counts {trailer.value(1)!r} segments, there are {len(message)}"
        note("segment-count", Severity.ERROR, detail)
        return
    if not body or body[0].tag != "UCI" or not body[0].value(1):
        note("contrl-without-interchange", Severity.ERROR, "no UCI that names an interchange")
        return
    reader = _Reader(body)
    found.answers.append(Received(reader.answer(), sender, reference))
    for detail in reader.doubts:
        note("contrl-code-unknown", Severity.WARNING, detail)
    if reader.left_over:
        tags = ", ".join(sorted(reader.left_over))
        note("segment-not-in-layout", Severity.WARNING, f"segments without place: {tags}")


class _Reader:
    """The segments of one CONTRL message, taken one after the other."""

    def __init__(self, body: list[Segment]) -> None:
        self._body = body
        self._at = 0
        self.doubts: list[str] = []
        self.left_over: set[str] = set()

    def answer(self) -> Answer:
        """The whole message."""
        head = self._next()
        messages = tuple(self._messages())
        groups = []
        while self._at < len(self._body):
            if self._body[self._at].tag == "UCF":
                groups.append(self._group(self._next()))
            else:
                self.left_over.add(self._next().tag)
        action, error, where = self._outcome(head, 4)
        sender, recipient = party(head, 2), party(head, 3)
        reference, listed = head.value(1), tuple(groups)
        return Answer(reference, sender, recipient, action, error, where, messages, listed)

    def _group(self, head: Segment) -> GroupAnswer:
        action, error, where = self._outcome(head, 4)
        sender, recipient = party(head, 2), party(head, 3)
        messages = tuple(self._messages())
        return GroupAnswer(head.value(1), sender, recipient, action, error, where, messages)

    def _messages(self) -> list[MessageAnswer]:
        found = []
        while self._is("UCM"):
            head = self._next()
            layout = ":".join(head.value(2, part) for part in range(1, 8)).rstrip(":")
            segments = tuple(self._segments())
            outcome = self._outcome(head, 3)
            found.append(MessageAnswer(head.value(1), layout, *outcome, segments))
        return found

    def _segments(self) -> list[SegmentError]:
        found = []
        while self._is("UCS"):
            head = self._next()
            elements = []
            while self._is("UCD"):
                one = self._next()
                place = self._number(one.value(2, 1)), self._number(one.value(2, 2))
                error = self._known("syntax_errors", one.value(1))
                elements.append(ElementError(error, place[0] or 0, place[1]))
            error = self._known("syntax_errors", head.value(2))
            found.append(SegmentError(self._number(head.value(1)) or 0, error, tuple(elements)))
        return found

    def _outcome(self, segment: Segment, element: int) -> tuple[str, str, Where]:
        action = self._known("syntax_actions", segment.value(element)) or ""
        error = self._known("syntax_errors", segment.value(element + 1))
        place = (self._number(segment.value(element + 3, part)) for part in (1, 2))
        return action, error, Where(segment.value(element + 2), *place)

    def _known(self, table: str, code: str) -> str:
        if code and code not in code_table(table).codes():
            self.doubts.append(f"{code!r} is not in the table {table}: kept as it is")
        return code

    @staticmethod
    def _number(text: str) -> int | None:
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

    def _is(self, tag: str) -> bool:
        return self._at < len(self._body) and self._body[self._at].tag == tag

    def _next(self) -> Segment:
        self._at += 1
        return self._body[self._at - 1]
