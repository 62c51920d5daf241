"""The verdict: one pure function over columns, for one item and for a year (req 23, 27, 28, 73).

Two verdicts from one staircase. Towards the sender: the date told and the origin's published
terms. Between posts: the date that the network gives and the pair's agreement. Neither looks at
when or in which order messages reached us.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.moments import UNKNOWN, Ints, Mask
from datecertain.network import NO_DUE, Network, Scope
from datecertain.rowwise import any_in
from datecertain.tracking.cases import ForceMajeureCase
from datecertain.verdict.case_rules import CASE_TERMS
from datecertain.verdict.declared import Custody
from datecertain.verdict.excuses import Holds
from datecertain.verdict.items import ItemsToJudge
from datecertain.verdict.lane_terms import LaneTerms
from datecertain.verdict.later_stops import LaterStops
from datecertain.verdict.marking import reasons_of
from datecertain.verdict.places import clocks_of
from datecertain.verdict.replay import Holders, Milestones, Replay
from datecertain.verdict.rules import CURRENT, Rules
from datecertain.verdict.scan_reasons import Reasoned
from datecertain.verdict.sides import Court, Side
from datecertain.verdict.verdict_table import JUDGED, ToldSender, merged_reasons, verdict_table

__all__ = ["JUDGED", "Judgement", "Side", "judge"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """Everything the verdicts rest on, row for row; `table` is the answer (schema JUDGED)."""

    between: Side
    #: The sender's verdict of the rows that are not judged alike on both sides; None: all are.
    own: Side | None
    own_rows: Ints
    table: pa.Table
    clocks: tuple[Ints, Ints]  # areas on whose clock it was judged, of origin and destination

    @property
    def sender(self) -> Side:
        """The verdict towards the sender, row for row."""
        if self.own is None:
            return self.between
        if len(self.own_rows) == len(self.table):
            return self.own
        return _merged(self.between, self.own, self.own_rows)  # type: ignore[no-any-return]

    @property
    def replay(self) -> Replay:
        """The staircase between the posts."""
        return self.between.replay

    @property
    def holders(self) -> Holders:
        """Whose its steps are."""
        return self.between.holders

    @property
    def holds(self) -> Holds:
        """The customs holds as the posts count them."""
        return self.between.holds


def judge(
    network: Network, items: ItemsToJudge, milestones: Milestones,
    cases: Sequence[ForceMajeureCase], as_of: int, rules: Rules = CURRENT,
) -> Judgement:  # fmt: skip
    """Judge items by the network version that was frozen with their promise.

    `as_of` is the data-closing moment: what is later than that is not known. Items without a
    known area on either end are `not_guaranteed` between the posts. Raises `InvariantBroken` when
    a verdict contradicts itself: a defect of datecertain.
    """
    posts = tuple(network.posts)
    origin_post, destination_post = items.lane_posts(posts)
    terms = LaneTerms(network, origin_post, destination_post, items.accepted_date)
    origin, destination = (
        clocks_of(network, items, milestones)
        if rules.clock_in_place
        else (np.maximum(items.origin_area, 0), np.maximum(items.destination_area, 0))
    )
    custody = Custody(origin_post, destination_post, origin, destination, items.asked)
    reasons, no_promise = reasons_of(items)
    court = Court(
        network, items.item_id, milestones, terms, custody, cases, reasons, no_promise,
        items.accepted_date, as_of, rules,
    )  # fmt: skip
    no_area = (items.origin_area < 0) | (items.destination_area < 0)
    guaranteed = pc.equal(items.quote_status, "guaranteed").to_numpy(zero_copy_only=False)
    # Without an acceptance record that says which date was told there is no guarantee (req 72).
    has_promise = guaranteed & ~no_area & (items.told_on < NO_DUE)
    promised = np.where(has_promise, items.standard_on, NO_DUE)
    between = court.side(Scope.RELATION, promised, court.stops(Scope.RELATION, promised))
    # What the sender was told binds, wherever the item goes to (req 9, 72).
    told = items.told_on if rules.clock_in_place else np.where(no_area, NO_DUE, items.told_on)
    own, rows = _towards_sender(court, between, told)
    sender = ToldSender.of(between, own, rows)
    table = verdict_table(network, items, destination, milestones, between, sender, as_of, rules)
    return Judgement(between, own, rows, table, (origin, destination))


def _towards_sender(court: Court, between: Side, promised: Ints) -> tuple[Side | None, Ints]:
    """The sender's verdict, of those rows where promise, stop, evidence or terms are not the same
    as between the posts; of the others it is the posts' own."""
    stopped, by = court.stops(Scope.SENDER, promised)
    differs = (promised != between.promised) | (stopped != between.stopped)
    differs |= by != between.stopped_by
    differs |= promised >= NO_DUE  # the reason why there is none is another
    differs |= _judged_otherwise(court, between)
    rows = np.flatnonzero(differs)
    if not len(rows):
        return None, rows
    given = None if court.rules.own_replay else _rows(between, rows)
    stop = stopped[rows], by[rows]
    return court.rows(rows).side(Scope.SENDER, promised[rows], stop, given), rows


