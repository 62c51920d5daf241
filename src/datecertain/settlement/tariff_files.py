"""Reading a tariff: the whole text, all findings at once (format: docs/reference/settlement.md)."""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from datecertain.errors import NotFound, UsageError
from datecertain.findings import Finding, Severity
from datecertain.moments import day_of
from datecertain.network.rows import ALWAYS_FROM, ALWAYS_TO
from datecertain.settlement.tariffs import (
    ALL_PPM,
    Basis,
    Between,
    ChargeRule,
    Counted,
    DayCount,
    Measure,
    MeasureRule,
    MonthEndRule,
    PerformanceRule,
    RecourseRule,
    SentBy,
    StatementTerms,
    StopLoss,
    Tariff,
    Weight,
)

Parser = Callable[[Any], Any]
#: Amounts and shares beyond this are mistakes, and would not fit the journal's columns.
_MOST = 10**15


def bundled_tariffs() -> tuple[str, ...]:
    """The names of the tariffs that ship with datecertain."""
    folder = files("datecertain.settlement") / "tariffs"
    return tuple(
        sorted(p.name.removesuffix(".toml") for p in folder.iterdir() if p.name.endswith(".toml"))
    )


@lru_cache(maxsize=8)
def bundled_tariff(name: str = "illustrative") -> Tariff:
    """A tariff that ships with datecertain. Raises `NotFound`."""
    if name not in bundled_tariffs():
        raise NotFound(f"no tariff {name!r} is bundled: there are {', '.join(bundled_tariffs())}")
    path = files("datecertain.settlement") / "tariffs" / f"{name}.toml"
    return tariff_of(path.read_text(encoding="utf-8"), f"{name}.toml")


def load_tariff(path: Path) -> Tariff:
    """The tariff in a file. Raises `NotFound`, `UsageError` with all findings."""
    if not path.is_file():
        raise NotFound(f"there is no tariff file {path.name}: give the path of a TOML file")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"tariff {path.name} is not UTF-8: save it as UTF-8 ({error})") from error
    return tariff_of(text, path.name)


def tariff_of(text: str, source: str) -> Tariff:
    """The tariff of a text. Raises `UsageError` that lists every finding."""
    tariff, findings = read_tariff(text, source)
    if tariff is None:
        told = "\n".join(f"  {finding}" for finding in findings)
        raise UsageError(f"tariff {source} cannot be used:\n{told}")
    return tariff


def read_tariff(text: str, source: str) -> tuple[Tariff | None, list[Finding]]:
    """The tariff, or None with every finding."""
    reader = _Reader(source)
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reader.finding("tariff-unreadable", "", str(error))
        return None, reader.findings
    performance = reader.rows(given.pop("performance", []), "performance", reader.performance)
    recourse = reader.rows(given.pop("recourse", []), "recourse", reader.recourse)
    plain = {
        field: tuple(reader.rows(given.pop(name, []), name, reader.plain(known, kind)))
        for name, field, known, kind in _PLAIN
    }
    head = reader.fields(given, "head", _HEAD)
    if reader.findings or head is None:
        return None, reader.findings
    digest = hashlib.sha256(text.encode()).hexdigest()
    rows: dict[str, Any] = {"performance": tuple(performance), "recourse": tuple(recourse), **plain}
    return Tariff(**head, **rows, digest=digest), []


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("must be a text that is not empty")
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST:
        raise ValueError(f"must be a whole number from 0 to {_MOST}")
    return value


def _yes_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _day(value: Any) -> int:
    if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
        raise ValueError("must be a date without quotes, 2026-01-01")
    return day_of(value)


def _percent(value: Any) -> int:
    if _whole(value) > 100:
        raise ValueError("must be a whole number from 0 to 100")
    return int(value)


def _part(value: Any) -> int:
    if not 0 <= _whole(value) <= ALL_PPM:
        raise ValueError(f"must lie between 0 and {ALL_PPM}")
    return int(value)


