"""The records store: one schema and one behaviour on SQLite and PostgreSQL."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, func, insert, inspect, select, text
from store_cases import NOW, TABLES, book, entry_of, lines_of, name_of, write_batch

from datecertain.errors import InvariantBroken, KeyReused, NotFound, StoreDamaged, StoreError
from datecertain.store import (
    Workspace,
    append_journal,
    balances,
    find_run,
    finish_run,
    records,
    request_digest,
    run_id,
    start_run,
    verify_journal,
)
from datecertain.store.database import SCHEMA_VERSION, Database
from datecertain.store.journal import GENESIS, LINES
from datecertain.store.migrations import known
from datecertain.store.settlement_records import journal, journal_seals


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
        options = {"compare_type": True, "include_object": _of_this_database(connection)}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, records.METADATA) == []
        inspector = inspect(connection)
        for table in records.METADATA.sorted_tables:
            checks = {check["name"] for check in inspector.get_check_constraints(table.name)}
            declared = {str(item.name) for item in table.constraints if _is_check(item)}
            assert declared == checks, table.name


def _of_this_database(connection: Connection) -> Callable[..., bool]:
    """All but the declared indexes that are another database's."""

    def ours(thing: Any, name: str, kind: str, reflected: bool, other: Any) -> bool:
        told = getattr(thing, "_ddl_if", None)
        return reflected or told is None or told.dialect == connection.dialect.name

    return ours


def _is_check(constraint: object) -> bool:
    return type(constraint).__name__ == "CheckConstraint"


def test_this_release_knows_the_schema_it_needs() -> None:
    assert known()[0] == SCHEMA_VERSION


