"""The action register of the chief executives' meetings: who does what until when, and what the
figure that it shall move was at the meeting and is now (req 70). Rows are added, never changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, insert, select

from datecertain.errors import NotFound, UsageError
from datecertain.moments import DAY, format_date
from datecertain.operations.clock import Clock
from datecertain.operations.data_quality import quality_report
from datecertain.operations.networks import current_network
from datecertain.operations.pack_queries import EVENT_TABLES, JUDGED_TABLES, Questions
from datecertain.operations.report_cards import Group, report_cards
from datecertain.planning.meeting import Query
from datecertain.quality import CONFIDENCE, TARGET_PPM, Kind, Score
from datecertain.quality.cards import Asked, Card
from datecertain.settlement import Period
from datecertain.store import Workspace, batch_id
from datecertain.store.meeting_records import meeting_actions

#: Every post of the group sees the register.
ALL_POSTS = "*"
ADDED, DONE, OPEN = "added", "done", "open"
OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Decided:
    """What a meeting decided: days are day numbers; `figure`: `on_time:KR>US`, `on_time:all`,
    `complete:US`, or empty."""

    meeting_on: int
    owner: str
    due_on: int
    title_en: str
    title_ko: str
    figure: str = ""
    measured: str = ""  # the month of acceptance that stood before the meeting


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure of a month: `good` of `n`, None where nothing of it is known."""

    good: int | None
    n: int | None
    query: Query | None

    @property
    def share(self) -> float | None:
        """Good of n."""
        return self.good / self.n if self.good is not None and self.n else None


@dataclass(slots=True)
class _Month:
    """A month that figures are measured in, read once for all of them; data quality as of a
    moment."""

    workspace: Workspace
    month: str
    as_of: int
    _cards: tuple[Card, ...] | None = field(default=None, init=False)
    _scores: tuple[Score, ...] | None = field(default=None, init=False)

    def cards(self) -> tuple[Card, ...]:
        """The report cards of its lanes. Raises `NotFound`."""
        if self._cards is None:
            period = Period.month(self.month)
            asked = Asked(period.first_day, period.last_day, TARGET_PPM, CONFIDENCE, 0.02)
            self._cards = report_cards(self.workspace, Group.LANE, asked).cards
        return self._cards

    def scores(self) -> tuple[Score, ...]:
        """How good its events are. Raises `NotFound`."""
        if self._scores is None:
            self._scores = tuple(quality_report(self.workspace, self.month, self.as_of).scores)
        return self._scores


def measure(workspace: Workspace, figure: str, month: str, as_of: int) -> Measured:
    """What a figure is in a month of acceptances, from the facts; data quality as of a moment.

    Raises `UsageError` for a figure that is none.
    """
    return _measured(_Month(workspace, month, as_of), figure)


def _measured(facts: _Month, figure: str) -> Measured:
    name, _, of = figure.partition(":")
    ask = Questions(facts.workspace, current_network(facts.workspace), (facts.month,))
    try:
        if name == "on_time" and (of == "all" or ">" in of):
            return _on_time(facts, ask, of)
        if name == "complete" and of:
            return _complete(facts, ask, of)
    except NotFound:
        return Measured(None, None, None)
    raise UsageError(
        f"--figure {figure!r}: write on_time:KR>US, on_time:all (of all lanes) or complete:US",
        "action.figure",
        figure=figure,
    )


def _on_time(facts: _Month, ask: Questions, of: str) -> Measured:
    month = facts.month
    mine = [one for one in facts.cards() if of in ("all", one.name)]
    ask.ask("report_cards", f"datecertain report card --by lane --from {month} --json",
            {"by": "lane", "months": [month], "lane": of}, JUDGED_TABLES)  # fmt: skip
    if not mine:
        return Measured(None, None, ask.asked[0])
    return Measured(sum(one.good for one in mine), sum(one.judged for one in mine), ask.asked[0])


def _complete(facts: _Month, ask: Questions, post: str) -> Measured:
    month, as_of = facts.month, facts.as_of
    ask.ask("quality_report", f"datecertain quality --period {month} --post {post} --json",
            {"month": month, "post": post, "as_of": as_of}, EVENT_TABLES)  # fmt: skip
    scored = [one for one in facts.scores() if one.post == post and one.kind is Kind.MISSING]
    of = sum(one.of for one in scored)
    if not of:
        return Measured(None, None, ask.asked[0])
    return Measured(of - sum(one.bad for one in scored), of, ask.asked[0])


