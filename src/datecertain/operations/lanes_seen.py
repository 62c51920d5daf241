"""The lanes that a plan for whoever asks may rest on: a post's own; for the central office those of
which figures may be published (req 57)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from datecertain.access import Viewer, keeper
from datecertain.operations.published_cards import withheld_lanes
from datecertain.operations.tables import VERDICTS_TABLE
from datecertain.quality.disclosure import least_judged
from datecertain.settlement import Period
from datecertain.store import Workspace


@dataclass(frozen=True, slots=True)
class LanesSeen:
    """Which lanes count: those that a viewer may see, and for the central office all others but
    those that are withheld."""

    viewer: Viewer
    withheld: frozenset[tuple[str, str]] = frozenset()

    def shows(self, origin: str, destination: str) -> bool:
        """Whether a lane counts."""
        if self.viewer.group:
            return (origin, destination) not in self.withheld
        return self.viewer.sees_flow(origin, destination)

    def mask(self, rows: pa.Table) -> pa.ChunkedArray:
        """Which rows with the columns origin and destination are of lanes that count."""
        names = [rows[name].cast(pa.string()) for name in ("origin", "destination")]
        lane = pc.binary_join_element_wise(*names, "+")
        shown = [one for one in pc.unique(lane).to_pylist() if self.shows(*one.split("+"))]
        return pc.is_in(lane, pa.array(shown, pa.string()))


#: Every lane, for whoever keeps the workspace.
EVERY_LANE = LanesSeen(keeper())


def lanes_seen(
    workspace: Workspace, viewer: Viewer, months: Iterable[str] | None = None
) -> LanesSeen:
    """The lanes of some months, or of all that were judged. A lane that is withheld in one month is
    withheld in all, else the month would follow from the others."""
    if not viewer.group:
        return LanesSeen(viewer)
    hidden: set[tuple[str, str]] = set()
    held = list(workspace.facts(VERDICTS_TABLE).months)
    for month in held if months is None else set(held) & set(months):
        least = least_judged(Period.month(month).last_day)
        hidden |= withheld_lanes(workspace, month, {}, least)
    return LanesSeen(viewer, frozenset(hidden))
