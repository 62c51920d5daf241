"""Defects of what was told: duplicates, impossible sequences and speeds, missent and returned
items, unknown codes (req 17, 20)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from datecertain.moments import NEVER, Ints
from datecertain.network import CompiledNetwork
from datecertain.quality.checks import Checked, Kind, checked
from datecertain.quality.told_events import (
    ORIGIN,
    TRANSIT,
    ToldEvents,
    ToldMonth,
    known_codes,
    side_of,
    state_of,
)

#: States of the code table whose events have no place in the order of a journey: a hold can come
#: again and again, and what authorities stop ends it anywhere.
_UNORDERED = ("held",)
_STOPPED = ("EXX", "EDX")
#: Tries, waiting and going out follow each other in any order.
_ANY_ORDER = "delivery"


def duplicates(told: ToldMonth) -> Iterator[Checked]:
    """Per known code the distinct records, bad where one was told more than once; those with
    unknown codes together."""
    events, known = told.events, len(known_codes())
    groups = [*told.by_code[:known], np.concatenate([[], *told.by_code[known:]]).astype(np.int64)]
    for code, rows in enumerate(groups):
        yield checked(
            Kind.DUPLICATE, "", events.codes[code] if code < known else "",
            (events.sender[rows], events.recipient[rows]), events.copies[rows] > 1,
            events.item[rows], event=events.code[rows], at=events.at[rows],
            place=events.place[rows], sent_at=events.sent_at[rows],
        )  # fmt: skip


def unknown_codes(events: ToldEvents) -> Checked:
    """All records, bad where the event code is in no table."""
    return checked(
        Kind.UNKNOWN_CODE, "", "", (events.sender, events.recipient),
        events.code >= len(known_codes()), events.item, event=events.code, at=events.at,
        place=events.place, sent_at=events.sent_at,
    )  # fmt: skip


def impossible_sequences(told: ToldMonth) -> Iterator[Checked]:
    """Pairs of events that follow each other in a normal journey, bad where the first scan of the
    earlier one is stamped after that of the later one. The post of the earlier one is named; which
    of the two stamps is wrong, the pair does not tell."""
    items, first = told.items, told.first
    last_at = np.full(len(items), -NEVER, dtype=np.int64)
    last_code = np.full(len(items), -1, dtype=np.int64)
    from_origin = np.array([side_of(code) == ORIGIN for code in first.codes], dtype=bool)
    for group in _steps():
        index = np.array([first.codes.index(code) for code in group])
        at = first.at[index]
        there = at < NEVER
        earliest = index[np.argmin(at, axis=0)]
        latest = index[np.argmax(np.where(there, at, -NEVER), axis=0)]
        rows = np.flatnonzero(there.any(axis=0) & (last_code >= 0))
        by_origin = from_origin[last_code[rows]]
        ends = items.origin[rows], items.destination[rows]
        yield checked(
            Kind.SEQUENCE, "", "", (np.where(by_origin, *ends), np.where(by_origin, *ends[::-1])),
            last_at[rows] > at[:, rows].min(axis=0), rows, event=last_code[rows],
            at=last_at[rows], other=earliest[rows],
        )  # fmt: skip
        here = there.any(axis=0)
        last_at = np.where(here, np.where(there, at, -NEVER).max(axis=0), last_at)
        last_code = np.where(here, latest, last_code)


def _steps() -> list[list[str]]:
    """The codes that have an order, those without one among themselves together."""
    steps = list[list[str]]()
    for code in known_codes():
        if state_of(code) in _UNORDERED or code in _STOPPED or side_of(code) == TRANSIT:
            continue
        if steps and state_of(code) == _ANY_ORDER == state_of(steps[-1][0]):
            steps[-1].append(code)
        else:
            steps.append([code])
    return steps


def shortest_flights(compiled: CompiledNetwork) -> Ints:
    """[office, office] the shortest time in the air between two offices by the timetable, without
    hand-over and recovery; NEVER where nothing flies."""
    table, pair_of = compiled.transport, compiled.pair_of
    shortest = np.full(max(table.size, 1), NEVER, dtype=np.int64)
    np.minimum.at(shortest, table.keys, table.done - table.ready)
    tender = np.array([office.tender_min for office in compiled.offices], dtype=np.int64)
    recovery = np.array([office.recovery_min for office in compiled.offices], dtype=np.int64)
    flown = shortest[np.maximum(pair_of, 0)]
    flies = (pair_of >= 0) & (flown < NEVER)
    return np.where(flies, flown - tender[:, None] - recovery[None, :], NEVER)


def impossible_speeds(told: ToldMonth, compiled: CompiledNetwork) -> Checked:
    """Consecutive scans of an item at two offices of exchange between which something flies, bad
    where less time lies between them than the fastest connection takes in the air. The post of the
    later scan is named."""
    events = told.events
    office = place_offices(events, compiled)[events.place]
    at_offices = np.flatnonzero(office >= 0)
    here, there = at_offices[:-1], at_offices[1:]
    moved = (events.item[here] == events.item[there]) & (office[here] != office[there])
    here, there = here[moved], there[moved]
    needed = shortest_flights(compiled)[office[here], office[there]]
    flies = needed < NEVER
    here, there, needed = here[flies], there[flies], needed[flies]
    post, before = events.sender[there], events.sender[here]
    return checked(
        Kind.SPEED, "", "", (post, np.where(post == before, events.recipient[there], before)),
        events.at[there] - events.at[here] < needed, events.item[there], event=events.code[there],
        at=events.at[there], place=events.place[there], other=events.code[here],
        sent_at=events.sent_at[there],
    )  # fmt: skip


def place_offices(events: ToldEvents, compiled: CompiledNetwork) -> Ints:
    """[place] the office of exchange that a place is, -1: none."""
    number = {office.office: index for index, office in enumerate(compiled.offices)}
    return np.array([number.get(name, -1) for name in (*events.places, "")], dtype=np.int64)


#: What proves that an item was sent the wrong way: the post that got it lets it go again.
_PROOF = ("EMC", "EMJ", "EMK")


def missent(told: ToldMonth) -> Iterator[Checked]:
    """Items in the hands of a post that is neither origin nor destination.

    `missent`: all items, bad where such a post told EMC, EMJ or EMK: the proof by which it is
    excluded (PRIME FAQ); the origin is named. `missent_unproven`: the items such a post told
    anything of, bad where it gave no proof: it is named, and the item counts against somebody.
    """
    items, events = told.items, told.events
    proofs = [events.codes.index(code) for code in _PROOF]
    third = (events.sender != items.origin[events.item]) & (
        events.sender != items.destination[events.item]
    )
    proof = third & np.isin(events.code, proofs)
    wrong = np.zeros(len(items), dtype=bool)
    wrong[events.item[proof]] = True
    everyone = np.arange(len(items), dtype=np.int64)
    yield checked(Kind.MISSENT, "", "", (items.origin, items.destination), wrong, everyone)
    size = len(items.posts)
    pairs, first = np.unique(
        events.item[third] * size + events.sender[third], return_index=True
    )  # the first is the earliest: events are in order of item and time
    proven = np.isin(pairs, events.item[proof] * size + events.sender[proof])
    item, rows = pairs // size, np.flatnonzero(third)[first]
    yield checked(
        Kind.MISSENT_UNPROVEN, "", "", (pairs % size, items.origin[item]), ~proven, item,
        event=events.code[rows], at=events.at[rows], place=events.place[rows],
    )  # fmt: skip


def returned(told: ToldMonth) -> Checked:
    """All items, bad where the destination told EMC (it left again) or the origin EMD (it came
    back). Inferred: no event code of its own says that an item was returned."""
    items, events = told.items, told.events
    back = np.zeros(len(items), dtype=bool)
    for code, post in (("EMC", items.destination), ("EMD", items.origin)):
        rows = told.by_code[events.codes.index(code)]
        item = events.item[rows]
        back[item[events.sender[rows] == post[item]]] = True
    everyone = np.arange(len(items), dtype=np.int64)
    return checked(Kind.RETURNED, "", "", (items.destination, items.origin), back, everyone)
