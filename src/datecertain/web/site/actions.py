"""The action register: what meetings decided, who has to do it until when, and what the figure that
it shall move was at the meeting and is now (req 70)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from datecertain.access import Right, Viewer
from datecertain.door import door_of
from datecertain.errors import BadMoment, NotFound, UsageError
from datecertain.kept import Kept
from datecertain.moments import DAY, parse_date
from datecertain.operations import actions_seen as told
from datecertain.operations.meeting_actions import Decided, list_actions
from datecertain.operations.quality_looks import looked_months
from datecertain.operations.workspaces import open_workspace
from datecertain.store import Workspace
from datecertain.web.site.frame import Crumb, Entry, go, page
from datecertain.web.site.grids import Cell, Grid, file_asked, grid, heads
from datecertain.web.site.keeping import facts_key, kept_page
from datecertain.web.site.languages import STAFF, language_of, page_words
from datecertain.web.site.listing import asked, line_of
from datecertain.web.site.quality_asking import month_name
from datecertain.web.site.quality_views import percent
from datecertain.web.site.refusals import why
from datecertain.web.site.visiting import Form, PageNeeds
from datecertain.wording import Words
from datecertain.wording.told_back import told_text

PAGES = APIRouter(include_in_schema=False)
ENTRIES = (Entry("nav.actions", "/actions", Right.PACKS),)
_Reader = Annotated[Viewer, Depends(PageNeeds(Right.PACKS))]
_Doer = Annotated[Viewer, Depends(PageNeeds(Right.ACTIONS))]
_Office = Annotated[Viewer, Depends(PageNeeds(Right.PACKS_WRITE))]
STATES = ("open", "overdue", "done")
_FIELDS = ("meeting", "owner", "due", "en", "ko", "figure", "period")
#: Registers with their figures of a month; the figures change with the facts, states with the day.
_MEASURED: Kept[list[dict[str, Any]]] = Kept(24)


def register_of(
    request: Request, opened: Workspace, who: Viewer, month: str | None
) -> list[dict[str, Any]]:
    """The register as a viewer may see it; its figures are measured in a month once a day for as
    long as facts stay."""
    now, facts = door_of(request).how.clock.now(), facts_key(opened)
    found = list_actions(opened, None, now)
    if month is not None:
        states = tuple((one["action"], one["state"]) for one in found)
        key = (facts, month, now // DAY, states)
        found = _MEASURED.get(key, lambda: list_actions(opened, month, now))
    return told.as_told(found, who, told.withheld_of(opened))


@PAGES.get("/actions")
@kept_page()
def actions(request: Request, who: _Reader) -> Response:
    """The register."""
    return _actions(request, who, {})


def _actions(
    request: Request, who: Viewer, given: Mapping[str, str], fault: str = "", detail: str = ""
) -> Response:
    words = page_words(language_of(request, STAFF))
    want = asked(request, "state", "owner", "meeting", "period")
    with open_workspace(door_of(request).workspace) as opened:
        months = looked_months(opened)
        month = want["period"] if want["period"] in months else (months[0] if months else None)
        every = register_of(request, opened, who, month)
    state = want["state"] if want["state"] in STATES else ""
    shown = told.filtered(every, state, want["owner"].upper(), want["meeting"])
    table = register_grid(request, words, shown, "actions", words.say("actions.title"))
    if answer := file_asked(request, [table]):
        return answer
    counts = Counter(one["state"] for one in every)
    return page(
        request, "actions.html.j2", who, status=422 if fault else 200, grid=table,
        found=bool(shown), any_=bool(every), want=want, state=state, month=month,
        counts=[(one, words.say(f"pack.state.{one}"), counts[one]) for one in STATES],
        owners=sorted({one["owner"] for one in every}),
        meetings=sorted({one["meeting"] for one in every}, reverse=True),
        months=[(one, month_name(one, words)) for one in months], given=given, fault=fault,
        detail=detail, adds=who.may(Right.PACKS_WRITE),
        posts=list(door_of(request).network.now().posts),
        ends=[(one["action"], one["title"][words.language]) for one in shown
              if one["state"] != "done" and told.may_end(who, one["owner"])],
        crumbs=(Crumb(words.say("frame.home"), "/"), Crumb(words.say("actions.title"))),
    )  # fmt: skip


def register_grid(
    request: Request, words: Words, actions: Sequence[Mapping[str, Any]], name: str, caption: str
) -> Grid:
    """Actions as a table."""
    return grid(
        request, name, caption,
        heads(words, "actions.col.number:num-first", "actions.col.action", "actions.col.owner",
              "actions.col.meeting:day", "actions.col.due:day", "actions.col.state",
              "actions.col.figure", "actions.col.at_meeting:num", "actions.col.now:num",
              "actions.col.note"),
        [
            (Cell(str(one["action"]), one["action"]), one["title"][words.language], one["owner"],
             one["meeting"], one["due"],
             Cell(words.say(f"pack.state.{one['state']}"), one["state"], mark=one["state"]),
             Cell(_figure(one["figure"], words), one["figure"]),
             _share(one["at_meeting"], words), _share(one["now"], words), one["note"])
            for one in actions
        ],
    )  # fmt: skip


def _figure(figure: str, words: Words) -> str:
    name, _, of = figure.partition(":")
    if not name:
        return ""
    key = "all" if of == "all" else name
    return words.say(f"actions.figure.{key}", of=of.replace(">", " → "))


def _share(told_: Mapping[str, Any], words: Words) -> Cell:
    """The share with its month and its number; a dash where nothing is known or may be told."""
    if told_["share"] is None:
        return Cell("–", "")
    note = words.say("actions.of", month=month_name(told_["period"], words),
                     n=words.count(told_["n"]))  # fmt: skip
    return Cell(percent(told_["share"], words), f"{told_['share']:.9g}", note=note)


@PAGES.post("/actions/add")
def add(request: Request, who: _Office, form: Form) -> Response:
    """Write down what a meeting decided."""
    given = {name: line_of(form, name, 300) for name in _FIELDS}
    clock = door_of(request).how.clock
    try:
        decided = Decided(
            parse_date(given["meeting"]), given["owner"].upper(), parse_date(given["due"]),
            given["en"], given["ko"], given["figure"], given["period"] if given["figure"] else "",
        )  # fmt: skip
        with open_workspace(door_of(request).workspace, write=True) as opened:
            told.decide(opened, who, decided, clock)
    except BadMoment:
        return _actions(request, who, given, "actions.fault.day")
    except NotFound:
        return _actions(request, who, given, "actions.fault.withheld")
    except UsageError as error:
        words = page_words(language_of(request, STAFF))
        reason = why(error, words) or told_text(str(error), words)
        return _actions(request, who, given, "actions.fault.other", reason)
    return go("/actions", "said.action_added")


@PAGES.post("/actions/done")
def done(request: Request, who: _Doer, form: Form) -> Response:
    """Write down that an action is done, with a word on it."""
    text, clock = form.get("number", ""), door_of(request).how.clock
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
    with open_workspace(door_of(request).workspace, write=True) as opened:
        told.end_action(opened, who, number, line_of(form, "note", 300), clock)
    return go("/actions", "said.action_done")
