"""Findings: what is wrong with data, as values. They are collected, stored, counted and shown;
they never stop a file (design: two kinds of wrong)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is, worst last."""

    NOTE = "note"  # worth knowing; everything was used as it stands
    WARNING = "warning"  # used, but with a doubt that the reader should know
    ERROR = "error"  # not used: the row, event, message or file was set aside


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect of the data.

    `code` is stable and hyphenated (`segment-count`, `office-unknown`); `source` is the file,
    interchange or table; `position` says where in it (row, segment, byte); `item` is the S10
    item number if the defect concerns one; `detail` says what was given and what was expected.
    """

    code: str
    severity: Severity
    source: str
    position: str
    detail: str
    item: str | None = None

    def __str__(self) -> str:
        where = f"{self.source}:{self.position}" if self.position else self.source
        item = f" [{self.item}]" if self.item else ""
        return f"{where}: {self.severity} {self.code}{item}: {self.detail}"
