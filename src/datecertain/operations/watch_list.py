"""The watch list: items on their way in the order of what can still be saved, and the dispatches
that failed yesterday (req 22, 68)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.access import SeesFlow
from datecertain.identifiers import Defect, ItemNumber
from datecertain.moments import UNKNOWN, Ints
from datecertain.network import NO_DUE, Network
from datecertain.operations.open_items import OpenItems, is_open
from datecertain.operations.watch_looks import Look, look_at_one, looks, of_lane
from datecertain.store import Workspace
from datecertain.verdict.liable import destination_liable
from datecertain.verdict.live import STATES, Live, Warnings, at_risk_by_chance, live
from datecertain.verdict.live_chance import Chance, Chances, Histories, chances
from datecertain.verdict.live_routes import flights_caught
from datecertain.verdict.outcomes import Checkpoint, Leg

Progress = Callable[[int, int], None]

#: One row an open item. Days are local dates at the destination, moments UTC minutes.
WATCHED = pa.schema(
    [
        pa.field("item_id", pa.string()),
        pa.field("origin", pa.string()),
        pa.field("destination", pa.string()),
        pa.field("destination_area", pa.string()),
        pa.field("promised_on", pa.int32()),
        pa.field("state", pa.string()),
        pa.field("due_now", pa.int32()),  # null: beyond the network's calendar
        pa.field("lost_days", pa.int32()),
        pa.field("slack_days", pa.int32()),
        pa.field("slack_min", pa.int64()),  # to `cut_at`; null: nothing saves it
        pa.field("last", pa.string()),  # last credible scan, by name of the checkpoint
        pa.field("since", pa.int64()),
        pa.field("post", pa.string()),  # who holds it now
        pa.field("leg", pa.string()),
        pa.field("office", pa.string()),  # of the saving checkpoint, else of the last scan
        pa.field("planned_at", pa.int64()),  # when the next checkpoint is due by standard
        pa.field("cut", pa.string()),  # the checkpoint that saves the promise
        pa.field("cut_place", pa.string()),  # an office of exchange or an area
        pa.field("cut_zone", pa.string()),
        pa.field("cut_at", pa.int64()),
        pa.field("flights", pa.string()),  # which leaving by then catches
        pa.field("chance_percent", pa.int32()),
        pa.field("chance_in_time", pa.int64()),
        pa.field("chance_items", pa.int64()),
        pa.field("chance_basis", pa.string()),  # the pool, or why there is none
        pa.field("on_hold", pa.bool_()),
        pa.field("uncertain", pa.bool_()),
        pa.field("network_version", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which items are wanted; empty: all. And what is wanted instead of the terms; None: these."""

    post: str = ""  # that holds the item now
    office: str = ""
    lane: str = ""  # KR-US
    slack_used_percent: int | None = None
    chance_percent: int | None = None
    report_min: int | None = None

    def warnings(self, agreed: Warnings) -> Warnings:
        """The thresholds of the terms, but for those that are asked otherwise."""
        names = ("slack_used_percent", "chance_percent", "report_min")
        wanted = {name: getattr(self, name) for name in names}
        return replace(agreed, **{name: one for name, one in wanted.items() if one is not None})


@dataclass(frozen=True, slots=True)
class WatchList:
    """The open items at a moment (schema WATCHED), those to be saved first in front; `states`
    counts all of them, `rows` may be only the first so many."""

    now: int
    looked_at: int
    rows: pa.Table
    states: Mapping[str, int] = field(default_factory=dict)


