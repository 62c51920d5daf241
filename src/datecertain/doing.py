"""What a command is doing: it says so here, and whoever writes records asks for it, so that the
audit trail tells each command that changes something, and no command can forget it (req 58).

A command that changes nothing is never told. In a thread that a command starts by itself nothing
is known of it, but for those of a server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Protocol


class End(Protocol):
    """Writes down how it ended: whether well, and plain details."""

    def __call__(self, well: bool, details: Mapping[str, str | int], /) -> None: ...


class Doing:
    """A command that runs: `who` it says does it, `action` (`lane sign`), `subject` (numbers and
    names of records, no more), whose account of the machine it is (`user`). One transaction tells
    it to each records store that it changes: its first."""

    def __init__(self, who: str, action: str, subject: str, user: Callable[[], str]) -> None:
        self.who, self.action, self.subject, self.user = who, action, subject, user
        self._ends: dict[str, End] = {}
        self._one_at_a_time = Lock()

    def told(self, place: str) -> bool:
        """Whether the trail of a records store tells it already."""
        return place in self._ends

    @contextmanager
    def telling(self, place: str) -> Iterator[Callable[[End], None]]:
        """Around the commit of what tells it to a records store: give what writes down its end.
        Nobody else tells it meanwhile; undone, it is not told."""
        with self._one_at_a_time:
            given: list[End] = []
            yield given.append
            if given:
                self._ends[place] = given[0]

    def end(self, well: bool, details: Mapping[str, str | int]) -> None:
        """Tell its end wherever it was told."""
        for end in self._ends.values():
            end(well, details)


_PRESENT: ContextVar[Doing | None] = ContextVar("doing", default=None)


def present() -> Doing | None:
    """What is being done; None: nothing that a command does."""
    return _PRESENT.get()


@contextmanager
def done_by(doing: Doing) -> Iterator[None]:
    """What is written while the block runs is written by this command."""
    before = _PRESENT.set(doing)
    try:
        yield
    finally:
        _PRESENT.reset(before)
