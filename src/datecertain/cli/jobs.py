"""`datecertain jobs`: what runs by itself, when, and what became of it."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Annotated, Any

import typer

from datecertain.cli.options import (
    LOOKS,
    ActorOption,
    JsonOption,
    Language,
    LanguageOption,
    WorkspaceOption,
)
from datecertain.cli.output import say, say_json, say_table
from datecertain.errors import UsageError
from datecertain.moments import format_local, format_utc, parse_utc
from datecertain.operations import jobs
from datecertain.operations.clock import SystemClock
from datecertain.operations.job_kinds import kind_of
from datecertain.store.job_records import ATTENTION, DONE, RunRow
from datecertain.wording import Words, words

app = typer.Typer(
    name="jobs",
    help="What runs by itself: schedules, the scheduler, what became of each run.",
    no_args_is_help=True,
    **LOOKS,
)

NameArgument = Annotated[str, typer.Argument(metavar="JOB", help="One of those that `list` shows.")]
#: Exit code: the job did its work and has something to say, as the commands themselves have.
TELLING = 4


@app.command("list")
def list_(
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """The jobs: schedule, when next, how the last run ended.

    Example: datecertain jobs list -w october
    """
    found = jobs.list_jobs(workspace, SystemClock().now())
    if json_:
        say_json([_job_json(one) for one in found])
        return
    speak = words(lang)
    say_table(
        speak.say("jobs.title"),
        [speak.say(f"jobs.{name}") for name in ("job", "schedule", "zone", "next", "last")],
        [
            (one.name, str(one.schedule.schedule), one.schedule.zone, _next(one, speak),
             "" if one.last is None else speak.say(
                 f"jobs.short.{one.last.state}", at=format_utc(one.last.started_at)
             ))
            for one in found
        ],
    )  # fmt: skip


@app.command("show")
def show(
    name: NameArgument,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """One job: what it would run now, its schedule, its last run with what that said.

    Example: datecertain jobs show judging -w october
    """
    kind, clock = kind_of(name), SystemClock()
    job = next(one for one in jobs.list_jobs(workspace, clock.now()) if one.name == name)
    try:
        work = kind.plan(workspace, job.schedule.arguments, clock.now())
        commands, told = [" ".join(("datecertain", *one)) for one in work.commands], work.told
    except UsageError as error:
        commands, told = [], (str(error),)
    if json_:
        say_json(_job_json(job) | {"commands": commands, "told": told})
        return
    speak = words(lang)
    say(f"{name}: {job.schedule.schedule}, {job.schedule.zone}", *commands, *told)
    say(f"{speak.say('jobs.next')}: {_next(job, speak)}")
    if job.last is not None:
        say(f"{speak.say('jobs.last')}: {_state(job.last, speak)}", *job.last.lines.splitlines())


@app.command("set")
def set_(
    name: NameArgument,
    actor: ActorOption,
    schedule: Annotated[
        str | None,
        typer.Option("--schedule", help='"daily 02:30", "every 30 minutes", "monthly 5 08:00".'),
    ] = None,
    zone: Annotated[
        str | None, typer.Option("--zone", help="On whose clocks, such as Asia/Seoul.")
    ] = None,
    starts: Annotated[
        str | None, typer.Option("--from", metavar="MOMENT", help="From when on (default: now).")
    ] = None,
    dest: Annotated[
        Path | None, typer.Option("--dest", help="For the job backup: the folder of backups.")
    ] = None,
    latest: Annotated[
        int | None, typer.Option("--latest", min=1, help="For the job backup: keep so many.")
    ] = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Give a job another schedule, zone or place. A paused job runs from then on.

    Example: datecertain jobs set judging --schedule "daily 02:30" --zone Asia/Seoul --actor kim
    """
    given: dict[str, Any] = {"dest": None if dest is None else str(dest.resolve()),
                             "latest": latest}  # fmt: skip
    job = jobs.set_job(
        workspace, SystemClock(), name, actor, schedule=schedule, zone=zone, paused=False,
        arguments={key: value for key, value in given.items() if value is not None},
        from_at=None if starts is None else parse_utc(starts),
    )  # fmt: skip
    _say_set(job, words(lang), json_)


