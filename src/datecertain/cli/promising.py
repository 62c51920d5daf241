"""`datecertain quote`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.options import JsonOption, Language, LanguageOption
from datecertain.cli.output import say, say_json
from datecertain.moments import parse_date
from datecertain.operations.quoting import quote_one
from datecertain.wording import words


def quote(
    origin: Annotated[
        str, typer.Option("--from", metavar="POST:POSTCODE", help="Where it is accepted.")
    ],
    to: Annotated[str, typer.Option("--to", metavar="POST:POSTCODE", help="The addressee's.")],
    at: Annotated[
        str, typer.Option("--at", metavar="LOCAL", help="Local date and time of acceptance.")
    ],
    workspace: Annotated[
        Path | None,
        typer.Option(
            "--workspace", "-w", envvar="DATECERTAIN_WORKSPACE",
            help="Quote by the network in force in this workspace (default: the bundled one).",
        ),
    ] = None,
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """The guaranteed delivery date of an item, step by step.

    Example: datecertain quote --from KR:03051 --to US:10001 --at 2026-11-27T16:10
    """
    speak = words(lang)
    answer = quote_one(origin, to, at, speak, workspace)
    if json_:
        say_json(answer)
        return
    due = speak.date(parse_date(answer["due_on"])) if answer["due_on"] else ""
    say(
        speak.say(
            f"quote.headline.{answer['status']}", due=due, reason=answer["reason_text"] or ""
        ),
        "",
        *(f"  {step['text']}" for step in answer["steps"]),
    )
