"""The audit trail: who changed what, and who looked at personal data (req 58)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from typing_extensions import TypedDict

from datecertain.access import Right, Viewer
from datecertain.door.asking import REFUSALS, Needs
from datecertain.door.opened import door_of
from datecertain.operations.audit import EntryBody, told_entry, trail

WAYS = APIRouter(prefix="/v1/audit", tags=["audit trail"], responses=REFUSALS)

_MOST = 500


class TrailPage(TypedDict):
    """Entries in order, and what to ask for after them; null: there are no more now."""

    items: list[EntryBody]
    next: str | None


@WAYS.get("", summary="The audit trail of a post's own accounts")
def list_trail(
    request: Request,
    who: Annotated[Viewer, Depends(Needs(Right.AUDIT))],
    after: Annotated[int, Query(ge=0, le=2**62, description="The number `next` told.")] = 0,
    limit: Annotated[int, Query(ge=1, le=_MOST)] = 100,
) -> TrailPage:
    """What the accounts of the asking post (or of the central office) did, oldest first."""
    found = trail(door_of(request).access, who, after, limit + 1)
    more = len(found) > limit
    items = [told_entry(one) for one in found[:limit]]
    return {"items": items, "next": str(items[-1]["seq"]) if more else None}
