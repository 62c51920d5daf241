"""Inquiries that nobody has to think of: about items without a final event, and for claims that
wait for the other post (req 35, 80). A daily job; run again it asks nothing twice.

Each inquiry is one transaction with the row that says why, whose key the database keeps once: a
run that is cut off is finished by the next, and rivals ask once between them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from datecertain.claims.answering import RULE
from datecertain.claims.inquiries import Kind
from datecertain.errors import NotFound, UsageError
from datecertain.operations.claim_confirmations import to_be_asked
from datecertain.operations.clock import Clock
from datecertain.operations.inquiries import Question, open_inquiry, routed
from datecertain.operations.inquiry_rows import Because, subjects_asked
from datecertain.operations.judging import Progress
from datecertain.operations.refund_views import waiting
from datecertain.operations.tables import VERDICTS_TABLE
from datecertain.store import Workspace


@dataclass(frozen=True, slots=True)
class AskedByRule:
    """One question of a rule. `inquiry_id`: empty in a preview; `new`: False where an inquiry stood
    that does for it."""

    because: Because
    item_id: str
    asking: str
    asked: str
    inquiry_id: str
    new: bool


@dataclass(slots=True)
class RuleReport:
    """What a run asked. `needed`: items and claims that need an inquiry; `known`: those that were
    asked about before; `trouble`: items that could not be, and why."""

    as_of: int
    preview: bool
    needed: int = 0
    known: int = 0
    made: list[AskedByRule] = field(default_factory=list)
    trouble: list[tuple[str, str]] = field(default_factory=list)

    @property
    def opened(self) -> int:
        """Inquiries that are new."""
        return sum(one.new for one in self.made)


def ask_by_rule(
    workspace: Workspace, clock: Clock, months: Sequence[str] = (), *, preview: bool = False,
    progress: Progress | None = None,
) -> RuleReport:  # fmt: skip
    """Open the inquiries that are due by now: of the items of some months of acceptance (none: all
    that were judged here), and of all claims. `preview`: only say which. Raises `NotFound` for a
    month of which nothing was judged."""
    report = RuleReport(clock.now(), preview)
    questions = [*_waiting(workspace, months, report), *_claims(workspace, report)]
    for place, question in enumerate(questions):
        _ask(workspace, clock, question, report)
        if progress:
            progress(place + 1, len(questions))
    return report


def ask_for_claims(workspace: Workspace, clock: Clock, cases: tuple[str, ...] = ()) -> RuleReport:
    """Ask the other post for some claims, or for all that wait to ask."""
    report = RuleReport(clock.now(), preview=False)
    for question in _claims(workspace, report, cases):
        _ask(workspace, clock, question, report)
    return report


def _waiting(workspace: Workspace, months: Sequence[str], report: RuleReport) -> Iterator[Question]:
    with workspace.reading() as view:
        asked = subjects_asked(view.connection, "waiting")
    judged = workspace.facts(VERDICTS_TABLE).months
    for month in months or sorted(judged):
        for row in waiting(workspace, month, report.as_of, due=True).to_pylist():
            report.needed += 1
            if row["item_key"] in asked:
                report.known += 1
                continue
            yield Question(
                row["item_id"], Kind.DELAYED, RULE, row["origin"],
                because=Because("waiting", row["item_key"]), item_key=row["item_key"],
            )  # fmt: skip


def _claims(
    workspace: Workspace, report: RuleReport, cases: tuple[str, ...] = ()
) -> Iterator[Question]:
    with workspace.reading() as view:
        found = to_be_asked(view.connection, cases)
    for case, seq in found:
        report.needed += 1
        yield Question(
            case.item_id, Kind.DELAYED, RULE, case.origin, case.destination,
            because=Because("claim", case.case_id, seq), item_key=case.item_key,
        )  # fmt: skip


def _ask(workspace: Workspace, clock: Clock, question: Question, report: RuleReport) -> None:
    why = question.because
    assert why is not None
    try:
        if report.preview:
            known, asking, asked = routed(workspace, question, report.as_of)
            made = AskedByRule(why, known.item_id, asking, asked, "", new=True)
        else:
            shown, new = open_inquiry(workspace, question, clock)
            one = shown.inquiry
            made = AskedByRule(why, one.item_id, one.asking, one.asked, one.inquiry_id, new)
    except (NotFound, UsageError) as error:  # the others are asked all the same
        report.trouble.append((question.item, str(error)))
        return
    report.made.append(made)
