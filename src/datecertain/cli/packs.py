"""`datecertain pack`: the paper for the chief executives' meeting, and `pack action`: its register
of what was decided."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from datecertain.cli.claims import NowOption, clock_of
from datecertain.cli.options import (
    LOOKS,
    ActorOption,
    JsonOption,
    Language,
    LanguageOption,
    WorkspaceOption,
    demand_period,
    demand_periods,
)
from datecertain.cli.output import progress, say, say_json, say_table
from datecertain.errors import UsageError
from datecertain.moments import format_date, parse_date
from datecertain.wording import LANGUAGES, words

if TYPE_CHECKING:
    from datecertain.planning.meeting import Pack

app = typer.Typer(help="The paper for the chief executives' meeting, and its action register.",
                  invoke_without_command=True, **LOOKS)  # fmt: skip
actions = typer.Typer(help="What meetings decided: by whom, until when, with what result.",
                      no_args_is_help=True, **LOOKS)  # fmt: skip
app.add_typer(actions, name="action")


class PackLanguage(StrEnum):
    """Languages in which the paper is written."""

    EN = "en"
    KO = "ko"
    BOTH = "both"


@app.callback()
def pack(
    context: typer.Context,
    period: Annotated[
        str | None,
        typer.Option("--period", metavar="YYYY-MM", help="Month of acceptance."),
    ] = None,
    first: Annotated[
        str | None,
        typer.Option("--from", metavar="YYYY-MM", help="First month, instead of --period."),
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="YYYY-MM", help="Last month (with --from).")
    ] = None,
    decisions: Annotated[
        Path | None,
        typer.Option("--decisions", metavar="FILE", help="TOML: what the meeting is asked for."),
    ] = None,
    lang: Annotated[
        PackLanguage, typer.Option("--lang", help="Language of the paper.")
    ] = PackLanguage.BOTH,
    service: Annotated[
        list[Path] | None,
        typer.Option("--service", metavar="FILE", help="TOML: a new service to be tried "
                     "(docs/reference/replays.md); may be repeated."),
    ] = None,
    published: Annotated[
        bool,
        typer.Option("--published", help="As the group may publish it to every post: no items, no "
                     "figure of a few, no money of a post."),
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FOLDER", help="Where the files go.")
    ] = None,
    now: NowOption = None,
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """The paper for the chief executives' meeting from the facts: a web page and a PDF in each
    language, one page a subject, `pack.json` with every figure and what it rests on, and the
    explanations of the items that it names.

    The same facts and --now give the same bytes.
    Example: datecertain pack --period 2026-10 --out meeting --decisions decisions.toml
    """
    if context.invoked_subcommand is not None:
        return
    from datecertain.operations.packing import make_pack, read_decisions  # noqa: PLC0415
    from datecertain.operations.replay_services import read_service  # noqa: PLC0415
    from datecertain.operations.workspaces import open_workspace  # noqa: PLC0415
    from datecertain.web.pack import write_pack  # noqa: PLC0415

    if out is None:
        raise typer.BadParameter("name a folder: --out meeting", param_hint="--out")
    months = _months(period, first, last)
    asked = read_decisions(decisions) if decisions else []
    services = [read_service(file) for file in service or ()]
    languages = LANGUAGES if lang is PackLanguage.BOTH else (str(lang),)
    clock = clock_of(now)
    with open_workspace(workspace) as opened, progress("pack", quiet=json_) as told:
        made = make_pack(opened, months, clock, asked, services, told=told, published=published)
        files = write_pack(opened, made, languages, out, clock)
    if json_:
        say_json(made.as_json() | {"files": [str(path) for path in files]})
        return
    _summary(made, Language.KO if lang is PackLanguage.KO else Language.EN)
    said = [path for path in files if path.parent == out]
    say(*map(str, said))
    if len(files) > len(said):
        say(f"{len(files) - len(said)} explanations in {out / 'items'}")


def _months(period: str | None, first: str | None, last: str | None) -> list[str]:
    if (period is None) is (first is None):
        raise UsageError("name a month (--period 2026-10), or --from 2026-07 --to 2026-12")
    if period is not None:
        if last is not None:
            raise UsageError("--to goes with --from; --period is one month")
        return [demand_period(period)]
    return demand_periods(first or "", last)


def _summary(made: Pack, lang: Language) -> None:
    """What stands on the pages, in a line each."""
    from datecertain.web.pack_words import PackWords  # noqa: PLC0415

    speak = PackWords(made, lang)
    for page in made.pages:
        told = ", ".join(
            f"{speak.say(f'figure.{one.key}')} {speak.figure(one)}" for one in page.figures
        )
        say(f"{speak.say(f'page.{page.subject}')}: {told}")


@actions.command("add")
def add(
    meeting: Annotated[str, typer.Option("--meeting", metavar="DATE", help="Day of the meeting.")],
    owner: Annotated[str, typer.Option("--owner", metavar="POST", help="Who has to do it.")],
    due: Annotated[str, typer.Option("--due", metavar="DATE", help="Until when.")],
    en: Annotated[str, typer.Option("--en", metavar="TEXT", help="What, in English.")],
    ko: Annotated[str, typer.Option("--ko", metavar="TEXT", help="What, in Korean.")],
    figure: Annotated[
        str,
        typer.Option(
            "--figure", help="What it shall move: on_time:KR>US, on_time:all or complete:US."
        ),
    ] = "",
    period: Annotated[
        str,
        typer.Option("--period", metavar="YYYY-MM",
                     help="With --figure: the month that stood before the meeting."),
    ] = "",
    actor: ActorOption = "cli",
    now: NowOption = None,
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Write down what a meeting decided; its figure is measured from the facts and kept beside it.

    Example: datecertain pack action add --meeting 2026-11-30 --owner US --due 2027-03-31
    --en "Release Chicago two hours earlier" --ko "시카고 인도 2시간 단축" --figure "on_time:KR>US"
    --period 2026-10
    """
    from datecertain.operations.meeting_actions import Decided, add_action  # noqa: PLC0415
    from datecertain.operations.workspaces import open_workspace  # noqa: PLC0415

    decided = Decided(
        parse_date(meeting), owner.upper(), parse_date(due), en, ko, figure,
        demand_period(period) if period else "",
    )  # fmt: skip
    with open_workspace(workspace, write=True) as opened:
        number = add_action(opened, decided, actor, clock_of(now))
    if json_:
        say_json({"action": number})
    else:
        say(f"Action {number}: {owner.upper()}, until {format_date(decided.due_on)}.")


