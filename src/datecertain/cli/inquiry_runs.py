"""`datecertain inquiry run`, `remind`, `figures`, `export`, `send`, `import`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from datecertain.claims.inquiries import Act
from datecertain.claims.inquiry_figures import Figures, Tally
from datecertain.cli.claims import NowOption, clock_of
from datecertain.cli.options import (
    ActorOption,
    JsonOption,
    Language,
    LanguageOption,
    WorkspaceOption,
    demand_period,
)
from datecertain.cli.output import progress, say, say_json, say_table
from datecertain.errors import NotFound, UsageError
from datecertain.moments import parse_utc
from datecertain.operations import telling_inquiries
from datecertain.operations.clock import SystemClock
from datecertain.operations.inquiries import Done
from datecertain.operations.inquiry_exchange import export_inquiries, import_inquiries
from datecertain.operations.inquiry_performance import inquiry_figures
from datecertain.operations.inquiry_reminders import remind
from datecertain.operations.workspaces import open_workspace
from datecertain.wording import words

#: Exit code of `import`: some rows could not be used, the others were.
SET_ASIDE = 3


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to the group."""
    for name, command in (
        ("run", run), ("remind", remind_), ("figures", figures), ("export", export),
        ("send", send), ("import", import_),
    ):  # fmt: skip
        app.command(name)(command)


