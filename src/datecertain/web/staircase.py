"""The staircase of one item as SVG, made to be read on a phone: 360 wide, scans downwards, the day
due to the right.

Each scan has a row. The line stands at the day on which the item was due seen from there; a step
to the right is time lost, to the left time won back. What is written of a step stands where the
line is not: to the right above a step to the right, to the left above one to the left, or on the
other side below it. The picture carries its colours, also for dark screens, and needs no page.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from markupsafe import Markup

from datecertain.moments import date_of, parse_date
from datecertain.verdict.explaining import Explanation, Stair
from datecertain.verdict.outcomes import Checkpoint
from datecertain.verdict.telling import sentences
from datecertain.web.charts import element
from datecertain.wording import Words

WIDTH = 360
#: Where the column of days begins and ends; left of it stand the scans.
LEFT, RIGHT = 150, 346
TOP, ROW, BOTTOM = 78, 46, 20
#: Sizes of letters, and how wide one is: of Latin letters at most, of Hangul always.
SIZE, SMALL = 11.0, 10.0
_NARROW, _WIDE = 0.58, 1.0
_STYLE = """
.s-paper{fill:#fff}.s-text{fill:#16202c}.s-soft{fill:#55606d}.s-grid{stroke:#e4e2dc}
.s-line{stroke:#16202c}.s-dot{fill:#16202c}.s-late{stroke:#b03a1e}.s-late-text{fill:#b03a1e}
.s-won{stroke:#1b6e45}.s-won-text{fill:#1b6e45}.s-told{stroke:#1f5587}.s-told-text{fill:#1f5587}
.s-free{stroke:#8a6100}.s-free-text{fill:#8a6100}
.s-step{paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}
@media screen and (prefers-color-scheme:dark){
.s-paper{fill:#171e26}.s-text{fill:#e9e7e1}.s-soft{fill:#a6b0bb}.s-grid{stroke:#2b343e}
.s-line{stroke:#e9e7e1}.s-dot{fill:#e9e7e1}.s-late{stroke:#f19377}.s-late-text{fill:#f19377}
.s-won{stroke:#7fce9f}.s-won-text{fill:#7fce9f}.s-told{stroke:#86b6e2}.s-told-text{fill:#86b6e2}
.s-free{stroke:#e0bd6a}.s-free-text{fill:#e0bd6a}.s-step{stroke:#171e26}}
"""


@dataclass(frozen=True, slots=True)
class Label:
    """A text of the picture: where it begins or ends (`end`) on its base line."""

    text: str
    x: float
    y: float
    kind: str
    size: float = SIZE
    anchor: str = "start"

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom; rather too wide than too narrow."""
        width = text_width(self.text, self.size)
        left = self.x - {"start": 0.0, "middle": width / 2, "end": width}[self.anchor]
        return left, self.y - 0.8 * self.size, left + width, self.y + 0.25 * self.size


@dataclass(frozen=True, slots=True)
class Picture:
    """A staircase drawn: its labels, its other marks, and how high it is."""

    title: str
    description: str
    labels: tuple[Label, ...]
    marks: tuple[Markup, ...]
    height: int

    def svg(self, *, styled: bool = True) -> Markup:
        """The picture as one SVG element; without its colours where the page's style sheet has
        them."""
        return element(
            "svg",
            Markup("").join([
                element("title", self.title), element("desc", self.description),
                *([element("style", Markup(_STYLE))] if styled else []),
                element("rect", class_="s-paper", width=WIDTH, height=self.height),
                *self.marks, *(written(label) for label in self.labels),
            ]),
            xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {WIDTH} {self.height}",
            width=WIDTH, height=self.height, role="img", class_="staircase",
            font_family="system-ui, 'Noto Sans', 'Noto Sans KR', 'Malgun Gothic', sans-serif",
        )  # fmt: skip


def text_width(text: str, size: float) -> float:
    """How wide a text is at most."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return size * (wide * _WIDE + (len(text) - wide) * _NARROW)


def picture(told: Explanation, words: Words) -> Picture:
    """The staircase of an item; without a promise or a due date only the scans are listed."""
    due = [stair for stair in told.stairs if stair.due_on < _NO_DAY]
    days = sorted({*(stair.due_on for stair in due), *filter(None, [told.promised_on])})
    scale = _Days(days[0], days[-1]) if days else _Days(0, 0)
    bottom = TOP + ROW * len(told.stairs) - ROW // 2 + BOTTOM
    lane = f"{told.item_id}  {told.origin}–{told.destination}"
    labels, marks = [Label(lane, 10, 18, "s-text")], list[Markup]()
    if days:
        labels += _heading(told, scale, words)
        marks += _grid(scale, days, told.promised_on, bottom)
    before = told.promised_on
    for number, stair in enumerate(told.stairs):
        y = TOP + ROW * number
        labels += _scan(stair, y, words)
        if stair.due_on >= _NO_DAY:
            continue
        if before is not None and stair.due_on != before:
            kind = _kind(stair, before)
            marks.append(line(scale.x(before), y, scale.x(stair.due_on), y, f"s-{kind}", 4))
            labels.append(_step_label(stair, before, scale, y, kind, words))
        if number + 1 < len(told.stairs):
            x = scale.x(stair.due_on)
            marks.append(line(x, y, x, y + ROW, "s-line", 2.5))
        marks.append(element("circle", cx=scale.x(stair.due_on), cy=y, r=4, class_="s-dot"))
        before = stair.due_on
    title = words.say(
        "verdict.picture", item=told.item_id, origin=words.country(told.origin),
        destination=words.country(told.destination),
    )  # fmt: skip
    said = " ".join(sentences(told, words))
    return Picture(title, said, tuple(labels), tuple(marks), bottom)


_NO_DAY = 10**6


@dataclass(frozen=True, slots=True)
class _Days:
    """Days across the column; at least two apart, so that one day stands in the middle."""

    first: int
    last: int

    def x(self, day: int) -> float:
        if self.first == self.last:
            return (LEFT + RIGHT) / 2
        inset = 18
        share = (day - self.first) / (self.last - self.first)
        return LEFT + inset + share * (RIGHT - LEFT - 2 * inset)


def _heading(told: Explanation, scale: _Days, words: Words) -> list[Label]:
    """The promised day, and as many other days as have room beside it."""
    shown: list[Label] = []
    wanted = [day for day in (told.promised_on, scale.last, scale.first) if day is not None]
    wanted += range(scale.first, scale.last + 1)
    for day in dict.fromkeys(wanted):
        kind = "s-told-text" if day == told.promised_on else "s-soft"
        label = Label(_day_text(day, words), scale.x(day), 52, kind, SMALL, "middle")
        if all(apart(label.box, other.box, 5) for other in shown):
            shown.append(label)
    if told.promised_on is not None:
        name = words.say("verdict.picture.promised")
        x = scale.x(told.promised_on)
        shown.append(Label(name, x, 39, "s-told-text", SMALL, "middle"))
    return shown


def apart(one: tuple[float, ...], other: tuple[float, ...], gap: float = 0) -> bool:
    """Whether two boxes have at least that gap between them."""
    return (
        one[2] + gap <= other[0] or other[2] + gap <= one[0]
        or one[3] <= other[1] or other[3] <= one[1]
    )  # fmt: skip


def _grid(scale: _Days, days: list[int], promised: int | None, bottom: int) -> list[Markup]:
    every = range(days[0], days[-1] + 1) if days[-1] - days[0] <= 40 else days
    grid = [line(scale.x(day), 57, scale.x(day), bottom - 6, "s-grid", 1) for day in every]
    if promised is not None:
        x = scale.x(promised)
        grid.append(line(x, 57, x, bottom - 6, "s-told", 1.5, stroke_dasharray="5 4"))
    return grid


def _day_text(day: int, words: Words) -> str:
    date = date_of(day)
    if words.language == "ko":
        return f"{date.month}.{date.day}({'월화수목금토일'[date.weekday()]})"
    return f"{words.date(day)[:3]} {date.day}"


def _scan(stair: Stair, y: int, words: Words) -> list[Label]:
    key = stair.checkpoint.name.lower()
    if stair.checkpoint is Checkpoint.STOPPED and stair.proof is not None:
        key = stair.code
    day, _, clock = stair.at.partition("T")
    when = f"{_day_text(parse_date(day), words)} {clock}"
    lines = [f"{when} {stair.place}"]
    if text_width(lines[0], SMALL) > LEFT:
        lines = [when, stair.place]
    return [
        Label(words.say(f"verdict.picture.{key}"), 10, y, "s-text"),
        *(Label(line, 10, y + 13 + 12 * row, "s-soft", SMALL) for row, line in enumerate(lines)),
    ]


def _kind(stair: Stair, before: int) -> str:
    if stair.checkpoint is Checkpoint.ACCEPTED:
        return "told"
    if stair.excused:
        return "free"
    return "late" if stair.due_on > before else "won"


def _step_label(
    stair: Stair, before: int, scale: _Days, y: int, kind: str, words: Words
) -> Label:  # fmt: skip
    if stair.checkpoint is Checkpoint.ACCEPTED:
        slack = stair.due_on < before
        text = words.say("verdict.picture.slack" if slack else "verdict.picture.tight")
    else:
        leg = words.say(f"verdict.picture.leg.{stair.leg.name.lower()}")
        days = words.say("verdict.picture.days", days=f"{stair.days:+d}".replace("-", "−"))
        text = f"{days} {leg} {stair.holder}"
        if stair.excused:
            text += f", {words.say('verdict.picture.excused')}"
    width = text_width(text, SIZE)
    old, new = scale.x(before), scale.x(stair.due_on)
    if new > old:
        room_above, room_below = RIGHT + 8 - old - 7, new - 7 - LEFT - 14
        above = Label(text, old + 7, y - 7, f"s-step s-{kind}-text")
        below = Label(text, new - 7, y + 16, f"s-step s-{kind}-text", anchor="end")
    else:
        room_above, room_below = old - 7 - LEFT + 10, RIGHT + 8 - new - 7
        above = Label(text, old - 7, y - 7, f"s-step s-{kind}-text", anchor="end")
        below = Label(text, new + 7, y + 16, f"s-step s-{kind}-text")
    best, room = (
        (above, room_above) if room_above >= min(room_below, width) else (below, room_below)
    )
    size = min(SIZE, SIZE * room / width)
    return Label(best.text, best.x, best.y, best.kind, size, best.anchor)


def written(label: Label) -> Markup:
    """A text as an element."""
    return element(
        "text", label.text, x=label.x, y=label.y, class_=label.kind, font_size=label.size,
        text_anchor=label.anchor,
    )  # fmt: skip


def line(
    x1: float, y1: float, x2: float, y2: float, kind: str, width: float, **more: str
) -> Markup:  # fmt: skip
    """A stroke as an element."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=kind, stroke_width=width, **more)
