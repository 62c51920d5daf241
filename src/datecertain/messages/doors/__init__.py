"""The other doors for item events: GS1 EPCIS 2.0, CSV and Parquet by a mapping, JSON.

`Doors` tells by its content which door a file comes in by, and reads it: each door answers the
columns of raw events that reading EDIFACT answers, with findings and what was set aside. The
writers write canonical events so that they read back equal.
"""

from datecertain.messages.doors.mappings import (
    EXAMPLE,
    TableMapping,
    bundled_text,
    house_mapping,
    read_mapping,
)
from datecertain.messages.doors.opening import Door, Doors
from datecertain.messages.doors.told import DOOR_EVENTS, FIELDS, DoorResult, SetAside, TimeKind
from datecertain.messages.doors.writing import (
    event_rows,
    write_csv,
    write_epcis,
    write_json_lines,
    write_parquet,
)

__all__ = [
    "DOOR_EVENTS",
    "EXAMPLE",
    "FIELDS",
    "Door",
    "DoorResult",
    "Doors",
    "SetAside",
    "TableMapping",
    "TimeKind",
    "bundled_text",
    "event_rows",
    "house_mapping",
    "read_mapping",
    "write_csv",
    "write_epcis",
    "write_json_lines",
    "write_parquet",
]
