"""The resume board as a page: lanes with readiness and cost, and sliders that answer (req 55, 66).

What boards rest on is read once for the facts as they are; a slider moved asks this page anew and
reads nothing.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from datecertain.access import Right, Viewer
from datecertain.door import door_of
from datecertain.errors import NotFound
from datecertain.moments import format_date
from datecertain.operations import desk_looks
from datecertain.operations.desk_looks import (
    USUAL_BUDGET,
    USUAL_CLAIMS,
    USUAL_TARGET,
    BoardSeen,
    as_post,
)
from datecertain.operations.resume_board import Board, BoardAsked, default_days
from datecertain.operations.staged_plans import StagedPlans, StagesAsked, sdr
from datecertain.operations.workspaces import open_workspace
from datecertain.planning.board_telling import (
    cost_words,
    dial_of,
    fix_words,
    missing_words,
    readiness_words,
)
from datecertain.planning.readiness import BoardLane, Readiness
from datecertain.planning.staging import MICRO, Choice, NextStep, Plan
from datecertain.store import Workspace
from datecertain.web.site.frame import Crumb, Entry, page
from datecertain.web.site.keeping import kept_page, look_at
from datecertain.web.site.languages import STAFF, language_of, page_words
from datecertain.web.site.listing import asked, with_query
from datecertain.web.site.quality_views import between, percent
from datecertain.web.site.table_files import FileKind, downloads, table_file
from datecertain.web.site.visiting import PageNeeds
from datecertain.wording import Words

PAGES = APIRouter(include_in_schema=False)
ENTRIES = (Entry("nav.resume", "/resume", Right.LANES),)
_Reader = Annotated[Viewer, Depends(PageNeeds(Right.LANES))]


@dataclass(frozen=True, slots=True)
class Slider:
    """A slider: what it may be, in its own unit, and where it stands."""

    name: str
    low: float
    high: float
    step: float
    value: float
    shown: str


#: (name, least, most, step, default); per cent, and SDR a year.
_SLIDERS = (
    ("target", 90.0, 99.0, 0.5, USUAL_TARGET * 100), ("confidence", 80.0, 99.0, 1.0, 95.0),
    ("claims", 0.0, 100.0, 5.0, USUAL_CLAIMS * 100),
    ("budget", 0.0, 500_000.0, 5_000.0, float(USUAL_BUDGET)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LaneView:
    """A lane in words. `automatic`, `claimed`: SDR a year, empty where they may not be seen."""

    lane: BoardLane
    kind: str
    big: str
    share: str
    ends: str
    n: str
    readiness: str
    automatic: str
    claimed: str
    missing: list[str]
    fixes: list[str]


def _sliders(request: Request, who: Viewer, words: Words) -> tuple[list[Slider], list[str]]:
    given = asked(request, *(one[0] for one in _SLIDERS))
    found, bad = [], []
    for name, low, high, step, otherwise in _SLIDERS:
        if name in ("claims", "budget") and who.group:
            continue
        value = otherwise
        try:
            value = float(given[name] or otherwise)
        except ValueError:
            bad.append(name)
        if not low <= value <= high:
            bad.append(name)
            value = otherwise
        shown = f"{words.count(round(value))} SDR" if name == "budget" else f"{value:g}\u202f%"
        found.append(Slider(name, low, high, step, value, shown))
    return found, bad


def _asked(opened: Workspace, sliders: list[Slider]) -> BoardAsked:
    values = {one.name: one.value for one in sliders}
    claims = values["claims"] / 100 if "claims" in values else None
    days = default_days(opened, None, None)
    return BoardAsked(*days, values["target"] / 100, values["confidence"] / 100, claims)


def _board(request: Request, who: Viewer, sliders: list[Slider]) -> BoardSeen | None:
    """The board; None while nothing that the viewer sees was judged."""
    with open_workspace(door_of(request).workspace) as opened:
        try:
            asked = _asked(opened, sliders)
            return look_at(request, opened, desk_looks.board, as_post(who), asked)
        except NotFound:
            return None


@PAGES.get("/resume")
@kept_page(by_the_minute=False)
def resume(request: Request, who: _Reader) -> Response:
    """May the guarantee resume, on which lane, with which date, at what cost."""
    words = page_words(language_of(request, STAFF))
    sliders, bad = _sliders(request, who, words)
    seen = _board(request, who, sliders)
    board = None if seen is None else seen.board
    plan = None if board is None else _plan(request, who, board, sliders)
    lanes = [] if board is None else [_view(board, one, words, who) for one in board.lanes]
    shown = [one for one in lanes if one.lane.items]
    counts = Counter(str(one.lane.readiness) for one in shown)
    return page(
        request, "resume.html.j2", who, status=422 if bad else 200, sliders=sliders, bad=bad,
        lanes=shown, cells={(one.lane.origin, one.lane.destination): one for one in lanes},
        posts=sorted({post for one in lanes for post in (one.lane.origin, one.lane.destination)}),
        own="" if who.group else who.post, counts=[(str(one), counts[one]) for one in Readiness],
        plan=plan, openings=[] if plan is None else _openings(plan, words),
        withheld=seen.withheld if seen and who.group else 0,
        period=None if board is None else (
            format_date(board.asked.first_day), format_date(board.asked.last_day)),
        files=downloads(request, "/resume/lanes"), plan_path=with_query(request, "/resume/plan"),
        signs=who.may(Right.LANES_SIGN),
        crumbs=(Crumb(words.say("frame.home"), "/"), Crumb(words.say("resume.title"))),
    )  # fmt: skip


def _plan(request: Request, who: Viewer, board: Board, sliders: list[Slider]) -> Plan | None:
    budget = _budget(sliders)
    if who.group or budget <= 0:
        return None
    wanted = StagesAsked(board.asked, budget)
    with open_workspace(door_of(request).workspace) as opened:
        return look_at(request, opened, desk_looks.board_plan, as_post(who), wanted)


def _budget(sliders: list[Slider]) -> int:
    return round(sum(one.value for one in sliders if one.name == "budget") * MICRO)


def _view(board: Board, lane: BoardLane, words: Words, who: Viewer) -> LaneView:
    present, dial = lane.present, dial_of(lane)
    missing = missing_words(lane, board.needed, words)
    return LaneView(
        lane, str(lane.readiness) if lane.items else "no_items",
        "–" if lane.days is None else f"D+{lane.days}",
        "–" if present is None else percent(present.share, words),
        "" if present is None else between(present.interval, words),
        "" if present is None else words.count(present.judged),
        readiness_words(lane, words) if lane.items else words.say("board.no_items"),
        "" if dial is None else cost_words(dial.automatic, words),
        "" if dial is None else cost_words(dial.claim_driven, words),
        [_whole(one) for one in missing],
        [] if who.group else [_whole(one) for one in fix_words(lane, words)],
    )  # fmt: skip


def _whole(text: str) -> str:
    """A text in which no line ends before a per cent sign."""
    return text.replace(" %", "\u202f%")


def _openings(plan: Plan, words: Words) -> list[tuple[int, list[str]]]:
    """Wave → its lanes in words."""
    waves: dict[int, list[str]] = {}
    for one in plan.openings:
        waves.setdefault(one.wave, []).append(_choice(one.choice, words))
    return sorted(waves.items())


def _choice(one: Choice, words: Words) -> str:
    standard = words.say("stages.as_now") if one.days is None else f"D+{one.days}"
    return f"{' → '.join(one.lane)} {standard}, {words.say(f'stages.mode.{one.mode}')}"


@PAGES.get("/resume/lanes.{kind}")
def file(request: Request, who: _Reader, kind: FileKind) -> Response:
    """The lanes of the board as a file."""
    words = page_words(language_of(request, STAFF))
    seen = _board(request, who, _sliders(request, who, words)[0])
    if seen is None:
        raise NotFound("there is no board yet")
    board = seen.board
    heads = ["lane", "readiness", "assured_days", "on_time", "judged"]
    money = [] if who.group else ["automatic_usdr", "claim_driven_usdr"]
    rows = []
    for lane in board.lanes:
        present, dial = lane.present, dial_of(lane)
        row: list[str | int | None] = [
            lane.lane,
            str(lane.readiness),
            lane.days,
            None if present is None else present.on_time,
            None if present is None else present.judged,
        ]
        if money:
            costs = () if dial is None else (dial.automatic, dial.claim_driven)
            row += [one.expected_usdr for one in costs] or [None, None]
        rows.append(row)
    return table_file(request, "resume-board", kind, [*heads, *money], rows)


@PAGES.get("/resume/plan")
@kept_page(by_the_minute=False)
def plan(request: Request, who: _Reader) -> Response:
    """The staged plan under the budget with its alternatives, for a post's own lanes."""
    words = page_words(language_of(request, STAFF))
    sliders, bad = _sliders(request, who, words)
    if who.group:
        raise NotFound("plans under a budget are of a post's own lanes")
    found = None
    with open_workspace(door_of(request).workspace) as opened, suppress(NotFound):
        wanted = StagesAsked(_asked(opened, sliders), _budget(sliders))
        found = look_at(request, opened, desk_looks.board_plans, as_post(who), wanted)
    return page(
        request, "resume_plan.html.j2", who, status=422 if bad else 200, sliders=sliders, bad=bad,
        found=found, trouble=found is None, rows=[] if found is None else _rows(found, words),
        others=[] if found is None else _others(found, words),
        steps=[] if found is None else _steps(found, words),
        crumbs=(Crumb(words.say("frame.home"), "/"),
                Crumb(words.say("resume.title"), with_query(request, "/resume")),
                Crumb(words.say("resume.plan"))),
    )  # fmt: skip


