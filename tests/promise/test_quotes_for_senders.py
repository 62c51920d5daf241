"""A quote in each language of senders' pages: whole, with no text left to fall back to English."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

import pytest

from datecertain.network import Network, bundled_network
from datecertain.promise.asking import Ask
from datecertain.promise.routes import EMS, Route
from datecertain.promise.telling import told_quote
from datecertain.promise.telling_dates import told_alternatives
from datecertain.wording import Words, words
from datecertain.wording.prepared import PREPARED, SENDER_KEYS, SENDERS, TranslatedWords, read_texts
from worlds import SMALL, texts

GOODS = """
goods,refuse,KR,US,,,EMS,non-documents,,,,,2026-10-20,No goods.,비서류 중지,,,test
"""
#: From Seoul: guaranteed; through a holiday; refused, with other ways; with a postcode put right;
#: without one; over a channel.
ASKED = (
    ("US", "10001", "2026-11-04T16:10", "documents", ""),
    ("US", "10001", "2026-11-02T16:10", "gift", ""),
    ("JP", "1000001", "2026-11-03T16:00", "food", ""),
    ("US", "1OOO1", "2026-11-03T16:10", "documents", "agency"),
    ("US", "", "2026-11-03T16:10", "documents", "collection"),
    ("KR", "03051", "2026-11-03T16:10", "documents", ""),
)
#: In a language with letters of its own, Latin words are codes (upper case) or names of the data.
NAMES = {"Culture", "Day", "Election", "Labor", "Premium", "Thanksgiving", "Veterans"}
_WORD = re.compile(r"[A-Za-z]{2,}")


@lru_cache(maxsize=1)
def network() -> Network:
    changed = {"conditions.csv": SMALL["conditions.csv"].rstrip() + GOODS}
    return Network.from_texts(texts(changed), "the small world with a condition on contents")


@pytest.mark.parametrize("asked", ASKED, ids="-".join)
def test_a_quote_is_told_whole_in_every_language(asked: tuple[str, ...]) -> None:
    country, postcode, at, contents, channel = asked
    ask = Ask.at(Route("KR", "03051", country, postcode, EMS, contents, channel), at)
    for language in PREPARED:
        strict = TranslatedWords(language, read_texts(language, SENDERS))
        told = said(ask, strict)
        assert all(told)
        assert not any(place in text for text in told for place in "{}")
        if language not in ("fr", "es"):
            latin = {word for text in told for word in _WORD.findall(text)}
            assert {word for word in latin if not word.isupper()} <= NAMES, latin


def said(ask: Ask, speak: Words) -> list[str]:
    """Every text of the quote and of the other ways, but a published condition."""
    told, others = told_quote(network(), ask, speak), told_alternatives(network(), ask, speak)
    return [
        *filter(None, [told["reason_text"]]), *told["notes"],
        *(step["text"] for step in told["steps"]), others["now"]["text"],
        *(one["text"] for one in others["alternatives"]),
    ]  # fmt: skip


#: A day of Korea and one of Hong Kong, as a reader of each language is told of them.
KOREAN = {"ko": "개천절 대체공휴일", "": "Substitute holiday for National Foundation Day"}
HONG_KONG = {"zh-Hant": "國慶日", "": "National Day"}


@pytest.mark.parametrize("language", ["ko", *PREPARED])
def test_a_holiday_has_its_own_name_where_its_language_is_spoken(language: str) -> None:
    speak = words("ko")
    if language != "ko":
        speak = TranslatedWords(language, read_texts(language, SENDERS))
    for start, end, at, names in (
        (("JP", "1000001"), ("KR", "03051"), "2026-10-01T12:00", KOREAN),
        (("KR", "03051"), ("HK", ""), "2026-09-29T16:00", HONG_KONG),
    ):
        ask = Ask.at(Route(*start, *end, EMS, "documents", ""), at)
        told = told_quote(bundled_network(), ask, speak)
        steps = " ".join(step["text"] for step in told["steps"])
        named = {name for name in names.values() if name in steps}
        assert named == {names.get(language, names[""])}, steps


def test_a_published_condition_stands_apart_from_the_reason_in_other_languages() -> None:
    """It is the post's own sentence, in the languages in which it was published."""
    ask = Ask.at(Route("KR", "03051", "US", "10001", EMS, "gift", ""), "2026-11-02T16:10")
    english = told_quote(network(), ask, words("en"))
    french = TranslatedWords("fr", read_texts("fr", SENDERS))
    told = told_quote(network(), ask, french)
    assert english["reason_text"] == "not accepted at present (No goods)"
    assert told["reason_text"] == "non accepté actuellement"
    assert told["condition"] is not None
    assert told["condition"]["text"] == "No goods."


@pytest.mark.parametrize("module", ["promise/telling.py", "network/postcodes.py"])
def test_all_that_a_quote_says_is_among_the_keys_of_senders(module: str) -> None:
    source = (files("datecertain") / module).read_text(encoding="utf-8")
    keys = re.findall(r"""(?:say\(\s*f?|(?:key|own|expected) = f?)"([a-z_]+\.)""", source)
    assert len(keys) >= 2
    assert [key for key in keys if not key.startswith(SENDER_KEYS)] == []