#: Terms that matter only where customs held the item.
_OF_HOLDS = ("customs", "customs_ends", "customs_days", "clock_stop_closing")
#: Terms that matter only where the clock has not stopped.
_OF_WAITING = (
    "unresolved_after_days", "lost_after_days", "undetermined_ends_as",
    "undetermined_ends_after_days",
)  # fmt: skip


def _judged_otherwise(court: Court, between: Side) -> Mask:
    """Where terms, exclusions or what the reasons came to are not the same on both sides. Terms
    about stops and reasons show in the stops and the columns of reasons."""
    read, terms = court.milestones.reasoned, court.terms
    reasons = [getattr(read, name) for name in Reasoned.__slots__]
    differs = np.logical_or.reduce([column[:, 0] != column[:, 1] for column in reasons])
    kept = (court.milestones.retained_any != UNKNOWN) | any_in(read.export_held != UNKNOWN)
    kept[court.milestones.later.item] = True
    differs |= kept & terms.sides_differ(_OF_HOLDS)
    differs[court.milestones.later.differ()] = True
    differs |= (between.stopped == UNKNOWN) & terms.sides_differ(_OF_WAITING)
    late = between.settled.late > 0
    differs |= late & (terms.sides_differ(("tolerance_days",)) | terms.exclusions_differ())
    if court.cases:
        differs |= late & terms.sides_differ(CASE_TERMS)
    # Between the posts a gap may be undetermined; the sender's days are late all the same.
    differs |= between.bounds.gap_days > 0
    return np.asarray(differs, dtype=bool)


def _rows(side: Any, rows: Ints) -> Any:
    """Some of the rows of a side (or of a part of one)."""
    columns = []
    for name in side.__slots__:
        value = getattr(side, name)
        if isinstance(value, np.ndarray):
            value = value[rows]
        elif isinstance(value, LaterStops):
            value = value.rows(rows)
        elif not isinstance(value, tuple):
            value = _rows(value, rows)
        columns.append(value)
    return type(side)(*columns)


def _merged(side: Any, some: Any, rows: Ints) -> Any:
    """A side (or a part of one) with some of its rows replaced by those of another."""
    columns = {}
    for name in side.__slots__:
        whole, part = getattr(side, name), getattr(some, name)
        if isinstance(whole, np.ndarray):
            whole = whole.copy()
            whole[rows] = part
        elif isinstance(whole, LaterStops):
            whole = whole.merged(part, rows)
        elif not isinstance(whole, tuple):
            whole = _merged(whole, part, rows)
        columns[name] = whole
    if isinstance(side, Side):
        columns["reasons"], columns["reason"][rows] = merged_reasons(side, some)
    return type(side)(**columns)
