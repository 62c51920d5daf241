"""The commands of `datecertain`, put together; a command's module is loaded when it is called, so
that a quote at the counter does not wait for the stores."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from datecertain import __version__
from datecertain.cli.options import LOOKS
from datecertain.cli.telling import tell

#: Command → module and name of its function, or of its group of commands.
COMMANDS = {
    "network": ("networks", "app"),
    "init": ("taking_in", "init"),
    "quote": ("promising", "quote"),
    "promise": ("promises", "app"),
    "ingest": ("taking_in", "ingest"),
    "acceptances": ("acceptances", "app"),
    "events": ("event_doors", "app"),
    "inbox": ("inbox", "app"),
    "profile": ("layout_profiles", "app"),
    "serve": ("serving", "serve"),
    "happenings": ("happenings", "app"),
    "webhook": ("webhooks", "app"),
    "user": ("accounts", "users"),
    "key": ("accounts", "keys"),
    "audit": ("audit_trail", "app"),
    "approval": ("approvals", "app"),
    "item": ("items", "item"),
    "watch": ("watch_list", "watch"),
    "dispatches": ("dispatches", "dispatches"),
    "judge": ("judging", "judge"),
    "explain": ("explaining", "explain"),
    "verdicts": ("verdict_changes", "app"),
    "digest": ("digesting", "digest"),
    "compare": ("digesting", "compare"),
    "expected": ("expecting", "expected"),
    "case": ("cases", "app"),
    "claim": ("claims", "app"),
    "refunds": ("refunds", "app"),
    "inquiry": ("inquiries", "app"),
    "letter": ("letters", "app"),
    "settle": ("settling", "settle"),
    "reconcile": ("reconciling", "reconcile"),
    "statement": ("statement_documents", "app"),
    "net": ("netting", "net"),
    "payment": ("payments", "app"),
    "weight": ("weights", "app"),
    "tariff": ("tariffs", "app"),
    "journal": ("journal", "app"),
    "report": ("reports", "app"),
    "lane": ("shadows", "app"),
    "rulebook": ("rule_books", "rulebook"),
    "pack": ("packs", "app"),
    "volumes": ("volumes", "app"),
    "verify": ("settling", "verify"),
    "quality": ("quality", "quality"),
    "plan": ("plans", "app"),
    "facts": ("facts", "app"),
    "archive": ("archive", "app"),
    "backup": ("backups", "app"),
    "restore": ("backups", "restore"),
    "doctor": ("doctor", "doctor"),
    "jobs": ("jobs", "app"),
    "simulate": ("simulating", "simulate"),
    "demo": ("simulating", "demo"),
}


class Commands(TyperGroup):
    """The group of all commands, each loaded when it is asked for and made to tell what it does."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        found = getattr(import_module(f"datecertain.cli.{module}"), name)
        if isinstance(found, typer.Typer):
            command = typer.main.get_command(found)
        else:
            alone = typer.Typer(**LOOKS)
            alone.command(cmd_name)(found)
            command = typer.main.get_command(alone)
        command.name = cmd_name
        return tell(command)


app = typer.Typer(
    name="datecertain",
    cls=Commands,
    help="Run a date-certain delivery guarantee between posts: promise, track, judge, explain, "
    "refund, settle, report.",
    no_args_is_help=True,
    **LOOKS,
)


@app.callback(invoke_without_command=True)
def start(
    version: bool = typer.Option(False, "--version", help="Print the version and leave."),
) -> None:
    """The system with which a group of posts runs a date-certain delivery guarantee."""
    if version:
        typer.echo(f"datecertain {__version__}")
        raise typer.Exit
