"""The command line as people use it: a process of its own, or the same entry point in this one."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datecertain.cli import main
from forked_processes import ENTRY, Heard


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON document."""
        return json.loads(self.out)


def command(*words: str | Path) -> list[str]:
    """The command line of `datecertain` with these words."""
    return [sys.executable, "-c", ENTRY, *map(str, words)]


def start(words: Sequence[str | Path]) -> Heard:
    """Start a command in a process of its own, forked from one that has imported everything."""
    return Heard(command(*words))


def run(*words: str | Path) -> Answer:
    """Run a command to its end in a process of its own, forked likewise."""
    process = start(words)
    out, err = process.communicate()
    return Answer(process.wait(), out, err)


def run_anew(*words: str | Path) -> Answer:
    """Run a command to its end as a shell does: nothing is imported before it begins."""
    done = subprocess.run(command(*words), capture_output=True, text=True, check=False)
    return Answer(done.returncode, done.stdout, done.stderr)


def say(*words: str | Path) -> Answer:
    """Run a command to its end in this process, through the same entry point."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    before = sys.argv
    sys.argv = ["datecertain", *map(str, words)]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main()
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    finally:
        sys.argv = before
    return Answer(code, out.getvalue(), err.getvalue())
