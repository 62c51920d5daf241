"""How commands speak: JSON for programs, tables and sentences for people, progress on standard
error so that standard output stays clean."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False)


class Step(Protocol):
    """Told how far a long piece of work has come: (done, all)."""

    def __call__(self, done: int, total: int, /) -> None: ...


def say_json(data: Any) -> None:
    """One JSON document on standard output."""
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2, sort_keys=False))


def say(*lines: str) -> None:
    """Plain lines on standard output."""
    for line in lines:
        out.print(line, markup=False)


def say_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A small table; columns after the first are set to the right."""
    table = Table(title=title, title_justify="left", show_edge=False, pad_edge=False, box=None)
    for number, name in enumerate(columns):
        table.add_column(name, justify="left" if number == 0 else "right", overflow="fold")
    for row in rows:
        table.add_row(*row)
    out.print(table)


class _Rate(ProgressColumn):
    """How many units a second."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed or 0:,.0f} {self._unit}/s")


@contextmanager
def progress(label: str, quiet: bool = False, unit: str = "") -> Iterator[Step]:
    """A progress bar on standard error while the block runs (nothing with `quiet`, nor when
    nobody watches: a log wants the errors only); with a unit also how many of them a second."""
    rate = [_Rate(unit)] if unit else []
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"),
        *rate, TimeElapsedColumn(), console=err, disable=quiet or not err.is_terminal,
    )  # fmt: skip
    with bar:
        task = bar.add_task(label, total=None)

        def told(done: int, total: int, /) -> None:
            bar.update(task, completed=done, total=total)

        yield told
