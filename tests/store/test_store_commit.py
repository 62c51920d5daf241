"""The commit point: all of a batch or nothing, once, by one writer. On SQLite and PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from sqlalchemy import Connection, func, insert, select, text, update
from store_cases import (
    EVENTS,
    NOW,
    TABLES,
    events_of,
    name_of,
    published_numbers,
    write_batch,
)

from datecertain.errors import StoreBusy, StoreDamaged, StoreError
from datecertain.store import Workspace, records, settlement_records

WRITER = str(Path(__file__).with_name("store_cases.py"))


def parquet_files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in (folder / "facts").rglob("*.parquet")}


def log_entries(folder: Path, table: str) -> list[str]:
    return sorted(path.name for path in (folder / "facts" / table / "_delta_log").iterdir())


def writer_for(folder: Path, wait_s: float = 10.0) -> Workspace:
    return Workspace.open(folder, tables=TABLES, write=True, wait_s=wait_s)


class RefusedAtTheCounter(Exception):
    """An operation's own error, in the middle of a batch."""


def refuse(connection: Connection) -> None:
    raise RefusedAtTheCounter


def note_batch_1(connection: Connection) -> None:
    connection.execute(insert(records.settings).values(key="batch-1", value="taken in"))


def lose_batch_1(connection: Connection) -> None:
    """What another writer does with our intent, when it takes the workspace over."""
    mine = records.batches.c.batch_id == name_of(1)
    connection.execute(update(records.batches).where(mine).values(state="discarded"))


def lose_connection(connection: Connection) -> None:
    connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


def try_batch(workspace: Workspace, number: int, *writes: Callable[[Connection], None]) -> None:
    """A batch of events with record writes; without any, it fails after its events."""
    with workspace.commit("ingest", name_of(number), now=NOW) as commit:
        commit.append("events", events_of(number))
        for write in writes:
            commit.records(write)
        if not writes:
            raise RefusedAtTheCounter


def test_a_batch_is_seen_when_its_block_ends_and_not_before(folder: Path) -> None:
    with writer_for(folder) as workspace:
        with workspace.commit("ingest", name_of(0), now=NOW) as commit:
            commit.append("events", events_of(0))
            assert workspace.facts("events").rows == 0
        assert workspace.facts("events").rows == 24
        assert commit.published_seq == 1
        assert not commit.already_published


def test_many_small_inputs_make_one_version_and_one_file_a_partition(folder: Path) -> None:
    with writer_for(folder) as workspace:
        write_batch(workspace, 0)
        with workspace.commit("ingest", "mailbox", now=NOW) as commit:
            for number in range(1, 9):
                commit.append("events", events_of(number))
        assert workspace.published["events"] == 2
        assert len(workspace.facts("events").files()) == 4 + 4


def test_a_batch_run_twice_changes_nothing(folder: Path) -> None:
    with writer_for(folder) as workspace:
        first = write_batch(workspace, 0)
        files, entries = parquet_files(folder), log_entries(folder, "events")
        again = write_batch(workspace, 0)
        assert again.already_published
        assert again.published_seq == first.published_seq
        assert (parquet_files(folder), log_entries(folder, "events")) == (files, entries)
        assert published_numbers(workspace) == {0}


def test_a_batch_of_records_alone_is_published_in_order(folder: Path) -> None:
    payment = {
        "period": "2026-11",
        "version": 1,
        "payer": "JP",
        "payee": "KR",
        "owner": "JP",
        "audience": records.audience_of(["KR", "JP"]),
        "amount_usdr": 1_250_000,
        "batch_id": "settle.2026",
    }
    with writer_for(folder) as workspace:
        write_batch(workspace, 0)
        with workspace.commit("settle", "settle.2026", now=NOW) as commit:
            commit.records(
                lambda connection: connection.execute(insert(settlement_records.payments), payment)
            )
        assert commit.published_seq == 2
        with workspace.reading() as view:
            row = view.connection.execute(select(settlement_records.payments)).mappings().one()
        assert dict(row) == payment
        assert payment["audience"] == "JP+KR"


def test_an_error_in_the_block_leaves_no_trace(folder: Path) -> None:
    with writer_for(folder) as workspace:
        write_batch(workspace, 0)
        files, entries = parquet_files(folder), log_entries(folder, "events")
        with pytest.raises(RefusedAtTheCounter):
            try_batch(workspace, 1)
        assert (parquet_files(folder), log_entries(folder, "events")) == (files, entries)
        assert published_numbers(workspace) == {0}
        write_batch(workspace, 1)
        assert published_numbers(workspace) == {0, 1}


