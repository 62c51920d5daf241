"""The route of one item as SVG, made to be read on a phone: its stops downwards in order of time,
and beside its own rail, as a branch, what it travelled in meanwhile: receptacle, consignment and
flights, as messages tell them (req 14, 16). The branch leaves at the stop before and comes back at
the one after; what is drawn stands in `lines` too, for who does not see pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from datecertain.moments import format_clock, format_date
from datecertain.operations.timelines import Episode, ItemScan, Place
from datecertain.web.charts import element
from datecertain.web.staircase import SIZE, SMALL, WIDTH, Label, line, text_width, written
from datecertain.wording import Words

ROW, TOP, BOTTOM = 46, 30, 30
_TIME, _OWN, _BRANCH, _GAP = 10, 98, 126, 24
_OWN_KIND, _BRANCH_KIND = "s-line", "s-told"


@dataclass(frozen=True, slots=True)
class Stop:
    """A place that the item, or what carried it (`branch`), was at: from when to when, what was
    scanned there, and the flights there."""

    at: int
    place: str
    code: str
    first: str  # local date and time
    last: str
    marks: tuple[str, ...]
    branch: bool = False
    flights: tuple[str, ...] = ()


def stops_of(episode: Episode, words: Words) -> list[Stop]:
    """The stops of an acceptance and of what carried it, in order of time; scans of one place that
    follow one another are one stop."""
    own = [_of_scan(scan, words) for scan in sorted(episode.scans, key=lambda one: one.event_at)]
    carriage = episode.carriage
    carried = [
        _of_movement(row, words) for row in (() if carriage is None else carriage.movements)
        if row["event_at"] is not None
    ]  # fmt: skip
    joined = [*_joined(own), *_joined(carried)]
    return sorted(joined, key=lambda one: (one.at, one.branch))


def _of_scan(scan: ItemScan, words: Words) -> Stop:
    when = _when(scan.event_day, scan.event_min)
    return Stop(scan.event_at, _name(scan.place, words), scan.place.code, when, when, (scan.code,))


def _of_movement(row: Any, words: Words) -> Stop:
    when = _when(row["event_date"], row["event_min"])
    label = words.label(f"{'carrier' if row['source'] == 'RESDIT' else 'receptacle'}.{row['code']}",
                        row["code"])  # fmt: skip
    flights = (row["flight"],) if row["flight"] else ()
    return Stop(row["event_at"], row["place"], row["place"], when, when, (label,), True, flights)


def _joined(stops: Sequence[Stop]) -> Iterator[Stop]:
    before: Stop | None = None
    for one in stops:
        if before is not None and before.code == one.code:
            before = replace(
                before, last=one.last, marks=_each((*before.marks, *one.marks)),
                flights=_each((*before.flights, *one.flights)),
            )  # fmt: skip
            continue
        if before is not None:
            yield before
        before = one
    if before is not None:
        yield before


def _each(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _when(day: int, minute: int | None) -> str:
    return f"{format_date(day)} {format_clock(minute)}" if minute is not None else format_date(day)


def _name(place: Place, words: Words) -> str:
    return (place.name_ko if words.language == "ko" else place.name_en) or place.code


def worth_drawing(stops: Sequence[Stop]) -> bool:
    """Whether a map says more than a line of text: two places or more."""
    return len({one.code for one in stops}) > 1


def title_of(stops: Sequence[Stop], words: Words) -> str:
    """What the map shows, in a line."""
    branched = any(one.branch for one in stops)
    return words.say("care.route.title.branched" if branched else "care.route.title")


def lines(stops: Sequence[Stop], words: Words) -> list[str]:
    """The same stops in words, in order."""
    return [
        words.say(
            "care.route.branch" if one.branch else "care.route.stop", place=_full(one),
            when=one.first if one.first == one.last else f"{one.first} – {one.last}",
            what=", ".join((*one.flights, *one.marks)),
        )
        for one in stops
    ]  # fmt: skip


def _full(one: Stop) -> str:
    return one.place if one.place == one.code else f"{one.place} ({one.code})"


def route_map(stops: Sequence[Stop], words: Words) -> Markup:
    """The stops drawn; the page's style sheet has the colours."""
    height = TOP + ROW * (len(stops) - 1) + BOTTOM
    text_at = (_BRANCH if any(one.branch for one in stops) else _OWN) + _GAP
    parts = [
        element("title", title_of(stops, words)),
        element("desc", " ".join(lines(stops, words))),
        element("rect", class_="s-paper", width=WIDTH, height=height),
        *_rails(stops),
    ]
    for row, one in enumerate(stops):
        parts += _drawn(one, TOP + ROW * row, text_at)
    return element(
        "svg", Markup("").join(parts), xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {height}", width=WIDTH, height=height, role="img",
        class_="staircase route",
    )  # fmt: skip


def _rails(stops: Sequence[Stop]) -> Iterator[Markup]:
    """The item's own rail from its first stop to its last; a branch from the own stop before it to
    the own stop after it."""
    y_of = [TOP + ROW * row for row in range(len(stops))]
    own = [row for row, one in enumerate(stops) if not one.branch]
    other = [row for row, one in enumerate(stops) if one.branch]
    if len(own) > 1:
        yield line(_OWN, y_of[own[0]], _OWN, y_of[own[-1]], _OWN_KIND, 2.5)
    if not other:
        return
    first, last = y_of[other[0]], y_of[other[-1]]
    if last > first:
        yield line(_BRANCH, first, _BRANCH, last, _BRANCH_KIND, 2.5)
    before = [row for row in own if row < other[0]]
    after = [row for row in own if row > other[-1]]
    if before:
        yield line(_OWN, y_of[before[-1]], _BRANCH, first, _BRANCH_KIND, 2.5)
    if after:
        yield line(_BRANCH, last, _OWN, y_of[after[0]], _BRANCH_KIND, 2.5)


def _drawn(one: Stop, y: int, text_at: int) -> Iterator[Markup]:
    kind = "s-told-text" if one.branch else "s-dot"
    yield element("circle", cx=_BRANCH if one.branch else _OWN, cy=y, r=5, class_=kind)
    yield written(Label(_short(one.first), _TIME, y + 4, "s-soft", SMALL))
    if one.last != one.first:
        yield written(Label(f"– {_short(one.last)}", _TIME, y + 17, "s-soft", SMALL))
    marks = " ".join(one.marks)
    told = marks if one.place == one.code else f"{one.code}  {marks}"
    yield written(
        Label(
            _fitting(" ".join((one.place, *one.flights)), SIZE, text_at), text_at, y + 3, "s-text"
        )
    )
    yield written(Label(_fitting(told, SMALL, text_at), text_at, y + 17, "s-soft", SMALL))


def _short(when: str) -> str:
    """Without the year: `10-21 10:00`."""
    return when[5:]


def _fitting(text: str, size: float, text_at: int) -> str:
    """A text, cut where it would leave the picture."""
    while text_width(text, size) > WIDTH - text_at - 6 and len(text) > 1:
        text = text.removesuffix("…")[:-1].rstrip() + "…"
    return text
