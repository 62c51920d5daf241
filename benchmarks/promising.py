"""Quotes per second over the bundled network: in bulk, one by one, and beside one bare binary
search over the same compiled table."""

from __future__ import annotations

import resource
import statistics
import time
from typing import Any

import numpy as np

from datecertain.moments import parse_date
from datecertain.network import Stage
from datecertain.operations.compiled_cache import bundled_ready
from datecertain.promise.quoting import Requests, quote_many, single

QUOTES, SINGLES, RUNS = 500_000, 300, 5


def run() -> dict[str, Any]:
    """Bulk quotes of random postcodes and moments, best and median of several runs."""
    network = bundled_ready()
    compiled = network.compiled
    rng = np.random.default_rng(7)
    samples = _samples(network)
    chosen = rng.integers(0, len(samples), (2, QUOTES))
    origin = [samples[i] for i in chosen[0]]
    destination = [samples[i] for i in chosen[1]]
    days = parse_date("2026-10-01") + rng.integers(0, 60, QUOTES)
    requests = Requests(
        [place[0] for place in origin], [place[1] for place in origin],
        [place[0] for place in destination], [place[1] for place in destination],
        days, rng.integers(7 * 60, 20 * 60, QUOTES),
    )  # fmt: skip
    quote_many(network, requests)
    bulk = [_timed(lambda: quote_many(network, requests)) for _ in range(RUNS)]
    areas = rng.integers(0, len(compiled.areas), (2, QUOTES))
    moments = days * 1440 + 600
    core = [
        _timed(lambda: compiled.due_at_acceptance(areas[0], areas[1], moments)) for _ in range(RUNS)
    ]
    words = compiled.due.words
    link = compiled.export_of[areas[0], 0]
    ready = compiled.export.at(link, moments)
    stage = int(compiled.due_base[Stage.OUTWARD_IN])
    key = stage + compiled.export_office[link] * (int(compiled.class_of.max()) + 1)
    wanted = ((key + compiled.class_of[areas[1]]) << 26) | np.minimum(ready, 2**26 - 1)
    bare = [_timed(lambda: np.searchsorted(words, wanted)) for _ in range(RUNS)]
    one = [
        _timed(lambda i=i: quote_many(
            network, single(*origin[i], *destination[i], (int(days[i]), 600))))
        for i in range(SINGLES)
    ]  # fmt: skip
    return {
        f"{QUOTES:,} quotes from postcode text, per second (median of {RUNS})": _rate(bulk),
        "the same from area numbers (three lookups), per second": _rate(core),
        "rival: one bare NumPy binary search for the last of the lookups, per second": _rate(bare),
        "one quote, median": f"{statistics.median(one) * 1000:.2f} ms",
        "slots in the compiled due table": f"{len(words):,}",
        "peak memory of the process": _peak(),
    }


def _samples(network: Any) -> list[tuple[str, str]]:
    first = {row.post: row for row in network.data.posts}
    places = []
    for row in network.data.postcodes:
        if row.area and first[row.post].left_on > 10**5:
            fill = {"CN": "00", "CA": ""}.get(row.post, "")
            places.append((row.post, row.first + fill))
    return places


def _timed(work: Any) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _rate(times: list[float]) -> str:
    return f"{QUOTES / statistics.median(times):,.0f} (best {QUOTES / min(times):,.0f})"


def _peak() -> str:
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB"
