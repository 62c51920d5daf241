"""Scheduled jobs that survive restarts: the scheduler, and the process that runs one job.

The scheduler only looks at what is due and starts `python -m datecertain jobs do JOB`. That process
takes the job's lease, renews it while it works, and writes down how it ended. So it makes no
difference whether the scheduler is killed meanwhile, or how many of them there are: a due moment is
run to its end once. What was missed while none ran is caught up once.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

from datecertain.errors import DatecertainError, Term, UsageError
from datecertain.moments import format_utc
from datecertain.operations.clock import Clock
from datecertain.operations.job_kinds import KINDS, kind_of
from datecertain.operations.schedules import parse_schedule
from datecertain.operations.workspaces import open_workspace
from datecertain.store.job_records import (
    ATTENTION,
    DONE,
    FAILED,
    LOST,
    RUNNING,
    STOPPED,
    JobBook,
    RunRow,
    ScheduleRow,
)

ZONE = "UTC"
#: Minutes until a failed run is tried again; after as many attempts the next due moment counts.
BACKOFF_MIN = (1, 5, 15, 60, 240)
#: Exit codes of commands that did their work and have something to say: set aside, alarm.
_TELLING = (3, 4)
_RENEW_S, _GRACE_S = 30.0, 20.0
#: Lines kept of what a run said; of one that went well, less: there are many.
_KEPT_LINES, _KEPT_LINES_DONE = 20, 5


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands. `due_at`: what is to be run now, if anything; `next_at`: when next."""

    name: str
    schedule: ScheduleRow
    last: RunRow | None
    due_at: int | None
    missed: int
    next_at: int | None
    running: str  # by whom, if it does


def list_jobs(path: Path, now: int) -> list[Job]:
    """All jobs of a workspace in the order of their next due moment; those not written down yet
    with the schedule that they begin with."""
    with closing(JobBook(path)) as book:
        return _jobs(book, now)


def set_job(
    path: Path, clock: Clock, name: str, actor: str, *, schedule: str | None = None,
    zone: str | None = None, arguments: Mapping[str, Any] | None = None,
    paused: bool | None = None, from_at: int | None = None,
) -> Job:  # fmt: skip
    """Give a job another schedule, zone or arguments, or pause it, from a moment on (default: now).
    Nothing that was due before it is caught up. What is not given stays.

    Raises `UsageError` for a job or schedule that there is not, or an argument it does not take.
    """
    kind, now = kind_of(name), clock.now()
    if unknown := sorted(set(arguments or {}) - set(kind.arguments)):
        raise UsageError(f"the job {name} takes no {', '.join(unknown)}", "job.options",
                         job=Term(f"admin.job.{name}"))  # fmt: skip
    with closing(JobBook(path)) as book:
        book.seed(_beginnings(now))
        before = _in_force(book.schedules(), now)[name]
        row = replace(
            before,
            schedule=before.schedule if schedule is None else schedule,
            zone=before.zone if zone is None else zone,
            arguments={**before.arguments, **(arguments or {})},
            paused=before.paused if paused is None else paused,
            from_at=now if from_at is None else from_at, actor=actor, at=now,
        )  # fmt: skip
        parse_schedule(row.schedule, row.zone)
        if not row.paused:
            kind.plan(path, row.arguments, now)  # an argument that lacks is told now
        book.schedule(row)
        return next(job for job in _jobs(book, now) if job.name == name)


def history(path: Path, name: str | None, limit: int) -> list[RunRow]:
    """The latest attempts of a job, or of all, newest first."""
    if name is not None:
        kind_of(name)
    with closing(JobBook(path)) as book:
        return book.history(name, limit)


