"""Judging a month of acceptances: facts in, verdicts out, in one commit (req 17, 23, 53).

Work goes bucket by bucket. A verdict that is already there and unchanged is not written again;
one that changed supersedes it. The same facts, as-of moment and rules are the same batch, so
judging twice changes nothing. After the first time only what can have changed is judged again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, delete, func, insert, select

from datecertain.errors import StoreError
from datecertain.network import Network
from datecertain.operations.clock import Clock
from datecertain.operations.erasing_facts import events_erased_by
from datecertain.operations.evidence import (
    JUDGED_COLUMNS,
    cached_network,
    current_items,
    event_months,
    known_cases,
    scans,
    to_judge,
)
from datecertain.operations.judging_log import (
    Judging,
    last_judging,
    last_place,
    log_judging,
    places_of_batches,
)
from datecertain.operations.rejudging import (
    facts_later_than,
    inputs_pinned,
    must_judge_whole,
    touched_items,
)
from datecertain.operations.tables import (
    EVENTS_TABLE,
    ITEMS_TABLE,
    SCHEMA_VERSION,
    VERDICTS_TABLE,
)
from datecertain.store import Engine, Workspace, batch_id
from datecertain.store.records import batches, settings
from datecertain.tracking.canonical import buckets
from datecertain.tracking.cases import ForceMajeureCase
from datecertain.tracking.events import audience
from datecertain.verdict.items import ItemsToJudge
from datecertain.verdict.judging import JUDGED, judge
from datecertain.verdict.outcomes import VERDICTS
from datecertain.verdict.replay import Milestones
from datecertain.verdict.rules import CURRENT, Rules

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class JudgeReport:
    """What a run of judging did. `new` and `superseding` verdicts were written. `judged` of the
    month's `items` were judged: all of them if it was `whole`, else those that can have changed."""

    period: str
    as_of: int
    batch_id: str
    already_done: bool
    items: int
    new: int
    superseding: int
    judged: int = 0
    whole: bool = False


def judge_period(
    workspace: Workspace, period: str, as_of: int, clock: Clock, progress: Progress | None = None,
    rules: Rules = CURRENT, *, everything: bool = False, engine: Engine = Engine.DUCKDB,
) -> JudgeReport:  # fmt: skip
    """Judge the items accepted in a month (`YYYY-MM`) on what was known at `as_of`, by the rules
    of today or, to reproduce what was, by older ones.

    After the first time only those are judged that new facts touch or that are still open
    (`operations.rejudging`), all of them with `everything`. Raises `StoreError` when the workspace
    is not open for writing, or events that the verdicts rest on were erased.
    """
    request = batch_id("judge", period, str(as_of), rules.version, *inputs_pinned(workspace))
    standing, last = _standing(workspace, period)
    if standing == request and not everything:
        return JudgeReport(period, as_of, request, True, 0, 0, 0)
    # An earlier closing may have been judged in between: the batch is new although the request
    # is not.
    batch = batch_id("judge", request, str(last))
    if rule := events_erased_by(workspace, event_months(period)):
        raise StoreError(
            f"{period} cannot be judged again: events that its verdicts rest on were erased by "
            f"{rule}; the verdicts that were given stand"
        )
    since = last_judging(workspace, period)
    read_seq = last_place(workspace)
    later = facts_later_than(workspace, period, as_of, since)
    touched = None
    whole = since is None or everything or must_judge_whole(workspace, since, as_of, rules)
    if since is not None and not whole:
        touched = touched_items(workspace, period, since, as_of)
    with workspace.commit("judge", batch, now=clock.now()) as commit:
        judged = new = superseding = 0
        size = UNIT_ITEMS if engine is Engine.DUCKDB else SPARK_UNIT_ITEMS
        work = (
            judging_units(workspace, period, size) if touched is None else units_of(touched, size)
        )
        for done, unit in enumerate(work):
            verdicts = judge_unit(workspace, period, unit, as_of, rules, touched, engine)
            keys = None if touched is None else verdicts["item_key"]
            before = current_verdicts(workspace, [period], unit, keys=keys)
            changed, replaced = changed_verdicts(workspace, verdicts, before)
            commit.append(VERDICTS_TABLE, _stored(changed, period, commit.batch_id))
            judged += len(verdicts)
            new += len(changed) - replaced
            superseding += replaced
            if progress:
                progress(done + 1, len(work))
        items = judged if touched is None or since is None else since.items + new
        judging = Judging(
            batch, period, as_of, read_seq, later, rules.version, touched is None, items, judged,
            new, superseding,
        )  # fmt: skip
        commit.records(lambda connection: _let_stand(connection, request, judging))
    return JudgeReport(
        period, as_of, batch, False, items, new, superseding, judged, touched is None
    )


