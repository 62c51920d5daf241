"""What time and new verdicts bring to cases: nobody waits for ever, and nothing is changed unseen
(req 30, 35, 80)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import Connection

from datecertain.claims.answering import next_by_rule
from datecertain.claims.cases import Event
from datecertain.network import Network
from datecertain.operations.claim_confirmations import asks, end_inquiry, take_answers
from datecertain.operations.claim_items import Found, look_up
from datecertain.operations.claim_rows import StoredCase, add_events, all_cases
from datecertain.operations.claiming import book, facts_of, item_of
from datecertain.operations.clock import Clock
from datecertain.operations.inquiry_rows import Inquiry, inquiries_of_cases
from datecertain.operations.networks import current_network
from datecertain.store import Workspace

#: Cases looked at in one transaction.
CHUNK = 2_000
#: Events that one run may bring to one case: reopened, answered, and a deadline after it.
_MOST = 4


@dataclass(slots=True)
class AdvanceReport:
    """What a run did: cases looked at, and how many of which event."""

    cases: int = 0
    events: dict[str, int] = field(default_factory=dict)
    moved: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)  # their records cannot be used any more


def advance(
    workspace: Workspace, clock: Clock, only: Collection[str] | None = None
) -> AdvanceReport:
    """Do what deadlines, superseded verdicts and answers of the other post ask of every case, or of
    some. Run again at once, it does nothing."""
    network, now = current_network(workspace), clock.now()
    with workspace.reading() as view:
        cases = [
            case for case in all_cases(view.connection) if only is None or case.case_id in only
        ]
    report = AdvanceReport(len(cases))
    told: Counter[str] = Counter()
    for first in range(0, len(cases), CHUNK):
        chunk = cases[first : first + CHUNK]
        found = look_up(workspace, network, {case.item_id for case in chunk}, now)
        with workspace.writing() as connection:
            asked = inquiries_of_cases(connection, [one.case_id for one in chunk if asks(one)])
            for case in chunk:
                item = item_of(found, case)
                if item is None:
                    report.unreadable.append(case.case_id)
                    continue
                question = asked.get(case.case_id)
                events = _advance(connection, network, case, item, question, now)
                told.update(str(event) for event in events)
                if events:
                    report.moved.append(case.case_id)
    report.events, report.moved = dict(sorted(told.items())), sorted(report.moved)
    return report


def _advance(
    connection: Connection, network: Network, case: StoredCase, item: Found,
    question: tuple[int, Inquiry] | None, now: int,
) -> list[Event]:  # fmt: skip
    """Move one case as far as it goes; what happened to it. `question`: the inquiry by which the
    other post was asked, and the event that asked."""
    done: list[Event] = []
    for _ in range(_MOST):
        facts = facts_of(connection, case, item, now)
        events = take_answers(network, case, facts, question) if question else []
        events = events or next_by_rule(
            network, facts, case.now, case.claim, confirmed=case.confirmed
        )
        if not events:
            break
        case = add_events(connection, case, events)
        book(connection, network, case, item, events)
        done += [event.event for event in events]
    if question is not None:
        told_on = None if item.row is None else item.row["told_on"]
        end_inquiry(connection, case, told_on, question, now)
    return done
