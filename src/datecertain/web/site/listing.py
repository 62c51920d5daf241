"""Lists in pages: every filter stands in the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import quote, urlencode

from fastapi import Request

from datecertain.access import Viewer
from datecertain.door import door_of
from datecertain.errors import BadMoment
from datecertain.moments import parse_date, parse_utc
from datecertain.wording import Words

_KEPT = ("lang", "theme", "after", "limit")


def asked(request: Request, *names: str, most: int = 60) -> dict[str, str]:
    """The filters that stand in an address, without blanks around them; too long ones are cut."""
    given = request.query_params
    return {
        name: "".join(one for one in given.get(name, "") if one.isprintable()).strip()[:most]
        for name in names
    }


def named(text: str) -> str:
    """What stands in an address as the name of something; no store is asked for odd signs."""
    return text[:60] if text.isprintable() else "?"


def line_of(form: Mapping[str, str], name: str, most: int = 200) -> str:
    """A field of a form as one line, without signs that cannot be shown."""
    return "".join(one for one in form.get(name, "") if one.isprintable()).strip()[:most]


def words_of(form: Mapping[str, str], name: str, most: int = 2000) -> str:
    """A field of a form of several lines."""
    kept = (one for one in form.get(name, "") if one.isprintable() or one == "\n")
    return "".join(kept).strip()[:most]


def day_asked(text: str) -> int | None:
    """The day of a filter; None where it is empty or cannot be read."""
    try:
        return parse_date(text) if text else None
    except BadMoment:
        return None


def with_query(request: Request, path: str = "", **changed: str | None) -> str:
    """An address with the filters of this page, some changed; what changes to None or nothing is
    left out. A list begins anew unless `after` is given."""
    kept = {
        name: value for name, value in request.query_params.items()
        if name not in _KEPT and value
    }  # fmt: skip
    query = {name: value for name, value in {**kept, **changed}.items() if value}
    where = path or quote(request.url.path)
    return f"{where}?{urlencode(query)}" if query else where


def local_time(request: Request, who: Viewer, words: Words) -> Callable[[str | int | None], str]:
    """How a moment (UTC text or minutes) is written for a viewer: by the clock of its post."""
    network = door_of(request).network.now()
    zone = network.post(who.post).zone if who.post in network.posts else "UTC"

    def told(moment: str | int | None) -> str:
        if moment is None:
            return "–"
        at = parse_utc(moment) if isinstance(moment, str) else moment
        text = words.moment(at, zone)
        return f"{text} UTC" if zone == "UTC" else text

    return told
