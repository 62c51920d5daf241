"""The storage of the audit trail: appended in one order, chained by digests, proved.

Each entry bears the SHA-256 of itself and of the digest before it. The order is the database's:
SQLite lets one writer begin at a time, PostgreSQL is asked for a lock until the transaction ends.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, insert, select, text

from datecertain.errors import InvariantBroken, StoreDamaged
from datecertain.store.audit_records import audit_entries

#: What the first entry is chained to.
GENESIS = "0" * 64
#: Number of the PostgreSQL advisory lock: the bytes "dc-audit".
_LOCK = int.from_bytes(b"dc-audit", "big", signed=True)
#: In this order for ever: the digests rest on it.
_SEALED = ("seq", "at", "phase", "who", "post", "kind", "action", "subject", "of", "details")
#: Under this name a connection notes that its transaction bears an entry.
_BEARS = "audit_entry"
_AT_ONCE = 1000
_MOST = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be written: see `store.audit_records`. `details` is canonical JSON."""

    at: int
    phase: str
    who: str
    post: str
    kind: str
    action: str
    subject: str
    of: int | None = None
    details: str = "{}"


def append_entry(connection: Connection, entry: Entry) -> int:
    """Append an entry; its number. Call it in a writing transaction; it is there when that is."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
    table = audit_entries.c
    last = connection.execute(
        select(table.seq, table.sha256).order_by(table.seq.desc()).limit(1)
    ).one_or_none()
    seq, previous = (1, GENESIS) if last is None else (last.seq + 1, last.sha256)
    row = {name: _fit(getattr(entry, name)) for name in Entry.__slots__} | {"seq": seq}
    connection.execute(
        insert(audit_entries).values(**row, previous=previous, sha256=_digest(previous, row))
    )
    connection.info[_BEARS] = True
    return seq


def bears_entry(connection: Connection) -> bool:
    """Whether an entry was appended in the connection's transaction."""
    return bool(connection.info.get(_BEARS))


def without_entry(connection: Connection) -> None:
    """A transaction begins: it bears no entry yet."""
    connection.info.pop(_BEARS, None)


def _fit(value: Any) -> Any:
    """Texts without what a database does not take, and of bounded length."""
    if not isinstance(value, str):
        return value
    clean = value.replace("\0", "").encode("utf-8", "replace").decode()
    if len(clean) > _MOST and clean.startswith("{"):
        raise InvariantBroken(f"audit trail: the details are longer than {_MOST} characters")
    return clean[:_MOST]


def _digest(previous: str, row: Any) -> str:
    sealed = json.dumps([row[name] for name in _SEALED], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{previous}\n{sealed}".encode()).hexdigest()


def read_entries(
    connection: Connection, *, post: str | None = None, after: int = 0, limit: int = 100
) -> Sequence[Row[Any]]:
    """Entries after a number, in order; `post`: those of its accounts alone."""
    query = select(audit_entries).where(audit_entries.c.seq > after)
    if post is not None:
        query = query.where(and_(audit_entries.c.post == post, audit_entries.c.kind != "nobody"))
    return connection.execute(query.order_by(audit_entries.c.seq).limit(limit)).all()


@dataclass(frozen=True, slots=True)
class WholeTrail:
    """An audit trail that was proved whole."""

    entries: int
    digest: str  # of its last entry: keep it elsewhere
    holds: bool  # whether the digest asked for is one of its entries'


def verify_entries(connection: Connection, kept: str | None = None) -> WholeTrail:
    """Prove the trail: no entry was changed, removed or moved.

    `kept`: a digest that was noted earlier or elsewhere: only that shows entries cut off at the
    end. Raises `StoreDamaged` at the first entry that is not as it was written.
    """
    seq, digest, holds = 0, GENESIS, kept is None or kept == GENESIS
    while rows := read_entries(connection, after=seq, limit=_AT_ONCE):
        for row in rows:
            found = row._mapping
            chained = (found["seq"], found["previous"]) == (seq + 1, digest)
            if not chained or _digest(digest, found) != found["sha256"]:
                raise StoreDamaged(
                    f"audit trail: entry {seq + 1} is not as it was written: it, or the one "
                    "before, was changed, removed or moved; compare with a backup"
                )
            seq, digest = found["seq"], found["sha256"]
            holds = holds or digest == kept
    return WholeTrail(seq, digest, holds)
