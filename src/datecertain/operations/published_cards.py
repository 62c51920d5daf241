"""Report cards of the whole group, as it may publish them: whole months, and nothing that a reader
could trace to a few items of a pair (req 57; `quality.disclosure`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import pyarrow as pa

from datecertain.access import keeper
from datecertain.errors import NotFound, UsageError
from datecertain.kept import Kept
from datecertain.network import Network
from datecertain.operations.networks import current_network
from datecertain.operations.report_cards import (
    Group,
    MonthColumns,
    Told,
    counted,
    items_inquired,
    month_columns,
    months_between,
)
from datecertain.operations.tables import VERDICTS_TABLE
from datecertain.quality.cards import Asked, Cards, DayCounts, make_cards
from datecertain.quality.disclosure import (
    groups_of_sums,
    lanes_with_totals,
    least_judged,
    withheld,
)
from datecertain.settlement import Period
from datecertain.store import Workspace

#: Lanes, and groups that they add up to, in one table with them.
_OF_LANES = {Group.LANE: "lane", Group.ORIGIN: "origin", Group.DESTINATION: "destination"}
#: Groups that add up to the total of their destination.
_OF_DESTINATION = (Group.GATEWAY, Group.AREA)
_Counts = dict[tuple[str, str], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Published:
    """Cards that may be shown to everyone, and how many groups were withheld: of fewer judged
    items than `least`, or because another's could be worked out."""

    cards: Cards
    withheld: int
    least: int


def published_cards(
    workspace: Workspace, by: Group, asked: Asked, told: Told = lambda done, total: None
) -> Published:
    """The cards of whole months over all posts. A group that is withheld in one month is withheld
    in the period, else the month would follow from it and the others. Years pooled, trends and
    changes are left out: they rest on parts of the period.

    Raises `UsageError` for parts of months and groups that are not published, `NotFound` when
    nothing of it was judged, or all is withheld.
    """
    months = months_between(asked.first_day, asked.last_day)
    whole = (Period.month(months[0]).first_day, Period.month(months[-1]).last_day)
    if whole != (asked.first_day, asked.last_day):
        raise UsageError("the group's figures are of whole months: give months, not days")
    if by is Group.FLIGHT:
        raise UsageError("flights are not published: a post sees those of its own items")
    network, inquired = current_network(workspace), items_inquired(workspace)
    held = workspace.facts(VERDICTS_TABLE).months
    least, parts, hidden = least_judged(asked.last_day), list[MonthColumns](), set[str]()
    for number, month in enumerate(months):
        told(number, len(months))
        if month in held:
            columns = month_columns(workspace, network, month, by, inquired, keeper())
            if by in _OF_LANES:
                hidden |= _named(_names_withheld(workspace, network, month, least), _OF_LANES[by])
            else:
                hidden |= _withheld(columns, by, least)
            parts += columns
    told(len(months), len(months))
    shown = _without(counted(parts, asked.first_day, asked), hidden)
    if not shown.names:
        raise NotFound("nothing of the period may be shown: every group rests on too few items")
    cards = make_cards(shown, asked)
    bare = [replace(one, pooled=None, trend=None, change=None, change_on=None)
            for one in cards.cards]  # fmt: skip
    return Published(replace(cards, cards=tuple(bare)), len(hidden), least)


def withheld_lanes(
    workspace: Workspace, month: str, items: _Counts, least: int
) -> set[tuple[str, str]]:
    """The lanes of a month that must not be shown in any other table of the group, nor be in its
    totals: those that the cards withhold, and those of too few items. `items`: lane → (items,
    items)."""
    names = _named(_withheld_in(items, least), "lane")
    if month in workspace.facts(VERDICTS_TABLE).months:
        network = current_network(workspace)
        names |= _named(_names_withheld(workspace, network, month, least), "lane")
    return {(one, other) for one, _, other in (name.partition(">") for name in names)}


def withheld_names(workspace: Workspace, month: str) -> frozenset[str]:
    """What of the table of a month's lanes and their sums must not be shown: `lane KR>US`,
    `origin KR`, `destination US`, `all`; nothing where the month was not judged."""
    if month not in workspace.facts(VERDICTS_TABLE).months:
        return frozenset()
    least = least_judged(Period.month(month).last_day)
    return _names_withheld(workspace, current_network(workspace), month, least)


#: The same of the last few months, by the facts, the network and the least number of items: a page
#: or a pack asks for it with each of its figures.
_NAMES: Kept[frozenset[str]] = Kept(200)


def _names_withheld(
    workspace: Workspace, network: Network, month: str, least: int
) -> frozenset[str]:
    key = (*workspace.stand, network.version, month, least)
    return _NAMES.get(key, lambda: _withheld_in(_lanes_of(workspace, network, month), least))


def _lanes_of(workspace: Workspace, network: Network, month: str) -> _Counts:
    lanes: _Counts = {}
    nothing = pa.array([], pa.string())
    for column in month_columns(workspace, network, month, Group.LANE, nothing, keeper()):
        for _, origin, destination, items, judged in _sums(column):
            before = lanes.get((origin, destination), (0, 0))
            lanes[origin, destination] = (before[0] + items, before[1] + judged)
    return lanes


def _withheld_in(lanes: _Counts, least: int) -> frozenset[str]:
    cells = lanes_with_totals(lanes)
    return frozenset(cells[at].name for at in withheld(cells, least))


def _named(names: Iterable[str], word: str) -> set[str]:
    """Of such names those of lanes, of origins or of destinations, without that word."""
    return {name.removeprefix(f"{word} ") for name in names if name.startswith(f"{word} ")}


def _withheld(columns: Iterable[MonthColumns], by: Group, least: int) -> set[str]:
    """The names of the groups of a month, other than lanes and their sums, that must not be
    shown."""
    groups: dict[str, dict[str, _Counts]] = {}
    for column in columns:
        for name, origin, destination, items, judged in _sums(column):
            sum_ = destination if by in _OF_DESTINATION else "all"
            counts = groups.setdefault(name, {}).setdefault(sum_, {})
            before = counts.get((origin, destination), (0, 0))
            counts[origin, destination] = (before[0] + items, before[1] + judged)
    # Every leg counts every item, so that legs add up to nothing.
    free = by is Group.LEG
    named = {
        f"{sum_}\0{name}": ("" if free else sum_, counts)
        for name, sums in groups.items() for sum_, counts in sums.items()
    }  # fmt: skip
    parts = groups_of_sums(named)
    return {parts[at].name.partition("\0")[2] for at in withheld(parts, least)}


def _sums(column: MonthColumns) -> Iterable[tuple[str, str, str, int, int]]:
    table = pa.table({
        "name": column.keys.cast(pa.string()), "origin": column.origin,
        "destination": column.destination, "items": pa.array(column.items),
        "judged": pa.array(column.judged),
    })  # fmt: skip
    sums = table.group_by(["name", "origin", "destination"]).aggregate(
        [("items", "sum"), ("judged", "sum")]
    )
    for row in sums.to_pylist():
        yield (row["name"], row["origin"], row["destination"], row["items_sum"], row["judged_sum"])


def _without(counts: DayCounts, hidden: set[str]) -> DayCounts:
    kept = [at for at, name in enumerate(counts.names) if name not in hidden]
    return DayCounts(
        tuple(counts.names[at] for at in kept), counts.first_day, counts.items[kept],
        counts.judged[kept], counts.good[kept], counts.unresolved[kept], counts.inquiries[kept],
    )  # fmt: skip
