"""The windows of many random items, all at once, against the slow and obvious ones."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import Any

import pyarrow as pa

from datecertain.claims.entitlements import entitlements
from datecertain.moments import day_of
from datecertain.network import bundled_folder, bundled_network, read_texts
from slow_windows import SlowWindows

POSTS = ("KR", "US", "JP", "CN", "HK", "AU", "ES", "FR", "TH", "CA")
OUTCOMES = ("late_liable", "late_excused", "on_time", "pending", "undetermined", "lost")
COUNT = 1_000


def _items(chance: Random) -> list[dict[str, Any]]:
    found = []
    for number in range(COUNT):
        origin, destination = chance.sample(POSTS, 2)
        accepted = dt.date(2026, 1, 2) + dt.timedelta(days=chance.randrange(600))
        told = accepted + dt.timedelta(days=chance.randrange(2, 9))
        outcome = chance.choice(OUTCOMES)
        open_ = outcome in ("pending", "undetermined", "lost")
        delivered = None if open_ else told + dt.timedelta(days=chance.randrange(-1, 9))
        found.append(
            {"item_key": f"k{number:05d}", "item_id": f"i{number:05d}", "origin": origin,
             "destination": destination, "accepted": accepted, "told": told,
             "delivered": delivered, "sender_outcome": outcome}
        )  # fmt: skip
    return found


def _tables(items: list[dict[str, Any]]) -> tuple[pa.Table, pa.Table]:
    def days(name: str) -> pa.Array:
        return pa.array(
            [None if one[name] is None else day_of(one[name]) for one in items], pa.int32()
        )

    texts = ("item_key", "item_id", "origin", "destination", "sender_outcome")
    verdicts = pa.table(
        {name: [one[name] for one in items] for name in texts}
        | {"accepted_date": days("accepted"), "stopped_on": days("delivered"),
           "delivered_on": days("delivered")}
    )  # fmt: skip
    currency = [bundled_network().post(one["origin"]).currency for one in items]
    records = pa.table(
        {"item_key": verdicts["item_key"], "currency": currency, "promised_on": days("told"),
         "postage_minor": pa.array([30_000] * len(items), pa.int64())}
    )  # fmt: skip
    return verdicts, records


def test_windows_of_random_items() -> None:
    items = _items(Random("windows"))
    verdicts, records = _tables(items)
    rows, findings = entitlements(bundled_network(), verdicts, records, 0)
    assert findings == []
    found = {row["item_key"]: row for row in rows.to_pylist()}
    slow = SlowWindows(read_texts(bundled_folder()))
    for one in items:
        start, until = slow.window(
            one["origin"], one["destination"], one["accepted"], one["told"], one["delivered"]
        )
        row = found[one["item_key"]]
        told = [None if at is None else int(at.timestamp()) // 60 for at in (start, until)]
        assert [row["opens_at"], row["closes_at"]] == told, one
    some = verdicts.slice(700, 20)
    alone = [
        entitlements(bundled_network(), some.slice(n, 1), records, 0)[0] for n in range(len(some))
    ]
    order = [("origin", "ascending"), ("destination", "ascending"), ("item_key", "ascending")]
    together, _ = entitlements(bundled_network(), some, records, 0)
    assert pa.concat_tables(alone).sort_by(order).equals(together)
