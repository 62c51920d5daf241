"""A quote as a person hears it and as a program reads it (req 7, 8, 10, 63)."""

from __future__ import annotations

from datecertain.moments import format_date, format_local, zone
from datecertain.network import Network
from datecertain.network.postcodes import tell_problem
from datecertain.network.rule_rows import Channel
from datecertain.promise.asking import Ask, answer
from datecertain.promise.expected import History
from datecertain.promise.journey import ClosedDay, Journey, JourneyStep, standard_journey
from datecertain.promise.quoting import Quote, Reason, quoter_of
from datecertain.promise.told import (
    ClosedDayTold,
    ConditionTold,
    ExpectedTold,
    PossessionTold,
    QuoteTold,
    StepTold,
)
from datecertain.wording import LANGUAGES, Words, joined


def told_quote(
    network: Network, ask: Ask, words: Words, history: History | None = None
) -> QuoteTold:
    """One quote with its steps in words: status, due_on, reason, network_version, steps; with a
    history also what is expected (req 8).

    The steps are read from the same step functions that gave the date.
    """
    quote = answer(network, ask)
    route = ask.route
    journey = _journey(network, quote)
    reason = str(quote.reason)
    return {
        "status": str(quote.status),
        "due_on": format_date(quote.due_day) if quote.due_day >= 0 else None,
        "reason": reason or None,
        "reason_text": reason_text(quote, words) if reason else None,
        "origin": route.origin,
        "origin_area": _area(network, quote.origin_area),
        "destination": route.destination,
        "destination_area": _area(network, quote.destination_area),
        "accepted_at": ask.accepted_local,
        "product": route.product,
        "contents": route.contents or None,
        "channel": route.channel or None,
        "address": route.address,
        "possession": _possession(network, ask, quote),
        "carried_on": format_date(quote.standard_day) if quote.due_day >= 0 else None,
        "added_days": quote.margin_days,
        "condition": _condition(quote, words),
        "notes": _notes(network, ask, words),
        "network_version": network.version,
        "expected": told_expected(network, ask, quote, history, words) if history else None,
        "steps": _steps(network, ask, quote, journey, words) if journey else [],
    }


def told_expected(
    network: Network, ask: Ask, quote: Quote, history: History, words: Words
) -> ExpectedTold | None:
    """What past items did, beside a quote that has a date; never its date."""
    if quote.due_day < 0:
        return None
    origin, destination = ask.route.origin, ask.route.destination
    found = history.expected(network, quote, origin, destination)
    if found is None:
        items = history.items_to(origin, destination)
        return {"pool": None, "items": items, "minimum_items": history.minimum_items,
                "text": words.say("expected.not_enough", items=words.count(items),
                                  minimum=words.count(history.minimum_items))}  # fmt: skip
    parts = [_percentile(percent, day, words) for percent, day in found.on.items()]
    pool = words.say(
        f"expected.pool.{found.pool}", origin=origin, destination=destination,
        area=_area(network, quote.destination_area),
    )  # fmt: skip
    return {
        "pool": str(found.pool),
        "items": found.items,
        "not_delivered": found.not_delivered,
        "accepted_from": format_date(found.first),
        "accepted_until": format_date(found.last),
        "percentiles": [
            {"percent": percent, "on": None if day is None else format_date(day)}
            for percent, day in found.on.items()
        ],
        "text": words.say(
            "expected.said", items=words.count(found.items), pool=pool, parts=words.listed(parts),
            first=words.date(found.first), last=words.date(found.last),
        ),
    }  # fmt: skip


def _percentile(percent: int, day: int | None, words: Words) -> str:
    if day is None:
        return words.say("expected.unknown", percent=percent)
    key = "expected.half" if percent == 50 else "expected.percentile"
    return words.say(key, percent=percent, day=words.date(day))


def _notes(network: Network, ask: Ask, words: Words) -> list[str]:
    """How the postcodes were read, where that is worth saying."""
    route = ask.route
    ends = ((route.origin, route.origin_postcode), (route.destination, route.destination_postcode))
    told = []
    for post, given in ends:
        place = network.find_place(post, given)
        told.append(
            tell_problem(words, network.post(post), given, place.problem, place.read_as)
        )  # fmt: skip
    return [text for text in told if text]


def reason_text(quote: Quote, words: Words) -> str:
    """The reason in words; where a published condition decides, with its public text, if it was
    published in that language (the text itself is the quote's `condition`)."""
    told = words.say(f"reason.{quote.reason}")
    by_condition = quote.reason in (Reason.CONDITION, Reason.NOT_ACCEPTED, Reason.DETAILS_NEEDED)
    if by_condition and quote.condition is not None and words.language in LANGUAGES:
        public = quote.condition.text_ko if words.language == "ko" else quote.condition.text_en
        if public:
            return f"{told} ({public.rstrip('.')})"
    return told


