"""The published figures of volume: what the sources say, and that none is without a source."""

from __future__ import annotations

from datecertain.planning.published_volumes import (
    published_figures,
    published_recovery,
    shocks,
    yearly,
)

#: Year, items, and the change in per cent that the Korean releases print beside it.
GROUP = """
2019 31560000
2020 26150000 -17.1
2021 23390000 -10.6
2022 18580000 -20.6
2023 17200000  -7.4
"""


def test_the_group_s_years_have_the_changes_that_their_sources_print() -> None:
    series, before = yearly("group", "group"), None
    for line in GROUP.strip().splitlines():
        year, items, *change = line.split()
        assert series[year] == int(items)
        if change and before:
            assert round((series[year] / before - 1) * 100, 1) == float(change[0])
        before = series[year]


def test_in_2023_the_group_was_45_5_per_cent_below_2019() -> None:
    row = next(
        one for one in published_recovery() if (one.origin, one.year) == ("group", "2023")
    )  # fmt: skip
    assert (row.gap, round(100 - row.index_ppm / 10_000, 1)) == (-14_360_000, 45.5)


def test_sources_that_disagree_both_stand() -> None:
    rows = {row.key: row for row in published_figures()}
    assert len(rows) == len(published_figures())
    assert rows["kr-group-2022"].value > rows["kr-world-2022"].value  # the part above the whole
    assert rows["kr-group-2022"].disagrees_with == "kr-world-2022"


def test_every_row_has_a_source_and_both_languages() -> None:
    for row in published_figures():
        assert row.source
        assert bool(row.notes["en"]) == bool(row.notes["ko"])
        assert row.first_month <= row.last_month
    for one in shocks():
        assert one.source
        assert all(one.texts.values())
        assert one.first_day <= one.last_day
