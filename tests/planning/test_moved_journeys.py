"""Journeys under another network: unchanged, by hand, against a slow walk, never later where the
network is nowhere later."""

import datetime as dt
import os
import sys
from functools import lru_cache
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from slow_replays import Way, credible, replayed

from datecertain.moments import NEVER, UNKNOWN
from datecertain.network import Network
from datecertain.planning.moved_journeys import moved_journeys
from datecertain.planning.network_changes import changed_texts
from datecertain.planning.replays import changed_items, replay_items
from day_walk import DayWalk
from slow_replay import Item

sys.path.insert(0, str(Path(__file__).parents[1] / "verdict"))

from judged_items import (
    AS_OF,
    World,
    calm_items,
    items,
    judged,
    milestones,
    minute_of,
    to_judge,
    world,
)
from random_worlds import random_world

WORLDS = int(os.environ.get("REPLAY_WORLDS", "3"))
SOONER = (
    "USJFKA.release -02:00", "KRSELB.cutoff +01:00", "US-NYC.delivery.days +67",
    "ICN-JFK.flights +7", "JPKWSA.forwarding.at -01:30", "KR-SEL.export.by +02:00",
)  # fmt: skip
OTHER = (*SOONER, "USJFKA.release +05:00", "KRSELB.cutoff -03:00", "US-NYC.delivery.days 135",
         "JPKWSA.presentation.at +04:00")  # fmt: skip


def changed(network: Network, *changes: str) -> Network:
    texts = dict(network.data.texts)
    for change in changes:
        texts = changed_texts(texts, change)
    return Network.from_texts(texts)


def moved(batch, where: World, after: Network):
    asked, told = to_judge(batch, where), milestones(batch, where)
    areas = asked.origin_area, asked.destination_area
    return told, moved_journeys(where.network, after, areas, told)


def journey(told) -> list[list[int | None]]:
    """The scans of each item, and when it came to the addressee."""
    read = told.reasoned
    ends = np.stack([told.delivered, told.pickup, *read.attempted.T, *read.notified.T], axis=1)
    good = (ends != UNKNOWN) & (ends >= told.at[:, :1])
    final = np.where(good, ends, NEVER).min(axis=1)
    rows = np.concatenate([told.at, final[:, None]], axis=1).tolist()
    return [[None if m in (UNKNOWN, NEVER) else m for m in row] for row in rows]


@settings(max_examples=25, deadline=None)
@given(batch=st.lists(items(), min_size=1, max_size=4))
def test_the_same_network_changes_no_verdict(batch) -> None:
    where = _small()
    again = Network.from_texts(where.network.data.texts)
    judgement = judged(batch, where=where)
    asked = to_judge(batch, where)
    found = replay_items(
        where.network, again, (asked, asked), milestones(batch, where), judgement.table.take, (),
        minute_of(AS_OF),
    )  # fmt: skip
    assert found.after.equals(judgement.table)
    assert not len(changed_items(found))
    assert (found.first < 0).all()
    assert not found.shift.any()


def _small() -> World:
    return world()


