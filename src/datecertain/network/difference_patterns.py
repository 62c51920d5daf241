"""Changes of promises put together: what changes alike every week is said once (req 63).

A change of one pair of areas is an interval of acceptance on the origin's clock and the two due
days. Changes that begin on the same weekday at the same minutes and have their due days as far
away are one pattern; in most weeks of the window it is weekly, else each has its date. Pairs of
areas that share a pattern are put together where every origin meets every destination.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from datecertain.moments import DAY, Ints, Mask, zone
from datecertain.network import NO_DUE
from datecertain.network.differences import DueChanges, Window

#: A due day that is not there, as days after the acceptance.
_NONE = -(10**6)


@dataclass(frozen=True, slots=True)
class PromiseChange:
    """One sentence of a difference: accepted from … to … in any of the origins for any of the
    destinations, an item had one due day and has another.

    Days and minutes are those of the first time, on the origins' clock; both minutes inclusive,
    the last one up to 24:00.
    `weeks` of the window's `all_weeks` see it; 1 when it is told with its date.
    """

    origins: tuple[str, ...]
    destinations: tuple[str, ...]
    first_day: int
    first_min: int
    last_day: int
    last_min: int
    old_due: int | None
    new_due: int | None
    weekly: bool
    weeks: int
    all_weeks: int
    minutes: int  # of acceptance, over all weeks and pairs of areas


def promise_changes(changes: DueChanges) -> list[PromiseChange]:
    """All changes as few statements, those of most acceptance minutes × pairs first."""
    if not len(changes):
        return []
    local = _Local.of(changes)
    pair = changes.origin * len(changes.destinations) + changes.destination
    pattern = together(
        (local.first_day + 3) % 7, local.first_min, local.span, local.last_min, local.old, local.new
    )
    expected = _weeks(local, changes.window)
    times = _counts(together(pair, pattern))
    weekly = (times > 1) & (2 * times > expected)
    # What is weekly is told apart by how often it happens, the rest by its date.
    statement = together(pattern, weekly, np.where(weekly, times, local.first_day))
    found = [
        change
        for rows in _split(statement)
        for change in _statements(changes, local, rows, weekly, times, expected)
    ]
    return sorted(found, key=lambda one: (-one.minutes, one.first_day, one.first_min, one.origins,
                                          one.destinations))  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Local:
    """The changes on the clocks of their origins."""

    first_day: Ints
    first_min: Ints
    span: Ints  # days from the first to the last
    last_min: Ints
    old: Ints  # days from the first day to the due day, _NONE without one
    new: Ints

    @classmethod
    def of(cls, changes: DueChanges) -> _Local:
        first_day, first_min, last_day, last_min = np.empty((4, len(changes)), dtype=np.int64)
        names = np.array([origin.zone for origin in changes.origins])[changes.origin]
        for name in set(names.tolist()):
            rows = np.flatnonzero(names == name)
            first_day[rows], first_min[rows] = zone(name).to_local(changes.from_at[rows])
            last_day[rows], last_min[rows] = zone(name).to_local(changes.to_at[rows])
        # The last minute is that of a cut-off; midnight is the 24:00 of the day that it ends.
        midnight = (last_min == 0) & (last_day > first_day)
        last_day, last_min = last_day - midnight, np.where(midnight, DAY, last_min)
        old, new = (
            np.where(due < NO_DUE, due - first_day, _NONE)
            for due in (changes.old_due, changes.new_due)
        )
        return cls(first_day, first_min, last_day - first_day, last_min, old, new)


def together(*columns: Ints | Mask) -> Ints:
    """A number for each row, the same for rows that agree in all columns."""
    joined = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        values, code = np.unique(column, return_inverse=True)
        _, joined = np.unique(joined * len(values) + code, return_inverse=True)
    return joined


def _counts(keys: Ints) -> Ints:
    return np.bincount(keys)[keys]


def _split(keys: Ints) -> Iterator[Ints]:
    order = np.argsort(keys, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(keys[order])) + 1)


def _weeks(local: _Local, window: Window) -> Ints:
    """How often the window sees a change that happens every week, per row."""
    reach = local.span + (local.last_min >= DAY)
    low = np.maximum(window.first_day - reach, window.seen_from)
    high = np.minimum(window.last_day, window.seen_until - reach)
    # Days of the row's weekday from low to high: count multiples of seven from its own day.
    back, ahead = (local.first_day - low) // 7, (high - local.first_day) // 7
    return np.asarray(back + ahead + 1, dtype=np.int64)


def _statements(
    changes: DueChanges, local: _Local, rows: Ints, weekly: Mask, times: Ints, expected: Ints
) -> Iterator[PromiseChange]:
    """What is said of rows of one pattern: origins that meet the same destinations together."""
    reached: dict[int, set[int]] = {}
    for origin, destination in zip(
        changes.origin[rows].tolist(), changes.destination[rows].tolist(), strict=True
    ):
        reached.setdefault(origin, set()).add(destination)
    alike: dict[tuple[int, ...], list[int]] = {}
    for origin, found in reached.items():
        alike.setdefault(tuple(sorted(found)), []).append(origin)
    for targets, origins in alike.items():
        mine = rows[np.isin(changes.origin[rows], origins)]
        first = mine[np.argmin(local.first_day[mine])]
        day = int(local.first_day[first])
        pairs = [len(changes.origins[i].areas) for i in changes.origin[mine]]
        sizes = [len(changes.destinations[i].areas) for i in changes.destination[mine]]
        length = changes.to_at[mine] - changes.from_at[mine] + 1
        yield PromiseChange(
            tuple(area for i in origins for area in changes.origins[i].areas),
            tuple(area for i in targets for area in changes.destinations[i].areas),
            day, int(local.first_min[first]), day + int(local.span[first]),
            int(local.last_min[first]), _due(day, local.old[first]), _due(day, local.new[first]),
            bool(weekly[first]), int(times[first]) if weekly[first] else 1, int(expected[first]),
            int((length * pairs * sizes).sum()),
        )  # fmt: skip


def _due(day: int, after: int) -> int | None:
    return None if after == _NONE else day + int(after)
