"""The resume board for whoever asks: read once, then asked with any target, confidence, claim rate
and budget (req 55, 57, 66).

A post sees the lanes that it is an end of, with their money. The central office sees the lanes that
the group may publish, without money: no cost, no budget, nothing that sliders could be moved for
until a pair's figure shows.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial

from datecertain.access import Viewer
from datecertain.errors import NotFound
from datecertain.kept import Kept
from datecertain.operations.board_facts import BoardFacts
from datecertain.operations.lanes_seen import LanesSeen, lanes_seen
from datecertain.operations.resume_board import (
    Board,
    BoardAsked,
    BoardEvents,
    board_events,
    board_of,
    read_board_facts,
)
from datecertain.operations.staged_plans import (
    StagedPlans,
    StagesAsked,
    plan_of,
    plans_of,
)
from datecertain.planning.staging import Plan
from datecertain.planning.standards import Standards
from datecertain.store import Workspace

#: So many of the boards, of their standards and of their plans are kept.
_MOST = 64


@dataclass(frozen=True, slots=True, eq=False)
class PreparedBoard:
    """What boards of one period rest on, of the lanes that count for a viewer. `withheld`: how many
    the group does not publish."""

    first_day: int
    last_day: int
    facts: BoardFacts
    events: BoardEvents
    seen: LanesSeen
    #: By target and confidence: money moves without them.
    _assured: Kept[Standards] = field(default_factory=partial(Kept, _MOST))
    _boards: Kept[Board] = field(default_factory=partial(Kept, _MOST))
    _plans: Kept[Plan] = field(default_factory=partial(Kept, _MOST))

    @property
    def withheld(self) -> int:
        """How many lanes the group does not publish."""
        return len(self.seen.withheld)

    def board(self, workspace: Workspace, asked: BoardAsked) -> Board:
        """The lanes that count; `workspace` as it stood when this was prepared. Raises `UsageError`
        for shares that cannot be."""
        return self._boards.get(asked, lambda: self._board(workspace, asked))

    def _standards(self, workspace: Workspace, target: float, confidence: float) -> Standards:
        key = (target, confidence)
        return self._assured.get(key, lambda: self.facts.history.standards(workspace, *key))

    def _board(self, workspace: Workspace, asked: BoardAsked) -> Board:
        standards = self._standards(workspace, asked.target, asked.confidence)
        whole = board_of(self.facts, self.events, asked, standards)
        lanes = [one for one in whole.lanes if self.seen.shows(one.origin, one.destination)]
        if self.seen.viewer.group:
            lanes = [replace(one, dials={}, losses=(), gaps=(), cases=()) for one in lanes]
            return replace(whole, lanes=tuple(lanes), claims={})
        return replace(whole, lanes=tuple(lanes))

    def plan(self, workspace: Workspace, asked: StagesAsked) -> Plan:
        """The plan under a budget. Raises `NotFound` for the central office: moving the budget
        would tell what a lane costs."""
        _demand_post(self.seen.viewer)
        return self._plans.get(asked, lambda: plan_of(self.board(workspace, asked.board), asked))

    def plans(self, workspace: Workspace, asked: StagesAsked) -> StagedPlans:
        """The plan with its alternatives. Raises `NotFound` for the central office."""
        _demand_post(self.seen.viewer)
        return plans_of(self.facts, self.events, asked, partial(self._standards, workspace))


def _demand_post(viewer: Viewer) -> None:
    if viewer.group:
        raise NotFound("plans under a budget are of a post's own lanes")


def prepare_board(
    workspace: Workspace, viewer: Viewer, first_day: int, last_day: int
) -> PreparedBoard:
    """Read what boards of a period rest on. Raises `NotFound` when nothing of it was judged."""
    seen = lanes_seen(workspace, viewer)
    facts = read_board_facts(workspace, BoardAsked(first_day, last_day), seen=seen)
    return PreparedBoard(first_day, last_day, facts, board_events(workspace, facts), seen)
