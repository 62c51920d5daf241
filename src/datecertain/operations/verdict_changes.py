"""Which verdicts of a month came out otherwise when they were judged again, and why (req 53, 67).

Nothing of this is kept: a superseded verdict stays, every fact names its batch and every judging
what it read, so the cause is found by asking what the later judging knew and the earlier did not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.moments import DAY
from datecertain.operations.evidence import event_months
from datecertain.operations.judging import with_places
from datecertain.operations.judging_log import (
    Judging,
    batches_since,
    judgings_of,
    places_of_batches,
)
from datecertain.operations.rejudging import CaseReach, fresh_cases
from datecertain.operations.tables import EVENTS_TABLE, ITEMS_TABLE, VERDICTS_TABLE
from datecertain.store import Workspace
from datecertain.tracking.milestones import EPISODE_DAYS
from datecertain.verdict.outcomes import DAYS_COLUMNS, SHARE_COLUMNS


class Cause(StrEnum):
    """Why a verdict came out otherwise; several may hold at once."""

    EVENTS = "events"  # events of the item became known; the detail names their codes
    RECORD = "record"  # an acceptance record of its number came in
    CASE = "case"  # a case that may concern it was declared or changed; the detail names them
    RULES = "rules"  # the rules changed; the detail names both versions
    NETWORK = "network"  # its record names another network version
    CLOSING = "closing"  # nothing else: only the moment of data-closing moved


#: What is compared and shown of a verdict, in order.
SHOWN = (
    "outcome", "outcome_reason", "promised_on", "stopped_on", "delivered_on", "days_late",
    "days_excused", "days_liable", *DAYS_COLUMNS, *SHARE_COLUMNS, "sender_outcome",
    "sender_days_liable", "clock_stops", "clock_stops_void", "rules_version", "network_version",
    "stopped_by", "exclusions", "sender_promised_on", "sender_stopped_on",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """One verdict that superseded another. `was` and `now` hold the fields (of SHOWN) that differ;
    `causes` tells the detail of each cause, which is empty where there is nothing to name."""

    item_id: str
    item_key: str
    origin: str
    destination: str
    accepted_date: int
    batch_id: str
    as_of_before: int
    as_of: int
    was: Mapping[str, Any]
    now: Mapping[str, Any]
    causes: Mapping[Cause, tuple[str, ...]]


def verdict_changes(
    workspace: Workspace, period: str, batch: str | None = None
) -> list[VerdictChange]:
    """The changes of a month, judging by judging, by item number; of one judging if its batch is
    given. First verdicts are no changes. Judgings by releases that kept no log are not told."""
    found: list[VerdictChange] = []
    for before, after in pairwise(judgings_of(workspace, period)):
        if after.superseding and batch in (None, after.batch_id):
            found += _changes(workspace, period, before, after)
    return found


def _changes(
    workspace: Workspace, period: str, before: Judging, after: Judging
) -> Iterator[VerdictChange]:
    facts = workspace.facts(VERDICTS_TABLE)
    mine = pc.field("batch_id") == after.batch_id
    new = facts.arrow(["item_key"], mine, months=[period])
    wanted = pc.is_in(pc.field("item_key"), new["item_key"].combine_chunks())
    rows = with_places(workspace, facts.arrow(filter=wanted, months=[period]))
    place = places_of_batches(workspace, "judge")[after.batch_id]
    rows = rows.filter(pc.less_equal(rows["seq"], place)).sort_by(
        [("item_id", "ascending"), ("item_key", "ascending"), ("seq", "ascending")]
    )
    pairs = [
        (old, now)
        for old, now in pairwise(rows.to_pylist())
        if now["seq"] == place and old["item_key"] == now["item_key"]
    ]
    why = _Causes(workspace, period, before, after, rows.filter(pc.less(rows["seq"], place)))
    for old, now in pairs:
        differing = [name for name in SHOWN if old[name] != now[name]]
        yield VerdictChange(
            now["item_id"], now["item_key"], now["origin"], now["destination"],
            now["accepted_date"], after.batch_id, before.as_of, after.as_of,
            {name: old[name] for name in differing}, {name: now[name] for name in differing},
            why.of(old, now),
        )  # fmt: skip


class _Causes:
    """What a judging knew of some items that the one before it did not."""

    def __init__(
        self, workspace: Workspace, period: str, before: Judging, after: Judging,
        verdicts: pa.Table,
    ) -> None:  # fmt: skip
        later = batches_since(workspace, after.read_seq).keys()
        fresh = frozenset(batches_since(workspace, before.read_seq).keys() - later)
        mine = pc.is_in(pc.field("item_id"), pc.unique(verdicts["item_id"]))
        cases = fresh_cases(workspace, before, after.as_of, fresh)
        self._cases = {case.case_id: _concerned(case, verdicts) for case in cases}
        self._records = set(
            workspace.facts(ITEMS_TABLE)
            .arrow(["item_id", "batch_id"], mine & _in(fresh), months=event_months(period))[
                "item_id"
            ]
            .to_pylist()
        )
        known = (pc.field("event_at") <= after.as_of) & (pc.field("transmitted_at") <= after.as_of)
        later_than_before = (pc.field("event_at") > before.as_of) | (
            pc.field("transmitted_at") > before.as_of
        )
        new = known & (_in(fresh) | (later_than_before & ~_in(later)))
        columns = ["item_id", "code", "event_at"]
        self._events: dict[str, list[tuple[int, str]]] = {}
        for row in (
            workspace.facts(EVENTS_TABLE)
            .arrow(columns, mine & new, months=event_months(period))
            .to_pylist()
        ):
            self._events.setdefault(row["item_id"], []).append((row["event_at"], row["code"]))

    def of(self, old: Mapping[str, Any], now: Mapping[str, Any]) -> Mapping[Cause, tuple[str, ...]]:
        """The causes of one change."""
        first = (now["accepted_date"] - 2) * DAY
        codes = {
            code
            for at, code in self._events.get(now["item_id"], ())
            if first <= at < first + (EPISODE_DAYS + 4) * DAY
        }
        found: dict[Cause, tuple[str, ...]] = {}
        if codes:
            found[Cause.EVENTS] = tuple(sorted(codes))
        if now["item_id"] in self._records:
            found[Cause.RECORD] = ()
        excuse = any(old[name] != now[name] for name in ("days_excused", "outcome_reason"))
        cases = [name for name, keys in self._cases.items() if now["item_key"] in keys]
        if cases and (excuse or not found):
            found[Cause.CASE] = tuple(sorted(cases))
        for cause, column in ((Cause.RULES, "rules_version"), (Cause.NETWORK, "network_version")):
            if old[column] != now[column]:
                found[cause] = (old[column], now[column])
        return found or {Cause.CLOSING: ()}


def _concerned(case: CaseReach, verdicts: pa.Table) -> frozenset[str]:
    rows = nw.from_native(verdicts, eager_only=True).filter(case.may_touch())
    return frozenset(rows["item_key"].to_list())


def _in(batches: Collection[str]) -> pc.Expression:
    return pc.is_in(pc.field("batch_id"), pa.array(sorted(batches), pa.string()))
