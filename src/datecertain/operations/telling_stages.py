"""Staged plans as plain data."""

from __future__ import annotations

from typing import Any

from datecertain.operations.staged_plans import StagedPlans
from datecertain.planning.staging import Choice, NextStep, Plan


def staged_as_json(found: StagedPlans) -> dict[str, Any]:
    """Staged plans as a program reads them; money in micro-SDR a year."""
    plan, asked = found.plan, found.asked
    return {
        "budget_usdr": plan.limits.budget_usdr, "floor": asked.board.target,
        "confidence": asked.board.confidence, "prudent": asked.prudent,
        "waves": plan.limits.waves, "at_most": plan.limits.at_most,
        "per_post": plan.limits.per_post, **_plan(plan),
        "alternatives": {
            name: {"budget_usdr": one.limits.budget_usdr, "floor": found.floors[name]} | _plan(one)
            for name, one in found.alternatives.items()
        },
        "next_lane": _next(found.next_lane), "next_upgrade": _next(found.next_upgrade),
        "blocked": [
            {"lane": lane.lane, "readiness": str(lane.readiness),
             "missing": [f"{one.name} {one.post}".strip() for one in lane.missed]}
            for lane in found.blocked
        ],
    }  # fmt: skip


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "optimal": plan.optimal, "covered": round(plan.worth, 1), "items_per_year": plan.items,
        "charged_usdr": plan.charged_usdr, "lanes_opened": len(plan.openings),
        "openings": [{"wave": one.wave} | _choice(one.choice) for one in plan.openings],
    }  # fmt: skip


def _choice(one: Choice) -> dict[str, Any]:
    return {
        "lane": "-".join(one.lane), "days": one.days, "mode": one.mode,
        "items_per_year": one.items, "covered": round(one.worth, 1),
        "on_time_at_least": round(one.on_time, 6), "charged_usdr": one.charged_usdr,
        "expected_usdr": one.cost.expected_usdr, "low_usdr": one.cost.low_usdr,
        "high_usdr": one.cost.high_usdr,
    }  # fmt: skip


def _next(step: NextStep | None) -> dict[str, Any] | None:
    if step is None:
        return None
    before = None if step.instead_of is None else _choice(step.instead_of)
    return {"extra_usdr": step.extra_usdr, "instead_of": before} | _choice(step.choice)
