"""Force majeure cases as they are run: opened, notified, accepted, contested, closed; and which of
them wait for a word (req 26).

Each step is one commit: the row that verdicts rest on goes to the facts, who did it and why to the
records; neither is ever changed. A case that came by file and one that was entered here are the
same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlalchemy import select

from datecertain.errors import NotFound, UsageError
from datecertain.moments import DAY, NEVER, format_utc
from datecertain.network import Network, Scope
from datecertain.operations.clock import Clock
from datecertain.operations.evidence import known_cases
from datecertain.operations.networks import current_network
from datecertain.operations.notices import (
    csv_line,
    facts_of,
    notice_row,
    transitions_of,
    write_transitions,
)
from datecertain.operations.tables import CASES_TABLE
from datecertain.store import Workspace, batch_id
from datecertain.store.records import case_transitions
from datecertain.tracking.cases import (
    NOTICE_MORE,
    Action,
    CaseState,
    ForceMajeureCase,
    latest_words,
    stale_minutes,
    state_of,
)


@dataclass(frozen=True, slots=True)
class Transition:
    """One step of a case, as it is kept. Moments are UTC minutes."""

    transition: str
    by_post: str
    actor: str
    reason: str
    published_at: int
    at: int


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case with all its scopes, as it stood at a moment."""

    case_id: str
    post: str
    state: CaseState
    scopes: tuple[ForceMajeureCase, ...]
    words: Mapping[str, str]  # what each post (`*`: the group) said last: accept or contest
    late_minutes: int  # how long after the hours allowed it was first notified; 0: in time
    stale_minutes: int  # how long a word or an end has been overdue; 0: not
    transitions: tuple[Transition, ...] = ()


def list_cases(workspace: Workspace, as_of: int) -> list[CaseFile]:
    """All cases as they stood at a moment, by post and name."""
    network = current_network(workspace)
    by_case: dict[tuple[str, str], list[ForceMajeureCase]] = {}
    for case in known_cases(workspace, network, as_of):
        by_case.setdefault((case.post, case.case_id), []).append(case)
    steps = _transitions(workspace)
    return [
        _case_file(network, key, scopes, steps.get(key, ()), as_of)
        for key, scopes in sorted(by_case.items())
    ]


def show_case(workspace: Workspace, case_id: str, as_of: int, post: str = "") -> CaseFile:
    """One case with its steps. Raises `NotFound`; `UsageError` when two posts have one of that
    name and none is given."""
    found = [
        one
        for one in list_cases(workspace, as_of)
        if one.case_id == case_id and post in ("", one.post)
    ]
    if not found:
        raise NotFound(f"case {case_id!r} was not notified by {format_utc(as_of)}")
    if len(found) > 1:
        posts = ", ".join(one.post for one in found)
        raise UsageError(f"case {case_id!r} is one of {posts}: say which with --post")
    return found[0]


