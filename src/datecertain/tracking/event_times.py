"""When items were first scanned, and when that was said: what pay for performance is measured by
(req 18, 41)."""

from __future__ import annotations

from threading import Lock

import numpy as np
import pyarrow as pa

from datecertain.moments import DAY, NEVER, Ints
from datecertain.tracking import scan_kernels
from datecertain.tracking.milestones import (
    EPISODE_DAYS,
    FEW_EVENTS,
    ItemEpisodes,
    encoded,
    indices,
    texts_of,
)
from datecertain.tracking.scan_kernels import PLAIN_FIRST_TIMES

#: Events whose transmission is measured for pay-for-performance, beside EMC which only counts.
TIMED_CODES = ("EMD", "EDH", "EMH", "EMI")
_KINDS = ("EMC", *TIMED_CODES)
#: What is asked of an event.
TIMED_EVENT_COLUMNS = (
    "item_id", "event_at", "transmitted_at", "event_date", "event_min", "code", "sender",
)  # fmt: skip


class TimeSearch:
    """Looks for the first times of items among events, which come in parts of any size, in any
    order and from any thread: the answer is the same (req 17).

    `items` as for `milestones.ScanSearch`. An event belongs to the item whose episode it falls
    into, and only if it happened and was transmitted by `as_of`.
    """

    def __init__(self, items: pa.Table, as_of: int) -> None:
        self._items = ItemEpisodes(items)
        self._as_of = as_of
        self._first = np.full((1 + 3 * len(TIMED_CODES), len(items)), NEVER, dtype=np.int64)
        self._taken = 0
        self._one_at_a_time = Lock()

    def take(self, events: pa.Table) -> None:
        """Look through some events (TIMED_EVENT_COLUMNS)."""
        if not len(events) or not self._first.shape[1]:
            return
        for some in events.to_batches():  # as they were stored
            self._take(some)

    def _take(self, events: pa.RecordBatch) -> None:
        item, code, sender = (encoded(events[name]) for name in ("item_id", "code", "sender"))
        # Behind the texts that there are stands what a missing one is: nothing.
        kinds = [*(_KINDS.index(t) if t in _KINDS else -1 for t in texts_of(code)), -1]
        posts = [*(self._items.posts.get(t, -1) for t in texts_of(sender)), -1]
        told = np.stack([events[name].to_numpy() for name in TIMED_EVENT_COLUMNS[1:5]])
        rows = self._items.rows.of(item.dictionary)
        with self._one_at_a_time:
            self._taken += len(events)
            put = scan_kernels.first_times if self._taken > FEW_EVENTS else PLAIN_FIRST_TIMES
            put(
                indices(item), rows, told.astype(np.int64), indices(code, len(kinds) - 1),
                np.array(kinds, np.int64),
                indices(sender, len(posts) - 1), np.array(posts, np.int64),
                self._items.episode, self._items.again, self._as_of, DAY, EPISODE_DAYS, self._first,
            )  # fmt: skip

    def found(self) -> dict[str, Ints]:
        """What was found so far, a column of each kind of time, NEVER where there is none: first
        time of EMC (`emc_at`), and of each timed event its first moment (`_at`), local minute
        (`_local`) and earliest transmission (`_sent_at`)."""
        names = ["emc_at"]
        for timed in TIMED_CODES:
            names += [f"{timed.lower()}_{what}" for what in ("at", "local", "sent_at")]
        return dict(zip(names, self._first, strict=True))
