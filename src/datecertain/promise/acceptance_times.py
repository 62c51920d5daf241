"""The date told as a function of the time of acceptance: exact stretches of one answer (req 1, 5).

Between two of the moments collected here nothing that a quote looks at changes: not the cut-offs of
the channel or of the origin area's export links, not the rules (they change at local midnights and
when a condition is published), not the clocks. So one question per stretch answers every minute of
it. Tests ask every minute.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datecertain.moments import DAY, Ints, zone
from datecertain.network import Network
from datecertain.promise.asking import Ask
from datecertain.promise.quoting import Asked, Quoter, quoter_of
from datecertain.promise.reasons import REASONS, QuoteStatus, Reason
from datecertain.promise.routes import Resolved


@dataclass(frozen=True, slots=True)
class Stretch:
    """Local acceptance times that get one answer, the first and the last minute included; both
    count from 1970-01-01T00:00 on the clocks of the origin."""

    first: int
    last: int
    reason: Reason
    due_day: int  # -1: no date

    @property
    def status(self) -> QuoteStatus:
        """Guaranteed, estimate or refused."""
        return self.reason.status

    @property
    def day(self) -> int:
        """The local date on which it begins."""
        return self.first // DAY

    def gives(self, status: QuoteStatus, wanted_on: int) -> bool:
        """Whether it is answered with that status and a date on or before a wanted one."""
        return self.status is status and 0 <= self.due_day <= wanted_on


def local_minute(ask: Ask) -> int:
    """The time of a question as minutes from 1970-01-01T00:00 on the origin's clocks."""
    return ask.accepted_day * DAY + ask.accepted_min


def at_minute(ask: Ask, minute: int) -> Ask:
    """The same question at another local minute."""
    return ask.on(minute // DAY, minute % DAY)


def stretches(network: Network, ask: Ask, first: int, last: int) -> list[Stretch]:
    """What a question is answered at each local minute from `first` to `last`, as stretches in
    order that leave nothing out. A local time that occurs twice is one minute here: it has a date
    only where both readings give the same.

    Raises `UnknownPlace`, `UsageError`.
    """
    quoter = quoter_of(network)
    starts = _turning_points(network, quoter.resolved(ask.route), first, last)
    codes, due = _answers(quoter, ask, starts)
    fresh = np.ones(len(starts), dtype=bool)
    fresh[1:] = (codes[1:] != codes[:-1]) | (due[1:] != due[:-1])
    begins = starts[fresh]
    ends = np.append(begins[1:] - 1, last)
    rows = zip(*(column.tolist() for column in (begins, ends, codes[fresh], due[fresh])),
               strict=True)  # fmt: skip
    return [Stretch(begin, end, REASONS[code], day) for begin, end, code, day in rows]


def _answers(quoter: Quoter, ask: Ask, minutes: Ints) -> tuple[Ints, Ints]:
    """(reason code, due day) at each local minute."""
    told = [np.full(len(minutes), number, np.int64) for number in (0, ask.weight_g, ask.value_usdr)]
    quotes = quoter.many([ask.route], Asked(told[0], minutes // DAY, minutes % DAY, *told[1:]))
    return quotes.reason_code, quotes.due_day


def _turning_points(network: Network, route: Resolved, first: int, last: int) -> Ints:
    """The local minutes from `first` to `last` at which another answer may begin."""
    clock = zone(network.zone_names[route.zone])
    low, high = first - DAY, last + DAY  # no zone is a day away from UTC
    compiled = network.compiled
    parts: list[Ints] = []
    if route.channel >= 0:
        parts.append(compiled.channel.ready_between(route.channel, low, high))
    elif route.origin_area >= 0:
        parts += [
            compiled.export.ready_between(link, low, high)
            for link in compiled.export_of[route.origin_area].tolist()
            if link >= 0
        ]
    known = [row.known_from - 1 for row in network.data.conditions if low < row.known_from < high]
    # After these moments; where clocks change, seen on both clocks.
    moments = np.concatenate([*parts, np.array(known, dtype=np.int64)])
    changes, offsets = clock.offsets
    begin, end = np.searchsorted(changes, [low, high], side="right") - 1
    held = np.unique(offsets[max(int(begin), 0) : int(end) + 1])
    seen = (moments[:, None] + held[None, :] + 1).ravel()
    midnights = np.arange(-(-first // DAY), last // DAY + 1, dtype=np.int64) * DAY
    found = np.concatenate([[first], seen, midnights, clock.before, clock.after])
    return np.unique(found[(found >= first) & (found <= last)])
