"""What was told in English, told back in the reader's language.

Findings are stored, and problems answered, as English sentences. The glossary has each sentence
with its places, and here the sentence itself finds its entry: the one whose English text gives it,
the same values filled into the text of the other language.

    ["told.columns"]
    en = "{given:d} values for {wanted:d} columns"
    ko = "열은 {wanted}개인데 값은 {given}개입니다."

An entry of a refusal (`refused.…`) has the sentence under `told`, where it has one. A place of the
English text may say what stands in it:

| | |
|---|---|
| `{name!r}` | a value as `repr` writes it; a text is filled in without its quotation marks |
| `{name:d}` | a whole number |
| `{name:w}` | a word, without blanks |
| `{name:list}` | words with commas between |
| `{name:or}` | words with `or` between |
| `{name:usdr}` | micro-SDR, written as an amount |
| `{name:key.}` | words that the glossary has at `key.<word>`, some with commas or `or` |
| | between; what it has not, as it stands |
| `{name:told}` | another such sentence, or several, one a line |
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from string import Formatter

from datecertain.wording import LANGUAGES, Words, glossary

_QUOTED = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
_SHOWN = r"[-\d.]+|None|True|False|[\w.]*[\[({].*?[\])}]"
_ESCAPED = re.compile(r"\\(['\"\\])")
_NUMBER = r"[-+]?\d[\d,]*"
_LIST = r"[^\s:,]+(?:, ?[^\s:,]+)*"
#: What stands in a place, read as short and as long as can be; several lines only where they are
#: sentences themselves.
_PLACES = {
    "": (".*?", ".*"),
    "r": (f"{_QUOTED}|{_SHOWN}",) * 2,
    "d": (_NUMBER,) * 2,
    "usdr": (_NUMBER,) * 2,
    "w": (r"(?!['\"])\S+?", r"(?!['\"])\S+"),
    "list": (_LIST,) * 2,
    "or": (r"\S+(?: or \S+)*",) * 2,
    "told": (r"(?s:.*?)", r"(?s:.*)"),
}
#: What is longer is no sentence of ours; nor is there a need to tell it within seconds.
_MOST_CHARACTERS = 20_000
_MOST_READINGS = 1_000
_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of what is told, and the language that it is in."""

    text: str
    language: str


Pieces = tuple[Piece, ...]


def told_back(sentence: str, words: Words) -> Pieces:
    """A sentence in the language of some words; what is not known, as it stands, in English, and
    so is everything in a language that only senders read.

    Known is what entries give in exactly one way; of several ways the one in which the most letters
    are those of entries counts.
    """
    if words.language == "en" or words.language not in LANGUAGES:
        return (Piece(sentence, "en"),)
    return _best(sentence, words, 0).pieces or (Piece(sentence, "en"),)


def told_text(sentence: str, words: Words) -> str:
    """The same as a plain text."""
    return "".join(piece.text for piece in told_back(sentence, words))


@dataclass(frozen=True, slots=True)
class InEnglish:
    """A sentence told in English, to be said in whatever language it is read."""

    sentence: str

    def text(self, words: Words) -> str:
        """The same in a language, as far as that is known."""
        return told_text(self.sentence, words)


@dataclass(frozen=True, slots=True)
class _Known:
    """A sentence of the glossary: its key, what stands around its places, how each place is read,
    and the patterns that read the places as short and as long as can be."""

    key: str
    around: tuple[str, ...]
    places: Mapping[str, str]
    patterns: tuple[re.Pattern[str], re.Pattern[str]]

    def read(self, sentence: str) -> Iterator[Mapping[str, str]]:
        """What stands in the places, read in two ways where there is more than one."""
        many = math.prod(sentence.count(one) for one in self.around if one)
        if not 0 < many <= _MOST_READINGS:
            return
        found = [one.fullmatch(sentence) for one in self.patterns]
        ways = [one.groupdict() for one in found if one is not None]
        yield from ways[:1] if ways[:1] == ways[1:] else ways