def _standing(workspace: Workspace, period: str) -> tuple[str, int]:
    """(the request whose verdicts stand for a month, the place of the last batch of judging)."""
    with workspace.reading() as view:
        request = view.connection.execute(
            select(settings.c.value).where(settings.c.key == f"judged:{period}")
        ).scalar()
        last = view.connection.execute(
            select(func.max(batches.c.published_seq)).where(batches.c.operation == "judge")
        ).scalar()
    return request or "", last or 0


def _let_stand(connection: Connection, request: str, judging: Judging) -> None:
    key = f"judged:{judging.period}"
    connection.execute(delete(settings).where(settings.c.key == key))
    connection.execute(insert(settings).values(key=key, value=request))
    log_judging(connection, judging)


#: Items judged in one go: enough to make set-up cheap, few enough for a laptop's memory.
UNIT_ITEMS = 200_000
#: On Spark, which spreads them over its machines; the verdicts of so many come to one.
SPARK_UNIT_ITEMS = 500_000


def judging_units(
    workspace: Workspace, period: str, unit_items: int = UNIT_ITEMS
) -> list[list[int]]:
    """The buckets of a month in groups of about so many items."""
    parts = workspace.facts(ITEMS_TABLE).partitions(months=[period])
    return _in_units(((part.bucket, part.rows) for part in parts), unit_items)


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
    workspace: Workspace, period: str, unit: Sequence[int], as_of: int, rules: Rules = CURRENT,
    touched: pa.Table | None = None, engine: Engine = Engine.DUCKDB,
    case_rows: pa.Table | None = None,
) -> pa.Table:  # fmt: skip
    """The verdicts (schema JUDGED) of a month's items in some buckets, or of those that are touched
    (schema TOUCHED); nothing is written. `case_rows`: what is published of cases, instead of what
    the facts hold."""
    numbers = None if touched is None else _numbers(touched, unit)
    if engine is Engine.SPARK:
        from datecertain.operations.spark_judging import judge_on_spark  # noqa: PLC0415 - optional

        return judge_on_spark(workspace, period, unit, as_of, numbers, rules)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        parts = list(_begin(workspace, period, unit, as_of, numbers, pool, rules, case_rows))
        tables = [part.result() for part in parts]
    return pa.concat_tables(tables) if tables else JUDGED.empty_table()


def _numbers(touched: pa.Table, unit: Sequence[int]) -> pa.Array:
    here = pc.is_in(touched["bucket"], pa.array(unit, pa.int32()))
    return pc.unique(touched["item_id"].filter(here))


def _begin(
    workspace: Workspace, period: str, unit: Sequence[int], as_of: int, numbers: pa.Array | None,
    pool: ThreadPoolExecutor, rules: Rules, case_rows: pa.Table | None,
) -> Iterator[Future[pa.Table]]:  # fmt: skip
    """Read the buckets and hand their items to the pool, part by part."""
    items = current_items(
        workspace, unit, columns=JUDGED_COLUMNS, months=event_months(period), numbers=numbers
    )
    wanted = _only(items, "month", period)
    for version in sorted(pc.unique(wanted["network_version"]).to_pylist()):
        network = cached_network(workspace, version)
        cases = known_cases(workspace, network, as_of, case_rows)
        mine = _only(wanted, "network_version", version)
        events = workspace.scan(EVENTS_TABLE, months=event_months(period), buckets=unit)
        asked = to_judge(network, mine)
        found = scans(workspace, network, mine, asked, events, as_of)
        yield from _in_parts(network, asked, found, cases, as_of, pool, rules)


