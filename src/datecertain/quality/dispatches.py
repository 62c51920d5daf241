"""What dispatches tell: receptacles that nobody advised, dispatches and receptacles that never
came, items sent to a third post or back (req 17, 20).

    Transport, items, arrivals → dispatch_quality → DispatchQuality

Pre-advice (PREDES) is the origin side's word, what came is the destination side's (RESDES, RESCON);
a carrier's status counts for neither. Dates are local, as stated. Tests, and dispatches with an
office that is not of the network, are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.messages import Transport
from datecertain.moments import DAY, Mask
from datecertain.quality.checks import Kind, QualityLine
from datecertain.quality.event_rules import DispatchRule
from datecertain.settlement import Period
from datecertain.tracking.events import must

#: Kinds of `receptacles` by which a post says that a receptacle came to it.
CAME = ("received", "excess", "taken_over", "taken_over_unadvised")
ABSENT = ("missing", "not_taken_over")
ADVISED = "advised"

#: What is wrong, to be sent to the post that has to answer. `told_on`: the local date on which the
#: message that names it was prepared, or the receptacle looked at.
DISPATCH_LISTED = pa.schema(
    [
        must("kind", pa.string()),
        must("name", pa.string()),
        must("post", pa.string()),
        must("partner", pa.string()),
        must("dispatch", pa.string()),
        pa.field("receptacle", pa.string()),  # null: the whole dispatch
        pa.field("item_id", pa.string()),
        pa.field("told_on", pa.int32()),
        must("interchange", pa.string()),  # control reference of the message that names it
    ]
)


@dataclass(frozen=True, slots=True)
class DispatchQuality:
    """The figures, as those of item events, and the rows behind them (`DISPATCH_LISTED`)."""

    month: str
    lines: tuple[QualityLine, ...]
    listed: pa.Table


def dispatch_quality(
    told: Transport, items: pa.Table, arrivals: pa.Table, posts: Mapping[str, str],
    rule: DispatchRule, period: Period, as_of: int,
) -> DispatchQuality:  # fmt: skip
    """Everything that can be said of the dispatches advised, and the receptacles that came, in a
    period (local dates), as known at `as_of` (moment).

    `told`: all that was told, of later days too, since what was advised late in a month comes in
    the next. `items`: `item_id`, `origin`, `destination` of acceptance records. `arrivals`:
    `item_id`, `post` of each EMD, whoever's. `posts`: the post of each office of exchange.
    """
    seen = _Seen(told, items, arrivals, posts, period, as_of // DAY - rule.within_days)
    lines, listed = list[QualityLine](), [DISPATCH_LISTED.empty_table()]
    for one in seen.checks():
        lines += one.lines(period.name)
        listed.append(one.listed())
    order = ("post", "kind", "name", "dispatch", "receptacle", "item_id", "partner")
    rows = pa.concat_tables(listed).sort_by([(name, "ascending") for name in order])
    return DispatchQuality(period.name, tuple(lines), rows)


@dataclass(frozen=True, slots=True)
class _Check:
    """Rows that were looked at, with `post` and `partner`, and which are bad."""

    kind: Kind
    name: str
    rows: pa.Table
    bad: Mask

    def lines(self, month: str) -> list[QualityLine]:
        pairs = list(
            zip(self.rows["post"].to_pylist(), self.rows["partner"].to_pylist(), strict=True)
        )
        counts: dict[tuple[str, str], list[int]] = {}
        for pair, bad in zip(pairs, self.bad.tolist(), strict=True):
            found = counts.setdefault(pair, [0, 0])
            found[0] += 1
            found[1] += bad
        return [
            QualityLine(self.kind, self.name, "", *pair, month, *counts[pair])
            for pair in sorted(counts)
        ]

    def listed(self) -> pa.Table:
        rows = self.rows.filter(pa.array(self.bad))
        fixed = {"kind": self.kind.value, "name": self.name}
        columns = [
            pa.repeat(fixed[one.name], len(rows)) if one.name in fixed
            else rows[one.name].cast(one.type) if one.name in rows.column_names
            else pa.nulls(len(rows), one.type)
            for one in DISPATCH_LISTED
        ]  # fmt: skip
        return pa.table(columns, schema=DISPATCH_LISTED)


class _Seen:
    """The tables as the checks need them: one row a receptacle, one an item and dispatch."""

    def __init__(
        self, told: Transport, items: pa.Table, arrivals: pa.Table, posts: Mapping[str, str],
        period: Period, due_before: int,
    ) -> None:  # fmt: skip
        self.posts, self.period, self.due_before = posts, period, due_before
        rows = self._with_posts(told.receptacles)
        came = pc.is_in(rows["kind"], pa.array(CAME))
        self.advised = _first(
            rows.filter(pc.fill_null(pc.equal(rows["kind"], ADVISED), False)), "receptacle"
        )
        self.came = _first(rows.filter(came), "receptacle")
        absent = rows.filter(pc.is_in(rows["kind"], pa.array(ABSENT)))
        self.absent = absent["receptacle"]
        inside = told.contained.filter(
            pc.fill_null(pc.equal(told.contained["kind"], ADVISED), False)
        )
        # Of what the origin's side tells the last message holds.
        inside = self._with_posts(_last(inside, "item_id", "dispatch"))
        index = pc.index_in(inside["item_id"], items["item_id"].combine_chunks())
        for name in ("origin", "destination"):
            inside = inside.append_column(f"item_{name}", items[name].take(index))
        self.inside = inside
        there = pc.is_in(
            _joined(inside["item_id"], inside["to_post"]),
            _joined(arrivals["item_id"], arrivals["post"]).combine_chunks(),
        )
        self.arrived = inside.filter(there)

    def checks(self) -> Iterator[_Check]:
        """All checks, one at a time."""
        yield from self._unadvised()
        yield from self._not_received()
        yield from self._items()

    def _unadvised(self) -> Iterator[_Check]:
        """The receptacles that came: no pre-advice of their dispatch, or none that names them. The
        post that sent them should have told."""
        rows = self._told_by_sender(self._within(self.came))
        dispatch = _among(rows["dispatch"], self.advised["dispatch"])
        named = _among(rows["receptacle"], self.advised["receptacle"])
        yield _Check(Kind.RECEPTACLE_UNADVISED, "no_dispatch", rows, ~dispatch & ~named)
        yield _Check(Kind.RECEPTACLE_UNADVISED, "not_in_dispatch", rows, dispatch & ~named)

    def _not_received(self) -> Iterator[_Check]:
        """The dispatches advised, whose time is over: nothing of them came, receptacle or item;
        and of the others the receptacles that did not come. The post they went to has to answer."""
        advised = self._within(self.advised)
        advised = advised.filter(pc.less(advised["told_on"], self.due_before))
        advised = self._told_by_receiver(advised)
        dispatches = _first(advised, "dispatch").drop_columns(["receptacle"])
        signs = pa.chunked_array(
            [*self.came["dispatch"].chunks, *self.arrived["dispatch"].chunks], pa.string()
        )
        silent = ~_among(dispatches["dispatch"], signs)
        yield _Check(Kind.DISPATCH_NOT_RECEIVED, "", dispatches, silent)
        rest = advised.filter(pa.array(_among(advised["dispatch"], signs)))
        here = _among(rest["receptacle"], self.came["receptacle"])
        here |= _among(rest["receptacle"], self.arrived["receptacle"])
        absent = _among(rest["receptacle"], self.absent)
        yield _Check(Kind.RECEPTACLE_NOT_RECEIVED, "told_missing", rest, ~here & absent)
        yield _Check(Kind.RECEPTACLE_NOT_RECEIVED, "no_word", rest, ~here & ~absent)

    def _items(self) -> Iterator[_Check]:
        """The items advised in dispatches: to a post that is neither their origin nor their
        destination; from their destination back to their origin. The sender of the dispatch is
        named. Items without a record here are not looked at: where they go is not known."""
        rows = self._within(self.inside)
        rows = self._told_by_sender(rows.filter(pc.is_valid(rows["item_origin"])))
        by, to = rows["from_post"], rows["to_post"]
        origin, destination = rows["item_origin"], rows["item_destination"]
        third = pc.and_(pc.not_equal(to, origin), pc.not_equal(to, destination))
        back = pc.and_(pc.equal(by, destination), pc.equal(to, origin))
        yield _Check(Kind.MISSENT_DISPATCHED, "", rows, _mask(third))
        yield _Check(Kind.RETURNED_DISPATCHED, "", rows, _mask(back))

    def _with_posts(self, rows: pa.Table) -> pa.Table:
        """With the posts of both offices of the dispatch and the day it was told on; without tests
        and other networks' offices."""
        if "test" in rows.column_names:  # no test becomes a fact
            rows = rows.filter(pc.invert(rows["test"]))
        offices = pa.array(list(self.posts), pa.string())
        owners = pa.array(list(self.posts.values()), pa.string())
        day = rows["prepared_date"]
        if "checked_date" in rows.column_names:
            day = pc.coalesce(rows["checked_date"], day)
        rows = rows.append_column("told_on", day)
        for name, begin in (("from_post", 0), ("to_post", 6)):
            office = pc.utf8_slice_codeunits(rows["dispatch"], begin, begin + 6)
            rows = rows.append_column(name, owners.take(pc.index_in(office, offices)))
        known = pc.and_(pc.is_valid(rows["from_post"]), pc.is_valid(rows["to_post"]))
        return rows.filter(known)

    def _within(self, rows: pa.Table) -> pa.Table:
        day = rows["told_on"]
        inside = pc.and_(
            pc.greater_equal(day, self.period.first_day), pc.less_equal(day, self.period.last_day)
        )
        return rows.filter(pc.fill_null(inside, False))

    @staticmethod
    def _told_by_sender(rows: pa.Table) -> pa.Table:
        return rows.append_column("post", rows["from_post"]).append_column(
            "partner", rows["to_post"]
        )

    @staticmethod
    def _told_by_receiver(rows: pa.Table) -> pa.Table:
        return rows.append_column("post", rows["to_post"]).append_column(
            "partner", rows["from_post"]
        )


