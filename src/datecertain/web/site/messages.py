"""Messages for EDI staff: what came from whom, what was set aside and why, what is missing, who has
fallen silent, the layouts in use (req 16, 17). A post sees what it sent and what was sent to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from datecertain.access import Right, Viewer
from datecertain.door import door_of
from datecertain.errors import NotFound
from datecertain.messages import attribute_profiles
from datecertain.moments import format_utc
from datecertain.operations.inbox import InboxStatus, Partner, inbox_status
from datecertain.operations.layout_profiles import standing_profiles
from datecertain.operations.layout_waiting import partners_waiting
from datecertain.operations.mail_seen import parts_seen, sequences_seen
from datecertain.operations.quarantine import Part
from datecertain.operations.replaying import replay
from datecertain.operations.workspaces import open_workspace
from datecertain.web.site.frame import Crumb, Entry, go, page
from datecertain.web.site.languages import STAFF, language_of, page_words
from datecertain.web.site.listing import asked, line_of, local_time, with_query
from datecertain.web.site.table_files import Cell, FileKind, downloads, table_file
from datecertain.web.site.visiting import Form, PageNeeds
from datecertain.wording import Words

PAGES = APIRouter(include_in_schema=False)
ENTRIES = (Entry("nav.messages", "/messages", Right.MESSAGES),)
_ROWS = 100
_STATUS = ("partner", "interchanges", "messages", "events", "waiting", "gaps", "heard")
_ASIDE = ("part", "partner", "reason", "item", "source", "position", "since")

_Reader = Annotated[Viewer, Depends(PageNeeds(Right.MESSAGES))]
_Actor = Annotated[Viewer, Depends(PageNeeds(Right.MESSAGES_ACT))]


def _status(request: Request, who: Viewer) -> InboxStatus:
    door = door_of(request)
    with open_workspace(door.workspace) as opened:
        return inbox_status(opened, door.how.clock.now(), who.sees_flow)


@PAGES.get("/messages")
def messages(request: Request, who: _Reader) -> Response:
    """What came from whom."""
    words, found = page_words(language_of(request, STAFF)), _status(request, who)
    return page(
        request, "messages.html.j2", who, found=found,
        hands_in=bool(who.post) and who.may(Right.MESSAGES_ACT),
        local=local_time(request, who, words),
        files=downloads(request, "/messages"), here_tab="status", crumbs=_crumbs(words),
        findings=[
            (one, code, words.label(f"finding.{code}", code), count)
            for one in found.partners for code, count in sorted(one.findings.items())
        ],
    )  # fmt: skip


@PAGES.get("/messages.{kind}")
def messages_file(request: Request, who: _Reader, kind: FileKind) -> Response:
    """The same figures as a file."""
    words = page_words(language_of(request, STAFF))
    heads = [words.say(f"edi.column.{name}") for name in _STATUS]
    rows = [_line(one, words) for one in _status(request, who).partners]
    return table_file(request, "messages", kind, heads, rows)


def _line(one: Partner, words: Words) -> list[Cell]:
    heard = None if one.heard_at is None else format_utc(one.heard_at)
    return [
        one.post or words.say("inbox.partner.unknown"), one.interchanges, one.messages, one.events,
        sum(one.waiting.values()), sum(gap.missing for gap in one.gaps), heard,
    ]  # fmt: skip


@PAGES.get("/messages/quarantine")
def quarantine(request: Request, who: _Reader) -> Response:
    """What was set aside, with its reason."""
    given = asked(request, "partner", "reason", "after")
    words, parts = page_words(language_of(request, STAFF)), _parts(request, who, given)
    after = given["after"]
    first = int(after) if after.isascii() and after.isdecimal() and len(after) < 9 else 0
    on = str(first + _ROWS) if len(parts) > first + _ROWS else ""
    with open_workspace(door_of(request).workspace) as opened:
        every = parts_seen(opened, who.sees_flow)
    return page(
        request, "messages_quarantine.html.j2", who, given=given, total=len(parts),
        parts=parts[first : first + _ROWS], next=with_query(request, after=on) if on else "",
        partners=sorted({part.partner for part in every if part.partner}),
        reasons=[(code, _reason(code, words)) for code in sorted({one.reason for one in every})],
        reason_of=lambda code: _reason(code, words), acts=who.may(Right.MESSAGES_ACT),
        files=downloads(request, "/messages/quarantine"), here_tab="quarantine",
        local=local_time(request, who, words), crumbs=_crumbs(words, "edi.tab.quarantine"),
    )  # fmt: skip


def _reason(code: str, words: Words) -> str:
    return words.label(f"finding.{code}", code)


def _parts(request: Request, who: Viewer, given: Mapping[str, str]) -> list[Part]:
    with open_workspace(door_of(request).workspace) as opened:
        parts = parts_seen(opened, who.sees_flow, given["partner"].upper()[:2])
    return [part for part in parts if given["reason"] in ("", part.reason)]


@PAGES.get("/messages/quarantine.{kind}")
def quarantine_file(request: Request, who: _Reader, kind: FileKind) -> Response:
    """The same parts as a file, to be sent to whoever told them."""
    words = page_words(language_of(request, STAFF))
    heads = [words.say(f"edi.column.{name}") for name in _ASIDE]
    rows: list[list[Cell]] = [
        [part.id, part.partner, _reason(part.reason, words), part.item, part.source, part.position,
         format_utc(part.created_at)]
        for part in _parts(request, who, asked(request, "partner", "reason"))
    ]  # fmt: skip
    return table_file(request, "quarantine", kind, heads, rows)


@PAGES.post("/messages/quarantine/replay")
def read_again(request: Request, who: _Actor, form: Form) -> Response:
    """Read again what was set aside: one part, or all that the filters show."""
    door = door_of(request)
    given = {name: line_of(form, name, 60) for name in ("partner", "reason")}
    wanted = line_of(form, "part", 64)
    ids = [part.id for part in _parts(request, who, given) if wanted in ("", part.id)]
    if not ids:
        raise NotFound("no such part waits in quarantine")
    with open_workspace(door.workspace, write=True) as opened:
        done = replay(opened, door.how.clock, ids)
    said = "said.replayed" if done.replayed else "said.replayed.none"
    return go(with_query(request, "/messages/quarantine", **given), said)


@PAGES.get("/messages/gaps")
def gaps(request: Request, who: _Reader) -> Response:
    """Interchanges that never came, references used twice."""
    words = page_words(language_of(request, STAFF))
    with open_workspace(door_of(request).workspace) as opened:
        report = sequences_seen(opened, who.sees_flow, asked(request, "partner")["partner"].upper())
    return page(
        request, "messages_gaps.html.j2", who, report=report, most=_ROWS, here_tab="gaps",
        files=downloads(request, "/messages/gaps"), crumbs=_crumbs(words, "edi.tab.gaps"),
    )  # fmt: skip


@PAGES.get("/messages/gaps.{kind}")
def gaps_file(request: Request, who: _Reader, kind: FileKind) -> Response:
    """The same gaps as a file."""
    words = page_words(language_of(request, STAFF))
    names = ("sender", "recipient", "first_missing", "last_missing", "missing", "after", "before")
    with open_workspace(door_of(request).workspace) as opened:
        report = sequences_seen(opened, who.sees_flow, asked(request, "partner")["partner"].upper())
    rows = [[_cell(getattr(one, name)) for name in names] for one in report.gaps]
    heads = [words.say(f"edi.column.{name}") for name in names]
    return table_file(request, "gaps", kind, heads, rows)


def _cell(value: Any) -> Cell:
    return value if isinstance(value, int) else str(value)


@PAGES.get("/messages/profiles")
def profiles(request: Request, who: _Reader) -> Response:
    """The layouts by which messages are read."""
    words = page_words(language_of(request, STAFF))
    with open_workspace(door_of(request).workspace) as opened:
        stand, waiting = standing_profiles(opened), partners_waiting(opened, who.sees_flow)
    return page(
        request, "messages_profiles.html.j2", who, here_tab="profiles", stand=stand,
        waiting=waiting, drafts=who.may(Right.MESSAGES_ACT),
        bundled=[(one.name, str(one.layout)) for one in attribute_profiles().profiles],
        local=local_time(request, who, words), crumbs=_crumbs(words, "edi.tab.profiles"),
    )  # fmt: skip


def _crumbs(words: Words, key: str = "") -> tuple[Crumb, ...]:
    home = Crumb(words.say("frame.home"), "/")
    here = Crumb(words.say("nav.messages"), "/messages")
    return (home, here, Crumb(words.say(key))) if key else (home, here)
