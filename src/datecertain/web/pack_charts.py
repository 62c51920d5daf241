"""Charts of the meeting pack, drawn from the rows of its tables.

Each row of a chart bears the text of its table's cell, written by the same words. Lengths across
are per cent, so that one drawing fits a telephone, a screen and paper; the colours are classes,
which the page sets for light and dark, and paper from the same style sheet (`on_paper`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from markupsafe import Markup

from datecertain.planning.meeting import Page, Sheet
from datecertain.quality import Interval
from datecertain.verdict.outcomes import Leg
from datecertain.web.charts import Scale, across, chart, element, scale_for, target_line, whisker
from datecertain.web.forecast_charts import round_ticks
from datecertain.web.pack_words import PackWords

#: Where marks stand between the names on the left and the numbers on the right.
_LEFT, _RIGHT = 0.17, 0.82
_ROW, _HEAD = 20, 18
_FLOOR, _GOAL = 0.95, 0.96
#: Their style sheet, below the package; the site loads it as it is.
STYLE = "static/pack_charts.css"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart of a table: its caption, the picture, and what it shows in one sentence."""

    sheet: str
    caption: str
    svg: Markup
    alt: str


def charts_of(page: Page, speak: PackWords) -> list[Drawn]:
    """The charts of a page, of its tables that have rows."""
    found = []
    for sheet in page.sheets:
        draw = _CHARTS.get(sheet.key)
        if draw is None or not sheet.rows:
            continue
        caption = speak.say(f"chart.{sheet.key}")
        alt = f"{caption}: " + "; ".join(_told(sheet, speak))
        parts, height = draw(sheet, speak)
        svg = chart(parts, height, "pack-chart", name=f"chart-{sheet.key}", title=caption,
                    description=alt)  # fmt: skip
        found.append(Drawn(sheet.key, caption, svg, alt))
    return found


#: Which column of a table a chart shows.
SHOWN = {
    "by_origin": ("post", "on_time"), "lanes": ("lane", "on_time"), "by_post": ("post", "days"),
    "recovery": ("year", "items"), "forecast": ("month", "items"),
    "readiness": ("readiness", "lanes"), "positions": ("post", "position_usdr"),
}  # fmt: skip


def _told(sheet: Sheet, speak: PackWords) -> list[str]:
    """Name and number of each row, as the table has them."""
    names = [column.name for column in sheet.columns]
    at, value = (names.index(name) for name in SHOWN[sheet.key])
    return [f"{row[at]} {row[value]}" for row in speak.rows(sheet)]


def _frame(
    sheet: Sheet, speak: PackWords, row: Callable[[int, float], list[Markup]],
    head: Sequence[Markup] = (),
) -> tuple[list[Markup], int]:  # fmt: skip
    """Rows one below the other: name, the marks of its place and height, number."""
    names = [column.name for column in sheet.columns]
    at, value = (names.index(name) for name in SHOWN[sheet.key])
    top = _HEAD if head else 4
    parts = list(head)
    for number, cells in enumerate(speak.rows(sheet)):
        y = top + _ROW * number + _ROW / 2
        parts.append(element("text", cells[at], x="0", y=y + 4, class_="name"))
        parts += row(number, y)
        parts.append(element("text", cells[value], x="100%", y=y + 4, class_="value"))
    return parts, int(top + _ROW * len(sheet.rows) + 4)


def _dots(targets: Sequence[float]) -> Callable[[Sheet, PackWords], tuple[list[Markup], int]]:
    """Shares as dots with their intervals on one scale, the targets across."""

    def draw(sheet: Sheet, speak: PackWords) -> tuple[list[Markup], int]:
        rows = sheet.records()
        held = [Interval(float(row["low"] or 0), float(row["high"] or 1)) for row in rows
                if row["on_time"] is not None]  # fmt: skip
        base = scale_for(held, min(targets))
        scale = Scale(base.low, base.high, _LEFT, _RIGHT)
        bottom = _HEAD + _ROW * len(rows)
        step = 0.05 if base.low >= 0.8 else 0.1 if base.low >= 0.6 else 0.25
        head = [
            element("text", speak.w.bare(tick, 0), x=across(scale.at(tick)), y=11, class_="tick")
            for tick in base.ticks(step)
            if base.low - 1e-9 <= tick
        ]
        head += [target_line(scale, target, _HEAD - 2, bottom) for target in targets]

        def marks(number: int, y: float) -> list[Markup]:
            row = rows[number]
            if row["on_time"] is None:
                return []
            ends = Interval(float(row["low"] or 0), float(row["high"] or 1))
            return _kept(scale, float(row["on_time"]), ends, str(row["standing"]), y)

        return _frame(sheet, speak, marks, head)

    return draw


def _kept(scale: Scale, share: float, ends: Interval, kind: str, y: float) -> list[Markup]:
    """A whisker held inside its stretch: an arrow would stand upon the names."""
    inside = Interval(max(ends.low, scale.low), ends.high)
    return whisker(scale, share, inside, kind, y)


def _days(sheet: Sheet, speak: PackWords) -> tuple[list[Markup], int]:
    """Days of each post, leg beside leg."""
    rows = sheet.records()
    most = max(float(row["days"] or 0) for row in rows) or 1.0
    scale = Scale(0.0, most, _LEFT, _RIGHT)
    head, x = list[Markup](), 0.0
    legs = [leg.name.lower() for leg in Leg
            if any(row[leg.name.lower()] for row in rows)]  # fmt: skip
    for leg in legs:
        head.append(element("rect", x=across(x), y=3, width=10, height=10, class_=f"seg {leg}"))
        word = speak.say(f"column.{leg}")
        head.append(element("text", word, x=across(x), dx=14, y=12, class_="key-word"))
        x += 1 / len(Leg)

    def marks(number: int, y: float) -> list[Markup]:
        drawn, reached = list[Markup](), 0.0
        for leg in legs:
            days = float(rows[number][leg] or 0)
            if days:
                left, right = scale.at(reached), scale.at(reached + days)
                drawn.append(element("rect", x=across(left), y=y - 7, width=across(right - left),
                                     height=14, class_=f"seg {leg}"))  # fmt: skip
            reached += days
        return drawn

    return _frame(sheet, speak, marks, head)


