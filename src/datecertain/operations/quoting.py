"""Quoting a promise from the network in force, or from the bundled one without a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from datecertain.moments import parse_local
from datecertain.operations.networks import bundled_ready, current_network
from datecertain.operations.tables import TABLES
from datecertain.promise.quoting import parse_place, single
from datecertain.promise.telling import told_quote
from datecertain.store import Workspace
from datecertain.wording import Words


def quote_one(
    origin: str, destination: str, accepted: str, words: Words, workspace: Path | None = None
) -> dict[str, Any]:
    """One quote, told: `origin` and `destination` as `KR:03051`, `accepted` as local date-time.

    Raises `UnknownPlace`, `BadMoment`, `NotFound`.
    """
    request = single(*parse_place(origin), *parse_place(destination), parse_local(accepted))
    if workspace is None:
        return told_quote(bundled_ready(), request, words)
    with Workspace.open(workspace, tables=TABLES) as opened:
        return told_quote(current_network(opened), request, words)
