"""The records store: one schema and one behaviour on SQLite and PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, func, insert, inspect, select, text
from store_cases import NOW, TABLES, entry_of, name_of, write_batch

from datecertain.errors import InvariantBroken, KeyReused, NotFound, StoreDamaged, StoreError
from datecertain.store import (
    Workspace,
    append_journal,
    find_run,
    finish_run,
    records,
    request_digest,
    run_id,
    start_run,
    verify_journal,
)
from datecertain.store.database import SCHEMA_VERSION, Database
from datecertain.store.journal import GENESIS
from datecertain.store.migrations import known


@pytest.fixture
def database(records_url: str, tmp_path: Path) -> Iterator[Database]:
    """An empty database of either kind, not migrated."""
    opened = Database(records_url, tmp_path, create=True)
    yield opened
    opened.close()


@pytest.fixture
def booked(folder: Path) -> Iterator[Workspace]:
    """A workspace with the journal of three batches: six lines."""
    with Workspace.open(folder, tables=TABLES, write=True) as workspace:
        for number in range(3):
            write_batch(workspace, number)
        yield workspace


def test_migrations_make_exactly_the_tables_that_the_code_expects(database: Database) -> None:
    assert database.schema_version() is None
    with pytest.raises(StoreError, match="records at schema none"):
        database.demand_schema()
    database.upgrade()
    database.upgrade()
    database.demand_schema()
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, records.METADATA) == []
        inspector = inspect(connection)
        for table in records.METADATA.sorted_tables:
            checks = {check["name"] for check in inspector.get_check_constraints(table.name)}
            declared = {str(item.name) for item in table.constraints if _is_check(item)}
            assert declared == checks, table.name


def _is_check(constraint: object) -> bool:
    return type(constraint).__name__ == "CheckConstraint"


def test_this_release_knows_the_schema_it_needs() -> None:
    assert known()[0] == SCHEMA_VERSION


def test_every_table_of_business_says_whose_it_is() -> None:
    ours = {
        "settings", "network_versions", "network_publications", "runs", "batches", "published",
        "judgings",
    }  # fmt: skip
    for table in records.METADATA.sorted_tables:
        if table.name not in ours:
            assert {"owner", "audience"} <= set(table.c.keys()), table.name


def test_a_schema_of_a_newer_release_is_left_alone(folder: Path, records_url: str) -> None:
    database = Database(records_url, folder)
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for write, message in ((True, "does not know"), (False, "records at schema 9999")):
        with pytest.raises(StoreError, match=message):
            Workspace.open(folder, tables=TABLES, write=write)
    assert database.schema_version() == "9999"
    database.close()


def test_a_migration_that_is_cut_off_leaves_nothing(database: Database) -> None:
    from datecertain.store.migrations import upgrade

    class CutOff(Exception):
        pass

    def migrate_and_die() -> None:
        with database.writing() as connection:
            upgrade(connection)
            raise CutOff

    with pytest.raises(CutOff):
        migrate_and_die()
    assert database.schema_version() is None
    database.upgrade()
    assert database.schema_version() == SCHEMA_VERSION


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE journal SET amount = amount + 1",
        "UPDATE journal SET reason = 'other' WHERE line = 1",
        "DELETE FROM journal",
        "DELETE FROM journal WHERE entry_id = 'recourse-2'",
    ],
)
def test_the_database_refuses_to_edit_the_journal(booked: Workspace, change: str) -> None:
    with (
        pytest.raises(StoreError, match="journal lines are never changed or deleted"),
        booked.writing() as connection,
    ):
        connection.execute(text(change))
    with booked.reading() as view:
        assert verify_journal(view.connection)[0] == 6


def test_sqlite_refuses_to_replace_a_journal_line(local_folder: Path) -> None:
    with Workspace.open(local_folder, tables=TABLES, write=True) as workspace:
        write_batch(workspace, 0)
        with (
            pytest.raises(StoreError, match="journal lines are never replaced"),
            workspace.writing() as connection,
        ):
            connection.execute(
                text("INSERT OR REPLACE INTO journal SELECT * FROM journal WHERE seq = 1")
            )


def test_postgresql_refuses_to_truncate_the_journal(postgres_url: str, tmp_path: Path) -> None:
    Workspace.init(tmp_path / "kr", records=postgres_url)
    with Workspace.open(tmp_path / "kr", tables=TABLES, write=True) as workspace:
        write_batch(workspace, 0)
        with (
            pytest.raises(StoreError, match="journal lines are never changed or deleted"),
            workspace.writing() as connection,
        ):
            connection.execute(text("TRUNCATE journal"))


def test_the_journal_is_one_chain(booked: Workspace) -> None:
    with booked.reading() as view:
        lines, head = verify_journal(view.connection)
        rows = view.connection.execute(select(records.journal).order_by("seq")).all()
    assert (lines, head) == (6, rows[-1].digest)
    assert [row.prev_digest for row in rows] == [GENESIS, *(row.digest for row in rows[:-1])]
    assert sum(row.amount for row in rows) == 0


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE journal SET amount = 1 WHERE seq = 3",
        "UPDATE journal SET account = 'payable' WHERE seq = 6",
        "DELETE FROM journal WHERE seq = 2",
        "DELETE FROM journal WHERE seq = 1",
    ],
)
def test_going_round_the_database_breaks_the_chain(local_folder: Path, change: str) -> None:
    with Workspace.open(local_folder, tables=TABLES, write=True) as workspace:
        for number in range(3):
            write_batch(workspace, number)
    raw = sqlite3.connect(local_folder / "records.db")
    raw.execute("DROP TRIGGER journal_no_update")
    raw.execute("DROP TRIGGER journal_no_delete")
    raw.execute(change)
    raw.commit()
    raw.close()
    with (
        Workspace.open(local_folder, tables=TABLES) as workspace,
        workspace.reading() as view,
        pytest.raises(StoreDamaged, match="was changed or removed"),
    ):
        verify_journal(view.connection)


@given(st.lists(st.integers(-(10**15), 10**15), min_size=1, max_size=6))
def test_an_entry_that_does_not_sum_to_zero_is_never_booked(amounts: list[int]) -> None:
    database = Database("sqlite:////dev/null", Path("/"), create=True)
    template = entry_of(0)[0]
    lines = [template | {"line": number, "amount": a} for number, a in enumerate(amounts)]
    offset = template | {"line": 99, "amount": 1 - sum(amounts)}

    def book(connection: Connection) -> None:
        append_journal(connection, [*lines, offset])

    with database._engine.connect() as connection, pytest.raises(InvariantBroken, match="sum to 1"):
        book(connection)
    database.close()


def test_the_database_refuses_rows_of_a_batch_that_is_not_there(folder: Path) -> None:
    with (
        Workspace.open(folder, tables=TABLES, write=True) as workspace,
        pytest.raises(StoreError, match=r"(?i)foreign key"),
        workspace.writing() as connection,
    ):
        append_journal(connection, entry_of(0))


def test_a_run_gives_its_stored_result_back(folder: Path) -> None:
    request = {"mailbox": "/in", "months": ["2026-11"]}
    digest = request_digest(request)
    assert digest == request_digest(dict(reversed(request.items())))
    with Workspace.open(folder, tables=TABLES, write=True) as workspace:
        with workspace.writing() as connection:
            assert find_run(connection, "ingest", "monday", digest) is None
            run = start_run(connection, "ingest", "monday", digest, now=NOW, rules_version="1")
        assert (run.run_id, run.finished) == (run_id("ingest", "monday"), False)
        with workspace.commit("ingest", name_of(0), now=NOW) as commit:
            commit.records(
                lambda connection: finish_run(
                    connection, run.run_id, now=NOW + 3, counts={"files": 2}, result={"items": 7}
                )
            )
        with workspace.writing() as connection:
            again = start_run(connection, "ingest", "monday", digest, now=NOW + 9)
            finish_run(connection, run.run_id, now=NOW + 9, counts={}, result={})
        assert again.finished
        assert (again.started_at, again.finished_at) == (NOW, NOW + 3)
        assert (again.counts, again.result) == ({"files": 2}, {"items": 7})
        with workspace.reading() as view:
            assert find_run(view.connection, "ingest", "monday", digest) == again


def test_a_key_is_not_used_for_another_request(folder: Path) -> None:
    with (
        Workspace.open(folder, tables=TABLES, write=True) as workspace,
        workspace.writing() as connection,
    ):
        start_run(connection, "ingest", "monday", request_digest({"mailbox": "/in"}), now=NOW)
        other = request_digest({"mailbox": "/elsewhere"})
        with pytest.raises(KeyReused, match="key 'monday' was already used"):
            start_run(connection, "ingest", "monday", other, now=NOW)
        assert start_run(connection, "judge", "monday", other, now=NOW).operation == "judge"
        with pytest.raises(NotFound, match="never started"):
            finish_run(connection, "no-such-run", now=NOW, counts={}, result={})


def test_sqlite_is_set_to_survive_a_power_cut_on_every_connection(local_folder: Path) -> None:
    database = Database("sqlite:///records.db", local_folder)
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}
    with database.reading() as first, database.reading() as second, database.writing() as third:
        for connection in (first, second, third):
            found = {name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in wanted}
            assert found == wanted
    database.close()


def test_readers_do_not_wait_for_the_writer(folder: Path, records_url: str) -> None:
    database = Database(records_url, folder)
    count = select(func.count()).select_from(records.settings)
    with database.writing() as writer:
        writer.execute(insert(records.settings).values(key="buckets", value="16"))
        with database.reading() as reader:
            assert reader.execute(count).scalar() == 0
    with database.reading() as reader:
        assert reader.execute(count).scalar() == 1
    database.close()


def test_passwords_are_not_shown(tmp_path: Path) -> None:
    database = Database("postgresql://clerk:secret@127.0.0.1:1/kr", tmp_path)
    with pytest.raises(StoreError, match=r"clerk:\*\*\*@") as caught:
        database.schema_version()
    assert "secret" not in str(caught.value)
    database.close()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://host/kr", "use sqlite or postgresql"),
        ("records.db", "is not a URL"),
        ("sqlite://", "records need a file"),
    ],
)
def test_a_url_that_cannot_be_used_is_explained(tmp_path: Path, url: str, message: str) -> None:
    with pytest.raises(StoreError, match=message):
        Database(url, tmp_path, create=True)
