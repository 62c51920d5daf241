"""`datecertain inquiry open`, `list`, `show`, `read`, `answer`, `again`, `close`, `withdraw`,
`persons`, and the commands of `inquiry_runs`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datecertain.claims.inquiries import Act, Kind, Resolution
from datecertain.cli import inquiry_runs
from datecertain.cli.options import (
    LOOKS,
    ActorOption,
    JsonOption,
    Language,
    LanguageOption,
    WorkspaceOption,
)
from datecertain.cli.output import say, say_json
from datecertain.errors import UsageError
from datecertain.moments import parse_utc
from datecertain.operations import inquiries, telling_inquiries
from datecertain.operations.case_persons import Person, read_person
from datecertain.operations.clock import SystemClock
from datecertain.operations.inquiries import Done, Question, Shown
from datecertain.operations.inquiry_answers import ToldEvent, answer_inquiry
from datecertain.operations.workspaces import open_workspace
from datecertain.wording import words

app = typer.Typer(
    name="inquiry",
    help="Ask another post about an item, and answer: with time limits, reminders and figures.",
    no_args_is_help=True,
    **LOOKS,
)
InquiryArgument = Annotated[str, typer.Argument(metavar="INQUIRY", help="Its id, or its begin.")]
AtOption = Annotated[
    str | None,
    typer.Option("--at", metavar="MOMENT", help="When it was done, such as 2026-11-05T09:00+09:00 "
                 "(default: now)."),
]  # fmt: skip
NoteOption = Annotated[
    str, typer.Option("--note", help="Words beside it; sealed, for they may name people.")
]
AsOfOption = Annotated[
    str | None,
    typer.Option("--as-of", metavar="MOMENT", help="What is overdue by then (default: now)."),
]


@app.command("open")
def open_(
    item: Annotated[str, typer.Argument(help="S10 item number.")],
    kind: Annotated[Kind, typer.Option("--type", help="What is asked.")],
    actor: ActorOption,
    by: Annotated[str, typer.Option("--from", metavar="POST", help="Who asks: the origin.")] = "",
    to: Annotated[
        str, typer.Option("--to", metavar="POST", help="Who is asked: the post that can answer.")
    ] = "",
    sender: Annotated[
        Path | None, typer.Option("--sender", metavar="FILE", help="JSON: name, street, postcode, "
                                  "city, phone, email; sealed.")
    ] = None,
    addressee: Annotated[
        Path | None, typer.Option("--addressee", metavar="FILE", help="The same of the addressee.")
    ] = None,
    note: NoteOption = "",
    at: AtOption = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Ask the post that can answer about an item; what is known is filled in.

    An inquiry like it that is still open stands, and nothing new is opened.

    Example: datecertain inquiry open EE462503499CN --type delayed --actor desk-2 -w october
    """
    clock = SystemClock()
    question = Question(
        item, kind, actor, by, to, note, _person(sender), _person(addressee), _moment(at)
    )
    with open_workspace(workspace, write=True) as opened:
        shown, new = inquiries.open_inquiry(opened, question, clock)
    if json_:
        say_json({"new": new} | telling_inquiries.as_json(shown, clock.now()))
        return
    speak, one = words(lang), shown.inquiry
    if not new:
        say(speak.say("inquiry.stands_already", inquiry=one.inquiry_id))
        return
    kind_text = speak.say(f"inquiry.kind.{one.kind}")
    say(
        speak.say("inquiry.opened", inquiry=one.inquiry_id, kind=kind_text, item=one.item_id,
                  asking=one.asking, asked=one.asked)
    )  # fmt: skip


