"""A timeline as a program and as a person reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, cast

from datecertain.moments import format_clock, format_date, format_utc
from datecertain.operations.telling_contents import stated, stated_lines
from datecertain.operations.telling_watch import as_json as live_as_json
from datecertain.operations.timelines import Episode, ItemScan, Place, Telling, Timeline
from datecertain.operations.told_items import (
    EpisodeTold,
    ItemAside,
    ItemFinding,
    ItemTold,
    TimelineTold,
)
from datecertain.verdict.telling import reason_text
from datecertain.wording import LANGUAGES, Words, words

_RECORD = ("item_key", "origin", "origin_postcode", "destination", "destination_postcode",
           "channel", "contents", "weight_g", "postage_minor", "currency", "quote_status",
           "quote_reason", "network_version", "source", "line")  # fmt: skip
_VERDICT = ("outcome", "outcome_reason", "sender_outcome", "days_late", "days_excused",
            "days_liable", "rules_version", "network_version")  # fmt: skip


def as_json(told: Timeline) -> TimelineTold:
    """The timeline as one document; labels in every language."""
    return {
        "item_id": told.item_id,
        "doubts": list(told.doubts),
        "episodes": [cast(EpisodeTold, _episode(told.item_id, one)) for one in told.episodes],
        "promises": list(told.promises),
        "findings": [cast(ItemFinding, row) for row in told.findings],
        "set_aside": [cast(ItemAside, row) for row in told.set_aside],
    }


def item_as_json(told: Timeline, live: Mapping[str, Any] | None) -> ItemTold:
    """The timeline, and the item's row of the watch list (`watch_list.live_item`)."""
    return {**as_json(told), "live": None if live is None else live_as_json(live)}


def _episode(item_id: str, one: Episode) -> dict[str, Any]:
    return {
        "accepted": None if one.record is None else _record(one, one.record),
        "scans": [_scan(scan) for scan in one.scans],
        "missing": [{"code": code, "label": labels(code)} for code in one.missing],
        "carried": None if one.carriage is None else dict(one.carriage.carried),
        "inherited": []
        if one.carriage is None
        else [_movement(row) for row in one.carriage.movements],
        "stated": [stated(row) for row in one.stated],
        "verdict": None if one.verdict is None else _verdict(one.verdict),
        "explain": None if one.record is None else explain_command(item_id),
    }


def _record(one: Episode, record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "accepted_at": format_utc(record["accepted_at"]),
        "accepted_local": _local(record["accepted_date"], record["accepted_min"]),
        "promised_on": _date(record["promised_on"]), "standard_on": _date(record["standard_on"]),
        "origin_area": None if one.origin is None else asdict(one.origin),
        "destination_area": None if one.destination is None else asdict(one.destination),
        **{name: record[name] for name in _RECORD},
    }  # fmt: skip


def _scan(scan: ItemScan) -> dict[str, Any]:
    return {
        "code": scan.code, "known_code": scan.known_code, "label": labels(scan.code),
        "at": format_utc(scan.event_at), "local": _local(scan.event_day, scan.event_min),
        "offset_source": scan.offset_source, "place": asdict(scan.place),
        "next_office": scan.next_office, "reason": scan.reason, "measure": scan.measure,
        "dispatch": scan.dispatch, "receptacle": scan.receptacle,
        "delay_min": scan.delay_min, "told": _telling(scan.told),
        "told_again": [_telling(one) for one in scan.again],
    }  # fmt: skip


def _movement(row: Mapping[str, Any]) -> dict[str, Any]:
    minute = row["event_min"]
    at = row["event_at"]
    names = ("code", "source", "stands_for", "place", "flight", "receptacle", "dispatch", "via",
             "inherited", "sender", "interchange", "message", "segment")  # fmt: skip
    return {
        "at": None if at is None else format_utc(at),
        "local": format_date(row["event_date"]) if minute is None
        else _local(row["event_date"], minute),
        "label": {name: _movement_label(row, words(name)) or None for name in LANGUAGES},
        **{name: row[name] for name in names},
    }  # fmt: skip


