"""Scheduled jobs in the records: what is due when, what ran, and who runs each now.

These rows are not written under the writer's lock: a job runs while another process writes. A
*lease* says who runs a job, on whatever machine: it is taken by one conditional update, renewed
while its holder lives, and free again when it has expired. Moments are UTC minutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    func,
    insert,
    or_,
    select,
    update,
)

from datecertain.store.database import Database
from datecertain.store.records import METADATA
from datecertain.store.settings import read_settings

#: Every schedule that a job had, in order (`seq` from 0 within a job): the last one whose `from_at`
#: has come is in force. The database itself refuses to change or delete a row.
job_schedules = Table(
    "job_schedules",
    METADATA,
    Column("name", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("schedule", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("arguments", JSON, nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("from_at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("name", "seq"),
)

#: Each attempt at a due moment. `missed`: due moments before it that were not run; `next_at`: from
#: when on it is tried again; `lines`: the last ones that it said.
job_runs = Table(
    "job_runs",
    METADATA,
    Column("name", Text, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("missed", Integer, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Column("exit_code", Integer),
    Column("lines", Text, nullable=False),
    Column("next_at", BigInteger),
    PrimaryKeyConstraint("name", "due_at", "attempt"),
    CheckConstraint(
        "state IN ('running', 'done', 'attention', 'failed', 'stopped', 'lost')", name="state"
    ),
)

#: Who runs a job now (`holder`; empty: nobody), and until when that counts.
job_leases = Table(
    "job_leases",
    METADATA,
    Column("name", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("name"),
)

RUNNING, DONE, ATTENTION, FAILED, STOPPED, LOST = (
    "running", "done", "attention", "failed", "stopped", "lost",
)  # fmt: skip
#: A run that is not renewed for so long is lost: its process or machine is gone.
LEASE_MIN = 5


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """A row of `job_schedules`."""

    name: str
    seq: int
    schedule: str
    zone: str
    arguments: Mapping[str, Any]
    paused: bool
    from_at: int
    actor: str
    at: int


@dataclass(frozen=True, slots=True)
class RunRow:
    """A row of `job_runs`."""

    name: str
    due_at: int
    attempt: int
    state: str
    holder: str
    missed: int
    started_at: int
    finished_at: int | None
    exit_code: int | None
    lines: str
    next_at: int | None


class JobBook:
    """The jobs of a workspace; close it.

    Raises `StoreError` when the records stand at another schema.
    """

    def __init__(self, folder: Path) -> None:
        self._database = Database(read_settings(folder).records, folder)
        try:
            self._database.demand_schema()
        except BaseException:
            self._database.close()
            raise

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def seed(self, rows: Iterable[ScheduleRow]) -> None:
        """Write down jobs that are not known yet, with the schedule that they begin with."""
        with self._database.writing() as connection:
            known = set(connection.scalars(select(job_leases.c.name)))
            for row in rows:
                if row.name not in known:
                    connection.execute(insert(job_schedules), _values(row))
                    connection.execute(
                        insert(job_leases).values(name=row.name, holder="", expires_at=0)
                    )

    def schedule(self, row: ScheduleRow) -> None:
        """Add a schedule of a job; its `seq` is given here."""
        with self._database.writing() as connection:
            last = connection.execute(
                select(func.max(job_schedules.c.seq)).where(job_schedules.c.name == row.name)
            ).scalar()
            seq = 0 if last is None else last + 1
            connection.execute(insert(job_schedules), _values(row) | {"seq": seq})

    def schedules(self) -> list[ScheduleRow]:
        """All schedules, by job, in order."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(job_schedules).order_by(job_schedules.c.name, job_schedules.c.seq)
            ).all()
        return [ScheduleRow(**row._mapping) for row in rows]

    def last_runs(self) -> dict[str, RunRow]:
        """The last attempt at the last due moment of each job."""
        newest = select(
            job_runs,
            func.row_number()
            .over(
                partition_by=job_runs.c.name,
                order_by=(job_runs.c.due_at.desc(), job_runs.c.attempt.desc()),
            )
            .label("place"),
        ).subquery()
        columns = [newest.c[one.name] for one in job_runs.c]
        with self._database.reading() as connection:
            rows = connection.execute(select(*columns).where(newest.c.place == 1)).all()
        return {row.name: RunRow(**row._mapping) for row in rows}

    def history(self, name: str | None, limit: int) -> list[RunRow]:
        """The latest attempts, newest first."""
        query = select(job_runs).order_by(
            job_runs.c.due_at.desc(), job_runs.c.name, job_runs.c.attempt.desc()
        )
        if name is not None:
            query = query.where(job_runs.c.name == name)
        with self._database.reading() as connection:
            return [RunRow(**row._mapping) for row in connection.execute(query.limit(limit)).all()]

    def leases(self, now: int) -> dict[str, str]:
        """Who runs which job now."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(job_leases.c.name, job_leases.c.holder).where(
                    job_leases.c.holder != "", job_leases.c.expires_at > now
                )
            ).all()
        return {row.name: row.holder for row in rows}

    def claim(
        self, name: str, due_at: int, holder: str, now: int, *, missed: int = 0, again: bool = False
    ) -> int | None:
        """Take a job's lease and begin an attempt at a due moment: its number. None: somebody else
        runs the job, or that moment is done (`again`: run it once more), or has to wait.

        An attempt whose lease has expired is written down as lost.
        """
        with self._database.writing() as connection:
            free = or_(job_leases.c.holder == "", job_leases.c.expires_at <= now)
            taken = connection.execute(
                update(job_leases).where(job_leases.c.name == name, free)
                .values(holder=holder, expires_at=now + LEASE_MIN)
            )  # fmt: skip
            if taken.rowcount != 1:
                return None
            connection.execute(
                update(job_runs).where(job_runs.c.name == name, job_runs.c.state == RUNNING)
                .values(state=LOST, finished_at=now, next_at=now)
            )  # fmt: skip
            attempt = _next_attempt(connection, name, due_at, now, again)
            if attempt is None:
                _free(connection, name, holder)
                return None
            row = RunRow(
                name, due_at, attempt, RUNNING, holder, missed, now, None, None, "", None,
            )  # fmt: skip
            connection.execute(insert(job_runs), _values(row))
        return attempt

    def renew(self, name: str, holder: str, now: int) -> bool:
        """Renew a lease; False: somebody else has it."""
        with self._database.writing() as connection:
            return bool(
                connection.execute(
                    update(job_leases)
                    .where(job_leases.c.name == name, job_leases.c.holder == holder)
                    .values(expires_at=now + LEASE_MIN)
                ).rowcount
            )

    def end(
        self, name: str, holder: str, now: int, state: str, exit_code: int, lines: str,
        next_at: int | None,
    ) -> bool:  # fmt: skip
        """Write down how an attempt ended and free the lease; False: it was taken over."""
        with self._database.writing() as connection:
            mine = (job_runs.c.name == name) & (job_runs.c.holder == holder)
            ended = connection.execute(
                update(job_runs).where(mine, job_runs.c.state == RUNNING).values(
                    state=state, finished_at=now, exit_code=exit_code, lines=lines, next_at=next_at,
                )
            )  # fmt: skip
            _free(connection, name, holder)
            return bool(ended.rowcount)


def _next_attempt(
    connection: Connection, name: str, due_at: int, now: int, again: bool
) -> int | None:
    last = connection.execute(
        select(job_runs.c.attempt, job_runs.c.state, job_runs.c.next_at)
        .where(job_runs.c.name == name, job_runs.c.due_at == due_at)
        .order_by(job_runs.c.attempt.desc()).limit(1)
    ).one_or_none()  # fmt: skip
    if last is None:
        return 1
    if not again and (last.state in (DONE, ATTENTION) or (last.next_at or now + 1) > now):
        return None
    return int(last.attempt) + 1


def _free(connection: Connection, name: str, holder: str) -> None:
    connection.execute(
        update(job_leases)
        .where(job_leases.c.name == name, job_leases.c.holder == holder)
        .values(holder="", expires_at=0)
    )


def _values(row: ScheduleRow | RunRow) -> dict[str, Any]:
    return {one.name: getattr(row, one.name) for one in fields(row)}
