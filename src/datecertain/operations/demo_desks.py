"""The desks of a demonstration: somebody at each of them, and some work in hand."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.compute as pc

from datecertain.access import Role
from datecertain.claims.inquiries import Kind
from datecertain.errors import UsageError
from datecertain.operations.accounts import create_account
from datecertain.operations.claiming import Filing, file_claim
from datecertain.operations.clock import Clock
from datecertain.operations.inquiries import Question, open_inquiry
from datecertain.operations.judging import current_verdicts
from datecertain.operations.passwords import share_password
from datecertain.store import Workspace
from datecertain.verdict.outcomes import Outcome

POST = "KR"
#: Who sits where: login, role, post (empty: the group's central office).
DESKS: Sequence[tuple[str, Role, str]] = (
    ("counter", Role.COUNTER, POST), ("care", Role.CARE, POST), ("quality", Role.QUALITY, POST),
    ("settlement", Role.SETTLEMENT, POST), ("edi", Role.EDI, POST),
    ("network", Role.NETWORK, POST), ("auditor", Role.AUDITOR, POST),
    ("admin", Role.ADMINISTRATOR, POST), ("care-us", Role.CARE, "US"),
    ("office", Role.CENTRAL_OFFICE, ""),
)  # fmt: skip
#: So many late items are asked about, and so many claimed for.
_ASKED, _CLAIMED = 4, 4
_ACTOR = "demo"


@dataclass(frozen=True, slots=True)
class Desk:
    """An account of the demonstration."""

    login: str
    role: Role
    post: str


def seat_people(folder: Path, now: int) -> tuple[str, list[Desk]]:
    """An account for each role; the password that all of them have, made anew each time. `now` in
    UTC seconds."""
    password = secrets.token_urlsafe(12)
    for login, role, post in DESKS:
        create_account(folder, login, login, post, [role], now)
    share_password(folder, [login for login, _, _ in DESKS], password, now)
    return password, [Desk(*one) for one in DESKS]


def put_work_in_hand(workspace: Workspace, month: str, clock: Clock) -> None:
    """Ask the other post about a few late items that one post accepted, and claim for a few more.
    What cannot be claimed any more, or is refunded already, is left out."""
    verdicts = current_verdicts(workspace, [month])
    late = verdicts.filter(
        pc.and_(
            pc.equal(verdicts["origin"], POST),
            pc.equal(verdicts["outcome"], str(Outcome.LATE_LIABLE)),
        )
    ).sort_by([("accepted_date", "descending"), ("item_id", "ascending")])
    numbers = late["item_id"].to_pylist()
    for number in numbers[:_ASKED]:
        open_inquiry(workspace, Question(number, Kind.DELAYED, _ACTOR), clock)
    claimed = 0
    for number in numbers[_ASKED:]:
        if claimed == _CLAIMED:
            break
        try:
            file_claim(workspace, Filing(number, actor=_ACTOR), clock)
        except UsageError:
            continue
        claimed += 1
