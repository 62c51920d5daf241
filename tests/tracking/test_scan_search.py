"""The search for milestones, compiled and not, finds what an obvious reading event by event finds,
in whatever parts, order and form the events come."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from random import Random
from typing import Any

import duckdb
import narwhals as nw
import numpy as np
import pyarrow as pa
import pytest

from datecertain.identifiers import compose_many
from datecertain.moments import DAY, NEVER, UNKNOWN
from datecertain.tracking import event_times, milestones, scan_kernels
from datecertain.tracking.event_times import TIMED_CODES, TimeSearch
from datecertain.tracking.item_rows import ItemRows
from datecertain.tracking.milestones import (
    CODES,
    DESTINATION_CODES,
    MEASURE_BITS,
    MOMENT_SHIFT,
    NO_SCAN,
    ORIGIN_CODES,
    PLACE_SHIFT,
    REASONED_CODES,
    FoundScans,
    Inquired,
    ScanSearch,
    episode_events,
)

FIRST = 20_000 * DAY
AS_OF = FIRST + 90 * DAY
OFFICES, REASONS, MEASURES = ("KRSELB", "USJFKA"), ("10", "51"), ("A", "N")


def made_items(count: int, chance: Random) -> pa.Table:
    """Items of which some numbers come again after months, and some are no S10 numbers."""
    numbers = compose_many("EE", np.arange(count), "KR").to_pylist()
    rows = []
    for number in numbers:
        name = f"odd {number}" if chance.random() < 0.1 else number
        accepted = FIRST + chance.randrange(20 * DAY)
        times = [accepted + 70 * DAY * again for again in range(chance.choice([1, 1, 1, 3]))]
        for at, after in zip(times, [*times[1:], int(NEVER)], strict=True):
            lane = chance.choice([("KR", "US"), ("JP", "KR"), ("KR", "KR")])
            rows.append((name, *lane, at, after))
    columns = list(zip(*rows, strict=True))
    names = ("item_id", "origin", "destination", "accepted_at", "next_at")
    return pa.table(dict(zip(names, columns, strict=True)))


def made_events(items: pa.Table, count: int, chance: Random) -> pa.Table:
    """Events of these items and of others, near their episodes."""
    rows = []
    for _ in range(count):
        row = chance.randrange(len(items))
        at = items["accepted_at"][row].as_py() + chance.randrange(-3 * DAY, 100 * DAY)
        name = chance.choice([items["item_id"][row].as_py()] * 9 + ["EE999999995KR"])
        rows.append((
            name, chance.choice([*CODES, "ZZZ"]), at, at + chance.randrange(5 * DAY),
            chance.choice([*OFFICES, "ZZZZZA"]), chance.choice([None, *REASONS, "99"]),
            chance.choice([None, *MEASURES, "X"]), chance.choice(["KR", "US", "JP", "FR"]),
        ))  # fmt: skip
    names = ("item_id", "code", "event_at", "transmitted_at", "office", "reason", "measure",
             "sender")  # fmt: skip
    columns = list(zip(*rows, strict=True))
    texts = {name: pa.array(list(values)) for name, values in zip(names, columns, strict=True)}
    return pa.table(texts)


def number(names: tuple[str, ...], name: str | None) -> int:
    return names.index(name) + 1 if name in names else 0


def obvious(
    items: pa.Table, events: pa.Table, counts: Callable[[dict[str, Any]], bool] = lambda _: True
) -> dict[str, Any]:
    """Event by event; which episode takes it is asked of the set rule in the engine."""
    rows = items.append_column("item_row", pa.array(np.arange(len(items))))
    with duckdb.connect() as engine:
        held = episode_events(
            nw.from_native(engine.from_arrow(rows)), nw.from_native(engine.from_arrow(events)),
            AS_OF,
        ).collect("pyarrow").to_native().to_pylist()  # fmt: skip
    first: dict[tuple[str, int], int] = {}
    latest: dict[int, int] = {}
    reasoned = []
    for event in held:
        row, code, at = event["item_row"], event["code"], event["event_at"]
        latest[row] = max(latest.get(row, at), at)
        own = DESTINATION_CODES if event["sender"] == event["destination"] else (
            ORIGIN_CODES if event["sender"] == event["origin"] else ()
        )  # fmt: skip
        if code not in own or not counts(event):
            continue
        packed = (at << MOMENT_SHIFT) + (number(OFFICES, event["office"]) << PLACE_SHIFT)
        packed += number(REASONS, event["reason"]) << MEASURE_BITS
        packed += number(MEASURES, event["measure"])
        first[code, row] = min(first.get((code, row), packed), packed)
        if code in REASONED_CODES or code in ("EDC", "EMF"):
            reasoned.append((row, CODES.index(code), packed))
    # Of EDC and EMF the first stands in its place, the others are told.
    told = [one for one in sorted(reasoned) if CODES[one[1]] in REASONED_CODES
            or one[2] != first[CODES[one[1]], one[0]]]  # fmt: skip
    return {"first": first, "latest": latest, "reasoned": told}


def told(found: FoundScans) -> dict[str, Any]:
    kinds, rows = np.nonzero(found.first != NO_SCAN)
    return {
        "first": {(CODES[k], int(r)): int(found.first[k, r])
                  for k, r in zip(kinds.tolist(), rows.tolist(), strict=True)},
        "latest": {int(r): int(found.latest[r]) for r in np.flatnonzero(found.latest != UNKNOWN)},
        "reasoned": sorted(zip(found.row.tolist(), found.kind.tolist(), found.packed.tolist(),
                               strict=True)),
    }  # fmt: skip


def as_dictionaries(events: pa.Table) -> pa.Table:
    return pa.table(
        {
            name: events[name].dictionary_encode() if pa.types.is_string(kind) else events[name]
            for name, kind in zip(events.column_names, events.schema.types, strict=True)
        }
    )


@pytest.mark.parametrize("few", [0, 10**9], ids=["compiled", "not compiled"])
@pytest.mark.parametrize("count", [40, 1_300])  # more items are looked up by a table of our own
def test_what_is_found(monkeypatch: pytest.MonkeyPatch, count: int, few: int) -> None:
    monkeypatch.setattr(milestones, "FEW_EVENTS", few)
    chance = Random(f"{count} items")
    items = made_items(count, chance)
    events = made_events(items, 3 * count, chance)
    expected = obvious(items, events)
    assert expected["reasoned"]

    whole = ScanSearch(items, OFFICES, REASONS, MEASURES, AS_OF)
    whole.take(events)
    assert told(whole.found()) == expected

    parts = ScanSearch(items, OFFICES, REASONS, MEASURES, AS_OF)
    shuffled = as_dictionaries(events.take(chance.sample(range(len(events)), len(events))))
    for begin in range(0, len(events), 97):
        parts.take(shuffled.slice(begin, 97))
    parts.take(shuffled.slice(0, 0))
    parts.take(events)  # what comes twice changes no milestone
    twice = told(parts.found())
    assert set(twice["reasoned"]) == set(expected["reasoned"])
    assert twice | {"reasoned": 0} == expected | {"reasoned": 0}


def test_events_whose_item_is_known() -> None:
    chance = Random("known")
    items = made_items(30, chance)
    events = made_events(items, 90, chance)
    rows = items.append_column("item_row", pa.array(np.arange(len(items))))
    joined = rows.select(["item_id", "item_row"]).join(events, "item_id", join_type="inner")
    search = ScanSearch(items, OFFICES, REASONS, MEASURES, AS_OF)
    search.take(joined, joined["item_row"].to_numpy())
    assert told(search.found()) == obvious(items, events)


@pytest.mark.parametrize("few", [0, 10**9], ids=["compiled", "not compiled"])
def test_what_was_sent_after_somebody_asked(monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(milestones, "FEW_EVENTS", few)
    chance = Random("asked")
    items = made_items(60, chance)
    events = made_events(items, 400, chance)
    at = np.array([chance.choice([int(NEVER), FIRST + 12 * DAY]) for _ in range(len(items))])
    proves = np.array([[code in ("EMI", "EMH", "EDC") for code in CODES], [True] * len(CODES)])
    place = np.array([chance.randrange(2) for _ in range(len(items))])
    asked = ScanSearch(
        items, OFFICES, REASONS, MEASURES, AS_OF, Inquired(at, place, proves)
    )  # fmt: skip
    asked.take(events)

    def counts(event: dict[str, Any]) -> bool:
        row = event["item_row"]
        proven = event["code"] in CODES and proves[place[row], CODES.index(event["code"])]
        return event["transmitted_at"] <= at[row] or bool(proven)

    expected, plain = obvious(items, events, counts), obvious(items, events)
    assert expected["first"] != plain["first"]
    assert told(asked.found()) == expected | {"latest": plain["latest"]}


def test_numbers_that_fit_and_others() -> None:
    texts = [*compose_many("EE", np.arange(1_500), "KR").to_pylist(), "", "한글 EMS", "ee1kr"]
    rows = ItemRows(pa.array([*texts, *texts[:3]]))
    wanted = pa.array(["x", *texts[::-1], "EE000000000KR", "AA000000000AA", ""]).slice(1)
    places = {text: place for place, text in reversed(list(enumerate(texts)))}
    assert rows.of(wanted).tolist() == [places.get(text, -1) for text in wanted.to_pylist()]
    assert scan_kernels.NOT_S10 < 0


def obvious_times(items: pa.Table, events: pa.Table) -> list[dict[str, int | None]]:
    """The least of every time, event by event; which episode takes it is asked of the set rule."""
    rows = items.append_column("item_row", pa.array(np.arange(len(items))))
    with duckdb.connect() as engine:
        held = episode_events(
            nw.from_native(engine.from_arrow(rows)), nw.from_native(engine.from_arrow(events)),
            AS_OF,
        ).collect("pyarrow").to_native().to_pylist()  # fmt: skip
    found: list[dict[str, int | None]] = [{} for _ in range(len(items))]
    for event in held:
        code = event["code"]
        if code == "EMC" and event["sender"] == event["origin"]:
            told = {"emc_at": event["event_at"]}
        elif code in TIMED_CODES and event["sender"] == event["destination"]:
            told = {
                f"{code.lower()}_at": event["event_at"],
                f"{code.lower()}_local": event["event_date"] * DAY + event["event_min"],
                f"{code.lower()}_sent_at": event["transmitted_at"],
            }
        else:
            continue
        for name, at in told.items():
            before = found[event["item_row"]].get(name)
            found[event["item_row"]][name] = at if before is None else min(before, at)
    return found


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("few", [0, 10**9])
def test_first_times_in_parts_are_those_seen_one_by_one(
    seed: int, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_times, "FEW_EVENTS", few)
    chance = Random(seed)
    items = made_items(60, chance)
    events = made_events(items, 1500, chance)
    local = [at + 540 for at in events["event_at"].to_pylist()]  # the clock of Seoul
    days = {"event_date": [at // DAY for at in local], "event_min": [at % DAY for at in local]}
    for name, values in days.items():
        events = events.append_column(name, pa.array(values, pa.int32()))
    search, cuts = TimeSearch(items, AS_OF), sorted(chance.sample(range(len(events)), 6))
    parts = [events.slice(a, b - a) for a, b in pairwise([0, *cuts, len(events)])]
    chance.shuffle(parts)
    for part in parts:
        encoded = chance.random() < 0.5
        search.take(
            part.set_column(0, "item_id", part["item_id"].dictionary_encode()) if encoded else part
        )
    found = {name: at.tolist() for name, at in search.found().items()}
    wanted = obvious_times(items, events)
    assert sum(map(len, wanted)) > 100
    for row, times in enumerate(wanted):
        assert {name: at[row] for name, at in found.items() if at[row] != NEVER} == times
