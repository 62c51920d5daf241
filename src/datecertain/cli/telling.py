"""Every command says what it is doing (`datecertain.doing`), so that the audit trail tells those
that change records: wrapped around each where the commands are put together, not by each."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from enum import Enum
from typing import Any

import typer

from datecertain.doing import Doing, done_by

#: Who does it, where a command does not ask for it: the keeper of the machine.
_KEEPER = "keeper"
#: Options that name the record which a command is about, as arguments do.
_SUBJECTS = frozenset(
    {"period", "month", "lane", "pair", "line", "item", "round_", "payer", "payee", "accept",
     "message", "table", "version"}
)  # fmt: skip
#: Numbers and names of records: no sentence, no path, no address has this shape.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+@-]{0,79}")


def tell(command: Any) -> Any:
    """The command, and those below it, made to say what they are doing."""
    for below in getattr(command, "commands", {}).values():
        tell(below)
    command.invoke = _Telling(command.invoke)
    return command


class _Telling:
    """Runs a command and tells how it ended, if it was told that it runs."""

    def __init__(self, invoke: Any) -> None:
        self._invoke = invoke

    def __call__(self, context: typer.Context) -> Any:
        doing = Doing(
            context.params.get("actor") or _KEEPER, _action(context), _subject(context), _user
        )
        try:
            with done_by(doing):
                answer = self._invoke(context)
        except typer.Exit as left:  # it did its work, and has something to say
            doing.end(True, {"exit": left.exit_code})
            raise
        except BaseException as error:
            doing.end(False, {"error": type(error).__name__})
            raise
        doing.end(True, {"exit": 0})
        return answer


def _action(context: Any) -> str:
    """The command's words: `lane sign`."""
    names: list[str] = []
    while context.parent is not None:
        names.append(context.info_name)
        context = context.parent
    return " ".join(reversed(names))


def _subject(context: Any) -> str:
    """What it is about: arguments and options that name records, never files, texts or people."""
    named: list[str] = []
    for one in context.command.params:
        if one.param_type_name == "argument" or one.name in _SUBJECTS:
            named += _names(context.params.get(one.name))
    return " ".join(named)


def _names(value: Any) -> Iterable[str]:
    if isinstance(value, (list, tuple)):
        return [name for one in value for name in _names(one)]
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, (str, int)) and _NAME.fullmatch(str(value)):
        return [str(value)]
    return []


def _user() -> str:
    import getpass  # noqa: PLC0415 - a quote need not wait for it

    with suppress(OSError, KeyError, ImportError):  # a container may know no name for its number
        return getpass.getuser()
    return ""
