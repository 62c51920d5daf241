"""Two pairs of eyes on what moves promises or money (req 58): asked by one account, approved by
another of its post, then done.

`SecondEyes` is all that the pages know of it. `KeptHere` keeps what waits in this process.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Protocol

from datecertain.access import EVERYTHING, Right, Viewer
from datecertain.door import Door
from datecertain.errors import DatecertainError, NotAllowed, NotFound, StoreError, UsageError
from datecertain.network import Network
from datecertain.operations.compiled_cache import ready
from datecertain.operations.network_previews import PUBLISH, RESUME, RULE, TABLES
from datecertain.operations.network_rules import declare, resume
from datecertain.operations.networks import current_version, publish_network
from datecertain.operations.workspaces import open_workspace

Request = Mapping[str, Any]
PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that was asked for, as it stands: `pending`, `done`, `failed`, `refused`,
    `withdrawn`. `digest` names exactly what was asked; moments are UTC seconds."""

    number: int
    post: str
    kind: str
    request: Request
    digest: str
    state: str
    asked_by: str
    asked_at: int
    why: str
    decided_by: str = ""
    decided_at: int | None = None
    note: str = ""


class SecondEyes(Protocol):
    """What asks for, shows and decides."""

    def ask(self, door: Door, who: Viewer, kind: str, request: Request, why: str) -> Waiting:
        """Ask for something; it waits for another account of the post."""

    def find(self, door: Door, who: Viewer, number: int) -> Waiting:
        """One of the viewer's post. Raises `NotFound`."""

    def of(self, door: Door, who: Viewer) -> Sequence[Waiting]:
        """All of the viewer's post, newest first."""

    def approve(self, door: Door, who: Viewer, number: int, digest: str) -> Waiting:
        """Approve exactly what the digest names, and do it."""

    def refuse(self, door: Door, who: Viewer, number: int, why: str) -> Waiting:
        """Refuse it; whoever asked withdraws it thereby."""


class KeptHere:
    """What waits, in the memory of this process: it ends with it."""

    def __init__(self) -> None:
        self._all: dict[int, Waiting] = {}
        self._lock = Lock()

    def ask(self, door: Door, who: Viewer, kind: str, request: Request, why: str) -> Waiting:
        """Raises `NotAllowed`, `UsageError`."""
        who.demand(Right.NETWORK)
        if kind not in _DO:
            raise UsageError(f"no kind {kind!r}")
        text = json.dumps([kind, request], sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()
        with self._lock:
            number = len(self._all) + 1
            made = Waiting(
                number, who.post, kind, request, digest, PENDING, who.name, int(time.time()), why
            )
            self._all[number] = made
        return made

    def find(self, door: Door, who: Viewer, number: int) -> Waiting:
        """Raises `NotFound`."""
        one = self._all.get(number)
        if one is None or who.post not in (one.post, EVERYTHING):
            raise NotFound(f"no approval {number} here")
        return one

    def of(self, door: Door, who: Viewer) -> Sequence[Waiting]:
        """All of the viewer's post, newest first."""
        mine = [one for one in self._all.values() if who.post in (one.post, EVERYTHING)]
        return sorted(mine, key=lambda one: -one.number)

    def approve(self, door: Door, who: Viewer, number: int, digest: str) -> Waiting:
        """Raises `NotFound`, `NotAllowed` for whoever asked, `UsageError`."""
        one = self.find(door, who, number)
        if one.asked_by == who.name:
            raise NotAllowed("who asks does not approve: another account of the post does")
        if digest != one.digest:
            raise UsageError("another digest: look at what is asked for again")
        self._decide(one, state="approved", decided_by=who.name)
        state, note = "done", ""
        try:
            _DO[one.kind](door, one.request)
        except StoreError:
            self._set(number, state=PENDING, decided_by="", decided_at=None)
            raise
        except DatecertainError as error:
            state, note = "failed", str(error)[:500]
        return self._set(number, state=state, note=note)

    def refuse(self, door: Door, who: Viewer, number: int, why: str) -> Waiting:
        """Raises `NotFound`, `UsageError`."""
        one = self.find(door, who, number)
        own = one.asked_by == who.name
        if not own and not why.strip():
            raise UsageError("no reason: say why it is refused")
        state = "withdrawn" if own else "refused"
        return self._decide(one, state=state, decided_by=who.name, note=why[:500])

    def _decide(self, one: Waiting, **changed: Any) -> Waiting:
        with self._lock:
            if self._all[one.number].state != PENDING:
                raise UsageError(f"approval {one.number} no longer waits")
            made = replace(one, decided_at=int(time.time()), **changed)
            self._all[one.number] = made
        return made

    def _set(self, number: int, **changed: Any) -> Waiting:
        with self._lock:
            self._all[number] = replace(self._all[number], **changed)
            return self._all[number]


def _rule(door: Door, asked: Request) -> None:
    declare(door.workspace, TABLES[asked["table"]], asked["cells"], door.how.clock)


def _resume(door: Door, asked: Request) -> None:
    resume(door.workspace, asked["condition"], asked["source"], door.how.clock)


def _publish(door: Door, asked: Request) -> None:
    network = ready(Network.from_texts(asked["files"], "the network asked for"))
    with open_workspace(door.workspace, write=True) as opened:
        standing = current_version(opened)
        if standing != asked["before"]:
            raise UsageError(f"the network in force is {standing}, no longer {asked['before']}")
        publish_network(opened, network, door.how.clock)


_DO: Mapping[str, Callable[[Door, Request], None]] = {
    RULE: _rule, RESUME: _resume, PUBLISH: _publish,
}  # fmt: skip
