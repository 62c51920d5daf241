"""`datecertain promise …`: the commands, put together."""

from __future__ import annotations

from collections.abc import Callable

import typer

from datecertain.cli.options import LOOKS
from datecertain.cli.promise_lists import export, list_, reconcile_, show, table
from datecertain.cli.promise_records import expire, possess_, record, void

app = typer.Typer(
    help="Record promises at acceptance, offline too; void, list and show them.",
    no_args_is_help=True, **LOOKS,
)  # fmt: skip

_COMMANDS: dict[str, Callable[..., None]] = {
    "record": record, "possess": possess_, "void": void, "show": show, "list": list_,
    "expire": expire, "export": export, "table": table, "reconcile": reconcile_,
}  # fmt: skip
for _name, _command in _COMMANDS.items():
    app.command(_name)(_command)
