"""Two settlements at once, and kill -9 while one books, on either database: the same journal, each
entry once, as an undisturbed run leaves it (issue 7)."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from canonical_state import State, differences, state_of
from command_line import say, start
from month_of_mail import PERIOD, Month
from sqlalchemy import insert, select

from datecertain.store.database import Database
from datecertain.store.records import METADATA

Copy = Callable[[Path], Path]

#: Kills a database; more by the environment, for a long run.
KILLS = int(os.environ.get("DATECERTAIN_SETTLE_KILLS", "2"))


@pytest.fixture(params=["sqlite", "postgresql"])
def judged(request: pytest.FixtureRequest, month: Month, workspace: Copy) -> Callable[[], Path]:
    """Makes a workspace whose month was judged and not settled, its records in that database."""

    def make() -> Path:
        folder = workspace(month.judged)
        if request.param == "postgresql":
            move_records(folder, request.getfixturevalue("postgres_url"))
        return folder

    return make


def move_records(folder: Path, url: str) -> None:
    """Put the records of a workspace into another database, row by row."""
    before, after = (Database(name, folder) for name in ("sqlite:///records.db", url))
    after.upgrade()
    with before.reading() as source, after.writing() as target:
        for table in METADATA.sorted_tables:
            rows = [dict(row) for row in source.execute(select(table)).mappings()]
            if rows:
                target.execute(insert(table), rows)
    for database in (before, after):
        database.close()
    settings = folder / "datecertain.toml"
    text = settings.read_text(encoding="utf-8")
    assert "sqlite:///records.db" in text
    settings.write_text(text.replace("sqlite:///records.db", url), encoding="utf-8")
    for path in folder.glob("records.db*"):
        path.unlink()


def journal_of(state: State) -> tuple[str, ...]:
    return state["journal"]


def test_two_settlements_at_once_book_each_entry_once(
    judged: Callable[[], Path], month: Month
) -> None:
    folder = judged()
    both = [start(["settle", "--period", PERIOD, "-w", folder, "--json"]) for _ in range(2)]
    for process in both:
        process.communicate()
    assert [process.returncode for process in both] == [0, 0]
    after = state_of(month.settled)
    assert journal_of(state_of(folder)) == journal_of(after)
    assert say("journal", "verify", "-w", folder).code == 0


def test_killed_while_it_books_and_started_again(judged: Callable[[], Path], month: Month) -> None:
    before, after = state_of(month.judged), state_of(month.settled)
    chance = Random("kill -9 settle")
    folder = judged()
    words = ["settle", "--period", PERIOD, "-w", folder]
    for _ in range(KILLS):
        process = start(words)
        try:
            process.wait(chance.uniform(0.05, 0.6))
        except subprocess.TimeoutExpired:
            process.kill()
        process.communicate()
        state = state_of(folder)
        assert journal_of(state) in (journal_of(before), journal_of(after))
        if journal_of(state) == journal_of(after):
            break  # it was faster: nothing is left to be killed
    assert say(*map(str, words)).code == 0
    assert differences(state_of(folder), after) == []
    assert say("journal", "verify", "-w", folder).code == 0
