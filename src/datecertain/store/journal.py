"""The journal's storage: appended, never edited, each line sealed into a chain.

The digest of a line is SHA-256 over the digest before it and the line's own canonical text, one
chain for the whole journal. The database refuses UPDATE and DELETE; the chain shows if someone
went round the database. Lines of one entry sum to zero per currency.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, insert, select

from datecertain.errors import InvariantBroken, StoreDamaged
from datecertain.store.records import journal

#: What the first line is chained to.
GENESIS = "0" * 64

_SEALED = tuple(
    column.name for column in journal.columns if column.name not in ("prev_digest", "digest")
)


def append_journal(connection: Connection, lines: Iterable[Mapping[str, Any]]) -> int:
    """Append lines (columns of `records.journal` without `seq` and digests); how many.

    Call it inside a commit's records transaction. Raises `InvariantBroken` when the lines of an
    entry do not sum to zero per currency, before anything is written.
    """
    given = list(lines)
    _check_balance(given)
    last = connection.execute(
        select(journal.c.seq, journal.c.digest).order_by(journal.c.seq.desc()).limit(1)
    ).one_or_none()
    seq, digest = (0, GENESIS) if last is None else (last.seq, last.digest)
    rows = []
    for line in given:
        seq += 1
        row = {name: line.get(name) for name in _SEALED} | {"seq": seq}
        sealed = _seal(digest, row)
        rows.append(row | {"prev_digest": digest, "digest": sealed})
        digest = sealed
    if rows:
        connection.execute(insert(journal), rows)
    return len(rows)


def verify_journal(connection: Connection) -> tuple[int, str]:
    """(lines, last digest) of a journal that is whole.

    Raises `StoreDamaged` at the first line that is missing, changed or out of balance. Keep the
    last digest elsewhere (a statement, a partner): only that shows lines cut off at the end.
    """
    seq, digest = 0, GENESIS
    balance: Counter[tuple[str, str]] = Counter()
    lines = connection.execution_options(yield_per=10_000).execute(
        select(journal).order_by(journal.c.seq)
    )
    for line in lines.mappings():
        seq += 1
        row = {name: line[name] for name in _SEALED}
        whole = (line["seq"], line["prev_digest"]) == (seq, digest)
        if not whole or _seal(digest, row) != line["digest"]:
            raise StoreDamaged(
                f"journal: line {line['line']} of entry {line['entry_id']!r} (number {seq}) does "
                "not follow the line before it: it, or one before it, was changed or removed"
            )
        digest = line["digest"]
        balance[line["entry_id"], line["currency"]] += line["amount"]
    open_entries = sorted(entry for (entry, _), amount in balance.items() if amount)
    if open_entries:
        raise StoreDamaged(f"journal: entries do not sum to zero: {open_entries[:5]}")
    return seq, digest


def _seal(previous: str, row: Mapping[str, Any]) -> str:
    text = json.dumps(row, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


def _check_balance(lines: Iterable[Mapping[str, Any]]) -> None:
    balance: Counter[tuple[str, str]] = Counter()
    for line in lines:
        balance[line["entry_id"], line["currency"]] += line["amount"]
    for (entry, currency), amount in balance.items():
        if amount:
            raise InvariantBroken(
                f"journal entry {entry!r}: its lines in {currency} sum to {amount}, not to zero"
            )
