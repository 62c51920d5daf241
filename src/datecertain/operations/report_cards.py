"""Report cards of a period from the current verdicts, by any of the groups that the facts tell
(req 49-52, 54). Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import select

from datecertain.access import Viewer, keeper
from datecertain.errors import NotFound
from datecertain.moments import Ints, Mask, format_date, parse_date
from datecertain.network import Network
from datecertain.operations.astray import astray_items
from datecertain.operations.evidence import current_items
from datecertain.operations.judging import standing_columns
from datecertain.operations.kept_sums import month_sums, scored_of
from datecertain.operations.movements import movement_rows
from datecertain.operations.networks import current_network
from datecertain.operations.seeing import rows_seen
from datecertain.operations.tables import VERDICTS_TABLE
from datecertain.quality.astray import left_out
from datecertain.quality.cards import (
    MOST_YEARS,
    Asked,
    Cards,
    DayCounts,
    check_asked,
    make_cards,
    years_before,
)
from datecertain.quality.figures import JUDGED, UNRESOLVED
from datecertain.settlement import Period
from datecertain.store import Workspace
from datecertain.store.case_records import inquiries as inquiry_table
from datecertain.verdict.outcomes import DAYS_COLUMNS, Leg, Outcome

Told = Callable[[int, int], None]
_THURSDAY = 3  # 1970-01-01 was a Thursday; Monday is 0


class Group(StrEnum):
    """What items are put together by."""

    LANE = "lane"  # one direction between two posts
    ORIGIN = "origin"  # the post that sent them
    DESTINATION = "destination"  # the post that delivers them
    GATEWAY = "gateway"  # the inward office at which they were scanned
    AREA = "area"  # the addressee's postcode area
    WEEKDAY = "weekday"  # of acceptance, 0 is Monday
    CONTENTS = "contents"
    PRODUCT = "product"
    LEG = "leg"  # a leg keeps time when it lost no unexcused day
    FLIGHT = "flight"  # the flight that a carrier said they left on


#: Groups that items must be in, all of them.
Narrowed = Mapping[Group, str]
NOT_NARROWED: Narrowed = {}


@dataclass(frozen=True, slots=True, eq=False)
class ScoredItems:
    """The verdicts of a month's scored items, their acceptance records row by row, and the moment
    of data-closing."""

    verdicts: pa.Table
    items: pa.Table
    closing: int


@dataclass(frozen=True, slots=True)
class MonthColumns:
    """Scored items of a month: their group and what became of them; `items` alike in a row."""

    keys: pa.Array  # text; empty: not known
    day: Ints
    items: Ints
    judged: Ints
    good: Ints
    unresolved: Ints
    inquiries: Ints
    origin: pa.Array
    destination: pa.Array


def report_cards(
    workspace: Workspace, by: Group, asked: Asked, told: Told = lambda done, total: None,
    viewer: Viewer | None = None, narrowed: Narrowed = NOT_NARROWED,
) -> Cards:  # fmt: skip
    """The cards of the items accepted in a period, of those that a viewer may see; of them those in
    all the groups of `narrowed`. Raises `NotFound` when none of it was judged, `UsageError` for
    what cannot be asked."""
    check_asked(asked)
    network, viewer = current_network(workspace), viewer or keeper()
    first = min(years_before(asked.last_day, MOST_YEARS), asked.first_day)
    held = workspace.facts(VERDICTS_TABLE).months
    months = [one for one in months_between(first, asked.last_day) if one in held]
    if not any(one in held for one in months_between(asked.first_day, asked.last_day)):
        raise NotFound(
            f"no item of {format_date(asked.first_day)} to {format_date(asked.last_day)} was "
            "judged here: run `datecertain judge` first"
        )
    period = months_between(asked.first_day, asked.last_day)
    inquired, parts = items_inquired(workspace), list[MonthColumns]()
    for number, month in enumerate(months):
        told(number, len(months))
        # Of what is pooled with the period nobody counts inquiries.
        of = inquired if month in period else inquired.slice(0, 0)
        parts += month_columns(workspace, network, month, by, of, viewer, narrowed)
    told(len(months), len(months))
    return make_cards(counted(parts, first, asked), asked)


def months_between(first: int, last: int) -> list[str]:
    """The months with a day from one to another, in order."""
    days = np.arange(first, last + 1).astype("datetime64[D]").astype("datetime64[M]")
    return [str(month) for month in np.unique(days)]


def items_inquired(workspace: Workspace) -> pa.Array:
    """The item of every inquiry between posts, as often as it was asked about."""
    with workspace.reading() as view:
        rows = view.connection.execute(select(inquiry_table.c.item_id)).scalars().all()
    return pa.array(rows, pa.string())


_ITEMS = ("item_key", "item_id", "accepted_at", "accepted_date", "origin", "destination",
          "contents", "product", "month", "bucket")  # fmt: skip


_VERDICTS = ("origin", "destination", "accepted_date", "destination_area", "inward_office",
             "outcome", "days_late", "judged_as_of", *DAYS_COLUMNS)  # fmt: skip


def month_columns(
    workspace: Workspace, network: Network, month: str, by: Group, inquired: pa.Array,
    viewer: Viewer, narrowed: Narrowed = NOT_NARROWED,
) -> list[MonthColumns]:  # fmt: skip
    """The scored items of a month that a viewer may see; by leg, once for each leg."""
    if narrowed:
        scored = scored_items(workspace, network, month, viewer)
        return columns_of(workspace, narrowed_items(workspace, scored, narrowed), by, inquired)
    cells = rows_seen(_cells(workspace, network, month, by), viewer)
    if not len(cells):
        return []
    day, items, judged, good, unresolved = (
        np.asarray(cells[name].to_numpy(), dtype=np.int64) for name in _CELLS
    )
    keys, origin, destination = (cells[name].combine_chunks() for name in _NAMES)
    found = [
        MonthColumns(
            keys, day, items, judged, good, unresolved, np.zeros(len(cells), dtype=np.int64),
            origin, destination,
        )
    ]  # fmt: skip
    if len(inquired):  # they change from day to day: looked up, and no part of what is kept
        asked = scored_items(workspace, network, month, viewer, pc.unique(inquired))
        found += [
            replace(one, **dict.fromkeys(_COUNTS, 0 * one.inquiries))
            for one in columns_of(workspace, asked, by, inquired)
        ]
    return found


_NAMES = ("key", "origin", "destination")
_COUNTS = ("items", "judged", "good", "unresolved")
_CELLS = ("day", *_COUNTS)


def _cells(workspace: Workspace, network: Network, month: str, by: Group) -> pa.Table:
    """Counts of a month's scored items by group, lane and day, as they are kept (`kept_sums`)."""
    rests_on = scored_of(workspace, network, month, _closing(workspace, month))
    kept = month_sums(
        workspace, month, f"cards.{by}", rests_on, lambda: _summed(workspace, network, month, by)
    )
    named = {
        name: pa.array(kept["names"].tolist(), pa.string()).take(pa.array(kept[name]))
        for name in _NAMES
    }
    return pa.table(named | {name: kept[name] for name in _CELLS})


