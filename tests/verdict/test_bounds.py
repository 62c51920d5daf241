"""What scans leave open about whose the days of a gap are, by who contracted the carriage."""

from __future__ import annotations

import pytest
from judged_items import World, judged, rows
from spoken_items import spoken

from worlds import with_rows

HEAD = "origin,destination,transport,transit,handover,valid_from,valid_to,source\n"
#: who contracted the carriage | what went otherwise | the origin's share at least, at most (%) |
#: between the posts, while nobody has to answer for a gap
CASES = """
origin      | EMD..+1d EMD-       | 0 100   | undetermined gap
destination | EMD..+1d EMD-       | 0 0     | late_liable
origin      | EMD..+1d EMC-       | 100 100 | late_liable
destination | EMD..+1d EMC-       | 0 100   | undetermined gap
origin      | EMD..+1d EMC- EMD-  | 0 100   | undetermined gap
destination | EMD..+1d EMC- EMD-  | 0 100   | undetermined gap
"""


@pytest.mark.parametrize("case", CASES.strip().splitlines())
def test_the_carriage_is_counted_as_its_contractor_s(case: str) -> None:
    party, changes, shares, outcome = (part.strip() for part in case.split("|"))
    texts = with_rows(
        "terms.csv", "relation,*,*,burden_of_proof,undetermined,,,test",
        "relation,*,*,gap_decided_by,owed_scan,,,test",
        "relation,*,*,gap_decided_after_days,200,,,test",
    )  # fmt: skip
    texts["carriage.csv"] = f"{HEAD}KR,JP,{party},origin,received,,,test\n"
    where = World.of(texts, case)
    item, notices, as_of = spoken("KR>JP", changes)
    (row,) = rows(judged([item], notices, as_of, where))
    slow = where.slow.judge(item, notices, as_of).between
    low, high = (int(share) * 10_000 for share in shares.split())
    assert (row["origin_share_low"], row["origin_share_high"]) == (low, high)
    assert slow.origin_bounds == (low, high)
    assert f"{row['outcome']} {row['outcome_reason']}".strip() == outcome
    assert slow.outcome == row["outcome"]
