"""No figure of a few items is shown, nor can be worked out of the totals beside it, by anyone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datecertain.errors import NotFound
from datecertain.moments import parse_date
from datecertain.quality.disclosure import (
    Cell,
    groups_of_sums,
    lanes_with_totals,
    least_amounts,
    least_judged,
    sum_may_be_told,
    withheld,
)

LEAST = 10
POSTS = ("KR", "JP", "US", "CN")


def lanes(**items: int) -> dict[tuple[str, str], tuple[int, int]]:
    """`KR_US=40` as parts, every item judged."""
    return {(name[:2], name[3:]): (count, count) for name, count in items.items()}


def hidden(parts: dict[tuple[str, str], tuple[int, int]], least: int = LEAST) -> set[str]:
    cells = lanes_with_totals(parts)
    return {cells[at].name for at in withheld(cells, least)}


def test_a_table_of_large_figures_is_shown_whole() -> None:
    assert hidden(lanes(KR_US=40, KR_JP=50, JP_KR=60, JP_US=45, US_KR=70, US_JP=80)) == set()


def test_one_small_lane_takes_others_with_it() -> None:
    """KR>US has 3 items. KR's total less KR>JP would tell it, US's total less JP>US too."""
    found = hidden(lanes(KR_US=3, KR_JP=50, KR_CN=44, JP_US=45, JP_CN=30, CN_US=60, CN_JP=90))
    assert "lane KR>US" in found
    in_row = [one for one in found if "KR>" in one or one in ("origin KR", "all")]
    in_column = [one for one in found if ">US" in one or one in ("destination US", "all")]
    # JP knows KR>JP of itself, so two lanes of the row, or the total, must be withheld beside it.
    assert len(in_row) >= 2
    assert len(in_column) >= 2


def test_what_a_post_takes_out_of_a_total_as_its_own_counts() -> None:
    """Of US's 43 items 40 are Korea's: Korea would read 3 of Japan's off the total."""
    found = hidden(lanes(KR_US=40, JP_US=3, KR_JP=50, JP_KR=50, US_KR=50, US_JP=50))
    assert {"lane JP>US", "destination US"} <= found


def test_items_that_are_not_judged_make_no_figure_large() -> None:
    assert hidden({("KR", "US"): (500, 2), ("US", "KR"): (500, 400)}) >= {"lane KR>US"}


def test_parts_of_a_known_sum() -> None:
    def told(**gateways: int) -> set[str]:
        parts = {name: ("US", {("KR", "US"): (n, n)}) for name, n in gateways.items()}
        cells = groups_of_sums(parts)
        return {cells[at].name for at in withheld(cells, LEAST)}

    assert told(USJFKA=40, USLAXA=40) == set()
    assert told(USJFKA=4, USLAXA=40, USORDA=60) == {"USJFKA", "USLAXA"}
    # Two that rest on 9 together would each be known nearly.
    assert told(USJFKA=4, USLAXA=5, USORDA=60, USMIAA=70) == {"USJFKA", "USLAXA", "USORDA"}


def test_a_group_that_adds_up_to_nothing_takes_none_with_it() -> None:
    parts = {name: ("", {("KR", "US"): (n, n)}) for name, n in (("export", 3), ("import", 40))}
    cells = groups_of_sums(parts)
    assert [cells[at].name for at in withheld(cells, LEAST)] == ["export"]


def test_the_rule_is_dated() -> None:
    day = parse_date("2026-10-31")
    assert (least_judged(day), least_amounts(day)) == (10, 3)
    for rule in (least_judged, least_amounts):
        with pytest.raises(NotFound):
            rule(parse_date("1999-10-31"))


@pytest.mark.parametrize(
    ("amounts", "told"),
    [
        ("", True),
        ("KR-US", False),
        ("KR-US KR-JP US-JP", False),  # each of the three knows two, hence the third
        ("KR-US KR-JP US-JP KR-CN US-CN JP-CN", True),  # three are left to each
        ("KR-US KR-JP KR-CN KR-AU", False),  # all are Korea's; each other one knows but one
        ("KR US JP", False),  # of one post each: two are left to each
        ("KR US JP CN", True),
    ],
)
def test_a_sum_of_money_tells_no_reader_the_amount_of_others(amounts: str, told: bool) -> None:
    assert sum_may_be_told([one.split("-") for one in amounts.split()], 3) is told


def found_out(cells: list[Cell], gone: frozenset[int], reader: str) -> list[tuple[int, int]]:
    """The oracle: (place, items) of what follows by linear algebra from what is shown and what the
    reader knows of its own, of the items that are not its own."""
    rest = [
        sum(n for pair, (n, _) in cell.parts.items() if reader not in pair) for cell in cells
    ]  # fmt: skip
    place = {cell.name: at for at, cell in enumerate(cells)}
    rows = []
    for side, name in ((0, "origin"), (1, "destination")):
        totals = [cell for cell in cells if cell.name.startswith(name)]
        for total in totals:
            row = np.zeros(len(cells))
            row[place[total.name]] = -1
            for cell in cells:
                if (
                    cell.name.startswith("lane")
                    and cell.name[5:].split(">")[side] == total.name[len(name) + 1 :]
                ):
                    row[place[cell.name]] = 1
            rows.append(row)
        row = np.zeros(len(cells))
        row[place["all"]] = -1
        for total in totals:
            row[place[total.name]] = 1
        rows.append(row)
    unknown = [at for at in sorted(gone) if rest[at]]
    matrix = np.array(rows)[:, unknown]
    if not unknown:
        return []
    _, sizes, directions = np.linalg.svd(matrix)
    rank = int((sizes > 1e-9).sum())
    free = np.abs(directions[rank:]).max(axis=0) if rank < len(unknown) else np.zeros(len(unknown))
    return [(at, rest[at]) for at, one in zip(unknown, free, strict=True) if one < 1e-9]


TABLES = st.dictionaries(
    st.sampled_from([(one, other) for one in POSTS for other in POSTS if one != other]),
    st.sampled_from([0, 1, 2, 5, 9, 10, 12, 30, 80]).filter(bool).map(lambda n: (n, n)),
    min_size=1,
)


@settings(max_examples=60, deadline=None)
@given(TABLES)
def test_nobody_works_a_small_figure_out(parts: dict[tuple[str, str], tuple[int, int]]) -> None:
    cells = lanes_with_totals(parts)
    gone = withheld(cells, LEAST)
    for reader in ("", *POSTS):
        for at, cell in enumerate(cells):
            left = sum(n for pair, (n, _) in cell.parts.items() if reader not in pair)
            assert at in gone or not 0 < left < LEAST, (reader, cell.name)
        known = found_out(cells, gone, reader)
        assert [cells[at].name for at, left in known if left < LEAST] == [], reader
