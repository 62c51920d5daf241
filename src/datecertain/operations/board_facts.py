"""What the facts of a workspace say of every lane, month by month, in columns (req 34, 55)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import func, select

from datecertain.claims.columns import codes, texts
from datecertain.claims.entitlements import refund_base
from datecertain.claims.money import MOST, percent_of
from datecertain.claims.sender_terms import SenderTerms
from datecertain.errors import NotFound
from datecertain.moments import Ints, Mask, format_date
from datecertain.network import Network
from datecertain.network.claim_terms import RefundMode
from datecertain.operations.astray import astray_items
from datecertain.operations.evidence import current_items
from datecertain.operations.judging import standing_columns
from datecertain.operations.kept_sums import Columns, month_sums, scored_of
from datecertain.operations.lane_standards import LaneHistory, closings
from datecertain.operations.lanes_seen import EVERY_LANE, LanesSeen
from datecertain.operations.networks import current_network
from datecertain.operations.report_cards import months_between
from datecertain.operations.tables import VERDICTS_TABLE
from datecertain.operations.verdict_histories import HISTORY
from datecertain.planning.lane_days import (
    KEPT,
    MISSED,
    MISSED_LIABLE,
    NO_PROMISE,
    NOT_KNOWN,
    OPEN,
    LaneDays,
    LaneItems,
)
from datecertain.planning.refund_exposure import ClaimRate
from datecertain.planning.standards import POOLED_DAYS
from datecertain.quality.astray import left_out
from datecertain.quality.figures import JUDGED, UNRESOLVED
from datecertain.settlement.money import Rates
from datecertain.store import Workspace
from datecertain.store.claim_records import refunds
from datecertain.verdict.outcomes import DAYS_COLUMNS, Leg, Outcome

Told = Callable[[int, int], None]

_VERDICTS = (
    *HISTORY, "outcome", "sender_outcome", "sender_days_excused", "days_late", *DAYS_COLUMNS,
)  # fmt: skip
_RECORDS = (
    "item_key", "item_id", "accepted_at", "accepted_date", "origin", "destination", "month",
    "bucket", "postage_minor", "tariff_minor", "currency",
)  # fmt: skip
_STATES = {
    Outcome.ON_TIME: KEPT, Outcome.LATE_EXCUSED: MISSED, Outcome.LATE_LIABLE: MISSED_LIABLE,
    Outcome.PENDING: OPEN, Outcome.UNDETERMINED: OPEN,
}  # fmt: skip


@dataclass(eq=False, slots=True)
class BoardFacts:
    """Sums per lane over the items accepted in a period, and the history that standards rest on.

    `between` [lane]: (on time, judged, unresolved) between the posts; `promised_days` [lane]: days
    promised to these together; `lost` and `rescued` [lane, leg]: days lost on late items, and
    items that had been on time without. `claims`: by origin.
    """

    network: Network
    first_day: int
    last_day: int
    as_of: int
    counted: LaneDays
    history: LaneHistory
    between: Ints
    promised_days: Ints
    lost: Ints
    rescued: Ints
    claims: dict[str, ClaimRate]
    seen: LanesSeen = EVERY_LANE

    @property
    def lanes(self) -> tuple[tuple[str, str], ...]:
        """All ordered pairs of member posts."""
        return self.counted.lanes


def judged_months(workspace: Workspace) -> list[str]:
    """The months of which something was judged. Raises `NotFound` when there is none."""
    found = list(workspace.facts(VERDICTS_TABLE).months)
    if not found:
        raise NotFound("no item was judged here: run `datecertain judge` first")
    return found


def board_facts(
    workspace: Workspace, first_day: int, last_day: int, told: Told = lambda done, total: None,
    seen: LanesSeen = EVERY_LANE,
) -> BoardFacts:  # fmt: skip
    """Read the items accepted in a period, and up to three years of history before its end, of the
    lanes that count.

    Raises `NotFound` when nothing of the period was judged, `NetworkError` without rates or terms.
    """
    network = current_network(workspace)
    posts = [row.post for row in network.data.posts if row.member_on(last_day)]
    lanes = [(one, other) for one in posts for other in posts if one != other]
    begin = min(first_day, last_day - POOLED_DAYS)
    months = [one for one in judged_months(workspace) if one in months_between(begin, last_day)]
    own = months_between(first_day, last_day)
    if not any(one in own for one in months):
        raise NotFound(
            f"no item of {format_date(first_day)} to {format_date(last_day)} was judged here: run "
            "`datecertain judge` first, or choose another period"
        )
    work, shown = _Sums.of(lanes, first_day, last_day), []
    closing = 0
    for number, month in enumerate(months):
        told(number, len(months))
        closed = closings(workspace, month)
        closed = closed.filter(pc.less_equal(closed["accepted_date"], last_day))
        if not len(closed):
            continue
        closing = max(closing, _greatest(closed["judged_as_of"]))
        if month in own:
            work.add(_month(workspace, network, work.counted, month, closing))
        shown.append(closed.filter(seen.mask(closed)))
    told(len(months), len(months))
    every = pa.concat_tables(shown)
    if not len(every):
        raise NotFound("no item of the period is to be seen here")
    work.leave_out(seen)
    return BoardFacts(
        network, first_day, last_day, _greatest(every["judged_as_of"]), work.counted,
        LaneHistory(network, tuple(months), last_day, seen), work.between, work.promised_days,
        work.lost, work.rescued,
        _claims(workspace, own, work.owed_by_origin(), seen), seen,
    )  # fmt: skip


def _greatest(column: pa.ChunkedArray) -> int:
    return int(pc.max(column).as_py())


def _month(
    workspace: Workspace, network: Network, whole: LaneDays, month: str, closing: int
) -> _Sums:
    """The sums of a month's items in a period, of all lanes, by what had been told at a moment."""
    sums = _Sums.of(whole.lanes, whole.first_day, whole.last_day)
    rests_on = scored_of(workspace, network, month, closing) | {
        "days": [whole.first_day, whole.last_day], "lanes": [list(lane) for lane in whole.lanes],
    }  # fmt: skip

    def made() -> dict[str, Ints]:
        _Work(workspace, network, sums, closing).look_at(month)
        return sums.columns()

    return sums.filled(month_sums(workspace, month, "board", rests_on, made))


