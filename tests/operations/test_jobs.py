"""Jobs that run by themselves: due when they should be, once, whatever is killed meanwhile."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest
from command_line import say
from hypothesis import given, settings
from hypothesis import strategies as st
from small_workspaces import small_workspace

from datecertain.errors import UsageError
from datecertain.moments import DAY, format_utc, parse_utc, zone
from datecertain.operations.clock import FixedClock, SystemClock
from datecertain.operations.jobs import do_job, history, keep_running, list_jobs, set_job
from datecertain.operations.schedules import Schedule, parse_schedule
from datecertain.store import Workspace
from datecertain.store.job_records import LEASE_MIN, JobBook
from forked_processes import ENTRY, Forked

MONDAY = parse_utc("2026-11-02T12:00Z")

#: Schedule, zone, now → the last due moment up to now, and the next one.
DUE = """
daily 02:30         Asia/Seoul        2026-11-02T12:00Z  2026-11-01T17:30Z  2026-11-02T17:30Z
daily 02:30         Asia/Seoul        2026-11-01T17:30Z  2026-11-01T17:30Z  2026-11-02T17:30Z
daily 02:30         Europe/Paris      2026-03-29T12:00Z  2026-03-29T01:30Z  2026-03-30T00:30Z
daily 02:30         Europe/Paris      2026-03-29T01:29Z  2026-03-28T01:30Z  2026-03-29T01:30Z
daily 02:30         Europe/Paris      2026-10-25T00:30Z  2026-10-25T00:30Z  2026-10-26T01:30Z
daily 02:30         Europe/Paris      2026-10-25T01:45Z  2026-10-25T00:30Z  2026-10-26T01:30Z
daily 02:30         America/New_York  2026-03-08T07:30Z  2026-03-08T07:30Z  2026-03-09T06:30Z
daily 01:30         America/New_York  2026-11-01T06:30Z  2026-11-01T05:30Z  2026-11-02T06:30Z
daily 00:00         Pacific/Auckland  2026-11-02T12:00Z  2026-11-02T11:00Z  2026-11-03T11:00Z
every 30 minutes    UTC               2026-11-02T12:10Z  2026-11-02T12:00Z  2026-11-02T12:30Z
every 50 minutes    UTC               2026-11-02T23:40Z  2026-11-02T23:20Z  2026-11-03T00:00Z
monthly 5 08:00     UTC               2026-11-02T12:00Z  2026-10-05T08:00Z  2026-11-05T08:00Z
monthly 31 08:00    UTC               2026-11-02T12:00Z  2026-10-31T08:00Z  2026-11-30T08:00Z
monthly 30 23:00    Asia/Seoul        2027-02-28T14:00Z  2027-02-28T14:00Z  2027-03-30T14:00Z
"""


def test_due_moments_on_local_clocks_and_nights_when_they_change() -> None:
    for line in DUE.strip().splitlines():
        *words, zone_name, now, last, following = line.split()
        when = parse_schedule(" ".join(words), zone_name)
        assert str(when) == " ".join(words)
        assert format_utc(when.latest(parse_utc(now))) == last, line
        assert format_utc(when.following(parse_utc(now))) == following, line
    for wrong in ("daily 24:00", "daily 2:30", "every 0 minutes", "monthly 32 08:00", "hourly"):
        with pytest.raises(UsageError):
            parse_schedule(wrong, "UTC")


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Seoul"]),
    minute=st.integers(0, DAY - 1),
    start=st.integers(parse_utc("2026-01-01T00:00Z"), parse_utc("2027-01-01T00:00Z")),
)
def test_every_local_day_is_due_once(name: str, minute: int, start: int) -> None:
    when = Schedule(name, minute=minute)
    moments, now = list[int](), start
    for _ in range(40):
        now = when.following(now)
        assert when.latest(now) == now
        assert when.latest(now - 1) < now
        moments.append(now)
    days = zone(name).to_local(moments)[0].tolist()
    assert days == list(range(days[0], days[0] + 40))
    assert when.count(start, now) == 40


@pytest.fixture(params=["sqlite", "postgresql"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A workspace without a network, on either database."""
    url = "sqlite:///records.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    Workspace.init(tmp_path / "kr", records=url)
    return tmp_path / "kr"


