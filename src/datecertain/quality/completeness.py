"""Completeness and timeliness: which expected events are missing, which were sent too late
(req 17, 18). The denominators are the UPU's (Regulations, supplementary remuneration): of the items
with EMC those with EMD, of the items with EMD those with EDH, EMH or EMI."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from datecertain.moments import NEVER, Ints, Mask
from datecertain.quality.checks import Checked, Kind, checked
from datecertain.quality.event_rules import ANY, RECORD, Expectation, TimelinessRule
from datecertain.quality.told_events import (
    DESTINATION,
    FirstScans,
    ToldEvents,
    ToldMonth,
    TrackedItems,
    side_of,
)
from datecertain.settlement.measures import sent_in_time


def missing_events(told: ToldMonth, rules: Sequence[Expectation], as_of: int) -> Iterator[Checked]:
    """Per expectation the items whose deadline has passed at `as_of`, bad where nothing of what is
    expected was told. `at` of a row is the moment from which it was expected."""
    items, first = told.items, told.first
    for rule in rules:
        expects = first.of(*rule.expects)
        given = items.accepted_at if rule.given == (RECORD,) else first.of(*rule.given)
        due = np.flatnonzero((given < NEVER) & (given + rule.within_h * 60 <= as_of))
        yield checked(
            Kind.MISSING, rule.name, "/".join(rule.expects), sides(items, rule.expects[0], due),
            expects[due] >= NEVER, due, event=first.codes.index(rule.expects[-1]), at=given[due],
            other=_first_given(first, rule, given, due),
        )  # fmt: skip


def _first_given(first: FirstScans, rule: Expectation, given: Ints, rows: Ints) -> Ints:
    """Which event made each row expect another; -1: the acceptance record."""
    found = np.full(len(rows), -1, dtype=np.int64)
    if rule.given != (RECORD,):
        for code in reversed(rule.given):
            index = first.codes.index(code)
            found = np.where(first.at[index, rows] == given[rows], index, found)
    return found


def sides(items: TrackedItems, code: str, rows: Ints) -> tuple[Ints, Ints]:
    """(the post whose event a code is, the post at the other end) of some items."""
    ends = items.origin[rows], items.destination[rows]
    return ends[::-1] if side_of(code) == DESTINATION else ends


def late_records(told: ToldMonth, rules: Sequence[TimelinessRule]) -> Iterator[Checked]:
    """Per rule and event the items that have it, bad where its first record was sent too late.

    As pay-for-performance measures it: of each item and code the first moment, the first local
    time and the earliest transmission; `sent_in_time` of the settlement decides.
    """
    items, events, posts = told.items, told.events, told.items.posts
    for code in dict.fromkeys(code for rule in rules for code in rule.codes):
        item, place, (at, local, sent_at) = _firsts(events, told.rows(code), len(items))
        post, partner = sides(items, code, item)
        for rule in rules:
            if code not in rule.codes:
                continue
            mine = np.flatnonzero(
                _holds_for(posts, rule.sender)[post] & _holds_for(posts, rule.partner)[partner]
            )
            in_time = sent_in_time(rule.sent_by, at[mine], local[mine], sent_at[mine])
            yield checked(
                Kind.LATE, rule.name, code, (post[mine], partner[mine]), ~in_time, item[mine],
                event=events.codes.index(code), at=at[mine], place=place[mine],
                sent_at=sent_at[mine],
            )  # fmt: skip


def _firsts(
    events: ToldEvents, rows: Ints, count: int
) -> tuple[Ints, Ints, tuple[Ints, Ints, Ints]]:
    """(items that have one of these records, place of the first, (moment, local time,
    transmission): each the smallest)."""
    item = events.item[rows]
    columns = []
    for values in (events.at, events.local, events.sent_at):
        least = np.full(count, NEVER, dtype=np.int64)
        np.minimum.at(least, item, values[rows])
        columns.append(least)
    # Of records of one moment the smallest place is named, whatever came first.
    named = np.full(count, NEVER, dtype=np.int64)
    earliest = events.at[rows] == columns[0][item]
    np.minimum.at(named, item[earliest], events.place[rows][earliest])
    have = np.flatnonzero(columns[0] < NEVER)
    at, local, sent_at = (column[have] for column in columns)
    return have, named[have], (at, local, sent_at)


def _holds_for(posts: Sequence[str], wanted: str) -> Mask:
    return np.array([wanted in (ANY, post) for post in posts], dtype=bool)
