"""The jobs that there are: what each runs, and the schedule that it begins with.

A job runs commands of `datecertain`, as a person would: nothing is done in another way at night.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from datecertain.errors import UsageError
from datecertain.moments import DAY, date_of, day_of, format_date
from datecertain.operations.statements import list_statements
from datecertain.operations.tables import ITEMS_TABLE
from datecertain.operations.workspaces import open_workspace
from datecertain.store.records import judgings

#: Months of acceptance from so many days ago on are open: items of before are decided.
OPEN_DAYS = 120


@dataclass(frozen=True, slots=True)
class Work:
    """What a job has to do now: commands, and what only wants to be told."""

    commands: tuple[tuple[str, ...], ...] = ()
    told: tuple[str, ...] = ()


Plan = Callable[[Path, Mapping[str, Any], int], Work]


@dataclass(frozen=True, slots=True)
class Kind:
    """A job: the schedule that it begins with (paused where something has to be set first), the
    arguments that it takes, and what plans its work."""

    name: str
    schedule: str
    plan: Plan
    paused: bool = False
    arguments: tuple[str, ...] = ()


def _judge(path: Path, given: Mapping[str, Any], now: int) -> Work:
    months = _open_months(path, now)
    if not months:
        return Work()
    return Work((("judge", "--period", months[0], "--to", months[-1]),))


def _refund(path: Path, given: Mapping[str, Any], now: int) -> Work:
    with open_workspace(path) as workspace, workspace.reading() as view:
        judged = set(view.connection.scalars(select(judgings.c.period).distinct()))
    months = [month for month in _open_months(path, now) if month in judged]
    return Work(tuple(("refunds", "run", "--month", month) for month in months))


def _remind_of_closing(path: Path, given: Mapping[str, Any], now: int) -> Work:
    month = format_date(day_of(date_of(now // DAY).replace(day=1)) - 1)[:7]
    if month not in _open_months(path, now):
        return Work()
    with open_workspace(path) as workspace:
        settled = list_statements(workspace, month)
    if not settled:
        return Work(told=(f"{month} is not settled yet: datecertain settle --period {month}",))
    return Work((("reconcile", "--period", month), ("journal", "ageing")))


def _back_up(path: Path, given: Mapping[str, Any], now: int) -> Work:
    dest, latest = str(given.get("dest", "")), int(given.get("latest", 0))
    if not dest:
        raise UsageError(
            "the job backup has no place: datecertain jobs set backup --dest DEST", "job.place"
        )
    keep = (("backup", "keep", dest, "--latest", str(latest)),) if latest else ()
    return Work((("backup", "take", dest), *keep))


def _plain(*commands: tuple[str, ...]) -> Plan:
    return lambda path, given, now: Work(commands)


def _open_months(path: Path, now: int) -> list[str]:
    first = format_date(now // DAY - OPEN_DAYS)[:7]
    with open_workspace(path) as workspace:
        held = {one.month for one in workspace.facts(ITEMS_TABLE).listed()}
    return sorted(month for month in held if month >= first)


KINDS = {
    kind.name: kind
    for kind in (
        Kind("judging", "daily 02:30", _judge),
        Kind(
            "inquiries", "daily 04:00",
            _plain(("inquiry", "run"), ("inquiry", "remind", "--actor", "jobs")),
        ),
        Kind("refunds", "daily 04:30", _refund),
        Kind("watch", "every 15 minutes", _plain(("happenings", "look", "--watch"))),
        Kind("silence", "every 60 minutes", _plain(("inbox", "status"))),
        Kind("closing", "monthly 5 08:00", _remind_of_closing),
        Kind("compaction", "daily 01:30", _plain(("facts", "compact"))),
        Kind("retention", "daily 05:30", _plain(("archive", "erase", "--yes"))),
        Kind("backup", "daily 06:00", _back_up, paused=True, arguments=("dest", "latest")),
    )
}  # fmt: skip


def kind_of(name: str) -> Kind:
    """A job by its name. Raises `UsageError`."""
    if name not in KINDS:
        raise UsageError(f"{name!r} is no job: one of {', '.join(KINDS)}")
    return KINDS[name]
