"""Real deliveries as histories: USAID's supply chain 2006-2012, and Cargo 2000 air freight.

Neither file is part of the project; both are read where they lie, in a folder beside the checkout.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from datecertain.moments import day_of
from datecertain.planning.histories import NONE, Deliveries

SHARED = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"
SUPPLY_CHAIN = SHARED / "scms_deliveries_2006_2012.csv.gz"
AIR_FREIGHT = SHARED / "cargo2000_stages_even.parquet"


def supply_chain() -> Deliveries:
    """Lane: country and mode. Accepted: the order's date, else the first quotation's; lines without
    either, or delivered before it, are left out. Promised: the scheduled delivery."""
    rows: list[tuple[str, int, int, int]] = []
    with gzip.open(SUPPLY_CHAIN, "rt", encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            accepted = _day(row["PO Sent to Vendor Date"]) or _day(
                row["PQ First Sent to Client Date"]
            )
            if accepted is None:
                continue
            delivered = day_of(dt.date.fromisoformat(row["Delivered to Client Date"]))
            scheduled = day_of(dt.date.fromisoformat(row["Scheduled Delivery Date"]))
            if min(delivered, scheduled) >= accepted:
                lane = f"{row['Country']} {row['Shipment Mode']}"
                rows.append((lane, accepted, delivered - accepted, scheduled - accepted))
    return _deliveries(rows)


def air_freight() -> Deliveries:
    """Lane: the number of hops of the outbound leg. The file has durations only: four processes
    are taken to begin each day, in the order of their numbers. Begun days, planned and in fact."""
    table = pq.read_table(AIR_FREIGHT).to_pydict()
    sums: dict[tuple[int, str], list[int]] = {}
    hops: dict[tuple[int, str], int] = {}
    for process, leg, hop, planned, actual in zip(
        table["process_id"], table["leg"], table["hops"], table["planned_min"],
        table["effective_min"], strict=True,
    ):  # fmt: skip
        both = sums.setdefault((process, leg), [0, 0])
        both[0] += planned or 0
        both[1] += actual or 0
        hops[process, leg] = hop
    rows = []
    for process in sorted({process for process, _ in sums}):
        inbound = [both for (one, leg), both in sums.items() if one == process and leg != "o"]
        outbound = sums.get((process, "o"))
        if outbound is None or not inbound:
            continue
        planned, actual = (
            max(both[place] for both in inbound) + outbound[place] for place in (0, 1)
        )
        lane = f"{hops[process, 'o']} hops"
        rows.append((lane, process // 4, -(-actual // 1440), -(-planned // 1440)))
    return _deliveries([row for row in rows if row[2] >= 0 and row[3] >= 0])


def _deliveries(rows: list[tuple[str, int, int, int]]) -> Deliveries:
    rows.sort(key=lambda row: row[1])
    lanes = sorted({row[0] for row in rows})
    lane = np.array([lanes.index(row[0]) for row in rows], dtype=np.int64)
    accepted, days, promised = (
        np.array([row[place] for row in rows], dtype=np.int64) for place in (1, 2, 3)
    )
    assert NONE not in days
    return Deliveries(tuple(lanes), lane, accepted, days, promised, int((accepted + days).max()))


def _day(text: str) -> int | None:
    try:
        return day_of(dt.datetime.strptime(text, "%m/%d/%y").replace(tzinfo=dt.UTC).date())
    except ValueError:
        return None
