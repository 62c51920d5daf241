"""A staged plan for the whole group: which lanes open, with which standard and mode of refunds, in
which wave, under a yearly budget (req 55, 66).

Two questions, one after the other, each answered by mixed-integer optimisation (HiGHS), to within
`GAP` of the best:

1. Which lanes, standards and modes cover most under the budget? A guaranteed item of a year counts
   the less, the longer its standard is and if its refund must be claimed (dated weights). Each lane
   has at most one choice; no post opens more lanes, in either direction, than its waves can carry.
2. In which wave does each open, so that most is covered soonest? The second answer always exists:
   lanes are the edges of a bipartite graph of origins and destinations, and its edges can be dealt
   out evenly over the waves (D. de Werra, INFOR 9 (1971) 91-102).

Amounts are integers: what the solver answers is counted again here, exactly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from datecertain.errors import InvariantBroken, UsageError
from datecertain.planning.refund_exposure import Cost
from datecertain.quality.intervals import Floats

MICRO = 10**6
AUTOMATIC, CLAIM_DRIVEN = "automatic", "claim_driven"
#: A plan is proven to lie within this part of the best one: the last hundredths of a per cent
#: cost minutes. After so many seconds the best found so far is taken, and not called optimal.
GAP, _PATIENCE = 1e-4, 10.0


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to open a lane. `days` None: with the dates that it promises now; `counts`: days that
    the standard counts as; `worth`: what it covers, in items of a year; `charged_usdr`: what it
    takes of the budget."""

    origin: str
    destination: str
    days: int | None
    counts: float
    mode: str
    items: int
    worth: float
    charged_usdr: int
    cost: Cost
    on_time: float  # at least, at the confidence

    @property
    def lane(self) -> tuple[str, str]:
        """The two posts."""
        return self.origin, self.destination


