"""CONTRL in the records: the answer that each interchange taken in is due, and what partners
answered to ours (req 16). Writing answers is `contrl_answering`.

Both come out of the reading that takes an interchange in; the bytes are not kept for it.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from datecertain.findings import Finding
from datecertain.messages import (
    Action,
    Answer,
    ElementError,
    GroupAnswer,
    InterchangeSummary,
    Kind,
    MessageAnswer,
    Quarantined,
    ReadResult,
    SegmentError,
    Where,
    answer,
    read_contrl,
)
from datecertain.network import Network
from datecertain.tracking.events import audience

_CONTRL = "CONTRL:"
_OUTCOMES = {Action.REFUSED: "refused", Action.RECEIVED: "received"}


@dataclass(slots=True)
class ContrlReceived:
    """The CONTRL messages in a reading that can be used: by interchange the answers with their
    message's ordinal, what the reading set aside as of unknown layout and is read now (source and
    byte), and findings."""

    answers: dict[int, list[tuple[int, Answer]]] = field(default_factory=dict)
    read: set[tuple[str, int]] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)

    def messages(self, index: int) -> int:
        """How many messages of an interchange were read as CONTRL."""
        return len(self.answers.get(index, ()))

    def reported(self, one: Finding) -> bool:
        """Whether a finding says that no layout reads a message which is read now."""
        place = one.position.rpartition("byte ")[2]
        known = place.isdecimal() and (one.source, int(place)) in self.read
        return known and one.code == "layout-unknown"


def contrl_in(
    parts: Sequence[ReadResult], summaries: Sequence[InterchangeSummary]
) -> ContrlReceived:
    """The CONTRL messages that a reading by profiles left aside, read."""
    found = ContrlReceived()
    by_index = {one.index: one for one in summaries}
    for aside in (one for part in parts for one in part.quarantined):
        summary = by_index.get(-1 if (n := aside.interchange_index) is None else n)
        unread = aside.kind is Kind.MESSAGE and aside.reason == "layout-unknown"
        if summary is None or not unread or not (aside.layout or "").startswith(_CONTRL):
            continue
        told = read_contrl(io.BytesIO(_alone(summary, aside.raw)), aside.source)
        where = f"interchange {summary.control_ref}, byte {aside.byte_offset}"
        found.findings += [replace(one, position=where) for one in told.findings]
        for received in told.answers:
            number = aside.message or 0
            found.answers.setdefault(summary.index, []).append((number, received.answer))
            found.read.add((aside.source, aside.byte_offset))
    return found


def _alone(summary: InterchangeSummary, message: bytes) -> bytes:
    """A message in an envelope of its own, in the characters of its interchange."""
    separators = summary.separators
    element, component = chr(separators.element), chr(separators.component)
    header = ["UNB", f"{summary.syntax}{component}3", "A", "B", f"261001{component}0000", "1"]
    text = separators.advice() + element.join(header) + chr(separators.terminator)
    trailer = element.join(["UNZ", "1", "1"]) + chr(separators.terminator)
    return text.encode("latin-1") + message + trailer.encode("latin-1")


def received_rows(
    found: ContrlReceived, summaries: Iterable[InterchangeSummary], used: frozenset[int],
    network: Network, now: int,
) -> list[dict[str, Any]]:  # fmt: skip
    """Rows of `answers_received`, of the interchanges that count, without `batch_id`."""
    rows = []
    for summary in summaries:
        for message, told in found.answers.get(summary.index, ()) if summary.index in used else ():
            ours = network.post_of_party(told.sender) or network.post_of_party(summary.recipient)
            partner = network.post_of_party(summary.sender)
            identity = hashlib.sha256(f"{summary.digest}|{message}".encode()).hexdigest()
            rows.append(
                {
                    "answer_id": identity[:32], "owner": ours or "?",
                    "audience": audience(ours or "?", partner or ours or "?"),
                    "partner": summary.sender, "interchange": summary.control_ref,
                    "message": message, "sender": told.sender, "recipient": told.recipient,
                    "control_ref": told.control_ref, "outcome": outcome(told),
                    "error": told.error, "answer": asdict(told), "received_at": now,
                }
            )  # fmt: skip
    return rows


def outcome(told: Answer) -> str:
    """`accepted`, `in-part` (some of it is refused), `refused`, or only `received`; an action that
    no table holds says no more than that it arrived."""
    if told.accepted:
        return "accepted"
    return "in-part" if told.action == Action.ACCEPTED else _OUTCOMES.get(
        Action(told.action) if told.action in set(Action) else Action.RECEIVED, "received"
    )  # fmt: skip


def due_rows(
    summaries: Sequence[InterchangeSummary], quarantined: Iterable[Quarantined],
    refused_as: Mapping[int, str], network: Network, now: int, on: int,
) -> list[dict[str, Any]]:  # fmt: skip
    """Rows of `answers_due`, without `batch_id`: whoever sent it, the network may learn that later.

    `refused_as` are finding codes by which whole interchanges are refused, by index; an interchange
    that is not answered, such as one delivered before, is left out of `summaries`.
    """
    aside: dict[int | None, list[Quarantined]] = {}
    for one in quarantined:
        aside.setdefault(one.interchange_index, []).append(one)
    rows = []
    for summary in summaries:
        partner = network.post_of_party(summary.sender)
        ours = network.post_of_party(summary.recipient)
        told = answer(
            replace(summary, acknowledge=True), aside.get(summary.index, ()), on=on,
            refused_as=refused_as.get(summary.index),
        )  # fmt: skip
        if told is None:
            continue
        rows.append(
            {
                "digest": summary.digest, "owner": ours or partner or "?",
                "audience": audience(ours or partner or "?", partner or ours or "?"),
                "sender": summary.sender, "recipient": summary.recipient,
                "control_ref": summary.control_ref,
                "asked": int(summary.acknowledge or not told.accepted),
                "answer": asdict(told), "received_at": now,
            }
        )  # fmt: skip
    return rows


def answer_of(row: Mapping[str, Any]) -> Answer:
    """An answer as it was stored."""
    told = dict(row)
    return Answer(
        **told
        | {
            "where": Where(**told["where"]),
            "messages": tuple(_message(one) for one in told["messages"]),
            "groups": tuple(
                GroupAnswer(
                    **group
                    | {
                        "where": Where(**group["where"]),
                        "messages": tuple(_message(one) for one in group["messages"]),
                    }
                )
                for group in told["groups"]
            ),
        }
    )


def _message(row: Mapping[str, Any]) -> MessageAnswer:
    segments = tuple(
        SegmentError(
            one["segment"], one["error"], tuple(ElementError(**part) for part in one["elements"])
        )
        for one in row["segments"]
    )
    return MessageAnswer(**dict(row) | {"where": Where(**row["where"]), "segments": segments})
