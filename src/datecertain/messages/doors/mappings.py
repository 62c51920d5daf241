"""Mappings: how a partner's table, or its EPCIS, is to be read, declared as data.

One TOML file per partner and layout (`docs/reference/mapping-files.md`). A mapping says which
column holds which field, what holds for every row, how times are written and on which clock, and
what the partner's codes mean. What it does not declare is not guessed.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from datecertain.errors import LayoutError
from datecertain.messages.doors.clocks import read_offset
from datecertain.messages.doors.told import FIELDS, REQUIRED, TimeKind

#: Zones of event times, beside a fixed offset such as `+09:00`.
STATED, OFFICE, COLUMN = "stated", "office", "column"
#: The clock of `transmitted` without offset, beside a fixed offset.
SENDER = "sender"
EXAMPLE = "ips_events"

_SOME_TIME = dt.datetime(2026, 10, 21, 9, 30, tzinfo=dt.UTC)
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}", re.ASCII)
_TIMES = {"event_format", "transmitted_format", "zone", "transmitted_zone"}
_PARTS = {"name", "form", "trust", "source", "file", "columns", "constants", "times", "codes",
          "time_kinds"}  # fmt: skip


class Form(StrEnum):
    """What a mapping reads."""

    TABLE = "table"  # CSV and Parquet with these columns
    EPCIS = "epcis"  # EPCIS documents: constants and codes only


@dataclass(frozen=True, slots=True)
class TableMapping:
    """One mapping, checked."""

    name: str
    form: Form
    trust: str
    source: str
    delimiter: str
    encoding: str
    columns: Mapping[str, str]  # field → column
    constants: Mapping[str, str]  # field → text
    event_format: str | None  # as `strptime` has it; None: ISO 8601
    transmitted_format: str | None
    zone: str  # STATED, OFFICE, COLUMN or an offset
    transmitted_zone: str  # SENDER or an offset
    codes: Mapping[str, str]  # the partner's value → event code
    time_kinds: Mapping[str, str]  # the partner's value → TimeKind

    def fits(self, header: Iterable[str]) -> bool:
        """Whether a table with these columns can be read by it: each is there, once."""
        names = list(header)
        columns = set(self.columns.values())
        return self.form is Form.TABLE and all(names.count(name) == 1 for name in columns)


def fitting(mappings: Iterable[TableMapping], header: Iterable[str]) -> TableMapping | None:
    """The mapping for a table: of those that fit, the first with the most columns."""
    names = list(header)
    found = [one for one in mappings if one.fits(names)]
    return max(found, key=lambda one: len(one.columns), default=None)


@cache
def house_mapping() -> TableMapping:
    """The mapping of the tables that `datecertain events export` writes."""
    return read_mapping(bundled_text("house"))


def bundled_text(name: str) -> str:
    """The text of a mapping that comes with the package."""
    path = files(__package__) / "bundled" / f"{name}.toml"
    return path.read_text(encoding="utf-8")


def read_mapping(text: str, where: str = "mapping") -> TableMapping:
    """The mapping in a TOML text. Raises `LayoutError` that says what is wrong with it."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LayoutError(f"{where} is no TOML: {error}") from error
    if strange := sorted(set(data) - _PARTS):
        raise LayoutError(f"{where} has {', '.join(strange)}; it can have {', '.join(_PARTS)}")
    tables = {part: _texts(data, part, where) for part in
              ("file", "columns", "constants", "times", "codes", "time_kinds")}  # fmt: skip
    _demand_known(where, "file", tables["file"], {"delimiter", "encoding"})
    _demand_known(where, "times", tables["times"], _TIMES)
    for part in ("columns", "constants"):
        _demand_known(where, part, tables[part], set(FIELDS))
    times, file = tables["times"], tables["file"]
    mapping = TableMapping(
        name=_one(data, "name", where), form=_form(data, where),
        trust=_one(data, "trust", where), source=_one(data, "source", where),
        delimiter=file.get("delimiter", ","), encoding=file.get("encoding", "utf-8"),
        columns=tables["columns"], constants=tables["constants"],
        event_format=times.get("event_format"), transmitted_format=times.get("transmitted_format"),
        zone=times.get("zone", STATED), transmitted_zone=times.get("transmitted_zone", SENDER),
        codes=tables["codes"], time_kinds=tables["time_kinds"],
    )  # fmt: skip
    _check(mapping, where)
    return mapping


def _check(mapping: TableMapping, where: str) -> None:
    def refuse(problem: str) -> None:
        raise LayoutError(f"{where}: {problem}")

    if _NAME.fullmatch(mapping.name) is None:
        refuse(f"name {mapping.name!r}: use up to 40 small letters, digits, - and _")
    told = [*mapping.columns, *mapping.constants]
    if twice := sorted({name for name in told if told.count(name) > 1}):
        refuse(f"{', '.join(twice)} stands both in columns and in constants: keep one")
    if mapping.form is Form.TABLE and (absent := [one for one in REQUIRED if one not in told]):
        refuse(f"{', '.join(absent)} stands neither in columns nor in constants")
    if mapping.form is Form.EPCIS and (mapping.columns or mapping.zone != STATED):
        refuse("an EPCIS document has no columns, and says its zone: leave both out")
    if (mapping.zone == COLUMN) != ("offset" in mapping.columns):
        refuse('`zone = "column"` and a column for `offset` go together')
    if len(mapping.delimiter) != 1 or mapping.delimiter in '"\r\n':
        refuse(f"delimiter {mapping.delimiter!r} is not one character")
    try:
        "".encode(mapping.encoding)
        for form in (mapping.event_format, mapping.transmitted_format):
            if form is not None:
                dt.datetime.strptime(_SOME_TIME.strftime(form), form)  # noqa: DTZ007 - a trial
        for zone in (mapping.zone, mapping.transmitted_zone):
            if zone not in (STATED, OFFICE, COLUMN, SENDER):
                read_offset(zone)
        for kind in mapping.time_kinds.values():
            TimeKind(kind)
    except (LookupError, ValueError) as error:
        refuse(str(error))


def _texts(data: Mapping[str, Any], part: str, where: str) -> dict[str, str]:
    table = data.get(part, {})
    if not isinstance(table, dict) or not all(isinstance(one, str) for one in table.values()):
        raise LayoutError(f"{where}: [{part}] holds names with texts in quotation marks")
    return table


def _demand_known(where: str, part: str, table: Iterable[str], known: set[str]) -> None:
    if strange := sorted(set(table) - known):
        raise LayoutError(
            f"{where}: [{part}] has {', '.join(strange)}; it can have {', '.join(sorted(known))}"
        )


def _one(data: Mapping[str, Any], name: str, where: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise LayoutError(f"{where} has no `{name}`")
    return value


def _form(data: Mapping[str, Any], where: str) -> Form:
    try:
        return Form(data.get("form", Form.TABLE))
    except ValueError as error:
        raise LayoutError(f"{where}: form is one of {', '.join(Form)}") from error
