"""What one network version says of an area, an office or a lane on a day, with its sources.

Views are plain data, as the command prints them with `--json`; `telling_shows` puts them in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from datecertain.errors import NetworkError, UnknownPlace
from datecertain.moments import format_clock, format_date
from datecertain.network import Network, Scope
from datecertain.network.calendars import OpenDays
from datecertain.network.rows import ALWAYS_FROM, ALWAYS_TO, Holiday, ScheduleSlot
from datecertain.network.terms import TERMS

#: So many exceptions from the weekdays are listed, counted from the day that is asked for.
NEXT_DAYS = 6
#: Which schedules an office has, in the order in which mail meets them.
STAGES = ("closing", "presentation", "customs", "forwarding")


def header_view(network: Network) -> dict[str, Any]:
    """Name, version, horizon, and of every file its rows and how many of them are illustrative."""
    data = network.data
    return {
        "name": data.name, "title": data.title, "version": network.version,
        "first_day": format_date(data.first_day), "last_day": format_date(data.last_day),
        "illustrative_resumption": data.illustrative_resumption,
        "files": [
            {"file": file, "rows": len(rows), "illustrative": sum(row.illustrative for row in rows)}
            for file, rows in data.tables().items()
        ],
    }  # fmt: skip


def area_view(network: Network, code: str, on: int) -> dict[str, Any]:
    """An area on a local date: its offices, cut-offs, delivery days and next exceptions.

    Raises `UnknownPlace`.
    """
    if code not in network.areas:
        raise UnknownPlace(f"{code!r} is not an area of {network.data.name}: see its areas.csv")
    row = network.area(code)
    links = [
        link
        for link in network.data.area_links
        if link.area == code and link.valid_from <= on <= link.valid_to
    ]
    export = [link.schedule for link in links if link.direction == "export"]
    return {
        "area": code, "post": row.post, "name_en": row.name_en, "name_ko": row.name_ko,
        "zone": row.zone, "guaranteed": row.guarantee == "yes", "reason": row.reason,
        "on": format_date(on),
        "offices": [
            {
                "office": link.office, "direction": link.direction, "source": link.source,
                "by_weekday": slots_by_weekday(network, link.schedule, on),
            }
            for link in links
        ],
        "delivery": slots_by_weekday(network, row.delivery, on),
        "exceptions": {
            "acceptance": _exceptions(network, export, on),
            "delivery": _exceptions(network, [row.delivery], on),
        },
        "weakened": _weakened(network, code, on),
        "source": row.source,
    }  # fmt: skip


def office_view(network: Network, code: str, on: int) -> dict[str, Any]:
    """An office of exchange on a local date: airport, hours and customs sessions.

    Raises `UnknownPlace`.
    """
    row = network.office(code)
    if row is None:
        raise UnknownPlace(
            f"{code!r} is not an office of exchange of {network.data.name}: see its offices.csv"
        )
    stages = {name: getattr(row, name) for name in STAGES if getattr(row, name)}
    return {
        "office": code, "post": row.post, "name": row.name, "airport": row.airport,
        "zone": row.zone, "direction": row.direction, "on": format_date(on),
        "tender_min": row.tender_min, "recovery_min": row.recovery_min,
        "stages": {
            name: slots_by_weekday(network, schedule, on) for name, schedule in stages.items()
        },
        "exceptions": {
            name: _exceptions(network, [schedule], on) for name, schedule in stages.items()
        },
        "weakened": _weakened(network, code, on),
        "source": row.source,
    }  # fmt: skip


def lane_view(network: Network, origin: str, destination: str, on: int) -> dict[str, Any]:
    """A lane on a local date at the origin: its state, its history and the terms in force.

    Raises `UnknownPlace`.
    """
    network.post(origin)
    network.post(destination)
    margin = network.lanes.term(origin, destination, on)
    return {
        "origin": origin, "destination": destination, "on": format_date(on),
        "state": str(network.lanes.standing(origin, destination, on).state),
        "buffer_days": network.lanes.buffer_days(origin, destination, on),
        "margin": None if margin is None else {
            "valid_from": _date(margin.valid_from), "valid_to": _date(margin.valid_to),
            "source": margin.source,
        },
        "history": [
            {
                "on": format_date(row.on), "event": row.event, "note_en": row.note_en,
                "note_ko": row.note_ko, "source": row.source,
            }
            for row in network.lanes.history(origin, destination)
        ],
        "terms": list(_terms(network, origin, destination, on)),
    }  # fmt: skip


def _weakened(network: Network, place: str, on: int) -> list[dict[str, Any]]:
    """What scans made there are no longer worth for items accepted on a date."""
    return [
        {
            "weakening": str(row.weakening), "valid_from": _date(row.valid_from),
            "valid_to": _date(row.valid_to), "source": row.source,
        }
        for row in network.data.weakened_evidence
        if row.place == place and row.valid_from <= on <= row.valid_to
    ]  # fmt: skip


def _terms(network: Network, origin: str, destination: str, on: int) -> Iterator[dict[str, str]]:
    for term, kind in TERMS.items():
        for scope in sorted(kind.scopes):
            try:
                row = network.terms.row(scope, term, origin, destination, on)
            except NetworkError:  # a version published before the term existed
                continue
            own = row.scope == scope
            yield {
                "scope": str(Scope(scope)), "term": term, "value": row.value,
                "rule": f"{row.origin}-{row.destination}",
                "source": row.source if own else f"as between the posts: {row.source}",
            }  # fmt: skip


def _date(day: int) -> str | None:
    return None if day in (ALWAYS_FROM, ALWAYS_TO) else format_date(day)


def _schedule_rows(network: Network, schedule: str, on: int) -> list[ScheduleSlot]:
    return [
        row
        for row in network.data.schedules
        if row.schedule == schedule and row.valid_from <= on <= row.valid_to
    ]


def slots_by_weekday(network: Network, schedule: str, on: int) -> list[dict[str, Any]]:
    """The slots of each weekday on which a schedule works, Monday first (weekday 1 to 7)."""
    rows = sorted(_schedule_rows(network, schedule, on), key=lambda row: (row.by, row.at))
    found = []
    for weekday in range(7):
        slots = [
            {
                "by": format_clock(row.by), "at": format_clock(row.at), "plus_days": row.plus_days,
                "counting": row.counting,
            }
            for row in rows
            if row.days[weekday]
        ]  # fmt: skip
        if slots:
            found.append({"weekday": weekday + 1, "slots": slots})
    return found


def _exceptions(network: Network, schedules: Iterable[str], on: int) -> list[dict[str, str]]:
    """The next days, from the given one on, on which a calendar closes or opens the schedules."""
    names = {
        row.calendar
        for schedule in schedules
        for row in _schedule_rows(network, schedule, on)
        if row.calendar
    }
    chains = OpenDays(network.data.calendars, network.data.holidays)
    found: dict[tuple[int, str], Holiday] = {}
    for name in sorted(names):
        nearest: dict[int, Holiday] = {}
        for calendar in reversed(chains.chain(name)):
            nearest |= {row.date: row for row in network.data.holidays if row.calendar == calendar}
        found |= {(day, row.name_en): row for day, row in nearest.items() if day >= on}
    return [
        {
            "date": format_date(row.date), "kind": row.kind, "name_en": row.name_en,
            "name_local": row.name_local, "calendar": row.calendar, "source": row.source,
        }
        for _, row in sorted(found.items())[:NEXT_DAYS]
    ]  # fmt: skip
