"""A series, its forecast with interval and a scenario: one drawing that needs no style sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, isfinite, log10

from markupsafe import Markup

from datecertain.web.charts import element

_WIDTH, _HEIGHT = 760, 320
_LEFT, _RIGHT, _TOP, _FOOT = 86, 16, 54, 30
_KNOWN, _MADE, _STATED, _FAINT = "#1d3557", "#b5561d", "#2a7a4b", "#c9ced6"
_MOST_LABELS = 9


@dataclass(frozen=True, slots=True)
class Ahead:
    """One period ahead; not a number, or None: there is none."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Legend:
    """The words on the drawing."""

    title: str
    note: str
    known: str
    forecast: str
    scenario: str


def forecast_chart(
    known: Sequence[float], ahead: Sequence[Ahead], scenario: Sequence[float],
    periods: Sequence[str], legend: Legend,
) -> str:  # fmt: skip
    """The drawing as an SVG document. `periods`: the names of all periods, known ones first."""
    ends = [end for one in ahead for end in (one.low, one.high) if end is not None]
    every = [*known, *(one.value for one in ahead), *scenario, *ends]
    every = [value for value in every if isfinite(value)]
    frame = _Frame(min([0.0, *every]), max([*every, 0.0]) or 1.0, len(periods))
    size = len(known)
    band = [(size + at, one) for at, one in enumerate(ahead) if one.low is not None]
    parts = [*_rules(frame), *_labels(frame, periods)]
    if band:
        upper = [(at, float(one.high or 0.0)) for at, one in band]
        lower = [(at, float(one.low or 0.0)) for at, one in reversed(band)]
        points = " ".join(frame.point(*one) for one in [*upper, *lower])
        parts.append(element("polygon", points=points, fill=_MADE, fill_opacity=0.16))
    parts.append(_line(frame, 0, known, _KNOWN))
    made = [known[-1], *(one.value for one in ahead)] if ahead and known else []
    parts.append(_line(frame, size - 1, made, _MADE))
    parts.append(_line(frame, size, scenario, _STATED, dashed=True))
    parts += _words(legend, bool(scenario))
    return str(
        element(
            "svg", Markup("").join([element("title", legend.title), *parts]),
            xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img",
            font_family="Pretendard, system-ui, sans-serif", font_size=12,
        )
    ) + "\n"  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where values and periods stand."""

    low: float
    high: float
    periods: int

    def x(self, at: float) -> float:
        """Pixels from the left of a period's place."""
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (at + 0.5) / max(1, self.periods)

    def y(self, value: float) -> float:
        """Pixels from the top of a value."""
        share = (value - self.low) / ((self.high - self.low) or 1.0)
        return _TOP + (_HEIGHT - _TOP - _FOOT) * (1 - share)

    def point(self, at: float, value: float) -> str:
        """Both, as SVG wants them."""
        return f"{self.x(at):.1f},{self.y(value):.1f}"


def round_ticks(low: float, high: float) -> list[float]:
    """Two to seven round values from low to high."""
    width = (high - low) or 1.0
    step = 10.0 ** floor(log10(width))
    for part in (0.2, 0.5, 1.0, 2.0):
        if width / (step * part) <= 6:
            step *= part
            break
    first = floor(low / step)
    ticks = [step * at for at in range(first, first + 9)]
    return [tick for tick in ticks if low - step * 1e-6 <= tick <= high + step * 1e-6]


def _rules(frame: _Frame) -> list[Markup]:
    parts = []
    for tick in round_ticks(frame.low, frame.high):
        y = frame.y(tick)
        text = f"{tick:,.0f}" if abs(frame.high) >= 10 else f"{tick:,.3g}"
        parts.append(element("line", x1=_LEFT, x2=_WIDTH - _RIGHT, y1=y, y2=y, stroke=_FAINT))
        parts.append(element("text", text, x=_LEFT - 8, y=y + 4, text_anchor="end", fill="#444"))
    return parts


def _labels(frame: _Frame, periods: Sequence[str]) -> list[Markup]:
    """A name under the first period of every year, or of every so many."""
    years = [at for at, name in enumerate(periods) if at == 0 or name[:4] != periods[at - 1][:4]]
    chosen = years if len(years) >= 2 else list(range(len(periods)))
    chosen = chosen[:: -(-len(chosen) // _MOST_LABELS)]
    parts = []
    for at in chosen:
        name = periods[at][:4] if len(years) >= 2 else periods[at]
        parts.append(
            element("text", name, x=frame.x(at), y=_HEIGHT - 10, text_anchor="middle", fill="#444")
        )
    return parts


def _line(
    frame: _Frame, first: int, values: Sequence[float], colour: str, *, dashed: bool = False
) -> Markup:
    points = [frame.point(first + at, value) for at, value in enumerate(values) if isfinite(value)]
    if not points:
        return Markup("")
    more = {"stroke_dasharray": "5 4"} if dashed else {}
    return element(
        "polyline", points=" ".join(points), fill="none", stroke=colour, stroke_width=2, **more
    )


def _words(legend: Legend, scenario: bool) -> list[Markup]:
    parts = [
        element("text", legend.title, x=_LEFT, y=18, font_size=15, font_weight="600"),
        element("text", legend.note, x=_LEFT, y=36, fill="#444"),
    ]
    shown = [(legend.known, _KNOWN), (legend.forecast, _MADE)]
    shown += [(legend.scenario, _STATED)] if scenario else []
    for at, (word, colour) in enumerate(reversed(shown)):
        right = _WIDTH - _RIGHT - 100 * at
        parts.append(element("text", word, x=right, y=18, text_anchor="end", fill=colour))
    return parts
