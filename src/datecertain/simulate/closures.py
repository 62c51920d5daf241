"""Closures of offices and airports, and the notices that the posts publish about them (req 26)."""

from __future__ import annotations

from datecertain.moments import DAY, format_date
from datecertain.network import CompiledNetwork
from datecertain.simulate.movement import Closure
from datecertain.simulate.plan import SimulationPlan
from datecertain.tracking.cases import ForceMajeureCase


def closures_and_notices(
    compiled: CompiledNetwork, plan: SimulationPlan
) -> tuple[tuple[Closure, ...], tuple[ForceMajeureCase, ...]]:
    """What is closed, office by office, and what is published; airports that the network does not
    have are passed over."""
    closures: list[Closure] = []
    notices: list[ForceMajeureCase] = []
    for disruption in plan.disruptions:
        begins = plan.first_day * DAY + 60 * disruption.after_h
        ends = begins + 60 * disruption.hours
        published = disruption.published_after_h
        for index, office in enumerate(compiled.offices):
            if office.airport != disruption.airport:
                continue
            if disruption.closes:
                notice = -1 if published is None else len(notices)
                closures.append(Closure(index, begins, ends, notice))
            if published is not None:
                notices.append(
                    ForceMajeureCase(
                        case_id=f"{office.office}-{disruption.case}-{format_date(plan.first_day)}",
                        post=office.post, office=office.office, leg="", from_at=begins, to_at=ends,
                        published_at=begins + 60 * published, text_en=disruption.text_en,
                        text_ko=disruption.text_ko,
                        reference="illustrative: no such event is known",
                    )
                )  # fmt: skip
    return tuple(closures), tuple(notices)
