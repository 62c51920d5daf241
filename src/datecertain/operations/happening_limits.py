"""How much is told at once and how long a receiver is tried: dated values with their source."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from datecertain.errors import InvariantBroken
from datecertain.moments import date_of


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a day (happening_limits.toml tells what each means)."""

    of_a_run: int
    warnings_at_once: int
    retry_after_s: tuple[int, ...]
    retry_days: int
    keep_deliveries_days: int
    webhooks_of_a_post: int


def limits_on(day: int) -> Limits:
    """The limits on a day (since 1970-01-01)."""
    return _limits(date_of(day))


@cache
def _limits(on: date) -> Limits:
    text = files("datecertain.operations").joinpath("happening_limits.toml").read_text("utf-8")
    rows = sorted(tomllib.loads(text)["limit"], key=lambda row: row["valid_from"])
    found: dict[str, Any] = {}
    for row in rows:
        if row["valid_from"] <= on:
            value = row["value"]
            found[row["name"]] = tuple(value) if isinstance(value, list) else value
    if missing := {one.name for one in fields(Limits)} - set(found):
        raise InvariantBroken(f"happening_limits.toml lacks {sorted(missing)} on {on}")
    return Limits(**found)
