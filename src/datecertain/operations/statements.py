"""Statements as they stand here: found, shown, contested, answered, made final, accepted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from sqlalchemy import Connection, func, insert, select

from datecertain.access import EVERYTHING, Viewer
from datecertain.errors import NotFound, UsageError
from datecertain.kept import Kept
from datecertain.operations.clock import Clock
from datecertain.settlement import Statement
from datecertain.settlement.life import (
    WHOLE_STATEMENT,
    Act,
    Event,
    Standing,
    demand,
    silent,
    standing,
)
from datecertain.settlement.statements import statement_of, terms_in
from datecertain.settlement.tariffs import StatementTerms
from datecertain.store import Workspace, batch_id
from datecertain.store import settlement_records as tables


@dataclass(frozen=True)
class Standee:
    """A statement with its life. `version`: of its pair and period, from 1."""

    statement_id: str
    version: int
    written_at: int
    statement: Statement
    events: tuple[Event, ...]

    @property
    def standing(self) -> Standing:
        """How it stands."""
        return standing(self.statement, self.events)

    @property
    def terms(self) -> StatementTerms | None:
        """What the posts agreed on it."""
        return terms_in(self.statement)

    @property
    def pair(self) -> tuple[str, str]:
        return self.statement.one, self.statement.other


def pair_of(text: str) -> tuple[str, str]:
    """The posts of `KR-US`, in order of the alphabet. Raises `UsageError`."""
    posts = text.upper().split("-")
    if len(posts) != 2 or not all(posts) or posts[0] == posts[1]:
        raise UsageError(
            f"{text!r} is not a pair of posts: write KR-US", "statement.pair", pair=text
        )
    return min(posts), max(posts)


def said_so_far(workspace: Workspace) -> tuple[int, ...]:
    """How much was booked, stated, said, netted and paid so far: all of it is only ever added to,
    so that what rests on the books is as it was while this is."""
    counted = (tables.statements, tables.statement_events, tables.netting_rounds,
               tables.payments_made)  # fmt: skip
    with workspace.reading() as view:
        last = view.connection.execute(select(func.max(tables.journal.c.seq))).scalar() or 0
        rows = [
            view.connection.execute(select(func.count()).select_from(one)).scalar_one()
            for one in counted
        ]
    return last, *rows


def statements_here(
    connection: Connection, period: str | None = None, pair: tuple[str, str] | None = None,
    version: int | None = None, pairs: Collection[tuple[str, str]] | None = None,
    wanted: Callable[[tuple[Event, ...]], bool] = lambda said: True,
) -> tuple[Standee, ...]:  # fmt: skip
    """The statements of a period (default: of all) and a pair (default: of all; or of some
    `pairs`), in their latest version or in the one asked for, in order of period and pair; of them
    those that are `wanted` by what was said of them: only their texts are read."""
    table = tables.statements.c
    latest = (
        select(table.period, table.post_a, table.post_b, func.max(table.version).label("version"))
        .group_by(table.period, table.post_a, table.post_b)
        .subquery()
    )
    # What stands in a row behind its text, which can be megabytes, is read with it.
    query = select(table.statement_id, table.version, table.sha256, table.post_a, table.post_b)
    if version is None:
        query = query.join(
            latest,
            (table.period == latest.c.period) & (table.post_a == latest.c.post_a)
            & (table.post_b == latest.c.post_b) & (table.version == latest.c.version),
        )  # fmt: skip
    else:
        query = query.where(table.version == version)
    if period is not None:
        query = query.where(table.period == period)
    if pair is not None:
        query = query.where(table.post_a == pair[0], table.post_b == pair[1])
    rows = connection.execute(query.order_by(table.period, table.post_a, table.post_b)).all()
    if pairs is not None:
        rows = [row for row in rows if (row.post_a, row.post_b) in pairs]
    found, every = [], _events(connection, [row.statement_id for row in rows])
    for row in rows:
        said = every.get(row.statement_id, ())
        if wanted(said):
            which = connection.engine.url, row.statement_id, row.sha256
            statement, written_at = _READ.get(which, partial(_read, connection, row.statement_id))
            found.append(Standee(row.statement_id, row.version, written_at, statement, said))
    return tuple(found)


#: Statements that were read lately, with when they were written, by the records, their name and
#: the hash of their content: none of it ever changes.
_READ: Kept[tuple[Statement, int]] = Kept(64)


def _read(connection: Connection, statement_id: str) -> tuple[Statement, int]:
    table = tables.statements.c
    query = select(table.content, table.created_at).where(table.statement_id == statement_id)
    content, written_at = connection.execute(query).one()
    return statement_of(bytes(content)), written_at


def _events(
    connection: Connection, statements: Sequence[str]
) -> Mapping[str, tuple[Event, ...]]:  # fmt: skip
    """What was said of some statements, in order; nothing of those that are not there."""
    table = tables.statement_events.c
    rows = connection.execute(
        select(
            table.statement_id,
            table.event,
            table.actor,
            table.line,
            table.item,
            table.at,
            table.reason,
            func.coalesce(table.account, ""),
        )
        .where(table.statement_id.in_(statements))
        .order_by(table.statement_id, table.seq)
    ).all()
    return {
        statement: tuple(Event(Act(row[1]), *row[2:]) for row in said)
        for statement, said in groupby(rows, key=lambda row: str(row[0]))
    }


_NOT_HERE = (
    "there is not {which} statement {pair} of {period} here: `datecertain statement list` shows "
    "what there is"
)


def find_statement(
    workspace: Workspace, period: str, pair: tuple[str, str], version: int | None = None
) -> Standee:
    """One statement with its life. Raises `NotFound`."""
    with workspace.reading() as view:
        found = statements_here(view.connection, period, pair, version)
    if not found:
        which = f"version {version} of the" if version else "a"
        raise NotFound(
            _NOT_HERE.format(which=which, pair="-".join(pair), period=period),
            "statement.unknown",
            pair="-".join(pair),
            period=period,
        )
    return found[0]


def statement_seen(
    workspace: Workspace, viewer: Viewer, period: str, pair: str, version: int | None = None
) -> Standee:
    """A statement that whoever asks may see: its post is one of the two. Raises `NotFound`, the
    same for one that is not there, and `UsageError` for what is no pair."""
    posts = pair_of(pair)
    if not viewer.sees_flow(*posts):
        which = f"version {version} of the" if version else "a"
        raise NotFound(
            _NOT_HERE.format(which=which, pair="-".join(posts), period=period),
            "statement.unknown",
            pair="-".join(posts),
            period=period,
        )
    return find_statement(workspace, period, posts, version)


def statement_names(
    workspace: Workspace, viewer: Viewer, period: str | None = None
) -> list[tuple[str, str, str]]:
    """(period, post, other post) of the statements that whoever asks may see, in order."""
    table = tables.statements.c
    query = select(table.period, table.post_a, table.post_b).distinct()
    if period is not None:
        query = query.where(table.period == period)
    if viewer.post != EVERYTHING:
        query = query.where((table.post_a == viewer.post) | (table.post_b == viewer.post))
    with workspace.reading() as view:
        rows = view.connection.execute(query.order_by(table.period, table.post_a, table.post_b))
        return [(row[0], row[1], row[2]) for row in rows if viewer.sees_flow(row[1], row[2])]


def former_version(workspace: Workspace, found: Standee) -> Standee | None:
    """The version of a statement before this one; None where it is the first. A settlement that
    leaves a pair's statement as it was writes no version of it."""
    for number in range(found.version - 1, 0, -1):
        try:
            return find_statement(workspace, found.statement.period, found.pair, number)
        except NotFound:
            continue
    return None


