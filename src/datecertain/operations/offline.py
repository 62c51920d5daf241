"""Making an office's offline table, and quoting from one: no store, no engine (req 15)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from datecertain.durable import file_beside
from datecertain.errors import NotFound
from datecertain.moments import parse_date
from datecertain.operations.clock import Clock
from datecertain.operations.quoting import network_in_force
from datecertain.promise.asking import Ask
from datecertain.promise.tables import OfficeTable, read_table, write_table
from datecertain.promise.telling import told_quote
from datecertain.wording import Words


def make_table(
    place: tuple[str, str], first_on: str, days: int, out: Path, clock: Clock, *,
    made_by: str = "", workspace: Path | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Write the table of a place (post, postcode or area) for `days` dates from `first_on` on,
    from the network in force; what it is.

    Raises `UnknownPlace`, `UsageError`, `BadMoment`, `NotFound`.
    """
    network = network_in_force(workspace)
    data = write_table(
        network, *place, parse_date(first_on), days, made_at=clock.now(), made_by=made_by
    )
    with file_beside(out) as draft:  # an office must not be left with half a table
        draft.write_bytes(data)
    return {"file": str(out), "bytes": len(data), **about(read_table(data))}


def open_table(path: Path) -> OfficeTable:
    """The table in a file. Raises `NotFound`, `TableRefused`."""
    if not path.is_file():
        raise NotFound(f"{path} is not there: fetch the office's table (`promise table` makes one)")
    return read_table(path.read_bytes())


def quote_by_table(ask: Ask, words: Words, path: Path) -> dict[str, Any]:
    """`quote_one`, answered by an office's table: the same date and reasons; the last step says
    that the journey's own steps are not in the table.

    Raises `TableRefused`, `UnknownPlace`, `UsageError`, `BadMoment`, `NotFound`.
    """
    table = open_table(path)
    table.demand_answer(ask)
    told = told_quote(table.network, ask, words)
    steps = []
    due, carried = told["due_on"], told["carried_on"]
    if due is not None and carried is not None and due != carried:
        sentence = "step.buffer" if told["added_days"] else "step.standard"
        text = words.say(
            sentence, carried=words.date(parse_date(carried)), due=words.date(parse_date(due))
        )
        steps.append({"step": sentence.removeprefix("step."), "text": text})
    last = words.date(table.header.last_day)
    text = words.say("step.table", table=table.table_id, area=table.header.area, last=last)
    steps.append({"step": "table", "text": text})
    return {**told, "steps": steps, "table": about(table)}


def about(table: OfficeTable) -> dict[str, Any]:
    """What a table is for, as a program reads it."""
    header = table.header
    return {
        "table_id": table.table_id, "post": header.post, "area": header.area,
        "first_on": header.first_on, "last_on": header.last_on, "expires_at": header.expires_at,
        "network_version": header.network_version, "made_at": header.made_at,
        "made_by": header.made_by,
    }  # fmt: skip
