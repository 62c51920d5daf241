"""Declared force majeure, slow: what a case took from the due date of one step (req 26)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from slow_replay import Item, PatientNetwork, Point


@dataclass(frozen=True, slots=True)
class Case:
    """A declared force majeure case; empty office or leg: all of them."""

    post: str
    office: str
    leg: str
    start: dt.datetime
    end: dt.datetime


def days_taken(
    network: PatientNetwork, item: Item, cases: Sequence[Case], before: Point, point: Point,
    leg: str, offices: tuple[str, str], count: Callable[[dt.date, dt.date], int],
) -> int:  # fmt: skip
    """Days by which the cases in whose scope a step is moved the due date within it.

    If the item was still on its standard way when a case began, the due date was the one before;
    if it should have arrived by then, the one that it had lying there when the case began. The
    difference to the due date at the end of the case, or of the step, is excused; overlapping
    cases count once.
    """
    arrival = network.arrival(before, point.code, offices, item)
    covered, counted, days = before.at, before.due, 0
    for case in sorted(cases, key=lambda one: one.start):
        if not in_scope(case, item, before, point, leg):
            continue
        begin, end = max(covered, case.start), min(point.at, case.end)
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
