"""What a flagged office's scans are still worth, case by case (all invented)."""

from __future__ import annotations

import numpy as np
import pytest

from datecertain.moments import UNKNOWN
from datecertain.network import WeakenedEvidence, Weakening
from datecertain.verdict.downgrading import Places, downgraded
from datecertain.verdict.outcomes import Checkpoint
from datecertain.verdict.replay import Milestones
from datecertain.verdict.scan_reasons import Reasoned

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


def test_an_attempt_needs_a_second_scan() -> None:
    alone = after(evidence(), Weakening.SECOND_SCAN, "US-NYC")
    assert (alone.reasoned.attempted == UNKNOWN).all()
    for second in ({"at_office": NOON - DAY - 60}, {"pickup": NOON - DAY + 30}):
        seen = after(evidence(**second), Weakening.SECOND_SCAN, "US-NYC")
        assert (seen.reasoned.attempted == NOON - DAY).all()
    too_late = after(evidence(pickup=NOON + 2 * DAY), Weakening.SECOND_SCAN, "US-NYC")
    assert (too_late.reasoned.attempted == UNKNOWN).all()


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
