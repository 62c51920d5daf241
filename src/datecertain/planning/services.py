"""A new service described as data, and what real items would have come to under it (req 69)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from datecertain.errors import UsageError
from datecertain.network.rule_rows import contents_class
from datecertain.planning.network_changes import SOURCE, Rows
from datecertain.quality.intervals import Interval, clopper_pearson

_LANE = re.compile(r"[A-Z]{2}-[A-Z]{2}")
_STANDARDS = ["origin", "destination", "from_area", "to_area", "product", "days", "day_zero",
              "counts", "valid_from", "valid_to", "source"]  # fmt: skip
_KNOWN = {
    "name", "lanes", "standard_days", "day_zero", "counts", "contents", "price_sdr",
    "refund_percent", "item_cost_sdr", "fixed_cost_sdr", "customs", "terms",
}  # fmt: skip
_SHAPES: Mapping[str, type] = {"lanes": list, "contents": list, "customs": list, "terms": dict}
_SHAPE_NAMES: Mapping[type, str] = {list: "a list", dict: "a table"}
#: No price and no cost of a service is higher, in SDR.
_MOST_SDR = 10**9
YEAR_DAYS = 365


@dataclass(frozen=True, slots=True)
class Slot:
    """Customs hours of its own: shown by, released at, on these weekdays."""

    days: str
    by: str
    at: str
    plus_days: int


@dataclass(frozen=True, slots=True)
class Service:
    """What is to be sold. Money in micro-SDR; `price_usdr` comes on top of the postage.

    `standard_days` None: the date that the network carries. `contents` empty: anything.
    `customs`: hours of a commercial channel; empty: the postal channel of the office.
    `terms`: terms towards the sender of these lanes instead of the present ones.
    """

    name: str
    lanes: tuple[str, ...]
    standard_days: int | None
    day_zero: str
    counts: str
    contents: tuple[str, ...]
    price_usdr: int
    refund_percent: int  # of postage and price, for an item that is late and liable
    item_cost_usdr: int
    fixed_cost_usdr: int  # a year
    customs: tuple[Slot, ...]
    terms: Mapping[str, str]

    @classmethod
    def from_toml(cls, text: str, what: str) -> Service:
        """From a file. Raises `UsageError` with what was given and what is expected."""
        try:
            given = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"{what} is no TOML: {error}") from error
        if strange := sorted(set(given) - _KNOWN):
            raise UsageError(
                f"{what} has {', '.join(strange)}; a service has {', '.join(sorted(_KNOWN))}"
            )
        for name, kind in _SHAPES.items():
            if not isinstance(given.get(name, kind()), kind):
                raise UsageError(f"{what}: {name} is {_SHAPE_NAMES[kind]}, not {given[name]!r}")
        lanes = tuple(given.get("lanes", ()))
        wrong = [lane for lane in lanes if not _LANE.fullmatch(str(lane))]
        if not lanes or wrong:
            raise UsageError(f'{what}: lanes = ["KR-US", …] is needed, not {wrong or lanes}')
        days = given.get("standard_days")
        if days is not None and not (isinstance(days, int) and 0 < days < 100):
            raise UsageError(f"{what}: standard_days is a number of days, not {days!r}")
        percent = given.get("refund_percent", 100)
        if not (isinstance(percent, int) and 0 <= percent <= 1000):
            raise UsageError(
                f"{what}: refund_percent is a whole number of percent, not {percent!r}"
            )
        return cls(
            str(given.get("name", what)), lanes, days, str(given.get("day_zero", "acceptance")),
            str(given.get("counts", "delivery")),
            tuple(contents_class(str(one)) for one in given.get("contents", ())),
            _money(given, "price_sdr", what), percent, _money(given, "item_cost_sdr", what),
            _money(given, "fixed_cost_sdr", what),
            tuple(_slot(one, what) for one in given.get("customs", ())),
            {str(name): str(value) for name, value in given.get("terms", {}).items()},
        )  # fmt: skip

    def texts(self, texts: Mapping[str, str]) -> dict[str, str]:
        """The files of a network in which the service is what these lanes sell."""
        files = dict(texts)
        if self.standard_days is not None:
            files["standards.csv"] = self._standards(texts.get("standards.csv", ""))
        if self.customs:
            files |= self._customs(texts)
        if self.terms:
            table = Rows.of(texts["terms.csv"])
            for lane in self.lanes:
                for term, value in self.terms.items():
                    row = {"scope": "sender", "origin": lane[:2], "destination": lane[3:],
                           "term": term, "value": value, "source": SOURCE}  # fmt: skip
                    keys = ("scope", "origin", "destination", "term")
                    table.rows[:] = [one for one in table.rows
                                     if any(one[key] != row[key] for key in keys)]  # fmt: skip
                    table.rows.append({name: row.get(name, "") for name in table.columns})
            files["terms.csv"] = table.text()
        return files

    def _standards(self, text: str) -> str:
        table = Rows.of(text)
        columns = table.columns or _STANDARDS
        kept = [row for row in table.rows
                if f"{row['origin']}-{row['destination']}" not in self.lanes]  # fmt: skip
        for lane in self.lanes:
            row = {"origin": lane[:2], "destination": lane[3:], "days": str(self.standard_days),
                   "day_zero": self.day_zero, "counts": self.counts, "source": SOURCE}  # fmt: skip
            kept.append({name: row.get(name, "") for name in columns})
        return Rows(columns, kept).text()

    def _customs(self, texts: Mapping[str, str]) -> dict[str, str]:
        """A customs schedule of its own at the inward offices of the destinations."""
        schedules, offices = Rows.of(texts["schedules.csv"]), Rows.of(texts["offices.csv"])
        name = "service~commercial"
        for slot in self.customs:
            row = {
                "schedule": name, "days": slot.days, "by": slot.by, "at": slot.at,
                "plus_days": str(slot.plus_days), "counting": "days", "source": SOURCE,
            }  # fmt: skip
            schedules.rows.append({column: row.get(column, "") for column in schedules.columns})
        posts = {lane[3:] for lane in self.lanes}
        for office in offices.rows:
            if office["post"] in posts and office["customs"]:
                office["customs"] = name
        return {"schedules.csv": schedules.text(), "offices.csv": offices.text()}


def _money(given: Mapping[str, Any], name: str, what: str) -> int:
    try:
        amount = Decimal(str(given.get(name, 0)))
    except InvalidOperation as error:
        raise UsageError(f'{what}: {name} is an amount such as "3.50"') from error
    if not amount.is_finite() or abs(amount) > _MOST_SDR:
        raise UsageError(f"{what}: {name} is an amount of SDR, not {amount}")
    if amount < 0 or amount * 10**6 != int(amount * 10**6):
        raise UsageError(f"{what}: {name} is an amount of SDR, not {amount}")
    return int(amount * 10**6)


def _slot(given: Mapping[str, Any], what: str) -> Slot:
    try:
        return Slot(
            str(given["days"]), str(given["by"]), str(given["at"]), int(given.get("plus_days", 0))
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(
            f'{what}: customs hours are {{ days = "1234567", by = "08:00", at = "10:00" }}'
        ) from error


@dataclass(frozen=True, slots=True)
class Trial:
    """Items of the lanes over so many days, under a service. `paid_usdr`: their postage and the
    price of the service, together."""

    service: Service
    days: int
    items: int
    judged: int
    on_time: int
    liable: int  # refunded, were the service automatic
    paid_usdr: int
    judged_before: int
    on_time_before: int
    liable_before: int
    refunds_before_usdr: int  # what senders of these items may claim today

    @property
    def share(self) -> Interval | None:
        """The interval of the on-time share."""
        return clopper_pearson(self.on_time, self.judged) if self.judged else None

    @property
    def items_year(self) -> float:
        """All items of the lanes in a year."""
        return self.items * YEAR_DAYS / self.days

    @property
    def refund_usdr(self) -> float:
        """The mean refund of an item that is refunded."""
        return (
            self.paid_usdr / self.items * self.service.refund_percent / 100 if self.items else 0.0
        )

    def refunds_year(self) -> tuple[float, float, float]:
        """Refunds a year if all items took it: as found, and the ends of the interval."""
        if not self.judged:
            return 0.0, 0.0, 0.0
        span = clopper_pearson(self.liable, self.judged)
        each = self.refund_usdr * self.items_year
        return self.liable / self.judged * each, span.low * each, span.high * each

    @property
    def revenue_year(self) -> float:
        """The price of all items of a year, costs of each taken off."""
        return (self.service.price_usdr - self.service.item_cost_usdr) * self.items_year

    def break_even(self) -> tuple[float | None, float | None, float | None]:
        """The share of items from which it pays: as found, with the fewest and the most refunds of
        the interval; None: never. The refunds that are paid today fall away."""
        spared = self.refunds_before_usdr * YEAR_DAYS / self.days
        found = []
        for refunds in self.refunds_year():
            gain = self.revenue_year - refunds + spared
            share = self.service.fixed_cost_usdr / gain if gain > 0 else None
            found.append(share if share is not None and share <= 1 else None)
        return found[0], found[1], found[2]
