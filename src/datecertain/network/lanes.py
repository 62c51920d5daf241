"""The guarantee's history of each lane, and what it is on a day (req 11, 12)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from datecertain.network.loading import NetworkData
from datecertain.network.rows import LaneEvent, LaneTerm


class LaneState(StrEnum):
    """Whether a lane is guaranteed on a day."""

    OPEN = "open"  # opened or resumed: a promise can be given
    SUSPENDED = "suspended"  # an estimate can be given, no guarantee
    CLOSED = "closed"  # one of the posts left, or the lane was closed for good
    NEVER_OPENED = "never_opened"  # not opened by that day


@dataclass(frozen=True, slots=True)
class LaneStanding:
    """The state of a lane on a day and the event that brought it about (None: never opened)."""

    state: LaneState
    since: LaneEvent | None


_STATE_AFTER = {
    "opened": LaneState.OPEN,
    "resumed": LaneState.OPEN,
    "suspended": LaneState.SUSPENDED,
    "closed": LaneState.CLOSED,
}


def lane_histories(data: NetworkData) -> dict[tuple[str, str], list[LaneEvent]]:
    """All events of every lane in order of date, `*` written out for every post."""
    posts = [row.post for row in data.posts]
    histories: dict[tuple[str, str], list[LaneEvent]] = {}
    for row in sorted(data.lane_events, key=lambda entry: (entry.on, entry.line)):
        for origin in posts if row.origin == "*" else [row.origin]:
            for destination in posts if row.destination == "*" else [row.destination]:
                if origin != destination:
                    histories.setdefault((origin, destination), []).append(row)
    return histories


def _switched_off(row: LaneEvent, data: NetworkData) -> bool:
    return row.event == "resumed" and row.illustrative and not data.illustrative_resumption


class Lanes:
    """The lanes of a network by (origin, destination)."""

    def __init__(self, data: NetworkData) -> None:
        self._events = {
            lane: [row for row in rows if not _switched_off(row, data)]
            for lane, rows in lane_histories(data).items()
        }
        self._terms: dict[tuple[str, str], list[LaneTerm]] = {}
        for term in data.lane_terms:
            self._terms.setdefault((term.origin, term.destination), []).append(term)

    def standing(self, origin: str, destination: str, day: int) -> LaneStanding:
        """The lane's state on a local date at the origin."""
        latest = None
        for row in self._events.get((origin, destination), []):
            if row.on <= day:
                latest = row
        if latest is None:
            return LaneStanding(LaneState.NEVER_OPENED, None)
        return LaneStanding(_STATE_AFTER[latest.event], latest)

    def history(self, origin: str, destination: str) -> list[LaneEvent]:
        """All events of a lane in order."""
        return list(self._events.get((origin, destination), []))

    def term(self, origin: str, destination: str, day: int) -> LaneTerm | None:
        """The row of the lane's margin on a day: the most specific one that is valid, of several
        such rows the one that began last (a peak within a standing margin, req 13)."""
        for key in ((origin, destination), (origin, "*"), ("*", destination), ("*", "*")):
            rows = [t for t in self._terms.get(key, []) if t.valid_from <= day <= t.valid_to]
            if rows:
                return max(rows, key=lambda row: (row.valid_from, row.line))
        return None

    def buffer_days(self, origin: str, destination: str, day: int) -> int:
        """Delivery days that the lane's terms add to what the network carries; 0 without a row."""
        row = self.term(origin, destination, day)
        return 0 if row is None else row.buffer_days
