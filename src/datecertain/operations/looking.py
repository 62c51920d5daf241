"""Costly looks at a workspace: each is made once for the facts as they are, and kept.

A `Look` is a function of a module and of what it is given; it rests on the facts, the network in
force, and what else it names. `Looks` makes them for a server: in a process beside it, where it was
given one (`looking_beside`), so that nobody else waits meanwhile; else where it is asked. What was
asked for lately is made again, ahead of whoever asks, when the facts are others (`looking_ahead`).
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, Generic, Protocol, TypeAlias, TypeVar, TypeVarTuple

from datecertain.operations.clock import Clock
from datecertain.operations.networks import current_version
from datecertain.operations.workspaces import open_workspace
from datecertain.store import Workspace

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")
#: So long the former look may be shown, while the one after it is being made.
FORMER_S = 60.0


def nothing_beside(workspace: Workspace) -> Hashable:
    """A look that rests on facts and network alone."""
    return None


@dataclass(slots=True)
class Standing:
    """A look as it was made last: from what (`stand`), when (UTC minutes), asked for when (seconds
    of the process), and since when it is known to be a former one (None: it is not)."""

    stand: Hashable
    made_at: int
    value: Any
    asked_s: float
    former_s: float | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A look that was asked for: of which workspace, by which network, resting on what beside."""

    path: str
    network: str | None
    beside: Hashable
    given: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """What another process made: the look, and the facts and network that it saw."""

    value: Any
    stand: tuple[Hashable, ...]
    network: str | None


class Look(Generic[_T, *_Ts]):
    """A costly look. `make` is given the workspace, the moment (a multiple of `step` minutes; 0
    where `step` is 0: then it asks no clock) and what is asked, all of it hashable and fit to be
    sent to another process, as the answer is. `beside` tells what of the records it rests on.
    The last `most` looks are kept."""

    def __init__(
        self, make: Callable[[Workspace, int, *_Ts], _T], most: int, step: int,
        beside: Callable[[Workspace], Hashable],
    ) -> None:  # fmt: skip
        self.make, self.step, self.beside, self._most = make, step, beside, most
        self.name = f"{make.__module__}:{make.__name__}"
        self._kept: OrderedDict[Asked, Standing] = OrderedDict()
        self._making: dict[Asked, Lock] = {}
        self._lock = Lock()

    def made(self, opened: Workspace, now: int, given: tuple[Any, ...]) -> Made:
        """Make the look, of what a workspace that is open holds."""
        return Made(self.make(opened, now, *given), opened.stand, current_version(opened))

    def standing(self, asked: Asked) -> Standing | None:
        """The look as it was made last."""
        with self._lock:
            found = self._kept.get(asked)
            if found is not None:
                self._kept.move_to_end(asked)
            return found

    def at(self, asked: Asked, stand: Hashable) -> Standing | None:
        """The same, where it was made of the facts as they are."""
        found = self.standing(asked)
        return found if found is not None and found.stand == stand else None

    def keep(self, asked: Asked, made: Standing) -> None:
        """Keep a look that was made, in place of the one before."""
        with self._lock:
            self._kept[asked] = made
            self._kept.move_to_end(asked)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def forget(self, asked: Asked) -> None:
        """Keep it no longer, such as one that cannot be made any more."""
        with self._lock:
            self._kept.pop(asked, None)

    def asked_since(self, path: str, second: float) -> list[tuple[Any, ...]]:
        """What was asked for in a workspace since then, the last first."""
        with self._lock:
            return [one.given for one, made in reversed(self._kept.items())
                    if one.path == path and made.asked_s >= second]  # fmt: skip

    def turn(self, asked: Asked) -> Lock:
        """Who makes a look holds this meanwhile: all others wait for the same one."""
        with self._lock:
            if len(self._making) > 4 * self._most:
                for one in [key for key, lock in self._making.items() if not lock.locked()]:
                    del self._making[one]
            return self._making.setdefault(asked, Lock())


AnyLook: TypeAlias = Look[Any, *tuple[Any, ...]]


def look(
    *, most: int, step: int = 0, beside: Callable[[Workspace], Hashable] = nothing_beside
) -> Callable[[Callable[[Workspace, int, *_Ts], _T]], Look[_T, *_Ts]]:
    """A function as a look, under its own name in its module."""
    return lambda make: Look(make, most, step, beside)