def test_every_table_of_business_says_whose_it_is() -> None:
    ours = {
        "settings", "network_versions", "network_publications", "runs", "batches", "published",
        "judgings", "journal_seals",
        # Of the door, not of the business: whose an account is, its post says.
        "accounts", "account_keys", "account_passwords", "account_identities", "visits",
        "sign_in_failures", "sign_in_requests", "audit_entries",
        "job_schedules", "job_runs", "job_leases", "happening_marks", "webhooks",
        "webhook_deliveries",
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
        assert verify_journal(view.connection).lines == 6


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


@pytest.mark.parametrize(
    ("number", "entry"),
    [("1", "entry_id"), ("max(seq)", "entry_id"), ("max(seq) + 1", "entry_id"), ("2", "'new'")],
)
def test_sqlite_refuses_whatever_would_take_a_lines_place(
    local_folder: Path, number: str, entry: str
) -> None:
    columns = ", ".join(name for name in LINES.names if name not in ("seq", "entry_id"))
    with Workspace.open(local_folder, tables=TABLES, write=True) as workspace:
        write_batch(workspace, 0)
        for verb in ("INSERT", "INSERT OR REPLACE", "REPLACE"):
            with pytest.raises(StoreError), workspace.writing() as connection:
                connection.execute(text(
                    f"{verb} INTO journal (seq, entry_id, {columns}) SELECT (SELECT {number} FROM "
                    f"journal), {entry}, {columns} FROM journal WHERE seq = 1"
                ))  # fmt: skip
        with workspace.reading() as view:
            assert verify_journal(view.connection).lines == 2


def test_postgresql_refuses_to_truncate_the_journal(postgres_url: str, tmp_path: Path) -> None:
    Workspace.init(tmp_path / "kr", records=postgres_url)
    with Workspace.open(tmp_path / "kr", tables=TABLES, write=True) as workspace:
        write_batch(workspace, 0)
        with (
            pytest.raises(StoreError, match="journal lines are never changed or deleted"),
            workspace.writing() as connection,
        ):
            connection.execute(text("TRUNCATE journal"))


def test_the_journal_is_one_chain_of_seals(booked: Workspace) -> None:
    with booked.reading() as view:
        whole = verify_journal(view.connection)
        seals = view.connection.execute(select(journal_seals).order_by("number")).all()
        amounts = view.connection.scalars(select(journal.c.amount)).all()
    assert (whole.lines, whole.digest) == (6, seals[-1].digest)
    assert [seal.prev_digest for seal in seals] == [GENESIS, *(seal.digest for seal in seals[:-1])]
    assert [(seal.first_seq, seal.last_seq) for seal in seals] == [(1, 2), (3, 4), (5, 6)]
    assert [seal.batch_id for seal in seals] == [name_of(0), name_of(1), name_of(2)]
    assert sum(amounts) == 0


def test_a_seal_is_sha_256_over_the_one_before_and_the_lines_as_text(booked: Workspace) -> None:
    """Worked without the code: who has the lines can prove the journal with any tool."""
    line = "recourse-0\x1f{}\x1f29900000\x1f20800\x1f{}\x1fJP\x1fKR\x1fJP+KR\x1fSDR\x1f{}"
    rest = "\x1f\x00\x1f\x00\x1frecourse\x1f2026-11"
    text_of = [
        "1\x1f" + line.format(1, "receivable", 1000000) + rest,
        "2\x1f" + line.format(2, "recourse", -1000000) + rest,
    ]
    by_hand = hashlib.sha256(f"{GENESIS}\n{chr(0x1E).join(text_of)}".encode()).hexdigest()
    with booked.reading() as view:
        first = view.connection.execute(select(journal_seals).order_by("number")).first()
    assert first is not None
    assert first.digest == by_hand


def test_a_digest_that_was_kept_shows_lines_cut_off_at_the_end(booked: Workspace) -> None:
    with booked.reading() as view:
        kept = verify_journal(view.connection).digest
    write_batch(booked, 3)
    with booked.reading() as view:
        assert verify_journal(view.connection, kept).holds
        assert verify_journal(view.connection, GENESIS).holds
        assert not verify_journal(view.connection, "f" * 64).holds


def test_balances_of_any_past_moment_and_the_seal_that_proves_them(folder: Path) -> None:
    with Workspace.open(folder, tables=TABLES, write=True) as workspace:
        for number in range(3):
            write_batch(workspace, number, booked_at=NOW + 10 * number)
        with workspace.reading() as view:
            seals = view.connection.execute(select(journal_seals).order_by("number")).all()
            before = balances(view.connection, at=NOW - 1)
            first, second = (balances(view.connection, at=NOW + m) for m in (9, 10))
            now, others = balances(view.connection), balances(view.connection, owner="US")
            early = balances(view.connection, value_on=20_799)
    assert (before.rows, before.lines, before.digest) == ((), 0, GENESIS)
    assert (first.lines, first.digest) == (2, seals[0].digest)
    assert second.digest == seals[1].digest
    assert [row.amount for row in first.rows] == [1_000_000, -1_000_000]
    assert [row.amount for row in second.rows] == [2_000_001, -2_000_001]
    assert [row.amount for row in now.rows] == [3_000_003, -3_000_003]
    assert (others.rows, early.rows) == ((), ())


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE journal SET amount = 1 WHERE seq = 3",
        "UPDATE journal SET account = 'payable' WHERE seq = 6",
        "DELETE FROM journal WHERE seq = 2",
        "DELETE FROM journal WHERE seq = 1",
        "DELETE FROM journal WHERE seq < 3",
        "DELETE FROM journal_seals WHERE number = 1",
        "UPDATE journal_seals SET digest = prev_digest WHERE number = 2",
    ],
)
def test_going_round_the_database_breaks_the_chain(local_folder: Path, change: str) -> None:
    with Workspace.open(local_folder, tables=TABLES, write=True) as workspace:
        for number in range(3):
            write_batch(workspace, number)
    raw = sqlite3.connect(local_folder / "records.db")
    for table in ("journal", "journal_seals"):
        raw.execute(f"DROP TRIGGER {table}_no_update")
        raw.execute(f"DROP TRIGGER {table}_no_delete")
    raw.execute(change)
    raw.commit()
    raw.close()
    with (
        Workspace.open(local_folder, tables=TABLES) as workspace,
        workspace.reading() as view,
        pytest.raises(StoreDamaged, match="was changed or removed"),
    ):
        verify_journal(view.connection)


