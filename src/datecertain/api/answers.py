"""What the HTTP door answers, as programs read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from datecertain.operations.receipts import Receipt


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the door is open, and who takes mail in: this server, or a watcher elsewhere."""

    status: Literal["ok"]
    version: str
    taking_in: Literal["running", "elsewhere"]


@dataclass(frozen=True, slots=True)
class FindingBody:
    """What was wrong, and where in the content."""

    code: str
    severity: str
    position: str
    detail: str
    item: str | None


@dataclass(frozen=True, slots=True)
class ReceiptBody:
    """What became of a content: `received`, `read`, or `set_aside` (read, and parts of it wait in
    quarantine). `set_aside` counts those parts, `waiting` the ones that still are there; of
    `findings_count` findings the first 100 are told."""

    sha256: str
    size: int
    door: Literal["http", "sftp"]
    received_at: str
    state: Literal["received", "read", "set_aside"]
    counts: dict[str, int]
    set_aside: int
    waiting: int
    findings_count: int
    findings: Sequence[FindingBody]


def told(one: Receipt) -> ReceiptBody:
    """A receipt as partners read it."""
    came = one.handed_in
    return ReceiptBody(
        came.sha256, came.size, came.door,
        f"{datetime.fromtimestamp(came.at, UTC):%Y-%m-%dT%H:%M:%SZ}", one.state, dict(one.counts),
        one.set_aside, one.waiting, one.findings_count,
        [FindingBody(**found) for found in one.findings],
    )  # fmt: skip
