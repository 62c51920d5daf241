"""Dated rules of retention: what is kept for how long, by kind and post (req 59, 75)."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from datecertain.errors import UsageError
from datecertain.moments import DAY, day_of

FILE = "retention.toml"
MESSAGE, QUARANTINE, FINDING, PAYER, EVENTS = "message", "quarantine", "finding", "payer", "events"
PERSON, COPY = "person", "copy"
KINDS = (MESSAGE, QUARANTINE, FINDING, PAYER, EVENTS, PERSON, COPY)
#: The rule of every post that has none of its own.
ANY = "*"

_NAMES = ("name", "kind", "post", "valid_from", "keep_days", "source")
_POST = re.compile(r"[A-Z]{2}|[*?]")
_ALWAYS = "always"
_MOST_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class Rule:
    """Keep a kind of thing of a post for `keep_days` whole days (None: always). In force from
    `valid_from`, a day number."""

    name: str
    kind: str
    post: str
    valid_from: int
    keep_days: int | None
    source: str


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a workspace."""

    rows: tuple[Rule, ...]

    def in_force(self, kind: str, post: str, day: int) -> Rule | None:
        """The rule for a kind and post on a day: its own before that of every post, and of these
        the latest. None: there is no rule, so it is kept."""
        found = [
            rule for rule in self.rows
            if rule.kind == kind and rule.post in (post, ANY) and rule.valid_from <= day
        ]  # fmt: skip
        return max(found, key=lambda rule: (rule.post != ANY, rule.valid_from), default=None)

    def lapsed(self, kind: str, post: str, as_of: int) -> tuple[Rule, int] | None:
        """(rule, moment): what came before that moment (UTC minutes) has lapsed at `as_of`; None
        when all is kept. The day of receipt does not count, nor does today."""
        today = as_of // DAY
        rule = self.in_force(kind, post, today)
        if rule is None or rule.keep_days is None:
            return None
        return rule, (today - rule.keep_days) * DAY

    @property
    def posts(self) -> tuple[str, ...]:
        """The posts that have a rule of their own."""
        return tuple(sorted({rule.post for rule in self.rows} - {ANY}))


def read_rules(folder: Path) -> Rules:
    """The bundled rules, and those of a workspace folder in their place. Raises `UsageError`."""
    bundled = files("datecertain.operations").joinpath(FILE).read_text("utf-8")
    rules = parse_rules(bundled, f"bundled {FILE}")
    path = folder / FILE
    if not path.exists():
        return Rules(tuple(rules))
    try:
        own = parse_rules(path.read_text("utf-8"), str(path))
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8: {error}") from error
    named = {rule.kind for rule in own}
    return Rules((*(rule for rule in rules if rule.kind not in named), *own))


def parse_rules(text: str, place: str) -> list[Rule]:
    """The rules of a file's text. Raises `UsageError` that names the file and the rule."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{place} cannot be read as TOML: {error}") from error
    tables = data.pop("rule", [])
    if data or not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
        raise UsageError(f"{place}: give [[rule]] tables and nothing else")
    rules = [_rule(f"{place}, rule {number}", one) for number, one in enumerate(tables, start=1)]
    _demand_different(place, rules)
    return rules


def _rule(where: str, row: Mapping[str, Any]) -> Rule:
    if set(row) != set(_NAMES):
        raise UsageError(f"{where}: give {', '.join(_NAMES)}; given: {', '.join(row)}")
    name, kind, post, source = (
        _text(where, row, key) for key in ("name", "kind", "post", "source")
    )
    if kind not in KINDS:
        raise UsageError(f"{where}: kind {kind!r}: one of {', '.join(KINDS)}")
    if not _POST.fullmatch(post):
        raise UsageError(f"{where}: post {post!r}: two capitals, * for every post, ? for unknown")
    if kind == FINDING and post != ANY:
        raise UsageError(f"{where}: findings name no post: write post = {ANY!r}")
    if type(row["valid_from"]) is not dt.date:
        raise UsageError(f"{where}: valid_from {row['valid_from']!r}: a date is wanted")
    keep = row["keep_days"]
    if keep != _ALWAYS and (type(keep) is not int or not 0 <= keep <= _MOST_DAYS):
        raise UsageError(f"{where}: keep_days {keep!r}: 0 to {_MOST_DAYS} days, or {_ALWAYS!r}")
    return Rule(
        name, kind, post, day_of(row["valid_from"]), None if keep == _ALWAYS else keep, source
    )


def _text(where: str, row: Mapping[str, Any], name: str) -> str:
    value = row[name]
    if not isinstance(value, str) or not value.strip():
        raise UsageError(f"{where}: {name} {value!r}: a text is wanted")
    return value


def _demand_different(place: str, rules: Sequence[Rule]) -> None:
    for what, keys in (
        ("name", [rule.name for rule in rules]),
        ("kind, post and valid_from", [(r.kind, r.post, r.valid_from) for r in rules]),
    ):
        if len(set(keys)) != len(keys):
            raise UsageError(f"{place}: two rules have the same {what}: {_twice(keys)}")


def _twice(keys: Iterable[object]) -> object:
    seen: set[object] = set()
    return next(key for key in keys if key in seen or seen.add(key))  # type: ignore[func-returns-value]
