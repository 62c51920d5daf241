"""The small month that the tests of this folder run through the operations, and the stages of an
undisturbed run: folders that are made once and only copied afterwards."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from datecertain.moments import parse_utc
from datecertain.operations.clock import FixedClock
from datecertain.operations.demonstrating import month_plan, write_month
from datecertain.operations.ingesting import IngestReport, ingest
from datecertain.operations.judging import judge_period
from datecertain.operations.settling import settle_month
from datecertain.operations.workspaces import make_workspace, open_workspace

ITEMS = 300
SEED = 20261001
PERIOD = "2026-10"
CLOSING = "2026-11-23T00:00Z"
AS_OF = parse_utc(CLOSING)
CLOCK = FixedClock(parse_utc("2026-11-24T06:00Z"))
#: Makes a dozen commits of the mailbox instead of one.
SMALL_CHUNK = 32_000


@dataclass(frozen=True, slots=True)
class Month:
    """Folders of one session. The workspaces are those of an undisturbed run after each step: copy
    them, never write to them."""

    folder: Path

    @property
    def mailbox(self) -> Path:
        return self.folder / "mailbox"

    @property
    def made(self) -> Path:
        return self.folder / "made"

    @property
    def ingested(self) -> Path:
        return self.folder / "ingested"

    @property
    def judged(self) -> Path:
        return self.folder / "judged"

    @property
    def settled(self) -> Path:
        return self.folder / "settled"


def make_month(folder: Path) -> Month:
    """Simulate the month and run it through, keeping the workspace after each step."""
    month = Month(folder)
    write_month(month_plan(PERIOD, ITEMS, SEED), folder)
    make_workspace(month.made, CLOCK)
    steps: list[tuple[Path, Path, Callable[[Path], object]]] = [
        (month.made, month.ingested, lambda workspace: take_in(workspace, month.mailbox)),
        (month.ingested, month.judged, judge_month),
        (month.judged, month.settled, settle),
    ]
    for before, after, step in steps:
        shutil.copytree(before, after)
        step(after)
    return month


def take_in(workspace: Path, mailbox: Path, chunk_bytes: int | None = None) -> IngestReport:
    """Ingest a mailbox, in commits of about `chunk_bytes`."""
    limit = {} if chunk_bytes is None else {"chunk_bytes": chunk_bytes}
    with open_workspace(workspace, write=True) as opened:
        return ingest(opened, mailbox, CLOCK, **limit)


def judge_month(workspace: Path, as_of: int = AS_OF) -> None:
    """Judge the month as of the closing."""
    with open_workspace(workspace, write=True) as opened:
        judge_period(opened, PERIOD, as_of, CLOCK)


def settle(workspace: Path) -> None:
    """Settle the month."""
    with open_workspace(workspace, write=True) as opened:
        settle_month(opened, PERIOD, CLOCK)


def run_through(workspace: Path, mailbox: Path, chunk_bytes: int | None = None) -> IngestReport:
    """All three steps; what was taken in."""
    report = take_in(workspace, mailbox, chunk_bytes)
    judge_month(workspace)
    settle(workspace)
    return report
