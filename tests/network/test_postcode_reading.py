"""Postcodes as people write them, read; the written forms of ten countries, one line a case."""

from __future__ import annotations

import random
import re
from functools import lru_cache

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ten_posts import CITIES, SHARED, needs, ten_posts

from datecertain.network import PlaceStatus
from datecertain.network.postcode_forms import FORMS, AddressKind
from datecertain.network.postcodes import (
    Postcode,
    PostcodeProblem,
    address_kind,
    read_postcode,
    read_slowly,
    tell_problem,
)
from datecertain.wording import LANGUAGES, glossary, words

FILE = "postcodes_unique.parquet"

# country | as written | the code read | what is told (nothing: accepted in silence)
CASES = """
KR | 03051              | 03051   |
KR | ０３０５１         | 03051   |
KR | 0 3 0 5 1          | 03051   |
KR | 〒03051            | 03051   |
KR | (우) 03051         | 03051   |
KR | 우편번호: 03051    | 03051   |
KR | KR-03051           | 03051   |
KR | '03051             | 03051   |
KR | ="03051"           | 03051   |
KR | 3051               | 03051   | leading_zero_restored
KR | 3051.0             | 03051   | leading_zero_restored
KR | 3,051              | 03051   | leading_zero_restored
KR | 13494.0            | 13494   |
KR | O3051              | 03051   | letter_digit_confused
KR | 03051 서울         | 03051   | text_left_out
KR | 서울 03051         |         | malformed
KR | 110-240            |         | old_form
KR | １１０－２４０     |         | old_form
KR | 110240             |         | old_form
KR | 우 110-240         |         | old_form
KR | 110                |         | incomplete
KR | 110-2              |         | incomplete
KR | 000-000            |         | placeholder
KR | 00000              |         | placeholder
KR | 99999              |         | placeholder
KR | 없음               |         | placeholder
KR | 해당 없음          |         | placeholder
KR | 0305111            |         | malformed
US | 10001              | 10001   |
US | 10001-1234         | 10001   |
US | 10001 1234         | 10001   |
US | 10001–1234         | 10001   |
US | 100011234          | 10001   |
US | USA 10001          | 10001   |
US | U.S.A. 10001       | 10001   |
US | zip code 10001     | 10001   |
US | 2139               | 02139   | leading_zero_restored
US | 2139-4307          | 02139   | leading_zero_restored
US | 21394307           | 02139   | leading_zero_restored
US | 1OO01              | 10001   | letter_digit_confused
US | 1000l              | 10001   | letter_digit_confused
US | NY 10001           | 10001   | text_left_out
US | 10001 New York, NY | 10001   | text_left_out
US | AP 96201           | 96201   | text_left_out
US | New York 10001     |         | malformed
US | 10001-12           |         | malformed
US | L-1234             |         | malformed
US | IOOOI              |         | malformed
US | 0213               | 0213    | incomplete
US | 100                | 100     | incomplete
US | N/A                |         | placeholder
US | #N/A               |         | placeholder
US | n.a.               |         | placeholder
US | --                 |         | placeholder
US | xxxxx              |         | placeholder
US |                    |         | missing
JP | 100-0001           | 1000001 |
JP | 1000001            | 1000001 |
JP | 〒100-0001         | 1000001 |
JP | 〒 １００－０００１ | 1000001 |
JP | 100ー0001          | 1000001 |
JP | 100−0001           | 1000001 |
JP | 100―0001           | 1000001 |
JP | JP-100-0001        | 1000001 |
JP | 郵便番号 100-0001  | 1000001 |
JP | 600000             | 0600000 | leading_zero_restored
JP | 60-0000            | 0600000 | leading_zero_restored
JP | 100-0001 東京都千代田区 | 1000001 | text_left_out
JP | 100-OOO1           |         | malformed
JP | 100-0OO1           | 1000001 | letter_digit_confused
JP | 100                | 100     | incomplete
JP | 100-01             | 10001   | incomplete
JP | 100-001            | 100001  | incomplete
JP | なし               |         | placeholder
JP | 000-0000           |         | placeholder
JP | 999-9999           |         | placeholder
CN | 100005             | 100005  |
CN | 1000 05            | 100005  |
CN | CN-100005          | 100005  |
CN | 邮编：100005       | 100005  |
CN | 10000              | 010000  | leading_zero_restored
CN | 80000              | 80000   | incomplete
CN | 1000               | 1000    | incomplete
CN | 000000             |         | placeholder
CN | I-00100            |         | malformed
HK |                    |         |
HK | 999077             |         | placeholder
HK | 000000             |         | placeholder
HK | HKG                |         | placeholder
HK | N/A                |         | placeholder
HK | 100005             |         | not_needed
HK | 九龍               |         | not_needed
AU | 2000               | 2000    |
AU | AU 2000            | 2000    |
AU | 0800               | 0800    |
AU | 2000.0             | 2000    |
AU | 800                | 0800    | leading_zero_restored
AU | NSW 2000           | 2000    | text_left_out
AU | AU-NT 0800         | 0800    | text_left_out
AU | 300                | 300     | incomplete
AU | 0000               |         | placeholder
AU | 20000              |         | malformed
ES | 28013              | 28013   |
ES | E-28013            | 28013   |
ES | ES 28013           | 28013   |
ES | C.P. 28013         | 28013   |
ES | 8001               | 08001   | leading_zero_restored
ES | 28013 Madrid       | 28013   | text_left_out
ES | 28O13              | 28013   | letter_digit_confused
ES | 280                | 280     | incomplete
ES | AD500              |         | malformed
FR | 75008              | 75008   |
FR | F-75008            | 75008   |
FR | 75 008             | 75008   |
FR | 75380 CEDEX 08     | 75380   |
FR | 75380 cedex        | 75380   |
FR | 75380CEDEX08       | 75380   |
FR | 75303 SP 07        | 75303   |
FR | 00200 ARMEES       | 00200   |
FR | 1001               | 01001   | leading_zero_restored
FR | 1001 CEDEX         | 01001   | leading_zero_restored
FR | 75008 Paris        | 75008   | text_left_out
FR | 75380 PARIS CEDEX 08 | 75380 | text_left_out
FR | 69003 LYON 03      | 69003   | text_left_out
FR | Paris 75008        |         | malformed
FR | D-75008            |         | malformed
FR | 75008/75009        |         | malformed
FR | aucun              |         | placeholder
TH | 10500              | 10500   |
TH | ๑๐๕๐๐              | 10500   |
TH | TH 10500           | 10500   |
TH | 10500 กรุงเทพ      | 10500   | text_left_out
TH | 1050               | 1050    | incomplete
TH | ไม่มี              |         | placeholder
CA | M5V 3A8            | M5V3A8  |
CA | m5v3a8             | M5V3A8  |
CA | M5V-3A8            | M5V3A8  |
CA | Ｍ５Ｖ ３Ａ８      | M5V3A8  |
CA | CA M5V 3A8         | M5V3A8  |
CA | ON M5V 3A8         | M5V3A8  | text_left_out
CA | M5V 3A8 Toronto    | M5V3A8  | text_left_out
CA | K1A OB1            | K1A0B1  | letter_digit_confused
CA | KIA 0B1            | K1A0B1  | letter_digit_confused
CA | M5V 3AB            | M5V3A8  | letter_digit_confused
CA | M5V 3A 8           | M5V3A8  |
CA | KIA OBI            |         | malformed
CA | K1A 0B             | K1A0B   | incomplete
CA | M5V                | M5V     | incomplete
CA | D1A 0B1            |         | malformed
CA | W1A 0B1            |         | malformed
CA | K0A 0O1            |         | malformed
CA | 00000              |         | placeholder
"""


