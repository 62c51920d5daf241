"""The evidence of a verdict, read from the facts: acceptance records, scans, declared cases.

One row an item; nothing here depends on the order in which anything arrived.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.errors import NetworkError
from datecertain.moments import NEVER, UNKNOWN, Ints, date_of, parse_date
from datecertain.network import NO_DUE, Network, Scope
from datecertain.network.conditions import NOT_GIVEN
from datecertain.operations.networks import network_of_version
from datecertain.operations.tables import CASES_TABLE, ITEMS_TABLE
from datecertain.promise.routes import EMS
from datecertain.settlement.money import Rates
from datecertain.store import Workspace
from datecertain.tracking.canonical import buckets
from datecertain.tracking.cases import ForceMajeureCase, standing_cases
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
from datecertain.verdict.case_rules import Asked
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


def event_months(period: str) -> list[str]:
    """The months in which events of items accepted in a month can lie."""
    first = parse_date(f"{period}-01")
    return sorted(
        {date_of(day).strftime("%Y-%m") for day in range(first - 1, first + 31 + EPISODE_DAYS)}
    )


def item_rows(
    workspace: Workspace, table: str, item_id: str, months: Sequence[str] | None = None
) -> pa.Table:
    """All rows of one item number in a facts table (events, items, verdicts), in all of its
    episodes, without reading what belongs to other buckets or months."""
    bucket = buckets(pa.chunked_array([[item_id]], pa.string()))[0].as_py()
    return workspace.facts(table).lookup(item_id, months=months, buckets=[bucket])


#: Columns of an acceptance record that judging needs.
JUDGED_COLUMNS = (
    "item_key", "item_id", "origin", "destination", "origin_area", "destination_area",
    "accepted_at", "accepted_date", "promised_on", "standard_on", "quote_status", "quote_reason",
    "network_version", "month", "bucket", "product", "contents", "declared_minor",
    "declared_currency",
)  # fmt: skip


def current_items(
    workspace: Workspace, buckets_: Sequence[int] | None, item_id: str | None = None,
    columns: Sequence[str] | None = None,
) -> pa.Table:  # fmt: skip
    """Acceptance records, one row per item, with `next_at`: when the number was accepted again.

    Of several records of one item the smallest by content counts, whatever came first.
    """
    records = workspace.scan(ITEMS_TABLE, buckets=buckets_)
    if item_id is not None:
        records = records.filter(nw.col("item_id") == item_id)
    rows = _collected(records if columns is None else records.select(columns))
    if pc.count_distinct(rows["item_id"]).as_py() == len(rows):  # no number twice: nearly always
        return rows.append_column("next_at", pa.array(np.full(len(rows), NEVER)))
    rows = rows.sort_by([("item_id", "ascending"), ("accepted_at", "ascending")])
    if pc.count_distinct(rows["item_key"]).as_py() != len(rows):
        rows = _one_record_each(_collected(records)).select(rows.column_names)
    accepted = rows["accepted_at"].to_numpy().astype(np.int64)
    following = np.full(len(rows), NEVER, dtype=np.int64)
    if len(rows) > 1:
        number = rows["item_id"].combine_chunks()
        again = pc.equal(number[1:], number[:-1]).to_numpy(zero_copy_only=False)
        following[:-1] = np.where(again, accepted[1:], NEVER)
    return rows.append_column("next_at", pa.array(following))


def _collected(frame: nw.LazyFrame[Any]) -> pa.Table:
    """The rows of a frame, in one piece."""
    return nw.to_native(frame).to_arrow_table().combine_chunks()


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
    rows = numbered(items)
    # Place 0 is "not an office of exchange"; office i is i + 1.
    names = list(network.offices)
    places = pa.table({"office": names, "place": np.arange(1, len(names) + 1, dtype=np.int64)})
    engine = workspace.engine
    frame = milestones(
        nw.from_native(engine.from_arrow(rows)), events, nw.from_native(engine.from_arrow(places)),
        nw.from_native(engine.from_arrow(pa.Table.from_pylist(kind_rows()))),
        retention, attempts, as_of,
    )  # fmt: skip
    found = nw.to_native(frame).to_arrow_table()
    return _milestones(found, count, items["accepted_at"].to_numpy())


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
