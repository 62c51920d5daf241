"""The commands that README and docs show, run as they stand, beside the output that they show.

How a page is read:

- A fenced block whose first word is `console` is run. A line that begins with `$ ` is a command
  (one that ends in a backslash goes on in the next line); the lines below it, up to the next
  command or the end of the block, are what it printed, standard error included.
- The commands of a page run in order, in one new folder per page, with `datecertain` and `python`
  on the path and the checkout's `src` linked in it.
- `…` within a line of output stands for anything, a line that is only `...` for any number of
  lines, none included. Blanks at the end of lines and of the output do not count.
- A command may end in `# exit code 3`; without it, it must end with 0.
- A fenced block with `file=NAME` beside its language is written to that file before the commands
  below it, one with `append=NAME` is added at the end of it.
- A picture (`NAME.svg`) that the commands write, and that lies beside the page, is what they write.
- `<!-- needs NAME -->` asks for a file of the folder `shared/data` beside the checkout; where it is
  absent the page is skipped.
- Blocks of any other kind (`sh`, `text`, …) are only read by people.

Run as a program, `python tests/docs/console_blocks.py [PAGE …]`, it puts what the commands say now
into the pages, wherever that differs from what stands there. Read the difference before keeping it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))  # where this runs as a program

from forked_commands import ForkedCommands, piped, plain

CHECKOUT = Path(__file__).resolve().parents[2]
SHARED = CHECKOUT / ".." / "shared" / "data"

_FENCE = re.compile(r"^(`{3,})(\w*)\s*(?:(file|append)=(\S+))?\s*$")
_EXIT = re.compile(r"\s+# exit code (\d+)$")
_NEEDS = re.compile(r"^<!-- needs (\S+) -->$", re.MULTILINE)
#: What differs from run to run and is written as `…`: network versions, seconds that passed, items
#: that a demo put under way, when messages were received.
_VOLATILE = re.compile(
    r"\b[0-9a-f]{16}\b|(?<=\[)[ 0-9.]{5}(?= s\])|\b\d+(?= s\.$)"
    r"|^\d+(?= items were put under way)|(?<=put under way, )\d+(?= of them)"
    r"|(?<=; received )\d{4}-\d\d-\d\dT\d\d:\d\dZ|(?<=, 수신 )\d{4}-\d\d-\d\dT\d\d:\d\dZ"
)


@dataclass(frozen=True, slots=True)
class Written:
    """A file that the page tells its reader to write, or to add to."""

    name: str
    text: str
    append: bool


@dataclass(frozen=True, slots=True)
class Command:
    """A command of a page, and what the page says it prints; lines count from 0."""

    text: str
    exit_code: int
    shown: tuple[str, ...]
    first: int  # the line after the command
    last: int  # the line after its output


@dataclass(frozen=True, slots=True)
class Ended:
    """What a command did."""

    lines: tuple[str, ...]
    exit_code: int


def pages() -> list[Path]:
    """README and every page of the docs."""
    return [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").rglob("*.md"))]


def needs(text: str) -> list[str]:
    """The files of `shared/data` that a page's commands work on."""
    return _NEEDS.findall(text)


def steps(text: str) -> Iterator[Written | Command]:
    """What a page tells its reader to do, in order."""
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        opened = _FENCE.match(lines[number])
        number += 1
        if opened is None:
            continue
        fence, language, how, name = opened.groups()
        begin = number
        while number < len(lines) and lines[number] != fence:
            number += 1
        if name:
            body = "".join(line + "\n" for line in lines[begin:number])
            yield Written(name, body, how == "append")
        elif language == "console":
            yield from _commands(lines, begin, number)
        number += 1


def _commands(lines: Sequence[str], begin: int, end: int) -> Iterator[Command]:
    number = begin
    while number < end:
        if not lines[number].startswith("$ "):
            raise ValueError(f"line {number + 1}: output before the first command of its block")
        said = lines[number][2:]
        while said.endswith("\\"):
            number += 1
            said = said[:-1] + lines[number].strip()
        number += 1
        first = number
        while number < end and not lines[number].startswith("$ "):
            number += 1
        code = _EXIT.search(said)
        shown = tuple(lines[first:number])
        yield Command(_EXIT.sub("", said), int(code[1]) if code else 0, shown, first, number)


def environment() -> dict[str, str]:
    """The commands' surroundings: the virtual environment that runs the tests comes first, the
    width and the language are those of the pages, and nobody's own workspace is touched."""
    given = {name: value for name, value in os.environ.items() if name != "DATECERTAIN_WORKSPACE"}
    return given | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "COLUMNS": "80", "NO_COLOR": "1", "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8", "TERM": "dumb",
    }  # fmt: skip


