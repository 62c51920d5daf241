"""Writing interchanges: strict, with counts computed and every service character released.

What the declared character set does not hold is transliterated, and said so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from datecertain.errors import UsageError
from datecertain.findings import Finding, Severity
from datecertain.messages.charsets import encode, transliterate
from datecertain.messages.segments import Segment
from datecertain.messages.separators import DEFAULT, Separators
from datecertain.moments import date_of

_LONGEST_REFERENCE = 14
#: UNT element 0074 has six digits (ISO 9735).
MOST_SEGMENTS = 999_999
#: A value in a segment's template; with `?` (events only) the segment is written without it too.
PLACEHOLDER = re.compile(r"\{(\w+\??)\}")


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the UNB of an interchange says. The control reference comes from the sender's own
    counter for this recipient: without gaps, never used twice."""

    sender: str  # identification, or identification:qualifier
    recipient: str
    control_ref: str
    prepared_date: int  # day number and minute of day on the sender's clock
    prepared_min: int
    application: str = ""  # application reference 0026; empty: the message type
    test: bool = False
    acknowledge: bool = False
    syntax: str = "UNOA"
    version: int = 3
    separators: Separators = DEFAULT

    def __post_init__(self) -> None:
        if not (self.sender and self.recipient and self.control_ref):
            raise UsageError("an interchange needs a sender, a recipient and a control reference")
        if len(self.control_ref) > _LONGEST_REFERENCE:
            raise UsageError(
                f"control reference {self.control_ref!r}: at most {_LONGEST_REFERENCE} characters"
            )


@dataclass(frozen=True, slots=True)
class Written:
    """An interchange as bytes, and what had to be changed to write it."""

    data: bytes
    findings: list[Finding] = field(default_factory=list)


class Composer:
    """Turns values into released, encodable text, and remembers what it had to transliterate."""

    def __init__(self, envelope: Envelope) -> None:
        self.envelope = envelope
        self.findings: list[Finding] = []
        self._element = chr(envelope.separators.element)
        self._component = chr(envelope.separators.component)
        self._terminator = chr(envelope.separators.terminator)

    def value(self, text: str) -> str:
        """A value as it stands in a segment."""
        envelope = self.envelope
        held = transliterate(text, envelope.syntax)
        if held != text:
            self.findings.append(
                Finding(
                    "transliterated",
                    Severity.WARNING,
                    f"interchange {envelope.control_ref}",
                    "",
                    f"{text!r} is not within {envelope.syntax}: written as {held!r}",
                )
            )
        try:
            return envelope.separators.escape(held)
        except ValueError as error:
            raise UsageError(f"{error}: choose a release character") from error

    def segment(self, tag: str, *elements: str | Sequence[str]) -> str:
        """A segment; an element is a text or its components. Empty ends are left out."""
        texts = [
            self._component.join(map(self.value, _without_empty_end(components)))
            for components in ([one] if isinstance(one, str) else one for one in elements)
        ]
        return self._element.join([tag, *_without_empty_end(texts)]) + self._terminator

    def header(self, message_type: str) -> str:
        """UNA and UNB."""
        envelope = self.envelope
        date = date_of(envelope.prepared_date)
        day = date.strftime("%Y%m%d" if envelope.version >= 4 else "%y%m%d")
        hours, minutes = divmod(envelope.prepared_min, 60)
        return envelope.separators.advice() + self.segment(
            "UNB",
            (envelope.syntax, str(envelope.version)),
            party_components(envelope.sender),
            party_components(envelope.recipient),
            (day, f"{hours:02d}{minutes:02d}"),
            envelope.control_ref,
            "",
            envelope.application or message_type,
            "",
            "1" if envelope.acknowledge else "",
            "",
            "1" if envelope.test else "",
        )

    def message_header(self, reference: str, layout: str) -> str:
        """UNH."""
        return self.segment("UNH", reference, layout.split(":"))

    def message_trailer(self, segments: int, reference: str) -> str:
        """UNT; `segments` counts UNH and UNT."""
        return self.segment("UNT", str(segments), reference)

    def trailer(self, messages: int) -> str:
        """UNZ."""
        return self.segment("UNZ", str(messages), self.envelope.control_ref)


def write_messages(
    envelope: Envelope, messages: Iterable[tuple[str, Sequence[Segment]]]
) -> Written:
    """An interchange of messages, each a layout (UNH S009) and its segments without UNH and UNT.

    Raises `UsageError` when there is none: an empty interchange is an error by the syntax.
    """
    composer = Composer(envelope)
    texts: list[str] = []
    first_type, number = "", 0
    for number, (layout, segments) in enumerate(messages, start=1):
        first_type = first_type or layout.split(":")[0]
        texts.append(composer.message_header(str(number), layout))
        for segment in segments:
            texts.append(_held(segment, composer).text(envelope.separators))
        texts.append(composer.message_trailer(len(segments) + 2, str(number)))
    if not texts:
        raise UsageError("an interchange needs at least one message")
    whole = [composer.header(first_type), *texts, composer.trailer(number)]
    return Written(encode("".join(whole), envelope.syntax), composer.findings)


def clock(minute: int) -> str:
    """HHMM of a minute of the day."""
    return f"{minute // 60:02d}{minute % 60:02d}"


def zone(offset: int) -> str:
    """An offset in minutes as EDIFACT writes it: hours, and minutes where there are any."""
    hours, minutes = divmod(abs(offset), 60)
    return f"{'-' if offset < 0 else '+'}{hours:02d}{minutes:02d}".removesuffix("00")


def _held(segment: Segment, composer: Composer) -> Segment:
    """The segment with its values within the character set."""

    def within(text: str) -> str:
        composer.value(text)  # says what is transliterated
        return transliterate(text, composer.envelope.syntax)

    return Segment(
        segment.tag,
        tuple(
            tuple(tuple(within(value) for value in repeat) for repeat in element)
            for element in segment.elements
        ),
    )


def _without_empty_end(texts: Sequence[str]) -> Sequence[str]:
    kept = len(texts)
    while kept and not texts[kept - 1]:
        kept -= 1
    return texts[:kept]


def party_components(text: str) -> Sequence[str]:
    """Components of a sender or recipient as RAW_EVENTS and summaries name it."""
    identification, colon, qualifier = text.rpartition(":")
    return (identification, qualifier) if colon else (text,)
