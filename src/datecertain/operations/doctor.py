"""One page of checks: whether a workspace is well, and what to do where it is not (requirement 71).

Nothing is written and nobody is kept waiting. A check that cannot be made has failed, and says why;
the others are made all the same.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

import tzdata
from sqlalchemy import func, select, text

from datecertain import __version__
from datecertain.errors import DatecertainError
from datecertain.moments import DAY, format_utc
from datecertain.network.loading import version_of
from datecertain.operations.backing_up import last_backup
from datecertain.operations.clock import Clock
from datecertain.operations.inbox import InboxStatus, inbox_status
from datecertain.operations.jobs import list_jobs
from datecertain.operations.mail_room import INCOMING, OUTGOING, refusal
from datecertain.operations.networks import current_version
from datecertain.operations.workspace_files import secret_files
from datecertain.operations.workspaces import open_workspace
from datecertain.store import Workspace
from datecertain.store.archive import master_key
from datecertain.store.database import SCHEMA_VERSION, Database
from datecertain.store.fact_store import fact_store
from datecertain.store.job_records import FAILED, LOST
from datecertain.store.lock import holder
from datecertain.store.master_key import key_file
from datecertain.store.records import batches, judgings, network_versions
from datecertain.store.settings import Settings, read_settings

#: From these on there is a word: bytes that are free, days since the last judging and backup, days
#: that zone data are old (they change a few times a year).
_ROOM, _LITTLE_ROOM = 1 << 30, 10 << 30
_JUDGED_DAYS, _BACKUP_DAYS, _ZONE_YEARS = 3, 2, 2
#: A job that is due for so long has no scheduler.
_OVERDUE_MIN = 60
#: Before this the clock is wrong: 2026-01-01.
_EARLIEST = 20_454 * DAY


class Verdict(StrEnum):
    """How a check came out, worst last."""

    OK = "ok"
    WARNING = "warning"  # it works, and wants looking after
    FAILED = "failed"  # it does not work


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the page: `doctor.NAME.CASE` of the glossary, filled with the values."""

    name: str
    verdict: Verdict
    case: str
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The glossary's key of the text."""
        return f"doctor.{self.name}.{self.case}"


def _ok(name: str, /, **values: Any) -> Check:
    return Check(name, Verdict.OK, "ok", values)


def _warning(name: str, case: str, /, **values: Any) -> Check:
    return Check(name, Verdict.WARNING, case, values)


def _failed(name: str, case: str, /, **values: Any) -> Check:
    return Check(name, Verdict.FAILED, case, values)


def examine(path: Path, clock: Clock) -> list[Check]:
    """All checks of a workspace, in the order of the page. Raises `NotFound` when there is none."""
    path = path.resolve()
    now = clock.now()
    settings = read_settings(path)
    found = [_ok("settings", path=path)]
    found += _each(_versions, path, settings, now)
    database = None
    try:
        database = Database(settings.records, path)
        found += _each(_records, database, settings, now)
    except DatecertainError as error:
        found.append(_failed("records", "unreachable", error=error))
    finally:
        if database is not None:
            database.close()
    for look in (_lock, _jobs, _room, _time, _key, _secrets, _folders, _backup):
        found += _each(look, path, settings, now)
    try:
        with open_workspace(path) as workspace:
            for inner in (_facts, _master, _unpublished, _network, _partners, _judged):
                found += _each(inner, workspace, settings, now)
    except (DatecertainError, OSError) as error:
        found.append(_failed("workspace", "closed", error=error))
    return found


def _each(
    look: Callable[[Any, Settings, int], Iterator[Check]], at: Any, settings: Settings, now: int
) -> list[Check]:
    try:
        return list(look(at, settings, now))
    except (DatecertainError, OSError, ValueError, ImportError) as error:
        name = look.__name__.removeprefix("_")
        return [Check(name, Verdict.FAILED, "failed", {"error": error})]


def _versions(path: Path, settings: Settings, now: int) -> Iterator[Check]:
    python = ".".join(map(str, sys.version_info[:3]))
    yield _ok(
        "versions", product=__version__, python=python, duckdb=installed("duckdb"),
        arrow=installed("pyarrow"), deltalake=installed("deltalake"),
    )  # fmt: skip


