"""What a change of the network would change, before it is asked for (req 62)."""

from __future__ import annotations

import time
from typing import Any

from fastapi import APIRouter, Request, Response

from datecertain.door import door_of
from datecertain.door.runs import Run, RunState
from datecertain.errors import NotFound, UsageError
from datecertain.operations import approvals
from datecertain.operations.network_previews import PUBLISH
from datecertain.operations.networks import network_of_version
from datecertain.operations.workspaces import open_workspace
from datecertain.web.site.frame import Crumb, go, page
from datecertain.web.site.grids import Cell, Grid, file_asked, grid, heads
from datecertain.web.site.languages import STAFF, language_of, page_words
from datecertain.web.site.network import PREVIEW, Editor, crumbs
from datecertain.web.site.table_files import FILE
from datecertain.web.site.visiting import Form
from datecertain.wording import Words

PAGES = APIRouter(include_in_schema=False)
ENTRIES = ()
#: Dates that a page shows; the file has more of them.
SHOWN = 25


def _run(request: Request, who: Editor, run_id: str) -> Run:
    run = door_of(request).runs.find(who, run_id)
    if run.kind != PREVIEW:
        raise NotFound("there is no such preview here")
    return run


@PAGES.get("/network/previews/{run_id}")
def preview(request: Request, who: Editor, run_id: str) -> Response:
    """How far it has come; then which promises would be other ones."""
    run, words = _run(request, who, run_id), page_words(language_of(request, STAFF))
    tables = [] if run.result is None else _tables(request, words, run.result)
    if answer := file_asked(request, tables):
        return answer
    return page(
        request, "network_preview.html.j2", who, run=run, found=run.result, grids=tables,
        working=run.state in (RunState.WAITING, RunState.RUNNING),
        told=run.result["told"][words.language]["said"] if run.result else [],
        row=_row(run.result, words) if run.result else [],
        crumbs=crumbs(words, Crumb(words.say("net_edit.preview"))),
    )  # fmt: skip


def _row(found: dict[str, Any], words: Words) -> list[tuple[str, str]]:
    """What is asked for, field by field, in the words of its form."""
    asked = found["request"]
    cells = asked.get("cells") or {name: asked[name] for name in asked if name != "table"}
    return [
        (words.label(f"net_edit.field.{name}", name), words.label(
            f"net_edit.value.{name}.{value}", words.label(f"net_edit.day.{value}", str(value))))
        for name, value in cells.items() if value
    ]  # fmt: skip


def _tables(request: Request, words: Words, found: dict[str, Any]) -> list[Grid]:
    lanes = [(one["lane"], one["pairs"], one["changes"]) for one in found["lanes"]]
    dates = [
        (one["origins"], one["destinations"], one["when"], one["old"], Cell(one["new"]))
        for one in found["told"][words.language]["dates"]
    ][: None if FILE in request.query_params else SHOWN]
    more = found["promises"] - len(dates)
    note = words.say("net_edit.more", count=words.count(more)) if more else ""
    return [
        grid(request, "lanes", words.say("net_edit.lanes"),
             heads(words, "net_edit.col.lane", "net_edit.col.pairs:num",
                   "net_edit.col.changes:num"), lanes),
        grid(request, "dates", words.say("net_edit.dates"),
             heads(words, "net_edit.col.origin", "net_edit.col.destination", "net_edit.col.when",
                   "net_edit.col.today", "net_edit.col.then"), dates, note=note),
    ]  # fmt: skip


@PAGES.post("/network/previews/{run_id}/ask")
def ask(request: Request, who: Editor, run_id: str, form: Form) -> Response:
    """Ask another account of the post to approve what was previewed."""
    run, door = _run(request, who, run_id), door_of(request)
    if run.result is None:
        raise UsageError("the preview is not done: look at it first")
    asked = dict(run.result["request"])
    if run.result["kind"] == PUBLISH:
        with open_workspace(door.workspace) as opened:
            texts = network_of_version(opened, asked["version"]).data.texts
        asked = {"before": run.result["before"], "files": dict(texts)}
    why = form.get("why", "").strip()[:300]
    made = approvals.ask(
        door.access, door.workspace, who, run.result["kind"], asked, int(time.time()),
        door.how.clock, why,
    )  # fmt: skip
    return go(f"/approvals/{made.number}", "said.approval_asked")


@PAGES.post("/network/previews/{run_id}/cancel")
def cancel(request: Request, who: Editor, run_id: str, form: Form) -> Response:
    """Take it back."""
    door_of(request).runs.cancel(who, _run(request, who, run_id).run_id)
    return go("/network")
