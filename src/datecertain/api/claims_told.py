"""What the ways of claims, refunds and letters answer, as programs read it."""

from __future__ import annotations

from typing_extensions import TypedDict


class ClaimRow(TypedDict):
    """A claim in one row; `filed`: its place in the order of filing. Money in minor units of
    `currency`; moments in UTC; `until`: the deadline of where it stands."""

    case: str
    filed: int
    item_id: str
    origin: str
    destination: str
    accepted_on: str
    claimant: str
    received: str
    asks: list[str]
    reference: str
    state: str
    reason: str
    amount_minor: int
    currency: str
    remedy: str
    level: int
    until: str | None


class ClaimEvent(TypedDict):
    """What happened to a claim, and where it stood then."""

    event: str
    state: str
    at: str
    actor: str
    role: str
    reason: str
    until: str | None
    level: int
    amount_minor: int
    remedy: str


class Unasked(TypedDict):
    """What an item is refunded without a claim."""

    paid: bool
    amount_minor: int


class Confirmation(TypedDict):
    """The inquiry by which the other post was asked to confirm."""

    inquiry_id: str
    asked: str
    state: str
    reply: str | None


class CaseRefund(TypedDict):
    """The refund of the item as it stands."""

    amount_minor: int
    mode: str
    by_this_case: bool


class ClaimCase(ClaimRow):
    """A claim with all that happened to it."""

    events: list[ClaimEvent]
    unasked: Unasked | None
    confirmation: Confirmation | None
    refund: CaseRefund | None


class FiledRowTold(TypedDict):
    """A row of a file that was filed, now or before (`again`)."""

    row: int
    item_id: str
    case_id: str
    state: str
    reason: str
    amount_minor: int
    again: bool


class BadRowTold(TypedDict):
    """A row of a file that was not filed, and why."""

    row: int
    item_id: str
    reason: str
    detail: str


class FileTold(TypedDict):
    """What became of a file: rows = filed + bad."""

    rows: int
    filed: list[FiledRowTold]
    bad: list[BadRowTold]


class WaitingItem(TypedDict):
    """An item without a final event: what it needs (`inquiry`, `decision`, `nothing`), and when."""

    item_key: str
    item_id: str
    origin: str
    destination: str
    told_on: str
    inquiry_on: str | None
    tell_by: str | None
    claimable_until: str | None
    decided_on: str | None
    need: str


class RefundTotal(TypedDict):
    """Refunds of a month's acceptances by post, mode and ground, as first granted."""

    origin: str
    mode: str
    ground: str
    currency: str
    refunds: int
    amount_minor: int


class RefundTotals(TypedDict):
    """The refunds of a month."""

    month: str
    refunds: list[RefundTotal]


class LaneCostTold(TypedDict):
    """What a lane's refunds come to in either mode; `switch_minor`: the most a switch costs."""

    origin: str
    destination: str
    currency: str
    mode: str
    owed: int
    automatic_minor: int
    claimed: int
    claimed_minor: int
    switch_minor: int


class LaneCosts(TypedDict):
    """What the refunds of each lane cost in either mode, over a past month."""

    month: str
    lanes: list[LaneCostTold]


class RefundRun(TypedDict):
    """What a run of refunds did, or with `dry_run` would do: granted, their sums by currency,
    earlier ones that changed, senders told by kind of notice, items with unusable records."""

    month: str
    batch_id: str
    already_done: bool
    granted: int
    amounts: dict[str, int]
    for_sender: int
    reversed: int
    restored: int
    changed: int
    told: dict[str, int]
    set_aside: int