@lru_cache(maxsize=1)
def _known() -> tuple[_Known, ...]:
    return tuple(
        _compiled(key, texts["en"] if key.startswith("told.") else texts["told"])
        for key, texts in glossary().items()
        if key.startswith("told.") or "told" in texts
    )


def _compiled(key: str, english: str) -> _Known:
    around, places, shortest, longest = [], dict[str, str](), "", ""
    for literal, name, spec, conversion in Formatter().parse(english):
        around.append(literal)
        shortest, longest = shortest + re.escape(literal), longest + re.escape(literal)
        if name is not None:
            places[name] = "r" if conversion == "r" else spec or ""
            short, long = _PLACES.get(places[name], _PLACES[""])
            shortest, longest = f"{shortest}(?P<{name}>{short})", f"{longest}(?P<{name}>{long})"
    return _Known(key, tuple(around), places, (re.compile(shortest), re.compile(longest)))


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a sentence is in the language; `letters`: how many of it are those of entries."""

    pieces: Pieces = ()
    letters: int = 0

    @property
    def rank(self) -> tuple[bool, int]:
        return all(piece.language != "en" for piece in self.pieces), self.letters


@lru_cache(maxsize=10_000)
def _best(sentence: str, words: Words, depth: int) -> _Reading:
    """The best reading; empty where there is none, or two as good."""
    if len(sentence) > _MOST_CHARACTERS or depth > _DEEPEST:
        return _Reading()
    found = {_told(one, way, words, depth) for one in _known() for way in one.read(sentence)}
    best = max((one.rank for one in found), default=None)
    alike = {one.pieces: one for one in found if one.rank == best}
    return alike.popitem()[1] if len(alike) == 1 else _Reading()


def _told(known: _Known, values: Mapping[str, str], words: Words, depth: int) -> _Reading:
    """The text of an entry in the language, filled."""
    pieces, letters = list[Piece](), sum(map(len, known.around))
    within = {
        name: _within(values[name], words, depth + 1)
        for name, kind in known.places.items() if kind == "told"
    }  # fmt: skip
    for literal, name, _, _ in Formatter().parse(glossary()[known.key][words.language]):
        pieces.append(Piece(literal, words.language))
        if name in within:
            pieces += within[name].pieces
        elif name is not None:
            text = _written(known.places[name], values[name], words)
            pieces.append(Piece(text, words.language))
    letters += sum(one.letters for one in within.values())
    return _Reading(_joined(pieces), letters)


def _written(kind: str, value: str, words: Words) -> str:
    if kind == "r":
        return _ESCAPED.sub(r"\1", value[1:-1]) if value[:1] in ("'", '"') else value
    if kind == "or":
        return value.replace(" or ", f" {words.say('word.or')} ")
    if kind == "usdr":
        return words.money(int(value), "SDR")
    if kind.endswith("."):
        alternatives = [
            ", ".join(words.label(kind + one, one) for one in some.split(", "))
            for some in value.split(" or ")
        ]
        return f" {words.say('word.or')} ".join(alternatives)
    return value


def _within(told: str, words: Words, depth: int) -> _Reading:
    """A sentence in another: one, or one a line."""
    whole = _best(told, words, depth)
    if not whole.pieces:
        whole = _Reading((Piece(told, "en"),))
    return max(_by_line(told, words, depth), whole, key=lambda one: one.rank)


def _by_line(told: str, words: Words, depth: int) -> _Reading:
    pieces, letters = list[Piece](), 0
    for number, line in enumerate(map(str.strip, told.split("\n"))):
        read = _best(line, words, depth)
        pieces += [Piece("\n", words.language)] if number else []
        pieces += read.pieces or (Piece(line, "en"),)
        letters += read.letters
    return _Reading(_joined(pieces), letters)


def _joined(pieces: list[Piece]) -> Pieces:
    """Neighbours of one language are one piece."""
    return tuple(
        Piece("".join(piece.text for piece in some), language)
        for language, some in groupby(
            (piece for piece in pieces if piece.text), lambda piece: piece.language
        )
    )
