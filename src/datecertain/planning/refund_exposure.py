"""What a lane's refunds cost in a year, at each standard and in either mode, with intervals, and
the worst that can happen (req 34, 66).

Automatic: everything owed is paid. The cost of a year is the items of a year times what is owed of
an item. Its interval is the wider, at each end, of two:

- the exact interval of the share of items that are owed something (Clopper and Pearson), times
  what such an item is owed. Unresolved items all count as late at its upper end;
- the weeks of acceptance drawn anew, 999 times with a fixed seed, for weeks are late together. It
  is left out for lanes with items in fewer than eight weeks, which say little about weeks.

Claim-driven: of that the share that is claimed, by what the origin's senders claimed of what was
owed to them. Both intervals are taken at half the error each, so that their product holds with the
stated confidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from datecertain.moments import Ints
from datecertain.planning.lane_days import (
    LONGEST,
    MISSED_LIABLE,
    NO_PROMISE,
    OPEN,
    UNRESOLVED,
    LaneDays,
)
from datecertain.quality.intervals import (
    CONFIDENCE,
    Floats,
    Interval,
    clopper_pearson,
    clopper_pearsons,
)
from datecertain.settlement.tariffs import Basis, Tariff

#: Days of a year, and months in which a stop-loss begins anew.
YEAR, PERIODS = 365, 12
_DRAWS, _SEED = 999, 34
#: Fewer weeks than these say nothing about how weeks differ.
_WEEKS = 8
#: Beside D+0 … D+LONGEST: the promise as it is given now.
PRESENT = LONGEST + 1


@dataclass(frozen=True, slots=True)
class Cost:
    """Micro-SDR a year; `expected` None: nothing is known to expect it from."""

    expected_usdr: int | None
    low_usdr: int
    high_usdr: int


@dataclass(frozen=True, slots=True)
class ClaimRate:
    """Of `owed` items on which senders could claim, those claimed and granted. None of all: nobody
    could claim here yet, and anything may be. `stated`: the share that the asker reckons with."""

    claimed: int
    owed: int
    stated: float | None = None

    @property
    def share(self) -> float | None:
        """The share claimed, None where nothing could be."""
        if self.stated is not None:
            return self.stated
        return self.claimed / self.owed if self.owed else None

    def interval(self, confidence: float) -> Interval:
        """Its exact interval; a stated share is taken as it is."""
        if self.stated is not None:
            return Interval(self.stated, self.stated)
        return clopper_pearson(self.claimed, self.owed, confidence)


@dataclass(frozen=True, slots=True)
class Dial:
    """The cost of a lane at one standard (None: the present promise) in either mode."""

    days: int | None
    automatic: Cost
    claim_driven: Cost


@dataclass(frozen=True, slots=True)
class Worst:
    """A year in which every item is late and claimed. `charged_on`: the most that the destination
    post can be charged by the tariff's percentage, caps and stop-losses; the origin keeps the
    rest if all of it was the destination's, and everything if none was."""

    gross_usdr: int
    charged_on_usdr: int

    @property
    def kept_usdr(self) -> int:
        """What stays with the origin at least."""
        return self.gross_usdr - self.charged_on_usdr


@dataclass(frozen=True, slots=True, eq=False)
class _Yearly:
    expected: Floats  # [lane, standard], micro-SDR
    low: Floats
    high: Floats


def dials(
    counted: LaneDays, claims: Mapping[str, ClaimRate], confidence: float = CONFIDENCE
) -> list[dict[int | None, Dial]]:
    """Per lane its cost at every D+n and at the present promise (None; where one was given)."""
    automatic = _yearly(counted, confidence)
    halved = _yearly(counted, (1 + confidence) / 2)
    promised = counted.present[:, :, NO_PROMISE + 1 :].sum(axis=(1, 2)) > 0
    found = []
    for number, (origin, _) in enumerate(counted.lanes):
        rate = claims.get(origin, ClaimRate(0, 0))
        share, ends = rate.share, rate.interval((1 + confidence) / 2)
        row = dict[int | None, Dial]()
        for at in range(PRESENT + 1):
            if at == PRESENT and not promised[number]:
                continue
            expected = float(automatic.expected[number, at])
            days = None if at == PRESENT else at
            low, high = float(automatic.low[number, at]), float(automatic.high[number, at])
            claimed = Cost(None, 0, round(high))
            if share is not None:
                claimed = Cost(
                    round(expected * share), round(float(halved.low[number, at]) * ends.low),
                    round(float(halved.high[number, at]) * ends.high),
                )  # fmt: skip
            row[days] = Dial(days, Cost(round(expected), round(low), round(high)), claimed)
        found.append(row)
    return found


def worst_case(counted: LaneDays, tariff: Tariff, day: int) -> list[Worst]:
    """Per lane the worst of a year under the tariff's rows of a day."""
    yearly, refund = _year_items(counted), _mean_refund(counted)
    found = []
    for number, lane in enumerate(counted.lanes):
        gross = round(float(yearly[number] * refund[number]))
        items = float(yearly[number])
        found.append(Worst(gross, min(gross, _charged_on(tariff, lane, day, gross, items))))
    return found