def _movement_label(row: Mapping[str, Any], speak: Words) -> str:
    kind = "carrier" if row["source"] == "RESDIT" else "receptacle"
    return speak.label(f"{kind}.{row['code']}", "")


def _telling(one: Telling) -> dict[str, Any]:
    moments = {name: format_utc(getattr(one, name)) for name in ("transmitted_at", "received_at")}
    return asdict(one) | moments


def _verdict(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **{name: row[name] for name in _VERDICT},
        "promised_on": _date(row["promised_on"]), "delivered_on": _date(row["delivered_on"]),
        "judged_as_of": format_utc(row["judged_as_of"]),
    }  # fmt: skip


def labels(code: str) -> dict[str, str | None]:
    """What an event code means in every language; null where the code is unknown."""
    return {name: words(name).label(f"scan.{code}", "") or None for name in LANGUAGES}


def explain_command(item_id: str) -> str:
    """The command that tells an item's verdict step by step."""
    return f"datecertain explain {item_id}"


def in_words(told: Timeline, speak: Words) -> list[str]:
    """The timeline as lines in the reader's language."""
    lines = [told.item_id, *(f"  {doubt}" for doubt in told.doubts)]
    for promise in told.promises:
        lines.append(_promise(promise, speak))
    for one in told.episodes:
        lines += ["", *_episode_lines(told.item_id, one, speak)]
    if told.findings:
        lines += ["", speak.say("item.findings")]
        for row in told.findings:
            label = speak.label(f"finding.{row['code']}", "")
            code = f"{row['code']} ({label})" if label else row["code"]
            place = f"{row['source']}, {row['position']}"
            lines.append(f"  {row['severity']} {code}: {row['detail']}; {place}")
    if told.set_aside:
        lines += ["", speak.say("item.aside")]
        for row in told.set_aside:
            state = speak.say(f"item.aside.{row['state']}")
            place = f"{row['source']}, {row['position']}"
            lines.append(f"  {row['id'][:12]} {row['reason']}, {state}; {place}")
    return lines


def _promise(promise: Mapping[str, Any], speak: Words) -> str:
    return speak.say(
        "item.promise", promise=promise["promise_id"], state=promise["state"],
        at=promise["made_at"], date=promise["binding_on"] or "–",
    )  # fmt: skip


def _episode_lines(item_id: str, one: Episode, speak: Words) -> Iterator[str]:
    yield _accepted(one, one.record, speak) if one.record else speak.say("item.no_record")
    if one.carriage is not None:
        yield "  " + _carried(one.carriage.carried, speak)
    for row in one.stated:
        yield from stated_lines(row, one.record, speak)
    for what in _in_order(one):
        if isinstance(what, ItemScan):
            yield from _scan_lines(what, speak)
        else:
            yield from _movement_lines(what, speak)
    if not one.scans:
        yield "  " + speak.say("item.no_scan")
    if one.missing:
        scans = ", ".join(f"{code} {speak.label(f'scan.{code}', code)}" for code in one.missing)
        yield speak.say("item.missing", scans=scans)
    if one.verdict is not None:
        outcome = speak.say(f"outcome.{one.verdict['outcome']}")
        if one.verdict["outcome_reason"]:
            outcome += f" ({reason_text(one.verdict['outcome_reason'], speak)})"
        as_of = format_utc(one.verdict["judged_as_of"])
        yield speak.say(
            "item.verdict", outcome=outcome, as_of=as_of, command=explain_command(item_id)
        )
    elif one.record is not None:
        yield speak.say("item.verdict.none", command=explain_command(item_id))


def _accepted(one: Episode, record: Mapping[str, Any], speak: Words) -> str:
    told = record["promised_on"]
    names = ("origin", "origin_postcode", "destination", "destination_postcode", "source", "line")
    return speak.say(
        "item.accepted",
        when=f"{speak.date(record['accepted_date'])} {format_clock(record['accepted_min'])}",
        place="–" if one.origin is None else _place(one.origin, speak),
        channel=speak.label(f"channel.{record['channel']}", record["channel"]),
        contents=speak.label(f"contents.{record['contents']}", record["contents"]),
        weight=speak.count(record["weight_g"]),
        told=speak.say("item.told.none") if told is None
        else speak.say("item.told", date=speak.date(told)),
        **{name: record[name] for name in names},
    )  # fmt: skip