def list_statements(workspace: Workspace, period: str | None) -> tuple[Standee, ...]:
    """The latest version of every statement of a period, or of all. Raises `NotFound`."""
    with workspace.reading() as view:
        found = statements_here(view.connection, period)
    if not found:
        raise NotFound(
            "no statement was written here: run `datecertain settle` first", "statement.none"
        )
    return found


def say_of_statement(
    workspace: Workspace, period: str, pair: tuple[str, str], act: Act, actor: str, reason: str,
    clock: Clock, lines: Sequence[int] = (WHOLE_STATEMENT,), item: str = "", account: str = "",
) -> Standee:  # fmt: skip
    """Write down what a post says of a statement, by whose account; how it stands then.

    Raises `UsageError` when that cannot be said now, `NotFound` without the statement.
    """
    found = find_statement(workspace, period, pair)
    said = [Event(act, actor, line, item, clock.now(), reason, account) for line in lines]
    events = list(found.events)
    for one in said:
        demand(found.statement, events, one)
        events.append(one)
    write_events(workspace, [(found, said)], clock.now())
    return find_statement(workspace, period, pair)


def accept(
    workspace: Workspace, period: str, pair: tuple[str, str], actor: str, in_part: bool,
    reason: str, clock: Clock, account: str = "",
) -> Standee:  # fmt: skip
    """A post accepts a final statement, by whose account. Raises `UsageError` when lines are
    contested and it does not say that it accepts in part."""
    stands = find_statement(workspace, period, pair).standing
    if stands.open and not in_part:
        lines = ", ".join(str(one.line) for one in stands.open)
        raise UsageError(
            f"statement {period} {pair[0]}-{pair[1]}: the lines {lines} are contested: accept the "
            "rest with --in-part, or withdraw",
            "statement.contested",
            lines=lines,
        )
    return say_of_statement(
        workspace, period, pair, Act.ACCEPTED, actor, reason, clock, account=account
    )


