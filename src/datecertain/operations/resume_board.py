"""The resume board: per lane what its guarantee would keep and cost, whether it may resume, and
what is missing at whose hands (req 34, 55, 64, 66). Nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from datecertain.errors import NotFound, UsageError
from datecertain.operations.board_facts import BoardFacts, Told, board_facts, judged_months
from datecertain.operations.data_quality import month_lines
from datecertain.operations.evidence import known_cases
from datecertain.operations.lane_capacity import Lane, flights_per_week, stated_capacity
from datecertain.operations.lane_rows import signed_texts
from datecertain.operations.lanes_seen import EVERY_LANE, LanesSeen
from datecertain.operations.report_cards import day_range, months_between
from datecertain.operations.signed_tariffs import TARIFF, tariff_changed
from datecertain.planning.assured import items_needed
from datecertain.planning.readiness import (
    BoardLane,
    EventGap,
    LegLoss,
    Present,
    criteria,
    present_of,
    readiness,
)
from datecertain.planning.readiness import Told as PostTold
from datecertain.planning.refund_exposure import ClaimRate, dials, worst_case, year_items
from datecertain.planning.standards import Standard, Standards
from datecertain.quality.checks import Kind, QualityLine
from datecertain.quality.told_events import DESTINATION, side_of
from datecertain.settlement import Tariff, bundled_tariff
from datecertain.store import Workspace
from datecertain.verdict.liable import legs_of_destination
from datecertain.verdict.outcomes import Leg

#: Legs and kinds of scans that are named, the worst first.
_NAMED = 2


@dataclass(frozen=True, slots=True)
class BoardAsked:
    """What a board is asked for. Days inclusive; shares of one; `claim_rate`: of what is owed, to
    be reckoned with instead of what was seen; `capacity`: a file of items a week."""

    first_day: int
    last_day: int
    target: float = 0.96
    confidence: float = 0.95
    claim_rate: float | None = None
    capacity: Path | None = None
    tariff: Tariff | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """The lanes of the group, and what they rest on."""

    asked: BoardAsked
    lanes: tuple[BoardLane, ...]
    standards: Standards
    needed: int  # items without which no lane is assured by itself
    claims: Mapping[str, ClaimRate]
    network_version: str
    tariff: str
    as_of: int
    event_month: str  # of which the events were looked at; empty: none


def default_days(workspace: Workspace, first: str | None, last: str | None) -> tuple[int, int]:
    """The days asked for (dates, or months as a whole); else the last twelve judged months."""
    if last is not None and first is None:
        raise UsageError("--to needs --from: give the first day too")
    if first is not None:
        return day_range(first, last or first)
    months = judged_months(workspace)[-12:]
    return day_range(months[0], months[-1])


def read_board_facts(
    workspace: Workspace, asked: BoardAsked, told: Told = lambda done, total: None,
    seen: LanesSeen = EVERY_LANE,
) -> BoardFacts:  # fmt: skip
    """The facts that boards of one period rest on, whatever their target."""
    return board_facts(workspace, asked.first_day, asked.last_day, told, seen)


def resume_board(
    workspace: Workspace, asked: BoardAsked, told: Told = lambda done, total: None,
    seen: LanesSeen = EVERY_LANE,
) -> Board:  # fmt: skip
    """The board of a period. Raises `NotFound` when nothing of it was judged, `UsageError` for
    shares or a file that cannot be used."""
    items_needed(asked.target, asked.confidence)
    facts = read_board_facts(workspace, asked, told, seen)
    standards = facts.history.standards(workspace, asked.target, asked.confidence)
    return board_of(facts, board_events(workspace, facts), asked, standards)


@dataclass(frozen=True, slots=True, eq=False)
class BoardEvents:
    """What the events of the period's last month with items say (empty: none), the force majeure
    cases of each post that are open, the direct flights of a week, and the texts that both posts of
    a lane signed last."""

    lines: tuple[QualityLine, ...]
    month: str
    cases: Mapping[str, Sequence[str]]
    flights: Mapping[Lane, int]
    signed: Mapping[Lane, Mapping[str, Any]] = field(default_factory=dict)


def board_events(workspace: Workspace, facts: BoardFacts) -> BoardEvents:
    """What boards rest on beside their facts, whatever they are asked for."""
    flights = flights_per_week(facts.network, facts.lanes, facts.last_day)
    signed = signed_texts(workspace, facts.last_day)
    return BoardEvents(*_events(workspace, facts), _open_cases(workspace, facts), flights, signed)


def board_of(
    facts: BoardFacts, events: BoardEvents, asked: BoardAsked, standards: Standards
) -> Board:
    """The board of what was read before: nothing is read now. `standards`: the assured ones of
    its target and confidence (`BoardFacts.history`)."""
    tariff, day = asked.tariff or bundled_tariff(), facts.last_day
    claims = facts.claims
    if asked.claim_rate is not None:
        claims = _stated(asked.claim_rate, facts.network.posts)
    capacity = {} if asked.capacity is None else stated_capacity(asked.capacity, facts.lanes)
    work = _Lanes(
        facts, asked, {row.lane: row for row in standards.rows}, _by_lane(events.lines),
        events.cases, events.flights, capacity,
    )  # fmt: skip
    money = dials(facts.counted, claims, asked.confidence)
    worst = worst_case(facts.counted, tariff, day)
    shares = facts.counted.shares(asked.confidence)
    yearly, busiest = year_items(facts.counted), facts.counted.busiest_week()
    items = facts.counted.of_lane()
    settling = tariff.settling(facts.network, day) if events.signed else tariff
    changed = {lane: tariff_changed(text, settling, lane, day)
               for lane, text in events.signed.items() if TARIFF in text}  # fmt: skip
    lanes = []
    for number, lane in enumerate(facts.lanes):
        if not facts.seen.shows(*lane):
            continue
        found = work.found(number, int(busiest[number]))
        lanes.append(BoardLane(
            *lane, str(facts.network.lanes.standing(*lane, day).state), int(items[number]),
            int(yearly[number]), int(busiest[number]), shares=shares[number],
            dials=money[number], worst=worst[number], rates_changed=changed.get(lane), **found,
        ))  # fmt: skip
    return Board(
        asked, tuple(lanes), standards, standards.needed, claims, facts.network.version,
        tariff.name, facts.as_of, events.month,
    )  # fmt: skip


def _stated(rate: float, posts: Iterable[str]) -> dict[str, ClaimRate]:
    if not 0 <= rate <= 1:
        raise UsageError(f"claim rate {rate} is no share: give one from 0 to 1, such as 0.3")
    return {post: ClaimRate(0, 0, rate) for post in posts}


def _events(workspace: Workspace, facts: BoardFacts) -> tuple[tuple[QualityLine, ...], str]:
    """The figures of event quality of the period's last month with items, and that month."""
    for month in reversed(months_between(facts.first_day, facts.last_day)):
        if lines := month_lines(workspace, facts.network, month, facts.as_of):
            return lines, month
    return (), ""


