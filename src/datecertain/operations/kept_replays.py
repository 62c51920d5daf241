"""Where months are kept for replays (`kept_traffic`), and how they are forgotten."""

from __future__ import annotations

import shutil

from datecertain.store import Workspace

#: Hidden, and in no backup.
FOLDER = ".replays"


def forget_traffic(workspace: Workspace) -> None:
    """Remove what is kept of months: their facts may have been erased (req 59)."""
    shutil.rmtree(workspace.path / FOLDER, ignore_errors=True)
