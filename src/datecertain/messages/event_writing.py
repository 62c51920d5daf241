"""Events as messages: what `reading` reads, written by the templates of a layout profile."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.errors import LayoutError, UsageError
from datecertain.identifiers import valid_s10
from datecertain.messages.charsets import encode, repertoire
from datecertain.messages.profiles import Profile, Writing
from datecertain.messages.separators import Separators
from datecertain.messages.stated_times import FORMATS
from datecertain.messages.vocabulary import TEXTS
from datecertain.messages.writing import (
    MOST_SEGMENTS,
    PLACEHOLDER,
    Composer,
    Envelope,
    Written,
    clock,
    zone,
)
from datecertain.moments import Ints, date_of

#: Items of a message where the events don't say which message they belong to.
ITEMS_PER_MESSAGE = 200
_REQUIRED = ("item_id", "code", "event_date", "office")


def write_emsevt(events: pa.Table, envelope: Envelope, profile: Profile) -> Written:
    """The interchange that tells these events (columns of RAW_EVENTS) in their order.

    Needed are `item_id`, `code`, `event_date`, `office`. Neighbours with the same `message` make a
    message (without that column, every 200 items do), neighbours with the same item number an
    item. Position, sender and interchange columns are not looked at. Raises `UsageError` for
    events that can't be told, `LayoutError` when the profile has no templates.
    """
    if profile.writing is None:
        raise LayoutError(f"layout profile {profile.name!r} has no [write] part: it only reads")
    _check(events)
    composer = Composer(envelope)
    layout = _Layout(profile, profile.writing, composer)
    shape = _Shape.of(events)
    texts, counts = layout.event_texts(events, shape)
    offsets, data = _bytes_of(texts)
    segments = np.concatenate(([0], np.cumsum(counts)))
    bounds = np.append(np.flatnonzero(shape.message_start), len(events))
    prepared = _prepared(events, envelope)
    ascii_only = data.isascii()
    whole = [encode(composer.header(profile.layout.split(":")[0]), envelope.syntax)]
    for number, (low, high) in enumerate(pairwise(bounds), start=1):
        head = layout.message_head(number, prepared[int(low)])
        count = int(segments[high] - segments[low]) + len(head) + 1
        if count > MOST_SEGMENTS:
            raise UsageError(f"message {number} has {count} segments; a UNT counts {MOST_SEGMENTS}")
        whole.append(encode("".join(head), envelope.syntax))
        body = data[offsets[low] : offsets[high]]
        whole.append(body if ascii_only else encode(body.decode("utf-8"), envelope.syntax))
        whole.append(encode(composer.message_trailer(count, str(number)), envelope.syntax))
    whole.append(encode(composer.trailer(len(bounds) - 1), envelope.syntax))
    return Written(b"".join(whole), composer.findings)


@dataclass(frozen=True, slots=True)
class _Shape:
    """Which events begin a message or an item, and the item's ordinal in its message."""

    message_start: np.ndarray[tuple[int], np.dtype[np.bool_]]
    item_start: np.ndarray[tuple[int], np.dtype[np.bool_]]
    item_number: Ints

    @classmethod
    def of(cls, events: pa.Table) -> _Shape:
        item_start = _changes(events["item_id"])
        if "message" in events.column_names:
            message_start = _changes(events["message"])
        else:
            item = np.cumsum(item_start) - 1
            message_start = item_start & (item % ITEMS_PER_MESSAGE == 0)
        item_start = item_start | message_start
        item = np.cumsum(item_start)
        before = np.maximum.accumulate(np.where(message_start, item - 1, 0))
        return cls(message_start, item_start, item - before)


