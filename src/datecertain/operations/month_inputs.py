"""What a month is settled on: current verdicts, acceptance records, scans, and journeys where a
tariff asks for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.errors import NotFound
from datecertain.network import Network
from datecertain.operations.claim_items import RECORD_COLUMNS, VERDICT_COLUMNS
from datecertain.operations.evidence import current_items, event_months, numbered
from datecertain.operations.judging import standing_columns
from datecertain.operations.late_payments import interest_of_month
from datecertain.operations.ledger_refunds import granted_refunds
from datecertain.operations.movements import way_scans
from datecertain.operations.networks import current_network
from datecertain.operations.tables import (
    EVENTS_TABLE,
    ITEMS_TABLE,
    TRANSPORT_TABLES,
    VERDICTS_TABLE,
)
from datecertain.operations.weights import verified, weighed
from datecertain.settlement import EVENT_TIMES, JOURNEYS, Period, Tariff
from datecertain.settlement.interest import LateInterest
from datecertain.settlement.ledger import Granted
from datecertain.store import Workspace, request_digest
from datecertain.tracking.milestones import event_times
from datecertain.verdict.journey_facts import journey_facts
from datecertain.verdict.outcomes import DAYS_COLUMNS, RULES_VERSION, SHARE_COLUMNS


@dataclass(frozen=True)
class MonthInputs:
    """The tables of one month. `times`: schema `EVENT_TIMES`; `journeys`: `JOURNEYS`, or None where
    they were not asked for; `granted`: what stands in the ledger of refunds."""

    period: Period
    network: Network
    verdicts: pa.Table
    items: pa.Table
    times: pa.Table
    journeys: pa.Table | None
    as_of: int
    granted: Granted
    interest: tuple[LateInterest, ...]


def month_inputs(
    workspace: Workspace, month: str, journeys: bool, as_of: int | None = None
) -> MonthInputs:
    """Read a month of acceptances, by what was known when it was judged, or `as_of` a moment (then
    it need not be judged). Raises `NotFound` when nothing of it was judged."""
    period, network = Period.month(month), current_network(workspace)
    verdicts = standing_columns(workspace, month, _OF_VERDICTS)
    if as_of is None:
        if not len(verdicts):
            raise NotFound(f"no item of {month} was judged here: run `datecertain judge` first")
        as_of = int(pc.max(verdicts["judged_as_of"]).as_py())
    items, times, went = [], [], []
    grams = _Grams(weighed(workspace, month), verified(workspace)) if journeys else None
    for unit in _units(workspace, month):
        rows = current_items(workspace, unit, columns=_OF_ITEMS, months=event_months(period.name))
        rows = rows.filter(pc.equal(rows["month"], period.name))
        if len(rows):
            items.append(rows.drop_columns(["next_at"]))
            times.append(_times(workspace, rows, period, unit, as_of))
            if grams:
                went.append(_journeys(workspace, network, rows, period, unit, as_of, grams))
    records = pa.concat_tables(items)
    return MonthInputs(
        period, network, verdicts, records, pa.concat_tables(times),
        pa.concat_tables(went) if grams else None, as_of,
        granted_refunds(workspace, network, month, records), interest_of_month(workspace, month),
    )  # fmt: skip


#: What settling wants to know of a verdict, and of an acceptance record: of the many columns that
#: they have, those that decide a refund, and those that shares, performance and charges rest on.
_OF_VERDICTS = tuple(dict.fromkeys((
    *VERDICT_COLUMNS, "outcome", *DAYS_COLUMNS, *SHARE_COLUMNS, "rules_version", "network_version",
    "judged_as_of",
)))  # fmt: skip
_OF_ITEMS = (*RECORD_COLUMNS, "contents", "weight_g")


@dataclass(frozen=True, slots=True)
class _Grams:
    """Weights beside those as accepted: parts of receptacles (`WEIGHED`), and verified, by key."""

    of_receptacles: pa.Table
    verified: dict[str, int]


def verified_digest(workspace: Workspace, tariff: Tariff) -> str:
    """What was verified of weights by now, where the tariff asks; empty: nothing."""
    found = verified(workspace) if tariff.needs_journeys else {}
    return request_digest({"weights": found}) if found else ""


def inputs_digest(workspace: Workspace, network: Network, month: str, tariff: Tariff) -> str:
    """What decides what a month comes to, as one digest, without reading the facts: the files of
    its months, the network, the tariff, the claims granted and what was verified or paid
    late."""
    files = [f"{VERDICTS_TABLE}/{file.path}"
             for file in workspace.facts(VERDICTS_TABLE).listed(months=[month])]  # fmt: skip
    tables = [EVENTS_TABLE, ITEMS_TABLE, *(TRANSPORT_TABLES if tariff.needs_journeys else ())]
    for name in tables:
        listed = workspace.facts(name).listed(months=event_months(month))
        files += [f"{name}/{file.path}" for file in listed]
    given = {
        "files": sorted(files), "network": network.version, "rules": RULES_VERSION,
        "tariff": tariff.digest, "granted": granted_refunds(workspace, network, month).digest,
        "weights": verified_digest(workspace, tariff),
        "interest": [one.plain for one in interest_of_month(workspace, month)],
    }  # fmt: skip
    return request_digest(given)


#: Items whose scans are looked up by one query: fewer cost more each, more only memory.
_AT_ONCE = 200_000


def _units(workspace: Workspace, month: str) -> Iterator[list[int]]:
    """The buckets in which a month has items, as many together as are looked up at once."""
    unit, count = list[int](), 0
    for part in workspace.facts(ITEMS_TABLE).partitions(months=[month]):
        if unit and count + part.rows > _AT_ONCE:
            yield unit
            unit, count = [], 0
        unit.append(part.bucket)
        count += part.rows
    if unit:
        yield unit


def _times(
    workspace: Workspace, items: pa.Table, period: Period, unit: Sequence[int], as_of: int
) -> pa.Table:
    """EVENT_TIMES of some items, row for row; without scans all times are null."""
    events = workspace.scan(EVENTS_TABLE, months=event_months(period.name), buckets=unit)
    rows = numbered(items)
    frame = event_times(nw.from_native(workspace.engine.from_arrow(rows)), events, as_of)
    found = nw.to_native(frame).to_arrow_table()
    place = pc.index_in(rows["item_row"], found["item_row"].combine_chunks())
    columns = {name: items[name] for name in ("item_key", "origin", "destination")}
    columns |= {
        name: found[name].cast(pa.int64()).take(place)
        for name in EVENT_TIMES.names
        if name not in columns
    }
    return pa.table([columns[name] for name in EVENT_TIMES.names], schema=EVENT_TIMES)


def _journeys(
    workspace: Workspace, network: Network, items: pa.Table, period: Period,
    unit: Sequence[int], as_of: int, grams: _Grams,
) -> pa.Table:  # fmt: skip
    """JOURNEYS of some items, row for row."""
    events = workspace.scan(EVENTS_TABLE, months=event_months(period.name), buckets=unit)
    posts = list(network.posts)
    origin, destination = (
        np.asarray(pc.index_in(items[name], pa.array(posts)).to_numpy(), dtype=np.int64)
        for name in ("origin", "destination")
    )
    facts = journey_facts(
        origin, destination, way_scans(workspace, network, items, events, as_of)
    )  # fmt: skip
    through = [posts[post] if transit else None
               for post, transit in zip(facts.got_by.tolist(), facts.transit.tolist(),
                                        strict=True)]  # fmt: skip
    place = pc.index_in(items["item_id"], grams.of_receptacles["item_id"].combine_chunks())
    in_bag = grams.of_receptacles["receptacle_g"].take(place.combine_chunks())
    checked = [grams.verified.get(key) for key in items["item_key"].to_pylist()]
    return pa.table(
        [items["item_key"], pa.array(facts.returned), pa.array(through, pa.string()), in_bag,
         pa.array(checked, pa.int64())], schema=JOURNEYS,
    )  # fmt: skip
