"""The evidence of a verdict, read from the facts: acceptance records, scans, declared cases.

One row an item; nothing here depends on the order in which anything arrived.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.moments import DAY, NEVER, UNKNOWN, Ints, date_of, parse_date
from datecertain.network import NO_DUE, Network, Scope
from datecertain.operations.networks import network_of_version
from datecertain.operations.tables import CASES_TABLE, ITEMS_TABLE
from datecertain.store import Workspace
from datecertain.tracking.canonical import buckets
from datecertain.tracking.cases import ForceMajeureCase
from datecertain.tracking.milestones import (
    ATTEMPT,
    EPISODE_DAYS,
    HELD_ANY,
    HELD_VALID,
    NO_SCAN,
    PLACE_BITS,
    first_scans,
    kind_rows,
    milestone_columns,
    milestones,
)
from datecertain.verdict.items import ItemsToJudge
from datecertain.verdict.replay import Milestones


def cached_network(workspace: Workspace, version: str) -> Network:
    """A network version, read once per process."""
    key = (str(workspace.path), version)
    if key not in _NETWORKS:
        _NETWORKS.clear()
        _NETWORKS[key] = network_of_version(workspace, version)
    return _NETWORKS[key]


_NETWORKS: dict[tuple[str, str], Network] = {}


@lru_cache(maxsize=64)
def event_months(period: str) -> tuple[str, ...]:
    """The months in which events of items accepted in a month can lie, in order."""
    first = parse_date(f"{period}-01")
    days = range(first - 1, first + 31 + EPISODE_DAYS)
    return tuple(sorted({date_of(day).strftime("%Y-%m") for day in days}))


def item_rows(
    workspace: Workspace, table: str, item_id: str, months: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
) -> pa.Table:  # fmt: skip
    """All rows of one item number in a facts table (events, items, verdicts), in all of its
    episodes, without reading what belongs to other buckets or months."""
    bucket = buckets(pa.chunked_array([[item_id]], pa.string()))[0].as_py()
    facts = workspace.facts(table)
    return facts.lookup(item_id, months=months, buckets=[bucket], columns=columns)


#: Columns of an acceptance record that judging needs.
JUDGED_COLUMNS = (
    "item_key", "item_id", "origin", "destination", "origin_area", "destination_area",
    "accepted_at", "accepted_date", "promised_on", "standard_on", "quote_status", "quote_reason",
    "network_version", "month", "bucket",
)  # fmt: skip


def current_items(
    workspace: Workspace, buckets_: Sequence[int] | None, item_id: str | None = None,
    columns: Sequence[str] | None = None,
) -> pa.Table:  # fmt: skip
    """Acceptance records, one row per item, with `next_at`: when the number was accepted again.

    With `item_id`, those of one number: only its bucket is opened, whatever `buckets_` says.
    Of several records of one item the smallest by content counts, whatever came first.
    """

    def read(wanted: Sequence[str] | None) -> pa.Table:
        if item_id is not None:
            return item_rows(workspace, ITEMS_TABLE, item_id, columns=wanted)
        records = workspace.scan(ITEMS_TABLE, buckets=buckets_)
        return _collected(records if wanted is None else records.select(wanted))

    rows = read(columns)
    if pc.count_distinct(rows["item_id"]).as_py() == len(rows):  # no number twice: nearly always
        return rows.append_column("next_at", pa.array(np.full(len(rows), NEVER)))
    rows = rows.sort_by([("item_id", "ascending"), ("accepted_at", "ascending")])
    if pc.count_distinct(rows["item_key"]).as_py() != len(rows):
        rows = _one_record_each(read(None)).select(rows.column_names)
    accepted = rows["accepted_at"].to_numpy().astype(np.int64)
    following = np.full(len(rows), NEVER, dtype=np.int64)
    if len(rows) > 1:
        number = rows["item_id"].combine_chunks()
        again = pc.equal(number[1:], number[:-1]).to_numpy(zero_copy_only=False)
        following[:-1] = np.where(again, accepted[1:], NEVER)
    return rows.append_column("next_at", pa.array(following))


def _collected(frame: nw.LazyFrame[Any]) -> pa.Table:
    """The rows of a frame, in one piece."""
    return collected(frame).combine_chunks()


def _one_record_each(rows: pa.Table) -> pa.Table:
    """Of the records of one item the smallest by content."""
    keys = ("item_id", "accepted_at", "item_key", "promised_on", "destination_postcode",
            "postage_minor", "origin_postcode", "contents", "weight_g", "channel", "origin",
            "destination", "currency", "network_version", "product", "address", "declared_minor",
            "declared_currency", "office", "tariff_minor", "payer_ref")  # fmt: skip
    rows = rows.sort_by([(name, "ascending") for name in keys])
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


def by_reasons(network: Network, items: pa.Table) -> Iterator[pa.Table]:
    """The items in groups whose relations count the same reasons (nearly always one group)."""
    lanes = items.select(["origin", "destination", "accepted_date"]).group_by(
        ["origin", "destination", "accepted_date"]
    ).aggregate([])  # fmt: skip
    reasons: dict[tuple[frozenset[str], ...], set[tuple[str, str, int]]] = {}
    for row in lanes.to_pylist():
        lane = (row["origin"], row["destination"], row["accepted_date"])
        reasons.setdefault(_reasons(network, lane), set()).add(lane)
    if len(reasons) <= 1:
        yield items
        return
    keys = list(zip(*(items[name].to_pylist() for name in lanes.column_names), strict=True))
    for group in reasons.values():
        yield items.filter(pa.array([key in group for key in keys]))


def _reasons(network: Network, lane: tuple[str, str, int]) -> tuple[frozenset[str], ...]:
    return tuple(
        network.terms.value(Scope.RELATION, term, *lane)
        for term in ("retention_reasons", "attempt_reasons")
    )


def scans(
    workspace: Workspace, network: Network, items: pa.Table,
    events: nw.LazyFrame[Any], as_of: int,
) -> Milestones:  # fmt: skip
    """The milestones of the items, row for row; all of one group of `by_reasons`."""
    count = len(items)
    lane = (items["origin"][0].as_py(), items["destination"][0].as_py(),
            items["accepted_date"][0].as_py())  # fmt: skip
    retention, attempts = _reasons(network, lane)

    def frame(table: pa.Table) -> nw.LazyFrame[Any]:
        return beside(events, workspace, table)

    # Place 0 is "not an office of exchange"; office i is i + 1.
    names = list(network.offices)
    places = pa.table({"office": names, "place": np.arange(1, len(names) + 1, dtype=np.int64)})
    found = milestones(
        frame(numbered(items)), events, frame(places), frame(pa.Table.from_pylist(kind_rows())),
        retention, attempts, as_of,
    )  # fmt: skip
    return _milestones(collected(found), count, items["accepted_at"].to_numpy())


def beside(
    events: nw.LazyFrame[Any], workspace: Workspace, table: pa.Table
) -> nw.LazyFrame[Any]:  # fmt: skip
    """A table to be joined with events: where they are, in the engine or in memory.

    The same set rules run on both. An item's dozen of events, already looked up, are joined in
    memory sooner than the engine can plan it (4 ms for 60: measured)."""
    frame: nw.LazyFrame[Any]
    if events.implementation.is_pyarrow():
        frame = nw.from_native(table).lazy()
    else:
        frame = nw.from_native(workspace.engine.from_arrow(table))
    return frame


def collected(frame: nw.LazyFrame[Any]) -> pa.Table:
    """The rows of a frame of either kind."""
    return frame.collect("pyarrow").to_native()


def numbered(items: pa.Table) -> pa.Table:
    """What the set operations want of the items, each with its row number."""
    rows = items.select(["item_id", "origin", "destination", "accepted_at", "next_at"])
    return rows.append_column("item_row", pa.array(np.arange(len(items), dtype=np.int64)))


def _milestones(found: pa.Table, count: int, accepted_at: Ints) -> Milestones:
    """The scans of the items as milestones, row for row."""
    row, kind, scans_ = (
        np.asarray(found[name].to_numpy(), dtype=np.int64) for name in found.column_names
    )
    packed, latest = first_scans(row, kind, scans_, count)
    last = np.maximum(accepted_at, latest)
    names = milestone_columns()
    there = packed != NO_SCAN
    moments = np.where(there, packed >> PLACE_BITS, UNKNOWN)
    places = np.where(there, (packed & ((1 << PLACE_BITS) - 1)) - 1, -1)
    moment = dict(zip(names, moments, strict=True))
    place = dict(zip(names, places, strict=True))
    shown, kept = moment["edb"], moment[HELD_ANY]
    to_customs = np.where(
        shown == UNKNOWN, kept, np.where(kept == UNKNOWN, shown, np.minimum(shown, kept))
    )
    customs_place = np.where(to_customs == shown, place["edb"], place[HELD_ANY])
    nowhere = np.full(count, -1, dtype=np.int64)
    stopped = [np.where(moment[c] == UNKNOWN, NEVER, moment[c]) for c in ("exx", "edx")]
    authority = np.minimum(*stopped)
    return Milestones(
        at=np.stack([accepted_at, moment["emb"], moment["emc"], moment["emd"], to_customs,
                     moment["edc"], moment["emf"], moment["emg"]], axis=1),
        office=np.stack([nowhere, place["emb"], place["emc"], place["emd"], customs_place,
                         place["edc"], place["emf"], nowhere], axis=1),
        retained_valid=moment[HELD_VALID], retained_any=kept, attempted=moment[ATTEMPT],
        pickup=moment["edh"], delivered=moment["emi"],
        stopped_by_authority=np.where(authority == NEVER, UNKNOWN, authority), last_scan=last,
    )  # fmt: skip


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
        text("quote_reason"),
    )  # fmt: skip


def known_cases(workspace: Workspace, network: Network, as_of: int) -> list[ForceMajeureCase]:
    """The force majeure cases published by a moment, the latest word on each scope; only those
    whose first notice came within the hours that the terms allow (req 26)."""
    rows = workspace.facts(CASES_TABLE).arrow(filter=pc.field("published_at") <= as_of)
    names = ("case_id", "post", "office", "leg", "from_at", "to_at", "published_at",
             "text_en", "text_ko", "reference")  # fmt: skip
    told: dict[tuple[str, ...], list[ForceMajeureCase]] = {}
    for row in rows.select(names).to_pylist():
        case = ForceMajeureCase(**row)
        told.setdefault((case.case_id, case.post, case.office, case.leg), []).append(case)
    known = []
    for _, notices in sorted(told.items()):
        notices.sort(key=lambda one: (one.published_at, one.from_at, one.to_at, one.text_en))
        first, last = notices[0], notices[-1]
        hours = network.terms.value(
            Scope.RELATION, "case_notice_hours", first.post, "*", first.from_at // DAY
        )
        if first.published_at <= first.from_at + hours * 60:
            known.append(last)
    return known
