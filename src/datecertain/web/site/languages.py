"""In which language a page is: asked for in its address, kept, of the account, of the browser."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from fastapi import Request

from datecertain.wording import LANGUAGES, Words
from datecertain.wording.senders import SENDER_LANGUAGES, sender_words

LANGUAGE_COOKIE = "dc_lang"
#: How each language calls itself.
OWN_NAMES = {
    "en": "English", "ko": "한국어", "ja": "日本語", "zh-Hans": "简体中文", "zh-Hant": "繁體中文",
    "fr": "Français", "es": "Español", "th": "ไทย",
}  # fmt: skip
#: Regions that write Chinese in the traditional script.
_TRADITIONAL = ("hk", "tw", "mo", "hant")


def language_of(request: Request, offered: Sequence[str]) -> str:
    """The language of a page that is there in the offered ones."""
    viewer = getattr(request.state, "viewer", None)
    asked = (
        request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE),
        viewer.language if viewer is not None else None,
    )  # fmt: skip
    for one in asked:
        if one is not None and one in offered:
            return one
    return _accepted(request.headers.get("accept-language", "")[:200], tuple(offered))


@lru_cache(maxsize=256)
def _accepted(header: str, offered: tuple[str, ...]) -> str:
    """The best of the offered languages for a browser (RFC 9110, 12.5.4)."""
    wanted = []
    for part in header.split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            wanted.append((-float(quality or 1), tag.lower()))
        except ValueError:
            continue
    for _, tag in sorted(wanted, key=lambda pair: pair[0]):
        main, *rest = tag.split("-")
        if main == "zh":
            main = "zh-Hant" if any(part in _TRADITIONAL for part in rest) else "zh-Hans"
        if main in offered:
            return main
    return "en"


def page_words(language: str) -> Words:
    """The words of a page."""
    return sender_words(language)


STAFF, SENDERS = LANGUAGES, SENDER_LANGUAGES
