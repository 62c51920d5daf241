"""Many pages begin alike: a workspace, a month of mail taken in, judged. What they begin with is
run once, whichever page of a parallel run comes first; the others are given a copy of the folder,
and check what was printed as if they had run it."""

from __future__ import annotations

import fcntl
import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from console_blocks import Command, Ended, Written, pages, printed_by, steps
from forked_commands import ForkedCommands, plain

#: Commands that many pages begin with; what is behind a pipe is each page's own.
_COMMON = re.compile(
    r"datecertain (?:init -w october|simulate traffic --items \d+ --seed 27"
    r"|ingest traffic/mailbox -w october"
    r"|judge --period 2026-10 --as-of 2026-11-23T00:00Z -w october"
    r"|settle --period 2026-10 -w october)"
)
#: What is alike wherever on a page it stands.
_SIMULATED = re.compile(r"datecertain simulate traffic --items \d+ --seed 27")
#: What such commands write.
_FOLDERS = ("october", "traffic")


def beginning(page_steps: Sequence[Written | Command]) -> list[str]:
    """The common commands that a page begins with."""
    found = []
    for step in page_steps:
        text = step.text.partition(" | ")[0] if isinstance(step, Command) else ""
        if not _COMMON.fullmatch(text):
            break
        found.append(text)
    return found


def wanted() -> Counter[tuple[str, ...]]:
    """How many pages begin with each series of commands."""
    counted: Counter[tuple[str, ...]] = Counter()
    for page in pages():
        common = beginning(list(steps(page.read_text(encoding="utf-8"))))
        counted.update(tuple(common[: number + 1]) for number in range(len(common)))
    return counted


class SharedBeginnings:
    """Kept in a folder that the processes of a run share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._wanted = wanted()
        folder.mkdir(exist_ok=True)

    def begin(
        self, page_steps: Sequence[Written | Command], folder: Path, forked: ForkedCommands,
        surroundings: Mapping[str, str],
    ) -> list[Ended]:  # fmt: skip
        """Do the steps that the page begins with in its folder; what each did."""
        common = beginning(page_steps)
        shared = [n for n in range(1, len(common) + 1) if self._wanted[tuple(common[:n])] > 1]
        if not shared:
            return []
        done: list[tuple[int, str]] = []
        with self._alone(common[: shared[0]]):
            start = max((n for n in shared if self._place(common[:n]).is_dir()), default=0)
            if start:
                done = self._copied(common[:start], folder)
            for number in range(start, shared[-1]):
                done.append(
                    self.simulate(common[number], folder, forked) or _run(common[number], forked)
                )
                if number + 1 in shared:
                    self._keep(common[: number + 1], folder, done, _FOLDERS)
        return [
            printed_by(step.text, code, printed, folder, surroundings)
            for step, (code, printed) in zip(page_steps, done, strict=False)
            if isinstance(step, Command)
        ]

    def simulate(self, text: str, folder: Path, forked: ForkedCommands) -> tuple[int, str] | None:
        """Simulate the mail that a page asks for, (exit code, what was printed); None if `text`
        asks for something else."""
        if not _SIMULATED.fullmatch(text):
            return None
        with self._alone([text]):
            if self._place([text]).is_dir():
                return self._copied([text], folder)[0]
            done = _run(text, forked)
            self._keep([text], folder, [done], ("traffic",))
            return done

    def _place(self, common: Sequence[str]) -> Path:
        return self._folder / sha256("\0".join(common).encode()).hexdigest()[:16]

    @contextmanager
    def _alone(self, common: Sequence[str]) -> Iterator[None]:
        with self._place(common).with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _copied(self, common: Sequence[str], folder: Path) -> list[tuple[int, str]]:
        place = self._place(common)
        for name in _FOLDERS:
            if (place / name).is_dir():
                shutil.copytree(place / name, folder / name)
        return [(code, text) for code, text in json.loads((place / "printed.json").read_text())]

    def _keep(
        self, common: Sequence[str], folder: Path, done: list[tuple[int, str]],
        folders: Sequence[str],
    ) -> None:  # fmt: skip
        place = self._place(common)
        new = place.with_suffix(".new")
        new.mkdir()
        for name in folders:
            if (folder / name).is_dir():
                shutil.copytree(folder / name, new / name)
        (new / "printed.json").write_text(json.dumps(done))
        new.rename(place)


def _run(text: str, forked: ForkedCommands) -> tuple[int, str]:
    words = plain(text)
    assert words is not None
    code, printed = forked.run(words)
    return code, printed.decode("utf-8")
