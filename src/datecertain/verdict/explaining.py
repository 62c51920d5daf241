"""A verdict told step by step, from the very rows that decided it (req 63)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from datecertain.moments import format_date, format_local
from datecertain.network import NO_DUE, Network
from datecertain.verdict.items import ItemsToJudge
from datecertain.verdict.judging import Judgement, Side
from datecertain.verdict.marking import OUTCOMES
from datecertain.verdict.outcomes import WHOLE, Checkpoint, Leg, Outcome, liable_post
from datecertain.wording import Words

#: The event code that usually proves each checkpoint.
CODES = ("EMA", "EMB", "EMC", "EMD", "EDB", "EDC", "EMF", "EMG", "EMI")


@dataclass(frozen=True, slots=True)
class Stair:
    """One step of the staircase: since the checkpoint before, `holder` held the item on `leg`, and
    at this checkpoint it was due on `due_on`, `days` later (negative: won back) than before."""

    checkpoint: Checkpoint
    code: str
    place: str
    at: str  # local date and time there
    holder: str
    leg: Leg
    other_leg: Leg | None
    due_on: int
    days: int
    excused: int


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the liable days, in parts per million."""

    post: str
    leg: Leg
    ppm: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """One item's verdict on one side, ready to be shown. Days are day numbers, None unknown."""

    item_id: str
    origin: str
    destination: str
    outcome: Outcome
    reason: str
    promised_on: int | None
    standard_due: int | None  # due on acceptance, by the network alone
    stopped_on: int | None
    delivered_on: int | None
    margin: int
    stairs: tuple[Stair, ...]
    days_late: int
    days_excused: int
    days_liable: int
    shares: tuple[Share, ...]
    void_hold: bool  # a customs hold that never stopped the clock
    sender_outcome: Outcome
    network_version: str


def explain(
    network: Network, items: ItemsToJudge, judgement: Judgement, row: int, towards: str = "between"
) -> Explanation:
    """The explanation of one row, `between` the posts or towards the `sender`."""
    side: Side = judgement.sender if towards == "sender" else judgement.between
    told = judgement.table.slice(row, 1).to_pylist()[0]
    origin, destination = told["origin"], told["destination"]
    promised = int(side.promised[row])
    known = promised < NO_DUE and int(side.stopped_on[row]) < NO_DUE
    first_due = int(judgement.replay.due[row, 0])
    return Explanation(
        item_id=told["item_id"], origin=origin, destination=destination,
        outcome=OUTCOMES[int(side.outcome[row])], reason=side.reasons[int(side.reason[row])],
        promised_on=promised if promised < NO_DUE else None,
        standard_due=first_due if first_due < NO_DUE else None,
        stopped_on=int(side.stopped_on[row]) if side.stopped_on[row] < NO_DUE else None,
        delivered_on=told["delivered_on"],
        margin=int(side.margin[row]) if promised < NO_DUE else 0,
        stairs=tuple(_stairs(network, items, judgement, side, row, origin, destination)),
        days_late=int(side.settled.late[row]) if known else 0,
        days_excused=int(side.settled.excused[row]) if known else 0,
        days_liable=int(side.settled.liable[row]) if known else 0,
        shares=tuple(
            Share(liable_post(leg, origin, destination), leg, int(side.settled.share[row, leg]))
            for leg in Leg if side.settled.share[row, leg]
        ),
        void_hold=bool(side.holds.void[row]),
        sender_outcome=OUTCOMES[int(judgement.sender.outcome[row])],
        network_version=network.version,
    )  # fmt: skip


def _stairs(
    network: Network, items: ItemsToJudge, judgement: Judgement, side: Side, row: int,
    origin: str, destination: str,
) -> Iterator[Stair]:  # fmt: skip
    replayed, held = side.replay, side.holders
    area = network.data.areas[max(int(items.destination_area[row]), 0)]
    from_area = network.data.areas[max(int(items.origin_area[row]), 0)]
    for checkpoint in Checkpoint:
        moment = int(replayed.at[row, checkpoint])
        if checkpoint is Checkpoint.STOPPED:
            moment = int(side.stopped[row])
            if side.stopped_on[row] >= NO_DUE:
                continue
        elif not replayed.present[row, checkpoint]:
            continue
        place, clock = area.area, area.zone
        if checkpoint is Checkpoint.ACCEPTED:
            place, clock = from_area.area, from_area.zone
        elif int(replayed.office[row, checkpoint]) >= 0 and checkpoint < Checkpoint.DELIVERY_OFFICE:
            office = network.data.offices[int(replayed.office[row, checkpoint])]
            place, clock = office.office, office.zone
        leg = Leg(int(held.leg[row, checkpoint]))
        other = int(held.other_leg[row, checkpoint])
        due = int(replayed.due[row, checkpoint])
        if checkpoint is Checkpoint.STOPPED:
            due = int(side.stopped_on[row])
        yield Stair(
            checkpoint, CODES[checkpoint], place, format_local(moment, clock),
            liable_post(leg, origin, destination), leg, Leg(other) if other >= 0 else None, due,
            int(side.step[row, checkpoint]), int(side.excuses.days[row, checkpoint]),
        )  # fmt: skip


