"""`datecertain net`: the fewest payments over accepted statements."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.options import JsonOption, Language, LanguageOption, WorkspaceOption
from datecertain.cli.output import heads, say, say_json, say_table
from datecertain.moments import format_date
from datecertain.operations.clock import SystemClock
from datecertain.operations.netting import net_round
from datecertain.operations.workspaces import open_workspace
from datecertain.wording import words


def net(
    without: Annotated[
        list[str] | None,
        typer.Option("--without", metavar="POST", help="A post that withdrew or does not pay."),
    ] = None,
    dry: Annotated[bool, typer.Option("--dry", help="Work it out, write nothing.")] = False,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Net all statements that both posts accepted: the fewest payments, in the payee's currency.

    What is contested is carried. Example: datecertain net --dry --without TH
    """
    with open_workspace(workspace, write=not dry) as opened:
        found = net_round(opened, SystemClock(), tuple(without or ()), dry)
    if json_:
        say_json({"number": found.number, "sha256": found.sha256, "silent": found.silent,
                  **found.round.plain})  # fmt: skip
        return
    speak, one = words(lang), found.round
    counts = {
        "statements": len(one.dues), "payments": len(one.payments),
        "method": speak.say(f"netting.method.{one.method}"),
    }  # fmt: skip
    if found.number:
        say(speak.say("netting.round", number=found.number, **counts))
    else:
        say(speak.say("netting.dry", **counts))
    say(*(speak.say("netting.silent", name=name) for name in found.silent))
    if one.without:
        posts = ", ".join(one.without)
        say(speak.say("netting.without", posts=posts, count=len(one.left_out)))
    say_table(
        "", heads(speak, "netting", "payment", "sdr", "currency", "until"),
        [(speak.say("netting.pays", payer=p.payer, payee=p.payee),
          speak.money(p.amount_usdr, "SDR"), speak.money(p.amount_minor, p.currency),
          format_date(p.due_on)) for p in one.payments],
    )  # fmt: skip
    say(f"SHA-256 {found.sha256}")
