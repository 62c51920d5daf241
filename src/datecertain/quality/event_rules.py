"""The dated rules of data quality: what is expected, until when it must be sent, what is screened.

Each is a row of a bundled text with its source; no number of them is known to the code.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from datecertain.errors import UsageError
from datecertain.moments import day_of
from datecertain.network.rows import ALWAYS_TO
from datecertain.settlement.tariffs import SentBy

#: Instead of event codes: the acceptance record itself.
RECORD = "record"
ANY = "*"


@dataclass(frozen=True, slots=True)
class TimelinessRule:
    """Until when the records of some events must be sent, by a post to a partner."""

    name: str
    codes: tuple[str, ...]
    sender: str
    partner: str
    sent_by: SentBy
    valid_from: int
    valid_to: int
    source: str


@dataclass(frozen=True, slots=True)
class Expectation:
    """What an item with one of the `given` events should have too, so many hours later."""

    name: str
    given: tuple[str, ...]
    expects: tuple[str, ...]
    within_h: int
    valid_from: int
    valid_to: int
    source: str


@dataclass(frozen=True, slots=True)
class DispatchRule:
    """Within how many days of its pre-advice a dispatch should have been received."""

    name: str
    within_days: int
    valid_from: int
    valid_to: int
    source: str


@dataclass(frozen=True, slots=True)
class Screen:
    """One integrity screen; shares in parts per million."""

    code: str
    evidence: tuple[str, ...]
    setting: Mapping[str, int]
    least: int  # fewer scans than this of an office are not compared
    factor_ppm: int
    points_ppm: int
    downgrade: str
    valid_from: int
    valid_to: int
    source: str


@dataclass(frozen=True, slots=True)
class EventRules:
    """The rules in force on a day."""

    timeliness: tuple[TimelinessRule, ...]
    expectations: tuple[Expectation, ...]
    screens: tuple[Screen, ...]
    confidence: float  # of all screens of a run together
    dispatches: tuple[DispatchRule, ...] = ()


@cache
def event_rules(on: int) -> EventRules:
    """The bundled rules in force on a day (day number)."""
    texts = {
        name: files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
        for name in ("timeliness_rules", "expected_events", "screens")
    }
    return read_rules(texts["timeliness_rules"], texts["expected_events"], texts["screens"], on)


def read_rules(timeliness: str, expectations: str, screens: str, on: int) -> EventRules:
    """The rules of three texts that are in force on a day. Raises `UsageError` for a row that
    lacks something or cannot be read."""
    screened = tomllib.loads(screens)
    return EventRules(
        tuple(
            TimelinessRule(
                row["name"], tuple(row["codes"]), row["sender"], row["partner"],
                SentBy(row["sent_by"]), *_dates(row), row["source"],
            )
            for row in _in_force(tomllib.loads(timeliness), "rule", on)
        ),
        tuple(
            Expectation(
                row["name"], tuple(row["given"]), tuple(row["expects"]), row["within_h"],
                *_dates(row), row["source"],
            )
            for row in _in_force(tomllib.loads(expectations), "expectation", on)
        ),
        tuple(
            Screen(
                row["code"], tuple(row["evidence"]), MappingProxyType(dict(row["setting"])),
                row["least"], row["factor_ppm"], row["points_ppm"], row["downgrade"],
                *_dates(row), row["source"],
            )
            for row in _in_force(screened, "screen", on)
        ),
        screened["confidence_ppm"] / 1_000_000,
        tuple(
            DispatchRule(row["name"], row["within_days"], *_dates(row), row["source"])
            for row in _in_force(tomllib.loads(expectations), "dispatch", on)
        ),
    )  # fmt: skip


_NEEDED = {
    "rule": ("name", "codes", "sender", "partner", "sent_by", "source"),
    "expectation": ("name", "given", "expects", "within_h", "source"),
    "dispatch": ("name", "within_days", "source"),
    "screen": (
        "code", "evidence", "setting", "least", "factor_ppm", "points_ppm", "downgrade", "source",
    ),
}  # fmt: skip


def _in_force(given: Mapping[str, Any], table: str, on: int) -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = given.get(table, [])
    for number, row in enumerate(rows, 1):
        missing = [name for name in _NEEDED[table] if name not in row]
        if missing or not isinstance(row.get("valid_from"), dt.date):
            wanted = ", ".join(missing) or "valid_from, a date"
            raise UsageError(f"{table} {number} lacks {wanted}: every row says all of it")
    return [row for row in rows if _dates(row)[0] <= on <= _dates(row)[1]]


def _dates(row: Mapping[str, Any]) -> tuple[int, int]:
    until = row.get("valid_to")
    return day_of(row["valid_from"]), ALWAYS_TO if until is None else day_of(until)
