"""Letters about a refund to a sender, and about an inquiry to a post (req 29, 37, 60, 63): what
stands in them. How they look is the business of the web.

A letter to a sender says what was promised and what happened, the decision with its reason in plain
words, the amount, how to ask for another decision, and where the days went. It names no loss beside
the postage (req 36).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from datecertain.claims.inquiries import Kind
from datecertain.verdict.explaining import Explanation, Stair
from datecertain.verdict.outcomes import Checkpoint
from datecertain.verdict.stops import StoppedBy
from datecertain.verdict.telling import days_text, reason_text
from datecertain.wording import Words, joined
from datecertain.wording.documents import (
    Block,
    Document,
    Facts,
    Heading,
    Notice,
    Paragraph,
    Picture,
    Table,
)
from datecertain.wording.prepared import LetterWords

#: The picture of the staircase in a letter.
STAIRCASE = "staircase"
#: Due days beyond this are not known.
_NO_DAY = 10**6


class Ground(StrEnum):
    """Why a refund is granted or not: the reason that a letter gives."""

    LATE = "late"  # late and liable towards the sender: granted
    EXCUSED = "excused"
    ON_TIME = "on_time"
    NOT_GUARANTEED = "not_guaranteed"
    LOST = "lost"
    UNDETERMINED = "undetermined"
    PENDING = "pending"
    OUT_OF_TIME = "out_of_time"
    WRONG_CLAIMANT = "wrong_claimant"
    REFUNDED_ALREADY = "refunded_already"
    FOR_SENDER = "for_sender"  # granted, for nobody can say what became of the item
    FALLBACK = "fallback"  # granted, the ordinary remedy where no date was guaranteed
    GOODWILL = "goodwill"  # granted, though the terms do not owe it
    OTHER = "other"  # `reason` is a reason of the claim


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision about a refund, as a letter tells it. Amounts in minor units of `currency`, days
    as day numbers. `reason`: codes of the verdict, where the ground is excused or not guaranteed,
    or of the claim, where it is another;
    `until`: the last day on which a refund could be asked for, where it is out of time;
    `appeal_until`: None where no last day is published."""

    reference: str
    item_id: str
    ground: Ground
    decided_on: int
    postage_minor: int
    currency: str
    reason: str = ""
    percent: int = 0
    amount_minor: int = 0
    remedy: str = "money"  # money, credit, replacement
    until: int | None = None
    unasked: str = ""  # what is refunded whether it is claimed or not: `paid`, or still `due`
    unasked_minor: int = 0
    appeal_until: int | None = None

    @property
    def granted(self) -> bool:
        """Whether something is refunded."""
        return self.ground in (Ground.LATE, Ground.FOR_SENDER, Ground.FALLBACK, Ground.GOODWILL)


def letter_to_sender(
    decision: Decision, told: Explanation, post_name: str, places: Mapping[str, str],
    speak: LetterWords, to: tuple[str, ...] = (),
) -> Document:  # fmt: skip
    """The letter about a decision; `told` is the verdict towards the sender, `places` the names of
    offices and areas by code, `to` the lines of the address (empty: to the sender of the item)."""
    words = speak.words
    blocks: list[Block] = [*_notices(speak), Paragraph(words.say("letter.dear"))]
    blocks += [Paragraph(joined(_what(told, words), _why(decision, words))), _facts(
        decision, told, words
    )]  # fmt: skip
    if decision.unasked:
        amount = _whole(words.money(decision.unasked_minor, decision.currency))
        blocks.append(Paragraph(words.say(f"letter.unasked.{decision.unasked}", amount=amount)))
    if decision.granted:
        blocks += [
            Paragraph(words.say(
                f"letter.pay.{decision.remedy}", percent=decision.percent,
                amount=_whole(words.money(decision.amount_minor, decision.currency)),
            )),
            Paragraph(words.say("letter.never")),
        ]  # fmt: skip
    blocks += [Paragraph(_appeal(decision, words)),
               Paragraph(words.say("letter.closing", post=post_name))]  # fmt: skip
    if told.stairs and told.promised_on is not None:
        blocks += [Heading(words.say("letter.stairs")), staircase(told, places, words)]
    return Document(
        language=words.language,
        title=words.say(f"letter.title.{'granted' if decision.granted else 'refused'}"),
        of=post_name, date=words.date(decision.decided_on),
        reference=words.say("letter.reference", reference=decision.reference),
        blocks=tuple(blocks), to=to or (words.say("letter.to_sender", item=decision.item_id),),
        footer=words.say("letter.footer", post=post_name),
    )  # fmt: skip


