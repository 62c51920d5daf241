"""The languages prepared beside Korean and English (req 60): text files for each, read or not.

`wording/senders/ja.toml` and its neighbours hold what senders' pages say, `wording/letters` what
letters say besides. A language counts for letters as soon as each key has a text; until then a
letter asked for in it is written in English, and says so in both. A letter in a language that
nobody who works at a post has read says so, and that the English letter is the one that counts.
`[posts]` of a file of letters has the names of posts that have one of their own in the language.
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from datecertain.errors import UsageError
from datecertain.wording import LANGUAGES, Words, glossary

#: The languages of the members' territories beside Korean and English, by BCP 47 tag.
PREPARED = ("ja", "zh-Hans", "zh-Hant", "fr", "es", "th")
LETTER_LANGUAGES = (*LANGUAGES, *PREPARED)
#: Where the texts of senders' pages and of letters lie.
SENDERS = Path(str(files("datecertain.wording") / "senders"))
LETTERS = Path(str(files("datecertain.wording") / "letters"))
#: The keys that a sender's page may use: its own, and those of a quote (`promise.telling`,
#: `promise.telling_dates`).
SENDER_KEYS = ("public.", "frame.", "status.", "quote.headline.", "step.", "reason.", "postcode.",
               "expected.", "date.", "alternative.", "channel.", "contents.")  # fmt: skip
#: Keys that letters use beside their own (`letter.…`).
BESIDE = ("verdict.picture", "verdict.day", "inquiry.kind.", "inquiry.ask.", "contents.", "scan.",
          "reason.", "claim.reason.", "country.")  # fmt: skip
_FALLBACK = "letter.fallback"
#: Blanks at which no line ends: French has them before signs, French and Spanish before %. The
#: files hold plain blanks.
_KEPT = {
    "fr": {" ;": "\u202f;", " !": "\u202f!", " ?": "\u202f?", " :": "\u00a0:", " %": "\u00a0%"},
    "es": {" %": "\u00a0%"},
}
#: How numbers are written where it is not as in English: `1 234,50`.
_SIGNS = dict.fromkeys(("fr", "es"), str.maketrans(",.", "\u202f,"))
#: What parts the members of a list, where it is not a comma and a blank.
_COMMAS = {"ja": "、", "zh-Hans": "；", "zh-Hant": "；"}


@dataclass(frozen=True, slots=True)
class LetterWords:
    """The words of a letter. `notice` is empty, or says in the language that was asked for that the
    letter is not in it (`notice_en` in English too), or that it was translated by machine."""

    words: Words
    notice: str = ""
    notice_en: str = ""


def sender_keys() -> tuple[str, ...]:
    """The keys that a sender's page may use, in order."""
    return tuple(key for key in sorted(glossary()) if key.startswith(SENDER_KEYS))


def wanted_keys() -> tuple[str, ...]:
    """The keys that a letter may use, in order."""
    return tuple(key for key in sorted(glossary()) if key.startswith(("letter.", *BESIDE)))


def letter_words(language: str, folder: Path | None = None) -> LetterWords:
    """The words for a letter in a language; English with a notice where it is not translated.

    `folder`: other files of letters than the bundled ones. Raises `UsageError` for a language
    without a file, or for a file that is said to be read and not by whom.
    """
    if language in LANGUAGES:
        return LetterWords(Words(language))
    if language not in PREPARED:
        raise UsageError(f"no letters in {language!r}: use one of {', '.join(LETTER_LANGUAGES)}")
    texts = {**read_texts(language, SENDERS), **read_texts(language, folder or LETTERS)}
    if all(texts.get(key) for key in wanted_keys()):
        return LetterWords(TranslatedWords(language, texts), _unread(language, texts))
    english = Words("en")
    notice_en = english.say(_FALLBACK, language=texts.get("about.name_en", language))
    return LetterWords(english, texts.get(_FALLBACK, ""), notice_en)


def _unread(language: str, texts: Mapping[str, str]) -> str:
    """What a letter says of its language until a speaker who works at a post has read the file."""
    if texts.get("about.status") != "read":
        return texts["letter.machine_prepared"]
    if not texts.get("about.read_by"):
        raise UsageError(f'{language}.toml: status is "read", but read_by does not say by whom')
    return ""


class TranslatedWords(Words):
    """The words of a prepared language; its dates and numbers as it writes them."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language = language
        self._texts = texts

    def say(self, key: str, /, **values: object) -> str:
        if not self._texts.get(key):
            raise UsageError(f"there is no {self.language} text for {key!r}")
        return self._texts[key].format(**values)

    def label(self, key: str, otherwise: str) -> str:
        return self._texts.get(key) or otherwise

    def count(self, number: int) -> str:
        return super().count(number).translate(_SIGNS.get(self.language, {}))

    def money(self, minor: int, currency: str) -> str:
        return super().money(minor, currency).translate(_SIGNS.get(self.language, {}))

    def listed(self, parts: Iterable[str]) -> str:
        return _COMMAS.get(self.language, ", ").join(parts)


@lru_cache(maxsize=32)
def read_texts(language: str, folder: Path) -> Mapping[str, str]:
    """The texts of a prepared language, by key. Raises `UsageError` for a file that cannot be used:
    a strange key, or other places to fill than the English text has."""
    data = tomllib.loads((folder / f"{language}.toml").read_text(encoding="utf-8"))
    texts = {f"about.{key}": str(text) for key, text in data.pop("about", {}).items()}
    texts |= {f"post.{code}": str(name) for code, name in data.pop("posts", {}).items()}
    for key, text in data.items():
        english = glossary().get(key, {}).get("en")
        if english is None or not isinstance(text, str):
            raise UsageError(f"{language}.toml: {key!r} is no key of the glossary")
        if text and places_of(text) != places_of(english) and key != _FALLBACK:
            raise UsageError(f"{language}.toml: {key!r} has other places than the English text")
        texts[key] = _kept_together(language, text)
    return texts


def _kept_together(language: str, text: str) -> str:
    for plain, kept in _KEPT.get(language, {}).items():
        text = text.replace(plain, kept)
    return text


def places_of(text: str) -> frozenset[str]:
    """The places in braces that a text has to be filled in."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)