def test_lines_that_were_not_booked_by_us_are_found(local_folder: Path) -> None:
    with Workspace.open(local_folder, tables=TABLES, write=True) as workspace:
        write_batch(workspace, 0)
        with workspace.writing() as connection:
            connection.execute(
                text(
                    "INSERT INTO journal SELECT 3, 'x', 1, booked_at, value_on, account, "
                    "counterparty, owner, audience, currency, 5, item_id, item_key, reason, period "
                    "FROM journal WHERE seq = 1"
                )
            )
        with (
            workspace.reading() as view,
            pytest.raises(StoreDamaged, match="1 lines after the last seal"),
        ):
            verify_journal(view.connection)


def test_blocks_end_with_an_entry(local_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datecertain.store.journal.BLOCK", 3)
    with Workspace.open(local_folder, tables=TABLES, write=True) as workspace:
        rows = [line for number in range(4) for line in entry_of(number)]
        with workspace.commit("ingest", name_of(0), now=NOW) as commit:
            commit.records(lambda link: append_journal(link, lines_of(rows), name_of(0)))
        with workspace.reading() as view:
            seals = view.connection.execute(select(journal_seals).order_by("number")).all()
            assert verify_journal(view.connection).lines == 8
    assert [(seal.first_seq, seal.last_seq) for seal in seals] == [(1, 2), (3, 6), (7, 8)]


@given(st.lists(st.integers(-(10**15), 10**15), min_size=1, max_size=6))
def test_an_entry_that_does_not_sum_to_zero_is_never_booked(amounts: list[int]) -> None:
    template = entry_of(0)[0]
    amounts = [*amounts, 1 - sum(amounts)]
    rows = [template | {"line": number, "amount": a} for number, a in enumerate(amounts, start=1)]
    with pytest.raises(InvariantBroken, match="sum to 1"):
        refused(rows)


@pytest.mark.parametrize(
    ("numbers", "message"),
    [((0, 1), "numbered from 1"), ((1, 3), "numbered from 1"), ((1, 2, 1, 2), "numbered from 1")],
)
def test_an_entry_in_pieces_or_twice_is_never_booked(
    numbers: tuple[int, ...], message: str
) -> None:
    one, other = entry_of(0)
    rows = [(one if i % 2 else other) | {"line": number} for i, number in enumerate(numbers)]
    with pytest.raises(InvariantBroken, match=message):
        refused(rows)
    with pytest.raises(InvariantBroken, match="stands twice"):
        refused([*entry_of(0), *entry_of(1), *entry_of(0)])


def refused(rows: list[dict[str, object]]) -> None:
    """Try to append lines to no database at all: they must be refused before it is asked."""
    database = Database("sqlite:////dev/null", Path("/"), create=True)
    try:
        with database._engine.connect() as connection:
            append_journal(connection, lines_of(rows), name_of(0))
    finally:
        database.close()


def test_an_entry_is_booked_once(folder: Path) -> None:
    with Workspace.open(folder, tables=TABLES, write=True) as workspace:
        write_batch(workspace, 0)
        with (
            pytest.raises(StoreError, match=r"replaced|already"),
            workspace.writing() as connection,
        ):
            book(connection, 0)


def test_the_database_refuses_rows_of_a_batch_that_is_not_there(folder: Path) -> None:
    with (
        Workspace.open(folder, tables=TABLES, write=True) as workspace,
        pytest.raises(StoreError, match=r"(?i)foreign key"),
        workspace.writing() as connection,
    ):
        book(connection, 0)


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
