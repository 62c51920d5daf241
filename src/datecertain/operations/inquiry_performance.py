"""The figures of all inquiries of a workspace (req 38)."""

from __future__ import annotations

from datecertain.access import Viewer, keeper
from datecertain.claims.inquiry_figures import Asked, Figures, figures
from datecertain.moments import DAY
from datecertain.operations.inquiry_rows import find_inquiries
from datecertain.operations.networks import current_network
from datecertain.settlement.periods import Period
from datecertain.store import Workspace


def inquiry_figures(
    workspace: Workspace, as_of: int, month: str = "", viewer: Viewer | None = None
) -> list[Figures]:
    """One row a post and month of asking, as it was known at a moment; of one month only its
    inquiries are read, and only those that a viewer may see are counted."""
    network, viewer = current_network(workspace), viewer or keeper()
    opened = None
    if month:
        period = Period.month(month)
        # The month is of the calendar of the post that asks: a day more on either side.
        opened = ((period.first_day - 1) * DAY, (period.last_day + 2) * DAY)
    with workspace.reading() as view:
        found = find_inquiries(view.connection, opened=opened)
    asked = [
        Asked(one.asking, one.asked, one.events) for one in found
        if viewer.sees_flow(one.asking, one.asked)
    ]  # fmt: skip
    return [row for row in figures(network, asked, as_of) if month in ("", row.month)]