def _charged_on(
    tariff: Tariff, lane: tuple[str, str], day: int, gross: int, items: float
) -> int:  # fmt: skip
    rule = tariff.recourse_on(*lane, day)
    if rule is None or rule.dry_run:
        return 0
    fixed = rule.basis is Basis.FIXED
    limits = [float(gross) if fixed else gross * rule.percent / 100]
    limits += [items * rule.fixed_usdr] if fixed else []
    limits += [items * rule.cap_usdr] if rule.cap_usdr is not None else []
    limits += [float(PERIODS * rule.stop_loss_usdr)] if rule.stop_loss_usdr is not None else []
    of_post = tariff.stop_loss_on(lane[1], day)
    limits += [float(PERIODS * of_post)] if of_post is not None else []
    return round(min(limits))


def year_items(counted: LaneDays) -> Ints:
    """Items of a year per lane: those of the period, in proportion to its days."""
    return np.rint(_year_items(counted)).astype(np.int64)


def _year_items(counted: LaneDays) -> Floats:
    return np.asarray(counted.of_lane() * (YEAR / counted.period_days), dtype=np.float64)


def _mean_refund(counted: LaneDays) -> Floats:
    """What an item of each lane is owed if it is late."""
    items = counted.of_lane()
    total = counted.late_usdr.sum(axis=(1, 2))
    mean = np.divide(total, items, out=np.zeros(len(items)), where=items > 0)
    return np.asarray(mean, dtype=np.float64)


def _yearly(counted: LaneDays, confidence: float) -> _Yearly:
    late, money, resolved, unknown = _late(counted)
    yearly = _year_items(counted)[:, None]
    k, n, u, owed = (part.sum(axis=1) for part in (late, resolved, unknown, money))
    rate = np.divide(owed, n, out=np.zeros(n.shape), where=n > 0)
    of_late = np.divide(owed, k, out=np.zeros(k.shape), where=k > 0)
    of_any = _mean_refund(counted)[:, None] + 0 * of_late
    each = np.where(k > 0, of_late, of_any)
    low = clopper_pearsons(k, n, confidence)[0]
    high = clopper_pearsons(k + u, n + u, confidence)[1]
    least, most = low * each, high * np.maximum(each, np.where(u > 0, of_any, 0))
    drawn = _drawn(money, resolved, confidence)
    if drawn is not None:
        enough = (resolved > 0).sum(axis=1) >= _WEEKS
        least = np.where(enough, np.minimum(least, drawn[0]), least)
        most = np.where(enough, np.maximum(most, drawn[1]), most)
    gross = of_any * yearly  # the worst that can happen: what every item is owed
    return _Yearly(*(np.minimum(one * yearly, gross) for one in (rate, least, most)))


def _late(counted: LaneDays) -> tuple[Ints, Ints, Ints, Ints]:
    """(late items, what they are owed, resolved items, unresolved items) as [lane, week,
    standard]."""
    parts = []
    for by_days, by_state in (
        (counted.late_items, counted.present), (counted.late_usdr, counted.present_usdr),
    ):  # fmt: skip
        known = by_days[:, :, :UNRESOLVED]
        after = known.sum(axis=2, keepdims=True) - np.cumsum(known, axis=2)
        parts.append(
            np.concatenate(
                (after[:, :, : LONGEST + 1], by_state[:, :, MISSED_LIABLE, None]), axis=2
            )
        )
    shape = parts[0].shape
    unknown, resolved = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    resolved[:, :, :PRESENT] = counted.late_items[:, :, :UNRESOLVED].sum(axis=2, keepdims=True)
    unknown[:, :, :PRESENT] = counted.late_items[:, :, UNRESOLVED, None]
    resolved[:, :, PRESENT] = counted.present[:, :, NO_PROMISE + 1 : OPEN].sum(axis=2)
    unknown[:, :, PRESENT] = counted.present[:, :, OPEN]
    return parts[0], parts[1], resolved, unknown


def _drawn(money: Ints, resolved: Ints, confidence: float) -> tuple[Floats, Floats] | None:
    """Quantiles of what an item is owed, the weeks drawn anew; None: too few weeks."""
    lanes, weeks, standards = money.shape
    if weeks < _WEEKS:
        return None
    draws = np.random.default_rng(_SEED).multinomial(weeks, np.full(weeks, 1 / weeks), size=_DRAWS)
    times = draws.astype(np.float64)
    flat = (part.transpose(1, 0, 2).reshape(weeks, -1).astype(np.float64)
            for part in (money, resolved))  # fmt: skip
    owed, n = (times @ part for part in flat)
    rates = np.divide(owed, n, out=np.zeros(owed.shape), where=n > 0)
    rates.sort(axis=0)
    tail = (1 - confidence) / 2
    at = (round(tail * (_DRAWS + 1)) - 1, round((1 - tail) * (_DRAWS + 1)) - 1)
    low, high = (rates[max(0, min(one, _DRAWS - 1))].reshape(lanes, standards) for one in at)
    return low, high
