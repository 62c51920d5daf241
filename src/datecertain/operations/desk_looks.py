"""The costly looks of the desks: quality, plans, money, the watch (`looking`).

Each is asked with the viewer of a post (`as_post`), not of an account: what it shows hangs on the
post alone. What a look reads for many answers, such as a month's items, stays where it is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlalchemy import func, select

from datecertain.access import Right, Viewer
from datecertain.errors import UsageError
from datecertain.kept import Kept
from datecertain.operations.accounts import Account, list_accounts
from datecertain.operations.clock import FixedClock
from datecertain.operations.data_quality import QualityReport
from datecertain.operations.data_quality import quality_report as _quality_report
from datecertain.operations.failed_dispatches import FailedDispatch, failed_yesterday
from datecertain.operations.history_files import HistoryRead
from datecertain.operations.item_search import latest_month
from datecertain.operations.lanes_seen import lanes_seen
from datecertain.operations.looking import AnyLook, look
from datecertain.operations.month_end import MonthEnd, accrue_month
from datecertain.operations.month_end import ageing as _ageing
from datecertain.operations.networks import current_version
from datecertain.operations.on_the_way import read_on_the_way, stand_of_on_the_way
from datecertain.operations.open_items import OpenItems
from datecertain.operations.planning_standards import backtest_of, standards_of
from datecertain.operations.published_cards import Published, published_cards
from datecertain.operations.quality_looks import MonthLook, looked_months, month_look
from datecertain.operations.report_cards import Group, report_cards
from datecertain.operations.resume_board import Board, BoardAsked, default_days
from datecertain.operations.resume_looks import PreparedBoard, prepare_board
from datecertain.operations.staged_plans import StagedPlans, StagesAsked
from datecertain.operations.statements import said_so_far, statement_names
from datecertain.operations.verdict_histories import history_of_workspace
from datecertain.operations.watch_list import WatchList, watch_list
from datecertain.planning.backtest import Backtest
from datecertain.planning.staging import MICRO, Plan
from datecertain.planning.standards import Standards
from datecertain.quality.cards import Asked, Cards
from datecertain.quality.figures import TARGET_PPM
from datecertain.quality.intervals import CONFIDENCE
from datecertain.settlement import Period
from datecertain.settlement.ageing import Unsettled
from datecertain.store import Workspace
from datecertain.store.case_records import inquiries
from datecertain.store.claim_records import claim_events
from datecertain.store.lane_records import lane_acts

#: Names of groups that items are in, as (kind of group, name), in order.
NarrowedTo = tuple[tuple[Group, str], ...]
#: What a board and plans are asked for where nobody says otherwise: shares of one, SDR a year.
USUAL_TARGET, USUAL_CLAIMS, USUAL_BUDGET = 0.96, 0.3, 50_000
#: How exactly a share is wanted to be known, by default: a half width.
USUAL_ACCURACY = 0.02
_LOOKS: Kept[MonthLook] = Kept(12)
_PREPARED: Kept[PreparedBoard] = Kept(12)
_HISTORIES: Kept[HistoryRead] = Kept(12)
_OPEN = OpenItems()


def as_post(who: Viewer) -> Viewer:
    """The viewer of a post, or of the central office, whoever asks for it."""
    return Viewer("", who.post, ())


def _facts(workspace: Workspace) -> tuple[Any, ...]:
    return current_version(workspace), *workspace.stand


def _inquired(workspace: Workspace) -> int:
    with workspace.reading() as view:
        return int(
            view.connection.execute(select(func.count()).select_from(inquiries)).scalar_one()
        )


# Quality: a month, and report cards of any period.


@look(most=400, beside=_inquired)
def month_cards(
    workspace: Workspace, now: int, who: Viewer, month: str, by: Group, target_ppm: int,
    narrowed: NarrowedTo,
) -> Cards | None:  # fmt: skip
    """The cards of one's own items of a month; None where there are none."""
    try:
        found = _month(workspace, who, month)
        return found.cards(workspace, by, target_ppm, CONFIDENCE, dict(narrowed))
    except UsageError:
        return None


@look(most=100, beside=_inquired)
def month_published(
    workspace: Workspace, now: int, month: str, by: Group, target_ppm: int
) -> Published | None:
    """The cards of the whole group's month, as they may be published; None where there are none."""
    if not month:  # nothing was judged yet
        return None
    period = Period.month(month)
    wanted = Asked(period.first_day, period.last_day, target_ppm, CONFIDENCE, USUAL_ACCURACY)
    try:
        return published_cards(workspace, by, wanted)
    except UsageError:
        return None


