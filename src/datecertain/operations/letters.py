"""Letters of a workspace: the decision about an item's refund as the verdict that stands gives it,
and an inquiry to a post (req 29, 37, 63)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from datecertain.claims.cases import Event, State
from datecertain.claims.deciding import Reason, paid_unasked
from datecertain.claims.entitlements import entitlements
from datecertain.claims.letters import (
    AskedOfPost,
    Decision,
    Ground,
    letter_to_post,
    letter_to_sender,
)
from datecertain.claims.money import divided_whole
from datecertain.claims.windows import day_at
from datecertain.errors import NotFound, UsageError
from datecertain.moments import DAY, format_utc
from datecertain.network import Network
from datecertain.operations.claim_items import RECORD_COLUMNS, VERDICT_COLUMNS
from datecertain.operations.claim_rows import (
    StandingRefund,
    StoredCase,
    cases_of_item,
    refund_of,
)
from datecertain.operations.clock import Clock
from datecertain.operations.evidence import item_rows
from datecertain.operations.explaining import acceptances, explain_item
from datecertain.operations.inquiries import Done, see_persons, show_inquiry
from datecertain.operations.judging import standing_verdicts
from datecertain.operations.networks import current_network, network_of_version
from datecertain.operations.tables import VERDICTS_TABLE
from datecertain.operations.timelines import place_of
from datecertain.store import Workspace
from datecertain.verdict.explaining import Explanation
from datecertain.verdict.outcomes import Outcome
from datecertain.wording import Words
from datecertain.wording.documents import Document
from datecertain.wording.prepared import LetterWords

_GROUNDS = {
    Outcome.LATE_LIABLE: Ground.LATE, Outcome.LATE_EXCUSED: Ground.EXCUSED,
    Outcome.ON_TIME: Ground.ON_TIME, Outcome.NOT_GUARANTEED: Ground.NOT_GUARANTEED,
    Outcome.LOST: Ground.LOST, Outcome.UNDETERMINED: Ground.UNDETERMINED,
    Outcome.PENDING: Ground.PENDING,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter, and the verdict that it tells (None: it tells none), for the picture."""

    document: Document
    told: Explanation | None


def decision_of(workspace: Workspace, number: str, clock: Clock) -> tuple[Decision, Explanation]:
    """What was decided about an item's refund, and the standing verdict towards the sender: by the
    last claim about it, else by that verdict. The amount is the bulk rule's, of one row.

    Raises `UsageError` where a claim is not decided yet, `NotFound` for an item that is not known,
    or was not judged yet.
    """
    known = acceptances(workspace, number, RECORD_COLUMNS)
    items = known.slice(len(known) - 1, 1)
    record = items.to_pylist()[0]
    verdicts = _verdict(workspace, record)
    if not len(verdicts):
        raise NotFound(f"{record['item_id']} was not judged yet: run `datecertain judge` first")
    as_of = int(verdicts["judged_as_of"][0].as_py())
    told = explain_item(workspace, number, as_of, clock, "sender", items=known)
    network = network_of_version(workspace, record["network_version"])
    owed, findings = entitlements(network, verdicts, items, clock.now())
    if findings:
        raise UsageError(f"no letter about {told.item_id} yet: {findings[0].detail}")
    (row,) = owed.to_pylist() or [{}]
    decision = Decision(
        reference=told.item_id, item_id=told.item_id, ground=_GROUNDS[told.outcome],
        decided_on=day_at(network, told.origin, clock.now()),
        postage_minor=record["postage_minor"], currency=record["currency"], reason=told.reason,
        until=row.get("claimable_until"),
    )  # fmt: skip
    if decision.granted and row:
        decision = replace(
            decision, **{name: row[name] for name in ("percent", "amount_minor", "remedy")}
        )
    with workspace.reading() as view:
        cases = cases_of_item(view.connection, record["item_key"])
        refund = refund_of(view.connection, record["item_key"]) if cases else None
    if cases:
        decision = _claimed(network, cases[-1], decision)
    if decision.ground is Ground.OUT_OF_TIME:
        decision = _unasked(decision, row, refund)
    return decision, told


def _unasked(decision: Decision, row: Mapping[str, Any], refund: StandingRefund | None) -> Decision:
    """A claim that came too late, of an item that is refunded without one."""
    if refund is not None and refund.amount_minor and refund.case_id is None:
        return replace(decision, unasked="paid", unasked_minor=refund.amount_minor)
    if row and paid_unasked(row):
        return replace(decision, unasked="due", unasked_minor=row["amount_minor"])
    return decision


