"""Declared force majeure, slow: what a case took from the due date of one step (req 26)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from slow_replay import Item, PatientNetwork, Point


@dataclass(frozen=True, slots=True)
class Case:
    """A declared force majeure case; empty office or leg: all of them. `told`: its first notice,
    when it began where nothing is said; `limits`: what else an item must be to be in its scope;
    `words`: who accepted or contested it, in order of time (`*`: the group)."""

    post: str
    office: str
    leg: str
    start: dt.datetime
    end: dt.datetime
    told: dt.datetime | None = None
    kind: str = "event"
    limits: Mapping[str, Any] = field(default_factory=dict, hash=False)
    words: tuple[tuple[str, str], ...] = ()

    @property
    def known(self) -> dt.datetime:
        return self.told or self.start


def days_taken(
    network: PatientNetwork, item: Item, cases: Sequence[Case], before: Point, point: Point,
    leg: str, offices: tuple[str, str], count: Callable[[dt.date, dt.date], int],
    scope: str = "relation",
) -> int:  # fmt: skip
    """Days by which the cases in whose scope a step is moved the due date within it.

    If the item was still on its standard way when a case began, the due date was the one before;
    if it should have arrived by then, the one that it had lying there when the case began. The
    difference to the due date at the end of the case, or of the step, is excused; overlapping
    cases count once.
    """
    arrival = network.arrival(before, point.code, offices, item)
    covered, counted, days = before.at, before.due, 0

    def works_from(case: Case) -> dt.datetime:
        return max(case.start, case.known) if is_late(case, network, item) else case.start

    for case in sorted(cases, key=works_from):
        if not in_scope(case, item, before, point, leg):
            continue
        if not (
            within_limits(case, network, item, before, leg) and counts(case, network, item, scope)
        ):
            continue
        begin, end = max(covered, works_from(case)), min(point.at, case.end)
        if begin >= end:
            continue
        covered = end
        first, last = moved(network, item, before, arrival, begin, end, counted)
        days += count(first, last)
        counted = max(counted, last)
    return days


def moved(
    network: PatientNetwork, item: Item, before: Point, arrival: dt.datetime | None,
    begin: dt.datetime, end: dt.datetime, counted: dt.date,
) -> tuple[dt.date, dt.date]:  # fmt: skip
    """(due when a stay began, due when it ended); equal where it moved nothing."""
    first: dt.date | None = counted
    if arrival is not None and begin > arrival:
        lying = network.due_at(before, item, begin)
        first = None if lying is None else max(counted, lying)
    last = network.due_at(before, item, end)
    if first is None or last is None or last <= first:
        return counted, counted
    return first, last


def in_scope(case: Case, item: Item, before: Point, point: Point, leg: str) -> bool:
    """Holder, place and leg in the case's scope, and the time between the scans overlaps it
    (req 26). A closed airport stops mail at both ends: transport is in either post's scope."""
    origin, destination = item.origin[:2], item.destination[:2]
    holder = destination if leg in ("import", "delivery") else origin
    affected = {origin, destination} if leg == "transport" else {holder}
    return (
        case.post in affected
        and case.leg in ("", leg)
        and (not case.office or case.office in (before.office, point.office))
        and before.at < case.end
        and point.at > case.start
    )


def within_limits(case: Case, network: PatientNetwork, item: Item, before: Point, leg: str) -> bool:
    """What the case is limited to beside post, office, leg and time. What is not known of an item
    is in no limited scope."""
    for name, limit in case.limits.items():
        if name == "area":
            posted = leg == "export" and before.code == "EMA" and item.origin in limit
            inside = posted or (leg == "delivery" and item.destination in limit)
        elif name == "product":
            inside = item.product in limit
        elif name == "contents":
            inside = item.contents.lower() in [one.lower() for one in limit]
        elif name == "standard":
            accepted_on = network.local_acceptance(item)
            inside = item.standard is not None and (item.standard - accepted_on).days in limit
        elif name == "value":
            inside = item.value is not None and limit[0] <= item.value <= limit[1]
        else:
            assert name == "accepted", name
            inside = limit[0] <= item.accepted <= limit[1]
        if not inside:
            return False
    return True


def is_late(case: Case, network: PatientNetwork, item: Item) -> bool:
    hours = int(network.term("relation", "case_notice_hours", item))
    return case.known > case.start + dt.timedelta(hours=hours)


def counts(case: Case, network: PatientNetwork, item: Item, scope: str) -> bool:
    """What the terms of a side say: of late notices, of the kind, of what was published only after
    the acceptance, and of what the other post of the lane said last (or the group for all)."""
    if is_late(case, network, item) and network.term(scope, "case_late_notice", item) == "nothing":
        return False
    if case.kind not in network.term(scope, "case_kinds", item).split():
        return False
    after = network.term(scope, "case_kinds_after_acceptance", item).split()
    if case.known > item.accepted and case.kind not in after:
        return False
    other = ({item.origin[:2], item.destination[:2]} - {case.post}).pop()
    said = [word for by, word in case.words if by in (other, "*")]
    when = network.term(scope, "case_counts_when", item)
    if when == "accepted":
        return said[-1:] == ["accept"]
    return when == "notified" or said[-1:] != ["contest"]
