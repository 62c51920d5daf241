"""What README and docs show is what the program says (the house, rule 6)."""

from __future__ import annotations

from pathlib import Path

import pytest
from console_blocks import (
    CHECKOUT,
    SHARED,
    Command,
    Ended,
    Written,
    agrees,
    environment,
    needs,
    pages,
    pictures,
    prepare,
    printed_by,
    refreshed,
    run,
    steps,
)
from forked_commands import ForkedCommands
from shared_beginnings import SharedBeginnings

from thorough import TIMES


def with_commands() -> list[Path]:
    """The pages that show commands."""
    texts = {page: page.read_text(encoding="utf-8") for page in pages()}
    return [
        page for page, text in texts.items() if any(isinstance(s, Command) for s in steps(text))
    ]


#: Pages of which nearly every command compiles a timetable or a network of its own.
BEFORE_A_RELEASE = (
    "import-a-timetable.md", "quote-from-a-real-timetable.md", "change-the-network.md"
)  # fmt: skip


@pytest.fixture(scope="session")
def beginnings(session_folder: Path) -> SharedBeginnings:
    """What pages begin with, run once."""
    return SharedBeginnings(session_folder / "beginnings")


@pytest.mark.slow
@pytest.mark.parametrize("page", with_commands(), ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_commands_print_what_the_page_shows(
    page: Path, tmp_path: Path, beginnings: SharedBeginnings
) -> None:
    if TIMES == 1 and page.name in BEFORE_A_RELEASE:
        pytest.skip("its commands take half a minute: they are run by `make thorough`")
    text = page.read_text(encoding="utf-8")
    for name in needs(text):
        if not (SHARED / name).is_file():
            pytest.skip(f"{name} is not in the folder `shared/data` beside this checkout")
    prepare(tmp_path, text)
    surroundings = environment()
    forked = ForkedCommands(tmp_path, surroundings)
    all_steps = list(steps(text))
    begun = beginnings.begin(all_steps, tmp_path, forked, surroundings)
    for number, step in enumerate(all_steps):
        if number < len(begun):
            ended: Ended | None = begun[number]
        elif isinstance(step, Command) and (
            simulated := beginnings.simulate(step.text, tmp_path, forked)
        ):
            ended = printed_by(step.text, *simulated, tmp_path, surroundings)
        else:
            ended = run(step, tmp_path, surroundings, forked)
        if not isinstance(step, Command) or ended is None:
            continue
        printed = "\n".join(ended.lines)
        where = f"{page.name}:{step.first}: $ {step.text}"
        assert ended.exit_code == step.exit_code, f"{where}\n{printed}"
        assert agrees(step.shown, ended.lines), f"{where} now prints\n{printed}"
    for name, drawn in pictures(page, tmp_path):
        assert page.with_name(name).read_bytes() == drawn, f"{name} is drawn otherwise now"


def test_the_main_pages_show_commands() -> None:
    shown = {str(page.relative_to(CHECKOUT)) for page in with_commands()}
    assert shown >= {
        "README.md", "docs/tutorial/first-month.md", "docs/reference/commands.md",
        "docs/explanation/staircase.md",
    }  # fmt: skip


PAGE = """\
Write this as `name.txt`:

```text file=name.txt
Incheon
```

```console
$ cat name.txt && \\
    echo of the world
Incheon
of …
$ ls absent  # exit code 2
...
```

```sh
rm -rf everything
```
"""


def test_a_page_is_read_as_its_reader_would() -> None:
    written, shown, failing = steps(PAGE)
    assert written == Written("name.txt", "Incheon\n", append=False)
    assert isinstance(shown, Command)
    assert isinstance(failing, Command)
    assert shown.text == "cat name.txt && echo of the world"
    assert shown.shown == ("Incheon", "of …")
    assert (failing.text, failing.exit_code) == ("ls absent", 2)


@pytest.mark.parametrize(
    ("shown", "printed", "expected"),
    [
        ("12 items", "12 items", True),
        ("12 items", "13 items", False),
        ("… items", "13 items", True),
        ("network … is in force", "network 4f1e is in force\nand more", False),
        ("first\n...\nlast", "first\nlast", True),
        ("first\n...\nlast", "first\nsecond\nthird\nlast", True),
        ("first\n...", "second", False),
        ("table   \n\n", "table", True),
        ("50 % (a|b)", "50 % (a|b)", True),
        ("", "something", False),
    ],
)
def test_only_declared_differences_pass(shown: str, printed: str, expected: bool) -> None:
    assert agrees(shown.split("\n"), printed.split("\n")) is expected


def test_refreshing_keeps_what_agrees_and_replaces_what_does_not(tmp_path: Path) -> None:
    stale = PAGE.replace("Incheon\nof …", "Gimpo\nof …")
    now = refreshed(stale, tmp_path, environment())
    assert now == PAGE.replace("of …", "of the world")


def test_a_command_that_the_page_shows_wrongly_is_noticed(tmp_path: Path) -> None:
    wrong = list(steps(PAGE.replace("of …", "of Asia")))
    ended = [run(step, tmp_path, environment()) for step in wrong]
    shown, printed = wrong[1], ended[1]
    assert isinstance(shown, Command)
    assert printed is not None
    assert not agrees(shown.shown, printed.lines)