def as_json(told: Explanation) -> dict[str, Any]:
    """The explanation as plain data (command line and API)."""

    def date(day: int | None) -> str | None:
        return None if day is None else format_date(day)

    return {
        "item": told.item_id,
        "origin": told.origin,
        "destination": told.destination,
        "outcome": str(told.outcome),
        "outcome_reason": told.reason,
        "sender_outcome": str(told.sender_outcome),
        "promised_on": date(told.promised_on),
        "standard_due": date(told.standard_due),
        "stopped_on": date(told.stopped_on),
        "delivered_on": date(told.delivered_on),
        "margin_days": told.margin,
        "staircase": [
            {
                "checkpoint": stair.checkpoint.name.lower(),
                "code": stair.code,
                "place": stair.place,
                "at": stair.at,
                "holder": stair.holder,
                "leg": stair.leg.name.lower(),
                "shared_with_leg": stair.other_leg.name.lower() if stair.other_leg else None,
                "due_on": date(stair.due_on),
                "days": stair.days,
                "excused": stair.excused,
            }
            for stair in told.stairs
        ],
        "days_late": told.days_late,
        "days_excused": told.days_excused,
        "days_liable": told.days_liable,
        "liability": [
            {"post": share.post, "leg": share.leg.name.lower(), "share": share.ppm / WHOLE}
            for share in told.shares
        ],
        "customs_hold_without_clock_stop": told.void_hold,
        "network_version": told.network_version,
    }


def in_words(told: Explanation, words: Words) -> list[str]:
    """The explanation as sentences in the reader's language."""
    lines = [_headline(told, words)]
    if told.promised_on is not None and told.standard_due is not None and told.margin:
        key = "verdict.slack" if told.margin < 0 else "verdict.tight"
        lines.append(words.say(key, standard=words.date(told.standard_due), days=abs(told.margin)))
    for stair in told.stairs:
        lines.append(_sentence(stair, words))
    if told.stopped_on is not None and told.promised_on is not None:
        steps = sum(stair.days for stair in told.stairs)
        lines.append(
            words.say("verdict.sum", margin=f"{told.margin:+d}", steps=f"{steps:+d}",
                      late=f"{told.days_late:+d}")
        )  # fmt: skip
    if told.void_hold:
        lines.append(words.say("verdict.void_hold"))
    if told.days_excused:
        lines.append(words.say("verdict.excused", days=told.days_excused))
    for share in told.shares:
        leg = words.say(f"leg.{share.leg.name.lower()}")
        part = words.share(share.ppm / WHOLE, 0)
        lines.append(
            words.say("verdict.share", post=share.post, leg=leg, share=part, days=told.days_liable)
        )
    lines.append(words.say("verdict.sender", outcome=words.say(f"outcome.{told.sender_outcome}")))
    return lines


def _headline(told: Explanation, words: Words) -> str:
    label = words.say(f"outcome.{told.outcome}")
    if told.reason:
        label += f" ({reason_text(told.reason, words)})"
    return words.say(
        "verdict.headline", item=told.item_id, origin=told.origin, destination=told.destination,
        outcome=label, promised=words.date(told.promised_on) if told.promised_on else "–",
        delivered=words.date(told.delivered_on) if told.delivered_on else "–",
    )  # fmt: skip


def reason_text(reason: str, words: Words) -> str:
    """A reason code, or several with blanks between, in words."""
    return ", ".join(words.say(f"reason.{part}") for part in reason.split())


def _sentence(stair: Stair, words: Words) -> str:
    day, _, clock = stair.at.partition("T")
    place = {"when": f"{day} {clock}", "place": stair.place, "due": words.date(stair.due_on)}
    event = words.say(f"checkpoint.{stair.checkpoint.name.lower()}")
    if stair.days == 0:
        return words.say("verdict.step.none", event=event, **place)
    leg = words.say(f"leg.{stair.leg.name.lower()}")
    if stair.other_leg is not None:
        leg += " / " + words.say(f"leg.{stair.other_leg.name.lower()}")
    text = words.say(
        "verdict.step.lost" if stair.days > 0 else "verdict.step.won", event=event, leg=leg,
        holder=stair.holder, days=abs(stair.days), **place,
    )  # fmt: skip
    if stair.excused:
        text += " " + words.say("verdict.step.excused", days=stair.excused)
    return text