def run(
    month: Annotated[
        list[str] | None,
        typer.Option("--month", metavar="YYYY-MM", help="Only of this month of acceptance.",
                     show_default="all months that were judged"),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be asked of whom.")
    ] = False,
    now: NowOption = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Open the inquiries that rules ask for: of items without a final event, and of claims that
    wait for the other post to confirm.

    A daily job: one inquiry for each item and claim, however often it runs. Exit code 3: some
    could not be asked.

    Example: datecertain inquiry run -w october

    Example: datecertain inquiry run --month 2026-10 --dry-run -w october
    """
    from datecertain.operations.inquiry_rules import ask_by_rule  # noqa: PLC0415

    with (
        open_workspace(workspace, write=not dry_run) as opened,
        progress("inquiries", quiet=json_) as step,
    ):
        months = [demand_period(one) for one in month or ()]
        report = ask_by_rule(opened, clock_of(now), months, preview=dry_run, progress=step)
    if json_:
        say_json(telling_inquiries.by_rule_json(report))
    else:
        speak = words(lang)
        key = "inquiry.run.preview" if dry_run else "inquiry.run"
        say(
            speak.say(key, needed=report.needed, opened=report.opened, known=report.known,
                      stood=len(report.made) - report.opened),
            *(f"  {one.inquiry_id or one.because.ground}  {one.item_id}  {one.asking} → {one.asked}"
              for one in report.made),
            *(f"  {item}: {why}" for item, why in report.trouble),
        )  # fmt: skip
    if report.trouble:
        raise typer.Exit(SET_ASIDE)


def remind_(
    actor: ActorOption,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="MOMENT", help="What was due by then (default: now)."),
    ] = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Make the reminders and escalations that are due. Run it as often as you like.

    Example: datecertain inquiry remind --actor timer -w october
    """
    moment = None if as_of is None else parse_utc(as_of)
    with open_workspace(workspace, write=True) as opened:
        report = remind(opened, SystemClock(), actor, moment)
    if json_:
        say_json(telling_inquiries.reminded_json(report))
        return
    speak = words(lang)
    say(
        speak.say("inquiry.reminded", open=report.open, reminders=report.count(Act.REMINDED),
                  escalations=report.count(Act.ESCALATED))
    )  # fmt: skip
    for one, owed in report.made:
        limit = speak.say(f"inquiry.limit.{owed.due.limit}")
        say(f"  {one.inquiry_id}  {owed.due.post}: {limit}")


def figures(
    month: Annotated[
        str | None, typer.Option("--month", metavar="YYYY-MM", help="Only of this month of asking.")
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="MOMENT", help="As it was then (default: now)."),
    ] = None,
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:
    """How well the posts answer each other, by post and month of asking, beside the targets.

    Replies in time, first level and openings of questions belong to the post that was asked;
    closing in time, and openings of answers, to the post that asked.

    Example: datecertain inquiry figures -w october
    """
    moment = SystemClock().now() if as_of is None else parse_utc(as_of)
    with open_workspace(workspace) as opened:
        rows = inquiry_figures(opened, moment, demand_period(month) if month else "")
    if json_:
        say_json([telling_inquiries.figures_json(row) for row in rows])
        return
    head = ["post", "month", "received", "open", "in time", "first level", "closed", "to open"]
    say_table("Inquiries", head, [_row(row) for row in rows])
    say(*(f"Targets of {target}" for target in sorted({_targets(row) for row in rows})))


def _row(row: Figures) -> list[str]:
    def share(tally: Tally) -> str:
        percent = tally.percent()
        return "–" if percent is None else f"{tally.good}/{tally.of} {percent:.0f} %"

    minutes = row.minutes_to_open
    return [
        row.post, row.month, f"{row.received}", f"{row.running}", share(row.replies),
        share(row.first_level), share(row.closed),
        "–" if minutes is None else f"{minutes / 60:.1f} h",
    ]  # fmt: skip


def _targets(row: Figures) -> str:
    return (
        f"the terms: in time {row.target['on_time']} %, first level {row.target['first_level']} %, "
        f"closed {row.target['closed']} %, to open {row.open_hours} working hours on average."
    )


def export(
    post: Annotated[str, typer.Option("--with", metavar="POST", help="To and from this post.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The file to write.")],
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="MOMENT", help="Those to which something happened since."),
    ] = None,
    persons: Annotated[
        str | None,
        typer.Option("--persons", metavar="REASON", help="With names and words; why is recorded."),
    ] = None,
    actor: Annotated[
        str, typer.Option("--actor", envvar="DATECERTAIN_ACTOR", help="With --persons: who.")
    ] = "",
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Write the inquiries with a post as CSV with the fields of the posts' request forms.

    Names, addresses and words are left out, unless --persons says why they are needed.

    Example: datecertain inquiry export --with ES --out to-spain.csv -w october
    """
    if persons is not None and not actor:
        raise UsageError("--persons needs --actor: who asks for names is written down")
    wanted = None if persons is None else Done(actor, persons)
    moment = None if since is None else parse_utc(since)
    with open_workspace(workspace, write=wanted is not None) as opened:
        data, rows, many = export_inquiries(opened, post, SystemClock(), moment, wanted)
    out.touch(mode=0o600)
    out.write_bytes(data)
    if json_:
        say_json({"file": str(out), "rows": rows, "inquiries": many})
    else:
        say(words(lang).say("inquiry.exported", rows=rows, inquiries=many, file=out))


def send(
    post: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="POST", help="To this post (again: to several).",
                     show_default="every post that is asked"),
    ] = None,
    asking: Annotated[
        str, typer.Option("--from", metavar="POST", help="Only of inquiries of this post's.")
    ] = "",
    now: NowOption = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Put the inquiries that moved into WORKSPACE/outgoing/POST, for `inbox push` to send.

    A file for each post, as `inquiry export` writes it, without names; nothing new, no file.

    Example: datecertain inquiry send -w october
    """
    from datecertain.operations.inquiry_sending import send_inquiries  # noqa: PLC0415

    with open_workspace(workspace, write=True) as opened:
        sent = send_inquiries(opened, post or (), clock_of(now), asking)
    if json_:
        say_json({"files": [asdict(one) for one in sent]})
        return
    speak = words(lang)
    say(
        *(speak.say("inquiry.sent_to", post=one.post, rows=one.rows, inquiries=one.inquiries,
                    file=one.file) for one in sent),
        *([] if sent else [speak.say("inquiry.sent_nothing")]),
    )  # fmt: skip


def import_(
    file: Annotated[Path, typer.Argument(help="A file as `inquiry export` writes it.")],
    actor: ActorOption,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Take in a file of another post's inquiries and answers: good rows done, bad rows listed.

    Exit code 3: some rows could not be used. What stands in them is not told.

    Example: datecertain inquiry import from-china.csv --actor desk-es -w october
    """
    if not file.is_file():
        raise NotFound(f"{file} is not there: give a file of inquiries")
    with open_workspace(workspace, write=True) as opened:
        done = import_inquiries(opened, file.name, file.read_bytes(), SystemClock(), actor)
    counts = {"rows": done.rows, "new": done.new, "known": done.known,
              "bad": len(done.findings), "opened": done.opened, "events": done.events}  # fmt: skip
    if json_:
        bad = [{"position": one.position, "code": one.code, "detail": one.detail,
                "item": one.item} for one in done.findings]  # fmt: skip
        say_json(counts | {"findings": bad})
    else:
        say(words(lang).say("inquiry.imported", **counts))
        say(*(f"  {one.position}: {one.code}: {one.detail}" for one in done.findings))
    if done.findings:
        raise typer.Exit(SET_ASIDE)
