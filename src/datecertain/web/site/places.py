"""Places as people type them at a counter: `US 10001`, `us10001`, `JP 〒100-0001`, `US:10001`."""

from __future__ import annotations

import re

from datecertain.errors import UnknownPlace
from datecertain.network import Network

_PLACE = re.compile(r"\s*([A-Za-z]{2})\b[\s:/,–-]*〒?\s*(.*?)\s*|\s*([A-Za-z]{2})(\d.*?)\s*")


def read_place(network: Network, text: str) -> tuple[str, str]:
    """(post, postcode) of what was typed; the name of a post serves as well as its code.

    Raises `UnknownPlace`.
    """
    for post in network.data.posts:
        for name in (post.name_en, post.name_ko):
            if text.strip().casefold().startswith(name.casefold()):
                return post.post, text.strip()[len(name) :].strip(" :,")
    match = _PLACE.fullmatch(text)
    if match is None:
        raise UnknownPlace(f"{text!r} is not a place: write the country and the postcode, US 10001")
    code, postcode = (match[1], match[2]) if match[1] else (match[3], match[4])
    return network.post(code.upper()).post, postcode


def shown_place(post: str, postcode: str) -> str:
    """A place as `read_place` reads it."""
    return f"{post} {postcode}".strip()
