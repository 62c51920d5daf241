"""Histories of deliveries as columns: lane, day of acceptance, days to delivery, days promised.

Days are calendar days. An item that is not known to be delivered is *open*: all that is known of it
is that it took longer than its age on the day up to which the history is known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from datecertain.moments import Ints, Mask

#: Which items: a mask, or their places.
Which = Mask | Ints

#: In `days`: not delivered as far as is known. In `promised`: nothing was promised.
NONE = -1


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """What more is said of each item on its acceptance (service, area): per item the place of its
    text among the labels, `NONE` where nothing is said."""

    name: str
    values: Ints
    labels: tuple[str, ...]

    def take(self, which: Which) -> Texts:
        """What is said of some of the items."""
        return replace(self, values=self.values[which])


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """What more is measured of each item on its acceptance (weight): a number per item, NaN where
    there is none."""

    name: str
    values: npt.NDArray[np.float64]

    def take(self, which: Which) -> Numbers:
        """What is measured of some of the items."""
        return replace(self, values=self.values[which])


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
    columns: tuple[Texts | Numbers, ...] = ()

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

    def take(self, which: Which) -> Deliveries:
        """Some of the items, in their order."""
        return replace(
            self, lane=self.lane[which], accepted=self.accepted[which], days=self.days[which],
            promised=self.promised[which],
            columns=tuple(one.take(which) for one in self.columns),
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
