"""The picture of the staircase, drawn from the words of `datecertain explain` on a page.

The page's words are compared with the program's (`test_documented_commands`), the picture with the
page's words (`test_staircase_picture`), so the picture shows what the program says.

Run as a program it draws docs/explanation/staircase.svg again.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from console_blocks import CHECKOUT, Command, steps

PAGE = CHECKOUT / "docs" / "explanation" / "staircase.md"
PICTURE = PAGE.with_name("staircase.svg")

_DATE = r"\w{3} (\d+ \w{3} \d{4})"
_HEAD = re.compile(rf"^(\S+) (\w\w)–(\w\w): .*Guaranteed for {_DATE}")
_STAIR = re.compile(
    rf"^(\S+) (\S+) (.+) \((\S+)\): (?:still|now) due on {_DATE}(?:, .*?; (\w+), held by (\w\w))?"
)
#: What `explain` calls the scans, and what fits under the picture.
NAMES = {
    "accepted": "accepted",
    "at the outward office of exchange": "at outward office",
    "left the outward office of exchange": "left outward office",
    "at the inward office of exchange": "at inward office",
    "shown to import customs": "shown to customs",
    "back from import customs": "back from customs",
    "left the inward office of exchange": "left inward office",
    "at the delivery office": "at delivery office",
    "delivered, or an attempt that counts": "delivered",
}
LEFT, RIGHT, TOP, STEP_X, DAY_Y = 118, 40, 72, 88, 38
LATE, WON, PROMISE = "#b3261e", "#1b7f4b", "#2457a6"
PLAIN, FAINT, GRID = "#1f2933", "#8794a1", "#e4e8ec"


#: Where a day is drawn.
Height = Callable[[dt.date], int]


@dataclass(frozen=True, slots=True)
class Stair:
    """One scan: when, what, where, and the day due from there on."""

    day: dt.date
    clock: str
    name: str
    place: str
    due: dt.date
    leg: str
    holder: str


@dataclass(frozen=True, slots=True)
class Story:
    """An item's staircase as `explain` tells it."""

    item: str
    origin: str
    destination: str
    promised: dt.date
    stairs: tuple[Stair, ...]


def told(page: Path = PAGE) -> Story:
    """The first English explanation that a page shows."""
    text = page.read_text(encoding="utf-8")
    shown = next(
        step.shown for step in steps(text)
        if isinstance(step, Command) and step.text.startswith("datecertain explain ")
    )  # fmt: skip
    head = next(match for line in shown if (match := _HEAD.match(line)))
    stairs = tuple(
        Stair(
            dt.date.fromisoformat(match[1]), match[2], NAMES[match[3]], match[4], _date(match[5]),
            match[6] or "", match[7] or "",
        )
        for line in shown
        if (match := _STAIR.match(line))
    )  # fmt: skip
    return Story(head[1], head[2], head[3], _date(head[4]), stairs)


def _date(text: str) -> dt.date:
    day, month, year = text.split()
    return dt.date(int(year), list(calendar.month_abbr).index(month), int(day))


def drawn(story: Story) -> str:
    """The story as SVG: scans to the right, the day due upwards, later is higher."""
    days = [story.promised, *(stair.due for stair in story.stairs)]
    first, last = min(days), max(days)
    width = LEFT + STEP_X * (len(story.stairs) - 1) + RIGHT + 40
    bottom = TOP + DAY_Y * (last - first).days + 24

    def y(day: dt.date) -> int:
        return TOP + DAY_Y * (last - day).days

    title = f"{story.item}, {story.origin} to {story.destination}: the day due, seen from each scan"
    promised = y(story.promised)
    parts = [
        _tag("svg", xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {width} {bottom + 62}",
             font_family="sans-serif", font_size=11, fill=PLAIN, role="img", empty=False),
        f"<title>{title}</title>",
        _tag("rect", width=width, height=bottom + 62, fill="#ffffff"),
        _text(16, 24, title, size=14),
        *_days(first, last, width, y),
        _line(LEFT - 12, promised, width - 16, promised, PROMISE, 1.5, stroke_dasharray="6 4"),
        _text(width - 16, promised - 6, "promised", colour=PROMISE, anchor="end"),
        *_stairs(story, y),
        *(_scan(number, stair, bottom) for number, stair in enumerate(story.stairs)),
        "</svg>",
    ]  # fmt: skip
    return "\n".join(parts) + "\n"


def _days(first: dt.date, last: dt.date, width: int, y: Height) -> list[str]:
    parts = []
    for number in range((last - first).days + 1):
        day = first + dt.timedelta(days=number)
        colour = FAINT if day.weekday() > 4 else PLAIN
        parts.append(_line(LEFT - 12, y(day), width - 16, y(day), GRID, 1))
        name = f"{day:%a} {day.day} {day:%b}"
        parts.append(_text(LEFT - 20, y(day) + 4, name, anchor="end", colour=colour))
    return parts


def _stairs(story: Story, y: Height) -> list[str]:
    parts = []
    before = story.promised
    for number, stair in enumerate(story.stairs):
        x, here = LEFT + STEP_X * number, y(stair.due)
        if stair.due != before:
            colour = LATE if stair.due > before else WON
            words = f"{stair.leg}, {stair.holder}" if stair.leg else "slack sold"
            parts.append(_line(x, y(before), x, here, colour, 4))
            parts.append(_text(x + 8, (y(before) + here) // 2 + 4, words, colour=colour))
        if number + 1 < len(story.stairs):
            parts.append(_line(x, here, x + STEP_X, here, PLAIN, 2.5))
        parts.append(_tag("circle", cx=x, cy=here, r=4, fill=PLAIN))
        before = stair.due
    return parts


def _scan(number: int, stair: Stair, bottom: int) -> str:
    x = LEFT + STEP_X * number
    first, _, rest = stair.name.partition(" ")
    lines = [first, rest, stair.place if len(stair.place) < 14 else "",
             f"{stair.day:%a} {stair.day.day} {stair.clock}"]  # fmt: skip
    kept = [line for line in lines if line]
    return "\n".join(
        _text(x, bottom + 14 * row, line, anchor="middle", size=10,
              colour=FAINT if row == len(kept) - 1 else PLAIN)
        for row, line in enumerate(kept)
    )  # fmt: skip


def _text(
    x: int, y: int, words: str, colour: str = "", anchor: str = "", size: int = 0
) -> str:  # fmt: skip
    opened = _tag("text", x=x, y=y, fill=colour, text_anchor=anchor, font_size=size, empty=False)
    return f"{opened}{words}</text>"


def _line(
    x1: int, y1: int, x2: int, y2: int, colour: str, width: float, **more: object
) -> str:  # fmt: skip
    return _tag("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=colour, stroke_width=width, **more)


def _tag(name: str, empty: bool = True, **attributes: object) -> str:
    written = "".join(
        f' {key.replace("_", "-")}="{value}"'
        for key, value in attributes.items()
        if value not in ("", 0) or key in ("x", "y")
    )
    return f"<{name}{written}{'/' if empty else ''}>"


def main() -> None:
    """Draw the picture of the page."""
    PICTURE.write_text(drawn(told()), encoding="utf-8")


if __name__ == "__main__":
    main()
