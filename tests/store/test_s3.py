"""The store over an S3 server: the same promises as on a local disk (on SQLite)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from compaction_cases import ORDERED, compact_all
from s3_server import S3Server
from store_cases import NOW, TABLES, events_of, published_numbers, write_batch

from datecertain.errors import StoreDamaged, StoreError
from datecertain.operations.backing_up import back_up
from datecertain.operations.clock import FixedClock
from datecertain.operations.restoring import restore_backup
from datecertain.store import Workspace
from datecertain.store.compaction import due
from datecertain.store.vacuum import restore, vacuum

WRITER = str(Path(__file__).with_name("store_cases.py"))


@pytest.fixture
def at_s3(server: S3Server, bucket: str, tmp_path: Path) -> Path:
    """A new workspace whose facts lie in the bucket, its options in `datecertain.toml`."""
    folder = tmp_path / "kr"
    Workspace.init(folder, facts=f"s3://{bucket}/kr")
    with (folder / "datecertain.toml").open("a") as stream:
        stream.write("\n[facts_options]\n")
        stream.writelines(f'{key} = "{value}"\n' for key, value in server.options.items())
    return folder


def writer_for(folder: Path) -> Workspace:
    return Workspace.open(folder, tables=ORDERED, write=True)


def test_batches_are_published_and_read_back(at_s3: Path) -> None:
    with writer_for(at_s3) as workspace:
        for number in range(3):
            write_batch(workspace, number)
        assert write_batch(workspace, 1).already_published
        assert published_numbers(workspace) == {0, 1, 2}
    with Workspace.open(at_s3, tables=TABLES) as reader:
        assert published_numbers(reader) == {0, 1, 2}
        assert reader.scan("events").collect("pyarrow").shape == (72, 5)
        assert reader.facts("events").arrow(months=["2026-11"], buckets=[0]).num_rows == 18


def test_nothing_of_the_facts_lies_on_the_local_disk(
    at_s3: Path, server: S3Server, bucket: str
) -> None:
    with writer_for(at_s3) as workspace:
        write_batch(workspace, 0)
    assert not list(at_s3.rglob("*.parquet"))
    data = [key for key in server.keys(bucket) if key.endswith(".parquet")]
    assert len([key for key in data if key.startswith("kr/events/month=")]) == 4


def test_credentials_may_come_from_the_environment(
    server: S3Server, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, value in server.options.items():
        monkeypatch.setenv(key, value)
    Workspace.init(tmp_path / "kr", facts=f"s3://{bucket}/by-environment")
    with writer_for(tmp_path / "kr") as workspace:
        write_batch(workspace, 0)
        assert published_numbers(workspace) == {0}
    text = (tmp_path / "kr" / "datecertain.toml").read_text()
    assert server.options["AWS_ENDPOINT_URL"] not in text


def test_a_failed_batch_is_discarded(at_s3: Path) -> None:
    with writer_for(at_s3) as workspace:
        write_batch(workspace, 0)
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                fail_in_a_batch(workspace)
            assert published_numbers(workspace) == {0}
        write_batch(workspace, 1)
        assert published_numbers(workspace) == {0, 1}


def fail_in_a_batch(workspace: Workspace) -> None:
    """A batch whose facts are committed, and whose record writes fail."""
    with workspace.commit("ingest", "failing", now=NOW) as commit:
        commit.append("events", events_of(9))
        commit.records(lambda connection: 1 // 0)


@pytest.mark.parametrize("before", [0, 2])
def test_a_writer_that_died_between_facts_and_publication(at_s3: Path, before: int) -> None:
    """The first batch ever, and one after others."""
    command = [sys.executable, WRITER, str(at_s3), "0", str(before), "--die"]
    subprocess.run(command, check=True, capture_output=True, env=os.environ)
    with Workspace.open(at_s3, tables=TABLES) as reader:
        assert published_numbers(reader) == set(range(before))
    with writer_for(at_s3) as workspace:
        assert len(workspace.discarded) == 1
        contents = workspace.contents
        assert published_numbers(workspace) == set(range(before))
        write_batch(workspace, before)
        assert published_numbers(workspace) == set(range(before + 1))
        if before:
            assert contents == {"events": before, "verdicts": before}, "same rows as before"


def test_who_pinned_a_version_reads_on_through_batches_and_compaction(at_s3: Path) -> None:
    with writer_for(at_s3) as workspace:
        for number in range(3):
            write_batch(workspace, number)
        with Workspace.open(at_s3, tables=TABLES) as early:
            pinned = early.facts("events")
            compact_all(workspace)
            write_batch(workspace, 3)
            assert pinned.arrow().num_rows == 72
            assert early.scan("events").collect("pyarrow").shape[0] == 72
        assert published_numbers(workspace) == {0, 1, 2, 3}
        compact_all(workspace)
        assert due(workspace.facts("events")) == []
        assert len(workspace.facts("events").files()) == 4
        (row,) = workspace.facts("events").lookup(31).to_pylist()
        assert row["at"] == NOW + 31


def test_vacuum_and_restore(at_s3: Path, server: S3Server, bucket: str) -> None:
    with writer_for(at_s3) as workspace:
        for number in range(2):
            write_batch(workspace, number)
        compact_all(workspace)
        merged = workspace.published["events"]
        restore(workspace, "events", 1, now=NOW)
        assert workspace.facts("events").rows == 24
        restore(workspace, "events", merged, now=NOW)
        assert published_numbers(workspace) == {0, 1}
        assert vacuum(workspace, "events", older_than=0, now=NOW + 10).files == 8
        assert published_numbers(workspace) == {0, 1}
    data = [key for key in server.keys(bucket) if key.startswith("kr/events/month=")]
    assert len(data) == 4


def test_an_object_that_somebody_deleted_is_damage(
    at_s3: Path, server: S3Server, bucket: str
) -> None:
    with writer_for(at_s3) as workspace:
        write_batch(workspace, 0)
        lost = next(key for key in server.keys(bucket) if key.startswith("kr/events/month="))
        server.delete(bucket, lost)
        with pytest.raises(StoreDamaged, match="restore it from a backup"):
            workspace.facts("events").arrow()


def test_a_server_that_does_not_answer_is_an_error_in_words(tmp_path: Path) -> None:
    Workspace.init(tmp_path / "kr", facts="s3://nowhere/kr")
    with (tmp_path / "kr" / "datecertain.toml").open("a") as stream:
        stream.write(
            "\n[facts_options]\nAWS_ENDPOINT_URL = 'http://127.0.0.1:1'\nAWS_ALLOW_HTTP = 'true'\n"
            "AWS_REGION = 'us-east-1'\nAWS_ACCESS_KEY_ID = 't'\nAWS_SECRET_ACCESS_KEY = 't'\n"
            "max_retries = '0'\nretry_timeout = '1s'\n"
        )
    with pytest.raises(StoreError):
        writer_for(tmp_path / "kr")


def test_a_backup_brings_the_facts_home_and_back(at_s3: Path, bucket: str, tmp_path: Path) -> None:
    def held(folder: Path) -> set[int]:
        with Workspace.open(folder, tables=TABLES, write=True) as workspace:
            found = published_numbers(workspace)
            write_batch(workspace, 999)
        return found

    with Workspace.open(at_s3, tables=TABLES, write=True) as workspace:
        for number in range(3):
            write_batch(workspace, number)
    backups, clock = tmp_path / "backups", FixedClock(NOW)
    first = back_up(at_s3, backups, clock)
    assert "datecertain.toml: facts_options.AWS_SECRET_ACCESS_KEY" in first.left_out
    assert back_up(at_s3, backups, clock, keys=True).new_files == 2  # the settings and the key
    restore_backup(backups, tmp_path / "here", addresses={"facts": "facts"})
    assert held(tmp_path / "here") == {0, 1, 2}
    with pytest.raises(StoreError, match="holds facts already"):
        restore_backup(backups, tmp_path / "same")
    restore_backup(backups, tmp_path / "other", addresses={"facts": f"s3://{bucket}/other"})
    assert held(tmp_path / "other") == {0, 1, 2}
    assert held(at_s3) == {0, 1, 2}  # the source is as it was
