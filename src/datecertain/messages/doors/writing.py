"""Item events written for others: EPCIS, CSV, Parquet, JSON. What is written reads back equal.

A local time whose offset the sender stated is written with it; any other without, because the
offset is only our reading of the office's zone. EPCIS demands one: there the extension
`offsetSource` says where it comes from.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq

from datecertain.messages.code_tables import code_table
from datecertain.messages.doors.clocks import write_offset
from datecertain.messages.doors.epcis import (
    CONTEXT,
    EXTENSIONS,
    ITEM_URN,
    NAMESPACE,
    OFFICE_URN,
    PREFIX,
)
from datecertain.messages.doors.mappings import house_mapping
from datecertain.moments import DAY, format_clock, format_date

Row = Mapping[str, str | None]

_TEXTS = ("item_id", "code", "office", "next_office", "reason", "measure", "dispatch", "receptacle",
          "sender", "recipient", "offset_source")  # fmt: skip
_STEPS = {row.code: (row.more["biz_step"], row.more["disposition"])
          for row in code_table("epcis_steps").rows}  # fmt: skip
_NO_STEP = ("other", "unknown")


def event_rows(events: pa.Table) -> list[dict[str, str | None]]:
    """Canonical events as records of the doors' fields, in their order. `event_time` is local,
    without offset; `offset` is that of its clock."""
    names = (*_TEXTS, "interchange", "event_at", "event_date", "event_min", "transmitted_at")
    rows = []
    for event in events.select(names).to_pylist():
        offset = event["event_date"] * DAY + event["event_min"] - event["event_at"]
        sent = divmod(event["transmitted_at"], DAY)
        rows.append(
            {name: event[name] for name in _TEXTS}
            | {
                "event_time": _time(event["event_date"], event["event_min"]),
                "offset": write_offset(offset),
                "transmitted": f"{_time(*sent)}Z",
                "reference": event["interchange"] or None,
            }
        )
    return rows


def write_json_lines(rows: Iterable[Row]) -> bytes:
    """One JSON object a line."""
    lines = [json.dumps({name: one for name, one in _plain(row).items() if one is not None},
                        ensure_ascii=False) for row in rows]  # fmt: skip
    return "".join(f"{line}\n" for line in lines).encode("utf-8")


def write_csv(rows: Iterable[Row]) -> bytes:
    """A table in the house's columns. A line break within a value becomes a blank."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = tuple(house_mapping().columns)
    writer.writerow(columns)
    for row in rows:
        plain = _plain(row)
        writer.writerow([" ".join((plain[name] or "").splitlines()) for name in columns])
    return text.getvalue().encode("utf-8")


def write_parquet(rows: Sequence[Row]) -> bytes:
    """The same table as Parquet, all columns texts."""
    plain = [_plain(row) for row in rows]
    columns = {
        name: pa.array([row[name] for row in plain], pa.string())
        for name in house_mapping().columns
    }
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def write_epcis(rows: Iterable[Row], created_at: int) -> bytes:
    """An EPCIS 2.0 document, one ObjectEvent an event; `created_at` is the moment it is made."""
    day, minute = divmod(created_at, DAY)
    document = {
        "@context": [CONTEXT, {PREFIX: NAMESPACE}],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": f"{_time(day, minute)}:00Z",
        "epcisBody": {"eventList": []},
    }
    # One event a line: a file that people and line tools can look into.
    before, behind = json.dumps(document, indent=1).split("[]")
    events = ",\n".join(json.dumps(_object_event(row), ensure_ascii=False) for row in rows)
    return f"{before}[\n{events}\n]{behind}\n".encode()


def _object_event(row: Row) -> dict[str, Any]:
    step, disposition = _STEPS.get(row["code"] or "", _NO_STEP)
    digest = hashlib.sha256(json.dumps(dict(row), sort_keys=True).encode()).hexdigest()
    event = {
        "type": "ObjectEvent",
        "eventID": f"urn:datecertain:event:{digest[:32]}",
        "eventTime": f"{row['event_time']}:00{row['offset']}",
        "eventTimeZoneOffset": row["offset"],
        "epcList": [ITEM_URN + (row["item_id"] or "")],
        "action": "OBSERVE",
        "bizStep": step,
        "disposition": disposition,
        "readPoint": {"id": OFFICE_URN + quote(row["office"] or "", safe="")},
    }
    told = {f"{PREFIX}:{name}": row.get(field) for name, field in EXTENSIONS.items()}
    return event | {name: value for name, value in told.items() if value is not None}


def _time(day: int, minute: int) -> str:
    return f"{format_date(day)}T{format_clock(minute)}"


def _plain(row: Row) -> dict[str, str | None]:
    """The record of the house's table: its time with the offset, where the sender stated it."""
    stated = row["offset_source"] == "stated"
    columns = house_mapping().columns
    plain = {name: row.get(name) for name in columns}
    return plain | {"event_time": f"{row['event_time']}{row['offset'] if stated else ''}"}
