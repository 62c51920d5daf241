"""Vacuum and restore: older versions are there until they are let go, and can be gone back to."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from compaction_cases import ORDERED, compact_all
from store_cases import NOW, TABLES, events_of, published_numbers, write_batch

from datecertain.errors import StoreDamaged, StoreError
from datecertain.store import Workspace
from datecertain.store.vacuum import published_history, restore, vacuum

DAY = 1440


def writer_for(folder: Path) -> Workspace:
    return Workspace.open(folder, tables=ORDERED, write=True)


def data_files(folder: Path) -> int:
    return len(list((folder / "facts" / "events").rglob("*.parquet")))


@pytest.fixture
def compacted(folder: Path) -> Path:
    """Three batches, compacted at NOW: 12 files that older versions need, 4 that all need."""
    with writer_for(folder) as workspace:
        for number in range(3):
            write_batch(workspace, number)
        compact_all(workspace)
    assert data_files(folder) == 16
    return folder


def test_what_was_replaced_long_ago_is_deleted_and_all_rows_stay(compacted: Path) -> None:
    with writer_for(compacted) as workspace:
        done = vacuum(workspace, "events", older_than=7 * DAY, now=NOW + 8 * DAY)
        assert (done.files, done.readable_from) == (12, workspace.published["events"])
        assert done.bytes > 0
        assert data_files(compacted) == 4
        assert published_numbers(workspace) == {0, 1, 2}
        assert vacuum(workspace, "events", older_than=7 * DAY, now=NOW + 8 * DAY).files == 0


def test_what_a_reader_of_this_week_may_need_is_kept(compacted: Path) -> None:
    with writer_for(compacted) as workspace:
        assert vacuum(workspace, "events", older_than=7 * DAY, now=NOW + 6 * DAY).files == 0
        write_batch(workspace, 3)
        compact_all(workspace)  # the third batch was begun at NOW + 3, compaction at NOW
        files = data_files(compacted)
        early = workspace.facts_at("events", 3)
        assert early.arrow().num_rows == 72
        vacuum(workspace, "events", older_than=7 * DAY, now=NOW + 6 * DAY)
        assert (early.arrow().num_rows, data_files(compacted)) == (72, files)


def test_a_reader_that_is_too_old_is_told(compacted: Path) -> None:
    with writer_for(compacted) as workspace:
        old = workspace.facts_at("events", 3)
        vacuum(workspace, "events", older_than=0, now=NOW + DAY)
        with pytest.raises(StoreDamaged):
            old.arrow()
        with pytest.raises(StoreError, match="they were vacuumed"):
            restore(workspace, "events", 3, now=NOW + DAY)
        assert published_numbers(workspace) == {0, 1, 2}


def test_only_the_writer_may_vacuum(compacted: Path) -> None:
    with Workspace.open(compacted, tables=ORDERED) as reader, pytest.raises(StoreError):
        vacuum(reader, "events", older_than=0, now=NOW + DAY)
    with writer_for(compacted) as workspace, pytest.raises(StoreError, match="0 or more"):
        vacuum(workspace, "events", older_than=-1, now=NOW)


def test_any_published_version_can_be_gone_back_to_and_forward_again(compacted: Path) -> None:
    with writer_for(compacted) as workspace:
        whole = workspace.facts("events").arrow().sort_by("item_key")
        history = published_history(workspace, "events")
        assert [one.operation for one in history[:3]] == ["ingest"] * 3
        last = history[-1].version
        for count, one in enumerate(history[:3], start=1):
            new = restore(workspace, "events", one.version, now=NOW)
            assert new == workspace.published["events"] > last
            expected = whole.slice(0, 24 * count)
            assert workspace.facts("events").arrow().sort_by("item_key").equals(expected)
        restore(workspace, "events", last, now=NOW)
        assert published_numbers(workspace) == {0, 1, 2}
        write_batch(workspace, 3)
        compact_all(workspace)
        assert published_numbers(workspace) == {0, 1, 2, 3}


def test_going_back_is_a_change_of_content(compacted: Path) -> None:
    with writer_for(compacted) as workspace:
        before = workspace.contents["events"]
        restore(workspace, "events", 2, now=NOW)
        assert workspace.contents["events"] > before


def test_files_brought_back_by_a_restore_are_not_vacuumed(compacted: Path) -> None:
    with writer_for(compacted) as workspace:
        restore(workspace, "events", 3, now=NOW + DAY)
        vacuum(workspace, "events", older_than=0, now=NOW + 2 * DAY)
        assert published_numbers(workspace) == {0, 1, 2}
        assert data_files(compacted) == 12, "the merged ones are out of use now"


def test_a_version_that_was_never_published(compacted: Path) -> None:
    with writer_for(compacted) as workspace, pytest.raises(StoreError, match="never published"):
        restore(workspace, "events", 99, now=NOW)


DYING = """
import os, sys
from compaction_cases import ORDERED
from datecertain.store import Workspace
with Workspace.open(sys.argv[1], tables=ORDERED, write=True) as workspace:
    with workspace.commit("restore", "dying", now=0) as commit:
        commit.restore(workspace.facts("events"), 1)
        commit.records(lambda connection: os._exit(0))
"""


def test_a_restore_that_died_before_publication_never_was(compacted: Path) -> None:
    path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-c", DYING, str(compacted)]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONPATH": path})
    with Workspace.open(compacted, tables=TABLES) as reader:
        assert published_numbers(reader) == {0, 1, 2}
    with writer_for(compacted) as workspace:
        assert workspace.discarded == ("dying",)
        assert published_numbers(workspace) == {0, 1, 2}
        with workspace.commit("ingest", "next", now=NOW) as commit:
            commit.append("events", events_of(9))
        assert workspace.facts("events").rows == 96
