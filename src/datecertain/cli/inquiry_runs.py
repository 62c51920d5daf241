"""`datecertain inquiry remind`, `figures`, `export`, `import`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datecertain.claims.inquiries import Act
from datecertain.claims.inquiry_figures import Figures, Tally
from datecertain.cli.options import (
    ActorOption,
    JsonOption,
    Language,
    LanguageOption,
    WorkspaceOption,
)
from datecertain.cli.output import say, say_json, say_table
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
        ("remind", remind_), ("figures", figures), ("export", export), ("import", import_),
    ):  # fmt: skip
        app.command(name)(command)


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
        rows = inquiry_figures(opened, moment)
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
