"""What partners agreed to send and how often, and who has fallen silent (req 17, 18).

`partners.toml` in the workspace folder, one table an expectation:

    [[expected]]
    post = "KR"
    message = "EMSEVT"
    every_hours = 6
    days = "mon-fri"             # or "all" (as when left out), or such as "mon wed fri"
    calendar = "KR"              # days this calendar closes do not count; left out: all count
    valid_from = 2026-10-01
    valid_to = 2026-12-31        # may be left out
    contact = "edi@example.org"

and one for each partner that wants its interchanges answered with CONTRL (without one it does not):

    [[contrl]]
    post = "US"
    answers = "asked"            # or "all": also where it did not ask and nothing is refused
    valid_from = 2026-10-01
    valid_to = 2026-12-31        # may be left out

Silence is counted on the partner's clock over the days on which something was agreed: over a
weekend or a holiday that is left out the count stands still, so that no alarm rises there.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from datecertain.errors import UsageError
from datecertain.findings import Finding, Severity
from datecertain.moments import day_of, format_date, format_utc, zone
from datecertain.network import Network
from datecertain.network.calendars import OpenDays

FILE = "partners.toml"
SILENT = "partner-silent"

_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS = {"all": " ".join(_WEEK), "mon-fri": "mon tue wed thu fri", "mon-sat": "mon tue wed thu fri sat"}  # fmt: skip # noqa: E501
_NAMES = {"post", "message", "every_hours", "days", "calendar", "valid_from", "valid_to", "contact"}
_CONTRL_NAMES = {"post", "answers", "valid_from", "valid_to"}
_MOST_HOURS = 2_400
#: Silence is counted over at most so many days back.
_LOOK_BACK = 400


@dataclass(frozen=True, slots=True)
class Expectation:
    """One agreed expectation. Local dates of the post, both ends inclusive; None: no end."""

    post: str
    message: str
    every_hours: int
    days: tuple[bool, ...]  # Monday first
    calendar: str
    valid_from: int
    valid_to: int | None
    contact: str

    def holds_on(self, day: int) -> bool:
        """Whether it is in force on a local date."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Answering:
    """That a partner wants CONTRL: `asked` where it asked for an answer or something is refused,
    or `all`. Local dates of the post, both ends inclusive; None: no end."""

    post: str
    answers: str
    valid_from: int
    valid_to: int | None

    def holds_on(self, day: int) -> bool:
        """Whether it is in force on a local date."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Silence:
    """How long an expectation has been unmet: minutes on agreed days since `heard_at` (a moment;
    None: never), or since the expectation began."""

    expectation: Expectation
    heard_at: int | None
    minutes: int

    @property
    def alarm(self) -> bool:
        """Whether it is longer than agreed."""
        return self.minutes > self.expectation.every_hours * 60

    def finding(self) -> Finding:
        """The alarm as a finding."""
        one = self.expectation
        heard = (
            "never heard" if self.heard_at is None else f"last heard {format_utc(self.heard_at)}"
        )
        detail = (
            f"{one.post}: no {one.message} for {self.minutes // 60} h of agreed days, "
            f"{one.every_hours} h agreed; {heard}; contact {one.contact or 'not given'}"
        )
        return Finding(SILENT, Severity.ERROR, FILE, f"{one.post} {one.message}", detail)


def read_agreements(folder: Path, network: Network) -> tuple[Expectation, ...]:
    """The expectations of a workspace folder; none without the file. Raises `UsageError`."""
    return tuple(
        _expectation(where, one, network)
        for where, one in _tables(folder, "expected", "expectation")
    )


def read_answering(folder: Path, network: Network) -> tuple[Answering, ...]:
    """Which partners want CONTRL; none without the file. Raises `UsageError`."""
    return tuple(
        _answering(where, one, network) for where, one in _tables(folder, "contrl", "contrl")
    )


def _tables(folder: Path, name: str, called: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The tables of a name in the file, with where each stands."""
    path = folder / FILE
    if not path.exists():
        return
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read as TOML: {error}") from error
    found = {key: data.pop(key, []) for key in ("expected", "contrl")}
    for tables in found.values():
        if data or not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
            raise UsageError(f"{path}: give [[expected]] and [[contrl]] tables and nothing else")
    for number, one in enumerate(found[name], start=1):
        yield f"{path}, {called} {number}", one


def _answering(where: str, row: Mapping[str, Any], network: Network) -> Answering:
    _demand_names(where, row, _CONTRL_NAMES)
    answers = _text(where, row, "answers", "asked")
    if answers not in ("asked", "all"):
        raise UsageError(f"{where}: answers {answers!r}: use asked or all")
    return Answering(_post(where, row, network), answers, *_span(where, row))


