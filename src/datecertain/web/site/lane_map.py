"""Lanes as a picture: posts on a schematic outline, a curve for each lane (req 50, 60)."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from markupsafe import Markup

from datecertain.web.charts import element
from datecertain.web.site.quality_views import Cell

_SCALE, _WEST, _NORTH = 2.2, -20.0, 78.0
_WIDTH, _HEIGHT = 780, 300
#: How far the middle of a curve stands from the straight line, as a part of its length; both
#: directions of a pair bend to their own right, so that they part.
_BEND = 0.16
_RADIUS = 13.0
#: What is drawn last lies on top: lanes below the target.
_ORDER = ("no_items", "not_told_apart", "above", "below")


def lane_map(lanes: Mapping[tuple[str, str], Cell], label: str) -> Markup:
    """The map of some lanes, each a link to where its cell leads. `label`: what it shows."""
    posts = list(dict.fromkeys(post for lane in sorted(lanes) for post in lane))
    places = _places(posts)
    drawn = sorted(lanes.items(), key=lambda one: (_ORDER.index(one[1].kind), one[0]))
    parts = [
        *_land(),
        *(_arc(places[one], places[other], cell) for (one, other), cell in drawn if cell.path),
        *(part for post in posts for part in _post(post, places[post])),
    ]
    return element(
        "svg", Markup("").join(parts), class_="lane-map", viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="group", aria_label=label,
    )  # fmt: skip


@cache
def _known() -> dict[str, tuple[float, float]]:
    lines = _lines("post_places.csv")
    return {
        row["post"]: _at(float(row["east"]), float(row["north"])) for row in csv.DictReader(lines)
    }


def _lines(name: str) -> list[str]:
    text = (files("datecertain.web.site") / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _at(east: float, north: float) -> tuple[float, float]:
    return (east - _WEST) * _SCALE, (_NORTH - north) * _SCALE


def _places(posts: list[str]) -> dict[str, tuple[float, float]]:
    """Where each post stands; those that the file does not name, side by side at the bottom."""
    known = _known()
    others = [post for post in posts if post not in known]
    return {post: known[post] for post in posts if post in known} | {
        post: (_WIDTH * (number + 1) / (len(others) + 1), _HEIGHT - 20.0)
        for number, post in enumerate(others)
    }


def _land() -> list[Markup]:
    drawn = []
    for line in _lines("map_outline.csv"):
        corners = [_at(*(float(one) for one in corner.split())) for corner in line.split(",")]
        points = " ".join(f"{x:.0f},{y:.0f}" for x, y in corners)
        drawn.append(element("polygon", points=points, class_="land"))
    return drawn


def _arc(begin: tuple[float, float], end: tuple[float, float], cell: Cell) -> Markup:
    (x1, y1), (x2, y2) = begin, end
    dx, dy = x2 - x1, y2 - y1
    middle = (x1 + x2) / 2 - dy * _BEND, (y1 + y2) / 2 + dx * _BEND
    (x1, y1), (x2, y2) = _edge(begin, middle, _RADIUS), _edge(end, middle, _RADIUS + 4)
    d = f"M{x1:.1f} {y1:.1f}Q{middle[0]:.1f} {middle[1]:.1f} {x2:.1f} {y2:.1f}"
    tip = _tip(middle, (x2, y2))
    return element(
        "a",
        element("path", d=d, class_="reach")
        + element("path", d=d, class_=f"arc {cell.kind}")
        + element("path", d=tip, class_=f"tip {cell.kind}"),
        href=cell.path, aria_label=cell.says,
    )  # fmt: skip


def _edge(
    centre: tuple[float, float], towards: tuple[float, float], radius: float
) -> tuple[float, float]:
    dx, dy = towards[0] - centre[0], towards[1] - centre[1]
    far = math.hypot(dx, dy) or 1.0
    return centre[0] + dx / far * radius, centre[1] + dy / far * radius


def _tip(towards: tuple[float, float], end: tuple[float, float]) -> str:
    """The head of an arrow at the end of a curve that comes from a point."""
    dx, dy = end[0] - towards[0], end[1] - towards[1]
    far = math.hypot(dx, dy) or 1.0
    dx, dy = dx / far, dy / far
    back = end[0] - dx * 5, end[1] - dy * 5
    return (
        f"M{end[0] + dx * 3:.1f} {end[1] + dy * 3:.1f}L{back[0] - dy * 3.5:.1f} "
        f"{back[1] + dx * 3.5:.1f}L{back[0] + dy * 3.5:.1f} {back[1] - dx * 3.5:.1f}Z"
    )


def _post(post: str, place: tuple[float, float]) -> tuple[Markup, Markup]:
    x, y = place
    return (
        element("circle", cx=x, cy=y, r=_RADIUS, class_="post"),
        element("text", post, x=x, y=y + 4, class_="post-name"),
    )
