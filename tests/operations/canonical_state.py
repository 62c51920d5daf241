"""A workspace as plain rows in a fixed order, to compare runs with each other.

Left out is what tells one run from another although both say the same: batch ids, moments of
receipt and booking, places in the order of publication, and the digests that cover those.

    state_of(folder)        everything that stands published: what a killed run must end in
    verdicts_of(folder)     current verdicts: what any order of the same messages must end in
    balances_of(folder)     the journal per owner, account, counterparty and currency
    halves_of(found, whole) what is there of an input file, but not all of it
    counts_of(folder)       rows of every table, facts versions and files: to see that nothing moved
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow as pa
from sqlalchemy import Connection, func, select
from sqlalchemy.sql.schema import Table

from datecertain.operations.judging import current_verdicts
from datecertain.operations.quarantine import about_part
from datecertain.operations.tables import (
    CASES_TABLE,
    EVENTS_TABLE,
    ITEMS_TABLE,
    TRANSPORT_TABLES,
)
from datecertain.operations.workspaces import open_workspace
from datecertain.store import Workspace, records, settlement_records
from datecertain.store.archive import Opening

State = Mapping[str, tuple[str, ...]]

_RUN_ONLY = {
    "batch_id", "received_at", "created_at", "booked_at", "seq", "prev_digest", "digest",
    "published_at", "known_at",
}  # fmt: skip
_FACTS = (EVENTS_TABLE, ITEMS_TABLE, CASES_TABLE)
_RECORDS = (
    records.settings, records.network_versions, records.input_files, records.interchanges,
    records.quarantine, records.findings, settlement_records.journal,
    settlement_records.statements, settlement_records.payments,
    settlement_records.statement_events,
    records.answers_due, records.answers_received,
)  # fmt: skip


def state_of(folder: Path) -> State:
    """All that stands published in a workspace, table by table, each row as a line of text."""
    with open_workspace(folder) as workspace:
        found = {
            name: _lines(workspace.facts(name).arrow().to_pylist())
            for name in (*_FACTS, *TRANSPORT_TABLES)
        }
        found["verdicts"] = _lines(current_verdicts(workspace, None).to_pylist())
        with workspace.reading() as view:
            found |= {
                table.name: _lines(_rows(workspace, view.connection, table)) for table in _RECORDS
            }
    # Which request's verdicts stand names the facts versions it read: another number of commits,
    # another name, the same verdicts.
    found["settings"] = tuple(line for line in found["settings"] if '"judged:' not in line)
    return found


def verdicts_of(folder: Path, *but: str) -> tuple[str, ...]:
    """The current verdicts, without the columns named in `but`."""
    with open_workspace(folder) as workspace:
        return _lines(current_verdicts(workspace, None).drop_columns(list(but)).to_pylist())


def events_of(folder: Path) -> pa.Table:
    """The events in the facts."""
    with open_workspace(folder) as workspace:
        return workspace.facts(EVENTS_TABLE).arrow()


def balances_of(folder: Path) -> dict[tuple[str, ...], int]:
    """What stands on every account, in millionths or minor units of its currency."""
    by = [
        settlement_records.journal.c[name]
        for name in ("owner", "account", "counterparty", "currency")
    ]
    query = select(*by, func.sum(settlement_records.journal.c.amount)).group_by(*by)
    with open_workspace(folder) as workspace, workspace.reading() as view:
        rows = view.connection.execute(query).all()
    return {tuple(row[:-1]): int(row[-1]) for row in rows if row[-1]}


def payments_of(folder: Path) -> list[tuple[str, str, int]]:
    """Who pays whom after the latest netting."""
    table = settlement_records.payments
    with open_workspace(folder) as workspace, workspace.reading() as view:
        last = select(func.max(table.c.version)).scalar_subquery()
        rows = view.connection.execute(
            select(table.c.payer, table.c.payee, table.c.amount_usdr).where(table.c.version == last)
        )
        return sorted((row.payer, row.payee, row.amount_usdr) for row in rows)


def rows_of(folder: Path, table: Table) -> list[dict[str, object]]:
    """The rows of a table of records; the bytes of what was set aside are opened."""
    with open_workspace(folder) as workspace, workspace.reading() as view:
        return _rows(workspace, view.connection, table)


def counts_of(folder: Path) -> dict[str, object]:
    """Rows of every table of records, the published facts versions, and the facts files."""
    with open_workspace(folder) as workspace, workspace.reading() as view:
        counts: dict[str, object] = {
            table.name: view.connection.execute(select(func.count()).select_from(table)).scalar()
            for table in records.METADATA.sorted_tables
        }
        counts |= {f"version of {name}": number for name, number in view.published.items()}
        counts |= {f"rows of {name}": workspace.facts(name).rows for name in view.published}
    below = folder / "facts"
    counts["files"] = sorted(str(p.relative_to(below)) for p in below.rglob("*") if p.is_file())
    return counts


def differences(found: State, expected: State) -> list[str]:
    """What is missing (-) or too much (+), table by table, a few lines of each."""
    told = []
    for name in sorted(found.keys() | expected.keys()):
        have, want = found.get(name, ()), expected.get(name, ())
        if have != want:
            extra, missing = sorted(set(have) - set(want)), sorted(set(want) - set(have))
            told.append(f"{name}: {len(have)} rows, expected {len(want)}")
            told += [f"  + {line[:300]}" for line in extra[:3]]
            told += [f"  - {line[:300]}" for line in missing[:3]]
    return told


def halves_of(found: State, whole: State) -> list[str]:
    """Where a workspace holds something of an input file without holding all of it: the tables of
    one that is still taking in what `whole` has taken in."""
    files = [json.loads(line) for line in found["input_files"]]
    assert set(found["input_files"]) <= set(whole["input_files"])
    names = {row["path"] for row in files}
    wrong = []
    for table in (*_FACTS, "findings", "quarantine"):
        expected = [line for line in whole[table] if json.loads(line)["source"] in names]
        if list(found[table]) != expected:
            wrong.append(f"{table}: {len(found[table])} rows, expected {len(expected)}")
    return wrong


def _rows(workspace: Workspace, connection: Connection, table: Table) -> list[dict[str, object]]:
    rows = [dict(row) for row in connection.execute(select(table)).mappings()]
    if table is records.quarantine:
        opening = Opening(workspace, connection)
        for row in rows:
            if key := row.pop("key_id"):
                row["raw"] = opening.note(row["raw"], key, about_part(str(row["id"])))
    return rows


def _lines(rows: Iterable[Mapping[str, object]]) -> tuple[str, ...]:
    return tuple(
        sorted(
            json.dumps(
                {key: _plain(value) for key, value in row.items() if key not in _RUN_ONLY},
                sort_keys=True, ensure_ascii=False,
            )
            for row in rows
        )
    )  # fmt: skip


def _plain(value: object) -> object:
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else value
