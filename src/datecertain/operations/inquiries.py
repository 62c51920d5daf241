"""Opening, answering and closing inquiries between posts (req 37). One transaction each.

What happened is added, never changed. Names and free words are sealed in the same transaction
(`operations.case_persons`); an event that an answer tells goes through the door of every event
(`operations.inquiry_answers`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from datecertain.access import Viewer
from datecertain.claims.inquiries import (
    WHEREABOUTS,
    Act,
    Happened,
    Kind,
    Resolution,
    State,
    after,
    demand_reply,
)
from datecertain.claims.inquiry_limits import Due, Limits
from datecertain.claims.inquiry_routing import post_to_ask
from datecertain.errors import NotFound, UsageError
from datecertain.moments import DAY, format_date, format_utc
from datecertain.operations.case_persons import (
    ADDRESSEE,
    SENDER,
    CasePersons,
    Person,
    keep_note,
    keep_person,
    parts_kept,
    persons_of,
)
from datecertain.operations.clock import Clock
from datecertain.operations.inquiry_facts import ItemFacts, facts_of
from datecertain.operations.inquiry_rows import (
    Because,
    Inquiry,
    add_events,
    add_inquiry,
    asked_because,
    find_inquiries,
    grounds_of,
    inquiry_of,
    write_ground,
)
from datecertain.operations.networks import current_network
from datecertain.store import Workspace
from datecertain.store.archive import Sealing

_NOBODY = Person()


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, of which item, by whom. `asking` empty: the origin post; `asked` empty: the
    post that can answer. `at` None: now; else a moment that has passed (UTC minutes). `because`:
    the rule that asks, if it is one; `item_key`: of which acceptance (empty: the latest)."""

    item: str
    kind: Kind
    actor: str
    asking: str = ""
    asked: str = ""
    note: str = field(default="", repr=False)
    sender: Person = _NOBODY
    addressee: Person = _NOBODY
    at: int | None = None
    because: Because | None = None
    item_key: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """What somebody did to an inquiry, for `act_on`: by whose hand, for which post, with a code as
    its reason and words beside it."""

    actor: str
    reason: str = ""
    note: str = field(default="", repr=False)
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """An inquiry with the limits that run, which parts of its persons are kept or erased, and why
    rules asked by it."""

    inquiry: Inquiry
    due: tuple[Due, ...]
    kept: tuple[str, ...] = ()
    erased: tuple[str, ...] = ()
    because: tuple[Because, ...] = ()


def open_inquiry(workspace: Workspace, question: Question, clock: Clock) -> tuple[Shown, bool]:
    """Open an inquiry, filled in from the facts; False: there was one like it, which stands.

    Raises `NotFound` for an item that is not known, `UsageError` where nobody else can answer.
    """
    now = clock.now()
    at = _past(question.at, now)
    known, asking, asked = routed(workspace, question, at)
    opening = Happened(Act.OPENED, at, now, question.actor, asking)
    inquiry = Inquiry(
        _new_id(known.item_id, question.kind, asking, asked, at), known.item_id, question.kind,
        asking, asked, at, known.facts, known.network.version, (opening,),
    )  # fmt: skip
    sealing, limits = Sealing(workspace, now), Limits(known.network)
    why = question.because
    with workspace.writing() as connection:
        if why is not None and (before := asked_because(connection, why)) is not None:
            return _shown(connection, limits, before), False
        for other in find_inquiries(connection, item_id=known.item_id):
            if _stands_for(inquiry, other, why):
                if why is not None:
                    write_ground(connection, other, why, now)
                return _shown(connection, limits, other), False
        add_inquiry(connection, inquiry)
        if why is not None:
            write_ground(connection, inquiry, why, now)
        keep_words(connection, sealing, inquiry, (question.sender, question.addressee),
                   {0: question.note})  # fmt: skip
        return _shown(connection, limits, inquiry), True


def routed(workspace: Workspace, question: Question, at: int) -> tuple[ItemFacts, str, str]:
    """(what is known of the item, the post that asks, the post that is asked). Raises `NotFound`,
    `UsageError` where nobody else can answer."""
    known = facts_of(workspace, question.item, at, question.item_key)
    asking = known.network.post(question.asking or known.where.origin).post
    asked = question.asked or post_to_ask(question.kind, known.where, asking) or ""
    if not asked and question.because is not None:
        # By its scans it never left; only the other post can say that it came without one.
        asked = known.where.destination
    if not asked:
        raise UsageError(
            f"{known.item_id} is with {asking} itself by its last scan, so no other post can "
            f"answer {question.kind}: name one with --to to ask all the same"
        )
    if known.network.post(asked).post == asking:
        raise UsageError(f"{asking} cannot ask itself: name another post with --to")
    return known, asking, asked


