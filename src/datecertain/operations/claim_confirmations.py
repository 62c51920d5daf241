"""Claims that ask the other post: the question is an inquiry, its answer is theirs (req 35)."""

from __future__ import annotations

from sqlalchemy import Connection, exists, select

from datecertain.claims.answering import RULE, Facts
from datecertain.claims.cases import Event, Happened
from datecertain.claims.confirming import READ_IN, by_answer, ending, said
from datecertain.claims.inquiries import Happened as Told
from datecertain.claims.inquiries import after
from datecertain.network import Network
from datecertain.operations.claim_rows import StoredCase, find_case
from datecertain.operations.inquiry_rows import Inquiry, add_events
from datecertain.store.case_records import inquiry_grounds
from datecertain.store.claim_records import claim_cases, claim_events


def asks(case: StoredCase) -> bool:
    """Whether a case ever asked the other post."""
    return any(one.event is Event.CONFIRMATION_ASKED for one in case.events)


def to_be_asked(
    connection: Connection, cases: tuple[str, ...] = ()
) -> list[tuple[StoredCase, int]]:
    """The cases (of some, or of all) whose question was put to no post yet, each with the event
    that puts it."""
    event, ground = claim_events.c, inquiry_grounds.c
    asked = exists().where(
        (ground.ground == "claim") & (ground.subject == event.case_id) & (ground.seq == event.seq)
    )
    query = (
        select(event.case_id, event.seq)
        .join(claim_cases, claim_cases.c.case_id == event.case_id)
        .where((event.event == str(Event.CONFIRMATION_ASKED)) & ~asked)
        .order_by(claim_cases.c.seq, event.seq)
    )
    if cases:
        query = query.where(event.case_id.in_(cases))
    last = {row.case_id: row.seq for row in connection.execute(query)}
    found = [(find_case(connection, name), seq) for name, seq in last.items()]
    return [(case, seq) for case, seq in found if case.state in READ_IN]


def take_answers(
    network: Network, case: StoredCase, facts: Facts, asked: tuple[int, Inquiry]
) -> list[Happened]:
    """What the answer to its inquiry brings to a case; nothing where it was read before."""
    seq, inquiry = asked
    return by_answer(network, facts, case.events, seq, case.claim, inquiry.events)


def end_inquiry(
    connection: Connection, case: StoredCase, told_on: int | None, asked: tuple[int, Inquiry],
    now: int,
) -> None:  # fmt: skip
    """Close, or withdraw, the inquiry of a case that waits for it no longer, if a rule opened it:
    in the transaction that moved the case."""
    seq, inquiry = asked
    standing = inquiry.standing
    if not standing.state.open or inquiry.events[0].actor != RULE:
        return
    found = said(inquiry.events, told_on)
    made: list[Told] = []
    at = max(now, inquiry.events[-1].at)
    for act, reason in ending(case.events, seq, standing.state, found is not None):
        event = Told(act, at, now, RULE, inquiry.asking, reason)
        standing = after(inquiry.asking, inquiry.asked, standing, event)
        made.append(event)
    add_events(connection, inquiry, made, len(inquiry.events))