def _notices(speak: LetterWords) -> Iterator[Notice]:
    """That the letter is in another language than was asked for: in both."""
    for text in (speak.notice, speak.notice_en):
        if text:
            yield Notice(text)


def _what(told: Explanation, words: Words) -> str:
    if told.promised_on is None:
        return words.say("letter.what.no_promise")
    promised = words.date(told.promised_on)
    if told.stopped_on is None:
        return words.say("letter.what.open", promised=promised)
    stopped = words.date(told.stopped_on)
    late = told.stopped_on - told.promised_on
    if late <= 0:
        return words.say("letter.what.in_time", promised=promised, stopped=stopped)
    key = "letter.what.late" if told.stopped_by is StoppedBy.DELIVERY else "letter.what.attempted"
    return words.say(key, promised=promised, stopped=stopped, days=_whole(days_text(late, words)))


def _why(decision: Decision, words: Words) -> str:
    reason = "–"
    if decision.ground is Ground.OTHER:
        reason = words.say(f"claim.reason.{decision.reason}")
    elif decision.reason:
        reason = reason_text(decision.reason, words)
    until = "–" if decision.until is None else words.date(decision.until)
    return words.say(f"letter.why.{decision.ground}", reason=reason, until=until)


def _appeal(decision: Decision, words: Words) -> str:
    if decision.appeal_until is None:
        return words.say("letter.appeal.open")
    return words.say("letter.appeal", until=words.date(decision.appeal_until))


def _facts(decision: Decision, told: Explanation, words: Words) -> Facts:
    def say(key: str) -> str:
        return words.say(f"letter.fact.{key}")

    accepted = told.basis.accepted
    delivered = say("delivered")
    if told.stopped_on is not None and told.stopped_by is not StoppedBy.DELIVERY:
        delivered = say("attempted")
    stopped = say("not_delivered") if told.stopped_on is None else words.date(told.stopped_on)
    promised = say("none") if told.promised_on is None else words.date(told.promised_on)
    refund = words.money(decision.amount_minor, decision.currency)
    return Facts(
        (
            (say("item"), decision.item_id),
            (say("accepted"), words.date(accepted.accepted_date)),
            (say("promised"), promised),
            (delivered, stopped),
            (say("postage"), words.money(decision.postage_minor, decision.currency)),
            (say("refund"), refund),
        ),
        strong=say("refund"),
    )  # fmt: skip


def staircase(told: Explanation, places: Mapping[str, str], words: Words) -> Picture:
    """The staircase as a picture, and as a table where none can be drawn."""
    table = Table(
        words.say("letter.stairs.say"),
        tuple(words.say(f"letter.stairs.{name}") for name in ("scan", "when", "due", "change")),
        tuple(_stair(stair, places, words) for stair in told.stairs),
        numbers=frozenset({3}),
    )
    title = words.say(
        "verdict.picture", item=told.item_id, origin=words.country(told.origin),
        destination=words.country(told.destination),
    )  # fmt: skip
    return Picture(STAIRCASE, f"{title}. {_what(told, words)}", table)


def _stair(stair: Stair, places: Mapping[str, str], words: Words) -> tuple[str, ...]:
    key = stair.checkpoint.name.lower()
    if stair.checkpoint is Checkpoint.STOPPED and stair.proof is not None:
        key = stair.code
    due = "–" if stair.due_on >= _NO_DAY else _short(stair.due_on, words)
    change = ""
    if stair.days and stair.checkpoint is not Checkpoint.ACCEPTED:
        days = f"{stair.days:+d}".replace("-", "−")
        change = words.say("verdict.picture.days", days=days)
        if stair.excused:
            change = words.listed((change, words.say("verdict.picture.excused")))
    place = places.get(stair.place) or stair.place
    when = f"{stair.at.replace('T', ' ')}, {place}"
    return words.say(f"verdict.picture.{key}"), when, due, change


