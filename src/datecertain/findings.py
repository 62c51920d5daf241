"""Findings: what is wrong with data, as values. They are collected, stored, counted and shown;
they never stop a file (design: two kinds of wrong)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import pyarrow as pa


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


FINDINGS = pa.schema(
    [
        pa.field("code", pa.string(), nullable=False),
        pa.field("severity", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("position", pa.string(), nullable=False),
        pa.field("detail", pa.string(), nullable=False),
        pa.field("item", pa.string()),
    ]
)


def as_table(findings: Iterable[Finding]) -> pa.Table:
    """The findings as an Arrow table of schema `FINDINGS`."""
    rows = list(findings)
    return pa.table(
        {name: [getattr(row, name) for row in rows] for name in FINDINGS.names}, schema=FINDINGS
    )


def worst(findings: Iterable[Finding]) -> Severity | None:
    """The worst severity among the findings, or None when there is none."""
    order = list(Severity)
    return max((finding.severity for finding in findings), key=order.index, default=None)