def _records(database: Database, settings: Settings, now: int) -> Iterator[Check]:
    schema = database.schema_version()
    if schema is None:
        yield _failed("records", "empty", url=database.name)
    elif schema < SCHEMA_VERSION:
        yield _warning("records", "pending", url=database.name, schema=schema, to=SCHEMA_VERSION)
    elif schema > SCHEMA_VERSION:
        yield _failed("records", "newer", url=database.name, schema=schema, to=SCHEMA_VERSION)
    else:
        yield _ok("records", url=database.name, schema=schema)
    if database.sqlite:
        with database.reading() as connection:
            said = connection.execute(text("PRAGMA quick_check(1)")).scalar()
        if said != "ok":
            yield _failed("records", "damaged", url=database.name, error=said)


def _lock(path: Path, settings: Settings, now: int) -> Iterator[Check]:
    held = holder(path / "lock")
    yield _ok("lock") if held is None else Check("lock", Verdict.OK, "held", {"holder": held})


def _jobs(path: Path, settings: Settings, now: int) -> Iterator[Check]:
    found = list_jobs(path, now)
    ran = [one.last for one in found if one.last is not None]
    failed = [one.name for one in ran if one.state in (FAILED, LOST)]
    late = [
        one.name
        for one in found
        if one.due_at is not None and not one.running and now - one.due_at > _OVERDUE_MIN
    ]
    if failed:
        yield _warning("jobs", "failed_runs", names=", ".join(failed))
    elif late:
        yield _warning("jobs", "overdue", names=", ".join(late))
    else:
        yield _ok("jobs", ran=len(ran))


def _room(path: Path, settings: Settings, now: int) -> Iterator[Check]:
    free = shutil.disk_usage(path).free
    gigabytes = f"{free / (1 << 30):.1f}"
    if free < _ROOM:
        yield _failed("room", "none", free=gigabytes)
    elif free < _LITTLE_ROOM:
        yield _warning("room", "little", free=gigabytes)
    else:
        yield _ok("room", free=gigabytes)


