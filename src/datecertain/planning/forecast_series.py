"""Series to be forecast, from a table of any origin: one value a period, without gaps.

Periods are months, weeks, days or years, told from the time column. Parts that are added up (lanes
of a post) count only in periods that know all of them; what lies before the last gap is left out
and told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isnan

import numpy as np
import pyarrow as pa

from datecertain.errors import UsageError
from datecertain.findings import Finding, Severity
from datecertain.moments import Ints, date_of, day_of
from datecertain.planning.volume_rows import Floats, month_name, month_number

_TIMES = ("month", "week", "date", "year", "period")
_VALUES = ("items", "value")
#: From this share of dates on the same weekday, dates are weeks.
_MOSTLY = 0.8
#: Values that may be added up over rows of one period.
_ADDED = ("items", "revenue", "refunds")
GROUP, LANE = "group", "lane"

#: Period → part → its values; and that by series.
Periods = dict[int, dict[str, list[float]]]
Rows = dict[str, Periods]


class Every(StrEnum):
    """How long a period is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


SEASONS = {Every.DAY: 7, Every.WEEK: 52, Every.MONTH: 12, Every.YEAR: 1}


@dataclass(frozen=True, slots=True)
class TimeSeries:
    """Values of one series, oldest first; `first` is the number of its first period: a day, the day
    at the begin of a week, a month since the year 0, a year."""

    key: str
    every: Every
    first: int
    values: Floats

    @property
    def season(self) -> int:
        """Periods of a season; 1 where the series is shorter than two of them."""
        season = SEASONS[self.every]
        return season if len(self.values) >= 2 * season else 1

    def period(self, place: int) -> str:
        """The name of a period, counted from the first value (0)."""
        if self.every is Every.MONTH:
            return month_name(self.first + place)
        if self.every is Every.YEAR:
            return f"{self.first + place:04d}"
        step = 7 if self.every is Every.WEEK else 1
        return date_of(self.first + place * step).isoformat()

    def place(self, period: str) -> int:
        """The place of a period's name, counted from the first value. Raises `UsageError`."""
        found, every = _number(period)
        if found is None or every not in (self.every, Every.DAY):
            raise UsageError(f"{period!r} is no {self.every}: write it like {self.period(0)}")
        if self.every is Every.WEEK:
            return (found - self.first) // 7
        return found - self.first


def forecast_series(
    table: pa.Table, source: str, by: str = GROUP, time: str = "", value: str = ""
) -> tuple[list[TimeSeries], list[Finding]]:
    """The series of a table by `group` (all added up), `lane`, or the columns named with commas
    between; and what was left out. Raises `UsageError` when a column is missing or nothing is left.
    """
    time = time or _first_of(table, _TIMES, "--time", source)
    value = value or _first_of(table, _VALUES, "--value", source)
    columns = {GROUP: (), LANE: ("origin", "destination")}.get(by, tuple(by.split(",")))
    for name in (time, value, *columns):
        if name not in table.column_names:
            raise UsageError(f"{source} has no column {name!r}: {', '.join(table.column_names)}")
    numbers, every, findings = _periods(_texts(table, time), source, time)
    amounts = _amounts(_texts(table, value))
    unread = np.flatnonzero(np.isnan(amounts)).astype(np.int64)
    findings += _unread(unread, source, value)
    keys = _joined(table, columns) if columns else [GROUP] * table.num_rows
    parts = [name for name in ("origin", "destination") if name in table.column_names]
    part = _joined(table, parts) if parts else keys
    rows: Rows = {}
    for at, (number, amount) in enumerate(zip(numbers, amounts.tolist(), strict=True)):
        if number is not None and not isnan(amount):
            periods = rows.setdefault(keys[at], {})
            periods.setdefault(number, {}).setdefault(part[at], []).append(amount)
    every, step, odd = _every(every, rows, source)
    findings += odd
    found = []
    for key in sorted(key for key, periods in rows.items() if periods):
        if value not in _ADDED:
            _refuse_several(rows[key], key, value, source)
        series, left_out = _tail(rows[key], step)
        if left_out:
            findings.append(Finding(
                "series-gap", Severity.NOTE, source, key,
                f"{left_out} periods before the last gap are left out",
            ))  # fmt: skip
        found.append(TimeSeries(key, every, series[0], np.array(series[1], dtype=np.float64)))
    if not found:
        raise UsageError(f"{source} has no row that can be used")
    return found, findings


