"""A promise from its recording on: what may happen to it, and what it is after that (req 9, 72).

Nothing is changed in place. A promise is its recording and the events after it; what it is now is
the fold of them. The clock starts at evidenced possession: a label, a reservation or a pre-advice
gives an estimate, and is quoted anew when the post gets the item. Once the item has left its
outward office of exchange, the date told binds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from datecertain.errors import InvariantBroken
from datecertain.moments import zone


class PromiseState(StrEnum):
    """What a promise is."""

    ESTIMATED = "estimated"  # a label or reservation: an estimate, nothing was handed over yet
    HELD = "held"  # the post holds the item: the date told binds
    VOIDED = "voided"  # withdrawn before the item left, with reason and actor: no date binds
    EXPIRED = "expired"  # a label whose item was not handed over in time


class PromiseEvent(StrEnum):
    """What can happen to a promise."""

    RECORDED = "recorded"  # made at acceptance, or for a label
    POSSESSED = "possessed"  # the post got the item of a label; quoted anew
    VOIDED = "voided"  # withdrawn
    EXPIRED = "expired"  # the time of a label ran out
    RECONCILED = "reconciled"  # made offline, and compared with the central answer


class Refusal(StrEnum):
    """Why an event cannot follow."""

    HELD_ALREADY = "held_already"  # the post holds the item already
    NEVER_EXPIRES = "never_expires"  # an item that the post holds does not expire
    NOT_EXPIRED_YET = "not_expired_yet"  # the item may still be handed over
    HANDED_OVER_LATE = "handed_over_late"  # the label had expired by then
    LEFT = "left"  # the item had left the outward office of exchange: the date told binds
    IS_VOIDED = "is_voided"  # nothing follows a withdrawal
    IS_EXPIRED = "is_expired"  # nothing but proof of an earlier possession follows an expiry
    RECORDED_ALREADY = "recorded_already"  # a promise is recorded once


_S, _E, _R = PromiseState, PromiseEvent, Refusal
#: What follows; the three that hang on a moment are looked at once more in `after`.
_NEXT: Mapping[tuple[PromiseState, PromiseEvent], PromiseState | Refusal] = {
    (_S.ESTIMATED, _E.POSSESSED): _S.HELD,
    (_S.ESTIMATED, _E.VOIDED): _S.VOIDED,
    (_S.ESTIMATED, _E.EXPIRED): _S.EXPIRED,
    (_S.HELD, _E.POSSESSED): _R.HELD_ALREADY,
    (_S.HELD, _E.VOIDED): _S.VOIDED,
    (_S.HELD, _E.EXPIRED): _R.NEVER_EXPIRES,
    (_S.VOIDED, _E.POSSESSED): _R.IS_VOIDED,
    (_S.VOIDED, _E.VOIDED): _R.IS_VOIDED,
    (_S.VOIDED, _E.EXPIRED): _R.IS_VOIDED,
    (_S.EXPIRED, _E.POSSESSED): _S.HELD,
    (_S.EXPIRED, _E.VOIDED): _R.IS_EXPIRED,
    (_S.EXPIRED, _E.EXPIRED): _R.IS_EXPIRED,
}


def after(
    state: PromiseState, event: PromiseEvent, at: int, *,
    expires_at: int | None = None, left_at: int | None = None,
) -> PromiseState | Refusal:  # fmt: skip
    """What a promise in a state is after an event at a moment, or why it cannot follow.

    `expires_at`: from that moment on a label is expired; `left_at`: when the item left its outward
    office of exchange, None: not known to have. What counts is the moment of the evidence, not of
    its recording: a possession proved later undoes an expiry that came too soon.
    """
    if event is PromiseEvent.RECONCILED:
        return state
    if event is PromiseEvent.RECORDED:
        return Refusal.RECORDED_ALREADY
    following = _NEXT[state, event]
    over = expires_at is not None and at >= expires_at
    if following is PromiseState.HELD and over:
        return Refusal.HANDED_OVER_LATE
    if following is PromiseState.EXPIRED and not over:
        return Refusal.NOT_EXPIRED_YET
    left = left_at is not None and left_at <= at
    if (state, event) == (PromiseState.HELD, PromiseEvent.VOIDED) and left:
        return Refusal.LEFT
    return following


def expiry_of(label_day: int, days: int, zone_name: str) -> int:
    """The moment from which a label of that local date is expired: the end, on the origin's
    clocks, of the date `days` days later (term `label_expires_days`)."""
    moment, _ = zone(zone_name).to_utc(label_day + days + 1, 0)
    return int(moment)


@dataclass(frozen=True, slots=True)
class Given:
    """What was quoted, and what the sender was told. Days are local: acceptance at the origin,
    dates at the destination; None where there is none."""

    accepted_day: int
    accepted_min: int
    accepted_at: int
    possession_at: int | None  # from when the post holds the item; None for a label
    channel: str
    told_on: int | None  # the date told to the sender: it binds
    standard_on: int | None  # what the network version gives
    status: str
    reason: str
    network_version: str
    rules_version: str
    tzdata_version: str

    @property
    def misquoted(self) -> bool:
        """Whether the sender was told another date than the network gives, or a guaranteed date
        where it gives none."""
        if self.told_on is None:
            return False
        return self.status != "guaranteed" or self.told_on != self.standard_on


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of a promise. `given` comes with a possession: the item is quoted anew."""

    event: PromiseEvent
    at: int
    actor: str = ""
    reason: str = ""
    item_id: str | None = None
    given: Given | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What a promise is after its events."""

    state: PromiseState
    given: Given  # what holds now; under VOIDED and EXPIRED what held before
    estimate: Given | None  # what the label's estimate was, once another quote replaced it
    item_id: str | None
    ended_by: str  # actor of a withdrawal
    ended_because: str

    @property
    def binding_on(self) -> int | None:
        """The date that binds towards the sender; None where none does."""
        return self.given.told_on if self.state is PromiseState.HELD else None


def standing_of(
    given: Given, item_id: str | None, expires_at: int | None, events: Iterable[Happened]
) -> Standing:
    """The fold: a recording and the events after it. Raises `InvariantBroken` for events that
    cannot follow each other; none such is ever written."""
    begin = PromiseState.ESTIMATED if given.possession_at is None else PromiseState.HELD
    now = Standing(begin, given, None, item_id, "", "")
    for one in events:
        state = after(now.state, one.event, one.at, expires_at=expires_at)
        if isinstance(state, Refusal):
            raise InvariantBroken(f"a promise {now.state} cannot be {one.event}: {state}")
        now = replace(now, state=state, item_id=one.item_id or now.item_id)
        if one.given is not None:
            now = replace(now, given=one.given, estimate=now.given)
        if state is PromiseState.VOIDED and one.event is PromiseEvent.VOIDED:
            now = replace(now, ended_by=one.actor, ended_because=one.reason)
    return now


def given_row(given: Given) -> dict[str, Any]:
    """A quote as plain values, to be stored with an event."""
    return {name: getattr(given, name) for name in Given.__slots__}