def _short(day: int, words: Words) -> str:
    """A date without its year, which the letter tells: `Sat 24 Oct`, `10월 24일(토)`."""
    return _whole(words.short_date(day))


def _whole(text: str) -> str:
    """A text that no line breaks: its blanks do not end a line."""
    return text.replace(" ", "\u00a0")


@dataclass(frozen=True, slots=True)
class AskedOfPost:
    """An inquiry as a letter to a post tells it. `facts` as `operations.inquiry_facts` fills them
    in; `answer_by` as it is written, empty where no limit runs; persons only where they are
    needed, as lines of an address."""

    inquiry_id: str
    kind: Kind
    item_id: str
    level: int
    facts: Mapping[str, Any]
    opened_on: int
    answer_by: str
    sender: tuple[str, ...] = ()
    addressee: tuple[str, ...] = ()


def letter_to_post(
    asked: AskedOfPost, asking_name: str, asked_name: str, speak: LetterWords
) -> Document:
    """An inquiry as a letter to the post that is asked."""
    words = speak.words
    kind = words.say(f"inquiry.kind.{asked.kind}")
    blocks: list[Block] = [*_notices(speak), Paragraph(words.say(f"inquiry.ask.{asked.kind}"))]
    if asked.level > 1:
        blocks.append(Notice(words.say("letter.post.level", level=asked.level)))
    blocks.append(Facts(tuple(_known(asked, asking_name, asked_name, words))))
    if asked.answer_by:
        blocks.append(Paragraph(words.say("letter.post.answer_by", by=asked.answer_by)))
    blocks.append(Paragraph(words.say("letter.closing", post=asking_name)))
    return Document(
        language=words.language,
        title=words.say("letter.post.title", kind=kind, item=asked.item_id), of=asking_name,
        date=words.date(asked.opened_on),
        reference=words.say("letter.reference", reference=asked.inquiry_id),
        blocks=tuple(blocks), to=(asked_name,),
        footer=words.say("letter.footer", post=asking_name),
    )  # fmt: skip


def _known(
    asked: AskedOfPost, asking_name: str, asked_name: str, words: Words
) -> Iterator[tuple[str, str]]:
    facts = asked.facts

    def fact(name: str) -> str:
        return words.say(f"letter.fact.{name}")

    def post(name: str) -> str:
        return words.say(f"letter.post.{name}")

    yield fact("item"), asked.item_id
    yield post("from_to"), f"{asking_name} – {asked_name}"
    yield fact("accepted"), _text(facts.get("accepted_local")).replace("T", " ")
    country = words.country(_text(facts.get("destination")))
    yield fact("to"), f"{country} {facts.get('destination_postcode') or ''}".rstrip()
    yield fact("promised"), _text(facts.get("promised_on"))
    if last := facts.get("last_scan"):
        label = words.label(f"scan.{last['code']}", last["code"])
        local = str(last["local"]).replace("T", " ")
        yield post("last"), f"{last['code']} {label}, {local}, {last['office']}"
    if missing := facts.get("missing"):
        yield post("missing"), ", ".join(missing)
    if carried := [facts[n] for n in ("dispatch", "receptacle") if facts.get(n)]:
        yield post("dispatch"), ", ".join(carried)
    contents = _text(facts.get("contents"))
    yield (
        post("contents"),
        f"{words.label(f'contents.{contents}', contents)}, "
        + ("–" if facts.get("weight_g") is None else f"{facts['weight_g']} g"),
    )
    if facts.get("indemnity_usdr") is not None:
        yield post("indemnity"), words.money(facts["indemnity_usdr"], "SDR")
    for part, lines in (("sender", asked.sender), ("addressee", asked.addressee)):
        if lines:
            yield post(part), ", ".join(lines)


def _text(value: object) -> str:
    return "–" if value is None else str(value)