def prepare(folder: Path, text: str) -> None:
    """Make the folder what the page's reader has before them."""
    (folder / "src").symlink_to(CHECKOUT / "src", target_is_directory=True)
    for name in needs(text):
        (folder / name).write_bytes((SHARED / name).read_bytes())


def run(
    step: Written | Command, folder: Path, surroundings: Mapping[str, str],
    forked: ForkedCommands | None = None,
) -> Ended | None:  # fmt: skip
    """Do one step in the page's folder; what a command did, None for a file. With `forked` only
    what needs a shell is started anew."""
    if isinstance(step, Written):
        with (folder / step.name).open("a" if step.append else "w", encoding="utf-8") as stream:
            stream.write(step.text)
        return None
    words = plain(step.text)
    if forked is not None and words is not None:
        code, printed = forked.run(words)
        return Ended(_trimmed(printed.decode("utf-8").split("\n")), code)
    parts = piped(step.text)
    if forked is not None and parts is not None:
        code, output, errors = forked.run_apart(parts[0])
        ended = printed_by(step.text, code, output.decode("utf-8"), folder, surroundings)
        told = _trimmed(errors.decode("utf-8").split("\n"))
        return Ended((*told, *ended.lines), ended.exit_code)
    done = subprocess.run(
        ["bash", "-c", step.text], cwd=folder, env=dict(surroundings), check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    return Ended(_trimmed(done.stdout.decode("utf-8").split("\n")), done.returncode)


def printed_by(
    text: str, code: int, printed: str, folder: Path, surroundings: Mapping[str, str]
) -> Ended:
    """What a command did that ended so, and printed that before what it is piped into."""
    _, _, rest = text.partition(" | ")
    if not rest:
        return Ended(_trimmed(printed.split("\n")), code)
    done = subprocess.run(
        ["bash", "-c", rest], cwd=folder, env=dict(surroundings), check=False,
        input=printed.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    return Ended(_trimmed(done.stdout.decode("utf-8").split("\n")), done.returncode)


def _trimmed(lines: Sequence[str]) -> tuple[str, ...]:
    kept = [line.rstrip() for line in lines]
    while kept and not kept[-1]:
        kept.pop()
    return tuple(kept)


def agrees(shown: Sequence[str], printed: Sequence[str]) -> bool:
    """Whether what a page shows is what was printed, its wildcards filled in."""
    parts = []
    for line in _trimmed(shown):
        if line == "...":
            parts.append(r"(?:[^\n]*\n)*")
        else:
            parts.append(r"[^\n]*".join(map(re.escape, line.split("…"))) + r"\n")
    text = "".join(line + "\n" for line in _trimmed(printed))
    return re.fullmatch("".join(parts), text) is not None


def refreshed(text: str, folder: Path, surroundings: Mapping[str, str]) -> str:
    """The page with the output that its commands have now where another stands there."""
    prepare(folder, text)
    lines: list[str] = []
    original = text.split("\n")
    copied = 0
    for step in steps(text):
        ended = run(step, folder, surroundings)
        if not isinstance(step, Command) or ended is None or agrees(step.shown, ended.lines):
            continue
        lines += original[copied : step.first]
        lines += [_VOLATILE.sub("…", line) for line in ended.lines]
        copied = step.last
    return "\n".join([*lines, *original[copied:]])


def pictures(page: Path, folder: Path) -> list[tuple[str, bytes]]:
    """The pictures beside a page that its commands wrote in their folder."""
    drawn = sorted(folder.glob("*.svg"))
    return [(one.name, one.read_bytes()) for one in drawn if page.with_name(one.name).is_file()]


def main(names: Sequence[str]) -> None:
    """Refresh the named pages, or all."""
    for page in [Path(name).resolve() for name in names] or pages():
        text = page.read_text(encoding="utf-8")
        if not any(isinstance(step, Command) for step in steps(text)):
            continue
        absent = [name for name in needs(text) if not (SHARED / name).is_file()]
        if absent:
            print(f"{page}: skipped, {', '.join(absent)} is not there")
            continue
        with tempfile.TemporaryDirectory() as folder:
            now = refreshed(text, Path(folder), environment())
            for name, drawn in pictures(page, Path(folder)):
                page.with_name(name).write_bytes(drawn)
        print(f"{page}: {'as it was' if now == text else 'refreshed'}")
        page.write_text(now, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