#: When something was told, and where it stands: the order in which messages about it count.
_ORDER = (
    "told_on", "prepared_date", "prepared_min", "transmitted_date", "transmitted_min", "sender",
    "interchange", "message", "segment",
)  # fmt: skip


def _first(rows: pa.Table, *keys: str) -> pa.Table:
    """The first row of each key, by when it was told."""
    rows = rows.sort_by([(name, "ascending") for name in _ORDER if name in rows.column_names])
    _, index = np.unique(_numbers(rows, keys), return_index=True)
    return rows.take(pa.array(np.sort(index)))


def _last(rows: pa.Table, *keys: str) -> pa.Table:
    """The last row of each key, by when it was told."""
    rows = rows.sort_by([(name, "descending") for name in _ORDER if name in rows.column_names])
    _, index = np.unique(_numbers(rows, keys), return_index=True)
    return rows.take(pa.array(np.sort(index)))


def _numbers(rows: pa.Table, keys: tuple[str, ...]) -> np.ndarray:
    encoded = _joined(*(rows[name] for name in keys)).combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    return np.asarray(encoded.indices)


def _joined(*columns: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(*columns, "|") if len(columns) > 1 else columns[0]


def _among(values: pa.ChunkedArray, known: pa.ChunkedArray) -> Mask:
    return _mask(pc.is_in(values, known.combine_chunks()))


def _mask(values: pa.ChunkedArray) -> Mask:
    return np.asarray(pc.fill_null(values, False), dtype=bool)
