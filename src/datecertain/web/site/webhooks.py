"""Webhooks of the viewer's own post: where happenings are told, and how that goes (req 58)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from datecertain.access import Right, Viewer
from datecertain.door import door_of
from datecertain.errors import NotFound, UsageError
from datecertain.operations import webhooks as acts
from datecertain.operations.happening_kinds import Kind
from datecertain.web.site.administration import crumbs
from datecertain.web.site.approvals import moment_text
from datecertain.web.site.frame import Crumb, go, page
from datecertain.web.site.grids import Cell, Grid, file_asked, grid, heads
from datecertain.web.site.languages import STAFF, language_of, page_words
from datecertain.web.site.refusals import Refused, refused
from datecertain.web.site.visiting import Form, PageNeeds
from datecertain.wording import Words
from datecertain.wording.told_back import told_text

PAGES = APIRouter(include_in_schema=False)
ENTRIES = ()
_TICK = "kind."
_MARKS = {"active": "good", "paused": "paused", "failing": "bad"}
_Keeper = Annotated[Viewer, Depends(PageNeeds(Right.WEBHOOKS))]


@PAGES.get("/admin/webhooks")
def webhooks(request: Request, who: _Keeper) -> Response:
    """The webhooks of the post, and a form for another one."""
    return _webhooks(request, who)


def _webhooks(
    request: Request, who: Viewer, url: str = "", secret: str = "", refused: Refused | None = None
) -> Response:
    words = page_words(language_of(request, STAFF))
    found = acts.list_webhooks(door_of(request).live.book, who)
    rows = [
        (Cell(one.url, path=f"/admin/webhooks/{one.webhook_id}"),
         Cell(words.say(f"hooks.state.{one.state}"), mark=_MARKS.get(one.state, ""),
              note=told_text(one.problem, words)),
         ", ".join(words.label(f"happening.{kind}", str(kind)) for kind in one.kinds)
         or words.say("hooks.everything"),
         one.waiting, one.created_by, moment_text(one.created_at))
        for one in found
    ]  # fmt: skip
    names = heads(words, "hooks.col.url", "settle.col.state", "hooks.col.kinds",
                  "hooks.col.waiting:num", "hooks.col.by", "admin.col.made:day")  # fmt: skip
    table = grid(request, "webhooks", words.say("hooks.caption"), names, rows)
    if answer := file_asked(request, [table]):
        return answer
    return page(
        request, "admin_webhooks.html.j2", who, status=422 if refused else 200, grid=table,
        url=url, secret=secret, refused=refused, kinds=[str(kind) for kind in Kind], found=found,
        crumbs=crumbs(words, Crumb(words.say("admin.link.webhooks"))),
    )  # fmt: skip


@PAGES.post("/admin/webhooks")
def register(request: Request, who: _Keeper, form: Form) -> Response:
    """A new webhook; this answer shows its secret and no other one will."""
    url = form.get("url", "").strip()[:2000]
    kinds = [name.removeprefix(_TICK) for name in form if name.startswith(_TICK)]
    try:
        _, secret = acts.register(
            door_of(request).live.book, who, who.post, url, kinds, int(time.time())
        )
    except NotFound:
        raise
    except UsageError as error:
        return _webhooks(request, who, url, refused=refused(request, "hooks.fault", error))
    return _webhooks(request, who, secret=secret)


@PAGES.get("/admin/webhooks/{webhook_id}")
def webhook(request: Request, who: _Keeper, webhook_id: str) -> Response:
    """One webhook, and what was sent to it."""
    return _webhook(request, who, webhook_id)


def _webhook(request: Request, who: Viewer, webhook_id: str, secret: str = "") -> Response:
    words, book = page_words(language_of(request, STAFF)), door_of(request).live.book
    one = acts.find_webhook(book, who, webhook_id)
    table = _deliveries(request, words, acts.deliveries(book, who, webhook_id))
    if answer := file_asked(request, [table]):
        return answer
    return page(
        request, "admin_webhook.html.j2", who, one=one, grid=table, secret=secret,
        mark=_MARKS.get(one.state, ""),
        crumbs=crumbs(words, Crumb(words.say("admin.link.webhooks"), "/admin/webhooks"),
                      Crumb(webhook_id)),
    )  # fmt: skip


def _deliveries(request: Request, words: Words, found: Sequence[Any]) -> Grid:
    rows = [
        (Cell(words.label(f"happening.{row.kind}", row.kind), row.kind),
         Cell(words.say(f"hooks.delivery.{row.state}"),
              mark={"delivered": "good", "given_up": "bad"}.get(row.state, "")),
         row.attempts, moment_text(row.made_at), moment_text(row.done_at),
         Cell("" if row.status is None else str(row.status),
              note=told_text(row.problem or "", words)))
        for row in found
    ]  # fmt: skip
    names = heads(words, "hooks.col.kind", "settle.col.state", "admin.col.attempt:num",
                  "admin.col.made:day", "admin.col.ended:day", "hooks.col.answer")  # fmt: skip
    return grid(request, "deliveries", words.say("hooks.deliveries"), names, rows)


@PAGES.post("/admin/webhooks/{webhook_id}")
def change(request: Request, who: _Keeper, webhook_id: str, form: Form) -> Response:
    """Pause it, let it go on, change its secret, or end it."""
    book, now, what = door_of(request).live.book, int(time.time()), form.get("do", "")
    acts.find_webhook(book, who, webhook_id)
    if what == "pause":
        acts.pause(book, who, webhook_id)
    elif what == "resume":
        acts.resume(book, who, webhook_id, now)
    elif what == "remove":
        acts.remove(book, who, webhook_id)
        return go("/admin/webhooks", "said.hook.remove")
    elif what == "secret":
        return _webhook(request, who, webhook_id, acts.rotate_secret(book, who, webhook_id, now))
    else:
        raise UsageError("nothing of that can be done with a webhook")
    return go(f"/admin/webhooks/{webhook_id}", f"said.hook.{what}")
