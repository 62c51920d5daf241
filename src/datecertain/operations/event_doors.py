"""Events in other forms than EDIFACT: the mappings of a workspace, and events written out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from datecertain.errors import LayoutError, NotAllowed, NotFound, UsageError
from datecertain.identifiers import Defect, ItemNumber
from datecertain.messages.doors import Door as EventDoor
from datecertain.messages.doors import (
    Doors,
    TableMapping,
    event_rows,
    read_mapping,
    write_csv,
    write_epcis,
    write_json_lines,
    write_parquet,
)
from datecertain.messages.doors.epcis import is_epcis
from datecertain.messages.doors.json_text import load_json
from datecertain.network import Network
from datecertain.operations.clock import Clock
from datecertain.operations.tables import EVENTS_TABLE
from datecertain.operations.workspaces import open_workspace
from datecertain.store import Workspace
from datecertain.tracking.canonical import buckets

#: Folder of a workspace with its partners' mappings.
MAPPINGS_FOLDER = "mappings"
_ORDER = ("event_at", "item_id", "code", "sender", "recipient", "transmitted_at", "source",
          "byte_offset", "message")  # fmt: skip


class Form(StrEnum):
    """The forms events are written in."""

    EPCIS = "epcis"  # GS1 EPCIS 2.0, JSON
    JSON = "json"  # one plain event a line
    CSV = "csv"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    events: int
    items: int
    bytes: int


def doors_of(workspace: Workspace, mappings: Sequence[Path] = ()) -> Doors:
    """The doors of a workspace: these mappings first, then those of its folder by file name.
    Raises `NotFound`, `LayoutError`."""
    for path in mappings:
        if not path.is_file():
            raise NotFound(f"{path} is not there: give a mapping file")
    own = sorted((workspace.path / MAPPINGS_FOLDER).glob("*.toml"))
    return Doors(tuple(_mapping(path) for path in (*mappings, *own)))


def demand_own_epcis(workspace: Path, data: bytes, post: str, network: Network) -> None:
    """Refuse an EPCIS document that tells events of which another post is the sender.

    Raises `UsageError` for what is no EPCIS document, `NotAllowed`.
    """
    try:
        value = load_json(data.decode("utf-8-sig"))
    except ValueError as error:
        raise UsageError(f"this is no JSON: {error}") from error
    if not is_epcis(value):
        raise UsageError("this is no EPCIS document: one of EPCIS 2.0 (JSON) is wanted")
    with open_workspace(workspace) as opened:
        doors = doors_of(opened)
    told = doors.read(EventDoor.JSON, "request", data, 0).events
    for place, sender in zip(
        told["position"].to_pylist(), told["sender"].to_pylist(), strict=True
    ):  # fmt: skip
        demand_own_sender(network, sender, post, place)


def demand_own_sender(network: Network, sender: str, post: str, place: str) -> None:
    """Refuse an event of which another post is the sender. Raises `NotAllowed`."""
    if network.post_of_party(sender) != post:
        raise NotAllowed(f"{place}: its sender is {sender!r}; {post} tells its own events only")


def _mapping(path: Path) -> TableMapping:
    try:
        return read_mapping(path.read_text(encoding="utf-8"), str(path))
    except UnicodeDecodeError as error:
        raise LayoutError(f"{path} is no UTF-8: {error}") from error


def export_events(
    workspace: Workspace, form: Form, clock: Clock, item: str | None = None,
    month: str | None = None,
) -> tuple[bytes, Exported]:  # fmt: skip
    """The events of an item, or of a month of local dates, as they stand in the facts: one that was
    sent twice stands there twice. Raises `UsageError` for what is no item number, and unless just
    one of the two is given."""
    if (item is None) == (month is None):
        raise UsageError("say which events: either an item or a month")
    events = _of_item(workspace, item) if item is not None else _of_month(workspace, str(month))
    rows = event_rows(events.sort_by([(name, "ascending") for name in _ORDER]))
    if form is Form.EPCIS:
        data = write_epcis(rows, clock.now())
    else:
        write = {Form.JSON: write_json_lines, Form.CSV: write_csv, Form.PARQUET: write_parquet}
        data = write[form](rows)
    return data, Exported(len(rows), len({row["item_id"] for row in rows}), len(data))


def _of_item(workspace: Workspace, text: str) -> pa.Table:
    number = ItemNumber.parse(text)
    if isinstance(number, Defect):
        raise UsageError(f"{text!r} is no item number: {number.detail}")
    bucket = buckets(pa.chunked_array([[number.text]]))[0].as_py()
    wanted = (pc.field("bucket") == bucket) & (pc.field("item_id") == number.text)
    return workspace.facts(EVENTS_TABLE).arrow(filter=wanted)


def _of_month(workspace: Workspace, month: str) -> pa.Table:
    return workspace.facts(EVENTS_TABLE).arrow(filter=pc.field("month") == month)
