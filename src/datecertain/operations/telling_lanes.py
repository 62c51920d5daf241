"""Proposals to open lanes as plain data."""

from __future__ import annotations

from typing import Any

from datecertain.moments import format_date, format_utc
from datecertain.operations.lane_rows import Act, Proposal


def proposal_json(one: Proposal, *, full: bool = False) -> dict[str, Any]:
    """A proposal as plain data; with the exact text when `full`."""
    offer = one.offer
    return {
        "number": offer.number, "lane": offer.lane, "product": offer.product,
        "standard": offer.standard, "refund_mode": offer.refund_mode,
        "from": format_date(offer.from_on), "state": str(one.state), "by": one.post,
        "actor": one.actor, "at": format_utc(one.at), "reason": one.reason,
        "sha256": one.sha256, "terms_sha256": one.terms_sha256,
        "acts": [act_json(act) for act in one.acts],
    } | ({"content": one.content} if full else {})  # fmt: skip


def act_json(one: Act) -> dict[str, Any]:
    """Something done as plain data."""
    return {
        "act": str(one.act), "lane": f"{one.origin}-{one.destination}", "number": one.number,
        "by": one.post, "actor": one.actor, "at": format_utc(one.at), "reason": one.reason,
        "sha256": one.sha256, "network_version": one.network_version,
    }  # fmt: skip
