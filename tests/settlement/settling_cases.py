"""Months of settlement as text: verdicts, acceptance records and scans of a few items."""

from __future__ import annotations

from functools import lru_cache

import pyarrow as pa

from datecertain.moments import parse_date
from datecertain.network import Network
from datecertain.settlement.measures import PERFORMANCE_EVENTS, TIMED
from datecertain.settlement.tariff_files import tariff_of
from datecertain.settlement.tariffs import Tariff
from datecertain.verdict.outcomes import SHARE_COLUMNS, WHOLE, Leg
from worlds import small_network

BOOKED_AT = 29_750_000  # some moment in the middle of 2026
LATE = "late_liable"

#: 4 SDR an item: half for on-time delivery from 80 % on, half for complete scans, in one step.
TARIFF = """
name = "test"
source = "test"
weight_classes_g = [500, 2000]
[[performance]]
origin = "*"
destination = "*"
base_usdr = 4_000_000
floor_ppm = 250_000
cap_ppm = 1_000_000
sent_by = "noon_next_day"
together = false
source = "test"
[[performance.measures]]
measure = "on_time"
weight_ppm = 500_000
between = "slope"
steps = [[800_000, 0], [1_000_000, 1_000_000]]
unscored_ppm = 0
source = "test"
[[performance.measures]]
measure = "completeness"
weight_ppm = 500_000
between = "step"
steps = [[900_000, 1_000_000]]
unscored_ppm = 0
source = "test"
[[recourse]]
origin = "*"
destination = "*"
percent = 100
source = "test"
"""

CURRENCY = {"KR": "KRW", "JP": "JPY", "US": "USD"}


@lru_cache(maxsize=1)
def network() -> Network:
    return small_network()


def tariff(text: str = TARIFF) -> Tariff:
    return tariff_of(text, "test.toml")


def shares(text: str) -> dict[str, int]:
    """`export 40 delivery 60`, in per cent, or in parts per million from 1000 on."""
    given = text.split()
    found = dict.fromkeys((leg.name.lower() for leg in Leg), 0)
    for leg, share in zip(given[::2], given[1::2], strict=True):
        found[leg] = int(share) if int(share) >= 1000 else int(share) * WHOLE // 100
    return found


def month(cases: str) -> tuple[pa.Table, pa.Table, pa.Table]:
    """(verdicts, items, performance events) of lines

        item lane accepted postage | outcome towards the sender, between | shares | scans

    `shares` are read by `shares()`; `scans` are letters C D H I, small where the record was sent
    too late. An item whose delivery leg has a share lost a day there.
    """
    verdicts: list[dict[str, object]] = []
    items: list[dict[str, object]] = []
    events: list[dict[str, object]] = []
    for line in cases.strip().splitlines():
        item, outcomes, shared, scans = (part.strip() for part in line.split("|"))
        name, lane, accepted, postage = item.split()
        sender, between = outcomes.split()
        key, day, of_leg = f"key-{name}", parse_date(accepted), shares(shared)
        posts = {"item_key": key, "origin": lane[:2], "destination": lane[3:]}
        verdicts.append(
            posts
            | {"item_id": name, "accepted_date": day, "outcome": between, "sender_outcome": sender}
            | {"stopped_on": day + 6, "delivered_on": day + 6}
            | {"days_import": 0, "days_delivery": int(of_leg["delivery"] > 0)}
            | {column: of_leg[column.removeprefix("share_")] for column in SHARE_COLUMNS}
            | {"rules_version": "1", "network_version": "frozen"}
        )
        items.append(
            {"item_key": key, "postage_minor": int(postage), "currency": CURRENCY[lane[:2]]}
            | {"promised_on": day + 4, "contents": "documents", "weight_g": 400}
        )
        events.append(posts | _scans(scans))
    return (
        pa.Table.from_pylist(verdicts),
        pa.Table.from_pylist(items),
        pa.Table.from_pylist(events, schema=PERFORMANCE_EVENTS),
    )


def _scans(text: str) -> dict[str, object]:
    letters = {"emd": "D", "edh": "E", "emh": "H", "emi": "I"}
    found: dict[str, object] = {"has_emc": "C" in text}
    for event in TIMED:
        found[f"has_{event}"] = letters[event] in text.upper()
        found[f"{event}_in_time"] = letters[event] in text
    return found
