"""The part of a network that quotes from one area within some days look at, taken out and put
together again (promise/tables.py has the file around it).

Nothing is computed anew: rows are left out that no such quote reads, and slots that no acceptance
within the days can meet. A look-up takes the first slot at or after a moment; so of each function
the slots from the earliest moment that can be asked for to the first one at or after the latest
are enough for the same answers.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from datecertain.moments import DAY, NEVER, Ints
from datecertain.network import CompiledNetwork, Network, Stage
from datecertain.network.compiling import NO_CHANNEL, DeliveryDays, area_zones, channel_names
from datecertain.network.loading import NETWORK_FILES
from datecertain.network.rows import canonical_text
from datecertain.network.steps import StepTable
from datecertain.network.timetable import FlightInstances, Timetable

Arrays = Mapping[str, Ints]

#: Files that a quote reads whole, beside those of `_OF_ORIGIN`; of the others only the header row.
_WHOLE = ("network.toml", "posts.csv", "areas.csv", "postcodes.csv")
#: Files of which a quote reads the rows of its origin post: file → column that names the post.
_OF_ORIGIN = {
    "lanes.csv": "origin", "lane_terms.csv": "origin", "products.csv": "post",
    "channels.csv": "post", "conditions.csv": "origin", "standards.csv": "origin",
    "terms.csv": "origin",
}  # fmt: skip


def split_network(
    network: Network, post: str, area: str, first_day: int, last_day: int
) -> tuple[dict[str, str], dict[str, Any]]:
    """(texts, arrays) of the part for an area of a post and acceptances on these local dates."""
    compiled = network.compiled
    origin = network.areas[area]
    links = [key for key in compiled.export_of[origin].tolist() if key >= 0]
    offices = sorted({int(compiled.export_office[key]) for key in links})
    texts = _texts(network, post, [network.data.offices[index].office for index in offices])
    names = [row.channel for row in network.data.channels if row.post == post]
    columns = [channel_names(network.data).index(name) for name in sorted(set(names))]
    channel_keys = [int(key) for key in compiled.channel_of[origin, columns]]
    scheduled = sorted({key for key in channel_keys if key >= 0})
    # A day of room on either side: local dates begin and end at other moments than UTC's.
    low, high = (first_day - 1) * DAY, (last_day + 2) * DAY
    channel = _between(compiled.channel, scheduled, low, [high] * len(scheduled))
    ready = max([high, *_latest(compiled.channel, scheduled, [high] * len(scheduled))])
    export = _between(compiled.export, links, low, [ready] * len(links))
    at_office = dict.fromkeys(offices, 0)
    for key, moment in zip(links, _latest(compiled.export, links, [ready] * len(links)),
                           strict=True):  # fmt: skip
        office = int(compiled.export_office[key])
        at_office[office] = max(at_office[office], moment)
    classes = int(compiled.class_of.max()) + 1
    base = int(compiled.due_base[Stage.OUTWARD_IN])
    keys = [base + office * classes + number for office in offices for number in range(classes)]
    until = [at_office[office] for office in offices for _ in range(classes)]
    days = compiled.delivery_days.table
    # All of them to the end: a margin counts on from any. Across the date line an item can be due
    # on an earlier date than it was accepted on.
    delivery = _between(days, list(range(days.size)), first_day - 2, [int(NEVER)] * days.size)
    arrays: dict[str, Any] = {
        "class_of": compiled.class_of.astype("<u2"),
        "link_office": np.array(
            [offices.index(int(compiled.export_office[key])) for key in links], dtype="<u2"
        ),
        "channel_keys": np.array(
            [scheduled.index(key) if key >= 0 else key for key in channel_keys], dtype="<i2"
        ),
        **_packed("channel", channel, low, low),
        **_packed("export", export, low, low),
        **_packed("due", _between(compiled.due, keys, low, until), low, first_day),
        **_packed("days", delivery, first_day, first_day),
    }
    return texts, arrays


def join_network(
    texts: Mapping[str, str], arrays: Arrays, version: str, area: str, days: tuple[int, int]
) -> Network:
    """The part as a network that answers by the same rule, under the version it was taken from."""
    network = Network.as_published(texts, version)
    data = network.data
    origin, count = network.areas[area], len(data.areas)
    low, first_day = (days[0] - 1) * DAY, days[0]
    links = len(arrays["link_office"])
    export_of = np.full((count, max(links, 1)), -1, dtype=np.int64)
    export_of[origin, :links] = np.arange(links)
    names = channel_names(data)
    channel_of = np.full((count, len(names)), NO_CHANNEL, dtype=np.int64)
    channel_of[origin, :] = arrays["channel_keys"]
    due = _unpacked("due", arrays, low, first_day).compact()
    nothing = np.empty(0, dtype=np.int64)
    empty = StepTable.build(0, [], [], [])
    # Stages behind the outward office have keys of their own, past all that are here: no answer.
    due_base = np.full(len(Stage) + 1, due.size, dtype=np.int64)
    due_base[: Stage.OUTWARD_IN + 1] = 0
    network.__dict__["compiled"] = CompiledNetwork(
        data=data, areas=data.areas, offices=data.offices,
        timetable=Timetable((), (), FlightInstances(*[nothing] * 5), empty, nothing, nothing),
        export_of=export_of, export_office=arrays["link_office"],
        export=_unpacked("export", arrays, low, low), closing=empty,
        pair_of=np.full((len(data.offices),) * 2, -1, dtype=np.int64), transport=empty,
        presentation=empty, customs=empty, forwarding=empty,
        import_of=np.full((len(data.offices), count), -1, dtype=np.int64),
        class_of=arrays["class_of"], inland=empty, delivery=empty,
        delivery_days=DeliveryDays(_unpacked("days", arrays, first_day, first_day)),
        channel=_unpacked("channel", arrays, low, low), channel_of=channel_of,
        **area_zones(data), due=due, due_base=due_base,
    )  # fmt: skip  # the cached_property's own place
    return network


def _texts(network: Network, post: str, offices: list[str]) -> dict[str, str]:
    """The files with the rows that are needed; all areas and posts stay, so that their numbers
    do."""
    keep: dict[str, Callable[[dict[str, str]], bool]] = {
        file: lambda row, name=column: row[name] in ("*", post)  # type: ignore[misc]
        for file, column in _OF_ORIGIN.items()
    }
    keep["offices.csv"] = lambda row: row["office"] in offices
    texts = {}
    for file in NETWORK_FILES:
        if file in _WHOLE:
            texts[file] = canonical_text(network.data.texts[file])
        elif file in network.data.texts:
            texts[file] = _rows(network.data.texts[file], keep.get(file, lambda row: False))
    return texts


def _rows(text: str, keep: Callable[[dict[str, str]], bool]) -> str:
    """The header row and the rows that are kept, as they stand in the file."""
    header, rows = _named(text)
    kept = [line for line, row in rows if keep(row)]
    return "".join(f"{line}\n" for line in (header, *kept))


@lru_cache(maxsize=32)  # the tables of many offices are made of one network
def _named(text: str) -> tuple[str, list[tuple[str, dict[str, str]]]]:
    """The header row of a file, and each other row as it stands and by the names of its columns."""
    header, *lines = canonical_text(text).splitlines()
    names = [name.strip() for name in next(csv.reader([header]))]
    return header, [
        (line, dict(zip(names, map(str.strip, next(csv.reader([line]))), strict=True)))
        for line in lines
    ]


def _latest(table: StepTable, keys: list[int], moments: list[int]) -> list[int]:
    """When each function is done for the latest moment that is asked. NEVER past its end: as a
    bound for the next function that means all of its slots."""
    return [table.at_one(key, moment) for key, moment in zip(keys, moments, strict=True)]


def _between(table: StepTable, keys: list[int], low: int, high: list[int]) -> StepTable:
    """Of these functions the slots from `low` to the first one at or after `high`."""
    ready = table.ready
    parts: list[Any] = []
    for key, bound in zip(keys, high, strict=True):
        start, end = table.bounds(key)
        first = start + int(np.searchsorted(ready[start:end], low))
        last = min(start + int(np.searchsorted(ready[start:end], bound)) + 1, end)
        parts.append(np.arange(first, max(first, last), dtype=np.int64))
    rows = np.concatenate([np.empty(0, dtype=np.int64), *parts])
    number = np.repeat(np.arange(len(keys)), [len(part) for part in parts])
    return StepTable.build(len(keys), number, ready[rows], np.asarray(table.done[rows], np.int64))


def _packed(name: str, table: StepTable, ready_from: int, done_from: int) -> dict[str, Any]:
    """A table as small numbers: slots per function, ready and done from a base on."""
    counts = np.diff(table.start)
    return {
        f"{name}.counts": counts.astype("<u4"),
        f"{name}.ready": (table.ready - ready_from).astype("<i4"),
        f"{name}.done": (table.done - done_from).astype("<i4"),
    }


def _unpacked(name: str, arrays: Arrays, ready_from: int, done_from: int) -> StepTable:
    counts = arrays[f"{name}.counts"]
    keys = np.repeat(np.arange(len(counts)), counts)
    ready, done = arrays[f"{name}.ready"] + ready_from, arrays[f"{name}.done"] + done_from
    return StepTable.build(len(counts), keys, ready, done)
