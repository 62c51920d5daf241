"""Volumes as rows: what is read, what is set aside, and series beside a base year."""

from __future__ import annotations

import pyarrow as pa
import pytest

from datecertain.errors import UsageError
from datecertain.planning.volume_rows import panel, volume_rows
from datecertain.planning.volume_series import By, Step, volume_series


def table(text: str) -> pa.Table:
    head, *lines = text.strip().splitlines()
    rows = [line.split() for line in lines]
    return pa.table({
        name: ["" if row[at] == "-" else row[at] for row in rows]
        for at, name in enumerate(head.split())
    })  # fmt: skip


READ = """
month      origin destination items revenue contents  finding
2019-01    KR     JP          10    150.5   documents -
2019-01    KR     JP          4     -       gift      -
2019-02-28 KR     JP          12    9       documents -
2019-13    KR     JP          1     -       documents month-unreadable
2019-03    -      JP          1     -       documents lane-unnamed
2019-03    KR     JP          -3    -       documents items-unreadable
2019-03    KR     JP          1.5   -       documents items-unreadable
2019-03    KR     JP          7     1.234   documents revenue-unreadable
2019-03    KR     JP          8     1.20    documents -
2019-03    KR     JP          9     1.20    documents volume-twice
"""


def test_rows_that_cannot_be_read_are_set_aside_and_told() -> None:
    given = table(READ)
    read = volume_rows(given.drop_columns(["finding"]), "ems.csv")
    wanted = [
        (f"row {row}", code)
        for row, code in enumerate(given["finding"].to_pylist(), 1)
        if code
    ]  # fmt: skip
    found = sorted((one.position, one.code) for one in read.findings)
    assert found == sorted(wanted)
    assert read.set_aside == len(wanted)
    assert read.rows["items"].to_pylist() == [10, 4, 12, 8]
    assert read.rows["revenue"].to_pylist() == [15050, None, 900, 120]


def test_a_file_without_the_columns_is_refused() -> None:
    with pytest.raises(UsageError, match="no column destination, items"):
        volume_rows(pa.table({"month": ["2019-01"], "origin": ["KR"]}), "ems.csv")


SERIES = """
month   origin destination items
2019-01 KR     JP          100
2019-02 KR     JP          200
2019-01 KR     US          50
2023-01 KR     JP          60
2023-02 KR     JP          80
2023-01 KR     US          30
2023-02 KR     US          40
2023-02 JP     KR          7
"""


def test_like_is_compared_with_like() -> None:
    lanes = panel(volume_rows(table(SERIES), "ems.csv").rows)
    points = {(one.key, one.period): one for one in volume_series(lanes)}
    year = points["group", "2023"]
    # 217 items, of which those of KR>US in February and of JP>KR have no 2019 to stand beside.
    assert (year.items, year.compared_items, year.base_items, year.gap) == (217, 170, 350, -180)
    assert year.index_ppm == 485_714
    by_lane = {
        (one.key, one.period): one.gap for one in volume_series(lanes, By.LANE, Step.MONTH)
    }  # fmt: skip
    assert by_lane["KR>JP", "2023-02"] == -120
    assert by_lane["KR>US", "2023-02"] is None
    assert by_lane["JP>KR", "2023-02"] is None
    sent = {one.key: one.items for one in volume_series(lanes, By.ORIGIN) if one.period == "2023"}
    assert sent == {"KR": 210, "JP": 7}


def test_money_in_several_currencies_is_not_added_up() -> None:
    text = """
month   origin destination items revenue currency
2019-01 KR     JP          100   10      KRW
2019-01 JP     KR          100   20      JPY
"""
    lanes = panel(volume_rows(table(text), "ems.csv").rows)
    assert [one.revenue for one in volume_series(lanes, By.ORIGIN)] == [2000, 1000]
    assert [one.revenue for one in volume_series(lanes)] == [None]
