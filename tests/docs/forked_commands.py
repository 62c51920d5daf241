"""`datecertain` commands of a page, each in a process of its own that is forked from one which has
imported everything: as isolated as started anew, without the seconds that starting takes."""

from __future__ import annotations

import re
import shlex
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from forked_processes import ENTRY, Forked

#: A command that needs no shell: nothing that one would expand, redirect or pipe.
_PLAIN = re.compile(r"datecertain [^|&;<>$`(){}*?~#\n\\]*")


def plain(text: str) -> list[str] | None:
    """The words of a command that needs no shell; None for another."""
    return shlex.split(text)[1:] if _PLAIN.fullmatch(text) else None


def piped(text: str) -> tuple[list[str], str] | None:
    """The words of a command that needs no shell, and the shell's commands that its output goes to;
    None for another."""
    first, _, rest = text.partition(" | ")
    words = plain(first)
    return (words, rest) if words is not None and rest else None


class ForkedCommands:
    """Commands that run in `folder` with these surroundings."""

    def __init__(self, folder: Path, surroundings: Mapping[str, str]) -> None:
        self._folder = folder
        self._surroundings = dict(surroundings)

    def run(self, words: list[str]) -> tuple[int, bytes]:
        """(exit code, what was printed, standard error included)."""
        code, printed, _ = self._run(words, apart=False)
        return code, printed

    def run_apart(self, words: list[str]) -> tuple[int, bytes, bytes]:
        """(exit code, standard output, standard error)."""
        return self._run(words, apart=True)

    def _run(self, words: list[str], *, apart: bool) -> tuple[int, bytes, bytes]:
        with tempfile.NamedTemporaryFile() as output:
            process = Forked(
                [sys.executable, "-c", ENTRY, *words], folder=self._folder, env=self._surroundings,
                output=Path(output.name), together=not apart,
            )  # fmt: skip
            errors = process.end().encode()
            assert process.returncode is not None
            return process.returncode, output.read(), errors
