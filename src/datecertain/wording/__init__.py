"""Words: every text a person reads, from one glossary, in their language (req 60, 61, 63).

The glossary is a folder of TOML files, one per part of the product, together one namespace:

    ["outcome.on_time"]
    en = "on time"
    ko = "정시 배달"

Texts may hold named places, `{date}`; they are filled with values already written the way the
language writes them (`Words.date`, `Words.count`, `Words.money`).
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Protocol, runtime_checkable

from datecertain.errors import UsageError
from datecertain.moments import format_clock, zone
from datecertain.wording.dates import short_date, whole_date

LANGUAGES = ("en", "ko")
#: Currencies without minor units, and those with two (ISO 4217), for the members' currencies.
_MINOR_DIGITS = {"KRW": 0, "JPY": 0}


@lru_cache(maxsize=1)
def glossary() -> Mapping[str, Mapping[str, str]]:
    """Key → language → text, from all glossary files. A key stands in one file only."""
    merged: dict[str, Mapping[str, str]] = {}
    folder = files("datecertain.wording") / "glossary"
    for path in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if path.name.endswith(".toml"):
            for key, texts in tomllib.loads(path.read_text(encoding="utf-8")).items():
                if key in merged:
                    raise UsageError(
                        f"glossary key {key!r} stands twice, the second in {path.name}"
                    )
                merged[key] = texts
    return merged


@runtime_checkable
class Sayable(Protocol):
    """What can be said in whatever language it is read."""

    def text(self, words: Words) -> str:
        """The same in a language."""
        ...


@dataclass(frozen=True, slots=True)
class Said:
    """Something to be said of some values, in whatever language it is read: a key of the glossary
    and what fills its places, `within` what is itself to be said."""

    key: str
    values: Mapping[str, object]
    within: Mapping[str, Sayable] = field(default_factory=dict)

    def text(self, words: Words) -> str:
        """The same in a language."""
        within = {name: value.text(words) for name, value in self.within.items()}
        return words.say(self.key, **self.values, **within)


def said(key: str, /, **values: object) -> Said:
    """Something to be said."""
    return Said(key, values)


class Words:
    """The glossary in one language, and that language's way to write dates and numbers."""

    def __init__(self, language: str) -> None:
        if language not in LANGUAGES:
            raise UsageError(f"language {language!r} is not there: use {' or '.join(LANGUAGES)}")
        self.language = language

    def say(self, key: str, /, **values: object) -> str:
        """The text of a key with its places filled. Raises `UsageError` for an unknown key."""
        texts = glossary().get(key)
        if texts is None or self.language not in texts:
            raise UsageError(f"glossary has no {self.language} text for {key!r}")
        return texts[self.language].format(**values)

    def label(self, key: str, otherwise: str) -> str:
        """The text of a key that data name (a channel, a class of contents), or what the data say
        where the glossary has no word for it."""
        return glossary().get(key, {}).get(self.language, otherwise)

    def country(self, code: str) -> str:
        """The name of a country by its ISO 3166 code, or the code where there is none."""
        return self.label(f"country.{code}", code)

    def date(self, day: int) -> str:
        """`Fri 27 Nov 2026`, `2026년 11월 27일(금)`."""
        return whole_date(self.language, day)

    def short_date(self, day: int) -> str:
        """The same without its year, where that is known."""
        return short_date(self.language, day)

    def moment(self, moment: int, zone_name: str) -> str:
        """Local date and clock time of a moment in a zone."""
        day, minute = zone(zone_name).local(int(moment))
        return joined(self.date(day), format_clock(minute))

    def listed(self, parts: Iterable[str]) -> str:
        """Several things one after the other, as the language parts them."""
        return ", ".join(parts)

    def count(self, number: int) -> str:
        """A whole number with thousands separators."""
        return f"{number:,}"

    def share(self, part: float, places: int = 1) -> str:
        """A share of one as per cent; `–` when it is not a number."""
        return "–" if math.isnan(part) else f"{part * 100:.{places}f} %"

    def share_asked(self, part: float) -> str:
        """A share that was asked for: with as many places as it takes that what lies between
        nothing and all is not told as either."""
        places = 1
        while 0 < part < 1 and places < 12 and float(f"{part * 100:.{places}f}") in (0, 100):
            places += 1
        return self.share(part, places)

    def money(self, minor: int, currency: str) -> str:
        """An amount in minor units of a currency, or in micro-SDR (`SDR`)."""
        digits = 6 if currency == "SDR" else _MINOR_DIGITS.get(currency, 2)
        sign, amount = ("-" if minor < 0 else ""), abs(minor)
        if digits == 0:
            return f"{sign}{amount:,} {currency}"
        whole, fraction = divmod(amount, 10**digits)
        shown = f"{fraction:0{digits}d}"
        if currency == "SDR":  # shown to the cent of an SDR, rounded half up
            cents = (amount + 5_000) // 10_000
            whole, fraction = divmod(cents, 100)
            shown = f"{fraction:02d}"
        return f"{sign}{whole:,}.{shown} {currency}"


def joined(first: str, second: str) -> str:
    """Two texts, one after the other; no blank follows a full stop or a bracket of East Asia."""
    return first + ("" if first.endswith(("。", "）")) else " ") + second


@lru_cache(maxsize=len(LANGUAGES))
def words(language: str) -> Words:
    """The words of a language (`en`, `ko`). Raises `UsageError` for another."""
    return Words(language)