@pytest.mark.parametrize("line", CASES.strip().splitlines())
def test_as_written(line: str) -> None:
    country, written, plain, problem = (cell.strip() for cell in line.split("|"))
    read = read_postcode(ten_posts().post(country), written)
    assert (read.plain, str(read.problem)) == (plain, problem)
    assert read.hint == (f"postcode.{problem}" if problem else "")


@pytest.mark.parametrize(
    ("country", "written", "add_on"),
    [
        ("US", "10001-1234", "1234"), ("US", "2139-4307", "4307"), ("US", "10001", ""),
        ("FR", "75380 Cedex 08", "CEDEX08"), ("FR", "75380 PARIS CEDEX 08", "CEDEX08"),
        ("FR", "00200 ARMEES", "ARMEES"), ("FR", "75008 Paris", ""),
    ],
)  # fmt: skip
def test_what_follows_the_code_is_kept_apart(country: str, written: str, add_on: str) -> None:
    assert read_postcode(ten_posts().post(country), written).add_on == add_on


@pytest.mark.parametrize(
    ("country", "written", "kind"),
    [
        ("US", "09012", "military"), ("US", "34012", "military"), ("US", "96201-0001", "military"),
        ("US", "10001", "ordinary"), ("FR", "75008", "ordinary"),
        ("FR", "00200 ARMEES", "military"),
        ("FR", "75380 CEDEX 08", "box"), ("FR", "75380 PARIS CEDEX 08", "box"),
        ("ES", "28080", "box"), ("ES", "28071", "official"), ("ES", "28013", "ordinary"),
        ("AU", "1001", "box"), ("AU", "8001", "box"), ("AU", "2890", "military"),
        ("AU", "9999", "not_a_place"), ("CA", "K8N 5W6", "military"), ("CA", "K8N 5W7", "ordinary"),
        ("CA", "H0H 0H0", "not_a_place"), ("CA", "H0H", "ordinary"), ("HK", "", "ordinary"),
    ],
)  # fmt: skip
def test_what_the_code_itself_reveals(country: str, written: str, kind: str) -> None:
    post = ten_posts().post(country)
    assert address_kind(post, read_postcode(post, written)) is AddressKind(kind)


