"""Erasing what is past its retention (req 59): keys destroyed, bytes emptied, rows taken out.

What is erased leaves a tombstone: hash, size, when, by which rule. One commit erases, or nothing is
erased; what then has to be cleared away (packs nobody can open, facts files only older versions
need) is cleared after it, and again by the next run if this one is cut off.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, delete, func, insert, select, update

from datecertain.errors import StoreDamaged
from datecertain.moments import DAY, format_date
from datecertain.operations.case_persons import lapsed_persons
from datecertain.operations.clock import Clock
from datecertain.operations.erasing_facts import FactsPlan, facts_plans
from datecertain.operations.kept_months import forget_months
from datecertain.operations.kept_replays import forget_traffic
from datecertain.operations.plain_copies import (
    copies_of,
    lapsed_copies,
    remove_copies,
    remove_empty_days,
)
from datecertain.operations.quarantine import about_part
from datecertain.operations.retention import FINDING, MESSAGE, PERSON, QUARANTINE, Rules
from datecertain.store import Workspace, batch_id
from datecertain.store.archive import NOBODY, Opening, sweep
from datecertain.store.archive_records import archive_keys, archive_objects, erasures
from datecertain.store.case_records import case_persons
from datecertain.store.records import batches, findings, quarantine, settings
from datecertain.store.vacuum import vacuum

#: A facts table that still has to be vacuumed after an erasure, as a key of the settings.
_VACUUM = "erase:vacuum:"


@dataclass(frozen=True, slots=True)
class Lapsed:
    """One thing past its retention, by the rule of that name. `since`: received (UTC minutes)."""

    kind: str
    subject: str
    owner: str
    size: int
    sha256: str
    since: int
    rule: str


@dataclass(slots=True)
class EraseReport:
    """What lapsed by `as_of`; with `done` it is erased. `rules`: rule → (things, bytes, from which
    moment on). Copies, keys, packs and facts files are counted when they are gone."""

    as_of: int
    done: bool
    rules: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    copies_removed: int = 0
    keys_destroyed: int = 0
    packs_removed: int = 0
    facts_files_removed: int = 0


def erase(
    workspace: Workspace, rules: Rules, as_of: int, clock: Clock, *, do: bool = False
) -> EraseReport:
    """What has lapsed by the rules at `as_of`, and, with `do`, erase it. Cut off, run it again.

    Raises `StoreError` when it is to be done and the workspace is open for reading only.
    """
    with workspace.reading() as view:
        lapsed = [
            *_messages(view.connection, rules, as_of), *_parts(view.connection, rules, as_of),
            *_findings(view.connection, rules, as_of), *_persons(view.connection, rules, as_of),
        ]  # fmt: skip
    plans = facts_plans(workspace, rules, as_of)
    lapsed += [
        Lapsed(one.kind, one.subject, one.owner, one.file.size, "", one.since, one.rule)
        for one in plans
    ]
    report = EraseReport(as_of, do)
    copies = lapsed_copies(workspace.path, rules, as_of)
    for rule, bytes_, at in (
        *((one.rule, one.size, one.since) for one in lapsed),
        *((rule, one.size, one.since) for one, rule in copies),
    ):
        count, size, since = report.rules.get(rule, (0, 0, at))
        report.rules[rule] = (count + 1, size + bytes_, min(since, at))
    if do:
        if lapsed:
            _erase(workspace, lapsed, plans, clock.now(), report)
            forget_months(workspace)
            forget_traffic(workspace)
        report.copies_removed = remove_copies(one for one, _ in copies)
        remove_empty_days(workspace.path, as_of // DAY)
        report.packs_removed = len(sweep(workspace))
        report.facts_files_removed = _vacuum(workspace, clock.now())
    return report


def erase_object(workspace: Workspace, sha256: str, reason: str, clock: Clock) -> EraseReport:
    """Erase one message now, with its plain copies, because somebody has a right to it; the reason
    is its rule."""
    with workspace.reading() as view:
        row = view.connection.execute(
            select(archive_objects).where(archive_objects.c.sha256 == sha256)
        ).one_or_none()
    report = EraseReport(clock.now(), True)
    if row is not None and row.sealed_key is not None:
        one = Lapsed(MESSAGE, sha256, row.owner, row.size, sha256, row.received_at, reason)
        report.rules[reason] = (1, row.size, row.received_at)
        _erase(workspace, [one], [], clock.now(), report)
    if row is not None:
        report.copies_removed = remove_copies(copies_of(workspace.path, sha256, row.size))
    report.packs_removed = len(sweep(workspace))
    return report


def _messages(connection: Connection, rules: Rules, as_of: int) -> Iterator[Lapsed]:
    table = archive_objects
    owners = connection.scalars(select(table.c.owner).distinct()).all()
    for owner in sorted(owners):
        if (found := rules.lapsed(MESSAGE, owner, as_of)) is None:
            continue
        rule, before = found
        rows = connection.execute(
            select(table.c.sha256, table.c.size, table.c.received_at).where(
                table.c.owner == owner, table.c.received_at < before,
                table.c.sealed_key.is_not(None),
            ).order_by(table.c.sha256)
        )  # fmt: skip
        for row in rows:
            yield Lapsed(
                MESSAGE, row.sha256, owner, row.size, row.sha256, row.received_at, rule.name
            )


def _parts(connection: Connection, rules: Rules, as_of: int) -> Iterator[Lapsed]:
    table = quarantine
    owners = connection.scalars(select(table.c.owner).distinct()).all()
    for owner in sorted(owners, key=lambda one: one or ""):
        if (found := rules.lapsed(QUARANTINE, owner or NOBODY, as_of)) is None:
            continue
        rule, before = found
        size = func.length(table.c.raw)
        rows = connection.execute(
            select(table.c.id, table.c.created_at, size.label("size")).where(
                table.c.owner.is_(None) if owner is None else table.c.owner == owner,
                table.c.created_at < before, size > 0,
            ).order_by(table.c.id)
        )  # fmt: skip
        for row in rows:
            yield Lapsed(
                QUARANTINE, row.id, owner or NOBODY, row.size, "", row.created_at, rule.name
            )


def _findings(connection: Connection, rules: Rules, as_of: int) -> Iterator[Lapsed]:
    if (found := rules.lapsed(FINDING, NOBODY, as_of)) is None:
        return
    rule, before = found
    size = func.sum(func.length(findings.c.detail))
    rows = connection.execute(
        select(batches.c.batch_id, batches.c.created_at, size.label("size"))
        .join(findings, findings.c.batch_id == batches.c.batch_id)
        .where(batches.c.created_at < before, findings.c.detail != "")
        .group_by(batches.c.batch_id, batches.c.created_at).order_by(batches.c.batch_id)
    )  # fmt: skip
    for row in rows:
        yield Lapsed(FINDING, row.batch_id, NOBODY, int(row.size), "", row.created_at, rule.name)


def _persons(connection: Connection, rules: Rules, as_of: int) -> Iterator[Lapsed]:
    for one in lapsed_persons(connection, rules, as_of):
        subject = f"{one.case_id}/{one.part}"
        yield Lapsed(PERSON, subject, one.owner, one.size, "", one.stored_at, one.rule)


def _erase(
    workspace: Workspace, lapsed: list[Lapsed], plans: list[FactsPlan], now: int,
    report: EraseReport,
) -> None:  # fmt: skip
    batch = batch_id("erase", *sorted(f"{one.kind}:{one.subject}" for one in lapsed))
    with workspace.commit("erase", batch, now=now) as commit:
        proofs = {(one.kind, one.subject): one.take_out(commit) for one in plans}

        def write(connection: Connection) -> None:
            opening = Opening(workspace, connection)
            rows = [_tombstone(connection, opening, one, proofs) for one in lapsed]
            connection.execute(
                insert(erasures), [row | {"at": now, "batch_id": batch} for row in rows]
            )
            _empty(connection, lapsed)
            report.keys_destroyed = _destroy_keys(connection, now)
            for table in sorted({one.table for one in plans}):
                key = f"{_VACUUM}{table}"
                connection.execute(delete(settings).where(settings.c.key == key))
                connection.execute(insert(settings).values(key=key, value=batch))

        commit.records(write)


def _tombstone(
    connection: Connection, opening: Opening, one: Lapsed,
    proofs: dict[tuple[str, str], tuple[str, int]],
) -> dict[str, Any]:  # fmt: skip
    sha256, size = one.sha256, one.size
    if one.kind == QUARANTINE:
        sha256, size = _proof_of_part(connection, opening, one.subject)
    elif one.kind == PERSON:
        sha256 = ""  # a hash of a name can be guessed back to it
    elif one.kind == FINDING:
        rows = connection.execute(
            select(findings.c.seq, findings.c.detail)
            .where(findings.c.batch_id == one.subject).order_by(findings.c.seq)
        ).all()  # fmt: skip
        text = json.dumps([list(row) for row in rows], ensure_ascii=False, separators=(",", ":"))
        sha256, size = hashlib.sha256(text.encode()).hexdigest(), len(text.encode())
    elif (proof := proofs.get((one.kind, one.subject))) is not None:
        sha256, size = proof
    return {
        "kind": one.kind, "subject": one.subject, "owner": one.owner, "audience": one.owner,
        "sha256": sha256, "size": size, "rule": one.rule,
    }  # fmt: skip


def _proof_of_part(connection: Connection, opening: Opening, part_id: str) -> tuple[str, int]:
    """Hash and size of a part's plain bytes; no hash where they no longer open."""
    row = connection.execute(
        select(quarantine.c.raw, quarantine.c.key_id).where(quarantine.c.id == part_id)
    ).one()
    raw = bytes(row.raw)
    if row.key_id:
        try:
            raw = opening.note(raw, row.key_id, about_part(part_id))
        except StoreDamaged:
            return "", len(raw)
    return hashlib.sha256(raw).hexdigest(), len(raw)


