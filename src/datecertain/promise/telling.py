"""A quote as a person hears it and as a program reads it (req 7, 8, 10, 63)."""

from __future__ import annotations

from typing import Any

from datecertain.moments import format_clock, format_date, format_local, zone
from datecertain.network import Network
from datecertain.promise.journey import ClosedDay, Journey, JourneyStep, standard_journey
from datecertain.promise.quoting import Quotes, Requests, quote_many
from datecertain.wording import Words


def told_quote(network: Network, request: Requests, words: Words) -> dict[str, Any]:
    """One quote with its steps in words: status, due_on, reason, network_version, steps.

    The answer is the bulk rule's on one row; the steps are read from the same step functions.
    """
    quotes = quote_many(network, request)
    due = int(quotes.due_day[0])
    reason = str(quotes.reason[0])
    journey = _journey(network, quotes)
    return {
        "status": str(quotes.status[0]),
        "due_on": format_date(due) if due >= 0 else None,
        "reason": reason or None,
        "reason_text": words.say(f"reason.{reason}") if reason else None,
        "origin": request.origin[0],
        "origin_area": _area(network, int(quotes.origin_area[0])),
        "destination": request.destination[0],
        "destination_area": _area(network, int(quotes.destination_area[0])),
        "accepted_at": f"{format_date(int(request.accepted_day[0]))}"
        f"T{format_clock(int(request.accepted_min[0]))}",
        "carried_on": format_date(int(quotes.standard_day[0])) if due >= 0 else None,
        "network_version": quotes.network_version,
        "steps": _steps(network, quotes, journey, words) if journey else [],
    }


def _journey(network: Network, quotes: Quotes) -> Journey | None:
    origin, destination = int(quotes.origin_area[0]), int(quotes.destination_area[0])
    if origin < 0 or destination < 0 or int(quotes.due_day[0]) < 0:
        return None
    return standard_journey(network, origin, destination, int(quotes.accepted_at[0]))


def _area(network: Network, index: int) -> str | None:
    return network.data.areas[index].area if index >= 0 else None


def _steps(
    network: Network, quotes: Quotes, journey: Journey, words: Words
) -> list[dict[str, Any]]:
    steps = []
    for step in journey.steps:
        steps.append(
            {
                "step": step.kind,
                "place": step.place,
                "ready": format_local(step.since, step.zone),
                "by": format_local(step.by, step.zone),
                "done": format_local(step.until, step.to_zone or step.zone),
                "flight": step.flight or None,
                "to": step.to_place or None,
                "waited_for": [_closed(entry) for entry in step.closed],
                "text": _sentence(step, words),
            }
        )
    buffer = int(quotes.due_day[0]) - journey.due_day
    if buffer > 0:
        text = words.say(
            "step.buffer", carried=words.date(journey.due_day),
            due=words.date(int(quotes.due_day[0])),
        )  # fmt: skip
        steps.append({"step": "buffer", "text": text})
    return steps


def _closed(entry: ClosedDay) -> dict[str, str]:
    return {"date": format_date(entry.day), "holiday": entry.name_en, "source": entry.source}


def _sentence(step: JourneyStep, words: Words) -> str:
    def when(moment: int, zone_name: str) -> str:
        return words.moment(moment, zone_name)

    done_zone = step.to_zone or step.zone
    text = words.say(
        f"step.{step.kind}", place=step.place, to=step.to_place, flight=step.flight,
        ready=when(step.since, step.zone), by=when(step.by, step.zone),
        done=when(step.until, done_zone),
        day=words.date(int(zone(step.zone).to_local(step.until - 1)[0])),
    )  # fmt: skip
    for entry in step.closed:
        holiday = entry.name_local if words.language == "ko" and entry.name_local else entry.name_en
        if holiday:
            text += " " + words.say("step.holiday", day=words.date(entry.day), name=holiday)
        else:
            text += " " + words.say("step.closed_day", day=words.date(entry.day))
    clock = zone(step.zone)
    next_day = int(clock.to_local(step.by)[0]) > int(clock.to_local(step.since)[0])
    if step.kind == "export" and next_day and not step.closed:
        text += " " + words.say("step.after_cut_off")
    return text
