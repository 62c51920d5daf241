"""Compaction: fewer files, the same rows, nobody disturbed. On SQLite and PostgreSQL."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from compaction_cases import ORDERED, compact_all
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from store_cases import EVENTS, MONTHS, NOW, TABLES, events_of, published_numbers, write_batch
from test_store_facts import put

from datecertain.errors import StoreDamaged, StoreError
from datecertain.store import Facts, FactTable, Workspace
from datecertain.store.compaction import compact_some, due, facts_status
from datecertain.store.facts import FactFile
from thorough import often

PARTITIONS = 4  # two months, two buckets


def writer_for(folder: Path) -> Workspace:
    return Workspace.open(folder, tables=ORDERED, write=True)


def merge(workspace: Workspace, facts: Facts, files: Sequence[FactFile]) -> None:
    with workspace.commit("compact", "merged", now=NOW) as commit:
        commit.merge(facts, files)


def append_and_merge(workspace: Workspace, facts: Facts, files: Sequence[FactFile]) -> None:
    with workspace.commit("compact", "odd", now=NOW) as commit:
        commit.append("events", events_of(2))
        commit.merge(facts, files)


def merge_and_append(workspace: Workspace, facts: Facts, files: Sequence[FactFile]) -> None:
    with workspace.commit("compact", "odder", now=NOW) as commit:
        commit.merge(facts, files)
        commit.append("events", events_of(2))


def test_a_week_of_small_batches_becomes_one_sorted_file_a_partition(folder: Path) -> None:
    with writer_for(folder) as workspace:
        for number in random.Random("a week").sample(range(7), 7):
            write_batch(workspace, number)
        assert len(workspace.facts("events").files()) == 7 * PARTITIONS
        done = compact_some(workspace, "events", now=NOW)
        assert done is not None
        assert (done.files_before, done.files_after) == (7 * PARTITIONS, PARTITIONS)
        assert (done.rows, done.remaining) == (7 * 24, 0)
        assert published_numbers(workspace) == set(range(7))
        files = workspace.facts("events").files()
        assert len(files) == PARTITIONS
        for file in files:
            keys = pq.ParquetFile(file).read(columns=["item_key"])["item_key"].to_pylist()
            assert keys == sorted(keys)
            assert pq.ParquetFile(file).num_row_groups == 3, "42 rows in groups of 16"


def test_compacting_twice_changes_nothing(folder: Path) -> None:
    with writer_for(folder) as workspace:
        for number in range(3):
            write_batch(workspace, number)
        assert compact_all(workspace) > 0
        versions, files = workspace.published, workspace.facts("events").files()
        assert compact_all(workspace) == 0
        assert (workspace.published, workspace.facts("events").files()) == (versions, files)


def test_a_reader_of_the_old_version_is_not_disturbed(folder: Path) -> None:
    with writer_for(folder) as workspace:
        for number in range(3):
            write_batch(workspace, number)
        with Workspace.open(folder, tables=ORDERED) as early:
            under_way = early.facts("events").batches()
            first = next(under_way)
            compact_all(workspace)
            write_batch(workspace, 3)
            read = first.num_rows + sum(batch.num_rows for batch in under_way)
            assert read == 3 * 24
            assert early.scan("events").collect("pyarrow").shape[0] == 3 * 24
            early.refresh()
            assert published_numbers(early) == {0, 1, 2, 3}


def test_a_new_version_with_the_same_rows_is_the_same_content(folder: Path) -> None:
    with writer_for(folder) as workspace:
        for number in range(2):
            write_batch(workspace, number)
        versions, contents = workspace.published, workspace.contents
        assert contents == {"events": 2, "verdicts": 2}
        compact_all(workspace)
        assert workspace.published != versions
        assert workspace.contents == contents
        with Workspace.open(folder, tables=TABLES) as reader:
            assert reader.contents == contents
            assert reader.published == workspace.published
        write_batch(workspace, 2)
        assert workspace.contents["events"] > contents["events"]


def test_only_the_months_asked_for_are_merged(folder: Path) -> None:
    with writer_for(folder) as workspace:
        for number in range(3):
            write_batch(workspace, number)
        compact_some(workspace, "events", [MONTHS[0]], now=NOW)
        states = facts_status(workspace.facts("events"))
        assert [(one.month, one.files, one.due, one.rows) for one in states] == [
            (MONTHS[0], 2, 0, 36),
            (MONTHS[1], 6, 6, 36),
        ]
        assert all(one.bytes > 0 for one in states)


def test_a_large_merged_file_is_left_alone(folder: Path) -> None:
    with writer_for(folder) as workspace:
        write_batch(workspace, 0)
        assert compact_some(workspace, "events", now=NOW, small_bytes=1) is not None, "not sorted"
        assert compact_some(workspace, "events", now=NOW, small_bytes=1) is None
        write_batch(workspace, 1)
        again = compact_some(workspace, "events", now=NOW, small_bytes=1)
        assert again is not None
        assert (again.files_before, again.rows) == (PARTITIONS, 24), "the new ones only"
        assert published_numbers(workspace) == {0, 1}


def test_a_table_without_an_order_is_merged_but_single_files_stay(local_folder: Path) -> None:
    with Workspace.open(local_folder, tables=TABLES, write=True) as workspace:
        write_batch(workspace, 0)
        assert due(workspace.facts("events")) == []
        write_batch(workspace, 1)
        assert len(due(workspace.facts("events"))) == PARTITIONS
        compact_all(workspace)
        assert published_numbers(workspace) == {0, 1}


def test_an_older_release_keeps_the_columns_of_a_newer_one(local_folder: Path) -> None:
    delay = pa.field("delay_days", pa.int32())
    newer = FactTable("events", EVENTS.schema.append(delay), order=("item_key",))
    older = FactTable("events", EVENTS.schema, order=("item_key",))
    put(local_folder, older, events_of(0), "one")
    delays = pa.array([2] * 24, pa.int32())
    put(local_folder, newer, events_of(1).append_column(delay, delays), "two")
    with Workspace.open(local_folder, tables=[older], write=True) as workspace:
        compact_some(workspace, "events", now=NOW)
        assert len(workspace.facts("events").files()) == PARTITIONS
    with Workspace.open(local_folder, tables=[newer]) as workspace:
        rows = workspace.facts("events").arrow().sort_by("item_key")
        assert rows["delay_days"].to_pylist() == [None] * 24 + [2] * 24


def test_a_broken_file_stops_it_and_nothing_is_published(local_folder: Path) -> None:
    with writer_for(local_folder) as workspace:
        for number in range(2):
            write_batch(workspace, number)
        facts = workspace.facts("events")
        whole = Path(facts.files()[-1]).read_bytes()
        Path(facts.files()[-1]).write_bytes(whole[:40])
        with pytest.raises(StoreDamaged, match="restore it from a backup"):
            compact_some(workspace, "events", now=NOW)
        Path(facts.files()[-1]).write_bytes(whole)
        assert published_numbers(workspace) == {0, 1}
        assert workspace.published["events"] == facts.version
        there = {str(path) for path in (local_folder / "facts" / "events").rglob("*.parquet")}
        assert there == set(facts.files()), "what it had written is gone again"


def test_a_file_that_is_short_of_rows_is_damage(local_folder: Path) -> None:
    with writer_for(local_folder) as workspace:
        for number in range(2):
            write_batch(workspace, number)
        path = workspace.facts("events").files()[0]
        pq.write_table(pq.ParquetFile(path).read().slice(1), path)
        with pytest.raises(StoreDamaged, match="holds 5 rows, the log says 6"):
            compact_some(workspace, "events", now=NOW)


def test_one_batch_makes_one_kind_of_change(local_folder: Path) -> None:
    with writer_for(local_folder) as workspace:
        for number in range(2):
            write_batch(workspace, number)
        facts = workspace.facts("events")
        files = due(facts)[0]
        with pytest.raises(StoreError, match="one kind of change"):
            append_and_merge(workspace, facts, files)
        with pytest.raises(StoreError, match="either appends or takes out"):
            merge_and_append(workspace, facts, files)
        write_batch(workspace, 2)
        with pytest.raises(StoreError, match="no longer the published"):
            merge(workspace, facts, files)
        assert published_numbers(workspace) == {0, 1, 2}


@given(steps=st.lists(st.sampled_from(["take in", "events", "verdicts"]), max_size=12))
@hypothesis_settings(max_examples=often(6), deadline=None)
def test_any_order_of_batches_and_compactions_holds_the_same_rows(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("any") / "kr"
    Workspace.init(folder)
    taken = 0
    with writer_for(folder) as workspace:
        for step in steps:
            if step == "take in":
                write_batch(workspace, taken)
                taken += 1
            else:
                compact_some(workspace, step, now=NOW, unit_rows=30)
            assert published_numbers(workspace) == set(range(taken))
