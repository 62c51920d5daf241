"""Whose key a request brings: looked up once, and known for a second."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool

from datecertain.access import Viewer
from datecertain.operations.accounts import viewer_of_key
from datecertain.store.access_book import AccessBook

#: A key that was revoked, and an account that was closed, are refused at the latest after so long.
HOLDS_S = 1.0
_MOST = 10_000


@dataclass(slots=True)
class KnownKeys:
    """The keys that were good a moment ago, by their hash; one that is not is looked up each time.
    A counter that quotes all day is not looked up in the records for every date."""

    book: AccessBook
    clock: Callable[[], float] = time.monotonic
    _known: dict[bytes, tuple[float, Viewer]] = field(default_factory=dict)

    async def viewer(self, key: str, now: int) -> Viewer | None:
        """Whoever asks with this key at a moment (UTC seconds), if it is valid."""
        name = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
        until, known = self._known.get(name, (0.0, None))
        if known is not None and self.clock() < until:
            return known
        asked_at = self.clock()
        found = await run_in_threadpool(viewer_of_key, self.book, key, now)
        if found is None:
            self._known.pop(name, None)
            return None
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[name] = asked_at + HOLDS_S, found
        return found
