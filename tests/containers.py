"""The Containerfile and compose.yaml, read for their tests."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CHECKOUT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Step:
    """An instruction of a Containerfile, of the stage with that number."""

    stage: int
    name: str
    text: str

    @property
    def words(self) -> list[str]:
        return shlex.split(self.text)


def steps() -> list[Step]:
    """The instructions, continued lines joined, comments left out."""
    text = (CHECKOUT / "Containerfile").read_text("utf-8")
    text = re.sub(r"(?m)^#.*\n", "", text).replace("\\\n", " ")
    found, stage = [], -1
    for line in text.splitlines():
        if line.strip():
            name, _, rest = line.strip().partition(" ")
            stage += name == "FROM"
            found.append(Step(stage, name, " ".join(rest.split())))
    return found


def compose() -> dict[str, Any]:
    """compose.yaml as it is meant, aliases resolved."""
    data = yaml.safe_load((CHECKOUT / "compose.yaml").read_text("utf-8"))
    assert isinstance(data, dict)
    return data


def demand_command(words: Sequence[str]) -> None:
    """Parse a command line of `datecertain` with all its options, without running it."""
    from typer.main import get_command

    from datecertain.cli.app import app

    group, rest, context = get_command(app), list(words), None
    while True:
        context = group.make_context(group.name, rest, parent=context)
        if not hasattr(group, "commands") and not hasattr(group, "resolve_command"):
            return
        _, group, rest = group.resolve_command(context, [*context._protected_args, *context.args])
