"""What a claim is answered: by the item's entitlement and the published terms (req 29-33, 35, 36).

Row-wise, since claims come one by one; what is owed and the window come from `entitlements`, the
bulk rule, on the item's row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from datecertain.claims.entitlements import OWED, UNASKED, Ground
from datecertain.network import Network, Scope
from datecertain.network.claim_terms import (
    Claimant,
    Confirmation,
    Heading,
    RefundMode,
    Remedy,
)


class Step(StrEnum):
    """What becomes of a claim, in order of precedence."""

    NOT_TAKEN = "not_taken"  # it cannot be filed; it may come again, mended
    REFUSE = "refuse"
    WAIT = "wait"  # taken, in time; the item itself is not decided yet
    CONFIRM = "confirm"  # the other post is asked before anything is paid
    GRANT = "grant"


class Reason(StrEnum):
    """Why; the words are in the glossary, `claim.reason.…`."""

    WRONG_CLAIMANT = "wrong_claimant"  # the other one may claim, or must waive first
    WRONG_CURRENCY = "wrong_currency"  # not the currency in which the postage was paid
    NOTHING_PAYABLE = "nothing_payable"  # it asks only for what is never paid
    REMEDY_NOT_OFFERED = "remedy_not_offered"
    TOO_EARLY = "too_early"
    REFUNDED_ALREADY = "refunded_already"  # one refund per item
    TOO_LATE = "too_late"
    LOST = "lost"
    ON_TIME = "on_time"
    EXCUSED = "excused"
    NO_DELAY = "no_delay"
    NO_GUARANTEE = "no_guarantee"
    DENIED = "denied"  # the other post says that it was in time, and the origin agrees
    UNDECIDED = "undecided"
    CONFIRMATION_ASKED = "confirmation_asked"
    GUARANTEE = "guarantee"
    FOR_SENDER = "for_sender"
    FALLBACK = "fallback"
    GOODWILL = "goodwill"  # an officer granted what the terms do not owe


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim as it was made. `asked_at`: when it reached the post (UTC minutes). `waived`: the one
    who may claim waived it for this claimant."""

    claimant: Claimant
    asked_at: int
    remedy: Remedy | None = None  # None: whatever the terms give
    currency: str = ""
    asks: frozenset[Heading] = frozenset({Heading.POSTAGE})
    waived: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What a claim is answered. `not_paid`: what it asks for beside the postage, which is never
    paid."""

    step: Step
    reason: Reason
    amount_minor: int = 0
    currency: str = ""
    remedy: str = ""
    not_paid: tuple[str, ...] = ()


def taken(network: Network, row: Mapping[str, Any], claim: Claim) -> Reason | None:
    """Why a claim cannot be filed now; None: it can. `row`: the item's row of `ENTITLEMENTS`."""
    if not may_claim(network, row, claim):
        return Reason.WRONG_CLAIMANT
    if claim.currency not in ("", row["currency"]):
        return Reason.WRONG_CURRENCY
    if Heading.POSTAGE not in claim.asks:
        return Reason.NOTHING_PAYABLE
    if claim.remedy is not None and claim.remedy not in offered(network, row):
        return Reason.REMEDY_NOT_OFFERED
    # While it is not known when the window opens the claim is taken, and waits.
    if row["opens_at"] is not None and claim.asked_at < row["opens_at"]:
        return Reason.TOO_EARLY
    return None


def may_claim(network: Network, row: Mapping[str, Any], claim: Claim) -> bool:
    """Whether the terms let this claimant claim, before delivery or after it (req 32)."""
    stage = "before" if row["delivered_on"] is None else "after"
    allowed = value(network, row, f"claimants_{stage}_delivery")
    if claim.claimant in allowed:
        return True
    return claim.waived and bool(allowed) and bool(value(network, row, "claim_waiver"))


def offered(network: Network, row: Mapping[str, Any]) -> frozenset[str]:
    """The remedies among which the claimant may choose."""
    return frozenset({row["remedy"], *value(network, row, "refund_choice")})


def answer(
    network: Network, row: Mapping[str, Any], claim: Claim, *, refunded: bool = False,
    confirmed: bool = False,
) -> Answer:  # fmt: skip
    """The answer to a claim that was taken. `refunded`: the item was refunded before, by whichever
    mode; `confirmed`: the other post confirmed that the date was missed, or it is presumed."""
    ground = Ground(row["ground"])
    if refunded:
        return Answer(Step.REFUSE, Reason.REFUNDED_ALREADY)
    if row["closes_at"] is not None and claim.asked_at >= row["closes_at"]:
        return Answer(Step.REFUSE, Reason.TOO_LATE)
    if ground is Ground.UNDECIDED:
        return Answer(Step.WAIT, Reason.UNDECIDED)
    if ground not in OWED:
        return Answer(Step.REFUSE, Reason(ground.value))
    step, reason = Step.GRANT, Reason(ground.value)
    first = value(network, row, "confirmation") == Confirmation.BEFORE
    if ground is Ground.GUARANTEE and first and not confirmed:
        step, reason = Step.CONFIRM, Reason.CONFIRMATION_ASKED
    never = value(network, row, "refund_never")
    return Answer(
        step, reason, row["amount_minor"], row["currency"], str(claim.remedy or row["remedy"]),
        tuple(sorted(one for one in claim.asks if one in never or one != Heading.POSTAGE)),
    )  # fmt: skip


def paid_unasked(row: Mapping[str, Any]) -> bool:
    """Whether the run of refunds pays an item whatever becomes of a claim. `row`: the item's row of
    `ENTITLEMENTS`."""
    return row["mode"] == RefundMode.AUTOMATIC and row["ground"] in list(UNASKED)


def value(network: Network, row: Mapping[str, Any], term: str) -> Any:
    """The value of one of the sender's terms for an item."""
    return network.terms.value(
        Scope.SENDER, term, row["origin"], row["destination"], row["accepted_date"]
    )
