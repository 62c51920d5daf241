"""From what a sender writes to the area: written forms, nested ranges, posts without postcodes."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ten_posts import ten_posts

from datecertain.errors import UnknownPlace
from datecertain.network import Network, Place, PlaceStatus
from datecertain.network.places import PostcodeTable, postcode_table
from datecertain.network.rows import Post, PostcodeRange, read_rows
from worlds import texts

# post | as the sender writes it | the key that selects the area, or what is wrong
WRITTEN = """
KR | 03051       | 03051
KR |  030-51     | 03051
KR | 0 3 0 5 1   | 03051
KR | ０３０５１  | 03051
KR | 3051        | postcode_malformed
KR | 110-240     | postcode_malformed
KR |             | postcode_missing
US | 10001       | 10001
US | 10001-1234  | 10001
US | 100011234   | 10001
US | 10001-12    | postcode_malformed
US | 1O001       | postcode_malformed
CA | K1A 0B1     | K1A
CA | k1a0b1      | K1A
CA | K1A-0B1     | K1A
CA | K1A         | K1A
CA | Ｋ１Ａ 0B1  | K1A
CA | K1A 0       | postcode_malformed
CA | O1A 0B1     | postcode_malformed
CA | 11A 0B1     | postcode_malformed
JP | 100-0001    | 1000001
JP | 1000001     | 1000001
JP | 100−0001    | 1000001
JP | １００ー０００１ | 1000001
JP | 100-001     | postcode_malformed
CN | 100005      | 1000
CN | 100099      | 1000
CN | 1000        | postcode_malformed
CN | 1000050     | postcode_malformed
AU | 2000        | 2000
AU | 0800        | 0800
AU | 800         | postcode_malformed
ES | 28013       | 28013
FR | 75008       | 75008
FR | 75380 CEDEX 08 | 75380
FR | 01001 cedex | 01001
FR | 75008 Paris | postcode_malformed
TH | 10500       | 10500
TH | ๑๐๕๐๐       | postcode_malformed
"""


@pytest.mark.parametrize("line", WRITTEN.strip().splitlines())
def test_a_postcode_as_the_sender_writes_it(line: str) -> None:
    post, written, expected = (cell.removeprefix(" ") for cell in line.split("|"))
    network, post = ten_posts(), post.strip()
    place = network.find_place(post, written)
    if expected.startswith("postcode_"):
        assert place == Place(PlaceStatus(expected))
        return
    assert place.status is PlaceStatus.AREA
    row = next(
        row for row in network.data.postcodes
        if row.area == place.area and row.first <= expected <= row.last
    )  # fmt: skip
    assert row.post == network.area(place.area).post == post


def test_of_a_six_digit_code_in_china_the_first_four_decide() -> None:
    found = {ten_posts().find_place("CN", f"1000{end:02d}") for end in range(100)}
    assert found == {Place(PlaceStatus.AREA, "CN-BEIJING")}


@pytest.mark.parametrize("written", ["", "  ", "999077", "0000", "Kowloon", "九龍", "＊"])
def test_a_post_without_postcodes_is_one_area_whatever_is_written(written: str) -> None:
    assert ten_posts().find_place("HK", written) == Place(PlaceStatus.AREA, "HK-ALL")


def test_a_member_that_left_is_not_covered_and_an_unknown_post_is_misuse() -> None:
    for post, written in (("SG", "018956"), ("GB", "SW1A 1AA")):
        assert ten_posts().find_place(post, written).status is PlaceStatus.NOT_COVERED
    with pytest.raises(UnknownPlace, match="'XX' is not a post"):
        ten_posts().find_place("XX", "1")


@given(st.text(max_size=9))
def test_whatever_is_written_has_an_answer(written: str) -> None:
    """Bad data is an answer, never an exception."""
    answers = [ten_posts().find_place(post, written) for post in ten_posts().posts]
    assert all(bool(place.area) == (place.status is PlaceStatus.AREA) for place in answers)


# --- Nested ranges beside the slow and obvious: of all ranges that hold a key, the smallest.

POST = Post(2, "test", "XX", "XXA", "X", "X", "XX", "XXX", "UTC", "[0-9AZ]{2}", 2, 0, 1)
KEYS = [first + second for first in "0189AZ" for second in "0189AZ"]
RANGES = st.lists(
    st.tuples(st.sampled_from(KEYS), st.sampled_from(KEYS)).map(lambda pair: tuple(sorted(pair))),
    max_size=14,
)
Range = tuple[str, str]


def crossing(one: Range, other: Range) -> bool:
    (first, last), (low, high) = sorted([one, other])
    return one == other or (first < low <= last < high)


def table(ranges: list[Range]) -> tuple[PostcodeTable, list[tuple[str, str]]]:
    rows = [
        PostcodeRange(number, "test", "XX", first, last, f"{number}", "")
        for number, (first, last) in enumerate(ranges)
    ]
    built, findings = postcode_table(POST, rows)
    return built, [(finding.code, finding.position) for finding in findings]


@given(RANGES)
def test_the_innermost_of_nested_ranges_wins(drawn: list[Range]) -> None:
    ranges: list[Range] = []
    for entry in drawn:
        if not any(crossing(entry, kept) for kept in ranges):
            ranges.append(entry)
    built, findings = table(ranges)
    assert findings == []
    for key in KEYS:
        holding = [n for n, (first, last) in enumerate(ranges) if first <= key <= last]
        inner = min(holding, key=lambda n: sum(ranges[n][0] <= k <= ranges[n][1] for k in KEYS),
                    default=None)  # fmt: skip
        expected = (
            Place(PlaceStatus.UNKNOWN) if inner is None else Place(PlaceStatus.AREA, f"{inner}")
        )
        assert built.find(key) == expected
    assert built.find_all(KEYS) == [built.find(key) for key in KEYS]


@given(RANGES)
def test_ranges_that_cross_or_repeat_are_found_and_only_they(ranges: list[Range]) -> None:
    _, findings = table(ranges)
    crossed = {
        pair for pair in combinations(range(len(ranges)), 2) if crossing(*(ranges[n] for n in pair))
    }
    assert bool(findings) == bool(crossed)
    for code, position in findings:
        row = int(position.removeprefix("row "))
        partners = [ranges[a + b - row] for a, b in crossed if row in (a, b)]
        assert partners
        assert (ranges[row] in partners) or code == "postcode-overlap"


def test_a_carve_out_in_a_carve_out() -> None:
    """An island inside a province, and a harbour on the island."""
    rows = "\n".join(
        ["post,first,last,area,reason,source", "US,00500,14999,US-NYC,,test",
         "US,09000,09899,,military,test", "US,09100,09199,US-CAL,,test",
         "US,90000,96199,US-CAL,,test", "KR,00000,62999,KR-SEL,,test",
         "KR,40200,40240,KR-ULL,,test", "JP,0000000,9999999,JP-TYO,,test"]
    )  # fmt: skip
    world = Network.from_texts({**texts(), "postcodes.csv": rows})
    assert [world.find_place("US", code).area for code in ("08999", "09099", "09100", "09199")] == [
        "US-NYC", "", "US-CAL", "US-CAL",
    ]  # fmt: skip
    assert world.find_place("US", "09200") == Place(PlaceStatus.NOT_COVERED, reason="military")
    assert world.find_place("US", "15000") == Place(PlaceStatus.UNKNOWN)


def test_a_post_without_postcodes_has_exactly_one_row_without_ends() -> None:
    header = texts()["posts.csv"].splitlines()[0]
    (post,), _ = read_rows(Post, f"{header}\nHK,HKA,Hong Kong,홍콩,HK,HKD,Asia/Hong_Kong,,0,,,test")
    whole = PostcodeRange(2, "test", "HK", "", "", "HK-ALL", "")
    ranged = PostcodeRange(3, "test", "HK", "000000", "999999", "HK-ALL", "")
    assert postcode_table(post, [whole])[1] == []
    assert postcode_table(post, [whole])[0].find("anything") == Place(PlaceStatus.AREA, "HK-ALL")
    for rows in ([], [ranged], [whole, ranged], [whole, whole]):
        assert {finding.code for finding in postcode_table(post, rows)[1]} == {"postcode-range"}
