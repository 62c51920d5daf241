"""Plain JSON events, as an interface over HTTP gets them or a program writes them to a file: one
object, an array, an object with `events`, or a line for each (JSON Lines).

Members are those of `told.FIELDS`, all texts (`test` may be true or false). Other members are not
read, and said once: names of people have no way in (requirement 59).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from datecertain.findings import Finding, Severity
from datecertain.messages.doors.json_text import REPEATED, array_elements, is_repeated, load_json
from datecertain.messages.doors.told import FIELDS, DoorResult, Told, read_told, refused_file
from datecertain.messages.log import brief

PROFILE = "json-events-1"


def read_json_events(source: str, text: str, value: Any, received_on: int) -> DoorResult:
    """The events of one JSON text, which `load_json` read as `value`."""
    data = text.encode("utf-8", "surrogatepass")
    if isinstance(value, dict) and REPEATED in value:
        return refused_file(source, data, "json-unreadable", "a member is told twice, differently")
    if isinstance(value, list):
        records = list(_elements(text, ()))
    elif isinstance(value, dict) and isinstance(value.get("events"), list):
        records = list(_elements(text, ("events",)))
    else:
        records = [told_by(value, "whole file", 1, 0, data)]
    return _read(source, records, received_on)


def read_json_lines(source: str, data: bytes, received_on: int) -> DoorResult:
    """The events of a file with one JSON object a line."""
    return _read(source, list(_lines(data)), received_on)


def told_by(value: Any, position: str, ordinal: int, begin: int, raw: bytes) -> Told:
    """What one JSON value tells."""
    problem = None
    values: dict[str, str | None] = {}
    if not isinstance(value, dict):
        problem = "event-malformed", f"expected an object, found {brief(str(value))}"
    elif is_repeated(value):
        problem = "event-contradicts", "a member is told twice, differently"
    else:
        for name, one in value.items():
            if isinstance(one, bool):
                values[name] = "true" if one else "false"
            elif one is None or isinstance(one, str):
                values[name] = one
            elif name in FIELDS:
                problem = "event-malformed", f"{name} is no text: {brief(str(one))}"
            else:
                values[name] = None
    return Told(position, ordinal, begin, raw, values, problem)


def _elements(text: str, path: tuple[str, ...]) -> Iterator[Told]:
    plain = text.isascii()
    before, offset = 0, 0
    for number, (value, begin, end) in enumerate(array_elements(text, path)):
        # Bytes up to the element, counted on from the one before it.
        offset += begin - before if plain else len(_bytes(text[before:begin]))
        before = begin
        pointer = "/".join(["", *path, str(number)])
        yield told_by(value, pointer, number + 1, offset, _bytes(text[begin:end]))


def _lines(data: bytes) -> Iterator[Told]:
    begin, ordinal = 0, 0
    for number, line in enumerate(data.split(b"\n"), start=1):
        at, begin = begin, begin + len(line) + 1
        raw = line.removeprefix(b"\xef\xbb\xbf").strip()
        if not raw:
            continue
        ordinal += 1
        position = f"line {number}"
        try:
            told = told_by(load_json(raw.decode("utf-8")), position, ordinal, at, raw)
        except ValueError as error:
            told = Told(position, ordinal, at, raw, {}, ("event-malformed", str(error)))
        yield told


def _read(source: str, records: list[Told], received_on: int) -> DoorResult:
    named = (name for told in records for name in told.values if name not in FIELDS)
    strangers = list(dict.fromkeys(named))
    notes = []
    if strangers:
        detail = f"{', '.join(brief(name) for name in strangers)}: not read"
        notes.append(
            Finding("field-unknown", Severity.NOTE, source, "whole file", brief(detail, 200))
        )
    return read_told(source, PROFILE, records, received_on, notes)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