def _summed(
    workspace: Workspace, network: Network, month: str, by: Group
) -> dict[str, npt.NDArray[Any]]:
    scored = scored_items(workspace, network, month, keeper())
    parts = columns_of(workspace, scored, by, pa.array([], pa.string()))
    tables = [
        pa.table(
            [one.keys.cast(pa.string()), one.origin, one.destination,
             *(pa.array(getattr(one, name)) for name in _CELLS)], names=[*_NAMES, *_CELLS],
        ) for one in parts
    ]  # fmt: skip
    if not tables:
        nothing = np.zeros(0, dtype=np.int64)
        return {"names": np.array([], dtype=str), **dict.fromkeys((*_NAMES, *_CELLS), nothing)}
    alike = [*_NAMES, "day"]
    sums = pa.concat_tables(tables).group_by(alike).aggregate([(one, "sum") for one in _COUNTS])
    sums = sums.sort_by([(name, "ascending") for name in alike])
    names = sorted({text for name in _NAMES for text in pc.unique(sums[name]).to_pylist()})
    place = pa.array(names, pa.string())
    return {
        "names": np.array(names, dtype=str), "day": sums["day"].to_numpy(),
        **{name: pc.index_in(sums[name], place).to_numpy() for name in _NAMES},
        **{name: sums[f"{name}_sum"].to_numpy() for name in _COUNTS},
    }  # fmt: skip


