"""The one clock: every operation is given one; rules never ask what time it is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol


class Clock(Protocol):
    """Tells the present moment."""

    def now(self) -> int:
        """Minutes since 1970-01-01T00:00Z."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        return int(time.time() // 60)


@dataclass(frozen=True, slots=True)
class FixedClock:
    """A clock that stands still: for tests, and for running an operation as of a moment."""

    moment: int

    def now(self) -> int:
        return self.moment