def _ascending(value: Any) -> tuple[int, ...]:
    numbers = tuple(_whole(entry) for entry in value)
    if not numbers or list(numbers) != sorted(set(numbers)):
        raise ValueError("must be whole numbers in ascending order")
    return numbers


def _steps(value: Any) -> tuple[tuple[int, int], ...]:
    steps = tuple((_whole(reached), _whole(paid)) for reached, paid in value)
    _ascending([reached for reached, _ in steps])
    if steps[-1][0] > ALL_PPM or sorted(paid for _, paid in steps) != [paid for _, paid in steps]:
        raise ValueError("must be pairs [value, paid]: values to 1 000 000, paid never falling")
    return steps


def _weights(value: Any) -> tuple[Weight, ...]:
    weights = tuple(Weight(entry) for entry in value)
    if not weights or len(set(weights)) != len(weights):
        raise ValueError("must name one or more of verified, receptacle, item, each once")
    return weights


_HEAD: Mapping[str, tuple[Parser, Any]] = {
    "name": (_text, ...),
    "source": (_text, ...),
    "weight_classes_g": (_ascending, ...),
}
_ROW: Mapping[str, tuple[Parser, Any]] = {
    "origin": (_text, ...),
    "destination": (_text, ...),
    "valid_from": (_day, ALWAYS_FROM),
    "valid_to": (_day, ALWAYS_TO),
    "source": (_text, ...),
}
_PERFORMANCE: Mapping[str, tuple[Parser, Any]] = {
    **_ROW,
    "base_usdr": (_whole, ...),
    "floor_ppm": (_whole, ...),
    "cap_ppm": (_whole, ...),
    "sent_by": (SentBy, ...),
    "together": (_yes_no, ...),
}
_MEASURE: Mapping[str, tuple[Parser, Any]] = {
    "measure": (Measure, ...),
    "weight_ppm": (_whole, ...),
    "between": (Between, ...),
    "steps": (_steps, ...),
    "unscored_ppm": (_whole, ...),
    "source": (_text, ...),
}
_RECOURSE: Mapping[str, tuple[Parser, Any]] = {
    **_ROW,
    "basis": (Basis, Basis.SHARE),
    "percent": (_percent, 100),
    "fixed_usdr": (_whole, 0),
    "cap_usdr": (_whole, None),
    "stop_loss_usdr": (_whole, None),
    "within_remuneration": (_yes_no, False),
    "dry_run": (_yes_no, False),
}
_CHARGE: Mapping[str, tuple[Parser, Any]] = {
    **_ROW,
    "counted": (Counted, ...),
    "per_item_usdr": (_whole, 0),
    "per_kg_usdr": (_whole, 0),
    "weights": (_weights, (Weight.ITEM,)),
    "most_usdr": (_whole, None),
}
_STOP_LOSS: Mapping[str, tuple[Parser, Any]] = {
    "post": (_text, ...),
    "valid_from": (_day, ALWAYS_FROM),
    "valid_to": (_day, ALWAYS_TO),
    "source": (_text, ...),
    "most_usdr": (_whole, ...),
}
_STATEMENTS: Mapping[str, tuple[Parser, Any]] = {
    **_ROW,
    "contest_days": (_whole, ...),
    "accept_days": (_whole, ...),
    "silence_accepts": (_yes_no, ...),
    "payment_days": (_whole, ...),
    "late_ppm_year": (_whole, 0),
    "day_count": (DayCount, DayCount.ACTUAL_365),
    "adjust_months": (_whole, ...),
}
_MONTH_END: Mapping[str, tuple[Parser, Any]] = {
    **_ROW,
    "expected_ppm": (_part, ALL_PPM),
    "ageing_days": (_ascending, (30, 60, 90)),
}
#: Tables whose rows are plain: name, field of the tariff, their fields, their class.
_PLAIN: tuple[tuple[str, str, Mapping[str, tuple[Parser, Any]], Callable[..., Any]], ...] = (
    ("charge", "charges", _CHARGE, ChargeRule),
    ("stop_loss", "stop_losses", _STOP_LOSS, StopLoss),
    ("statements", "statements", _STATEMENTS, StatementTerms),
    ("month_end", "month_ends", _MONTH_END, MonthEndRule),
)