def _demand_names(where: str, row: Mapping[str, Any], names: set[str]) -> None:
    unknown = sorted(set(row) - names)
    if unknown:
        raise UsageError(
            f"{where}: {', '.join(unknown)} is not known: use {', '.join(sorted(names))}"
        )


def _post(where: str, row: Mapping[str, Any], network: Network) -> str:
    post = _text(where, row, "post")
    if post not in network.posts:
        raise UsageError(f"{where}: post {post!r} is not known: {', '.join(network.posts)}")
    return post


def _span(where: str, row: Mapping[str, Any]) -> tuple[int, int | None]:
    first, last = _day(where, row, "valid_from"), _day(where, row, "valid_to")
    if first is None:
        raise UsageError(f"{where}: valid_from is missing: from which date does it hold?")
    return first, last


def _expectation(where: str, row: Mapping[str, Any], network: Network) -> Expectation:
    _demand_names(where, row, _NAMES)
    post, message = _post(where, row, network), _text(where, row, "message").upper()
    hours = row.get("every_hours")
    if type(hours) is not int or not 1 <= hours <= _MOST_HOURS:
        raise UsageError(f"{where}: every_hours {hours!r}: whole hours from 1 to {_MOST_HOURS}")
    days = _DAYS.get(text := _text(where, row, "days", "all"), text).split()
    if not days or not set(days) <= set(_WEEK):
        raise UsageError(f"{where}: days {text!r}: use all, mon-fri, mon-sat, or such as mon wed")
    calendar = _text(where, row, "calendar", "")
    if calendar and calendar not in {one.calendar for one in network.data.calendars}:
        raise UsageError(f"{where}: calendar {calendar!r} is not one of the network")
    return Expectation(
        post, message, hours, tuple(day in days for day in _WEEK), calendar, *_span(where, row),
        _text(where, row, "contact", ""),
    )  # fmt: skip


def _text(where: str, row: Mapping[str, Any], name: str, otherwise: str | None = None) -> str:
    value = row.get(name, otherwise)
    if not isinstance(value, str) or (otherwise is None and not value):
        raise UsageError(f"{where}: {name} {value!r}: a text is wanted")
    return value


def _day(where: str, row: Mapping[str, Any], name: str) -> int | None:
    value = row.get(name)
    if value is None:
        return None
    if type(value) is not dt.date:
        raise UsageError(f"{where}: {name} {value!r}: a date is wanted, such as 2026-10-01")
    return day_of(value)


def silences(
    expectations: Iterable[Expectation], network: Network,
    heard: Mapping[tuple[str, str], int], as_of: int,
) -> list[Silence]:  # fmt: skip
    """How long each expectation in force has been unmet. `heard` holds the moment at which the
    last interchange came, by post and message."""
    open_days = OpenDays(network.data.calendars, network.data.holidays)
    found = []
    for one in expectations:
        today = int(zone(network.post(one.post).zone).to_local(as_of)[0])
        if one.holds_on(today):
            last = heard.get((one.post, one.message))
            found.append(Silence(one, last, _silent(one, network, open_days, last, as_of)))
    return found


def _silent(
    one: Expectation, network: Network, open_days: OpenDays, last: int | None, as_of: int
) -> int:
    """Minutes between two moments that lie on days of the expectation."""
    clock = zone(network.post(one.post).zone)
    today = int(clock.to_local(as_of)[0])
    begin = one.valid_from if last is None else max(one.valid_from, int(clock.to_local(last)[0]))
    days = np.arange(max(begin, today - _LOOK_BACK), today + 1, dtype=np.int64)
    counted = days[open_days.mask(one.calendar, one.days, days)]
    if not len(counted):
        return 0
    midnight = np.zeros(len(counted), dtype=np.int64)
    starts, ends = clock.to_utc(counted, midnight)[0], clock.to_utc(counted + 1, midnight)[0]
    since = starts if last is None else np.maximum(starts, last)
    return int(np.maximum(np.minimum(ends, as_of) - since, 0).sum())


def told(silence: Silence) -> dict[str, Any]:
    """A silence as a program reads it."""
    one = silence.expectation
    return {
        "post": one.post, "message": one.message, "every_hours": one.every_hours,
        "valid_from": format_date(one.valid_from),
        "valid_to": None if one.valid_to is None else format_date(one.valid_to),
        "contact": one.contact or None,
        "heard_at": None if silence.heard_at is None else format_utc(silence.heard_at),
        "silent_minutes": silence.minutes, "alarm": silence.alarm,
    }  # fmt: skip
