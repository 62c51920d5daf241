"""The evidence of a verdict, read from the facts: acceptance records, scans, declared cases.

One row an item; nothing here depends on the order in which anything arrived.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.claims.columns import spelt_out
from datecertain.errors import NetworkError
from datecertain.moments import DAY, NEVER, UNKNOWN, Ints, date_of, parse_date
from datecertain.network import NO_DUE, Network, Scope
from datecertain.network.conditions import NOT_GIVEN
from datecertain.network.terms import TERMS
from datecertain.operations.frames import collected
from datecertain.operations.inquired import asked_for, with_inquiries
from datecertain.operations.movements import proven
from datecertain.operations.tables import CASES_TABLE, EVENTS_TABLE, ITEMS_TABLE
from datecertain.promise.acceptance import ITEMS
from datecertain.promise.routes import EMS
from datecertain.settlement.money import Rates
from datecertain.store import Workspace
from datecertain.tracking.canonical import buckets
from datecertain.tracking.cases import ForceMajeureCase, standing_cases
from datecertain.tracking.item_rows import SomeNumbers, repeats
from datecertain.tracking.milestones import (
    CODES,
    EPISODE_DAYS,
    EVENT_COLUMNS,
    MEASURE_BITS,
    MOMENT_SHIFT,
    REASON_BITS,
    REASONED_CODES,
    FoundScans,
    Inquired,
    LaidOut,
    ScanSearch,
    in_order,
    laid_out,
)
from datecertain.verdict.after_inquiry import in_force, proving
from datecertain.verdict.case_rules import Asked
from datecertain.verdict.downgrading import alone, weakened
from datecertain.verdict.items import ItemsToJudge
from datecertain.verdict.lane_terms import LaneTerms
from datecertain.verdict.later_holds import LaterHolds, called_back, later_holds
from datecertain.verdict.outcomes import Checkpoint
from datecertain.verdict.replay import Milestones
from datecertain.verdict.scan_reasons import Reasoned, ReasonedScans, read_reasons


@lru_cache(maxsize=64)
def event_months(period: str) -> tuple[str, ...]:
    """The months in which events of items accepted in a month can lie, in order."""
    first = parse_date(f"{period}-01")
    days = range(first - 1, first + 31 + EPISODE_DAYS)
    return tuple(sorted({date_of(day).strftime("%Y-%m") for day in days}))


#: The rows of so many items are remembered, of each table.
_RECENT = 8


def item_rows(
    workspace: Workspace, table: str, item_id: str, months: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
) -> pa.Table:  # fmt: skip
    """All rows of one item number in a facts table (events, items, verdicts), in all of its
    episodes, without reading what belongs to other buckets or months. They are remembered: who
    looks at an item asks several times."""
    facts = workspace.facts(table)
    every = table, workspace.published.get(table), item_id, None
    some = every if months is None else (*every[:3], tuple(months))
    wanted = facts.table.schema.names if columns is None else list(columns)
    rows = _remembered(workspace, some, wanted)
    if rows is None and (whole := _remembered(workspace, every, [*wanted, "month"])) is not None:
        rows = whole.filter(pc.is_in(whole["month"], pa.array(list(months or ()), pa.string())))
    if rows is None:
        bucket = buckets(pa.chunked_array([[item_id]], pa.string()))[0].as_py()
        rows = facts.lookup(item_id, months=months, buckets=[bucket], columns=columns)
        if len(workspace.recent) == _RECENT:
            workspace.recent.clear()
        workspace.recent[some] = rows
    return rows.select(wanted)


def _remembered(
    workspace: Workspace, which: tuple[object, ...], wanted: Sequence[str]
) -> pa.Table | None:
    rows = workspace.recent.get(which)
    return rows if rows is not None and {*wanted} <= {*rows.column_names} else None


#: Columns of an acceptance record that judging needs.
JUDGED_COLUMNS = (
    "item_key", "item_id", "origin", "destination", "origin_area", "destination_area",
    "accepted_at", "accepted_date", "promised_on", "standard_on", "quote_status", "quote_reason",
    "network_version", "month", "bucket", "product", "contents", "declared_minor",
    "declared_currency",
)  # fmt: skip


#: From an item number on, and up to another that is not in it; None: without a limit.
NumberRange = tuple[str | None, str | None]
EVERY_NUMBER: NumberRange = (None, None)


def current_items(
    workspace: Workspace, buckets_: Sequence[int] | None, item_id: str | None = None,
    columns: Sequence[str] | None = None, months: Sequence[str] | None = None,
    numbers: pa.Array | None = None, between: NumberRange = EVERY_NUMBER, coded: bool = False,
) -> pa.Table:  # fmt: skip
    """Acceptance records, one row per item, with `next_at`: when the number was accepted again.

    With `item_id`, those of one number: only its bucket is opened, whatever `buckets_` says.
    Of several records of one item the smallest by content counts, whatever came first. `months`:
    only what was accepted in these (`next_at` is then the next in these); `numbers`: only these
    item numbers, `between`: only those of a range. `coded`: as they are stored, with codes for the
    texts that come again and again.
    """

    def read(wanted: Sequence[str]) -> pa.Table:
        if item_id is not None:
            return item_rows(workspace, ITEMS_TABLE, item_id, columns=wanted)
        return _read_items(workspace, buckets_, wanted, months, numbers, between, coded)

    every = ITEMS.names
    rows = read(columns or every)
    if not repeats(rows["item_id"].combine_chunks()):  # no number twice: nearly always
        return rows.append_column("next_at", pa.array(np.full(len(rows), NEVER)))
    rows = rows.sort_by([("item_id", "ascending"), ("accepted_at", "ascending")])
    if pc.count_distinct(rows["item_key"]).as_py() != len(rows):
        rows = _one_record_each(spelt_out(read(every))).select(rows.column_names).cast(rows.schema)
    accepted = rows["accepted_at"].to_numpy().astype(np.int64)
    following = np.full(len(rows), NEVER, dtype=np.int64)
    if len(rows) > 1:
        number = rows["item_id"].combine_chunks()
        again = pc.equal(number[1:], number[:-1]).to_numpy(zero_copy_only=False)
        following[:-1] = np.where(again, accepted[1:], NEVER)
    return rows.append_column("next_at", pa.array(following))


def _read_items(
    workspace: Workspace, buckets_: Sequence[int] | None, columns: Sequence[str],
    months: Sequence[str] | None, numbers: pa.Array | None, between: NumberRange, coded: bool,
) -> pa.Table:  # fmt: skip
    """Acceptance records in one piece."""
    some = None if numbers is None else SomeNumbers(numbers)
    among = None if some is None else some.ordered
    facts = workspace.facts(ITEMS_TABLE)
    parts = facts.parts(columns, months=months, buckets=buckets_, between=between, among=among)

    first, end = between

    def read(part: Callable[[], pa.Table]) -> pa.Table:
        rows = part()
        number = rows["item_id"]
        if some is not None:
            rows = some.of(rows)
        elif first is not None and end is not None:
            rows = rows.filter(pc.and_(pc.greater_equal(number, first), pc.less(number, end)))
        elif first is not None:
            rows = rows.filter(pc.greater_equal(number, first))
        elif end is not None:
            rows = rows.filter(pc.less(number, end))
        return rows.cast(schema)

    schema = pa.schema([ITEMS.field(name) for name in columns])
    schema = facts.as_read(columns) if coded else schema
    found = [schema.empty_table(), *in_threads(read, parts)]
    return pa.concat_tables(found).combine_chunks()


def in_threads(work: Callable[[Any], Any], parts: Sequence[Any]) -> Iterator[Any]:
    """What the work comes to for each part, in their order; several are worked on at a time."""
    if len(parts) < 2:
        yield from map(work, parts)
        return
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        yield from pool.map(work, parts)


#: What decides which of several records of one item counts: the smallest; nothing comes last.
RECORD_ORDER = (
    "item_id", "accepted_at", "item_key", "promised_on", "destination_postcode", "postage_minor",
    "origin_postcode", "contents", "weight_g", "channel", "origin", "destination", "currency",
    "network_version", "product", "address", "declared_minor", "declared_currency", "office",
    "tariff_minor", "payer_ref",
)  # fmt: skip


def _one_record_each(rows: pa.Table) -> pa.Table:
    """Of the records of one item the smallest by content."""
    rows = rows.sort_by([(name, "ascending") for name in RECORD_ORDER])
    key = rows["item_key"].combine_chunks()
    first = np.ones(len(rows), dtype=bool)
    first[1:] = pc.not_equal(key[1:], key[:-1]).to_numpy(zero_copy_only=False)
    return rows.filter(pa.array(first))


def episode_of(at: int, records: Sequence[Mapping[str, Any]]) -> int:
    """The number of the acceptance (of one item number, in order of time) to which a scan at that
    moment belongs; -1: none. What `tracking.milestones.episode_events` says of whole columns."""
    for place, record in enumerate(records):
        accepted = record["accepted_at"]
        last = min(record["next_at"] - DAY, accepted + EPISODE_DAYS * DAY)
        if accepted - DAY <= at < last:
            return place
    return -1


#: Functions that each read some events (EVENT_COLUMNS), in any thread.
EventParts = Sequence[Callable[[], pa.Table]]


def event_parts(
    workspace: Workspace, months: Sequence[str], buckets_: Sequence[int],
    between: NumberRange = EVERY_NUMBER, numbers: pa.Array | None = None,
) -> EventParts:  # fmt: skip
    """The events of some buckets, of a range of item numbers or of some numbers only; a few others
    come with them."""
    among = None if numbers is None else sorted(numbers.to_pylist())
    return workspace.facts(EVENTS_TABLE).parts(
        EVENT_COLUMNS, months=months, buckets=buckets_, between=between, among=among
    )


def scans(
    workspace: Workspace, network: Network, items: pa.Table, asked: ItemsToJudge,
    events: EventParts, as_of: int,
) -> Milestones:  # fmt: skip
    """The milestones of the items, row for row; the handover by the earliest credible proof.
    `asked`: the same items as the rule wants them (`to_judge`)."""
    own = own_scans(workspace, network, items, asked, events, as_of)
    return proven(workspace, network, items, asked, own, as_of)


def own_scans(
    workspace: Workspace, network: Network, items: pa.Table, asked: ItemsToJudge,
    events: EventParts, as_of: int,
) -> Milestones:  # fmt: skip
    """The milestones of the items by their own scans alone, row for row."""
    inquired = inquired_of(workspace, network, items, asked)
    return scanned(network, items, asked, events, as_of, inquired)


def scanned(
    network: Network, items: pa.Table, asked: ItemsToJudge, events: EventParts, as_of: int,
    inquired: Inquired | None,
) -> Milestones:  # fmt: skip
    """The same, where it is known when somebody first asked for each of them."""
    search = scan_search(network, items, as_of, inquired)
    for _ in in_threads(lambda part: search.take(part()), events):
        pass
    return read_milestones(search.found(), network, asked)


def scan_search(
    network: Network, items: pa.Table, as_of: int, inquired: Inquired | None = None
) -> ScanSearch:
    """The search for scans that can be milestones of items by a network version. Place 0 is "not an
    office of exchange"; office i is i + 1."""
    return ScanSearch(items, network.offices, *named_codes(network), as_of, inquired)


