"""The journey behind a date, step by step, read from the same step functions (req 10, 63)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from datecertain.moments import NEVER, zone
from datecertain.network import NO_DUE, CompiledNetwork, Network, Stage
from datecertain.network.calendars import OpenDays
from datecertain.network.rows import Flight, Holiday, ScheduleSlot
from datecertain.network.steps import StepTable


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """A local date on which work waited, and the holiday's names (empty: no working weekday) in the
    calendar that closed it."""

    day: int
    name_en: str = ""
    name_local: str = ""
    source: str = ""
    calendar: str = ""


@dataclass(frozen=True, slots=True)
class JourneyStep:
    """One stage as the standard carries it: ready at `since`, in time for the slot that closes at
    `by`, done at `until`; all moments. `place` is an area or office, `zone` its clock."""

    kind: str  # accepted, export, closing, flight, inward, presentation, customs, …, delivery
    place: str
    zone: str
    since: int
    by: int
    until: int
    closed: tuple[ClosedDay, ...] = ()
    flight: str = ""
    to_place: str = ""
    to_zone: str = ""


@dataclass(frozen=True, slots=True)
class Journey:
    """The standard journey that gives the due day, through the pair of offices that wins."""

    outward: str
    inward: str
    due_day: int
    steps: tuple[JourneyStep, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Way:
    """One pair of offices of exchange that an item can go through, and the due day it gives."""

    link: int  # export link of the origin area
    inward: int  # office, by number
    due_day: int
    at_delivery_office: int  # moment

    @property
    def rank(self) -> tuple[int, int]:
        """The way that delivers first comes first, then the one at the delivery office first."""
        return self.due_day, self.at_delivery_office


def ways(network: Network, origin_area: int, destination_area: int, accepted_at: int) -> list[Way]:
    """Every way that gives a date, the best first; none beyond the horizon.

    Of several with the same due day, the one that reaches the delivery office first comes first,
    then the one that stands first in the network's files.
    """
    compiled = network.compiled
    found: list[Way] = []
    for link, inward in _candidates(compiled, origin_area, destination_area):
        moments = _walk(compiled, link, inward, destination_area, accepted_at)
        if moments[-1] < NEVER:
            at = moments[-2]
            due = int(compiled.due_from(Stage.DELIVERY_OFFICE, -1, destination_area, at))
            if due < NO_DUE:
                found.append(Way(link, inward, due, at))
    return sorted(found, key=lambda way: way.rank)


def offices_of(network: Network, way: Way) -> tuple[str, str]:
    """The outward and the inward office of a way."""
    compiled = network.compiled
    outward = int(compiled.export_office[way.link])
    return compiled.offices[outward].office, compiled.offices[way.inward].office


def standard_journey(
    network: Network, origin_area: int, destination_area: int, accepted_at: int
) -> Journey | None:
    """The journey that delivers first, by the first of the `ways`; None beyond the horizon."""
    found = ways(network, origin_area, destination_area, accepted_at)
    if not found:
        return None
    best = found[0]
    told = _teller_of(network).steps(
        best.link, best.inward, origin_area, destination_area, accepted_at
    )
    return Journey(*offices_of(network, best), best.due_day, tuple(told))


def _candidates(
    compiled: CompiledNetwork, origin: int, destination: int
) -> Iterator[tuple[int, int]]:
    for link in compiled.export_of[origin]:
        for inward in np.flatnonzero(compiled.import_of[:, destination] >= 0):
            if link >= 0 and compiled.pair_of[compiled.export_office[link], inward] >= 0:
                yield int(link), int(inward)


def _stages(
    compiled: CompiledNetwork, link: int, inward: int, area: int
) -> list[tuple[str, StepTable, int]]:
    outward = int(compiled.export_office[link])
    return [
        ("export", compiled.export, link),
        ("closing", compiled.closing, outward),
        ("transport", compiled.transport, int(compiled.pair_of[outward, inward])),
        ("presentation", compiled.presentation, inward),
        ("customs", compiled.customs, inward),
        ("forwarding", compiled.forwarding, inward),
        ("inland", compiled.inland, int(compiled.import_of[inward, area])),
        ("delivery", compiled.delivery, area),
    ]


def _walk(
    compiled: CompiledNetwork, link: int, inward: int, area: int, accepted_at: int
) -> list[int]:
    moments = [accepted_at]
    for _, table, key in _stages(compiled, link, inward, area):
        moments.append(table.at_one(key, moments[-1]))
    return moments


class _Teller:
    """Turns slots back into what a person would say: which cut-off, flight, holiday."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.compiled = network.compiled
        self.open_days = OpenDays(network.data.calendars, network.data.holidays)
        self.slots: dict[str, list[ScheduleSlot]] = {}
        for row in network.data.schedules:
            self.slots.setdefault(row.schedule, []).append(row)
        self.closed: dict[int, list[Holiday]] = {}
        for day in network.data.holidays:
            if day.kind == "closed":
                self.closed.setdefault(day.date, []).append(day)

    def steps(
        self, link: int, inward: int, origin: int, destination: int, accepted_at: int
    ) -> Iterator[JourneyStep]:
        compiled = self.compiled
        office_out = compiled.offices[int(compiled.export_office[link])]
        office_in = compiled.offices[inward]
        from_area, to_area = compiled.areas[origin], compiled.areas[destination]
        now = accepted_at
        yield JourneyStep("accepted", from_area.area, from_area.zone, now, now, now)
        places = {
            "export": (from_area.area, from_area.zone),
            "closing": (office_out.office, office_out.zone),
            "delivery": (to_area.area, to_area.zone),
        }
        for kind, table, key in _stages(compiled, link, inward, destination):
            index = table.slot_one(key, now)
            by, until = table.moments[index], table.dones[index]
            if kind == "transport":
                yield from self._flights(int(table.tag[index]), now, office_out.office)
                yield JourneyStep("inward", office_in.office, office_in.zone, now, until, until)
            else:
                place, clock = places.get(kind, (office_in.office, office_in.zone))
                schedule = self._schedule(kind, link, inward, origin, destination)
                closed = self._closed(schedule, clock, now, by)
                yield JourneyStep(kind, place, clock, now, by, until, closed)
            now = until

    def _flights(self, tag: int, since: int, office: str) -> Iterator[JourneyStep]:
        zones = {row.airport: row.zone for row in self.network.data.airports}
        ready = since
        legs: list[tuple[Flight, int, int]] = self.compiled.timetable.legs(tag)
        for row, departs, arrives in legs:
            yield JourneyStep(
                "flight", row.origin, zones[row.origin], ready, departs, arrives,
                flight=row.flight, to_place=row.destination, to_zone=zones[row.destination],
            )  # fmt: skip
            ready = arrives

    def _schedule(self, kind: str, link: int, inward: int, origin: int, area: int) -> str:
        data, compiled = self.network.data, self.compiled
        if kind in ("export", "inland"):
            direction = "export" if kind == "export" else "import"
            index = int(compiled.export_office[link]) if kind == "export" else inward
            here = compiled.areas[origin if kind == "export" else area].area
            office = compiled.offices[index].office
            for row in data.area_links:
                if (row.area, row.office, row.direction) == (here, office, direction):
                    return row.schedule
        if kind == "delivery":
            return compiled.areas[area].delivery
        row_of = inward if kind != "closing" else int(compiled.export_office[link])
        schedule: str = getattr(compiled.offices[row_of], kind)
        return schedule

    def _closed(self, schedule: str, clock: str, since: int, by: int) -> tuple[ClosedDay, ...]:
        """The whole local dates that went by without a slot between `since` and `by`."""
        first, last = (zone(clock).local(int(moment))[0] for moment in (since, by))
        if last == first:
            return ()
        rows = self.slots.get(schedule, [])
        days = np.arange(first, last, dtype=np.int64)
        worked = np.zeros(len(days), dtype=bool)
        for row in rows:
            valid = (days >= row.valid_from) & (days <= row.valid_to)
            worked |= valid & self.open_days.mask(row.calendar, row.days, days)
        return tuple(self._name(int(day), rows) for day in days[~worked])

    def _name(self, day: int, rows: list[ScheduleSlot]) -> ClosedDay:
        calendars = {row.calendar for row in rows if row.calendar}
        chains = [self.open_days.chain(name) for name in sorted(calendars)]
        names = [name for chain in chains for name in chain]
        for row in self.closed.get(day, ()):
            if row.calendar in names:
                return ClosedDay(day, row.name_en, row.name_local, row.source, row.calendar)
        return ClosedDay(day)


def _teller_of(network: Network) -> _Teller:
    """The teller of a network, made once."""
    found: _Teller | None = network.__dict__.get("_teller")
    if found is None:
        found = network.__dict__["_teller"] = _Teller(network)
    return found
