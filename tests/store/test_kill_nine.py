"""kill -9 at any moment of a writer's life: published batches stay whole, the rest never was."""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from store_cases import TABLES, published_numbers, write_batch

from datecertain.store import Workspace

WRITER = str(Path(__file__).with_name("store_cases.py"))
KILLS, MOST_KILLS = 5, 60  # on each database; more until both kinds of moment were hit
LAST = 10_000

pytestmark = pytest.mark.slow


def run_and_kill(folder: Path, first: int, after_ready_s: float, program: str = WRITER) -> set[int]:
    """Start a writer, kill it that long after it is ready (or sooner); the batches it reported."""
    command = [sys.executable, program, str(folder), str(first), str(LAST)]
    writer = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert writer.stdout is not None
    os.set_blocking(writer.stdout.fileno(), False)
    told, deadline = b"", None
    while deadline is None or time.monotonic() < deadline:
        wait = 10.0 if deadline is None else max(0.0, deadline - time.monotonic())
        if not select.select([writer.stdout], [], [], wait)[0]:
            break
        told += os.read(writer.stdout.fileno(), 65_536)
        assert told or writer.poll() is None, "the writer ended by itself"
        if deadline is None and b"ready" in told:
            deadline = time.monotonic() + after_ready_s
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    told += writer.stdout.read() or b""
    writer.stdout.close()
    lines = told.decode().splitlines(keepends=True)
    return {int(line.split()[1]) for line in lines if line.startswith("done") and line[-1] == "\n"}


def test_a_writer_killed_at_random_moments_loses_nothing_it_reported(folder: Path) -> None:
    chance = random.Random("kill -9")
    reported: set[int] = set()
    unpublished, longest_s = 0, 0.25
    for kill in range(MOST_KILLS):
        if kill >= KILLS and reported and unpublished:
            break
        first = max(reported, default=-1) + 1
        if kill and not reported:
            longest_s *= 1.5  # a busy machine: no batch was whole in that time
        reported |= run_and_kill(folder, first, chance.random() * longest_s)
        with Workspace.open(folder, tables=TABLES) as reader:
            standing = published_numbers(reader)
        assert reported <= standing
        assert len(standing - reported) <= 1, "at most the batch whose report was cut off"
        with Workspace.open(folder, tables=TABLES, write=True) as writer:
            assert published_numbers(writer) == standing
            unpublished += len(writer.discarded)
        reported = standing
    with Workspace.open(folder, tables=TABLES, write=True) as writer:
        following = len(reported)
        assert reported == set(range(following)), "one after the other, none twice, none missing"
        assert not write_batch(writer, following).already_published
        assert published_numbers(writer) == set(range(following + 1))
    assert following > 0
    assert unpublished > 0, "some kills are to hit the middle of a batch"
