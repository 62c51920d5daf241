"""Tables of a month supposed otherwise: refunds unasked, volume moved, days shared."""

from __future__ import annotations

import pyarrow as pa

from datecertain.settlement.ledger import Granted
from datecertain.settlement.suppositions import Move, Suppositions, Traffic, supposed
from datecertain.verdict.outcomes import DAYS_COLUMNS, SHARE_COLUMNS

#: key, origin, destination, outcome, sender_outcome, net days by leg, shares by leg (in percent).
LATE = "late_liable"
ROWS = [
    ("a", "KR", "US", LATE, LATE, (0, 1, 0, 1, 2), (0, 25, 0, 25, 50)),
    ("b", "KR", "US", "on_time", "on_time", (0, 0, 0, 0, 0), (0, 0, 0, 0, 0)),
    ("c", "KR", "US", LATE, LATE, (0, 2, 0, -1, 0), (0, 100, 0, 0, 0)),
    ("d", "KR", "JP", LATE, LATE, (1, 0, 0, 0, 0), (100, 0, 0, 0, 0)),
]


def traffic() -> Traffic:
    keys = [row[0] for row in ROWS]
    columns = {
        "item_key": keys, "origin": [row[1] for row in ROWS],
        "destination": [row[2] for row in ROWS], "outcome": [row[3] for row in ROWS],
        "sender_outcome": [row[4] for row in ROWS],
    }  # fmt: skip
    for place, name in enumerate(DAYS_COLUMNS):
        columns[name] = [row[5][place] for row in ROWS]
    for place, name in enumerate(SHARE_COLUMNS):
        columns[name] = [row[6][place] * 10_000 for row in ROWS]
    plain = pa.table({"item_key": keys})
    return Traffic(pa.table(columns), plain, plain, None, Granted(("a",)))


def test_refunds_unasked_on_a_lane() -> None:
    found = supposed(traffic(), Suppositions(automatic=frozenset({("KR", "US")})))
    assert sorted(set(found.granted.keys)) == ["a", "c"]


def test_who_had_it_last_bears_all() -> None:
    found = supposed(traffic(), Suppositions(sharing="last_holder")).verdicts
    shares = [[row[name] // 10_000 for name in SHARE_COLUMNS] for row in found.to_pylist()]
    assert shares[0][:2] == [0, 0]
    assert (sum(shares[0]), shares[0][3] + shares[0][4]) in {(100, 100), (99, 99)}
    assert shares[1:] == [[0] * 5, [0, 100, 0, 0, 0], [100, 0, 0, 0, 0]]


def test_what_is_moved_fares_as_the_other_lane_does() -> None:
    move = Move(("KR", "US"), ("KR", "JP"), 67)
    found = supposed(traffic(), Suppositions(moves=(move,)))
    for table in (found.verdicts, found.items, found.sent):
        assert sorted(table["item_key"].to_pylist()) == ["c", "d", "d+US1", "d+US2"]
    assert set(found.verdicts["destination"].to_pylist()[1:]) == {"JP"}
    assert found.granted.keys == ()