def _only(rows: pa.Table, column: str, value: str) -> pa.Table:
    """The rows with a value in a column; the table itself, uncopied, where that is all of them."""
    chosen = pc.equal(rows[column], value)
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


def current_verdicts(
    workspace: Workspace, periods: Sequence[str] | None, buckets_: Sequence[int] | None = None,
    item_key: str | None = None, keys: pa.ChunkedArray | None = None,
) -> pa.Table:  # fmt: skip
    """The verdicts that no later one supersedes, in order of item key; of one item, of some by
    their keys, or of all."""
    wanted = None if item_key is None else pc.field("item_key") == item_key
    if keys is not None:
        wanted = pc.is_in(pc.field("item_key"), keys.combine_chunks())
    rows = workspace.facts(VERDICTS_TABLE).arrow(filter=wanted, months=periods, buckets=buckets_)
    return standing_verdicts(workspace, rows)


def standing_verdicts(workspace: Workspace, rows: pa.Table) -> pa.Table:
    """Of verdicts (columns `item_key`, `batch_id` and any others) those that no later one
    supersedes, in order of item key."""
    if not len(rows):
        return rows
    rows = with_places(workspace, rows)
    rows = rows.sort_by([("item_key", "ascending"), ("seq", "descending")])
    key = rows["item_key"].combine_chunks()
    first = np.ones(len(rows), dtype=bool)
    first[1:] = pc.not_equal(key[1:], key[:-1]).to_numpy(zero_copy_only=False)
    return rows.filter(pa.array(first)).drop_columns(["seq"])


def with_places(workspace: Workspace, verdicts: pa.Table) -> pa.Table:
    """The verdicts with `seq`, the place of their batch in the order of publication."""
    order = places_of_batches(workspace, "judge")
    encoded = verdicts["batch_id"].combine_chunks().dictionary_encode()
    seq = np.array([order[name] for name in encoded.dictionary.to_pylist()], dtype=np.int64)
    return verdicts.append_column("seq", pa.array(seq[encoded.indices.to_numpy()]))


_COMPARED = [name for name in JUDGED.names if name != "judged_as_of"]


def changed_verdicts(
    workspace: Workspace, verdicts: pa.Table, before: pa.Table, rules: Rules = CURRENT
) -> tuple[pa.Table, int]:
    """The verdicts that are not there yet in the same words, and how many replace another.
    Columns that the rules did not know are not compared."""
    if not len(before) or not len(verdicts):
        return verdicts, 0
    engine = workspace.engine
    compared = [name for name in _COMPARED if name not in rules.without]
    engine.register("judged_now", verdicts.select(compared))
    engine.register("judged_before", before.select(compared))
    try:
        keys = engine.sql(
            "SELECT item_key FROM (SELECT * FROM judged_now EXCEPT SELECT * FROM judged_before)"
        ).to_arrow_table()["item_key"]
    finally:
        engine.unregister("judged_now")
        engine.unregister("judged_before")
    changed = verdicts.filter(pc.is_in(verdicts["item_key"], keys.combine_chunks()))
    replaced = pc.sum(pc.is_in(changed["item_key"], before["item_key"].combine_chunks())).as_py()
    return changed, replaced or 0


def _stored(verdicts: pa.Table, period: str, batch: str) -> pa.Table:
    count = len(verdicts)
    origin, destination = verdicts["origin"], verdicts["destination"]
    pairs = [
        audience(a, b) for a, b in zip(origin.to_pylist(), destination.to_pylist(), strict=True)
    ]
    columns = {name: verdicts[name] for name in JUDGED.names} | {
        "owner": origin,
        "audience": pa.array(pairs, pa.string()),
        "batch_id": pa.repeat(batch, count),
        "schema_version": pa.array(np.full(count, SCHEMA_VERSION, dtype=np.int32)),
        "month": pa.repeat(period, count),
        "bucket": buckets(verdicts["item_id"]) if count else pa.array([], pa.int32()),
    }
    return pa.table([columns[name] for name in VERDICTS.names], schema=VERDICTS)
