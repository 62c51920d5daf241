"""Reading interchanges: bytes in, columns out, in bounded memory.

    blocks → stretches → scan → parts → messages → outline → events, receptacles, legs …

Whatever the bytes are, reading does not raise: what can be used is read, everything else is in the
findings and in quarantine with its place and its bytes. Only a source that can't be read at all
(`OSError`) stops it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from datecertain.errors import UsageError
from datecertain.findings import Severity
from datecertain.messages.accounting import Portion, account
from datecertain.messages.attribute_reading import read_attributes
from datecertain.messages.attributes import no_attributes
from datecertain.messages.blocks import Block, BlockReader
from datecertain.messages.checking import report_repeated_references, verified, without_tests
from datecertain.messages.columns import texts, those
from datecertain.messages.envelope import OpenInterchange
from datecertain.messages.events import EventReader
from datecertain.messages.fates import Spans, all_spans
from datecertain.messages.log import Log, Place, brief
from datecertain.messages.parts import Messages
from datecertain.messages.plan import Outline, outline
from datecertain.messages.profiles import Profile, Profiles
from datecertain.messages.provenance import prepared, rows_of_messages, rows_of_parts, standing
from datecertain.messages.raw_events import RAW_EVENTS, no_events
from datecertain.messages.results import InterchangeSummary, Kind, ReadResult, joined
from datecertain.messages.scan import Scan, scan
from datecertain.messages.separators import LONGEST_START
from datecertain.messages.splitting import Splitter, State, foreign
from datecertain.messages.stretches import Run, cut, runs
from datecertain.messages.transport import Transport, joined_transport
from datecertain.messages.transport_reading import read_transport
from datecertain.messages.vocabulary import Within
from datecertain.moments import Ints

BLOCK_BYTES = 4 << 20
#: A message that does not end within so many bytes is set aside: memory stays bounded. A UNT can
#: count 999,999 segments; they would have to be 67 bytes long on average.
MAX_MESSAGE_BYTES = 64 << 20
_LARGEST = 512 << 20  # blocks may be twice as large, and positions in them have 31 bits


def read_interchanges(
    stream: BinaryIO,
    source_name: str,
    profiles: Profiles,
    *,
    received_on: int,
    block_bytes: int = BLOCK_BYTES,
    max_message_bytes: int = MAX_MESSAGE_BYTES,
) -> ReadResult:
    """All that a file of interchanges holds. `received_on` (a day number) fixes the century of
    two-digit years. An interchange that occurs twice, byte for byte, counts once."""
    return joined(
        read_parts(
            [(source_name, stream)],
            profiles,
            received_on=received_on,
            block_bytes=block_bytes,
            max_message_bytes=max_message_bytes,
        )
    )


def read_parts(
    sources: Iterable[tuple[str, BinaryIO]],
    profiles: Profiles,
    *,
    received_on: int,
    block_bytes: int = BLOCK_BYTES,
    max_message_bytes: int = MAX_MESSAGE_BYTES,
) -> Iterator[ReadResult]:
    """The same for many files, one part per block: memory stays bounded by the largest message.

    Small files are read many to a block, so open them lazily: a generator of (name, stream).
    An interchange is listed in the part in which it ends; its index counts through all parts.
    Exact repeats of an interchange carry `repeat_of`; their events are left in (`joined` takes
    them out).
    """
    if max(block_bytes, max_message_bytes) > _LARGEST:
        raise UsageError(f"block_bytes and max_message_bytes can be at most {_LARGEST}")
    reader = BlockReader(sources, max(block_bytes, 2 * LONGEST_START))
    state = State(received_on, max_message_bytes)
    carried = b""
    while (block := reader.next(carried)) is not None:
        part = _BlockReading(block, state, profiles)
        keep = part.read()
        carried = block.raw(keep, block.size)
        yield part.result()


class _BlockReading:
    """One block on its way to a part of the result."""

    def __init__(self, block: Block, state: State, profiles: Profiles) -> None:
        self.block = block
        self.state = state
        self.profiles = profiles
        self.log = Log()
        self.tables: list[pa.Table] = []
        self.transport: list[Transport] = []
        self.attributes: list[pa.Table] = [no_attributes()]
        self.interchanges: list[InterchangeSummary] = []
        self.accounted: list[Spans] = []

    def result(self) -> ReadResult:
        """What was read so far."""
        events = pa.concat_tables(self.tables) if self.tables else no_events()
        log = self.log
        return ReadResult(
            events,
            log.findings,
            log.quarantined,
            self.interchanges,
            all_spans(self.accounted),
            joined_transport(self.transport),
            pa.concat_tables(self.attributes),
        )

    def read(self) -> int:
        """Read the block; answers from where on its bytes belong to the next."""
        keep = self.block.size
        dialect = self.state.open.dialect if self.state.open is not None else None
        for run in runs(cut(self.block), dialect):
            keep = self._read_run(run)
        return keep

    def _read_run(self, run: Run) -> int:
        keep = self.block.size
        if run.dialect is None:
            for stretch in run.stretches:
                keep = foreign(self.block, stretch, stretch.begin, self.state, self.log)
            self._account(run, None, [], keep)
            return keep
        found = scan(self.block, run, run.dialect, self.state.workspace)
        splitter = Splitter(found, self.state, self.log)
        for stretch in run.stretches:
            keep = splitter.split(stretch)
        messages = verified(found, splitter.messages())
        report_repeated_references(found, messages, self.log)
        messages = without_tests(messages)
        for profile, some in self._by_profile(found, messages):
            self._read_profile(outline(found, some, profile))
        self._account(run, found, splitter.portions, keep)
        for interchange in splitter.closed:
            self.interchanges.append(self._summary(interchange))
        return keep

    def _account(self, run: Run, found: Scan | None, portions: list[Portion], keep: int) -> None:
        passages, self.log.passages = self.log.passages, []
        self.accounted.append(account(run, found, passages, portions, keep))

    def _by_profile(self, found: Scan, messages: Messages) -> Iterator[tuple[Profile, Messages]]:
        """The messages of each profile; those whose layout nobody knows are set aside."""
        if not len(messages):
            return
        layouts = texts(found, *found.element(messages.head, 2), binary=True).dictionary_encode()
        kinds = np.asarray(layouts.indices) * len(messages.parts) + messages.owner
        chosen: dict[str, list[int]] = {}
        # Mostly all are of one kind.
        for kind in kinds[:1] if (kinds == kinds[0]).all() else np.unique(kinds):
            layout_index, owner = divmod(int(kind), len(messages.parts))
            layout = _layout(layouts.dictionary[layout_index].as_py(), found)
            sender = messages.parts[owner].interchange.sender
            profile = self.profiles.choose(layout, sender)
            if profile is None:
                self._set_aside(messages, np.flatnonzero(kinds == kind), layout)
            else:
                chosen.setdefault(profile.name, []).append(int(kind))
        for name, like in chosen.items():
            which = kinds == like[0] if len(like) == 1 else np.isin(kinds, like)
            yield self.profiles.named(name), messages if which.all() else messages.take(which)

    def _set_aside(self, messages: Messages, which: Ints, layout: str) -> None:
        detail = f"no profile reads layout {brief(layout)!r}"
        for message in which:
            row, behind = int(messages.head[message]), int(messages.tail[message]) + 1
            messages.parts[int(messages.owner[message])].set_aside(
                Kind.MESSAGE,
                "layout-unknown",
                messages.place(int(message), row),
                row,
                behind,
                detail,
                layout=brief(layout),
            )

    def _read_profile(self, plan: Outline) -> None:
        for part, read in zip(plan.messages.parts, self._messages_of_parts(plan), strict=True):
            part.interchange.messages_read += int(read)
        if plan.profile.of_transport:
            self.transport.append(read_transport(plan, self.state.received_on, self.log))
        elif plan.profile.of_attributes:
            self.attributes.append(read_attributes(plan, self.state.received_on, self.log))
        else:
            self._read_events(plan)

    def _messages_of_parts(self, plan: Outline) -> Ints:
        return np.bincount(plan.messages.owner, minlength=len(plan.messages.parts))

    def _read_events(self, plan: Outline) -> None:
        messages = plan.messages
        columns, kept = EventReader(plan, self.state.received_on, self.log).read()
        message = those(plan.message_of(Within.EVENT), kept)
        events_of = rows_of_parts(messages, rows_of_messages(message, len(messages)))
        for part, events in zip(messages.parts, events_of, strict=True):
            part.interchange.events += events
        if not len(kept):
            return
        columns |= standing(plan, message, those(plan.rows_of(Within.EVENT), kept))
        columns |= prepared(plan, message, self.state.received_on, self.log)
        arrays = [columns[name] for name in RAW_EVENTS.names]
        self.tables.append(pa.Table.from_arrays(arrays, schema=RAW_EVENTS))

    def _summary(self, interchange: OpenInterchange) -> InterchangeSummary:
        """The summary of an interchange that has ended, compared with those before it."""
        summary = interchange.summary()
        earlier = self.state.seen.setdefault(summary.key, [])
        place = Place(summary.source, summary.byte_begin, summary.control_ref, summary.index)
        repeat_of = next((index for digest, index in earlier if digest == summary.digest), None)
        if repeat_of is not None:
            detail = f"the same bytes as interchange {repeat_of} of this reading"
            self.log.note("interchange-repeated", Severity.NOTE, place, detail)
        elif earlier and summary.complete:
            detail = "another interchange of this reading has the same sender, recipient, reference"
            self.log.doubt("interchange-reference-reused", place, detail)
        if repeat_of is None and summary.complete:
            earlier.append((summary.digest, summary.index))
        return replace(summary, repeat_of=repeat_of)


def _layout(raw: bytes | None, found: Scan) -> str:
    """UNH S009 as written with the default separators, without empty ends."""
    text = (raw or b"").decode("latin-1")
    return text.replace(chr(found.dialect.separators.component), ":").rstrip(":")