def _scan_lines(scan: ItemScan, speak: Words) -> Iterator[str]:
    label = speak.label(f"scan.{scan.code}", speak.say("item.scan.unknown"))
    when = f"{format_date(scan.event_day)} {format_clock(scan.event_min)}"
    place = _place(scan.place, speak)
    yield "  " + speak.say("item.scan", when=when, code=scan.code, label=label, place=place)
    told, hours = scan.told, divmod(scan.delay_min, 60)
    yield "      " + speak.say(
        "item.scan.telling", zone=speak.say(f"item.offset.{scan.offset_source}"),
        transmitted=format_utc(told.transmitted_at), received=format_utc(told.received_at),
        delay=speak.say("item.scan.early") if scan.delay_min < 0
        else speak.say("item.scan.delay", hours=hours[0], minutes=hours[1]),
        sender=told.sender, recipient=told.recipient, source=told.source,
        interchange=told.interchange, message=told.message, segment=told.segment,
    )  # fmt: skip
    names = ("reason", "measure", "dispatch", "receptacle", "next_office")
    details = {name: getattr(scan, name) for name in names if getattr(scan, name)}
    if details:
        parts = (speak.say(f"item.detail.{name}", value=value) for name, value in details.items())
        yield "      " + ", ".join(parts)
    if scan.again:
        sources = ", ".join(f"{one.source} {one.interchange}" for one in scan.again)
        yield "      " + speak.say("item.scan.again", count=len(scan.again), sources=sources)


def _in_order(one: Episode) -> list[ItemScan | Mapping[str, Any]]:
    """Scans and inherited movements by their moments; a movement without one comes last."""
    found: list[tuple[bool, int, ItemScan | Mapping[str, Any]]] = [
        (False, scan.event_at, scan) for scan in one.scans
    ]
    for row in () if one.carriage is None else one.carriage.movements:
        found.append((row["event_at"] is None, row["event_at"] or 0, row))
    return [what for *_, what in sorted(found, key=lambda three: three[:2])]


def _carried(row: Mapping[str, Any], speak: Words) -> str:
    flights = ", ".join(row["flights"]) or "–"
    return speak.say(
        "item.carried", receptacle=row["receptacle"], dispatch=row["dispatch"],
        consignment=row["consignment"] or "–",
        flights=speak.say(f"item.flights.{row['flight_known']}", flights=flights),
    )  # fmt: skip


def _movement_lines(row: Mapping[str, Any], speak: Words) -> Iterator[str]:
    when = format_date(row["event_date"])
    if row["event_min"] is not None:
        when += f" {format_clock(row['event_min'])}"
    label = _movement_label(row, speak) or speak.say("item.scan.unknown")
    flight = f", {row['flight']}" if row["flight"] else ""
    code = row["source"] if row["source"] == "RESDES" else f"{row['source']} {row['code']}"
    yield "  " + speak.say(
        "item.inherited", when=when, code=code, label=label, place=row["place"], flight=flight
    )
    names = ("via", "sender", "interchange", "message", "segment")
    told = {name: row[name] for name in names} | {"via": speak.say(f"item.via.{row['via']}")}
    instead = row["stands_for"]
    yield "      " + speak.say(
        "item.inherited.telling", **told,
        instead=speak.say("item.inherited.for", code=instead) if instead else "",
    )  # fmt: skip


def _place(place: Place, speak: Words) -> str:
    name = place.name_ko if speak.language == "ko" else place.name_en
    return f"{name} ({place.code})" if name else place.code


def _local(day: int, minute: int) -> str:
    return f"{format_date(day)}T{format_clock(minute)}"


def _date(day: int | None) -> str | None:
    return None if day is None else format_date(day)
