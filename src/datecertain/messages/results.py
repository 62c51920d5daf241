"""What reading messages answers: events, findings, what was set aside, and the interchanges."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

import pyarrow as pa
import pyarrow.compute as pc

from datecertain.findings import Finding
from datecertain.messages.attributes import ITEM_ATTRIBUTES, no_attributes
from datecertain.messages.fates import ByteCounts, Spans, all_spans, no_spans
from datecertain.messages.raw_events import RAW_EVENTS, no_events
from datecertain.messages.separators import DEFAULT, Separators
from datecertain.messages.transport import Transport, joined_transport, no_transport

#: By which hash the bytes of an interchange are known (decision 25).
DIGEST = "blake3"


class Kind(StrEnum):
    """What was set aside: always the smallest whole thing that cannot be used."""

    FOREIGN = "foreign"  # bytes that belong to no interchange
    ENVELOPE = "envelope"  # a service segment, or segments outside of any message
    MESSAGE = "message"  # a message, complete or broken off
    ITEM = "item"  # an item of a message with all its events
    EVENT = "event"  # one event
    RECEPTACLE = "receptacle"  # a receptacle with the items in it
    LEG = "leg"  # one flight of a consignment
    STATUS = "status"  # a carrier's status with the receptacles it is about
    PIECE = "piece"  # one kind of goods in an item


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Bytes set aside as received, with the place they came from, so that they can be looked at
    and read again after a fix. The bytes may hold personal data: store them as raw messages are
    stored, encrypted and with dated retention."""

    kind: Kind
    reason: str  # code of the finding that says why
    source: str
    byte_offset: int
    raw: bytes
    interchange: str | None = None  # control reference
    interchange_index: int | None = None  # position in `ReadResult.interchanges`
    message: int | None = None  # ordinal in the interchange, from 1
    segment: int | None = None  # ordinal in the message, UNH is 1
    item: str | None = None  # the item number, where it could be read
    layout: str | None = None  # UNH S009 of the message, where it could be read
    header: bytes | None = None  # its UNH, where `raw` does not begin with it


@dataclass(frozen=True, slots=True)
class GroupSummary:
    """A functional group (UNG … UNE) of an interchange."""

    reference: str
    sender: str  # application sender and recipient, as parties are told
    recipient: str
    first_message: int  # ordinals in the interchange, both ends inclusive; none: last < first
    last_message: int
    defect: str | None  # code of the finding about its trailer, if there is one


@dataclass(frozen=True, slots=True)
class InterchangeSummary:
    """One interchange: who, what, where in the source, and what came of it."""

    index: int
    source: str
    sender: str  # identification, with `:qualifier` when the sender gives one
    recipient: str
    control_ref: str
    prepared_date: int | None  # on the sender's clock
    prepared_min: int | None
    syntax: str
    application: str  # application reference 0026: what it holds, by the sender's word
    test: bool  # test indicator 0035: never settle on it
    acknowledge: bool  # the sender wants an acknowledgement (0031)
    byte_begin: int  # of the UNA, or of the UNB where there is none
    byte_end: int  # behind the terminator of the UNZ
    digest: str  # of these bytes: `blake3:` and 64 hexadecimal digits
    complete: bool  # a UNZ ends it
    messages: int
    messages_read: int
    events: int
    repeat_of: int | None  # index of an earlier interchange of this reading with the same bytes
    accounted: ByteCounts = field(default_factory=ByteCounts)  # adds up to `byte_end - byte_begin`
    separators: Separators = DEFAULT
    groups: tuple[GroupSummary, ...] = ()

    @property
    def key(self) -> tuple[str, str, str]:
        """What an interchange is known by: sender, recipient, control reference. A sender may
        restart its references: the bytes' hash tells whether it is the same one."""
        return self.sender, self.recipient, self.control_ref


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What one reading, or one part of a reading, found."""

    events: pa.Table  # schema RAW_EVENTS
    findings: list[Finding]
    quarantined: list[Quarantined]
    interchanges: list[InterchangeSummary]
    accounted: Spans = field(default_factory=no_spans)  # what became of each byte
    transport: Transport = field(default_factory=no_transport)
    item_attributes: pa.Table = field(default_factory=no_attributes)  # schema ITEM_ATTRIBUTES


def joined(parts: Iterable[ReadResult]) -> ReadResult:
    """The parts of one reading as one result, exact repeats of an interchange counted once."""
    tables, transport, accounted = [no_events()], [], []
    attributes = [no_attributes()]
    findings, quarantined, interchanges = [], [], []
    for part in parts:
        accounted.append(part.accounted)
        tables.append(part.events)
        transport.append(part.transport)
        attributes.append(part.item_attributes)
        findings += part.findings
        quarantined += part.quarantined
        interchanges += part.interchanges
    events, declared = pa.concat_tables(tables), pa.concat_tables(attributes)
    repeats = pa.array(
        [one.index for one in interchanges if one.repeat_of is not None], type=pa.int32()
    )
    if len(repeats):
        events, declared = (
            table.filter(pc.invert(pc.is_in(table["interchange_index"], repeats)))
            for table in (events, declared)
        )
    return ReadResult(
        events.cast(RAW_EVENTS),
        findings,
        quarantined,
        interchanges,
        all_spans(accounted),
        joined_transport(transport).without(repeats),
        declared.cast(ITEM_ATTRIBUTES),
    )
