"""`datecertain doctor`."""

from __future__ import annotations

from pathlib import Path

import typer

from datecertain.cli.options import JsonOption, Language, LanguageOption, WorkspaceOption
from datecertain.cli.output import say, say_json
from datecertain.operations.clock import SystemClock
from datecertain.operations.doctor import Verdict, examine
from datecertain.wording import words


def doctor(
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Whether a workspace is well: a verdict a line, and what to do. Exit code 1: a check failed.

    Changes nothing and keeps nobody waiting. Example: datecertain doctor -w october
    """
    speak = words(lang)
    found = examine(workspace, SystemClock())
    failed = [one for one in found if one.verdict is Verdict.FAILED]
    if json_:
        say_json(
            [
                {
                    "check": one.name, "verdict": one.verdict, "case": one.case,
                    "text": speak.say(one.key, **one.values),
                    "values": {name: str(value) for name, value in one.values.items()},
                }
                for one in found
            ]
        )  # fmt: skip
    else:
        width = max(len(speak.say(f"doctor.{verdict}")) for verdict in Verdict)
        for one in found:
            mark = speak.say(f"doctor.{one.verdict}")
            say(f"{mark:<{width}}  {speak.say(one.key, **one.values)}")
    if failed:
        raise typer.Exit(1)
