"""Files and folders written beside and renamed: whole or as they were, whoever else writes and
whatever goes wrong."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from powercut import Names, Recorder

from datecertain.durable import file_beside, folder_beside
from datecertain.store import write_durably
from datecertain.store.packs import LocalPacks


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


# --- two writers at once -----------------------------------------------------------------------


def test_two_drafts_of_a_file_are_two_files(tmp_path: Path) -> None:
    path = tmp_path / "table"
    with file_beside(path) as first:
        first.write_text("first, and longer")
        with file_beside(path) as second:
            second.write_text("second")
        assert path.read_text() == "second"
    assert path.read_text() == "first, and longer"
    assert names(tmp_path) == ["table"]


def test_writers_at_once_leave_the_whole_of_one(tmp_path: Path) -> None:
    path = tmp_path / "table"
    contents = [letter * size for letter, size in ((b"a", 70_000), (b"b", 200_000), (b"c", 1))]
    with ThreadPoolExecutor(len(contents)) as pool:
        for _ in range(20):
            list(pool.map(lambda content: write_durably(path, content), contents))
            assert path.read_bytes() in contents
    assert names(tmp_path) == ["table"]


def test_of_two_folders_the_first_stays(tmp_path: Path) -> None:
    place = tmp_path / "pack"

    def meanwhile(late: Path) -> None:
        (late / "file").write_text("late")
        with folder_beside(place) as early:
            (early / "file").write_text("early")

    with pytest.raises(FileExistsError), folder_beside(place) as draft:
        meanwhile(draft)
    assert (place / "file").read_text() == "early"
    assert names(tmp_path) == ["pack"]


# --- failure in the middle ---------------------------------------------------------------------


@pytest.mark.parametrize("failure", [OSError("disk"), ValueError("data"), KeyboardInterrupt()])
def test_a_failure_leaves_the_old_file_and_no_draft(
    tmp_path: Path, failure: BaseException
) -> None:  # fmt: skip
    path, folder = tmp_path / "table", tmp_path / "months"
    path.write_text("old")

    def fail_in(draft: Path) -> None:
        (draft / "part" if draft.is_dir() else draft).write_text("half of the n")
        raise failure

    for beside, place in ((file_beside, path), (folder_beside, folder)):
        with pytest.raises(type(failure)), beside(place) as draft:
            fail_in(draft)
    assert path.read_text() == "old"
    assert names(tmp_path) == ["table"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs RLIMIT_FSIZE as on Linux")
def test_a_full_disk_leaves_the_old_file_and_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "table"
    path.write_text("old")
    program = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from datecertain.store import write_durably\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (5000, resource.RLIM_INFINITY))\n"
        "write_durably(Path(sys.argv[1]), b'new' * 5000)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False
    )
    assert "StoreError" in done.stderr
    assert "the disk is full" in done.stderr
    assert path.read_text() == "old"
    assert names(tmp_path) == ["table"]


def test_what_cannot_take_its_name_is_removed(tmp_path: Path) -> None:
    (tmp_path / "table").mkdir()
    with pytest.raises(IsADirectoryError), file_beside(tmp_path / "table") as draft:
        draft.write_text("new")
    assert names(tmp_path) == ["table"]


def test_a_pack_that_was_cut_off_is_told_by_its_draft(tmp_path: Path) -> None:
    packs = LocalPacks(tmp_path)
    with suppress(LookupError), packs.writing("2026-10/kr.pack") as stream:
        stream.write(b"half")
        assert len(packs.names()) == 1, "as after kill -9"
        raise LookupError
    assert packs.names() == {}


# --- names and modes ---------------------------------------------------------------------------


def test_a_name_may_be_as_long_as_names_may(tmp_path: Path) -> None:
    path = tmp_path / ("가" * 85)
    with file_beside(path) as draft:
        draft.write_text("new")
    assert path.read_text() == "new"


@pytest.mark.parametrize("mode", [0o600, 0o666])
def test_a_file_is_never_more_open_than_asked(tmp_path: Path, mode: int) -> None:
    before = os.umask(0o022)
    try:
        with file_beside(tmp_path / "key", mode=mode) as draft:
            assert stat.S_IMODE(draft.stat().st_mode) == mode & ~0o022
            draft.write_text("secret")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == mode & ~0o022


def test_old_drafts_are_removed_where_folders_are_kept(tmp_path: Path) -> None:
    stranger = tmp_path / ".theirs.draft"
    stranger.write_text("not ours")
    drafts = []
    for name in ("file", "old", "young"):
        with folder_beside(tmp_path / name) as draft:
            drafts.append(draft)
    drafts[0].write_text("as kill -9 leaves it")
    (tmp_path / "file").rmdir()
    for draft in drafts[1:]:
        (tmp_path / draft.name.split(".")[1]).rename(draft)
    days_ago = time.time() - 2 * 86_400
    for one in (stranger, *drafts[:2]):
        os.utime(one, (days_ago, days_ago))
    with folder_beside(tmp_path / "month"):
        pass
    assert names(tmp_path) == sorted([stranger.name, drafts[2].name, "month"])


# --- a power cut -------------------------------------------------------------------------------

PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from powercut import mark
from datecertain.durable import file_beside, folder_beside

root, lasting = Path(sys.argv[1]), sys.argv[2] == "lasting"
for text in ("old" * 5000, "new" * 9000):
    with file_beside(root / "table", lasting=lasting) as draft:
        draft.write_text(text)
    mark(text[:3])
with folder_beside(root / "pack", lasting=lasting) as draft:
    (draft / "inner").mkdir()
    (draft / "one").write_text("1" * 5000)
    (draft / "inner" / "two").write_text("2" * 5000)
mark("pack")
"""


@pytest.mark.parametrize("lasting", ["lasting", "cache"])
def test_after_a_power_cut_a_name_stands_for_a_whole(tmp_path: Path, lasting: str) -> None:
    root = tmp_path / "disk"
    root.mkdir()
    recorder = Recorder.compiled(tmp_path / "record", root, live=True)
    program = PROGRAM.format(tests=str(Path(__file__).parent))
    recorder.run([sys.executable, "-c", program, str(root), lasting])
    trace = recorder.trace()
    wholes = {"old": "old" * 5000, "new": "new" * 9000}
    pack = {"one": "1" * 5000, "inner/two": "2" * 5000}
    # Between a list of names and the sync that it stands before, nothing happens.
    cuts = [cut + 1 for cut, event in enumerate(trace.events) if event.kind != "L"]
    for cut in cuts:
        for which in Names:
            disk = tmp_path / f"{cut}-{which.value}"
            trace.rebuild(cut, disk, which, seed=cut)
            table, told = disk / "table", trace.marks_before(cut)
            found = table.read_text() if table.exists() else None
            assert found in {None, *wholes.values()}
            kept = {name: (disk / "pack" / name).read_text() for name in pack
                    if (disk / "pack").is_dir()}  # fmt: skip
            assert kept in ({}, pack)
            if lasting == "lasting":
                done = [one for one in told if one in wholes]
                assert found == wholes["new"] or not done or found == wholes[done[-1]]
                assert kept or "pack" not in told
