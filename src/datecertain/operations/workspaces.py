"""Making and opening workspaces with the tables that datecertain keeps in them."""

from __future__ import annotations

from pathlib import Path

from datecertain.operations.clock import Clock
from datecertain.operations.networks import bundled_ready, publish_network
from datecertain.operations.tables import TABLES
from datecertain.store import Workspace


def make_workspace(path: Path, clock: Clock) -> str:
    """A new workspace with the bundled network in force; its version.

    Raises `StoreError` when the folder is a workspace already.
    """
    Workspace.init(path)
    with open_workspace(path, write=True) as workspace:
        return publish_network(workspace, bundled_ready(), clock)


def open_workspace(path: Path, *, write: bool = False) -> Workspace:
    """An existing workspace. Raises `NotFound`, `StoreBusy`, `StoreDamaged`."""
    return Workspace.open(path, tables=TABLES, write=write)
