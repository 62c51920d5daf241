"""What-if on money: a past period under another tariff, the change per post and the items behind it
(req 47). Nothing is booked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.claims.columns import codes, numbers, texts
from datecertain.settlement.reasons import Kind
from datecertain.settlement.settling import Reckoned

#: What posts owe each other, one row a reason and pair.
OWED = pa.schema(
    [("kind", pa.string()), ("detail", pa.string()), ("creditor", pa.string()),
     ("debtor", pa.string()), ("items", pa.int64()), ("amount_usdr", pa.int64())]
)  # fmt: skip

#: An item whose amount is another, for one reason between two posts.
ITEM_CHANGES = pa.schema(
    [("kind", pa.string()), ("detail", pa.string()), ("creditor", pa.string()),
     ("debtor", pa.string()), ("item_id", pa.string()), ("item_key", pa.string()),
     ("before_usdr", pa.int64()), ("after_usdr", pa.int64())]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PostChange:
    """What a post is owed less what it owes, before and after, in micro-SDR; by kind of reason."""

    post: str
    before_usdr: int
    after_usdr: int
    by_kind: tuple[tuple[Kind, int, int], ...]  # (kind, before, after)

    @property
    def change_usdr(self) -> int:
        return self.after_usdr - self.before_usdr


def owed_by(reckoned: Reckoned) -> pa.Table:
    """What posts owe each other in a period (schema `OWED`)."""
    rows = [
        (Kind.PERFORMANCE.value, line.relation, line.destination, line.origin, line.items,
         line.amount_usdr)
        for line in reckoned.rated.performance.lines
    ]  # fmt: skip
    rows += [
        (Kind.CHARGE.value, charge.detail, charge.creditor, charge.debtor, len(charge.items),
         charge.amount_usdr)
        for charge in reckoned.rated.charges
    ]  # fmt: skip
    recourse = reckoned.recourse
    charged = recourse.filter(pc.not_equal(recourse["bearer"], recourse["origin"]))
    sums = charged.group_by(["part", "origin", "bearer"]).aggregate(
        [("item_key", "count"), ("amount_usdr", "sum")]
    )
    rows += [
        (Kind.RECOURSE.value, row["part"], row["origin"], row["bearer"], row["item_key_count"],
         row["amount_usdr_sum"])
        for row in sums.to_pylist()
    ]  # fmt: skip
    named = [dict(zip(OWED.names, row, strict=True)) for row in sorted(rows)]
    return pa.Table.from_pylist(named, schema=OWED)


def changes_per_post(before: pa.Table, after: pa.Table) -> tuple[PostChange, ...]:
    """Each post's change between two reckonings (schema `OWED`, of as many periods as both have),
    in order of the posts; the changes sum to zero."""
    nets = [_nets(before), _nets(after)]
    posts = sorted({post for net in nets for post, _ in net})
    found = []
    for post in posts:
        by_kind = tuple(
            (kind, nets[0].get((post, kind), 0), nets[1].get((post, kind), 0))
            for kind in Kind
            if (post, kind) in nets[0] or (post, kind) in nets[1]
        )
        found.append(
            PostChange(post, sum(b for _, b, _ in by_kind), sum(a for _, _, a in by_kind), by_kind)
        )
    return tuple(found)


def _nets(owed: pa.Table) -> dict[tuple[str, Kind], int]:
    nets: dict[tuple[str, Kind], int] = {}
    for row in owed.to_pylist():
        kind = Kind(row["kind"])
        for post, sign in ((row["creditor"], 1), (row["debtor"], -1)):
            nets[post, kind] = nets.get((post, kind), 0) + sign * row["amount_usdr"]
    return nets


def item_changes(before: Reckoned, after: Reckoned) -> pa.Table:
    """The items whose amount is another, and for what (schema `ITEM_CHANGES`): the change of every
    reason and pair is the sum of its items'."""
    keys = [name for name in ITEM_CHANGES.names if not name.endswith("_usdr")]
    was, now = (pa.concat_tables([_ITEMS.empty_table(), *_items(one)]) for one in (before, after))
    # One sum over both: an item that stands in one of them only has nothing in the other.
    was = was.rename_columns([*keys, "before_usdr"]).append_column("after_usdr", _zeros(was))
    now = now.rename_columns([*keys, "after_usdr"]).append_column("before_usdr", _zeros(now))
    both = pa.concat_tables([table.select(ITEM_CHANGES.names) for table in (was, now)])
    sums = both.group_by(keys).aggregate([("before_usdr", "sum"), ("after_usdr", "sum")])
    sums = sums.rename_columns(ITEM_CHANGES.names)
    changed = sums.filter(pc.not_equal(sums["before_usdr"], sums["after_usdr"]))
    return changed.sort_by([(name, "ascending") for name in keys]).cast(ITEM_CHANGES)


_ITEMS = pa.schema([*list(ITEM_CHANGES)[:6], ("amount_usdr", pa.int64())])


def _items(reckoned: Reckoned) -> Iterator[pa.Table]:
    performance = reckoned.rated.performance
    for line in performance.lines:
        items = performance.items_of(line.relation).rename_columns({"each_usdr": "amount_usdr"})
        yield _rows(Kind.PERFORMANCE, line.relation, line.destination, line.origin, items)
    for charge in reckoned.rated.charges:
        yield _rows(Kind.CHARGE, charge.detail, charge.creditor, charge.debtor, charge.items)
    recourse = reckoned.recourse
    charged = recourse.filter(pc.not_equal(recourse["bearer"], recourse["origin"]))
    columns = [codes(texts(charged, name))[0] for name in ("part", "origin", "bearer")]
    for part in columns[0]:
        for origin in columns[1]:
            for bearer in columns[2]:
                rows = charged.filter(
                    pc.and_(
                        pc.equal(charged["part"], part),
                        pc.and_(pc.equal(charged["origin"], origin),
                                pc.equal(charged["bearer"], bearer)),
                    )
                )  # fmt: skip
                if len(rows):
                    yield _rows(Kind.RECOURSE, part, origin, bearer, rows)


def _zeros(rows: pa.Table) -> pa.Array:
    return pa.array(np.zeros(len(rows), dtype=np.int64))


def _rows(kind: Kind, detail: str, creditor: str, debtor: str, items: pa.Table) -> pa.Table:
    count = len(items)
    head = [pa.repeat(text, count) for text in (kind.value, detail, creditor, debtor)]
    return pa.table(
        [*head, texts(items, "item_id"), texts(items, "item_key"),
         pa.array(numbers(items, "amount_usdr"))], schema=_ITEMS,
    )  # fmt: skip
