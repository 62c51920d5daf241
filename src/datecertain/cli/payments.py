"""`datecertain payment`: what was paid of the rounds of netting, and interest on what was late."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from datecertain.cli.options import LOOKS, JsonOption, Language, LanguageOption, WorkspaceOption
from datecertain.cli.output import heads, say, say_json, say_table
from datecertain.moments import DAY, format_date, format_utc, parse_date
from datecertain.operations.clock import SystemClock
from datecertain.operations.late_payments import Payable, list_payables, tell_payment
from datecertain.operations.workspaces import open_workspace
from datecertain.wording import words

app = typer.Typer(help="Payments of the rounds of netting.", no_args_is_help=True, **LOOKS)


@app.callback()
def payment() -> None:
    """Payments of the rounds of netting: told, corrected, listed with their interest."""


@app.command("made")
def made(
    round_: Annotated[int, typer.Option("--round", help="The number of the round.")],
    payer: Annotated[str, typer.Option("--payer", metavar="POST", help="Who paid.")],
    payee: Annotated[str, typer.Option("--payee", metavar="POST", help="Who was paid.")],
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="The day of payment.")],
    by: Annotated[str, typer.Option("--by", metavar="POST", help="The post that tells it.")],
    amount: Annotated[
        int | None,
        typer.Option("--amount", metavar="MICRO-SDR", help="Default: all that is open."),
    ] = None,
    corrects: Annotated[
        int | None,
        typer.Option("--corrects", metavar="NUMBER", help="What was told wrongly, by its number."),
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why, or the bank's reference.")] = "",
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Write down that a payment of a round was made, or correct what was told of it.

    The month that is settled next carries the interest. Amount 0 with --corrects: it was not paid.

    Example: datecertain payment made --round 1 --payer JP --payee KR --on 2027-01-20 --by KR
    """
    clock = SystemClock()
    with open_workspace(workspace, write=True) as opened:
        found = tell_payment(
            opened, round_, (payer.upper(), payee.upper()), parse_date(on), amount, corrects,
            by.upper(), reason, clock,
        )  # fmt: skip
    _show([found], clock.now() // DAY, lang, json_)


@app.command("list")
def list_(
    round_: Annotated[int | None, typer.Option("--round", help="Only of this round.")] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="DATE", help="Interest up to this day (default: today)."),
    ] = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """What each payment comes to, what is open, and the interest so far.

    Example: datecertain payment list --round 1 --until 2027-01-31
    """
    day = SystemClock().now() // DAY if until is None else parse_date(until)
    with open_workspace(workspace) as opened:
        found = list_payables(opened, round_)
    _show(list(found), day, lang, json_)


def _plain(one: Payable, until: int) -> dict[str, Any]:
    interest = one.interest(until)
    return asdict(one.owed) | {
        "due_on": format_date(one.owed.due_on), "open_usdr": one.open_usdr,
        "interest_usdr": interest.amount_usdr, "until": format_date(until),
        "stretches": [
            asdict(part) | {"after": format_date(part.after), "until": format_date(part.until)}
            for part in interest.stretches
        ],
        "told": [
            asdict(told) | {"paid_on": format_date(told.paid_on), "at": format_utc(told.at)}
            for told in one.told
        ],
    }  # fmt: skip


def _show(found: list[Payable], until: int, lang: Language, json_: bool) -> None:
    if json_:
        say_json([_plain(one, until) for one in found])
        return
    speak = words(lang)
    say_table(
        speak.say("payments.title", date=format_date(until)),
        heads(speak, "payments", "round", "payment", "due", "owed", "open", "interest"),
        [(str(one.owed.round),
          speak.say("netting.pays", payer=one.owed.payer, payee=one.owed.payee),
          format_date(one.owed.due_on), speak.money(one.owed.amount_usdr, "SDR"),
          speak.money(one.open_usdr, "SDR"),
          speak.money(one.interest(until).amount_usdr, "SDR")) for one in found],
    )  # fmt: skip
    for one in found:
        for told in one.told:
            text = speak.say(
                "payments.replaced" if told.replaced else "payments.told", round=one.owed.round,
                payer=one.owed.payer, payee=one.owed.payee, number=told.seq,
                amount=speak.money(told.amount_usdr, "SDR"), date=format_date(told.paid_on),
                post=told.actor,
            )  # fmt: skip
            say(f"{text} {told.reason}".rstrip())
