"""Promises in the records, on SQLite and on PostgreSQL: the migration, what the database refuses,
and two recorders at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, func, insert, select, text

from datecertain.errors import StoreError
from datecertain.moments import parse_utc
from datecertain.operations.clock import FixedClock
from datecertain.operations.networks import publish_network
from datecertain.operations.offline import make_table
from datecertain.operations.offline_journal import record_offline
from datecertain.operations.promising import record_promise
from datecertain.operations.reconciling import by_code, reconcile
from datecertain.operations.workspaces import open_workspace
from datecertain.promise.asking import Ask
from datecertain.promise.quoting import Route
from datecertain.promise.recordings import Recording
from datecertain.store import migrations
from datecertain.store.database import Database
from datecertain.store.records import network_versions, promise_events, promises, runs
from worlds import small_network

CLOCK = FixedClock(parse_utc("2026-10-27T02:00Z"))
ASK = Ask.at(Route("KR", "03051", "US", "10001"), "2026-10-27T10:00")
RECORDING = Recording(ASK, "counter-3", "EE000000005KR")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled networks of these tests stay with them."""
    monkeypatch.setenv("DATECERTAIN_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def counter(folder: Path) -> Path:
    """A workspace over the small world, on either database."""
    with open_workspace(folder, write=True) as workspace:
        publish_network(workspace, small_network(), CLOCK)
    return folder


@pytest.fixture
def first_release(records_url: str, tmp_path: Path) -> Iterator[Database]:
    """Records as the first release left them, with a network version and a run in them."""
    database = Database(records_url, tmp_path, create=True)
    with database.writing() as connection:
        config = migrations._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        version = {"version": "4f1e", "name": "small", "published_at": 1, "known_at": 1}
        connection.execute(insert(network_versions).values(**version, content=b"rows"))
        run = {"run_id": "r", "operation": "ingest", "key": "k", "request_digest": "d"}
        connection.execute(
            insert(runs).values(**run, started_at=1, state="started", counts={"files": 2})
        )
    yield database
    database.close()


def test_records_of_the_first_release_are_migrated_with_all_they_hold(
    first_release: Database,
) -> None:
    assert first_release.schema_version() == "0001"
    first_release.upgrade()
    first_release.demand_schema()
    with first_release.reading() as connection:
        assert connection.execute(select(network_versions.c.content)).scalar_one() == b"rows"
        assert connection.execute(select(runs.c.counts)).scalar_one() == {"files": 2}
        assert connection.execute(select(func.count()).select_from(promises)).scalar_one() == 0


def test_promises_that_no_release_wrote_are_not_dropped(first_release: Database) -> None:
    with first_release.writing() as connection:
        connection.execute(
            text(
                "INSERT INTO promises (promise_id, owner, audience, request, answer, "
                "network_version, accepted_at, created_at) "
                "VALUES ('p', 'KR', 'KR+US', '{}', '{}', '4f1e', 1, 1)"
            )
        )
    with pytest.raises(StoreError, match="holds 1 rows that no release"):
        first_release.upgrade()
    assert first_release.schema_version() == "0001"
    with first_release.reading() as connection:
        assert connection.execute(text("SELECT promise_id FROM promises")).scalar_one() == "p"


@pytest.mark.parametrize("table", ["promises", "promise_events"])
@pytest.mark.parametrize("change", ["UPDATE {} SET actor = 'other'", "DELETE FROM {}"])
def test_the_database_refuses_to_change_a_promise(counter: Path, table: str, change: str) -> None:
    with open_workspace(counter, write=True) as workspace:
        record_promise(workspace, RECORDING, CLOCK)
        with (
            pytest.raises(StoreError, match="promises are never changed or deleted"),
            workspace.writing() as connection,
        ):
            connection.execute(text(change.format(table)))
    assert counts(counter) == (1, 1)


def test_sqlite_refuses_to_replace_a_promise(local_folder: Path) -> None:
    with open_workspace(local_folder, write=True) as workspace:
        publish_network(workspace, small_network(), CLOCK)
        record_promise(workspace, RECORDING, CLOCK)
        for table in ("promises", "promise_events"):
            with (
                pytest.raises(StoreError, match="promises are never replaced"),
                workspace.writing() as connection,
            ):
                connection.execute(text(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"))


def test_a_promise_is_read_as_it_was_written(counter: Path) -> None:
    with open_workspace(counter, write=True) as workspace:
        made = record_promise(workspace, RECORDING, CLOCK)
    with open_workspace(counter, write=True) as workspace:
        again = record_promise(workspace, RECORDING, CLOCK)
    assert again == made
    assert made.given.network_version == small_network().version
    assert counts(counter) == (1, 1)


def test_an_offline_journal_is_reconciled_line_by_line(counter: Path, tmp_path: Path) -> None:
    """A line that cannot be recorded leaves nothing behind, and the lines after it are used."""
    table, journal = tmp_path / "seoul.table", tmp_path / "seoul.journal"
    make_table(("KR", "03051"), "2026-10-20", 10, table, CLOCK, workspace=counter)
    for number, key in (("EE000000005KR", "k1"), ("EE000000014KR", "k2"), ("EE000000028KR", "k3")):
        record_offline(replace(RECORDING, item_id=number, key=key), table, journal, CLOCK)
    with open_workspace(counter, write=True) as workspace:
        record_promise(workspace, replace(RECORDING, item_id="EE000000031KR", key="k2"), CLOCK)
        found = reconcile(workspace, journal, CLOCK, actor="head office")
        again = reconcile(workspace, journal, CLOCK, actor="head office")
    assert (found.recorded, by_code(found)) == (2, {"offline-not-recorded": 1})
    assert (again.recorded, again.known, again.conflicts) == (0, 2, found.conflicts)
    assert counts(counter) == (3, 5)  # each recorded, those of the journal reconciled as well


@pytest.mark.slow
def test_two_recorders_at_once_make_one_promise(counter: Path) -> None:
    words = [
        "promise", "record", "--from", "KR:03051", "--to", "US:10001", "--at", "2026-10-27T10:00",
        "--item", "EE000000005KR", "--actor", "counter-3", "--key", "tuesday-17", "-w",
        str(counter), "--json",
    ]  # fmt: skip
    entry = "from datecertain.cli import main; main()"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", entry, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, env=os.environ,
        )
        for _ in range(3)
    ]  # fmt: skip
    answers = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], answers
    told = [json.loads(out) for out, _ in answers]
    assert told[0] == told[1] == told[2]
    assert counts(counter) == (1, 1)


def counts(folder: Path) -> tuple[int, int]:
    """(promises, events) in the records."""

    def rows(connection: Connection, table: object) -> int:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()  # type: ignore[call-overload]

    with open_workspace(folder) as workspace, workspace.reading() as view:
        return rows(view.connection, promises), rows(view.connection, promise_events)


def test_counters_beside_a_writer_number_their_promises_one_after_the_other(counter: Path) -> None:
    def record(key: str) -> int:
        with open_workspace(counter) as workspace:
            made = replace(RECORDING, item_id=None, key=key)
            return record_promise(workspace, made, CLOCK).seq

    with open_workspace(counter, write=True), ThreadPoolExecutor(4) as threads:
        numbers = list(threads.map(record, [f"till-{n // 2}" for n in range(16)]))
    assert sorted(numbers) == sorted([*range(1, 9), *range(1, 9)])  # each key once
