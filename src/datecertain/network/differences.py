"""Two versions of a network side by side: which promises change (req 9, 10, 62).

Not sampled: the date told for an acceptance changes only at a cut-off of the origin area or at a
midnight from which the lane's margin is another. Between two such moments of either network both
dates stand still, so one look-up at the end of each interval compares every minute in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from datecertain.errors import UsageError
from datecertain.moments import DAY, Ints, Mask, format_date, zone
from datecertain.network import NO_DUE, CompiledNetwork, Network

#: (origin, destination) as posts.
Lane = tuple[str, str]
#: What two areas must have in common, by their indices in the old and in the new network.
Kind = Callable[[int, int], object]
#: Days looked at before and after the window, so that what reaches over its edge is seen whole.
_AROUND = 7
#: The low bits of a step table's words are the moment.
_MOMENT = (1 << 26) - 1


@dataclass(frozen=True, slots=True)
class AlikeAreas:
    """Areas of one post, in both networks, between which no acceptance and no due day differs."""

    areas: tuple[str, ...]
    post: str
    zone: str
    old: int  # the first of them as an index into the old network's areas
    new: int


@dataclass(frozen=True, slots=True)
class Window:
    """The acceptances that are compared: local dates at the origin, both inclusive."""

    first_day: int
    last_day: int
    seen_from: int  # the days really looked at: the window and a week around it
    seen_until: int


@dataclass(frozen=True, slots=True)
class DueChanges:
    """Intervals of acceptance in which the date told differs, as columns of one length.

    An interval is whole also where it reaches up to a week over the window's edge. Both dates
    are told with the margin of the new network, so that a margin that changes is said once, as
    a difference of the lane, and not for each pair of areas again.
    """

    origin: Ints  # index into `origins`
    destination: Ints  # index into `destinations`
    from_at: Ints  # first moment of acceptance
    to_at: Ints  # last moment of acceptance
    old_due: Ints  # local date at the destination, NO_DUE where there is none
    new_due: Ints
    origins: tuple[AlikeAreas, ...]
    destinations: tuple[AlikeAreas, ...]
    window: Window

    def __len__(self) -> int:
        return len(self.origin)


def window_of(old: Network, new: Network, first_day: int, last_day: int) -> Window:
    """The window within both networks' horizons. Raises `UsageError` if none of it is."""
    first = max(first_day, old.data.first_day, new.data.first_day)
    last = min(last_day, old.data.last_day, new.data.last_day)
    if last < first:
        raise UsageError(
            f"{format_date(first_day)} to {format_date(last_day)} is outside of what both networks "
            f"cover: {max(map(format_date, (old.data.first_day, new.data.first_day)))} to "
            f"{min(map(format_date, (old.data.last_day, new.data.last_day)))}"
        )
    return Window(
        first, last,
        max(first - _AROUND, old.data.first_day, new.data.first_day),
        min(last + _AROUND, old.data.last_day, new.data.last_day),
    )  # fmt: skip


def due_changes(old: Network, new: Network, window: Window, lane: Lane | None = None) -> DueChanges:
    """Every change of a date told between two areas that both networks have (of one lane, if one
    is given)."""
    origins = _alike_origins(old, new, window)
    destinations = _alike_destinations(old, new)
    margins = _Margins(new, window)
    found: list[tuple[Ints, ...]] = []
    for number, origin in enumerate(origins):
        targets = [
            i
            for i, area in enumerate(destinations)
            if area.post != origin.post and lane in (None, (origin.post, area.post))
        ]
        if not targets:
            continue
        found.append(_changes_from(old, new, number, origin, destinations, targets, margins))
    columns = [np.concatenate([_ints(), *(part[column] for part in found)]) for column in range(6)]
    from_area, to_area, from_at, to_at, old_due, new_due = columns
    return DueChanges(
        from_area, to_area, from_at, to_at, old_due, new_due, origins, destinations, window
    )


def _changes_from(
    old: Network, new: Network, number: int, origin: AlikeAreas,
    destinations: tuple[AlikeAreas, ...], targets: list[int], margins: _Margins,
) -> tuple[Ints, ...]:  # fmt: skip
    """(origin, destination, from, to, old due, new due) of the changes from one kind of origin."""
    window = margins.window
    clock = zone(origin.zone)
    edges, _ = clock.to_utc(
        [window.seen_from, window.seen_until + 1, window.first_day, window.last_day + 1], [0] * 4
    )
    begin, end = int(edges[0]), int(edges[1]) - 1
    last = np.concatenate(
        [
            _cut_offs(old.compiled, origin.old), _cut_offs(new.compiled, origin.new),
            clock.to_utc(margins.changes, np.zeros_like(margins.changes))[0] - 1, [end],
        ]
    )  # fmt: skip
    last = np.unique(last[(last >= begin) & (last <= end)])
    first = np.concatenate([[begin], last[:-1] + 1])
    days, _ = clock.to_local(last)
    margin = np.array(
        [margins.of(origin.post, destinations[target].post) for target in targets], dtype=np.int64
    ).reshape(len(targets), -1)[:, days - window.seen_from]
    was = _told(old.compiled, origin.old, [destinations[i].old for i in targets], last, margin)
    now = _told(new.compiled, origin.new, [destinations[i].new for i in targets], last, margin)
    starts, ends = _runs(was, now)
    # Row by row, so that the n-th start belongs to the n-th end.
    row, column = np.nonzero(starts)
    to_at, from_at = last[np.nonzero(ends)[1]], first[column]
    inside = (to_at >= edges[2]) & (from_at < edges[3])
    row, column, from_at, to_at = row[inside], column[inside], from_at[inside], to_at[inside]
    target = np.array(targets, dtype=np.int64)[row]
    return np.full(len(row), number), target, from_at, to_at, was[row, column], now[row, column]


