"""`datecertain refunds …`: the refunds of a month, and what a switch of the mode costs."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.claims import NowOption, clock_of
from datecertain.cli.options import (
    LOOKS,
    JsonOption,
    Language,
    LanguageOption,
    WorkspaceOption,
    demand_period,
)
from datecertain.cli.output import coded, heads, progress, say, say_json, say_table
from datecertain.operations.workspaces import open_workspace
from datecertain.wording import words

app = typer.Typer(
    help="Refunds of a month: pay what is owed unasked, tell senders in time, look ahead.",
    no_args_is_help=True, **LOOKS,
)  # fmt: skip
MonthOption = Annotated[
    str, typer.Option("--month", metavar="YYYY-MM", help="Month of acceptance.")
]


@app.command()
def run(
    month: MonthOption,
    now: NowOption = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Refund what is owed unasked on automatic lanes; tell senders on the others in time.

    Run again it does nothing; on later verdicts it adds what changed.

    Example: datecertain refunds run --month 2026-10 -w october
    """
    from datecertain.operations.refund_runs import run_refunds  # noqa: PLC0415

    with (
        open_workspace(workspace, write=True) as opened,
        progress("refunds", quiet=json_) as step,
    ):
        report = run_refunds(opened, demand_period(month), clock_of(now), step)
    if json_:
        say_json(asdict(report))
        return
    speak = words(lang)
    if report.already_done:
        say(speak.say("refunds.before", month=month))
        return
    say(
        speak.say("refunds.granted", count=report.granted, for_sender=report.for_sender),
        *(f"  {speak.money(amount, currency)}"
          for currency, amount in sorted(report.amounts.items())),
        speak.say("refunds.changes", reversed=report.reversed, restored=report.restored,
                  changed=report.changed, kept=report.kept),
        speak.say("care.refunds.told", claimable=report.told.get("claimable", 0),
                  waiting=report.told.get("waiting", 0)),
    )  # fmt: skip
    if report.set_aside:
        say(speak.say("care.refunds.aside", count=report.set_aside))


@app.command()
def forecast(
    month: MonthOption,
    origin: Annotated[str, typer.Option("--from", metavar="POST")] = "",
    to: Annotated[str, typer.Option("--to", metavar="POST")] = "",
    now: NowOption = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """What the refunds of each lane cost in either mode, over a past month.

    Example: datecertain refunds forecast --month 2026-10 --from KR -w october
    """
    from datecertain.operations.refund_views import forecast as costs_of  # noqa: PLC0415

    with open_workspace(workspace) as opened:
        costs = costs_of(opened, demand_period(month), clock_of(now).now())
    costs = [
        one for one in costs if origin in ("", one.origin) and to in ("", one.destination)
    ]  # fmt: skip
    if json_:
        say_json({"lanes": [asdict(one) | {"switch_minor": one.switch_minor} for one in costs]})
        return
    speak = words(lang)
    say_table(
        speak.say("refunds.forecast", month=month),
        heads(speak, "refunds", "lane", "owed", "automatic", "claimed", "granted", "difference"),
        [
            (f"{one.origin}–{one.destination}", speak.count(one.owed),
             speak.money(one.automatic_minor, one.currency), speak.count(one.claimed),
             speak.money(one.claimed_minor, one.currency),
             speak.money(one.switch_minor, one.currency))
            for one in costs
        ],
    )  # fmt: skip


@app.command("list")
def list_(
    month: MonthOption,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """What was refunded of a month, by post, mode and ground.

    Example: datecertain refunds list --month 2026-10 -w october
    """
    from datecertain.operations.refund_views import refund_totals  # noqa: PLC0415

    with open_workspace(workspace) as opened:
        rows = refund_totals(opened, demand_period(month))
    if json_:
        say_json({"refunds": rows})
        return
    speak = words(lang)
    say_table(
        speak.say("refunds.title", month=month),
        heads(speak, "refunds", "post", "mode", "ground", "refunds", "amount"),
        [
            (row["origin"], coded(speak, "care.mode", row["mode"]),
             coded(speak, "claim.reason", row["ground"]), speak.count(row["refunds"]),
             speak.money(row["amount_minor"], row["currency"]))
            for row in rows
        ],
    )  # fmt: skip
