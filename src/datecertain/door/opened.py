"""What the answers of one application share, and how a workspace is served."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Thread

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from datecertain.door.known_keys import KnownKeys
from datecertain.door.limiting import Limiter, Refusals
from datecertain.door.live import Live
from datecertain.door.receiving import Receiving
from datecertain.door.runs import Runs
from datecertain.errors import UsageError
from datecertain.network import Network
from datecertain.operations.clock import Clock, SystemClock
from datecertain.operations.looking import Looks
from datecertain.operations.looking_beside import LookingBeside
from datecertain.operations.networks import current_network, current_version
from datecertain.operations.oidc import Provider
from datecertain.operations.quoting import HISTORY_FILE, history_of
from datecertain.operations.visits import LIMITS, Limits
from datecertain.operations.watching import Taken
from datecertain.operations.workspaces import open_workspace
from datecertain.promise.expected import History
from datecertain.store.access_book import AccessBook
from datecertain.store.changes import Changes
from datecertain.store.mail_book import MailBook

_LOG = logging.getLogger(__name__)
#: A network that was put in force is quoted by at the latest after so long.
_LOOK_S = 1.0


@dataclass(frozen=True, slots=True)
class Serving:
    """How a workspace is served. `take_in`: what comes is taken in by this process; else by an
    `inbox watch` of the incoming folder. `keep_jobs`: it starts what is due; else `jobs keep` does.
    `push`: what happens is found and told to webhooks by it; else by a `webhook deliver`.
    `look_ahead`: costly looks are made in a process beside it, before anybody asks."""

    most_bytes: int = 64 << 20
    per_minute: int = 600
    take_in: bool = True
    keep_jobs: bool = False
    push: bool = True
    look_ahead: bool = False
    poll_s: float = 1.0
    clock: Clock = field(default_factory=SystemClock)
    tell: Callable[[Taken], None] = lambda taken: None
    complain: Callable[[str], None] = _LOG.warning


class NetworkInForce:
    """The network in force in a workspace, compiled, and its history of deliveries; looked after
    between requests."""

    def __init__(self, workspace: Path) -> None:
        self._workspace = workspace
        self._network: Network | None = None
        self._history: History | None = None
        self._history_of: tuple[int, int] | None = None
        self._looked_at = float("-inf")
        self._lock = Lock()

    async def ready(self) -> Network:
        """`now`, without keeping others waiting while the workspace is looked at."""
        return await run_in_threadpool(self.now) if self._stale else self.now()

    @property
    def _stale(self) -> bool:
        return self._network is None or time.monotonic() - self._looked_at > _LOOK_S

    def now(self) -> Network:
        """The network. Raises `NotFound` when none was put in force."""
        if self._stale:
            with self._lock:
                if self._stale:
                    self._look()
        assert self._network is not None
        return self._network

    def _look(self) -> None:
        at = time.monotonic()
        with open_workspace(self._workspace) as opened:
            if self._network is None or current_version(opened) != self._network.version:
                self._network = current_network(opened)
        self._look_at_history()
        self._looked_at = at

    def history(self) -> History | None:
        """What past items did, where the workspace has a history: as it was at the last look."""
        return self._history

    def _look_at_history(self) -> None:
        """Read the history when its file is another one. One that cannot be read gives none: the
        date that is promised does not rest on it."""
        try:
            found = (self._workspace / HISTORY_FILE).stat()
            which = found.st_mtime_ns, found.st_size
            if which != self._history_of:
                self._history, self._history_of = history_of(self._workspace, None), which
        except (OSError, UsageError):
            self._history, self._history_of = None, None


@dataclass(slots=True)
class Door:
    """What the answers of one application share."""

    workspace: Path
    book: MailBook
    access: AccessBook
    how: Serving
    limiter: Limiter
    receiving: Receiving
    network: NetworkInForce
    live: Live
    taking_in: Thread | None = None
    keeping: Thread | None = None
    pushing: Thread | None = None
    looking: Thread | None = None
    visits: Limits = LIMITS
    provider: Provider | None = None
    refusals: Refusals = field(default_factory=Refusals)
    keys: KnownKeys = field(init=False)
    runs: Runs = field(init=False)
    changes: Changes = field(init=False)
    looks: Looks = field(init=False)

    def __post_init__(self) -> None:
        self.changes = Changes(self.workspace)
        beside = LookingBeside(self.workspace) if self.how.look_ahead else None
        self.looks = Looks(self.workspace, lambda: self.how.clock, beside)
        self.keys = KnownKeys(self.access)
        self.runs = Runs(workspace=self.workspace)

    def close(self) -> None:
        """End what runs, and close the books."""
        self.runs.close()
        self.looks.close()
        self.live.close()
        self.book.close()
        self.access.close()
        self.changes.close()
        if self.provider is not None:
            self.provider.close()


def door_of(request: Request) -> Door:
    """The door that a request came to."""
    door: Door = request.app.state.door
    return door
