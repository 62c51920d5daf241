"""Receptacles, legs and statuses as messages: what is read, written by a profile's templates."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from datecertain.errors import LayoutError, UsageError
from datecertain.identifiers import ItemNumber, Receptacle
from datecertain.messages.code_tables import code_table
from datecertain.messages.part_writing import TIME_COLUMNS, PartWriter, Row
from datecertain.messages.profiles import Profile
from datecertain.messages.transport import Transport
from datecertain.messages.vocabulary import REQUIRED, Within
from datecertain.messages.writing import PLACEHOLDER, Envelope, Written


def write_transport(told: Transport, envelope: Envelope, profile: Profile) -> Written:
    """The interchange that tells these rows, as far as the profile has a place for them.

    The tables need the columns that are not null in their schemas up to `STANDING`, and of that
    only `message`: rows with the same number make a message, in its order. Who said it is the
    envelope's to say. Raises `UsageError` for rows that can't be told so, `LayoutError` when the
    profile has no templates.
    """
    if profile.writing is None or not profile.of_transport:
        raise LayoutError(f"layout profile {profile.name!r} does not write transport messages")
    writer = PartWriter(profile, envelope)
    return writer.write(
        _Message(writer, number, message).segments()
        for number, message in enumerate(_messages(told, profile), start=1)
    )


_Rows = dict[Within, list[Row]]


def _messages(told: Transport, profile: Profile) -> Iterator[_Rows]:
    """By message the rows of each kind."""
    tables = {
        Within.RECEPTACLE: told.receptacles,
        Within.ITEM: told.contained,
        Within.LEG: told.legs,
    }
    if Within.STATUS in profile.opens:
        tables = {Within.STATUS: told.carrier_events}
    rows = {
        part: table.to_pylist() if part in profile.opens else [] for part, table in tables.items()
    }
    for part, lot in rows.items():
        for row in lot:
            _check(part, row, profile)
    messages: dict[int, _Rows] = {}
    for part, lot in rows.items():
        for row in lot:
            messages.setdefault(row["message"], {}).setdefault(part, []).append(row)
    for number in sorted(messages):
        yield messages[number]


def _check(part: Within, row: Row, profile: Profile) -> None:
    """Refuse a row that the messages of a profile can't tell."""
    for name in REQUIRED[part]:
        if row.get(TIME_COLUMNS.get(name, (name,))[0]) is None:
            raise UsageError(f"a {part} to be written needs {name}: {dict(row)}")
    receptacle, item = row.get("receptacle"), row.get("item_id")
    for text, sort in ((receptacle, Receptacle), (item, ItemNumber)):
        if text is not None and str(getattr(sort.parse(text), "text", "")) != text:
            raise UsageError(f"{text!r} is no valid {sort.__name__}: it can't be written")
    if part is Within.LEG and row["basis"] != profile.says[part]:
        raise UsageError(f"{profile.name} tells legs of a plan, not of a {row['basis']}")
    default = profile.says.get(Within.RECEPTACLE)
    if part is Within.RECEPTACLE and row.get("kind") != default and not _check_code(row, profile):
        raise UsageError(f"{profile.name} can't tell that a receptacle is {row.get('kind')!r}")


def _check_code(row: Row, profile: Profile) -> str | None:
    """The check code of a receptacle: its own, or the first that says its kind."""
    field = profile.field("check")
    if field is None or field.table is None or row.get("check") is not None:
        return None if field is None else row.get("check")
    kind, default = row.get("kind"), profile.says.get(Within.RECEPTACLE)
    if kind == default:
        return None
    rows = code_table(field.table).rows
    return next((one.code for one in rows if one.more.get("kind") == kind), None)


class _Message:
    """One message on its way to text."""

    def __init__(self, writer: PartWriter, number: int, rows: _Rows) -> None:
        self.writer = writer
        self.profile = writer.profile
        self.number = number
        self.rows = rows

    def segments(self) -> Iterator[str]:
        """Its segments, without UNH and UNT."""
        yield from self.writer.part(Within.MESSAGE, self._head())
        for leg in self.rows.get(Within.LEG, ()):
            yield from self.writer.part(Within.LEG, leg)
        yield from self._statuses()
        yield from self._receptacles()

    def _head(self) -> Row:
        """What holds of the whole message: where the rows differ, the profile can't tell them. A
        receptacle in excess may be of any dispatch."""
        shared: dict[str, Any] = {}
        lots = [row for lot in self.rows.values() for row in lot]
        lots = [row for row in lots if row.get("kind") != "excess"] or lots
        assert self.profile.writing is not None
        named = {name for one in self.profile.writing.message for name in PLACEHOLDER.findall(one)}
        for name in named - {"prepared"}:
            values = {row[name] for row in lots if row.get(name) is not None}
            if len(values) > 1:
                told = ", ".join(sorted(values))
                raise UsageError(f"message {self.number} is about one {name}, not about {told}")
            shared[name] = next(iter(values), None)
        shared |= self.writer.prepared(lots[0])
        shared["interchange"] = self.writer.composer.envelope.control_ref
        shared["message"] = str(self.number)
        return shared

    def _statuses(self) -> Iterator[str]:
        """Each status with its receptacles: neighbours that say the same are one."""
        names = (
            "code", "place", "flight", "consignment", "event_date", "event_min", "stated_offset",
        )  # fmt: skip

        def key(numbered: tuple[int, Row]) -> tuple[Any, ...]:
            number, row = numbered
            alone = row.get("receptacle") is None  # about a consignment: never one with another
            return (number if alone else 0, *(row.get(name) for name in names))

        for _, lot in groupby(enumerate(self.rows.get(Within.STATUS, ()), start=1), key):
            rows = [row for _, row in lot]
            yield from self.writer.part(Within.STATUS, rows[0])
            for number, row in enumerate(rows, start=1):
                if row.get("receptacle") is not None:
                    yield from self.writer.part(Within.RECEPTACLE, {**row, "number": str(number)})

    def _receptacles(self) -> Iterator[str]:
        inside: dict[str, list[Row]] = {}
        for row in self.rows.get(Within.ITEM, ()):
            inside.setdefault(row["receptacle"], []).append(row)
        for number, row in enumerate(self.rows.get(Within.RECEPTACLE, ()), start=1):
            weight = row.get("weight_hg")
            values = {
                **row,
                "number": str(number),
                "check": _check_code(row, self.profile),
                "weight": None if weight is None else ("KGM", f"{weight // 10}.{weight % 10}"),
            }
            yield from self.writer.part(Within.RECEPTACLE, values)
            for item in inside.pop(row["receptacle"], ()):
                yield from self.writer.part(Within.ITEM, item)
        if inside:
            raise UsageError(f"message {self.number} does not name {next(iter(inside))}")
