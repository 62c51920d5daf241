"""What the watch list tells: items that may come late, and those that were saved (req 22, 68).

The watch list is asked, by its own rule. An item is told when it comes to be at risk, when it is
beyond saving, and when it is on course again or in time; as long as nothing of that changes,
nothing is told again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, select

from datecertain.moments import DAY, format_date, format_utc
from datecertain.operations.happening_kinds import Kind
from datecertain.operations.happening_limits import limits_on
from datecertain.operations.open_items import is_open
from datecertain.operations.watch_list import Asked, in_order, watched
from datecertain.operations.watch_looks import REACH_DAYS, Look, looks
from datecertain.store import Workspace
from datecertain.store.happening_book import Found, HappeningBook
from datecertain.store.happening_records import happenings
from datecertain.tracking.events import audience
from datecertain.verdict.live import State
from datecertain.verdict.live_chance import Histories
from datecertain.verdict.marking import OUTCOMES
from datecertain.verdict.outcomes import Outcome

#: What is told of each state of the watch list; a state that is missing (a scan may still come)
#: changes nothing.
_TOLD = {
    State.AT_RISK: "at_risk", State.TO_BE_WON_BACK: "at_risk",
    State.BEYOND_SAVING: "beyond_saving", State.LATE_ALREADY: "beyond_saving",
    State.ON_COURSE: "saved",
}  # fmt: skip
_SAVED = "saved"


@dataclass(frozen=True, slots=True)
class _Before:
    """What was told of an item last, and how often something was."""

    state: str
    times: int


def warnings_found(
    book: HappeningBook, workspace: Workspace, now: int, histories: Histories
) -> list[dict[str, Any]]:
    """What is new on the watch list at a moment, the nearest moment to act first, as rows of
    `happenings` without number. What is more than the limit is told by the next look.

    The look takes its time: what others told meanwhile, `still_new` takes out.
    """
    with book.database.reading() as connection:
        before = _before(connection, now)
    parts = [_changed(look, now, histories, before) for look in looks(workspace, now)]
    rows = [row for part, _ in parts for row in part]
    rows.sort(key=lambda row: (row["kind"], row["body"]["save_by"] or "~", row["subject"]))
    rows = rows[: limits_on(now // DAY).warnings_at_once]
    return rows + [row for _, saved in parts for row in saved]


def still_new(connection: Connection, rows: Sequence[dict[str, Any]], now: int) -> Found:
    """Those of some rows that nobody told since they were found."""
    before = _before(connection, now)
    return Found([row for row in rows if row["version"] == _version(before.get(row["subject"]))])


def _before(connection: Connection, now: int) -> Mapping[str, _Before]:
    kinds = [str(Kind.PROMISE_AT_RISK), str(Kind.PROMISE_SAVED)]
    query = (
        select(happenings.c.subject, happenings.c.version, happenings.c.body)
        .where(happenings.c.kind.in_(kinds), happenings.c.at > now - (REACH_DAYS + 30) * DAY)
        .order_by(happenings.c.seq)
    )
    return {
        row.subject: _Before(row.body["state"], int(row.version))
        for row in connection.execute(query)
    }


def _changed(
    look: Look, now: int, histories: Histories, before: Mapping[str, _Before]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The items of a look of which something else is to be told than last: open ones, and those
    that arrived in time after all."""
    open_ = np.flatnonzero(is_open(look))
    rows = watched(look, now, Asked(), histories)
    keys = look.items["item_key"].take(pa.array(open_, pa.int64()))
    changed = []
    for row in in_order(rows.append_column("item_key", keys)).to_pylist():
        state, last = _TOLD.get(State(row["state"])), before.get(row["item_key"])
        if state is None or state == (_SAVED if last is None else last.state):
            continue
        changed.append(_row(row, state, last, now))
    return changed, list(_arrived(look, now, before))


def _arrived(look: Look, now: int, before: Mapping[str, _Before]) -> Iterator[dict[str, Any]]:
    waiting = [key for key, last in before.items() if last.state != _SAVED]
    in_time = look.judgement.sender.outcome == OUTCOMES.index(Outcome.ON_TIME)
    told = pc.is_in(look.items["item_key"], pa.array(waiting, pa.string()))
    rows = np.flatnonzero(in_time & told.to_numpy(zero_copy_only=False))
    columns = ["item_key", "item_id", "origin", "destination", "promised_on"]
    for row in look.items.select(columns).take(pa.array(rows, pa.int64())).to_pylist():
        yield _row(row, _SAVED, before[row["item_key"]], now)


def _row(row: Mapping[str, Any], state: str, last: _Before | None, now: int) -> dict[str, Any]:
    cut_at, due = row.get("cut_at"), row.get("due_now")
    saved = state == _SAVED
    return {
        "owner": row["origin"], "audience": audience(row["origin"], row["destination"]),
        "kind": str(Kind.PROMISE_SAVED if saved else Kind.PROMISE_AT_RISK),
        "subject": row["item_key"], "version": _version(last),
        "at": now, "told_at": now,
        "body": {
            "item": row["item_id"], "origin": row["origin"], "destination": row["destination"],
            "state": state, "promised_on": format_date(row["promised_on"]),
            "due_now": None if due is None else format_date(due),
            "save_by": None if cut_at is None else format_utc(cut_at),
            "place": row.get("cut_place"), "holder": row.get("post"),
            "chance_percent": row.get("chance_percent"),
        },
    }  # fmt: skip


def _version(last: _Before | None) -> str:
    """The version of what is told of an item next."""
    return str(1 if last is None else last.times + 1)