def _empty(connection: Connection, lapsed: Iterable[Lapsed]) -> None:
    by_kind: dict[str, list[dict[str, str]]] = {}
    for one in lapsed:
        by_kind.setdefault(one.kind, []).append({"subject_": one.subject})
    wanted: BindParameter[str] = bindparam("subject_")
    changes = {
        MESSAGE: update(archive_objects).where(archive_objects.c.sha256 == wanted)
        .values(sealed_key=None),
        QUARANTINE: update(quarantine).where(quarantine.c.id == wanted)
        .values(raw=b"", key_id=func.coalesce(quarantine.c.key_id, "")),
        FINDING: update(findings).where(findings.c.batch_id == wanted).values(detail=""),
    }  # fmt: skip
    changes[PERSON] = (
        update(case_persons)
        .where(case_persons.c.case_id + "/" + case_persons.c.part == wanted)
        .values(sealed=b"")
    )
    for kind, change in changes.items():
        if by_kind.get(kind):
            connection.execute(change, by_kind[kind])


def _destroy_keys(connection: Connection, now: int) -> int:
    """Destroy the keys under which nothing is left; how many. This month's stays in use."""
    used = set(
        connection.scalars(
            select(archive_objects.c.key_id).where(archive_objects.c.sealed_key.is_not(None))
            .distinct()
        )
    )  # fmt: skip
    used |= set(
        connection.scalars(
            select(quarantine.c.key_id).where(func.length(quarantine.c.raw) > 0).distinct()
        )
    )
    used |= set(
        connection.scalars(
            select(case_persons.c.key_id).where(func.length(case_persons.c.sealed) > 0).distinct()
        )
    )
    month = format_date(now // DAY)[:7]
    rows = connection.execute(
        select(archive_keys.c.key_id, archive_keys.c.month)
        .where(archive_keys.c.sealed.is_not(None))
    ).all()  # fmt: skip
    out = [row.key_id for row in rows if row.key_id not in used and row.month != month]
    for key_id in out:
        connection.execute(
            update(archive_keys).where(archive_keys.c.key_id == key_id)
            .values(sealed=None, destroyed_at=now)
        )  # fmt: skip
    return len(out)


def _vacuum(workspace: Workspace, now: int) -> int:
    """Delete the facts files that only versions from before an erasure need; how many."""
    with workspace.reading() as view:
        keys = view.connection.scalars(
            select(settings.c.key).where(settings.c.key.startswith(_VACUUM))
        ).all()
    gone = 0
    for key in keys:
        gone += vacuum(workspace, key.removeprefix(_VACUUM), older_than=0, now=now).files
        with workspace.writing() as connection:
            connection.execute(delete(settings).where(settings.c.key == key))
    return gone
