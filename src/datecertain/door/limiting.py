"""How often a partner may ask: a bucket of tokens for each key, filled at an even rate."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

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
