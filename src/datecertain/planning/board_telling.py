"""The resume board in words: the verdict of a lane, what is missing, what would mend it."""

from __future__ import annotations

from datecertain.planning.readiness import BoardLane, Criterion, Readiness
from datecertain.planning.refund_exposure import Cost, Dial
from datecertain.wording import Words

#: Criteria that are shares of one.
_SHARES = ("decided", "events_complete", "events_in_time", "load_share")


def readiness_words(lane: BoardLane, speak: Words) -> str:
    """`ready with D+5`."""
    return speak.say(f"board.readiness.{lane.readiness}", days=lane.days)


def number_words(criterion: Criterion, value: float | None, speak: Words) -> str:
    """A criterion's number as it is written."""
    if value is None:
        return speak.say("board.not_known")
    return speak.share(value) if criterion.name in _SHARES else speak.count(round(value))


def threshold_words(criterion: Criterion, speak: Words) -> str:
    """`at least 95.0 %`."""
    side = "at_most" if criterion.at_most else "at_least"
    value = number_words(criterion, criterion.threshold, speak)
    return speak.say(f"board.{side}", value=value)


def missing_words(lane: BoardLane, needed: int, speak: Words) -> list[str]:
    """What stands between the lane and a guarantee; empty where nothing does."""
    found = []
    if lane.readiness is Readiness.NOT_ENOUGH:
        found.append(
            speak.say("board.missing.items", n=speak.count(lane.items), needed=speak.count(needed))
        )
    elif lane.days is None:
        found.append(speak.say("board.missing.standard"))
    for one in lane.missed:
        key = "criterion_of" if one.post else "criterion"
        found.append(
            speak.say(
                f"board.missing.{key}", name=speak.say(f"board.criterion.{one.name}"),
                post=one.post, value=number_words(one, one.value, speak),
                threshold=threshold_words(one, speak),
            )
        )  # fmt: skip
    return found


def fix_words(lane: BoardLane, speak: Words) -> list[str]:
    """What would mend it, and at whose hands."""
    found = [
        speak.say(
            "board.fix.leg", leg=speak.label(f"leg.{loss.leg.name.lower()}", loss.leg.name.lower()),
            post=loss.post, days=speak.count(loss.days), share=speak.share(loss.would_be),
        )
        for loss in lane.losses
    ]  # fmt: skip
    found += [
        speak.say(
            "board.fix.scans", post=gap.post, code=gap.code, n=speak.count(gap.missing),
            of=speak.count(gap.of),
        )
        for gap in lane.gaps
    ]  # fmt: skip
    if lane.cases:
        found.append(speak.say("board.fix.cases", cases=", ".join(lane.cases)))
    if lane.rates_changed:
        found.append(speak.say("board.fix.tariff", count=speak.count(lane.rates_changed)))
    return found


def dial_of(lane: BoardLane) -> Dial | None:
    """The cost that the board shows of a lane: at its assured standard where it needs a longer
    one, else at the promise as it is given now."""
    if lane.readiness is Readiness.READY and None in lane.dials:
        return lane.dials[None]
    return lane.dials.get(lane.days) or lane.dials.get(None)


def cost_words(cost: Cost, speak: Words) -> str:
    """`1,200 (800–2,100)` in whole SDR."""
    low, high = (speak.count(round(one / 10**6)) for one in (cost.low_usdr, cost.high_usdr))
    middle = "?" if cost.expected_usdr is None else speak.count(round(cost.expected_usdr / 10**6))
    return f"{middle} ({low}–{high})"