class Beside(Protocol):
    """A process beside the server in which looks are made, one after the other."""

    def make(self, look: AnyLook, now: int, given: tuple[Any, ...], ahead: bool) -> Made:
        """Make a look; one that is made `ahead` lets those pass that somebody waits for."""
        ...

    def close(self) -> None:
        """End it."""
        ...


@dataclass(frozen=True, slots=True)
class Seen(Generic[_T]):
    """A look, and the moment (UTC minutes) as of which it stands where it is the former one."""

    value: _T
    former_at: int | None = None


#: Told of each look that was made: its name, whether ahead, seconds.
ToldOfLook = Callable[[str, bool, float], None]


@dataclass(slots=True)
class Looks:
    """The costly looks of a server at its workspace. `process`: in which they are made; None: where
    they are asked for."""

    folder: Path
    clock: Callable[[], Clock]
    process: Beside | None = None
    told: ToldOfLook = lambda name, ahead, seconds: None
    #: To be made again, since somebody was shown a former one.
    again: OrderedDict[tuple[AnyLook, tuple[Any, ...]], None] = field(default_factory=OrderedDict)

    def see(
        self, opened: Workspace, look: Look[_T, *_Ts], *given: *_Ts
    ) -> _T:  # fmt: skip
        """A look at the facts as they are. Raises what making it raises."""
        value: _T = self._seen(opened, look, *self._asked(opened, look, given))
        return value

    def glimpse(
        self, opened: Workspace, look: Look[_T, *_Ts], *given: *_Ts
    ) -> Seen[_T]:  # fmt: skip
        """The same at once where there is a former one: it stands only as of a moment ago, says so,
        and the look is being made anew. What a look rests on beside the facts is never former."""
        asked, stand, now = self._asked(opened, look, given)
        found = look.standing(asked)
        if self.process is None or found is None or found.stand == stand:
            return Seen(self._seen(opened, look, asked, stand, now))
        at = found.asked_s = time.monotonic()
        found.former_s = at if found.former_s is None else found.former_s
        if at - found.former_s > FORMER_S:
            return Seen(self._seen(opened, look, asked, stand, now))
        self.again[look, given] = None
        return Seen(found.value, found.made_at)

    def _seen(
        self, opened: Workspace, look: AnyLook, asked: Asked, stand: Hashable, now: int
    ) -> Any:
        """The look as it stands, made if it is not there."""
        found = look.at(asked, stand) or self._made(opened, look, asked, stand, now)
        found.asked_s = time.monotonic()
        return found.value

    def is_there(self, opened: Workspace, look: AnyLook, given: tuple[Any, ...]) -> bool:
        """Whether a look at the facts as they are is there."""
        asked, stand, _ = self._asked(opened, look, given)
        return look.at(asked, stand) is not None

    def ahead(self, look: AnyLook, given: tuple[Any, ...]) -> None:
        """Make a look that nobody waits for, if it is not there. One that cannot be made is
        forgotten: who asks is told why."""
        with open_workspace(self.folder) as opened:
            asked, stand, now = self._asked(opened, look, given)
            if look.at(asked, stand) is not None:
                return
            try:
                self._made(opened, look, asked, stand, now, ahead=True)
            except Exception:
                look.forget(asked)
                raise

    def close(self) -> None:
        """End the process beside."""
        if self.process is not None:
            self.process.close()

    def _asked(
        self, opened: Workspace, look: AnyLook, given: tuple[Any, ...]
    ) -> tuple[Asked, Hashable, int]:
        now = self.clock().now() // look.step * look.step if look.step else 0
        with opened.holding():
            beside = look.beside(opened)
            asked = Asked(str(opened.path), current_version(opened), beside, given)
        return asked, (opened.stand, now), now

    def _made(
        self, opened: Workspace, look: AnyLook, asked: Asked, stand: Hashable, now: int,
        ahead: bool = False,
    ) -> Standing:  # fmt: skip
        with look.turn(asked):
            if (there := look.at(asked, stand)) is not None:
                return there
            found = look.standing(asked)
            began, at = time.perf_counter(), int(time.time() // 60)
            if self.process is None:
                made = look.made(opened, now, asked.given)
            else:
                made = self.process.make(look, now, asked.given, ahead)
            standing = Standing(
                (made.stand, now), at, made.value,
                time.monotonic() if found is None else found.asked_s,
            )  # fmt: skip
            if made.network == asked.network:
                look.keep(asked, standing)
            self.told(look.name, ahead, time.perf_counter() - began)
            return standing
