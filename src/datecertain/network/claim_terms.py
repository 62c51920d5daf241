"""The terms of claims and refunds: what an origin post tells its senders of them (req 29-36, 80).

They came after the others: a network that has no row for one of them is read as the last column
says, which is how claims stood before. Meanings: docs/reference/terms.md.
"""

from __future__ import annotations

from enum import StrEnum

from datecertain.network.term_values import (
    AnyParser,
    clock,
    one_of,
    some_of,
    span,
    whole_number,
    yes_no,
)


class RefundMode(StrEnum):
    """Who starts a refund (req 34)."""

    AUTOMATIC = "automatic"  # the origin post pays as soon as the item is judged late and liable
    CLAIM_DRIVEN = "claim_driven"  # the sender must claim within the window


class Confirmation(StrEnum):
    """Whether the other post is asked to confirm that the date was missed (req 35)."""

    NONE = "none"  # the scans are enough
    BESIDE = "beside"  # asked, but the refund does not wait for the answer
    BEFORE = "before"  # the refund waits until the answer is there, or presumed


class Remedy(StrEnum):
    """What a sender gets (req 31)."""

    MONEY = "money"
    CREDIT = "credit"  # on account with the post
    REPLACEMENT = "replacement"  # another item is carried without charge


class Claimant(StrEnum):
    """Who claims (req 32)."""

    SENDER = "sender"
    ADDRESSEE = "addressee"


class Heading(StrEnum):
    """What a claim may ask for; only the postage is ever paid (req 31, 36)."""

    POSTAGE = "postage"
    ADDED_SERVICES = "added_services"
    INSURANCE = "insurance"
    PACKAGING = "packaging"
    CUSTOMS_FEES = "customs_fees"
    INDIRECT_LOSS = "indirect_loss"
    LOST_PROFIT = "lost_profit"


_CLAIMANTS = some_of(*Claimant)
_NEVER = "insurance packaging customs_fees indirect_loss lost_profit"

#: Name → (how its value is read, what holds in a network without a row).
CLAIM_TERMS: dict[str, tuple[AnyParser, str]] = {
    "refund_mode": (RefundMode, "automatic"),
    "refund_base": (one_of("postage", "tariff"), "postage"),
    "refund_never": (some_of(*(one for one in Heading if one != Heading.POSTAGE)), _NEVER),
    "refund_choice": (some_of(*Remedy), "none"),
    "refund_to_original_means": (yes_no, "no"),
    "paying_office": (one_of("accepting", "central"), "accepting"),
    "payment_days": (whole_number, "0"),
    "paid_refund_superseded": (one_of("kept", "recovered"), "kept"),
    "claim_opens_from": (one_of("late", "posting", "due", "delivery"), "late"),
    "claim_opens_days": (whole_number, "0"),
    "claim_closes_hour": (clock, "24:00"),
    "claimants_before_delivery": (_CLAIMANTS, "sender"),
    "claimants_after_delivery": (_CLAIMANTS, "sender"),
    "claim_waiver": (yes_no, "no"),
    "fallback_delay_hours": (whole_number, "0"),
    "fallback_percent": (whole_number, "0"),
    "fallback_window": (span, "30 days"),
    "answer_days": (whole_number, "0"),
    "escalation_days": (whole_number, "0"),
    "appeal_days": (whole_number, "0"),
    "confirmation": (Confirmation, "none"),
    "confirmation_days": (whole_number, "0"),
    "confirmation_presumed": (one_of("late", "on_time"), "late"),
    "tell_before_close_days": (whole_number, "0"),
    "inquiry_after_days": (whole_number, "0"),
    "decided_for_sender_after_days": (whole_number, "0"),
}  # fmt: skip