def _rows(found: StagedPlans, words: Words) -> list[tuple[int, str, str, str, str]]:
    return [
        (one.wave, " → ".join(one.choice.lane),
         words.say("stages.as_now") if one.choice.days is None else f"D+{one.choice.days}",
         words.say(f"stages.mode.{one.choice.mode}"), cost_words(one.choice.cost, words))
        for one in found.plan.openings
    ]  # fmt: skip


def _others(found: StagedPlans, words: Words) -> list[tuple[str, ...]]:
    every = {"plan": found.plan, **found.alternatives}
    floor = found.asked.board.target
    return [
        (words.say(f"stages.plan.{name}"), words.count(sdr(one.limits.budget_usdr)),
         percent(found.floors.get(name, floor), words), words.count(len(one.openings)),
         words.count(one.items))
        for name, one in every.items()
    ]  # fmt: skip


def _steps(found: StagedPlans, words: Words) -> list[str]:
    told = []
    if found.next_lane is None:
        told.append(words.say("stages.no_next"))
    else:
        told.append(words.say("stages.next_lane", **_step(found.next_lane, words)))
    if found.blocked:
        told.append(words.say(
            "stages.blocked", n=len(found.blocked),
            lanes=", ".join(lane.lane for lane in found.blocked),
        ))  # fmt: skip
    return told


def _step(step: NextStep, words: Words) -> dict[str, str]:
    choice = step.choice
    return {
        "extra": words.count(-(-step.extra_usdr // MICRO)), "lane": "-".join(choice.lane),
        "standard": words.say("stages.as_now") if choice.days is None else f"D+{choice.days}",
        "mode": words.say(f"stages.mode.{choice.mode}"),
    }  # fmt: skip
