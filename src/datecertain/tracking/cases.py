"""Force majeure cases: published disturbances with a scope, notified, accepted or contested, closed
(req 24, 26).

A case enters a verdict as a dated fact after the promise; it never changes the network version
that was frozen with it. What stands of a case at a moment follows from the rows published until
then and from nothing else: the order in which they arrived does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from datecertain.moments import NEVER

#: The columns of a notice file (CSV with header) as a post publishes it.
NOTICE_FILE = (
    "case_id", "post", "office", "leg", "from_utc", "to_utc", "published_utc", "text_en", "text_ko",
    "reference",
)  # fmt: skip
#: Columns that it may have besides, in any order. `kind`: event (as when empty), strike or closure.
#: `area`, `product`, `standard` (such as `D+3`) and `contents` hold one or more codes with blanks
#: between them; `action` is empty for a notice, else close, accept or contest, by the post `by`.
NOTICE_MORE = (
    "kind", "area", "product", "standard", "contents", "value_from_sdr", "value_to_sdr",
    "accepted_from_utc", "accepted_to_utc", "action", "by", "reason",
)  # fmt: skip
#: Sorts of cases; what each excuses is a term (`case_kinds`, `case_kinds_after_acceptance`).
KINDS = ("event", "strike", "closure")
#: By this post the group's own body decides: for every post.
GROUP = "*"


class Action(StrEnum):
    """What a row says of a case."""

    NOTICE = "notice"  # opens it, or changes what was told of this scope
    CLOSE = "close"  # a notice that tells the end
    ACCEPT = "accept"
    CONTEST = "contest"


class CaseState(StrEnum):
    """How a case stands. Closed is what has ended; whether it was accepted is told beside it."""

    NOTIFIED = "notified"
    ACCEPTED = "accepted"
    CONTESTED = "contested"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class ForceMajeureCase:
    """One scope of a case. `office` empty: the whole post; `leg` is export, transport, import or
    delivery, empty: all of them; `to_at` NEVER: still open. The other limits: empty or None, none.
    Moments are UTC minutes, values micro-SDR, all bounds inclusive but `to_at`."""

    case_id: str
    post: str
    office: str
    leg: str
    from_at: int
    to_at: int
    published_at: int  # of the latest notice
    text_en: str
    text_ko: str
    reference: str
    kind: str = "event"
    area: str = ""
    product: str = ""
    standard: str = ""
    contents: str = ""
    value_from_usdr: int | None = None
    value_to_usdr: int | None = None
    accepted_from: int | None = None
    accepted_to: int | None = None
    notified_at: int | None = None  # of the first notice; None: of this one
    late: bool = False  # the first notice came after the hours that the terms allow
    words: tuple[tuple[str, str], ...] = ()  # (post or GROUP, accept or contest), in order of time

    @property
    def is_open(self) -> bool:
        return self.to_at >= int(NEVER)

    @property
    def known_from(self) -> int:
        """When it was first told."""
        return self.published_at if self.notified_at is None else self.notified_at


_SCOPE = ("case_id", "post", "office", "leg")
_LIMITS = (
    "area", "product", "standard", "contents", "value_from_usdr", "value_to_usdr", "accepted_from",
    "accepted_to",
)  # fmt: skip
_TOLD = ("from_at", "to_at", "published_at", "text_en", "text_ko", "reference", "kind")
#: Hours within which a case of a post that begins on a day is to be notified: (post, day number).
NoticeHours = Callable[[str, int], int]


def standing_cases(
    rows: Iterable[Mapping[str, Any]], notice_hours: NoticeHours
) -> list[ForceMajeureCase]:
    """What stands of each scope of each case by these rows (of the facts `cases`), in order."""
    notices: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    words: dict[tuple[str, str], list[tuple[int, str, str]]] = {}
    for row in rows:
        action = row.get("action") or Action.NOTICE
        if action in (Action.NOTICE, Action.CLOSE):
            told = {name: row[name] for name in (*_SCOPE, *_TOLD[:-1])} | {
                name: row.get(name) for name in _LIMITS
            }
            told |= {name: told[name] or "" for name in _LIMITS[:4]}
            told["kind"] = row.get("kind") or KINDS[0]
            key = tuple(str(told[name]) for name in (*_SCOPE, *_LIMITS))
            notices.setdefault(key, []).append(told)
        else:
            word = (row["published_at"], str(action), row.get("by_post") or GROUP)
            words.setdefault((row["post"], row["case_id"]), []).append(word)
    found = []
    for _, told_ in sorted(notices.items()):
        told_.sort(key=lambda one: (one["published_at"], *(str(one[name]) for name in _TOLD)))
        first, last = told_[0], told_[-1]
        hours = notice_hours(last["post"], first["from_at"] // 1440)
        said = sorted(words.get((last["post"], last["case_id"]), []))
        found.append(
            ForceMajeureCase(
                **last, notified_at=first["published_at"],
                late=first["published_at"] > first["from_at"] + hours * 60,
                words=tuple((by, action) for _, action, by in said),
            )
        )  # fmt: skip
    return found


def latest_words(words: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What each post said last; a word of the group ends what the posts said before it."""
    last: dict[str, str] = {}
    for by, action in words:
        if by == GROUP:
            last.clear()
        last[by] = action
    return last


def state_of(case: ForceMajeureCase, as_of: int) -> CaseState:
    """How a case stands at a moment; contested where any post's latest word contests it."""
    said = set(latest_words(case.words).values())
    if case.to_at <= as_of:
        return CaseState.CLOSED
    if Action.CONTEST in said:
        return CaseState.CONTESTED
    return CaseState.ACCEPTED if Action.ACCEPT in said else CaseState.NOTIFIED


def stale_minutes(case: ForceMajeureCase, last_word_at: int, hours: int, as_of: int) -> int:
    """Minutes by which an open case is without close or update for longer than the hours allowed;
    0 where no reminder is due."""
    if case.to_at <= as_of:
        return 0
    return max(0, as_of - max(case.published_at, last_word_at) - hours * 60)
