"""Who said what is read, when, and where it stands: the columns that every row of a reading has."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from datecertain.messages import value_kernels
from datecertain.messages.columns import of_runs, truths, where
from datecertain.messages.log import Log
from datecertain.messages.parts import Messages
from datecertain.messages.plan import Outline
from datecertain.messages.profiles import Field
from datecertain.messages.stated_times import StatedTimes, read_times
from datecertain.messages.vocabulary import Within
from datecertain.moments import Ints, Mask


def standing(plan: Outline, message: Ints, row: Ints) -> dict[str, pa.Array]:
    """Of rows that begin with segment `row` in `message`: place, profile, and what the whole
    interchange shares."""
    messages = plan.messages
    shift = np.array([part.stretch.shift for part in messages.parts], dtype=np.int64)
    number, segment = np.empty((2, len(row)), dtype=np.int32)
    byte_offset = np.empty(len(row), dtype=np.int64)
    assert (message[1:] >= message[:-1]).all(), "rows stand in the order of their messages"
    rows_of = rows_of_messages(message, len(messages))
    value_kernels.stand(
        plan.found.start, row, np.cumsum(rows_of), messages.number, messages.head,
        shift[messages.owner], number, segment, byte_offset,
    )  # fmt: skip
    columns = {
        "message": pa.array(number),
        "segment": pa.array(segment),
        "byte_offset": pa.array(byte_offset),
        "profile": of_runs([plan.profile.name], [len(row)]),
    }
    return columns | _of_interchange(messages, rows_of_parts(messages, rows_of))


def rows_of_messages(message: Ints, count: int) -> Ints:
    """How many rows each of so many messages has; rows stand in the order of their messages."""
    behind: Ints = np.searchsorted(message, np.arange(count + 1))
    return behind[1:] - behind[:-1]


def rows_of_parts(messages: Messages, rows_of: Ints) -> list[int]:
    """How many rows the messages of each part of an interchange have."""
    counts = np.bincount(messages.owner, weights=rows_of, minlength=len(messages.parts))
    return [int(one) for one in counts]


def prepared(plan: Outline, message: Ints, received_on: int, log: Log) -> dict[str, pa.Array]:
    """Preparation time of each row's message: its own, else the interchange's."""
    day, minute, has_day = _transmitted(plan)
    has_minute: Mask = has_day.copy()
    field = plan.profile.field("prepared")
    if field is not None:
        of, times = _own_times(plan, field, received_on, log)
        day[of], minute[of] = times.day, times.minute
        has_day[of], has_minute[of] = True, times.has_minute
    return _clock("prepared", message, day, minute, has_day, has_minute)


def _clock(
    name: str, message: Ints, day: Ints, minute: Ints, has_day: Mask, has_minute: Mask
) -> dict[str, pa.Array]:
    """Day and minute of each row's message."""
    rows_of = rows_of_messages(message, len(day))
    days, minutes = day.astype(np.int32), minute.astype(np.int16)
    return {
        f"{name}_date": where(_repeated(has_day, rows_of), np.repeat(days, rows_of)),
        f"{name}_min": where(_repeated(has_minute, rows_of), np.repeat(minutes, rows_of)),
    }


def _repeated(there: Mask, rows_of: Ints) -> Mask | None:
    return None if there.all() else np.repeat(there, rows_of)


def _own_times(plan: Outline, field: Field, received_on: int, log: Log) -> tuple[Ints, StatedTimes]:
    """Messages that state a time of their own which can be read, and that time."""
    column, heads = plan.column(field), plan.openers(Within.MESSAGE)
    if field.name not in plan.repeated:
        times, _ = read_times(plan.found, plan.spots, heads, column, received_on)
        of = np.flatnonzero(times.readable)
        if len(of) == np.count_nonzero(plan.spots[heads, column]):
            return of, times.take(of)
    found = plan.occurrences(field)
    value = plan.values(found.rows, field)
    form = plan.found.component(found.rows, field.element, field.format_component or 1)
    spots = np.stack([*value, *form], axis=1).astype(np.uint32)
    times, _ = read_times(plan.found, spots, np.arange(len(spots)), 0, received_on)
    unread = ~times.readable
    for row, message_of in zip(found.rows[unread], found.of[unread], strict=True):
        place = plan.messages.place(int(message_of), int(row))
        log.doubt("prepared-unreadable", place, "the preparation time can't be read")
    # Told more than once, the first that can be read counts.
    of, first = np.unique(found.of[times.readable], return_index=True)
    return of, times.take(np.flatnonzero(times.readable)[first])


def transmitted(plan: Outline, message: Ints) -> dict[str, pa.Array]:
    """The time in the interchange's header, on the sender's clock."""
    day, minute, known = _transmitted(plan)
    return _clock("transmitted", message, day, minute, known, known)


def _transmitted(plan: Outline) -> tuple[Ints, Ints, Mask]:
    """By message: day and minute that its interchange's header states, and where it does."""
    messages = plan.messages
    stated = [part.interchange.prepared or (0, 0) for part in messages.parts]
    known = np.array([part.interchange.prepared is not None for part in messages.parts])
    day, minute = np.array(stated, dtype=np.int64).T[:, messages.owner]
    return day, minute, known[messages.owner]


def _of_interchange(messages: Messages, counts: list[int]) -> dict[str, pa.Array]:
    """What every row of an interchange shares; `counts` rows of each."""
    interchanges = [part.interchange for part in messages.parts]
    index = np.array([one.index for one in interchanges], dtype=np.int32)
    test = np.array([one.test for one in interchanges], dtype=bool)
    return {
        "sender": of_runs([one.sender for one in interchanges], counts),
        "recipient": of_runs([one.recipient for one in interchanges], counts),
        "interchange": of_runs([one.control_ref for one in interchanges], counts),
        "interchange_index": pa.array(np.repeat(index, counts)),
        "test": truths(np.repeat(test, counts)),
    }
