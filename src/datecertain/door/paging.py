"""Lists in pages: `?after=…&limit=…` gives `{"items": […], "next": "…"}`.

A cursor is the key of the last item that was told, so that a page is right whatever was added or
taken out since: the next one begins behind that key.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query
from typing_extensions import TypedDict

from datecertain.door.problems import Problem

MOST = 500
T = TypeVar("T")
#: What a list is ordered by: texts and whole numbers, the same kinds for all its items.
Key = tuple[str | int, ...]


class Page(TypedDict, Generic[T]):
    """One page of a list. `next`: where the next one begins, for `after`; null: this is the end."""

    items: list[T]
    next: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page is asked for; `after` empty: the first."""

    after: Key
    limit: int


def asked(
    after: Annotated[
        str | None, Query(max_length=1000, description="`next` of the page before.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MOST, description="Items of a page, at most.")] = 100,
) -> Asked:
    """Which page a request asks for. Raises `Problem` for a cursor that is none."""
    return Asked(() if after is None else _key(after), limit)


Paging = Annotated[Asked, Depends(asked)]


def paged(rows: Iterable[T], key: Callable[[T], Key], wanted: Asked) -> Page[T]:
    """The page that is wanted of rows that whoever asks may see, in the order of their keys, which
    are unique. Raises `Problem` for a cursor of another list."""
    ordered = sorted(rows, key=key)
    if wanted.after and ordered and _kinds(wanted.after) != _kinds(key(ordered[0])):
        raise _no_cursor()
    rest = [row for row in ordered if key(row) > wanted.after] if wanted.after else ordered
    page = rest[: wanted.limit]
    more = len(rest) > wanted.limit
    return {"items": page, "next": _cursor(key(page[-1])) if more else None}


def _kinds(key: Key) -> list[type]:
    return [type(part) for part in key]


def _cursor(key: Key) -> str:
    text = json.dumps(key, ensure_ascii=True, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def _key(cursor: str) -> Key:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        parts: Any = json.loads(text)
    except (ValueError, binascii.Error, RecursionError) as error:
        raise _no_cursor() from error
    if not isinstance(parts, list) or not parts or {type(part) for part in parts} - {str, int}:
        raise _no_cursor()
    return tuple(parts)


def _no_cursor() -> Problem:
    return Problem(422, "cursor", "That is no cursor of this list", "Give `next` as it was told.")
