"""Long work in the background: begun by one request, asked after by others, taken back by a third.

A few runs work at once, a few more wait, the rest is refused for now. What they answer is kept in
memory until newer ones push it out, or the server ends: nothing of it is written.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import Any

from datecertain.access import Right, Viewer
from datecertain.access.viewers import EVERYTHING
from datecertain.door.problems import Problem, problem_of
from datecertain.errors import NotFound

Told = Callable[[int, int], None]
#: What a run does, told how far it has come as it goes on; its answer is plain data.
Work = Callable[[Told], dict[str, Any]]


class RunState(StrEnum):
    """Where a run stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


_OVER = (RunState.DONE, RunState.FAILED, RunState.CANCELLED)


class _Cancelled(Exception):
    """Somebody took the run back."""


@dataclass(slots=True)
class Run:
    """A run of a post: what it does, how far it has come (`done` of `total`), its answer, or why
    it failed as a problem. `needs`: the right without which nobody is told of it, such as that to
    see money. Moments are UTC seconds."""

    run_id: str
    kind: str
    post: str
    by: str
    begun_at: int
    needs: Right | None = None
    state: RunState = RunState.WAITING
    done: int = 0
    total: int = 0
    ended_at: int | None = None
    result: dict[str, Any] | None = None
    problem: dict[str, Any] | None = None
    cancelled: bool = False


@dataclass(slots=True)
class Runs:
    """The runs of a server. `at_once` work at the same time; of a post, `waiting` may wait or work;
    `kept` that are over are kept."""

    at_once: int = 2
    waiting: int = 4
    kept: int = 50
    workspace: Path | None = None  # its place is told nobody
    _all: dict[str, Run] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _pool: ThreadPoolExecutor | None = None

    def begin(self, who: Viewer, kind: str, work: Work, needs: Right | None = None) -> Run:
        """Begin a run for who asks, told to those of its post who have a right. Raises `Problem`
        (429) when too many of its post wait."""
        with self._lock:
            open_ = [one for one in self._all.values() if one.state not in _OVER]
            if sum(one.post == who.post for one in open_) >= self.waiting:
                raise Problem(
                    429, "runs", "Too many runs at once", f"At most {self.waiting} of a post.",
                    {"Retry-After": "10"},
                )  # fmt: skip
            run = Run(secrets.token_hex(8), kind, who.post, who.name, int(time.time()), needs)
            self._all[run.run_id] = run
            over = [one for one in self._all.values() if one.state in _OVER]
            for old in over[: max(0, len(over) - self.kept)]:
                del self._all[old.run_id]
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self.at_once, thread_name_prefix="run")
            self._pool.submit(self._work, run, work)
        return run

    def _work(self, run: Run, work: Work) -> None:
        def told(done: int, total: int) -> None:
            if run.cancelled:
                raise _Cancelled
            run.done, run.total = done, total

        try:
            told(0, 0)
            run.state = RunState.RUNNING
            run.result, run.state = work(told), RunState.DONE
        except _Cancelled:
            run.state = RunState.CANCELLED
        except Exception as error:
            run.problem, run.state = problem_of(error, self.workspace), RunState.FAILED
        run.ended_at = int(time.time())

    def find(self, who: Viewer, run_id: str) -> Run:
        """A run of the asking post that it may be told. Raises `NotFound`."""
        run = self._all.get(run_id)
        if run is None or not _told(run, who):
            raise NotFound("you have no such run here (what a server knew of runs ends with it)")
        return run

    def of(self, who: Viewer) -> list[Run]:
        """All runs of the asking post, in order."""
        return [one for one in list(self._all.values()) if _told(one, who)]

    def cancel(self, who: Viewer, run_id: str) -> Run:
        """Take a run back; one that works ends at its next step. Raises `NotFound`."""
        run = self.find(who, run_id)
        run.cancelled = True
        return run

    def close(self) -> None:
        """Take all back, and wait for those that work."""
        for run in list(self._all.values()):
            run.cancelled = True
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


def _told(run: Run, who: Viewer) -> bool:
    mine = who.post in (run.post, EVERYTHING)
    return mine and (run.needs is None or who.may(run.needs))
