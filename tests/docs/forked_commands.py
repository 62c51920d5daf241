"""`datecertain` commands, each in a process of its own that is forked from one which has imported
everything: as isolated as started anew, without the second that starting takes.

As a program it reads a line of JSON for each command (its words, and whether standard error goes
to a file of its own), and answers with one: the exit code, and the files of what it printed.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

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
    """The process that is forked from; commands run in `folder` with these surroundings."""

    def __init__(self, folder: Path, surroundings: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).resolve())], cwd=folder, env=dict(surroundings),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, words: list[str]) -> tuple[int, bytes]:
        """(exit code, what was printed, standard error included)."""
        code, (printed,) = self._ask(words, apart=False)
        return code, printed

    def run_apart(self, words: list[str]) -> tuple[int, bytes, bytes]:
        """(exit code, standard output, standard error)."""
        code, (output, errors) = self._ask(words, apart=True)
        return code, output, errors

    def _ask(self, words: list[str], *, apart: bool) -> tuple[int, list[bytes]]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([words, apart]) + "\n")
        self._process.stdin.flush()
        code, names = json.loads(self._process.stdout.readline())
        printed = [Path(name).read_bytes() for name in names]
        for name in names:
            Path(name).unlink()
        return code, printed

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


def _child(words: list[str], output: int, errors: int) -> int:
    """In the forked process: the command, its output in files."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(errors, 2)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - for the life of the process
    sys.stdout = open(1, "w", closefd=False, encoding="utf-8")  # noqa: SIM115
    sys.stderr = open(2, "w", closefd=False, encoding="utf-8", buffering=1)  # noqa: SIM115
    sys.argv = ["datecertain", *words]
    code = 0
    try:
        importlib.import_module("datecertain.cli").main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def _serve() -> None:
    import datecertain.cli as commands

    for module in pkgutil.iter_modules(commands.__path__):
        importlib.import_module(f"datecertain.cli.{module.name}")
    for heavy in (
        "numba",
        "typst",
        "scipy.optimize",
        "scipy.special",
    ):  # loaded where they are used
        importlib.import_module(heavy)
    for line in sys.stdin:
        words, apart = json.loads(line)
        files = [tempfile.mkstemp() for _ in range(1 + apart)]
        process = os.fork()
        if not process:
            code = 70
            try:
                code = _child(words, files[0][0], files[-1][0])
            finally:
                os._exit(code)
        for output, _ in files:
            os.close(output)
        status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        print(json.dumps([status, [name for _, name in files]]), flush=True)


if __name__ == "__main__":
    _serve()
