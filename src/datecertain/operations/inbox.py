"""The inbox per partner: what came, what was wrong with it, what waits, what is missing, and who
has fallen silent (req 16, 17)."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, select

from datecertain.access import SeesFlow
from datecertain.messages.sequences import Gap
from datecertain.network import Network
from datecertain.operations.agreements import (
    Silence,
    read_agreements,
    read_answering,
    silences,
)
from datecertain.operations.contrl_answering import received_from, waiting_answers, wants
from datecertain.operations.interchange_sequences import sequences_in
from datecertain.operations.mail_seen import MailSeen
from datecertain.operations.networks import current_network
from datecertain.operations.quarantine import waiting_parts
from datecertain.store import Workspace
from datecertain.store.records import batches, findings, interchanges, quarantine

_REFERENCE = re.compile(r"interchange ([^ ,]+)")


@dataclass(slots=True)
class Partner:
    """What came from one post; `post` empty: from nobody knows whom, and the own counter's files.
    `heard_at` is the moment of receipt of its last interchange."""

    post: str
    files: int = 0
    interchanges: int = 0
    tests: int = 0  # of the interchanges: with the test indicator
    messages: int = 0
    events: int = 0
    heard_at: int | None = None
    findings: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)  # parts in quarantine, by reason
    gaps: list[Gap] = field(default_factory=list)
    answers_due: int = 0  # CONTRL that it wants and did not get yet
    answered: dict[str, int] = field(default_factory=dict)  # its CONTRL to ours, by outcome
    refused: list[Refused] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Refused:
    """An interchange that a partner refused, whole or in part; `error` is its code (0085), empty
    where the refusal stands further down. `sent_here`: its reference was given here."""

    sender: str
    control_ref: str
    outcome: str
    error: str
    sent_here: bool


@dataclass(frozen=True, slots=True)
class InboxStatus:
    """The partners in order of their codes, and the state of each agreed expectation."""

    as_of: int
    partners: tuple[Partner, ...]
    silences: tuple[Silence, ...]

    @property
    def alarms(self) -> tuple[Silence, ...]:
        """Those who have been silent for longer than agreed."""
        return tuple(one for one in self.silences if one.alarm)


def inbox_status(
    workspace: Workspace, as_of: int, sees_flow: SeesFlow | None = None
) -> InboxStatus:
    """What came from whom by now; silence is counted up to the moment `as_of`. Of mail that may be
    seen (`sees_flow` None: all); answers and agreements where that is all of it.

    Raises `UsageError` when `partners.toml` cannot be used.
    """
    network = current_network(workspace)
    expected = read_agreements(workspace.path, network)
    partners: dict[str, Partner] = {}

    def partner(post: str | None) -> Partner:
        name = post or ""
        return partners.setdefault(name, Partner(name))

    with workspace.reading() as view:
        seen = None if sees_flow is None else MailSeen(view.connection, network, sees_flow)
        whole = seen is None or seen.whole
        heard = _traffic(view.connection, network, partner, seen)
        for post, code, count in _findings(view.connection, network, seen):
            told = partner(post).findings
            told[code] = told.get(code, 0) + count
        for part in waiting_parts(view.connection):
            if seen is not None and not seen.part(part):
                continue
            waits = partner(part.partner).waiting
            waits[part.reason] = waits.get(part.reason, 0) + 1
        wanted = read_answering(workspace.path, network) if whole else ()
        for row in waiting_answers(view.connection) if wanted else ():
            if wants(network, wanted, row):
                partner(network.post_of_party(row.sender)).answers_due += 1
        if whole:
            _answers(view.connection, network, partner)
    found = silences(expected, network, heard, as_of) if whole else []
    order = sorted(partners.values(), key=lambda one: (not one.post, one.post))
    return InboxStatus(as_of, tuple(order), tuple(found))


def _traffic(
    connection: Connection, network: Network, partner: Callable[[str | None], Partner],
    seen: MailSeen | None,
) -> dict[tuple[str, str], int]:  # fmt: skip
    """Counts what interchanges brought; the moment of the last by post and message. Whose an
    interchange is, the network of today says: it may have learnt its sender since."""
    rows = connection.execute(
        select(
            interchanges.c.sender, interchanges.c.recipient, interchanges.c.messages,
            interchanges.c.events,
            interchanges.c.state, interchanges.c.application, interchanges.c.batch_id,
            interchanges.c.file, batches.c.created_at,
        ).join(batches, batches.c.batch_id == interchanges.c.batch_id)
    ).all()  # fmt: skip
    heard: dict[tuple[str, str], int] = {}
    files: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in rows:
        if seen is not None and not seen.interchange(row.sender, row.recipient):
            continue
        one = partner(network.post_of_party(row.sender))
        one.interchanges += 1
        one.messages += row.messages
        one.events += row.events
        one.heard_at = max(one.heard_at or row.created_at, row.created_at)
        files[one.post].add((row.batch_id, row.file))
        if row.state == "test":
            one.tests += 1
            continue
        # Without a word of its own an interchange that tells events is one of EMSEVT.
        message = (row.application or ("EMSEVT" if row.events else "")).upper()
        key = one.post, message
        heard[key] = max(heard.get(key, row.created_at), row.created_at)
    for post, mine in files.items():
        partner(post).files = len(mine)
    for gap in sequences_in(connection).gaps:
        if seen is not None and not seen.interchange(gap.sender, gap.recipient):
            continue
        partner(network.post_of_party(gap.sender)).gaps.append(gap)
    return heard


def _answers(
    connection: Connection, network: Network, partner: Callable[[str | None], Partner]
) -> None:
    """What partners answered to the interchanges sent to them."""
    for row in received_from(connection):
        one = partner(network.post_of_party(row.partner))
        one.answered[row.outcome] = one.answered.get(row.outcome, 0) + 1
        if row.outcome in ("refused", "in-part"):
            here = row.number is not None
            one.refused.append(Refused(row.sender, row.control_ref, row.outcome, row.error, here))


def _findings(
    connection: Connection, network: Network, seen: MailSeen | None
) -> list[tuple[str, str, int]]:
    """(post, code, count): a finding is the partner's that sent the file, or, where a file holds
    interchanges of several, the interchange that its position names."""
    senders: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    by_name: dict[str, dict[str, str]] = defaultdict(dict)  # what was replayed is another batch's
    for received in connection.execute(
        select(interchanges.c.batch_id, interchanges.c.file, interchanges.c.control_ref,
               interchanges.c.sender)
    ):  # fmt: skip
        post = network.post_of_party(received.sender) or ""
        senders[received.batch_id, received.file][received.control_ref] = post
        by_name[received.file][received.control_ref] = post
    for part in connection.execute(
        select(quarantine.c.batch_id, quarantine.c.source, quarantine.c.owner)
        .where(quarantine.c.owner.is_not(None)).distinct()
    ):  # fmt: skip
        senders[part.batch_id, part.source].setdefault("", part.owner)
        by_name[part.source].setdefault("", part.owner)
    counted: Counter[tuple[str, str]] = Counter()
    for row in connection.execute(
        select(findings.c.batch_id, findings.c.source, findings.c.code, findings.c.position,
               func.count().label("many"))
        .group_by(findings.c.batch_id, findings.c.source, findings.c.code, findings.c.position)
    ):  # fmt: skip
        if seen is not None and not seen.file(row.batch_id, row.source):
            continue
        known = senders.get((row.batch_id, row.source)) or by_name.get(row.source, {})
        counted[_sender(known, row.position), row.code] += row.many
    return [(post, code, many) for (post, code), many in sorted(counted.items())]


def _sender(by_reference: Mapping[str, str], position: str) -> str:
    if len(posts := set(by_reference.values())) == 1:
        return next(iter(posts))
    match = _REFERENCE.search(position)
    return by_reference.get(match[1], "") if match else ""
