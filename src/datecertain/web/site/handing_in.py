"""A file handed in at the pages of EDI staff, by the door of all mail, and what became of it
(req 16, 17)."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from datecertain.access import Right, Viewer
from datecertain.door import door_of
from datecertain.errors import NotFound
from datecertain.operations.layout_waiting import REASON
from datecertain.operations.receipts import MOST_FINDINGS, receipt
from datecertain.web.site.frame import Crumb, Entry, go, page
from datecertain.web.site.languages import STAFF, language_of, page_words
from datecertain.web.site.listing import local_time
from datecertain.web.site.uploading import Uploaded
from datecertain.web.site.visiting import PageNeeds

PAGES = APIRouter(include_in_schema=False)
ENTRIES: tuple[Entry, ...] = ()
_SHA256 = re.compile(r"[0-9a-f]{64}")

_Reader = Annotated[Viewer, Depends(PageNeeds(Right.MESSAGES))]
_Actor = Annotated[Viewer, Depends(PageNeeds(Right.MESSAGES_ACT))]


@PAGES.post("/messages/received")
def hand_in(request: Request, who: _Actor, given: Uploaded) -> Response:
    """Hand a file in for the own post: the content is safe, and will be read."""
    if not who.post:
        raise NotFound("only a post hands mail in")
    if not given.data:
        return go("/messages", "said.no_file")
    receiving = door_of(request).receiving
    one = receiving.receive_made(who.post, None, given.data, given.ending)
    return go(f"/messages/received/{one.sha256}", "said.handed_in")


@PAGES.get("/messages/received/{sha256}")
def received(request: Request, who: _Reader, sha256: str) -> Response:
    """What became of a file that the own post handed in by any door."""
    door = door_of(request)
    one = door.book.handed_in(who.post, sha256) if _SHA256.fullmatch(sha256) else None
    if one is None:
        raise NotFound("your post handed nothing in that has this SHA-256")
    words, told = page_words(language_of(request, STAFF)), receipt(door.workspace, one)
    home = Crumb(words.say("frame.home"), "/")
    return page(
        request, "messages_received.html.j2", who, told=told, file=one, most=MOST_FINDINGS,
        counts=[(name, count) for name, count in told.counts.items() if count],
        drafts=who.may(Right.MESSAGES_ACT) and any(f["code"] == REASON for f in told.findings),
        label=lambda code: words.label(f"finding.{code}", code),
        at=local_time(request, who, words)(one.at // 60), here_tab="status",
        crumbs=(home, Crumb(words.say("nav.messages"), "/messages"),
                Crumb(words.say("edi.received.title"))),
    )  # fmt: skip