def add_action(workspace: Workspace, decided: Decided, actor: str, clock: Clock) -> int:
    """Write down what was decided; its number. The same again (meeting, owner, title) is one.

    Raises `UsageError` for an unknown post, a due day before the meeting, a figure without a month.
    """
    network = current_network(workspace)
    if decided.owner not in network.posts:
        raise UsageError(
            f"no post {decided.owner!r}: there are {', '.join(network.posts)}",
            "action.post",
            post=decided.owner,
        )
    if decided.due_on < decided.meeting_on:
        raise UsageError(
            f"due on {format_date(decided.due_on)}, before the meeting of "
            f"{format_date(decided.meeting_on)}",
            "action.due",
            due=format_date(decided.due_on),
            meeting=format_date(decided.meeting_on),
        )
    if bool(decided.figure) is not bool(decided.measured):
        raise UsageError(
            "a figure needs the month it stood in at the meeting: --figure, --period",
            "action.month",
        )
    if not decided.title_en.strip() or not decided.title_ko.strip():
        raise UsageError("an action is named in both languages: --en, --ko", "action.names")
    now = clock.now()
    was = Measured(None, None, None)
    if decided.figure:
        was = measure(workspace, decided.figure, decided.measured, now)
    with workspace.reading() as view:
        held = _rows(view.connection)
    for row in held:
        if row["event"] == ADDED and _same(row, decided):
            return int(row["action"])
    number = max((int(row["action"]) for row in held), default=0) + 1
    _write(workspace, now, {
        "action": number, "seq": 0, "owner": decided.owner, "audience": ALL_POSTS, "event": ADDED,
        "meeting_on": decided.meeting_on, "due_on": decided.due_on,
        "title_en": decided.title_en.strip(), "title_ko": decided.title_ko.strip(),
        "figure": decided.figure, "measured": decided.measured, "good": was.good, "n": was.n,
        "digest": was.query.digest if was.query else "", "note": "", "actor": actor, "at": now,
    })  # fmt: skip
    return number


def _same(row: dict[str, Any], decided: Decided) -> bool:
    return (row["meeting_on"], row["owner"], row["title_en"]) == (
        decided.meeting_on, decided.owner, decided.title_en.strip(),
    )  # fmt: skip


def finish_action(
    workspace: Workspace, number: int, note: str, actor: str, clock: Clock
) -> bool:  # fmt: skip
    """Write down that an action is done; False: it was before. Raises `NotFound`."""
    with workspace.reading() as view:
        mine = [row for row in _rows(view.connection) if row["action"] == number]
    if not mine:
        raise NotFound(
            f"no action {number} is in the register: see `datecertain pack action list`",
            "action.unknown",
            number=number,
        )
    if mine[-1]["event"] == DONE:
        return False
    now = clock.now()
    first = {
        name: mine[0][name]
        for name in (
            "action",
            "owner",
            "audience",
            "meeting_on",
            "due_on",
            "title_en",
            "title_ko",
            "figure",
        )
    }
    _write(workspace, now, first | {
        "seq": len(mine), "event": DONE, "measured": "", "good": None, "n": None, "digest": "",
        "note": note, "actor": actor, "at": now,
    })  # fmt: skip
    return True


def list_actions(
    workspace: Workspace, month: str | None, now: int, as_of: int | None = None
) -> list[dict[str, Any]]:
    """Every action with its state, and its figure at the meeting and in a month (None: not asked).

    `overdue`: not done, and its day has passed at `now`; `as_of`: of data quality (None: `now`).
    """
    with workspace.reading() as view:
        rows = _rows(view.connection)
    facts = None if month is None else _Month(workspace, month, now if as_of is None else as_of)
    return [_shown(facts, told, now) for told in _by_action(rows)]


def _shown(facts: _Month | None, told: list[dict[str, Any]], now: int) -> dict[str, Any]:
    first, last = told[0], told[-1]
    state = DONE if last["event"] == DONE else OVERDUE if first["due_on"] < now // DAY else OPEN
    month = facts.month if facts else None
    found = Measured(None, None, None)
    if first["figure"] and facts:
        found = _measured(facts, first["figure"])
    was = Measured(first["good"], first["n"], None)
    return {
        "action": first["action"], "meeting": format_date(first["meeting_on"]),
        "owner": first["owner"], "due": format_date(first["due_on"]), "state": state,
        "title": {"en": first["title_en"], "ko": first["title_ko"]}, "figure": first["figure"],
        "at_meeting": {"period": first["measured"], "good": was.good, "n": was.n,
                       "share": was.share, "digest": first["digest"]},
        "now": {"period": month if first["figure"] else None, "good": found.good, "n": found.n,
                "share": found.share, "digest": found.query.digest if found.query else ""},
        "note": last["note"], "done_at": last["at"] if state == DONE else None,
    }  # fmt: skip


def _by_action(rows: Iterable[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["action"], []).append(row)
    return list(found.values())


def _rows(connection: Connection) -> list[dict[str, Any]]:
    table = meeting_actions
    query = select(table).order_by(table.c.action, table.c.seq)
    return [dict(row) for row in connection.execute(query).mappings()]


def _write(workspace: Workspace, now: int, row: dict[str, Any]) -> None:
    batch = batch_id("meeting_action", str(row["action"]), str(row["seq"]), row["title_en"])
    with workspace.commit("meeting_action", batch, now=now) as commit:
        commit.records(
            lambda link: link.execute(insert(meeting_actions), [row | {"batch_id": batch}])
        )
