"""The table of verdicts, from what they rest on (schema JUDGED)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from datecertain.moments import UNKNOWN, Ints
from datecertain.network import NO_DUE, Network
from datecertain.rowwise import distinct
from datecertain.tracking.events import OWNERSHIP, PARTITION
from datecertain.verdict.bounds import NO_BOUND
from datecertain.verdict.exclusions import names_of
from datecertain.verdict.items import ItemsToJudge
from datecertain.verdict.marking import OUTCOMES
from datecertain.verdict.outcomes import (
    DAYS_COLUMNS,
    SHARE_COLUMNS,
    VERDICTS,
    Checkpoint,
)
from datecertain.verdict.replay import Milestones, local_days
from datecertain.verdict.rules import Rules
from datecertain.verdict.sides import Side
from datecertain.verdict.stops import StoppedBy

#: The columns that the store adds when verdicts are committed.
_STORED = {field.name for field in (*OWNERSHIP, *PARTITION)}
JUDGED = pa.schema([field for field in VERDICTS if field.name not in _STORED])
_STOPS = tuple(stop.name.lower() for stop in StoppedBy)


@dataclass(frozen=True, slots=True)
class ToldSender:
    """What the table tells of the verdict towards the sender, row for row."""

    outcome: Ints
    reason: Ints
    reasons: tuple[str, ...]
    promised: Ints
    stopped_on: Ints
    liable: Ints
    excused: Ints

    @classmethod
    def of(cls, between: Side, own: Side | None, rows: Ints) -> ToldSender:
        """The posts' own verdict, but for those rows."""
        outcome, reason, reasons = between.outcome, between.reason, between.reasons
        promised, stopped_on = between.promised, between.stopped_on
        liable, excused = between.settled.liable, between.settled.excused
        if own is not None:
            reasons, number = merged_reasons(between, own)
            outcome, reason = _put(outcome, rows, own.outcome), _put(reason, rows, number)
            promised = _put(promised, rows, own.promised)
            stopped_on = _put(stopped_on, rows, own.stopped_on)
            liable = _put(liable, rows, own.settled.liable)
            excused = _put(excused, rows, own.settled.excused)
        return cls(outcome, reason, reasons, promised, stopped_on, liable, excused)


def _put(column: Ints, rows: Ints, some: Ints) -> Ints:
    """A copy of a column with other values in some rows."""
    copy = column.copy()
    copy[rows] = some
    return copy


def merged_reasons(side: Side, some: Side) -> tuple[tuple[str, ...], Ints]:
    """The reasons of both, and those of `some` as numbers into them; the side's keep theirs."""
    names = (*side.reasons, *(text for text in some.reasons if text not in side.reasons))
    number = np.array([names.index(text) for text in some.reasons])
    return names, number[some.reason]


def verdict_table(
    network: Network, items: ItemsToJudge, area: Ints, milestones: Milestones, between: Side,
    sender: ToldSender, as_of: int, rules: Rules,
) -> pa.Table:  # fmt: skip
    """The verdicts, row for row; columns that the rules did not know are null."""
    count = len(items.item_id)
    areas = [row.area for row in network.compiled.areas]
    offices = [row.office for row in network.compiled.offices]
    inward = between.replay.office[:, Checkpoint.INWARD_IN]
    inward = np.where(between.replay.present[:, Checkpoint.INWARD_IN], inward, -1)
    delivered = np.where(
        milestones.delivered != UNKNOWN,
        local_days(network.compiled, area, milestones.delivered), NO_DUE,
    )  # fmt: skip
    clock_stops, void_stops = between.holds.counts()
    columns: dict[str, Any] = {
        "item_key": items.item_key,
        "item_id": items.item_id,
        "origin": items.origin,
        "destination": items.destination,
        "accepted_date": items.accepted_date,
        "origin_area": _named(areas, items.origin_area),
        "destination_area": _named(areas, items.destination_area),
        "inward_office": _named(offices, inward),
        "outcome": _chosen(OUTCOMES, between.outcome),
        "outcome_reason": _chosen(between.reasons, between.reason),
        "promised_on": _days(between.promised),
        "stopped_on": _days(between.stopped_on),
        "delivered_on": _days(delivered),
        "days_late": between.settled.late,
        "days_excused": between.settled.excused,
        "days_liable": between.settled.liable,
        **{name: between.settled.net[:, leg] for leg, name in enumerate(DAYS_COLUMNS)},
        **{name: between.settled.share[:, leg] for leg, name in enumerate(SHARE_COLUMNS)},
        "sender_outcome": _chosen(OUTCOMES, sender.outcome),
        "sender_days_liable": sender.liable,
        "clock_stops": clock_stops,
        "clock_stops_void": void_stops,
        "judged_as_of": np.full(count, as_of),
        "rules_version": pa.repeat(rules.version, count),
        "network_version": pa.repeat(network.version, count),
        **_since_2(between, sender),
    }
    columns |= {name: pa.nulls(count, JUDGED.field(name).type) for name in rules.without}
    arrays = [pa.array(columns[field.name], field.type) for field in JUDGED]
    return pa.Table.from_arrays(arrays, schema=JUDGED)


def _since_2(between: Side, sender: ToldSender) -> dict[str, Any]:
    """The columns that came with rules 2."""
    bits, _, place = distinct(between.excuses.by)
    bounds = between.bounds
    return {
        "stopped_by": _named(_STOPS, np.where(between.stopped_by > 0, between.stopped_by, -1)),
        "exclusions": _chosen([names_of(one) for one in bits.tolist()] or [""], place),
        "gap_days": bounds.gap_days,
        "days_late_low": _bound(bounds.late_low),
        "days_late_high": _bound(bounds.late_high),
        "origin_share_low": _bound(bounds.origin_low),
        "origin_share_high": _bound(bounds.origin_high),
        "sender_outcome_reason": _chosen(sender.reasons, sender.reason),
        "sender_promised_on": _days(sender.promised),
        "sender_stopped_on": _days(sender.stopped_on),
        "sender_days_excused": sender.excused,
    }


def _bound(values: Ints) -> pa.Array:
    return pa.array(values.astype(np.int32), pa.int32(), mask=values == NO_BOUND)


def _chosen(texts: Sequence[str], index: Ints) -> pa.Array:
    return pa.array([str(text) for text in texts], pa.string()).take(pa.array(index, pa.int64()))


def _named(names: Sequence[str], index: Ints) -> pa.Array:
    return pa.array(names, pa.string()).take(pa.array(index, pa.int64(), mask=index < 0))


def _days(values: Ints) -> pa.Array:
    missing = values >= NO_DUE
    return pa.array(np.where(missing, 0, values).astype(np.int32), pa.int32(), mask=missing)
