"""`datecertain journal`: prove the books, read entries, balances of any past moment."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from datecertain.cli.month_end import accruals, ageing
from datecertain.cli.options import (
    LOOKS,
    JsonOption,
    Language,
    LanguageOption,
    WorkspaceOption,
    demand_period,
)
from datecertain.cli.output import heads, say, say_json, say_table
from datecertain.moments import format_date, parse_date, parse_utc
from datecertain.operations.books import SHOWN, book_balances, journal_entries, prove_journal
from datecertain.operations.workspaces import open_workspace
from datecertain.settlement import JournalEntry, reason_label
from datecertain.wording import Words, words

app = typer.Typer(help="The books: proved, read, summed.", no_args_is_help=True, **LOOKS)

#: The books do not hold what they should.
NOT_WHOLE = 4


@app.callback()
def journal() -> None:
    """The books: proved, read, summed."""


app.command("accruals")(accruals)
app.command("ageing")(ageing)


@app.command("verify")
def verify(
    kept: Annotated[
        str | None,
        typer.Option(
            "--kept", metavar="DIGEST",
            help="A digest that was noted earlier or elsewhere: it must be in the chain.",
        ),
    ] = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Prove the chain of digests and that every entry sums to zero.

    Lines cut off at the end show only against a digest that was kept. Exit code 4 when it is not in
    the chain. Example: datecertain journal verify --kept 9f3c…
    """
    with open_workspace(workspace) as opened:
        found = prove_journal(opened, kept)
    if json_:
        say_json(asdict(found))
    else:
        speak = words(lang)
        say(speak.say("journal.proved", lines=found.lines, digest=found.digest))
        if kept is not None:
            say(speak.say("journal.kept" if found.holds else "journal.gone"))
    if not found.holds:
        raise typer.Exit(NOT_WHOLE)


@app.command("show")
def show(
    period: Annotated[
        str | None, typer.Option("--period", metavar="YYYY-MM", help="Entries of this period.")
    ] = None,
    item: Annotated[str | None, typer.Option("--item", help="Entries about this item.")] = None,
    entry: Annotated[str | None, typer.Option("--entry", help="The entry with this id.")] = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Entries with their lines, at most 200: debit positive, credit negative.

    Example: datecertain journal show --item EE000000005KR
    """
    with open_workspace(workspace) as opened:
        found = journal_entries(opened, demand_period(period) if period else None, item, entry)
    if json_:
        say_json([_plain(one) for one in found])
        return
    speak = words(lang)
    for one in found:
        about = f", {one.item_id}" if one.item_id else ""
        say(f"{one.entry_id}  {format_date(one.value_on)}  "
            f"{reason_label(one.reason, speak)}{about}")  # fmt: skip
        say(*(f"  {line.owner}  {line.account:24}  "
              f"{_with(speak, line.counterparty):8}  "
              f"{speak.money(line.amount, line.currency):>24}" for line in one.lines))  # fmt: skip
    if len(found) == SHOWN:
        say(speak.say("journal.first", count=SHOWN))


def _with(speak: Words, counterparty: str) -> str:
    """A post, or the senders."""
    return speak.label(f"journal.with.{counterparty}", counterparty)


def _plain(entry: JournalEntry) -> dict[str, Any]:
    return asdict(entry) | {"reason": entry.reason.text, "value_on": format_date(entry.value_on)}


@app.command("balance")
def balance(
    at: Annotated[
        str | None,
        typer.Option(
            "--at", metavar="MOMENT",
            help="As the books stood then, such as 2026-11-23T00:00Z (default: now).",
        ),
    ] = None,
    value_on: Annotated[
        str | None,
        typer.Option("--value-on", metavar="DATE", help="Only what has its value by this day."),
    ] = None,
    post: Annotated[str | None, typer.Option("--post", help="The books of this post.")] = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """What stood on every account at any past moment, with the digest that proves it.

    Example: datecertain journal balance --at 2026-12-01T00:00Z --post KR
    """
    moment = None if at is None else parse_utc(at)
    day = None if value_on is None else parse_date(value_on)
    with open_workspace(workspace) as opened:
        found = book_balances(opened, moment, day, post and post.upper())
    if json_:
        say_json(asdict(found))
        return
    speak = words(lang)
    say_table(
        speak.say("journal.balances"),
        heads(speak, "journal", "books", "account", "with", "amount"),
        [(row.owner, row.account, _with(speak, row.counterparty),
          speak.money(row.amount, row.currency)) for row in found.rows],
    )  # fmt: skip
    say(speak.say("journal.until", lines=found.lines, digest=found.digest))
