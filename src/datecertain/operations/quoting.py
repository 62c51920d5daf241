"""Quoting a promise from the network in force, or from the bundled one without a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from datecertain.network import Network
from datecertain.operations.compiled_cache import bundled_ready
from datecertain.promise.asking import Ask
from datecertain.promise.telling import told_quote
from datecertain.wording import Words


def quote_one(ask: Ask, words: Words, workspace: Path | None = None) -> dict[str, Any]:
    """One quote, told, by the network in force.

    Raises `UnknownPlace`, `UsageError`, `BadMoment`, `NotFound`.
    """
    return told_quote(network_in_force(workspace), ask, words)


def network_in_force(workspace: Path | None) -> Network:
    """The network in force in a workspace, the bundled one without a workspace. The stores are
    loaded only when there is one to open.

    Raises `NotFound`, `StoreError`.
    """
    if workspace is None:
        return bundled_ready()
    from datecertain.operations.networks import current_network  # noqa: PLC0415
    from datecertain.operations.workspaces import open_workspace  # noqa: PLC0415

    with open_workspace(workspace) as opened:
        return current_network(opened)
