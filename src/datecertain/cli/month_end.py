"""`datecertain journal accruals` and `datecertain journal ageing`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.options import (
    JsonOption,
    Language,
    LanguageOption,
    PeriodOption,
    WorkspaceOption,
    demand_period,
)
from datecertain.cli.output import heads, say, say_json, say_table
from datecertain.moments import DAY, format_date, parse_date
from datecertain.operations.clock import SystemClock
from datecertain.operations.month_end import accrue_month
from datecertain.operations.month_end import ageing as aged
from datecertain.operations.workspaces import open_workspace
from datecertain.settlement import load_tariff
from datecertain.wording import Words, words
from datecertain.wording.told_back import told_text

TariffOption = Annotated[
    Path | None,
    typer.Option("--tariff", help="A tariff file (default: the bundled illustrative one)."),
]


def accruals(
    period: PeriodOption,
    tariff: TariffOption = None,
    dry: Annotated[bool, typer.Option("--dry", help="Work it out, book nothing.")] = False,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Book what open items and contested amounts may cost at a month's end, and its reversal.

    Bounds low and high; what is booked between them is the tariff's `month_end` row. Again on the
    same facts nothing is booked. Example: datecertain journal accruals --period 2026-10 --dry
    """
    given = load_tariff(tariff) if tariff else None
    with open_workspace(workspace, write=not dry) as opened:
        found = accrue_month(opened, demand_period(period), SystemClock(), given, dry)
    if json_:
        say_json(asdict(found))
        return
    speak = words(lang)
    say_table(
        speak.say("books.accruals", month=found.period),
        heads(speak, "accruals", "books", "for", "items", "low", "high", "accrued"),
        [(one.owner, _for(speak, one.detail), str(one.items),
          *(speak.money(amount, one.currency) for amount in (one.low, one.high, one.booked)))
         for one in found.accruals],
    )  # fmt: skip
    say(*(told_text(finding, speak) for finding in found.findings))
    say(speak.say("accruals.dry" if dry else "accruals.booked", lines=found.lines))


def _for(speak: Words, detail: str) -> str:
    """What is accrued for: `refund.pending.KR-US`, `contested.2026-10.KR-US.3`."""
    kind, _, about = detail.partition(".")
    if kind == "refund":
        outcome, _, about = about.partition(".")
        kind = f"{kind}.{outcome}"
    return speak.say(f"accruals.for.{kind}", about=about)


def ageing(
    on: Annotated[
        str | None, typer.Option("--on", metavar="DATE", help="As of this day (default: today).")
    ] = None,
    tariff: TariffOption = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """How old what is not settled is: unpaid, accepted, final, provisional, contested.

    Gross and net, in buckets of days. Example: datecertain journal ageing --on 2026-12-31
    """
    day = SystemClock().now() // DAY if on is None else parse_date(on)
    given = load_tariff(tariff) if tariff else None
    with open_workspace(workspace) as opened:
        found = aged(opened, day, given)
    if json_:
        say_json([asdict(one) | {"since": format_date(one.since)} for one in found])
        return
    speak = words(lang)
    say_table(
        speak.say("ageing.title", date=format_date(day)),
        heads(speak, "ageing", "what", "", "creditor", "debtor", "gross", "net", "since", "days"),
        [(speak.say(f"ageing.what.{one.what}"), told_text(one.name, speak), one.creditor,
          one.debtor, speak.money(one.gross_usdr, "SDR"), speak.money(one.net_usdr, "SDR"),
          format_date(one.since), _bucket(speak, one.bucket)) for one in found],
    )  # fmt: skip


def _bucket(speak: Words, name: str) -> str:
    """A bucket of days: `not due`, `0-30`, `over 90`, `any`."""
    if name in ("not due", "any"):
        return speak.say(f"ageing.{name.replace(' ', '_')}")
    over = name.startswith("over ")
    return speak.say("ageing.over" if over else "ageing.days", days=name.removeprefix("over "))
