"""What waits in quarantine for a layout: whose it is, and the files that a layout is drafted from
and tried on (req 16)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import select

from datecertain.access import SeesFlow
from datecertain.errors import NotFound, StoreDamaged
from datecertain.messages.profile_check import PartnerFile
from datecertain.moments import DAY
from datecertain.operations.mail_seen import parts_seen
from datecertain.operations.quarantine import Part
from datecertain.store import Workspace
from datecertain.store.archive import Opening
from datecertain.store.records import input_files

#: The reason of parts that no layout reads.
REASON = "layout-unknown"
#: A layout is drafted from so many files at most, the latest.
MOST_FILES = 40


def partners_waiting(workspace: Workspace, sees_flow: SeesFlow) -> Mapping[str, int]:
    """How many messages of each partner wait for a layout, of what may be seen; by post."""
    counts = Counter(part.partner for part in _parts(workspace, sees_flow) if part.partner)
    return dict(sorted(counts.items()))


def files_waiting(workspace: Workspace, sees_flow: SeesFlow, partner: str) -> list[PartnerFile]:
    """The files that hold such messages of a partner, whole, in order of receipt, with the day
    (UTC) of it. What is not kept in the archive any more is left out."""
    parts = {(part.batch_id, part.source): part for part in _parts(workspace, sees_flow, partner)}
    found: dict[str, PartnerFile] = {}
    with workspace.reading() as view:
        opening = Opening(workspace, view.connection)
        for (batch, source), part in list(parts.items())[-MOST_FILES:]:
            sha256 = view.connection.execute(
                select(input_files.c.sha256).where(
                    input_files.c.batch_id == batch, input_files.c.path == source
                )
            ).scalar()
            try:
                data = opening.read(sha256 or "")
            except (NotFound, StoreDamaged):
                continue
            found[source] = PartnerFile(source, data, part.created_at // DAY)
    return list(found.values())


def _parts(workspace: Workspace, sees_flow: SeesFlow, partner: str = "") -> list[Part]:
    return [part for part in parts_seen(workspace, sees_flow, partner) if part.reason == REASON]
