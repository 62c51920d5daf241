"""`datecertain inbox sequences`."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from datecertain.cli.options import JsonOption, Language, LanguageOption, WorkspaceOption
from datecertain.cli.output import say, say_json
from datecertain.messages.sequences import SequenceReport
from datecertain.operations.interchange_sequences import sequences_from
from datecertain.operations.workspaces import open_workspace
from datecertain.wording import Words, words

#: Gaps of one sender and recipient that are shown; a clock or shared counter makes any number.
_SHOWN = 10


def sequences(
    workspace: WorkspaceOption = Path(),
    from_: Annotated[
        str, typer.Option("--from", metavar="POST", help="Only from this post.")
    ] = "",
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:  # fmt: skip
    """Interchange references that never came, those used twice, and those that are no numbers.

    Example: datecertain inbox sequences --from KR -w october
    """
    with open_workspace(workspace) as opened:
        report = sequences_from(opened, from_)
    if json_:
        say_json(asdict(report) | {"findings": [asdict(one) for one in report.findings()]})
    else:
        _say(report, words(lang))


def _say(report: SequenceReport, speak: Words) -> None:
    shown: Counter[tuple[str, str]] = Counter()
    for gap in report.gaps:
        shown[gap.sender, gap.recipient] += 1
        if shown[gap.sender, gap.recipient] <= _SHOWN:
            say(
                speak.say(
                    "sequences.gap", sender=gap.sender, recipient=gap.recipient,
                    first=gap.first_missing, last=gap.last_missing,
                    missing=speak.count(gap.missing), after=gap.after, after_on=gap.after_on or "–",
                    before=gap.before, before_on=gap.before_on or "–",
                )
            )  # fmt: skip
    for (sender, recipient), count in shown.items():
        if count > _SHOWN:
            more = speak.count(count - _SHOWN)
            say(speak.say("sequences.more", sender=sender, recipient=recipient, count=more))
    for one in report.repeats:
        say(
            speak.say(
                "sequences.repeat", sender=one.sender, recipient=one.recipient,
                reference=one.control_ref, times=len(one.prepared), contents=one.contents,
                prepared=", ".join(on or "–" for on in one.prepared),
            )
        )  # fmt: skip
    for other in report.uncounted:
        say(speak.say("sequences.uncounted", **asdict(other)))
    if report == SequenceReport((), (), ()):
        say(speak.say("sequences.none"))
