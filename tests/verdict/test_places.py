"""Items without a known area are judged on the clock of where they were (req 14)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from judged_items import AS_OF, milestones, minute_of, network, to_judge, world
from spoken_items import spoken

from datecertain.moments import Ints, format_date
from datecertain.network import Network
from datecertain.verdict.judging import judge
from datecertain.verdict.places import areas_in_place
from datecertain.verdict.rules import RULES


def zones(of: Network, found: Ints) -> list[str]:
    return [of.data.areas[one].zone for one in found.tolist()]


def test_the_clock_is_that_of_the_office_of_exchange_else_of_most_areas() -> None:
    of = network()
    posts = tuple(of.posts)
    us, kr = posts.index("US"), posts.index("KR")
    offices = {row.office: number for number, row in enumerate(of.data.offices)}
    seen = np.full((5, 2), -1)
    seen[0, 1] = offices["USJFKA"]
    seen[1, 0] = offices["KRSELB"]  # not of its post
    seen[3, 0] = offices["KRSELB"]
    area = np.array([-1, -1, 0, -1, -1])
    found = areas_in_place(of, area, np.array([us, us, us, kr, -1]), seen)
    told = zones(of, found)
    assert told[0] == "America/New_York"
    assert of.data.areas[found[0]].post == of.data.areas[found[1]].post == "US"
    assert (found[2], found[4]) == (0, 0)
    assert told[3] == "Asia/Seoul"
    assert areas_in_place(of, area[2:3], np.array([us]), seen[2:3]).tolist() == [0]
    assert area.tolist() == [-1, -1, 0, -1, -1], "what was given stays as it was"


def test_delivered_in_the_evening_it_was_delivered_on_that_day() -> None:
    told, _, _ = spoken("KR>US", "EMI=07T20:00")
    item = [replace(told, destination="US-?")]
    days = {}
    for version, rules in RULES.items():
        judgement = judge(
            world().network, to_judge(item, world()), milestones(item, world()), [],
            minute_of(AS_OF), rules,
        )  # fmt: skip
        days[version] = format_date(int(judgement.between.stopped_on[0]))
        assert judgement.table["outcome"].to_pylist() == ["not_guaranteed"]
    assert days == {"1": "2026-11-08", "2": "2026-11-07"}
