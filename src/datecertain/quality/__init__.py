"""Report cards: what a month was like, with how sure each figure is (req 49, 50, 53)."""

from datecertain.quality.basis import Basis, Passage
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
from datecertain.quality.summary import summary_lines

__all__ = [
    "CONFIDENCE", "LANE_ROWS", "TARGET_PPM", "Basis", "ChargeTotal", "ClockStops", "DaysLate",
    "FindingCount", "GroupFigures", "Interval", "LaneFigures", "LegFigures", "MissingScans",
    "MoneyFigures", "MonthFigures", "NetPosition", "Passage", "Payment", "PostName", "ReasonCount",
    "RefundTotal", "Standing", "StatementTotal", "Tally", "clopper_pearson", "differ",
    "month_figures", "month_rows", "place_ranges", "summary_lines", "wilson",
]  # fmt: skip
