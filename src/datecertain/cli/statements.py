"""`datecertain statement`: statements between two posts, from provisional to settled."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from datecertain.access import keeper
from datecertain.cli.options import (
    LOOKS,
    ActorOption,
    JsonOption,
    Language,
    LanguageOption,
    PeriodOption,
    WorkspaceOption,
    demand_period,
)
from datecertain.cli.output import heads, say, say_json, say_table
from datecertain.errors import NotFound
from datecertain.moments import DAY, format_utc
from datecertain.operations.clock import SystemClock
from datecertain.operations.closing import finalise
from datecertain.operations.statements import (
    Standee,
    accept,
    find_statement,
    former_version,
    list_statements,
    pair_of,
    say_of_statement,
)
from datecertain.operations.telling_statements import statement_as_json
from datecertain.operations.workspaces import open_workspace
from datecertain.settlement import difference, items_csv, lines_csv, statement_text
from datecertain.settlement.differences import told, told_basis
from datecertain.settlement.life import Act
from datecertain.settlement.statements import statement_of
from datecertain.wording import Words, words
from datecertain.wording.told_back import told_text

app = typer.Typer(help="Statements between two posts.", no_args_is_help=True, **LOOKS)

#: Who does it, where it is not said.
_KEEPER = keeper().name
#: Two statements are not the same.
DIFFERS = 4

PairOption = Annotated[str, typer.Option("--pair", metavar="KR-US", help="The two posts.")]
ByOption = Annotated[str, typer.Option("--by", metavar="POST", help="The post that says so.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, in words for the other post.")]
LineOption = Annotated[int, typer.Option("--line", min=1, help="The line of the statement.")]
ItemOption = Annotated[str, typer.Option("--item", help="Only this item of the line.")]
VersionOption = Annotated[
    int | None, typer.Option("--version", min=1, help="This version (default: the latest).")
]


@app.callback()
def statement() -> None:
    """Statements between two posts, from provisional to settled."""


@app.command("list")
def list_(
    period: Annotated[
        str | None, typer.Option("--period", metavar="YYYY-MM", help="Only of this month.")
    ] = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """The statements and how they stand, with the age of what is contested.

    Example: datecertain statement list --period 2026-10
    """
    with open_workspace(workspace) as opened:
        found = list_statements(opened, demand_period(period) if period else None)
    if json_:
        say_json([statement_as_json(one, keeper()) for one in found])
        return
    speak, now = words(lang), SystemClock().now()
    rows = []
    for one in found:
        stands = one.standing
        oldest = max((now - dispute.since for dispute in stands.open), default=0) // DAY
        rows.append(
            (f"{one.statement.period} {'-'.join(one.pair)} v{one.version}",
             speak.say(f"settlement.state.{stands.state}"),
             str(len(stands.open)), str(oldest) if stands.open else "",
             speak.money(one.statement.net_usdr, "SDR"))
        )  # fmt: skip
    columns = heads(speak, "statements", "statement", "state", "contested", "days", "net")
    say_table("", columns, rows)


@app.command("show")
def show(
    period: PeriodOption,
    pair: PairOption,
    version: VersionOption = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """A statement: its lines, how it stands, what was said of it, what changed since the version
    before.

    Example: datecertain statement show --period 2026-10 --pair KR-US
    """
    with open_workspace(workspace) as opened:
        found = find_statement(opened, demand_period(period), pair_of(pair), version)
        before = former_version(opened, found)
    if json_:
        say_json(statement_as_json(found, keeper()))
        return
    speak = words(lang)
    say(statement_text(found.statement, speak).rstrip())
    _say_standing(found, speak)
    if before is not None:
        say(*told(difference(before.statement, found.statement), speak, "versions"))


@app.command("export")
def export(
    period: PeriodOption,
    pair: PairOption,
    to: Annotated[Path, typer.Option("--to", help="Folder for the files.")] = Path(),
    version: VersionOption = None,
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:
    """Write a statement for the other post: the frozen text (JSON, its SHA-256 is the statement's
    hash), and its lines and items as CSV.

    Example: datecertain statement export --period 2026-10 --pair KR-US --to out
    """
    with open_workspace(workspace) as opened:
        found = find_statement(opened, demand_period(period), pair_of(pair), version)
    to.mkdir(parents=True, exist_ok=True)
    name = f"statement.{period}.{'-'.join(found.pair)}.v{found.version}"
    files = {
        "statement": to / f"{name}.json", "lines": to / f"{name}.lines.csv",
        "items": to / f"{name}.items.csv",
    }  # fmt: skip
    files["statement"].write_bytes(found.statement.content)
    files["lines"].write_text(lines_csv(found.statement), encoding="utf-8")
    files["items"].write_text(items_csv(found.statement), encoding="utf-8")
    if json_:
        plain = {kind: str(path) for kind, path in files.items()}
        say_json(plain | {"sha256": found.statement.sha256})
    else:
        say(*map(str, files.values()), f"SHA-256 {found.statement.sha256}")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The other post's statement.")],
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Compare the other post's statement with one's own, line by line and item by item.

    Changes nothing here. Exit code 4 when they differ. Example: datecertain statement import
    statement.2026-10.KR-US.v1.json
    """
    if not file.is_file():
        raise NotFound(f"there is no file {file.name}: give the JSON that the other post exported")
    theirs = statement_of(file.read_bytes())
    with open_workspace(workspace) as opened:
        ours = find_statement(opened, theirs.period, (theirs.one, theirs.other)).statement
    changes, speak = difference(ours, theirs), words(lang)
    basis = told_basis(ours, theirs, speak) if changes else []
    lines = told(changes, speak, "posts") or [speak.say("settlement.difference.none")]
    same = ours.sha256 == theirs.sha256
    if json_:
        say_json({"same_lines": not changes, "same_text": same, "ours": ours.sha256,
                  "theirs": theirs.sha256, "differences": lines if changes else [],
                  "basis": basis})  # fmt: skip
    else:
        say(f"{theirs.period} {theirs.one}-{theirs.other}", *lines, *basis)
        say(speak.say("statements.ours", sha256=ours.sha256),
            speak.say("statements.theirs", sha256=theirs.sha256))  # fmt: skip
    if changes:
        raise typer.Exit(DIFFERS)


