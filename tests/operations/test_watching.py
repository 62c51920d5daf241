"""A watched folder: files are taken when they are whole, none is lost and none counts twice,
whenever the watcher is killed (synthetic mail)."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path
from random import Random
from threading import Event

import pytest
from canonical_state import events_of, rows_of
from command_line import command, say
from month_of_mail import CLOCK
from small_workspaces import interchange, small_workspace

from datecertain.errors import NotFound, UsageError
from datecertain.identifiers import ItemNumber
from datecertain.operations.watching import Taken, Watcher, Watching
from datecertain.operations.workspaces import open_workspace
from datecertain.store import records
from forked_processes import Forked, Heard

SCAN = ("EMB", "202610211945", "KRSELB")
TODAY = "2026-11-24"  # of CLOCK


def look(
    workspace: Path, folder: Path, *, settle_s: float = 0, leave: bool = False
) -> tuple[list[Taken], list[str]]:
    """One pass over the folder: what was taken, and complaints."""
    taken, complaints = list[Taken](), list[str]()
    how = Watching(folder, 0.05, settle_s, leave)
    Watcher(workspace, how, CLOCK, taken.append, complaints.append).run(Event(), once=True)
    return taken, complaints


def below(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (made := tmp_path / "mail").mkdir()
    return made


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return small_workspace(tmp_path / "w")


def test_a_file_is_taken_in_and_put_away(workspace: Path, folder: Path) -> None:
    (folder / "kr").mkdir()
    (folder / "kr" / "a.edi").write_bytes(interchange(SCAN))
    taken, _ = look(workspace, folder)
    assert taken == [
        Taken("kr/a.edi", len(interchange(SCAN)), known=False, interchanges=1, events=1,
              set_aside=0, moved_to=f"archive/{TODAY}/kr/a.edi")
    ]  # fmt: skip
    assert below(folder) == [f"archive/{TODAY}/kr/a.edi"]
    assert rows_of(workspace, records.input_files)[0]["path"] == "kr/a.edi"
    assert look(workspace, folder) == ([], [])


def test_unfinished_names_are_not_looked_at(workspace: Path, folder: Path) -> None:
    names = ["a.edi.part", "b.tmp", ".c.edi", ".hidden/d.edi"]
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(interchange(SCAN))
    assert look(workspace, folder)[0] == []
    assert below(folder) == sorted(names)
    (folder / "a.edi.part").rename(folder / "a.edi")
    assert [one.name for one in look(workspace, folder)[0]] == ["a.edi"]


def test_a_file_that_still_grows_is_left_alone(workspace: Path, folder: Path) -> None:
    (folder / "a.edi").write_bytes(interchange(SCAN)[:50])
    assert look(workspace, folder, settle_s=60)[0] == []
    assert below(folder) == ["a.edi"]
    an_hour_ago = time.time() - 3600
    os.utime(folder / "a.edi", (an_hour_ago, an_hour_ago))
    assert len(look(workspace, folder, settle_s=60)[0]) == 1


def test_what_had_findings_is_put_away_too(workspace: Path, folder: Path) -> None:
    (folder / "a.edi").write_bytes(interchange(SCAN, item="EE000000013KR"))
    taken, _ = look(workspace, folder)
    assert [(one.set_aside, one.events) for one in taken] == [(1, 0)]
    assert below(folder) == [f"archive/{TODAY}/a.edi"]


def test_the_same_contents_count_once_and_are_put_away(workspace: Path, folder: Path) -> None:
    (folder / "a.edi").write_bytes(interchange(SCAN))
    (folder / "b.edi").write_bytes(interchange(SCAN))
    taken, _ = look(workspace, folder)
    assert [(one.name, one.known) for one in taken] == [("a.edi", False), ("b.edi", True)]
    assert len(events_of(workspace)) == 1
    assert below(folder) == [f"archive/{TODAY}/a.edi", f"archive/{TODAY}/b.edi"]


def test_the_archive_is_never_overwritten(workspace: Path, folder: Path) -> None:
    for reference in ("1", "2"):
        (folder / "a.edi").write_bytes(interchange(SCAN, reference=reference))
        look(workspace, folder)
    kept = sorted((folder / "archive" / TODAY).iterdir())
    assert len(kept) == 2
    assert {path.read_bytes() for path in kept} == {
        interchange(SCAN, reference=reference) for reference in ("1", "2")
    }


def test_left_in_place_and_not_taken_again(workspace: Path, folder: Path) -> None:
    (folder / "a.edi").write_bytes(interchange(SCAN))
    assert [one.moved_to for one in look(workspace, folder, leave=True)[0]] == [""]
    assert [one.known for one in look(workspace, folder, leave=True)[0]] == [True]
    assert below(folder) == ["a.edi"]
    assert len(events_of(workspace)) == 1


def test_a_folder_with_the_workspace_in_it_is_refused(workspace: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="lies in"):
        look(workspace, tmp_path)
    with pytest.raises(NotFound, match="not a folder"):
        look(workspace, tmp_path / "nowhere")


def test_another_writer_at_work_only_delays(workspace: Path, folder: Path) -> None:
    """The watcher waits for the next look; one look alone says that it could not."""
    (folder / "a.edi").write_bytes(interchange(SCAN))
    with open_workspace(workspace, write=True):
        ended = say("inbox", "watch", folder, "--once", "--settle", "0", "-w", workspace)
    assert (ended.code, below(folder)) == (1, ["a.edi"])
    ended = say(
        "inbox", "watch", folder, "--once", "--settle", "0", "--lang", "ko", "-w", workspace
    )
    assert (ended.code, "a.edi: 전문 1, 이벤트 1, 격리 0;" in ended.out) == (0, True)


def watcher(workspace: Path, folder: Path) -> list[str]:
    """The command that watches a folder."""
    return command("inbox", "watch", folder, "-w", workspace, "--poll", "0.1", "--settle", "0")


def started(workspace: Path, folder: Path) -> Heard:
    """A watcher in a process of its own."""
    return Heard(watcher(workspace, folder))


def hand_in(folder: Path, mail: Iterable[tuple[str, bytes]]) -> None:
    """As a partner should: written under another name, then renamed."""
    for name, data in mail:
        (folder / f"{name}.part").write_bytes(data)
        (folder / f"{name}.part").rename(folder / name)


@pytest.mark.slow
def test_it_ends_when_told_to(workspace: Path, folder: Path) -> None:
    process = started(workspace, folder)
    hand_in(folder, [("a.edi", interchange(SCAN))])
    assert process.stdout is not None
    line = process.stdout.readline()
    assert "a.edi: 1 interchanges, 1 events, 0 set aside; moved to archive/" in line
    process.send_signal(signal.SIGTERM)
    out, errors = process.communicate(timeout=30)
    assert (process.returncode, out, errors) == (0, "1 file(s) taken.\n", "")


@pytest.mark.slow
def test_killed_at_any_moment(workspace: Path, folder: Path) -> None:
    """Twelve times while files come in: in the end each is put away once and counts once."""
    chance, kills = Random("watch -9"), 12
    numbers = [str(ItemNumber.compose("EE", serial, "KR")) for serial in range(120)]
    mail = [
        (f"{n:03d}.edi", interchange(SCAN, item=number, reference=str(n)))
        for n, number in enumerate(numbers)
    ]
    killed = 0
    for turn in range(kills):
        hand_in(folder, mail[turn * 10 : turn * 10 + 10])
        process = Forked(watcher(workspace, folder))
        time.sleep(chance.uniform(0.05, 1.0))
        process.kill()
        process.end()
        killed += process.returncode == -9
        items = events_of(workspace)["item_id"].to_pylist()
        assert len(items) == len(set(items)), "no file counts twice"
        there = {Path(name).name for name in below(folder)}
        assert there >= {name for name, _ in mail[: turn * 10 + 10]}, "no file is lost"
    assert killed == kills
    ended = say("inbox", "watch", folder, "--once", "--settle", "0", "-w", workspace)
    assert ended.code == 0
    assert sorted(events_of(workspace)["item_id"].to_pylist()) == sorted(numbers)
    names = below(folder)
    assert all(name.startswith("archive/") for name in names)
    assert [Path(name).name for name in sorted(names, key=lambda n: Path(n).name)] == [
        name for name, _ in mail
    ]
