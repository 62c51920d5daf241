"""The languages of what senders see (req 60): their own text file for each beside the glossary.

`wording/senders/ja.toml` and its neighbours hold the keys that begin as `SENDER_KEYS`; a language
is offered once each of them has a text.
"""

from __future__ import annotations

from functools import lru_cache

from datecertain.wording import LANGUAGES, Words, words
from datecertain.wording.prepared import (
    PREPARED,
    SENDERS,
    TranslatedWords,
    read_texts,
    sender_keys,
)


class SenderWords(TranslatedWords):
    """The words of a sender's page in a prepared language; what it lacks is in English."""

    def say(self, key: str, /, **values: object) -> str:
        if self._texts.get(key):
            return super().say(key, **values)
        return words("en").say(key, **values)


def _whole(language: str) -> bool:
    texts = read_texts(language, SENDERS)
    return all(texts.get(key) for key in sender_keys())


@lru_cache(maxsize=16)
def sender_words(language: str) -> Words:
    """The words of a language that senders' pages are offered in. Raises `UsageError`."""
    if language not in PREPARED:
        return words(language)
    return SenderWords(language, read_texts(language, SENDERS))


#: The languages that senders' pages are offered in.
SENDER_LANGUAGES = (*LANGUAGES, *(language for language in PREPARED if _whole(language)))