@app.command("finalise")
def finalise_(
    period: PeriodOption,
    waived: Annotated[
        str,
        typer.Option("--waived", metavar="REASON", help="Why the posts waive the contest window."),
    ] = "",
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Make the statements of a month final, when it can no longer be contested: from then on what
    changes is booked in the next month that is settled.

    Example: datecertain statement finalise --period 2026-10
    """
    with open_workspace(workspace, write=True) as opened:
        count = finalise(opened, demand_period(period), waived, SystemClock())
    if json_:
        say_json({"period": period, "final": count})
    else:
        say(words(lang).say("statements.final", count=count, period=period))


@app.command("accept")
def accept_(
    period: PeriodOption,
    pair: PairOption,
    by: ByOption,
    in_part: Annotated[
        bool, typer.Option("--in-part", help="All but what is contested, which is carried.")
    ] = False,
    reason: ReasonOption = "",
    actor: ActorOption = _KEEPER,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """A post accepts a final statement, whole or in part; when both have, it can be netted.

    Example: datecertain statement accept --period 2026-10 --pair KR-US --by KR
    """
    with open_workspace(workspace, write=True) as opened:
        found = accept(
            opened, demand_period(period), pair_of(pair), by, in_part, reason, SystemClock(), actor
        )
    _answer(found, lang, json_)


@app.command("dispute")
def dispute(
    period: PeriodOption,
    pair: PairOption,
    by: ByOption,
    line: LineOption,
    reason: ReasonOption,
    item: ItemOption = "",
    actor: ActorOption = _KEEPER,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """A post contests a line, or one item of it, with its reason.

    Example: datecertain statement dispute --period 2026-10 --pair KR-US --by US --line 1
    --item EE000000005KR --reason "handed over on the 21st"
    """
    _say_of(Act.DISPUTED, (period, pair, by, line, item, reason, actor), workspace, lang, json_)


@app.command("answer")
def answer(
    period: PeriodOption,
    pair: PairOption,
    by: ByOption,
    line: LineOption,
    reason: ReasonOption,
    concede: Annotated[
        bool, typer.Option("--concede/--maintain", help="Agree, or stand by the line.")
    ],
    item: ItemOption = "",
    actor: ActorOption = _KEEPER,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """The other post answers what is contested. What is conceded is corrected by the next month
    that is settled, and stays out of netting until then.

    Example: datecertain statement answer --period 2026-10 --pair KR-US --by KR --line 1 --maintain
    --reason "our scan says the 22nd"
    """
    act = Act.CONCEDED if concede else Act.MAINTAINED
    _say_of(act, (period, pair, by, line, item, reason, actor), workspace, lang, json_)


@app.command("withdraw")
def withdraw(
    period: PeriodOption,
    pair: PairOption,
    by: ByOption,
    line: LineOption,
    reason: ReasonOption = "",
    item: ItemOption = "",
    actor: ActorOption = _KEEPER,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """The post that contested a line or an item does so no longer.

    Example: datecertain statement withdraw --period 2026-10 --pair KR-US --by US --line 1
    """
    _say_of(Act.WITHDRAWN, (period, pair, by, line, item, reason, actor), workspace, lang, json_)


def _say_of(
    act: Act, said: tuple[str, str, str, int, str, str, str], workspace: Path, lang: Language,
    json_: bool,
) -> None:  # fmt: skip
    period, pair, by, line, item, reason, actor = said
    with open_workspace(workspace, write=True) as opened:
        found = say_of_statement(
            opened, demand_period(period), pair_of(pair), act, by, reason, SystemClock(), (line,),
            item, actor,
        )  # fmt: skip
    _answer(found, lang, json_)


def _answer(found: Standee, lang: Language, json_: bool) -> None:
    if json_:
        say_json(statement_as_json(found, keeper()))
    else:
        _say_standing(found, words(lang))


def _say_standing(found: Standee, speak: Words) -> None:
    stands = found.standing
    state = speak.say(f"settlement.state.{stands.state}")
    say(speak.say("settlement.statement.state", version=found.version, state=state))
    say(*(_event(event, speak) for event in found.events if not event.line))
    for one in stands.disputes:
        say(
            speak.say(
                "settlement.statement.dispute",
                line=one.line,
                item=f", {one.item}" if one.item else "",
                state=speak.say(f"settlement.act.{one.state}"),
                amount=speak.money(one.amount_usdr, "SDR"),
                post=one.by,
                date=speak.date(one.since // DAY),
                reason=" / ".join(text for text in one.reasons if text),
            )
        )


def _event(event: Any, speak: Words) -> str:
    by = f"{event.actor} ({event.account})" if event.account and event.actor else event.actor
    why = event.reason if event.account else told_text(event.reason, speak)
    said = [format_utc(event.at), speak.say(f"settlement.act.{event.act}"), by, why]
    return "  ".join(part for part in said if part)
