"""The shape of an explanation, as programs read it. Moments end in Z (UTC); days are local dates at
the destination."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict

#: Evidence: a scan, a hold, an exclusion, a case, a term, with all its columns.
_Document = dict[str, Any]


#: The acceptance record, `in` an area `for` another, with the source and line that told it.
AcceptanceTold = TypedDict(
    "AcceptanceTold",
    {
        "at": str, "local": str, "in": _Document, "for": _Document, "date_told": str | None,
        "standard_date": str | None, "source": str, "line": int,
    },
)  # fmt: skip


class StairTold(TypedDict):
    """One step of the staircase: the date due once the item was there, the days won (negative) or
    lost since the step before, at whose hands, and the scan that proves it."""

    checkpoint: str
    code: str
    place: str | None
    at: str | None
    holder: str
    leg: str
    shared_with_leg: str | None
    due_on: str | None
    days: int
    excused: int
    evidence: _Document | None


class ShareTold(TypedDict):
    """A share of the liable days; all sum to one."""

    post: str
    leg: str
    share: float


class ExplanationTold(TypedDict):
    """A verdict step by step: margin and steps sum to the whole delay, and the shares to one."""

    item: str
    origin: str
    destination: str
    towards: str
    as_of: str
    sentences: dict[str, list[str]]
    outcome: str
    outcome_reason: str | None
    sender_outcome: str
    accepted: AcceptanceTold
    other_acceptances: list[str]
    promised_on: str | None
    standard_due: str | None
    stopped_on: str | None
    stopped_at: str | None
    delivered_on: str | None
    margin_days: int
    staircase: list[StairTold]
    days_late: int | None
    days_excused: int | None
    days_liable: int | None
    liability: list[ShareTold]
    carried: _Document | None
    customs_hold: _Document | None
    later_customs_holds: list[_Document]
    export_customs_hold: _Document | None
    customs_hold_without_clock_stop: bool
    inquired_at: str | None
    after_inquiry_proving_nothing: list[_Document]
    cases: list[_Document]
    exclusions: list[_Document]
    terms: list[_Document]
    scans_that_decide_nothing: list[_Document]
    network_version: str
