"""The envelope of an interchange: UNB and UNZ, and what is remembered between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from blake3 import blake3

from datecertain.messages.fates import ByteCounts, Fate
from datecertain.messages.log import brief
from datecertain.messages.results import DIGEST, GroupSummary, InterchangeSummary
from datecertain.messages.segments import Segment
from datecertain.messages.stated_times import read_clock
from datecertain.messages.stretches import Dialect

#: Groups are listed one by one up to so many of an interchange.
GROUPS_REMEMBERED = 10_000
#: Repeated message references are looked for among so many messages of an interchange.
REFERENCES_REMEMBERED = 1_000_000


@dataclass(slots=True)
class OpenGroup:
    """A functional group (UNG … UNE) that has not ended."""

    reference: str
    sender: str
    recipient: str
    messages_before: int


@dataclass(slots=True)
class OpenInterchange:
    """An interchange whose UNB was read: what is needed until its UNZ, across blocks."""

    index: int
    source: str
    dialect: Dialect
    sender: str
    recipient: str
    control_ref: str
    prepared: tuple[int, int] | None
    application: str
    acknowledge: bool
    test: bool
    byte_begin: int
    byte_end: int
    digest: Any = field(default_factory=blake3)
    messages: int = 0  # UNH seen
    messages_read: int = 0
    events: int = 0
    groups: int = 0
    group: OpenGroup | None = None
    references: set[bytes] = field(default_factory=set)
    grouped_until: int = 0  # messages seen when the last group ended
    group_list: list[GroupSummary] = field(default_factory=list)
    accounted: npt.NDArray[np.int64] = field(
        default_factory=lambda: np.zeros(len(Fate), dtype=np.int64)
    )
    reported: set[str] = field(default_factory=set)  # findings said once per interchange
    complete: bool = False

    @property
    def told_digest(self) -> str:
        """The digest of its bytes so far, as `InterchangeSummary.digest` has it."""
        return f"{DIGEST}:{self.digest.hexdigest()}"

    def summary(self) -> InterchangeSummary:
        """The interchange as it ended, before it is compared with others."""
        date, minute = self.prepared if self.prepared is not None else (None, None)
        return InterchangeSummary(
            index=self.index,
            source=self.source,
            sender=self.sender,
            recipient=self.recipient,
            control_ref=self.control_ref,
            prepared_date=date,
            prepared_min=minute,
            syntax=self.dialect.syntax,
            application=self.application,
            test=self.test,
            acknowledge=self.acknowledge,
            byte_begin=self.byte_begin,
            byte_end=self.byte_end,
            digest=self.told_digest,
            complete=self.complete,
            messages=self.messages,
            messages_read=self.messages_read,
            events=self.events,
            repeat_of=None,
            accounted=ByteCounts.of(self.accounted),
            separators=self.dialect.separators,
            groups=tuple(self.group_list),
        )


def open_interchange(
    header: Segment, index: int, source: str, dialect: Dialect, byte_begin: int, received_on: int
) -> OpenInterchange | None:
    """The interchange that a UNB opens; None if it names no sender, recipient or reference."""
    sender, recipient = party(header, 2), party(header, 3)
    control_ref = header.value(5).strip(" ")
    if not (sender and recipient and control_ref):
        return None
    return OpenInterchange(
        index=index,
        source=source,
        dialect=dialect,
        sender=sender,
        recipient=recipient,
        control_ref=control_ref,
        prepared=read_clock(
            header.value(4, 1).strip(" "), header.value(4, 2).strip(" "), received_on
        ),
        application=header.value(7),
        acknowledge=header.value(9).strip(" ") == "1",
        test=header.value(11).strip(" ") == "1",
        byte_begin=byte_begin,
        byte_end=byte_begin,
    )


def trailer_defect(trailer: Segment, unit: str, reference: str, counted: int) -> str | None:
    """What a UNZ or UNE says otherwise than the reading counted, or None."""
    count, stated = trailer.value(1).strip(" "), trailer.value(2).strip(" ")
    if count.lstrip("0") != str(counted or ""):
        return f"{trailer.tag} counts {brief(count)!r} {unit}, there are {counted}"
    if stated != reference:
        return f"{trailer.tag} has reference {brief(stated)!r}, expected {brief(reference)!r}"
    return None


def party(header: Segment, element: int) -> str:
    """Identification of a sender or recipient, with its qualifier when one is given."""
    identification = header.value(element, 1).strip(" ")
    qualifier = header.value(element, 2).strip(" ")
    return f"{identification}:{qualifier}" if identification and qualifier else identification