def ending(code: int, *lines: str) -> Callable[[Sequence[str]], int]:
    """Stands for the commands: prints lines and ends so."""

    def run(words: Sequence[str]) -> int:
        for line in lines:
            os.write(1, f"{line}\n".encode())  # below Python, as an engine would
        return code

    return run


def job(folder: Path, now: int, name: str = "inquiries") -> tuple[str | None, int, str]:
    """(what is due, missed before it, when next) of a job."""
    one = next(one for one in list_jobs(folder, now) if one.name == name)
    due = None if one.due_at is None else format_utc(one.due_at)
    return due, one.missed, "" if one.next_at is None else format_utc(one.next_at)


def run(folder: Path, now: int, code: int, *lines: str, name: str = "inquiries") -> str | None:
    """Run a job that is due; how it ended."""
    due = next(one for one in list_jobs(folder, now) if one.name == name).due_at
    assert due is not None
    done = do_job(folder, FixedClock(now), name, ending(code, *lines), due_at=due)
    return None if done is None else done.state


def test_what_was_missed_is_caught_up_once_and_failures_are_tried_again(folder: Path) -> None:
    assert job(folder, MONDAY) == (None, 0, "2026-11-03T04:00Z")
    set_job(folder, FixedClock(MONDAY), "inquiries", "kim", zone="Asia/Seoul")
    assert job(folder, MONDAY) == (None, 0, "2026-11-02T19:00Z")
    down = MONDAY + 3 * DAY  # nobody ran anything for three days
    assert job(folder, down) == ("2026-11-04T19:00Z", 2, "2026-11-04T19:00Z")
    assert run(folder, down, 1, *(f"line {n}" for n in range(30))) == "failed"
    (failed,) = history(folder, "inquiries", 5)
    assert failed.lines.splitlines() == [f"line {n}" for n in range(10, 30)]
    assert job(folder, down) == (None, 0, format_utc(down + 1))
    assert run(folder, down + 1, 1) == "failed"
    assert job(folder, down + 5) == (None, 0, format_utc(down + 6))
    assert run(folder, down + 6, 0) == "done"
    assert job(folder, down + 6) == (None, 0, "2026-11-05T19:00Z")
    again = do_job(folder, FixedClock(down + 9), "inquiries", ending(0), due_at=failed.due_at)
    assert again is None  # that moment is done
    rows = history(folder, "inquiries", 9)
    assert [(one.attempt, one.state) for one in rows] == [(3, "done"), (2, "failed"), (1, "failed")]


def test_after_five_retries_the_next_due_moment_counts(folder: Path) -> None:
    set_job(folder, FixedClock(MONDAY), "inquiries", "kim", schedule="daily 13:00")
    now = MONDAY + 60
    for _ in range(6):
        assert run(folder, now, 1) == "failed"
        now += 240
    assert job(folder, now - 1)[0] is None
    assert job(folder, MONDAY + DAY + 60)[0] == "2026-11-03T13:00Z"
    assert run(folder, MONDAY + DAY + 60, 4, "KR is silent") == "attention"
    assert job(folder, MONDAY + DAY + 61)[0] is None  # told, not tried again


def test_one_at_a_time_and_a_run_whose_process_is_gone_is_taken_over(folder: Path) -> None:
    set_job(folder, FixedClock(MONDAY), "inquiries", "kim", schedule="daily 12:01")
    now = MONDAY + 1
    with closing(JobBook(folder)) as one, closing(JobBook(folder)) as other:
        assert one.claim("inquiries", now, "a", now) == 1
        assert other.claim("inquiries", now, "b", now) is None
        assert next(job.running for job in list_jobs(folder, now) if job.name == "inquiries") == "a"
        assert one.renew("inquiries", "a", now + 4)
        assert other.claim("inquiries", now, "b", now + LEASE_MIN) is None
        gone = now + 4 + LEASE_MIN
        assert job(folder, gone)[0] == format_utc(now)
        assert other.claim("inquiries", now, "b", gone) == 2
        assert not one.renew("inquiries", "a", gone)
        assert not one.end("inquiries", "a", gone, "done", 0, "", None)
        assert other.end("inquiries", "b", gone, "done", 0, "", None)
    states = [(one.attempt, one.state) for one in history(folder, "inquiries", 9)]
    assert states == [(2, "done"), (1, "lost")]


