"""The resume board as one HTML file that asks for nothing: a matrix of lanes, and lane by lane what
is missing and at whose hands (req 55, 60, 63, 66)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from markupsafe import Markup

from datecertain.moments import format_date, format_utc
from datecertain.operations.resume_board import Board
from datecertain.planning.board_telling import (
    cost_words,
    dial_of,
    fix_words,
    missing_words,
    readiness_words,
)
from datecertain.planning.readiness import BoardLane, Readiness
from datecertain.quality.figures import Standing, standing_of
from datecertain.web.charts import Scale, axis, interval_dot, scale_for
from datecertain.web.pages import templates
from datecertain.wording import Words, words


@dataclass(frozen=True, slots=True)
class Cell:
    """One lane of the matrix; `kind` is its readiness, or `same`, or `no_items`."""

    kind: str
    lane: str
    big: str
    small: str
    says: str


@dataclass(frozen=True, slots=True)
class LaneRow:
    """One lane in words; `dot`: its share with interval and target."""

    cell: Cell
    share: str
    dot: Markup
    standard: str
    automatic: str
    claimed: str
    missing: tuple[str, ...]
    fixes: tuple[str, ...]


def render_board(board: Board, language: str) -> str:
    """The page in a language. Raises `UsageError` for a language that is not there."""
    speak, asked = words(language), board.asked
    posts = list(dict.fromkeys(lane.origin for lane in board.lanes))
    cells = {(lane.origin, lane.destination): _cell(lane, speak) for lane in board.lanes}
    counts = Counter(lane.readiness for lane in board.lanes if lane.items)
    shown = [lane for lane in board.lanes if lane.items]
    intervals = [lane.present.interval for lane in shown if lane.present and lane.items >= 50]
    scale = scale_for(intervals, asked.target)
    return (
        templates()
        .get_template("resume_board.html.j2")
        .render(
            words=speak,
            title=speak.say(
                "board.title", first=format_date(asked.first_day),
                last=format_date(asked.last_day), target=speak.share_asked(asked.target),
                confidence=speak.share_asked(asked.confidence),
            ),
            counts=[(str(one), counts[one]) for one in Readiness],
            posts=posts,
            matrix=[
                (post, [cells.get((post, other), Cell("same", "", "", "", "")) for other in posts])
                for post in posts
            ],
            axis=axis(scale, asked.target, {end: speak.share(end, 0) for end in (scale.low, 1.0)}),
            rows=[_row(board, lane, scale, speak) for lane in shown],
            claims_known=bool(board.claims),
            method=speak.say(
                "board.html.method", target=speak.share_asked(asked.target),
                confidence=speak.share_asked(asked.confidence), network=board.network_version,
                as_of=format_utc(board.as_of), month=board.event_month or "–", tariff=board.tariff,
            ),
        )
    )  # fmt: skip


def _cell(lane: BoardLane, speak: Words) -> Cell:
    if not lane.items:
        return Cell("no_items", lane.lane, "–", "", f"{lane.lane}: {speak.say('board.no_items')}")
    return Cell(
        str(lane.readiness), lane.lane, "–" if lane.days is None else f"D+{lane.days}",
        "–" if lane.present is None else speak.share(lane.present.share),
        f"{lane.lane}: {readiness_words(lane, speak)}",
    )  # fmt: skip


def _row(board: Board, lane: BoardLane, scale: Scale, speak: Words) -> LaneRow:
    present, dial, target = lane.present, dial_of(lane), board.asked.target
    share, dot = "–", Markup("")
    if present is not None:
        share = speak.share(present.share)
        standing = standing_of(present.on_time, present.judged, target, board.asked.confidence)
        kind = Standing.NOT_TOLD_APART if standing is Standing.NO_ITEMS else standing
        dot = interval_dot(scale, present.share, present.interval, target, str(kind))
    return LaneRow(
        _cell(lane, speak), share, dot, "–" if lane.days is None else f"D+{lane.days}",
        "–" if dial is None else cost_words(dial.automatic, speak),
        "–" if dial is None else cost_words(dial.claim_driven, speak),
        _unbroken(missing_words(lane, board.needed, speak)), _unbroken(fix_words(lane, speak)),
    )  # fmt: skip


def _unbroken(texts: list[str]) -> tuple[str, ...]:
    """Texts in which no line ends before a per cent sign."""
    return tuple(text.replace(" %", "\u00a0%") for text in texts)