class _Layout:
    """The templates of a profile, with the separators of an envelope."""

    def __init__(self, profile: Profile, writing: Writing, composer: Composer) -> None:
        self._profile = profile
        self._writing = writing
        self._composer = composer
        separators = composer.envelope.separators
        self._component = chr(separators.component)
        self._service_characters = chr(separators.element) + self._component
        self._service = str.maketrans("+:", self._service_characters)
        self._terminator = chr(separators.terminator)

    def message_head(self, number: int, prepared: str) -> list[str]:
        """UNH and what the profile puts at the head of a message."""
        composer = self._composer
        values = {
            "interchange": composer.value(composer.envelope.control_ref),
            "message": str(number),
            "prepared": prepared.replace(":", self._component),
        }
        head = [composer.message_header(str(number), self._profile.layout)]
        for template in self._writing.message:
            pieces = self._pieces(template)
            unknown = [name for name in pieces[1::2] if name not in values]
            if unknown:
                raise self._no_such(unknown[0], template)
            pieces[1::2] = [values[name] for name in pieces[1::2]]
            head.append("".join(pieces) + self._terminator)
        return head

    def event_texts(self, events: pa.Table, shape: _Shape) -> tuple[pa.Array, Ints]:
        """The segments of each event as one text, its item's before those of the item's first
        event, and how many segments it has."""
        values = {
            name: self._column(events[name])
            for name in (*TEXTS, "item_id")
            if name in events.column_names
        }
        values["event_time"] = self._times(events)
        values["item_number"] = pa.array(shape.item_number).cast(pa.string())
        starts = pa.array(shape.item_start)
        texts, counts = [], np.zeros(len(events), dtype=np.int64)
        templates = [(one, starts) for one in self._writing.item]
        for template, where in [*templates, *((one, None) for one in self._writing.event)]:
            text = self._filled(template, values, len(events))
            if where is not None:
                text = pc.if_else(where, text, pa.scalar(None, pa.string()))
            counts += np.asarray(pc.is_valid(text), dtype=np.int64)
            texts.append(pc.fill_null(text, ""))
        return pc.binary_join_element_wise(*texts, ""), counts

    def _filled(self, template: str, values: dict[str, pa.Array], count: int) -> pa.Array:
        """A segment per event; null where a value it names is absent."""
        pieces: list[pa.Array | pa.Scalar] = []
        split = self._pieces(template)
        for place, piece in enumerate(split):
            name = piece.removesuffix("?")
            if place % 2 == 0:
                pieces.append(pa.scalar(piece))
            elif name not in values and name not in TEXTS:
                raise self._no_such(name, template)
            elif name != piece:
                ends = place == len(split) - 2 and not split[-1]
                self._add_optional(pieces, values.get(name, pa.nulls(count, pa.string())), ends)
            elif name in values:
                pieces.append(values[name])
            else:
                return pa.nulls(count, pa.string())
        return pc.binary_join_element_wise(*pieces, self._terminator, "")

    def _add_optional(
        self, pieces: list[pa.Array | pa.Scalar], value: pa.Array, ends: bool
    ) -> None:
        """Add a value, or nothing where it is absent; at the end of a segment the separators
        before it go too."""
        if not ends:
            pieces.append(pc.fill_null(value, ""))
            return
        before = pieces.pop().as_py()
        bare = before.rstrip(self._service_characters)
        whole = pc.binary_join_element_wise(pa.scalar(before), value, "")
        pieces.append(pc.fill_null(whole, bare))

    def _pieces(self, template: str) -> list[str]:
        """Literal text and names of values by turns, literal text first."""
        pieces = PLACEHOLDER.split(template)
        pieces[0::2] = [piece.translate(self._service) for piece in pieces[0::2]]
        return pieces

    def _no_such(self, name: str, template: str) -> LayoutError:
        where = f"layout profile {self._profile.name!r}, template {template!r}"
        return LayoutError(f"{where}: there is no value {name!r} there")

    def _column(self, column: pa.ChunkedArray) -> pa.Array:
        """A text column with its values released and within the character set."""
        texts = column.combine_chunks().cast(pa.string())
        envelope = self._composer.envelope
        _, data = _bytes_of(texts)
        if _plain(envelope.syntax, envelope.separators)[np.frombuffer(data, dtype=np.uint8)].all():
            return texts
        coded = texts.dictionary_encode()
        held = [self._composer.value(one) for one in coded.dictionary.to_pylist()]
        return pa.array(held, type=pa.string()).take(coded.indices)

    def _times(self, events: pa.Table) -> pa.Array:
        """Time and format code: 203, with a stated offset 303, without a clock 102; or the time
        alone, in the profile's own format."""
        days = _days(np.asarray(events["event_date"]))
        minutes, has_minute = _optional(events, "event_min")
        field = self._profile.field("event_time")
        if field is not None and field.format is not None:
            return self._times_in(field.format, events, days)
        clocks = _clocks().take(pa.array(np.where(has_minute, minutes, 1440)))
        offsets, has_offset = _optional(events, "stated_offset")
        has_offset = has_offset & has_minute
        codes, place = np.unique(np.where(has_offset, offsets, 10_000), return_inverse=True)
        tails = []
        for code in codes:
            offset = "" if code == 10_000 else self._composer.value(zone(int(code)))
            tails.append(f"{offset}{self._component}{303 if offset else 203}")
        tails.append(f"{self._component}102")
        ends = pa.array(tails).take(pa.array(np.where(has_minute, place, len(tails) - 1)))
        return pc.binary_join_element_wise(days, clocks, ends, "")

    def _times_in(self, code: str, events: pa.Table, days: pa.Array) -> pa.Array:
        """Times of one format, without its code. Raises `UsageError` for one it cannot tell."""
        form = FORMATS[code]
        minutes, has_minute = _optional(events, "event_min")
        offsets, has_offset = _optional(events, "stated_offset")
        if (has_minute != bool(form.clock)).any() or (has_offset & ~np.bool_(form.zone)).any():
            raise UsageError(f"layout profile {self._profile.name!r} tells all times as {code}")
        if form.zone and not has_offset.all():
            raise UsageError(f"layout profile {self._profile.name!r}: a time has no offset")
        pieces = [pc.utf8_slice_codeunits(days, 4 - form.year)]
        if form.clock:
            pieces.append(_clocks().take(pa.array(minutes)))
        if form.clock == 6:
            pieces.append(pa.scalar("00"))
        if form.zone:
            pieces.append(pa.array([self._composer.value(zone(int(one))) for one in offsets]))
        return pc.binary_join_element_wise(*pieces, "")


