"""Weights of items beside the one as accepted: of their receptacles, by transport messages, and as
a post verified them, by its notes (req 41)."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, insert, select

from datecertain.errors import DatecertainError, UsageError
from datecertain.moments import DAY, format_date, parse_date
from datecertain.operations.clock import Clock
from datecertain.operations.evidence import current_items, event_months
from datecertain.operations.movements import receptacle_of_items
from datecertain.operations.tables import ITEMS_TABLE
from datecertain.settlement.weighing import (
    WEIGHED,
    receptacle_weights,
    weighed_by_receptacle,
)
from datecertain.store import Workspace, batch_id
from datecertain.store.settlement_records import verified_weights
from datecertain.tracking.events import audience


@dataclass(frozen=True, slots=True)
class Note:
    """A line of a verification note: a post weighed an item; no grams: an earlier one is taken
    back."""

    item_id: str
    weight_g: int | None
    note: str
    verified_on: int
    actor: str


#: Columns of a file of notes; `weight_g` is empty where an earlier note is taken back.
COLUMNS = ("item_id", "weight_g", "note", "verified_on", "by")


def read_notes(path: Path) -> list[Note]:
    """The notes of a CSV file. Raises `UsageError` that names every line that cannot be read."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if missing := sorted(set(COLUMNS) - set(reader.fieldnames or ())):
            raise UsageError(
                f"{path}: no column {', '.join(missing)}; expected {', '.join(COLUMNS)}"
            )
        found, wrong = [], []
        for row in reader:
            try:
                grams, day = _grams(row["weight_g"]), parse_date(row["verified_on"])
            except DatecertainError as error:
                wrong.append(f"line {reader.line_num}: {error}")
                continue
            found.append(Note(row["item_id"], grams, row["note"], day, row["by"].upper()))
    if wrong:
        raise UsageError(f"{path}: {'; '.join(wrong)}")
    return found


def _grams(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()):
        raise UsageError(f"weight_g {text!r}: write whole grams, such as 1250, or nothing")
    return int(text)


def note_weights(workspace: Workspace, notes: Sequence[Note], clock: Clock) -> int:
    """Write down what posts verified; how many notes were new. All of them, or none.

    Raises `UsageError` that names every note that cannot stand: an unknown item, a post that is not
    of its lane, a day before its acceptance or to come, a weight that is none.
    """
    now = clock.now()
    numbers = pa.array(sorted({one.item_id for one in notes}), pa.string())
    columns = ("item_id", "item_key", "origin", "destination", "accepted_date", "accepted_at")
    items = current_items(workspace, None, columns=columns, numbers=numbers).to_pylist()
    with workspace.reading() as view:
        there = _noted(view.connection)
    rows, wrong = [], []
    for one in notes:
        mine = [
            item
            for item in items
            if item["item_id"] == one.item_id and item["accepted_date"] <= one.verified_on
        ]
        item = max(mine, key=lambda item: int(item["accepted_at"]), default=None)
        if item is None:
            wrong.append(f"{one.item_id}: not accepted by {format_date(one.verified_on)} here")
        elif one.actor not in (item["origin"], item["destination"]):
            wrong.append(f"{one.item_id}: {one.actor} is not of its lane")
        elif one.verified_on > now // DAY or (one.weight_g is not None and one.weight_g <= 0):
            wrong.append(f"{one.item_id}: a day to come, or a weight that is none")
        else:
            said = (one.note, one.weight_g, one.verified_on, one.actor)
            before = there.setdefault(item["item_key"], [])
            if not before or before[-1] != said:
                posts = item["origin"], item["destination"]
                rows.append(
                    {"item_key": item["item_key"], "seq": len(before), "owner": one.actor,
                     "audience": audience(*posts), "item_id": one.item_id, "note": one.note,
                     "weight_g": one.weight_g, "verified_on": one.verified_on,
                     "actor": one.actor, "at": now}
                )  # fmt: skip
                before.append(said)
    if wrong:
        raise UsageError(f"{len(wrong)} notes cannot stand: {'; '.join(wrong[:10])}")
    if rows:
        batch = batch_id("weights", *(f"{row['item_key']}:{row['seq']}:{row['weight_g']}"
                                      for row in rows))  # fmt: skip
        with workspace.commit("weights", batch, now=now) as commit:
            commit.records(
                lambda link: link.execute(
                    insert(verified_weights), [row | {"batch_id": batch} for row in rows]
                )
            )
    return len(rows)


_Said = tuple[str, int | None, int, str]


def _noted(connection: Connection) -> dict[str, list[_Said]]:
    """Per item what was noted, in order."""
    table = verified_weights.c
    names = (table.item_key, table.note, table.weight_g, table.verified_on, table.actor)
    found: dict[str, list[_Said]] = {}
    for row in connection.execute(select(*names).order_by(table.item_key, table.seq)):
        found.setdefault(row.item_key, []).append(
            (row.note, row.weight_g, row.verified_on, row.actor)
        )
    return found


def verified(workspace: Workspace) -> dict[str, int]:
    """The verified grams of each item that has any, by its key: its last note."""
    with workspace.reading() as view:
        noted = _noted(view.connection)
    last = {key: said[-1][1] for key, said in noted.items()}
    return {key: grams for key, grams in last.items() if grams is not None}


def weighed(workspace: Workspace, month: str) -> pa.Table:
    """What items that can be of a month of acceptances carry of their receptacles (`WEIGHED`)."""
    months = event_months(month)
    contained = workspace.facts("contained").arrow(months=months)
    if not len(contained):
        return WEIGHED.empty_table()
    inside = receptacle_of_items(contained)
    named = pc.unique(inside["receptacle"])
    told = workspace.facts("receptacles").arrow(
        ["receptacle", "kind", "weight_hg", "label_weight_hg", "prepared_date", "prepared_min"],
        filter=pc.is_in(pc.field("receptacle"), named),
    )
    day = pc.fill_null(told["prepared_date"].cast(pa.int64()), 0)
    minute = pc.fill_null(told["prepared_min"].cast(pa.int64()), 0)
    told = told.append_column("said_at", pc.add(pc.multiply(day, DAY), minute))
    accepted = workspace.facts(ITEMS_TABLE).arrow(["item_id", "weight_g"], months=months)
    accepted = accepted.group_by("item_id").aggregate([("weight_g", "max")])
    accepted = accepted.rename_columns({"weight_g_max": "weight_g"})
    return weighed_by_receptacle(inside, receptacle_weights(told), accepted)
