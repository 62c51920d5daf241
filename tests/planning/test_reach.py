"""Items that a change does not touch keep their verdict: against judging every item again."""

import os
import sys
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from datecertain.errors import NetworkError, UsageError
from datecertain.planning.network_changes import changed_texts
from datecertain.planning.reach import Seen, reach_of, reads_otherwise
from datecertain.planning.replays import Replayed, lane_changes, lane_standings, replay_items

sys.path.insert(0, str(Path(__file__).parents[1] / "verdict"))

from judged_items import (
    AS_OF,
    World,
    calm_items,
    disturbed_items,
    milestones,
    minute_of,
    notice,
    to_judge,
)
from random_worlds import random_world

WORLDS = int(os.environ.get("REPLAY_WORLDS", "4"))
#: Kinds of change: to hours, rounds, flights and terms, as they are said in a few words.
SAID = (
    "USJFKA.release -02:00", "USJFKA.release +05:00", "KRSELB.cutoff -03:00",
    "KRSELB.closing.at -01:00", "US-NYC.delivery.days 135", "US-NYC.delivery.days +67",
    "ICN-JFK.flights +7", "JPKWSA.forwarding.at -01:30", "JPKWSA.presentation.at +04:00",
    "KR-SEL.export.by +02:00", "KR-US.term.tolerance_days 2", "KR-US.sender.customs exclude",
    "JP-US.sender.case_kinds strike", "US-KR.term.burden_of_proof both",
)  # fmt: skip
#: Others: a row more, in the form of the file.
ROWS = (
    ("holidays.csv", "US,2026-10-28,closed,A day,A day,2026-01-01,test"),
    ("holidays.csv", "KR,2026-10-27,closed,A day,A day,2026-01-01,test"),
    ("closures.csv", "USJFKA,inward,2026-10-26,2026-10-29,2026-10-01,Shut,닫음,test"),
    ("closures.csv", "KRSELB,outward,2026-10-25,2026-10-26,2026-10-01,Shut,닫음,test"),
)  # fmt: skip
FILES = ("terms.csv", "exclusions.csv", "carriage.csv", "weakened_evidence.csv", "schedules.csv")


def changed_world(chance: Random, where: World, number: int) -> World:
    """The world with one change, or some: said, a row more, or a file of another random world."""
    while True:
        texts = dict(where.network.data.texts)
        for _ in range(chance.choice((1, 1, 2))):
            kind = chance.random()
            if kind < 0.5:
                try:
                    texts = changed_texts(texts, chance.choice(SAID))
                except UsageError:  # it changes nothing here
                    continue
            elif kind < 0.75:
                name, row = chance.choice(ROWS)
                texts[name] = texts[name].rstrip() + "\n" + row
            else:
                name = chance.choice(FILES)
                texts[name] = random_world(number + 1000).network.data.texts[name]
        try:
            return World.of(texts, f"random world {number}, changed")
        except NetworkError:
            continue


def rest(table: pa.Table, rows: Any) -> pa.Table:
    """Some verdicts, but for the network that is named in them."""
    return table.filter(pa.array(rows)).drop_columns(["network_version"])


@pytest.mark.parametrize("number", range(WORLDS))
def test_an_item_that_a_change_does_not_touch_is_judged_as_before(number: int) -> None:
    chance, met = Random(number), Counter[str]()
    where = random_world(number)
    other = changed_world(chance, where, number)
    before, after = where.network, other.network
    reach, otherwise = reach_of(before, after), reads_otherwise(before, after)

    @seed(number)
    @settings(
        max_examples=30, deadline=None, phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(batch=disturbed_items() | st.lists(calm_items(), min_size=1, max_size=4).map(
        lambda items: (items, [])
    ))  # fmt: skip
    def check(batch) -> None:
        items, cases = batch[0], [notice(case) for case in batch[1]]
        asked, now = to_judge(items, where), to_judge(items, other)
        told = milestones(items, where)
        read = milestones(items, other) if otherwise else told
        seen = Seen(*asked.lane_posts(tuple(before.posts)), asked.origin_area,
                    asked.destination_area, told.office.T)  # fmt: skip
        verdicts = replay_items(before, before, (asked, asked), told, _none, cases,
                                minute_of(AS_OF)).after  # fmt: skip

        def replayed(everything: bool) -> Replayed:
            return replay_items(
                before, after, (asked, now), read, verdicts.take, cases, minute_of(AS_OF),
                everything=everything, otherwise=reach.judged_otherwise(seen),
            )  # fmt: skip

        full, few = replayed(True), replayed(False)
        again = np.isin(np.arange(len(items)), few.rows)
        assert few.before.equals(verdicts.take(few.rows))
        assert few.after.equals(full.after.filter(pa.array(again)))
        assert rest(full.after, ~again).equals(rest(full.before, ~again))
        assert lane_changes(few, lane_standings(verdicts)) == lane_changes(full)
        untouched = ~reach.journeys(seen)
        assert rest(full.after, untouched).equals(rest(full.before, untouched))
        met["items"] += len(items)
        met["again"] += int(again.sum())
        met["changed"] += int(pc.sum(pc.not_equal(full.before["outcome"], full.after["outcome"]))
                              .as_py())  # fmt: skip

    check()
    assert met["items"] > 20


def _none(rows: Any) -> pa.Table:
    """No verdicts: the slow way is asked for both sides."""
    return pa.table({})
