"""Runs: every operation takes a key and keeps its result (design: clock and idempotency).

A run is started, does its commits, and is finished in the records transaction of its last commit.
The same key with the same request gives the stored result back; the same key with another request
is a mistake of the caller (`KeyReused`). A run that was started and never finished was cut off:
it may be started again, and its commits, known by their batch ids, are not repeated.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from datecertain.errors import KeyReused, NotFound
from datecertain.store.records import runs


@dataclass(frozen=True, slots=True)
class Run:
    """One run of an operation. Moments are UTC minutes; `state` is `started` or `finished`."""

    run_id: str
    operation: str
    key: str
    request_digest: str
    started_at: int
    finished_at: int | None
    state: str
    counts: Mapping[str, int]
    result: Mapping[str, Any] | None
    rules_version: str | None
    network_version: str | None

    @property
    def finished(self) -> bool:
        """Whether the stored result can be given back."""
        return self.state == "finished"


def run_id(operation: str, key: str) -> str:
    """The id of the run of that operation and key: 32 hexadecimal digits, the same everywhere."""
    return hashlib.sha256(f"{operation}\0{key}".encode()).hexdigest()[:32]


def request_digest(request: Mapping[str, Any]) -> str:
    """SHA-256 of the request as canonical JSON (sorted keys, no blanks)."""
    text = json.dumps(request, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def find_run(connection: Connection, operation: str, key: str, digest: str) -> Run | None:
    """The run of that operation and key, or None when there is none yet.

    Raises `KeyReused` if it was asked with another request (`digest` of `request_digest`).
    """
    row = connection.execute(
        select(runs).where(runs.c.operation == operation, runs.c.key == key)
    ).one_or_none()
    if row is None:
        return None
    if row.request_digest != digest:
        raise KeyReused(
            f"{operation}: key {key!r} was already used for another request "
            f"(digest {row.request_digest[:12]}, now {digest[:12]}): give a new key"
        )
    return Run(**row._mapping)


def start_run(
    connection: Connection,
    operation: str,
    key: str,
    digest: str,
    *,
    now: int,
    rules_version: str | None = None,
    network_version: str | None = None,
) -> Run:
    """Start a run, or take up the one of the same key that was started or finished before.

    Raises `KeyReused` if the key was used for another request.
    """
    known = find_run(connection, operation, key, digest)
    if known is not None:
        return known
    run = Run(
        run_id=run_id(operation, key),
        operation=operation,
        key=key,
        request_digest=digest,
        started_at=now,
        finished_at=None,
        state="started",
        counts={},
        result=None,
        rules_version=rules_version,
        network_version=network_version,
    )
    values = {name: getattr(run, name) for name in Run.__slots__}
    connection.execute(insert(runs).values(values))
    return run


def finish_run(
    connection: Connection,
    identity: str,
    *,
    now: int,
    counts: Mapping[str, int],
    result: Mapping[str, Any],
) -> None:
    """Store the result of the run `identity` and finish it. A finished run stays as it is.

    Raises `NotFound` when no such run was started.
    """
    state = connection.execute(select(runs.c.state).where(runs.c.run_id == identity)).scalar()
    if state is None:
        raise NotFound(f"run {identity!r} was never started: call start_run first")
    if state == "finished":
        return
    connection.execute(
        update(runs)
        .where(runs.c.run_id == identity)
        .values(state="finished", finished_at=now, counts=dict(counts), result=dict(result))
    )