def inquired_of(
    workspace: Workspace, network: Network, items: pa.Table, asked: ItemsToJudge
) -> Inquired | None:
    """When somebody first asked for each of the items, and what such events still prove; None where
    that changes nothing."""
    if not in_force(network) or not len(told := asked_for(workspace, _few(items["item_id"]))):
        return None
    rows = np.flatnonzero(
        pc.is_in(items["item_id"], told["item_id"].combine_chunks()).to_numpy(zero_copy_only=False)
    )
    at = np.full(len(items), UNKNOWN, dtype=np.int64)
    if len(rows):
        few = numbered(items.take(pa.array(rows)))
        frame = with_inquiries(nw.from_native(few).lazy(), nw.from_native(told).lazy())
        found = collected(frame)
        at[rows[found["item_row"].to_numpy()]] = found["inquired_at"].to_numpy()
    return inquired_by(network, asked, at)


def inquired_by(network: Network, asked: ItemsToJudge, at: Ints) -> Inquired:
    """`at`: when somebody first asked for each item, UNKNOWN where nobody did."""
    rows = np.flatnonzero(at != UNKNOWN)
    place = np.zeros(len(at), dtype=np.int64)
    place[rows] = np.arange(len(rows))
    item, code = (side.ravel() for side in np.meshgrid(rows, np.arange(len(CODES)), indexing="ij"))
    proves = proving(_lane_terms(network, asked), CODES, item, code).reshape(-1, len(CODES))
    return Inquired(np.where(at == UNKNOWN, NEVER, at), place, proves)