def watch_list(
    workspace: Workspace, now: int, asked: Asked | None = None, *, limit: int | None = None,
    histories: Histories | None = None, progress: Progress | None = None,
    sees_flow: SeesFlow | None = None, kept: OpenItems | None = None,
) -> WatchList:  # fmt: skip
    """All items that are promised, not delivered and not given up at `now`, in the order of the
    moment by which each can still be saved; then those that nothing saves.

    `sees_flow`: of those that may be seen. With `limit` no more rows than that are kept in memory
    beside the part being looked at. `kept`: from look to look; the answer is the same, sooner.
    """
    asked = asked or Asked()
    sees = of_lane(asked.lane, sees_flow)
    every = looks(workspace, now, progress=progress, sees_flow=sees) if kept is None else (
        kept.looks(workspace, now, sees, progress))  # fmt: skip
    first, states, seen = WATCHED.empty_table(), Counter[str](), 0
    for look in every:
        seen += len(look.items)
        rows = watched(look, now, asked, histories or {})
        for row in pc.value_counts(rows["state"]).to_pylist():
            states[row["values"]] += row["counts"]
        first = in_order(pa.concat_tables([first, rows]))
        first = first if limit is None else first.slice(0, limit).combine_chunks()
    ordered = {str(state): states[str(state)] for state in STATES if states[str(state)]}
    return WatchList(now, seen if kept is None else kept.accepted(sees), first, ordered)


def narrowed(whole: WatchList, post: str = "", office: str = "", lane: str = "") -> WatchList:
    """What of a list a post holds now, or concerns an office or a lane (`KR-US`); empty: any. The
    states are counted anew."""
    wanted = {"post": post, "office": office}
    if lane:
        wanted["origin"], _, wanted["destination"] = lane.partition("-")
    rows = whole.rows
    for name, value in wanted.items():
        if value:
            rows = rows.filter(pc.equal(rows[name], value))
    counts = {row["values"]: row["counts"] for row in pc.value_counts(rows["state"]).to_pylist()}
    states = {str(one): counts[str(one)] for one in STATES if str(one) in counts}
    return WatchList(whole.now, whole.looked_at, rows, states)


def in_order(rows: pa.Table) -> pa.Table:
    """Those that can be saved in front, the nearest moment first; then those of which a scan may
    still come; last those that nothing saves."""
    ahead = pc.if_else(pc.greater_equal(rows["slack_min"], 0), 0, 1).fill_null(2)
    keys = [(name, "ascending") for name in ("ahead", "cut_at", "due_now", "item_id")]
    return rows.append_column("ahead", ahead).sort_by(keys).drop_columns(["ahead"])


def watched(look: Look, now: int, asked: Asked, histories: Histories) -> pa.Table:
    """The open items of a look that are asked for, as rows of the list."""
    open_ = np.flatnonzero(is_open(look))
    journeys, network = look.journeys.rows(open_), look.network
    warnings = asked.warnings(look.warnings(open_))
    found = live(network, journeys, now, warnings)
    told = chances(network, journeys, found, histories)
    state = at_risk_by_chance(found.state, told.percent, warnings)
    items = look.items.take(pa.array(open_))
    table = _table(network, items, journeys.destination, journeys.promised, found, state, told)
    wanted = np.ones(len(open_), dtype=bool)
    for name, value in (("post", asked.post), ("office", asked.office)):
        if value:
            is_value = pc.equal(table[name], value).fill_null(False)
            wanted &= is_value.to_numpy(zero_copy_only=False)
    table = table.filter(pa.array(wanted))
    return _with_flights(network, table)


def _table(
    network: Network, items: pa.Table, area: Ints, promised: Ints, found: Live, state: Ints,
    told: Chances,
) -> pa.Table:  # fmt: skip
    offices = [row.office for row in network.compiled.offices]
    areas = [row.area for row in network.compiled.areas]
    zones = [row.zone for row in network.compiled.offices]
    area_zones = [row.zone for row in network.compiled.areas]
    saved = found.cut_at != UNKNOWN
    at_office = found.cut_office >= 0
    place = _names(offices, found.cut_office).fill_null("")
    place = pc.if_else(pa.array(at_office), place, _names(areas, area))
    clock = _names(zones, found.cut_office).fill_null("")
    clock = pc.if_else(pa.array(at_office), clock, _names(area_zones, area))
    legs = [leg.name.lower() for leg in Leg]
    checkpoints = [one.name.lower() for one in Checkpoint]
    columns: dict[str, Any] = {
        **{name: items[name] for name in ("item_id", "origin", "destination", "destination_area",
                                          "network_version")},
        "promised_on": promised, "state": _names([str(one) for one in STATES], state),
        "due_now": _or_null(found.due, found.due < NO_DUE),
        "lost_days": found.lost_days, "slack_days": found.slack_days,
        "slack_min": _or_null(found.slack_min, saved), "last": _names(checkpoints, found.last),
        "since": found.since, "post": _holders(network, items, found.leg),
        "leg": _names(legs, found.leg),
        "office": _names(offices, np.where(at_office, found.cut_office, found.office)),
        "planned_at": _or_null(found.planned_at, found.planned_at != UNKNOWN),
        "cut": _names(checkpoints, np.where(saved, found.cut, -1)),
        "cut_place": pc.if_else(pa.array(saved), place, pa.scalar(None, pa.string())),
        "cut_zone": clock, "cut_at": _or_null(found.cut_at, saved),
        "flights": pa.nulls(len(area), pa.string()),
        **_chance_columns(told), "on_hold": found.on_hold, "uncertain": found.uncertain,
    }  # fmt: skip
    arrays = [_array(columns[one.name], one.type) for one in WATCHED]
    return pa.Table.from_arrays(arrays, schema=WATCHED)


