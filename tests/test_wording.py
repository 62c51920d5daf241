"""Every text in every language, with the same places to fill."""

import re
import string

import pytest

from datecertain.errors import UsageError
from datecertain.moments import parse_date
from datecertain.wording import LANGUAGES, glossary, joined, words
from datecertain.wording.exact import exact_words
from datecertain.wording.prepared import letter_words


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_key_has_every_language_and_the_same_places() -> None:
    for key, texts in glossary().items():
        assert set(texts) >= set(LANGUAGES), key
        assert all(texts[language].strip() for language in LANGUAGES), key
        assert len({frozenset(places(texts[language])) for language in LANGUAGES}) == 1, key


def test_korean_says_delivery_as_the_post_does() -> None:
    for key, texts in glossary().items():
        for wrong in ("배송", "운송장"):
            assert wrong not in texts["ko"], f"{key}: {wrong} is not the post's word"


def test_terms_are_no_conditions_in_korean() -> None:
    for key, texts in glossary().items():
        if re.search(r"\bterms?\b", texts["en"], re.IGNORECASE):
            assert "조건" not in texts["ko"], f"{key}: terms are 약관"


@pytest.mark.parametrize(
    ("language", "date", "money"),
    [("en", "Fri 27 Nov 2026", "1,234.50 USD"), ("ko", "2026년 11월 27일(금)", "1,234.50 USD")],
)
def test_dates_and_amounts_are_written_as_the_language_writes_them(
    language: str, date: str, money: str
) -> None:
    assert words(language).date(parse_date("2026-11-27")) == date
    assert words(language).money(123450, "USD") == money
    assert words(language).money(-45000, "KRW") == "-45,000 KRW"
    assert words(language).money(12_345_678, "SDR") == "12.35 SDR"


def test_what_the_glossary_does_not_know_is_misuse() -> None:
    with pytest.raises(UsageError, match="fr"):
        words("fr")
    with pytest.raises(UsageError, match="nothing"):
        words("en").say("nothing.here")


def test_a_share_that_was_asked_for_is_not_told_as_nothing_or_all() -> None:
    told = [words("en").share_asked(part) for part in (0.96, 0.999, 0.999999, 0.0001, 0.0, 1.0)]
    assert told == ["96.0 %", "99.9 %", "99.9999 %", "0.01 %", "0.0 %", "100.0 %"]


def test_exact_words_leave_nothing_out() -> None:
    speak = exact_words("en")
    assert speak.money(-1_234_567_890, "SDR") == "-1,234.567890 SDR"
    assert speak.money(45000, "KRW") == "45,000 KRW"
    assert [speak.share(part) for part in (0.208325, 1.0, 0.3, 0.0, 1.2)] == [
        f"{shown}\u00a0%" for shown in ("20.8325", "100", "30", "0", "120")
    ]
    assert speak.share(float("nan")) == "–"


def test_no_blank_follows_a_full_stop_or_a_bracket_of_east_asia() -> None:
    assert joined("It was late.", "We are sorry.") == "It was late. We are sorry."
    assert joined("遅れました。", "申し訳ございません。") == "遅れました。申し訳ございません。"
    assert joined("11月27日（金）", "23:35") == "11月27日（金）23:35"


@pytest.mark.parametrize(
    ("language", "told"), [("ko", "A, B"), ("fr", "A, B"), ("ja", "A、B"), ("zh-Hant", "A；B")]
)
def test_a_list_is_parted_as_the_language_parts_it(language: str, told: str) -> None:
    assert letter_words(language).words.listed(["A", "B"]) == told
