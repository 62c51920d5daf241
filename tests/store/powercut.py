"""Power cuts: run a command under `powercut.c`, then rebuild what the disk would have held.

    recorder = Recorder.compiled(tmp_path / "record", root=folder)   # skips the test without a cc
    recorder.run([sys.executable, "-m", "datecertain", ...])         # any number of commands
    recorder.mark("ingested")                                        # what was acknowledged by now
    trace = recorder.trace()
    for cut in range(len(trace.events) + 1):
        trace.rebuild(cut, target, Names.DURABLE)                    # the tree at that power cut
        trace.marks_before(cut)                                      # what must be in it

A command can acknowledge by itself: `mark("...")` in the process appends to the same log.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import pytest

_SOURCE = Path(__file__).with_name("powercut.c")
_SYNC_ALL = """
import os, sys
for folder, _, files in os.walk(sys.argv[1], topdown=False):
    for path in [os.path.join(folder, name) for name in files] + [folder]:
        handle = os.open(path, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
"""


class Names(Enum):
    """Which names are in the folders after the cut. POSIX allows each of these."""

    DURABLE = "durable"  # those of the last fsync of the folder, nothing newer
    LIVE = "live"  # those of the running system; a file never fsynced is there and empty
    MIXED = "mixed"  # of every change that was not fsynced, one half at random


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the log: something became durable (`F`, `D`), was seen (`L`) or marked (`M`)."""

    kind: str
    inode: str
    copy: Path
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A name in a folder: its kind (`F` or `D`) and inode."""

    kind: str
    inode: str


class Recorder:
    """Runs commands so that everything they fsync below `root` is recorded in `folder`."""

    def __init__(self, folder: Path, root: Path, library: Path, *, live: bool) -> None:
        self.log = folder / "log"
        self.root = root.resolve()
        self._library = library
        self._live = live
        (folder / "log.d").mkdir()
        # What is there before the first command counts as durable.
        self.run([sys.executable, "-c", _SYNC_ALL, str(self.root)])

    @classmethod
    def compiled(cls, folder: Path, root: Path, *, live: bool = False) -> Recorder:
        """A recorder for `root`, which exists. `live` also records names that are not durable.

        Skips the test where there is no C compiler, or no Linux.
        """
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None or not sys.platform.startswith("linux"):
            pytest.skip("needs a C compiler (cc) and Linux to record what is fsynced")
        folder.mkdir(parents=True)
        library = folder / "powercut.so"
        flags = ["-O1", "-Wall", "-shared", "-fPIC", "-o", str(library), str(_SOURCE), "-ldl"]
        subprocess.run([compiler, *flags], check=True)
        return cls(folder, root, library, live=live)

    def environment(self) -> dict[str, str]:
        """The environment of a recorded command."""
        extra = {
            "LD_PRELOAD": str(self._library),
            "POWERCUT_ROOT": str(self.root),
            "POWERCUT_LOG": str(self.log),
        }
        return os.environ | extra | ({"POWERCUT_LIVE": "1"} if self._live else {})

    def run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, which must be a good one."""
        done = subprocess.run(
            command, env=self.environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}: exit code {done.returncode}\n{done.stderr}"
        return done

    def mark(self, text: str) -> None:
        """Note in the log what was acknowledged by now."""
        _append_mark(self.log, text)

    def trace(self) -> Trace:
        """What was recorded so far."""
        events = []
        for line in self.log.read_text("utf-8", "surrogateescape").splitlines():
            kind, inode, copy, text = line.split(" ", 3)
            events.append(Event(kind, inode, self.log.parent / "log.d" / copy, text))
        return Trace(self.root, tuple(events))


def mark(text: str) -> None:
    """Note an acknowledgement, in a process that runs under a recorder."""
    _append_mark(Path(os.environ["POWERCUT_LOG"]), text)


@dataclass(frozen=True, slots=True)
class Trace:
    """The recorded events, in order. A power cut after `cut` of them leaves those and no more."""

    root: Path
    events: tuple[Event, ...]

    def marks_before(self, cut: int) -> list[str]:
        """What was acknowledged before the cut."""
        return [event.text for event in self.events[:cut] if event.kind == "M"]

    def rebuild(self, cut: int, target: Path, names: Names, seed: int = 0) -> None:
        """Write into the new folder `target` what the disk holds after the cut.

        SQLite's shared memory (`-shm`) is memory: it is never there.
        """
        top = next(event.inode for event in self.events if event.text == str(self.root))
        durable = self.events[:cut]
        contents = {event.inode: event.copy for event in durable if event.kind == "F"}
        listings = {event.inode: event.copy for event in durable if event.kind == "D"}
        folders = {inode: _read_names(listing) for inode, listing in listings.items()}
        if names is not Names.DURABLE:
            live = self._live_names(cut, top)
            chance = random.Random(seed) if names is Names.MIXED else None
            folders = _mix(folders, live, chance)
        _write(target, top, folders, contents)

    def _live_names(self, cut: int, top: str) -> dict[str, dict[str, Entry]]:
        """The names just before the next sync: everything done since the last one included."""
        later = [event for event in self.events[cut:] if event.kind == "L"]
        earlier = [event for event in self.events[:cut] if event.kind == "L"]
        if not later and not earlier:
            raise ValueError("record with live=True to rebuild names that were not fsynced")
        inodes = {"": top}
        found: dict[str, dict[str, Entry]] = {top: {}}
        for path, entry in _read_names((later[:1] or earlier[-1:])[0].copy).items():
            above, _, name = path.rpartition("/")
            found[inodes[above]][name] = entry
            if entry.kind == "D":
                inodes[path] = entry.inode
                found[entry.inode] = {}
        return found


def _append_mark(log: Path, text: str) -> None:
    with log.open("a", encoding="utf-8") as stream:
        stream.write(f"M - - {text}\n")


def _read_names(listing: Path) -> dict[str, Entry]:
    entries = {}
    for line in listing.read_bytes().split(b"\0")[:-1]:
        kind, inode, name = os.fsdecode(line).split(" ", 2)
        entries[name] = Entry(kind, inode)
    return entries


def _mix(
    durable: dict[str, dict[str, Entry]],
    live: dict[str, dict[str, Entry]],
    chance: random.Random | None,
) -> dict[str, dict[str, Entry]]:
    mixed = {}
    for inode in sorted(durable.keys() | live.keys()):
        old, new = durable.get(inode, {}), live.get(inode, {})
        mixed[inode] = {}
        for name in sorted(old.keys() | new.keys()):
            source = new if chance is None or chance.random() < 0.5 else old
            if name in source:
                mixed[inode][name] = source[name]
    return mixed


def _write(
    target: Path,
    inode: str,
    folders: dict[str, dict[str, Entry]],
    contents: dict[str, Path],
) -> None:
    target.mkdir()
    for name, entry in folders.get(inode, {}).items():
        if entry.kind == "D":
            _write(target / name, entry.inode, folders, contents)
        elif entry.kind == "F" and not name.endswith("-shm"):
            copy = contents.get(entry.inode)
            (target / name).write_bytes(b"" if copy is None else copy.read_bytes())
