"""Interchanges taken in when a SHA-256 said what their bytes are (before schema 0024) are known
again, not taken for others of the same reference (synthetic mail)."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

import pytest
from canonical_state import rows_of
from small_workspaces import interchange, small_workspace, take_in_files
from test_contrl_answers import SCAN, answered, asking, want

from datecertain.store import records


def as_taken_in_before(folder: Path, data: bytes) -> None:
    """Give the one interchange there the digest that it would have had."""
    connection = sqlite3.connect(folder / "records.db")
    for table in ("interchanges", "answers_due"):
        sha256 = hashlib.sha256(data).hexdigest()
        connection.execute(f"UPDATE {table} SET digest = ?", (sha256,))
    connection.commit()
    connection.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_workspace(tmp_path / "w")


def digests(folder: Path, table: str = "interchanges") -> list[str]:
    return [row["digest"] for row in rows_of(folder, records.METADATA.tables[table])]


def test_one_that_comes_again_is_a_repeat(folder: Path, tmp_path: Path) -> None:
    data = interchange(SCAN, reference="1")
    take_in_files(folder, tmp_path / "one", {"a.edi": data})
    assert [one.partition(":")[0] for one in digests(folder)] == ["blake3"]
    as_taken_in_before(folder, data)
    report = take_in_files(folder, tmp_path / "two", {"b.edi": b"\n" + data})
    assert (report.interchanges_repeated, report.findings) == (1, {})
    assert digests(folder) == [hashlib.sha256(data).hexdigest()]


def test_other_bytes_are_a_conflict_still(folder: Path, tmp_path: Path) -> None:
    data = interchange(SCAN, reference="1")
    take_in_files(folder, tmp_path / "one", {"a.edi": data})
    as_taken_in_before(folder, data)
    other = {"b.edi": data.replace(b"EMB", b"EMC")}
    assert take_in_files(folder, tmp_path / "two", other).findings == {"interchange-conflict": 1}


def test_what_broke_off_is_not_answered_anew(folder: Path, tmp_path: Path) -> None:
    want(folder)
    half = asking("1")[:-15]
    take_in_files(folder, tmp_path / "one", {"a.edi": half})
    as_taken_in_before(folder, half)
    answered(folder, tmp_path / "out")
    take_in_files(folder, tmp_path / "two", {"b.edi": b"\n" + half})
    assert answered(folder, tmp_path / "out").files == []
    assert len(digests(folder, "answers_due")) == 1
