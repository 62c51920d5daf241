"""The watch list as a program and as a person reads it, and the live lines of one item."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
from pyarrow import csv
from typing_extensions import TypedDict

from datecertain.moments import format_date, format_local, format_utc
from datecertain.operations.failed_dispatches import FailedDispatch
from datecertain.operations.told_items import LiveTold
from datecertain.operations.watch_list import WatchList
from datecertain.wording import Words

Row = Mapping[str, Any]
_DAYS = ("promised_on", "due_now")
_MOMENTS = ("since", "planned_at", "cut_at")
COLUMNS = ("item", "state", "save_by", "left", "where", "what", "chance")
FAILED_COLUMNS = (
    "office",
    "leaves",
    "flights",
    "planned",
    "failed",
    "silent",
    "unscanned",
    "late_now",
)


def as_json(row: Row) -> LiveTold:
    """A row of the list with dates and moments as text; `cut_local` on the clock of its place."""
    days = {name: None if row[name] is None else format_date(row[name]) for name in _DAYS}
    moments = {name: None if row[name] is None else format_utc(row[name]) for name in _MOMENTS}
    at = row["cut_at"]
    local = {"cut_local": None if at is None else format_local(at, row["cut_zone"])}
    return cast(LiveTold, dict(row) | days | moments | local)


def list_as_json(found: WatchList) -> dict[str, Any]:
    """The list as one document."""
    return {
        "at": format_utc(found.now), "looked_at": found.looked_at, "states": dict(found.states),
        "items": [as_json(row) for row in found.rows.to_pylist()],
    }  # fmt: skip


def write_csv(found: WatchList, path: Path) -> None:
    """All rows of the list as one CSV, dates and moments as text."""
    rows: list[Row] = [as_json(row) for row in found.rows.to_pylist()]
    names = [*found.rows.column_names, "cut_local"]
    csv.write_csv(pa.table({name: [row[name] for row in rows] for name in names}), path)


def table_rows(found: WatchList, speak: Words) -> Iterator[tuple[str, ...]]:
    """What is shown of each item (COLUMNS)."""
    for row in found.rows.to_pylist():
        yield (
            row["item_id"], speak.say(f"watch.state.{row['state']}"),
            "–" if row["cut_at"] is None else _short(row["cut_at"], row["cut_zone"]),
            left(row["slack_min"]), row["cut_place"] or row["office"] or "–",
            "–" if row["cut"] is None else _what(row, speak),
            "–" if row["chance_percent"] is None else f"{row['chance_percent']} %",
        )  # fmt: skip


def _short(moment: int, clock: str) -> str:
    return format_local(moment, clock)[5:].replace("T", " ")


def left(minutes: int | None) -> str:
    """Time to a moment: `26:05` hours and minutes, `-0:30` past it, `–` where there is none."""
    if minutes is None:
        return "–"
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else ''}{hours}:{rest:02d}"


def _what(row: Row, speak: Words) -> str:
    return speak.say(f"watch.cut.{row['cut']}") + (f" {row['flights']}" if row["flights"] else "")


def states_line(found: WatchList, speak: Words) -> str:
    """How many items are in which state."""
    states = ", ".join(
        f"{speak.say(f'watch.state.{state}')} {speak.count(number)}"
        for state, number in found.states.items()
    )
    return speak.say(
        "watch.states", count=speak.count(sum(found.states.values())),
        seen=speak.count(found.looked_at), states=states,
    )  # fmt: skip


def live_lines(row: Row, now: int, speak: Words) -> Iterator[str]:
    """One item's live state, in sentences."""
    due = row["due_now"]
    yield speak.say(
        "watch.live", at=format_utc(now), state=speak.say(f"watch.state.{row['state']}"),
        due="–" if due is None else speak.date(due), promised=speak.date(row["promised_on"]),
        slack=row["slack_days"], post=row["post"], leg=speak.say(f"leg.{row['leg']}"),
        since=format_utc(row["since"]),
    )  # fmt: skip
    if row["cut_at"] is None:
        yield speak.say("watch.live.none")
    else:
        yield speak.say(
            "watch.live.cut", by=speak.moment(row["cut_at"], row["cut_zone"]),
            checkpoint=speak.say(f"checkpoint.{row['cut']}"), place=row["cut_place"],
            what=speak.say(f"watch.cut.{row['cut']}"),
            flights=f" {row['flights']}" if row["flights"] else "", left=left(row["slack_min"]),
        )  # fmt: skip
    if row["chance_percent"] is None:
        yield speak.say(f"watch.live.{row['chance_basis']}")
    else:
        yield speak.say(
            "watch.live.chance", in_time=speak.count(row["chance_in_time"]),
            items=speak.count(row["chance_items"]), percent=row["chance_percent"],
            pool=speak.say(f"watch.pool.{row['chance_basis']}"),
        )  # fmt: skip
    for doubt, key in (("on_hold", "watch.live.hold"), ("uncertain", "watch.live.uncertain")):
        if row[doubt]:
            yield speak.say(key)


class FailedTold(TypedDict):
    """A dispatch that items missed. `leaves_at` by standard, `latest_at` the last moment for its
    flights; `silent`: of the `failed`, those of which no scan says that they left at all;
    `unscanned`: went on, but nothing says when; `late_now`: due after their promise now."""

    office: str
    post: str
    flights: str
    leaves_at: str
    latest_at: str
    leaves_local: str
    planned: int
    failed: int
    silent: int
    unscanned: int
    late_now: int
    items: list[str]


def failed_as_json(found: Sequence[FailedDispatch]) -> list[FailedTold]:
    """The dispatches as one document."""
    return [
        {
            "office": one.office, "post": one.post, "flights": one.flights,
            "leaves_at": format_utc(one.leaves_at), "latest_at": format_utc(one.latest_at),
            "leaves_local": format_local(one.leaves_at, one.zone), "planned": one.planned,
            "failed": one.failed, "silent": one.silent, "unscanned": one.unscanned,
            "late_now": one.late_now, "items": one.items,
        }
        for one in found
    ]  # fmt: skip


def failed_rows(found: Sequence[FailedDispatch], speak: Words) -> Iterator[tuple[str, ...]]:
    """What is shown of each dispatch (FAILED_COLUMNS)."""
    for one in found:
        counts = (one.planned, one.failed, one.silent, one.unscanned, one.late_now)
        yield (
            one.office, format_local(one.leaves_at, one.zone), one.flights or "–",
            *(speak.count(number) for number in counts),
        )  # fmt: skip
