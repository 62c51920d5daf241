"""Customs holds that stop no clock, and what that costs (req 19)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from datecertain.messages.code_tables import code_table
from datecertain.moments import DAY, NEVER, Ints, Mask
from datecertain.network import Closing, Network, Scope
from datecertain.quality.checks import Checked, Kind, checked
from datecertain.quality.told_events import ToldMonth
from datecertain.verdict.lane_terms import LaneTerms
from datecertain.verdict.later_holds import by_hold, next_of

_HOUR = 60
#: Why a hold stops no clock.
WHYS = ("no_reason", "invalid_reason", "not_closed")


@dataclass(frozen=True, slots=True)
class HoldCost:
    """The holds of a post towards a partner that stop no clock, for one reason why.

    `minutes`: from the hold to the first event that ended it, of all of them together: time that
    counts against the post and need not. `open`: holds that nothing ended, without time.
    """

    post: str
    partner: str
    why: str  # one of WHYS
    items: int
    open: int
    minutes: int

    @property
    def hours(self) -> float:
        """The same in hours."""
        return self.minutes / _HOUR


@dataclass(frozen=True, slots=True)
class _Holds:
    """The holds of import customs, one row each: an item that is called back has several."""

    item: Ints
    at: Ints  # its first EME
    ended: Ints  # the first EDC or EMF after it; NEVER: none
    why: dict[str, Mask]  # the reasons why a hold stops no clock: no hold has two


def _holds(network: Network, told: ToldMonth) -> _Holds:
    items, events, rows = told.items, told.events, told.rows("EME")
    back, left = (
        (events.item[some], events.at[some]) for some in (told.rows("EDC"), told.rows("EMF"))
    )
    hold_of, item, released = by_hold(events.item[rows], events.at[rows], back)
    count = len(item)
    terms = LaneTerms(network, items.origin, items.destination, items.accepted_date)
    counts = terms.holds(
        Scope.RELATION, "retention_reasons", events.reasons, events.item[rows], events.reason[rows]
    )
    reasoned = np.zeros(count, dtype=bool)
    reasoned[hold_of[events.reason[rows] >= 0]] = True
    at, valid_at = np.full((2, count), NEVER, dtype=np.int64)
    np.minimum.at(at, hold_of, events.at[rows])
    np.minimum.at(valid_at, hold_of[counts], events.at[rows[counts]])
    exits = next_of(item, np.where(valid_at < NEVER, valid_at, at), left)
    closes = released >= valid_at, (exits >= valid_at) & (valid_at < NEVER)
    both = terms.is_value(Scope.RELATION, "clock_stop_closing", Closing.BOTH)[item]
    closed = np.where(both, closes[0] & closes[1], closes[0] | closes[1])
    valid = valid_at < NEVER
    ends = (np.where(one >= at, one, NEVER) for one in (released, next_of(item, at, left)))
    why = dict(zip(WHYS, (~reasoned, reasoned & ~valid, valid & ~closed), strict=True))
    return _Holds(item, at, np.minimum(*ends), why)


def void_holds(network: Network, told: ToldMonth) -> Iterator[Checked]:
    """The holds of import customs, bad by why one stops no clock: `no_reason`,
    `invalid_reason` (none that the pair's terms let count), `not_closed` (no EDC or EMF after it,
    as the terms ask). As the verdict counts them (`verdict.excuses.customs_holds`)."""
    items, holds = told.items, _holds(network, told)
    sides = items.destination[holds.item], items.origin[holds.item]
    code = told.events.codes.index("EME")
    for why, bad in holds.why.items():
        yield checked(Kind.VOID_HOLD, why, "EME", sides, bad, holds.item, event=code, at=holds.at)


def hold_costs(network: Network, told: ToldMonth) -> tuple[HoldCost, ...]:
    """What the holds of each post cost that stop no clock, in the order of the posts."""
    items, holds = told.items, _holds(network, told)
    post, partner = items.destination[holds.item], items.origin[holds.item]
    pairs = post * len(items.posts) + partner
    found = []
    for pair in np.unique(pairs).tolist():
        for why, bad in holds.why.items():
            rows = np.flatnonzero(bad & (pairs == pair))
            ended = rows[holds.ended[rows] < NEVER]
            minutes = int((holds.ended[ended] - holds.at[ended]).sum())
            if len(rows):
                found.append(
                    HoldCost(
                        *_names(items.posts, pair), why, len(rows), len(rows) - len(ended),
                        minutes,
                    )
                )  # fmt: skip
    return tuple(found)


def _names(posts: Sequence[str], pair: int) -> tuple[str, str]:
    post, partner = divmod(pair, len(posts))
    return posts[post], posts[partner]


def unknown_reasons(told: ToldMonth) -> Checked:
    """The holds (EME) that give a reason, bad where the table of reasons does not hold it on the
    day of the event. Such a reason is kept as it came and interpreted by nobody."""
    events, table = told.events, code_table("retention_reasons")
    rows = told.rows("EME")
    rows = rows[events.reason[rows] >= 0]
    reason, day = events.reason[rows], events.local[rows] // DAY
    known = {
        (number, on): table.find(events.reasons[number], on) is not None
        for number, on in set(zip(reason.tolist(), day.tolist(), strict=True))
    }
    bad = [not known[pair] for pair in zip(reason.tolist(), day.tolist(), strict=True)]
    return checked(
        Kind.UNKNOWN_REASON, "", "EME", (events.sender[rows], events.recipient[rows]),
        np.array(bad, dtype=bool), events.item[rows], event=events.code[rows],
        at=events.at[rows], place=events.place[rows], sent_at=events.sent_at[rows],
    )  # fmt: skip
