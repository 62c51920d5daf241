"""Flights and carriers' statuses of an outline: what can be used, and what is set aside."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.findings import Severity
from datecertain.messages.code_tables import code_table
from datecertain.messages.log import Log
from datecertain.messages.part_values import PartValues
from datecertain.messages.plan import Outline
from datecertain.messages.stated_times import StatedTimes
from datecertain.messages.vocabulary import Within
from datecertain.moments import Ints, Mask

#: A carrier of two characters, at least one a letter, and up to four digits with a suffix.
_FLIGHT = re.compile(r"([A-Z][A-Z0-9]|[0-9][A-Z])([0-9]{1,4}[A-Z]?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class ReadStatuses:
    """All statuses of an outline, a row each, and which can be used."""

    code: pa.Array
    place: pa.Array
    flight: pa.Array
    consignment: pa.Array
    times: StatedTimes
    usable: Mask


def carriers(flights: pa.Array) -> pa.Array:
    """The carrier of each flight: its first two characters, null where they are no carrier's."""
    matches = [None if text is None else _FLIGHT.fullmatch(text) for text in flights.to_pylist()]
    return pa.array([None if one is None else one[1] for one in matches], type=pa.string())


def read_statuses(plan: Outline, received_on: int, log: Log) -> ReadStatuses:
    """The statuses; one without code, time or place is set aside with its receptacles."""
    values = PartValues(plan, Within.STATUS, received_on, log)
    columns = {name: values.text(name) for name in ("code", "place", "flight", "consignment")}
    heads = PartValues(plan, Within.MESSAGE, received_on, log).text("consignment")
    own = heads.take(pa.array(plan.message_of(Within.STATUS)))
    columns["consignment"] = pc.coalesce(columns["consignment"], own)
    times, told = values.times("event_time")
    about = np.zeros(values.count, dtype=bool)
    around = plan.outer(Within.RECEPTACLE, Within.STATUS)
    about[around[around >= 0]] = True
    wrong = {
        "status-contradicts": (
            values.contradicts,
            "code, time or place are told twice, differently",
        ),
        "status-code-missing": (null(columns["code"]), "the status has no code"),
        "status-time-missing": (~told, "the status has no time"),
        "status-time-unreadable": (~times.readable, "the status' time can't be read"),
        "status-place-missing": (null(columns["place"]), "the status has no place"),
        "status-of-nothing": (
            null(columns["consignment"]) & ~about,
            "the status is about no receptacle and no consignment",
        ),
    }
    usable = np.ones(values.count, dtype=bool)
    for code, (which, detail) in wrong.items():
        for status in np.flatnonzero(which & usable).tolist():
            plan.set_aside(Within.STATUS, status, code, detail)
        usable &= ~which
    kept = np.flatnonzero(usable)
    values.report_unknown("code", columns["code"].take(pa.array(kept)), kept)
    values.report_vague(times, kept)
    return ReadStatuses(**columns, times=times, usable=usable)


def flown(plan: Outline, statuses: ReadStatuses, log: Log) -> list[str | None]:
    """What each usable status says of the flight it names: its `departure`, `arrival`, or nothing.

    Told are those that move a flight without naming one, and flights that show no carrier."""
    values = PartValues(plan, Within.STATUS, 0, log)
    odd = statuses.usable & ~null(statuses.flight) & null(carriers(statuses.flight))
    values.report_many("status-flight-shape", np.flatnonzero(odd), "have a flight without carrier")
    field = plan.profile.field("code")
    if field is None or field.table is None:
        return [None] * len(statuses.code)
    table = code_table(field.table)
    said: list[str | None] = []
    lacking = []
    rows = zip(statuses.code.to_pylist(), statuses.times.day.tolist(), strict=True)
    for status, (code, day) in enumerate(rows):
        row = None if code is None else table.find(code, day)
        movement = None if row is None else row.more.get("movement") or None
        if movement is not None and not statuses.flight[status].is_valid:
            lacking.append(status)
            movement = None
        said.append(movement if statuses.usable[status] else None)
    which = np.array([one for one in lacking if statuses.usable[one]], dtype=np.int64)
    values.report_many("status-flight-missing", which, "move a flight and name none")
    return said


def read_legs(plan: Outline, received_on: int, log: Log) -> tuple[dict[str, pa.Array], Ints]:
    """Columns of the legs that are flights, and which of the outline's legs they are."""
    values = PartValues(plan, Within.LEG, received_on, log)
    names = ("stage", "flight", "from_place", "to_place", "handover_place")
    columns = {name: values.text(name) for name in names}
    stages = pa.array(plan.profile.no_flight_stages, type=pa.string())
    no_flight = np.asarray(pc.fill_null(pc.is_in(columns["stage"], stages), False), dtype=bool)
    others = np.flatnonzero(no_flight)
    if len(others):
        detail = f"{len(others)} leg(s) are no flights by their stage: left out"
        log.note("leg-no-flight", Severity.NOTE, plan.place(Within.LEG, int(others[0])), detail)
        plan.pass_over(Within.LEG, others)
    lacking = null(columns["flight"]) & ~no_flight
    for leg in np.flatnonzero(lacking).tolist():
        plan.set_aside(Within.LEG, leg, "leg-flight-missing", "the leg names no flight")
    kept = np.flatnonzero(~no_flight & ~lacking)
    columns = {name: column.take(pa.array(kept)) for name, column in columns.items()}
    for name in ("planned_departure", "planned_arrival"):
        times, told = values.times(name)
        unread = kept[(told & ~times.readable)[kept]]
        values.report_many("leg-time-unreadable", unread, f"have a {name} that can't be read")
        values.report_vague(times, kept[times.readable[kept]])
        columns |= time_columns(name, times, kept)
    columns["carrier"] = carriers(columns["flight"])
    unlike = kept[null(columns["carrier"])]
    values.report_many("leg-flight-shape", unlike, "have a flight that shows no carrier")
    for name in ("from_place", "to_place"):
        lost = kept[null(columns[name])]
        values.report_many("leg-place-missing", lost, f"have no {name}")
    heads = plan.outer(Within.LEG, Within.MESSAGE)
    first = np.searchsorted(heads, heads)  # legs are in the order of their messages
    ordinal = (np.arange(values.count) - first + 1).astype(np.int16)
    columns["leg"] = pa.array(ordinal[kept])
    return columns, kept


def time_columns(name: str, times: StatedTimes, which: Ints) -> dict[str, pa.Array]:
    """Day, minute and stated offset of some times; null where there is none that can be read."""
    day, minute, offset = times.day[which], times.minute[which], times.offset[which]
    readable = times.readable[which]
    return {
        f"{name}_date": pa.array(day, mask=~readable),
        f"{name}_min": pa.array(minute, mask=~(readable & times.has_minute[which])),
        f"{name}_offset": pa.array(offset, mask=~(readable & times.has_offset[which])),
    }


def null(column: pa.Array) -> Mask:
    """Where a column is null."""
    return np.asarray(pc.is_null(column), dtype=bool)
