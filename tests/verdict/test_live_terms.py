"""From when on an item is at risk: the terms of its lane on its acceptance day."""

from __future__ import annotations

import numpy as np
import pytest

from datecertain.errors import NetworkError
from datecertain.findings import Severity
from datecertain.moments import parse_date
from datecertain.network import Network
from datecertain.verdict.live import agreed_warnings
from worlds import texts, with_rows

ROWS = (
    "relation,KR,*,watch_report_hours,36,,,test",
    "relation,KR,US,watch_report_hours,48,2026-11-02,,test",
    "relation,*,US,watch_slack_percent,30,,,test",
    "relation,JP,US,watch_chance_percent,95,,2026-11-01,test",
)
#: lane, acceptance day: hours, slack, chance
CASES = """
KR-JP 2026-11-01: 36 50 80
KR-US 2026-11-01: 36 30 80
KR-US 2026-11-02: 48 30 80
JP-US 2026-11-01: 24 30 95
JP-US 2026-11-02: 24 30 80
US-KR 2026-11-02: 24 50 80
"""


def agreed(network: Network, cases: list[str]) -> list[str]:
    posts = list(network.posts)
    given = [case.partition(":")[0].split() for case in cases]
    origin, destination, day = (
        np.array(column, dtype=np.int64)
        for column in zip(
            *((posts.index(lane[:2]), posts.index(lane[3:]), parse_date(on)) for lane, on in given),
            strict=True,
        )
    )
    found = agreed_warnings(network, origin, destination, day)
    columns = (np.asarray(found.report_min) // 60, found.slack_used_percent, found.chance_percent)
    told = np.stack([np.asarray(column) for column in columns], axis=1).tolist()
    return [" ".join(map(str, row)) for row in told]


def test_the_row_of_the_lane_and_day_decides() -> None:
    network = Network.from_texts(with_rows("terms.csv", *ROWS))
    cases = CASES.strip().splitlines()
    assert agreed(network, cases) == [case.partition(": ")[2] for case in cases]


def test_a_network_of_before_the_terms_is_watched_as_before() -> None:
    files = texts()
    files["terms.csv"] = "".join(
        line + "\n" for line in files["terms.csv"].splitlines() if ",watch_" not in line
    )
    network = Network.from_texts(files)
    assert agreed(network, ["KR-US 2026-11-02"]) == ["24 50 80"]
    missing = [one for one in network.findings if "watch_" in one.detail]
    assert [(one.code, one.severity) for one in missing] == [("term-missing", Severity.WARNING)] * 3


def test_a_share_is_no_more_than_all() -> None:
    with pytest.raises(NetworkError, match="0 to 100"):
        Network.from_texts(with_rows("terms.csv", "relation,KR,*,watch_chance_percent,101,,,test"))
