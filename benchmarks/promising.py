"""Quotes over the bundled network: in bulk, one by one, in one command; compiling; beside one bare
gather per stage over the same compiled tables, the least that any look-up must do."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from datecertain.moments import parse_date
from datecertain.network import Network, Stage, bundled_folder, compile_network, read_texts
from datecertain.operations.compiled_cache import bundled_ready
from datecertain.promise.quoting import Asked, Quoter, Requests, Route, quote_many, quoter_of

BULK, TEXTS, ROUTES, SINGLES, RUNS = 8_000_000, 500_000, 20_000, 20_000, 5


def run() -> dict[str, Any]:
    """Random postcodes and moments of two months; medians of several runs."""
    network = bundled_ready()
    rng = np.random.default_rng(7)
    samples = _samples(network)
    ends = rng.integers(0, len(samples), (2, ROUTES))
    routes = [Route(*samples[i], *samples[j]) for i, j in ends.T.tolist()]
    first = parse_date("2026-10-01")

    def asked(count: int) -> Asked:
        return Asked(
            rng.integers(0, ROUTES, count), first + rng.integers(0, 60, count),
            rng.integers(7 * 60, 20 * 60, count),
        )  # fmt: skip

    many, quoter = asked(BULK), quoter_of(network)
    quoter.many(routes, many)
    bulk = [_timed(lambda: quoter.many(routes, many)) for _ in range(RUNS)]
    return {
        f"{BULK / 1e6:,.0f} million quotes over {ROUTES:,} routes, per second (median of {RUNS})":
            _rate(BULK, bulk),
        "limit: one bare NumPy gather per stage for the same, one core, per second":
            _rate(BULK, _gathers(network, quoter, routes, many)),
        f"{TEXTS:,} quotes from postcode text, routes not known before, per second":
            _rate(TEXTS, _from_text(network, routes, asked(TEXTS))),
        **_one_by_one(network, routes, asked(SINGLES)),
        **_cold(),
        **_compiling(),
        "slots in the compiled due table": f"{len(network.compiled.due.words):,}",
        "peak memory of the process": _peak(),
    }  # fmt: skip


def _gathers(network: Network, quoter: Quoter, routes: list[Route], many: Asked) -> list[float]:
    """A gather from the grid of the export functions, one from that of the due dates, one from the
    delivery days: what remains of a quote when all of its rules are taken away."""
    compiled = network.compiled
    resolved = [quoter.resolved(route) for route in routes]
    origin = np.array([one.origin_area for one in resolved])[many.route]
    area = np.array([one.destination_area for one in resolved])[many.route]
    at = many.day * 1440 + many.minute
    link = np.maximum(compiled.export_of[origin, 0], 0)
    classes = int(compiled.class_of.max()) + 1
    key = int(compiled.due_base[Stage.OUTWARD_IN]) + compiled.export_office[link] * classes
    places = []
    for table, keys in (
        (compiled.export, link), (compiled.due, key + compiled.class_of[area]),
        (compiled.delivery_days.table, area),
    ):  # fmt: skip
        ranks = table.ranks
        cell = np.clip((at - ranks.lowest) >> ranks.shift, 0, ranks.width - 1)
        places.append((ranks.grid, cell + keys * ranks.width))

    def gather() -> None:
        for grid, place in places:
            grid.take(place)

    return [_timed(gather) for _ in range(RUNS)]


def _from_text(network: Network, routes: list[Route], asked: Asked) -> list[float]:
    chosen = [routes[i] for i in asked.route.tolist()]
    columns = list(zip(*chosen, strict=True))
    requests = Requests(*columns[:4], asked.day, asked.minute)

    def fresh() -> None:
        network.__dict__.pop("_quoter", None)
        quote_many(network, requests)

    return [_timed(fresh) for _ in range(RUNS)]


def _one_by_one(network: Network, routes: list[Route], asked: Asked) -> dict[str, str]:
    """One quote at a time; the route is met for the first time in about two of three."""
    quoter, times = Quoter(network), []
    rows = zip(asked.route.tolist(), asked.day.tolist(), asked.minute.tolist(), strict=True)
    for route, day, minute in rows:
        began = time.perf_counter()
        quoter.one(routes[route], day, minute)
        times.append(time.perf_counter() - began)
    times.sort()
    return {
        "one quote in process, median": f"{statistics.median(times) * 1e6:.0f} µs",
        "one quote in process, 99th percentile": f"{times[len(times) * 99 // 100] * 1e6:.0f} µs",
    }


def _cold() -> dict[str, str]:
    command = [
        sys.executable, "-m", "datecertain", "quote", "--from", "KR:03051", "--to",
        "US:10001", "--at", "2026-11-27T16:10",
    ]  # fmt: skip
    bare = [sys.executable, "-c", "import numpy, typer"]

    def run_all(words: list[str]) -> float:
        times = [
            _timed(lambda: subprocess.run(words, check=True, capture_output=True))
            for _ in range(RUNS + 2)
        ]
        return statistics.median(times)

    return {
        "the command, cold (median)": f"{run_all(command):.2f} s",
        "beside: Python that imports NumPy and Typer and leaves": f"{run_all(bare):.2f} s",
    }


def _compiling() -> dict[str, str]:
    data = Network.from_texts(read_texts(bundled_folder())).data
    times = [_timed(lambda: compile_network(data)) for _ in range(3)]
    return {"compiling ten posts over two years (median of 3)": f"{statistics.median(times):.1f} s"}


def _samples(network: Network) -> list[tuple[str, str]]:
    first = {row.post: row for row in network.data.posts}
    places = []
    for row in network.data.postcodes:
        if row.area and first[row.post].left_on > 10**5:
            fill = {"CN": "00", "CA": "1A1"}.get(row.post, "")
            places.append((row.post, row.first + fill))
    return places


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _rate(count: int, times: list[float]) -> str:
    return f"{count / statistics.median(times):,.0f} (best {count / min(times):,.0f})"


def _peak() -> str:
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB"
