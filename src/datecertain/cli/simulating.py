"""`datecertain simulate` and `datecertain demo`."""

from __future__ import annotations

import shutil
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.options import (
    JsonOption,
    Language,
    LanguageOption,
    PeriodOption,
    demand_period,
)
from datecertain.cli.output import progress, say, say_json
from datecertain.cli.settling import show_summary, write_report
from datecertain.errors import UsageError
from datecertain.operations.clock import SystemClock
from datecertain.operations.demonstrating import (
    DEMO_ITEMS,
    DEMO_MONTH,
    Demonstration,
    demonstrate,
    month_plan,
    write_month,
)
from datecertain.operations.workspaces import open_workspace
from datecertain.wording import Words, words


def simulate(
    folder: Annotated[Path, typer.Argument(help="Folder for the mailbox and the truth.")],
    items: Annotated[int, typer.Option("--items", min=1, help="How many items.")] = DEMO_ITEMS,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same bytes.")] = 20261001,
    period: PeriodOption = "2026-10",
    json_: JsonOption = False,
) -> None:
    """Write a month of synthetic traffic: FOLDER/mailbox as posts would send it, and what really
    happened in FOLDER/truth.parquet, which no other command reads.

    Example: datecertain simulate october --items 5000
    """
    plan = month_plan(demand_period(period), items, seed)
    with progress("simulate", quiet=json_) as told:
        report = write_month(plan, folder, told)
    if json_:
        say_json(asdict(report) | {"mailbox": str(folder / "mailbox")})
    else:
        say(
            f"{report.acceptances:,} items, {report.events:,} events in {report.interchanges:,} "
            f"interchanges and {report.files:,} files below {folder / 'mailbox'} (synthetic)."
        )


def demo(
    workspace: Annotated[
        Path, typer.Option("--workspace", "-w", help="A new folder, or an earlier demo's.")
    ] = Path("demo"),
    items: Annotated[int, typer.Option("--items", min=100, help="How many items.")] = DEMO_ITEMS,
    serve: Annotated[
        bool | None,
        typer.Option(
            "--serve/--no-serve", show_default="at a terminal",
            help="Start the server in the end, with somebody at every desk.",
        ),
    ] = None,
    port: Annotated[int, typer.Option("--port", min=0, max=65_535, help="Of the server.")] = 8765,
    lang: LanguageOption = Language.EN,
) -> None:  # fmt: skip
    """A month of synthetic mail between the ten posts, from messages to netted statements, then its
    pages: at a terminal the server is started, until Ctrl-C.

    Example: datecertain demo --items 5000 --serve
    """
    if workspace.exists() and any(workspace.iterdir()):
        if not (workspace / "DEMO").is_file():
            raise UsageError(f"{workspace} is no earlier demo: give an empty or new folder")
        shutil.rmtree(workspace)
    workspace.mkdir(parents=True, exist_ok=True)
    (workspace / "DEMO").write_text("Made by `datecertain demo`; may be deleted.\n")
    speak = words(lang)
    began = time.monotonic()

    def stage(label: str) -> None:
        say(f"[{time.monotonic() - began:5.1f} s] {speak.say(f'demo.{label}')}")

    clock = SystemClock()
    shown = demonstrate(workspace, items, clock, stage)
    pages = write_report(shown.report, workspace / "reports")
    took = time.monotonic() - began
    stage("pack")
    from datecertain.web.pack import keep_published_pack  # noqa: PLC0415 - the typesetter is large

    with open_workspace(workspace) as opened:
        keep_published_pack(opened, [DEMO_MONTH], "demo", clock)
    say("")
    show_summary(shown.report, speak)
    say("", *_ending(shown, workspace, str(pages[lang]), speak, took))
    serves = sys.stdout.isatty() if serve is None else serve
    say("", *_people(shown, speak, port))
    if not serves:
        say(speak.say("demo.serve", command=f"datecertain serve -w {workspace} --port {port}"))
        return
    from datecertain.cli.serving import serve as start  # noqa: PLC0415 - slow to import

    start(workspace, port=port, lang=lang)


def _people(shown: Demonstration, speak: Words, port: int) -> list[str]:
    return [
        speak.say("demo.people", address=f"http://127.0.0.1:{port}", password=shown.password),
        *(
            speak.say(
                "demo.desk",
                login=one.login,
                role=speak.say(f"role.{one.role}"),
                post=one.post or speak.say("account.group"),
            )
            for one in shown.desks
        ),
    ]


def _on_the_way(shown: Demonstration, speak: Words) -> list[str]:
    if (found := shown.under_way) is None:
        return [speak.say("demo.nothing_under_way")]
    counts = {"open": speak.count(found.open), "act": speak.count(found.to_act_on)}
    return [speak.say("demo.on_the_way", **counts)]


def _ending(
    shown: Demonstration, workspace: Path, page: str, speak: Words, seconds: float
) -> list[str]:
    return [
        speak.say("demo.happened", items=speak.count(shown.items), events=speak.count(shown.events),
                  seconds=f"{seconds:.0f}"),
        *_on_the_way(shown, speak),
        speak.say("demo.synthetic"),
        "",
        speak.say("demo.try"),
        f"  .venv/bin/datecertain explain {shown.late_item} -w {workspace}",
        f"  .venv/bin/datecertain explain {shown.excused_item} -w {workspace} --lang ko",
        "  .venv/bin/datecertain quote --from KR:03051 --to US:10001 --at 2026-11-27T16:10",
        "",
        speak.say("demo.report", page=page),
    ]  # fmt: skip