def test_an_error_in_a_record_write_takes_the_facts_back(folder: Path) -> None:
    with writer_for(folder) as workspace:
        write_batch(workspace, 0)
        files, entries = parquet_files(folder), log_entries(folder, "events")
        with pytest.raises(RefusedAtTheCounter):
            try_batch(workspace, 1, note_batch_1, refuse)
        assert (parquet_files(folder), log_entries(folder, "events")) == (files, entries)
        assert published_numbers(workspace) == {0}


def test_an_error_in_the_first_batch_leaves_no_table(folder: Path) -> None:
    with writer_for(folder) as workspace:
        with pytest.raises(RefusedAtTheCounter):
            try_batch(workspace, 0)
        assert list((folder / "facts").iterdir()) == []
        write_batch(workspace, 0)
        assert published_numbers(workspace) == {0}


def test_what_a_dead_writer_left_is_discarded_by_the_next(folder: Path) -> None:
    subprocess.run([sys.executable, WRITER, str(folder), "0", "2", "--die"], check=True)
    left = parquet_files(folder)
    with Workspace.open(folder, tables=TABLES) as reader:
        assert published_numbers(reader) == {0, 1}
    with writer_for(folder) as workspace:
        assert workspace.discarded == (name_of(2),)
        assert len(parquet_files(folder)) == len(left) - 8
        assert published_numbers(workspace) == {0, 1}
        assert not write_batch(workspace, 2).already_published
        assert published_numbers(workspace) == {0, 1, 2}
    with writer_for(folder) as workspace:
        assert workspace.discarded == ()


@pytest.mark.parametrize(
    "torn", [b"", b'{"commitInfo":{"batch_id":"ing', b"\0" * 200, b"\xff\xfe\n{}"]
)
def test_a_torn_log_entry_is_never_read_and_then_removed(local_folder: Path, torn: bytes) -> None:
    with writer_for(local_folder) as workspace:
        write_batch(workspace, 0)
    log = local_folder / "facts" / "events" / "_delta_log"
    for version in (2, 3):
        (log / f"{version:020d}.json").write_bytes(torn)
    (log / f"{2:020d}.json#1").write_bytes(torn)
    with Workspace.open(local_folder, tables=TABLES) as reader:
        assert published_numbers(reader) == {0}
        assert reader.scan("events").collect("pyarrow").shape == (24, 5)
    with writer_for(local_folder) as workspace:
        assert log_entries(local_folder, "events") == [f"{0:020d}.json", f"{1:020d}.json"]
        write_batch(workspace, 1)
        assert published_numbers(workspace) == {0, 1}


def test_facts_newer_than_the_records_are_never_cut_away(local_folder: Path) -> None:
    with writer_for(local_folder) as workspace:
        write_batch(workspace, 0)
    kept = (local_folder / "records.db").read_bytes()
    with writer_for(local_folder) as workspace:
        write_batch(workspace, 1)
    (local_folder / "records.db").write_bytes(kept)  # an older backup of the records alone
    entries = log_entries(local_folder, "events")
    with pytest.raises(StoreDamaged, match=r"older backup.*Restore the facts of that backup too"):
        writer_for(local_folder)
    assert log_entries(local_folder, "events") == entries
    with Workspace.open(local_folder, tables=TABLES) as reader:
        assert published_numbers(reader) == {0}


def test_a_second_writer_waits_then_gives_up(folder: Path) -> None:
    with writer_for(folder):
        with pytest.raises(StoreBusy, match=r"another writer \(process \d+\).*waited 0.2 s"):
            writer_for(folder, wait_s=0.2)
        with Workspace.open(folder, tables=TABLES) as reader:
            assert published_numbers(reader) == set()
    with writer_for(folder, wait_s=0.2) as workspace:
        assert not write_batch(workspace, 0).already_published


def test_a_second_writer_gets_its_turn(folder: Path) -> None:
    command = [sys.executable, WRITER, str(folder), "0", "2"]
    with writer_for(folder) as workspace:
        other = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        write_batch(workspace, 0)
    told, _ = other.communicate(timeout=30)
    assert (other.returncode, told.split("\n")[0]) == (0, "ready")
    with Workspace.open(folder, tables=TABLES) as reader:
        assert published_numbers(reader) == {0, 1}


def test_two_folders_over_one_postgresql_are_one_writer(postgres_url: str, tmp_path: Path) -> None:
    for name in ("seoul", "busan"):
        Workspace.init(tmp_path / name, records=postgres_url)
    with (
        writer_for(tmp_path / "seoul"),
        pytest.raises(StoreBusy, match="another writer holds the records"),
    ):
        writer_for(tmp_path / "busan", wait_s=0.2)
    with writer_for(tmp_path / "busan", wait_s=0.2) as workspace:
        assert published_numbers(workspace) == set()


