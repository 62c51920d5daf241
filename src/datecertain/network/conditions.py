"""What the rules say of a sort of item on a day: lane, product, conditions, margin, standard
(req 6, 11-13).

The answer is the same for all items of one sort between two changes of the rules (a regime). What
hangs on the single item, its weight, its value, the minute of its acceptance, is left to the
row: `Case.applies` is one comparison for one item and for a column of them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from datecertain.moments import DAY
from datecertain.network.lanes import Lanes, LaneState
from datecertain.network.loading import NetworkData
from datecertain.network.rows import ALWAYS_FROM, ALWAYS_TO
from datecertain.network.rule_rows import (
    NON_DOCUMENTS,
    Condition,
    Product,
    Standard,
    contents_class,
)

#: A weight or value that was not given.
NOT_GIVEN = -1
#: Stand for every class of contents, and every product, that no rule names.
_NO_CLASS, _NO_PRODUCT = "?", "?"


class Sort(NamedTuple):
    """A sort of item, as far as rules can tell items apart without weighing them."""

    origin: str
    destination: str
    from_area: str  # "" where the postcode leads to none
    to_area: str
    product: str
    contents: str  # "" where nobody said
    address: str


@dataclass(frozen=True, slots=True)
class Case:
    """A condition that may apply to items of a sort in a regime."""

    row: Condition
    end: Condition | None  # the row that ends it
    unsure: bool  # it tells documents from other contents, and nobody said which
    certain: bool  # it holds for every item of the sort in the regime

    def applies(self, day: Any, at: Any, weight_g: Any, value_usdr: Any) -> Any:
        """Whether it holds, for numbers or columns: local acceptance date, moment, grams,
        micro-SDR. A weight that was not given is taken as light; see `doubt` for the value."""
        row, end = self.row, self.end
        holds = (day >= row.valid_from) & (day <= row.valid_to) & (at >= row.known_from)
        if end is not None:
            holds = holds & ((day < end.valid_from) | (at < end.known_from))
        if row.over_g >= 0:
            holds = holds & (weight_g > row.over_g)
        if row.over_usdr >= 0:
            holds = holds & ((value_usdr > row.over_usdr) | (value_usdr == NOT_GIVEN))
        return holds

    def doubt(self, value_usdr: Any) -> Any:
        """Whether it holds only because something was not given that it asks for."""
        if self.row.over_usdr < 0:
            return self.unsure
        return (value_usdr == NOT_GIVEN) | self.unsure


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the rules say of a sort of item in a regime."""

    lane: LaneState
    product: Product | None  # None: not a product of the origin post
    margin_days: int  # delivery days that the lane adds to what the network carries
    standard: Standard | None  # the published number of days, where it is not computed
    cases: tuple[Case, ...]  # conditions that may apply, in the order of the file


