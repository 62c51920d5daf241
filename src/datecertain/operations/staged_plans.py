"""Staged plans for the whole group from the resume board (req 55, 66). Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from datecertain.errors import UsageError
from datecertain.operations.board_facts import BoardFacts, Told
from datecertain.operations.lanes_seen import EVERY_LANE, LanesSeen
from datecertain.operations.resume_board import (
    Board,
    BoardAsked,
    BoardEvents,
    board_events,
    board_of,
    read_board_facts,
)
from datecertain.planning.readiness import BoardLane, Readiness
from datecertain.planning.resumption_rules import rule_on
from datecertain.planning.staging import (
    AUTOMATIC,
    CLAIM_DRIVEN,
    MICRO,
    Choice,
    Limits,
    NextStep,
    Plan,
    next_lane,
    next_upgrade,
    refuse_limits,
    staged_plan,
)
from datecertain.planning.standards import Standards
from datecertain.store import Workspace

#: Standards beyond the shortest assured one that a plan may choose, in days.
_LONGER = 3
#: How much higher the floor of the alternative is, and where it ends.
_HIGHER, _HIGHEST = 0.01, 0.99


@dataclass(frozen=True, slots=True)
class StagesAsked:
    """What a staged plan is asked for; the board's target is the floor. `per_post` None: the dated
    rule's; `prudent`: the budget holds what refunds cost at most, at the confidence."""

    board: BoardAsked
    budget_usdr: int
    waves: int = 4
    at_most: int | None = None
    per_post: int | None = None
    prudent: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class StagedPlans:
    """The plan, the alternatives beside it by name, what the next money would do, and the lanes
    that no money opens."""

    asked: StagesAsked
    board: Board
    plan: Plan
    alternatives: Mapping[str, Plan]
    floors: Mapping[str, float]
    next_lane: NextStep | None
    next_upgrade: NextStep | None
    blocked: tuple[BoardLane, ...]


def staged_plans(
    workspace: Workspace, asked: StagesAsked, told: Told = lambda done, total: None,
    seen: LanesSeen = EVERY_LANE,
) -> StagedPlans:  # fmt: skip
    """A staged plan and its alternatives. Raises `UsageError` for limits that leave nothing to
    plan, `NotFound` when nothing of the period was judged."""
    _limits(asked)  # what cannot be asked is refused before anything is read
    facts = read_board_facts(workspace, asked.board, told, seen)
    standards = partial(facts.history.standards, workspace)
    return plans_of(facts, board_events(workspace, facts), asked, standards)


def plans_of(
    facts: BoardFacts, events: BoardEvents, asked: StagesAsked,
    standards: Callable[[float, float], Standards],
) -> StagedPlans:  # fmt: skip
    """The same of what was read before. `standards`: the assured ones, by target and confidence."""
    limits = _limits(asked)

    def board_at(target: float) -> Board:
        board = replace(asked.board, target=target)
        return board_of(facts, events, board, standards(target, board.confidence))

    board = board_at(asked.board.target)
    choices = choices_of(board, asked.prudent)
    plan = staged_plan(choices, limits)
    budget = limits.budget_usdr
    higher = min(_HIGHEST, asked.board.target + _HIGHER)
    automatic = [one for one in choices if one.mode == AUTOMATIC]
    alternatives = {
        "half_budget": staged_plan(choices, replace(limits, budget_usdr=budget // 2)),
        "double_budget": staged_plan(choices, replace(limits, budget_usdr=budget * 2)),
        "only_automatic": staged_plan(automatic, limits),
    }
    floors = dict.fromkeys(alternatives, asked.board.target)
    if higher > asked.board.target:
        alternatives["higher_floor"] = staged_plan(
            choices_of(board_at(higher), asked.prudent), limits
        )
        floors["higher_floor"] = higher
    return StagedPlans(
        asked, board, plan, alternatives, floors, next_lane(choices, plan),
        next_upgrade(choices, plan),
        tuple(lane for lane in board.lanes if lane.items and not lane.may_open),
    )  # fmt: skip


def plan_of(board: Board, asked: StagesAsked) -> Plan:
    """The plan of a board alone. Raises `UsageError` for limits that leave nothing to plan."""
    return staged_plan(choices_of(board, asked.prudent), _limits(asked))


def _limits(asked: StagesAsked) -> Limits:
    per_post = asked.per_post
    if per_post is None:
        per_post = int(rule_on("lanes_per_post_per_wave", asked.board.last_day).value)
    limits = Limits(asked.budget_usdr, asked.waves, per_post, asked.at_most)
    refuse_limits(limits)
    if not 0 < asked.board.target < 1:
        raise UsageError(f"floor {asked.board.target} must lie between 0 and 1, such as 0.96")
    return limits


def choices_of(board: Board, prudent: bool = False) -> list[Choice]:
    """Every way to open a lane of a board: with the dates of now where they keep the target, with
    the assured standard and a few longer ones, in either mode."""
    day = board.asked.last_day
    per_day = rule_on("value_lost_per_day", day).value
    by_claim = rule_on("value_claim_driven", day).value
    found = []
    for lane in board.lanes:
        if not (lane.items and lane.may_open):
            continue
        for days, counts, on_time in _standards(lane):
            dial = lane.dials[days]
            for mode, cost, factor in ((AUTOMATIC, dial.automatic, 1.0),
                                       (CLAIM_DRIVEN, dial.claim_driven, by_claim)):  # fmt: skip
                expected = cost.expected_usdr
                charged = cost.high_usdr if prudent or expected is None else expected
                worth = lane.yearly * factor * (1 - per_day) ** counts
                found.append(Choice(
                    lane.origin, lane.destination, days, counts, mode, lane.yearly, worth, charged,
                    cost, on_time,
                ))  # fmt: skip
    return found


def _standards(lane: BoardLane) -> list[tuple[int | None, float, float]]:
    """(D+n or None for the dates of now, days that it counts as, least share on time) that a lane
    may open with."""
    found = list[tuple[int | None, float, float]]()
    if lane.readiness is Readiness.READY and lane.present is not None:
        found.append((None, lane.present.mean_days, lane.present.lower))
    if lane.days is not None and lane.standard is not None:
        least = lane.standard.lower or 0.0
        found += [
            (days, float(days), least)
            for days in range(lane.days, lane.days + _LONGER + 1)
            if days in lane.dials
        ]
    return found


def sdr(usdr: int) -> int:
    """Whole SDR, for words."""
    return round(usdr / MICRO)