@dataclass(frozen=True, slots=True, eq=False)
class SomeItems:
    """Rows of a list of `all` items."""

    rows: pa.Table
    all: int


@look(most=60)
def month_items(
    workspace: Workspace, now: int, who: Viewer, month: str, narrowed: NarrowedTo,
    outcomes: frozenset[str], begin: int, most: int,
) -> SomeItems:  # fmt: skip
    """The items behind a figure of a month, from a place in the list on. Raises `NotFound`."""
    rows = _month(workspace, who, month).items(workspace, dict(narrowed), outcomes)
    return SomeItems(rows.slice(begin, most).combine_chunks(), len(rows))


def _month(workspace: Workspace, who: Viewer, month: str) -> MonthLook:
    key = (_facts(workspace), _inquired(workspace), month, who.post)
    return _LOOKS.get(key, lambda: month_look(workspace, month, who))


@look(most=60, beside=_inquired)
def period_cards(
    workspace: Workspace, now: int, who: Viewer, by: Group, asked: Asked
) -> Cards:  # fmt: skip
    """The report cards of one's own items. Raises `NotFound`."""
    return report_cards(workspace, by, asked, viewer=who)


@look(most=60, beside=_inquired)
def period_published(workspace: Workspace, now: int, by: Group, asked: Asked) -> Published:
    """The report cards of the whole group. Raises `NotFound`, `UsageError`."""
    return published_cards(workspace, by, asked)


@look(most=8, step=60)
def quality_report(workspace: Workspace, now: int, who: Viewer, month: str) -> QualityReport:
    """The data quality of a month, looked at anew each hour. Raises `NotFound`."""
    return _quality_report(workspace, month, now, sees_flow=who.sees_flow)


# Plans: the resume board, standards that history assures.


@dataclass(frozen=True, slots=True, eq=False)
class BoardSeen:
    """A board, and how many lanes the group does not publish."""

    board: Board
    withheld: int


def _of_boards(workspace: Workspace) -> tuple[int, int]:
    """What boards rest on beside the facts: what was signed of lanes, and what was claimed: what
    is granted of a claim stands among what happened to it."""
    with workspace.reading() as view:
        signed, claimed = (
            view.connection.execute(select(func.count()).select_from(one)).scalar_one()
            for one in (lane_acts, claim_events)
        )
    return signed, claimed


@look(most=60, beside=_of_boards)
def board(workspace: Workspace, now: int, who: Viewer, asked: BoardAsked) -> BoardSeen:
    """The resume board of the lanes that count for a viewer. Raises `NotFound`, `UsageError`."""
    prepared = _prepared(workspace, who, asked)
    return BoardSeen(prepared.board(workspace, asked), prepared.withheld)


@look(most=60, beside=_of_boards)
def board_plan(workspace: Workspace, now: int, who: Viewer, asked: StagesAsked) -> Plan | None:
    """The plan under a budget; None where there is nothing to plan."""
    try:
        return _prepared(workspace, who, asked.board).plan(workspace, asked)
    except UsageError:
        return None


@look(most=30, beside=_of_boards)
def board_plans(
    workspace: Workspace, now: int, who: Viewer, asked: StagesAsked
) -> StagedPlans | None:
    """The plan with its alternatives; None where there is nothing to plan."""
    try:
        return _prepared(workspace, who, asked.board).plans(workspace, asked)
    except UsageError:
        return None


def _prepared(workspace: Workspace, who: Viewer, asked: BoardAsked) -> PreparedBoard:
    days = asked.first_day, asked.last_day
    key = (_facts(workspace), _of_boards(workspace), days, who.post)
    return _PREPARED.get(key, lambda: prepare_board(workspace, who, *days))


@look(most=60)
def standards(
    workspace: Workspace, now: int, who: Viewer, target: float, confidence: float
) -> Standards:
    """The smallest standards that keep a target. Raises `NotFound`, `UsageError`."""
    return standards_of(_history(workspace, who), target, confidence).standards


@look(most=60)
def backtested(
    workspace: Workspace, now: int, who: Viewer, until: int, target: float, confidence: float
) -> Backtest:
    """Standards of what came before a day, on what came later. Raises `NotFound`, `UsageError`."""
    return backtest_of(_history(workspace, who), until, target, confidence).result


