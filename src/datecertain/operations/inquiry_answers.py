"""Answering an inquiry (req 37). An answer that adds or corrects an event is first of all an event:
it is written as a message of the post that answers and taken in like every other, so that the same
checks, the same sealing and the same judging follow. No answer changes a fact."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datecertain.claims.inquiries import Act, Reply
from datecertain.errors import UsageError
from datecertain.messages.doors import write_json_lines
from datecertain.moments import DAY, format_clock, format_date
from datecertain.operations.clock import Clock
from datecertain.operations.ingesting import ingest
from datecertain.operations.inquiries import Done, Shown, act_on, check_reply
from datecertain.operations.inquiry_rows import Inquiry, inquiry_of
from datecertain.store import Workspace


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """The event that an answer tells: an EMSEVT code, its local time (with its offset, or by the
    clock of the office), the office, and the reason and measure where the code has some."""

    code: str
    local: str
    office: str
    reason: str = ""
    measure: str = ""

    @property
    def plain(self) -> dict[str, str]:
        """As plain data, without what is empty."""
        return {name: getattr(self, name) for name in self.__slots__ if getattr(self, name)}


@dataclass(frozen=True, slots=True)
class Answered:
    """The inquiry as it stands now. `event`: `taken` in, `known` already, `set_aside` (quarantine
    says why), or empty: none was told. `findings` counts what was odd about it, by code."""

    shown: Shown
    event: str
    findings: dict[str, int]


def answer_inquiry(
    workspace: Workspace, inquiry_id: str, reply: str, done: Done, clock: Clock,
    event: ToldEvent | None = None,
) -> Answered:  # fmt: skip
    """Answer an inquiry with a reply code, words that are sealed, and an event if there is one.

    Cut off between the two, run it again: the event is known by then. Raises `UsageError` for a
    reply that does not answer the question.
    """
    with workspace.reading() as view:
        inquiry = inquiry_of(view.connection, inquiry_id)
    check_reply(inquiry, reply)
    at = clock.now() if done.at is None else done.at
    if at < inquiry.events[-1].at:
        raise UsageError("the answer lies before what happened last: give a later moment")
    state, findings, details = "", dict[str, int](), dict[str, Any]()
    if event is not None:
        state, findings = take_event(workspace, inquiry, event, at, clock)
        details = {"event": event.plain, "event_was": state}
    answered = Done(done.actor, str(Reply(reply)), done.note, at)
    shown = act_on(
        workspace, inquiry.inquiry_id, [Act.READ, Act.ANSWERED], answered, clock, details=details
    )
    return Answered(shown, state, findings)


def take_event(
    workspace: Workspace, inquiry: Inquiry, event: ToldEvent, at: int, clock: Clock
) -> tuple[str, dict[str, int]]:
    """Take in the event of an answer as a message from the post that answers: what became of it,
    and how often each finding was made."""
    row = {
        "item_id": inquiry.item_id, "code": event.code, "event_time": event.local,
        "office": event.office, "reason": event.reason or None, "measure": event.measure or None,
        "sender": inquiry.asked, "recipient": inquiry.asking, "transmitted": _utc(at),
        "reference": inquiry.inquiry_id, "offset_source": None,
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"inquiry-{inquiry.inquiry_id}.jsonl"
        path.write_bytes(write_json_lines([row]))
        report = ingest(workspace, path, clock)
    if report.files_known:
        return "known", {}
    return ("set_aside" if report.quarantined else "taken"), dict(report.findings)


def _utc(moment: int) -> str:
    day, minute = divmod(moment, DAY)
    return f"{format_date(day)}T{format_clock(minute)}Z"
