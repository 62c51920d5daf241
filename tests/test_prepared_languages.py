"""The languages that letters are prepared for: every text has its place, and counts once all do."""

from pathlib import Path

import pytest

from datecertain.errors import UsageError
from datecertain.moments import parse_date
from datecertain.wording import glossary
from datecertain.wording.prepared import PREPARED, letter_words, read_texts, wanted_keys


@pytest.mark.parametrize("language", PREPARED)
def test_a_file_has_a_place_for_every_text_of_a_letter(language: str) -> None:
    texts = read_texts(language)
    assert {key for key in texts if not key.startswith("about.")} == set(wanted_keys())
    filled = [key for key in wanted_keys() if texts[key]]
    assert (texts["about.status"], filled) == ("untranslated", ["letter.fallback"])
    assert letter_words(language).notice == texts["letter.fallback"]


def write(folder: Path, **changes: str) -> Path:
    """A French file whose every text is the English one in capitals, places apart."""
    lines = [f'"{key}" = "{changes.get(key.replace(".", "_"), text_of(key))}"'
             for key in wanted_keys()]  # fmt: skip
    (folder / "fr.toml").write_text("\n".join(lines), encoding="utf-8")
    return folder


def text_of(key: str) -> str:
    return glossary()[key]["en"].replace("letter", "lettre")


def test_a_language_counts_once_all_its_texts_are_there(tmp_path: Path) -> None:
    speak = letter_words("fr", write(tmp_path))
    assert (speak.notice, speak.words.language) == ("", "fr")
    assert speak.words.say("letter.fact.item") == "Item number"
    assert speak.words.date(parse_date("2026-11-27")) == "2026-11-27"
    with pytest.raises(UsageError, match="no fr text"):
        speak.words.say("report.title")


def test_one_text_that_is_missing_keeps_it_from_counting(tmp_path: Path) -> None:
    speak = letter_words("fr", write(tmp_path, letter_dear=""))
    assert speak.words.language == "en"
    assert speak.notice_en


def test_a_text_must_have_the_places_of_the_english_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"letter.dear.*other places"):
        letter_words("fr", write(tmp_path, letter_dear="Bonjour {nom},"))
