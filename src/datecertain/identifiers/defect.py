"""What is wrong, or doubtful, about one identifier."""

from __future__ import annotations

from dataclasses import dataclass

from datecertain.findings import Finding, Severity


@dataclass(frozen=True, slots=True)
class Defect:
    """Why a text is not the identifier it should be (`error`), or a doubt about one that is
    (`warning`). `code` is stable and hyphenated; `detail` says what was given and expected."""

    code: str
    severity: Severity
    detail: str

    def at(self, source: str, position: str, item: str | None = None) -> Finding:
        """The same as a finding at a place in a source."""
        return Finding(self.code, self.severity, source, position, self.detail, item)


def refused(code: str, detail: str) -> Defect:
    """A defect for which the text is not used."""
    return Defect(code, Severity.ERROR, detail)


def doubtful(code: str, detail: str) -> Defect:
    """A doubt: the identifier is used all the same."""
    return Defect(code, Severity.WARNING, detail)
