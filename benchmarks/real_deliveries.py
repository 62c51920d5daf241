"""Real deliveries as histories: USAID's supply chain 2006-2012, and Cargo 2000 air freight.

Neither file is part of the project; both are read where they lie, in a folder beside the checkout.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from datecertain.moments import day_of
from datecertain.planning.histories import NONE, Deliveries, Numbers, Texts

SHARED = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"
SUPPLY_CHAIN = SHARED / "scms_deliveries_2006_2012.csv.gz"
AIR_FREIGHT = SHARED / "cargo2000_stages_even.parquet"
#: What is known of a line when it is ordered; its weight and freight cost are not.
_ORDERED = (
    "Project Code", "Managed By", "Fulfill Via", "Vendor INCO Term", "Product Group",
    "Sub Classification", "Vendor", "Molecule/Test Type", "Brand", "Dosage Form",
    "Manufacturing Site", "First Line Designation",
)  # fmt: skip
_MEASURED = (
    "Unit of Measure (Per Pack)", "Line Item Quantity", "Line Item Value", "Pack Price",
    "Unit Price",
)  # fmt: skip
_STAGES = ("rcs", "dep", "rcf", "dlv")

#: Lane, day of acceptance, days to delivery, days promised; and what more is known.
_Row = tuple[str, int, int, int, Sequence[str], Sequence[float]]


def supply_chain() -> Deliveries:
    """Lane: country and mode. Accepted: the order's date, else the first quotation's; lines without
    either, or delivered before it, are left out. Promised: the scheduled delivery."""
    rows: list[_Row] = []
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
                rows.append((
                    lane, accepted, delivered - accepted, scheduled - accepted,
                    [row[name] for name in _ORDERED], [_number(row[name]) for name in _MEASURED],
                ))  # fmt: skip
    return _deliveries(rows, _ORDERED, _MEASURED)


def air_freight() -> Deliveries:
    """Lane: the number of hops of the outbound leg. The file has durations only: four processes
    are taken to begin each day, in the order of their numbers. Begun days, planned and in fact.
    Beside the lane: minutes planned for the stages of the outbound leg and of the inbound leg
    that is planned the longest."""
    table = pq.read_table(AIR_FREIGHT).to_pydict()
    planned: dict[tuple[int, str], dict[str, int]] = {}
    actual: dict[tuple[int, str], int] = {}
    hops: dict[tuple[int, str], int] = {}
    for process, leg, hop, stage, plan, took in zip(
        table["process_id"], table["leg"], table["hops"], table["stage"], table["planned_min"],
        table["effective_min"], strict=True,
    ):  # fmt: skip
        stages = planned.setdefault((process, leg), dict.fromkeys(_STAGES, 0))
        stages[stage] += plan or 0
        actual[process, leg] = actual.get((process, leg), 0) + (took or 0)
        hops[process, leg] = hop
    rows: list[_Row] = []
    for process in sorted({process for process, _ in planned}):
        inbound = [key for key in planned if key[0] == process and key[1] != "o"]
        outbound = (process, "o")
        if outbound not in planned or not inbound:
            continue
        longest = max(inbound, key=lambda key: sum(planned[key].values()))
        minutes = [planned[leg][stage] for leg in (longest, outbound) for stage in _STAGES]
        took = max(actual[key] for key in inbound) + actual[outbound]
        rows.append((
            f"{hops[outbound]} hops", process // 4, -(-took // 1440), -(-sum(minutes) // 1440),
            [f"{len(inbound)}"], [float(sum(minutes)), *map(float, minutes)],
        ))  # fmt: skip
    names = [f"{way} {stage}" for way in ("in", "out") for stage in _STAGES]
    kept = [row for row in rows if row[2] >= 0 and row[3] >= 0]
    return _deliveries(kept, ["legs"], ["planned", *names])


def _deliveries(rows: list[_Row], texts: Sequence[str], numbers: Sequence[str]) -> Deliveries:
    rows.sort(key=lambda row: row[1])
    lanes = sorted({row[0] for row in rows})
    lane = np.array([lanes.index(row[0]) for row in rows], dtype=np.int64)
    accepted, days, promised = (
        np.array([row[place] for row in rows], dtype=np.int64) for place in (1, 2, 3)
    )
    assert NONE not in days
    more: list[Texts | Numbers] = []
    for place, name in enumerate(texts):
        labels, values = np.unique([row[4][place] for row in rows], return_inverse=True)
        more.append(Texts(name, values, tuple(labels.tolist())))
    more += [
        Numbers(name, np.array([row[5][place] for row in rows]))
        for place, name in enumerate(numbers)
    ]
    return Deliveries(
        tuple(lanes), lane, accepted, days, promised, int((accepted + days).max()), tuple(more)
    )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _day(text: str) -> int | None:
    try:
        return day_of(dt.datetime.strptime(text, "%m/%d/%y").replace(tzinfo=dt.UTC).date())
    except ValueError:
        return None