def _condition(quote: Quote, words: Words) -> ConditionTold | None:
    row = quote.condition
    if row is None:
        return None
    text = row.text_ko if words.language == "ko" else row.text_en
    return {"name": row.condition, "kind": row.kind, "text": text or None, "source": row.source}


def _channel(network: Network, ask: Ask, quote: Quote) -> Channel | None:
    """The row of the channel: that of the area stands above that of the whole post."""
    area = _area(network, quote.origin_area)
    rows = [
        row
        for row in network.data.channels
        if (row.post, row.channel) == (ask.route.origin, ask.route.channel)
        and row.area in ("*", area)
    ]
    return max(rows, key=lambda row: row.area != "*", default=None)


def _possession(network: Network, ask: Ask, quote: Quote) -> PossessionTold | None:
    """From when the post holds the item, and who bears the time before; None: when accepted."""
    row = _channel(network, ask, quote)
    if row is None or quote.possession_at < 0 or quote.possession_at == quote.accepted_at:
        return None
    place = network.zone_names[quoter_of(network).resolved(ask.route).zone]
    return {"from": format_local(quote.possession_at, place), "borne_by": row.borne_by}


def _journey(network: Network, quote: Quote) -> Journey | None:
    if min(quote.origin_area, quote.destination_area, quote.due_day) < 0:
        return None
    return standard_journey(network, quote.origin_area, quote.destination_area, quote.possession_at)


def _area(network: Network, index: int) -> str | None:
    return network.data.areas[index].area if index >= 0 else None


def _steps(
    network: Network, ask: Ask, quote: Quote, journey: Journey, words: Words
) -> list[StepTold]:
    steps = [_step(step, words) for step in journey.steps]
    channel = _channel(network, ask, quote)
    if channel is not None and quote.possession_at > quote.accepted_at:
        place = journey.steps[0].zone
        accepted = format_local(quote.accepted_at, place)
        held = format_local(quote.possession_at, place)
        text = words.say(
            f"step.channel.{channel.borne_by}", ready=words.moment(quote.accepted_at, place),
            done=words.moment(quote.possession_at, place),
        )  # fmt: skip
        steps[0] = {
            **steps[0], "step": "channel", "ready": accepted, "by": held, "done": held,
            "text": text,
        }  # fmt: skip
    if quote.due_day != journey.due_day:
        added = quote.margin_days and quote.due_day > journey.due_day
        text = words.say(
            "step.buffer" if added else "step.standard", carried=words.date(journey.due_day),
            due=words.date(quote.due_day),
        )  # fmt: skip
        steps.append({"step": "buffer" if added else "standard", "text": text})
    return steps


def _step(step: JourneyStep, words: Words) -> StepTold:
    return {
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


def _closed(entry: ClosedDay) -> ClosedDayTold:
    return {"date": format_date(entry.day), "holiday": entry.name_en, "source": entry.source}


#: The country in whose calendars (`KR`, `FR-ALSACE`) a language has the holidays' own names.
_SPOKEN_IN = {"ko": "KR", "ja": "JP", "zh-Hans": "CN", "zh-Hant": "HK", "fr": "FR", "es": "ES",
              "th": "TH"}  # fmt: skip


def _sentence(step: JourneyStep, words: Words) -> str:
    def when(moment: int, zone_name: str) -> str:
        return words.moment(moment, zone_name)

    done_zone = step.to_zone or step.zone
    text = words.say(
        f"step.{step.kind}", place=step.place, to=step.to_place, flight=step.flight,
        ready=when(step.since, step.zone), by=when(step.by, step.zone),
        done=when(step.until, done_zone),
        day=words.date(zone(step.zone).local(int(step.until) - 1)[0]),
    )  # fmt: skip
    for entry in step.closed:
        own = entry.calendar.partition("-")[0] == _SPOKEN_IN.get(words.language)
        if holiday := (own and entry.name_local) or entry.name_en:
            closed = words.say("step.holiday", day=words.date(entry.day), name=holiday)
        else:
            closed = words.say("step.closed_day", day=words.date(entry.day))
        text = joined(text, closed)
    clock = zone(step.zone)
    next_day = clock.local(int(step.by))[0] > clock.local(int(step.since))[0]
    if step.kind == "export" and next_day and not step.closed:
        text = joined(text, words.say("step.after_cut_off"))
    return text
