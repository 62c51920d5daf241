"""The languages of what senders see (req 60): their own text file for each beside the glossary.

`wording/senders/ja.toml` and its neighbours hold the keys that begin as `KEYS`; a language is
offered once each of them has a text. Dates are written as the language writes them.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from datecertain.moments import date_of
from datecertain.wording import LANGUAGES, Words, glossary, words
from datecertain.wording.prepared import PREPARED, TranslatedWords, read_texts

#: The keys that a sender's page may use.
KEYS = ("public.", "frame.")
_DAYS = {
    "ja": "月火水木金土日", "zh-Hans": "一二三四五六日", "zh-Hant": "一二三四五六日",
    "fr": ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."),
    "es": ("lun", "mar", "mié", "jue", "vie", "sáb", "dom"),
    "th": ("จ.", "อ.", "พ.", "พฤ.", "ศ.", "ส.", "อา."),
}  # fmt: skip
_MONTHS = {
    "fr": ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.",
           "nov.", "déc."),
    "es": ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic"),
    "th": ("ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.",
           "พ.ย.", "ธ.ค."),
}  # fmt: skip
#: How a date with its weekday is written; Thai counts the years of the Buddhist era.
_DATES = {
    "ja": "{y}年{m}月{d}日({wd})", "zh-Hans": "{y}年{m}月{d}日(周{wd})",
    "zh-Hant": "{y}年{m}月{d}日(週{wd})", "fr": "{wd} {d} {mon} {y}", "es": "{wd}, {d} {mon} {y}",
    "th": "{wd} {d} {mon} {be}",
}  # fmt: skip


class SenderWords(TranslatedWords):
    """The words of a sender's page in a prepared language; what it lacks is in English."""

    def say(self, key: str, /, **values: object) -> str:
        if self._texts.get(key):
            return super().say(key, **values)
        return words("en").say(key, **values)

    def date(self, day: int) -> str:
        date, language = date_of(day), self.language
        months = _MONTHS.get(language)
        return _DATES[language].format(
            y=date.year, be=date.year + 543, m=date.month, d=date.day,
            wd=_DAYS[language][date.weekday()], mon=months[date.month - 1] if months else "",
        )  # fmt: skip


def sender_keys() -> tuple[str, ...]:
    """The keys that a sender's page may use, in order."""
    return tuple(key for key in sorted(glossary()) if key.startswith(KEYS))


def _folder() -> Path:
    return Path(str(files("datecertain.wording") / "senders"))


def _whole(language: str) -> bool:
    texts = read_texts(language, _folder())
    return all(texts.get(key) for key in sender_keys())


@lru_cache(maxsize=16)
def sender_words(language: str) -> Words:
    """The words of a language that senders' pages are offered in. Raises `UsageError`."""
    if language not in PREPARED:
        return words(language)
    return SenderWords(language, read_texts(language, _folder()))


#: The languages that senders' pages are offered in.
SENDER_LANGUAGES = (*LANGUAGES, *(language for language in PREPARED if _whole(language)))
