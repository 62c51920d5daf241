"""Judging without writing: the items of some buckets of a month, or of several months at once, by
the pure rule, spread over the processors (req 23, 53)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.network import Network
from datecertain.operations.evidence import (
    EVERY_NUMBER,
    JUDGED_COLUMNS,
    NumberRange,
    current_items,
    event_months,
    event_parts,
    known_cases,
    scans,
    to_judge,
)
from datecertain.operations.networks import network_of_version
from datecertain.operations.tables import ITEMS_TABLE
from datecertain.store import Engine, Workspace
from datecertain.tracking.cases import ForceMajeureCase
from datecertain.verdict.items import ItemsToJudge
from datecertain.verdict.judging import JUDGED, judge
from datecertain.verdict.replay import Milestones
from datecertain.verdict.rules import CURRENT, Rules

#: Items judged in one go: enough to make set-up cheap, few enough for a laptop's memory.
UNIT_ITEMS = 200_000
#: A bucket of several months holds more: then it is read by ranges of item numbers, each of about
#: so many. The facts are sorted by number, so that a range opens its own parts of the files.
RANGE_ITEMS = 1_000_000
#: On Spark, which spreads them over its machines; the verdicts of so many come to one.
SPARK_UNIT_ITEMS = 500_000


def judging_units(
    workspace: Workspace, periods: str | Sequence[str], unit_items: int = UNIT_ITEMS
) -> list[list[int]]:
    """The buckets of a month, or of several, in groups of about so many items."""
    sizes: dict[int, int] = {}
    for part in workspace.facts(ITEMS_TABLE).partitions(months=_months(periods)):
        sizes[part.bucket] = sizes.get(part.bucket, 0) + part.rows
    return _in_units(sorted(sizes.items()), unit_items)


def _months(periods: str | Sequence[str]) -> tuple[str, ...]:
    return (periods,) if isinstance(periods, str) else tuple(periods)


def units_of(touched: pa.Table, unit_items: int = UNIT_ITEMS) -> list[list[int]]:
    """The buckets of touched items in groups of about so many items."""
    counts = touched.group_by("bucket").aggregate([("item_key", "count")]).sort_by("bucket")
    sizes = zip(counts["bucket"].to_pylist(), counts["item_key_count"].to_pylist(), strict=True)
    return _in_units(sizes, unit_items)


def _in_units(sizes: Iterable[tuple[int, int]], most: int) -> list[list[int]]:
    units: list[list[int]] = []
    rows = most
    for bucket, count in sizes:
        if rows + count > most:
            units.append([])
            rows = 0
        units[-1].append(bucket)
        rows += count
    return units


def judge_unit(
    workspace: Workspace, periods: str | Sequence[str], unit: Sequence[int], as_of: int,
    rules: Rules = CURRENT, touched: pa.Table | None = None, engine: Engine = Engine.DUCKDB,
    case_rows: pa.Table | None = None,
) -> pa.Table:  # fmt: skip
    """The verdicts (schema JUDGED) of the items of a month, or of several, in some buckets, or of
    those that are touched (schema TOUCHED); nothing is written. `case_rows`: what is published of
    cases, instead of what the facts hold. Several months at once read their events once."""
    numbers = None if touched is None else _numbers(touched, unit)
    if engine is Engine.SPARK:
        from datecertain.operations.spark_judging import judge_on_spark  # noqa: PLC0415 - optional

        found = [judge_on_spark(workspace, month, unit, as_of, numbers, rules)
                 for month in _months(periods)]  # fmt: skip
        return pa.concat_tables(found)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        parts = list(
            _begin(workspace, _months(periods), unit, as_of, numbers, pool, rules, case_rows)
        )
        tables = [part.result() for part in parts]
    return pa.concat_tables(tables) if tables else JUDGED.empty_table()


def _numbers(touched: pa.Table, unit: Sequence[int]) -> pa.Array:
    here = pc.is_in(touched["bucket"], pa.array(unit, pa.int32()))
    return pc.unique(touched["item_id"].filter(here))


def _begin(
    workspace: Workspace, periods: Sequence[str], unit: Sequence[int], as_of: int,
    numbers: pa.Array | None, pool: ThreadPoolExecutor, rules: Rules, case_rows: pa.Table | None,
) -> Iterator[Future[pa.Table]]:  # fmt: skip
    """Read the buckets, range by range, and hand their items to the pool, part by part."""
    months = sorted({month for period in periods for month in event_months(period)})
    ranges = [EVERY_NUMBER] if numbers is not None else number_ranges(workspace, periods, unit)
    before: list[Future[pa.Table]] = []
    for one in ranges:
        parts: list[Future[pa.Table]] = []
        begun = _begin_range(
            workspace, periods, months, unit, as_of, numbers, one, pool, rules, case_rows
        )
        for part in begun:
            parts.append(part)
            yield part
        wait(before)  # no more than two ranges are in memory
        before = parts


def _begin_range(
    workspace: Workspace, periods: Sequence[str], months: Sequence[str], unit: Sequence[int],
    as_of: int, numbers: pa.Array | None, between: NumberRange, pool: ThreadPoolExecutor,
    rules: Rules, case_rows: pa.Table | None,
) -> Iterator[Future[pa.Table]]:  # fmt: skip
    items = current_items(
        workspace, unit, columns=JUDGED_COLUMNS, months=months, numbers=numbers, between=between
    )
    wanted = _only(items, "month", periods)
    for version in sorted(pc.unique(wanted["network_version"]).to_pylist()):
        network = network_of_version(workspace, version)
        cases = known_cases(workspace, network, as_of, case_rows)
        mine = _only(wanted, "network_version", [version])
        events = event_parts(workspace, months, unit, between, numbers)
        asked = to_judge(network, mine)
        found = scans(workspace, network, mine, asked, events, as_of)
        yield from _in_parts(network, asked, found, cases, as_of, pool, rules)


def number_ranges(
    workspace: Workspace, periods: Sequence[str], unit: Sequence[int]
) -> list[NumberRange]:
    """Ranges of item numbers that hold about RANGE_ITEMS of the unit's items each."""
    facts = workspace.facts(ITEMS_TABLE)
    count = sum(part.rows for part in facts.partitions(months=periods) if part.bucket in unit)
    wanted = -(-count // RANGE_ITEMS)
    if wanted < 2:
        return [EVERY_NUMBER]
    column = facts.arrow(["item_id"], months=periods, buckets=unit)["item_id"]
    some = np.arange(0, len(column), max(1, len(column) // 4096))
    sample = sorted(column.take(pa.array(some)).to_pylist())
    cuts = sorted({sample[len(sample) * place // wanted] for place in range(1, wanted)})
    return list(zip([None, *cuts], [*cuts, None], strict=True))


def _only(rows: pa.Table, column: str, values: Sequence[str]) -> pa.Table:
    """The rows with one of some values in a column; the table itself, uncopied, where that is all
    of them."""
    chosen = pc.is_in(rows[column], pa.array(values, pa.string()))
    return rows if pc.all(chosen).as_py() else rows.filter(chosen)


#: Rows judged together on one processor: columns that stay in its cache.
PART_ROWS = 34_000


def _in_parts(
    network: Network, items: ItemsToJudge, found: Milestones, cases: Sequence[ForceMajeureCase],
    as_of: int, pool: ThreadPoolExecutor, rules: Rules,
) -> Iterator[Future[pa.Table]]:  # fmt: skip
    """The pure rule over parts of the columns, as many at a time as there are processors."""
    assert network.compiled is not None  # compiled before the threads ask for it

    def one(rows: slice) -> pa.Table:
        return judge(network, items.rows(rows), found.rows(rows), cases, as_of, rules).table

    for first in range(0, len(items.item_id), PART_ROWS):
        yield pool.submit(one, slice(first, first + PART_ROWS))