def test_a_country_without_a_form_here_follows_the_networks_own() -> None:
    gb = ten_posts().post("GB")
    assert read_postcode(gb, "sw1a 1aa") == Postcode("SW1A1AA")
    assert read_postcode(gb, "SW1A").problem is PostcodeProblem.MALFORMED
    assert read_postcode(gb, "n/a").problem is PostcodeProblem.PLACEHOLDER
    assert read_postcode(gb, "").problem is PostcodeProblem.MISSING


# --- Every code of the ten countries that GeoNames has, in every way of writing.


@lru_cache(maxsize=1)
def real_codes() -> list[tuple[str, str, str]]:
    """(country, as GeoNames writes it, the code proper); Canada's short ones completed."""
    table = pq.read_table(SHARED / FILE, columns=["country", "postcode"]).to_pylist()
    found = []
    for row in table:
        country, written = row["country"], row["postcode"]
        if country == "CA" and len(written) == 3:
            written += " 1A1"
        if country != "HK":
            plain = re.sub("[^0-9A-Z]", "", written)[: 6 if country in "CA CN" else 7]
            found.append((country, written, plain if country in "CA CN JP" else plain[:5]))
    return found


WIDE = {ord(char): chr(ord(char) + 0xFEE0) for char in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
DASHES = "-‐‑‒–—−－ー"


def styles(country: str, written: str, rng: random.Random) -> list[str]:
    """Ways in which people write a code, all of which mean the same."""
    prefix = {"FR": "F-", "ES": "E-", "JP": "〒", "KR": "우) "}.get(country, f"{country} ")
    cut = rng.randrange(1, len(written))
    return [
        written, written.lower(), written.translate(WIDE), f"  {written}\t", f"{prefix}{written}",
        f"{country}-{written}", written.replace(" ", "").replace("-", ""), f"'{written}",
        f"{written[:cut]} {written[cut:]}", f"{written[:cut]}{rng.choice(DASHES)}{written[cut:]}",
        f"{written}-{rng.randrange(10_000):04d}" if country == "US" else f"\u3000{written}.",
        *([f"{written} CEDEX {rng.randrange(20)}"] if re.fullmatch(r"FR\d{5}", country + written)
          else []),
    ]  # fmt: skip


@needs(FILE)
def test_no_real_code_as_it_is_listed_gets_a_note() -> None:
    for country, written, plain in real_codes():
        read = read_postcode(ten_posts().post(country), written)
        assert (read.plain, read.problem) == (plain, PostcodeProblem.NONE), (country, written)


@needs(FILE)
def test_a_real_code_reads_back_from_every_way_of_writing() -> None:
    rng = random.Random(20261127)
    for country, written, plain in rng.sample(real_codes(), 20_000):
        post = ten_posts().post(country)
        for style in styles(country, written, rng):
            read = read_postcode(post, style)
            assert (read.plain, read.problem) == (plain, PostcodeProblem.NONE), (country, style)


@needs(FILE)
def test_a_real_code_that_lost_its_zero_reads_back_with_a_note() -> None:
    """Where two zeros were lost the length no longer tells: refused, never another code."""
    restored = dict.fromkeys(CITIES, 0)
    for country, _, plain in real_codes():
        if plain.startswith("0"):
            post, number = ten_posts().post(country), plain.lstrip("0")
            for written in (number, f"{number}.0", f" {int(number):,} "):
                read = read_postcode(post, written)
                if plain.startswith("00"):
                    assert read.problem is PostcodeProblem.INCOMPLETE, (country, written)
                else:
                    assert read.plain == plain, (country, written)
                    assert read.problem is PostcodeProblem.LEADING_ZERO_RESTORED
                    restored[country] += 1
    assert {country for country, count in restored.items() if count} == {
        "KR", "US", "JP", "CN", "AU", "ES", "FR",
    }  # fmt: skip


@needs(FILE)
def test_a_real_canadian_code_with_confused_characters_reads_back() -> None:
    twins = {"0": "O", "1": "I", "5": "S", "8": "B", "2": "Z", "S": "5", "B": "8", "Z": "2"}
    post, tried = ten_posts().post("CA"), 0
    for country, _, plain in real_codes():
        for at, char in enumerate(plain if country == "CA" else ""):
            if char in twins:
                read = read_postcode(post, plain[:at] + twins[char] + plain[at + 1 :])
                assert (read.plain, str(read.problem)) == (plain, "letter_digit_confused")
                tried += 1
    assert tried > 4_000


@needs(FILE)
def test_real_codes_are_read_the_same_by_the_short_cut_and_the_long_way() -> None:
    for country, written, _ in random.Random(1).sample(real_codes(), 20_000):
        post = ten_posts().post(country)
        assert read_postcode(post, written) == read_slowly(post, FORMS[country], written)


@needs(FILE)
def test_the_beginning_of_a_code_names_an_area_only_if_all_real_codes_agree() -> None:
    network, rng = ten_posts(), random.Random(7)
    answers: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for country, _, plain in real_codes():
        place = network.find_place(country, plain)
        for length in range(2, len(plain)):
            key = (country, plain[:length])
            answers.setdefault(key, set()).add((place.area, place.reason))
    told = 0
    for country, leading in rng.sample(sorted(answers), 10_000):
        read = read_postcode(network.post(country), leading)
        place = network.find_place(country, leading)
        if read.problem is PostcodeProblem.INCOMPLETE and (place.area or place.reason):
            assert answers[country, leading] == {(place.area, place.reason)}, (country, leading)
            assert place.status is (
                PlaceStatus.INCOMPLETE if place.area else PlaceStatus.NOT_COVERED
            )  # fmt: skip
            assert country != "KR"
            told += 1
    assert told > 2_000


PIECES = st.sampled_from(
    [*"0123459", "00", "99", "75008", "M5V", "3A8", "K", "O", "I", " ", "-", ".", ",", ".0",
     "CEDEX", "ARMEES", "US", "CA", "NY", "F-", "〒", "ー", "１", "Paris", "n/a"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=7).map("".join) | st.text(max_size=9))
def test_the_short_cut_is_the_long_way(written: str) -> None:
    for country, form in FORMS.items():
        post = ten_posts().post(country)
        read = read_postcode(post, written)
        assert read == read_slowly(post, form, written)
        assert read.usable == bool(form.whole.fullmatch(read.plain + read.add_on))
        # What was read is a code of the country, and reading it again finds nothing to put right.
        if read.usable:
            assert read_postcode(post, read.plain) == Postcode(read.plain)
            assert re.fullmatch(post.postcode_form, read.plain + read.add_on)


@given(st.text("0123456789", min_size=1, max_size=8))
def test_digits_of_the_right_number_are_never_made_into_others(digits: str) -> None:
    for country, form in FORMS.items():
        if country != "CA" and len(digits) == form.length:
            read = read_postcode(ten_posts().post(country), digits)
            assert read in (Postcode(digits), Postcode("", PostcodeProblem.PLACEHOLDER))


# --- Telling.


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_problem_and_kind_has_words(language: str) -> None:
    for country in CITIES:
        post = ten_posts().post(country)
        assert f"postcode.form.{country}" in glossary()
        for problem in PostcodeProblem:
            told = tell_problem(words(language), post, "1-2", problem, "03051")
            assert bool(told) == bool(problem)
            if problem not in (PostcodeProblem.NONE, PostcodeProblem.MISSING):
                assert "1-2" in told
    for kind in AddressKind:
        assert words(language).say(f"address_kind.{kind}")


def test_the_old_korean_form_is_refused_with_a_hint() -> None:
    told = tell_problem(
        words("en"), ten_posts().post("KR"), " 110-240", PostcodeProblem.OLD_FORM
    )  # fmt: skip
    assert told.startswith("110-240 is a Korean postcode of the old form: since 1 August 2015")
    assert told.endswith("Expected: five digits, such as 03051.")
    place = ten_posts().find_place("KR", "3051")
    assert place.note == "postcode.leading_zero_restored"
    assert tell_problem(
        words("en"), ten_posts().post("KR"), "3051", place.problem, place.read_as
    ) == (
        "3051 was read as 03051: a leading zero was restored. Expected: five digits, such as 03051."
    )
