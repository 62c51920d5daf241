"""What a reading has to say: findings and what was set aside, each with its place."""

from __future__ import annotations

from dataclasses import dataclass, field

from datecertain.findings import Finding, Severity
from datecertain.messages.fates import Passage
from datecertain.messages.results import Kind, Quarantined


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a source, as far as it is known what stands there."""

    source: str
    byte_offset: int
    interchange: str | None = None  # control reference
    interchange_index: int | None = None
    message: int | None = None  # ordinal in the interchange, from 1
    segment: int | None = None  # ordinal in the message, UNH is 1

    def __str__(self) -> str:
        parts = [
            f"interchange {brief(self.interchange)}" if self.interchange is not None else "",
            f"message {self.message}" if self.message is not None else "",
            f"segment {self.segment}" if self.segment is not None else "",
            f"byte {self.byte_offset}",
        ]
        return ", ".join(part for part in parts if part)


@dataclass(slots=True)
class Log:
    """Findings and quarantine of one part of a reading."""

    findings: list[Finding] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)  # decided about as a whole

    def note(
        self, code: str, severity: Severity, place: Place, detail: str, item: str | None = None
    ) -> None:
        """Record a finding about something that is used all the same."""
        self.findings.append(Finding(code, severity, place.source, str(place), detail, item))

    def doubt(self, code: str, place: Place, detail: str, item: str | None = None) -> None:
        """Record a doubt about something that is used all the same."""
        self.note(code, Severity.WARNING, place, detail, item)

    def set_aside(
        self,
        kind: Kind,
        code: str,
        place: Place,
        raw: bytes,
        detail: str | None,
        *,
        item: str | None = None,
        layout: str | None = None,
        header: bytes | None = None,
    ) -> None:
        """Record that bytes can't be used, and keep them. Without detail a finding about the whole
        interchange has said why."""
        if detail is not None:
            self.note(code, Severity.ERROR, place, detail, item)
        self.quarantined.append(
            Quarantined(
                kind,
                code,
                place.source,
                place.byte_offset,
                raw,
                place.interchange,
                place.interchange_index,
                place.message,
                place.segment,
                item,
                layout,
                header,
            )
        )


def brief(text: str | None, limit: int = 40) -> str:
    """A text for a sentence: damaged files hold values of any length."""
    text = text or ""
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"
