"""Two pairs of eyes: one account asks, another of the same post approves, then it is done (req 58).

What was approved is done exactly once: the approval is written down first; what is cut off before
its end is taken up again at the next start, and every kind finds out whether it is done already.
Moments are UTC seconds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from datecertain.access import EVERYTHING, Kind, Right, Viewer, keeper, rights_of
from datecertain.errors import DatecertainError, NotAllowed, NotFound, StoreError, Term, UsageError
from datecertain.operations.accounts import account_of
from datecertain.operations.approval_kinds import (
    Doing,
    Request,
    demand_form,
    kind_of,
    may,
)
from datecertain.operations.audit import Phase, entry_of
from datecertain.operations.clock import Clock
from datecertain.store.access_book import AccessBook
from datecertain.store.approval_rows import (
    add_approval,
    approval_row,
    approval_rows,
    change_approval,
)
from datecertain.store.audit_log import append_entry
from datecertain.store.settings import FILE, read_settings
from datecertain.wording import words

#: What nobody decides on in so long is over: it was asked under other circumstances.
WAITS_S = 7 * 24 * 3600
_MOST_PREVIEW, _MOST_REQUEST = 4000, 4 << 20


class State(StrEnum):
    """How an approval stands."""

    PENDING = "pending"  # waits for a second pair of eyes
    APPROVED = "approved"  # is being done
    DONE = "done"
    FAILED = "failed"  # was approved and could not be done: nothing was changed
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # by the one who asked
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Approval:
    """One approval, as it stands. `digest` names exactly what was asked."""

    number: int
    post: str
    kind: str
    request: Mapping[str, Any]
    digest: str
    preview_en: str
    preview_ko: str
    state: State
    asked_by: str
    asked_at: int
    ends_at: int
    decided_by: str
    decided_at: int | None
    note: str
    result: Mapping[str, Any]
    finished_at: int | None


def demanded(book: AccessBook, workspace: Path, viewer: Viewer, name: str) -> bool:
    """Whether a viewer's change of this kind needs a second pair of eyes: as the workspace file
    says (`[approvals] demanded`); by default where its post has at least two accounts that could
    look. The keeper of the workspace needs none."""
    kind = kind_of(name)
    if viewer.kind is Kind.KEEPER:
        return False
    table = read_settings(workspace).config.get("approvals", {})
    said = table.get("demanded") if isinstance(table, dict) else table
    if isinstance(said, bool):
        return said
    if said is not None:
        raise StoreError(f"{FILE}: approvals.demanded = {said!r}: true or false is wanted")
    able = [
        one for one in map(account_of, book.all_accounts())
        if one.post == viewer.post and one.state == "active"
        and rights_of(one.roles) & {kind.right, Right.APPROVE}
    ]  # fmt: skip
    return len(able) >= 2


def ask(
    book: AccessBook, workspace: Path, viewer: Viewer, name: str, request: Request, now: int,
    clock: Clock, why: str = "",
) -> Approval:  # fmt: skip
    """Ask for something; it waits for another account of the same post.

    Raises `NotAllowed` without the kind's right, `UsageError` for what cannot be asked.
    """
    kind = kind_of(name)
    viewer.demand(kind.right)
    if viewer.post == EVERYTHING:
        raise UsageError("the keeper of the workspace does it at once: use its command")
    demand_form(name, request)
    kind.check(Doing(workspace, viewer.name, viewer.post, clock), request)
    text = _canonical(request)
    if len(text.encode()) > _MOST_REQUEST:
        raise UsageError("the request is too long", "approval.long")
    digest = digest_of(name, text)
    row = {
        "owner": viewer.post, "audience": viewer.post, "kind": name, "request": text,
        "digest": digest, "state": str(State.PENDING), "asked_by": viewer.name, "asked_at": now,
        "ends_at": now + WAITS_S, "decided_by": "", "decided_at": None, "note": why[:500],
        "result": "{}", "finished_at": None,
        **{f"preview_{lang}": preview(name, request, lang) for lang in ("en", "ko")},
    }  # fmt: skip
    entry = entry_of(viewer, Phase.DONE, "approval ask", name, now, {"digest": digest})
    with book.writing(entry) as connection:
        number = add_approval(connection, row)
    return find(book, viewer, number, now)


def ask_if_demanded(
    book: AccessBook, workspace: Path, viewer: Viewer, name: str, request: Request, now: int,
    clock: Clock,
) -> Approval | None:  # fmt: skip
    """For a way that does what a kind does: the approval that it now waits for, where a second
    pair of eyes is demanded and the thing is not too small for it; None: go on. Raises as `ask`
    does."""
    if not demanded(book, workspace, viewer, name):
        return None
    demand_form(name, request)
    doing = Doing(workspace, viewer.name, viewer.post, clock)
    if kind_of(name).small(doing, request):
        return None
    return ask(book, workspace, viewer, name, request, now, clock)


def digest_of(name: str, text: str) -> str:
    """The SHA-256 that names a request: what is approved is what was seen."""
    return hashlib.sha256(f"{name}\n{text}".encode()).hexdigest()


def _canonical(request: Request) -> str:
    try:
        text = json.dumps(request, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        text.encode()
    except (TypeError, ValueError) as error:
        raise UsageError(f"the request cannot be written as JSON: {error}") from error
    if "\0" in text or "\\u0000" in text:
        raise UsageError("the request holds a character NUL: remove it")
    return text


def preview(name: str, request: Request, language: str) -> str:
    """What will be done, in words, field by field; long texts by their size and digest."""
    lines = [words(language).say(f"approval.{name}")]
    for field, value in request.items():
        if isinstance(value, dict):
            lines += [f"{field}.{key}: {_short(one)}" for key, one in value.items() if one != ""]
        else:
            lines.append(f"{field}: {_short(value)}")
    return "\n".join(lines)[:_MOST_PREVIEW]


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if len(text) <= 200:
        return text
    return f"{len(text)} characters, SHA-256 {hashlib.sha256(text.encode()).hexdigest()}"


def approve(
    book: AccessBook, workspace: Path, viewer: Viewer, number: int, digest: str, now: int,
    clock: Clock,
) -> Approval:  # fmt: skip
    """Approve exactly what `digest` names, and do it. Approved again by the same account, it tells
    how it stands.

    Raises `NotFound`; `NotAllowed` for whoever asked, and without the right; `UsageError` for
    another digest, and when it no longer waits.
    """
    found = demand_sight(viewer, find(book, viewer, number, now))
    if found.asked_by == viewer.name:
        raise NotAllowed(
            "who asks does not approve: another account of the post does", "approval.own"
        )
    if not may(viewer, found.kind):
        raise NotAllowed(
            f"to approve it {kind_of(found.kind).right} or approve is needed", "approval.right"
        )
    if digest != found.digest:
        raise UsageError(
            f"approval {number}: another digest: look at what is asked for again", "approval.digest"
        )
    asker = book.account(found.asked_by)
    if asker is not None and asker.state != "active":
        raise UsageError(
            f"the account {found.asked_by} was closed since: refuse what it asked for",
            "approval.asker",
            login=found.asked_by,
        )
    begun = found.state in (State.APPROVED, State.DONE, State.FAILED)
    if not (begun and found.decided_by == viewer.name):
        _decide(book, viewer, found, State.APPROVED, now, "")
    return _complete(book, workspace, find(book, viewer, number, now), now, clock)


def refuse(
    book: AccessBook, viewer: Viewer, number: int, why: str, now: int
) -> Approval:  # fmt: skip
    """Refuse it, with the reason; whoever asked withdraws it thereby. Raises as `approve` does."""
    found = demand_sight(viewer, find(book, viewer, number, now))
    own = found.asked_by == viewer.name
    if not own and not may(viewer, found.kind):
        raise NotAllowed(
            f"to refuse it {kind_of(found.kind).right} or approve is needed", "approval.right"
        )
    if not own and not why.strip():
        raise UsageError("no reason: say why it is refused", "approval.why")
    _decide(book, viewer, found, State.WITHDRAWN if own else State.REFUSED, now, why)
    return find(book, viewer, number, now)


def _decide(
    book: AccessBook, viewer: Viewer, found: Approval, to: State, now: int, why: str
) -> None:
    entry = entry_of(
        viewer, Phase.DONE, f"approval {to}", str(found.number), now, {"digest": found.digest}
    )
    values = {"state": str(to), "decided_at": now, **({"note": why[:500]} if why else {})}
    if to is not State.WITHDRAWN:  # two different accounts, or the database refuses
        values["decided_by"] = viewer.name
    with book.writing(entry) as connection:
        row = approval_row(connection, found.number)
        state = None if row is None else _of(row, now).state
        if state is not State.PENDING:
            raise UsageError(
                f"approval {found.number} is {state}: it no longer waits",
                "approval.over",
                state=Term(f"approval.{state}"),
            )
        change_approval(connection, found.number, str(State.PENDING), **values)


def _complete(
    book: AccessBook, workspace: Path, found: Approval, now: int, clock: Clock
) -> Approval:
    """Do what was approved, and write down what came of it. What the store cannot do now
    (`StoreError`) stays to be done."""
    if found.state is not State.APPROVED:
        return found
    doing = Doing(workspace, found.asked_by, found.post, clock)
    to, result = State.DONE, dict[str, Any]()
    try:
        result = kind_of(found.kind).run(doing, found.request)
    except StoreError:
        raise
    except DatecertainError as error:
        to, result = State.FAILED, {"reason": str(error)[:500]}
    by = Viewer(found.decided_by, found.post, ())
    phase = Phase.DONE if to is State.DONE else Phase.FAILED
    entry = entry_of(by, phase, found.kind, f"approval {found.number}", now)
    text = json.dumps(result, sort_keys=True, default=str, ensure_ascii=False)
    with book.writing() as connection:
        ended = change_approval(
            connection, found.number, str(State.APPROVED), state=str(to), result=text,
            finished_at=now,
        )  # fmt: skip
        if ended:
            append_entry(connection, entry)
    return find(book, keeper(), found.number, now)


def complete_approved(book: AccessBook, workspace: Path, now: int, clock: Clock) -> list[Approval]:
    """Do what was approved and cut off before it was done: at every start."""
    with book.reading() as connection:
        rows = approval_rows(connection, state=str(State.APPROVED))
    return [_complete(book, workspace, _of(row, now), now, clock) for row in rows]


def find(book: AccessBook, viewer: Viewer, number: int, now: int) -> Approval:
    """One approval of the viewer's own post. Raises `NotFound`."""
    with book.reading() as connection:
        row = approval_row(connection, number) if 0 < number < 2**31 else None
    if row is None or viewer.post not in (row.owner, EVERYTHING):
        raise NotFound(f"no approval {number} here", "approval.unknown", number=number)
    return _of(row, now)


