"""A power cut at any moment: what was acknowledged is there whole, nothing half is read."""

from __future__ import annotations

import random
import shutil
import sys
from pathlib import Path

import pytest
from powercut import Names, Recorder, Trace
from store_cases import TABLES, published_numbers, write_batch

from datecertain.errors import NotFound
from datecertain.store import Workspace
from datecertain.store.fact_store import VERSIONS_PER_CHECKPOINT

WRITER = str(Path(__file__).with_name("store_cases.py"))
INIT = "import sys; from datecertain.store import Workspace; Workspace.init(sys.argv[1])"
BATCHES = 4
CUTS = 8
MANY = VERSIONS_PER_CHECKPOINT + 1

pytestmark = pytest.mark.slow


def recorder_for(top: Path) -> Recorder:
    """A recorder, with a workspace `kr` made under it on an empty disk."""
    root = top / "disk"
    root.mkdir()
    recorder = Recorder.compiled(top / "record", root, live=True)
    recorder.run([sys.executable, "-c", INIT, str(root / "kr")])
    recorder.mark("made")
    return recorder


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Trace:
    """A workspace made, two batches published, a writer gone half-way through the third, then the
    next writer that discards it and goes on: from the first fsync to the last."""
    recorder = recorder_for(tmp_path_factory.mktemp("power"))
    workspace = str(recorder.root / "kr")
    recorder.run([sys.executable, WRITER, workspace, "0", "2", "--die"])
    recorder.run([sys.executable, WRITER, workspace, "2", str(BATCHES)])
    return recorder.trace()


def check_cut(trace: Trace, cut: int, names: Names, disk: Path, batches: int) -> int:
    """Switch the power off there and on again; how many batches had been published."""
    if disk.exists():
        shutil.rmtree(disk)
    trace.rebuild(cut, disk, names, seed=cut)
    done = trace.marks_before(cut)
    acknowledged = {int(text.removeprefix("done ")) for text in done if text != "made"}
    try:
        with Workspace.open(disk / "kr", tables=TABLES) as reader:
            before = published_numbers(reader)
    except NotFound:
        assert "made" not in done, "the workspace was acknowledged and is gone"
        Workspace.init(disk / "kr")
        before = set()
    assert acknowledged <= before
    assert len(before - acknowledged) <= 1, "at most the batch under way"
    with Workspace.open(disk / "kr", tables=TABLES, write=True) as writer:
        assert published_numbers(writer) == before
        for number in range(batches):
            assert write_batch(writer, number).already_published is (number in before)
        assert published_numbers(writer) == set(range(batches))
    return len(before)


@pytest.mark.parametrize("names", list(Names))
def test_power_cut_at_random_moments(trace: Trace, names: Names, tmp_path: Path) -> None:
    chance = random.Random(f"power cut {names.value}")
    told = [number + 1 for number, event in enumerate(trace.events) if event.kind == "M"]
    cuts = chance.sample(range(1, len(trace.events)), CUTS) + told  # just after each answer, too
    seen = {check_cut(trace, cut, names, tmp_path / "disk", BATCHES) for cut in sorted(cuts)}
    assert {0, BATCHES} <= seen, "the cuts are to hit before the first batch and after the last"


@pytest.fixture(scope="module")
def checkpointed(tmp_path_factory: pytest.TempPathFactory) -> Trace:
    """As many batches as make the facts' first Delta checkpoint, and one more."""
    recorder = recorder_for(tmp_path_factory.mktemp("many"))
    recorder.run([sys.executable, WRITER, str(recorder.root / "kr"), "0", str(MANY)])
    return recorder.trace()


@pytest.mark.parametrize("names", list(Names))
def test_power_cut_around_a_checkpoint(checkpointed: Trace, names: Names, tmp_path: Path) -> None:
    moments = [
        number + 1 for number, event in enumerate(checkpointed.events) if "checkpoint" in event.text
    ]
    assert len(moments) >= 4, "a checkpoint of each of the two tables is to be in the record"
    cuts = range(moments[0], moments[-1] + 4)
    for cut in random.Random(names.value).sample(cuts, 6):
        assert check_cut(checkpointed, cut, names, tmp_path / "rebuilt", MANY) >= MANY - 3