@app.command("pause")
def pause(
    name: NameArgument,
    actor: ActorOption,
    resume: Annotated[bool, typer.Option("--resume", help="Let it run again.")] = False,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Let a job not run any more; or again, without what was missed.

    Example: datecertain jobs pause refunds --actor kim -w october
    """
    job = jobs.set_job(workspace, SystemClock(), name, actor, paused=not resume)
    _say_set(job, words(lang), json_)


@app.command("run")
def run(
    name: NameArgument,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Run a job now, in a process of its own, and wait for it. Exit code 1: it failed; 4: it has
    something to say.

    Example: datecertain jobs run judging -w october
    """
    kind_of(name)
    jobs.list_jobs(workspace, now := SystemClock().now())  # a wrong workspace is told here
    process = jobs.start_job(workspace, name, now, again=True)
    code = process.wait()
    mine = [one for one in jobs.history(workspace, name, 20)
            if one.due_at == now and f":{process.pid}:" in one.holder]  # fmt: skip
    if code or not mine:
        raise UsageError(f"the job {name} was not run: is it running already? See `jobs list`")
    if json_:
        say_json(_run_json(mine[0]))
    else:
        say(_state(mine[0], words(lang)), *mine[0].lines.splitlines())
    if mine[0].state not in (DONE, ATTENTION):
        raise typer.Exit(1)
    if mine[0].state == ATTENTION:
        raise typer.Exit(TELLING)


@app.command("history")
def history(
    name: Annotated[str | None, typer.Argument(metavar="[JOB]", help="Only this one.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Show no more runs.")] = 20,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """What ran, newest first: due, begun, ended, how, and the last lines of what failed.

    Example: datecertain jobs history judging -w october
    """
    found = jobs.history(workspace, name, limit)
    if json_:
        say_json([_run_json(one) for one in found])
        return
    speak = words(lang)
    for one in found:
        say(f"{one.name}: {_state(one, speak)}")
        if one.state not in (DONE, ATTENTION):
            say(*(f"    {line}" for line in one.lines.splitlines()))
    if not found:
        say(speak.say("jobs.none"))


@app.command("keep")
def keep(workspace: WorkspaceOption = Path(), lang: LanguageOption = Language.EN) -> None:
    """Run what is due, for as long as it is let: the scheduler. Ends on SIGTERM or Ctrl-C.

    Any number of them may run over the same records: each due moment is run once.

    Example: datecertain jobs keep -w october
    """
    stop, speak = Event(), words(lang)

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()

    def complain(text: str) -> None:
        typer.echo(f"datecertain: {text}", err=True)

    before = {one: signal.signal(one, end) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        say(speak.say("jobs.keeping"))
        sys.stdout.flush()
        jobs.keep_running(workspace, SystemClock(), stop, say, complain)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@app.command("do", hidden=True)
def do(
    name: NameArgument,
    due: Annotated[str, typer.Option("--due")],
    missed: Annotated[int, typer.Option("--missed")] = 0,
    again: Annotated[bool, typer.Option("--again")] = False,
    workspace: WorkspaceOption = Path(),
) -> None:
    """The process of one run: `run` and `keep` start it."""

    def end(number: int, frame: FrameType | None) -> None:
        raise jobs.Stopped

    signal.signal(signal.SIGTERM, end)
    os.environ["DATECERTAIN_WORKSPACE"] = str(workspace.resolve())
    jobs.do_job(
        workspace.resolve(), SystemClock(), name, _command, due_at=parse_utc(due), missed=missed,
        again=again,
    )  # fmt: skip


def _command(given: Sequence[str]) -> int:
    """A command of `datecertain` in this process; its exit code."""
    from datecertain.cli import main  # noqa: PLC0415 - this module is loaded by it

    before = sys.argv
    sys.argv = ["datecertain", *given]
    try:
        with suppress(BrokenPipeError):
            main()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except Exception:
        traceback.print_exc()  # a defect: it is kept with the run's last lines
        return 70
    finally:
        sys.argv = before
    return 0


def _say_set(job: jobs.Job, speak: Words, json_: bool) -> None:
    if json_:
        say_json(_job_json(job))
        return
    schedule = f"{job.schedule.schedule}, {job.schedule.zone}"
    say(f"{job.name}: {schedule}; {speak.say('jobs.next')}: {_next(job, speak)}")


def _next(job: jobs.Job, speak: Words) -> str:
    if job.running:
        return speak.say("jobs.running", holder=job.running.rpartition(":")[0])
    if job.next_at is None:
        return speak.say("jobs.paused")
    return format_local(job.next_at, job.schedule.zone)


def _state(run: RunRow, speak: Words) -> str:
    begun, ended = format_utc(run.started_at), run.finished_at
    return speak.say(
        f"jobs.state.{run.state}", due=format_utc(run.due_at), begun=begun, attempt=run.attempt,
        ended="" if ended is None else format_utc(ended), missed=run.missed,
    )  # fmt: skip


def _run_json(run: RunRow) -> dict[str, Any]:
    moments = ("due_at", "started_at", "finished_at", "next_at")
    told = {name: getattr(run, name) for name in moments}
    return asdict(run) | {
        name: None if value is None else format_utc(value) for name, value in told.items()
    }


def _job_json(job: jobs.Job) -> dict[str, Any]:
    return {
        "job": job.name, "schedule": job.schedule.schedule, "zone": job.schedule.zone,
        "arguments": dict(job.schedule.arguments), "paused": job.schedule.paused,
        "from": format_utc(job.schedule.from_at), "set_by": job.schedule.actor,
        "next": None if job.next_at is None else format_utc(job.next_at),
        "due": None if job.due_at is None else format_utc(job.due_at), "missed": job.missed,
        "running": job.running or None, "last": None if job.last is None else _run_json(job.last),
    }  # fmt: skip