@dataclass(frozen=True, slots=True)
class Limits:
    """What a plan must keep to. `at_most`: lanes per wave, None: no limit; `per_post`: lanes that
    one post opens in a wave as origin, and as many as destination."""

    budget_usdr: int
    waves: int
    per_post: int
    at_most: int | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """A lane that opens, and in which wave (from 1)."""

    choice: Choice
    wave: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Lanes in order of waves; `optimal`: both answers are proven best, within `GAP`."""

    limits: Limits
    openings: tuple[Opening, ...]
    optimal: bool

    @property
    def worth(self) -> float:
        """Covered items of a year, weighted."""
        return sum(one.choice.worth for one in self.openings)

    @property
    def items(self) -> int:
        """Items of a year on the lanes that open."""
        return sum(one.choice.items for one in self.openings)

    @property
    def charged_usdr(self) -> int:
        """What it takes of the budget."""
        return sum(one.choice.charged_usdr for one in self.openings)

    @property
    def lanes(self) -> frozenset[tuple[str, str]]:
        """The lanes that open."""
        return frozenset(one.choice.lane for one in self.openings)


@dataclass(frozen=True, slots=True)
class NextStep:
    """The least more money for one more thing beside an unchanged plan: another lane, or a lane of
    the plan with a standard or mode that covers more."""

    extra_usdr: int
    choice: Choice
    instead_of: Choice | None  # None: the lane is not in the plan


def refuse_limits(limits: Limits) -> None:
    """Raises `UsageError` for limits that leave nothing to plan."""
    if limits.budget_usdr < 0:
        raise UsageError(f"budget {limits.budget_usdr / MICRO:g} SDR must not be below 0")
    for name, value in (("waves", limits.waves), ("lanes per post", limits.per_post),
                        ("lanes per wave", limits.at_most)):  # fmt: skip
        if value is not None and value < 1:
            raise UsageError(f"{name} {value}: give 1 or more")


def staged_plan(choices: Sequence[Choice], limits: Limits) -> Plan:
    """The best plan. Raises `UsageError` for limits that leave nothing to plan."""
    refuse_limits(limits)
    kept = [one for one in undominated(choices) if one.charged_usdr <= limits.budget_usdr]
    if not kept:
        return Plan(limits, (), True)
    chosen, best = _choose(kept, limits)
    waves, first = _deal(chosen, limits)
    openings = [Opening(one, wave) for one, wave in zip(chosen, waves, strict=True)]
    openings.sort(key=lambda one: (one.wave, -one.choice.worth, one.choice.lane))
    plan = Plan(limits, tuple(openings), best and first)
    if broken := broken_limits(plan):
        raise InvariantBroken(f"a plan breaks {broken[0]}")
    return plan


def undominated(choices: Sequence[Choice]) -> list[Choice]:
    """Of each lane the choices than which no other costs no more and covers no less."""
    found = list[Choice]()
    order = sorted(choices, key=lambda one: (one.lane, one.charged_usdr, -one.worth, one.counts))
    for one in order:
        if not found or found[-1].lane != one.lane or one.worth > found[-1].worth:
            found.append(one)
    return found


def broken_limits(plan: Plan) -> list[str]:
    """The limits that a plan does not keep, by counting; empty for a plan that may be carried out.

    It shares nothing with the solver.
    """
    limits, broken = plan.limits, []
    if plan.charged_usdr > limits.budget_usdr:
        broken.append("the budget")
    if len(plan.lanes) < len(plan.openings):
        broken.append("one choice a lane")
    if any(not 1 <= one.wave <= limits.waves for one in plan.openings):
        broken.append("the number of waves")
    per_wave = Counter(one.wave for one in plan.openings)
    if limits.at_most is not None and any(n > limits.at_most for n in per_wave.values()):
        broken.append("lanes per wave")
    for side in (0, 1):
        loads = Counter((one.wave, one.choice.lane[side]) for one in plan.openings)
        if any(n > limits.per_post for n in loads.values()):
            broken.append("lanes per post and wave")
    return broken


def next_lane(choices: Sequence[Choice], plan: Plan) -> NextStep | None:
    """The lane that the least more money would open; None where none is left that money, and no
    limit of posts or waves, keeps out."""
    limits = plan.limits
    if limits.at_most is not None and len(plan.openings) >= limits.at_most * limits.waves:
        return None
    loads = [Counter(lane[side] for lane in plan.lanes) for side in (0, 1)]
    most = limits.per_post * limits.waves
    found = [
        one
        for one in undominated(choices)
        if one.lane not in plan.lanes and all(loads[s][one.lane[s]] < most for s in (0, 1))
    ]
    return _least(plan, [(one, None) for one in found])


def next_upgrade(choices: Sequence[Choice], plan: Plan) -> NextStep | None:
    """The lane of a plan that the least more money would open with a standard or mode that covers
    more; None where every lane has its best."""
    now = {one.choice.lane: one.choice for one in plan.openings}
    better = [
        (one, now[one.lane])
        for one in undominated(choices)
        if one.lane in now and one.worth > now[one.lane].worth
    ]
    return _least(plan, better)


def _least(plan: Plan, found: Sequence[tuple[Choice, Choice | None]]) -> NextStep | None:
    left = plan.limits.budget_usdr - plan.charged_usdr
    steps = [
        NextStep(max(0, one.charged_usdr - (old.charged_usdr if old else 0) - left), one, old)
        for one, old in found
    ]
    return min(
        steps, key=lambda step: (step.extra_usdr, -step.choice.worth, step.choice.lane),
        default=None,
    )  # fmt: skip


def _choose(kept: Sequence[Choice], limits: Limits) -> tuple[list[Choice], bool]:
    """(what opens, whether that is proven best)."""
    worth = np.array([one.worth for one in kept])
    rows, most = [], []

    def limit(counts: Callable[[Choice], bool], at_most: int) -> None:
        rows.append(np.array([float(counts(one)) for one in kept]))
        most.append(float(at_most))

    for lane in sorted({one.lane for one in kept}):
        limit(lambda one, lane=lane: one.lane == lane, 1)  # type: ignore[misc]
    for side in (0, 1):
        for post in sorted({one.lane[side] for one in kept}):
            limit(lambda one, post=post, side=side: one.lane[side] == post,  # type: ignore[misc]
                  limits.per_post * limits.waves)  # fmt: skip
    if limits.at_most is not None:
        limit(lambda one: True, limits.at_most * limits.waves)
    rows.append(np.array([one.charged_usdr / MICRO for one in kept]))
    budget = limits.budget_usdr
    while True:
        taken, best = _solve(worth, np.array(rows), np.array([*most, budget / MICRO]))
        chosen = [one for one, take in zip(kept, taken, strict=True) if take]
        over = sum(one.charged_usdr for one in chosen) - limits.budget_usdr
        if over <= 0:
            return chosen, best
        budget -= over  # the solver's tolerance: a few micro-SDR


def _deal(chosen: Sequence[Choice], limits: Limits) -> tuple[list[int], bool]:
    """(the wave of each, whether that is proven soonest)."""
    size, waves = len(chosen), limits.waves
    if not size:
        return [], True
    cells = [(at, wave) for at in range(size) for wave in range(waves)]
    soon = np.array([chosen[at].worth * (waves - wave) for at, wave in cells])
    rows, most = [], []
    for wave in range(waves):
        for side in (0, 1):
            for post in sorted({one.lane[side] for one in chosen}):
                rows.append([float(w == wave and chosen[at].lane[side] == post) for at, w in cells])
                most.append(float(limits.per_post))
        if limits.at_most is not None:
            rows.append([float(w == wave) for _, w in cells])
            most.append(float(limits.at_most))
    once = [[float(at == one) for at, _ in cells] for one in range(size)]
    taken, best = _solve(soon, np.array(rows), np.array(most), np.array(once))
    found = {cells[place][0]: cells[place][1] + 1 for place in np.flatnonzero(taken)}
    return [found[at] for at in range(size)], best


def _solve(
    worth: Floats, rows: Floats, most: Floats, once: Floats | None = None
) -> tuple[Any, bool]:
    """(which are taken, whether proven best): as much worth as can be with every row at most so
    much, and every row of `once` exactly one."""
    from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415 - slow to load

    constraints = [LinearConstraint(rows, -np.inf, most)]
    if once is not None:
        constraints.append(LinearConstraint(once, 1, 1))
    scale = max(float(worth.max()), 1e-9)
    found = milp(
        -worth / scale, constraints=constraints, integrality=np.ones(len(worth)),
        bounds=Bounds(0, 1), options={"mip_rel_gap": GAP, "time_limit": _PATIENCE},
    )  # fmt: skip
    if found.x is None:
        raise InvariantBroken(f"no staged plan was found: {found.message}")
    return found.x > 0.5, found.status == 0
