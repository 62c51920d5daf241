"""The audit trail of the viewer's own post, filtered, its chain verified (req 58)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from datecertain.access import Right, Viewer
from datecertain.door import Door, door_of
from datecertain.errors import StoreDamaged
from datecertain.operations.audit import Phase, Told, trail, verify
from datecertain.web.site.administration import crumbs
from datecertain.web.site.approvals import moment_text
from datecertain.web.site.frame import Crumb, page
from datecertain.web.site.grids import Cell, file_asked, grid, heads
from datecertain.web.site.languages import STAFF, language_of, page_words
from datecertain.web.site.listing import asked, with_query
from datecertain.web.site.table_files import FILE, MOST_ROWS
from datecertain.web.site.visiting import PageNeeds

PAGES = APIRouter(include_in_schema=False)
ENTRIES = ()
SHOWN, _AT_ONCE = 100, 500
_See = Annotated[Viewer, Depends(PageNeeds(Right.AUDIT))]


@PAGES.get("/admin/audit")
def audit(
    request: Request, who: _See, after: Annotated[int, Query(ge=0, lt=2**62)] = 0
) -> Response:
    """Who did what, or tried to; of the viewer's post's accounts alone."""
    words, door = page_words(language_of(request, STAFF)), door_of(request)
    given = asked(request, "who", "action", "phase", "subject", "verify")
    most = MOST_ROWS if FILE in request.query_params else SHOWN
    found = []
    for one in _entries(door, who, after):
        if _fits(one, given):
            found.append(one)
            if len(found) > most:
                break
    shown = found[:most]
    rows = [
        (Cell(f"{one.seq}", one.seq), moment_text(one.at), one.who, one.action, one.subject,
         Cell(words.say(f"trail.phase.{one.phase}"), mark=_MARKS.get(one.phase, "")),
         ", ".join(f"{name}: {value}" for name, value in one.details.items()),
         Cell(one.sha256[:12], one.sha256))
        for one in shown
    ]  # fmt: skip
    names = heads(words, "approvals.col.number", "trail.col.at:day", "trail.col.who",
                  "trail.col.action", "trail.col.subject", "trail.col.phase", "trail.col.details",
                  "trail.col.sha256:mono")  # fmt: skip
    table = grid(request, "trail", words.say("trail.caption"), names, rows)
    if answer := file_asked(request, [table]):
        return answer
    return page(
        request, "admin_audit.html.j2", who, grid=table, given=given, phases=list(Phase),
        chain=_chain(door) if given["verify"] else "", shown=len(shown),
        check=with_query(request, verify="1"),
        onward=with_query(request, after=str(shown[-1].seq)) if len(found) > most else "",
        crumbs=crumbs(words, Crumb(words.say("admin.link.audit"))),
    )  # fmt: skip


_MARKS = {Phase.DONE: "good", Phase.FAILED: "bad", Phase.REFUSED: "bad", Phase.LOOKED: "warn"}


def _entries(door: Door, who: Viewer, after: int) -> Iterator[Told]:
    while rows := trail(door.access, who, after, _AT_ONCE):
        yield from rows
        after = rows[-1].seq


def _fits(one: Told, given: dict[str, str]) -> bool:
    texts = {"who": one.who, "action": one.action, "subject": one.subject}
    return given["phase"] in ("", str(one.phase)) and all(
        given[name].casefold() in text.casefold() for name, text in texts.items()
    )


def _chain(door: Door) -> str:
    """`whole`, or `broken` where an entry is not as it was written."""
    try:
        verify(door.workspace)
    except StoreDamaged:
        return "broken"
    return "whole"
