"""The latest moment to post for a wanted date (req 1, 7)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from datecertain.moments import DAY
from datecertain.network import Network
from datecertain.promise.acceptance_times import Stretch, local_minute, stretches
from datecertain.promise.asking import Ask, answer
from datecertain.promise.quoting import Quote, QuoteStatus


class Chance(StrEnum):
    """Whether a wanted date can still be had."""

    POST_BY = "post_by"  # guaranteed, if it is accepted by then
    ONLY_ESTIMATED = "only_estimated"  # a date that early is told, but without guarantee
    TOO_LATE = "too_late"  # every date that is told from now on lies after the wanted one
    REFUSED = "refused"  # no date is told at all in the time that is left


@dataclass(frozen=True, slots=True)
class Latest:
    """The answer: `until` is the last local minute at which acceptance still gives the wanted date
    (minutes from 1970-01-01T00:00 on the origin's clocks), -1 where there is none."""

    chance: Chance
    wanted_on: int
    until: int
    due_day: int  # what is told at `until`; -1 where there is none
    now: Quote  # what is told at the asked time


def latest_for(network: Network, ask: Ask, wanted_on: int) -> Latest:
    """The latest local minute, from the asked one on, at which an item can be accepted so that the
    date told is on or before `wanted_on` (a local date at the destination).

    One minute later the date told is a later one, or not guaranteed. Within an hour that occurs
    twice a minute counts only if both of its readings give the date.

    Raises `UnknownPlace`, `UsageError`, `BadMoment`.
    """
    now = answer(network, ask)
    first = local_minute(ask)
    # Nothing is delivered on a local date more than a day before that of its acceptance.
    last = min(wanted_on + 2, network.data.last_day) * DAY + DAY - 1
    found = stretches(network, ask, first, last) if first <= last else []
    for chance, status in (
        (Chance.POST_BY, QuoteStatus.GUARANTEED), (Chance.ONLY_ESTIMATED, QuoteStatus.ESTIMATE)
    ):  # fmt: skip
        good = _last(found, status, wanted_on)
        if good is not None:
            return Latest(chance, wanted_on, good.last, good.due_day, now)
    refused = now.status is QuoteStatus.REFUSED and all(one.due_day < 0 for one in found)
    return Latest(Chance.REFUSED if refused else Chance.TOO_LATE, wanted_on, -1, -1, now)


def _last(found: list[Stretch], status: QuoteStatus, wanted_on: int) -> Stretch | None:
    good = [one for one in found if one.gives(status, wanted_on)]
    return good[-1] if good else None
