"""The network as it is in force: calendar days, closures, suspensions and tolerances with their
sources; a change of one, looked at first (req 9, 11, 13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response

from datecertain.access import Right, Viewer
from datecertain.door import door_of
from datecertain.errors import NotAllowed, UsageError
from datecertain.moments import DAY, format_date, format_utc
from datecertain.network import Network
from datecertain.network.rows import ALWAYS_TO
from datecertain.network.rule_rows import Condition
from datecertain.operations.network_previews import (
    PUBLISH,
    RESUME,
    RULE,
    NetworkChange,
    demand_own,
    preview_change,
)
from datecertain.operations.network_versions import version_history
from datecertain.web.site.frame import Crumb, Entry, go, page
from datecertain.web.site.grids import Cell, Grid, file_asked, grid, heads
from datecertain.web.site.keeping import kept_page
from datecertain.web.site.languages import STAFF, language_of, page_words
from datecertain.web.site.listing import asked
from datecertain.web.site.refusals import Refused, refused
from datecertain.web.site.visiting import Form, PageNeeds
from datecertain.wording import Words

PAGES = APIRouter(include_in_schema=False)
ENTRIES = (Entry("nav.network", "/network", Right.NETWORK),)
#: What can be changed, and the fields of its form.
KINDS: Mapping[str, tuple[str, ...]] = {
    "holiday": ("calendar", "date", "worked", "name", "local", "source"),
    "suspend": ("name", "origin", "destination", "effect", "contents", "from", "until", "text_en",
                "text_ko", "source"),
    "tolerance": ("name", "origin", "destination", "days", "from", "until", "text_en", "text_ko",
                  "source"),
    "closure": ("office", "direction", "from", "until", "text_en", "text_ko", "source"),
    "end": ("name", "source"),
    "undo": ("version",),
}  # fmt: skip
WANTED = ("calendar", "date", "name", "origin", "destination", "days", "office", "source",
          "version")  # fmt: skip
_MOST = 200
PREVIEW = "network"

Editor = Annotated[Viewer, Depends(PageNeeds(Right.NETWORK))]


@PAGES.get("/network")
@kept_page()
def network(request: Request, who: Editor) -> Response:
    """What is in force and to come, each with its source."""
    words, door = page_words(language_of(request, STAFF)), door_of(request)
    given, net = asked(request, "calendar", "past"), door.network.now()
    today = door.how.clock.now() // DAY
    calendars = sorted({row.calendar for row in net.data.calendars})
    own = [one for one in calendars if one.partition("-")[0] == who.post]
    calendar = given["calendar"] if given["calendar"] in calendars else (own or calendars)[0]
    past = given["past"] == "1"
    tables = [
        _conditions(request, words, who, net, today, past),
        _closures(request, words, net, today, past),
        _holidays(request, words, net, calendar, today, past),
        _versions(request, words, version_history(door.workspace)),
    ]
    if answer := file_asked(request, tables):
        return answer
    return page(
        request, "network.html.j2", who, network=net, conditions=tables[0], closures=tables[1],
        holidays=tables[2], versions=tables[3], calendars=calendars, calendar=calendar, past=past,
        crumbs=crumbs(words),
    )  # fmt: skip


def crumbs(words: Words, *more: Crumb) -> tuple[Crumb, ...]:
    """The way to a page of the network."""
    first = Crumb(words.say("frame.home"), "/")
    return first, Crumb(words.say("net_edit.title"), "/network"), *more


def _conditions(
    request: Request, words: Words, who: Viewer, net: Network, today: int, past: bool
) -> Grid:
    ended = {row.condition: row for row in net.data.conditions if row.kind == "end"}
    rows = []
    for row in net.data.conditions:
        state = _state(row, ended, today)
        if row.kind == "end" or (state == "over" and not past):
            continue
        until = "" if row.valid_to >= ALWAYS_TO else words.date(row.valid_to)
        since = (
            words.date(row.valid_from) if row.valid_from > 0 else format_utc(row.known_from)[:10]
        )
        own = who.acts_for(row.origin) or who.acts_for(row.destination)
        ends = f"/network/change?{urlencode({'kind': 'end', 'name': row.condition})}"
        rows.append(
            (
                Cell(row.condition, note=row.text_ko if words.language == "ko" else row.text_en),
                words.say(f"net_edit.kind.{row.kind}") + (f" +{row.days}" if row.days > 0 else ""),
                f"{row.origin} → {row.destination}", _limits(row, words), since, until,
                Cell(words.say(f"net_edit.state.{state}"),
                     mark={"on": "warn", "to_come": "", "over": ""}[state]),
                row.source, Cell(words.say("net_edit.end"), "", path=ends)
                if own and state != "over" else Cell(""),
            )
        )  # fmt: skip
    names = heads(
        words, "net_edit.col.name:wide", "net_edit.col.effect", "net_edit.col.lane:day",
        "net_edit.col.limits", "net_edit.col.from:day", "net_edit.col.until:day",
        "settle.col.state", "settle.col.source:wide", "",
    )  # fmt: skip
    return grid(request, "conditions", words.say("net_edit.conditions"), names, rows)


def _state(row: Condition, ended: Mapping[str, Condition], today: int) -> str:
    end = ended.get(row.condition)
    if row.valid_to < today or (end is not None and end.known_from // DAY <= today):
        return "over"
    return "to_come" if row.valid_from > today else "on"


def _since(words: Words, row: Condition) -> str:
    """The first day of acceptance that a condition touches; empty: it always held."""
    if row.valid_from > 0:
        return words.date(row.valid_from)
    return words.date(row.known_from // DAY) if row.known_from > 0 else ""


def _limits(row: Condition, words: Words) -> str:
    named = words.label(f"net_edit.value.contents.{row.contents}", row.contents)
    contents = words.label(f"contents.{row.contents}", named)
    told = [row.product, contents, row.address, row.from_area, row.to_area]
    told += [f"> {row.over_g} g"] if row.over_g >= 0 else []
    told += [f"> {row.over_usdr // 10**6} SDR"] if row.over_usdr >= 0 else []
    return ", ".join(one for one in told if one)


def _closures(request: Request, words: Words, net: Network, today: int, past: bool) -> Grid:
    rows = [
        (
            Cell(row.office, note=row.text_ko if words.language == "ko" else row.text_en),
            words.say(f"net_edit.direction.{row.direction}"), words.date(row.closed_from),
            words.date(row.closed_to), row.source,
        )
        for row in net.data.closures if past or row.closed_to >= today
    ]  # fmt: skip
    names = heads(words, "net_edit.col.office", "net_edit.col.direction", "net_edit.col.from:day",
                  "net_edit.col.until:day", "settle.col.source")  # fmt: skip
    return grid(request, "closures", words.say("net_edit.closures"), names, rows)


def _holidays(
    request: Request, words: Words, net: Network, calendar: str, today: int, past: bool
) -> Grid:
    rows = [
        (Cell(words.date(row.date), format_date(row.date)),
         words.say(f"net_edit.day.{row.kind}"),
         Cell(row.name_en, note=row.name_local if row.name_local != row.name_en else ""),
         row.source)
        for row in sorted(net.data.holidays, key=lambda row: row.date)
        if row.calendar == calendar and (past or row.date >= today)
    ]  # fmt: skip
    names = heads(words, "net_edit.col.date:day", "net_edit.col.day", "net_edit.col.name",
                  "settle.col.source")  # fmt: skip
    caption = words.say("net_edit.holidays", calendar=calendar)
    return grid(request, "holidays", caption, names, rows)


def _versions(request: Request, words: Words, found: Sequence[Any]) -> Grid:
    rows = []
    for one in reversed(found):
        undo = f"/network/change?{urlencode({'kind': 'undo', 'version': one.version})}"
        rows.append(
            (Cell(one.version), Cell(format_utc(one.published_at).replace("T", " ")),
             Cell(words.say("net_edit.in_force"), mark="good") if one.current
             else Cell(words.say("net_edit.undo"), "", path=undo))
        )  # fmt: skip
    names = heads(words, "net_edit.col.version:mono", "net_edit.col.published:day", "")
    return grid(request, "versions", words.say("net_edit.versions"), names, rows)


@PAGES.get("/network/change")
def change(request: Request, who: Editor) -> Response:
    """The form of a change."""
    given = asked(
        request, "kind", *{name for names in KINDS.values() for name in names}, most=_MOST
    )
    return _change(request, who, given)


def _change(
    request: Request, who: Viewer, given: Mapping[str, str], refused: Refused | None = None,
    field: str = "",
) -> Response:  # fmt: skip
    words, net = page_words(language_of(request, STAFF)), door_of(request).network.now()
    kind = given.get("kind", "") if given.get("kind", "") in KINDS else "holiday"
    fields = {name: given.get(name, "")[:_MOST] for name in KINDS[kind]}
    posts = [row.post for row in net.data.posts]
    choices = {
        "calendar": [row.calendar for row in net.data.calendars
                     if row.calendar.partition("-")[0] == who.post],
        "office": [row.office for row in net.data.offices if row.post == who.post],
        "origin": ["*", *posts], "destination": ["*", *posts],
        "effect": ["no_guarantee", "refuse"], "direction": ["both", "inward", "outward"],
        "contents": ["", "documents", "non-documents"], "worked": ["", "1"],
    }  # fmt: skip
    return page(
        request, "network_change.html.j2", who, status=422 if refused or field else 200, kind=kind,
        kinds=[one for one in KINDS if one not in ("end", "undo")], fields=fields, field=field,
        choices={name: list(dict.fromkeys(values)) for name, values in choices.items()},
        wanted=WANTED, refused=refused, dates=("date", "from", "until"),
        crumbs=crumbs(words, Crumb(words.say(f"net_edit.change.{kind}"))),
    )  # fmt: skip


@PAGES.post("/network/change")
def look(request: Request, who: Editor, form: Form) -> Response:
    """Begin to work out what a change would change."""
    kind = form.get("kind", "")
    if kind not in KINDS:
        return _change(request, who, form, Refused("net_edit.fault.kind"))
    given = {name: form.get(name, "").strip()[:_MOST] for name in KINDS[kind]}
    for name in KINDS[kind]:
        if name in WANTED and not given[name]:
            return _change(request, who, {"kind": kind, **given}, field=name)
    asked_for = _asked(kind, given)
    door = door_of(request)
    try:
        demand_own(door.network.now(), who.post, asked_for)
    except NotAllowed:
        return _change(request, who, {"kind": kind, **given}, Refused("net_edit.fault.own"))
    except UsageError as error:
        return _change(
            request, who, {"kind": kind, **given}, refused(request, "net_edit.fault", error)
        )
    work = lambda told: preview_change(door.workspace, asked_for, door.how.clock, told)  # noqa: E731
    return go(f"/network/previews/{door.runs.begin(who, PREVIEW, work).run_id}")


def _asked(kind: str, given: Mapping[str, str]) -> NetworkChange:
    if kind == "undo":
        return NetworkChange(PUBLISH, {"version": given["version"]})
    if kind == "end":
        return NetworkChange(RESUME, {"condition": given["name"], "source": given["source"]})
    table, cells = _cells(kind, given)
    return NetworkChange(RULE, {"table": table, "cells": cells})


def _cells(kind: str, given: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The row of a form: its table, and column → text."""
    if kind == "holiday":
        return "holiday", {
            "calendar": given["calendar"], "date": given["date"],
            "kind": "open" if given["worked"] else "closed", "name_en": given["name"],
            "name_local": given["local"] or given["name"], "source": given["source"],
        }  # fmt: skip
    told = {"text_en": given["text_en"], "text_ko": given["text_ko"], "source": given["source"]}
    if kind == "closure":
        return "closure", {
            "office": given["office"], "direction": given["direction"] or "both",
            "closed_from": given["from"], "closed_to": given["until"] or given["from"], **told,
        }  # fmt: skip
    cells = {
        "condition": given["name"], "origin": given["origin"], "destination": given["destination"],
        "valid_from": given["from"], "valid_to": given["until"], **told,
    }  # fmt: skip
    if kind == "tolerance":
        return "condition", cells | {"kind": "tolerance", "days": given["days"]}
    effect = "refuse" if given["effect"] == "refuse" else "no_guarantee"
    return "condition", cells | {"kind": effect, "contents": given["contents"]}