def _verdict(workspace: Workspace, record: Mapping[str, Any]) -> pa.Table:
    """The verdict that stands of one acceptance, read by its place; no row: it has none."""
    columns = (*VERDICT_COLUMNS, "judged_as_of")
    rows = item_rows(workspace, VERDICTS_TABLE, record["item_id"], [record["month"]], columns)
    rows = rows.filter(pc.equal(rows["item_key"], record["item_key"]))
    return standing_verdicts(workspace, rows) if len(rows) > 1 else rows


#: What a claim was answered, as a letter tells it; other reasons in the claim's own words.
_OF_CLAIM = {
    Reason.GUARANTEE: Ground.LATE, Reason.EXCUSED: Ground.EXCUSED, Reason.ON_TIME: Ground.ON_TIME,
    Reason.NO_GUARANTEE: Ground.NOT_GUARANTEED, Reason.LOST: Ground.LOST,
    Reason.UNDECIDED: Ground.UNDETERMINED, Reason.TOO_LATE: Ground.OUT_OF_TIME,
    Reason.WRONG_CLAIMANT: Ground.WRONG_CLAIMANT,
    Reason.REFUNDED_ALREADY: Ground.REFUNDED_ALREADY, Reason.FOR_SENDER: Ground.FOR_SENDER,
    Reason.FALLBACK: Ground.FALLBACK, Reason.GOODWILL: Ground.GOODWILL,
}  # fmt: skip


def _claimed(network: Network, case: StoredCase, by_verdict: Decision) -> Decision:
    """The decision of the last claim about the item, which is what its sender is told."""
    answer = next(
        (one for one in reversed(case.events) if one.event in (Event.GRANTED, Event.REFUSED)), None
    )
    if answer is None or case.state in (State.REOPENED, State.APPEALED):
        raise UsageError(
            f"no letter about {case.item_id} yet: its claim {case.case_id} is not decided"
        )
    ground = Ground.OTHER
    if answer.reason in list(Reason):
        ground = _OF_CLAIM.get(Reason(answer.reason), Ground.OTHER)
    until, amount = None, answer.amount_minor or 0
    if case.state is State.REFUSED and case.now.due_at is not None:
        until = day_at(network, case.origin, case.now.due_at - 1)  # it lapses at its end
    same = ground in (Ground.EXCUSED, Ground.NOT_GUARANTEED)
    return replace(
        by_verdict, reference=case.case_id, ground=ground,
        decided_on=day_at(network, case.origin, answer.at),
        reason=answer.reason if ground is Ground.OTHER else by_verdict.reason if same else "",
        amount_minor=amount, percent=_percent(amount, by_verdict.postage_minor),
        remedy=answer.remedy or by_verdict.remedy, appeal_until=until,
    )  # fmt: skip


def _percent(amount: int, postage: int) -> int:
    """The share of the postage, in whole per cent as refunds are reckoned."""
    return divided_whole(100 * amount, postage) if postage else 0


def sender_letter(
    workspace: Workspace, number: str, speak: LetterWords, clock: Clock, to: tuple[str, ...] = ()
) -> Letter:
    """The letter to the sender of an item about its refund."""
    decision, told = decision_of(workspace, number, clock)
    network = current_network(workspace)
    name, words = post_name(network, told.origin, speak.words), speak.words
    places = {stair.place: place_of(network, stair.place) for stair in told.stairs}
    korean = words.language == "ko"
    named = {code: one.name_ko if korean else one.name_en for code, one in places.items()}
    return Letter(letter_to_sender(decision, told, name, named, speak, to), told)


def post_letter(
    workspace: Workspace, inquiry_id: str, speak: LetterWords, clock: Clock,
    persons: Done | None = None,
) -> Letter:  # fmt: skip
    """An inquiry as a letter to the post that is asked; with `persons` sender and addressee are in
    it, and who wanted them and why is written down first."""
    people = None
    if persons is not None:
        people = see_persons(workspace, inquiry_id, "", persons, clock)
    shown = show_inquiry(workspace, inquiry_id)
    one, network = shown.inquiry, current_network(workspace)
    by = next((due.by for due in shown.due if due.limit == "reply"), None)
    answer_by = "" if by is None else format_utc(by).removesuffix("Z").replace("T", " ")
    asked = AskedOfPost(
        one.inquiry_id, one.kind, one.item_id, one.standing.level, one.facts,
        one.opened_at // DAY, answer_by,
        people.sender.lines if people else (), people.addressee.lines if people else (),
    )  # fmt: skip
    asking, other = (post_name(network, post, speak.words) for post in (one.asking, one.asked))
    return Letter(letter_to_post(asked, asking, other, speak), None)


def post_name(network: Network, post: str, words: Words) -> str:
    """The name of a post in the language of a letter: its own there, else the English one."""
    row = network.post(post)
    return row.name_ko if words.language == "ko" else words.label(f"post.{post}", row.name_en)
