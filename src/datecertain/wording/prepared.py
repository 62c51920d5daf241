"""Languages that letters are prepared for (req 60): a text file for each, translated or not.

`wording/letters/ja.toml` and its neighbours hold every key that a letter may use. A language counts
as soon as each of its keys has a text; until then a letter asked for in it is written in English,
and says so in both.
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from datecertain.errors import UsageError
from datecertain.moments import format_date
from datecertain.wording import LANGUAGES, Words, glossary

#: The languages of the members' territories beside Korean and English, by BCP 47 tag.
PREPARED = ("ja", "zh-Hans", "zh-Hant", "fr", "es", "th")
LETTER_LANGUAGES = (*LANGUAGES, *PREPARED)
#: Keys that letters use beside their own (`letter.…`).
BESIDE = ("verdict.picture.", "verdict.day", "inquiry.kind.", "inquiry.ask.", "contents.",
          "scan.", "reason.")  # fmt: skip
_FALLBACK = "letter.fallback"


@dataclass(frozen=True, slots=True)
class LetterWords:
    """The words of a letter. `notice` is empty, or says in the language that was asked for (and
    `notice_en` in English) that the letter is not in it."""

    words: Words
    notice: str = ""
    notice_en: str = ""


def wanted_keys() -> tuple[str, ...]:
    """The keys that a letter may use, in order."""
    return tuple(key for key in sorted(glossary()) if key.startswith(("letter.", *BESIDE)))


def letter_words(language: str, folder: Path | None = None) -> LetterWords:
    """The words for a letter in a language; English with a notice where it is not translated.

    `folder`: other files than the bundled ones. Raises `UsageError` for a language without a file.
    """
    if language in LANGUAGES:
        return LetterWords(Words(language))
    if language not in PREPARED:
        raise UsageError(f"no letters in {language!r}: use one of {', '.join(LETTER_LANGUAGES)}")
    texts = read_texts(language, folder)
    missing = [key for key in wanted_keys() if not texts.get(key)]
    if not missing:
        return LetterWords(TranslatedWords(language, texts))
    english = Words("en")
    notice_en = english.say(_FALLBACK, language=texts.get("about.name_en", language))
    return LetterWords(english, texts.get(_FALLBACK, ""), notice_en)


class TranslatedWords(Words):
    """A language whose letters are translated; dates are written as 2026-10-21."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language = language
        self._texts = texts

    def say(self, key: str, /, **values: object) -> str:
        if not self._texts.get(key):
            raise UsageError(f"letters have no {self.language} text for {key!r}")
        return self._texts[key].format(**values)

    def label(self, key: str, otherwise: str) -> str:
        return self._texts.get(key) or otherwise

    def date(self, day: int) -> str:
        return format_date(day)


@lru_cache(maxsize=16)
def read_texts(language: str, folder: Path | None = None) -> Mapping[str, str]:
    """The texts of a prepared language, by key. Raises `UsageError` for a file that cannot be used:
    a strange key, or other places to fill than the English text has."""
    root = files("datecertain.wording") / "letters" if folder is None else folder
    data = tomllib.loads((root / f"{language}.toml").read_text(encoding="utf-8"))
    texts = {f"about.{key}": str(text) for key, text in data.pop("about", {}).items()}
    for key, text in data.items():
        english = glossary().get(key, {}).get("en")
        if english is None or not isinstance(text, str):
            raise UsageError(f"{language}.toml: {key!r} is no key of letters")
        if text and _places(text) != _places(english) and key != _FALLBACK:
            raise UsageError(f"{language}.toml: {key!r} has other places than the English text")
        texts[key] = text
    return texts


def _places(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)
