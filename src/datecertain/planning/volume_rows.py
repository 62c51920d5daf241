"""Monthly volumes of lanes as rows, whole columns at a time, and as a panel of lane by month.

    month, origin, destination, items[, revenue, currency, refunds, judged, on_time, segments]

Money counts in hundredths of the unit that the file counts in; it is only compared with itself.
A month without a row is not known, which is another thing than a month without items.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.errors import UsageError
from datecertain.findings import Finding, Severity
from datecertain.moments import Ints, Mask

Floats = npt.NDArray[np.float64]
Lane = tuple[str, str]

#: What volumes can be told apart by, where a source supplies it.
SEGMENTS = ("customer", "weight_step", "contents", "product", "segment")
_KEYS = ("month", "origin", "destination")
_COUNTS = ("judged", "on_time")
_MONEY = ("revenue", "refunds")

VOLUMES = pa.schema(
    [
        pa.field("month", pa.string(), nullable=False),  # YYYY-MM
        pa.field("origin", pa.string(), nullable=False),
        pa.field("destination", pa.string(), nullable=False),
        *(pa.field(name, pa.string(), nullable=False) for name in SEGMENTS),  # empty: not said
        pa.field("currency", pa.string(), nullable=False),  # empty: not said
        pa.field("items", pa.int64(), nullable=False),
        pa.field("revenue", pa.int64()),  # hundredths
        pa.field("refunds", pa.int64()),  # hundredths
        pa.field("judged", pa.int64()),  # items whose date was kept or missed
        pa.field("on_time", pa.int64()),
    ]
)
_MONTH = r"^(19|20)[0-9]{2}-(0[1-9]|1[0-2])(-[0-3][0-9].*)?$"
#: Findings of one kind that are listed; all are counted.
LISTED = 20


@dataclass(frozen=True, slots=True)
class ReadVolumes:
    """The rows that can be used (schema VOLUMES), how many cannot, and why."""

    rows: pa.Table
    set_aside: int
    findings: tuple[Finding, ...]


def volume_rows(table: pa.Table, source: str) -> ReadVolumes:
    """Read a table with at least `month`, `origin`, `destination` and `items`, of any types.

    Raises `UsageError` when one of them is missing. Rows that cannot be read are set aside.
    """
    missing = [name for name in (*_KEYS, "items") if name not in table.column_names]
    if missing:
        raise UsageError(
            f"{source} has no column {', '.join(missing)}: give month, origin, destination and "
            f"items (it has {', '.join(table.column_names)})"
        )
    columns = {name: _text(table, name) for name in (*_KEYS, *SEGMENTS, "currency")}
    bad = {
        "month-unreadable": pc.invert(pc.match_substring_regex(columns["month"], _MONTH)),
        "lane-unnamed": pc.or_(
            pc.equal(columns["origin"], ""), pc.equal(columns["destination"], "")
        ),
    }
    columns["month"] = pc.utf8_slice_codeunits(columns["month"], 0, 7)
    for name in ("items", *_COUNTS, *_MONEY):
        columns[name], bad[f"{name.replace('_', '-')}-unreadable"] = _whole(table, name)
    bad["items-unreadable"] = pc.or_(bad["items-unreadable"], pc.is_null(columns["items"]))
    over = pc.greater(columns["on_time"], columns["judged"])
    bad["more-on-time-than-judged"] = pc.fill_null(over, False)
    unusable = np.zeros(table.num_rows, dtype=bool)
    findings = _unused(table, source)
    for code in (*bad, "volume-twice"):
        mask = _mask(bad[code]) if code in bad else _repeated(columns, unusable)
        rows = np.flatnonzero(mask & ~unusable)
        findings += [
            Finding(code, Severity.ERROR, source, f"row {row + 1}", _DETAILS[code])
            for row in rows[:LISTED].tolist()
        ]
        unusable[rows] = True
    rows = pa.table([columns[name] for name in VOLUMES.names], names=VOLUMES.names)
    rows = rows.filter(pa.array(~unusable)).cast(VOLUMES)
    return ReadVolumes(rows, int(unusable.sum()), tuple(findings))


_DETAILS = {
    "month-unreadable": "the month cannot be read: write YYYY-MM",
    "lane-unnamed": "origin or destination is empty: name both posts",
    "items-unreadable": "items is no whole number from 0 on",
    "judged-unreadable": "judged is no whole number from 0 on",
    "on-time-unreadable": "on_time is no whole number from 0 on",
    "revenue-unreadable": "revenue is no amount with at most two decimals",
    "refunds-unreadable": "refunds is no amount with at most two decimals",
    "more-on-time-than-judged": "more items are on time than were judged",
    "volume-twice": "month, lane and segment stand in an earlier row: the first one is used",
}


def _unused(table: pa.Table, source: str) -> list[Finding]:
    return [
        Finding("column-unused", Severity.NOTE, source, name, "nothing here reads this column")
        for name in table.column_names
        if name not in VOLUMES.names
    ]


def _text(table: pa.Table, name: str) -> pa.ChunkedArray:
    if name not in table.column_names:
        return pa.chunked_array([pa.array([""] * table.num_rows, pa.string())])
    return pc.utf8_trim_whitespace(pc.fill_null(table[name].cast(pa.string()), ""))


def _whole(table: pa.Table, name: str) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """(the values as integers, null where not said; which cannot be read). Money in hundredths."""
    text = _text(table, name)
    said = pc.not_equal(text, "")
    form = r"^[0-9]{1,15}(\.[0-9]{1,2}0*)?$" if name in _MONEY else r"^[0-9]{1,15}(\.0*)?$"
    good = pc.match_substring_regex(text, form)
    value = pc.if_else(good, text, None).cast(pa.float64())
    scale = 100 if name in _MONEY else 1
    whole = pc.round(pc.multiply(value, float(scale))).cast(pa.int64())
    return whole, pc.and_(said, pc.invert(good))


def _repeated(columns: dict[str, pa.ChunkedArray], unusable: Mask) -> Mask:
    """Which rows have month, lane, segments and currency of an earlier one that can be used."""
    names = (*_KEYS, *SEGMENTS, "currency")
    keys = pc.binary_join_element_wise(*(columns[name] for name in names), "\x1f")
    codes = keys.combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False)
    usable = np.flatnonzero(~unusable)
    again = np.ones(len(codes), dtype=bool)
    again[usable[np.unique(codes[usable], return_index=True)[1]]] = False
    return again


def _mask(column: pa.ChunkedArray | pa.Array) -> Mask:
    return np.asarray(pc.fill_null(column, True).to_numpy(zero_copy_only=False), dtype=bool)


def month_number(month: str) -> int:
    """Months since the year 0."""
    return int(month[:4]) * 12 + int(month[5:7]) - 1


def month_name(number: int) -> str:
    """`YYYY-MM` of a month number."""
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


@dataclass(frozen=True, slots=True)
class Panel:
    """Volumes of lanes by month, both without gaps; arrays are [lane, month].

    `known`: there is a row. Money and on-time counts are -1 where not said. `currencies`: that of
    each lane's money, empty where none or several are named.
    """

    lanes: tuple[Lane, ...]
    currencies: tuple[str, ...]
    first_month: int
    items: Ints
    known: Mask
    revenue: Ints
    refunds: Ints
    judged: Ints
    on_time: Ints

    @property
    def months(self) -> tuple[str, ...]:
        """The months in order."""
        return tuple(month_name(self.first_month + at) for at in range(self.items.shape[1]))

    def within(self, first: str, last: str) -> slice:
        """The places of the months from one to another. Raises `UsageError` outside the panel."""
        begin, end = (month_number(one) - self.first_month for one in (first, last))
        if not 0 <= begin <= end < self.items.shape[1]:
            raise UsageError(
                f"{first} to {last} is not within the months at hand, {self.months[0]} to "
                f"{self.months[-1]}"
            )
        return slice(begin, end + 1)


def panel(rows: pa.Table, lanes: Sequence[Lane] | None = None) -> Panel:
    """The lanes of rows (schema VOLUMES) by month, segments added up, in order of the names.

    `lanes`: only these. Raises `UsageError` when there is no row.
    """
    if not rows.num_rows:
        raise UsageError("there is no volume to look at: import or give a file with rows")
    pairs = list(zip(rows["origin"].to_pylist(), rows["destination"].to_pylist(), strict=True))
    chosen = sorted(set(pairs)) if lanes is None else list(lanes)
    place = {lane: at for at, lane in enumerate(chosen)}
    lane = np.array([place.get(pair, -1) for pair in pairs], dtype=np.int64)
    month = np.array([month_number(one) for one in rows["month"].to_pylist()], dtype=np.int64)
    first, size = int(month.min()), int(month.max() - month.min()) + 1
    mine, shape = lane >= 0, (len(chosen), size)
    at = (lane[mine], month[mine] - first)
    known = np.zeros(shape, dtype=bool)
    known[at] = True
    currencies = _currencies(rows, lane, len(chosen))
    one_money = np.array([name is not None for name in currencies])[:, None]

    def added(name: str) -> Ints:
        values = np.asarray(pc.fill_null(rows[name], -1).to_numpy(), dtype=np.int64)[mine]
        sums, unsaid = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=bool)
        np.add.at(sums, at, np.maximum(values, 0))
        np.logical_or.at(unsaid, at, values < 0)
        return np.where(unsaid | ~known, -1, sums)

    return Panel(
        tuple(chosen), tuple(name or "" for name in currencies), first,
        np.maximum(added("items"), 0), known,
        np.where(one_money, added("revenue"), -1), np.where(one_money, added("refunds"), -1),
        added("judged"), added("on_time"),
    )  # fmt: skip


def _currencies(rows: pa.Table, lane: Ints, size: int) -> list[str | None]:
    """The currency of each lane's money; None where several are named."""
    found: list[set[str]] = [set() for _ in range(size)]
    for at, name in zip(lane.tolist(), rows["currency"].to_pylist(), strict=True):
        if at >= 0:
            found[at].add(name)
    return [next(iter(names), "") if len(names) <= 1 else None for names in found]
