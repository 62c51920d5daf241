"""Meeting packs: those that were made, and the form that makes one in the background (req 70)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from datecertain.access import Right, Viewer
from datecertain.api.pack_work import KIND, PackAsked, begin_pack
from datecertain.door import Problem, door_of
from datecertain.door.runs import Run
from datecertain.errors import NotFound, UsageError
from datecertain.operations.kept_packs import KeptPack, list_packs
from datecertain.operations.quality_looks import looked_months
from datecertain.operations.workspaces import open_workspace
from datecertain.planning.meeting import Subject
from datecertain.web.site.frame import Crumb, Entry, go, page
from datecertain.web.site.grids import Cell, Grid, file_asked, grid, heads
from datecertain.web.site.languages import STAFF, language_of, page_words
from datecertain.web.site.listing import line_of, local_time, words_of
from datecertain.web.site.quality_asking import month_name
from datecertain.web.site.visiting import Form, PageNeeds
from datecertain.wording import LANGUAGES, Words

PAGES = APIRouter(include_in_schema=False)
ENTRIES = (Entry("nav.packs", "/packs", Right.PACKS),)
Reader = Annotated[Viewer, Depends(PageNeeds(Right.PACKS))]
Office = Annotated[Viewer, Depends(PageNeeds(Right.PACKS_WRITE))]
_MOST_DECISIONS = 20
_LINE, _TEXT = 300, 4000


def months_named(months: tuple[str, ...], words: Words) -> str:
    """`October 2026`, or the first and the last month."""
    ends = dict.fromkeys((months[0], months[-1]))
    return " – ".join(month_name(one, words) for one in ends)


@PAGES.get("/packs")
def packs(request: Request, who: Reader) -> Response:
    """The packs that were made; the form for another."""
    return _packs(request, who, {})


def _packs(
    request: Request, who: Viewer, given: Mapping[str, str], blocks: int = 1, fault: str = ""
) -> Response:
    words = page_words(language_of(request, STAFF))
    door = door_of(request)
    kept = list_packs(door.workspace)
    table = _table(request, who, words, kept)
    if answer := file_asked(request, [table]):
        return answer
    with open_workspace(door.workspace) as opened:
        months = looked_months(opened)
    return page(
        request, "packs.html.j2", who, status=422 if fault else 200, grid=table, found=bool(kept),
        months=[(one, month_name(one, words)) for one in months], makes=who.may(Right.PACKS_WRITE),
        given=given, blocks=range(1, blocks + 1), more=blocks < _MOST_DECISIONS, fault=fault,
        subjects=[(str(one), words.say(f"pack.page.{one}")) for one in Subject
                  if one is not Subject.SERVICES],
        runs=[(one, words.say(f"plans.state.{one.state}"))
              for one in reversed(door.runs.of(who)) if one.kind == KIND and one.ended_at is None],
        crumbs=(Crumb(words.say("frame.home"), "/"), Crumb(words.say("packs.title"))),
    )  # fmt: skip


def _table(request: Request, who: Viewer, words: Words, kept: list[KeptPack]) -> Grid:
    when = local_time(request, who, words)
    return grid(
        request, "packs", words.say("packs.made"),
        heads(words, "packs.col.period", "packs.col.made", "packs.col.by",
              "packs.col.decisions:num", "packs.col.digest:mono"),
        [
            (Cell(months_named(one.months, words), "/".join(one.months), f"/packs/{one.name}"),
             when(one.made_at), one.by, one.decisions, Cell(one.digest[:12], one.digest))
            for one in kept
        ],
    )  # fmt: skip


def _asked(form: Mapping[str, str]) -> tuple[dict[str, str], int]:
    """What was typed, and how many blocks of decisions there are."""
    text = form.get("blocks", "1")
    blocks = min(max(int(text) if text.isascii() and text.isdigit() else 1, 1), _MOST_DECISIONS)
    given = {name: line_of(form, name, 7) for name in ("period", "to")}
    given["service"] = form.get("service", "").replace("\r\n", "\n")[:20_000]
    for at in range(1, blocks + 1):
        given[f"page_{at}"] = line_of(form, f"page_{at}", 20)
        for language in LANGUAGES:
            given[f"title_{language}_{at}"] = line_of(form, f"title_{language}_{at}", _LINE)
            given[f"text_{language}_{at}"] = words_of(form, f"text_{language}_{at}", _TEXT)
    return given, blocks


def _decisions(given: Mapping[str, str], blocks: int) -> list[dict[str, Any]]:
    """The decisions that were filled in; a block without any text is none."""
    found = []
    for at in range(1, blocks + 1):
        names = [f"{part}_{language}" for part in ("title", "text") for language in LANGUAGES]
        one = {name: given[f"{name}_{at}"] for name in names}
        if any(one.values()):
            found.append({**one, "page": given[f"page_{at}"] or None})
    return found


@PAGES.post("/packs/runs")
def begin(request: Request, who: Office, form: Form) -> Response:
    """Begin to make a pack; or show the form with one more decision."""
    given, blocks = _asked(form)
    if form.get("act") == "more":
        return _packs(request, who, given, min(blocks + 1, _MOST_DECISIONS))
    try:
        asked = PackAsked.model_validate({
            "period": given["period"], "to": given["to"] or None,
            "decisions": _decisions(given, blocks),
            "services": [given["service"]] if given["service"].strip() else [],
        })  # fmt: skip
        run = begin_pack(door_of(request), who, asked)
    except ValidationError as error:
        where = {str(one["loc"][0]) for one in error.errors()}
        key = next((f"packs.fault.{one[:-1]}" for one in ("decisions", "services")
                    if one in where), "packs.fault.months")  # fmt: skip
        return _packs(request, who, given, blocks, key)
    except UsageError:
        key = "packs.fault.service" if given["service"].strip() else "packs.fault.months"
        return _packs(request, who, given, blocks, key)
    except Problem:
        return _packs(request, who, given, blocks, "plans.fault.many")
    return go(f"/packs/runs/{run.run_id}", "said.run_begun")


def _run(request: Request, who: Viewer, run_id: str) -> Run:
    found = door_of(request).runs.find(who, run_id[:40])
    if found.kind != KIND:
        raise NotFound("you have no such run here")
    return found


@PAGES.get("/packs/runs/{run_id}")
def run(request: Request, who: Office, run_id: str) -> Response:
    """How far a pack has come, and where it is when it is made."""
    words = page_words(language_of(request, STAFF))
    found = _run(request, who, run_id)
    return page(
        request, "pack_run.html.j2", who, run=found, over=found.ended_at is not None,
        pack=found.result or {},
        crumbs=(Crumb(words.say("frame.home"), "/"), Crumb(words.say("packs.title"), "/packs"),
                Crumb(words.say("packs.run"))),
    )  # fmt: skip


@PAGES.post("/packs/runs/{run_id}/cancel")
def cancel(request: Request, who: Office, run_id: str, form: Form) -> Response:
    """Make it no more: it ends at its next step, and nothing of it is kept."""
    found = door_of(request).runs.cancel(who, _run(request, who, run_id).run_id)
    return go(f"/packs/runs/{found.run_id}", "said.run_cancelled")
