"""Compaction killed, out of power or out of disk: the rows are those of before, always."""

from __future__ import annotations

import json
import random
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from compaction_cases import ORDERED, compact_all
from powercut import Names, Trace
from store_cases import NOW, TABLES, published_numbers, write_batch
from test_full_disk import LIMITS
from test_kill_nine import run_and_kill
from test_power_cut import recorder_for

from datecertain.errors import StoreError
from datecertain.store import Workspace
from datecertain.store.compaction import compact_some, due

WRITER = str(Path(__file__).with_name("compaction_cases.py"))
KILLS, MOST_KILLS = 4, 40  # more until a compaction was cut off
CUTS = 6
BATCHES = 4


@pytest.mark.slow
def test_a_compacting_writer_killed_at_random_moments_loses_nothing(folder: Path) -> None:
    chance = random.Random("kill the compaction")
    standing: set[int] = set()
    compactions_cut_off = 0
    for kill in range(MOST_KILLS):
        if kill >= KILLS and compactions_cut_off:
            break
        reported = run_and_kill(folder, len(standing), 0.1 + chance.random() * 0.4, WRITER)
        with Workspace.open(folder, tables=TABLES) as reader:
            now = published_numbers(reader)
        assert standing | reported <= now
        assert now == set(range(len(now)))
        standing = now
        with Workspace.open(folder, tables=ORDERED, write=True) as writer:
            compactions_cut_off += any(name.startswith("compact.") for name in writer.discarded)
            assert published_numbers(writer) == standing
    assert compactions_cut_off > 0, "some kills are to hit the middle of a compaction"
    with Workspace.open(folder, tables=ORDERED, write=True) as writer:
        compact_all(writer)
        assert published_numbers(writer) == standing
        assert due(writer.facts("events")) == due(writer.facts("verdicts")) == []


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Trace:
    """Batches with compactions between, from the first fsync to the last."""
    recorder = recorder_for(tmp_path_factory.mktemp("power"))
    recorder.run([sys.executable, WRITER, str(recorder.root / "kr"), "0", str(BATCHES)])
    return recorder.trace()


@pytest.mark.slow
@pytest.mark.parametrize("names", list(Names))
def test_power_cut_in_a_compaction(trace: Trace, names: Names, tmp_path: Path) -> None:
    merges = [n + 1 for n, event in enumerate(trace.events) if "compact." in event.text]
    assert merges
    chance = random.Random(f"compaction {names.value}")
    span = range(merges[0] - 2, len(trace.events))
    disk = tmp_path / "disk"
    for cut in sorted(chance.sample(span, CUTS)):
        if disk.exists():
            shutil.rmtree(disk)
        trace.rebuild(cut, disk, names, seed=cut)
        acknowledged = {
            int(text.removeprefix("done ")) for text in trace.marks_before(cut) if text != "made"
        }
        with Workspace.open(disk / "kr", tables=TABLES) as reader:
            before = published_numbers(reader)
        assert acknowledged <= before
        with Workspace.open(disk / "kr", tables=ORDERED, write=True) as writer:
            assert published_numbers(writer) == before
            compact_all(writer)
            assert published_numbers(writer) == before
            write_batch(writer, BATCHES)
            assert published_numbers(writer) == before | {BATCHES}


def compact_under_limits(folder: Path) -> list[str]:
    """Try a compaction under each limit on a file's size in turn; what each attempt said."""
    told = []
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    with Workspace.open(folder, tables=ORDERED, write=True) as workspace:
        for limit in LIMITS:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
            try:
                done = compact_some(workspace, "events", now=NOW)
                told.append("nothing due" if done is None else "merged")
            except StoreError as error:
                told.append(str(error))
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
            assert published_numbers(workspace) == {0, 1, 2}, f"limit {limit}"
    return told


def test_compaction_on_a_full_disk_can_be_run_again(folder: Path) -> None:
    with Workspace.open(folder, tables=ORDERED, write=True) as workspace:
        for number in range(3):
            write_batch(workspace, number)
    command = [sys.executable, __file__, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    failed = [text for text in told if text not in ("merged", "nothing due")]
    assert len(failed) >= 3
    assert all(re.search("the disk .* run the step again", text) for text in failed), failed
    assert told.count("merged") == 1
    assert told[-1] in ("merged", "nothing due")
    with Workspace.open(folder, tables=ORDERED) as reader:
        assert due(reader.facts("events")) == []
        assert published_numbers(reader) == {0, 1, 2}


if __name__ == "__main__":
    print(json.dumps(compact_under_limits(Path(sys.argv[1]))))
