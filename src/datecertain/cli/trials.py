"""How a trial of past months is run and shown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pyarrow import csv

from datecertain.cli.options import Language
from datecertain.cli.output import heads, progress, say, say_json, say_table
from datecertain.operations.telling_statements import trial_as_json
from datecertain.operations.trying import Trial, try_tariff
from datecertain.operations.workspaces import open_workspace
from datecertain.settlement import Tariff
from datecertain.settlement.suppositions import Suppositions
from datecertain.wording import Words, words
from datecertain.wording.told_back import told_text


def run_trial(
    workspace: Path, months: Sequence[str], new: Tariff, old: Tariff, csv_: Path | None,
    lang: Language, json_: bool, suppose: Suppositions | None = None,
) -> None:  # fmt: skip
    """Try it, and show the change per post; the items behind it to a file."""
    with open_workspace(workspace) as opened, progress("months", json_) as told:
        found = try_tariff(opened, months, new, old, csv_ is not None, told, suppose)
    if csv_ is not None:
        csv.write_csv(found.items, csv_)
    if json_:
        say_json(trial_as_json(found))
    else:
        speak = words(lang)
        _show(found, speak)
        if csv_ is not None:
            say(speak.say("trial.items", count=len(found.items), file=csv_))


def _show(found: Trial, speak: Words) -> None:
    months = ", ".join(found.months)
    say_table(
        speak.say("trial.title", months=months, tariff=found.tariff, against=found.against),
        heads(speak, "trial", "post", "before", "after", "change"),
        [(one.post, *(speak.money(amount, "SDR")
                      for amount in (one.before_usdr, one.after_usdr, one.change_usdr)))
         for one in found.posts],
    )  # fmt: skip
    for one in found.posts:
        for kind, before, after in one.by_kind:
            if before != after:
                say(f"{one.post}  {speak.say(f'settlement.kind.{kind}')}: "
                    f"{speak.money(before, 'SDR')} → {speak.money(after, 'SDR')}")  # fmt: skip
    say(*(told_text(finding, speak) for finding in found.findings))
    say(speak.say("trial.not_booked"))