@cache
def _plain(syntax: str, separators: Separators) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which octets stand in a segment as they are."""
    plain = repertoire(syntax) - {separators.component, separators.element}
    plain -= {separators.terminator, separators.release or -1, separators.repetition or -1}
    table = np.zeros(256, dtype=bool)
    table[[octet for octet in plain if 0x20 <= octet < 0x80]] = True
    return table


def _check(events: pa.Table) -> None:
    if not len(events):
        raise UsageError("there are no events to write")
    lacking = [name for name in _REQUIRED if name not in events.column_names]
    lacking = lacking or [name for name in _REQUIRED if events[name].null_count]
    if lacking:
        raise UsageError(f"events to be written need {', '.join(_REQUIRED)}: {lacking[0]} lacks")
    wrong = np.flatnonzero(~valid_s10(events["item_id"]))
    if len(wrong):
        number = events["item_id"][int(wrong[0])].as_py()
        raise UsageError(f"{number!r} is no valid item number: events about it can't be written")


def _prepared(events: pa.Table, envelope: Envelope) -> list[str]:
    """Preparation time of each event's message and its format code."""
    dates, has_date = _optional(events, "prepared_date")
    minutes, has_minute = _optional(events, "prepared_min")
    own = f"{date_of(envelope.prepared_date):%Y%m%d}{clock(envelope.prepared_min)}:203"
    kinds, place = np.unique(
        np.where(has_date, dates * 2048 + np.where(has_minute, minutes, 2047), -1),
        return_inverse=True,
    )
    texts = []
    for kind in kinds:
        day, minute = divmod(int(kind), 2048)
        of_day = ":102" if minute == 2047 else f"{clock(minute)}:203"
        texts.append(own if kind == -1 else f"{date_of(day):%Y%m%d}{of_day}")
    return [texts[one] for one in place]


@cache
def _clocks() -> pa.Array:
    """HHMM by minute of day, and nothing for 1440."""
    return pa.array([*(clock(minute) for minute in range(1440)), ""])


def _days(days: Ints) -> pa.Array:
    known, place = np.unique(days, return_inverse=True)
    return pa.array([f"{date_of(int(day)):%Y%m%d}" for day in known]).take(pa.array(place))


def _optional(
    events: pa.Table, name: str
) -> tuple[Ints, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """The values of a column, 0 for null, and where it has one; a column may be missing."""
    if name not in events.column_names:
        return np.zeros(len(events), dtype=np.int64), np.zeros(len(events), dtype=bool)
    column = events[name].cast(pa.int64())
    return np.asarray(pc.fill_null(column, 0)), np.asarray(pc.is_valid(column), dtype=bool)


def _changes(column: pa.ChunkedArray) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which rows differ from the one before; the first does."""
    whole = column.combine_chunks()
    changes = np.ones(len(whole), dtype=bool)
    if len(whole) > 1:
        changes[1:] = np.asarray(pc.not_equal(whole[1:], whole[:-1]), dtype=bool)
    return changes


def _bytes_of(texts: pa.Array) -> tuple[Ints, bytes]:
    """Offsets and bytes of a text column that is no slice of another."""
    _, offsets, data = texts.buffers()
    if offsets is None:
        return np.zeros(1, dtype=np.int64), b""
    positions = np.frombuffer(offsets, dtype=np.int32)[texts.offset :][: len(texts) + 1]
    return positions.astype(np.int64), b"" if data is None else data.to_pybytes()
