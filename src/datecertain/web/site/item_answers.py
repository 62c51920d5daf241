"""The four questions that whoever answers the telephone has about an item, each answered in one
line: is it late, whose fault is it, until when may it be claimed, what did the other post say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datecertain.access import Right, Viewer
from datecertain.claims.entitlements import OWED
from datecertain.claims.inquiries import Act
from datecertain.moments import DAY
from datecertain.network.claim_terms import RefundMode
from datecertain.operations.inquiries import Shown
from datecertain.operations.item_care import ItemCare
from datecertain.operations.telling_inquiries import reply_text
from datecertain.verdict.explaining import Explanation
from datecertain.verdict.outcomes import Outcome
from datecertain.verdict.telling import days_text, reason_text, sentences
from datecertain.wording import Words


@dataclass(frozen=True, slots=True)
class Answer:
    """A question, its answer, how it is marked (`kept`, `late`, `open` or nothing), and where on
    the page or elsewhere more stands."""

    question: str
    text: str
    mark: str = ""
    path: str = ""


def answers(care: ItemCare, viewer: Viewer, words: Words) -> list[Answer]:
    """The four answers; those that the viewer's rights do not cover are left out."""
    found = []
    if care.sender is not None and care.between is not None:
        found.append(_late(care, care.sender, words))
        found.append(Answer(words.say("care.q.fault"), sentences(care.between, words)[2],
                            path="#verdict-title"))  # fmt: skip
    elif care.record is not None:
        found.append(Answer(words.say("care.q.late"), _promised(care.record, words)))
    if viewer.may(Right.CLAIMS_SEE):
        found.append(_claim(care, viewer, words))
    if viewer.may(Right.INQUIRIES_SEE):
        found.append(_asked(care, words))
    return found


def _promised(record: Mapping[str, Any], words: Words) -> str:
    if record["promised_on"] is None:
        return words.say("care.late.no_promise")
    return words.say("care.late.promised", date=words.date(record["promised_on"]))


def _late(care: ItemCare, told: Explanation, words: Words) -> Answer:
    question, outcome = words.say("care.q.late"), told.outcome
    promised = "–" if told.promised_on is None else words.date(told.promised_on)
    if care.live is not None and outcome is Outcome.PENDING:
        return _under_way(care.live, words)
    if outcome is Outcome.ON_TIME and told.stopped_on is not None:
        text = words.say("care.late.no", promised=promised, on=words.date(told.stopped_on))
        return Answer(question, text, "kept", "#sender-title")
    if outcome in (Outcome.LATE_EXCUSED, Outcome.LATE_LIABLE) and told.stopped_on is not None:
        text = words.say(
            "care.late.yes", days=days_text(max(told.days_late, 0), words), promised=promised,
            on=words.date(told.stopped_on),
        )  # fmt: skip
        if outcome is Outcome.LATE_EXCUSED:
            text += " " + words.say("care.late.excused", reason=reason_text(told.reason, words))
        return Answer(question, text, "late", "#sender-title")
    text = words.say(f"outcome.{outcome}.meaning")
    text = f"{text[:1].upper()}{text[1:].rstrip('.')}."
    if told.promised_on is not None:
        text += " " + words.say("care.late.promised", date=promised)
    return Answer(question, text, "open", "#sender-title")


def _under_way(live: Mapping[str, Any], words: Words) -> Answer:
    state = live["state"]
    late = state in ("late_already", "beyond_saving")
    due = words.say("care.late.no_due") if live["due_now"] is None else words.date(live["due_now"])
    text = words.say(
        "care.late.way.late" if late else "care.late.way", promised=words.date(live["promised_on"]),
        due=due, state=words.say(f"watch.state.{state}"), post=live["post"],
        leg=words.say(f"leg.{live['leg']}"),
    )  # fmt: skip
    return Answer(words.say("care.q.late"), text, "late" if late else "open", "#sender-title")


def _claim(care: ItemCare, viewer: Viewer, words: Words) -> Answer:
    question, owed = words.say("care.q.claim"), care.owed
    if care.cases:
        case = care.cases[-1]
        text = words.say("care.claim.case", state=words.say(f"claim.state.{case.state}"))
        if case.now.due_at is not None:
            text += " " + words.say("care.claim.by", date=words.date(case.now.due_at // DAY))
        return Answer(question, text, path=f"/claims/{case.case_id}")
    if care.refund is not None and care.refund.amount_minor:
        text = words.say("care.claim.refunded")
        if viewer.acts_for(care.record["origin"] if care.record else "?") and owed is not None:
            money = words.money(care.refund.amount_minor, owed["currency"])
            text = words.say("care.claim.refunded_amount", amount=money)
        return Answer(question, text, "kept")
    if owed is None:
        return Answer(question, words.say("care.claim.unknown"))
    return Answer(question, _window(owed, care, words), path="#claim")


def _window(owed: Mapping[str, Any], care: ItemCare, words: Words) -> str:
    pays = owed["ground"] in OWED
    parts = [words.say("care.claim.owed" if pays else f"care.claim.ground.{owed['ground']}")]
    if pays and owed["amount_minor"] is not None:
        amount = words.money(owed["amount_minor"], owed["currency"])
        parts[0] = words.say("care.claim.owed_amount", amount=amount)
    if pays and owed["mode"] == RefundMode.AUTOMATIC:
        parts.append(words.say("care.claim.automatic"))
    if owed["claimable_until"] is not None:
        key = "care.claim.until" if owed["closes_at"] is None else _open_or_over(owed, care)
        parts.append(words.say(key, date=words.date(owed["claimable_until"])))
    return " ".join(parts)


def _open_or_over(owed: Mapping[str, Any], care: ItemCare) -> str:
    return "care.claim.over" if care.now >= owed["closes_at"] else "care.claim.until"


def _asked(care: ItemCare, words: Words) -> Answer:
    question = words.say("care.q.answer")
    if not care.inquiries:
        return Answer(question, words.say("care.answer.nobody"), path="#ask")
    latest = care.inquiries[-1]
    path = f"/inquiries/{latest.inquiry.inquiry_id}"
    for shown in reversed(care.inquiries):
        for event in reversed(shown.inquiry.events):
            if event.act is Act.ANSWERED:
                text = words.say(
                    "care.answer.said", post=event.post, date=words.date(event.at // DAY),
                    text=reply_text(event, words),
                )  # fmt: skip
                return Answer(question, text, path=f"/inquiries/{shown.inquiry.inquiry_id}")
    return Answer(question, _waits(latest, words), "open", path)


def _waits(shown: Shown, words: Words) -> str:
    one = shown.inquiry
    by = next((due.by for due in shown.due if due.limit == "reply" and due.by is not None), None)
    text = words.say("care.answer.none_yet", post=one.asked, date=words.date(one.opened_at // DAY))
    if by is not None:
        text += " " + words.say("care.answer.by", date=words.date(by // DAY))
    return text
