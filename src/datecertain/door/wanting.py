"""What form of an answer is wanted: the header Accept (RFC 9110)."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Request

from datecertain.door.problems import Problem


def preferred(request: Request, offered: Sequence[str]) -> str:
    """The media type among those offered (the usual one first) that is wanted most. Raises
    `Problem`, 406, when none is."""
    header = request.headers.get("accept", "*/*") or "*/*"
    wanted = [_range(one) for one in header.split(",")]
    best, weight = "", 0.0
    for media in offered:
        fits = [(len(name), q) for name, q in wanted if _fits(name, media)]
        if fits and max(fits)[1] > weight:  # the most exact range says how much
            best, weight = media, max(fits)[1]
    if not best:
        forms = ", ".join(offered)
        raise Problem(406, "not-acceptable", "There is no such form", f"Ask for {forms}.")
    return best


def _range(text: str) -> tuple[str, float]:
    name, *parameters = (part.strip().lower() for part in text.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return name, min(max(float(parameter[2:]), 0.0), 1.0)
            except ValueError:
                return name, 0.0
    return name, 1.0


def _fits(name: str, media: str) -> bool:
    return name in ("*/*", media) or (name.endswith("/*") and media.startswith(name[:-1]))