@dataclass(eq=False, slots=True)
class _Sums:
    """Sums by lane; `owed`: items on which senders could claim."""

    counted: LaneDays
    between: Ints
    promised_days: Ints
    lost: Ints
    rescued: Ints
    owed: Ints

    @classmethod
    def of(cls, lanes: Sequence[tuple[str, str]], first_day: int, last_day: int) -> _Sums:
        """No item yet."""
        size = len(lanes)
        shapes = ((size, 3), (size,), (size, len(Leg)), (size, len(Leg)), (size,))
        empty = (np.zeros(shape, dtype=np.int64) for shape in shapes)
        return cls(LaneDays.empty(lanes, first_day, last_day), *empty)

    def columns(self) -> dict[str, Ints]:
        """All of them by name: the first axis of each is the lane."""
        own = {name: getattr(self, name) for name in _SUMMED}
        return own | {name: getattr(self.counted, name) for name in _COUNTED}

    def filled(self, columns: Columns) -> _Sums:
        """These sums instead."""
        for name in _SUMMED:
            setattr(self, name, columns[name])
        for name in _COUNTED:
            setattr(self.counted, name, columns[name])
        return self

    def add(self, other: _Sums) -> None:
        """Take those of a month in."""
        more = other.columns()
        self.filled({name: column + more[name] for name, column in self.columns().items()})

    def leave_out(self, seen: LanesSeen) -> None:
        """Leave the lanes out that do not count."""
        for number, lane in enumerate(self.counted.lanes):
            if not seen.shows(*lane):
                for column in self.columns().values():
                    column[number] = 0

    def owed_by_origin(self) -> dict[str, int]:
        """Items on which senders could claim."""
        found: dict[str, int] = {}
        for (origin, _), count in zip(self.counted.lanes, self.owed.tolist(), strict=True):
            if count:
                found[origin] = found.get(origin, 0) + count
        return found


_SUMMED = ("between", "promised_days", "lost", "rescued", "owed")
_COUNTED = ("items", "late_items", "late_usdr", "present", "present_usdr")


