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
from datecertain.operations.lanes_seen import EVERY_LANE, LanesSeen
from datecertain.operations.networks import current_network
from datecertain.operations.report_cards import months_between
from datecertain.operations.tables import VERDICTS_TABLE
from datecertain.operations.verdict_histories import HISTORY, deliveries_of
from datecertain.planning.histories import Deliveries
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
    history: Deliveries
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
    found = sorted({part.month for part in workspace.facts(VERDICTS_TABLE).partitions()})
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
    work = _Work(workspace, network, LaneDays.empty(lanes, first_day, last_day), seen)
    for number, month in enumerate(months):
        told(number, len(months))
        work.look_at(month, month in own, last_day)
    told(len(months), len(months))
    if not work.histories:
        raise NotFound("no item of the period is to be seen here")
    history = deliveries_of(pa.concat_tables(work.histories))
    return BoardFacts(
        network, first_day, last_day, work.as_of, work.counted, history, work.between,
        work.promised_days, work.lost, work.rescued, _claims(workspace, own, work.owed, seen), seen,
    )  # fmt: skip


class _Work:
    """The sums of the months looked at so far."""

    def __init__(
        self, workspace: Workspace, network: Network, counted: LaneDays, seen: LanesSeen
    ) -> None:
        self._workspace, self._network, self._seen = workspace, network, seen
        self.counted, size = counted, len(counted.lanes)
        self._names = pa.array([f"{one}-{other}" for one, other in counted.lanes], pa.string())
        self.between = np.zeros((size, 3), dtype=np.int64)
        self.promised_days = np.zeros(size, dtype=np.int64)
        self.lost = np.zeros((size, len(Leg)), dtype=np.int64)
        self.rescued = np.zeros((size, len(Leg)), dtype=np.int64)
        self.owed: dict[str, int] = {}
        self.histories: list[pa.Table] = []
        self.as_of = 0

    def look_at(self, month: str, in_period: bool, last_day: int) -> None:
        """Take a month in: its history, and its figures if it belongs to the period."""
        verdicts = standing_columns(self._workspace, month, _VERDICTS if in_period else HISTORY)
        accepted = verdicts["accepted_date"]
        verdicts = verdicts.filter(pc.less_equal(accepted, last_day))
        verdicts = verdicts.filter(self._seen.mask(verdicts))
        if not len(verdicts):
            return
        self.histories.append(verdicts.select(HISTORY))
        self.as_of = max(self.as_of, int(pc.max(verdicts["judged_as_of"]).as_py()))
        if in_period:
            self._figures(month, verdicts)

    def _figures(self, month: str, verdicts: pa.Table) -> None:
        records = current_items(self._workspace, None, columns=_RECORDS, months=[month])
        # Those that count, first: what went astray is asked of each item alone.
        counts = pc.is_in(records["item_key"], verdicts["item_key"].combine_chunks())
        records = records.filter(counts)
        astray = astray_items(self._workspace, self._network, month, records, self.as_of)
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
        self._claimable(verdicts.filter(pa.array(inside)))

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
        outcome, size = verdicts["outcome"], len(self.counted.lanes)
        on_time = _is(outcome, Outcome.ON_TIME)
        judged, unknown = _is(outcome, *JUDGED), _is(outcome, *UNRESOLVED)
        mine = lane >= 0
        for column, which in enumerate((on_time, judged, unknown)):
            self.between[:, column] += np.bincount(lane[mine & which], minlength=size)
        promised = _ints(verdicts["promised_on"])
        has = mine & (judged | unknown) & (promised != NOT_KNOWN)
        np.add.at(self.promised_days, lane[has], (promised - accepted)[has])
        late = mine & judged & ~on_time
        days_late = _ints(verdicts["days_late"], 0)
        for leg in Leg:
            days = np.maximum(_ints(verdicts[DAYS_COLUMNS[leg]], 0), 0)
            np.add.at(self.lost[:, leg], lane[late], days[late])
            saved = late & (days > 0) & (days_late <= days)
            self.rescued[:, leg] += np.bincount(lane[saved], minlength=size)

    def _claimable(self, verdicts: pa.Table) -> None:
        """Items on which senders could claim, by origin."""
        late = verdicts.filter(pc.equal(verdicts["sender_outcome"], str(Outcome.LATE_LIABLE)))
        if not len(late):
            return
        by_claim = SenderTerms(self._network, late).is_value("refund_mode", RefundMode.CLAIM_DRIVEN)
        for row in late.filter(pa.array(by_claim))["origin"].value_counts().to_pylist():
            self.owed[row["values"]] = self.owed.get(row["values"], 0) + row["counts"]


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