def _few(numbers: pa.ChunkedArray) -> list[str] | None:
    """The numbers themselves where they are few."""
    return numbers.to_pylist() if len(numbers) <= _FEW else None


#: Of so many items the inquiries are asked for by number.
_FEW = 100


def named_codes(network: Network) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(reasons, measures) that any term or exclusion of the network names, in the order of their
    numbers."""
    reasons, measures = set(network.exclusions.reasons()), set[str]()
    for row in network.data.terms:
        if row.term in ("retention_reasons", "attempt_reasons"):
            reasons |= TERMS[row.term].parse(row.value)
        elif row.term in ("attempt_measures", "notification_measures"):
            measures |= TERMS[row.term].parse(row.value) - {"*"}
    return in_order(reasons, REASON_BITS), in_order(measures, MEASURE_BITS)


def numbered(items: pa.Table) -> pa.Table:
    """What the set operations want of the items, each with its row number."""
    rows = items.select(["item_id", "origin", "destination", "accepted_at", "next_at"])
    return rows.append_column("item_row", pa.array(np.arange(len(items), dtype=np.int64)))


def read_milestones(found: FoundScans, network: Network, asked: ItemsToJudge) -> Milestones:
    """The scans of the items as columns, row for row; weakened where the network says so of
    flagged places."""
    scanned = laid_out(found.first, asked.accepted_at)
    reasoned, later = _reasoned(found, network, asked, scanned)
    told = Milestones(
        at=scanned.at, office=scanned.office, retained_any=scanned.kept,
        export_released=scanned.export_back, pickup=scanned.to_call_for,
        delivered=scanned.delivered, last_scan=np.maximum(asked.accepted_at, found.latest),
        reasoned=reasoned, later=later,
    )  # fmt: skip
    return weakened(network, asked, told)


def _lane_terms(network: Network, asked: ItemsToJudge) -> LaneTerms:
    return LaneTerms(network, *asked.lane_posts(tuple(network.posts)), asked.accepted_date)


def _reasoned(
    found: FoundScans, network: Network, asked: ItemsToJudge, scanned: LaidOut
) -> tuple[Reasoned, LaterHolds]:
    """What the events with reasons came to by the terms of each item, and what customs kept after
    the first EDC."""
    number = np.array([REASONED_CODES.index(c) if c in REASONED_CODES else -1 for c in CODES])
    code = number[found.kind]
    some = np.flatnonzero(code >= 0)
    row, code, packed = found.row[some], code[some], found.packed[some]
    reasons, measures = named_codes(network)
    told = ReasonedScans(
        row, code, packed >> MOMENT_SHIFT,
        ((packed >> MEASURE_BITS) & ((1 << REASON_BITS) - 1)) - 1,
        (packed & ((1 << MEASURE_BITS) - 1)) - 1, REASONED_CODES, reasons, measures,
    )  # fmt: skip
    terms = _lane_terms(network, asked)
    again = called_back(told, scanned.at[:, Checkpoint.CUSTOMS_OUT])
    alone_ = alone(
        network,
        asked,
        told.item,
        told.at,
        scanned.at[:, Checkpoint.DELIVERY_OFFICE],
        scanned.to_call_for,
    )
    told = replace(told, alone=alone_)
    if not again.any():
        return read_reasons(told, terms, len(asked.accepted_at)), LaterHolds.none()
    told = replace(told, again=again)
    few = np.zeros(len(asked.accepted_at), dtype=bool)
    few[told.item[again]] = True

    def scans_of(code_: str, checkpoint: Checkpoint) -> tuple[Ints, Ints]:
        its = np.flatnonzero((found.kind == CODES.index(code_)) & few[found.row])
        moment = scanned.at[:, checkpoint]
        once = np.flatnonzero(few & (moment != UNKNOWN))
        return (
            np.concatenate([once, found.row[its]]),
            np.concatenate([moment[once], found.packed[its] >> MOMENT_SHIFT]),
        )

    later = later_holds(
        told, terms, scans_of("EDC", Checkpoint.CUSTOMS_OUT),
        scans_of("EMF", Checkpoint.INWARD_OUT),
    )  # fmt: skip
    return read_reasons(told, terms, len(asked.accepted_at)), later


def to_judge(network: Network, items: pa.Table) -> ItemsToJudge:
    """The acceptance facts as the rule wants them."""

    def text(name: str) -> pa.StringArray:
        return items[name].combine_chunks()

    def days(name: str) -> Ints:
        filled = items[name].cast(pa.int64()).fill_null(int(NO_DUE))
        return np.asarray(filled.to_numpy(), dtype=np.int64)

    areas = pa.array(list(network.areas), pa.string())

    def area(name: str) -> Ints:
        found = pc.index_in(text(name), areas).fill_null(-1)
        return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.int64)

    return ItemsToJudge(
        text("item_key"), text("item_id"), text("origin"), text("destination"),
        area("origin_area"), area("destination_area"), items["accepted_at"].to_numpy(),
        days("accepted_date"), days("promised_on"), days("standard_on"), text("quote_status"),
        text("quote_reason"), asked_of(network, items),
    )  # fmt: skip


def asked_of(network: Network, items: pa.Table) -> Asked:
    """What a case may be limited to. A declared value is one in micro-SDR at the rate of the day of
    acceptance; NOT_GIVEN without one, or without a rate."""
    promised = items["standard_on"].cast(pa.int64()).fill_null(int(NO_DUE)).to_numpy()
    accepted_on = items["accepted_date"].cast(pa.int64()).to_numpy()
    standard = np.where(promised < NO_DUE, promised - accepted_on, -1)
    return Asked(
        items["accepted_at"].to_numpy(), standard,
        items["product"].fill_null(EMS).combine_chunks(), items["contents"].combine_chunks(),
        _declared_values(network, items, accepted_on),
    )  # fmt: skip


def _declared_values(network: Network, items: pa.Table, accepted_on: Ints) -> Ints:
    value = np.full(len(items), NOT_GIVEN, dtype=np.int64)
    minor = items["declared_minor"].fill_null(NOT_GIVEN).to_numpy()
    currencies = items["declared_currency"].combine_chunks()
    for currency in pc.unique(currencies.drop_null()).to_pylist():
        its = pc.fill_null(pc.equal(currencies, currency), False).to_numpy(zero_copy_only=False)
        for day in np.unique(accepted_on[its]):
            rows = np.flatnonzero(its & (accepted_on == day) & (minor >= 0))
            at, zero = np.full(len(rows), day, dtype=np.int64), np.zeros(len(rows), dtype=np.int64)
            with suppress(NetworkError):
                value[rows] = Rates(network).convert(minor[rows], (currency,), zero, at)[0]
    return value


def known_cases(
    workspace: Workspace, network: Network, as_of: int, rows: pa.Table | None = None
) -> list[ForceMajeureCase]:
    """What stood of each force majeure case at a moment: the latest notice on each scope, whether
    the first came in time (req 26), and who accepted or contested it; by the facts, or these rows
    instead of them."""
    rows = workspace.facts(CASES_TABLE).arrow() if rows is None else rows
    told = rows.filter(pc.field("published_at") <= as_of)

    def notice_hours(post: str, day: int) -> int:
        return int(network.terms.value(Scope.RELATION, "case_notice_hours", post, "*", day))

    return standing_cases(told.to_pylist(), notice_hours)
