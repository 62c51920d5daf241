"""To which post an inquiry goes: the one that can answer it (req 37)."""

from __future__ import annotations

from dataclasses import dataclass

from datecertain.claims.inquiries import Kind

#: Scans after which export customs has the item.
_AT_EXPORT_CUSTOMS = ("EXA", "EXB")


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where an item is by its scans: between which posts it travels, who holds it, and the code of
    the last scan (empty: none)."""

    origin: str
    destination: str
    holder: str
    last_code: str


def post_to_ask(kind: Kind, where: Whereabouts, asking: str) -> str | None:
    """The post that can answer; None where that is the post that asks, so that nobody else can.

    Customs is asked at the end where the item is held, proof of delivery where it was delivered;
    everything else is asked of whoever holds the item.
    """
    if kind is Kind.PROOF:
        post = where.destination
    elif kind is Kind.CUSTOMS:
        at_export = where.last_code in _AT_EXPORT_CUSTOMS
        post = where.origin if at_export else where.destination
    else:
        post = where.holder
    return None if post == asking else post