@actions.command("done")
def done(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="The action's number.")],
    note: Annotated[str, typer.Option("--note", help="What was done.")] = "",
    actor: ActorOption = "cli",
    now: NowOption = None,
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:
    """Write down that an action is done. What it moved is measured, not told.

    Example: datecertain pack action done 1 --note "in force since 1 February"
    """
    from datecertain.operations.meeting_actions import finish_action  # noqa: PLC0415
    from datecertain.operations.workspaces import open_workspace  # noqa: PLC0415

    with open_workspace(workspace, write=True) as opened:
        new = finish_action(opened, number, note, actor, clock_of(now))
    if json_:
        say_json({"action": number, "new": new})
    else:
        say(f"Action {number} is done." if new else f"Action {number} was done before.")


@actions.command("list")
def list_(
    period: Annotated[
        str | None,
        typer.Option("--period", metavar="YYYY-MM", help="Measure the figures in this month."),
    ] = None,
    now: NowOption = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """The register: every action, its state, and its figure at the meeting and in a month.

    Example: datecertain pack action list --period 2027-03 --json
    """
    from datecertain.operations.meeting_actions import list_actions  # noqa: PLC0415
    from datecertain.operations.workspaces import open_workspace  # noqa: PLC0415

    month = demand_period(period) if period else None
    with open_workspace(workspace) as opened:
        rows = list_actions(opened, month, clock_of(now).now())
    if json_:
        say_json({"actions": rows})
        return
    speak = words(lang)

    def share(value: float | None) -> str:
        return "–" if value is None else speak.share(value)

    heads = ("number", "title", "owner", "due", "state", "at_meeting", "now")
    say_table("", [speak.say(f"pack.column.{name}") for name in heads], [
        (str(row["action"]), row["title"][lang], row["owner"], row["due"],
         speak.say(f"pack.state.{row['state']}"), share(row["at_meeting"]["share"]),
         share(row["now"]["share"]))
        for row in rows
    ])  # fmt: skip
