"""The watch for drift: did deliveries change, and since when; does a standard fail now.

*In a history.* Each item deviates from its lane's items by its martingale residual; summed in order
of acceptance these wander about nothing as long as nothing changes. The furthest they wander, over
their own spread by week, has Kolmogorov's distribution, so that a watch that asks for p < 1 % fires
falsely in one history of a hundred. What happens on one day or in one week counts once: a strike
is no drift. Where it fires, the wander's furthest point parts the history, and what follows is
looked at again, until nothing more has changed: a standard is fitted on that last part. Sources:
J. Kiefer, Ann. Math. Stat. 30 (1959) 420-447; R. L. Brown, J. Durbin, J. M. Evans, J. R. Stat. Soc.
B 37 (1975) 149-192.

*After a standard is given.* The items late under it are bet on against the share that may be late:
the stake never grows beyond 100-fold by chance in more than one case of a hundred, however often it
is looked at. Bets begin in every week, so that a change late on is seen as well. Sources: J. Ville,
Étude critique de la notion de collectif (1939); G. Shafer, J. R. Stat. Soc. A 184 (2021) 407-431.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datecertain.moments import Ints, Mask
from datecertain.planning.histories import Deliveries
from datecertain.planning.together import residuals
from datecertain.quality.intervals import Floats

#: In so many histories without any change the watch fires.
FALSE_ALARMS = 0.01
_WEEK = 7
#: Shorter histories are summed by day, not by week.
_WEEKS = 26
#: Fewer weeks or days than these on either side show no change.
_FEWEST = 4
#: A lane is watched by itself from so many items on.
_WATCHED = 100
_MOST_BETS = 300
_ROUNDING = 1e-9
#: Weeks from one bet to the next, and how many times the permitted share is bet on at most.
_EVERY = 4
_WORST = 4.0


@dataclass(frozen=True, slots=True)
class Change:
    """Deliveries changed: since when (a local date), by how much p it could be chance."""

    lane: str | None  # None: all lanes together
    since: int
    p: float


@dataclass(frozen=True, slots=True)
class Failing:
    """What the watch over a standard says: when it fired, and how high the stake ever was."""

    fired: bool
    on: int | None
    stake: float


def changes(history: Deliveries, groups: list[list[Ints]]) -> list[Change]:
    """Where deliveries changed: per lane by itself, then the other lanes together. Each entry
    names the last change found; half of the false alarms may come from either kind.

    `groups`: per lane the items of each of its seasons; a season is no change.
    """
    watched = [number for number, group in enumerate(groups) if sum(map(len, group)) >= _WATCHED]
    found: list[Change] = []
    alone: set[int] = set()
    for number in watched if len(watched) > 1 or len(groups) > 1 else ():
        level = FALSE_ALARMS / 2 / len(watched)
        change = _last_change(history, groups[number], level, history.lanes[number])
        if change is not None:
            found.append(change)
            alone.add(number)
    rest = [one for number, group in enumerate(groups) if number not in alone for one in group]
    together = _last_change(history, rest, FALSE_ALARMS / (2 if len(groups) > 1 else 1), None)
    return [*found, together] if together is not None else found


def stable(history: Deliveries, found: list[Change]) -> Mask:
    """The items accepted since the last change that concerns them."""
    by_lane = {change.lane: change.since for change in found}
    common = by_lane.get(None, int(history.accepted.min(initial=0)))
    since = np.array([by_lane.get(lane, common) for lane in history.lanes], dtype=np.int64)
    return history.accepted >= since[history.lane] if len(history) else np.zeros(0, dtype=bool)


def _last_change(
    history: Deliveries, groups: list[Ints], level: float, lane: str | None
) -> Change | None:
    found = None
    while True:
        p, since = _wander(history, groups)
        if p >= level:
            return found
        # The first alarm is the one that says how sure it is; later ones only place it.
        found = Change(lane, since, p if found is None else max(found.p, p))
        groups = [group[history.accepted[group] >= since] for group in groups]


def _wander(history: Deliveries, groups: list[Ints]) -> tuple[float, int]:
    """(how often chance wanders as far, the first day after the furthest point)."""
    from scipy.special import kolmogorov  # noqa: PLC0415 - loaded by those who plan only

    items = np.concatenate([np.empty(0, dtype=np.int64), *groups])
    if not len(items):
        return 1.0, 0
    deviation = residuals(history, groups)[items]
    accepted = history.accepted[items]
    width = _WEEK if int(np.ptp(accepted)) >= _WEEKS * _WEEK else 1
    weeks, of = np.unique(accepted // width, return_inverse=True)
    sums = np.bincount(of, deviation)
    spread = float(np.sqrt((sums**2).sum()))
    # Where every week is as any other, what is left are errors of rounding.
    nothing = _ROUNDING * float(np.sqrt((deviation**2).sum()))
    if len(weeks) < 4 * _FEWEST or spread <= nothing:
        return 1.0, 0
    away = np.abs(np.cumsum(sums))[_FEWEST - 1 : -_FEWEST] / spread
    at = int(away.argmax())
    return float(kolmogorov(away[at])), int(weeks[at + _FEWEST] * width)


def watch(day: Ints, late: Mask, may_be_late: float, worth: float = 1.0) -> Failing:
    """Whether more items fail a standard than may, in the order in which it became known.

    `day`: when each item's fate was known; `may_be_late`: the share that may be; `worth`: how many
    independent items one is worth.
    """
    from scipy.special import logsumexp  # noqa: PLC0415 - loaded by those who plan only

    if not len(day):
        return Failing(False, None, 1.0)
    width = max(_WEEK, -(-int(day.max() - day.min() + 1) // _MOST_BETS))
    weeks, of = np.unique(day // width, return_inverse=True)
    items = np.cumsum(np.bincount(of)) * worth
    failed = np.cumsum(np.bincount(of, late)) * worth
    before = np.concatenate([[0], np.arange(_EVERY, len(weeks), _EVERY)])
    begun = np.arange(len(before))
    staked = -np.log((begun + 1.0) * (begun + 2.0))  # of the whole, on each beginning
    first = np.concatenate([[0.0], items])[before], np.concatenate([[0.0], failed])[before]
    best, fired = 0.0, None
    for week in range(len(weeks)):
        on = int((before <= week).sum())
        won = _won(failed[week] - first[1][:on], items[week] - first[0][:on], may_be_late)
        stake = float(np.logaddexp(logsumexp(won + staked[:on]), -np.log(on + 1.0)))
        best = max(best, stake)
        if fired is None and stake >= -np.log(FALSE_ALARMS):
            fired = int(weeks[week] + 1) * width - 1
    return Failing(fired is not None, fired, float(np.exp(min(best, 700.0))))


def _won(late: Floats, items: Floats, may_be_late: float) -> Floats:
    """The logarithm of what a stake has become: the likelihood of any share from the permitted one
    to four times as much, each as likely, over that of the permitted one."""
    from scipy.special import betaincc, betaln  # noqa: PLC0415

    most = min(_WORST * may_be_late, (1 + may_be_late) / 2)
    with np.errstate(divide="ignore"):
        between = np.log(
            betaincc(late + 1, items - late + 1, may_be_late)
            - betaincc(late + 1, items - late + 1, most)
        )
    found: Floats = (
        betaln(late + 1, items - late + 1) + between - np.log(most - may_be_late)
        - late * np.log(may_be_late) - (items - late) * np.log1p(-may_be_late)
    )  # fmt: skip
    return found
