"""The figures of all inquiries of a workspace (req 38)."""

from __future__ import annotations

from datecertain.claims.inquiry_figures import Asked, Figures, figures
from datecertain.operations.inquiry_rows import find_inquiries
from datecertain.operations.networks import current_network
from datecertain.store import Workspace


def inquiry_figures(workspace: Workspace, as_of: int) -> list[Figures]:
    """One row a post and month of asking, as it was known at a moment."""
    network = current_network(workspace)
    with workspace.reading() as view:
        found = find_inquiries(view.connection)
    asked = [Asked(one.asking, one.asked, one.events) for one in found]
    return figures(network, asked, as_of)
