"""Small charts as SVG text, made on the server.

Lengths across are per cent of the chart's width and lengths down are pixels, so a chart fits any
column while its marks and letters keep their size. Colours are CSS classes: the page decides them
for light, dark and paper. A chart that stands alone has a title and a description; one that
repeats the numbers of its own table row is hidden from screen readers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from markupsafe import Markup, escape

from datecertain.quality import Interval

Drawing = Sequence[Markup]


def element(name: str, content: str | Markup = "", /, **attributes: str | float) -> Markup:
    """One SVG element. Attribute names: `class_` is `class`, other underscores are hyphens; content
    that is not markup, and every attribute, is escaped."""
    written = "".join(
        f' {_attribute(key)}="{escape(_number(value))}"' for key, value in attributes.items()
    )
    return Markup(f"<{name}{written}>{escape(content)}</{name}>")


@cache
def _attribute(key: str) -> str:
    return "class" if key == "class_" else key if key == "viewBox" else key.replace("_", "-")


def _number(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")


def across(share: float) -> str:
    """A share of the chart's width."""
    return f"{_number(100 * share)}%"


def hidden_chart(parts: Drawing, height: int, kind: str) -> Markup:
    """A chart whose numbers stand beside it in the same row of a table."""
    return element(
        "svg", Markup("").join(parts), class_=f"chart {kind}", width="100%", height=height,
        aria_hidden="true", focusable="false",
    )  # fmt: skip


