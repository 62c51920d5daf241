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

# post | as the sender writes it | the area, or what is wrong; how it is read, if not as written.
# (What is read from which writing: test_postcode_reading.)
WRITTEN = """
KR | 03051        | KR-SEOUL                      |
KR | 030-51       | KR-SEOUL                      |
KR | ０３０５１   | KR-SEOUL                      |
KR | 3051         | KR-SEOUL                      | 03051
KR | 110-240      | postcode_malformed            |
KR | 110          | postcode_incomplete           |
KR | 없음         | postcode_missing              |
KR |              | postcode_missing              |
US | 10001-1234   | US-NEW-YORK                   |
US | 10001-12     | postcode_malformed            |
US | 2139         | US-NEW-ENGLAND                | 02139
US | 100          | postcode_incomplete US-NEW-YORK | 100
US | 12           | postcode_incomplete US-MID-ATLANTIC | 12
US | 501          | postcode_incomplete           | 501
US | 33           | postcode_incomplete           | 33
US | 963          | postcode_incomplete           | 963
US | 0901         | not_covered military          | 0901
US | 09012        | not_covered military          |
CA | K1A 0B1      | CA-ONTARIO                    |
CA | K1A          | postcode_incomplete CA-ONTARIO | K1A
CA | K1A 0        | postcode_incomplete CA-ONTARIO | K1A0
CA | K1           | postcode_incomplete CA-ONTARIO | K1
CA | V2           | postcode_incomplete           | V2
CA | KIA OB1      | CA-ONTARIO                    | K1A0B1
CA | O1A 0B1      | postcode_malformed            |
CA | H0H 0H0      | not_covered not-a-place       |
CA | H0H          | not_covered not-a-place       | H0H
JP | 100-0001     | JP-TOKYO                      |
JP | １００ー０００１ | JP-TOKYO                   |
JP | 600          | postcode_incomplete JP-KINKI  | 600
JP | 100          | postcode_incomplete           | 100
CN | 100099       | CN-BEIJING                    |
CN | 1000         | postcode_incomplete CN-BEIJING | 1000
CN | 10000        | CN-INNER-MONGOLIA             | 010000
CN | 999077       | not_covered not-a-place       |
AU | 800          | AU-NT-DARWIN                  | 0800
AU | 300          | postcode_incomplete AU-VIC-METRO | 300
AU | 1001         | AU-NSW-BOX                    |
AU | 2890         | not_covered military          |
AU | 9999         | not_covered not-a-place       |
ES | 28013        | ES-MD-CAPITALS                |
ES | 28           | postcode_incomplete           | 28
ES | 51001        | ES-CEUTA                      |
FR | 75380 CEDEX 08 | FR-PARIS                    |
FR | 75008 Paris  | FR-PARIS                      | 75008
FR | 75           | postcode_incomplete           | 75
FR | 97110        | not_covered territory         |
FR | 00200 ARMEES | not_covered military          |
TH | ๑๐๕๐๐        | TH-BANGKOK                    |
TH | 99999        | postcode_missing              |
"""


@pytest.mark.parametrize("line", WRITTEN.strip().splitlines())
def test_a_postcode_as_the_sender_writes_it(line: str) -> None:
    post, written, expected, read_as = (cell.strip() for cell in line.split("|"))
    place = ten_posts().find_place(post, written)
    told = place.area if place.status is PlaceStatus.AREA else str(place.status)
    if place.status is not PlaceStatus.AREA:
        told = f"{told} {place.area or place.reason}".strip()
    assert (told, place.read_as) == (expected, read_as)
    if place.area:
        assert ten_posts().area(place.area).post == post


def test_of_a_six_digit_code_in_china_the_first_four_decide() -> None:
    found = {ten_posts().find_place("CN", f"1000{end:02d}") for end in range(100)}
    assert found == {Place(PlaceStatus.AREA, "CN-BEIJING")}


@pytest.mark.parametrize("written", ["", "  ", "999077", "0000", "Kowloon", "九龍", "＊"])
def test_a_post_without_postcodes_is_one_area_whatever_is_written(written: str) -> None:
    place = ten_posts().find_place("HK", written)
    assert (place.status, place.area, place.reason) == (PlaceStatus.AREA, "HK-ALL", "")
    assert bool(place.note) == bool(written.strip())


def test_a_member_that_left_is_not_covered_and_an_unknown_post_is_misuse() -> None:
    for post, written in (("SG", "018956"), ("GB", "SW1A 1AA")):
        assert ten_posts().find_place(post, written).status is PlaceStatus.NOT_COVERED
    with pytest.raises(UnknownPlace, match="'XX' is not a post"):
        ten_posts().find_place("XX", "1")


@given(st.text(max_size=9))
def test_whatever_is_written_has_an_answer(written: str) -> None:
    """Bad data is an answer, never an exception."""
    answers = [ten_posts().find_place(post, written) for post in ten_posts().posts]
    assert all(place.area for place in answers if place.status is PlaceStatus.AREA)
    allowed = {PlaceStatus.AREA, PlaceStatus.INCOMPLETE}
    assert {place.status for place in answers if place.area} <= allowed


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
    assert postcode_table(post, [whole])[0].find("") == Place(PlaceStatus.AREA, "HK-ALL")
    for rows in ([], [ranged], [whole, ranged], [whole, whole]):
        assert {finding.code for finding in postcode_table(post, rows)[1]} == {"postcode-range"}
