"""Whether the terms of claims of one lane can all be followed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from datecertain.network.claim_terms import Confirmation

#: The row that decides a term of the lane, and its value.
Read = Callable[[str], tuple[int, Any]]


def claim_conflicts(read: Read) -> Iterator[tuple[int, int, str]]:
    """(row, row, why) of each pair of terms of claims that cannot be followed together."""
    yield from _of_windows(read)
    yield from _of_fallback(read)
    yield from _of_clocks(read)


def _of_windows(read: Read) -> Iterator[tuple[int, int, str]]:
    _, opens_from = read("claim_opens_from")
    days_row, opens = read("claim_opens_days")
    window_row, window = read("claim_window_days")
    _, closes_from = read("claim_window_from")
    if opens_from == closes_from and opens > window:
        why = (
            f"a claim opens {opens} days after {opens_from} and closes after {window}: nobody "
            "could ever claim"
        )
        yield days_row, window_row, why
    choice_row, choice = read("refund_choice")
    remedy_row, remedy = read("refund_remedy")
    if choice and remedy not in choice:
        why = f"refund_choice does not name {remedy}, which refund_remedy gives without a choice"
        yield choice_row, remedy_row, why
    before_row, before = read("claimants_before_delivery")
    after_row, after = read("claimants_after_delivery")
    if not before | after:
        why = "claimants_before_delivery and claimants_after_delivery are none: nobody could claim"
        yield before_row, after_row, why


def _of_fallback(read: Read) -> Iterator[tuple[int, int, str]]:
    hours_row, hours = read("fallback_delay_hours")
    percent_row, percent = read("fallback_percent")
    if bool(hours) != bool(percent):
        why = f"fallback_delay_hours={hours} and fallback_percent={percent}: give both, or neither"
        yield hours_row, percent_row, why


def _of_clocks(read: Read) -> Iterator[tuple[int, int, str]]:
    confirm_row, confirmation = read("confirmation")
    days_row, days = read("confirmation_days")
    if confirmation != Confirmation.NONE and not days:
        why = f"confirmation={confirmation} needs confirmation_days above 0: it would never end"
        yield confirm_row, days_row, why
    decided_row, decided = read("decided_for_sender_after_days")
    open_row, unresolved = read("unresolved_after_days")
    if decided and decided < unresolved:
        why = (
            f"decided_for_sender_after_days={decided} comes before "
            f"unresolved_after_days={unresolved}: the item may still be on its way"
        )
        yield decided_row, open_row, why
    inquiry_row, inquiry = read("inquiry_after_days")
    if decided and inquiry > decided:
        why = (
            f"inquiry_after_days={inquiry} comes after decided_for_sender_after_days={decided}: "
            "it would be asked about what is decided"
        )
        yield inquiry_row, decided_row, why
