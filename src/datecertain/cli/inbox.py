"""`datecertain inbox …`: what came from whom, what waits, reading it again, a watched folder."""

from __future__ import annotations

import signal
from dataclasses import asdict
from pathlib import Path
from threading import Event
from typing import Annotated

import typer

from datecertain.cli.inbox_answers import answer, answer_lines
from datecertain.cli.inbox_sequences import sequences
from datecertain.cli.mailboxes import pull, push
from datecertain.cli.options import (
    LOOKS,
    AsOfOption,
    JsonOption,
    Language,
    LanguageOption,
    WorkspaceOption,
)
from datecertain.cli.output import say, say_json, say_table
from datecertain.errors import UsageError
from datecertain.moments import format_utc, parse_utc
from datecertain.operations.clock import SystemClock
from datecertain.operations.inbox import InboxStatus, Partner, inbox_status
from datecertain.operations.quarantine import export_parts, waiting_parts
from datecertain.operations.replaying import replay as read_again
from datecertain.operations.telling_inbox import part_as_json, status_as_json
from datecertain.operations.watching import Taken, Watcher, Watching
from datecertain.operations.workspaces import open_workspace
from datecertain.wording import Words, words

#: A partner has fallen silent.
ALARM = 4

app = typer.Typer(
    help="What came from each partner, what was set aside, a watched folder, partners' servers.",
    no_args_is_help=True, **LOOKS,
)  # fmt: skip
app.command()(sequences)
app.command()(answer)
app.command()(pull)
app.command()(push)
PartnerOption = Annotated[str, typer.Option("--partner", metavar="POST", help="Only from this post.")]  # fmt: skip # noqa: E501