class _Reader:
    """Reads tables and collects what is wrong with them. A field's default `...` means: needed."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.findings: list[Finding] = []

    def finding(self, code: str, position: str, detail: str) -> None:
        self.findings.append(Finding(code, Severity.ERROR, self.source, position, detail))

    def rows(self, given: Any, name: str, read: Callable[[Any, str], Any]) -> list[Any]:
        if not isinstance(given, list):
            self.finding("tariff-value", name, f"must be tables written [[{name}]]")
            return []
        return [read(entry, f"{name} {number}") for number, entry in enumerate(given, start=1)]

    def fields(
        self, given: Any, position: str, known: Mapping[str, tuple[Parser, Any]]
    ) -> dict[str, Any] | None:
        """The parsed fields of a table; None when any is missing, unknown or unreadable."""
        before = len(self.findings)
        if not isinstance(given, dict):
            self.finding("tariff-value", position, "must be a table")
            return None
        for name in sorted(given.keys() - known.keys()):
            self.finding("tariff-field-unknown", position, f"{name} is not a field of this table")
        parsed: dict[str, Any] = {}
        for name, (parse, default) in known.items():
            if name not in given:
                parsed[name] = default
                if default is ...:
                    self.finding("tariff-field-missing", position, f"{name} is missing")
                continue
            try:
                parsed[name] = parse(given[name])
            except (ValueError, TypeError) as error:
                self.finding("tariff-value", position, f"{name} = {given[name]!r}: {error}")
        return parsed if len(self.findings) == before else None

    def dated(
        self, given: Any, position: str, known: Mapping[str, tuple[Parser, Any]]
    ) -> dict[str, Any] | None:
        row = self.fields(given, position, known)
        if row is not None and row["valid_from"] > row["valid_to"]:
            self.finding("tariff-value", position, "valid_to lies before valid_from")
        return row

    def plain(
        self, known: Mapping[str, tuple[Parser, Any]], kind: Callable[..., Any]
    ) -> Callable[[Any, str], Any]:
        """Reads a dated row of one kind."""

        def read(given: Any, position: str) -> Any:
            row = self.dated(given, position, known)
            return None if row is None else kind(**row)

        return read

    def recourse(self, given: Any, position: str) -> RecourseRule | None:
        row = self.dated(given, position, _RECOURSE)
        if row is None:
            return None
        if (row["basis"] is Basis.FIXED) != bool(row["fixed_usdr"]):
            self.finding("tariff-value", position, 'fixed_usdr goes with basis = "fixed" only')
        return RecourseRule(**row)

    def performance(self, given: Any, position: str) -> PerformanceRule | None:
        plain = dict(given) if isinstance(given, dict) else given
        listed = plain.pop("measures", []) if isinstance(plain, dict) else []
        row = self.dated(plain, position, _PERFORMANCE)
        measures = self.rows(
            listed, "measures", lambda entry, at: self.measure(entry, f"{position}, {at}")
        )
        if row is None or None in measures:
            return None
        if sum(rule.weight_ppm for rule in measures) != ALL_PPM:
            self.finding("tariff-weights", position, f"weights of measures must sum to {ALL_PPM}")
        if len({rule.measure for rule in measures}) != len(measures):
            self.finding("tariff-weights", position, "a measure stands twice")
        if row["floor_ppm"] > row["cap_ppm"]:
            self.finding("tariff-value", position, "floor_ppm is above cap_ppm")
        return PerformanceRule(**row, measures=tuple(measures))

    def measure(self, given: Any, position: str) -> MeasureRule | None:
        row = self.fields(given, position, _MEASURE)
        return None if row is None else MeasureRule(**row)