def _told(
    compiled: CompiledNetwork, origin: int, targets: list[int], accepted: Ints, margin: Ints
) -> Ints:
    """The date told, [target, moment of acceptance]."""
    area = np.repeat(np.array(targets, dtype=np.int64), len(accepted))
    due = compiled.due_at_acceptance(
        np.full(len(area), origin), area, np.tile(accepted, len(targets))
    )
    known = np.flatnonzero((due < NO_DUE) & (margin.ravel() > 0))
    due[known] = compiled.delivery_days.add(area[known], due[known], margin.ravel()[known])
    return due.reshape(len(targets), len(accepted))


def _runs(was: Ints, now: Ints) -> tuple[Mask, Mask]:
    """Where, in each row, a run of one and the same change starts, and where it ends."""
    differs = was != now
    same = (was[:, 1:] == was[:, :-1]) & (now[:, 1:] == now[:, :-1]) & differs[:, 1:]
    starts, ends = differs.copy(), differs.copy()
    starts[:, 1:] &= ~same
    ends[:, :-1] &= ~same
    return starts, ends


def _cut_offs(compiled: CompiledNetwork, area: int) -> Ints:
    """The moments of acceptance after which another export slot of the area counts."""
    table = compiled.export
    parts = [
        table.words[int(table.start[link]) : int(table.start[link + 1])]
        for link in compiled.export_of[area].tolist()
        if link >= 0
    ]
    return np.concatenate([_ints(), *parts]) & _MOMENT


def _ints() -> Ints:
    return np.empty(0, dtype=np.int64)


class _Margins:
    """The days that a lane's terms add, on every day that is looked at."""

    def __init__(self, network: Network, window: Window) -> None:
        self.window = window
        self._network = network
        self._known: dict[tuple[str, str], list[int]] = {}
        days = range(window.seen_from + 1, window.seen_until + 1)
        terms = network.data.lane_terms
        edges = {row.valid_from for row in terms} | {row.valid_to + 1 for row in terms}
        self.changes: Ints = np.array(sorted(edges & set(days)), dtype=np.int64)

    def of(self, origin: str, destination: str) -> list[int]:
        """By day from the first one that is looked at."""
        lane = (origin, destination)
        if lane not in self._known:
            days = range(self.window.seen_from, self.window.seen_until + 1)
            self._known[lane] = [self._network.lanes.buffer_days(*lane, day) for day in days]
        return self._known[lane]


def _alike_destinations(old: Network, new: Network) -> tuple[AlikeAreas, ...]:
    """Destinations of one class in both networks have the same due functions everywhere."""
    return _grouped(
        old, new,
        lambda was, now: (int(old.compiled.class_of[was]), int(new.compiled.class_of[now])),
    )  # fmt: skip


def _alike_origins(old: Network, new: Network, window: Window) -> tuple[AlikeAreas, ...]:
    """Origins that reach the same offices by the same slots in both networks."""
    first, last = (window.seen_from - 1) * DAY, (window.seen_until + 2) * DAY

    def slots(compiled: CompiledNetwork, area: int) -> object:
        table, kinds = compiled.export, []
        for link in compiled.export_of[area].tolist():
            if link >= 0:
                part = slice(int(table.start[link]), int(table.start[link + 1]))
                ready, done = table.words[part] & _MOMENT, table.done[part]
                low, high = np.searchsorted(ready, [first, last])
                used = slice(low, high + 1)  # the first slot after the window serves its end
                office = int(compiled.export_office[link])
                kinds.append((office, ready[used].tobytes(), done[used].tobytes()))
        return tuple(sorted(kinds))

    return _grouped(old, new, lambda was, now: (slots(old.compiled, was), slots(new.compiled, now)))


def _grouped(old: Network, new: Network, kind: Kind) -> tuple[AlikeAreas, ...]:
    groups: dict[object, list[str]] = {}
    for code, now in new.areas.items():
        was = old.areas.get(code)
        if was is not None:
            row = new.data.areas[now]
            groups.setdefault((row.post, row.zone, kind(was, now)), []).append(code)
    return tuple(
        AlikeAreas(
            tuple(codes), new.area(codes[0]).post, new.area(codes[0]).zone,
            old.areas[codes[0]], new.areas[codes[0]],
        )
        for codes in groups.values()
    )  # fmt: skip