def _case_file(
    network: Network, key: tuple[str, str], scopes: Sequence[ForceMajeureCase],
    steps: Sequence[Transition], as_of: int,
) -> CaseFile:  # fmt: skip
    post, case_id = key
    states = {state_of(case, as_of) for case in scopes}
    state = next(iter(states - {CaseState.CLOSED}), CaseState.CLOSED)
    begins = min(case.from_at for case in scopes)

    def hours(term: str) -> int:
        return int(network.terms.value(Scope.RELATION, term, post, "*", begins // DAY))

    notified = min(case.known_from for case in scopes)
    spoken = [one.published_at for one in steps if one.published_at <= as_of]
    last_word = max(spoken, default=notified)
    allowed = hours("case_stale_hours")
    return CaseFile(
        case_id, post, state, tuple(scopes), latest_words(scopes[0].words),
        max(0, notified - begins - hours("case_notice_hours") * 60),
        max(stale_minutes(case, last_word, allowed, as_of) for case in scopes), tuple(steps),
    )  # fmt: skip


def _transitions(workspace: Workspace) -> dict[tuple[str, str], tuple[Transition, ...]]:
    table = case_transitions
    with workspace.reading() as view:
        rows = view.connection.execute(
            select(table).order_by(table.c.post, table.c.case_id, table.c.seq)
        ).mappings()
        found: dict[tuple[str, str], tuple[Transition, ...]] = {}
        for row in rows:
            key = (row["post"], row["case_id"])
            step = Transition(**{name: row[name] for name in Transition.__slots__})
            found[key] = (*found.get(key, ()), step)
    return found


def open_case(
    workspace: Workspace, notice: Mapping[str, str], actor: str, clock: Clock
) -> CaseFile:
    """Open a case: `notice` holds columns of a notice file; without `published_utc` it is published
    now. Raises `UsageError` for a case that is there already, or values that cannot be used."""
    known = list_cases(workspace, int(NEVER))
    if any((one.post, one.case_id) == (notice["post"], notice["case_id"]) for one in known):
        raise UsageError(
            f"case {notice['case_id']!r} of {notice['post']} is open already: `case notify` adds "
            "to it"
        )
    return _enter(workspace, [dict(notice)], actor, clock)


def notify_case(
    workspace: Workspace, case_id: str, changes: Mapping[str, str], actor: str, clock: Clock,
    post: str = "",
) -> CaseFile:  # fmt: skip
    """A later notice of an open case: what is given replaces what the latest notice said; with
    other limits it is a scope of its own beside the first. Raises as `show_case`, `UsageError`."""
    case = show_case(workspace, case_id, clock.now(), post)
    last = max(case.scopes, key=lambda one: one.published_at)
    told = {name: text for name, text in changes.items() if text}
    return _enter(workspace, [_as_notice(last) | told], actor, clock)


def close_case(
    workspace: Workspace, case_id: str, ended_utc: str, actor: str, clock: Clock, post: str = "",
    reason: str = "", published_utc: str = "",
) -> CaseFile:  # fmt: skip
    """Tell the end of a case, in every scope of it that has none. Raises as `show_case`,
    `UsageError` when it was closed before."""
    case = show_case(workspace, case_id, clock.now(), post)
    still = [scope for scope in case.scopes if scope.is_open or scope.to_at > clock.now()]
    if not still:
        raise UsageError(f"case {case_id!r} is closed: `case notify` corrects its end")
    rows = [
        _as_notice(scope)
        | {
            "to_utc": ended_utc,
            "action": str(Action.CLOSE),
            "reason": reason,
            "published_utc": published_utc,
        }
        for scope in still
    ]
    return _enter(workspace, rows, actor, clock)


def answer_case(
    workspace: Workspace, case_id: str, action: Action, by: str, reason: str, actor: str,
    clock: Clock, post: str = "", published_utc: str = "",
) -> CaseFile:  # fmt: skip
    """Another post, or the group's own body (`*`), accepts or contests a case. Raises as
    `show_case`, `UsageError` for want of a reason, or when it said so before."""
    case = show_case(workspace, case_id, clock.now(), post)
    if case.words.get(by) == action:
        raise UsageError(f"case {case_id!r}: {by} said so before; nothing to add")
    row = word_row(case, action, by, reason) | {"published_utc": published_utc}
    return _enter(workspace, [row], actor, clock)


def word_row(case: CaseFile, action: Action, by: str, reason: str) -> dict[str, str]:
    """The row of a notice file by which a post accepts or contests a case."""
    return {
        "case_id": case.case_id, "post": case.post, "action": str(action), "by": by,
        "reason": reason,
    }  # fmt: skip


def case_facts(rows: Sequence[Mapping[str, str]], network: Network, now: int) -> pa.Table:
    """Rows of a notice file as facts, without `batch_id`; unpublished ones are published at `now`.
    Raises `UsageError` for what cannot be used."""
    facts = []
    for number, row in enumerate(rows, start=1):
        line = csv_line(row, NOTICE_MORE)
        line["published_utc"] = line["published_utc"] or format_utc(now)
        try:
            facts.append(notice_row(line, network) | {"source": "entered here", "line": number})
        except (ValueError, OverflowError) as error:
            raise UsageError(f"case {line['case_id']!r}: {error}") from error
    return facts_of(facts)


def _enter(
    workspace: Workspace, rows: Sequence[Mapping[str, str]], actor: str, clock: Clock
) -> CaseFile:
    if not actor.strip():
        raise UsageError("no actor: say who does it")
    now = clock.now()
    facts = case_facts(rows, current_network(workspace), now)
    steps = transitions_of(facts, actor.strip(), now)
    batch = batch_id("case", *(str(sorted(row.items())) for row in facts.to_pylist()))
    with workspace.commit("case", batch, now=now) as commit:
        column = pa.repeat(commit.batch_id, len(facts))
        commit.append(CASES_TABLE, facts.append_column("batch_id", column))
        commit.records(lambda connection: write_transitions(connection, steps, batch))
    moment = max(now, *facts["published_at"].to_pylist())
    return show_case(workspace, steps[0]["case_id"], moment, steps[0]["post"])


def _as_notice(case: ForceMajeureCase) -> dict[str, str]:
    """The columns of a notice file that say what a scope says; not when it was published."""
    texts = ("case_id", "post", "office", "leg", "text_en", "text_ko", "reference", "kind", "area",
             "product", "standard", "contents")  # fmt: skip
    moments: dict[str, int | None] = {"from_utc": case.from_at, "to_utc": case.to_at}
    moments |= {"accepted_from_utc": case.accepted_from, "accepted_to_utc": case.accepted_to}
    values = {"value_from_sdr": case.value_from_usdr, "value_to_sdr": case.value_to_usdr}
    return (
        {name: str(getattr(case, name)) for name in texts}
        | {name: _moment_text(moment) for name, moment in moments.items()}
        | {name: "" if v is None else str(v // 10**6) for name, v in values.items()}
    )


def _moment_text(moment: int | None) -> str:
    return "" if moment is None or moment >= int(NEVER) else format_utc(moment)


def case_as_json(case: CaseFile) -> dict[str, Any]:
    """A case as a program reads it."""
    scopes = [
        {name: text for name, text in _as_notice(scope).items() if name not in ("case_id", "post")}
        | {"published_utc": format_utc(scope.published_at)}
        for scope in case.scopes
    ]
    return {
        "case_id": case.case_id, "post": case.post, "state": str(case.state), "scopes": scopes,
        "words": dict(case.words),
        "notified_utc": format_utc(min(one.known_from for one in case.scopes)),
        "late_minutes": case.late_minutes, "stale_minutes": case.stale_minutes,
        "transitions": [
            {"transition": one.transition, "by": one.by_post, "actor": one.actor,
             "reason": one.reason, "published_utc": format_utc(one.published_at),
             "at_utc": format_utc(one.at)}
            for one in case.transitions
        ],
    }  # fmt: skip
