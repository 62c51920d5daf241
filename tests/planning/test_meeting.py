"""What makes a lane ready on the resume page of the meeting pack."""

from __future__ import annotations

import pytest

from datecertain.planning.meeting import Readiness, readiness
from datecertain.planning.standards import Status
from datecertain.quality import Standing

#: status of the assured standard | how the present promise was kept | readiness
CASES = """
assured          | above          | ready
assured          | not_told_apart | ready
assured_pooled   | above          | ready
assured          | below          | ready_with_longer_standard
assured_pooled   | below          | ready_with_longer_standard
not_reached      | above          | not_ready
not_reached      | below          | not_ready
not_enough_items | above          | not_enough_items
not_enough_items | no_items       | not_enough_items
"""


@pytest.mark.parametrize("case", CASES.strip().splitlines())
def test_a_lane_is_as_ready_as_its_standard_and_its_promise_say(case: str) -> None:
    status, kept, wanted = (one.strip() for one in case.split("|"))
    assert readiness(Status(status), Standing(kept)) is Readiness(wanted)


def test_a_lane_of_which_nothing_was_judged_has_its_standard_alone() -> None:
    assert readiness("assured", None) is Readiness.READY
