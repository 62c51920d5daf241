"""What became of a content that a partner handed in: its receipt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import func, select

from datecertain.operations.workspaces import open_workspace
from datecertain.store.mail_book import HandedIn
from datecertain.store.records import findings, input_files, quarantine, quarantine_events

#: A receipt tells the first findings; all are in the workspace.
MOST_FINDINGS = 100

State = Literal["received", "read", "set_aside"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """`state`: `received` (it lies in the incoming folder), `read`, or `set_aside` (read, and parts
    of it wait in quarantine). `set_aside` counts the parts that ever were, `waiting` those that
    still are. Counts as `ingest` tells them."""

    handed_in: HandedIn
    state: State
    counts: Mapping[str, int]
    set_aside: int
    waiting: int
    findings_count: int
    findings: tuple[Mapping[str, Any], ...]


def receipt(workspace: Path, handed_in: HandedIn) -> Receipt:
    """The receipt as it stands now. What another file held too was read there."""
    with open_workspace(workspace) as opened, opened.reading() as view:
        connection = view.connection
        row = connection.execute(
            select(input_files.c.batch_id, input_files.c.path, input_files.c.counts).where(
                input_files.c.sha256 == handed_in.sha256
            )
        ).first()
        if row is None:
            return Receipt(handed_in, "received", {}, 0, 0, 0, ())
        ours = quarantine.c.batch_id == row.batch_id, quarantine.c.source == row.path
        aside = connection.execute(select(func.count()).where(*ours)).scalar_one()
        done = connection.execute(
            select(func.count(func.distinct(quarantine.c.id)))
            .join(quarantine_events, quarantine_events.c.quarantine_id == quarantine.c.id)
            .where(*ours)
        ).scalar_one()
        about = findings.c.batch_id == row.batch_id, findings.c.source == row.path
        count = connection.execute(select(func.count()).where(*about)).scalar_one()
        told = connection.execute(
            select(findings.c.code, findings.c.severity, findings.c.position, findings.c.detail,
                   findings.c.item)
            .where(*about).order_by(findings.c.seq).limit(MOST_FINDINGS)
        ).mappings()  # fmt: skip
        return Receipt(
            handed_in, "set_aside" if aside > done else "read", dict(row.counts), aside,
            aside - done, count, tuple(dict(one) for one in told),
        )  # fmt: skip
