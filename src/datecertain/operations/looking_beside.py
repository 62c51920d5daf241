"""The process beside a server in which costly looks are made (`looking`): while it works, the
server answers everybody else.

It is asked over its standard input and answers over its standard output, a pickle each way, both
ends of one program and of one user. It opens the workspace for each look, writes nothing to it but
caches, and ends when its input does: also when the server was killed.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from threading import Condition
from typing import IO, Any

from datecertain.errors import StoreError
from datecertain.operations.looking import AnyLook, Made
from datecertain.operations.workspaces import open_workspace

#: How much the server and whoever else works on the machine goes before (nice).
_STEPS_BACK = 5
_WAIT_S = 5.0


class LookingBeside:
    """The process, begun when it is first wanted, and anew when it was killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turn = Condition()
        self._busy, self._waiting, self._closed = False, 0, False
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process that works now; None before it is wanted."""
        return None if self._process is None else self._process.pid

    def make(self, look: AnyLook, now: int, given: tuple[Any, ...], ahead: bool) -> Made:
        """Make a look. Raises what making it raises, `StoreError` when the process dies of it."""
        task = pickle.dumps((look.name, now, given), protocol=5)
        self._take_turn(ahead)
        try:
            found = self._answer(task)
        finally:
            with self._turn:
                self._busy = False
                self._turn.notify_all()
        if isinstance(found, BaseException):
            raise found
        assert isinstance(found, Made)
        return found

    def close(self) -> None:
        """End the process, also in the middle of a look."""
        self._closed = True
        process = self._process
        if process is not None:
            process.terminate()
        with self._turn:
            while self._busy:
                self._turn.wait(_WAIT_S)
            self._leave()

    def _take_turn(self, ahead: bool) -> None:
        with self._turn:
            self._waiting += not ahead
            try:
                while self._busy or (ahead and self._waiting):
                    self._turn.wait()
                self._busy = True
            finally:
                self._waiting -= not ahead

    def _answer(self, task: bytes) -> object:
        for _ in range(2):
            if self._closed:
                break
            try:
                process = self._begun()
                assert process.stdin is not None
                assert process.stdout is not None
                process.stdin.write(task)
                process.stdin.flush()
                return pickle.load(process.stdout)
            except (OSError, EOFError, pickle.UnpicklingError):
                self._leave()  # it was killed: begun anew, once
        raise StoreError("the process that makes looks ended twice: ask again, or look at memory")

    def _begun(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._leave()
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(self._folder.resolve())],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )  # fmt: skip
        return self._process

    def _leave(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_WAIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()


def answer(folder: Path, asked: IO[bytes], told: IO[bytes]) -> None:
    """Make the looks that are asked for until nobody asks any more."""
    while True:
        try:
            name, now, given = pickle.load(asked)
        except EOFError:
            return
        told.write(_told(folder, name, now, given))
        told.flush()


def _told(folder: Path, name: str, now: int, given: tuple[Any, ...]) -> bytes:
    module, _, function = name.partition(":")
    try:
        look = getattr(import_module(module), function)
        with open_workspace(folder) as opened:
            found: object = look.made(opened, now, given)
        return pickle.dumps(found, protocol=5)
    except Exception as error:
        return _as_told(error)


def _as_told(error: Exception) -> bytes:
    """An error as the server can raise it."""
    try:
        told = pickle.dumps(error, protocol=5)
        pickle.loads(told)
        return told
    except Exception:
        return pickle.dumps(StoreError(f"{type(error).__name__}: {error}"), protocol=5)


def main() -> None:
    """Serve a server: the folder of its workspace is the only word."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's to answer
    if hasattr(os, "nice"):
        os.nice(_STEPS_BACK)
    told = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    with suppress(BrokenPipeError):
        answer(Path(sys.argv[1]), sys.stdin.buffer, told)


if __name__ == "__main__":
    main()
