"""Options that many commands share."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from datecertain.errors import UsageError

#: How every group of commands looks.
LOOKS: dict[str, Any] = {
    "add_completion": False, "pretty_exceptions_enable": False, "rich_markup_mode": None,
}  # fmt: skip


class Language(StrEnum):
    """Languages of texts for people."""

    EN = "en"
    KO = "ko"


WorkspaceOption = Annotated[
    Path,
    typer.Option(
        "--workspace", "-w", envvar="DATECERTAIN_WORKSPACE",
        help="The workspace folder.", show_default="the current folder",
    ),
]  # fmt: skip
JsonOption = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]
LanguageOption = Annotated[Language, typer.Option("--lang", help="Language of the texts.")]
ActorOption = Annotated[
    str, typer.Option("--actor", envvar="DATECERTAIN_ACTOR", help="Who does it: it is recorded.")
]
PeriodOption = Annotated[
    str, typer.Option("--period", help="Month of acceptance, YYYY-MM.", metavar="YYYY-MM")
]
AsOfOption = Annotated[
    str | None,
    typer.Option(
        "--as-of", metavar="MOMENT",
        help="Data-closing moment with its offset, such as 2026-11-23T00:00Z (default: now).",
    ),
]  # fmt: skip
_MONTH = re.compile(r"(19|20)[0-9]{2}-(0[1-9]|1[0-2])")


def demand_period(text: str) -> str:
    """The month, checked. Raises `UsageError`."""
    if _MONTH.fullmatch(text):
        return text
    raise UsageError(f"{text!r} is not a month: write YYYY-MM, such as 2026-10")


def demand_periods(first: str, last: str | None) -> list[str]:
    """The months from one to another (None: that one alone), in order. Raises `UsageError`."""
    begin, end = demand_period(first), demand_period(last or first)
    if end < begin:
        raise UsageError(f"--to {end} lies before --period {begin}: give the first month first")
    numbers = [int(month[:4]) * 12 + int(month[5:]) - 1 for month in (begin, end)]
    return [f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(numbers[0], numbers[1] + 1)]
