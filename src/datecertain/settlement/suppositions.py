"""A month as it might have been: other shares, volume moved to another lane, refunds unasked
(req 34, 47). The supposed tables are reckoned like any others; nothing is booked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.claims.columns import numbers, rows_in, texts
from datecertain.errors import UsageError
from datecertain.settlement.ledger import Granted
from datecertain.verdict.outcomes import DAYS_COLUMNS, SHARE_COLUMNS, WHOLE, Leg, Outcome
from datecertain.verdict.sharing import POLICIES

Lane = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Move:
    """A part of a lane's items, in percent, that goes by another lane instead."""

    origin: Lane
    to: Lane
    percent: int


@dataclass(frozen=True, slots=True)
class Suppositions:
    """What is supposed; what is empty stays as it was."""

    sharing: str = ""  # a policy of `verdict.sharing`
    automatic: frozenset[Lane] = frozenset()  # lanes on which the verdict pays unasked
    moves: tuple[Move, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.sharing or self.automatic or self.moves)

    @property
    def posts(self) -> list[str]:
        """The posts of all lanes that are named."""
        ends = [lane for move in self.moves for lane in (move.origin, move.to)]
        return sorted({post for lane in (*self.automatic, *ends) for post in lane})


@dataclass(frozen=True)
class Traffic:
    """The tables of a month: verdicts, acceptance records, what was sent in time (`SENT`), journeys
    (or None), and what stands in the ledger of refunds besides."""

    verdicts: pa.Table
    items: pa.Table
    sent: pa.Table
    journeys: pa.Table | None
    granted: Granted


def supposed(traffic: Traffic, what: Suppositions) -> Traffic:
    """The tables as they would be. Raises `UsageError` for a policy that is none, or a move to a
    lane without an item."""
    for move in what.moves:
        traffic = _moved(traffic, move)
    if what.sharing:
        traffic = replace(traffic, verdicts=_shared(traffic.verdicts, what.sharing))
    if what.automatic:
        late = pc.equal(traffic.verdicts["sender_outcome"], Outcome.LATE_LIABLE.value)
        on_them = pa.array(np.isin(_lanes(traffic.verdicts), _names(what.automatic)))
        keys = traffic.verdicts.filter(pc.and_(late, on_them))["item_key"].to_pylist()
        granted = replace(traffic.granted, keys=(*traffic.granted.keys, *keys))
        traffic = replace(traffic, granted=granted)
    return traffic


def _lanes(rows: pa.Table) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    joined = pc.binary_join_element_wise(texts(rows, "origin"), texts(rows, "destination"), "-")
    return np.asarray(joined.to_pylist(), dtype=np.str_)


def _names(lanes: Collection[Lane]) -> list[str]:
    return sorted("-".join(lane) for lane in lanes)


#: Of whom the legs are, as custodies in order of time; the promise stands last.
_CUSTODIES = ((Leg.EXPORT,), (Leg.TRANSPORT,), (Leg.IMPORT, Leg.DELIVERY), (Leg.PROMISE,))


def _shared(verdicts: pa.Table, policy: str) -> pa.Table:
    """Liable days shared by another policy, from the net days of each leg. Where none is positive,
    the shares stay as they are."""
    if policy not in POLICIES:
        raise UsageError(f"{policy!r} is not a policy of sharing: {', '.join(POLICIES)}")
    days = np.stack([numbers(verdicts, name) for name in DAYS_COLUMNS], axis=1)
    before = np.stack([numbers(verdicts, name) for name in SHARE_COLUMNS], axis=1)
    nets = np.zeros((len(days), len(_CUSTODIES), len(Leg)), dtype=np.int64)
    for custody, legs in enumerate(_CUSTODIES):
        for leg in legs:
            nets[:, custody, leg] = 2 * days[:, leg]
    liable = pc.equal(verdicts["outcome"], Outcome.LATE_LIABLE.value).to_numpy()
    rows = np.flatnonzero(liable & (nets.sum(axis=2) > 0).any(axis=1))
    after = before.copy()
    after[rows] = POLICIES[policy](nets[rows])
    assert (after[rows].sum(axis=1) == WHOLE).all()
    for number, name in enumerate(SHARE_COLUMNS):
        place = verdicts.column_names.index(name)
        field = verdicts.schema.field(name)
        verdicts = verdicts.set_column(place, field, pa.array(after[:, number], field.type))
    return verdicts


def _moved(traffic: Traffic, move: Move) -> Traffic:
    """A part of a lane's items taken out, the first by key, and as many items of the other lane
    counted once more: what is moved fares as that lane's own items did."""
    if not 0 < move.percent <= 100:
        raise UsageError(f"a move of {move.percent} %: give 1 to 100")
    lane, keys = _lanes(traffic.verdicts), texts(traffic.verdicts, "item_key")
    order = pc.array_sort_indices(keys).to_numpy()
    there, other = ("-".join(one) for one in (move.origin, move.to))
    own, models = order[lane[order] == there], order[lane[order] == other]
    gone = own[: len(own) * move.percent // 100]
    if len(gone) and not len(models):
        raise UsageError(f"no item went {other}: nothing says how what is moved would fare")
    copies = models[np.arange(len(gone)) % max(len(models), 1)] if len(gone) else gone
    number = np.arange(len(gone)) // max(len(models), 1) + 1
    moved = [keys[row].as_py() for row in copies.tolist()]
    names = [f"{key}+{move.origin[1]}{n}" for key, n in zip(moved, number.tolist(), strict=True)]
    out = keys.take(pa.array(gone, pa.int64()))

    def changed(table: pa.Table) -> pa.Table:
        kept = table.filter(pc.invert(pc.is_in(table["item_key"], value_set=out)))
        row = rows_in(pa.array(_distinct(moved), pa.string()), texts(table, "item_key"))
        place = dict(zip(_distinct(moved), row.tolist(), strict=True))
        taken = [(place[key], name) for key, name in zip(moved, names, strict=True)
                 if place[key] >= 0]  # fmt: skip
        more = table.take(pa.array([row for row, _ in taken], pa.int64()))
        at = table.column_names.index("item_key")
        renamed = pa.array([name for _, name in taken], pa.string())
        return pa.concat_tables([kept, more.set_column(at, table.schema.field(at), renamed)])

    journeys = None if traffic.journeys is None else changed(traffic.journeys)
    return Traffic(
        changed(traffic.verdicts), changed(traffic.items), changed(traffic.sent), journeys,
        _without(traffic.granted, out),
    )  # fmt: skip


def _without(granted: Granted, gone: pa.Array) -> Granted:
    left = granted.rows.filter(pc.invert(pc.is_in(granted.rows["item_key"], value_set=gone)))
    return Granted(tuple(k for k in granted.keys if k not in set(gone.to_pylist())), left)


def _distinct(keys: list[str]) -> list[str]:
    return list(dict.fromkeys(keys))
