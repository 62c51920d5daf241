"""The tariff in force between two posts, with its sources, and what another one would have changed
(req 41, 47, 76)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from datecertain.access import Right, Viewer
from datecertain.door import Problem, door_of
from datecertain.door.runs import Run, RunState, Told
from datecertain.errors import BadMoment, UsageError
from datecertain.moments import DAY, format_date
from datecertain.operations.statements import statement_names
from datecertain.operations.tariff_rules import rules_between
from datecertain.operations.telling_statements import trial_as_json
from datecertain.operations.workspaces import open_workspace
from datecertain.settlement import Tariff, bundled_tariff, bundled_tariffs
from datecertain.settlement.tariff_files import tariff_of
from datecertain.web.site.frame import Crumb, go, page
from datecertain.web.site.grids import Cell, Grid, file_asked, grid, heads
from datecertain.web.site.languages import STAFF, language_of, page_words
from datecertain.web.site.listing import asked, day_asked
from datecertain.web.site.refusals import Refused, refused
from datecertain.web.site.settlement import SDR, crumbs
from datecertain.web.site.tariff_words import sources_of, terms_text, valid_text
from datecertain.web.site.visiting import Form, PageNeeds
from datecertain.wording import Words
from datecertain.wording.exact import exact_words

PAGES = APIRouter(include_in_schema=False)
ENTRIES = ()
_KIND = "tariff"
_See = Annotated[Viewer, Depends(PageNeeds(Right.MONEY))]


@PAGES.get("/tariffs")
def tariffs(request: Request, who: _See) -> Response:
    """The rows that hold on a day, and a form to try another tariff on past months."""
    return _tariffs(request, who, asked(request, "partner", "on"))


def _tariffs(
    request: Request, who: Viewer, given: dict[str, str], refused: Refused | None = None,
    text: str = "",
) -> Response:  # fmt: skip
    words, door = page_words(language_of(request, STAFF)), door_of(request)
    day = day_asked(given["on"])
    wrong = bool(given["on"]) and day is None
    day = door.how.clock.now() // DAY if day is None else day
    network = door.network.now()
    partners = [post for post in sorted(network.posts) if post != who.post]
    partner = given["partner"] if given["partner"] in partners else ""
    partner = partner or (partners[0] if partners and who.post else "")
    try:
        rules = rules_between(network, bundled_tariff(), day, who, partner)
    except BadMoment:
        rules, wrong = [], True
    table = _rules(request, words, rules)
    if answer := file_asked(request, [table], f"{partner}."):
        return answer
    with open_workspace(door.workspace) as opened:
        months = sorted({name[0] for name in statement_names(opened, who)}, reverse=True)
    return page(
        request, "tariffs.html.j2", who, status=422 if wrong or refused else 200, grid=table,
        partners=partners, partner=partner, on_text=given["on"] or format_date(day), wrong=wrong,
        on=day, tariff=bundled_tariff(), bundled=bundled_tariffs(), months=months, text=text,
        refused=refused, runs=[run for run in door.runs.of(who) if run.kind == _KIND],
        crumbs=crumbs(words, Crumb(words.say("settle.link.tariffs"))),
    )  # fmt: skip


def _rules(request: Request, words: Words, rules: list[dict[str, Any]]) -> Grid:
    rows = []
    for rule in rules:
        row, kind = rule["row"], rule["kind"]
        counted = kind.removeprefix("charge.")
        about = words.label(f"tariff.kind.{kind}", kind)
        if counted != kind:
            about = words.label(f"settlement.counted.{counted}", counted)
        rows.append(
            (f"{rule['origin']} → {rule['destination']}", about,
             terms_text(kind, row, exact_words(words.language)),
             valid_text(row, words.say("tariff.always")), sources_of(row))
        )  # fmt: skip
    heads = [words.say(f"tariff.col.{name}") for name in
             ("relation", "kind", "terms", "valid", "source")]  # fmt: skip
    return grid(request, "rows", words.say("tariff.in_force"), heads, rows)


@PAGES.post("/tariffs/trial")
def begin(request: Request, who: _See, form: Form) -> Response:
    """Try a tariff on a past month: begun here, worked out in the background."""
    door, month = door_of(request), form.get("month", "")[:7]
    text, name = form.get("text", ""), form.get("tariff", "")
    given = {"partner": "", "on": ""}
    with open_workspace(door.workspace) as opened:
        if not statement_names(opened, who, month):
            return _tariffs(request, who, given, Refused("tariff.fault.month"), text)
    try:
        tried = tariff_of(text, "the tariff") if text.strip() else bundled_tariff(name)
    except UsageError as error:
        return _tariffs(request, who, given, refused(request, "tariff.fault", error), text)
    run = door.runs.begin(
        who, _KIND, lambda told: _try(request, who, month, tried, told), Right.MONEY
    )
    return go(f"/tariffs/trials/{run.run_id}")


def _try(request: Request, who: Viewer, month: str, tried: Tariff, told: Told) -> dict[str, Any]:
    from datecertain.operations.trying import try_tariff  # noqa: PLC0415 - loads the engines

    with open_workspace(door_of(request).workspace) as opened:
        found = try_tariff(opened, [month], tried, bundled_tariff(), told=told, viewer=who)
    return trial_as_json(found)


@PAGES.get("/tariffs/trials/{run_id}")
def trial(request: Request, who: _See, run_id: str) -> Response:
    """How far a trial has come, and what it found."""
    run = door_of(request).runs.find(who, run_id)
    if run.kind != _KIND:
        raise Problem(404, "not-found", "There is no such trial")
    words = page_words(language_of(request, STAFF))
    table = _changes(request, words, run)
    if table and (answer := file_asked(request, [table])):
        return answer
    return page(
        request, "tariff_trial.html.j2", who, run=run, grid=table,
        working=run.state in (RunState.WAITING, RunState.RUNNING),
        own=None if run.result is None else next(
            (one for one in run.result["posts"] if one["post"] == who.post), None),
        crumbs=crumbs(words, Crumb(words.say("settle.link.tariffs"), "/tariffs"),
                      Crumb(words.say("tariff.trial"))),
    )  # fmt: skip


def _changes(request: Request, words: Words, run: Run) -> Grid | None:
    if run.result is None:
        return None
    rows = [
        (one["post"], *(Cell(words.money(one[name], SDR), one[name])
                        for name in ("before_usdr", "after_usdr", "change_usdr")))
        for one in run.result["posts"]
    ]  # fmt: skip
    names = heads(
        words, "net.col.post", "settle.col.before:num", "settle.col.after:num",
        "settle.col.change:num",
    )  # fmt: skip
    return grid(request, "trial", words.say("tariff.trial.caption"), names, rows)


@PAGES.post("/tariffs/trials/{run_id}/cancel")
def cancel(request: Request, who: _See, run_id: str, form: Form) -> Response:
    """Take a trial back."""
    door_of(request).runs.cancel(who, run_id)
    return go(f"/tariffs/trials/{run_id}")
