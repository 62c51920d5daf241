"""A tariff tried on past months: what each post would have been owed, against the tariff that they
were settled under; nothing is booked (req 47, 76)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from datecertain.access import Viewer
from datecertain.network import Network
from datecertain.operations.kept_months import in_full, keep_month, kept_month
from datecertain.operations.month_inputs import MonthInputs, month_inputs
from datecertain.operations.networks import current_network, demand_posts
from datecertain.settlement import (
    ITEM_CHANGES,
    OWED,
    Period,
    PostChange,
    Reckoned,
    Tariff,
    changes_per_post,
    item_changes,
    owed_by,
    performance_events,
    reckon,
    refund,
)
from datecertain.settlement.suppositions import Suppositions, Traffic, supposed
from datecertain.settlement.unnamed import Reckonable
from datecertain.store import Workspace

Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Trial:
    """What another tariff would have changed."""

    months: tuple[str, ...]
    tariff: str
    against: str
    posts: tuple[PostChange, ...]
    items: pa.Table  # schema ITEM_CHANGES; empty when not asked for
    findings: tuple[str, ...]


def _under(network: Network, period: Period, tariff: Tariff, month: Reckonable) -> Reckoned:
    """A month under a tariff."""
    return reckon(
        network, month.verdicts, month.items, performance_events(tariff, period, month.sent),
        period, tariff.settling(network, period.first_day), month.journeys,
        refunded=month.refunded,
    )  # fmt: skip


def read_once(workspace: Workspace, network: Network, month: str, journeys: bool) -> Reckonable:
    """A month as tariffs are reckoned on it: kept from before, or read and kept."""
    kept = kept_month(workspace, network, month, journeys)
    if kept is not None:
        return kept
    given = month_inputs(workspace, month, journeys)
    found = in_full(given)
    keep_month(workspace, given, found)
    return found


def _supposed(given: MonthInputs, month: Reckonable, what: Suppositions) -> Reckonable:
    """The month as it might have been."""
    now = supposed(
        Traffic(month.verdicts, month.items, month.sent, month.journeys, given.granted), what
    )
    return Reckonable(
        now.verdicts, now.items, now.sent, now.journeys,
        refund(given.network, now.verdicts, now.items, now.granted),
    )  # fmt: skip


def _seen(rows: pa.Table, viewer: Viewer) -> pa.Table:
    pairs = pc.binary_join_element_wise(rows["creditor"], rows["debtor"], "+")
    mine = pa.array(sorted(viewer.seen(pc.unique(pairs).to_pylist())), pa.string())
    return rows.filter(pc.is_in(pairs, mine))


def try_tariff(
    workspace: Workspace, months: Sequence[str], tariff: Tariff, against: Tariff,
    with_items: bool = False, told: Told = lambda done, total: None,
    suppose: Suppositions | None = None, viewer: Viewer | None = None,
) -> Trial:  # fmt: skip
    """Reckon months under two tariffs; with `suppose`, the second time as they might have been.
    With a viewer only what posts owe each other that it may see is told, and no finding.

    Raises `UsageError` for what cannot be supposed, `NotFound` for a lane of a post that is not
    known and when a month was not judged, `NetworkError` when terms or rates are missing.
    """
    before, after, items = [OWED.empty_table()], [OWED.empty_table()], [ITEM_CHANGES.empty_table()]
    findings, network = list[str](), current_network(workspace)
    if suppose is not None:
        demand_posts(network, *suppose.posts)
    journeys = tariff.needs_journeys or against.needs_journeys
    for number, month in enumerate(months):
        told(number, len(months))
        if with_items or suppose:  # items are named
            given = month_inputs(workspace, month, journeys)
            was = in_full(given)
            now = _supposed(given, was, suppose) if suppose else was
        else:
            was = now = read_once(workspace, network, month, journeys)
        under = partial(_under, network, Period.month(month))
        with ThreadPoolExecutor(2) as both:  # the work is in Arrow and NumPy, outside Python
            reckoned = list(both.map(under, (against, tariff), (was, now)))
        before.append(owed_by(reckoned[0]))
        after.append(owed_by(reckoned[1]))
        if with_items:
            items.append(item_changes(*reckoned))
        findings += [str(finding) for finding in reckoned[1].findings]
    told(len(months), len(months))
    if viewer is not None:
        before, after, items = (
            [_seen(one, viewer) for one in tables] for tables in (before, after, items)
        )
        findings = []
    return Trial(
        tuple(months), tariff.name, against.name,
        changes_per_post(pa.concat_tables(before), pa.concat_tables(after)),
        pa.concat_tables(items), tuple(findings),
    )  # fmt: skip
