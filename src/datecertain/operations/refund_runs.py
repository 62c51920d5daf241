"""The refunds of a month: the verdict pays on automatic lanes, senders are told in time on the
others, and what a switch of the mode would cost (req 34, 80).

One commit. Run again on the same verdicts and the same day it does nothing; on later verdicts it
adds what changed: nothing is edited, and no item is refunded twice, whoever started it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, insert, select

from datecertain.claims.entitlements import UNASKED, Ground
from datecertain.claims.sender_terms import SenderTerms
from datecertain.claims.superseding import Since, since_superseded
from datecertain.claims.waiting import WAITING, Need, waiting_items
from datecertain.claims.windows import day_at
from datecertain.errors import NotFound
from datecertain.network import Network
from datecertain.network.claim_terms import RefundMode
from datecertain.operations.claim_items import month_entitlements
from datecertain.operations.claim_rows import (
    StandingRefund,
    change_row,
    means,
    posts_of,
    refund_row,
    standing_refunds,
)
from datecertain.operations.clock import Clock
from datecertain.operations.judging import Progress
from datecertain.operations.judging_units import judging_units
from datecertain.operations.networks import current_network
from datecertain.operations.tables import ITEMS_TABLE, VERDICTS_TABLE
from datecertain.store import Workspace, batch_id, finish_run, request_digest, start_run
from datecertain.store.claim_records import refund_events, refunds, sender_notices
from datecertain.verdict.outcomes import Outcome

#: The verdicts towards senders on which anything may be owed without a claim.
_ASKED = (Outcome.LATE_LIABLE, Outcome.PENDING, Outcome.UNDETERMINED)


@dataclass(slots=True)
class RefundReport:
    """What a run did: refunds granted and their sums by currency, refunds of earlier runs that
    changed, senders told by kind of notice, findings."""

    month: str
    batch_id: str
    already_done: bool
    granted: int = 0
    amounts: dict[str, int] = field(default_factory=dict)
    for_sender: int = 0
    reversed: int = 0
    kept: int = 0
    restored: int = 0
    changed: int = 0
    told: dict[str, int] = field(default_factory=dict)
    set_aside: int = 0


def run_refunds(
    workspace: Workspace, month: str, clock: Clock, progress: Progress | None = None,
    origin: str = "", *, dry: bool = False,
) -> RefundReport:  # fmt: skip
    """Refund what is owed of a month's acceptances without a claim: of all posts, or of the one
    that accepted them (`origin`). With `dry` nothing is written. Raises `NotFound` when nothing of
    that month was judged here."""
    now, network = clock.now(), current_network(workspace)
    units = _units(workspace, month)
    pins = [f"{name}:{workspace.contents.get(name)}" for name in (ITEMS_TABLE, VERDICTS_TABLE)]
    # What time alone may change, it changes at the midnights of the posts.
    days = [f"{post}:{day_at(network, post, now)}" for post in sorted(network.posts)]
    of = [f"origin:{origin}"] if origin else []
    batch = batch_id("refunds", month, network.version, *days, *pins, *of)
    report = RefundReport(month, batch, False)

    def reckon() -> _Work:
        work = _Work(workspace, network, month, batch, now, report, origin)
        for done, unit in enumerate(units):
            work.look_at(unit)
            if progress:
                progress(done + 1, len(units))
        return work

    if dry:
        reckon()
        return report
    with workspace.commit("refunds", batch, now=now) as commit:
        if commit.already_published:
            report.already_done = True
            return report
        commit.records(reckon().write)
    return report


def _units(workspace: Workspace, month: str) -> list[list[int]]:
    if not workspace.facts(VERDICTS_TABLE).files(months=[month]):
        raise NotFound(f"no item of {month} was judged here: run `datecertain judge` first")
    return judging_units(workspace, month)


class _Work:
    """The rows that a run adds, unit by unit of the month."""

    def __init__(
        self, workspace: Workspace, network: Network, month: str, batch: str, now: int,
        report: RefundReport, origin: str = "",
    ) -> None:  # fmt: skip
        self._workspace, self._network, self._month = workspace, network, month
        self._origin = origin
        self._batch, self._now, self._report = batch, now, report
        self._days: dict[str, int] = {}
        self.granted: list[dict[str, Any]] = []
        self.changes: list[dict[str, Any]] = []
        self.notices: list[dict[str, Any]] = []
        with workspace.reading() as view:
            self._before = standing_refunds(view.connection, refunds.c.month == month)
            told = view.connection.execute(select(sender_notices.c.item_key, sender_notices.c.kind))
            self._told = {(row.item_key, row.kind) for row in told}

    def look_at(self, unit: list[int]) -> None:
        """Find what is owed, what changed and who is to be told in some buckets."""
        owed, findings = month_entitlements(
            self._workspace, self._network, self._month, unit, self._now, _ASKED, self._before,
            self._origin,
        )  # fmt: skip
        self._report.set_aside += len(findings)
        pays = pc.is_in(owed["ground"], pa.array([ground.value for ground in UNASKED]))
        automatic = pc.equal(owed["mode"], RefundMode.AUTOMATIC.value)
        due = pc.and_(pays, automatic)
        self._grant(owed.filter(due))
        self._change(owed, pays)
        self._tell(owed, pc.and_(pays, pc.invert(automatic)))

    def _grant(self, owed: pa.Table) -> None:
        terms = SenderTerms(self._network, owed)
        offices = terms.text("paying_office").to_pylist()
        original = terms.is_value("refund_to_original_means", True).tolist()
        for row, office, same in zip(owed.to_pylist(), offices, original, strict=True):
            if row["item_key"] in self._before:
                continue
            by = means(row["remedy"], original=same)
            self.granted.append(self._row(row) | {"paying_office": office, "means": by})
            self._report.granted += 1
            self._report.for_sender += row["ground"] == Ground.FOR_SENDER
            amounts = self._report.amounts
            amounts[row["currency"]] = amounts.get(row["currency"], 0) + row["amount_minor"]

    def _row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        return refund_row(
            row, month=self._month, verdict_batch=row["verdict_batch"], case_id=None,
            granted_at=self._now, batch_id=self._batch,
        )  # fmt: skip

    def _change(self, owed: pa.Table, pays: pa.ChunkedArray) -> None:
        """Refunds of earlier runs whose verdict was superseded: they are paid, so that of one that
        is owed no longer the terms say whether it is kept. Those of claims are looked after by
        their cases."""
        if not self._before:
            return
        known = pc.is_in(owed["item_key"], pa.array(list(self._before), pa.string()))
        owed = owed.filter(known)
        stays = SenderTerms(self._network, owed).is_value("paid_refund_superseded", "kept")
        for row, still, keep in zip(
            owed.to_pylist(), pays.filter(known).to_pylist(), stays.tolist(), strict=True
        ):
            before = self._before[row["item_key"]]
            amount = row["amount_minor"] if still else 0
            since = since_superseded(before.amount_minor, amount, before.event, keeps=keep)
            if before.case_id is None and since is not Since.NOTHING:
                self._changed(before, row, since, amount)

    def _changed(
        self, before: StandingRefund, row: Mapping[str, Any], since: Since, amount: int
    ) -> None:
        told = self._row(row)
        if since is Since.KEPT:  # as what it was paid, on the ground on which it was paid
            told["ground"], amount = before.ground, before.amount_minor
        self.changes.append(change_row(before, told, str(since), amount))
        setattr(self._report, since, getattr(self._report, since) + 1)

    def _tell(self, owed: pa.Table, claimable: pa.ChunkedArray) -> None:
        """Senders are told first: that they may claim, before the window closes; and of items about
        which nobody can say, by when it is decided."""
        waiting = waiting_items(self._network, owed, self._now)
        waiting = waiting.filter(pc.not_equal(waiting["need"], Need.NOTHING.value))
        for row in waiting.select(WAITING.names).to_pylist():
            self._notice(row, "waiting", row["decided_on"])
        late = owed.filter(claimable)
        ahead = SenderTerms(self._network, late).numbers("tell_before_close_days")
        for row, days in zip(late.to_pylist(), ahead.tolist(), strict=True):
            if row["item_key"] in self._before or not days or row["claimable_until"] is None:
                continue
            today = self._today(row["origin"])
            if row["claimable_until"] - days <= today <= row["claimable_until"]:
                self._notice(row, "claimable", row["claimable_until"])

    def _today(self, post: str) -> int:
        if post not in self._days:
            self._days[post] = day_at(self._network, post, self._now)
        return self._days[post]

    def _notice(self, row: Mapping[str, Any], kind: str, until: int | None) -> None:
        if (row["item_key"], kind) in self._told:
            return
        self.notices.append(
            posts_of(row["origin"], row["destination"])
            | {"item_key": row["item_key"], "kind": kind, "item_id": row["item_id"]}
            | {"at": self._now, "until_on": until, "batch_id": self._batch}
        )  # fmt: skip
        self._report.told[kind] = self._report.told.get(kind, 0) + 1

    def write(self, connection: Connection) -> None:
        """Write the rows, in the transaction that publishes the batch."""
        for table, rows in (
            (refunds, self.granted), (refund_events, self.changes), (sender_notices, self.notices),
        ):  # fmt: skip
            if rows:
                connection.execute(insert(table), rows)
        run = start_run(
            connection, "refunds", self._batch, request_digest({"batch": self._batch}),
            now=self._now, network_version=self._network.version,
        )  # fmt: skip
        counts = {"granted": len(self.granted), "changed": len(self.changes)}
        counts["told"] = len(self.notices)
        finish_run(
            connection, run.run_id, now=self._now, counts=counts, result=asdict(self._report)
        )
