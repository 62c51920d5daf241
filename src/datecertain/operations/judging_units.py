"""Judging without writing: the items of some buckets of a month, or of several months at once, by
the pure rule, spread over the processors (req 23, 53)."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

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
    asked = Questions(workspace, _months(periods), as_of, rules, touched, engine, case_rows)
    (verdicts,) = judged_in_order(asked, [unit])
    return verdicts


@dataclass(frozen=True, slots=True)
class Questions:
    """What is judged of which months, by what: see `judge_unit`."""

    workspace: Workspace
    periods: Sequence[str]
    as_of: int
    rules: Rules = CURRENT
    touched: pa.Table | None = None
    engine: Engine = Engine.DUCKDB
    case_rows: pa.Table | None = None


#: Units that are read and judged beside the one that the caller works on.
_AHEAD = 1


def judged_in_order(
    asked: Questions, units: Sequence[Sequence[int]]
) -> Iterator[pa.Table]:  # fmt: skip
    """The verdicts of units (`judge_unit`), in order. While the caller writes one the next are
    judged and read: no more than two ranges of item numbers are in memory, nor more than two units'
    verdicts beside the caller's."""
    waiting: deque[Future[list[Future[pa.Table]]]] = deque()
    with (
        ThreadPoolExecutor(max_workers=os.cpu_count()) as pool,
        ThreadPoolExecutor(max_workers=1) as reader,
    ):
        reading = _Reading(asked, pool)
        for unit in units:
            waiting.append(reader.submit(reading.begin, unit))
            if len(waiting) > _AHEAD:
                yield _together(waiting.popleft())
        while waiting:
            yield _together(waiting.popleft())


def _together(begun: Future[list[Future[pa.Table]]]) -> pa.Table:
    tables = [part.result() for part in begun.result()]
    return pa.concat_tables(tables) if tables else JUDGED.empty_table()


def numbers_in(touched: pa.Table, unit: Sequence[int]) -> pa.Array:
    """The numbers of touched items in some buckets."""
    here = pc.is_in(touched["bucket"], pa.array(unit, pa.int32()))
    return pc.unique(touched["item_id"].filter(here))


class _Reading:
    """Reads units one after the other, range by range, and hands their items to a pool, part by
    part."""

    def __init__(self, asked: Questions, pool: ThreadPoolExecutor) -> None:
        self._asked = asked
        self._pool = pool
        self._months = sorted({one for name in asked.periods for one in event_months(name)})
        self._before: list[Future[pa.Table]] = []

    def begin(self, unit: Sequence[int]) -> list[Future[pa.Table]]:
        """Read a unit; its verdicts, part by part, as they are judged."""
        asked = self._asked
        numbers = None if asked.touched is None else numbers_in(asked.touched, unit)
        if asked.engine is Engine.SPARK:
            judged = Future[pa.Table]()  # here: one unit at a time is on Spark and in its driver
            judged.set_result(self._on_spark(unit, numbers))
            return [judged]
        ranges = [EVERY_NUMBER]
        if numbers is None:
            ranges = number_ranges(asked.workspace, asked.periods, unit)
        begun: list[Future[pa.Table]] = []
        for one in ranges:
            parts = list(self._range(unit, numbers, one))
            begun += parts
            wait(self._before)  # no more than two ranges are in memory
            self._before = parts
        return begun

    def _on_spark(self, unit: Sequence[int], numbers: pa.Array | None) -> pa.Table:
        from datecertain.operations.spark_judging import judge_on_spark  # noqa: PLC0415 - optional

        asked = self._asked
        return pa.concat_tables([
            judge_on_spark(asked.workspace, month, unit, asked.as_of, numbers, asked.rules)
            for month in asked.periods
        ])  # fmt: skip

    def _range(
        self, unit: Sequence[int], numbers: pa.Array | None, between: NumberRange
    ) -> Iterator[Future[pa.Table]]:
        asked, workspace, as_of = self._asked, self._asked.workspace, self._asked.as_of
        items = current_items(
            workspace, unit, columns=JUDGED_COLUMNS, months=self._months, numbers=numbers,
            between=between,
        )  # fmt: skip
        wanted = _only(items, "month", asked.periods)
        for version in sorted(pc.unique(wanted["network_version"]).to_pylist()):
            network = network_of_version(workspace, version)
            cases = known_cases(workspace, network, as_of, asked.case_rows)
            mine = _only(wanted, "network_version", [version])
            events = event_parts(workspace, self._months, unit, between, numbers)
            rows = to_judge(network, mine)
            found = scans(workspace, network, mine, rows, events, as_of)
            yield from _in_parts(network, rows, found, cases, as_of, self._pool, asked.rules)


def number_ranges(
    workspace: Workspace, periods: Sequence[str], unit: Sequence[int]
) -> list[NumberRange]:
    """Ranges of item numbers that hold about RANGE_ITEMS of the unit's items each."""
    facts = workspace.facts(ITEMS_TABLE)
    count = sum(part.rows for part in facts.partitions(months=periods) if part.bucket in unit)
    wanted = -(-count // RANGE_ITEMS)
    if wanted < 2:
        return [EVERY_NUMBER]
    cuts = cuts_by_spans(facts.spans(months=periods, buckets=unit), wanted)
    if cuts is None:
        column = facts.arrow(["item_id"], months=periods, buckets=unit)["item_id"]
        some = np.arange(0, len(column), max(1, len(column) // 4096))
        sample = sorted(column.take(pa.array(some)).to_pylist())
        cuts = {sample[len(sample) * place // wanted] for place in range(1, wanted)}
    return list(zip([None, *sorted(cuts)], [*sorted(cuts), None], strict=True))


def cuts_by_spans(
    spans: Sequence[tuple[str, str, int]] | None, wanted: int
) -> set[str] | None:  # fmt: skip
    """Item numbers that cut row groups into so many ranges of about as many rows; None where the
    groups are not told, or a range reaches into far more, as in files that were not compacted."""
    if not spans:
        return None
    spans = sorted(spans)
    ends = np.cumsum([count for *_, count in spans])
    places = np.searchsorted(ends, [ends[-1] * place // wanted for place in range(1, wanted)])
    cuts = sorted({spans[place][0] for place in places.tolist()})
    most = max(
        sum(rows for low, high, rows in spans
            if (first is None or high >= first) and (end is None or low < end))
        for first, end in zip([None, *cuts], [*cuts, None], strict=True)
    )  # fmt: skip
    return None if most * wanted * 2 > 3 * ends[-1] else set(cuts)


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
