"""Thresholds of readiness and weights of staged plans as dated data (req 55, 66)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from datecertain.errors import NotFound
from datecertain.moments import format_date, parse_date
from datecertain.network.rows import ALWAYS_TO


@dataclass(frozen=True, slots=True)
class ResumptionRule:
    """A number that holds between two dates, and where it is from."""

    name: str
    value: float
    valid_from: int
    valid_to: int
    source: str


@cache
def resumption_rules() -> tuple[ResumptionRule, ...]:
    """All rules, in the order of the file."""
    text = (files("datecertain.planning") / "resumption.csv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return tuple(
        ResumptionRule(
            row["name"], float(row["value"]), parse_date(row["valid_from"]),
            parse_date(row["valid_to"]) if row["valid_to"] else ALWAYS_TO, row["source"],
        )
        for row in csv.DictReader(lines, strict=True)
    )  # fmt: skip


def rule_on(name: str, day: int) -> ResumptionRule:
    """The rule of a name on a day; of several the one that began last. Raises `NotFound`."""
    fitting = [
        rule
        for rule in resumption_rules()
        if rule.name == name and rule.valid_from <= day <= rule.valid_to
    ]
    if not fitting:
        raise NotFound(f"resumption.csv has no {name} on {format_date(day)}")
    return max(fitting, key=lambda rule: rule.valid_from)
