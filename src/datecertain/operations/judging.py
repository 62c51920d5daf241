"""Judging a month of acceptances: facts in, verdicts out, in one commit (req 17, 23, 53).

Work goes bucket by bucket. A verdict that is already there and unchanged is not written again;
one that changed supersedes it. The same facts, as-of moment and rules are the same batch, so
judging twice changes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import narwhals as nw
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
    by_reasons,
    cached_network,
    current_items,
    event_months,
    known_cases,
    scans,
    to_judge,
)
from datecertain.operations.tables import (
    CASES_TABLE,
    EVENTS_TABLE,
    ITEMS_TABLE,
    SCHEMA_VERSION,
    VERDICTS_TABLE,
)
from datecertain.store import Workspace, batch_id
from datecertain.store.records import batches, settings
from datecertain.tracking.canonical import buckets
from datecertain.tracking.cases import ForceMajeureCase
from datecertain.tracking.events import audience
from datecertain.verdict.items import ItemsToJudge
from datecertain.verdict.judging import JUDGED, Judgement, judge
from datecertain.verdict.outcomes import RULES_VERSION, VERDICTS
from datecertain.verdict.replay import Milestones

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class JudgeReport:
    """What a run of judging did. `new` and `superseding` verdicts were written."""

    period: str
    as_of: int
    batch_id: str
    already_done: bool
    items: int
    new: int
    superseding: int


def judge_period(
    workspace: Workspace, period: str, as_of: int, clock: Clock, progress: Progress | None = None
) -> JudgeReport:
    """Judge all items accepted in a month (`YYYY-MM`) on what was known at `as_of`.

    Raises `StoreError` when the workspace is not open for writing, or events that the verdicts
    rest on were erased.
    """
    pins = [f"{name}:{workspace.contents.get(name)}" for name in _INPUTS]
    request = batch_id("judge", period, str(as_of), RULES_VERSION, *pins)
    standing, last = _standing(workspace, period)
    if standing == request:
        return JudgeReport(period, as_of, request, True, 0, 0, 0)
    # An earlier closing may have been judged in between: the batch is new although the request
    # is not.
    batch = batch_id("judge", request, str(last))
    if rule := events_erased_by(workspace, event_months(period)):
        raise StoreError(
            f"{period} cannot be judged again: events that its verdicts rest on were erased by "
            f"{rule}; the verdicts that were given stand"
        )
    items = new = superseding = 0
    with workspace.commit("judge", batch, now=clock.now()) as commit:
        work = judging_units(workspace, period)
        for done, unit in enumerate(work):
            verdicts = judge_unit(workspace, period, unit, as_of)
            before = current_verdicts(workspace, [period], unit)
            changed, replaced = changed_verdicts(workspace, verdicts, before)
            commit.append(VERDICTS_TABLE, _stored(changed, period, commit.batch_id))
            items += len(verdicts)
            new += len(changed) - replaced
            superseding += replaced
            if progress:
                progress(done + 1, len(work))
        commit.records(lambda connection: _let_stand(connection, period, request))
    return JudgeReport(period, as_of, batch, False, items, new, superseding)


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


def _let_stand(connection: Connection, period: str, request: str) -> None:
    key = f"judged:{period}"
    connection.execute(delete(settings).where(settings.c.key == key))
    connection.execute(insert(settings).values(key=key, value=request))


_INPUTS = (EVENTS_TABLE, ITEMS_TABLE, CASES_TABLE)


#: Items judged in one go: enough to make set-up cheap, few enough for a laptop's memory.
UNIT_ITEMS = 200_000


def judging_units(workspace: Workspace, period: str) -> list[list[int]]:
    """The buckets of a month in groups of about UNIT_ITEMS items."""
    units: list[list[int]] = []
    rows = UNIT_ITEMS
    for part in workspace.facts(ITEMS_TABLE).partitions(months=[period]):
        if rows + part.rows > UNIT_ITEMS:
            units.append([])
            rows = 0
        units[-1].append(part.bucket)
        rows += part.rows
    return units


def judge_unit(
    workspace: Workspace, period: str, unit: Sequence[int], as_of: int,
    case_rows: pa.Table | None = None,
) -> pa.Table:  # fmt: skip
    """The verdicts (schema JUDGED) of a month's items in some buckets; nothing is written.
    `case_rows`: what is published of cases, instead of what the facts hold."""
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        parts = list(_begin(workspace, period, unit, as_of, pool, case_rows))
        tables = [part.result() for part in parts]
    return pa.concat_tables(tables) if tables else JUDGED.empty_table()


def _begin(
    workspace: Workspace, period: str, unit: Sequence[int], as_of: int, pool: ThreadPoolExecutor,
    case_rows: pa.Table | None,
) -> Iterator[Future[pa.Table]]:  # fmt: skip
    """Read the buckets and hand their items to the pool, part by part."""
    items = current_items(workspace, unit, columns=JUDGED_COLUMNS)
    wanted = _only(items, "month", period)
    for version in sorted(pc.unique(wanted["network_version"]).to_pylist()):
        network = cached_network(workspace, version)
        cases = known_cases(workspace, network, as_of, case_rows)
        mine = _only(wanted, "network_version", version)
        events = workspace.scan(EVENTS_TABLE, months=event_months(period), buckets=unit)
        for part in by_reasons(network, mine):
            found = scans(workspace, network, part, events, as_of)
            yield from _in_parts(network, to_judge(network, part), found, cases, as_of, pool)


def _only(rows: pa.Table, column: str, value: str) -> pa.Table:
    """The rows with a value in a column; the table itself, uncopied, where that is all of them."""
    chosen = pc.equal(rows[column], value)
    return rows if pc.all(chosen).as_py() else rows.filter(chosen)


#: Rows judged together on one processor: columns that stay in its cache.
PART_ROWS = 34_000


def _in_parts(
    network: Network, items: ItemsToJudge, found: Milestones, cases: Sequence[ForceMajeureCase],
    as_of: int, pool: ThreadPoolExecutor,
) -> Iterator[Future[pa.Table]]:  # fmt: skip
    """The pure rule over parts of the columns, as many at a time as there are processors."""
    assert network.compiled is not None  # compiled before the threads ask for it

    def one(rows: slice) -> pa.Table:
        return judge(network, items.rows(rows), found.rows(rows), cases, as_of).table

    for first in range(0, len(items.item_id), PART_ROWS):
        yield pool.submit(one, slice(first, first + PART_ROWS))


def judge_one(workspace: Workspace, item: pa.Table, as_of: int) -> tuple[Network, Judgement]:
    """The bulk rule on one row of `current_items`, with everything the verdict rests on."""
    network = cached_network(workspace, item["network_version"][0].as_py())
    bucket = item["bucket"][0].as_py()
    events = workspace.scan(
        EVENTS_TABLE, months=event_months(item["month"][0].as_py()), buckets=[bucket]
    ).filter(nw.col("item_id") == item["item_id"][0].as_py())
    found = scans(workspace, network, item, events, as_of)
    cases = known_cases(workspace, network, as_of)
    return network, judge(network, to_judge(network, item), found, cases, as_of)


def current_verdicts(
    workspace: Workspace, periods: Sequence[str] | None, buckets_: Sequence[int] | None = None,
    item_key: str | None = None,
) -> pa.Table:  # fmt: skip
    """The verdicts that no later one supersedes, in order of item key; of one item, or of all."""
    one = None if item_key is None else pc.field("item_key") == item_key
    rows = workspace.facts(VERDICTS_TABLE).arrow(filter=one, months=periods, buckets=buckets_)
    if not len(rows):
        return rows
    with workspace.reading() as view:
        order = dict(
            view.connection.execute(
                select(batches.c.batch_id, batches.c.published_seq).where(
                    batches.c.operation == "judge"
                )
            ).all()
        )
    encoded = rows["batch_id"].combine_chunks().dictionary_encode()
    seq = np.array([order[name] or 0 for name in encoded.dictionary.to_pylist()])
    rows = rows.append_column("seq", pa.array(seq[encoded.indices.to_numpy()]))
    rows = rows.sort_by([("item_key", "ascending"), ("seq", "descending")])
    key = rows["item_key"].combine_chunks()
    first = np.ones(len(rows), dtype=bool)
    first[1:] = pc.not_equal(key[1:], key[:-1]).to_numpy(zero_copy_only=False)
    return rows.filter(pa.array(first)).drop_columns(["seq"])


_COMPARED = [name for name in JUDGED.names if name != "judged_as_of"]


def changed_verdicts(
    workspace: Workspace, verdicts: pa.Table, before: pa.Table
) -> tuple[pa.Table, int]:
    """The verdicts that are not there yet in the same words, and how many replace another."""
    if not len(before) or not len(verdicts):
        return verdicts, 0
    engine = workspace.engine
    engine.register("judged_now", verdicts.select(_COMPARED))
    engine.register("judged_before", before.select(_COMPARED))
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
