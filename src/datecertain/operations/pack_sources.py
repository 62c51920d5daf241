"""What the figures of a meeting pack are taken from: all facts, for whoever keeps the workspace; or
what the group may publish to every post, lane by lane (req 57, 70)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from datecertain.access import Kind, Role, Viewer
from datecertain.claims.forecasting import LaneCost
from datecertain.errors import NotFound
from datecertain.network import Network
from datecertain.operations.judging import current_verdicts
from datecertain.operations.lanes_seen import EVERY_LANE, LanesSeen, lanes_seen
from datecertain.operations.pack_outlook import board_rows
from datecertain.operations.pack_quality import Total, total_of
from datecertain.operations.published_cards import published_cards, withheld_names
from datecertain.operations.refund_views import forecast
from datecertain.operations.replay_services import ServiceTrial, try_service
from datecertain.operations.report_cards import Group, report_cards
from datecertain.operations.reporting import MonthReport
from datecertain.operations.resume_board import BoardAsked, default_days, resume_board
from datecertain.operations.volume_sources import imported_volumes
from datecertain.operations.volumes_seen import volumes_seen
from datecertain.planning.meeting import BoardRow
from datecertain.planning.services import Service
from datecertain.quality import LegFigures
from datecertain.quality.cards import Asked, Cards
from datecertain.quality.figures import JUDGED
from datecertain.quality.report_card import leg_figures
from datecertain.store import Workspace

#: Who reads what is published: nobody's own items are in it.
OFFICE = Viewer("meeting-pack", "", (Role.CENTRAL_OFFICE,), Kind.KEY)


@dataclass(frozen=True, slots=True)
class PackSources:
    """The facts of some months. `seen`: the lanes that count in what is not told lane by lane."""

    workspace: Workspace
    months: tuple[str, ...]
    published: bool
    seen: LanesSeen

    def cards(self, by: Group, asked: Asked) -> Cards:
        """Report cards; published ones may be none at all."""
        if not self.published:
            return report_cards(self.workspace, by, asked)
        try:
            return published_cards(self.workspace, by, asked).cards
        except NotFound:
            return Cards(asked, (), 0.0, ranked=False)

    def total(self, by_origin: Cards) -> Total:
        """All items together; in a published pack those of the posts that have a card, where the
        sum of all may not be told."""
        if self.published and not any(
            "all" in withheld_names(self.workspace, month) for month in self.months
        ):
            by_origin = report_cards(self.workspace, Group.ORIGIN, by_origin.asked)
        return total_of(by_origin)

    def verdicts(self) -> pa.Table:
        """The current verdicts."""
        parts = [current_verdicts(self.workspace, [month]) for month in self.months]
        return self._cut(pa.concat_tables(parts))

    def _cut(self, rows: pa.Table) -> pa.Table:
        return rows.filter(self.seen.mask(rows)) if self.published else rows

    def legs(self, network: Network, reports: Sequence[MonthReport]) -> list[LegFigures]:
        """Attributable days by leg and post, month after month."""
        if not self.published:
            return [leg for one in reports for leg in one.figures.legs]
        found = list[LegFigures]()
        for month, report in zip(self.months, reports, strict=True):
            rows, figures = self._cut(current_verdicts(self.workspace, [month])), report.figures
            found += leg_figures(
                rows, figures.posts, figures.first_day, figures.last_day, network.carriage
            )
        return found

    def volumes(self) -> pa.Table:
        """Imported volumes."""
        rows = imported_volumes(self.workspace)
        if not self.published or not rows.num_rows:
            return rows
        try:
            return volumes_seen(self.workspace, OFFICE)
        except NotFound:
            return rows.slice(0, 0)

    def costs(self, closing: int) -> list[LaneCost]:
        """What refunds cost lane by lane."""
        return [
            cost for month in self.months for cost in forecast(self.workspace, month, closing)
            if self.seen.shows(cost.origin, cost.destination)
        ]  # fmt: skip

    def trials(self, services: Sequence[Service]) -> list[ServiceTrial]:
        """Services tried on the items that count. Raises what `try_service` raises."""
        return [try_service(self.workspace, self.months, one, seen=self.seen) for one in services]

    def judged(self) -> Counter[str]:
        """How many items of each lane, `KR-US`, are judged."""
        rows = self.verdicts()
        rows = rows.filter(pc.is_in(rows["outcome"], pa.array([str(one) for one in JUDGED])))
        lanes = pc.binary_join_element_wise(
            rows["origin"].cast(pa.string()), rows["destination"].cast(pa.string()), "-"
        )
        return Counter(lanes.to_pylist())

    def board(self, before: Sequence[str], target: float, confidence: float) -> Sequence[BoardRow]:
        """The resume board on the months up to the last one of the pack."""
        seen = lanes_seen(self.workspace, OFFICE, before) if self.published else EVERY_LANE
        days = default_days(self.workspace, before[0], before[-1])
        try:
            found = resume_board(self.workspace, BoardAsked(*days, target, confidence), seen=seen)
        except NotFound:
            if self.published:
                return ()
            raise
        return board_rows(found.lanes)


def pack_sources(workspace: Workspace, months: Sequence[str], published: bool) -> PackSources:
    """The sources of a pack of some months."""
    seen = lanes_seen(workspace, OFFICE, months) if published else EVERY_LANE
    return PackSources(workspace, tuple(months), published, seen)