def _history(workspace: Workspace, who: Viewer) -> HistoryRead:
    return _HISTORIES.get(
        (_facts(workspace), who.post),
        lambda: history_of_workspace(workspace, None, seen=lanes_seen(workspace, who)),
    )


# Money: what the books come to, of all posts.


@look(most=24, beside=said_so_far)
def accrued(workspace: Workspace, now: int, month: str) -> MonthEnd:
    """What would be accrued at a month's end; nothing is booked. Raises `NotFound`."""
    return accrue_month(workspace, month, FixedClock(now), dry=True)


@look(most=24, beside=said_so_far)
def aged(workspace: Workspace, now: int, day: int) -> tuple[Unsettled, ...]:
    """What is unsettled on a day, and how old it is."""
    return _ageing(workspace, day)


# The watch: what is on its way, minute by minute.


def _histories(workspace: Workspace) -> Any:
    return stand_of_on_the_way(workspace.path)


@look(most=12, step=1, beside=_histories)
def watched(workspace: Workspace, now: int, who: Viewer) -> WatchList:
    """Everything of a post's own flows that is on its way now."""
    histories = read_on_the_way(workspace.path)
    return watch_list(workspace, now, histories=histories, sees_flow=who.sees_flow, kept=_OPEN)


@look(most=12, step=1)
def missed(
    workspace: Workspace, now: int, who: Viewer, office: str, post: str
) -> list[FailedDispatch]:
    """The dispatches that items missed yesterday."""
    return failed_yesterday(workspace, now, office, post, sees_flow=who.sees_flow)


# What is looked at first, by the roles that there are.


def usual_board(workspace: Workspace, who: Viewer) -> BoardAsked:
    """The board that stands there before a slider is moved. Raises `NotFound`."""
    days = default_days(workspace, None, None)
    return BoardAsked(*days, USUAL_TARGET, CONFIDENCE, None if who.group else USUAL_CLAIMS)


def usual_looks(workspace: Workspace) -> Iterator[tuple[AnyLook, tuple[Any, ...]]]:
    """What the desks of the posts that have accounts here see first, with what each is asked."""
    rights: dict[str, set[Right]] = {}
    for one in _open_accounts(workspace):
        viewer = Viewer("", one.post, one.roles)
        rights.setdefault(one.post, set()).update(viewer.rights)
    months = looked_months(workspace)
    for post, may in sorted(rights.items()):
        who = Viewer("", post, ())
        if months and Right.REPORTS in may:
            yield from _quality(who, months[0])
        if months and Right.LANES in may:
            asked = usual_board(workspace, who)
            yield board, (who, asked)
            if not who.group:
                yield board_plan, (who, StagesAsked(asked, USUAL_BUDGET * MICRO))
        if months and Right.PLANS in may:
            yield standards, (who, USUAL_TARGET, CONFIDENCE)
        if months and Right.MONEY in may:
            stated = max((name[0] for name in statement_names(workspace, who)), default="")
            if stated:
                yield accrued, (stated,)
        month = latest_month(workspace)
        if month and Right.DATA_QUALITY in may:
            yield quality_report, (who, month)
        if month and Right.WATCH in may:
            yield watched, (who,)


def _open_accounts(workspace: Workspace) -> list[Account]:
    return [one for one in list_accounts(workspace.path) if one.state == "active"]


def _quality(who: Viewer, month: str) -> Iterator[tuple[AnyLook, tuple[Any, ...]]]:
    first, last = Period.month(month).first_day, Period.month(month).last_day
    asked = Asked(first, last, TARGET_PPM, CONFIDENCE, USUAL_ACCURACY)
    if who.group:
        for by in (Group.LANE, Group.LEG, Group.GATEWAY, Group.AREA):
            yield month_published, (month, by, TARGET_PPM)
        yield period_published, (Group.LANE, asked)
        return
    for by in (Group.LANE, Group.LEG, Group.GATEWAY, Group.AREA, Group.FLIGHT, Group.CONTENTS,
               Group.PRODUCT):  # fmt: skip
        yield month_cards, (who, month, by, TARGET_PPM, ())
    yield month_items, (who, month, (), frozenset(), 0, PAGE_OF_ITEMS)
    yield period_cards, (who, Group.LANE, asked)


#: Items on one page of a list.
PAGE_OF_ITEMS = 100
