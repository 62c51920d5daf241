"""`datecertain inbox answer`, and what `inbox status` says of answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.options import JsonOption, Language, LanguageOption, WorkspaceOption
from datecertain.cli.output import say, say_json
from datecertain.operations.clock import SystemClock
from datecertain.operations.contrl_answering import answer_interchanges
from datecertain.operations.inbox import Partner
from datecertain.operations.workspaces import open_workspace
from datecertain.wording import Words, words


def answer(
    to: Annotated[
        Path | None,
        typer.Option(
            "--to", metavar="DIR", help="Write into this folder.",
            show_default="the workspace's folder `outbox`",
        ),
    ] = None,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Write the CONTRL answers that are due, to partners that want them; a file for each.

    Run it as often as you like: what was answered is not answered again.

    Example: datecertain inbox answer --to outgoing -w october
    """
    with open_workspace(workspace, write=True) as opened:
        report = answer_interchanges(opened, SystemClock(), to)
    if json_:
        say_json(asdict(report))
        return
    speak = words(lang)
    told = {name: speak.count(getattr(report, name)) for name in ("answers", "accepted", "refused")}
    say(speak.say("answers.written", files=speak.count(len(report.files)), **told))
    for one in report.files:
        say(
            speak.say(
                "answers.file", path=one.path, sender=one.sender, recipient=one.recipient,
                reference=one.control_ref, answers=speak.count(one.answers),
            )
        )  # fmt: skip
    if report.unwanted:
        say(speak.say("answers.unwanted", count=speak.count(report.unwanted)))


def answer_lines(one: Partner, name: str, speak: Words) -> Iterator[str]:
    """What is due to a partner, and what it answered."""
    if one.answers_due:
        yield speak.say("answers.due", partner=name, count=speak.count(one.answers_due))
    if one.answered:
        yield speak.say(
            "answers.received", partner=name, total=speak.count(sum(one.answered.values())),
            inpart=speak.count(one.answered.get("in-part", 0)),
            **{key: speak.count(one.answered.get(key, 0))
               for key in ("accepted", "refused", "received")},
        )  # fmt: skip
    for refused in one.refused:
        yield speak.say(
            "answers.refused", partner=name, reference=refused.control_ref, sender=refused.sender,
            outcome=refused.outcome, error=refused.error or "–",
        )  # fmt: skip
