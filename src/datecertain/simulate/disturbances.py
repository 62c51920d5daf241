"""What goes wrong on the way, drawn for all items before anything moves.

Drawn first, walked afterwards: the same draws can be walked again without the customs holds or
the closures, which tells what each of them really cost (`datecertain.simulate.truth`).
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import IntEnum, StrEnum

import numpy as np
import numpy.typing as npt

from datecertain.moments import Ints, Mask
from datecertain.network import CompiledNetwork
from datecertain.simulate.plan import SimulationPlan
from datecertain.simulate.posting import Postings
from datecertain.simulate.routing import Routes


class Step(IntEnum):
    """The stages of a journey in order (docs/reference/network-files.md); step k leads from
    checkpoint k to checkpoint k + 1."""

    EXPORT = 0  # accepted → at the outward office
    CLOSING = 1  # → left the outward office
    TRANSPORT = 2  # → at the inward office
    PRESENTATION = 3  # → shown to import customs
    CUSTOMS = 4  # → back from customs
    FORWARDING = 5  # → left the inward office
    INLAND = 6  # → at the delivery office
    DELIVERY = 7  # → delivered


STEPS = len(Step)


class Cause(StrEnum):
    """Why a stage took longer than its standard."""

    SLOW = "slow"  # some minutes over the standard
    EXPORT_ROLLED = "export_rolled"  # missed the line-haul to the outward office
    CLOSING_MISSED = "closing_missed"  # missed the dispatch closing
    OTHER_ROUTE = "other_route"  # another pair of offices than the promise's
    MISSENT = "missent"  # in a bag for a wrong office
    FLIGHT_ROLLED = "flight_rolled"  # left for the next departure
    OFFLOADED = "offloaded"  # taken off, two departures later
    FLIGHT_LATE = "flight_late"  # arrived hours late
    PRESENTATION_SLOW = "presentation_slow"  # hours before it was shown to customs
    CUSTOMS_HOLD = "customs_hold"  # held by customs with a reason and a release: see clock_stop
    FORWARDING_MISSED = "forwarding_missed"  # missed the departure from the inward office
    INLAND_LATE = "inland_late"  # missed the inland line-haul
    ROUND_MISSED = "round_missed"  # left behind by the delivery round
    ATTEMPT_FAILED = "attempt_failed"  # a delivery attempt without success
    CLOSURE = "closure"  # an office or airport was closed
    LOST = "lost"  # never seen again after this stage began


class Hold(IntEnum):
    """What was told about a customs hold."""

    NONE = 0  # there was none
    TOLD = 1  # EME with a valid reason, and the release
    NO_REASON = 2  # EME without reason
    BAD_REASON = 3  # EME with a reason that stops no clock
    UNCLOSED = 4  # EME with a valid reason, but neither EDC nor EMF


class Attempt(IntEnum):
    """Why a first delivery attempt failed."""

    NONE = 0  # there was no failed attempt
    ADDRESSEE = 1  # a reason on the side of addressee or sender
    POST = 2  # a reason on the side of the post
    NO_REASON = 3  # none was stated


@dataclass(frozen=True, slots=True)
class Trips:
    """Items with their route and what will happen to each; the last axis is the item."""

    accepted_at: Ints
    area: Ints  # of destination
    link: Ints
    outward: Ints
    inward: Ints
    wrong_office: Ints  # where a missent item lands first, -1
    early: Ints  # [step, item]: minutes before the standard, as the slot allows
    wait: Ints  # [step, item]: minutes before the item was ready for the step
    rolls: Ints  # [step, item]: slots missed
    slow: Ints  # [step, item]: minutes over the standard
    hold_min: Ints  # customs keeps it that long, 0: no hold
    hold: Ints  # `Hold`
    attempt: Ints  # `Attempt`
    attempts_failed: Ints
    pickup_min: Ints  # waits that long at a pick-up point, 0: brought to the door
    lost_in: Ints  # the step in which it vanished, STEPS: it did not
    leave_share: npt.NDArray[np.float64]  # where in the round it goes out and is handed over
    hand_share: npt.NDArray[np.float64]
    causes: npt.NDArray[np.int32]  # [step, item]: bit k for CAUSES[k]; closures are found later

    def take(self, rows: Ints) -> Trips:
        """Some of the items."""
        return Trips(*(getattr(self, f.name)[..., rows] for f in dataclasses.fields(self)))


CAUSES = tuple(Cause)


def draw_trips(
    compiled: CompiledNetwork, items: Postings, routes: Routes, plan: SimulationPlan
) -> Trips:
    """Everything that will happen to every item, but for closures."""
    count, chances = len(items), plan.chances
    rng = plan.stream("disturbances")
    causes = np.zeros((STEPS, count), dtype=np.int32)

    def note(cause: Cause, step: Step, struck: Mask) -> None:
        causes[step] |= np.where(struck, np.int32(1 << CAUSES.index(cause)), np.int32(0))

    def strikes(cause: Cause, step: Step, chance: float) -> Mask:
        struck: Mask = rng.random(count) < chance
        note(cause, step, struck)
        return struck

    early = _minutes(rng, (STEPS, count), 25, 0.7, 6, 240)
    slow = np.zeros((STEPS, count), dtype=np.int64)
    wait = np.zeros((STEPS, count), dtype=np.int64)
    rolls = np.zeros((STEPS, count), dtype=np.int64)
    for step in Step:
        if step is not Step.DELIVERY:
            slow[step] += strikes(Cause.SLOW, step, chances.slow) * _minutes(rng, count, 25, 0.9, 5)
    for cause, step, chance, missed in (
        (Cause.EXPORT_ROLLED, Step.EXPORT, chances.export_rolled, 1),
        (Cause.CLOSING_MISSED, Step.CLOSING, chances.closing_missed, 1),
        (Cause.FLIGHT_ROLLED, Step.TRANSPORT, chances.flight_rolled, 1),
        (Cause.OFFLOADED, Step.TRANSPORT, chances.offloaded, 2),
        (Cause.FORWARDING_MISSED, Step.FORWARDING, chances.forwarding_missed, 1),
        (Cause.INLAND_LATE, Step.INLAND, chances.inland_late, 1),
        (Cause.ROUND_MISSED, Step.DELIVERY, chances.round_missed, 1),
    ):
        rolls[step] += strikes(cause, step, chance) * missed
    late = strikes(Cause.FLIGHT_LATE, Step.TRANSPORT, chances.flight_late)
    slow[Step.TRANSPORT] += late * _minutes(rng, count, 240, 0.7, 60)
    slack = strikes(Cause.PRESENTATION_SLOW, Step.PRESENTATION, chances.presentation_slow)
    wait[Step.PRESENTATION] += slack * _minutes(rng, count, 420, 0.6, 120)
    note(Cause.OTHER_ROUTE, Step.EXPORT, routes.other == 1)
    hold, hold_min = _holds(rng, items, plan)
    note(Cause.CUSTOMS_HOLD, Step.CUSTOMS, hold > 0)
    attempt, failed = _attempts(rng, count, plan)
    note(Cause.ATTEMPT_FAILED, Step.DELIVERY, attempt > 0)
    wrong = _wrong_offices(rng, compiled, routes, plan)
    note(Cause.MISSENT, Step.TRANSPORT, wrong >= 0)
    vanishes = rng.random(count) < chances.lost
    lost_in = np.where(vanishes, rng.integers(Step.CLOSING, STEPS, count), STEPS)
    for step in Step:
        note(Cause.LOST, step, lost_in == step)
    fetched = (rng.random(count) < chances.pickup) & (attempt == Attempt.NONE)
    return Trips(
        accepted_at=items.accepted_at, area=items.destination_area, link=routes.link,
        outward=routes.outward(compiled), inward=routes.inward, wrong_office=wrong, early=early,
        wait=wait, rolls=rolls, slow=slow, hold_min=hold_min, hold=hold, attempt=attempt,
        attempts_failed=failed, pickup_min=fetched * _minutes(rng, count, 1200, 0.7, 90),
        lost_in=lost_in, leave_share=rng.random(count), hand_share=rng.random(count),
        causes=causes,
    )  # fmt: skip


def _minutes(
    rng: np.random.Generator, shape: int | tuple[int, ...], median: float, spread: float,
    least: int, most: int = 20_000,
) -> Ints:  # fmt: skip
    drawn = rng.lognormal(np.log(median), spread, shape)
    return np.clip(np.rint(drawn), least, most).astype(np.int64)


def _holds(rng: np.random.Generator, items: Postings, plan: SimulationPlan) -> tuple[Ints, Ints]:
    """(`Hold`, minutes) of every item."""
    count, chances = len(items), plan.chances
    chance = np.where(items.documents, chances.customs_hold_documents, chances.customs_hold_goods)
    held = rng.random(count) < chance
    edges = np.cumsum([chances.hold_no_reason, chances.hold_bad_reason, chances.hold_unclosed])
    kinds = np.array([Hold.NO_REASON, Hold.BAD_REASON, Hold.UNCLOSED, Hold.TOLD], dtype=np.int64)
    told = kinds[np.searchsorted(edges, rng.random(count), side="right")]
    minutes = _minutes(rng, count, 26 * 60, 0.8, 150)
    return np.where(held, told, Hold.NONE).astype(np.int64), np.where(held, minutes, 0)


def _attempts(rng: np.random.Generator, count: int, plan: SimulationPlan) -> tuple[Ints, Ints]:
    """(`Attempt`, failed attempts) of every item; one in seven fails twice."""
    chances = plan.chances
    fails = rng.random(count) < chances.attempt_failed
    edges = np.cumsum([chances.attempt_by_post, chances.attempt_no_reason])
    kinds = np.array([Attempt.POST, Attempt.NO_REASON, Attempt.ADDRESSEE], dtype=np.int64)
    why = kinds[np.searchsorted(edges, rng.random(count), side="right")]
    times = np.where(rng.random(count) < 1 / 7, 2, 1)
    return np.where(fails, why, Attempt.NONE).astype(np.int64), np.where(fails, times, 0)


def _wrong_offices(
    rng: np.random.Generator, compiled: CompiledNetwork, routes: Routes, plan: SimulationPlan
) -> Ints:
    """A wrong inward office for each missent item, from which it can be sent on; -1 for others."""
    outward = routes.outward(compiled)
    wrong = np.full(len(outward), -1, dtype=np.int64)
    struck = np.flatnonzero(rng.random(len(outward)) < plan.chances.missent)
    shares = rng.random(len(struck))
    for row, share in zip(struck.tolist(), shares.tolist(), strict=True):
        reachable = compiled.pair_of[outward[row]] >= 0
        onward = compiled.pair_of[:, routes.inward[row]] >= 0
        choices = np.flatnonzero(reachable & onward)
        if len(choices):
            wrong[row] = choices[int(share * len(choices))]
    return wrong
