"""Items in flight by their promised date, as SVG: how many are still inside it, losing time, or
gone. Three shades, and each number beside its bar: nothing is told by colour alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from datecertain.web.charts import element

WIDTH, ROW, LEFT, RIGHT, TOP = 720, 26, 150, 110, 8
#: What each state of an open item counts as.
GROUPS: Mapping[str, str] = {
    "on_course": "inside", "no_standard": "inside", "at_risk": "losing", "unreported": "losing",
    "to_be_won_back": "losing", "beyond_saving": "gone", "late_already": "gone",
}  # fmt: skip
KINDS = ("inside", "losing", "gone")


@dataclass(frozen=True, slots=True)
class Day:
    """The items promised for a day, by group."""

    label: str
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts.values())


def burn_down(days: Sequence[Day], title: str, description: str) -> Markup:
    """A bar for each day of promise, with its three numbers behind it."""
    most = max((day.total for day in days), default=0) or 1
    space = WIDTH - LEFT - RIGHT
    drawn: list[Markup] = []
    for place, day in enumerate(days):
        y, x = TOP + place * ROW, float(LEFT)
        drawn.append(
            element("text", day.label, x=LEFT - 10, y=y + 16, text_anchor="end", class_="day")
        )
        for kind in KINDS:
            width = space * day.counts.get(kind, 0) / most
            if width:
                drawn.append(
                    element("rect", class_=kind, x=f"{x:.1f}", y=y + 3, width=f"{width:.1f}",
                            height=ROW - 8)
                )  # fmt: skip
            x += width
        numbers = " / ".join(str(day.counts.get(kind, 0)) for kind in KINDS)
        drawn.append(element("text", numbers, x=f"{x + 8:.1f}", y=y + 16, class_="numbers"))
    height = TOP * 2 + ROW * len(days)
    drawn.append(element("line", class_="axis", x1=LEFT, x2=LEFT, y1=TOP, y2=height - TOP))
    inside = [element("title", title), element("desc", description), *drawn]
    return element(
        "svg", Markup("").join(inside), xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {height}", width=WIDTH, height=height, role="img", class_="burn",
    )  # fmt: skip
