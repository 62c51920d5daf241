"""Dispatches, items and bills of a period held against each other (req 43).

The classic failure is mail that was received and never billed: a US audit found 1,058 of 1,413
dispatches of a quarter so (USPS OIG FT-AR-08-012). Every gap has a name; those that concern money
keep a period open until each is accepted by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.claims.columns import texts
from datecertain.moments import Mask
from datecertain.tracking.events import must

#: Of each item that was advised in a dispatch (PREDES): `came`: a receptacle of that dispatch was
#: told as received (RESDES, RESCON).
ADVISED = pa.schema(
    [must("item_id", pa.string()), must("dispatch", pa.string()), must("came", pa.bool_())]
)


class GapKind(StrEnum):
    """What does not agree."""

    RECEIVED_NOT_BILLED = "received_not_billed"  # scanned in, on no statement
    BILLED_NOT_RECEIVED = "billed_not_received"  # on a statement for its arrival, never scanned in
    DISPATCH_NOT_BILLED = (
        "dispatch_not_billed"  # a dispatch that came, no item of it on a statement
    )
    SENT_NOT_RECEIVED = "sent_not_received"  # sent off or advised, never scanned in
    RECEIVED_NOT_SENT = "received_not_sent"  # scanned in, neither sent off nor advised
    DISPATCH_NOT_COME = "dispatch_not_come"  # advised, nothing of it came, no item scanned in


#: Gaps that concern money: they keep a period open.
MONEY = (GapKind.RECEIVED_NOT_BILLED, GapKind.BILLED_NOT_RECEIVED, GapKind.DISPATCH_NOT_BILLED)


@dataclass(frozen=True, slots=True)
class Gap:
    """Items that do not agree, of one relation or one dispatch."""

    kind: GapKind
    about: str  # a relation, `KR-US`, or a dispatch
    origin: str
    destination: str
    items: tuple[str, ...]  # item numbers, in order

    @property
    def name(self) -> str:
        """The name by which it is accepted: `received_not_billed:KR-US`."""
        return f"{self.kind.value}:{self.about}"

    @property
    def money(self) -> bool:
        """Whether it keeps a period open."""
        return self.kind in MONEY


def gaps_of(
    scans: pa.Table, item_ids: pa.StringArray, advised: pa.Table, billed: pa.StringArray,
    settles: Callable[[str, str], bool],
) -> tuple[Gap, ...]:  # fmt: skip
    """Every gap of a period, in order of kind and what it is about.

    `scans`: schema `SENT`, with `item_ids` row for row; `advised`: schema `ADVISED`;
    `billed`: keys of the items on the statements for their arrival; `settles`: whether two posts
    settle at all. Of posts that do not, nothing is expected on statements.
    """
    keys = texts(scans, "item_key")
    received, sent = (_mask(scans[name].combine_chunks()) for name in ("has_emd", "has_emc"))
    on_bill = _mask(pc.is_in(keys, value_set=billed))
    in_dispatch = _mask(pc.is_in(item_ids, value_set=texts(advised, "item_id")))
    lanes = list(zip(scans["origin"].to_pylist(), scans["destination"].to_pylist(), strict=True))
    owing = {lane: settles(*lane) for lane in set(lanes)}
    settling = np.array([owing[lane] for lane in lanes], dtype=bool)
    wrong = {
        GapKind.RECEIVED_NOT_BILLED: received & ~on_bill & settling,
        GapKind.BILLED_NOT_RECEIVED: on_bill & ~received,
        GapKind.SENT_NOT_RECEIVED: (sent | in_dispatch) & ~received,
        GapKind.RECEIVED_NOT_SENT: received & ~sent & ~in_dispatch,
    }
    found = [
        gap for kind, rows in wrong.items() for gap in _by_relation(kind, rows, lanes, item_ids)
    ]
    known = dict(
        zip(item_ids.to_pylist(), zip(lanes, received, on_bill, settling, strict=True),
            strict=True)
    )  # fmt: skip
    found += _dispatches(advised, known)
    return tuple(sorted(found, key=lambda gap: (list(GapKind).index(gap.kind), gap.about)))


def _by_relation(
    kind: GapKind, rows: Mask, lanes: list[tuple[str, str]], item_ids: pa.StringArray
) -> Iterator[Gap]:
    groups: dict[tuple[str, str], list[str]] = {}
    for row in np.flatnonzero(rows).tolist():
        groups.setdefault(lanes[row], []).append(item_ids[row].as_py())
    for lane, items in groups.items():
        yield Gap(kind, "-".join(lane), *lane, tuple(sorted(items)))


def _dispatches(
    advised: pa.Table, known: dict[str, tuple[tuple[str, str], bool, bool, bool]]
) -> Iterator[Gap]:
    dispatches: dict[str, list[str]] = {}
    came: set[str] = set()
    for row in advised.to_pylist():
        if row["item_id"] in known:
            dispatches.setdefault(row["dispatch"], []).append(row["item_id"])
        if row["came"]:
            came.add(row["dispatch"])
    for dispatch, items in dispatches.items():
        facts = [known[item] for item in items]
        arrived = dispatch in came or any(fact[1] for fact in facts)
        lane, listed = facts[0][0], tuple(sorted(set(items)))
        if not arrived:
            yield Gap(GapKind.DISPATCH_NOT_COME, dispatch, *lane, listed)
        elif all(fact[3] for fact in facts) and not any(fact[2] for fact in facts):
            yield Gap(GapKind.DISPATCH_NOT_BILLED, dispatch, *lane, listed)


def _mask(column: pa.BooleanArray) -> Mask:
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=bool)
