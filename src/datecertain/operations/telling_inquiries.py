"""Inquiries told: as plain data, and in the reader's words. Names, addresses and free words are in
neither (req 59)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from datecertain.claims.inquiries import Act, Happened
from datecertain.claims.inquiry_figures import Figures, Tally
from datecertain.moments import format_utc, parse_date
from datecertain.operations.case_persons import PARTS
from datecertain.operations.inquiries import Shown
from datecertain.operations.inquiry_reminders import Reminded
from datecertain.operations.inquiry_rules import RuleReport
from datecertain.wording import Words


def as_json(shown: Shown, now: int) -> dict[str, Any]:
    """One inquiry as one document; moments in UTC."""
    one = shown.inquiry
    standing = one.standing
    return {
        "inquiry_id": one.inquiry_id, "item_id": one.item_id, "kind": str(one.kind),
        "asking": one.asking, "asked": one.asked, "level": standing.level,
        "state": str(standing.state), "opened_at": format_utc(one.opened_at),
        "reply": standing.reply or None, "resolution": standing.resolution or None,
        "reminders": standing.reminders, "facts": dict(one.facts),
        "due": [
            {"limit": str(due.limit), "post": due.post, "by": _utc(due.by),
             "overdue": due.by is not None and due.by < now}
            for due in shown.due
        ],
        "events": [_event(event) for event in one.events],
        "sealed": list(shown.kept), "erased": list(shown.erased),
        "because": [{"ground": why.ground, "subject": why.subject} for why in shown.because],
    }  # fmt: skip


def _event(event: Happened) -> dict[str, Any]:
    details = dict(event.details)
    if isinstance(details.get("due"), int):
        details["due"] = format_utc(details["due"])
    return {
        "act": str(event.act), "at": format_utc(event.at),
        "recorded_at": format_utc(event.recorded_at), "post": event.post, "actor": event.actor,
        "reason": event.reason or None, **({"details": details} if details else {}),
    }  # fmt: skip


def headline(shown: Shown, words: Words) -> str:
    """The inquiry in one line."""
    one = shown.inquiry
    return words.say(
        "inquiry.headline", inquiry=one.inquiry_id, item=one.item_id, asking=one.asking,
        asked=one.asked, kind=words.say(f"inquiry.kind.{one.kind}"), level=one.standing.level,
        state=words.say(f"inquiry.state.{one.standing.state}"),
    )  # fmt: skip


def in_words(shown: Shown, now: int, words: Words) -> list[str]:
    """The whole inquiry: what is asked, what is known, what happened, what is due."""
    one = shown.inquiry
    lines = [headline(shown, words), "", words.say(f"inquiry.ask.{one.kind}")]
    for why in shown.because:
        lines.append(words.say(f"inquiry.because.{why.ground}", case=why.subject))
    lines += [
        "",
        words.say("inquiry.known"),
        *(f"  {line}" for line in known_lines(one.facts, words)),
    ]
    lines += ["", words.say("inquiry.happened")]
    for event in one.events:
        lines.append("  " + words.say(
            "inquiry.happened.line", at=format_utc(event.at), post=event.post, actor=event.actor,
            act=act_text(event, words),
        ))  # fmt: skip
        if text := reply_text(event, words):
            lines.append(f"    {text}")
    if shown.due:
        lines += ["", words.say("inquiry.due"), *(f"  {line}" for line in _due(shown, now, words))]
    for key, parts in (("inquiry.persons", shown.kept), ("inquiry.persons.erased", shown.erased)):
        if parts:
            told = [_part(part, words) for part in parts]
            lines += ["", words.say(key, parts=", ".join(told))]
    return lines


def act_text(event: Happened, words: Words) -> str:
    """What was done, with its code in words; an answer says itself in `reply_text`."""
    act, what = words.say(f"inquiry.act.{event.act}"), ""
    if event.act is Act.REMINDED:
        what = words.say(f"inquiry.limit.{event.reason}")
    elif event.act is Act.CLOSED:
        what = words.say(f"inquiry.resolution.{event.reason}")
    elif event.act is Act.PERSONS_SEEN:
        what = event.reason
    return words.say("inquiry.act.of", act=act, what=what) if what else act


def _part(part: str, words: Words) -> str:
    """Whose name and address a part of the persons holds, or which note it is."""
    if part in PARTS:
        return words.say(f"care.claimant.{part}")
    return words.say("inquiry.note", number=part.removeprefix("note-"))


def reply_text(event: Happened, words: Words) -> str:
    """An answer in full sentences, with the event that it tells; empty for other acts."""
    if event.act is not Act.ANSWERED:
        return ""
    text = words.say(f"inquiry.reply.{event.reason}")
    if told := event.details.get("event"):
        label = words.label(f"scan.{told['code']}", told["code"])
        local = str(told["local"]).replace("T", " ")
        text += " " + words.say(
            "inquiry.reply.event", event=f"{label[:1].upper()}{label[1:]}", local=local,
            office=told["office"],
        )  # fmt: skip
    return text


def known_lines(facts: Mapping[str, Any], words: Words) -> Iterator[str]:
    """What an inquiry was filled in with, a line each."""

    def of(name: str) -> str:
        return "–" if facts.get(name) is None else str(facts[name])

    yield words.say(
        "inquiry.known.accepted", local=of("accepted_local").replace("T", " "),
        contents=words.label(f"contents.{of('contents')}", of("contents")),
        weight=of("weight_g"), origin=of("origin"), destination=of("destination"),
        postcode=of("destination_postcode"),
    )  # fmt: skip
    promised = facts.get("promised_on")
    if promised:
        yield words.say("inquiry.known.promised", date=words.date(parse_date(promised)))
    else:
        yield words.say("inquiry.known.no_promise")
    if last := facts.get("last_scan"):
        yield words.say(
            "inquiry.known.last", code=last["code"], office=last["office"],
            label=words.label(f"scan.{last['code']}", last["code"]),
            local=str(last["local"]).replace("T", " "),
        )  # fmt: skip
    else:
        yield words.say("inquiry.known.no_scan")
    yield words.say("inquiry.known.holder", post=of("holder"))
    if facts.get("missing"):
        yield words.say("inquiry.known.missing", codes=", ".join(facts["missing"]))
    if facts.get("indemnity_usdr") is not None and facts.get("postage_minor") is not None:
        yield words.say(
            "inquiry.known.money",
            postage=words.money(facts["postage_minor"], str(facts["currency"])),
            indemnity=words.money(facts["indemnity_usdr"], "SDR"),
        )


def _due(shown: Shown, now: int, words: Words) -> Iterator[str]:
    for due in shown.due:
        late = due.by is not None and due.by < now
        by = words.say("inquiry.due.unknown") if due.by is None else format_utc(due.by)
        yield words.say(
            "inquiry.due.line", post=due.post, limit=words.say(f"inquiry.limit.{due.limit}"),
            by=by, overdue=words.say("inquiry.due.overdue") if late else "",
        )  # fmt: skip


def reminded_json(report: Reminded) -> dict[str, Any]:
    """What a run of reminders did."""
    return {
        "as_of": format_utc(report.as_of), "open": report.open,
        "made": [
            {"inquiry_id": one.inquiry_id, "act": str(owed.act), "limit": str(owed.due.limit),
             "post": owed.due.post, "due": _utc(owed.due.by)}
            for one, owed in report.made
        ],
    }  # fmt: skip


def by_rule_json(report: RuleReport) -> dict[str, Any]:
    """What rules asked, or would ask."""
    return {
        "as_of": format_utc(report.as_of), "preview": report.preview, "needed": report.needed,
        "known": report.known, "opened": report.opened,
        "asked": [
            {"item_id": one.item_id, "ground": one.because.ground, "subject": one.because.subject,
             "asking": one.asking, "asked": one.asked, "inquiry_id": one.inquiry_id or None,
             "new": one.new}
            for one in report.made
        ],
        "not_asked": [{"item_id": item, "why": why} for item, why in report.trouble],
    }  # fmt: skip


def figures_json(row: Figures) -> dict[str, Any]:
    """A post's month, each percentage beside its counts."""

    def share(tally: Tally, target: str) -> dict[str, Any]:
        percent = tally.percent()
        return {
            "good": tally.good, "of": tally.of,
            "percent": None if percent is None else round(percent, 1),
            "target_percent": row.target[target],
        }  # fmt: skip

    minutes = row.minutes_to_open
    return {
        "post": row.post, "month": row.month, "received": row.received, "running": row.running,
        "asked": row.asked, "replies_on_time": share(row.replies, "on_time"),
        "solved_at_first_level": share(row.first_level, "first_level"),
        "closed_in_time": share(row.closed, "closed"),
        "opened": {
            "in_time": row.opened.good, "of": row.opened.of,
            "working_minutes_on_average": None if minutes is None else round(minutes, 1),
            "target_minutes": row.open_hours * 60,
        },
    }  # fmt: skip


def _utc(moment: int | None) -> str | None:
    return None if moment is None else format_utc(moment)
