"""What the answers of one application share, and how a workspace is served."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Thread

from fastapi import Request

from datecertain.door.limiting import Limiter
from datecertain.door.receiving import Receiving
from datecertain.door.runs import Runs
from datecertain.network import Network
from datecertain.operations.clock import Clock, SystemClock
from datecertain.operations.networks import current_network, current_version
from datecertain.operations.watching import Taken
from datecertain.operations.workspaces import open_workspace
from datecertain.store.access_book import AccessBook
from datecertain.store.mail_book import MailBook

_LOG = logging.getLogger(__name__)
#: A network that was put in force is quoted by at the latest after so long.
_LOOK_S = 1.0


@dataclass(frozen=True, slots=True)
class Serving:
    """How a workspace is served. `take_in`: what comes is taken in by this process; else by an
    `inbox watch` of the incoming folder. `keep_jobs`: it starts what is due; else `jobs keep`
    does."""

    most_bytes: int = 64 << 20
    per_minute: int = 600
    take_in: bool = True
    keep_jobs: bool = False
    poll_s: float = 1.0
    clock: Clock = field(default_factory=SystemClock)
    tell: Callable[[Taken], None] = lambda taken: None
    complain: Callable[[str], None] = _LOG.warning


class NetworkInForce:
    """The network in force in a workspace, compiled, looked after between requests."""

    def __init__(self, workspace: Path) -> None:
        self._workspace = workspace
        self._network: Network | None = None
        self._looked_at = float("-inf")
        self._lock = Lock()

    def now(self) -> Network:
        """The network. Raises `NotFound` when none was put in force."""
        if self._network is None or time.monotonic() - self._looked_at > _LOOK_S:
            with self._lock:
                self._look()
        assert self._network is not None
        return self._network

    def _look(self) -> None:
        at = time.monotonic()
        with open_workspace(self._workspace) as opened:
            if self._network is None or current_version(opened) != self._network.version:
                self._network = current_network(opened)
        self._looked_at = at


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
    taking_in: Thread | None = None
    runs: Runs = field(default_factory=Runs)
    keeping: Thread | None = None

    def close(self) -> None:
        """End what runs, and close the books."""
        self.runs.close()
        self.book.close()
        self.access.close()


def door_of(request: Request) -> Door:
    """The door that a request came to."""
    door: Door = request.app.state.door
    return door
