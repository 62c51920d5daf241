"""Making and opening workspaces with the tables that datecertain keeps in them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from datecertain.errors import NotFound
from datecertain.network import Network
from datecertain.operations.clock import Clock
from datecertain.operations.compiled_cache import bundled_ready, ready
from datecertain.operations.networks import current_version, publish_network
from datecertain.operations.tables import TABLES
from datecertain.store import Workspace
from datecertain.store.settings import ARCHIVE, FACTS, RECORDS


def make_workspace(
    path: Path, clock: Clock, folder: Path | None = None, addresses: Mapping[str, str] | None = None
) -> str:
    """A new workspace with the network of a folder in force (None: the bundled one); its version.
    Cut off half-way, it can be run again. `addresses` says where `records`, `facts` and `archive`
    lie, and the `facts_options_file`; by default in the folder.

    Raises `StoreError` when the place is a workspace already, `NetworkError` with all findings when
    the network cannot be used.
    """
    network = bundled_ready() if folder is None else ready(Network.from_folder(folder))
    if not _without_network(path):
        given = addresses or {}
        Workspace.init(
            path,
            records=given.get("records", RECORDS),
            facts=given.get("facts", FACTS),
            archive=given.get("archive", ARCHIVE),
            facts_options_file=given.get("facts_options_file", ""),
        )
    with open_workspace(path, write=True) as workspace:
        return publish_network(workspace, network, clock)


def _without_network(path: Path) -> bool:
    """Whether a workspace was made there, but no network was put in force yet."""
    try:
        with open_workspace(path) as workspace:
            return current_version(workspace) is None
    except NotFound:
        return False


def open_workspace(path: Path, *, write: bool = False) -> Workspace:
    """An existing workspace. Raises `NotFound`, `StoreBusy`, `StoreDamaged`."""
    return Workspace.open(path, tables=TABLES, write=write)
