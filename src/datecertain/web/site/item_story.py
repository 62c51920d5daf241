"""One timeline of everything that is known of an item, whoever told it (req 14, 16): scans of both
posts, what was promised, what it inherited from its receptacle, inquiries, claims, declared cases,
verdicts. In order of time, by the clock of the place where there is one, else in UTC."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from datecertain.moments import NEVER, format_clock, format_date, format_utc, parse_utc
from datecertain.operations.claim_views import actor_text
from datecertain.operations.inquiries import Shown
from datecertain.operations.item_care import ItemCare
from datecertain.operations.telling_inquiries import act_text, reply_text
from datecertain.operations.timelines import Episode, ItemScan, Place
from datecertain.verdict.explaining import Explanation
from datecertain.wording import Words


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened. `when` as it is shown; `kind` scan, movement, promise, inquiry,
    claim, case or verdict; `said` who told it and when that came; `path` leads to it."""

    at: int
    when: str
    kind: str
    text: str
    place: str = ""
    said: str = ""
    more: tuple[str, ...] = ()
    path: str = ""
    code: str = ""
    odd: bool = False


def story(care: ItemCare, words: Words) -> list[Entry]:
    """Everything, in order of time."""
    found: list[Entry] = [*_promises(care, words)]
    for episode in care.timeline.episodes:
        found += _accepted(episode, words)
        found += (_scan(care, scan, words) for scan in episode.scans)
        found += _movements(episode, words)
        found += _verdict(episode, words)
    for shown in care.inquiries:
        found += _inquiry(shown, words)
    found += _claims(care, words)
    if care.between is not None:
        found += _cases(care.between, words)
    return sorted(found, key=lambda one: one.at)


def _utc(moment: int) -> str:
    return format_utc(moment).removesuffix("Z").replace("T", " ") + " UTC"


def place_text(place: Place, words: Words) -> str:
    """A place by its name in the reader's language, with its code."""
    name = place.name_ko if words.language == "ko" else place.name_en
    return f"{name} ({place.code})" if name else place.code


def _promises(care: ItemCare, words: Words) -> Iterator[Entry]:
    for row in care.timeline.promises:
        text = words.say("care.story.promise", date=row["binding_on"] or "–")
        at = parse_utc(row["made_at"])
        yield Entry(at, _utc(at), "promise", text, said=row["promise_id"])


def _accepted(one: Episode, words: Words) -> Iterator[Entry]:
    if (record := one.record) is None:
        return
    told = record["promised_on"]
    promised = (
        words.say("item.told.none") if told is None
        else words.say("item.told", date=words.date(told))
    )  # fmt: skip
    yield Entry(
        record["accepted_at"], f"{format_date(record['accepted_date'])} "
        f"{format_clock(record['accepted_min'])}", "scan", words.say("care.story.accepted"),
        "" if one.origin is None else place_text(one.origin, words),
        words.say("care.story.record", post=record["origin"], source=record["source"]),
        (promised,), code="EMA",
    )  # fmt: skip


def _scan(care: ItemCare, scan: ItemScan, words: Words) -> Entry:
    told = scan.told
    hours = divmod(scan.delay_min, 60)
    delay = (
        words.say("item.scan.early") if scan.delay_min < 0
        else words.say("item.scan.delay", hours=hours[0], minutes=hours[1])
    )  # fmt: skip
    sender = care.network.post_of_party(told.sender) or told.sender
    said = words.say("care.story.said", post=sender, sent=_utc(told.transmitted_at), delay=delay)
    more = [
        words.say(f"item.detail.{name}", value=getattr(scan, name))
        for name in ("reason", "measure", "dispatch", "receptacle", "next_office")
        if getattr(scan, name)
    ]
    if scan.again:
        more.append(words.say("care.story.again", count=len(scan.again)))
    label = words.label(f"scan.{scan.code}", words.say("item.scan.unknown"))
    return Entry(
        scan.event_at, f"{format_date(scan.event_day)} {format_clock(scan.event_min)}", "scan",
        _capital(label), place_text(scan.place, words), said, tuple(more), code=scan.code,
        odd=not scan.known_code,
    )  # fmt: skip


