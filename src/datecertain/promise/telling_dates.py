"""A week's table, the latest moment to post and the other ways, as people hear and programs read
them (req 10, 63)."""

from __future__ import annotations

from datecertain.moments import DAY, format_clock, format_date
from datecertain.network import Network
from datecertain.network.rule_rows import Product
from datecertain.promise.acceptance_times import Stretch, at_minute, local_minute
from datecertain.promise.alternatives import Alternative, Change, alternatives
from datecertain.promise.asking import Ask, answer
from datecertain.promise.latest import Chance, latest_for
from datecertain.promise.quoting import Quote, QuoteStatus
from datecertain.promise.telling import reason_text
from datecertain.promise.told import (
    AlternativesTold,
    AlternativeTold,
    AskedTold,
    DayTold,
    LatestTold,
    NowTold,
    StretchTold,
    WeekTold,
)
from datecertain.promise.week import WEEK_DAYS, week_of
from datecertain.wording import Words, joined


def told_week(network: Network, ask: Ask, words: Words, days: int = WEEK_DAYS) -> WeekTold:
    """The table of `week_of`: per acceptance date the answers with the clock times they hold for.

    Raises `UnknownPlace`, `UsageError`.
    """
    rows: list[DayTold] = []
    for day in week_of(network, ask, days):
        answers = [_stretch(network, ask, one, words) for one in day.stretches]
        said = "; ".join(one["text"] for one in answers)
        rows.append(
            {"accepted_on": format_date(day.day), "answers": answers,
             "text": words.say("week.day", day=words.date(day.day), answers=said)}
        )  # fmt: skip
    return {**_asked(network, ask), "days": rows}


def _asked(network: Network, ask: Ask) -> AskedTold:
    route = ask.route
    return {
        "origin": route.origin,
        "origin_postcode": route.origin_postcode or None,
        "destination": route.destination,
        "destination_postcode": route.destination_postcode or None,
        "accepted_at": ask.accepted_local,
        "product": route.product,
        "contents": route.contents or None,
        "channel": route.channel or None,
        "address": route.address,
        "network_version": network.version,
    }


def _stretch(network: Network, ask: Ask, one: Stretch, words: Words) -> StretchTold:
    reason = ""
    if one.status is not QuoteStatus.GUARANTEED:
        reason = reason_text(answer(network, at_minute(ask, one.first)), words)
    until = format_clock(one.last % DAY)
    ends = "24:00" if until == "23:59" else until
    date = _date(one.status, one.due_day, reason, words)
    return {
        "from": format_clock(one.first % DAY),
        "until": until,
        "status": str(one.status),
        "due_on": _day(one.due_day),
        "reason": str(one.reason) or None,
        "reason_text": reason or None,
        "text": words.say("week.until", clock=ends, date=date),
    }


def _day(day: int) -> str | None:
    return format_date(day) if day >= 0 else None


def _date(status: QuoteStatus, due_day: int, reason: str, words: Words) -> str:
    """A date with its status in few words."""
    due = words.date(due_day) if due_day >= 0 else ""
    return words.say(f"date.{status}", due=due, reason=reason)


def _local(minute: int) -> str:
    return f"{format_date(minute // DAY)}T{format_clock(minute % DAY)}"


def _moment(minute: int, words: Words) -> str:
    return joined(words.date(minute // DAY), format_clock(minute % DAY))


def told_latest(network: Network, ask: Ask, wanted_on: int, words: Words) -> LatestTold:
    """`latest_for`, told: `post_by` is the last local minute, null where there is none.

    Raises `UnknownPlace`, `UsageError`, `BadMoment`.
    """
    found = latest_for(network, ask, wanted_on)
    key = found.chance
    at = answer(network, at_minute(ask, found.until)) if found.until >= 0 else found.now
    return {
        **_asked(network, ask),
        "wanted_on": format_date(wanted_on),
        "chance": str(key),
        "post_by": _local(found.until) if found.until >= 0 else None,
        "due_on": _day(found.due_day),
        "reason": str(at.reason) or None,
        "now": _now(found.now, words),
        "text": words.say(
            f"latest.{key}", wanted=words.date(wanted_on), at=_moment(local_minute(ask), words),
            until=_moment(found.until, words) if found.until >= 0 else "",
            due=words.date(found.due_day) if found.due_day >= 0 else "",
            reason=reason_text(at, words) if at.reason else "",
            now=_quoted(found.now, words),
        ) if key is not Chance.REFUSED else words.say(
            "latest.refused", reason=reason_text(at, words)
        ),
    }  # fmt: skip


def _now(quote: Quote, words: Words) -> NowTold:
    return {
        "status": str(quote.status),
        "due_on": _day(quote.due_day),
        "reason": str(quote.reason) or None,
        "reason_text": reason_text(quote, words) if quote.reason else None,
    }


def _quoted(quote: Quote, words: Words) -> str:
    return _date(
        quote.status, quote.due_day, reason_text(quote, words) if quote.reason else "", words
    )


def told_alternatives(network: Network, ask: Ask, words: Words) -> AlternativesTold:
    """The answer as asked, and the `alternatives` with what changes in words.

    Raises `UnknownPlace`, `UsageError`, `BadMoment`.
    """
    found = [_alternative(network, one, words) for one in alternatives(network, ask)]
    now = answer(network, ask)
    said = words.say("alternative.as_asked", date=_quoted(now, words))
    return {**_asked(network, ask), "now": {**_now(now, words), "text": said},
            "alternatives": found}  # fmt: skip


def _alternative(network: Network, one: Alternative, words: Words) -> AlternativeTold:
    reason = None
    if one.status is None:
        date = words.say("date.carried", due=words.date(one.due_day))
    else:
        quote = answer(network, one.ask)
        reason, date = str(quote.reason) or None, _quoted(quote, words)
    told: AlternativeTold = {
        "change": str(one.change),
        "to": one.to or None,
        "accepted_at": one.ask.accepted_local,
        "status": str(one.status) if one.status else None,
        "reason": reason,
        "text": words.say(f"alternative.{one.change}", what=_what(network, one, words), date=date),
    }
    if one.status:
        return {**told, "due_on": format_date(one.due_day)}
    return {**told, "carried_on": format_date(one.due_day)}


def _what(network: Network, one: Alternative, words: Words) -> str:
    """What changes, as the reader's language names it."""
    if one.change is Change.LATER:
        return _moment(local_minute(one.ask), words)
    if one.change is Change.GATEWAY:
        return one.to.replace(" ", " – ")
    if one.change is Change.PRODUCT:
        row = _product(network, one)
        named = row.name_ko if words.language == "ko" else row.name_en
        return f"{one.to} ({named})" if named != one.to else one.to
    return words.label(f"{one.change}.{one.to}", one.to)


def _product(network: Network, one: Alternative) -> Product:
    return next(
        row
        for row in network.data.products
        if (row.post, row.product) == (one.ask.route.origin, one.to)
        and row.valid_from <= one.ask.accepted_day <= row.valid_to
    )