def _stands_for(new: Inquiry, other: Inquiry, why: Because | None) -> bool:
    """Whether an inquiry about the item does for a new one: the same question while it is open;
    for an item without a final event any question after its whereabouts; for a claim only one that
    is not answered yet, since the answer is the claim's."""
    standing = other.standing
    if why is not None and why.ground == "waiting":
        same = other.asking == new.asking and other.kind in WHEREABOUTS
        return same and standing.state.open
    same = (other.kind, other.asking, other.asked) == (new.kind, new.asking, new.asked)
    asks = standing.state.open
    if why is not None:
        asks = standing.state in (State.SENT, State.READ)
    return same and (asks or other.opened_at == new.opened_at)


def keep_words(
    connection: Connection, sealing: Sealing, inquiry: Inquiry, persons: tuple[Person, Person],
    notes: dict[int, str],
) -> None:  # fmt: skip
    """Seal the persons (sender, addressee) and the notes of an inquiry, and write their keys."""
    for part, person in zip((SENDER, ADDRESSEE), persons, strict=True):
        keep_person(connection, sealing, inquiry.inquiry_id, part, person, inquiry.asking)
    for seq, note in notes.items():
        keep_note(connection, sealing, inquiry.inquiry_id, seq, note, inquiry.asking)
    sealing.write(connection)


def act_on(
    workspace: Workspace, inquiry_id: str, acts: Sequence[Act], done: Done, clock: Clock,
    post: str = "", details: dict[str, Any] | None = None,
) -> Shown:  # fmt: skip
    """Do the last of the acts; those before it are done first if the inquiry does not stand there
    yet (who answers has opened the question). `post` empty: the one whose act it is.

    Raises `UsageError` for what the table of transitions does not hold.
    """
    now = clock.now()
    at = _past(done.at, now)
    network = current_network(workspace)
    sealing = Sealing(workspace, now)
    with workspace.writing() as connection:
        inquiry = inquiry_of(connection, inquiry_id)
        standing, made = inquiry.standing, list[Happened]()
        if at < inquiry.events[-1].at:
            raise UsageError(
                f"{format_utc(at)} lies before what happened last, {inquiry.events[-1].act} at "
                f"{format_utc(inquiry.events[-1].at)}: give a later moment"
            )
        for act in acts:
            last = act is acts[-1]
            if not last and not _needed(standing.state, act):
                continue
            whose = post or _whose(inquiry, act)
            event = Happened(
                act, at, now, done.actor, whose, done.reason if last else "",
                (details or {}) if last else {},
            )  # fmt: skip
            standing = after(inquiry.asking, inquiry.asked, standing, event)
            made.append(event)
        first = len(inquiry.events)
        add_events(connection, inquiry, made, first)
        note = {first + len(made) - 1: done.note}
        keep_words(connection, sealing, inquiry, (_NOBODY, _NOBODY), note)
        return _shown(connection, Limits(network), inquiry_of(connection, inquiry.inquiry_id))


def close_inquiry(workspace: Workspace, inquiry_id: str, done: Done, clock: Clock) -> Shown:
    """Close an inquiry, as `solved`, `unsolved` or `presumed`: without an answer only the last."""
    with workspace.reading() as view:
        inquiry = inquiry_of(view.connection, inquiry_id)
    try:
        resolution = Resolution(done.reason)
    except ValueError as error:
        known = ", ".join(Resolution)
        raise UsageError(f"{done.reason!r} is no resolution: one of {known}") from error
    unanswered = inquiry.standing.state in (State.SENT, State.READ)
    if unanswered != (resolution is Resolution.PRESUMED) and inquiry.standing.state.open:
        raise UsageError(
            "no answer came: close it as presumed, or withdraw it" if unanswered
            else "it was answered: close it as solved or unsolved"
        )  # fmt: skip
    acts = [Act.CLOSED] if unanswered else [Act.REPLY_READ, Act.CLOSED]
    return act_on(workspace, inquiry.inquiry_id, acts, done, clock)


