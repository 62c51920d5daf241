"""Judging a month of acceptances: facts in, verdicts out, in one commit (req 17, 23, 53).

Work goes bucket by bucket. A verdict that is already there and unchanged is not written again;
one that changed supersedes it. The same facts, as-of moment and rules are the same batch, so
judging twice changes nothing. After the first time only what can have changed is judged again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, delete, func, insert, select

from datecertain.claims.columns import KeyOrder, rows_in, texts
from datecertain.errors import StoreError
from datecertain.messages.compiling import compile_meanwhile
from datecertain.moments import Mask
from datecertain.operations.clock import Clock
from datecertain.operations.erasing_facts import events_erased_by
from datecertain.operations.evidence import event_months, in_threads
from datecertain.operations.judging_log import (
    Judging,
    last_judging,
    last_place,
    log_judging,
    places_of_batches,
)
from datecertain.operations.judging_units import (
    SPARK_UNIT_ITEMS,
    UNIT_ITEMS,
    Questions,
    judged_in_order,
    judging_units,
    numbers_in,
    units_of,
)
from datecertain.operations.rejudging import (
    facts_later_than,
    inputs_pinned,
    must_judge_whole,
    touched_items,
)
from datecertain.operations.tables import ITEMS_TABLE, SCHEMA_VERSION, VERDICTS_TABLE
from datecertain.store import Engine, Workspace, batch_id
from datecertain.store.records import batches, settings
from datecertain.tracking.canonical import buckets, months
from datecertain.tracking.events import audience
from datecertain.tracking.item_rows import SomeNumbers
from datecertain.verdict.judging import JUDGED
from datecertain.verdict.outcomes import VERDICTS
from datecertain.verdict.rules import CURRENT, Rules

Progress = Callable[[int, int], None]
#: With so many items the compiled loops are wanted at once.
_MANY = 100_000


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
    (report,) = judge_periods(
        workspace, [period], as_of, clock, progress, rules, everything=everything, engine=engine
    )
    return report


def judge_periods(
    workspace: Workspace, periods: Sequence[str], as_of: int, clock: Clock,
    progress: Progress | None = None, rules: Rules = CURRENT, *, everything: bool = False,
    engine: Engine = Engine.DUCKDB,
) -> list[JudgeReport]:  # fmt: skip
    """Several months, as `judge_period` judges one; a report for each, in their order.

    Months that are judged whole are judged in one pass and one commit, for the events of one month
    are those of items accepted in several; so are those of which only some items are.
    """
    rows = sum(one.rows for one in workspace.facts(ITEMS_TABLE).partitions(months=periods))
    if rows >= _MANY and engine is Engine.DUCKDB:
        compile_meanwhile()
    tasks = [_task(workspace, one, as_of, rules, everything=everything) for one in periods]
    open_ = [task for task in tasks if not task.done]
    whole = [task for task in open_ if task.touched is None]
    some = [task for task in open_ if task.touched is not None]
    reports = {
        task.period: JudgeReport(task.period, as_of, task.request, True, 0, 0, 0)
        for task in tasks if task.done
    }  # fmt: skip
    for group in filter(None, (some, whole)):
        for one in _judge_group(workspace, group, as_of, clock, progress, rules, engine):
            reports[one.period] = one
    return [reports[period] for period in periods]


@dataclass(frozen=True, slots=True)
class _Task:
    """A month to be judged: `done` on these facts already; `touched` None: whole."""

    period: str
    request: str
    done: bool
    since: Judging | None
    touched: pa.Table | None
    later: bool
    read_seq: int  # what was published by then is read


def _task(
    workspace: Workspace, period: str, as_of: int, rules: Rules, *, everything: bool
) -> _Task:  # fmt: skip
    request = batch_id("judge", period, str(as_of), rules.version, *inputs_pinned(workspace))
    if _standing(workspace, period) == request and not everything:
        return _Task(period, request, True, None, None, False, 0)
    if rule := events_erased_by(workspace, event_months(period)):
        raise StoreError(
            f"{period} cannot be judged again: events that its verdicts rest on were erased by "
            f"{rule}; the verdicts that were given stand"
        )
    since, read_seq = last_judging(workspace, period), last_place(workspace)
    later = facts_later_than(workspace, period, as_of, since)
    whole = since is None or everything or must_judge_whole(workspace, since, as_of, rules)
    touched = None
    if since is not None and not whole:
        touched = touched_items(workspace, period, since, as_of)
    return _Task(period, request, False, since, touched, later, read_seq)


def _judge_group(
    workspace: Workspace, tasks: Sequence[_Task], as_of: int, clock: Clock,
    progress: Progress | None, rules: Rules, engine: Engine,
) -> Iterator[JudgeReport]:  # fmt: skip
    """Judge months in one pass and publish them in one commit: all of them whole, or of all of them
    the items that are touched."""
    periods, touched = [task.period for task in tasks], _touched(tasks)
    # An earlier closing may have been judged in between: the batch is new although the request
    # is not.
    last = str(_last_judging_place(workspace))
    batch = batch_id("judge", *(task.request for task in tasks), last)
    size = UNIT_ITEMS if engine is Engine.DUCKDB else SPARK_UNIT_ITEMS
    work = judging_units(workspace, periods, size) if touched is None else units_of(touched, size)
    counts = {period: [0, 0, 0] for period in periods}  # judged, new, superseding
    with workspace.commit("judge", batch, now=clock.now()) as commit:
        asked = Questions(workspace, periods, as_of, rules, touched, engine)
        for done, (verdicts, before) in enumerate(_judged(asked, work)):
            changed, replacing = changed_verdicts(verdicts, before)
            stored = _stored(changed, commit.batch_id)
            commit.append(VERDICTS_TABLE, stored)
            _count(counts, 0, _month_of(verdicts))
            _count(counts, 1, stored["month"])
            _count(counts, 2, stored["month"].filter(replacing))
            if progress:
                progress(done + 1, len(work))
        judgings = [
            _logged(task, commit.batch_id, as_of, rules, counts[task.period]) for task in tasks
        ]
        requests = {task.period: task.request for task in tasks}
        commit.records(lambda connection: _let_stand(connection, requests, judgings))
    for one in judgings:
        yield JudgeReport(
            one.period, as_of, batch, False, one.items, one.new, one.superseding, one.judged,
            one.whole,
        )  # fmt: skip


def _touched(tasks: Sequence[_Task]) -> pa.Table | None:
    """The touched items of months that are all judged in part; None: they are judged whole."""
    found = [task.touched for task in tasks if task.touched is not None]
    return pa.concat_tables(found) if found else None


def _judged(
    asked: Questions, work: Sequence[Sequence[int]]
) -> Iterator[tuple[pa.Table, pa.Table]]:  # fmt: skip
    """The verdicts of units, in order, with those that stand of the same items (JUDGED, in order of
    item key). These are read while others are judged, one unit ahead."""
    with ThreadPoolExecutor(max_workers=1) as beside:
        waiting = deque(beside.submit(_standing_of, asked, unit) for unit in work[:1])
        for place, verdicts in enumerate(judged_in_order(asked, work)):
            before = waiting.popleft().result()
            waiting.extend(beside.submit(_standing_of, asked, unit)
                           for unit in work[place + 1 : place + 2])  # fmt: skip
            yield verdicts, before


def _standing_of(asked: Questions, unit: Sequence[int]) -> pa.Table:
    numbers = None if asked.touched is None else numbers_in(asked.touched, unit)
    columns = [*JUDGED.names, "batch_id"]
    rows = _read_standing(asked.workspace, asked.periods, columns, unit, numbers)
    return rows.select(JUDGED.names)


def _logged(task: _Task, batch: str, as_of: int, rules: Rules, counts: Sequence[int]) -> Judging:
    judged, written, superseding = counts
    new = written - superseding
    partial = task.touched is not None and task.since is not None
    items = task.since.items + new if partial and task.since is not None else judged
    return Judging(
        batch, task.period, as_of, task.read_seq, task.later, rules.version, task.touched is None,
        items, judged, new, superseding,
    )  # fmt: skip


def _count(counts: dict[str, list[int]], place: int, months: pa.ChunkedArray) -> None:
    for row in pc.value_counts(months).to_pylist():
        counts[row["values"]][place] += row["counts"]


def _standing(workspace: Workspace, period: str) -> str:
    """The request whose verdicts stand for a month."""
    with workspace.reading() as view:
        request = view.connection.execute(
            select(settings.c.value).where(settings.c.key == f"judged:{period}")
        ).scalar()
    return request or ""


def _last_judging_place(workspace: Workspace) -> int:
    """The place of the last batch of judging in the order of publication; 0: there is none."""
    with workspace.reading() as view:
        last = view.connection.execute(
            select(func.max(batches.c.published_seq)).where(batches.c.operation == "judge")
        ).scalar()
    return last or 0


def _let_stand(
    connection: Connection, requests: Mapping[str, str], judgings: Sequence[Judging]
) -> None:
    for judging in judgings:
        key = f"judged:{judging.period}"
        connection.execute(delete(settings).where(settings.c.key == key))
        connection.execute(insert(settings).values(key=key, value=requests[judging.period]))
        log_judging(connection, judging)


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


def standing_columns(
    workspace: Workspace, period: str, columns: Sequence[str], buckets_: Sequence[int] | None = None
) -> pa.Table:
    """Some columns of the verdicts of a month, or of some buckets of it, that no later one
    supersedes, in order of item key, which is one of them."""
    wanted = list(dict.fromkeys(["item_key", *columns, "batch_id"]))
    return _read_standing(workspace, [period], wanted, buckets_)


def _read_standing(
    workspace: Workspace, periods: Sequence[str], columns: Sequence[str],
    buckets_: Sequence[int] | None, numbers: pa.Array | None = None,
) -> pa.Table:  # fmt: skip
    """Standing verdicts, read file by file in threads; of some item numbers, or of all."""
    facts = workspace.facts(VERDICTS_TABLE)
    some = None if numbers is None else SomeNumbers(numbers)
    among = None if some is None else some.ordered
    parts = facts.parts(columns, months=periods, buckets=buckets_, among=among)
    schema = pa.schema([VERDICTS.field(name) for name in columns])

    def read(part: Callable[[], pa.Table]) -> pa.Table:
        rows = part()
        return (rows if some is None else some.of(rows)).cast(schema)

    found = [schema.empty_table(), *in_threads(read, parts)]
    return standing_verdicts(workspace, pa.concat_tables(found))


def standing_verdicts(workspace: Workspace, rows: pa.Table) -> pa.Table:
    """Of verdicts (columns `item_key`, `batch_id` and any others) those that no later one
    supersedes, in order of item key."""
    if not len(rows):
        return rows
    rows = rows.combine_chunks()
    order = KeyOrder(rows["item_key"].combine_chunks()).of(np.arange(len(rows)))
    ordered = rows.take(pa.array(order))
    keys = ordered["item_key"].combine_chunks()
    if not pc.any(pc.equal(keys[1:], keys[:-1])).as_py():  # judged once: nearly always
        return ordered
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
    verdicts: pa.Table, before: pa.Table, rules: Rules = CURRENT
) -> tuple[pa.Table, pa.ChunkedArray]:
    """The verdicts that are not there yet in the same words, and which of them replace another.
    Both tables have each item once. Columns that the rules did not know are not compared."""
    if not len(before) or not len(verdicts):
        return verdicts, pa.chunked_array([pa.repeat(False, len(verdicts))])
    place = rows_in(texts(verdicts, "item_key"), texts(before, "item_key"))
    known = np.flatnonzero(place >= 0)
    then, now = before.take(pa.array(place[known])), verdicts.take(pa.array(known))
    same = np.ones(len(known), dtype=bool)
    for name in _COMPARED:
        if name not in rules.without:
            same &= _same(now[name].combine_chunks(), then[name].combine_chunks())
    changed = np.ones(len(verdicts), dtype=bool)
    changed[known[same]] = False
    replacing = pa.array((place >= 0)[changed])
    return verdicts.filter(pa.array(changed)), pa.chunked_array([replacing])


def _same(one: pa.Array, other: pa.Array) -> Mask:
    """Where two columns say the same; nothing is the same as nothing."""
    same = pc.equal(one, other).fill_null(False).to_numpy(zero_copy_only=False)
    if one.null_count and other.null_count:
        neither = pc.and_(one.is_null(), other.is_null())
        same = same | neither.to_numpy(zero_copy_only=False)
    return np.asarray(same)


def _month_of(verdicts: pa.Table) -> pa.ChunkedArray:
    """The month of acceptance of each verdict."""
    return pa.chunked_array([months(verdicts["accepted_date"].to_numpy())])


def _stored(verdicts: pa.Table, batch: str) -> pa.Table:
    count = len(verdicts)
    origin = verdicts["origin"]
    columns = {name: verdicts[name] for name in JUDGED.names} | {
        "owner": origin,
        "audience": _audiences(origin, verdicts["destination"]),
        "batch_id": pa.repeat(batch, count),
        "schema_version": pa.array(np.full(count, SCHEMA_VERSION, dtype=np.int32)),
        "month": _month_of(verdicts),
        "bucket": buckets(verdicts["item_id"]) if count else pa.array([], pa.int32()),
    }
    return pa.table([columns[name] for name in VERDICTS.names], schema=VERDICTS)


def _audiences(origin: pa.ChunkedArray, destination: pa.ChunkedArray) -> pa.Array:
    """Who may see each verdict: the pair of its lane (`tracking.events.audience`)."""
    lanes = pc.binary_join_element_wise(origin, destination, " ").combine_chunks()
    encoded = lanes.dictionary_encode()
    pairs = [audience(*lane.split(" ")) for lane in encoded.dictionary.to_pylist()]
    return pa.array(pairs, pa.string()).take(encoded.indices)
