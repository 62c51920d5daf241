"""What a page could not do, told beside its form in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request

from datecertain.errors import DatecertainError, Term, UsageError, Usdr
from datecertain.web.site.languages import STAFF, language_of, page_words
from datecertain.wording import Sayable, Words, glossary


@dataclass(frozen=True, slots=True)
class Refused:
    """The key of what is said, and what the operation told, in which language."""

    key: str
    detail: str = ""
    language: str = ""


def refused(request: Request, key: str, error: DatecertainError) -> Refused:
    """Why an operation refused, beside what the page says of it. Without a reason it is told as the
    operation has it, in English, and the page tells it back."""
    words = page_words(language_of(request, STAFF))
    text = why(error, words)
    return Refused(key, text or str(error), words.language if text else "en")


def why(error: DatecertainError, words: Words) -> str:
    """The reason of a refusal in words, empty where the glossary has none."""
    if not isinstance(error, UsageError):
        return ""
    key = f"refused.{error.reason}"
    if key not in glossary():
        return ""
    return words.say(key, **{name: _told(value, words) for name, value in error.told.items()})


def _told(value: object, words: Words) -> str:
    if isinstance(value, Term):
        return words.say(value)
    if isinstance(value, Usdr):
        return words.money(value, "SDR")
    if isinstance(value, tuple):
        return ", ".join(_told(one, words) for one in value)
    if isinstance(value, Sayable):
        return value.text(words)
    return str(value)
