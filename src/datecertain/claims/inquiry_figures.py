"""How well posts answer each other: the figures of the EMS awards, with their counts (req 38).

An inquiry belongs to the month in which it was opened, on the calendar of the post that asked. What
is not over yet and not late yet counts for neither side, so a figure can only be read beside how
many still run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from datecertain.claims.inquiries import Act, Happened, Resolution, Standing, State, stand
from datecertain.claims.inquiry_limits import Limits
from datecertain.moments import format_date, local_day
from datecertain.network import Network


@dataclass(frozen=True, slots=True)
class Asked:
    """An inquiry and what happened to it."""

    asking: str
    asked: str
    events: Sequence[Happened]


@dataclass(slots=True)
class Tally:
    """So many of so many."""

    good: int = 0
    of: int = 0

    def add(self, good: bool) -> None:
        """Count one more."""
        self.of += 1
        self.good += good

    def percent(self) -> float | None:
        """Per cent; None where nothing was counted."""
        return 100 * self.good / self.of if self.of else None


@dataclass(slots=True)
class Figures:
    """How one post did in one month. Replies, first level and openings of questions are counted for
    the post that was asked; closing, and openings of answers, for the post that asked. `target`:
    per cent by the terms, `open_hours` the working hours to open."""

    post: str
    month: str
    received: int = 0
    running: int = 0  # of those received: still open
    replies: Tally = field(default_factory=Tally)
    first_level: Tally = field(default_factory=Tally)
    asked: int = 0
    closed: Tally = field(default_factory=Tally)
    opened: Tally = field(default_factory=Tally)
    opened_min: int = 0  # working minutes to open, all together
    target: dict[str, int] = field(default_factory=dict)
    open_hours: int = 0

    @property
    def minutes_to_open(self) -> float | None:
        """Working minutes to open, on average: that is what the award asks for."""
        return self.opened_min / self.opened.of if self.opened.of else None


def figures(network: Network, inquiries: Iterable[Asked], as_of: int) -> list[Figures]:
    """One row a post and month, in order; what happened after `as_of` is not known yet."""
    limits = Limits(network)
    found: dict[tuple[str, str], Figures] = {}
    for one in inquiries:
        events = [event for event in one.events if event.at <= as_of]
        if events:
            _count(network, limits, one, events, as_of, found)
    return [found[key] for key in sorted(found)]


def _count(
    network: Network, limits: Limits, one: Asked, events: Sequence[Happened], as_of: int,
    found: dict[tuple[str, str], Figures],
) -> None:  # fmt: skip
    now = stand(one.asking, one.asked, events)
    month = format_date(local_day(network.post(one.asking).zone, now.asked_at))[:7]

    def of(post: str) -> Figures:
        row = found.setdefault((post, month), Figures(post, month))
        for name in ("on_time", "first_level", "closed"):
            term = f"inquiry_{name}_percent"
            row.target[name] = limits.term(term, one.asking, one.asked, now.asked_at)
        row.open_hours = limits.term("inquiry_open_hours", one.asking, one.asked, now.asked_at)
        return row

    asked, asking = of(one.asked), of(one.asking)
    asked.received += 1
    asking.asked += 1
    asked.running += now.state.open
    _count_replies(limits, one, events, as_of, asked)
    close_by = limits.close_by(one.asking, one.asked, now.asked_at)
    if now.state is State.CLOSED and now.closed_at is not None:
        asking.closed.add(close_by is None or now.closed_at <= close_by)
        asked.first_level.add(_at_first_level(now))
    elif now.state.open and close_by is not None and close_by < as_of:
        asking.closed.add(False)
    _count_openings(limits, one, events, asked, asking)


def _at_first_level(now: Standing) -> bool:
    return now.resolution == Resolution.SOLVED and now.level == 1


def _count_replies(
    limits: Limits, one: Asked, events: Sequence[Happened], as_of: int, row: Figures
) -> None:
    """Each question of each level: answered in time, late, or not at all and overdue."""
    opened, sent = events[0].at, events[0].at
    waiting = True
    for event in events[1:]:
        if event.act in (Act.ESCALATED, Act.ASKED_AGAIN):
            if waiting:
                row.replies.add(False)  # it went to the next level because no answer came
            sent, waiting = event.at, True
        elif event.act is Act.ANSWERED and waiting:
            by = limits.reply_by(one.asking, one.asked, opened, sent)
            row.replies.add(by is None or event.at <= by)
            waiting = False
        elif event.act in (Act.CLOSED, Act.WITHDRAWN) and waiting:
            by = limits.reply_by(one.asking, one.asked, opened, sent)
            if by is not None and by < event.at:
                row.replies.add(False)
            waiting = False
    by = limits.reply_by(one.asking, one.asked, opened, sent)
    if waiting and by is not None and by < as_of:
        row.replies.add(False)


def _count_openings(
    limits: Limits, one: Asked, events: Sequence[Happened], asked: Figures, asking: Figures
) -> None:
    """Questions and answers that were opened: the working time that it took."""
    opened = since = events[0].at
    for event in events[1:]:
        if event.act in (Act.ASKED_AGAIN, Act.ANSWERED):
            since = event.at
        elif event.act in (Act.READ, Act.REPLY_READ):
            question = event.act is Act.READ
            row = asked if question else asking
            who, whom = (one.asked, one.asking) if question else (one.asking, one.asked)
            by = limits.open_by(whom, who, opened, since)
            took = limits.desks.clock(who, whom, since).minutes_between(since, event.at)
            row.opened.add(by is None or event.at <= by)
            row.opened_min += took