def _bars(sheet: Sheet, speak: PackWords) -> tuple[list[Markup], int]:
    """Plain bars from the left; the names of readiness are long and stand above their bar."""
    rows = sheet.records()
    most = max(float(row["lanes"] or 0) for row in rows) or 1.0
    scale = Scale(0.0, most, 0.0, 0.9)
    parts = []
    for number, (row, cells) in enumerate(zip(rows, speak.rows(sheet), strict=True)):
        y, share = 34 * number, scale.at(float(row["lanes"] or 0))
        parts.append(element("text", cells[0], x="0", y=y + 11, class_="name"))
        parts.append(element("rect", x="0", y=y + 16, width=across(share), height=12,
                             class_=f"ready {row['readiness']}"))  # fmt: skip
        parts.append(element("text", cells[1], x=across(share), dx=6, y=y + 26,
                             class_="beside"))  # fmt: skip
    return parts, 34 * len(rows)


def _columns(sheet: Sheet, speak: PackWords) -> tuple[list[Markup], int]:
    """One column a year, the millions on top."""
    rows = sheet.records()
    most = max(float(row["items"] or 0) for row in rows) or 1.0
    high, wide, parts = 130, 1 / len(rows), list[Markup]()
    for number, row in enumerate(rows):
        tall = high * float(row["items"] or 0) / most
        middle = wide * (number + 0.5)
        parts.append(element("rect", x=across(middle - wide * 0.32), y=20 + high - tall,
                             width=across(wide * 0.64), height=tall,
                             class_="column first" if number == 0 else "column"))  # fmt: skip
        parts.append(element("text", str(row["year"]), x=across(middle), y=high + 36,
                             class_="tick"))  # fmt: skip
        text = speak.say("million", n=f"{float(row['items'] or 0) / 1e6:.2f}")
        parts.append(element("text", text, x=across(middle), y=14 + high - tall, class_="top"))
    return parts, high + 42


def _ahead(sheet: Sheet, speak: PackWords) -> tuple[list[Markup], int]:
    """What is forecast as dots with their intervals, from nothing on."""
    rows = sheet.records()
    most = max(float(row["high"] or row["items"] or 0) for row in rows) or 1.0
    scale = Scale(0.0, most, _LEFT, _RIGHT)
    head = [
        element("text", speak.w.count(round(tick)), x=across(scale.at(tick)), y=11, class_="tick")
        for tick in round_ticks(0.0, most)
    ]

    def marks(number: int, y: float) -> list[Markup]:
        row = rows[number]
        value = float(row["items"] or 0)
        ends = Interval(*(value if row[end] is None else float(row[end] or 0)
                          for end in ("low", "high")))  # fmt: skip
        return whisker(scale, value, ends, "forecast", y)

    return _frame(sheet, speak, marks, head)


def _diverging(sheet: Sheet, speak: PackWords) -> tuple[list[Markup], int]:
    """What a post receives to the right of the middle, what it pays to the left."""
    rows = sheet.records()
    most = max(abs(float(row["position_usdr"] or 0)) for row in rows) or 1.0
    scale = Scale(-most, most, _LEFT, 0.78)
    zero = scale.at(0.0)

    def marks(number: int, y: float) -> list[Markup]:
        value = float(rows[number]["position_usdr"] or 0)
        end = scale.at(value)
        return [
            element("rect", x=across(min(zero, end)), y=y - 7, width=across(abs(end - zero)),
                    height=14, class_="gain" if value > 0 else "give"),
            element("line", x1=across(zero), x2=across(zero), y1=y - _ROW / 2, y2=y + _ROW / 2,
                    class_="zero"),
        ]  # fmt: skip

    return _frame(sheet, speak, marks)


_CHARTS: dict[str, Callable[[Sheet, PackWords], tuple[list[Markup], int]]] = {
    "by_origin": _dots((_FLOOR, _GOAL)), "lanes": _dots((_GOAL,)), "by_post": _days,
    "recovery": _columns, "forecast": _ahead, "readiness": _bars, "positions": _diverging,
}  # fmt: skip

#: How wide a chart is on paper, in pixels.
PAPER_WIDTH = 520


def on_paper(drawn: Drawn) -> Markup:
    """The chart for paper: of a fixed width, with the page's style in its light colours."""
    svg = str(drawn.svg)
    height = re.search(r'height="(\d+)"', svg)
    size = f'width="{PAPER_WIDTH}" viewBox="0 0 {PAPER_WIDTH} {height[1] if height else 100}"'
    svg = svg.replace('width="100%"', size, 1)
    begin = f'<svg xmlns="http://www.w3.org/2000/svg" font-family="Pretendard"{svg[4:]}'
    inside = begin.index(">") + 1
    return Markup(f"{begin[:inside]}<style>{_paper_style()}</style>{begin[inside:]}")


@lru_cache(maxsize=1)
def _paper_style() -> str:
    """`pack_charts.css` with the light colours of the month's style sheet put in."""
    folder = files("datecertain.web")
    light = (folder / "templates" / "month.css").read_text(encoding="utf-8").split("}", 1)[0]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", light))
    style = (folder / STYLE).read_text(encoding="utf-8")
    return re.sub(r"var\(--([\w-]+)\)", lambda found: colours[found[1]], style)