def _array(values: Any, kind: pa.DataType) -> pa.Array:
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if isinstance(values, pa.ChunkedArray):
        values = pa.concat_arrays(values.chunks)
    return values.cast(kind) if isinstance(values, pa.Array) else pa.array(values).cast(kind)


def _names(names: list[str], index: Ints) -> pa.Array:
    return pa.array(names, pa.string()).take(pa.array(index, pa.int64(), mask=index < 0))


def _or_null(values: Ints, known: Any) -> pa.Array:
    return pa.array(np.where(known, values, 0), pa.int64(), mask=~known)


def _holders(network: Network, items: pa.Table, leg: Ints) -> pa.Array:
    """Who holds each item now: the post that answers for the leg."""
    day = np.asarray(items["accepted_date"].to_numpy(), dtype=np.int64)
    liable = destination_liable(network.carriage, items["origin"], items["destination"], day)
    by_destination = pa.array(liable[np.arange(len(leg)), leg])
    return pc.if_else(by_destination, _array(items["destination"], pa.string()),
                      _array(items["origin"], pa.string()))  # fmt: skip


def _chance_columns(told: Chances) -> dict[str, pa.Array]:
    def column(of_chance: Callable[[Chance], Any], kind: pa.DataType) -> pa.Array:
        values = [of_chance(one) if isinstance(one, Chance) else None for one in told.told]
        return pa.array(values, kind).take(pa.array(told.of))

    basis = [str(one.pool) if isinstance(one, Chance) else str(one) for one in told.told]
    return {
        "chance_percent": column(lambda one: one.percent, pa.int32()),
        "chance_in_time": column(lambda one: one.in_time, pa.int64()),
        "chance_items": column(lambda one: one.items, pa.int64()),
        "chance_basis": pa.array(basis, pa.string()).take(pa.array(told.of)),
    }


def _with_flights(network: Network, rows: pa.Table) -> pa.Table:
    """The flights that leaving the outward office by the saving moment catches."""
    known: dict[tuple[str, str, int, int], str] = {}
    leaving = Checkpoint.OUTWARD_OUT.name.lower()
    columns = ("cut", "cut_place", "destination_area", "cut_at", "promised_on")
    flights: list[str | None] = []
    for cut, place, area, at, promised in zip(
        *(rows[name].to_pylist() for name in columns), strict=True
    ):
        key = (place, area, at, promised)
        if cut == leaving and key not in known:
            known[key] = " ".join(flights_caught(
                network, network.areas[area], network.offices[place], at, promised
            ))  # fmt: skip
        flights.append(known[key] if cut == leaving else None)
    index = rows.schema.get_field_index("flights")
    return rows.set_column(index, "flights", pa.array(flights, pa.string()))


def live_item(
    workspace: Workspace, number: str, now: int, histories: Histories | None = None
) -> dict[str, Any] | None:
    """The row of one item's latest acceptance, by the same rule; None where it is not open (or
    not known, or not promised) at `now`."""
    parsed = ItemNumber.parse(number)
    if isinstance(parsed, Defect):
        return None
    look = look_at_one(workspace, str(parsed), now)
    if look is None:
        return None
    rows: list[dict[str, Any]] = watched(look, now, Asked(), histories or {}).to_pylist()
    return rows[0] if rows else None
