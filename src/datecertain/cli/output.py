"""How commands speak: JSON for programs, tables and sentences for people, progress on standard
error so that standard output stays clean."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import typer

from datecertain.wording import Words


class Step(Protocol):
    """Told how far a long piece of work has come: (done, all)."""

    def __call__(self, done: int, total: int, /) -> None: ...


def say_json(data: Any) -> None:
    """One JSON document on standard output."""
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2, sort_keys=False))


def say(*lines: str) -> None:
    """Plain lines on standard output."""
    for line in lines:
        typer.echo(line)


def say_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A small table; columns after the first are set to the right."""
    from datecertain.cli import drawing  # noqa: PLC0415 - a quote draws nothing and need not wait

    drawing.draw_table(title, columns, rows)


def heads(speak: Words, part: str, *columns: str) -> list[str]:
    """The heads of a table: the words of `<part>.column.<name>`, none where there is no name."""
    return [speak.say(f"{part}.column.{name}") if name else "" for name in columns]


def coded(speak: Words, part: str, code: str) -> str:
    """A code of the data: in English as it stands, for programs may read it; in other languages
    the words of `<part>.<code>`, where there are any."""
    return code if speak.language == "en" else speak.label(f"{part}.{code}", code)


@contextmanager
def progress(label: str, quiet: bool = False, unit: str = "") -> Iterator[Step]:
    """A progress bar on standard error while the block runs (nothing with `quiet`, nor when
    nobody watches: a log wants the errors only); with a unit also how many of them a second."""
    from datecertain.cli import drawing  # noqa: PLC0415

    with drawing.bar(quiet, unit) as shown:
        task = shown.add_task(label, total=None)

        def told(done: int, total: int, /) -> None:
            shown.update(task, completed=done, total=total)

        yield told
