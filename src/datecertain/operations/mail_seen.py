"""Whose mail may be seen: what one's own post sent, and what was sent to it (req 57).

A part that was set aside often tells no recipient. It is seen by its sender; by the post that
handed its file in, into whose folder it came (`operations.mail_room`); and by the post for which
all else was that its file, or its sender, ever brought here: a post's own workspace.
"""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import Connection, select

from datecertain.access import SeesFlow
from datecertain.messages.sequences import SequenceReport
from datecertain.network import Network
from datecertain.operations.interchange_sequences import sequences_from
from datecertain.operations.networks import current_network
from datecertain.operations.quarantine import Part, waiting_parts
from datecertain.store import Workspace
from datecertain.store.records import interchanges

_Flow = tuple[str, str]
_NOBODY = "?"


class MailSeen:
    """What of the mail of a workspace may be seen; read once."""

    def __init__(self, connection: Connection, network: Network, sees_flow: SeesFlow) -> None:
        self._network, self._sees_flow = network, sees_flow
        self._of_file: dict[tuple[str, str], set[_Flow]] = defaultdict(set)
        self._of_sender: dict[str, set[_Flow]] = defaultdict(set)
        rows = connection.execute(
            select(
                interchanges.c.batch_id, interchanges.c.file, interchanges.c.sender,
                interchanges.c.recipient,
            ).distinct()
        )  # fmt: skip
        for row in rows:
            flow = self._flow(row.sender, row.recipient)
            self._of_file[row.batch_id, row.file].add(flow)
            self._of_sender[flow[0]].add(flow)
        self._everything = set().union(*self._of_sender.values())

    @property
    def whole(self) -> bool:
        """Whether all mail that ever came may be seen: it is a post's own workspace."""
        return self._all(self._everything)

    def _flow(self, sender: str, recipient: str) -> _Flow:
        one, other = (self._network.post_of_party(party) for party in (sender, recipient))
        return one or _NOBODY, other or _NOBODY

    def _all(self, flows: set[_Flow]) -> bool:
        return bool(flows) and all(self._sees_flow(*flow) for flow in flows)

    def interchange(self, sender: str, recipient: str) -> bool:
        """Whether an interchange between two parties may be seen."""
        return self._sees_flow(*self._flow(sender, recipient))

    def file(self, batch_id: str, file: str) -> bool:
        """Whether all interchanges of a file may be seen; no: there are none."""
        return self._all(self._of_file.get((batch_id, file), set()))

    def part(self, part: Part) -> bool:
        """Whether what was set aside may be seen."""
        folder = part.source.partition("/")[0]
        handed_in_by = folder if folder in self._network.posts else ""
        sender = part.partner or handed_in_by
        if any(post and self._sees_flow(post, post) for post in (sender, handed_in_by)):
            return True
        there = self._of_file.get((part.batch_id, part.source))
        if there:
            return self._all(there)
        return self._all(self._of_sender.get(sender, set()) if sender else self._everything)


def parts_seen(workspace: Workspace, sees_flow: SeesFlow, partner: str = "") -> list[Part]:
    """What waits in quarantine and may be seen, in order of receipt."""
    network = current_network(workspace)
    with workspace.reading() as view:
        seen = MailSeen(view.connection, network, sees_flow)
        return [part for part in waiting_parts(view.connection, (), partner) if seen.part(part)]


def sequences_seen(workspace: Workspace, sees_flow: SeesFlow, partner: str = "") -> SequenceReport:
    """References that never came, those used twice and those that are no numbers, of what may be
    seen."""
    report, network = sequences_from(workspace, partner), current_network(workspace)
    with workspace.reading() as view:
        seen = MailSeen(view.connection, network, sees_flow).interchange
    return SequenceReport(
        tuple(one for one in report.gaps if seen(one.sender, one.recipient)),
        tuple(one for one in report.repeats if seen(one.sender, one.recipient)),
        tuple(one for one in report.uncounted if seen(one.sender, one.recipient)),
    )