@pytest.mark.parametrize("number", range(WORLDS))
def test_a_replay_says_what_the_slow_walk_says(number: int) -> None:
    where, chance, compared = random_world(number), Random(number), [0, 0]
    change = chance.sample(OTHER, 6)
    after = changed(where.network, *change)
    was, now = DayWalk(where.network.data.texts), DayWalk(after.data.texts)

    @seed(number)
    @settings(
        max_examples=40, deadline=None, phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(batch=st.lists(items() | calm_items(), min_size=1, max_size=4))
    def check(batch) -> None:
        told, found = moved(batch, where, after)
        before, then = journey(told), journey(found.milestones)
        for row, item in enumerate(batch):
            way = _way(told, row, item, before[row], where.network)
            expected = replayed(was, now, way, before[row])
            got = [m if e is not None else None for m, e in zip(then[row], expected, strict=True)]
            assert got == expected, (change, item)
            compared[0] += 1
            compared[1] += bool(found.moved[row])

    check()
    assert compared[1] > 2, compared


def _way(told, row: int, item, moments, network: Network) -> Way:
    known, names = credible(moments), [*network.offices]
    office = [names[int(o)] if o >= 0 and known[k] is not None else ""
              for k, o in enumerate(told.office[row])]  # fmt: skip
    out = office[2] or office[1]
    into = next((name for name in office[3:7] if name), "")
    return Way(item.origin, item.destination, office[1] or out, out, into)


@settings(max_examples=25, deadline=None)
@given(batch=st.lists(items() | calm_items(), min_size=1, max_size=4),
       change=st.sampled_from(SOONER))  # fmt: skip
def test_a_network_that_is_nowhere_later_makes_nothing_later(batch, change: str) -> None:
    where = _small()
    told, found = moved(batch, where, _sooner(change))
    for was, now in zip(journey(told), journey(found.milestones), strict=True):
        assert all(n <= w for w, n in zip(was, now, strict=True) if w is not None and n is not None)


@lru_cache(maxsize=len(SOONER))
def _sooner(change: str) -> Network:
    return changed(_small().network, change)


# --- by hand ---------------------------------------------------------------------------------

NEW_YORK = dt.timezone(dt.timedelta(hours=-4))


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    """A moment in October 2026 on the clocks of New York."""
    return dt.datetime(2026, 10, day, hour, minute, tzinfo=NEW_YORK)


def item_of_new_york() -> Item:
    """Accepted in Seoul on Friday; customs in New York on Monday 26 October."""
    places = {"EMB": "KRSELB", "EMC": "KRSELB", "EMD": "USJFKA", "EDB": "USJFKA",
              "EDC": "USJFKA", "EMF": "USJFKA", "EMG": ""}  # fmt: skip
    moments = {
        "EMB": at(23, 7), "EMC": at(23, 9), "EMD": at(26, 10), "EDB": at(26, 15),
        "EDC": at(26, 21, 30),  # the session ends at 19:00: two and a half hours over plan
        "EMF": at(27, 12, 50),  # 20:00 was missed; ten minutes before the departure of 13:00
        "EMG": at(28, 6, 20),  # twenty minutes after 06:00
    }  # fmt: skip
    return Item(
        "KR-SEL", "US-NYC", at(23, 1), dt.date(2026, 10, 27), dt.date(2026, 10, 27),
        {code: (moment, places[code]) for code, moment in moments.items()},
        delivered=at(28, 11),
    )  # fmt: skip


def replay_one(change: str) -> list[dt.datetime]:
    where = _small()
    _, found = moved([item_of_new_york()], where, changed(where.network, change))
    (row,) = journey(found.milestones)
    epoch = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return [(epoch + dt.timedelta(minutes=m)).astimezone(NEW_YORK) for m in row if m is not None]


def test_customs_two_hours_earlier_saves_the_departure_of_the_evening_and_a_day() -> None:
    # 17:00 and two and a half hours: 19:30, in time for 20:00. It left ten minutes before 22:00 and
    # came in twenty minutes after 07:00, on the round of the same day.
    assert replay_one("USJFKA.release -02:00")[4:] == [
        at(26, 15), at(26, 19, 30), at(26, 21, 50), at(27, 7, 20), at(27, 11),
    ]  # fmt: skip


def test_customs_an_hour_earlier_saves_nothing() -> None:
    # 18:00 and two and a half hours: 20:30; the departure of 20:00 is missed all the same.
    assert replay_one("USJFKA.release -01:00")[4:] == [
        at(26, 15), at(26, 20, 30), at(27, 12, 50), at(28, 6, 20), at(28, 11),
    ]  # fmt: skip


def test_a_day_saved_is_a_verdict_changed_and_the_reason_is_told() -> None:
    where, batch = _small(), [item_of_new_york()]
    asked = to_judge(batch, where)
    after = changed(where.network, "USJFKA.release -02:00")
    found = replay_items(
        where.network, after, (asked, asked), milestones(batch, where),
        judged(batch, where=where).table.take, (), minute_of(AS_OF),
    )  # fmt: skip
    (row,) = changed_items(found).to_pylist()
    assert (row["outcome_before"], row["outcome_after"]) == ("late_liable", "on_time")
    assert (row["days_liable_before"], row["days_liable_after"]) == (1, 0)
    assert (row["why"], row["where"], row["minutes"]) == ("journey", "customs_out", -1440)
