"""Cases as they are shown: one with all that happened, or a list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from datecertain.access import EVERYTHING, Viewer, keeper
from datecertain.claims.cases import Actor
from datecertain.claims.deciding import Reason, paid_unasked
from datecertain.errors import NotFound
from datecertain.moments import format_date, format_utc
from datecertain.operations.claim_confirmations import asks
from datecertain.operations.claim_items import look_up
from datecertain.operations.claim_rows import (
    StandingRefund,
    StoredCase,
    all_cases,
    find_case,
    refund_of,
)
from datecertain.operations.claiming import item_of
from datecertain.operations.inquiry_rows import inquiries_of_cases
from datecertain.operations.networks import current_network
from datecertain.store import Workspace
from datecertain.wording import Words


def case_seen(workspace: Workspace, name: str, viewer: Viewer) -> StoredCase:
    """The case of an id, or the last one of an item's number, if whoever asks may see it. Raises
    `NotFound`, which says the same whether there is none or it may not be seen."""
    with workspace.reading() as view:
        try:
            case = find_case(view.connection, name)
        except NotFound:
            case = None
    if case is None or not viewer.sees_flow(case.origin, case.destination):
        raise NotFound(f"{name}: no claim was filed here; give the case's id or the item's number")
    return case


def actor_text(actor: str, role: str, words: Words) -> str:
    """Who did something to a case: the terms, the sender or the addressee in words, else a name."""
    if role == Actor.RULE:
        return words.say("care.role.rule")
    return words.label(f"care.claimant.{actor}", actor)


def show_case(workspace: Workspace, name: str) -> dict[str, Any]:
    """A case with its events and its refund. Raises `NotFound`."""
    with workspace.reading() as view:
        case = find_case(view.connection, name)
        refund = refund_of(view.connection, case.item_key)
        asked = inquiries_of_cases(view.connection, [case.case_id]) if asks(case) else {}
    told = case_row(case)
    told["events"] = [
        {
            "event": str(event.event), "state": str(event.state), "at": format_utc(event.at),
            "actor": event.actor, "role": str(event.role), "reason": event.reason,
            "until": None if event.due_at is None else format_utc(event.due_at),
            "level": event.level, "amount_minor": event.amount_minor, "remedy": event.remedy,
        }
        for event in case.events
    ]  # fmt: skip
    told["unasked"] = _unasked(workspace, case, refund)
    told["confirmation"] = None
    if case.case_id in asked:
        inquiry = asked[case.case_id][1]
        standing = inquiry.standing
        told["confirmation"] = {
            "inquiry_id": inquiry.inquiry_id, "asked": inquiry.asked, "state": str(standing.state),
            "reply": standing.reply or None,
        }  # fmt: skip
    told["refund"] = (
        None if refund is None
        else {"amount_minor": refund.amount_minor, "mode": refund.mode,
              "by_this_case": refund.case_id == case.case_id}
    )  # fmt: skip
    return told


def _unasked(
    workspace: Workspace, case: StoredCase, refund: StandingRefund | None
) -> dict[str, Any] | None:
    """Of a claim that came too late on an automatic lane: that the run of refunds pays the item all
    the same, or has paid it."""
    if not any(one.reason == Reason.TOO_LATE for one in case.events):
        return None
    if refund is not None and refund.amount_minor and refund.case_id is None:
        return {"paid": True, "amount_minor": refund.amount_minor}
    network = current_network(workspace)
    item = item_of(look_up(workspace, network, [case.item_id], case.now.at), case)
    if item is None or item.row is None or not paid_unasked(item.row):
        return None
    return {"paid": False, "amount_minor": item.row["amount_minor"]}


def case_row(case: StoredCase) -> dict[str, Any]:
    """A case in one row."""
    now = case.now
    return {
        "case": case.case_id, "filed": case.seq, "item_id": case.item_id, "origin": case.origin,
        "destination": case.destination, "accepted_on": format_date(case.accepted_date),
        "claimant": str(case.claim.claimant), "received": format_utc(case.claim.asked_at),
        "asks": sorted(case.claim.asks), "reference": case.reference, "state": str(now.state),
        "reason": now.reason, "amount_minor": now.amount_minor, "currency": case.currency,
        "remedy": now.remedy, "level": now.level,
        "until": None if now.due_at is None else format_utc(now.due_at),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases are asked for; what is empty asks for all."""

    state: str = ""
    origin: str = ""
    destination: str = ""
    overdue_at: int | None = None  # those whose deadline has passed by a moment

    def wants(self, case: StoredCase) -> bool:
        """Whether it asks for a case."""
        due = case.now.due_at
        return (
            self.state in ("", str(case.state))
            and self.origin in ("", case.origin)
            and self.destination in ("", case.destination)
            and (self.overdue_at is None or (due is not None and due <= self.overdue_at))
        )


def list_cases(
    workspace: Workspace, wanted: CaseFilter, viewer: Viewer | None = None
) -> Iterable[dict[str, Any]]:
    """The cases that a filter asks for and a viewer may see, in the order of filing."""
    viewer = viewer or keeper()
    with workspace.reading() as view:
        cases = all_cases(view.connection, "" if viewer.post == EVERYTHING else viewer.post)
    return [
        case_row(case) for case in cases
        if wanted.wants(case) and viewer.sees_flow(case.origin, case.destination)
    ]  # fmt: skip