def test_a_writer_that_lost_its_turn_cannot_publish(folder: Path) -> None:
    """As after a PostgreSQL fail-over: another writer has discarded the intent meanwhile."""
    with writer_for(folder) as workspace:
        write_batch(workspace, 0)
        files, entries = parquet_files(folder), log_entries(folder, "events")
        with pytest.raises(StoreError, match="another writer took the workspace over"):
            try_batch(workspace, 1, lose_batch_1)
        assert (parquet_files(folder), log_entries(folder, "events")) == (files, entries)
        assert published_numbers(workspace) == {0}


def test_a_postgresql_that_goes_away_before_the_answer(postgres_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "kr"
    Workspace.init(folder, records=postgres_url)
    with writer_for(folder) as workspace:
        write_batch(workspace, 0)
        files, entries = parquet_files(folder), log_entries(folder, "events")
        with pytest.raises(StoreError, match="terminating connection"):
            try_batch(workspace, 1, note_batch_1, lose_connection)
        assert (parquet_files(folder), log_entries(folder, "events")) == (files, entries)
        write_batch(workspace, 1)
        assert published_numbers(workspace) == {0, 1}


def test_a_reader_keeps_what_it_pinned_until_it_asks_again(folder: Path) -> None:
    with writer_for(folder) as workspace:
        write_batch(workspace, 0)
        with Workspace.open(folder, tables=TABLES) as reader, reader.reading() as view:
            write_batch(workspace, 1)
            assert view.facts("events").rows == 24
            seen = select(func.count()).select_from(settlement_records.journal)
            assert view.connection.execute(seen).scalar() == 2
            assert reader.facts("events").rows == 24
            reader.refresh()
            assert reader.facts("events").rows == 48
            assert view.facts("events").rows == 24, "a view stays at its moment"


def test_misuse_is_refused_in_words(folder: Path) -> None:
    with writer_for(folder) as workspace:
        with (
            pytest.raises(StoreError, match="one batch at a time"),
            workspace.commit("ingest", name_of(0), now=NOW),
            workspace.commit("ingest", name_of(1), now=NOW),
        ):
            pass
        with (
            pytest.raises(StoreError, match="'scans' is not declared"),
            workspace.commit("ingest", name_of(0), now=NOW) as commit,
        ):
            commit.append("scans", events_of(0))
        with (
            pytest.raises(StoreError, match="batch id"),
            workspace.commit("ingest", "../escape", now=NOW),
        ):
            pass
        with pytest.raises(StoreError, match="'scans' is not declared"):
            workspace.facts("scans")
    with Workspace.open(folder, tables=TABLES) as reader:
        with pytest.raises(StoreError, match="reading only"), reader.commit("x", "y", now=NOW):
            pass
        with pytest.raises(StoreError, match="reading only"), reader.writing():
            pass


def test_a_missing_published_file_is_damage(local_folder: Path) -> None:
    with writer_for(local_folder) as workspace:
        write_batch(workspace, 0)
        Path(workspace.facts("events").files()[0]).unlink()
        with pytest.raises(StoreDamaged, match="published file is missing"):
            workspace.facts("events").arrow()
    log = local_folder / "facts" / "verdicts" / "_delta_log"
    (log / f"{1:020d}.json").unlink()
    with (
        Workspace.open(local_folder, tables=TABLES) as reader,
        pytest.raises(StoreDamaged, match="published version 1 cannot be read"),
    ):
        reader.facts("verdicts")


def test_rows_are_checked_when_they_are_given(local_folder: Path) -> None:
    wrong = {
        "column 'code' is missing": events_of(0).drop_columns(["code"]),
        r"columns \['weight'\] are not declared": events_of(0).append_column(
            "weight", pa.array([1] * 24)
        ),
        "months are written YYYY-MM": events_of(0).set_column(
            3, "month", pa.array(["2026-1"] * 24)
        ),
        "column 'item_key' has nulls": events_of(0).set_column(
            0, "item_key", pa.array([None] * 24, pa.int64())
        ),
        "column 'bucket' is int64": events_of(0).set_column(
            4, "bucket", pa.array([2**40] * 24, pa.int64())
        ),
        "buckets are numbered from 0": events_of(0).set_column(
            4, "bucket", pa.array([-1] * 24, pa.int32())
        ),
    }
    with writer_for(local_folder) as workspace:
        for message, rows in wrong.items():
            with (
                pytest.raises(StoreError, match=message),
                workspace.commit("ingest", name_of(0), now=NOW) as commit,
            ):
                commit.append(EVENTS.name, rows)
        assert published_numbers(workspace) == set()
