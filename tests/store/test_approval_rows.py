"""Approvals in either database: two accounts, one decision, numbers in order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from datecertain.errors import StoreError
from datecertain.store.access_book import AccessBook
from datecertain.store.approval_rows import (
    add_approval,
    approval_row,
    approval_rows,
    change_approval,
)

ROW = {
    "owner": "KR", "audience": "KR", "kind": "test", "request": "{}", "digest": "d",
    "preview_en": "", "preview_ko": "", "state": "pending", "asked_by": "kim", "asked_at": 1,
    "ends_at": 9, "decided_by": "", "decided_at": None, "note": "", "result": "{}",
    "finished_at": None,
}  # fmt: skip


def test_two_accounts_and_one_decision(folder: Path) -> None:
    with AccessBook(folder) as book:

        def add(_: int) -> int:
            with book.writing() as connection:
                return add_approval(connection, ROW)

        def decide(who: int) -> bool:
            with book.writing() as connection:
                approval_row(connection, 1)
                return change_approval(
                    connection, 1, "pending", state="approved", decided_by=f"lee{who}"
                )

        with ThreadPoolExecutor(4) as pool:
            assert sorted(pool.map(add, range(8))) == list(range(1, 9))
            assert sorted(pool.map(decide, range(6))) == [False] * 5 + [True]
        with pytest.raises(StoreError), book.writing() as connection:
            change_approval(connection, 2, "pending", state="approved", decided_by="kim")
        with book.reading() as connection:
            assert [row.number for row in approval_rows(connection, state="pending")] == [
                2, 3, 4, 5, 6, 7, 8,
            ]  # fmt: skip
            assert approval_rows(connection, owner="US") == []
