"""Reading EMSEVT: megabytes a second from bytes to the events table, beside pydifact.

One generated interchange file in the house layout, with released characters in its free text.
pydifact reads a slice of the same file (its first complete interchange), because it needs minutes
for the whole; it stops at segments as objects, while our figure includes events in columns, checks
of counts, references and item numbers, and the hash of every interchange.
"""

from __future__ import annotations

import io
import resource
import time
import tracemalloc
import warnings
from collections.abc import Callable

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
SMALL_ITEMS, LARGE_ITEMS, LARGE_INTERCHANGES = 3_000, 55_000, 10


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
    small, large = generated_file(SMALL_ITEMS, 1), generated_file(LARGE_ITEMS, LARGE_INTERCHANGES)
    figures = {"file_mb": len(large) / 1e6, "slice_mb": len(small) / 1e6}
    profiles = bundled_profiles()

    def ours(data: bytes) -> int:
        result = read_interchanges(io.BytesIO(data), "bench", profiles, received_on=RECEIVED_ON)
        assert not result.findings, result.findings[:3]
        return len(result.events)

    def theirs(data: bytes) -> int:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            interchange = Interchange.from_str(data.decode("ascii"))
            return sum(len(message.segments) for message in interchange.get_messages())

    events, seconds = _timed(lambda: ours(large), repeats=3)
    figures["mb_per_s"] = len(large) / 1e6 / seconds
    figures["events_per_s"] = events / seconds
    _, seconds = _timed(lambda: ours(small), repeats=3)
    figures["slice_mb_per_s"] = len(small) / 1e6 / seconds
    _, seconds = _timed(lambda: theirs(small), repeats=1)
    figures["pydifact_mb_per_s"] = len(small) / 1e6 / seconds
    figures["times_pydifact"] = figures["slice_mb_per_s"] / figures["pydifact_mb_per_s"]
    figures["streaming_peak_mib"] = _streaming_peak(large)
    figures["process_peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return _told(figures, events)


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
    return {
        f"read to columns of events, {figures['file_mb']:.1f} MB, {events:,} events, one core":
            f"{figures['mb_per_s']:.1f} MB/s, {figures['events_per_s']:,.0f} events/s",
        f"the slice of {figures['slice_mb']:.1f} MB that the rival reads too":
            f"{figures['slice_mb_per_s']:.1f} MB/s",
        "rival: pydifact to segments, the same slice": f"{figures['pydifact_mb_per_s']:.2f} MB/s",
        "as many times as fast": f"{figures['times_pydifact']:.0f}",
        "peak memory while streaming, without the file": f"{figures['streaming_peak_mib']:.0f} MiB",
    }  # fmt: skip


if __name__ == "__main__":
    print(run())
