"""An explanation as plain data, for the command line and the API (req 63)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from datecertain.moments import format_clock, format_date, format_utc
from datecertain.network.rows import ALWAYS_FROM, ALWAYS_TO
from datecertain.verdict.basis import CaseExcuse, ExclusionApplied, MilestoneScan, TermApplied
from datecertain.verdict.carried import Carried
from datecertain.verdict.explaining import Explanation, Stair
from datecertain.verdict.grounds import Hold
from datecertain.verdict.outcomes import WHOLE
from datecertain.verdict.telling import sentences
from datecertain.verdict.told import ExplanationTold, StairTold
from datecertain.wording import LANGUAGES, words


def as_json(told: Explanation) -> ExplanationTold:
    """Everything in an explanation; the sentences in every language."""
    record = told.basis.accepted
    return {
        "item": told.item_id,
        "origin": told.origin,
        "destination": told.destination,
        "towards": told.towards,
        "as_of": format_utc(told.basis.as_of),
        "sentences": {name: list(sentences(told, words(name))) for name in LANGUAGES},
        "outcome": str(told.outcome),
        "outcome_reason": told.reason,
        "sender_outcome": str(told.sender_outcome),
        "accepted": {
            "at": format_utc(record.accepted_at),
            "local": f"{format_date(record.accepted_date)}T{format_clock(record.accepted_min)}",
            "in": asdict(told.accepted_in), "for": asdict(told.addressed_to),
            "date_told": _date(record.promised_on), "standard_date": _date(record.standard_on),
            "source": record.source, "line": record.line,
        },
        "other_acceptances": [format_date(day) for day in told.basis.other_acceptances],
        "promised_on": _date(told.promised_on),
        "standard_due": _date(told.standard_due),
        "stopped_on": _date(told.stopped_on),
        "stopped_at": told.stopped_at,
        "delivered_on": _date(told.delivered_on),
        "margin_days": told.margin,
        "staircase": [_stair(stair) for stair in told.stairs],
        "days_late": told.days_late,
        "days_excused": told.days_excused,
        "days_liable": told.days_liable,
        "liability": [
            {"post": share.post, "leg": share.leg.name.lower(), "share": share.ppm / WHOLE}
            for share in told.shares
        ],
        "carried": None if told.carried is None else _carried(told.carried),
        "customs_hold": None if told.hold is None else _hold(told.hold),
        "later_customs_holds": [_hold(hold) for hold in told.later_holds],
        "export_customs_hold": None if told.export_hold is None else _hold(told.export_hold),
        "customs_hold_without_clock_stop": told.void_hold,
        "inquired_at": _moment_of(told.basis.inquired_at),
        "after_inquiry_proving_nothing": [_scan(scan) for scan in told.after_inquiry],
        "cases": [_case(excuse) for excuse in told.cases],
        "exclusions": [_exclusion(one) for one in told.exclusions],
        "terms": [_term(term) for term in told.terms],
        "scans_that_decide_nothing": [_scan(scan) for scan in told.unused],
        "network_version": told.network_version,
    }  # fmt: skip


def _date(day: int | None) -> str | None:
    return None if day is None else format_date(day)


def _moment_of(at: int | None) -> str | None:
    return None if at is None else format_utc(at)


def _stair(stair: Stair) -> StairTold:
    return {
        "checkpoint": stair.checkpoint.name.lower(),
        "code": stair.code,
        "place": stair.place,
        "at": stair.at,
        "holder": stair.holder,
        "leg": stair.leg.name.lower(),
        "shared_with_leg": stair.other_leg.name.lower() if stair.other_leg else None,
        "due_on": _date(stair.due_on),
        "days": stair.days,
        "excused": stair.excused,
        "evidence": None if stair.proof is None else _scan(stair.proof),
    }


def _scan(scan: MilestoneScan) -> dict[str, Any]:
    moments = {
        name: format_utc(getattr(scan, name))
        for name in ("event_at", "transmitted_at", "received_at")
    }
    local = f"{format_date(scan.event_date)}T{format_clock(scan.event_min)}"
    told = {"event_date", "event_min"}
    return {"local": local} | {k: v for k, v in asdict(scan).items() if k not in told} | moments


def _carried(carried: Carried) -> dict[str, Any]:
    proof = carried.proof
    points = {} if proof is None else {
        "point": proof.point.name.lower(), "agreed": proof.agreed.name.lower(),
    }  # fmt: skip
    parts = [
        asdict(part) | {"halt": part.halt.name.lower(), "due_on": _date(part.due_on)}
        for part in carried.parts
    ]
    return {"handover": None if proof is None else asdict(proof) | points, "parts": parts}


def _hold(hold: Hold) -> dict[str, Any]:
    return {
        "valid": hold.valid,
        "reason": None if hold.opened is None else hold.opened.reason,
        "opened": None if hold.opened is None else _scan(hold.opened),
        "closed": None if hold.closed is None else _scan(hold.closed),
        "days_excused": hold.days,
        "excuses_whole_item": hold.whole,
    }


def _case(excuse: CaseExcuse) -> dict[str, Any]:
    case = excuse.case
    moments = {name: format_utc(getattr(case, name)) for name in ("from_at", "published_at")}
    end = None if case.is_open else format_utc(case.to_at)
    return asdict(case) | moments | {"to_at": end, "days_excused": excuse.days}


def _term(term: TermApplied | ExclusionApplied) -> dict[str, Any]:
    return asdict(term) | {
        "scope": str(term.scope),
        "valid_from": None if term.valid_from == ALWAYS_FROM else _date(term.valid_from),
        "valid_to": None if term.valid_to == ALWAYS_TO else _date(term.valid_to),
    }


def _exclusion(one: ExclusionApplied) -> dict[str, Any]:
    return _term(one) | {"scans": [_scan(scan) for scan in one.scans]}
