"""Functional groups: UNG and UNE checked, and that a message is in one where any message is.

Rule: upu-messages 4.1 after ISO 9735: where UNG is used, every message stands in a group.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from datecertain.messages.envelope import GROUPS_REMEMBERED, OpenGroup, party
from datecertain.messages.fates import Fate
from datecertain.messages.log import brief
from datecertain.messages.results import GroupSummary
from datecertain.messages.segments import segment_at
from datecertain.messages.services import UNE, UNG
from datecertain.moments import Ints

if TYPE_CHECKING:
    from datecertain.messages.parts import Part


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of one part of an interchange."""

    part: Part

    def walk(self, rows: Ints, codes: Ints, numbers: Ints) -> None:
        """Open and close groups; `numbers` counts the messages up to each service segment."""
        for slot in np.flatnonzero((codes == UNG) | (codes == UNE)):
            row, messages = int(rows[slot]), int(numbers[slot])
            if codes[slot] == UNG:
                self._open(row, messages)
            else:
                self._close(row, messages)

    def end(self, row: int) -> None:
        """At the UNZ: a group that is still open, messages behind the last one."""
        interchange = self.part.interchange
        if interchange.groups:
            self._ungrouped(row, interchange.messages)
        self._unclosed(row, interchange.messages)

    def _open(self, row: int, messages: int) -> None:
        interchange = self.part.interchange
        self._ungrouped(row, messages)
        self._unclosed(row, messages)
        header = segment_at(self.part.found, row, self.part.stretch.shift)
        interchange.group = OpenGroup(
            header.value(5).strip(" "), party(header, 2), party(header, 3), messages
        )
        interchange.groups += 1
        self.part.found.fate[row] = Fate.USED

    def _close(self, row: int, messages: int) -> None:
        interchange = self.part.interchange
        group, interchange.group = interchange.group, None
        if group is None:
            self.part.set_envelope_aside(row, row + 1, "group-not-open", "a UNE without its UNG")
            return
        counted = messages - group.messages_before
        defect = self.part.check_trailer(row, "messages", group.reference, counted)
        self._remember(group, messages, defect)

    def _unclosed(self, row: int, messages: int) -> None:
        group, self.part.interchange.group = self.part.interchange.group, None
        if group is not None:
            detail = f"group {brief(group.reference)} has no UNE"
            self.part.log.doubt("group-not-closed", self.part.place(row), detail)
            self._remember(group, messages, "group-not-closed")

    def _remember(self, group: OpenGroup, messages: int, defect: str | None) -> None:
        interchange = self.part.interchange
        interchange.grouped_until = messages
        if len(interchange.group_list) < GROUPS_REMEMBERED:
            first = group.messages_before + 1
            interchange.group_list.append(
                GroupSummary(
                    group.reference, group.sender, group.recipient, first, messages, defect
                )
            )

    def _ungrouped(self, row: int, messages: int) -> None:
        interchange = self.part.interchange
        outside = messages - interchange.grouped_until
        if interchange.group is not None or outside <= 0:
            return
        interchange.grouped_until = messages
        detail = f"{outside} message(s) before this stand in no group, others do"
        self.part.log.doubt("message-outside-group", self.part.place(row), detail)
