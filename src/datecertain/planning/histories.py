"""Histories of deliveries as columns: lane, day of acceptance, days to delivery, days promised.

Days are calendar days. An item that is not known to be delivered is *open*: all that is known of it
is that it took longer than its age on the day up to which the history is known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from datecertain.moments import Ints, Mask

#: In `days`: not delivered as far as is known. In `promised`: nothing was promised.
NONE = -1


@dataclass(frozen=True, slots=True, eq=False)
class Deliveries:
    """Past items, one place per item in every column.

    `as_of` is the last day up to which deliveries are known; every item was accepted by then.
    """

    lanes: tuple[str, ...]
    lane: Ints
    accepted: Ints  # day number
    days: Ints  # calendar days from acceptance to delivery, NONE if open
    promised: Ints  # calendar days from acceptance to the promised date, NONE if there is none
    as_of: int

    def __len__(self) -> int:
        return len(self.lane)

    @property
    def open(self) -> Mask:
        """Which items are not known to be delivered."""
        found: Mask = self.days == NONE
        return found

    @property
    def seen(self) -> Ints:
        """Days through which each item is known: to its delivery, or to its age if it is open."""
        return np.where(self.open, self.as_of - self.accepted, self.days)

    def take(self, which: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> Deliveries:
        """Some of the items, in their order."""
        return replace(
            self, lane=self.lane[which], accepted=self.accepted[which], days=self.days[which],
            promised=self.promised[which],
        )  # fmt: skip

    def known_by(self, day: int) -> Deliveries:
        """What was known at the end of a day: the items accepted by then, those delivered later
        still open."""
        then = self.take(self.accepted <= day)
        late = then.accepted + then.days > day
        return replace(then, days=np.where(late, NONE, then.days), as_of=day)

    def by_lane(self) -> list[Ints]:
        """Per lane the places of its items, in order of acceptance."""
        order = np.lexsort((self.accepted, self.lane))
        ends = np.cumsum(np.bincount(self.lane, minlength=len(self.lanes)))
        return np.split(order, ends[:-1]) if len(self.lanes) else []
