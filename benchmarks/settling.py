"""A month of 2.6 million items settled between ten posts and booked; another tariff tried on a year
of such months; journal entries booked per second, beside bare inserts of the same rows; netting.

The tables of the month are made up and in memory, so that settling can be told from reading; after
them a month is settled from facts on disk (`benchmarks.settling_facts`). `SETTLING_ITEMS` says of
how many items a month is (2.6 million if not given).
"""

from __future__ import annotations

import resource
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks import settling_facts
from datecertain.network import Network, bundled_network
from datecertain.settlement import (
    Period,
    bundled_tariff,
    changes_per_post,
    net,
    of_period,
    owed_by,
    reckon,
    settle_period,
)
from datecertain.settlement.measures import PERFORMANCE_EVENTS, TIMED
from datecertain.store import Workspace, append_journal, verify_journal
from datecertain.store.journal import LINES
from datecertain.verdict.outcomes import SHARE_COLUMNS, WHOLE

ITEMS = settling_facts.ITEMS
ENTRIES, MONTHS, RUNS = 100_000, 12, 3
MONTH = Period.month("2026-10")
NOW = 29_750_000
Tables = tuple[pa.Table, pa.Table, pa.Table]


def run() -> dict[str, Any]:
    """Make the month once; settle it, book it, try a tariff on it twelve times; net."""
    network, tariff = bundled_network(), bundled_tariff()
    tables = month_of(network, ITEMS)
    began, busy = time.perf_counter(), time.process_time()
    settled = settle_period(network, *tables, MONTH, tariff, booked_at=NOW)
    settle_s, settle_busy = time.perf_counter() - began, time.process_time() - busy
    busy = time.process_time()
    booked_s, verified_s = _booked(settled.journal)
    booked_busy = time.process_time() - busy
    busy = time.process_time()
    tried_s = _tried(network, tables)
    tried_busy = time.process_time() - busy
    return {
        f"{ITEMS:,} items settled between ten posts, tables in memory to statements": _s(settle_s),
        f"its {len(settled.journal):,} journal lines booked, sealed and committed (SQLite)":
            _s(booked_s),
        "settled and booked together": _s(settle_s + booked_s),
        "the whole journal proved again": _s(verified_s),
        f"another tariff tried on {MONTHS} such months, {MONTHS * ITEMS:,} items": _s(tried_s),
        "processor seconds: settled; booked and proved; tried (with the first reckoning)":
            f"{settle_busy:.1f}; {booked_busy:.1f}; {tried_busy:.1f}",
        **_entries(),
        **{
            f"netting of {posts} posts, random positions (median of 9)":
                f"{1000 * _netted(posts):.1f} ms"
            for posts in (10, 15, 18, 60, 192)
        },
        "peak memory of the process":
            f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB",
        **settling_facts.figures(),
    }  # fmt: skip


def _s(seconds: float) -> str:
    return f"{seconds:.1f} s"


def _booked(lines: pa.Table) -> tuple[float, float]:
    """Seconds to book lines in an empty workspace, and to prove them."""
    with tempfile.TemporaryDirectory() as folder:
        Workspace.init(Path(folder) / "w")
        with Workspace.open(Path(folder) / "w", write=True) as workspace:
            began = time.perf_counter()
            with workspace.commit("settle", "settle.1", now=NOW) as commit:
                commit.records(lambda link: append_journal(link, lines, "settle.1"))
            booked = time.perf_counter() - began
            began = time.perf_counter()
            with workspace.reading() as view:
                verify_journal(view.connection)
            return booked, time.perf_counter() - began


def _tried(network: Network, tables: Tables) -> float:
    """A year under another tariff, two months at a time, and the change per post; what the year was
    settled at is known."""
    verdicts, items, events = tables
    tariff = bundled_tariff("upu_supplement").settling(network, MONTH.first_day)
    before = owed_by(reckon(network, verdicts, items, events, MONTH, bundled_tariff()))

    def month(_: int) -> None:
        own = of_period(verdicts, MONTH)
        after = owed_by(reckon(network, own, items, events, MONTH, tariff))
        changes_per_post(before, after)

    began = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(month, range(MONTHS)))
    return time.perf_counter() - began


def _entries() -> dict[str, str]:
    """Entries of two lines booked per second, and bare inserts of the same rows."""
    lines = _lines(ENTRIES)
    booked = statistics.median(_booked(lines)[0] for _ in range(RUNS))
    bare = statistics.median(_bare(lines) for _ in range(RUNS))
    return {
        f"journal entries booked per second, {ENTRIES:,} of two lines (median of {RUNS})":
            f"{ENTRIES / booked:,.0f}",
        "limit: sqlite3 inserts of the same rows, no seals, checks or triggers, entries per second":
            f"{ENTRIES / bare:,.0f}",
    }  # fmt: skip


