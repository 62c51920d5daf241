"""Streams of what happens, for live boards (Server-Sent Events).

One task looks for all streams whether something new was told; a stream that waits costs no thread.
Before anything is sent, whoever asked is looked up again: a stream ends with its key.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool

from datecertain.access import Right, Viewer
from datecertain.door.problems import Problem
from datecertain.errors import StoreError
from datecertain.operations.happening_kinds import Kind
from datecertain.operations.happenings import Happening, as_json, happenings_after
from datecertain.store.happening_book import HappeningBook

#: Streams at once, of all and of one account; a browser opens one for each board.
MOST, MOST_OF_ONE = 50, 6
#: Seconds after which a stream without news says that it is there, and looks up who asked.
HEARTBEAT_S = 15.0
_LOOK_S = 1.0
_PAGE = 200


@dataclass(slots=True)
class Live:
    """The streams of one application; `book` is theirs to close."""

    book: HappeningBook
    heartbeat_s: float = HEARTBEAT_S
    look_s: float = _LOOK_S
    _streams: Counter[str] = field(default_factory=Counter)
    _last: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _looking: asyncio.Task[None] | None = None
    _ended: bool = False

    @property
    def open(self) -> int:
        """How many streams there are."""
        return self._streams.total()

    def close(self) -> None:
        """Close the book."""
        self.book.close()

    def end(self) -> None:
        """End all streams, and give no further ones."""
        self._ended = True
        self._news.set()

    def demand_room(self, name: str) -> None:
        """Raises `Problem`: 503 when there are too many streams."""
        if self._ended or self.open >= MOST or self._streams[name] >= MOST_OF_ONE:
            raise Problem(
                503, "streams", "Too many streams",
                f"At most {MOST_OF_ONE} for an account and {MOST} in all.", {"Retry-After": "30"},
            )  # fmt: skip

    async def stream(
        self, who: Viewer, again: Callable[[], Awaitable[Viewer | None]], after: int | None,
        kinds: Collection[Kind],
    ) -> AsyncIterator[str]:  # fmt: skip
        """What happens after a number (None: from now on), as `who` may see it; `again` tells who
        it is now, None when it is gone."""
        name = who.name
        self._streams[name] += 1
        try:
            if self._looking is None:
                self._looking = asyncio.create_task(self._look())
            place = await run_in_threadpool(self.book.last) if after is None else after
            yield "retry: 5000\n: live\n\n"
            while not self._ended:
                known = await again()
                if known is None or known.name != name or not known.may(Right.HAPPENINGS):
                    return
                seen = self._last
                found = await run_in_threadpool(
                    happenings_after, self.book, known, place, _PAGE, kinds
                )
                for one in found:
                    yield event(one)
                    place = one.seq
                if len(found) < _PAGE and not await self._told_after(seen):
                    yield ": still here\n\n"
        finally:
            self._leave(name)

    async def _told_after(self, seen: int) -> bool:
        """Wait until something was told after a number; False: nothing was for so long that a sign
        of life is wanted."""
        end = asyncio.get_running_loop().time() + self.heartbeat_s
        while not self._ended and self._last == seen:
            left = end - asyncio.get_running_loop().time()
            try:
                await asyncio.wait_for(self._news.wait(), left)
            except TimeoutError:
                return False
        return True

    def _leave(self, name: str) -> None:
        self._streams[name] -= 1
        self._streams += Counter()  # those without a stream are dropped
        if not self._streams and self._looking is not None:
            self._looking.cancel()
            self._looking = None

    async def _look(self) -> None:
        """Look for news until nobody listens."""
        while True:
            try:
                last = await run_in_threadpool(self.book.last)
            except StoreError:  # busy: the next look will do
                last = self._last
            if last != self._last:
                self._last = last
                self._news.set()
                self._news = asyncio.Event()
            await asyncio.sleep(self.look_s)


def event(one: Happening) -> str:
    """A happening as an event of a stream; its number is what `Last-Event-ID` resumes after."""
    data = json.dumps(as_json(one), ensure_ascii=False, separators=(",", ":"))
    return f"id: {one.seq}\nevent: {one.kind}\ndata: {data}\n\n"
