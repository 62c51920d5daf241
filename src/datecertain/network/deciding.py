"""Which of several dated rows about lanes decides: the same for terms, exclusions and carriage."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar


class LaneRow(Protocol):
    """A row about lanes (`*`: any post) that is valid from a day to a day."""

    @property
    def line(self) -> int: ...
    @property
    def origin(self) -> str: ...
    @property
    def destination(self) -> str: ...
    @property
    def valid_from(self) -> int: ...
    @property
    def valid_to(self) -> int: ...


R = TypeVar("R", bound=LaneRow)


def deciding_row(rows: Iterable[R], origin: str, destination: str, day: int) -> R | None:
    """The row that decides for a lane on an acceptance day (local date at the origin): of those
    valid then, one that names the origin before one that does not, then one that names the
    destination, then the youngest, then the last in its file. None: there is none."""
    fitting = (
        row
        for row in rows
        if row.origin in (origin, "*")
        and row.destination in (destination, "*")
        and row.valid_from <= day <= row.valid_to
    )
    return max(
        fitting,
        key=lambda row: (row.origin != "*", row.destination != "*", row.valid_from, row.line),
        default=None,
    )
