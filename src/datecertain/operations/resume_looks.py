"""The resume board for whoever asks: read once, then asked with any target, confidence, claim rate
and budget (req 55, 57, 66).

A post sees the lanes that it is an end of, with their money. The central office sees the lanes that
the group may publish, without money: no cost, no budget, nothing that sliders could be moved for
until a pair's figure shows.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from datecertain.access import Viewer
from datecertain.errors import NotFound
from datecertain.operations.board_facts import BoardFacts
from datecertain.operations.lanes_seen import LanesSeen, lanes_seen
from datecertain.operations.resume_board import (
    Board,
    BoardAsked,
    BoardEvents,
    assured,
    board_events,
    prepared_board,
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

#: Standards of so many targets and confidences are kept.
_MOST_KNOWN = 64


@dataclass(frozen=True, slots=True, eq=False)
class PreparedBoard:
    """What boards of one period rest on, of the lanes that count for a viewer. `withheld`: how many
    the group does not publish."""

    first_day: int
    last_day: int
    facts: BoardFacts
    events: BoardEvents
    seen: LanesSeen
    #: The last assured standards by target and confidence: money moves without them.
    known: dict[tuple[float, float], Standards] = field(default_factory=dict)

    @property
    def withheld(self) -> int:
        """How many lanes the group does not publish."""
        return len(self.seen.withheld)

    def _standards(self, asked: BoardAsked) -> Standards:
        key = (asked.target, asked.confidence)
        found = self.known.get(key)
        if found is None:
            found = assured(self.facts, *key)
            if len(self.known) >= _MOST_KNOWN:
                self.known.clear()
            self.known[key] = found
        return found

    def board(self, asked: BoardAsked) -> Board:
        """The lanes that count. Raises `UsageError` for shares that cannot be."""
        whole = prepared_board(self.facts, self.events, asked, self._standards(asked))
        lanes = [one for one in whole.lanes if self.seen.shows(one.origin, one.destination)]
        if self.seen.viewer.group:
            lanes = [replace(one, dials={}, losses=(), gaps=(), cases=()) for one in lanes]
            return replace(whole, lanes=tuple(lanes), claims={})
        return replace(whole, lanes=tuple(lanes))

    def plan(self, board: Board, asked: StagesAsked) -> Plan:
        """The plan of a board under a budget. Raises `NotFound` for the central office: moving the
        budget would tell what a lane costs."""
        _demand_post(self.seen.viewer)
        return plan_of(board, asked)

    def plans(self, asked: StagesAsked) -> StagedPlans:
        """The plan with its alternatives. Raises `NotFound` for the central office."""
        _demand_post(self.seen.viewer)
        return plans_of(self.facts, self.events, asked)


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
