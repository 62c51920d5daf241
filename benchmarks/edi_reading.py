"""Reading EMSEVT: megabytes a second from bytes to the events table, beside two other readers.

One generated file of 100 MB in the house layout, with released characters in its free text.
pydifact reads a slice of it (one interchange), because it needs minutes for the whole; it stops at
segments as objects. The npm package `edifact`, where Node.js and npm are there, takes the whole
file apart into tokens and keeps none. Our figure includes events in columns, checks of counts,
references and item numbers, and the hash of every interchange. All on one core.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
from pydifact.segmentcollection import Interchange

from datecertain.identifiers import compose_many
from datecertain.messages import bundled_profiles, read_interchanges, read_parts
from datecertain.messages.event_writing import write_emsevt
from datecertain.messages.writing import Envelope
from datecertain.moments import parse_date

RECEIVED_ON = parse_date("2026-11-27")
JOURNEY = ("EMA", "EMB", "EXA", "EXC", "EMC", "EMD", "EDB", "EDC", "EMF", "EMG", "EDG", "EMI")
SMALL_ITEMS, LARGE_ITEMS, LARGE_INTERCHANGES = 3_000, 154_000, 28
ITEMS_OF_ONE_MESSAGE = 20
STREAM_MB = 2_000
NPM_PACKAGE = "edifact@1.2.12"


def generated_events(items: int, seed: int) -> pa.Table:
    """Events of items in the order of a normal journey, some with dispatch, reason, next office."""
    random = np.random.default_rng(seed)
    count = items * len(JOURNEY)
    code = np.tile(np.array(JOURNEY), items)
    offices = np.array(["KRSELB", "JPKWSA", "CNBJSD", "AUSYDB", "USJFKA", "FRCDGH", "ESMADB"])
    office = offices[random.integers(0, len(offices), count)]
    numbers = compose_many("EE", seed * items + random.permutation(items), "KR")
    leaves, stays = code == "EMC", (code == "EDB") & (random.random(count) < 0.1)
    dispatch = np.where(leaves, "KRSELBJPKWSAAEN60412", "")
    return pa.table(
        {
            "item_id": numbers.take(pa.array(np.repeat(np.arange(items), len(JOURNEY)))),
            "code": pa.array(code),
            "event_date": pa.array(random.integers(20_700, 20_760, count), type=pa.int32()),
            "event_min": pa.array(random.integers(0, 1440, count), type=pa.int16()),
            "office": pa.array(office),
            "next_office": pa.array(np.where(leaves, "JPKWSA", ""), mask=~leaves),
            "reason": pa.array(np.where(stays, "54", ""), mask=~stays),
            "dispatch": pa.array(dispatch, mask=~leaves),
        }
    )


def generated_file(items: int, interchanges: int) -> bytes:
    """Interchanges in the house layout, one behind the other."""
    profile = bundled_profiles().named("house-emsevt")
    written = []
    for number in range(interchanges):
        envelope = Envelope("J1CKRA", "J1CJPA", f"KRJP{number:010d}", 20_760, 570)
        events = generated_events(items // interchanges, seed=number)
        written.append(write_emsevt(events, envelope, profile).data)
    return b"".join(written)


def run() -> dict[str, str]:
    """Figures by what they mean."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # one core, for the rivals as well
    small, large = generated_file(SMALL_ITEMS, 1), generated_file(LARGE_ITEMS, LARGE_INTERCHANGES)
    tiny = generated_file(ITEMS_OF_ONE_MESSAGE, 1)
    figures = {"file_mb": len(large) / 1e6, "slice_mb": len(small) / 1e6}

    begun = time.perf_counter()
    ours(tiny)
    figures["first_s"] = time.perf_counter() - begun
    events, seconds = _timed(lambda: ours(large), repeats=5)
    figures["mb_per_s"] = len(large) / 1e6 / seconds
    figures["events_per_s"] = events / seconds
    _, seconds = _timed(lambda: ours(tiny), repeats=50)
    figures["tiny_ms"] = seconds * 1e3
    _, seconds = _timed(lambda: theirs(small), repeats=2)
    figures["pydifact_mb_per_s"] = len(small) / 1e6 / seconds
    figures["times_pydifact"] = figures["mb_per_s"] / figures["pydifact_mb_per_s"]
    figures["npm_mb_per_s"] = _npm(large)
    figures["streaming_peak_mib"] = _streaming_peak(large)
    told = _told(figures, events)
    return told | {f"peak memory of a process that reads {STREAM_MB:,} MB": _stream_apart()}