def _time(path: Path, settings: Settings, now: int) -> Iterator[Check]:
    ahead = max(
        (one.stat().st_mtime - time.time() for one in path.iterdir() if one.is_file()), default=0.0
    )
    if now < _EARLIEST:
        yield _failed("time", "past", now=format_utc(now))
    elif ahead > 120:
        yield _warning("time", "ahead", now=format_utc(now), minutes=int(ahead // 60))
    else:
        yield _ok("time", now=format_utc(now))


def _key(path: Path, settings: Settings, now: int) -> Iterator[Check]:
    place = key_file(path, settings)
    if place is None:
        yield Check("key", Verdict.OK, "variable")
    elif not place.exists():
        yield _failed("key", "missing", path=place)
    elif place.stat().st_mode & 0o077:
        yield _failed("key", "open", path=place)
    else:
        yield _ok("key", path=place)


def _secrets(path: Path, settings: Settings, now: int) -> Iterator[Check]:
    for name in sorted(secret_files(path)):
        if not (path / name).is_file():
            yield _failed("secrets", "missing", path=name)
        elif (path / name).stat().st_mode & 0o077:
            yield _failed("secrets", "open", path=name)


def _folders(path: Path, settings: Settings, now: int) -> Iterator[Check]:
    waiting = {name: _waiting(path / name) for name in (INCOMING, OUTGOING)}
    for name in (INCOMING, OUTGOING):
        folder = path / name
        if folder.is_dir() and not os.access(folder, os.W_OK | os.X_OK):
            yield _failed("folders", "closed", path=folder)
            return
    oldest = min((age for _, age in waiting.values() if age is not None), default=None)
    old = 0 if oldest is None else int((time.time() - oldest) // 3600)
    case = "ok" if old < 24 else "old"
    yield Check(
        "folders", Verdict.OK if case == "ok" else Verdict.WARNING, case,
        {"incoming": waiting[INCOMING][0], "outgoing": waiting[OUTGOING][0], "hours": old},
    )  # fmt: skip


def _waiting(folder: Path) -> tuple[int, float | None]:
    """Files that wait in a folder of mail, and since when the first of them does."""
    if not folder.is_dir():
        return 0, None
    ages = [
        one.stat().st_mtime for one in folder.rglob("*")
        if one.is_file() and not refusal(one.name) and not one.name.startswith(".")
        and one.relative_to(folder).parts[0] not in ("archive", "sent")
        and "sent" not in one.relative_to(folder).parts[:-1]
    ]  # fmt: skip
    return len(ages), min(ages, default=None)


def _backup(path: Path, settings: Settings, now: int) -> Iterator[Check]:
    last = last_backup(path)
    if last is None:
        yield _warning("backup", "none")
        return
    name, place, at = last
    days = (now - at) // DAY
    if days >= _BACKUP_DAYS:
        yield _warning("backup", "old", backup=name, place=place, days=days)
    else:
        yield _ok("backup", backup=name, place=place, at=format_utc(at))


def _facts(workspace: Workspace, settings: Settings, now: int) -> Iterator[Check]:
    options = dict(settings.facts_options) or None
    store = fact_store(settings.facts, workspace.path, options)
    rows = files = 0
    for name, version in sorted(workspace.published.items()):
        held = workspace.facts(name).listed()
        rows += sum(one.rows for one in held)
        files += len(held)
        if not held:
            continue
        # The last file of each table is looked at; `verify` reads all.
        last = max(held, key=lambda one: (one.month, one.path))
        there = store.filesystem(name).get_file_info([last.path])[0]
        if not there.is_file or there.size != last.size:
            yield _failed("facts", "gone", table=name, version=version, path=last.path)
            return
    yield _ok("facts", place=settings.facts, tables=len(workspace.published), files=f"{files:,}",
              rows=f"{rows:,}")  # fmt: skip


def _master(workspace: Workspace, settings: Settings, now: int) -> Iterator[Check]:
    place = key_file(workspace.path, settings)
    if place is not None and not place.exists():
        return  # told already; asking would make one
    with workspace.reading() as view:
        yield _ok("master", key=master_key(workspace, view.connection).id)


def _unpublished(workspace: Workspace, settings: Settings, now: int) -> Iterator[Check]:
    with workspace.reading() as view:
        number = view.connection.execute(
            select(func.count()).select_from(batches).where(batches.c.state == "open")
        ).scalar_one()
    if number and holder(workspace.path / "lock") is None:
        yield _warning("unpublished", "left", count=number)
    else:
        yield _ok("unpublished", count=number)


def _network(workspace: Workspace, settings: Settings, now: int) -> Iterator[Check]:
    current, zones = current_version(workspace), tzdata.IANA_VERSION
    if current is None:
        yield _failed("network", "none")
        return
    with workspace.reading() as view:
        content = view.connection.execute(
            select(network_versions.c.content).where(network_versions.c.version == current)
        ).scalar_one()
    if version_of(json.loads(gzip.decompress(content))) != current:
        yield _warning("network", "other", version=current, zones=zones)
    elif now >= ((int(zones[:4]) + _ZONE_YEARS - 1970) * 365 + 100) * DAY:
        yield _warning("network", "old", version=current, zones=zones)
    else:
        yield _ok("network", version=current, zones=zones)


def _partners(workspace: Workspace, settings: Settings, now: int) -> Iterator[Check]:
    found: InboxStatus = inbox_status(workspace, now)
    waiting = sum(count for one in found.partners for count in one.waiting.values())
    if waiting:
        yield _warning("quarantine", "waiting", count=f"{waiting:,}")
    else:
        yield _ok("quarantine")
    if found.alarms:
        names = ", ".join(sorted({one.expectation.post for one in found.alarms}))
        yield _warning("silence", "silent", posts=names)
    else:
        yield _ok("silence", agreed=len(found.silences))


def _judged(workspace: Workspace, settings: Settings, now: int) -> Iterator[Check]:
    with workspace.reading() as view:
        last = view.connection.execute(
            select(judgings.c.period, judgings.c.as_of)
            .order_by(judgings.c.as_of.desc(), judgings.c.period.desc()).limit(1)
        ).one_or_none()  # fmt: skip
    if "items" not in workspace.published:
        yield Check("judged", Verdict.OK, "nothing")
    elif last is None:
        yield _warning("judged", "never")
    elif now - last.as_of > _JUDGED_DAYS * DAY:
        yield _warning("judged", "old", period=last.period, at=format_utc(last.as_of))
    else:
        yield _ok("judged", period=last.period, at=format_utc(last.as_of))
