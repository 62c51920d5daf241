"""A month of items looked at from every side: read once, counted by any group, narrowed to any
groups, down to the items themselves (req 49-51, 57)."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from datecertain.access import Viewer
from datecertain.errors import NotFound
from datecertain.operations.networks import current_network
from datecertain.operations.report_cards import (
    NOT_NARROWED,
    Group,
    Narrowed,
    ScoredItems,
    columns_of,
    counted,
    items_inquired,
    narrowed_items,
    scored_items,
)
from datecertain.operations.tables import VERDICTS_TABLE
from datecertain.quality.cards import Asked, Cards, make_cards
from datecertain.settlement import Period
from datecertain.store import Workspace

#: What an items list shows of a verdict.
_SHOWN = ("origin", "destination", "accepted_date", "outcome", "days_late", "inward_office",
          "destination_area")  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class MonthLook:
    """The scored items of a month that somebody may see, and what was inquired of them."""

    month: str
    scored: ScoredItems
    inquired: pa.Array

    def cards(
        self, workspace: Workspace, by: Group, target_ppm: int, confidence: float,
        narrowed: Narrowed = NOT_NARROWED,
    ) -> Cards:  # fmt: skip
        """The cards of the month alone, of the items in all the groups of `narrowed`. Raises
        `NotFound` where there are none."""
        period = Period.month(self.month)
        asked = Asked(period.first_day, period.last_day, target_ppm, confidence, _NOT_POOLED)
        kept = narrowed_items(workspace, self.scored, narrowed)
        parts = columns_of(workspace, kept, by, self.inquired)
        return make_cards(counted(parts, period.first_day, asked), asked)

    def items(
        self, workspace: Workspace, narrowed: Narrowed, outcomes: frozenset[str]
    ) -> pa.Table:  # fmt: skip
        """The items in all the groups of `narrowed` with one of some outcomes (none: any), the
        latest first, by number."""
        kept = narrowed_items(workspace, self.scored, narrowed)
        rows = kept.verdicts.select(_SHOWN).append_column("item_id", kept.items["item_id"])
        if outcomes:
            wanted = pa.array(sorted(outcomes), pa.string())
            rows = rows.filter(pc.is_in(rows["outcome"].cast(pa.string()), wanted))
        order = [("days_late", "descending"), ("item_id", "ascending")]
        return rows.sort_by(order)


#: Years are pooled by the report cards of any period, not here: no interval is so wide.
_NOT_POOLED = 0.999


def month_look(workspace: Workspace, month: str, viewer: Viewer) -> MonthLook:
    """Read a month. Raises `NotFound` when nothing of it was judged, or may be seen."""
    if month not in looked_months(workspace):
        raise NotFound(f"no item of {month} was judged here: run `datecertain judge` first")
    scored = scored_items(workspace, current_network(workspace), month, viewer)
    if not len(scored.verdicts):
        raise NotFound(f"no item of {month} is to be seen here")
    return MonthLook(month, scored, items_inquired(workspace))


def looked_months(workspace: Workspace) -> list[str]:
    """The months of which something was judged, the last first."""
    found = workspace.facts(VERDICTS_TABLE).months
    return sorted(found, reverse=True)