def ask_again(workspace: Workspace, inquiry_id: str, done: Done, clock: Clock) -> Shown:
    """Ask the next level, because the answer does not settle it. Raises `UsageError` where the
    highest level by the terms was asked already."""
    shown = show_inquiry(workspace, inquiry_id)
    one = shown.inquiry
    limits = Limits(current_network(workspace))
    highest = limits.term("inquiry_levels", one.asking, one.asked, one.opened_at)
    if one.standing.level >= highest:
        raise UsageError(
            f"level {highest}, the highest, was asked already: close the inquiry as unsolved"
        )
    return act_on(workspace, one.inquiry_id, [Act.REPLY_READ, Act.ASKED_AGAIN], done, clock)


def check_reply(inquiry: Inquiry, reply: str) -> None:
    """Raises `UsageError` unless that reply answers the question, and it waits for one."""
    code = demand_reply(inquiry.kind, reply)
    standing = inquiry.standing
    if standing.state is State.SENT:
        read = Happened(Act.READ, inquiry.events[-1].at, 0, "", inquiry.asked)
        standing = after(inquiry.asking, inquiry.asked, standing, read)
    event = Happened(Act.ANSWERED, inquiry.events[-1].at, 0, "", inquiry.asked, code)
    after(inquiry.asking, inquiry.asked, standing, event)


def show_inquiry(workspace: Workspace, inquiry_id: str) -> Shown:
    """One inquiry, without its persons. Raises `NotFound`."""
    limits = Limits(current_network(workspace))
    with workspace.reading() as view:
        return _shown(view.connection, limits, inquiry_of(view.connection, inquiry_id))


def inquiry_seen(workspace: Workspace, inquiry_id: str, viewer: Viewer) -> Inquiry:
    """An inquiry that whoever asks may see: its post asked, or was asked. Raises `NotFound`, the
    same for one that is not there."""
    with workspace.reading() as view:
        found = find_inquiries(view.connection, inquiry_id=inquiry_id)
    for one in found:  # the whole id: others that begin so are not to be told
        if one.inquiry_id == inquiry_id and viewer.sees_flow(one.asking, one.asked):
            return one
    raise NotFound(f"there is no inquiry {inquiry_id} here: give the whole id")


def list_inquiries(
    workspace: Workspace, item: str = "", post: str = "", *, still_open: bool = False
) -> list[Shown]:
    """The inquiries of an item, to or from a post, or all, with the limits that run; or only those
    that are open."""
    limits = Limits(current_network(workspace))
    with workspace.reading() as view:
        found = find_inquiries(view.connection, item_id=item, post=post, still_open=still_open)
    return [Shown(one, tuple(limits.running(one.asking, one.asked, one.standing))) for one in found]


def see_persons(
    workspace: Workspace, inquiry_id: str, post: str, done: Done, clock: Clock
) -> CasePersons:
    """The names, addresses and words of an inquiry; who looked, when and why is written down first
    (req 40). Raises `UsageError` for a post that is not of the two."""
    if not done.reason.strip():
        raise UsageError("say why persons are looked at: it is written down")
    with workspace.reading() as view:
        inquiry = inquiry_of(view.connection, inquiry_id)
    act_on(workspace, inquiry.inquiry_id, [Act.PERSONS_SEEN], done, clock, post or inquiry.asking)
    with workspace.reading() as view:
        return persons_of(workspace, view.connection, inquiry.inquiry_id)


def _shown(connection: Connection, limits: Limits, inquiry: Inquiry) -> Shown:
    due = tuple(limits.running(inquiry.asking, inquiry.asked, inquiry.standing))
    kept, erased = parts_kept(connection, inquiry.inquiry_id)
    return Shown(inquiry, due, kept, erased, grounds_of(connection, inquiry.inquiry_id))


def _needed(state: State, act: Act) -> bool:
    """Whether an act that goes before another still has to be done."""
    return {Act.READ: State.SENT, Act.REPLY_READ: State.ANSWERED}[act] is state


def _whose(inquiry: Inquiry, act: Act) -> str:
    return inquiry.asked if act in (Act.READ, Act.ANSWERED) else inquiry.asking


def _past(at: int | None, now: int) -> int:
    if at is not None and at > now:
        raise UsageError(f"{format_utc(at)} has not come yet: leave it out for now")
    return now if at is None else at


def _new_id(item_id: str, kind: Kind, asking: str, asked: str, at: int) -> str:
    """An id that two posts never give alike, and that a person can say: `KR-261105-9f3c21d0`."""
    about = f"{item_id}|{kind}|{asking}|{asked}|{at}"
    digits = hashlib.sha256(about.encode()).hexdigest()[:8]
    return f"{asking}-{format_date(at // DAY)[2:].replace('-', '')}-{digits}"
