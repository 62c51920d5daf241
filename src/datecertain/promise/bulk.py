"""Many quotes in columns: the rule of promise/one.py, a look-up per stage and row (req 3).

What is said once per sort of item and regime comes from tables; what hangs on the single row
(a weight, a value, the minute of a suspension) is asked only in the rows that it can touch.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from datecertain.moments import NEVER, Ints, Mask, Resolution
from datecertain.network import NO_DUE, Network
from datecertain.network.conditions import NOT_GIVEN, Case, Ruling
from datecertain.promise.reasons import CODE, REASONS, STATUS_OF, STATUSES, QuoteStatus, Reason
from datecertain.promise.routes import Resolved, ruled_out
from datecertain.promise.standards import published_days

#: Rows answered together: columns that stay in a processor's cache.
PART_ROWS = 65_536
_NONE_YET = np.int64(len(REASONS))
_REFUSED = np.array([STATUSES[code] is QuoteStatus.REFUSED for code in STATUS_OF])


@dataclass(frozen=True, slots=True)
class Asked:
    """Rows of questions: the number of their route, local acceptance, weight and value."""

    route: Ints
    day: Ints
    minute: Ints
    weight_g: Ints | None = None
    value_usdr: Ints | None = None

    def part(self, rows: slice | Ints) -> Asked:
        """Some of the rows."""
        weight = None if self.weight_g is None else self.weight_g[rows]
        value = None if self.value_usdr is None else self.value_usdr[rows]
        return Asked(self.route[rows], self.day[rows], self.minute[rows], weight, value)


#: reason code, due day, standard day, accepted at, origin area, destination area, possession at
Columns = tuple[Ints, Ints, Ints, Ints, Ints, Ints, Ints]


def answer_in_parts(network: Network, routes: Sequence[Resolved], asked: Asked) -> Columns:
    """The answers, part by part, as many parts at a time as there are processors."""
    table = _Routes(network, routes)
    count = len(asked.route)
    parts = [slice(first, first + PART_ROWS) for first in range(0, count, PART_ROWS)]
    if len(parts) <= 1:
        return _answer(table, asked)
    columns = tuple(np.empty(count, dtype=np.int64) for _ in range(7))

    def one(rows: slice) -> None:
        for whole, part in zip(columns, _answer(table, asked.part(rows)), strict=True):
            whole[rows] = part

    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        list(pool.map(one, parts))
    return columns  # type: ignore[return-value]


class _Routes:
    """The resolved routes as columns, and their rulings by regime."""

    def __init__(self, network: Network, routes: Sequence[Resolved]) -> None:
        self.network = network
        self.compiled = network.compiled
        self.routes = routes

        def column(values: list[int]) -> Ints:
            return np.array(values, dtype=np.int64)

        self.origin = column([route.origin_area for route in routes])
        self.area = column([route.destination_area for route in routes])
        self.reason = column([route.reason or int(_NONE_YET) for route in routes])
        self.zone = column([route.zone for route in routes])
        self.channel = column([route.channel for route in routes])
        self.any_channel = bool((self.channel >= 0).any())
        groups = {route.candidates: None for route in routes}
        places = {candidates: index for index, candidates in enumerate(groups)}
        self.candidates = list(groups)
        self.group = column([places[route.candidates] for route in routes])
        self.slowest = column([len(route.candidates) for route in routes]) > 0
        sorts = {route.sort: None for route in routes}
        number = {sort: index for index, sort in enumerate(sorts)}
        self.sorts = list(sorts)
        self.sort = column([number[route.sort] for route in routes])
        # A regime for each date that is asked for: a look-up instead of a search.
        changes = network.conditions.changes
        self.first_change = (changes[0] if changes else 0) - 1
        last = (changes[-1] if changes else 0) + 1
        days = np.arange(self.first_change, last + 1)
        self.regime_of = np.searchsorted(np.array(changes, dtype=np.int64), days, side="right")
        self.regimes = len(changes) + 1

    def regime(self, day: Ints) -> Ints:
        """The regime of each local date."""
        place = np.clip(day - self.first_change, 0, len(self.regime_of) - 1)
        return self.regime_of[place]


def _answer(table: _Routes, asked: Asked) -> Columns:
    network, route = table.network, asked.route
    zones = table.zone.take(route)
    at, later_at, resolution = network.clocks.to_utc(zones, asked.day, asked.minute)
    code, due, standard, ready = _at(table, asked, at)
    odd = np.flatnonzero(resolution)
    if len(odd):
        missing = odd[resolution[odd] == Resolution.MISSING]
        code[missing] = np.minimum(code[missing], CODE[Reason.TIME_MISSING])
        twice = odd[resolution[odd] == Resolution.AMBIGUOUS]
        again, due_again, *_ = _at(table, asked.part(twice), later_at[twice])
        differs = twice[(again != code[twice]) | (due_again != due[twice])]
        code[differs] = np.minimum(code[differs], CODE[Reason.TIME_AMBIGUOUS])
    code = np.where(code == _NONE_YET, 0, code)
    refused = _REFUSED.take(code)
    return (
        code, np.where(refused, -1, due), np.where(refused, -1, standard), at,
        table.origin.take(route), table.area.take(route), np.where(ready >= NEVER, -1, ready),
    )  # fmt: skip


def _at(table: _Routes, asked: Asked, at: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """(reason code or _NONE_YET, date told, what the network carries, possession) per row."""
    compiled, route = table.compiled, asked.route
    ruled = _Ruled(table, asked, at)
    code = np.minimum(table.reason.take(route), ruled.code)
    ready = at
    if table.any_channel:
        channel = table.channel.take(route)
        ready = np.where(channel >= 0, compiled.channel.at(channel, at), at)
    origin, area = table.origin.take(route), table.area.take(route)
    standard, due = _due(table, asked, ruled, origin, area, ready)
    for rows in _rows_of(table.slowest.take(route)):
        standard[rows], due[rows] = _slowest(table, asked, ruled, rows, ready)
    # Before the first day waiting for the first slot would give a date: no calendar covers it.
    beyond = (due >= NO_DUE) | (asked.day < table.network.data.first_day)
    np.minimum(code, np.where(beyond, CODE[Reason.BEYOND_HORIZON], _NONE_YET), out=code)
    return code, due, standard, ready


def _rows_of(mask: Mask) -> list[Ints]:
    rows = np.flatnonzero(mask)
    return [rows] if len(rows) else []


class _Ruled:
    """What the rules say, row for row: reason code, days to add, published standards."""

    def __init__(self, table: _Routes, asked: Asked, at: Ints) -> None:
        place = table.sort.take(asked.route) * table.regimes + table.regime(asked.day)
        here = np.zeros(len(table.sorts) * table.regimes, dtype=bool)
        here[place] = True
        code = np.full(here.shape, _NONE_YET, dtype=np.int64)
        more = np.zeros(here.shape, dtype=np.int64)
        limit = np.full(here.shape, NEVER, dtype=np.int64)
        special: list[tuple[int, Ruling]] = []
        for number in np.flatnonzero(here).tolist():
            sort, regime = divmod(number, table.regimes)
            ruling = table.network.conditions.ruling(table.sorts[sort], regime)
            code[number], more[number] = _said(table.network, ruling)
            if ruling.product is not None and ruling.product.max_weight_g >= 0:
                limit[number] = ruling.product.max_weight_g
            if ruling.standard or not all(case.certain for case in ruling.cases):
                special.append((number, ruling))
        self.code, self.more = code.take(place), more.take(place)
        if asked.weight_g is not None:
            heavy = asked.weight_g > limit.take(place)
            np.minimum(self.code, np.where(heavy, CODE[Reason.TOO_HEAVY], _NONE_YET), out=self.code)
        self.standards: list[tuple[Ints, Ruling]] = []
        if special:
            self._special(asked, at, place, special)

    def _special(
        self, asked: Asked, at: Ints, place: Ints, special: list[tuple[int, Ruling]]
    ) -> None:
        order = np.argsort(place, kind="stable")
        ordered = place[order]
        numbers = np.array([number for number, _ in special])
        starts = np.searchsorted(ordered, numbers, side="left")
        ends = np.searchsorted(ordered, numbers, side="right")
        for (_, ruling), start, end in zip(special, starts, ends, strict=True):
            rows = order[start:end]
            if ruling.standard is not None:
                self.standards.append((rows, ruling))
            self._cases(asked, at, rows, ruling)

    def _cases(self, asked: Asked, at: Ints, rows: Ints, ruling: Ruling) -> None:
        some = asked.part(rows)
        weight = np.int64(NOT_GIVEN) if some.weight_g is None else some.weight_g
        value = np.int64(NOT_GIVEN) if some.value_usdr is None else some.value_usdr
        code = self.code[rows]
        tolerance = np.full(len(rows), _tolerance(ruling))
        known = tolerance.copy()
        for case in ruling.cases:
            if case.certain:
                continue
            holds = case.applies(some.day, at[rows], weight, value)
            doubt = case.doubt(value)
            why = np.where(doubt, CODE[Reason.DETAILS_NEEDED], _why(case))
            if case.row.kind == "tolerance":
                sure = holds & np.logical_not(doubt)
                tolerance = np.maximum(tolerance, np.where(sure, case.row.days, 0))
            code = np.minimum(code, np.where(holds, why, _NONE_YET))
        self.code[rows] = code
        self.more[rows] += tolerance - known


def _why(case: Case) -> int:
    """The code that a condition gives when it holds without doubt."""
    if case.row.kind == "tolerance":
        return int(_NONE_YET)
    return CODE[Reason.NOT_ACCEPTED if case.row.kind == "refuse" else Reason.CONDITION]


def _tolerance(ruling: Ruling) -> int:
    """The days that the conditions add which hold for every item of the sort."""
    return max(
        (case.row.days for case in ruling.cases
         if case.certain and not case.unsure and case.row.kind == "tolerance"), default=0,
    )  # fmt: skip


def _said(network: Network, ruling: Ruling) -> tuple[int, int]:
    """(reason code or _NONE_YET, days to add) of every item of a sort in a regime."""
    code = ruled_out(network, ruling) or int(_NONE_YET)
    for case in ruling.cases:
        if case.certain:
            code = min(code, CODE[Reason.DETAILS_NEEDED] if case.unsure else _why(case))
    margin = ruling.margin_days if ruling.standard is None else 0
    return code, margin + _tolerance(ruling)


def _due(
    table: _Routes, asked: Asked, ruled: _Ruled, origin: Ints, area: Ints, ready: Ints
) -> tuple[Ints, Ints]:
    """(what the network carries, the date told) per row; NO_DUE where an area is missing."""
    compiled = table.compiled
    unknown = (origin < 0) | (area < 0)
    some = bool(unknown.any())
    if some:
        origin, area = np.maximum(origin, 0), np.maximum(area, 0)
    standard = compiled.due_at_acceptance(origin, area, ready)
    if some:
        standard[unknown] = NO_DUE
    base = standard
    if ruled.standards:
        base = standard.copy()
        for rows, ruling in ruled.standards:
            assert ruling.standard is not None
            told = published_days(
                compiled, ruling.standard, origin[rows], area[rows], asked.day[rows], ready[rows]
            )
            base[rows] = np.where(standard[rows] < NO_DUE, told, NO_DUE)
    return standard, compiled.delivery_days.add(area, base, ruled.more)


def _slowest(
    table: _Routes, asked: Asked, ruled: _Ruled, rows: Ints, ready: Ints
) -> tuple[Ints, Ints]:
    """Without a postcode only the slowest guaranteed area's date is honest."""
    standard = np.full(len(rows), -1, dtype=np.int64)
    due = np.full(len(rows), -1, dtype=np.int64)
    routes = asked.route[rows]
    group = table.group[routes]
    for number in np.unique(group).tolist():
        mine = np.flatnonzero(group == number)
        chosen = rows[mine]
        part = _RuledRows(ruled, chosen)
        for candidate in table.candidates[number]:
            area = np.full(len(chosen), candidate, dtype=np.int64)
            carried, told = _due(
                table, asked.part(chosen), part, table.origin[routes[mine]], area, ready[chosen]
            )
            later = told > due[mine]
            standard[mine] = np.where(later, carried, standard[mine])
            due[mine] = np.where(later, told, due[mine])
    return standard, due


class _RuledRows(_Ruled):
    """What the rules say of some of the rows."""

    def __init__(self, ruled: _Ruled, rows: Ints) -> None:
        self.code, self.more = ruled.code[rows], ruled.more[rows]
        place = {row: index for index, row in enumerate(rows.tolist())}
        self.standards = [
            (np.array([place[row] for row in chosen.tolist() if row in place], np.int64), ruling)
            for chosen, ruling in ruled.standards
        ]