def do_job(
    path: Path, clock: Clock, name: str, run: Callable[[Sequence[str]], int], *,
    due_at: int, missed: int = 0, again: bool = False, renew_s: float = _RENEW_S,
) -> RunRow | None:  # fmt: skip
    """Run a job in this process, for a due moment; what became of it, or None when it is not ours
    to run: another process runs it, or that moment is done.

    `run` runs a command of `datecertain` and gives its exit code. What it prints is kept.
    """
    kind = kind_of(name)
    holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    with closing(JobBook(path)) as book:
        book.seed(_beginnings(clock.now()))
        attempt = book.claim(name, due_at, holder, clock.now(), missed=missed, again=again)
        if attempt is None:
            return None
        given = _in_force(book.schedules(), clock.now())[name].arguments
        log = path / ".jobs" / f"{name}.{holder.rpartition(':')[2]}.log"
        try:
            with _renewing(path, clock, name, holder, renew_s), _written_to(log):
                state, code = _run_all(path, clock, kind.plan, given, run)
            lines = _last_lines(log, _KEPT_LINES_DONE if state == DONE else _KEPT_LINES)
        finally:
            log.unlink(missing_ok=True)
        next_at = _again_at(state, attempt, clock.now())
        book.end(name, holder, clock.now(), state, code, lines, next_at)
        return next(one for one in book.history(name, 50) if one.holder == holder)


class Stopped(BaseException):
    """The process was told to end."""


def _run_all(
    path: Path, clock: Clock, plan: Callable[[Path, Mapping[str, Any], int], Any],
    given: Mapping[str, Any], run: Callable[[Sequence[str]], int],
) -> tuple[str, int]:  # fmt: skip
    """Every command, the later ones also when one failed; (state, exit code), the worst."""
    state, code = DONE, 0
    try:
        work = plan(path, given, clock.now())
        for line in work.told:
            print(line, flush=True)
            state = ATTENTION
        for command in work.commands:
            ended = run(command)
            if ended in _TELLING:
                state, code = (state if state == FAILED else ATTENTION), code or ended
            elif ended:
                state, code = FAILED, ended
    except (DatecertainError, OSError) as error:
        print(f"datecertain: {error}", flush=True)
        return FAILED, 1
    except (Stopped, KeyboardInterrupt):
        return STOPPED, 143
    return state, code


def keep_running(
    path: Path, clock: Clock, stop: Event, tell: Callable[[str], None],
    complain: Callable[[str], None], *, poll_s: float = 5.0,
) -> None:  # fmt: skip
    """Start what is due until `stop` is set, one job after the other; then end the one in hand.

    `tell` hears of each run, `complain` of what keeps jobs from running, each thing once. Raises
    `NotFound` when there is no workspace.
    """
    with open_workspace(path, write=_behind(path)):  # a wrong one is told at once, an old migrated
        pass
    seen, child = set[str](), None
    try:
        while True:
            try:
                if child is not None and child.process.poll() is not None:
                    _told(path, child, tell, complain)
                    child = None
                if child is None:
                    child = _start_next(path, clock)
            except (DatecertainError, OSError) as error:
                if (text := str(error)) not in seen:
                    seen.add(text)
                    complain(text)
            if stop.wait(poll_s if child is None else min(poll_s, 0.5)):
                return
    finally:
        if child is not None:
            _end(child)
            try:
                _told(path, child, tell, complain)
            except DatecertainError as error:
                complain(str(error))


@dataclass(frozen=True, slots=True)
class _Child:
    name: str
    due_at: int
    process: subprocess.Popen[bytes]


def start_job(
    path: Path, name: str, due_at: int, missed: int = 0, *, again: bool = False
) -> subprocess.Popen[bytes]:
    """Start a job in a process of its own, which outlives this one."""
    words = ["jobs", "do", name, "--due", format_utc(due_at), "--missed", str(missed)]
    return subprocess.Popen(
        [sys.executable, "-m", "datecertain", *words, *(["--again"] if again else []),
         "-w", str(path.resolve())],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip


def _start_next(path: Path, clock: Clock) -> _Child | None:
    now = clock.now()
    with closing(JobBook(path)) as book:
        book.seed(_beginnings(now))
        due = [one for one in _jobs(book, now) if one.due_at is not None]
    for job in sorted(due, key=lambda one: (one.due_at or 0, one.name)):
        if job.due_at is not None and not job.running:
            return _Child(job.name, job.due_at, start_job(path, job.name, job.due_at, job.missed))
    return None


def _told(
    path: Path, child: _Child, tell: Callable[[str], None], complain: Callable[[str], None]
) -> None:
    if child.process.returncode:
        complain(
            f"the job {child.name} could not be run or written down: its process ended with "
            f"{child.process.returncode}"
        )
        return
    with closing(JobBook(path)) as book:
        last = next(iter(book.history(child.name, 1)), None)
    if last is None or last.due_at != child.due_at:
        return
    line = f"{child.name}, due {format_utc(child.due_at)}: {last.state}"
    tell(line) if last.state in (DONE, ATTENTION) else complain(f"{line}\n{last.lines}".strip())


def _end(child: _Child) -> None:
    child.process.terminate()
    try:
        child.process.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        child.process.kill()
        child.process.wait()


def _jobs(book: JobBook, now: int) -> list[Job]:
    known = _in_force(book.schedules(), now)
    rows = {one.name: one for one in _beginnings(now)} | known
    last, running = book.last_runs(), book.leases(now)
    found = [
        _job(rows[name], last.get(name), running.get(name, ""), now)
        for name in KINDS if name in rows
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.next_at is None, one.next_at or 0, one.name))


