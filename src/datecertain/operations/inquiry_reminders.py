"""Reminders and escalations that have become due, as a run that can be repeated (req 37): a limit
that was reminded of is not reminded of again."""

from __future__ import annotations

from dataclasses import dataclass, field

from datecertain.claims.inquiries import Act, Happened, after
from datecertain.claims.inquiry_limits import Limits, Owed, owed
from datecertain.errors import UsageError
from datecertain.moments import format_utc
from datecertain.operations.clock import Clock
from datecertain.operations.inquiry_rows import Inquiry, add_events, find_inquiries
from datecertain.operations.networks import current_network
from datecertain.store import Workspace

#: More than this a single run never makes of one inquiry: each limit once, and one escalation.
_MOST_ROUNDS = 8


@dataclass(slots=True)
class Reminded:
    """What a run did: of so many open inquiries, what it made of which."""

    as_of: int
    open: int = 0
    made: list[tuple[Inquiry, Owed]] = field(default_factory=list)

    def count(self, act: Act) -> int:
        """How many of an act were made."""
        return sum(one.act is act for _, one in self.made)


def remind(
    workspace: Workspace, clock: Clock, actor: str, as_of: int | None = None, asking: str = ""
) -> Reminded:
    """Make every reminder and escalation that is due by a moment (None: now) and was not made: of
    all inquiries, or of those of one post.

    All of it is one transaction. Raises `UsageError` for a moment that has not come.
    """
    now = clock.now()
    moment = now if as_of is None else as_of
    if moment > now:
        raise UsageError(f"{format_utc(moment)} has not come yet: nothing is due by then")
    limits, report = Limits(current_network(workspace)), Reminded(moment)
    with workspace.writing() as connection:
        for inquiry in find_inquiries(connection, still_open=True):
            if inquiry.events[-1].at > moment or asking not in ("", inquiry.asking):
                continue
            report.open += 1
            events = list(inquiry.events)
            for due in _due(limits, inquiry, events, moment):
                details = {"due": due.due.by, "to": due.due.post}
                events.append(
                    Happened(due.act, moment, now, actor, due.post, str(due.due.limit), details)
                )
                report.made.append((inquiry, due))
            first = len(inquiry.events)
            add_events(connection, inquiry, events[first:], first)
    return report


def _due(limits: Limits, inquiry: Inquiry, events: list[Happened], moment: int) -> list[Owed]:
    """What is owed, in order; after an escalation new limits run."""
    made: list[Owed] = []
    standing, told = inquiry.standing, list(events)
    for _ in range(_MOST_ROUNDS):
        found = owed(limits, inquiry.asking, inquiry.asked, standing, told, moment)
        one = next(found, None)
        if one is None:
            break
        event = Happened(one.act, moment, moment, "", one.post, str(one.due.limit),
                         {"due": one.due.by})  # fmt: skip
        standing = after(inquiry.asking, inquiry.asked, standing, event)
        told.append(event)
        made.append(one)
    return made
