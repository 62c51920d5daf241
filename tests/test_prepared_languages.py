"""The languages prepared beside Korean and English: every text has its places, a language of
letters counts once all its texts are there, and a letter says who has read it."""

from pathlib import Path

import pytest

from datecertain.claims.inquiries import Kind
from datecertain.claims.letters import AskedOfPost, letter_to_post
from datecertain.errors import UsageError
from datecertain.moments import parse_date
from datecertain.network import bundled_network
from datecertain.operations.letters import post_name
from datecertain.wording import glossary
from datecertain.wording.documents import Document, Facts, as_text
from datecertain.wording.prepared import (
    LETTER_LANGUAGES,
    LETTERS,
    PREPARED,
    SENDERS,
    letter_words,
    places_of,
    read_texts,
    sender_keys,
    wanted_keys,
)


@pytest.mark.parametrize("language", PREPARED)
def test_each_file_holds_its_keys_and_no_text_stands_twice(language: str) -> None:
    pages, letters = keys_of(language, SENDERS), keys_of(language, LETTERS)
    assert pages == set(sender_keys())
    assert letters == set(wanted_keys()) - pages


def keys_of(language: str, folder: Path) -> set[str]:
    return {key for key in read_texts(language, folder) if not key.startswith(("about.", "post."))}


@pytest.mark.parametrize("language", PREPARED)
def test_every_text_has_the_places_of_the_english_one(language: str) -> None:
    """As their files are read; here of the texts as they are said."""
    words = letter_words(language).words
    assert words.language == language
    for key in wanted_keys():
        places = places_of(glossary()[key]["en"]) - {"language"}
        said = words.say(key, **{place: f"«{place}»" for place in places})
        assert all(f"«{place}»" in said for place in places), key
        assert "{" not in said


#: Hong Kong and the United States, as Unicode CLDR names them.
COUNTRIES = {
    "en": ("Hong Kong, China", "United States"),
    "ko": ("홍콩", "미국"),
    "ja": ("中華人民共和国香港特別行政区", "アメリカ合衆国"),
    "zh-Hans": ("中国香港特别行政区", "美国"),
    "zh-Hant": ("中國香港特別行政區", "美國"),
    "fr": ("R.A.S. chinoise de Hong Kong", "États-Unis"),
    "es": ("RAE de Hong Kong (China)", "Estados Unidos"),
    "th": ("เขตปกครองพิเศษฮ่องกงแห่งสาธารณรัฐประชาชนจีน", "สหรัฐอเมริกา"),
}


#: Where the Universal Postal Union or the Korean post has another name than Unicode's.
AS_POSTS_DO = {("en", "HK"): "Hong Kong, China", ("ko", "AU"): "호주", ("ko", "HK"): "홍콩"}


@pytest.mark.parametrize("language", LETTER_LANGUAGES)
def test_a_letter_names_the_country_in_its_language(language: str) -> None:
    speak, named = letter_words(language), COUNTRIES[language]
    for code, name in zip(("HK", "US"), named, strict=True):
        facts = {"destination": code, "destination_postcode": "10001" if code == "US" else None}
        asked = AskedOfPost("KR-1", Kind.DELAYED, "EE1", 1, facts, 20_000, "")
        lines = as_text(letter_to_post(asked, "A", "B", speak)).splitlines()
        assert any(line.endswith(f" {name}{' 10001' if code == 'US' else ''}") for line in lines)


#: What says that less than all of something is meant.
PART = {
    "en": "part", "ko": "일부", "ja": "一部", "zh-Hans": "部分", "zh-Hant": "部分", "fr": "partie",
    "es": "parte", "th": "บางส่วน",
}  # fmt: skip


@pytest.mark.parametrize("language", LETTER_LANGUAGES)
def test_a_letter_promises_no_part_where_all_may_be_refunded(language: str) -> None:
    """How much a missed estimate gives back is a term of its own, up to the whole postage."""
    assert PART[language] not in letter_words(language).words.say("letter.why.fallback")


@pytest.mark.parametrize("language", LETTER_LANGUAGES)
def test_countries_are_named_as_unicode_cldr_has_them(language: str) -> None:
    babel = pytest.importorskip("babel")
    territories = babel.Locale.parse(language, sep="-").territories
    words = letter_words(language).words
    for post in bundled_network().posts:
        name = AS_POSTS_DO.get((language, post), territories[post])
        assert words.country(post) == name
    assert words.country("XX") == "XX"