@app.command()
def status(
    workspace: WorkspaceOption = Path(),
    as_of: AsOfOption = None,
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Per partner: what came, findings, what waits, gaps, silence. Exit code 4: one is silent.

    Example: datecertain inbox status -w october
    """
    moment = parse_utc(as_of) if as_of else SystemClock().now()
    with open_workspace(workspace) as opened:
        found = inbox_status(opened, moment)
    if json_:
        say_json(status_as_json(found))
    else:
        _say_status(found, words(lang))
    if found.alarms:
        raise typer.Exit(ALARM)


def _say_status(found: InboxStatus, speak: Words) -> None:
    columns = ("partner", "files", "interchanges", "messages", "events", "heard", "waiting")
    say_table(
        speak.say("inbox.title", as_of=format_utc(found.as_of)),
        [speak.say(f"inbox.{name}") for name in columns],
        [
            (_name(one, speak), *map(speak.count, (one.files, one.interchanges, one.messages,
             one.events)), _heard(one.heard_at, speak), speak.count(sum(one.waiting.values())))
            for one in found.partners
        ],
    )  # fmt: skip
    for one in found.partners:
        name = _name(one, speak)
        for code, count in sorted(one.findings.items()):
            label = speak.label(f"finding.{code}", "")
            label = f": {label}" if label else ""
            say(speak.say("inbox.finding", partner=name, count=count, code=code, label=label))
        for code, count in sorted(one.waiting.items()):
            say(speak.say("inbox.aside", partner=name, count=count, code=code))
        if one.gaps:
            missing, first = sum(gap.missing for gap in one.gaps), one.gaps[0].first_missing
            say(
                speak.say(
                    "inbox.gap", partner=name, missing=speak.count(missing),
                    places=speak.count(len(one.gaps)), first=first,
                )
            )  # fmt: skip
        say(*answer_lines(one, name, speak))
    for silence in found.silences:
        agreed = silence.expectation
        key = "inbox.silent" if silence.alarm else "inbox.heard_well"
        say(
            speak.say(
                key, post=agreed.post, message=agreed.message, hours=silence.minutes // 60,
                agreed=agreed.every_hours, heard=_heard(silence.heard_at, speak),
                contact=agreed.contact or "–",
            )
        )  # fmt: skip


def _name(partner: Partner, speak: Words) -> str:
    return partner.post or speak.say("inbox.partner.unknown")


def _heard(moment: int | None, speak: Words) -> str:
    return speak.say("inbox.never") if moment is None else format_utc(moment)


@app.command()
def quarantine(
    workspace: WorkspaceOption = Path(),
    partner: PartnerOption = "",
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the bytes of each part into this folder.")
    ] = None,
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """What was set aside and waits, with reason and position; write it out for its sender.

    Example: datecertain inbox quarantine --partner KR --out for-korea -w october
    """
    with open_workspace(workspace) as opened:
        with opened.reading() as view:
            parts = waiting_parts(view.connection, partner=partner)
        written = [] if out is None else export_parts(opened, parts, out)
    if json_:
        say_json(
            {
                "parts": [part_as_json(part) for part in parts],
                "files": [str(path) for path in written],
            }
        )
        return
    speak = words(lang)
    say(speak.say("inbox.quarantine", count=speak.count(len(parts))))
    for part in parts:
        item = f", {part.item}" if part.item else ""
        where = f"{part.source}, {part.position}{item}"
        say(f"  {part.id[:12]} {part.partner or '–'} {part.reason}: {where}")
    if out is not None:
        say(speak.say("inbox.exported", count=len(written), folder=out))


@app.command()
def replay(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID…]", help="Parts, by id or its beginning.")
    ] = None,
    workspace: WorkspaceOption = Path(),
    partner: PartnerOption = "",
    everything: Annotated[bool, typer.Option("--all", help="All that wait.")] = False,
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Read what was set aside again, after the network, a code table or a layout was put right.

    What is usable now becomes facts; the rest waits on. Run it as often as you like.

    Example: datecertain inbox replay --partner KR -w october
    """
    if sum(map(bool, (ids, partner, everything))) != 1:
        raise UsageError("say what to read again: ids, --partner POST, or --all")
    with open_workspace(workspace, write=True) as opened:
        done = read_again(opened, SystemClock(), ids or (), partner)
    if json_:
        say_json(asdict(done))
        return
    speak = words(lang)
    counts = ("parts", "replayed", "events", "items", "notices")
    told = {name: speak.count(getattr(done, name)) for name in counts}
    say(speak.say("inbox.replayed", waiting=speak.count(sum(done.waiting.values())), **told))
    if done.transport:
        say(speak.say("inbox.replayed_transport", count=speak.count(done.transport)))
    for code, count in sorted(done.waiting.items()):
        say(speak.say("inbox.still", count=count, code=code))
    if done.not_kept:
        say(speak.say("inbox.not_kept", count=done.not_kept))
    if done.inquiry_rows:
        say(speak.say("inbox.replayed_inquiries", count=speak.count(done.inquiry_rows)))
    if done.set_aside:
        say(speak.say("inbox.set_aside_anew", count=done.set_aside))


@app.command()
def watch(
    folder: Annotated[Path, typer.Argument(help="The folder into which partners' files come.")],
    workspace: WorkspaceOption = Path(),
    once: Annotated[
        bool, typer.Option("--once", help="Take what is there now, then end (for cron).")
    ] = False,
    leave: Annotated[
        bool, typer.Option("--leave", help="Leave files where they are.")
    ] = False,
    poll: Annotated[float, typer.Option("--poll", min=0.1, help="Seconds between looks.")] = 5.0,
    settle: Annotated[
        float, typer.Option("--settle", min=0.0, help="Seconds without change before a file is taken.")  # noqa: E501
    ] = 2.0,
    lang: LanguageOption = Language.EN,
) -> None:  # fmt: skip
    """Take files in as they come, and move them to FOLDER/archive/DATE. One line a file.

    Write under a name ending in .part or .tmp, then rename: such names are not looked at. Ends on
    SIGTERM or Ctrl-C, after the files in hand.

    Example: datecertain inbox watch mail -w october
    """
    stop, speak = Event(), words(lang)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    clock = SystemClock()

    def tell(one: Taken) -> None:
        moved = speak.say("inbox.taken.moved", place=one.moved_to)
        say(
            speak.say(
                "inbox.taken", at=format_utc(clock.now()), name=one.name, events=one.events,
                interchanges=one.interchanges, aside=one.set_aside,
                known=speak.say("inbox.taken.known") if one.known else "",
                where=moved if one.moved_to else speak.say("inbox.taken.left"),
            )
        )  # fmt: skip

    def complain(text: str) -> None:
        typer.echo(f"datecertain: {text}", err=True)

    how = Watching(folder, poll, settle, leave)
    taken = Watcher(workspace, how, clock, tell, complain).run(stop, once=once)
    say(speak.say("inbox.watched", count=speak.count(taken)))
