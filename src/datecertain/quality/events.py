"""Data quality of a month of items: completeness, timeliness and defects per post and partner, the
items behind them, what to ask for again, and the integrity screens (req 17-20, 42, 50, 75).

    TrackedItems, ToldEvents → data_quality → DataQuality

Pure set work over columns: the order of the rows and repeats of whole files change nothing but the
count of duplicates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.moments import NEVER, Ints
from datecertain.network import Network
from datecertain.quality.checks import (
    LISTED,
    Checked,
    Kind,
    QualityLine,
    lines_of,
    listed,
    wrong_rows,
)
from datecertain.quality.completeness import late_records, missing_events
from datecertain.quality.defects import (
    duplicates,
    impossible_sequences,
    impossible_speeds,
    missent,
    returned,
    unknown_codes,
)
from datecertain.quality.event_rules import EventRules
from datecertain.quality.holds import WHYS, HoldCost, hold_costs, unknown_reasons, void_holds
from datecertain.quality.screen_counts import ScreenInput
from datecertain.quality.screens import (
    ScreenCounts,
    ScreenResult,
    count_screens,
    counts_together,
    screen_offices,
)
from datecertain.quality.told_events import (
    ToldEvents,
    ToldMonth,
    TrackedItems,
    told_month,
)


@dataclass(frozen=True, slots=True)
class DataQuality:
    """The data quality of a month. `listed`: schema `LISTED`."""

    month: str
    as_of: int
    items: int
    events: int  # distinct records
    lines: tuple[QualityLine, ...]
    listed: pa.Table
    screens: tuple[ScreenResult, ...]
    hold_costs: tuple[HoldCost, ...] = ()

    def resend(self, post: str) -> pa.Table:
        """What to ask a post for again: rows of `listed` whose event is missing."""
        mine = pc.and_(
            pc.equal(self.listed["kind"], Kind.MISSING.value), pc.equal(self.listed["post"], post)
        )
        return self.listed.filter(mine)

    @property
    def flags(self) -> tuple[ScreenResult, ...]:
        """The screens that flag an office."""
        return tuple(one for one in self.screens if one.flagged)


@dataclass(frozen=True, slots=True)
class QualityPart:
    """What is counted of some of a month's items. `lines`: of each check, in their order."""

    items: int
    events: int
    lines: tuple[tuple[QualityLine, ...], ...]
    listed: pa.Table
    screens: ScreenCounts
    hold_costs: tuple[HoldCost, ...]


def data_quality(
    network: Network, items: TrackedItems, told: ToldEvents, rules: EventRules, month: str,
    as_of: int, claimed_at: Ints | None = None,
) -> DataQuality:  # fmt: skip
    """Everything that can be said of a month's records as known at `as_of`.

    `told`: records that happened and were transmitted by then. `claimed_at`: per item the moment
    a claim was opened (NEVER: none); without it the screen for that compares nothing.
    """
    part = quality_part(network, items, told, rules, month, as_of, claimed_at)
    return quality_together(network, [part], rules, month, as_of)


def quality_part(
    network: Network, items: TrackedItems, told: ToldEvents, rules: EventRules, month: str,
    as_of: int, claimed_at: Ints | None = None,
) -> QualityPart:  # fmt: skip
    """Count some of a month's items: as for `data_quality`."""
    month_told = told_month(items, told)
    lines, rows = list[tuple[QualityLine, ...]](), [LISTED.empty_table()]
    for one in _checks(network, month_told, rules, as_of):  # one at a time: their columns are long
        lines.append(tuple(lines_of(one, items.posts, month)))
        rows.append(wrong_rows(one, items, month_told.events))
    claims = np.full(len(items), NEVER) if claimed_at is None else claimed_at
    given = ScreenInput(month_told, network.compiled, claims)
    return QualityPart(
        len(items), len(month_told.events), tuple(lines), pa.concat_tables(rows),
        count_screens(given, rules.screens), hold_costs(network, month_told),
    )  # fmt: skip


def quality_together(
    network: Network, parts: Sequence[QualityPart], rules: EventRules, month: str, as_of: int
) -> DataQuality:
    """What parts of a month's items, no item in two of them, come to: as if counted at once."""
    posts = {post: number for number, post in enumerate(network.posts)}
    checks = zip(*(part.lines for part in parts), strict=True)
    lines = [line for each in checks for line in _lines_together(each, posts)]
    screens = counts_together([part.screens for part in parts])
    return DataQuality(
        month, as_of, sum(part.items for part in parts), sum(part.events for part in parts),
        tuple(lines), listed(part.listed for part in parts),
        screen_offices(screens, rules.screens, rules.confidence),
        _costs_together([part.hold_costs for part in parts], posts),
    )  # fmt: skip


def _lines_together(
    parts: Sequence[Sequence[QualityLine]], posts: Mapping[str, int]
) -> list[QualityLine]:
    """The lines of one check, by post and partner."""
    found: dict[tuple[int, int], QualityLine] = {}
    for line in (line for part in parts for line in part):
        pair = posts[line.post], posts[line.partner]
        known = found.get(pair)
        found[pair] = line if known is None else replace(
            known, of=known.of + line.of, bad=known.bad + line.bad)  # fmt: skip
    return [found[pair] for pair in sorted(found)]


def _costs_together(
    parts: Sequence[Sequence[HoldCost]], posts: Mapping[str, int]
) -> tuple[HoldCost, ...]:
    """The costs of each post, partner and reason."""
    found: dict[tuple[int, int, int], HoldCost] = {}
    for cost in (cost for part in parts for cost in part):
        key = posts[cost.post], posts[cost.partner], WHYS.index(cost.why)
        known = found.get(key)
        found[key] = cost if known is None else replace(
            known, items=known.items + cost.items, open=known.open + cost.open,
            minutes=known.minutes + cost.minutes)  # fmt: skip
    return tuple(found[key] for key in sorted(found))


def _checks(network: Network, told: ToldMonth, rules: EventRules, as_of: int) -> Iterator[Checked]:
    yield from missing_events(told, rules.expectations, as_of)
    yield from late_records(told, rules.timeliness)
    yield _together(impossible_sequences(told))
    yield impossible_speeds(told, network.compiled)
    yield from duplicates(told)
    yield from void_holds(network, told)
    yield from missent(told)
    yield returned(told)
    yield unknown_codes(told.events)
    yield unknown_reasons(told)


def _together(checks: Iterator[Checked]) -> Checked:
    """Checks of one kind and name as one."""
    parts = list(checks)
    one = parts[0]
    columns = [
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("post", "partner", "bad", "item", "event", "at", "place", "other")
    ]
    return Checked(one.kind, one.name, one.code, *columns)