def _by_lane(lines: Iterable[QualityLine]) -> dict[Lane, list[QualityLine]]:
    """The figures about events missing or told late, by the lane of the items."""
    found: dict[Lane, list[QualityLine]] = {}
    for line in lines:
        if line.kind in (Kind.MISSING, Kind.LATE) and line.code:
            back = side_of(line.code.split("/")[0]) == DESTINATION
            lane = (line.partner, line.post) if back else (line.post, line.partner)
            found.setdefault(lane, []).append(line)
    return found


def _open_cases(workspace: Workspace, facts: BoardFacts) -> dict[str, list[str]]:
    """Post → its force majeure cases that are open."""
    found: dict[str, list[str]] = {}
    for case in known_cases(workspace, facts.network, facts.as_of):
        if case.to_at > facts.as_of:
            found.setdefault(case.post, []).append(case.case_id)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Lanes:
    """What is found of each lane beside shares and money."""

    facts: BoardFacts
    asked: BoardAsked
    standards: Mapping[str, Standard]
    lines: Mapping[Lane, Sequence[QualityLine]]
    cases: Mapping[str, Sequence[str]]
    flights: Mapping[Lane, int]
    capacity: Mapping[Lane, int]

    def found(self, number: int, busiest: int) -> dict[str, Any]:
        """The fields of a lane."""
        lane = self.facts.lanes[number]
        standard = self.standards.get("-".join(lane))
        lines = self.lines.get(lane, ())
        cases = sorted({one for post in lane for one in self.cases.get(post, ())})
        flights, capacity = self.flights.get(lane), self.capacity.get(lane)
        load = None if not capacity else busiest / capacity
        if capacity == 0:
            load = float("inf")
        told = [_told(lines, post) for post in lane]
        present = self._present(number, standard)
        found = criteria(self.facts.last_day, present, told, len(cases), flights, load)
        missed = [one for one in found if one.met is False]
        return {
            "present": present, "standard": standard, "told": tuple(told),
            "cases": tuple(cases), "flights_per_week": flights, "items_per_week": capacity,
            "losses": self._losses(number, present), "gaps": _gaps(lines), "criteria": found,
            "readiness": readiness(missed, standard, present, self.asked.target),
            "days": None if standard is None else standard.days,
        }  # fmt: skip

    def _present(self, number: int, standard: Standard | None) -> Present | None:
        good, judged, unknown = (int(one) for one in self.facts.between[number])
        worth = 1.0 if standard is None else standard.worth
        days = int(self.facts.promised_days[number])
        return present_of((good, judged, unknown), days, worth, self.asked.confidence)

    def _losses(self, number: int, present: Present | None) -> tuple[LegLoss, ...]:
        if present is None:
            return ()
        facts, day = self.facts, np.array([self.facts.last_day])
        zero, one = np.array([0]), np.array([1])
        by_destination = legs_of_destination(
            facts.network.carriage, zero, one, day, facts.lanes[number]
        )[0]
        lost = [
            LegLoss(
                facts.lanes[number][int(by_destination[leg])],
                leg,
                int(facts.lost[number, leg]),
                (present.on_time + int(facts.rescued[number, leg])) / present.judged,
            )
            for leg in Leg
            if facts.lost[number, leg]
        ]
        return tuple(sorted(lost, key=lambda loss: (-loss.days, loss.leg))[:_NAMED])


def _told(lines: Sequence[QualityLine], post: str) -> PostTold:
    def counts(kind: Kind) -> tuple[int, int]:
        mine = [line for line in lines if line.kind is kind and line.post == post]
        of = sum(line.of for line in mine)
        return of - sum(line.bad for line in mine), of

    return PostTold(post, counts(Kind.MISSING), counts(Kind.LATE))


def _gaps(lines: Sequence[QualityLine]) -> tuple[EventGap, ...]:
    gaps = [EventGap(line.post, line.code, line.bad, line.of)
            for line in lines if line.kind is Kind.MISSING and line.bad]  # fmt: skip
    return tuple(sorted(gaps, key=lambda gap: (-gap.missing, gap.post, gap.code))[:_NAMED])


def lane_of(board: Board, name: str) -> BoardLane:
    """One lane of a board. Raises `NotFound`."""
    for lane in board.lanes:
        if lane.lane == name.upper().replace(">", "-"):
            return lane
    raise NotFound(f"{name!r} is no lane of the group: write KR-US")
