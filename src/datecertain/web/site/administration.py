"""Administration: how the workspace is, and its jobs (req 58)."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from datecertain.access import Right, Viewer
from datecertain.door import door_of
from datecertain.errors import UsageError
from datecertain.moments import format_utc
from datecertain.operations import approvals, jobs
from datecertain.operations.doctor import Check, Verdict, examine
from datecertain.operations.job_kinds import kind_of
from datecertain.store.job_records import RunRow
from datecertain.web.site.frame import Crumb, Entry, go, page
from datecertain.web.site.grids import Cell, Grid, file_asked, grid, heads
from datecertain.web.site.languages import STAFF, language_of, page_words
from datecertain.web.site.refusals import Refused, refused
from datecertain.web.site.visiting import Form, PageNeeds
from datecertain.wording import Words

PAGES = APIRouter(include_in_schema=False)
ENTRIES = (Entry("nav.admin", "/admin", Right.HEALTH),)
#: Runs of jobs that are shown.
SHOWN = 50
#: What a text tells of this machine: paths and addresses of stores.
_PLACE = re.compile(r"\S*(?:://|/)\S*")
_MARKS = {Verdict.OK: "good", Verdict.WARNING: "warn", Verdict.FAILED: "bad"}

_Health = Annotated[Viewer, Depends(PageNeeds(Right.HEALTH))]
_Jobs = Annotated[Viewer, Depends(PageNeeds(Right.JOBS))]


def crumbs(words: Words, *more: Crumb) -> tuple[Crumb, ...]:
    """The way to a page of administration."""
    first = Crumb(words.say("frame.home"), "/")
    return first, Crumb(words.say("admin.title"), "/admin"), *more


@PAGES.get("/admin")
def administration(request: Request, who: _Health) -> Response:
    """How the workspace is, worst first, and where the rest is."""
    words, door = page_words(language_of(request, STAFF)), door_of(request)
    found = sorted(examine(door.workspace, door.how.clock), key=_worst)
    waiting = [one for one in approvals.listed(door.access, who, int(time.time()))
               if one.state is approvals.State.PENDING]  # fmt: skip
    table = _checks(request, words, found)
    if answer := file_asked(request, [table]):
        return answer
    pages = (
        ("accounts", Right.USERS), ("jobs", Right.JOBS), ("webhooks", Right.WEBHOOKS),
        ("audit", Right.AUDIT),
    )  # fmt: skip
    return page(
        request, "admin.html.j2", who, grid=table, waiting=len(waiting),
        failed=sum(one.verdict is Verdict.FAILED for one in found),
        warned=sum(one.verdict is Verdict.WARNING for one in found),
        links=[(words.say(f"admin.link.{name}"), f"/admin/{name}")
               for name, right in pages if who.may(right)],
        crumbs=(*crumbs(words)[:1], Crumb(words.say("admin.title"))),
    )  # fmt: skip


def _worst(one: Check) -> int:
    return -list(Verdict).index(one.verdict)


def _checks(request: Request, words: Words, found: Sequence[Check]) -> Grid:
    rows = [
        (words.label(f"admin.check.{one.name}", one.name),
         Cell(words.say(f"doctor.{one.verdict}"), mark=_MARKS[one.verdict]),
         _PLACE.sub("…", words.say(one.key, **one.values)))
        for one in found
    ]  # fmt: skip
    names = heads(words, "admin.col.check", "settle.col.state", "admin.col.told")
    return grid(request, "checks", words.say("admin.checks"), names, rows)


@PAGES.get("/admin/jobs")
def jobs_(request: Request, who: _Jobs) -> Response:
    """The jobs, when they are due, and what became of them."""
    return _jobs(request, who)


def _jobs(request: Request, who: Viewer, refused: Refused | None = None) -> Response:
    words, door = page_words(language_of(request, STAFF)), door_of(request)
    found = jobs.list_jobs(door.workspace, door.how.clock.now())
    tables = [_schedule(request, words, found), _runs(request, words, jobs.history(
        door.workspace, None, SHOWN))]  # fmt: skip
    if answer := file_asked(request, tables):
        return answer
    return page(
        request, "admin_jobs.html.j2", who, status=422 if refused else 200, jobs=found,
        grids=tables, refused=refused, crumbs=crumbs(words, Crumb(words.say("admin.link.jobs"))),
    )  # fmt: skip


def _schedule(request: Request, words: Words, found: Sequence[jobs.Job]) -> Grid:
    rows = []
    for one in found:
        last = one.last
        state = "paused" if one.schedule.paused else "running" if one.running else "on"
        rows.append(
            (
                Cell(words.label(f"admin.job.{one.name}", one.name), one.name),
                one.schedule.schedule, one.schedule.zone,
                "" if one.next_at is None else _minute(one.next_at),
                Cell(words.say(f"admin.job_state.{state}"),
                     mark={"on": "good", "paused": "paused", "running": "running"}[state]),
                Cell("" if last is None else words.say(f"admin.run.{last.state}"),
                     note="" if last is None else _minute(last.started_at)),
            )
        )  # fmt: skip
    names = heads(words, "jobs.job", "jobs.schedule", "jobs.zone", "jobs.next:day",
                  "settle.col.state", "jobs.last:day")  # fmt: skip
    return grid(request, "jobs", words.say("jobs.title"), names, rows)


def _runs(request: Request, words: Words, found: Sequence[RunRow]) -> Grid:
    rows = [
        (words.label(f"admin.job.{one.name}", one.name), _minute(one.due_at),
         _minute(one.started_at), "" if one.finished_at is None else _minute(one.finished_at),
         one.attempt, Cell(words.say(f"admin.run.{one.state}"), mark=one.state))
        for one in found
    ]  # fmt: skip
    names = heads(words, "jobs.job", "admin.col.due:day", "admin.col.began:day",
                  "admin.col.ended:day", "admin.col.attempt:num", "settle.col.state")  # fmt: skip
    return grid(request, "runs", words.say("admin.runs"), names, rows)


def _minute(moment: int) -> str:
    return format_utc(moment).replace("T", " ").removesuffix("Z") + " UTC"


@PAGES.post("/admin/jobs")
def act(request: Request, who: _Jobs, form: Form) -> Response:
    """Pause a job, let it go on, or run it now."""
    door, name, what = door_of(request), form.get("job", "")[:40], form.get("do", "")
    try:
        kind_of(name)
        if what == "run":
            jobs.start_job(door.workspace, name, door.how.clock.now(), again=True)
        elif what in ("pause", "resume"):
            jobs.set_job(door.workspace, door.how.clock, name, who.name, paused=what == "pause")
        else:
            return _jobs(request, who, Refused("admin.fault.job"))
    except UsageError as error:
        told = refused(request, "admin.fault.job", error)
        return _jobs(request, who, replace(told, detail=_PLACE.sub("…", told.detail)))
    return go("/admin/jobs", f"said.job.{what}")