class Conditions:
    """The rules of a network by sort of item and regime."""

    def __init__(self, data: NetworkData, lanes: Lanes) -> None:
        self._lanes = lanes
        self._products: dict[tuple[str, str], list[Product]] = {}
        for product in data.products:
            self._products.setdefault((product.post, product.product), []).append(product)
        self._standards = data.standards
        ends: dict[str, Condition] = {}
        for row in data.conditions:
            if row.kind == "end":
                ends[row.condition] = row
        self._conditions = [
            (row, ends.get(row.condition)) for row in data.conditions if row.kind != "end"
        ]
        self.changes = _changes(data)
        self._rulings: dict[tuple[Sort, int], Ruling] = {}
        self._classes = {"", "documents", *(row.contents for row in data.conditions)}
        self._classes.discard(NON_DOCUMENTS)
        self._named_products = {
            *(row.product for row in data.products), *(row.product for row in data.conditions),
            *(row.product for row in data.standards),
        }  # fmt: skip
        self._by_area = any(row.from_area or row.to_area for row in data.conditions) or any(
            row.from_area or row.to_area for row in data.standards
        )

    def regime(self, day: int) -> int:
        """The number of the regime that a local acceptance date lies in."""
        return bisect_right(self.changes, day)

    def sort(self, sort: Sort) -> Sort:
        """The sort without what no rule of this network looks at: fewer rulings to make, and not
        one more for every text that somebody writes into a column."""
        contents = contents_class(sort.contents)  # kept as it was told, in records of before
        if contents not in self._classes:
            contents = _NO_CLASS
        sort = sort._replace(contents=contents)
        if sort.product not in self._named_products:
            sort = sort._replace(product=_NO_PRODUCT)
        return sort if self._by_area else sort._replace(from_area="", to_area="")

    def ruling(self, sort: Sort, regime: int) -> Ruling:
        """What the rules say; made once per sort and regime."""
        found = self._rulings.get((sort, regime))
        if found is None:
            found = self._rulings[sort, regime] = self._rule(sort, regime)
        return found

    def _rule(self, sort: Sort, regime: int) -> Ruling:
        day = self.changes[regime - 1] if regime else (self.changes[0] - 1 if self.changes else 0)
        last = self.changes[regime] - 1 if regime < len(self.changes) else 10**7
        return Ruling(
            self._lanes.standing(sort.origin, sort.destination, day).state,
            self._product(sort, day),
            self._lanes.buffer_days(sort.origin, sort.destination, day),
            self._standard(sort, day),
            tuple(self._cases(sort, day, last)),
        )

    def _product(self, sort: Sort, day: int) -> Product | None:
        rows = self._products.get((sort.origin, sort.product), [])
        return max(_valid(rows, day), key=lambda row: (row.valid_from, row.line), default=None)

    def _standard(self, sort: Sort, day: int) -> Standard | None:
        """The most specific row decides, of several the one that began last."""
        rows = [row for row in _valid(self._standards, day) if _fits(row, sort)]
        return max(
            rows,
            key=lambda row: (
                row.origin != "*", row.destination != "*", len(row.to_area), len(row.from_area),
                row.product != "", row.valid_from, row.line,
            ),
            default=None,
        )  # fmt: skip

    def _cases(self, sort: Sort, day: int, last: int) -> Iterable[Case]:
        for row, end in self._conditions:
            if row.valid_from > last or row.valid_to < day or not _fits(row, sort):
                continue
            if row.address and row.address != sort.address:
                continue
            if end is not None and end.valid_from <= day and _settled(end, day):
                continue
            group = row.contents in ("documents", NON_DOCUMENTS)
            if row.contents and not (group and not sort.contents):
                # A special class (gift, food) has to be declared; what is not, is not one.
                if not _holds(row.contents, sort.contents):
                    continue
                group = False
            if row.known_from // DAY - 1 <= last:
                certain = row.over_g < 0 and row.over_usdr < 0 and end is None
                yield Case(row, end, group, certain and _settled(row, day))


def _valid(rows: Iterable[Any], day: int) -> list[Any]:
    return [row for row in rows if row.valid_from <= day <= row.valid_to]


def _settled(row: Condition, day: int) -> bool:
    """Whether a row's publication lies before a local date in every zone."""
    return row.known_from // DAY + 2 <= day


def _fits(row: Condition | Standard, sort: Sort) -> bool:
    return (
        row.origin in ("*", sort.origin)
        and row.destination in ("*", sort.destination)
        and row.product in ("", "*", sort.product)
        and (not row.from_area or fnmatchcase(sort.from_area, row.from_area))
        and (not row.to_area or fnmatchcase(sort.to_area, row.to_area))
    )


def _holds(group: str, contents: str) -> bool:
    return contents != "documents" if group == NON_DOCUMENTS else contents == group


def _changes(data: NetworkData) -> list[int]:
    """The local dates from which any rule may answer otherwise. Around a publication in the
    middle of a day lie the dates on which the minute decides."""
    days = {row.on for row in data.lane_events}
    for row in (*data.lane_terms, *data.products, *data.standards, *data.conditions):
        days |= {row.valid_from, row.valid_to + 1}
    for condition in data.conditions:
        days |= {condition.known_from // DAY - 1, condition.known_from // DAY + 2}
    return sorted(day for day in days if ALWAYS_FROM < day < ALWAYS_TO)
