"""What the answers rest on that pages keep in the memory of the server (`Kept`)."""

from __future__ import annotations

from collections.abc import Hashable

from datecertain.operations.networks import current_version
from datecertain.store import Workspace


def facts_key(workspace: Workspace) -> tuple[Hashable, ...]:
    """What changes whenever facts or the network of a workspace do."""
    return (
        str(workspace.path), current_version(workspace), *sorted(workspace.contents.items()),
    )  # fmt: skip
