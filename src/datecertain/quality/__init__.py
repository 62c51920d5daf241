"""Report cards: what a month was like, with how sure each figure is (req 49, 50, 53)."""

from datecertain.quality.basis import Basis, Passage
from datecertain.quality.checks import LISTED, Kind, QualityLine
from datecertain.quality.dispatches import (
    DISPATCH_LISTED,
    DispatchQuality,
    dispatch_quality,
)
from datecertain.quality.documents import Document, DocumentKind, Documents
from datecertain.quality.event_rules import EventRules, event_rules
from datecertain.quality.events import (
    DataQuality,
    QualityPart,
    data_quality,
    quality_part,
    quality_together,
)
from datecertain.quality.figures import (
    TARGET_PPM,
    ClockStops,
    DaysLate,
    FindingCount,
    GroupFigures,
    LaneFigures,
    LegFigures,
    MissingScans,
    MonthFigures,
    PostName,
    ReasonCount,
    Standing,
    Tally,
)
from datecertain.quality.holds import HoldCost, hold_costs
from datecertain.quality.intervals import (
    CONFIDENCE,
    Interval,
    clopper_pearson,
    differ,
    place_ranges,
    wilson,
)
from datecertain.quality.lane_rows import LANE_ROWS, month_rows
from datecertain.quality.money_figures import (
    ChargeTotal,
    MoneyFigures,
    NetPosition,
    Payment,
    RefundTotal,
    StatementTotal,
)
from datecertain.quality.report_card import month_figures
from datecertain.quality.scores import Score, Trend, scores, trends
from datecertain.quality.screens import ScreenResult
from datecertain.quality.summary import summary_lines
from datecertain.quality.told_events import (
    TOLD,
    ToldEvents,
    TrackedItems,
    told_events,
    tracked_items,
)

__all__ = [
    "CONFIDENCE",
    "DISPATCH_LISTED",
    "LANE_ROWS",
    "LISTED",
    "TARGET_PPM",
    "TOLD",
    "Basis",
    "ChargeTotal",
    "ClockStops",
    "DataQuality",
    "DaysLate",
    "DispatchQuality",
    "Document",
    "DocumentKind",
    "Documents",
    "EventRules",
    "FindingCount",
    "GroupFigures",
    "HoldCost",
    "Interval",
    "Kind",
    "LaneFigures",
    "LegFigures",
    "MissingScans",
    "MoneyFigures",
    "MonthFigures",
    "NetPosition",
    "Passage",
    "Payment",
    "PostName",
    "QualityLine",
    "QualityPart",
    "ReasonCount",
    "RefundTotal",
    "Score",
    "ScreenResult",
    "Standing",
    "StatementTotal",
    "Tally",
    "ToldEvents",
    "TrackedItems",
    "Trend",
    "clopper_pearson",
    "data_quality",
    "differ",
    "dispatch_quality",
    "event_rules",
    "hold_costs",
    "month_figures",
    "month_rows",
    "place_ranges",
    "quality_part",
    "quality_together",
    "scores",
    "summary_lines",
    "told_events",
    "tracked_items",
    "trends",
    "wilson",
]  # fmt: skip
