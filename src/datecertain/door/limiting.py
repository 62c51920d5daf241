"""How often a partner may ask: a bucket of tokens for each key, filled at an even rate; and how
often refusals are written down."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

#: Refusals of one asker at one way make one entry in so many seconds, in all so many entries.
_WINDOW_S, _MOST_ENTRIES = 60.0, 30

#: So many holders are remembered; then those whose bucket is full again are forgotten.
_MOST_HOLDERS = 20_000


@dataclass(slots=True)
class Limiter:
    """Lets through `per_minute` requests a minute for each holder, so many at once at most."""

    per_minute: int
    clock: Callable[[], float] = time.monotonic
    _left: dict[str, tuple[float, float]] = field(default_factory=dict)

    def wait_s(self, holder: str) -> float:
        """Take a token: 0 when there was one, else the seconds until there will be."""
        now = self.clock()
        if len(self._left) > _MOST_HOLDERS:
            self._left = {one: kept for one, kept in self._left.items() if now - kept[1] < 60}
        left, at = self._left.get(holder, (float(self.per_minute), now))
        left = min(self.per_minute, left + (now - at) * self.per_minute / 60)
        if left >= 1:
            self._left[holder] = left - 1, now
            return 0.0
        self._left[holder] = left, now
        return (1 - left) * 60 / self.per_minute


@dataclass(slots=True)
class Refusals:
    """Which refusals are written down: the first of an asker at a way in each window, with the
    number of those that were not."""

    clock: Callable[[], float] = time.monotonic
    _since: float = float("-inf")
    _seen: set[tuple[str, str]] = field(default_factory=set)
    _untold: int = 0
    _lock: Lock = field(default_factory=Lock)

    def untold(self, who: str, action: str) -> int | None:
        """How many refusals before this one were not written down; None: nor is this one."""
        with self._lock:
            now = self.clock()
            if now - self._since >= _WINDOW_S:
                self._since = now
                self._seen.clear()
            if (who, action) in self._seen or len(self._seen) >= _MOST_ENTRIES:
                self._untold += 1
                return None
            self._seen.add((who, action))
            untold, self._untold = self._untold, 0
            return untold
