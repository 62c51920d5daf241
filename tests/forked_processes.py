"""Processes that can be killed at any moment, forked from one that has imported everything: what is
killed is the work, not a second of imports.

As a program it reads a line of JSON with what to do and answers with one: start a command, say how
one ended if it did, or wait for its end.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from warm_kernels import load_everything

#: What a command line of `datecertain` begins with (`command_line.command`).
ENTRY = "from datecertain.cli import main; main()"


class _Server:
    """The process that is forked from: one for the process that asks."""

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).resolve())], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        atexit.register(self.close)
        assert self._process.stdout is not None
        self._process.stdout.readline()  # it has imported everything: times begin here

    def ask(self, **what: Any) -> Any:
        """Do something, and what came of it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._one_at_a_time:
            self._process.stdin.write(json.dumps(what) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


_servers: list[_Server] = []


def _server() -> _Server:
    if not _servers:
        _servers.append(_Server())
    return _servers[0]


class Forked:
    """A command in a process of its own. `words`: as for `subprocess`: a `datecertain` command
    line, or Python's with a text or a file. Its output goes to a file or nowhere, its errors are
    kept, or go where the output goes (`together`)."""

    def __init__(
        self, words: Sequence[str | Path], *, folder: Path | None = None,
        env: Mapping[str, str] | None = None, output: Path | None = None, together: bool = False,
    ) -> None:  # fmt: skip
        handle, name = tempfile.mkstemp()
        os.close(handle)
        self._errors = Path(name)
        self.returncode: int | None = None
        self.pid = _start(words, folder, env, str(output or os.devnull), "" if together else name)

    def poll(self) -> int | None:
        """How it ended; None: it goes on."""
        if self.returncode is None:
            self.returncode = _server().ask(poll=self.pid)
        return self.returncode

    def kill(self) -> None:
        """kill -9."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)

    def end(self) -> str:
        """Wait for its end; what it said on standard error."""
        if self.returncode is None:
            self.returncode = _server().ask(wait=self.pid)
        said = self._errors.read_text(encoding="utf-8")
        self._errors.unlink()
        return said


class Heard:
    """A command in a process of its own that is listened to while it runs: what `subprocess.Popen`
    is with pipes for its output and its errors."""

    def __init__(self, words: Sequence[str | Path]) -> None:
        self.returncode: int | None = None
        self._reading: list[_Reading] = []
        with tempfile.TemporaryDirectory() as folder:
            pipes = [f"{folder}/output", f"{folder}/errors"]
            for pipe in pipes:
                os.mkfifo(pipe)
            self.pid = _start(words, None, None, *pipes)
            self.stdout, self.stderr = (open(pipe, encoding="utf-8") for pipe in pipes)  # noqa: SIM115

    def poll(self) -> int | None:
        """How it ended; None: it goes on."""
        if self.returncode is None:
            self.returncode = _server().ask(poll=self.pid)
        return self.returncode

    def kill(self) -> None:
        """kill -9."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """As an operator ends it."""
        self.send_signal(signal.SIGTERM)

    def send_signal(self, number: int) -> None:
        """Nothing if it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """The rest of its output and of its errors, when it has ended. Raises `TimeoutExpired`:
        what was said until then is kept for the next time."""
        if not self._reading:
            self._reading = [_Reading(self.stdout), _Reading(self.stderr)]
        end = None if timeout is None else time.monotonic() + timeout
        for one in self._reading:
            one.join(None if end is None else max(0.0, end - time.monotonic()))
            if one.is_alive():
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        self.wait()
        return self._reading[0].told, self._reading[1].told

    def wait(self, timeout: float | None = None) -> int:
        """How it ended, when it has. Raises `TimeoutExpired`."""
        end = time.monotonic() + (timeout or 0)
        while timeout is not None and self.poll() is None:
            if time.monotonic() >= end:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(0.005)
        if self.returncode is None:
            self.returncode = _server().ask(wait=self.pid)
        assert self.returncode is not None
        return self.returncode


class _Reading(threading.Thread):
    """Reads a stream to its end and closes it."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(daemon=True)
        self.told, self._stream = "", stream
        self.start()

    def run(self) -> None:
        with self._stream:
            self.told = self._stream.read()


def _start(
    words: Sequence[str | Path], folder: Path | None, env: Mapping[str, str] | None, output: str,
    errors: str,
) -> int:  # fmt: skip
    """Start a command; its process number."""
    started: int = _server().ask(
        start=[str(word) for word in words],
        cwd=str(folder or Path.cwd()),
        env=dict(os.environ if env is None else env),
        output=output,
        errors=errors,
    )
    return started


def run_forked(words: Sequence[str | Path]) -> float:
    """Run a command to its end, which must be a good one; how many seconds it took."""
    _server()
    began = time.monotonic()
    process = Forked(words)
    errors = process.end()
    assert process.returncode == 0, errors
    return time.monotonic() - began


def _child(words: list[str], output: str, errors: str, env: dict[str, str], cwd: str) -> int:
    """In the forked process."""
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(os.open(output, os.O_WRONLY | os.O_APPEND), 1)
    os.dup2(os.open(errors, os.O_WRONLY | os.O_APPEND) if errors else 1, 2)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - for the life of the process
    sys.stdout = open(1, "w", closefd=False, encoding="utf-8")  # noqa: SIM115
    sys.stderr = open(2, "w", closefd=False, encoding="utf-8", buffering=1)  # noqa: SIM115
    code = 0
    try:
        if words[1:3] == ["-c", ENTRY]:
            sys.argv = ["datecertain", *words[3:]]
            importlib.import_module("datecertain.cli").main()
        elif words[1] == "-c":
            sys.argv = ["-c", *words[3:]]
            exec(words[2], {"__name__": "__main__"})
        else:
            sys.argv = words[1:]
            sys.path.insert(0, str(Path(words[1]).parent))
            runpy.run_path(words[1], run_name="__main__")
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except Exception:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def _serve() -> None:
    load_everything()
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        what = json.loads(line)
        if "start" in what:
            answer: int | None = os.fork()
            if not answer:
                code = 70
                try:
                    code = _child(
                        what["start"], what["output"], what["errors"], what["env"], what["cwd"]
                    )
                finally:
                    os._exit(code)
        else:
            wait = "wait" in what
            pid, status = os.waitpid(what["wait" if wait else "poll"], 0 if wait else os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if pid else None
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    _serve()