def _closing(workspace: Workspace, month: str) -> int:
    """The moment of a month's last data-closing, of whichever lane."""
    verdicts = workspace.facts(VERDICTS_TABLE)
    told = verdicts.latest(("judged_as_of",), months=[month])
    if told is None:
        told = pc.max(verdicts.arrow(["judged_as_of"], months=[month])["judged_as_of"]).as_py()
    return int(told or 0)


def scored_items(
    workspace: Workspace, network: Network, month: str, viewer: Viewer,
    numbers: pa.Array | None = None,
) -> ScoredItems:  # fmt: skip
    """The scored items of a month that a viewer may see, or of them those of some numbers."""
    items = current_items(workspace, None, columns=_ITEMS, months=[month], numbers=numbers)
    some = None if numbers is None else pc.unique(items["bucket"]).to_pylist()
    verdicts = rows_seen(standing_columns(workspace, month, _VERDICTS, some), viewer)
    if numbers is not None:
        keys = items["item_key"].combine_chunks()
        verdicts = verdicts.filter(pc.is_in(verdicts["item_key"], keys))
    closing = _closing(workspace, month)
    astray = astray_items(workspace, network, month, items, closing) if len(verdicts) else None
    if astray is not None:
        out = left_out(verdicts["item_key"], astray)
        verdicts = verdicts.filter(pa.array(~out))
    place = pc.index_in(verdicts["item_key"], items["item_key"].combine_chunks())
    return ScoredItems(verdicts, items.take(place), closing)


def narrowed_items(workspace: Workspace, scored: ScoredItems, narrowed: Narrowed) -> ScoredItems:
    """Those in all of some groups; in a leg are those that lost an unexcused day on it."""
    for by, name in narrowed.items():
        if by is Group.LEG:
            kept = pa.array(_lost_on(scored.verdicts, Leg[name.upper()]))
        else:
            kept = pc.equal(_keys(workspace, by, scored).cast(pa.string()), name)
        scored = replace(
            scored, verdicts=scored.verdicts.filter(kept), items=scored.items.filter(kept)
        )
    return scored


def columns_of(
    workspace: Workspace, scored: ScoredItems, by: Group, inquired: pa.Array
) -> list[MonthColumns]:
    """The groups of each item and what became of it; by leg, once for each leg."""
    verdicts = scored.verdicts
    if not len(verdicts):
        return []
    outcome = verdicts["outcome"]
    judged = _flags(pc.is_in(outcome, pa.array([str(one) for one in JUDGED])))
    on_time = _flags(pc.equal(outcome, str(Outcome.ON_TIME)))
    unresolved = _flags(pc.is_in(outcome, pa.array([str(one) for one in UNRESOLVED])))
    day = _days_of(verdicts)
    asked = _times_asked(scored.items["item_id"], inquired)
    flow = [verdicts[name].cast(pa.string()).combine_chunks() for name in ("origin", "destination")]
    one = np.ones(len(day), dtype=np.int64)
    if by is not Group.LEG:
        keys = _keys(workspace, by, scored)
        return [MonthColumns(keys, day, one, judged, on_time, unresolved, asked, *flow)]
    found = []
    for leg in Leg:
        keys = pa.array([leg.name.lower()] * len(day), pa.string())
        kept = np.where(_lost_on(verdicts, leg), 0, judged).astype(np.int64)
        found.append(MonthColumns(keys, day, one, judged, kept, unresolved, asked, *flow))
    return found


