"""The inbox: what came from whom, what waits, what is missing (req 16, 17); dispatches, and the
layouts that partners' messages are read by. A post sees what it sent and what was sent to it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from datecertain.access import Right, Viewer
from datecertain.api.fields import AnyPost, Moment
from datecertain.door.asking import REFUSALS, Needs
from datecertain.door.opened import door_of
from datecertain.door.paging import Page, Paging, paged
from datecertain.errors import NotFound
from datecertain.messages import attribute_profiles
from datecertain.messages.sequences import Gap, Repeat, Uncounted
from datecertain.moments import format_utc, parse_utc
from datecertain.operations.dispatches import DAYS, list_dispatches
from datecertain.operations.inbox import inbox_status
from datecertain.operations.interchange_sequences import sequences_from
from datecertain.operations.layout_profiles import standing_profiles
from datecertain.operations.mail_seen import MailSeen
from datecertain.operations.networks import current_network
from datecertain.operations.quarantine import Part, waiting_parts
from datecertain.operations.replaying import ReplayReport, replay
from datecertain.operations.telling_dispatches import DispatchTold, dispatch_told
from datecertain.operations.telling_inbox import (
    InboxTold,
    PartTold,
    part_as_json,
    status_as_json,
)
from datecertain.operations.workspaces import open_workspace
from datecertain.store import Workspace

WAYS = APIRouter(prefix="/v1", tags=["inbox"], responses=REFUSALS)

_Reader = Annotated[Viewer, Depends(Needs(Right.MESSAGES))]
_Actor = Annotated[Viewer, Depends(Needs(Right.MESSAGES_ACT))]
_MOST_PARTS = 500


@WAYS.get("/inbox", summary="What came from whom")
def status(request: Request, who: _Reader, at: Moment = None) -> InboxTold:
    """Per partner: what came, findings, what waits, gaps; in a post's own workspace also answers
    and silence against what was agreed."""
    door = door_of(request)
    moment = parse_utc(at) if at else door.how.clock.now()
    with open_workspace(door.workspace) as opened:
        return status_as_json(inbox_status(opened, moment, who.sees_flow))


def _parts(opened: Workspace, who: Viewer, partner: str = "") -> list[Part]:
    """What waits and may be seen, in order of receipt."""
    network = current_network(opened)
    with opened.reading() as view:
        seen = MailSeen(view.connection, network, who.sees_flow)
        return [part for part in waiting_parts(view.connection, (), partner) if seen.part(part)]


@WAYS.get("/inbox/quarantine", summary="What waits in quarantine")
def quarantine(
    request: Request, who: _Reader, page: Paging, partner: AnyPost = ""
) -> Page[PartTold]:
    """What was set aside, with reason and position, by id; its bytes stay here."""
    with open_workspace(door_of(request).workspace) as opened:
        parts = _parts(opened, who, partner.upper())
    return paged([part_as_json(part) for part in parts], lambda row: (row["id"],), page)


class Parts(BaseModel):
    """Which parts are read again."""

    model_config = ConfigDict(extra="forbid")

    ids: list[Annotated[str, Field(min_length=1, max_length=64)]] = Field(
        min_length=1, max_length=_MOST_PARTS, description="As the list of quarantine tells them."
    )


@WAYS.post("/inbox/quarantine/replay", summary="Read what was set aside again")
def read_again(request: Request, given: Parts, who: _Actor) -> ReplayReport:
    """After the network, a code table or a layout was put right: what is usable now becomes facts,
    the rest waits on. To ask again does no harm."""
    door = door_of(request)
    with open_workspace(door.workspace, write=True) as opened:
        there = {part.id for part in _parts(opened, who)}
        for wanted in given.ids:
            if wanted not in there:
                raise NotFound(f"no part in quarantine waits under {wanted!r}")
        return replay(opened, door.how.clock, given.ids)


class SequencesTold(TypedDict):
    """References that never came, those used twice, and those that are no numbers."""

    gaps: list[Gap]
    repeats: list[Repeat]
    uncounted: list[Uncounted]


@WAYS.get("/inbox/sequences", summary="References that never came")
def sequences(request: Request, who: _Reader, partner: AnyPost = "") -> SequencesTold:
    """By sender and recipient: gaps in the control references, and those used more than once."""
    with open_workspace(door_of(request).workspace) as opened:
        report = sequences_from(opened, partner.upper())
        network = current_network(opened)
        with opened.reading() as view:
            seen = MailSeen(view.connection, network, who.sees_flow).interchange
    return {
        "gaps": [one for one in report.gaps if seen(one.sender, one.recipient)],
        "repeats": [one for one in report.repeats if seen(one.sender, one.recipient)],
        "uncounted": [one for one in report.uncounted if seen(one.sender, one.recipient)],
    }


@WAYS.get("/dispatches", summary="Dispatches")
def dispatches(
    request: Request, who: _Reader, page: Paging, origin: AnyPost = "", destination: AnyPost = "",
    period: Annotated[str, Query(pattern=r"^([0-9]{4}-(0[1-9]|1[0-2]))?$")] = "",
    overdue: Annotated[bool, Query(description="Only those without RESDES in time.")] = False,
    days: Annotated[int, Query(ge=0, le=365, description="In which a RESDES should come.")] = DAYS,
    at: Moment = None,
) -> Page[DispatchTold]:  # fmt: skip
    """Receptacles advised (PREDES), handed to a carrier (CARDIT), received, missing and in excess
    (RESDES), and the carrier's last word; of one's own flows, by pair and number."""
    door = door_of(request)
    moment = parse_utc(at) if at else door.how.clock.now()
    with open_workspace(door.workspace) as opened:
        found = list_dispatches(opened, moment, "", period, days)
    rows = [
        dispatch_told(one)
        for one in (found.overdue if overdue else found.dispatches)
        if who.sees_flow(one.origin, one.destination)
        and origin.upper() in ("", one.origin)
        and destination.upper() in ("", one.destination)
    ]
    return paged(rows, lambda row: (row["origin"], row["destination"], row["dispatch"]), page)


class ProfileTold(TypedDict):
    """A layout by which messages are read: `bundled`, `accepted` here, or `retired`."""

    name: str
    event: str
    layout: str | None
    version: int | None
    sha256: str | None
    at: str | None


@WAYS.get("/profiles", summary="Layouts that messages are read by")
def profiles(request: Request, who: _Reader) -> list[ProfileTold]:
    """The bundled ones, then those that were accepted or retired here, by name."""
    with open_workspace(door_of(request).workspace) as opened:
        stand = standing_profiles(opened)
    told: list[ProfileTold] = [
        {"name": one.name, "event": "bundled", "layout": str(one.layout), "version": None,
         "sha256": None, "at": None}
        for one in attribute_profiles().profiles
    ]  # fmt: skip
    return told + [
        {"name": one.name, "event": one.event, "layout": None, "version": one.version,
         "sha256": one.sha256, "at": format_utc(one.at)}
        for one in stand
    ]  # fmt: skip