def ours(data: bytes) -> int:
    """Read to columns of events; answers how many."""
    result = read_interchanges(
        io.BytesIO(data), "bench", bundled_profiles(), received_on=RECEIVED_ON
    )
    assert not result.findings, result.findings[:3]
    return len(result.events)


def theirs(data: bytes) -> int:
    """Read by pydifact to segments; answers how many."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        interchange = Interchange.from_str(data.decode("ascii"))
        return sum(len(message.segments) for message in interchange.get_messages())


def _npm(data: bytes) -> float:
    """Megabytes a second that the npm package takes apart; 0 where Node.js or npm is missing."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return 0.0
    with tempfile.TemporaryDirectory() as folder:
        install = [npm, "install", "--silent", "--no-audit", "--no-fund", NPM_PACKAGE]
        if subprocess.run(install, cwd=folder, check=False, capture_output=True).returncode:
            return 0.0
        file = Path(folder, "bench.edi")
        file.write_bytes(data)
        rival = Path(__file__).with_name("edifact_rival.cjs")
        told = [
            json.loads(subprocess.check_output([node, str(rival), str(file)], cwd=folder))
            for _ in range(3)
        ]
    return max(float(one["mb_per_s"]) for one in told)


class Endless(io.RawIOBase):
    """A file of so many bytes, made as it is read: interchanges, each with another reference."""

    def __init__(self, size: int) -> None:
        self._one = generated_file(SMALL_ITEMS, 1)
        self._left = size // len(self._one)
        self._made = b""
        self._number = 0

    def read(self, size: int = -1) -> bytes:
        """Up to so many bytes."""
        if not self._made and self._left:
            self._left -= 1
            self._number += 1
            reference = f"KRJP{self._number:010d}".encode("ascii")
            self._made = self._one.replace(b"KRJP0000000000", reference)
        given, self._made = self._made[:size], self._made[size:]
        return given


def stream() -> None:
    """Read a long file part by part, keep nothing, print the process's peak memory in MiB."""
    events = 0
    source = Endless(STREAM_MB * 1_000_000)
    for part in read_parts([("bench", source)], bundled_profiles(), received_on=RECEIVED_ON):
        events += len(part.events)
    # `ru_maxrss` would hold what the parent had when it made this process.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    print(f"{peak:.0f} MiB, {events:,} events")


def _stream_apart() -> str:
    code = "from benchmarks.edi_reading import stream; stream()"
    return subprocess.check_output([sys.executable, "-c", code], text=True).strip()


def _timed(work: Callable[[], int], repeats: int) -> tuple[int, float]:
    best, answer = float("inf"), 0
    for _ in range(repeats):
        begun = time.perf_counter()
        answer = work()
        best = min(best, time.perf_counter() - begun)
    return answer, best


def _streaming_peak(data: bytes) -> float:
    """Most memory held at a time while reading part by part, the file itself left out (MiB)."""
    stream = io.BytesIO(data)
    tracemalloc.start()
    pool = pa.default_memory_pool()
    before, most = pool.bytes_allocated(), 0
    for part in read_parts([("bench", stream)], bundled_profiles(), received_on=RECEIVED_ON):
        most = max(most, pool.bytes_allocated() - before)
        assert part.events is not None
    _, traced = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (traced + most) / 2**20


def _told(figures: dict[str, float], events: int) -> dict[str, str]:
    """The figures by what they mean."""
    npm = figures["npm_mb_per_s"]
    beside = f"{npm:.1f} MB/s; ours {figures['mb_per_s'] / npm:.1f} times as fast" if npm else ""
    return {
        f"read to columns of events, {figures['file_mb']:.1f} MB, {events:,} events, one core":
            f"{figures['mb_per_s']:.1f} MB/s, {figures['events_per_s']:,.0f} events/s",
        f"rival: pydifact to segments, {figures['slice_mb']:.1f} MB of it":
            f"{figures['pydifact_mb_per_s']:.2f} MB/s",
        "as many times as fast": f"{figures['times_pydifact']:.0f}",
        "rival: npm edifact to tokens, the same file": beside or "not measured: no Node.js or npm",
        f"an interchange of {ITEMS_OF_ONE_MESSAGE} items in a warm process":
            f"{figures['tiny_ms']:.1f} ms",
        "the first interchange of a process, the compiled loops taken from disk or made":
            f"{figures['first_s']:.1f} s",
        "peak memory while streaming, without the file": f"{figures['streaming_peak_mib']:.0f} MiB",
    }  # fmt: skip


if __name__ == "__main__":
    print(run())
