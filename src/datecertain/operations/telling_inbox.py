"""The inbox as programs read it: its status, and what waits in quarantine."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, cast

from typing_extensions import TypedDict

from datecertain.moments import format_utc
from datecertain.operations.agreements import told as silence_told
from datecertain.operations.inbox import InboxStatus, Partner
from datecertain.operations.quarantine import Part


class PartnerTold(TypedDict):
    """What came from one post (null: nobody knows from whom): counts, findings by code, parts that
    wait by reason, gaps in its references, and the answers (CONTRL) between it and here."""

    post: str | None
    files: int
    interchanges: int
    tests: int
    messages: int
    events: int
    heard_at: str | None
    findings: dict[str, int]
    waiting: dict[str, int]
    gaps: list[dict[str, Any]]
    answers_due: int
    answered: dict[str, int]
    refused: list[dict[str, Any]]


class ExpectationTold(TypedDict):
    """What was agreed with a post, and for how long it has been silent."""

    post: str
    message: str
    every_hours: int
    valid_from: str
    valid_to: str | None
    contact: str | None
    heard_at: str | None
    silent_minutes: int
    alarm: bool


class InboxTold(TypedDict):
    """The status of the inbox at a moment; `findings` are the alarms."""

    as_of: str
    partners: list[PartnerTold]
    expectations: list[ExpectationTold]
    findings: list[dict[str, Any]]


class PartTold(TypedDict):
    """A part that was set aside and waits."""

    id: str
    batch_id: str
    partner: str
    source: str
    position: str
    reason: str
    item: str | None
    created_at: str


def status_as_json(found: InboxStatus) -> InboxTold:
    """The status as one document."""
    return {
        "as_of": format_utc(found.as_of),
        "partners": [_partner(partner) for partner in found.partners],
        "expectations": [cast(ExpectationTold, silence_told(one)) for one in found.silences],
        "findings": [asdict(silence.finding()) for silence in found.alarms],
    }


def _partner(partner: Partner) -> PartnerTold:
    heard = None if partner.heard_at is None else format_utc(partner.heard_at)
    return cast(PartnerTold, asdict(partner) | {"post": partner.post or None, "heard_at": heard})


def part_as_json(part: Part) -> PartTold:
    """One part."""
    return cast(PartTold, asdict(part) | {"created_at": format_utc(part.created_at)})