def may_see(viewer: Viewer, one: Approval) -> bool:
    """Whether somebody of the post sees what is asked for: who asked, who could decide, and
    whoever reads the audit trail."""
    return viewer.name == one.asked_by or may(viewer, one.kind) or viewer.may(Right.AUDIT)


def demand_sight(viewer: Viewer, one: Approval) -> Approval:
    """The approval. Raises `NotFound` for whom it does not concern."""
    if not may_see(viewer, one):
        raise NotFound(f"no approval {one.number} here", "approval.unknown", number=one.number)
    return one


def listed(
    book: AccessBook, viewer: Viewer, now: int, after: int = 0, limit: int | None = None
) -> Sequence[Approval]:
    """The approvals of the viewer's own post, in their order."""
    owner = None if viewer.post == EVERYTHING else viewer.post
    with book.reading() as connection:
        rows = approval_rows(connection, owner=owner, after=after, limit=limit)
    return [_of(row, now) for row in rows]


def _of(row: Row[Any], now: int) -> Approval:
    state = State(row.state)
    if state is State.PENDING and now >= row.ends_at:
        state = State.EXPIRED
    return Approval(
        row.number, row.owner, row.kind, json.loads(row.request), row.digest, row.preview_en,
        row.preview_ko, state, row.asked_by, row.asked_at, row.ends_at, row.decided_by,
        row.decided_at, row.note, json.loads(row.result), row.finished_at,
    )  # fmt: skip