@pytest.mark.parametrize(
    ("language", "post", "name"),
    [("ja", "JP", "日本郵便"), ("zh-Hans", "CN", "中国邮政"), ("zh-Hans", "HK", "香港邮政"),
     ("zh-Hant", "HK", "香港郵政"), ("fr", "CA", "Postes Canada"), ("th", "TH", "ไปรษณีย์ไทย"),
     ("es", "KR", "Korea Post"), ("en", "JP", "Japan Post"), ("ko", "JP", "일본우편")],
)  # fmt: skip
def test_a_post_is_named_as_it_names_itself(language: str, post: str, name: str) -> None:
    assert post_name(bundled_network(), post, letter_words(language).words) == name


@pytest.mark.parametrize("language", PREPARED)
def test_a_letter_says_that_nobody_has_read_its_language(language: str) -> None:
    speak = letter_words(language)
    assert read_texts(language, LETTERS)["about.status"] == "machine-prepared"
    assert speak.notice == speak.words.say("letter.machine_prepared")
    assert speak.notice_en == ""


def write(folder: Path, about: str = "", **changes: str) -> Path:
    """A French file whose every text is nearly the English one, and what it says of itself."""
    lines = [f'"{key}" = "{changes.get(key.replace(".", "_"), text_of(key))}"'
             for key in wanted_keys()]  # fmt: skip
    (folder / "fr.toml").write_text("\n".join([*lines, "[about]", about]), encoding="utf-8")
    return folder


def text_of(key: str) -> str:
    return glossary()[key]["en"].replace("letter", "lettre")


def test_a_language_counts_once_all_its_texts_are_there(tmp_path: Path) -> None:
    speak = letter_words("fr", write(tmp_path))
    assert (speak.notice_en, speak.words.language) == ("", "fr")
    assert speak.words.say("letter.fact.item") == "Item number"
    assert speak.words.date(parse_date("2026-11-27")) == "ven. 27 nov. 2026"
    assert speak.words.short_date(parse_date("2026-11-27")) == "ven. 27 nov."
    with pytest.raises(UsageError, match="no fr text"):
        speak.words.say("report.title")


def test_one_text_that_is_missing_keeps_it_from_counting(tmp_path: Path) -> None:
    speak = letter_words("fr", write(tmp_path, letter_dear=""))
    assert speak.words.language == "en"
    assert speak.notice == text_of("letter.fallback")
    assert "not translated into French yet" in speak.notice_en


def test_a_language_that_was_read_needs_no_notice_but_a_name(tmp_path: Path) -> None:
    read = write(tmp_path, 'status = "read"\nread_by = "an officer of a post"')
    assert letter_words("fr", read).notice == ""
    (tmp_path / "other").mkdir()
    with pytest.raises(UsageError, match="does not say by whom"):
        letter_words("fr", write(tmp_path / "other", 'status = "read"'))


def test_a_text_must_have_the_places_of_the_english_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"letter.dear.*other places"):
        letter_words("fr", write(tmp_path, letter_dear="Bonjour {nom},"))


def test_no_line_of_french_begins_with_a_sign() -> None:
    """The files hold plain blanks, and a mail in plain text has them."""
    for folder in (SENDERS, LETTERS):
        texts = [text for key, text in read_texts("fr", folder).items() if key != "about.name_en"]
        assert not any(sign in text for text in texts for sign in (" :", " ;", " ?", " !", " %"))
        assert any("\u00a0:" in text for text in texts)
    title = letter_words("fr").words.say("letter.post.title", kind="douane", item="EE1")
    assert title == "Réclamation\u00a0: douane, envoi EE1"
    facts = Facts((("Destination", "US"), ("Port", "1")))
    assert as_text(Document("fr", title, "La Poste", "", "", (facts,))).splitlines()[-5:] == [
        "Réclamation : douane, envoi EE1", "===============================", "",
        "Destination : US", "Port :        1",
    ]  # fmt: skip


def test_numbers_are_written_as_the_language_writes_them() -> None:
    """Who reads `45,000` in Spanish reads of forty-five."""
    said = {one: letter_words(one).words for one in PREPARED}
    for language in ("fr", "es"):
        assert said[language].money(4_500_050, "EUR") == "45\u202f000,50 EUR"
        assert said[language].count(45_000) == "45\u202f000"
    assert said["th"].money(4_500_050, "THB") == "45,000.50 THB"
