"""A tariff tried on past months: what each post would have been owed, against the tariff that they
were settled under; nothing is booked (req 47, 76)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from datecertain.operations.month_inputs import month_inputs
from datecertain.settlement import (
    ITEM_CHANGES,
    OWED,
    PostChange,
    Tariff,
    changes_per_post,
    item_changes,
    of_period,
    owed_by,
    performance_events,
    reckon,
)
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


def try_tariff(
    workspace: Workspace, months: Sequence[str], tariff: Tariff, against: Tariff,
    with_items: bool = False, told: Told = lambda done, total: None,
) -> Trial:  # fmt: skip
    """Reckon months under two tariffs.

    Raises `NotFound` when a month was not judged, `NetworkError` when terms or rates are missing.
    """
    before, after, items = [OWED.empty_table()], [OWED.empty_table()], [ITEM_CHANGES.empty_table()]
    findings = list[str]()
    journeys = tariff.needs_journeys or against.needs_journeys
    for number, month in enumerate(months):
        told(number, len(months))
        given = month_inputs(workspace, month, journeys)
        own = of_period(given.verdicts, given.period)
        reckoned = []
        for one in (against, tariff):
            working = one.settling(given.network, given.period.first_day)
            events = performance_events(one, given.period, given.times)
            reckoned.append(
                reckon(given.network, own, given.items, events, given.period, working,
                       given.journeys, given.granted)
            )  # fmt: skip
        before.append(owed_by(reckoned[0]))
        after.append(owed_by(reckoned[1]))
        if with_items:
            items.append(item_changes(*reckoned))
        findings += [str(finding) for finding in reckoned[1].findings]
    told(len(months), len(months))
    return Trial(
        tuple(months), tariff.name, against.name,
        changes_per_post(pa.concat_tables(before), pa.concat_tables(after)),
        pa.concat_tables(items), tuple(findings),
    )  # fmt: skip
