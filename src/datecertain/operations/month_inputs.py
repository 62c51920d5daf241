"""What a month is settled on: current verdicts, acceptance records, scans, and journeys where a
tariff asks for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.claims.columns import rows_in, spelt_out, texts
from datecertain.errors import NotFound
from datecertain.moments import NEVER
from datecertain.network import Network
from datecertain.operations.claim_items import RECORD_COLUMNS, VERDICT_COLUMNS
from datecertain.operations.evidence import current_items, event_months, in_threads
from datecertain.operations.judging import standing_verdicts
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
from datecertain.promise.acceptance import ITEMS
from datecertain.settlement import EVENT_TIMES, JOURNEYS, SENT, Period, Tariff, sent_by_rules
from datecertain.settlement.interest import LateInterest
from datecertain.settlement.ledger import Granted
from datecertain.store import Workspace, request_digest
from datecertain.store.parts import as_read
from datecertain.tracking.event_times import TIMED_EVENT_COLUMNS, TimeSearch
from datecertain.tracking.item_rows import repeats
from datecertain.verdict.journey_facts import journey_facts
from datecertain.verdict.outcomes import DAYS_COLUMNS, RULES_VERSION, SHARE_COLUMNS, VERDICTS


@dataclass(frozen=True)
class MonthInputs:
    """The tables of one month. `sent`: schema `SENT`; `journeys`: `JOURNEYS`, or None where they
    were not asked for; `granted`: what stands in the ledger of refunds."""

    period: Period
    network: Network
    verdicts: pa.Table
    items: pa.Table
    sent: pa.Table
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
    units = _units(workspace, month)
    judged = list(in_threads(lambda unit: _verdicts(workspace, month, unit), units))
    verdicts = _in_one_piece([_NO_VERDICT, *judged])
    if as_of is None:
        if not len(verdicts):
            raise NotFound(f"no item of {month} was judged here: run `datecertain judge` first")
        as_of = int(pc.max(verdicts["judged_as_of"]).as_py())
    at, items, sent, went = as_of, [_NO_ITEM], [_NO_SENT], []

    def read(unit: tuple[Sequence[int], pa.Table]) -> tuple[pa.Table, pa.Table]:
        return _recorded(workspace, period, *unit, at)

    grams = _Grams(weighed(workspace, month), verified(workspace)) if journeys else None
    pairs = list(zip(units, judged, strict=True))
    for unit, (rows, found) in zip(units, in_threads(read, pairs), strict=True):
        items.append(rows.select(_OF_ITEMS))
        sent.append(found)
        if grams and len(rows):
            went.append(_journeys(workspace, network, spelt_out(rows), period, unit, at, grams))
    records = _in_one_piece(items)
    return MonthInputs(
        period, network, verdicts, records, _in_one_piece(sent),
        pa.concat_tables([JOURNEYS.empty_table(), *went]) if grams else None, at,
        granted_refunds(workspace, network, month, records), interest_of_month(workspace, month),
    )  # fmt: skip


#: What settling wants to know of a verdict, and of an acceptance record: of the many columns that
#: they have, those that decide a refund, and those that shares, performance and charges rest on.
_OF_VERDICTS = tuple(dict.fromkeys((
    *(name for name in VERDICT_COLUMNS if name != "batch_id"), "outcome", *DAYS_COLUMNS,
    *SHARE_COLUMNS, "rules_version", "network_version", "judged_as_of",
)))  # fmt: skip
_OF_ITEMS = (*RECORD_COLUMNS, "contents", "weight_g")


def _coded(table: pa.Schema, names: Sequence[str]) -> pa.Table:
    """No rows of some columns; texts but for keys and numbers of items as codes."""
    return pa.schema([
        table.field(name) if name in ("item_key", "item_id") else as_read(table.field(name))
        for name in names
    ]).empty_table()  # fmt: skip


_NO_VERDICT, _NO_ITEM = _coded(VERDICTS, _OF_VERDICTS), _coded(ITEMS, _OF_ITEMS)
_NO_SENT = _coded(SENT, SENT.names)


def _in_one_piece(tables: Sequence[pa.Table]) -> pa.Table:
    """The rows of some tables: what is asked of their columns later is asked of one array."""
    table = pa.concat_tables(tables)
    columns = in_threads(lambda column: column.combine_chunks(), table.columns)
    return pa.table(list(columns), schema=table.schema)


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
    """What decides what a month comes to, as one digest, without reading the facts: what it is read
    from (`reading_digest`), the tariff, and what was paid late."""
    return request_digest({
        "read": reading_digest(workspace, network, month, tariff.needs_journeys),
        "tariff": tariff.digest,
        "interest": [one.plain for one in interest_of_month(workspace, month)],
    })  # fmt: skip


def reading_digest(workspace: Workspace, network: Network, month: str, journeys: bool) -> str:
    """What a month is read from, as one digest: the files of its months, the network, the claims
    granted and, where journeys are asked for, what was verified of weights."""
    files = [f"{VERDICTS_TABLE}/{file.path}"
             for file in workspace.facts(VERDICTS_TABLE).listed(months=[month])]  # fmt: skip
    for name in [EVENTS_TABLE, ITEMS_TABLE, *(TRANSPORT_TABLES if journeys else ())]:
        listed = workspace.facts(name).listed(months=event_months(month))
        files += [f"{name}/{file.path}" for file in listed]
    return request_digest({
        "files": sorted(files), "network": network.version, "rules": RULES_VERSION,
        "granted": granted_refunds(workspace, network, month).digest,
        "weights": verified(workspace) if journeys else {},
    })  # fmt: skip


#: Items that are read and put together at once: in each of several threads.
_AT_ONCE = 100_000


def _units(workspace: Workspace, month: str) -> list[list[int]]:
    """The buckets in which a month has items, as many together as are read at once."""
    rows = Counter[int]()
    for name in (ITEMS_TABLE, VERDICTS_TABLE):
        for part in workspace.facts(name).partitions(months=[month]):
            rows[part.bucket] = max(rows[part.bucket], part.rows)
    units, count = list[list[int]](), 0
    for bucket in sorted(rows):
        if not units or count + rows[bucket] > _AT_ONCE:
            units.append([])
            count = 0
        units[-1].append(bucket)
        count += rows[bucket]
    return units


def _verdicts(workspace: Workspace, month: str, unit: Sequence[int]) -> pa.Table:
    """The verdicts of a month in some buckets that no later one supersedes."""
    facts = workspace.facts(VERDICTS_TABLE)
    parts = facts.parts((*_OF_VERDICTS, "batch_id"), months=[month], buckets=unit)
    found = [part() for part in parts]
    rows = pa.concat_tables([one.drop_columns(["batch_id"]) for one in found])
    # No number twice, so no item: nearly always.
    if repeats(rows["item_id"].combine_chunks()):
        rows = standing_verdicts(workspace, pa.concat_tables(found)).drop_columns(["batch_id"])
    return rows.cast(_NO_VERDICT.schema)


def _recorded(
    workspace: Workspace, period: Period, unit: Sequence[int], judged: pa.Table, as_of: int
) -> tuple[pa.Table, pa.Table]:
    """(acceptance records with `next_at`, SENT of them row for row) of some buckets, in the
    order of their verdicts, those without one last."""
    months = event_months(period.name)
    rows = current_items(workspace, unit, columns=_OF_ITEMS, months=months, coded=True)
    search = TimeSearch(rows, as_of)
    events = workspace.facts(EVENTS_TABLE)
    for part in events.parts(TIMED_EVENT_COLUMNS, months=months, buckets=unit):
        search.take(part())
    left = pc.equal(rows["month"], period.name).to_numpy(zero_copy_only=False).copy()
    place = rows_in(texts(judged, "item_key"), texts(rows, "item_key"))
    place = place[place >= 0]
    place = place[left[place]]
    left[place] = False
    order = np.concatenate([place, np.flatnonzero(left)])
    moments = search.found()
    if not np.array_equal(order, np.arange(len(rows))):
        rows = rows.take(pa.array(order, pa.int64()))
        moments = {name: found[order] for name, found in moments.items()}
    columns = {name: rows[name] for name in ("item_key", "origin", "destination")}
    columns |= {name: pa.array(found, mask=found == NEVER) for name, found in moments.items()}
    return rows, sent_by_rules(pa.table({name: columns[name] for name in EVENT_TIMES.names}))


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