def _job(row: ScheduleRow, last: RunRow | None, running: str, now: int) -> Job:
    if row.paused:
        return Job(row.name, row, last, None, 0, None, running)
    when = parse_schedule(row.schedule, row.zone)
    since = max(row.from_at, -1 if last is None else last.due_at)
    due, missed = when.latest(now), 0
    if due > since:
        missed = when.count(since, due) - 1
        return Job(row.name, row, last, due, missed, due, running)
    # What failed under another schedule is not tried again.
    last_due = None if last is None or last.due_at < row.from_at else last
    if last_due is not None and not running and _again(last_due, now):
        return Job(row.name, row, last, last_due.due_at, last_due.missed, now, running)
    coming = when.following(now)
    if last_due is not None and last_due.next_at is not None and last_due.state != RUNNING:
        coming = min(coming, max(last_due.next_at, now))
    return Job(row.name, row, last, None, 0, coming, running)


def _again(last: RunRow, now: int) -> bool:
    """Whether a run that did not come to its end is to be tried again now."""
    if last.attempt > len(BACKOFF_MIN):
        return False
    if last.state in (RUNNING, LOST):  # its lease has expired
        return True
    return last.state in (FAILED, STOPPED) and last.next_at is not None and last.next_at <= now


def _again_at(state: str, attempt: int, now: int) -> int | None:
    if state == STOPPED:
        return now
    if state != FAILED or attempt > len(BACKOFF_MIN):
        return None
    return now + BACKOFF_MIN[attempt - 1]


def _beginnings(now: int) -> list[ScheduleRow]:
    return [
        ScheduleRow(kind.name, 0, kind.schedule, ZONE, {}, kind.paused, now, "datecertain", now)
        for kind in KINDS.values()
    ]


def _in_force(rows: Sequence[ScheduleRow], now: int) -> dict[str, ScheduleRow]:
    """The last schedule of each job whose moment has come."""
    return {row.name: row for row in rows if row.from_at <= now or row.seq == 0}


def _behind(path: Path) -> bool:
    try:
        with open_workspace(path):
            return False
    except DatecertainError:
        return True


@contextmanager
def _renewing(path: Path, clock: Clock, name: str, holder: str, every_s: float) -> Iterator[None]:
    """Renew the lease beside the work; when somebody else has it, this process ends its work."""
    done = Event()

    def renew() -> None:
        while not done.wait(every_s):
            try:
                with closing(JobBook(path)) as book:
                    mine = book.renew(name, holder, clock.now())
            except DatecertainError:
                continue  # the records are busy: next time, the lease lasts longer than that
            if not mine:
                os.kill(os.getpid(), signal.SIGTERM)
                return

    thread = Thread(target=renew, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@contextmanager
def _written_to(log: Path) -> Iterator[None]:
    """Everything that this process prints goes to a file, from whatever layer it comes."""
    log.parent.mkdir(exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.dup2(handle, 1)
        os.dup2(handle, 2)
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for number, before in zip((1, 2), kept, strict=True):
            os.dup2(before, number)
            os.close(before)
        os.close(handle)


def _last_lines(log: Path, most: int) -> str:
    lines = log.read_text("utf-8", "replace").splitlines()[-most:]
    return "\n".join(line[:500] for line in lines).replace("\0", "")