@app.command("list")
def list_(
    item: Annotated[str, typer.Option("--item", help="Only of this item number.")] = "",
    post: Annotated[str, typer.Option("--post", help="Only to or from this post.")] = "",
    all_: Annotated[bool, typer.Option("--all", help="Closed and withdrawn ones too.")] = False,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only where a limit passed.")] = False,
    as_of: AsOfOption = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Inquiries that are open, in the order of their opening.

    Example: datecertain inquiry list --post US --overdue -w october
    """
    now = _now(as_of)
    with open_workspace(workspace) as opened:
        found = inquiries.list_inquiries(opened, item, post, still_open=not all_)
    chosen = [one for one in found if not overdue or _is_overdue(one, now)]
    if json_:
        say_json([telling_inquiries.as_json(one, now) for one in chosen])
        return
    say(*(telling_inquiries.headline(one, words(lang)) for one in chosen))


@app.command("show")
def show(
    inquiry: InquiryArgument,
    as_of: AsOfOption = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """One inquiry: what is asked, what is known, what happened, what is due. No names.

    Example: datecertain inquiry show CN-261105-9f3c21d0 --lang ko -w october
    """
    now = _now(as_of)
    with open_workspace(workspace) as opened:
        shown = inquiries.show_inquiry(opened, inquiry)
    _tell(shown, lang, json_, now)


@app.command("read")
def read(
    inquiry: InquiryArgument, actor: ActorOption, at: AtOption = None,
    workspace: WorkspaceOption = Path(), lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Say that a question, or its answer, was opened by the post that has to act.

    Example: datecertain inquiry read CN-261105-9f3c21d0 --actor desk-es -w october
    """
    clock = SystemClock()
    with open_workspace(workspace, write=True) as opened:
        state = inquiries.show_inquiry(opened, inquiry).inquiry.standing
        act = Act.READ if state.answered_at is None else Act.REPLY_READ
        shown = inquiries.act_on(opened, inquiry, [act], Done(actor, at=_moment(at)), clock)
    _tell(shown, lang, json_, clock.now())


@app.command("answer")
def answer(
    inquiry: InquiryArgument,
    reply: Annotated[str, typer.Option("--reply", help="What it says, such as delivered.")],
    actor: ActorOption,
    event: Annotated[
        str, typer.Option("--event", metavar="CODE", help="An event that it adds, such as EMI …")
    ] = "",
    event_at: Annotated[
        str, typer.Option("--event-at", metavar="LOCAL", help="… its local time …")
    ] = "",
    office: Annotated[str, typer.Option("--office", help="… and its office.")] = "",
    reason: Annotated[str, typer.Option("--event-reason", metavar="CODE")] = "",
    measure: Annotated[str, typer.Option("--event-measure", metavar="CODE")] = "",
    note: NoteOption = "",
    at: AtOption = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Answer an inquiry. An event that the answer tells is taken in like every other.

    Example: datecertain inquiry answer CN-261105-9f3c21d0 --reply delivered --event EMI
    --event-at 2026-10-19T12:41 --office ES-NC-REST --actor desk-es -w october
    """
    if bool(event) != bool(event_at) or bool(event) != bool(office):
        raise UsageError("--event, --event-at and --office go together")
    told = ToldEvent(event, event_at, office, reason, measure) if event else None
    clock = SystemClock()
    with open_workspace(workspace, write=True) as opened:
        done = answer_inquiry(
            opened, inquiry, reply, Done(actor, "", note, _moment(at)), clock, told
        )
    if json_:
        shown = telling_inquiries.as_json(done.shown, clock.now())
        say_json({"event": done.event or None, "findings": done.findings} | shown)
        return
    say(telling_inquiries.headline(done.shown, words(lang)))
    if done.event:
        post = done.shown.inquiry.asked
        say(words(lang).say(f"inquiry.event.{done.event}", post=post))


@app.command("again")
def again(
    inquiry: InquiryArgument, actor: ActorOption, note: NoteOption = "", at: AtOption = None,
    workspace: WorkspaceOption = Path(), lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Ask again, at the next level: the answer does not settle it.

    Example: datecertain inquiry again CN-261105-9f3c21d0 --actor desk-2 -w october
    """
    clock = SystemClock()
    with open_workspace(workspace, write=True) as opened:
        shown = inquiries.ask_again(opened, inquiry, Done(actor, "", note, _moment(at)), clock)
    _tell(shown, lang, json_, clock.now())


@app.command("close")
def close(
    inquiry: InquiryArgument, actor: ActorOption,
    resolution: Annotated[Resolution, typer.Option("--as", help="How it ended.")],
    note: NoteOption = "", at: AtOption = None, workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN, json_: JsonOption = False,
) -> None:  # fmt: skip
    """Close an inquiry: solved or unsolved; presumed where no answer came and a rule decides.

    Example: datecertain inquiry close CN-261105-9f3c21d0 --as solved --actor desk-2 -w october
    """
    clock = SystemClock()
    with open_workspace(workspace, write=True) as opened:
        done = Done(actor, str(resolution), note, _moment(at))
        shown = inquiries.close_inquiry(opened, inquiry, done, clock)
    _tell(shown, lang, json_, clock.now())


@app.command("withdraw")
def withdraw(
    inquiry: InquiryArgument, actor: ActorOption, note: NoteOption = "", at: AtOption = None,
    workspace: WorkspaceOption = Path(), lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Withdraw an inquiry that was not answered and is not wanted any more. It stays in the list.

    Example: datecertain inquiry withdraw CN-261105-9f3c21d0 --actor desk-2 -w october
    """
    clock, done = SystemClock(), Done(actor, "", note, _moment(at))
    with open_workspace(workspace, write=True) as opened:
        shown = inquiries.act_on(opened, inquiry, [Act.WITHDRAWN], done, clock)
    _tell(shown, lang, json_, clock.now())


@app.command("persons")
def persons(
    inquiry: InquiryArgument, actor: ActorOption,
    reason: Annotated[str, typer.Option("--reason", help="Why: it is written down, with who.")],
    post: Annotated[str, typer.Option("--post", help="For which of the two posts.")] = "",
    workspace: WorkspaceOption = Path(),
) -> None:  # fmt: skip
    """Show the names, addresses and words of an inquiry; who looks, and why, is written down first.

    Example: datecertain inquiry persons CN-261105-9f3c21d0 --reason "call 17" --actor desk-2
    """
    clock = SystemClock()
    with open_workspace(workspace, write=True) as opened:
        found = inquiries.see_persons(opened, inquiry, post, Done(actor, reason), clock)
    for part, person in (("sender", found.sender), ("addressee", found.addressee)):
        say(*(f"{part}: {line}" for line in (*person.lines, person.phone, person.email) if line))
    say(*(f"note {place}: {text}" for place, text in sorted(found.notes.items())))
    say(*(f"{part}: erased by rule" for part in found.erased))


def _tell(shown: Shown, lang: Language, json_: bool, now: int) -> None:
    if json_:
        say_json(telling_inquiries.as_json(shown, now))
    else:
        say(*telling_inquiries.in_words(shown, now, words(lang)))


def _person(file: Path | None) -> Person:
    if file is None:
        return Person()
    try:
        return read_person(file.read_text(encoding="utf-8"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {type(error).__name__}") from error


def _moment(text: str | None) -> int | None:
    return None if text is None else parse_utc(text)


def _now(text: str | None) -> int:
    return SystemClock().now() if text is None else parse_utc(text)


def _is_overdue(shown: Shown, now: int) -> bool:
    return any(due.by is not None and due.by < now for due in shown.due)


inquiry_runs.add_to(app)