def _bare(lines: pa.Table) -> float:
    with tempfile.TemporaryDirectory() as folder:
        books = sqlite3.connect(Path(folder) / "bare.db", isolation_level=None)
        books.execute("PRAGMA journal_mode=WAL")
        books.execute("PRAGMA synchronous=FULL")
        books.execute(f"CREATE TABLE journal ({', '.join(lines.column_names)})")
        books.execute("CREATE INDEX a ON journal (item_id)")
        books.execute("CREATE UNIQUE INDEX b ON journal (entry_id, line)")
        began = time.perf_counter()
        books.execute("BEGIN")
        rows = zip(*(column.to_pylist() for column in lines.columns), strict=True)
        marks = ", ".join("?" * lines.num_columns)
        books.executemany(f"INSERT INTO journal VALUES ({marks})", rows)
        books.execute("COMMIT")
        took = time.perf_counter() - began
        books.close()
    return took


def _lines(entries: int) -> pa.Table:
    ids = sorted(f"{number * 2654435761 % 2**61:032x}" for number in range(entries))
    double: Callable[[list[Any]], list[Any]] = lambda values: [v for v in values for _ in (0, 1)]  # noqa: E731
    constant = {
        "booked_at": NOW, "value_on": 20_800, "counterparty": "JP", "owner": "KR",
        "audience": "JP+KR", "currency": "SDR", "reason": "recourse.import", "period": "2026-10",
    }  # fmt: skip
    columns = {
        "entry_id": double(ids),
        "line": [1, 2] * entries,
        "account": ["posts.receivable", "recourse.recovered"] * entries,
        "amount": [sign * (number + 1) for number in range(entries) for sign in (1, -1)],
        "item_id": double([f"EE{number:09d}KR" for number in range(entries)]),
        "item_key": double([f"{number:032x}" for number in range(entries)]),
        **{name: [value] * (2 * entries) for name, value in constant.items()},
    }
    fields = [LINES.field(name) for name in LINES.names if name != "seq"]
    return pa.table({field.name: columns[field.name] for field in fields}, schema=pa.schema(fields))


def _netted(posts: int) -> float:
    took = []
    for seed in range(9):
        chance = Random(seed)
        positions = {f"p{n:03d}": chance.randint(-(10**12), 10**12) for n in range(posts - 1)}
        positions["z"] = -sum(positions.values())
        began = time.perf_counter()
        net(positions)
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def month_of(network: Network, count: int, seed: int = 1) -> Tables:
    """(verdicts, items, performance events) of a made-up month: 5 % late, every relation in use."""
    chance = np.random.default_rng(seed)
    posts = np.array(sorted(network.posts))
    lanes = [(a, b) for a in range(len(posts)) for b in range(len(posts)) if a != b]
    lane = np.array(lanes)[chance.integers(0, len(lanes), count)]
    keys = pa.array([f"{number * 2654435761 % 2**61:032x}" for number in range(count)])
    day = chance.integers(MONTH.first_day, MONTH.last_day + 1, count).astype(np.int32)
    late = chance.random(count) < 0.05
    verdicts = pa.table(
        {
            "item_key": keys,
            "item_id": pa.array([f"EE{number:09d}KR" for number in range(count)]),
            "origin": pa.array(posts[lane[:, 0]]),
            "destination": pa.array(posts[lane[:, 1]]),
            "accepted_date": day,
            **_outcomes(late, late & (chance.random(count) < 0.2), chance),
            "stopped_on": day + 6,
            "delivered_on": day + 6,
            "rules_version": pa.repeat("1", count),
            "network_version": pa.repeat(network.version, count),
        }
    )
    currencies = np.array([network.posts[post].currency for post in posts])
    items = pa.table(
        {
            "item_key": keys,
            "postage_minor": chance.integers(2_000, 60_000, count),
            "currency": pa.array(currencies[lane[:, 0]]),
            "promised_on": day + 4,
            "contents": pa.array(np.where(chance.random(count) < 0.5, "documents", "goods")),
            "weight_g": chance.integers(50, 20_000, count),
        }
    )
    scans: dict[str, Any] = {name: verdicts[name] for name in ("item_key", "origin", "destination")}
    scans["has_emc"] = chance.random(count) < 0.99
    for event in TIMED:
        scans[f"has_{event}"] = chance.random(count) < 0.98
        scans[f"{event}_in_time"] = scans[f"has_{event}"] & (chance.random(count) < 0.95)
    events = {name: scans[name] for name in PERFORMANCE_EVENTS.names}
    return verdicts, items, pa.table(events, schema=PERFORMANCE_EVENTS)


def _outcomes(late: Any, excused: Any, chance: np.random.Generator) -> dict[str, Any]:
    """Outcomes, days and shares: two legs share the days of each late item."""
    count, rows = len(late), np.arange(len(late))
    shares = np.zeros((count, len(SHARE_COLUMNS)), dtype=np.int32)
    cut, liable = chance.integers(0, WHOLE + 1, count), late & ~excused
    leg = chance.integers(0, len(SHARE_COLUMNS) - 1, count)
    shares[rows, leg] = np.where(liable, cut, 0)
    shares[rows, leg + 1] = np.where(liable, WHOLE - cut, 0)
    between = np.where(liable, "late_liable", np.where(late, "late_excused", "on_time"))
    return {
        "outcome": pa.array(between),
        "sender_outcome": pa.array(np.where(late, "late_liable", "on_time")),
        "days_import": np.zeros(count, np.int32),
        "days_delivery": (shares[:, -1] > 0).astype(np.int32),
        **{name: shares[:, i] for i, name in enumerate(SHARE_COLUMNS)},
    }