def _lost_on(verdicts: pa.Table, leg: Leg) -> Mask:
    lost: Mask = verdicts[DAYS_COLUMNS[leg]].cast(pa.int64()).to_numpy() > 0
    return lost


def _days_of(verdicts: pa.Table) -> Ints:
    return np.asarray(verdicts["accepted_date"].cast(pa.int64()).to_numpy(), dtype=np.int64)


def _flags(column: pa.ChunkedArray) -> Ints:
    return np.asarray(pc.cast(column, pa.int64()).to_numpy(), dtype=np.int64)


def _times_asked(item_ids: pa.ChunkedArray, inquired: pa.Array) -> Ints:
    counted = inquired.value_counts()
    place = pc.index_in(item_ids, counted.field("values"))
    times = counted.field("counts").take(place)
    return np.asarray(pc.fill_null(times, 0).to_numpy(zero_copy_only=False), dtype=np.int64)


def _keys(workspace: Workspace, by: Group, scored: ScoredItems) -> pa.Array:
    """The name of each item's group; empty where the facts do not tell it."""
    verdicts, items = scored.verdicts, scored.items
    if by is Group.LANE:
        found = pc.binary_join_element_wise(verdicts["origin"], verdicts["destination"], ">")
    elif by is Group.WEEKDAY:
        found = pa.array(((_days_of(verdicts) + _THURSDAY) % 7).astype(str), pa.string())
    elif by is Group.FLIGHT:
        found = _flights(workspace, items, scored.closing)
    elif by in (Group.CONTENTS, Group.PRODUCT):
        found = items[str(by)]
    else:
        columns = {Group.GATEWAY: "inward_office", Group.AREA: "destination_area"}
        found = verdicts[columns.get(by, str(by))]
    if isinstance(found, pa.ChunkedArray):
        found = found.combine_chunks()
    return pc.fill_null(found, "")


def _flights(workspace: Workspace, items: pa.Table, closing: int) -> pa.Array:
    """The first flight that a carrier told of each item's receptacle, by the moment it left."""
    rows = movement_rows(workspace, items, closing)
    flights = [""] * len(items)
    if "flight" in rows.column_names:
        rows = rows.filter(pc.is_valid(rows["flight"])).sort_by(
            [("event_at", "descending"), ("flight", "descending")]
        )
        for row, flight in zip(
            rows["item_row"].to_pylist(), rows["flight"].to_pylist(), strict=True
        ):
            flights[row] = flight
    return pa.array(flights, pa.string())


def counted(parts: list[MonthColumns], first: int, asked: Asked) -> DayCounts:
    """The counts of all months by group and day of acceptance. Raises `NotFound` for none."""
    if not parts:
        raise NotFound("no item of the period is to be seen here")
    every = pa.chunked_array([part.keys for part in parts])
    names = sorted(pc.unique(every).to_pylist())
    size = asked.last_day - first + 1
    tables = {name: np.zeros((len(names), size), dtype=np.int64)
              for name in ("items", "judged", "good", "unresolved")}  # fmt: skip
    inquiries = np.zeros(len(names), dtype=np.int64)
    for part in parts:
        group = pc.index_in(part.keys, pa.array(names, pa.string())).to_numpy()
        inside = (part.day >= first) & (part.day <= asked.last_day)
        cell = (group[inside], part.day[inside] - first)
        for name in _COUNTS:
            np.add.at(tables[name], cell, getattr(part, name)[inside])
        period = inside & (part.day >= asked.first_day)
        np.add.at(inquiries, group[period], part.inquiries[period])
    return DayCounts(
        tuple(names), first, tables["items"], tables["judged"], tables["good"],
        tables["unresolved"], inquiries,
    )  # fmt: skip


def day_range(first: str, last: str) -> tuple[int, int]:
    """(first, last day), inclusive, of two dates, or months as a whole. Raises `BadMoment`."""
    begin, end = (f"{text}-01" if len(text) == 7 else text for text in (first, last))
    final = parse_date(end)
    return parse_date(begin), Period.month(last).last_day if len(last) == 7 else final
