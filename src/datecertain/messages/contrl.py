"""What a CONTRL says, as values: an interchange accepted or refused, down to the element.

The message answers syntax, never contents: an item nobody knows is no reason to refuse (rule:
upu-messages 4.6). Positions count as the standard does: segments of a message from its UNH, which
is 1; elements of a segment from its tag, which is 1 (0098); components from 1 (0104).
Sources: the tables `syntax_actions` (0083) and `syntax_errors` (0085); segment tables as printed by
ref.gs1.org (EANCOM 1997 CONTRL) and edifactory.de.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    """What was done with a level of an interchange (0083)."""

    REFUSED = "4"  # this level and all below it
    ACCEPTED = "7"  # this level, and the next lower one where nothing of it is refused
    RECEIVED = "8"  # it arrived; nothing is said about what it holds


@dataclass(frozen=True, slots=True)
class Where:
    """The service segment in error (0135) and the place in it (S011), as far as they are known."""

    segment: str = ""
    element: int | None = None
    component: int | None = None


@dataclass(frozen=True, slots=True)
class ElementError:
    """UCD: an element of a segment is wrong."""

    error: str
    element: int
    component: int | None = None


@dataclass(frozen=True, slots=True)
class SegmentError:
    """UCS: a segment of a message is wrong; of a missing one, the segment before it."""

    segment: int
    error: str = ""
    elements: tuple[ElementError, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageAnswer:
    """UCM: a message of the interchange; those that are not named share the level above."""

    reference: str
    layout: str  # UNH S009: type:version:release:agency:association code
    action: str
    error: str = ""
    where: Where = Where()
    segments: tuple[SegmentError, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupAnswer:
    """UCF: a group of the interchange."""

    reference: str
    sender: str
    recipient: str
    action: str
    error: str = ""
    where: Where = Where()
    messages: tuple[MessageAnswer, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """UCI and what follows: the answer to one interchange. Sender and recipient are those of the
    interchange that is answered, so the recipient is who answers."""

    control_ref: str
    sender: str
    recipient: str
    action: str
    error: str = ""
    where: Where = Where()
    messages: tuple[MessageAnswer, ...] = ()  # in no group
    groups: tuple[GroupAnswer, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether nothing at all is refused: what is only received is not accepted."""
        return (
            self.action == Action.ACCEPTED
            and not self.refused_messages
            and not any(group.action == Action.REFUSED for group in self.groups)
        )

    @property
    def refused_messages(self) -> tuple[MessageAnswer, ...]:
        """The messages refused by name; where a level above is refused, so are all in it."""
        inside = [message for group in self.groups for message in group.messages]
        return tuple(one for one in (*self.messages, *inside) if one.action == Action.REFUSED)
