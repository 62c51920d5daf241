"""Proving the past: books that chain, statements that match their hash, verdicts that come out the
same when judged again (req 53, 67)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import pyarrow.compute as pc
from sqlalchemy import select

from datecertain.operations.erasing_facts import events_erased_by
from datecertain.operations.evidence import event_months
from datecertain.operations.judging import changed_verdicts, current_verdicts
from datecertain.operations.judging_log import last_judging
from datecertain.operations.judging_units import judge_unit, judging_units
from datecertain.store import Workspace, verify_journal
from datecertain.store import settlement_records as tables
from datecertain.verdict.rules import rules_of


@dataclass(frozen=True, slots=True)
class Verification:
    """What was proved. `differing` verdicts would come out otherwise on today's facts: either
    facts came in since they were judged, or something is wrong."""

    journal_lines: int
    journal_digest: str
    statements: int
    statements_broken: tuple[str, ...]
    verdicts: int
    differing: tuple[str, ...]  # item numbers, at most 100
    #: The rule by which events were erased that the verdicts rest on: they are not judged again.
    erased_by: str = ""

    @property
    def whole(self) -> bool:
        """Whether everything agrees."""
        return not self.statements_broken and not self.differing


def verify_month(workspace: Workspace, month: str) -> Verification:
    """Check the whole journal, the statements of a month, and its verdicts by judging again.

    Raises `StoreDamaged` when the journal's chain is broken or an entry does not balance.
    """
    with workspace.reading() as view:
        journal = verify_journal(view.connection)
        rows = view.connection.execute(
            select(
                tables.statements.c.statement_id, tables.statements.c.sha256,
                tables.statements.c.content,
            ).where(tables.statements.c.period == month)
        ).all()  # fmt: skip
    broken = [row[0] for row in rows if hashlib.sha256(row[2]).hexdigest() != row[1]]
    verdicts, differing = 0, list[str]()
    erased = events_erased_by(workspace, event_months(month)) or ""
    last = last_judging(workspace, month)
    for unit in [] if erased else judging_units(workspace, month):
        before = current_verdicts(workspace, [month], unit)
        verdicts += len(before)
        for version in sorted(pc.unique(before["rules_version"]).to_pylist()):
            # A verdict is verified by the rules that made it; what they judge otherwise than
            # today's is recorded in verdict/rules.py.
            rules = rules_of(version)
            mine = before.filter(pc.equal(before["rules_version"], version))
            # Verdicts that came out the same again keep the moment at which they were first so.
            as_of = int(pc.max(mine["judged_as_of"]).as_py())
            if last is not None and last.rules_version == version:
                as_of = last.as_of
            again = judge_unit(workspace, month, unit, as_of, rules)
            if len(mine) < len(before):
                others = before.filter(pc.not_equal(before["rules_version"], version))
                theirs = pc.is_in(again["item_key"], others["item_key"].combine_chunks())
                again = again.filter(pc.invert(theirs))
            changed, _ = changed_verdicts(again, mine, rules)
            differing += changed["item_id"].to_pylist()
    return Verification(
        journal.lines,
        journal.digest,
        len(rows),
        tuple(broken),
        verdicts,
        tuple(sorted(differing)[:100]),
        erased,
    )