def is_closed(connection: Connection, period: str) -> bool:
    """Whether a period's statements were made final: nothing is booked into it any more."""
    events, statements = tables.statement_events.c, tables.statements.c
    query = (
        select(func.count())
        .select_from(tables.statement_events.join(tables.statements))
        .where(statements.period == period, events.event == Act.FINALISED.value)
    )
    return bool(connection.execute(query).scalar_one())


def closed_periods(connection: Connection) -> tuple[str, ...]:
    """The periods whose statements were made final, in order."""
    periods = select(tables.statements.c.period).distinct()
    names = connection.execute(periods.order_by(tables.statements.c.period)).scalars()
    return tuple(name for name in names if is_closed(connection, name))


def silences(found: Standee, now: int) -> list[Event]:
    """What a post's silence says of a statement by now: that it accepts."""
    return [
        Event(Act.ACCEPTED, post, WHOLE_STATEMENT, "", now, "silence: the days to answer are over")
        for post in silent(found.statement, found.events, found.terms, now)
    ]


def event_rows(found: Standee, said: Sequence[Event], batch: str) -> list[dict[str, object]]:
    """Rows of `statement_events` for what is said of a statement after all that was said."""
    one, other = found.pair
    return [
        {
            "statement_id": found.statement_id, "seq": len(found.events) + number,
            "owner": event.actor or one, "audience": f"{one}+{other}", "event": event.act.value,
            "actor": event.actor, "line": event.line, "item": event.item, "at": event.at,
            "reason": event.reason, "batch_id": batch, "account": event.account,
        }
        for number, event in enumerate(said)
    ]  # fmt: skip


def write_events(
    workspace: Workspace, said: Sequence[tuple[Standee, Sequence[Event]]], now: int
) -> None:
    """All of it in one commit, or nothing. What was said of the statements before is part of the
    batch's name: said twice at once it is written once."""
    names = [f"{one.statement_id}:{len(one.events)}" for one, _ in said]
    what = [f"{event.act}:{event.actor}:{event.line}:{event.item}" for _, e in said for event in e]
    batch = batch_id("statement", *names, *what)
    with workspace.commit("statement", batch, now=now) as commit:
        rows = [row for one, events in said for row in event_rows(one, events, batch)]
        if rows:
            commit.records(
                lambda connection: connection.execute(insert(tables.statement_events), rows)
            )
