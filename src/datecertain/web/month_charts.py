"""The two large charts of a month: its days, and its netting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from datecertain.quality import GroupFigures, MoneyFigures, NetPosition, Tally
from datecertain.verdict.outcomes import WHOLE
from datecertain.web.charts import Scale, across, chart, element

#: Heights of the day chart in pixels: shares above, numbers of items below.
_SHARES, _GAP, _ITEMS, _FOOT = 150, 12, 44, 18
#: Where the first day begins, as a share of the width: the scale's labels stand before it.
_LEFT = 0.05


@dataclass(frozen=True, slots=True)
class DayFrame:
    """What a chart of days is drawn against: its scale, the target, and the words on it."""

    scale: Scale
    target: float
    confidence: float
    scale_labels: Mapping[float, str]
    day_labels: Sequence[str]  # under each day; empty for nothing

    def down(self, share: float) -> float:
        """Where a share stands, in pixels from the top."""
        return 6 + (_SHARES - 12) * (1 - self.scale.at(share))


def day_chart(
    days: Sequence[GroupFigures], frame: DayFrame, *, title: str, description: str
) -> Markup:
    """On-time share with its interval for each day of acceptance, numbers of items below it."""
    parts = []
    for tick, label in frame.scale_labels.items():
        y = frame.down(tick)
        parts.append(element("line", x1=across(_LEFT), x2="100%", y1=y, y2=y, class_="rule"))
        parts.append(element("text", label, x="0", y=y + 4, class_="tick first"))
    y = frame.down(frame.target)
    parts.append(element("line", x1=across(_LEFT), x2="100%", y1=y, y2=y, class_="target"))
    wide = (1 - _LEFT) / max(1, len(days))
    most = max((day.tally.items for day in days), default=0) or 1
    base = _SHARES + _GAP + _ITEMS
    for i, day in enumerate(days):
        middle = _LEFT + wide * (i + 0.5)
        parts += _day_mark(day.tally, across(middle), frame)
        tall = _ITEMS * day.tally.items / most
        place = {"x": across(middle - wide * 0.3), "width": across(wide * 0.6)}
        parts.append(element("rect", class_="volume", y=base - tall, height=tall, **place))
        if frame.day_labels[i]:
            label = frame.day_labels[i]
            parts.append(element("text", label, x=across(middle), y=base + 14, class_="tick here"))
    return chart(
        parts, base + _FOOT, "dots days", name="day-chart", title=title, description=description
    )


def _day_mark(tally: Tally, x: str, frame: DayFrame) -> list[Markup]:
    if not tally.judged:
        return []
    interval = tally.interval(frame.confidence)
    kind = tally.standing(round(frame.target * WHOLE), frame.confidence)
    top, bottom = frame.down(interval.high), frame.down(interval.low)
    marks = [element("line", x1=x, x2=x, y1=top, y2=bottom, class_=f"whisker {kind}")]
    if tally.share >= frame.scale.low:
        marks.append(element("circle", cx=x, cy=frame.down(tally.share), r=3.2, class_=kind))
    else:
        marks.append(element("text", "⌄", x=x, y=_SHARES, class_="beyond here"))
    return marks


#: The netting picture's own units: it keeps its proportions at any width.
_WIDE, _TOP, _BAND, _DEEP = 420, 96, 26, 92


def netting_arcs(money: MoneyFigures, *, title: str, description: str) -> Markup:
    """Above the posts one arc for each pair's balance, below them one for each payment left.

    Posts stand in order of what they pay or receive on balance, payers on the left, so that every
    payment runs to the right. Widths follow the amounts.
    """
    order = sorted(money.positions, key=lambda row: (row.net_usdr, row.post))
    step = (_WIDE - 40) / max(1, len(order) - 1)
    place = {row.post: 20 + step * i for i, row in enumerate(order)}
    largest = max(
        [abs(row.balance_usdr) for row in money.statements] + [row.usdr for row in money.payments],
        default=0,
    )
    parts = [
        _arc(place[row.one], place[row.other], abs(row.balance_usdr) / largest, up=True)
        for row in money.statements
        if row.balance_usdr
    ]
    parts += [
        _arc(place[row.payer], place[row.payee], row.usdr / largest, up=False)
        for row in money.payments
    ]
    for row in order:
        parts += _post_mark(row, place[row.post])
    return chart(
        parts, 0, "arcs", name="netting-arcs", title=title, description=description,
        view=f"0 0 {_WIDE} {_TOP + _BAND + _DEEP}",
    )  # fmt: skip


def _arc(start: float, end: float, share: float, *, up: bool) -> Markup:
    left, right = min(start, end), max(start, end)
    across_by = (right - left) / 2
    room = (_TOP if up else _DEEP) - 8
    rise = 10 + (room - 10) * (right - left) / (_WIDE - 40)
    y = _TOP if up else _TOP + _BAND
    path = f"M{left:.1f} {y}A{across_by:.1f} {rise:.1f} 0 0 {int(up)} {right:.1f} {y}"
    return element("path", d=path, stroke_width=0.4 + 5.6 * share, class_="owed" if up else "paid")


def _post_mark(row: NetPosition, x: float) -> list[Markup]:
    kind = "receives" if row.net_usdr > 0 else "pays" if row.net_usdr < 0 else "even"
    y = _TOP + _BAND / 2
    return [
        element("circle", cx=x, cy=y, r=11, class_=f"post {kind}"),
        element("text", row.post, x=x, y=y + 3.6, class_=f"post-code {kind}"),
    ]
