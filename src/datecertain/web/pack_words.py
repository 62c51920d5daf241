"""How the cells of a meeting pack are written in a language."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from datecertain.moments import format_date
from datecertain.planning.meeting import Cell, Column, Figure, Pack, Sheet, Unit
from datecertain.quality import Interval, PostName
from datecertain.web.writing import Writing
from datecertain.wording import words

#: Units whose cells are numbers, which columns set to the right.
NUMBERS = frozenset({
    Unit.SHARE, Unit.COUNT, Unit.DAYS_PPM, Unit.DPLUS, Unit.USDR, Unit.MINOR,
})  # fmt: skip
_LABELLED = {
    Unit.STANDING: "standing", Unit.READINESS: "readiness", Unit.STATE: "state",
    Unit.AWARD: "award", Unit.MEASURE: "measure",
}  # fmt: skip


class PackWords:
    """The words of a language for one pack."""

    def __init__(self, pack: Pack, language: str) -> None:
        self.language = str(language)
        self.words = words(self.language)
        self.w = Writing(self.words, tuple(PostName(*post) for post in pack.posts))
        self._posts = {code for code, *_ in pack.posts}
        self._written: dict[Unit, Callable[[int | float | str], str]] = {
            Unit.SHARE: lambda value: self.w.percent(float(value)),
            Unit.COUNT: lambda value: self.w.count(int(value)),
            Unit.DAYS_PPM: lambda value: self.w.days(int(value)),
            Unit.DPLUS: lambda value: f"D+{value}",
            Unit.DATE: lambda value: format_date(int(value)),
            Unit.USDR: lambda value: self.w.sdr(int(value)),
            Unit.LANE: lambda value: str(value).replace(">", "→"),
            Unit.LEG: lambda value: self.w.head("leg", str(value)),
        }

    def say(self, key: str, /, **values: object) -> str:
        """A text of the pack's own part of the glossary."""
        return self.words.say(f"pack.{key}", **values)

    def head(self, column: Column) -> str:
        """The head of a column; posts stand by their codes."""
        return column.name if column.name in self._posts else self.say(f"column.{column.name}")

    def cell(self, value: Cell, unit: Unit, row: Mapping[str, Cell] | None = None) -> str:
        """A cell as it is read; `row` tells the currency of an amount."""
        if value is None:
            return "–"
        if unit in _LABELLED:
            return self.words.label(f"pack.{_LABELLED[unit]}.{value}", str(value))
        if unit is Unit.MINOR:
            currency = str((row or {})["currency"])
            return self.words.money(int(value), currency).removesuffix(f" {currency}")
        return self._written.get(unit, str)(value)

    def rows(self, sheet: Sheet) -> list[list[str]]:
        """All cells of a table as they are read."""
        found = []
        for row in sheet.rows:
            named = dict(zip((column.name for column in sheet.columns), row, strict=True))
            found.append([
                self.cell(value, column.unit, named)
                for value, column in zip(row, sheet.columns, strict=True)
            ])  # fmt: skip
        return found

    def figure(self, one: Figure) -> str:
        """A large number."""
        return self.cell(one.value, one.unit)

    def interval(self, one: Figure) -> str:
        """The interval beside a large number; empty: there is none."""
        if one.low is None or one.high is None:
            return ""
        return self.w.between(Interval(one.low, one.high))