def _first_of(table: pa.Table, names: Sequence[str], option: str, source: str) -> str:
    for name in names:
        if name in table.column_names:
            return name
    raise UsageError(
        f"{source} has none of the columns {', '.join(names)}: name one with {option} of "
        f"{', '.join(table.column_names)}"
    )


def _texts(table: pa.Table, name: str) -> list[str]:
    return ["" if one is None else one.strip() for one in table[name].cast(pa.string()).to_pylist()]


def _joined(table: pa.Table, names: Sequence[str]) -> list[str]:
    texts = [_texts(table, name) for name in names]
    return [">".join(row) for row in zip(*texts, strict=True)]


def _number(text: str) -> tuple[int | None, Every]:
    """(the period's number, its kind) of `2026`, `2026-10` or a date; None: cannot be read."""
    try:
        if len(text) == 4:
            return int(text), Every.YEAR
        if len(text) == 7 and 1 <= int(text[5:]) <= 12:
            return month_number(text), Every.MONTH
        return day_of(dt.date.fromisoformat(text[:10])), Every.DAY
    except ValueError:
        return None, Every.DAY


def _periods(
    texts: list[str], source: str, name: str
) -> tuple[list[int | None], Every, list[Finding]]:
    """The number of each row's period and how long periods are (days: perhaps weeks)."""
    months = name == "month"
    read = [_number(text[:7] if months else text) for text in texts]
    kinds = {kind for number, kind in read if number is not None}
    if len(kinds) > 1:
        raise UsageError(f"{source}, column {name}: {', '.join(sorted(kinds))} are mixed")
    bad = [at for at, (number, _) in enumerate(read) if number is None]
    findings = [
        Finding("period-unreadable", Severity.ERROR, source, f"row {at + 1}",
                f"{name} is no year, month or date")
        for at in bad[:20]
    ]  # fmt: skip
    return [number for number, _ in read], next(iter(kinds), Every.MONTH), findings


def _amounts(texts: list[str]) -> Floats:
    found = np.full(len(texts), np.nan)
    for at, text in enumerate(texts):
        try:
            number = float(text)
        except ValueError:
            continue
        found[at] = number if np.isfinite(number) else np.nan
    return found


def _unread(rows: Ints, source: str, name: str) -> list[Finding]:
    return [
        Finding("value-unreadable", Severity.ERROR, source, f"row {row + 1}", f"{name}: no number")
        for row in rows[:20].tolist()
    ]


def _every(every: Every, rows: Rows, source: str) -> tuple[Every, int, list[Finding]]:
    """Days may be weeks: when nearly all of them lie whole weeks apart. The few others (a part of a
    week at the end of a quarter) are taken out of the rows and told."""
    if every is not Every.DAY:
        return every, 1, []
    days = np.array(sorted({number for periods in rows.values() for number in periods}))
    counts = np.bincount(days % 7, minlength=7)
    weekday = int(counts.argmax())
    if len(days) < 2 or counts[weekday] < _MOSTLY * len(days):
        return Every.DAY, 1, []
    odd = {int(day) for day in days if day % 7 != weekday}
    for periods in rows.values():
        for day in odd:
            periods.pop(day, None)
    findings = [
        Finding("period-off-step", Severity.WARNING, source, date_of(day).isoformat(),
                "not a whole week from the others: left out")
        for day in sorted(odd)
    ]  # fmt: skip
    return Every.WEEK, 7, findings


def _refuse_several(periods: Periods, key: str, value: str, source: str) -> None:
    for parts in periods.values():
        if sum(len(one) for one in parts.values()) > 1:
            raise UsageError(
                f"{source}: {key} has several rows of one period, and {value} cannot be added up: "
                "tell them apart with --by COLUMN"
            )


def _tail(periods: Periods, step: int) -> tuple[tuple[int, list[float]], int]:
    """((first period, values) after the last gap, periods left out before it)."""
    most = max(len(parts) for parts in periods.values())
    whole = {number: parts for number, parts in periods.items() if len(parts) == most}
    last = max(whole)
    values = list[float]()
    number = last
    while number in whole:
        values.append(sum(sum(one) for one in whole[number].values()))
        number -= step
    return (number + step, values[::-1]), len(periods) - len(values)
