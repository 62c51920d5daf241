"""Statements, gaps and trials of tariffs as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from datecertain.access import Viewer
from datecertain.moments import format_utc
from datecertain.operations.statements import Standee
from datecertain.operations.trying import Trial
from datecertain.settlement.life import Event
from datecertain.settlement.reconciling import Gap


def statement_as_json(found: Standee, viewer: Viewer) -> dict[str, Any]:
    """A statement, how it stands and what was said of it; money in micro-SDR."""
    stands = found.standing
    return {
        "statement": found.statement_id,
        "period": found.statement.period,
        "pair": list(found.pair),
        "version": found.version,
        "state": stands.state.value,
        "accepted_by": list(stands.accepted_by),
        "gross_usdr": dict(found.statement.gross_usdr),
        "net_usdr": found.statement.net_usdr,
        "netted_usdr": stands.netted_usdr,
        "due_usdr": stands.due_usdr,
        "sha256": found.statement.sha256,
        "lines": _lines(found),
        "disputes": [
            {"line": one.line, "item": one.item, "by": one.by, "since": format_utc(one.since),
             "state": one.state.value, "amount_usdr": one.amount_usdr,
             "reasons": list(one.reasons)}
            for one in stands.disputes
        ],
        "said": [
            {"act": event.act.value, "by": event.actor, "line": event.line, "item": event.item,
             "at": format_utc(event.at), "reason": event.reason,
             "account": account_seen(event, viewer)}
            for event in found.events
        ],
    }  # fmt: skip


def account_seen(event: Event, viewer: Viewer) -> str | None:
    """Whose hand it was, for a viewer of the post that spoke; None for all others, and where nobody
    did."""
    return event.account or None if event.actor and viewer.acts_for(event.actor) else None


def _lines(found: Standee) -> Sequence[dict[str, Any]]:
    return [
        {"line": line.number, "reason": line.reason.text, "creditor": line.creditor,
         "debtor": line.debtor, "items": line.items, "amount_usdr": line.amount_usdr}
        for line in found.statement.lines
    ]  # fmt: skip


def gap_as_json(gap: Gap, accepted: Mapping[str, str]) -> dict[str, Any]:
    """A gap of a period; `accepted`: names of gaps, each with who accepted it and why."""
    more = {"name": gap.name, "money": gap.money, "accepted": accepted.get(gap.name)}
    return asdict(gap) | more


def trial_as_json(found: Trial) -> dict[str, Any]:
    """What another tariff would have changed, by post."""
    return {
        "months": found.months, "tariff": found.tariff, "against": found.against,
        "posts": [asdict(one) | {"change_usdr": one.change_usdr} for one in found.posts],
        "findings": found.findings,
    }  # fmt: skip