def chart(
    parts: Drawing, height: int, kind: str, *, name: str, title: str, description: str,
    view: str = "",
) -> Markup:  # fmt: skip
    """A chart that stands alone: `name` is its id on the page, `view` a viewBox for drawings that
    must keep their proportions."""
    inside = (
        element("title", title, id=f"{name}-title"),
        element("desc", description, id=f"{name}-desc"),
        *parts,
    )
    size = {"viewBox": view} if view else {"width": "100%", "height": height}
    return element(
        "svg", Markup("").join(inside), class_=f"chart {kind}", role="img",
        aria_labelledby=f"{name}-title", aria_describedby=f"{name}-desc", **size,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scale:
    """The stretch of values that a chart shows, between `left` and `right` of its width."""

    low: float
    high: float
    left: float = 0.0
    right: float = 1.0

    def at(self, share: float) -> float:
        """The place of a value on the chart, 0 to 1, held at the edges of its stretch."""
        within = min(1.0, max(0.0, (share - self.low) / (self.high - self.low)))
        return self.left + (self.right - self.left) * within

    def ticks(self, step: float) -> list[float]:
        """Round shares inside the scale."""
        first = round(self.low / step)
        return [step * i for i in range(first, round(self.high / step) + 1)]


def scale_for(intervals: Sequence[Interval], target: float) -> Scale:
    """A scale up to 100 % that shows nearly all of these intervals: it begins at a round 5 %
    below, never under 50 %, where an arrow says that an interval goes on."""
    lowest = min((interval.low for interval in intervals), default=target)
    return Scale(max(0.5, min(0.9, int(lowest * 20) / 20)), 1.0)


@dataclass(frozen=True, slots=True)
class Part:
    """One segment of a bar: its CSS class and its share of the whole width."""

    kind: str
    share: float


def stacked_bar(parts: Sequence[Part], height: int = 16) -> Markup:
    """Segments side by side from the left, each with a hairline between it and the next."""
    return hidden_chart(_segments(parts, height), height, "bar")


def cut_bar(kind: str, share: float, height: int = 14) -> Markup:
    """One bar; a share above one is drawn to the edge with a mark that it goes on."""
    drawn = _segments([Part(kind, min(1.0, share))], height)
    if share > 1:
        drawn.append(element("text", "»", x="100%", y=height - 3, dx=-4, class_="cut"))
    return hidden_chart(drawn, height, "bar")


def outcome_bar(parts: Sequence[Part], *, title: str, description: str) -> Markup:
    """One bar of the whole month."""
    return chart(
        _segments(parts, 36), 36, "bar", name="outcome-bar", title=title, description=description
    )


def _segments(parts: Sequence[Part], height: int) -> list[Markup]:
    drawn, left = list[Markup](), 0.0
    for part in parts:
        if part.share > 0:
            place = {"x": across(left), "width": across(part.share)}
            drawn.append(element("rect", class_=f"fill {part.kind}", y=0, height=height, **place))
            left += part.share
    return drawn


def diverging_bar(value: float, largest: float, height: int = 14) -> Markup:
    """A bar to the right of the middle for what is gained, to the left for what is given."""
    reach = abs(value) / largest / 2 if largest else 0.0
    left = 0.5 if value >= 0 else 0.5 - reach
    kind = "gain" if value >= 0 else "give"
    return hidden_chart(
        [
            element("rect", x=across(left), y=0, width=across(reach), height=height, class_=kind),
            element("line", x1="50%", x2="50%", y1=0, y2=height, class_="zero"),
        ],
        height,
        "bar",
    )


def interval_dot(
    scale: Scale, share: float, interval: Interval, target: float, kind: str, height: int = 18
) -> Markup:
    """A dot at the share, a line over its interval, a tick at the target."""
    return hidden_chart(
        [target_line(scale, target, 0, height), *whisker(scale, share, interval, kind, height / 2)],
        height,
        "dots",
    )


def whisker(
    scale: Scale, share: float, interval: Interval, kind: str, y: float, radius: float = 4
) -> list[Markup]:
    """The interval as a line with its dot; an arrow where it goes on beyond the scale."""
    low, high = across(scale.at(interval.low)), across(scale.at(interval.high))
    drawn = [element("line", x1=low, x2=high, y1=y, y2=y, class_=f"whisker {kind}")]
    if interval.low < scale.low:
        drawn.append(element("text", "‹", x="0", y=y + 4, class_="beyond"))
    if share >= scale.low:
        drawn.append(element("circle", cx=across(scale.at(share)), cy=y, r=radius, class_=kind))
    return drawn


def target_line(scale: Scale, target: float, top: float, bottom: float) -> Markup:
    """The target across a chart."""
    x = across(scale.at(target))
    return element("line", x1=x, x2=x, y1=top, y2=bottom, class_="target")


def axis(scale: Scale, target: float, labels: dict[float, str]) -> Markup:
    """The scale above a column of dots, with the target's mark."""
    drawn = [
        element(
            "text", label, x=across(scale.at(share)), y=11,
            class_="tick " + ("first" if share == scale.low else "last" if share == 1 else ""),
        )
        for share, label in labels.items()
    ]  # fmt: skip
    return hidden_chart([*drawn, target_line(scale, target, 14, 20)], 20, "dots")


def headline_strip(
    scale: Scale, share: float, interval: Interval, bounds: Interval, target: float,
    labels: dict[float, str], target_label: str, *, title: str, description: str,
) -> Markup:  # fmt: skip
    """The month's share on its scale: bounds as a band, interval as a line, the target marked."""
    low, high = scale.at(bounds.low), scale.at(bounds.high)
    parts = [
        element("line", x1="0%", x2="100%", y1=34, y2=34, class_="rule"),
        element("rect", x=across(low), y=27, width=across(high - low), height=14, class_="band"),
        target_line(scale, target, 16, 46),
        element("text", target_label, x=across(scale.at(target)), y=11, class_="tick here"),
        *whisker(scale, share, interval, "strong", 34, 5),
        *(
            element(
                "text", label, x=across(scale.at(tick)), y=60,
                class_="tick " + ("first" if tick == scale.low else "last" if tick == 1 else ""),
            )
            for tick, label in labels.items()
        ),
    ]  # fmt: skip
    return chart(parts, 64, "dots", name="headline-strip", title=title, description=description)
