"""Which post answers for a leg: one item asked, and whole columns."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from datecertain.moments import parse_date
from datecertain.network import CarriageAgreements, Network
from datecertain.verdict.liable import NO_AGREEMENTS, destination_liable, liable_posts
from datecertain.verdict.outcomes import Leg
from worlds import texts

CARRIAGE = """origin,destination,transport,transit,handover,valid_from,valid_to,source
*,*,origin,origin,received,,,test
JP,KR,destination,origin,received,2026-11-02,2026-11-30,test
US,*,destination,origin,received,,,test
"""

#: lane, acceptance day: who answers for promise, export, transport, import, delivery
CASES = """
KR-JP 2026-11-02: KR KR KR JP JP
JP-KR 2026-11-01: JP JP JP KR KR
JP-KR 2026-11-02: JP JP KR KR KR
JP-KR 2026-11-30: JP JP KR KR KR
JP-KR 2026-12-01: JP JP JP KR KR
US-JP 2026-11-02: US US JP JP JP
"""


def agreed() -> CarriageAgreements:
    return Network.from_texts(texts({"carriage.csv": CARRIAGE}), "the small world").carriage


@pytest.mark.parametrize("case", CASES.strip().splitlines())
def test_who_answers_for_each_leg(case: str) -> None:
    given, _, expected = case.partition(":")
    lane, day = given.split()
    assert list(liable_posts(agreed(), lane[:2], lane[3:], parse_date(day))) == expected.split()


def test_columns_answer_as_one_item_does() -> None:
    lanes = [(a, b) for a in ("KR", "JP", "US") for b in ("KR", "JP", "US") if a != b]
    rows = [(*lane, day) for lane in lanes for day in range(parse_date("2026-10-30"),
                                                            parse_date("2026-12-03"))]  # fmt: skip
    origin, destination = (pa.chunked_array([[row[i] for row in rows]]) for i in (0, 1))
    days = np.array([row[2] for row in rows], dtype=np.int64)
    for carriage in (agreed(), NO_AGREEMENTS):
        found = destination_liable(carriage, origin, destination, days)
        assert found.shape == (len(rows), len(Leg))
        for row, answers in zip(rows, found.tolist(), strict=True):
            posts = tuple(row[1] if one else row[0] for one in answers)
            assert posts == liable_posts(carriage, *row)


def test_no_items_no_answers() -> None:
    nothing = pa.array([], pa.string())
    found = destination_liable(agreed(), nothing, nothing, np.array([], dtype=np.int64))
    assert found.shape == (0, len(Leg))