def test_schedules_are_dated_and_kept(folder: Path) -> None:
    set_job(folder, FixedClock(MONDAY), "judging", "kim", schedule="daily 13:00",
            from_at=MONDAY + DAY)  # fmt: skip
    assert job(folder, MONDAY, "judging")[2] == "2026-11-03T02:30Z"
    assert job(folder, MONDAY + DAY, "judging") == (None, 0, "2026-11-03T13:00Z")
    set_job(folder, FixedClock(MONDAY + 2 * DAY), "judging", "lee", paused=True)
    assert job(folder, MONDAY + 9 * DAY, "judging") == (None, 0, "")
    set_job(folder, FixedClock(MONDAY + 9 * DAY), "judging", "lee", paused=False)
    assert job(folder, MONDAY + 9 * DAY, "judging") == (None, 0, "2026-11-11T13:00Z")
    with closing(JobBook(folder)) as book:
        mine = [one for one in book.schedules() if one.name == "judging"]
    assert [(one.actor, one.paused) for one in mine] == [
        ("datecertain", False), ("kim", False), ("lee", True), ("lee", False),
    ]  # fmt: skip
    for name, more in (("backup", {}), ("nothing", {}), ("watch", {"arguments": {"dest": "x"}})):
        with pytest.raises(UsageError):
            set_job(folder, FixedClock(MONDAY), name, "kim", paused=False, **more)


def test_the_scheduler_is_killed_and_the_due_moment_still_runs_once(tmp_path: Path) -> None:
    """The job waits for the workspace, which we hold; meanwhile its scheduler is killed."""
    workspace = small_workspace(tmp_path / "kr")
    clock = SystemClock()
    set_job(workspace, clock, "inquiries", "kim", from_at=clock.now() - 3 * DAY)
    stop, told, complaints = Event(), list[str](), list[str]()
    other = Thread(
        target=keep_running,
        args=(workspace, clock, stop, told.append, complaints.append), kwargs={"poll_s": 0.1},
    )  # fmt: skip
    with Workspace.open(workspace, write=True):
        killed = Forked([sys.executable, "-c", ENTRY, "jobs", "keep", "-w", str(workspace)])
        wait_for(lambda: [one.state for one in history(workspace, None, 9)] == ["running"])
        killed.kill()
        killed.end()
        other.start()
        time.sleep(0.5)
    wait_for(lambda: history(workspace, None, 9)[0].state != "running")
    time.sleep(0.3)
    stop.set()
    other.join()
    (only,) = history(workspace, None, 9)
    assert (only.state, only.attempt, only.missed) == ("done", 1, 2), only.lines
    assert complaints == []
    assert say("jobs", "history", "-w", workspace, "--lang", "ko").out.startswith("inquiries: 예정")


def test_a_scheduler_that_is_told_to_end_ends_its_job_which_is_run_again(tmp_path: Path) -> None:
    workspace = small_workspace(tmp_path / "kr")
    clock, stop = SystemClock(), Event()
    set_job(workspace, clock, "inquiries", "kim", from_at=clock.now() - 3 * DAY)
    complaints = list[str]()
    scheduler = Thread(
        target=keep_running, args=(workspace, clock, stop, print, complaints.append),
        kwargs={"poll_s": 0.1},
    )  # fmt: skip
    with Workspace.open(workspace, write=True):
        scheduler.start()
        wait_for(lambda: [one.state for one in history(workspace, None, 9)] == ["running"])
        time.sleep(0.3)
        stop.set()
        scheduler.join()
    assert [one.state for one in history(workspace, None, 9)] == ["stopped"]
    assert len(complaints) == 1
    assert job(workspace, clock.now())[0] is not None  # at once
    assert not list((workspace / ".jobs").iterdir())


def wait_for(what: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)