def _movements(one: Episode, words: Words) -> Iterator[Entry]:
    """What the item inherited: it happened to its receptacle or consignment."""
    for row in () if one.carriage is None else one.carriage.movements:
        when = format_date(row["event_date"])
        if row["event_min"] is not None:
            when += f" {format_clock(row['event_min'])}"
        kind = "carrier" if row["source"] == "RESDIT" else "receptacle"
        label = words.label(f"{kind}.{row['code']}", words.say("item.scan.unknown"))
        via = words.say(f"item.via.{row['via']}")
        said = words.say("care.story.inherited", via=via, sender=row["sender"])
        more = (row["flight"],) if row["flight"] else ()
        yield Entry(
            int(NEVER) if row["event_at"] is None else row["event_at"], when, "movement",
            _capital(label), row["place"] or "", said, more, code=row["source"],
        )  # fmt: skip


def _verdict(one: Episode, words: Words) -> Iterator[Entry]:
    if (row := one.verdict) is None:
        return
    text = words.say("care.story.judged", outcome=words.say(f"outcome.{row['outcome']}"))
    yield Entry(row["judged_as_of"], _utc(row["judged_as_of"]), "verdict", text)


def _inquiry(shown: Shown, words: Words) -> Iterator[Entry]:
    one = shown.inquiry
    kind = words.say(f"inquiry.kind.{one.kind}")
    for event in one.events:
        text = words.say("care.story.inquiry", kind=kind, act=act_text(event, words))
        said = words.say("care.story.by", post=event.post, actor=event.actor)
        more = (reply,) if (reply := reply_text(event, words)) else ()
        yield Entry(
            event.at, _utc(event.at), "inquiry", text, said=said, more=more,
            path=f"/inquiries/{one.inquiry_id}",
        )  # fmt: skip


def _claims(care: ItemCare, words: Words) -> Iterator[Entry]:
    for case in care.cases:
        for event in case.events:
            text = words.say("care.story.claim", event=words.say(f"claim.event.{event.event}"))
            more = (words.label(f"claim.reason.{event.reason}", ""),) if event.reason else ()
            yield Entry(
                event.at, _utc(event.at), "claim", text,
                said=actor_text(event.actor, event.role, words),
                more=tuple(one for one in more if one), path=f"/claims/{case.case_id}",
            )  # fmt: skip


def _cases(told: Explanation, words: Words) -> Iterator[Entry]:
    """Declared cases of force majeure that excuse days of this item."""
    for excuse in told.cases:
        case: Any = excuse.case
        text = case.text_ko if words.language == "ko" and case.text_ko else case.text_en
        yield Entry(
            case.from_at, _utc(case.from_at), "case",
            words.say("care.story.case", case=case.case_id, text=text), case.office or case.post,
            words.say("care.story.excuses", days=excuse.days),
        )  # fmt: skip


def facts_of_record(record: Mapping[str, Any], words: Words) -> list[tuple[str, str]]:
    """What was accepted, as label and value; of money only what may be seen."""
    accepted = f"{words.date(record['accepted_date'])} {format_clock(record['accepted_min'])}"
    told = [
        ("care.fact.accepted", accepted),
        ("care.fact.from", f"{record['origin']} {record['origin_postcode']}"),
        ("care.fact.to", f"{record['destination']} {record['destination_postcode']}"),
        ("care.fact.contents", words.label(f"contents.{record['contents']}", record["contents"])),
        ("care.fact.weight", words.say("care.grams", count=words.count(record["weight_g"]))),
        ("care.fact.channel", words.label(f"channel.{record['channel']}", record["channel"])),
    ]  # fmt: skip
    if record["postage_minor"] is not None:
        money = words.money(record["postage_minor"], record["currency"])
        told.append(("care.fact.postage", money))
    return [(words.say(key), value) for key, value in told]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
