"""What the records tell of what happened: refunds, claims, inquiries, statements, lanes, networks.

All these tables only grow. A table is looked through when it has more rows than at the last look,
and a row is told that was not told yet: whatever wrote it, nothing is missed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Row,
    Select,
    Table,
    Text,
    cast,
    func,
    literal,
    literal_column,
    select,
)

from datecertain.moments import DAY
from datecertain.operations.happening_kinds import Kind
from datecertain.operations.happening_limits import limits_on
from datecertain.store.case_records import inquiries, inquiry_events
from datecertain.store.claim_records import claim_cases, claim_events, refund_events, refunds
from datecertain.store.happening_book import Found
from datecertain.store.happening_records import happenings
from datecertain.store.lane_records import lane_acts
from datecertain.store.records import EVERYBODY, network_publications
from datecertain.store.settlement_records import statement_events, statements

#: Rows of a source that one look tells; the next look tells the others.
_AT_ONCE = 20_000
#: The version under which a large run is told.
_RUN = literal("run")


@dataclass(frozen=True, slots=True)
class Source:
    """A table and what its rows tell: `subject` and `version` are SQL expressions that name a
    happening. Of a run that wrote more rows than the limit, one row tells how many."""

    kind: Kind
    table: Table
    query: Select[Any]
    subject: Any
    version: Any
    body: Callable[[Row[Any]], Mapping[str, Any]]
    run: Column[Any] | None = None  # the run that wrote a row, where runs write many

    def rows(self, connection: Connection, now: int) -> Iterator[dict[str, Any]]:
        """What was not told yet, as rows of `happenings` without number."""
        query = self.query
        if self.run is not None:
            query = query.where(self.run.is_(None) | self.run.not_in(self._large(now)))
            large = self._of_large_runs(now)
            for row in self._untold(connection, large, literal_column("subject"), _RUN):
                body = {"state": "many", "items": row.items}
                yield self._row(row, now, body)
        for row in self._untold(connection, query, self.subject, self.version):
            yield self._row(row, now, dict(self.body(row)))

    def _untold(
        self, connection: Connection, query: Select[Any], subject: Any, version: Any
    ) -> Iterator[Row[Any]]:
        named = query.add_columns(subject.label("_subject"), version.label("_version"))
        told = select(happenings.c.seq).where(
            happenings.c.kind == str(self.kind), happenings.c.subject == subject,
            happenings.c.version == version,
        )  # fmt: skip
        yield from connection.execute(named.where(~told.exists()).limit(_AT_ONCE))

    def _row(self, row: Row[Any], now: int, body: dict[str, Any]) -> dict[str, Any]:
        return {
            "owner": row.owner, "audience": row.audience, "kind": str(self.kind),
            "subject": row._mapping["_subject"], "version": row._mapping["_version"],
            "at": row.at, "told_at": now, "body": body,
        }  # fmt: skip

    def _large(self, now: int) -> Select[Any]:
        """The runs that wrote more rows than are told one by one."""
        assert self.run is not None
        most = limits_on(now // DAY).of_a_run
        return (
            select(self.run).where(self.run.is_not(None)).group_by(self.run)
            .having(func.count() > most)
        )  # fmt: skip

    def _of_large_runs(self, now: int) -> Select[Any]:
        """What large runs wrote of each pair of posts, counted."""
        assert self.run is not None
        one = self.query.add_columns(self.run.label("run")).where(self.run.in_(self._large(now)))
        rows = one.subquery()
        counted = (
            select(
                func.min(rows.c.owner).label("owner"), rows.c.audience,
                func.max(rows.c.at).label("at"), func.count().label("items"),
                (rows.c.audience + " " + rows.c.run).label("subject"),
            )
            .group_by(rows.c.audience, rows.c.run)
            .subquery()
        )  # fmt: skip
        return select(counted)


def records_found(connection: Connection, marks: Mapping[str, int], now: int) -> Found:
    """What the records tell that was not told yet, in the order in which it happened."""
    rows, moved = list[dict[str, Any]](), dict[str, int]()
    for table in {source.table.name: source.table for source in SOURCES}.values():
        count = connection.execute(select(func.count()).select_from(table)).scalar_one()
        if count == marks.get(table.name, 0):
            continue
        mine = [source for source in SOURCES if source.table is table]
        found = [list(source.rows(connection, now)) for source in mine]
        rows += [row for part in found for row in part]
        if all(len(part) < _AT_ONCE for part in found):  # else there is more
            moved[table.name] = count
    return Found(sorted(rows, key=lambda row: row["at"]), moved)


def _item(row: Row[Any]) -> dict[str, Any]:
    return {"item": row.item_id, "origin": row.origin, "destination": row.destination}


_CLAIM = select(
    claim_events.c.owner, claim_events.c.audience, claim_events.c.at, claim_events.c.event,
    claim_events.c.case_id, claim_cases.c.item_id, claim_cases.c.origin, claim_cases.c.destination,
).join_from(claim_events, claim_cases)  # fmt: skip
_REFUND = (refunds.c.item_id, refunds.c.origin, refunds.c.destination)
_INQUIRY = {
    "opened": "asked", "asked_again": "asked", "answered": "answered", "reminded": "overdue",
    "escalated": "overdue",
}  # fmt: skip
_STATEMENT = (statements.c.period, statements.c.post_a, statements.c.post_b)
_SAID = select(
    statement_events.c.owner, statement_events.c.audience, statement_events.c.at,
    statement_events.c.event, statement_events.c.actor, statement_events.c.line,
    statement_events.c.item, statement_events.c.statement_id, *_STATEMENT,
).join_from(statement_events, statements)  # fmt: skip
_ACCEPTED = {"accepted": "accepted", "finalised": "final"}
_DISPUTED = ("disputed", "maintained", "conceded", "withdrawn")
_LANE = {"published": "opened", "closed": "closed"}


def _text(column: Any) -> Any:
    return cast(column, Text)


def _statement(row: Row[Any], state: str) -> dict[str, Any]:
    return {
        "statement": row.statement_id, "period": row.period, "posts": [row.post_a, row.post_b],
        "state": state,
    }  # fmt: skip


SOURCES: Sequence[Source] = (
    Source(
        Kind.REFUND, refunds,
        select(refunds.c.owner, refunds.c.audience, refunds.c.granted_at.label("at"), *_REFUND),
        refunds.c.item_key, literal("granted"), lambda row: _item(row) | {"state": "granted"},
        refunds.c.batch_id,
    ),
    Source(
        Kind.REFUND, refund_events,
        select(
            refund_events.c.owner, refund_events.c.audience, refund_events.c.at,
            refund_events.c.event, *_REFUND,
        ).join_from(refund_events, refunds),
        refund_events.c.item_key, _text(refund_events.c.seq),
        lambda row: _item(row) | {"state": row.event}, refund_events.c.batch_id,
    ),
    Source(
        Kind.REFUND, claim_events, _CLAIM.where(claim_events.c.event == "paid"),
        claim_cases.c.item_key,
        literal("paid.") + claim_events.c.case_id + "." + _text(claim_events.c.seq),
        lambda row: _item(row) | {"state": "paid", "claim": row.case_id},
    ),
    Source(
        Kind.CLAIM_DECIDED, claim_events,
        _CLAIM.where(claim_events.c.event.in_(("granted", "refused", "upheld"))),
        claim_events.c.case_id, _text(claim_events.c.seq),
        lambda row: _item(row) | {"state": row.event, "claim": row.case_id},
    ),
    Source(
        Kind.INQUIRY, inquiry_events,
        select(
            inquiry_events.c.owner, inquiry_events.c.audience, inquiry_events.c.at,
            inquiry_events.c.act, inquiry_events.c.inquiry_id, inquiries.c.item_id,
            inquiries.c.kind, inquiries.c.asking, inquiries.c.asked,
        ).join_from(inquiry_events, inquiries).where(inquiry_events.c.act.in_(list(_INQUIRY))),
        inquiry_events.c.inquiry_id, _text(inquiry_events.c.seq),
        lambda row: {
            "inquiry": row.inquiry_id, "item": row.item_id, "asks": row.kind,
            "asking": row.asking, "asked": row.asked, "state": _INQUIRY[row.act],
        },
    ),
    Source(
        Kind.STATEMENT, statements,
        select(
            statements.c.owner, statements.c.audience, statements.c.created_at.label("at"),
            statements.c.statement_id, *_STATEMENT,
        ),
        statements.c.statement_id, literal("issued"), lambda row: _statement(row, "issued"),
    ),
    Source(
        Kind.STATEMENT, statement_events,
        _SAID.where(statement_events.c.event.in_(list(_ACCEPTED))),
        statement_events.c.statement_id, _text(statement_events.c.seq),
        lambda row: _statement(row, _ACCEPTED[row.event]) | {"by": row.actor or None},
    ),
    Source(
        Kind.DISPUTE, statement_events, _SAID.where(statement_events.c.event.in_(_DISPUTED)),
        statement_events.c.statement_id, _text(statement_events.c.seq),
        lambda row: _statement(row, row.event)
        | {"by": row.actor, "line": row.line, "item": row.item or None},
    ),
    Source(
        Kind.LANE, lane_acts, select(lane_acts).where(lane_acts.c.act.in_(list(_LANE))),
        lane_acts.c.origin + "-" + lane_acts.c.destination, _text(lane_acts.c.seq),
        lambda row: {
            "origin": row.origin, "destination": row.destination, "state": _LANE[row.act],
            "network": row.network_version,
        },
    ),
    Source(
        Kind.NETWORK, network_publications,
        select(
            literal("").label("owner"), literal(EVERYBODY).label("audience"),
            network_publications.c.at, network_publications.c.version,
        ),
        network_publications.c.version, _text(network_publications.c.seq),
        lambda row: {"network": row.version, "state": "in_force"},
    ),
)  # fmt: skip
