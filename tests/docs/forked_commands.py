"""`datecertain` commands, each in a process of its own that is forked from one which has imported
everything: as isolated as started anew, without the second that starting takes.

As a program it reads a line of JSON for each command (its words), and answers with one: the exit
code, and the file that holds what it printed.
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


class ForkedCommands:
    """The process that is forked from; commands run in `folder` with these surroundings."""

    def __init__(self, folder: Path, surroundings: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).resolve())], cwd=folder, env=dict(surroundings),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, words: list[str]) -> tuple[int, bytes]:
        """(exit code, what was printed, standard error included)."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        code, name = json.loads(self._process.stdout.readline())
        printed = Path(name).read_bytes()
        Path(name).unlink()
        return code, printed

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


def _child(words: list[str], output: int) -> int:
    """In the forked process: the command, its output in a file."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
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
    for line in sys.stdin:
        output, name = tempfile.mkstemp()
        process = os.fork()
        if not process:
            code = 70
            try:
                code = _child(json.loads(line), output)
            finally:
                os._exit(code)
        os.close(output)
        status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        print(json.dumps([status, name]), flush=True)


if __name__ == "__main__":
    _serve()
