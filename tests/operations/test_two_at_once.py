"""Two at one workspace: a second writer waits, then gives up with one clear line; readers go on
reading what was published before (issue 2)."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from canonical_state import differences, halves_of, state_of
from command_line import run, start
from month_of_mail import AS_OF, CLOCK, CLOSING, PERIOD, SMALL_CHUNK, Month

from datecertain.errors import StoreError
from datecertain.operations.ingesting import ingest
from datecertain.operations.judging import judge_period
from datecertain.operations.tables import EVENTS_TABLE, TABLES
from datecertain.operations.workspaces import open_workspace
from datecertain.store import Workspace

Copy = Callable[[Path], Path]


@pytest.mark.slow
def test_a_second_writer_gives_up_with_one_clear_line(month: Month, workspace: Copy) -> None:
    folder = workspace(month.ingested)
    with open_workspace(folder, write=True):
        began = time.monotonic()
        answer = run("judge", "--period", PERIOD, "--as-of", CLOSING, "-w", folder, "--json")
    assert time.monotonic() - began > 10, "it is to wait for the first"
    assert (answer.code, answer.out) == (1, "")
    (line,) = answer.err.splitlines()
    assert line.startswith(f"datecertain: {folder}: another writer (process ")
    assert line.endswith("wait until it is done and run the step again")
    assert differences(state_of(folder), state_of(month.ingested)) == []


def test_a_second_writer_waits_for_the_first(month: Month, workspace: Copy) -> None:
    folder = workspace(month.judged)
    with open_workspace(folder, write=True):
        second = start(["settle", "--period", PERIOD, "-w", folder])
        time.sleep(2.5)
        assert second.poll() is None
    _, errors = second.communicate()
    assert (second.returncode, errors) == (0, "")
    assert differences(state_of(folder), state_of(month.settled)) == []


@pytest.mark.slow
def test_two_processes_do_the_same_step_at_once(month: Month, workspace: Copy) -> None:
    folder = workspace(month.made)
    both = [start(["ingest", month.mailbox, "-w", folder, "--json"]) for _ in range(2)]
    answers = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert [errors for _, errors in answers] == ["", ""]
    assert differences(state_of(folder), state_of(month.ingested)) == []


def test_readers_see_whole_commits_while_a_mailbox_is_taken_in(
    month: Month, workspace: Copy
) -> None:
    folder = workspace(month.made)
    whole = state_of(month.ingested)
    seen: list[int] = []

    def look(done: int, total: int) -> None:
        state = state_of(folder)
        assert halves_of(state, whole) == []
        seen.append(len(state["events"]))

    with Workspace.open(folder, tables=TABLES) as early:
        with open_workspace(folder, write=True) as writer:
            ingest(writer, month.mailbox, CLOCK, look, 2 * SMALL_CHUNK)
        assert early.facts(EVENTS_TABLE).rows == 0, "a reader stays at the version it opened"
        early.refresh()
        assert early.facts(EVENTS_TABLE).rows == len(whole["events"])
    assert seen == sorted(seen)
    assert len(set(seen)) > 3


def test_readers_see_nothing_of_a_judging_before_it_is_published(
    month: Month, workspace: Copy
) -> None:
    folder = workspace(month.ingested)
    before, seen = state_of(month.ingested), 0

    def look(done: int, total: int) -> None:
        nonlocal seen
        assert differences(state_of(folder), before) == []
        seen += 1

    with open_workspace(folder, write=True) as writer:
        judge_period(writer, PERIOD, AS_OF, CLOCK, look)
    assert seen > 0
    assert differences(state_of(folder), state_of(month.judged)) == []


def test_commands_that_only_read_work_beside_a_writer(month: Month, workspace: Copy) -> None:
    folder = workspace(month.settled)
    with open_workspace(folder, write=True):
        answer = run("report", "--period", PERIOD, "-w", folder, "--json")
    assert (answer.code, answer.err) == (0, "")


def test_a_reader_cannot_write(month: Month, workspace: Copy) -> None:
    folder = workspace(month.ingested)
    with (
        open_workspace(folder) as reader,
        pytest.raises(StoreError, match="open for reading only"),
    ):
        judge_period(reader, PERIOD, AS_OF, CLOCK)
