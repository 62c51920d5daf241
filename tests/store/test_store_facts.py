"""Facts: what goes in as Arrow comes out as Arrow, by month and bucket, at a pinned version."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert
from store_cases import EVENTS, NOW, TABLES, VERDICTS, events_of, published_numbers, write_batch

from datecertain.errors import StoreDamaged, StoreError
from datecertain.store import FactTable, Workspace, records
from datecertain.store.database import Database
from datecertain.store.delta import Attempt, change, create_table, open_table, write_parquet
from datecertain.store.fact_store import VERSIONS_PER_CHECKPOINT, LocalFacts, ObjectFacts
from datecertain.store.lock import WriterLock
from datecertain.store.recovery import discard_unpublished
from datecertain.store.settings import Settings

WIDER = FactTable("events", EVENTS.schema.append(pa.field("delay_days", pa.int32())))
NARROWER = FactTable("events", EVENTS.schema.remove(EVENTS.schema.get_field_index("at")))


def put(folder: Path, table: FactTable, rows: pa.Table, batch: str) -> None:
    with (
        Workspace.open(folder, tables=[table], write=True) as workspace,
        workspace.commit("ingest", batch, now=NOW) as commit,
    ):
        commit.append(table.name, rows)


def test_an_empty_table_has_its_columns(local_folder: Path) -> None:
    with Workspace.open(local_folder, tables=TABLES) as workspace:
        facts = workspace.facts("events")
        assert facts.version is None
        assert facts.files() == ()
        assert facts.partitions() == ()
        assert facts.arrow().equals(EVENTS.schema.empty_table())
        assert facts.arrow(["code"], pc.field("item_key") == 1).column_names == ["code"]
        assert list(facts.batches()) == []
        assert facts.duckdb(workspace.engine).columns == EVENTS.schema.names
        assert workspace.scan("events").collect("pyarrow").shape == (0, 5)


def test_months_and_buckets_open_only_their_files(local_folder: Path) -> None:
    with Workspace.open(local_folder, tables=TABLES, write=True) as workspace:
        write_batch(workspace, 0)
        facts = workspace.facts("events")
        assert [(part.month, part.bucket, part.rows) for part in facts.partitions()] == [
            ("2026-11", 0, 6),
            ("2026-11", 1, 6),
            ("2026-12", 0, 6),
            ("2026-12", 1, 6),
        ]
        assert len(facts.files(months=["2026-11"])) == 2
        assert len(facts.files(months=["2026-11"], buckets=[1])) == 1
        chosen = facts.arrow(["item_key"], months=["2026-11"], buckets=[1])
        assert chosen["item_key"].to_pylist() == [2, 6, 10, 14, 18, 22]
        relation = facts.duckdb(workspace.engine, months=["2026-11"], buckets=[1])
        assert relation.project("item_key").fetchall() == [(key,) for key in range(2, 24, 4)]
        for part in facts.partitions():
            assert part.files == facts.files(months=[part.month], buckets=[part.bucket])


def test_arrow_duckdb_and_narwhals_read_the_same(local_folder: Path) -> None:
    with Workspace.open(local_folder, tables=TABLES, write=True) as workspace:
        for number in range(3):
            write_batch(workspace, number)
        facts = workspace.facts("events")
        wanted = facts.arrow().sort_by("item_key")
        assert wanted.equals(
            pa.concat_tables(EVENTS.conform(events_of(number)) for number in range(3))
        )
        assert pa.Table.from_batches(facts.batches()).sort_by("item_key").equals(wanted)
        relation = facts.duckdb(workspace.engine).order("item_key").to_arrow_table()
        assert relation.to_pylist() == wanted.to_pylist()
        frame = workspace.scan("events").filter(nw.col("code") == "EMI")
        by_month = frame.group_by("month").agg(nw.len().alias("items")).sort("month")
        assert by_month.collect("pyarrow").to_native().to_pylist() == [
            {"month": "2026-11", "items": 12},
            {"month": "2026-12", "items": 12},
        ]
        joined = workspace.scan("events").join(workspace.scan("verdicts"), on="item_key")
        assert joined.collect("pyarrow").shape[0] == 24


@given(
    st.lists(
        st.tuples(st.integers(2019, 2031), st.integers(1, 12), st.integers(0, 2**31 - 1)),
        max_size=40,
    )
)
def test_splitting_keeps_every_row_once_and_in_order(places: list[tuple[int, int, int]]) -> None:
    rows = EVENTS.conform(
        pa.table(
            {
                "item_key": pa.array(range(len(places)), pa.int64()),
                "code": pa.array(["EMA"] * len(places), pa.string()),
                "month": pa.array([f"{y}-{m:02}" for y, m, _ in places], pa.string()),
                "bucket": pa.array([bucket for _, _, bucket in places], pa.int32()),
            }
        )
    )
    parts = [
        (month, bucket, part["item_key"].to_pylist())
        for month, bucket, part in EVENTS.split([rows])
    ]
    slow: dict[tuple[str, int], list[int]] = {}
    for key, (year, month, bucket) in enumerate(places):
        slow.setdefault((f"{year}-{month:02}", bucket), []).append(key)
    assert parts == [(*place, slow[place]) for place in sorted(slow)]


def test_a_new_nullable_column_is_null_in_older_rows(local_folder: Path) -> None:
    put(local_folder, EVENTS, events_of(0), "first")
    with Workspace.open(local_folder, tables=[WIDER]) as workspace:
        facts = workspace.facts("events")
        assert facts.arrow()["delay_days"].null_count == 24
        assert facts.duckdb(workspace.engine).filter("delay_days IS NULL").shape == (24, 6)
    put(local_folder, WIDER, events_of(1).append_column("delay_days", pa.array([2] * 24)), "second")
    with Workspace.open(local_folder, tables=[WIDER]) as workspace:
        facts = workspace.facts("events")
        assert facts.arrow().schema.equals(WIDER.schema)
        assert facts.arrow(["delay_days"], pc.field("delay_days") == 2).num_rows == 24
        counts = workspace.scan("events").select(nw.col("delay_days").sum())
        assert counts.collect("pyarrow").item() == 48
        both = facts.duckdb(workspace.engine).filter("delay_days IS NULL")
        assert both.shape == (24, 6)


def test_an_older_release_reads_and_writes_beside_the_newer_column(local_folder: Path) -> None:
    put(local_folder, WIDER, events_of(0).append_column("delay_days", pa.array([2] * 24)), "first")
    put(local_folder, EVENTS, events_of(1), "second")
    put(local_folder, NARROWER, events_of(2).drop_columns(["at"]), "third")
    with Workspace.open(local_folder, tables=[EVENTS]) as workspace:
        assert workspace.facts("events").arrow().schema.equals(EVENTS.schema)
        assert workspace.facts("events").rows == 72
    with Workspace.open(local_folder, tables=[WIDER]) as workspace:
        assert workspace.facts("events").arrow()["delay_days"].null_count == 48


@pytest.mark.parametrize(
    ("field", "message"),
    [
        (pa.field("delay_days", pa.int32(), nullable=False), "must be nullable"),
        (pa.field("at", pa.string()), "is stored as .*int64.* declared .*string"),
    ],
)
def test_columns_are_only_ever_added(local_folder: Path, field: pa.Field, message: str) -> None:
    put(local_folder, EVENTS, events_of(0), "first")
    others = [known for known in EVENTS.schema if known.name != field.name]
    changed = FactTable("events", pa.schema([*others, field]))
    rows = changed.schema.empty_table()
    one = pa.table(
        [
            pa.array([{"int": 1, "str": "2026-11"}[str(kind.type)[:3]]], kind.type)
            for kind in rows.schema
        ],
        schema=rows.schema,
    )
    with pytest.raises(StoreError, match=message):
        put(local_folder, changed, one, "second")
    with Workspace.open(local_folder, tables=[EVENTS]) as workspace:
        assert workspace.facts("events").rows == 24
    with (
        Workspace.open(local_folder, tables=[changed]) as workspace,
        pytest.raises(StoreError, match=message),
    ):
        workspace.facts("events")


def test_a_table_that_cannot_be_stored_is_refused_when_declared() -> None:
    partition = [EVENTS.schema.field("month"), EVENTS.schema.field("bucket")]
    nested = pa.field("legs", pa.list_(pa.struct([pa.field("held_min", pa.int64())])))
    assert FactTable("legs", pa.schema([nested, *partition])).name == "legs"
    for name, fields in (
        ("Events", partition),
        ("events", [*partition, partition[0]]),
        ("events", partition[:1]),
        ("events", [*partition, pa.field("at", pa.timestamp("us"))]),
        ("events", [*partition, pa.field("legs", pa.list_(pa.uint8()))]),
    ):
        with pytest.raises(StoreError, match=f"facts table '{name}'"):
            FactTable(name, pa.schema(fields))


def test_lists_and_structs_come_back_as_they_were(local_folder: Path) -> None:
    legs = pa.list_(pa.struct([pa.field("post", pa.string()), pa.field("days", pa.int32())]))
    table = FactTable(
        "staircases",
        pa.schema(
            [
                pa.field("steps", pa.list_(pa.int64())),
                pa.field("legs", legs),
                *[EVENTS.schema.field(name) for name in ("month", "bucket")],
            ]
        ),
    )
    rows = [
        {"steps": [0, 2, -1], "legs": [{"post": "KR", "days": 1}], "month": "2026-11", "bucket": 0},
        {"steps": None, "legs": [], "month": "2026-11", "bucket": 0},
    ]
    put(local_folder, table, pa.Table.from_pylist(rows, table.schema), "first")
    put(local_folder, table, pa.Table.from_pylist(rows, table.schema), "second")
    with Workspace.open(local_folder, tables=[table]) as workspace:
        assert workspace.facts("staircases").arrow().to_pylist() == rows * 2
        relation = workspace.facts("staircases").duckdb(workspace.engine)
        assert relation.to_arrow_table().to_pylist() == rows * 2


def test_row_groups_are_small_so_that_one_item_is_found_fast(local_folder: Path) -> None:
    table = FactTable("events", EVENTS.schema, row_group_rows=5)
    put(local_folder, table, events_of(0), "first")
    with Workspace.open(local_folder, tables=[table]) as workspace:
        fragments = list(workspace.facts("events").dataset().get_fragments())
        assert [fragment.num_row_groups for fragment in fragments] == [2, 2, 2, 2]


def test_checkpoints_keep_old_and_new_versions_readable(local_folder: Path) -> None:
    batches = VERSIONS_PER_CHECKPOINT + 2
    with Workspace.open(local_folder, tables=TABLES, write=True) as workspace:
        early = Workspace.open(local_folder, tables=TABLES)
        for number in range(batches):
            write_batch(workspace, number)
            if number == 3:
                early.refresh()
        log = local_folder / "facts" / "events" / "_delta_log"
        assert [path.name for path in log.glob("*.checkpoint.parquet")] == [
            f"{VERSIONS_PER_CHECKPOINT:020d}.checkpoint.parquet"
        ]
        with early:
            assert early.facts("events").rows == 4 * 24
        for version in range(VERSIONS_PER_CHECKPOINT):
            (log / f"{version:020d}.json").unlink()
        with Workspace.open(local_folder, tables=TABLES) as late:
            assert published_numbers(late) == set(range(batches)), "read from the checkpoint"
    assert not (local_folder / "facts" / ".checkpoint").exists()


def test_a_commit_that_came_through_unanswered_is_not_repeated(local_folder: Path) -> None:
    store = LocalFacts(local_folder / "facts")
    attempt = Attempt("ingest.once", "00c0ffee")
    part = next(iter(EVENTS.split([EVENTS.conform(events_of(0))])))
    file = write_parquet(EVENTS, store.filesystem("events"), attempt, 0, part)
    create_table(store.location("events"), EVENTS, attempt, None)
    for _ in range(2):
        table = open_table(store.location("events"), 0, None)
        assert change(table, EVENTS, [file], attempt, None, now_ms=0) == 1
    other = Attempt("ingest.once", "deadbeef")
    table = open_table(store.location("events"), 0, None)
    with pytest.raises(StoreError, match="version 1 could not be committed"):
        change(table, EVENTS, [file], other, None, now_ms=0)
    assert store.read(EVENTS, 1).rows == 6


def test_object_storage_puts_the_published_content_back_on_top(local_folder: Path) -> None:
    """The protocol of object storage, on a `file://` address: nothing is deleted in place."""
    database = Database("sqlite:///records.db", local_folder)
    store = ObjectFacts((local_folder / "facts").as_uri())
    lock = WriterLock(local_folder / "lock", 1.0)
    workspace = Workspace(local_folder, Settings(), TABLES, database, store, lock)
    workspace.start()
    for number in range(2):
        write_batch(workspace, number)
    assert published_numbers(workspace) == {0, 1}
    pinned = workspace.facts("events")
    # A batch that reached the facts and never the records: WIDER, to change the schema as well.
    attempt = Attempt("ingest.lost", "0badc0de")
    part = next(iter(WIDER.split([WIDER.conform(events_of(7))])))
    lost = write_parquet(WIDER, store.filesystem("events"), attempt, 0, part)
    assert store.commit(WIDER, [lost], pinned.version, attempt, now_ms=0) == 4
    with pytest.raises(StoreDamaged, match=r"ingest\.lost"):
        discard_unpublished(database, store, ["events", "verdicts"])
    with database.writing() as connection:
        connection.execute(
            insert(records.batches).values(
                batch_id="ingest.lost",
                operation="ingest",
                state="open",
                writer="0badc0de",
                created_at=NOW,
                tables={},
                rows={},
            )
        )
    assert discard_unpublished(database, store, ["events", "verdicts"]) == ("ingest.lost",)
    workspace.refresh()
    assert workspace.published == {"events": 5, "verdicts": 2}
    assert published_numbers(workspace) == {0, 1}
    assert pinned.arrow().num_rows == 48, "who had the old version open can still read it"
    write_batch(workspace, 2)
    assert published_numbers(workspace) == {0, 1, 2}
    relation = workspace.facts("events").duckdb(workspace.engine)
    assert relation.aggregate("count(*)").fetchall() == [(72,)]
    workspace.close()


def test_facts_need_no_particular_folder_name() -> None:
    with tempfile.TemporaryDirectory(prefix="we[ir]d * 편지 'q ") as name:
        folder = Path(name) / "kr ?"
        Workspace.init(folder)
        put(folder, EVENTS, events_of(0), "first")
        with Workspace.open(folder, tables=[EVENTS]) as workspace:
            assert workspace.scan("events").collect("pyarrow").shape == (24, 5)
            assert workspace.facts("events").arrow().num_rows == 24
        with pytest.raises(StoreError, match="would be read as a partition"):
            Workspace.init(folder / "month=2026-11")


def test_the_local_store_lists_what_lies_on_disk(tmp_path: Path) -> None:
    store = LocalFacts(tmp_path / "facts")
    with pytest.raises(StoreDamaged, match="the facts are gone"):
        store.present([])
    os.makedirs(tmp_path / "facts" / "events")
    os.makedirs(tmp_path / "facts" / ".checkpoint")
    assert store.present([VERDICTS.name]) == {"events"}
