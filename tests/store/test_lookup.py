"""One item's rows: the same as by reading everything, without reading everything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from compaction_cases import ORDERED, compact_all
from hypothesis import given, settings
from hypothesis import strategies as st
from store_cases import BUCKETS, EVENTS, MONTHS, NOW, ROWS, events_of, write_batch
from test_store_facts import put

from datecertain.errors import StoreDamaged, StoreError
from datecertain.store import FactTable, Workspace

BATCHES = 4


@pytest.fixture(scope="module")
def half_compacted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Three batches merged and sorted, a fourth as it came in; the items of the third twice."""
    folder = tmp_path_factory.mktemp("lookup") / "kr"
    Workspace.init(folder)
    with Workspace.open(folder, tables=ORDERED, write=True) as workspace:
        for number in range(3):
            write_batch(workspace, number)
        with workspace.commit("ingest", "again", now=NOW) as commit:
            commit.append("events", events_of(2))
        compact_all(workspace)
        write_batch(workspace, 3)
        yield workspace


@given(key=st.integers(-2, BATCHES * ROWS + 2))
@settings(deadline=None)
def test_a_lookup_finds_what_reading_everything_finds(half_compacted: Workspace, key: int) -> None:
    facts = half_compacted.facts("events")
    slow = facts.arrow(filter=pc.field("item_key") == key)
    assert facts.lookup(key).equals(slow.combine_chunks())
    bucket = key // 2 % BUCKETS
    assert facts.lookup(key, months=MONTHS, buckets=[bucket]).equals(slow.combine_chunks())
    assert facts.lookup(key, months=["2031-01"]).num_rows == 0
    assert facts.lookup(key, columns=["code", "month"]).equals(
        slow.select(["code", "month"]).combine_chunks()
    )


def test_spans_tell_what_the_row_groups_hold(half_compacted: Workspace) -> None:
    facts = half_compacted.facts("events")
    spans = facts.spans()
    assert spans is not None
    keys = pc.cast(facts.arrow(["item_key"])["item_key"], pa.int64())
    assert sum(rows for *_, rows in spans) == len(keys)
    assert min(low for low, *_ in spans) == pc.min(keys).as_py()
    assert max(high for _, high, _ in spans) == pc.max(keys).as_py()
    assert facts.spans(months=["2031-01"]) == []


@given(
    some=st.lists(st.integers(-2, BATCHES * ROWS + 2), max_size=4),
    ends=st.tuples(*[st.none() | st.integers(-2, BATCHES * ROWS + 2)] * 2),
)
@settings(deadline=None, max_examples=5)
def test_parts_hold_all_that_is_wanted(
    half_compacted: Workspace, some: list[int], ends: tuple[int | None, int | None]
) -> None:
    """Rows that nobody asked for may come with them; none that was asked for is missing."""
    facts, columns = half_compacted.facts("events"), ["item_key", "code", "month", "bucket"]
    first, end = ends
    for wanted, parts in (
        (pc.is_in(pc.field("item_key"), pa.array(some, pa.int64())),
         facts.parts(columns, among=sorted(some))),
        ((pc.field("item_key") >= (-9 if first is None else first))
         & (pc.field("item_key") < (9999 if end is None else end)),
         facts.parts(columns, between=ends)),
    ):  # fmt: skip
        read = pa.concat_tables([part().cast(facts.arrow(columns).schema) for part in parts])
        told, slow = read.filter(wanted), facts.arrow(columns, filter=wanted)
        assert sorted(map(str, told.to_pylist())) == sorted(map(str, slow.to_pylist()))


def test_row_groups_that_cannot_hold_the_item_are_not_read(local_folder: Path) -> None:
    """Every row group but one is overwritten: who reads them fails."""
    with Workspace.open(local_folder, tables=ORDERED, write=True) as workspace:
        for number in range(12):
            write_batch(workspace, number)
        compact_all(workspace)
        facts = workspace.facts("events")
        wanted = 12 * ROWS - 6
        month, bucket = MONTHS[wanted % 2], wanted // 2 % BUCKETS
        (path,) = facts.files(months=[month], buckets=[bucket])
        groups = pq.ParquetFile(path).metadata
        assert groups.num_row_groups > 3
        whole = Path(path).read_bytes()
        last = groups.row_group(groups.num_row_groups - 1).column(0)
        begin = last.dictionary_page_offset or last.data_page_offset
        Path(path).write_bytes(b"PAR1" + bytes(begin - 4) + whole[begin:])
        (row,) = facts.lookup(wanted, months=[month], buckets=[bucket]).to_pylist()
        assert row["at"] == NOW + wanted
        with pytest.raises(StoreDamaged):
            facts.lookup(2, months=[month], buckets=[bucket])


def test_a_column_that_older_rows_lack_is_null(local_folder: Path) -> None:
    delay = pa.field("delay_days", pa.int32())
    newer = FactTable("events", EVENTS.schema.append(delay), order=("item_key",))
    put(local_folder, EVENTS, events_of(0), "one")
    put(local_folder, newer, events_of(0).append_column(delay, pa.array([2] * 24, pa.int32())), "2")
    with Workspace.open(local_folder, tables=[newer]) as workspace:
        rows = workspace.facts("events").lookup(5)
        assert sorted(rows["delay_days"].to_pylist(), key=str) == [2, None]


def test_a_table_without_an_order_cannot_be_looked_up(local_folder: Path) -> None:
    with (
        Workspace.open(local_folder, tables=[EVENTS]) as workspace,
        pytest.raises(StoreError, match="has no order"),
    ):
        workspace.facts("events").lookup(5)
    with (
        Workspace.open(local_folder, tables=[EVENTS]) as workspace,
        pytest.raises(StoreError, match="has no order"),
    ):
        workspace.facts("events").parts(["code"])
    with pytest.raises(StoreError, match="has no column 'nothing'"):
        FactTable("events", EVENTS.schema, order=("nothing",))
