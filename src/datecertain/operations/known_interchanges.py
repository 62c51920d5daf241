"""What an interchange is known by, and which of those just read were taken in before."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection, select

from datecertain.messages.results import InterchangeSummary
from datecertain.moments import format_clock, format_date
from datecertain.operations.storable import storable_text
from datecertain.store.records import answers_due, interchanges

#: Sender, recipient, control reference and preparation time, as the records hold them.
Identity = tuple[str, str, str, str]

_AT_ONCE = 500


def interchange_identity(one: InterchangeSummary) -> Identity:
    """What tells an interchange from any other, as the records hold it."""
    sender, recipient, control_ref = (storable_text(text) for text in one.key)
    return sender, recipient, control_ref, _prepared(one)


def known_interchanges(
    connection: Connection, summaries: Iterable[InterchangeSummary]
) -> dict[Identity, str]:
    """The digests of interchanges taken in before that have a reference of these."""
    known: dict[Identity, str] = {}
    for some in _references(summaries):
        columns = (interchanges.c.sender, interchanges.c.recipient, interchanges.c.control_ref,
                   interchanges.c.prepared_on, interchanges.c.digest)  # fmt: skip
        rows = connection.execute(select(*columns).where(interchanges.c.control_ref.in_(some)))
        known |= {(row[0], row[1], row[2], row[3]): row[4] for row in rows}
    return known


def with_digests_of_before(
    connection: Connection,
    summaries: Sequence[InterchangeSummary],
    known: Mapping[Identity, str],
    bytes_of: Callable[[InterchangeSummary], bytes],
) -> list[InterchangeSummary]:
    """The summaries; one whose bytes were taken in before schema 0024, when a SHA-256 said what
    they are, keeps the digest that they had then (decision 25). `known`: as `known_interchanges`
    says; of what broke off the answer alone is known."""
    found = [(control_ref, digest) for (_, _, control_ref, _), digest in known.items()]
    for some in _references(summaries):
        due = select(answers_due.c.control_ref, answers_due.c.digest).where(
            answers_due.c.control_ref.in_(some), answers_due.c.digest.not_like("%:%")
        )
        found += [(row[0], row[1]) for row in connection.execute(due)]
    of_before: dict[str, set[str]] = {}
    for control_ref, digest in found:
        if ":" not in digest:
            of_before.setdefault(control_ref, set()).add(digest)
    told = list(summaries)
    for place, one in enumerate(told):
        if digests := of_before.get(storable_text(one.control_ref)):
            sha256 = hashlib.sha256(bytes_of(one)).hexdigest()
            told[place] = replace(one, digest=sha256) if sha256 in digests else one
    return told


def _references(summaries: Iterable[InterchangeSummary]) -> Iterable[list[str]]:
    references = sorted({storable_text(one.control_ref) for one in summaries})
    for first in range(0, len(references), _AT_ONCE):
        yield references[first : first + _AT_ONCE]


def _prepared(one: InterchangeSummary) -> str:
    if one.prepared_date is None or one.prepared_min is None:
        return ""
    return f"{format_date(one.prepared_date)}T{format_clock(one.prepared_min)}"
