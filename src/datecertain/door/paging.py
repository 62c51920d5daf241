"""Lists in pages: `?after=…&limit=…`, answered with the rows and the place where they go on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel
from typing_extensions import TypedDict

from datecertain.errors import UsageError

T = TypeVar("T")
#: Rows of a page, at most.
MOST = 500


class Paging(BaseModel):
    """Which page is wanted."""

    after: str = Query(
        "", max_length=200, description="`next` of the page before; empty: the first."
    )
    limit: int = Query(100, ge=1, le=MOST, description="Rows of a page, at most.")


Wanted = Annotated[Paging, Query()]


class Page(TypedDict, Generic[T]):
    """A page of a list; `next` asks for the one after it, null: there is none."""

    items: list[T]
    next: str | None


def page_of(rows: Iterable[T], wanted: Paging, key: Callable[[T], str]) -> Page[T]:
    """The page of rows that stand in the order of a key, each with one of its own. A row that is
    added or goes away between two pages is met once or not at all; no other is met twice."""
    page: list[T] = []
    for row in rows:
        if wanted.after and key(row) <= wanted.after:
            continue
        if len(page) == wanted.limit:
            return {"items": page, "next": key(page[-1])}
        page.append(row)
    return {"items": page, "next": None}


def place_of(after: str) -> int:
    """The place in a list that does not change, by number. Raises `UsageError`."""
    if not after:
        return 0
    if not (after.isascii() and after.isdecimal() and len(after) <= 18):
        raise UsageError(f"after={after!r} is no place in a list: give `next` of the page before")
    return int(after)
