"""Time limits of inquiries, on the working clock of the post that has to act (req 37, 38).

Every limit is a dated term of the pair of posts, taken as it was when the inquiry was opened.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from datecertain.claims.inquiries import Act, Happened, Standing, State
from datecertain.claims.working_time import Desks
from datecertain.moments import local_day
from datecertain.network import Network, Scope


class Limit(StrEnum):
    """What has to be done in time."""

    OPEN = "open"  # the post that was asked opens the question
    REPLY = "reply"  # it answers
    OPEN_REPLY = "open_reply"  # the post that asked opens the answer
    ESCALATE = "escalate"  # not answered so long after the limit: the next level is asked
    CLOSE = "close"  # the whole inquiry is closed


@dataclass(frozen=True, slots=True)
class Due:
    """A limit that runs: the post that has to act, and by when (UTC minutes; None: beyond the
    calendar of the network)."""

    limit: Limit
    post: str
    by: int | None


class Limits:
    """The time limits of the inquiries of a network."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.desks = Desks(network)

    def term(self, name: str, asking: str, asked: str, opened_at: int) -> int:
        """The value of a term between two posts on the day on which the inquiry was opened (local
        date of the post that asks)."""
        day = local_day(self._network.post(asking).zone, opened_at)
        return int(self._network.terms.value(Scope.RELATION, name, asking, asked, day))

    def open_by(self, asking: str, asked: str, opened_at: int, since: int) -> int | None:
        """By when what was sent to `asked` at a moment should be opened."""
        hours = self.term("inquiry_open_hours", asking, asked, opened_at)
        return self.desks.clock(asked, asking, since).after_hours(since, hours)

    def reply_by(self, asking: str, asked: str, opened_at: int, since: int) -> int | None:
        """By when a question sent at a moment should be answered."""
        days = self.term("inquiry_reply_days", asking, asked, opened_at)
        return self.desks.clock(asked, asking, since).after_days(since, days)

    def escalate_at(self, asking: str, asked: str, opened_at: int, since: int) -> int | None:
        """When a question that is still not answered goes to the next level."""
        days = self.term("inquiry_reply_days", asking, asked, opened_at)
        days += self.term("inquiry_escalate_days", asking, asked, opened_at)
        return self.desks.clock(asked, asking, since).after_days(since, days)

    def close_by(self, asking: str, asked: str, opened_at: int) -> int | None:
        """By when the inquiry should be closed: working days of the post that asked."""
        days = self.term("inquiry_close_days", asking, asked, opened_at)
        return self.desks.clock(asking, asked, opened_at).after_days(opened_at, days)

    def running(self, asking: str, asked: str, now: Standing) -> list[Due]:
        """The limits that run in the present state, the one to be met first in front."""
        if not now.state.open:
            return []
        opened, sent = now.asked_at, now.sent_at
        found = [Due(Limit.CLOSE, asking, self.close_by(asking, asked, opened))]
        if now.state in (State.SENT, State.READ):
            found.append(Due(Limit.REPLY, asked, self.reply_by(asking, asked, opened, sent)))
            if now.level < self.term("inquiry_levels", asking, asked, opened):
                late = self.escalate_at(asking, asked, opened, sent)
                found.append(Due(Limit.ESCALATE, asking, late))
        if now.state is State.SENT:
            found.append(Due(Limit.OPEN, asked, self.open_by(asking, asked, opened, sent)))
        if now.state is State.ANSWERED and now.answered_at is not None:
            by = self.open_by(asked, asking, opened, now.answered_at)
            found.append(Due(Limit.OPEN_REPLY, asking, by))
        return sorted(found, key=lambda one: (one.by is None, one.by or 0, one.limit))


@dataclass(frozen=True, slots=True)
class Owed:
    """A reminder or an escalation that has to be made because a limit passed."""

    act: Act
    post: str  # whose act it is
    due: Due


def owed(
    limits: Limits, asking: str, asked: str, now: Standing, events: Sequence[Happened], as_of: int
) -> Iterator[Owed]:  # fmt: skip
    """What is owed by a moment and was not made yet; once it is made, it is not told again."""
    made = {(event.act, event.reason, event.details.get("due")) for event in events}
    for due in limits.running(asking, asked, now):
        if due.by is None or due.by > as_of:
            continue
        act = Act.ESCALATED if due.limit is Limit.ESCALATE else Act.REMINDED
        waits = now.state in (State.SENT, State.READ)
        if (act, str(due.limit), due.by) not in made:
            yield Owed(act, asking if waits else asked, due)
