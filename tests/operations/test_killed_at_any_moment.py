"""kill -9 at any moment of ingest, judge or settle: what is read is as before the step or as after
it, never between; started again, it ends as an undisturbed run does (issue 2)."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from canonical_state import differences, halves_of, state_of
from command_line import command
from month_of_mail import CLOSING, PERIOD, SMALL_CHUNK, Month

from forked_processes import Forked
from thorough import often

Copy = Callable[[Path], Path]
#: Seconds since the first write (None: not yet) and since the start → whether to kill now.
Kill = Callable[[float | None, float], bool]

KILLS = often(2)  # of each step
PORTIONS = str(Path(__file__).with_name("ingest_in_portions.py"))

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class Step:
    """A command, and the stages of the undisturbed run before and after it."""

    before: Path
    after: Path
    words: Callable[[Path], list[str]]


def step_named(name: str, month: Month) -> Step:
    mail = str(month.mailbox)
    return {
        "ingest": Step(month.made, month.ingested, lambda w: command("ingest", mail, "-w", w)),
        "portions": Step(
            month.made,
            month.ingested,
            lambda w: [sys.executable, PORTIONS, str(w), mail, str(SMALL_CHUNK)],
        ),
        "judge": Step(
            month.ingested,
            month.judged,
            lambda w: command("judge", "--period", PERIOD, "--as-of", CLOSING, "-w", w),
        ),
        "settle": Step(
            month.judged, month.settled, lambda w: command("settle", "--period", PERIOD, "-w", w)
        ),
    }[name]


@dataclass(frozen=True, slots=True)
class Timing:
    """When a process first wrote to the records, and when it ended: seconds from its start."""

    first_write_s: float
    end_s: float


def log_of(folder: Path) -> tuple[int, int]:
    """Size and time of the write-ahead log of the records: a transaction changes it, reading does
    not. Every commit begins with one (its intent) and ends with one."""
    try:
        known = (folder / "records.db-wal").stat()
    except FileNotFoundError:
        return 0, 0
    return (known.st_size, known.st_mtime_ns) if known.st_size else (0, 0)


def watch(words: list[str], folder: Path, kill: Kill) -> Timing:
    """Start a process and kill it as soon as `kill` says so. `end_s` is negative when it was."""
    untouched = log_of(folder)
    began = time.monotonic()
    process = Forked(words)
    wrote = None
    while process.poll() is None:
        now = time.monotonic()
        if wrote is None and log_of(folder) != untouched:
            wrote = now
        if kill(None if wrote is None else now - wrote, now - began):
            process.kill()
            break
        time.sleep(0.001)
    errors = process.end()
    assert process.returncode in (0, -9), errors
    end = time.monotonic() - began if process.returncode == 0 else -1.0
    return Timing(end if wrote is None else wrote - began, end)


def moment(attempt: int, chance: Random, timing: Timing, name: str) -> Kill:
    """When to kill: by turns within the tenth of a second after the first write, in which a commit
    is made (with many commits: anywhere in them), and anywhere before it."""
    share = (attempt % KILLS + chance.random()) / KILLS
    if attempt % 2 == 1:
        return lambda wrote, started: started >= share * timing.first_write_s
    commits_s = timing.end_s - timing.first_write_s
    after_s = share * commits_s if name == "portions" else 0.001 * 100**share
    return lambda wrote, started: wrote is not None and wrote >= after_s


def undisturbed(step: Step, folder: Path) -> Timing:
    """Run the step to its end."""
    timing = watch(step.words(folder), folder, lambda since_write, since_start: False)
    assert timing.end_s > 0
    return timing


@pytest.mark.parametrize("name", ["ingest", "portions", "judge", "settle"])
def test_killed_and_started_again(name: str, month: Month, workspace: Copy, tmp_path: Path) -> None:
    step = step_named(name, month)
    before, after = state_of(step.before), state_of(step.after)
    timing = undisturbed(step, folder := workspace(step.before))
    assert differences(state_of(folder), after) == []

    chance = Random(f"kill -9 {name}")
    folder, killed = workspace(step.before), 0
    for attempt in range(3 * KILLS):
        if killed == KILLS:
            break
        met = watch(step.words(folder), folder, moment(attempt, chance, timing, name))
        killed += met.end_s < 0
        state = state_of(folder)
        if name == "portions":
            assert halves_of(state, after) == []
        else:
            assert not differences(state, before) or not differences(state, after)
        if not differences(state, after):  # published before the kill: once more from the start
            shutil.rmtree(folder)
            folder = workspace(step.before)
    assert killed == KILLS

    undisturbed(step, folder)
    assert differences(state_of(folder), after) == []
