"""Every postcode of the ten countries that GeoNames knows, counted; the page says the same."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from ten_posts import CITIES, SHARED, needs, ten_posts

from datecertain.network import Place, PlaceStatus
from datecertain.network.postcode_forms import AddressKind
from datecertain.network.postcodes import address_kind, read_postcode
from datecertain.operations.network_checks import coverage

FILE = "postcodes_unique.parquet"
PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "coverage.md"


@lru_cache(maxsize=1)
def postcodes() -> dict[str, list[tuple[str, str]]]:
    """Post → its (postcode, province) as GeoNames has them, each postcode once."""
    table = pq.read_table(SHARED / FILE, columns=["country", "postcode", "admin1"])
    found: dict[str, list[tuple[str, str]]] = {post: [] for post in CITIES}
    for row in table.to_pylist():
        # Of Canada's codes GeoNames has the first three characters only, which no sender may write
        # for a guaranteed date: any last three make a whole code of the same area.
        short = row["country"] == "CA" and len(row["postcode"]) == 3
        found[row["country"]].append((row["postcode"] + " 1A1" * short, row["admin1"]))
    return found


@lru_cache(maxsize=1)
def counted() -> dict[str, Counter[str]]:
    """Post → how many of its postcodes are what."""
    return {
        post: coverage(ten_posts(), post, [postcode for postcode, _ in codes])
        for post, codes in postcodes().items()
    }


def table_line(name: str, counts: Counter[str]) -> str:
    """A line of the page's first table: counts by what a sender is told."""
    kinds = ("guaranteed", "estimate: ", "not covered: ", "postcode_")
    numbers = [sum(n for what, n in counts.items() if what.startswith(kind)) for kind in kinds]
    assert sum(numbers) == counts.total()
    return f"| {name} | " + " | ".join(f"{n:,}" for n in (counts.total(), *numbers)) + " |"


def reason_lines(post: str, counts: Counter[str]) -> list[str]:
    """The lines of the page's second table for a post: counts by reason."""
    names = sorted(what for what in counts if ": " in what)
    return [f"| {post} | {what} | {counts[what]:,} |" for what in names]


@needs(FILE)
@pytest.mark.parametrize("post", CITIES)
def test_every_postcode_is_in_one_area_or_explicitly_not_covered(post: str) -> None:
    """None is unknown or malformed. Which range decides is searched here again, one by one: the
    ranges that hold a code lie in each other, and the innermost gives the answer."""
    network = ten_posts()
    ranges = [row for row in network.data.postcodes if row.post == post]
    length = network.post(post).postcode_key
    answers: dict[str, Place] = {}
    for postcode, _ in postcodes()[post]:
        place = network.find_place(post, postcode)
        assert place.status in (PlaceStatus.AREA, PlaceStatus.NOT_COVERED), postcode
        assert bool(place.area) != bool(place.reason)
        key = re.sub(r"[^0-9A-Z]", "", postcode.upper())[:length]
        assert answers.setdefault(key, place) == place
    for key, place in answers.items():
        holding = [row for row in ranges if row.first <= key <= row.last or not length]
        holding.sort(key=lambda row: (row.first, row.last))
        inner = [
            row for row in holding
            if all(other.first <= row.first <= row.last <= other.last for other in holding)
        ]  # fmt: skip
        assert len(inner) == 1, key
        assert (inner[0].area, inner[0].reason if not inner[0].area else "") == (
            place.area, place.reason,
        )  # fmt: skip


@needs(FILE)
def test_the_page_says_what_is_counted() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    expected = [table_line(post, counts) for post, counts in counted().items()]
    everyone = sum(counted().values(), Counter[str]())
    expected.append(table_line("all", everyone))
    assert everyone.total() == 257_827
    start = lines.index("|---|---:|---:|---:|---:|---:|") + 1
    assert lines[start : start + len(expected)] == expected
    reasons = [line for post, counts in counted().items() for line in reason_lines(post, counts)]
    start = lines.index("|---|---|---:|") + 1
    assert lines[start : start + len(reasons) + 1] == [*reasons, ""]


#: Areas that gather remote parts of several provinces.
GATHERED = {"KR-ISLANDS", "CA-WEST-REMOTE"}


@needs(FILE)
@pytest.mark.parametrize("post", ["KR", "AU", "ES", "CA"])
def test_areas_follow_the_provinces_where_they_are_meant_to(post: str) -> None:
    """At least 97 of 100 postcodes of an area lie in one province of GeoNames; the page tells how
    many do not. The others are border places, and codes that GeoNames places elsewhere."""
    provinces: dict[str, Counter[str]] = {}
    for postcode, province in postcodes()[post]:
        area = ten_posts().find_place(post, postcode).area
        if area and area not in GATHERED:
            provinces.setdefault(area, Counter())[province] += 1
    astray = 0
    for area, counts in provinces.items():
        share = counts.most_common(1)[0][1] / counts.total()
        assert share >= 0.97, (area, counts)
        astray += counts.total() - counts.most_common(1)[0][1]
    assert f"{post} {astray}" in PAGE.read_text(encoding="utf-8")


@needs(FILE)
def test_codes_of_forces_and_boxes_lie_where_the_code_itself_says() -> None:
    """The kinds that a code reveals are listed apart from the ranges: both say the same."""
    for post, kind, reason in (
        ("US", AddressKind.MILITARY, "military"), ("AU", AddressKind.MILITARY, "military"),
        ("AU", AddressKind.BOX, "po-box"),
    ):  # fmt: skip
        row = ten_posts().post(post)
        for postcode, _ in postcodes()[post]:
            place = ten_posts().find_place(post, postcode)
            why = place.reason or ten_posts().area(place.area).reason
            revealed = address_kind(row, read_postcode(row, postcode)) is kind
            assert revealed == (why == reason), postcode


@needs(FILE)
def test_american_codes_without_a_state_are_military_and_only_they() -> None:
    found = {
        (not province, ten_posts().find_place("US", postcode).reason == "military")
        for postcode, province in postcodes()["US"]
    }
    assert found == {(True, True), (False, False)}


def test_the_page_credits_its_source_and_names_every_reason_in_words() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert "GeoNames" in text
    assert "CC BY 4.0" in text
    reasons = {row.reason for row in ten_posts().data.postcodes if not row.area}
    reasons |= {row.reason for row in ten_posts().data.areas if row.guarantee == "no"}
    for reason in reasons:
        assert f"| `{reason}` |" in text, reason
