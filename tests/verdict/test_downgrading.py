"""What a flagged office's scans are still worth, case by case (all invented)."""

from __future__ import annotations

import numpy as np
import pytest
from judged_items import World, judged, rows
from spoken_items import spoken

from datecertain.moments import UNKNOWN
from datecertain.network import WeakenedEvidence, Weakening
from datecertain.verdict.downgrading import Places, downgraded
from datecertain.verdict.outcomes import Checkpoint
from datecertain.verdict.replay import Milestones
from datecertain.verdict.scan_reasons import Reasoned
from worlds import texts

DAY, NOON = 1440, 20_000 * 1440 + 720
PLACES = Places(("USJFKA", "US-NYC", "US-CAL"), np.array([0]), np.array([0]), np.array([1]))


def evidence(**scans: int) -> Milestones:
    """An item delivered at noon, attempted the day before, kept by customs two days before."""
    at = np.full((1, 8), UNKNOWN)
    at[0, Checkpoint.ACCEPTED] = NOON - 9 * DAY
    at[0, Checkpoint.INWARD_IN] = NOON - 3 * DAY
    at[0, Checkpoint.DELIVERY_OFFICE] = scans.get("at_office", UNKNOWN)
    none = {name: np.full((1, 2), UNKNOWN) for name in Reasoned.__slots__}
    read = Reasoned(**none)
    read.attempted[:] = NOON - DAY
    read.retained_valid[:] = NOON - 2 * DAY
    nobody = np.array([UNKNOWN])
    return Milestones(
        at, np.full((1, 8), -1), nobody, nobody, np.array([scans.get("pickup", UNKNOWN)]),
        np.array([NOON]), np.array([NOON]), read,
    )  # fmt: skip


def after(
    found: Milestones, weakening: Weakening, place: str, *, accepted: int = 20_000,
    documented: bool = False, landing: int = int(UNKNOWN),
) -> Milestones:  # fmt: skip
    rule = WeakenedEvidence(
        line=1, source="test", valid_from=20_000, valid_to=20_030, place=place, weakening=weakening
    )
    return downgraded(
        found, [rule], PLACES, np.array([accepted]), np.array([documented]), np.array([landing]),
        np.array([-300]),
    )  # fmt: skip


#: What was scanned beside an attempt in New York on the 5th at 10:00, and whether it counts.
ATTEMPTS = """
EMG-                    | nothing beside it              | no
EMG=05T09:00            | at the delivery office before  | yes
EMG=05T11:00            | at the delivery office after   | no
EMG- EDH=05T12:00       | at a pick-up point that day    | yes
EMG- EDH=06T10:01       | at a pick-up point too late    | no
EMG=05T12:00 EMH=05T13:00 | a second attempt, after the scan | second
"""


@pytest.mark.parametrize("case", ATTEMPTS.strip().splitlines())
def test_an_attempt_needs_a_second_scan(case: str) -> None:
    changes, _, counts = (part.strip() for part in case.split("|"))
    where = flagged("US-NYC,needs_second_scan,,,test")
    item, _, as_of = spoken("KR>US", f"EMH=05T10:00 EMI=07T15:00 {changes}")
    (row,) = rows(judged([item], (), as_of, where))
    (plain,) = rows(judged([item], (), as_of, flagged()))
    assert plain["stopped_by"] == "attempt"
    assert row["stopped_by"] == ("delivery" if counts == "no" and "EDH" not in changes else
                                 row["stopped_by"])  # fmt: skip
    assert (row["stopped_by"] == "attempt") == (counts != "no")
    slow = where.slow.judge(item, (), as_of).between
    assert (slow.stopped_by, slow.stopped_on) == (row["stopped_by"], row["stopped_on"])


def flagged(*lines: str) -> World:
    """The small world with these rows about flagged places."""
    head = "place,weakening,valid_from,valid_to,source"
    return World.of(texts({"weakened_evidence.csv": "\n".join([head, *lines])}), " ".join(lines))


def test_a_delivery_tells_its_day_and_not_its_minute() -> None:
    told = after(evidence(), Weakening.DAY_ONLY, "US-NYC")
    # Noon in UTC is 07:00 in New York: the day there ends at 04:59 in UTC of the next.
    assert told.delivered[0] == 20_001 * DAY + 299


def test_a_hold_needs_a_document() -> None:
    assert (after(evidence(), Weakening.DOCUMENT, "USJFKA").reasoned.retained_valid
            == UNKNOWN).all()  # fmt: skip
    own = evidence()
    assert after(own, Weakening.DOCUMENT, "USJFKA", documented=True) is own


def test_an_arrival_is_not_before_the_earliest_landing() -> None:
    landing = NOON - 3 * DAY + 90
    told = after(evidence(), Weakening.LANDING, "USJFKA", landing=landing)
    assert told.at[0, Checkpoint.INWARD_IN] == landing
    own = evidence()
    assert after(own, Weakening.LANDING, "USJFKA") is own  # no landing is known
    assert after(own, Weakening.LANDING, "USJFKA", landing=landing - DAY) is own


@pytest.mark.parametrize("weakening", list(Weakening))
def test_only_there_and_only_then(weakening: Weakening) -> None:
    """Another office, an item of before the rule or of after it: the evidence stays as it is."""
    landing = NOON - 2 * DAY
    own = evidence()
    assert after(own, weakening, "US-CAL", landing=landing) is own
    for accepted in (19_999, 20_031):
        for place in ("USJFKA", "US-NYC"):
            assert after(own, weakening, place, accepted=accepted, landing=landing) is own