class _Work:
    """Sums up the items of a month."""

    def __init__(
        self, workspace: Workspace, network: Network, sums: _Sums, closing: int
    ) -> None:  # fmt: skip
        self._workspace, self._network, self._sums = workspace, network, sums
        self._closing, self.counted = closing, sums.counted
        lanes = sums.counted.lanes
        self._names = pa.array([f"{one}-{other}" for one, other in lanes], pa.string())

    def look_at(self, month: str) -> None:
        """Take a month in."""
        verdicts = standing_columns(self._workspace, month, _VERDICTS)
        verdicts = verdicts.filter(pc.less_equal(verdicts["accepted_date"], self.counted.last_day))
        records = current_items(self._workspace, None, columns=_RECORDS, months=[month])
        # Those that count, first: what went astray is asked of each item alone.
        counts = pc.is_in(records["item_key"], verdicts["item_key"].combine_chunks())
        records = records.filter(counts)
        astray = astray_items(self._workspace, self._network, month, records, self._closing)
        keep = pc.not_equal(verdicts["outcome"], str(Outcome.LOST))
        if astray is not None:
            out = left_out(verdicts["item_key"], astray)
            keep = pc.and_(keep, pa.array(~out))
        verdicts = verdicts.filter(keep)
        records = records.take(
            pc.index_in(verdicts["item_key"], records["item_key"].combine_chunks())
        )
        accepted = _ints(verdicts["accepted_date"])
        inside = (accepted >= self.counted.first_day) & (accepted <= self.counted.last_day)
        name = pc.binary_join_element_wise(verdicts["origin"], verdicts["destination"], "-")
        lane = np.where(inside, _ints(pc.index_in(name, self._names)), NOT_KNOWN)
        delivered = _ints(verdicts["delivered_on"])
        self.counted.add(LaneItems(
            lane, accepted,
            np.where(delivered == NOT_KNOWN, NOT_KNOWN, np.maximum(delivered - accepted, 0)),
            _ints(verdicts["sender_days_excused"], 0), self._refunds(verdicts, records),
            _states(verdicts["sender_outcome"]),
        ))  # fmt: skip
        self._between(verdicts, lane, accepted)
        self._claimable(verdicts, lane)

    def _refunds(self, verdicts: pa.Table, records: pa.Table) -> Ints:
        """Micro-SDR owed of each item if it is late, by terms and rates of the last day."""
        day = np.full(len(verdicts), self.counted.last_day, dtype=np.int64)
        asked = pa.table([verdicts["origin"], verdicts["destination"], pa.array(day)],
                         names=["origin", "destination", "accepted_date"])  # fmt: skip
        terms = SenderTerms(self._network, asked)
        base = refund_base(terms, records)
        base = np.where((base < 0) | (base > MOST), 0, base)
        amount = percent_of(base, terms.numbers("refund_percent"))
        currencies, currency = codes(texts(records, "currency"))
        return Rates(self._network).convert(amount, currencies, currency, day)[0]

    def _between(self, verdicts: pa.Table, lane: Ints, accepted: Ints) -> None:
        sums, outcome, size = self._sums, verdicts["outcome"], len(self.counted.lanes)
        on_time = _is(outcome, Outcome.ON_TIME)
        judged, unknown = _is(outcome, *JUDGED), _is(outcome, *UNRESOLVED)
        mine = lane >= 0
        for column, which in enumerate((on_time, judged, unknown)):
            sums.between[:, column] += np.bincount(lane[mine & which], minlength=size)
        promised = _ints(verdicts["promised_on"])
        has = mine & (judged | unknown) & (promised != NOT_KNOWN)
        np.add.at(sums.promised_days, lane[has], (promised - accepted)[has])
        late = mine & judged & ~on_time
        days_late = _ints(verdicts["days_late"], 0)
        for leg in Leg:
            days = np.maximum(_ints(verdicts[DAYS_COLUMNS[leg]], 0), 0)
            np.add.at(sums.lost[:, leg], lane[late], days[late])
            saved = late & (days > 0) & (days_late <= days)
            sums.rescued[:, leg] += np.bincount(lane[saved], minlength=size)

    def _claimable(self, verdicts: pa.Table, lane: Ints) -> None:
        """Items on which senders could claim."""
        late = _is(verdicts["sender_outcome"], Outcome.LATE_LIABLE) & (lane >= 0)
        if not late.any():
            return
        terms = SenderTerms(self._network, verdicts.filter(pa.array(late)))
        by_claim = terms.is_value("refund_mode", RefundMode.CLAIM_DRIVEN)
        self._sums.owed += np.bincount(lane[late][by_claim], minlength=len(self.counted.lanes))


def _claims(
    workspace: Workspace, months: Sequence[str], owed: dict[str, int], seen: LanesSeen
) -> dict[str, ClaimRate]:
    """What was claimed and granted of what was owed, by origin; empty where nobody claimed at all:
    then claims are not handled here, and nothing is known of them."""
    query = (
        select(refunds.c.origin, refunds.c.destination, func.count())
        .where(refunds.c.case_id.is_not(None), refunds.c.month.in_(months))
        .group_by(refunds.c.origin, refunds.c.destination)
    )  # fmt: skip
    with workspace.reading() as view:
        claimed: dict[str, int] = {}
        for origin, destination, count in view.connection.execute(query):
            if seen.shows(origin, destination):
                claimed[origin] = claimed.get(origin, 0) + int(count)
    if not claimed:
        return {}
    return {
        post: ClaimRate(min(claimed.get(post, 0), count), count) for post, count in owed.items()
    }


def _states(outcome: pa.ChunkedArray) -> Ints:
    names, code = codes(outcome.combine_chunks())
    states = [_STATES.get(Outcome(name), NO_PROMISE) for name in names]
    return np.array(states, dtype=np.int64)[code]


def _is(column: pa.ChunkedArray, *some: Outcome) -> Mask:
    found = pc.is_in(column, pa.array([str(one) for one in some]))
    return np.asarray(found.to_numpy(), dtype=bool)


def _ints(column: pa.ChunkedArray, missing: int = NOT_KNOWN) -> Ints:
    filled = pc.fill_null(column.cast(pa.int64()), missing)
    return np.asarray(filled.to_numpy(), dtype=np.int64)
